/*
 * log.h - one line a message: time, level, area, the call it is about, text.
 *
 *   log_info("sip", "listens on %s", address);
 *   log_call_info("sip", call->id, "dials %s", user);
 *   log_often("sip", call->id, NULL, "INFO refused: %d", status);
 *
 * What is about one call names it by its id, from the first line to the last: the
 * participant's, which is in the API, in events and in call records, too. log_record.h is how a
 * line looks.
 *
 * A line goes into a bounded queue that the writer thread empties with log_drain(), so that no
 * caller ever waits for a disk or a pipe; a full queue counts and drops. Before
 * log_queue_start() (at start, in tools and unit tests) a line is written to stderr at once.
 *
 * Thread   log_*(): any but media (a tick never logs; it counts, and control says it).
 */
#ifndef MIXER_BASE_LOG_H
#define MIXER_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/** Lines above @p level are not made. Default LOG_LEVEL_INFO. Thread: any. */
void log_set_level(enum log_level level);

/** @return 0 and *level for "error", "warn", "info", "debug"; -EINVAL for other words. */
int log_level_parse(const char *word, enum log_level *level);
const char *log_level_word(enum log_level level);

/** Of the lines from now on. Default LOG_FORMAT_TEXT. Thread: any. */
void log_set_format(enum log_format format);

/** True if a line of @p level would be written: ask before costly arguments are made. */
bool log_wanted(enum log_level level);

/** Writes one line. Use the macros below. @p area is a short constant: "sip", "room", "api".
 *  @p call is the id of the call that it is about; NULL: of none. */
void log_line(enum log_level level, const char *area, const char *call, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#define log_error(area, ...) log_line(LOG_LEVEL_ERROR, area, NULL, __VA_ARGS__)
#define log_warn(area, ...) log_line(LOG_LEVEL_WARN, area, NULL, __VA_ARGS__)
#define log_info(area, ...) log_line(LOG_LEVEL_INFO, area, NULL, __VA_ARGS__)
#define log_debug(area, ...) log_call_debug(area, NULL, __VA_ARGS__)

#define log_call_warn(area, call, ...) log_line(LOG_LEVEL_WARN, area, call, __VA_ARGS__)
#define log_call_info(area, call, ...) log_line(LOG_LEVEL_INFO, area, call, __VA_ARGS__)
#define log_call_debug(area, call, ...)                                                        \
    do {                                                                                       \
        if (log_wanted(LOG_LEVEL_DEBUG))                                                       \
            log_line(LOG_LEVEL_DEBUG, area, call, __VA_ARGS__);                                \
    } while (0)

/**
 * Writes one line of level info of what strangers can cause as often as they like: of those
 * with the same @p format and @p cause (an address, a name; NULL: the call) a few a minute are
 * written, and how many were left out is said once the minute is over (log_often.h).
 */
void log_often(const char *area, const char *call, const char *cause, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/**
 * From now on lines are queued. @return an eventfd, owned by the log, that is readable when
 * there is something to drain; -ENOMEM or -EMFILE, and nothing changed.
 */
int log_queue_start(void);

/** Writer thread, when there is something, and now and then: writes the queued lines to @p fd.
 *  @return how many. */
unsigned log_drain(int fd);

/** Writes what is left to @p fd and goes back to writing at once. Thread: the last one. */
void log_queue_stop(int fd);

/** Lines that are queued now. */
unsigned log_waiting(void);

/** Lines lost because the queue was full, since the start. */
uint64_t log_dropped(void);

#endif
