/*
 * clock.h - the clocks, each with its unit.
 *
 * Thread   any.
 */
#ifndef MIXER_BASE_CLOCK_H
#define MIXER_BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_NS_PER_S 1000000000LL
#define CLOCK_NS_PER_MS 1000000LL

/** Monotonic time [ns]: for durations and deadlines; never goes back. */
int64_t clock_monotonic_ns(void);

/** Wall clock [ns since 1970]: for NTP stamps, file names, API timestamps; may jump. */
int64_t clock_wall_ns(void);

/** CPU time of the calling thread. */
uint64_t clock_thread_cpu_ns(void);

/** Returns at @p monotonic_ns, or at once if that is over; signals do not wake it. */
void clock_sleep_until(int64_t monotonic_ns);

/**
 * Writes @p wall_ns as RFC 3339 in UTC with milliseconds, "2026-11-23T20:00:00.123Z".
 * @p out has room for CLOCK_TEXT_BYTES.
 */
enum { CLOCK_TEXT_BYTES = 32 };
void clock_format(int64_t wall_ns, char out[CLOCK_TEXT_BYTES]);

/** Reads RFC 3339 in UTC: "2026-11-23T20:00:00Z", with or without a fraction.
 *  @return 0 and *wall_ns; -EINVAL: it is something else, or no such time is there. */
int clock_parse(const char *text, int64_t *wall_ns);

#endif
