/* clock.c - the clocks. */
#include "mixer/base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * CLOCK_NS_PER_S + now.tv_nsec;
}

int64_t clock_monotonic_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_wall_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

uint64_t clock_thread_cpu_ns(void)
{
    struct timespec spent = {.tv_sec = 0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return (uint64_t)spent.tv_sec * CLOCK_NS_PER_S + (uint64_t)spent.tv_nsec;
}

void clock_sleep_until(int64_t monotonic_ns)
{
    struct timespec due = {.tv_sec = monotonic_ns / CLOCK_NS_PER_S,
                           .tv_nsec = monotonic_ns % CLOCK_NS_PER_S};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR)
        ;
}

void clock_format(int64_t wall_ns, char out[CLOCK_TEXT_BYTES])
{
    time_t seconds = (time_t)(wall_ns / CLOCK_NS_PER_S);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    char date[CLOCK_TEXT_BYTES - 8];
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(out, CLOCK_TEXT_BYTES, "%s.%03dZ", date, (int)(wall_ns / CLOCK_NS_PER_MS % 1000));
}

/* The digits behind the point; what is finer than [ns] is dropped. */
static const char *read_fraction(const char *text, int64_t *ns)
{
    int64_t worth = CLOCK_NS_PER_S / 10;
    for (*ns = 0; *text >= '0' && *text <= '9'; text++, worth /= 10)
        *ns += worth * (*text - '0');
    return text;
}

int clock_parse(const char *text, int64_t *wall_ns)
{
    static const char shape[] = "0000-00-00T00:00:00";
    struct tm utc = {.tm_isdst = 0};
    int64_t fraction_ns = 0;
    for (unsigned i = 0; shape[i]; i++) {
        if (shape[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i])
            return -EINVAL;
    }
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &utc);
    const struct tm read = utc;
    if (end && end[0] == '.' && end[1] >= '0' && end[1] <= '9')
        end = read_fraction(end + 1, &fraction_ns);
    if (!end || strcmp(end, "Z") != 0 || utc.tm_year < 70 || utc.tm_year > 200)
        return -EINVAL;
    const time_t seconds = timegm(&utc); /* makes the first of March of the 30th of February */
    if (utc.tm_mday != read.tm_mday || utc.tm_sec != read.tm_sec)
        return -EINVAL;
    *wall_ns = (int64_t)seconds * CLOCK_NS_PER_S + fraction_ns;
    return 0;
}
