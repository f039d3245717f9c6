/*
 * log.h - one line a message: time, level, area, text.
 *
 *   log_info("sip", "call %s: %u.%u.%u.%u dialled %s", id, ...);
 *
 * A line goes into a bounded queue that the writer thread empties with log_drain(), so that no
 * caller ever waits for a disk or a pipe; a full queue counts and drops. Before
 * log_queue_start() (at start, in tools and unit tests) a line is written to stderr at once.
 *
 * Bytes below 0x20 and 0x7f in the text are written as \xNN: names come from the network.
 *
 * Thread   log_*(): any but media (a tick never logs; it counts, and control says it).
 */
#ifndef MIXER_BASE_LOG_H
#define MIXER_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/** Lines above @p level are not made. Default LOG_LEVEL_INFO. Thread: any. */
void log_set_level(enum log_level level);

/** @return 0 and *level for "error", "warn", "info", "debug"; -EINVAL for other words. */
int log_level_parse(const char *word, enum log_level *level);

/** True if a line of @p level would be written: ask before costly arguments are made. */
bool log_wanted(enum log_level level);

/** Writes one line. Use the macros below. @p area is a short constant: "sip", "room", "api". */
void log_line(enum log_level level, const char *area, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(area, ...) log_line(LOG_LEVEL_ERROR, area, __VA_ARGS__)
#define log_warn(area, ...) log_line(LOG_LEVEL_WARN, area, __VA_ARGS__)
#define log_info(area, ...) log_line(LOG_LEVEL_INFO, area, __VA_ARGS__)
#define log_debug(area, ...)                                                                   \
    do {                                                                                       \
        if (log_wanted(LOG_LEVEL_DEBUG))                                                       \
            log_line(LOG_LEVEL_DEBUG, area, __VA_ARGS__);                                      \
    } while (0)

/**
 * From now on lines are queued. @return an eventfd, owned by the log, that is readable when
 * there is something to drain; -ENOMEM or -EMFILE, and nothing changed.
 */
int log_queue_start(void);

/** Writer thread: writes the queued lines to @p fd. @return how many. */
unsigned log_drain(int fd);

/** Writes what is left to @p fd and goes back to writing at once. Thread: the last one. */
void log_queue_stop(int fd);

/** Lines lost because the queue was full, since the start. */
uint64_t log_dropped(void);

#endif
