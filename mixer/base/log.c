/* log.c - bounded queue of lines; many producers under one short lock, one writer. */
#include "mixer/base/log.h"

#include "mixer/base/clock.h"
#include "mixer/base/log_often.h"
#include "mixer/base/log_record.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    LINES = 1024,
    DRAIN_BYTES = 16 * 1024, /* that are written at once */
};

struct line {
    unsigned length;
    char text[LOG_RECORD_BYTES];
};

_Static_assert((int)LOG_RECORD_BYTES <= (int)DRAIN_BYTES, "each line fits");

static atomic_int level_wanted = LOG_LEVEL_INFO;
static atomic_int format_wanted = LOG_FORMAT_TEXT;
static atomic_uint_fast64_t dropped;

static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    struct line *lines; /* [LINES]; NULL: write at once         */
    unsigned first;     /* oldest line                          */
    unsigned count;
    int event_fd;
} queue; /* under queue_lock, which is held for a memcpy only, never over a write */

static pthread_mutex_t often_lock = PTHREAD_MUTEX_INITIALIZER;
static struct log_often often; /* under often_lock */

void log_set_level(enum log_level level)
{
    atomic_store(&level_wanted, (int)level);
}

bool log_wanted(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&level_wanted, memory_order_relaxed);
}

static const char *const level_words[] = {"error", "warn", "info", "debug"};

int log_level_parse(const char *word, enum log_level *level)
{
    for (unsigned i = 0; i < 4; i++) {
        if (strcmp(word, level_words[i]) == 0) {
            *level = (enum log_level)i;
            return 0;
        }
    }
    return -EINVAL;
}

const char *log_level_word(enum log_level level)
{
    return level_words[level];
}

void log_set_format(enum log_format format)
{
    atomic_store(&format_wanted, (int)format);
}

static void write_all(int fd, const char *text, unsigned length)
{
    while (length) {
        ssize_t wrote = write(fd, text, length);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return; /* nowhere to complain to */
        text += wrote;
        length -= (unsigned)wrote;
    }
}

static void make_line(struct line *line, const struct log_record *record)
{
    int format = atomic_load_explicit(&format_wanted, memory_order_relaxed);
    line->length = log_record_write(record, (enum log_format)format, line->text);
}

void log_line(enum log_level level, const char *area, const char *call, const char *format, ...)
{
    if (!log_wanted(level))
        return;
    char text[LOG_RECORD_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);

    struct line line;
    make_line(&line, &(struct log_record){.level = level,
                                          .wall_ns = clock_wall_ns(),
                                          .area = area,
                                          .call = call,
                                          .text = text,
                                          .is_cut = length >= (int)sizeof(text)});
    pthread_mutex_lock(&queue_lock);
    bool at_once = !queue.lines;
    if (!at_once && queue.count == LINES) {
        atomic_fetch_add(&dropped, 1);
    } else if (!at_once) {
        struct line *slot = &queue.lines[(queue.first + queue.count++) % LINES];
        slot->length = line.length;
        memcpy(slot->text, line.text, line.length);
        if (queue.count == 1)
            eventfd_write(queue.event_fd, 1);
    }
    pthread_mutex_unlock(&queue_lock);
    if (at_once)
        write_all(STDERR_FILENO, line.text, line.length);
}

void log_often(const char *area, const char *call, const char *cause, const char *format, ...)
{
    if (!log_wanted(LOG_LEVEL_INFO))
        return;
    char text[LOG_RECORD_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    const struct log_often_line line = {.area = area,
                                        .format = format,
                                        .cause = cause  ? cause
                                                 : call ? call
                                                        : "",
                                        .is_call = !cause && call,
                                        .text = text};
    pthread_mutex_lock(&often_lock);
    bool is_written = log_often_admit(&often, &line, clock_monotonic_ns());
    pthread_mutex_unlock(&often_lock);
    if (is_written)
        log_line(LOG_LEVEL_INFO, area, call, "%s", text);
}

static void report_often(int64_t now_ns)
{
    struct log_often_count over;
    for (;;) {
        pthread_mutex_lock(&often_lock);
        bool is_any = log_often_report(&often, now_ns, &over);
        pthread_mutex_unlock(&often_lock);
        if (!is_any)
            return;
        const bool is_named = !over.is_call && over.cause[0]; /* not all others together */
        log_line(LOG_LEVEL_INFO, over.area, over.is_call ? over.cause : NULL,
                 "%u more like this%s%s: %s", over.seen, is_named ? " because of " : "",
                 is_named ? over.cause : "", over.text);
    }
}

int log_queue_start(void)
{
    struct line *lines = calloc(LINES, sizeof(*lines));
    if (!lines)
        return -ENOMEM;
    int event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (event_fd < 0) {
        free(lines);
        return -EMFILE;
    }
    pthread_mutex_lock(&queue_lock);
    queue.event_fd = event_fd;
    queue.first = queue.count = 0;
    queue.lines = lines;
    pthread_mutex_unlock(&queue_lock);
    return event_fd;
}

/* Takes as many lines as fit out of the queue. @return how many. */
static unsigned take_lines(char out[DRAIN_BYTES], unsigned *length)
{
    unsigned taken = 0;
    *length = 0;
    pthread_mutex_lock(&queue_lock);
    for (; queue.count > 0; taken++) {
        const struct line *slot = &queue.lines[queue.first];
        if (*length + slot->length > DRAIN_BYTES)
            break;
        memcpy(out + *length, slot->text, slot->length);
        *length += slot->length;
        queue.count--;
        /* an empty queue begins anew: memory that was never needed is never touched */
        queue.first = queue.count ? (queue.first + 1) % LINES : 0;
    }
    pthread_mutex_unlock(&queue_lock);
    return taken;
}

unsigned log_drain(int fd)
{
    eventfd_t ignored;
    char text[DRAIN_BYTES];
    unsigned length, written = 0, taken;
    report_often(clock_monotonic_ns());
    eventfd_read(queue.event_fd, &ignored);
    for (; (taken = take_lines(text, &length)) > 0; written += taken)
        write_all(fd, text, length);
    return written;
}

void log_queue_stop(int fd)
{
    report_often(INT64_MAX);
    log_drain(fd);
    pthread_mutex_lock(&queue_lock);
    free(queue.lines);
    queue.lines = NULL;
    close(queue.event_fd);
    pthread_mutex_unlock(&queue_lock);
}

unsigned log_waiting(void)
{
    pthread_mutex_lock(&queue_lock);
    unsigned count = queue.lines ? queue.count : 0;
    pthread_mutex_unlock(&queue_lock);
    return count;
}

uint64_t log_dropped(void)
{
    return atomic_load(&dropped);
}
