/*
 * ear_path.h - a bad network, played by the sender: which packets leave, when, and how often.
 *
 *   struct ear_path path = {.seed = 1, .loss = 0.03, .jitter_ms = 60};
 *   ear_path_apply(&path, due_ns, count, &departures, &number);
 *
 * The same seed loses and delays the same packets, whatever the machine does; and nothing of it
 * needs a kernel module or root.
 *
 * Shape    shares are 0..1, times [ms]. Departures are sorted by time.
 * Thread   any; pure.
 * Errors   0 or -ENOMEM.
 */
#ifndef TESTS_BENCH_EAR_PATH_H
#define TESTS_BENCH_EAR_PATH_H

#include <stddef.h>
#include <stdint.h>

enum ear_jitter {
    EAR_JITTER_UNIFORM, /* each packet 0..jitter_ms later, so they overtake each other   */
    EAR_JITTER_NORMAL,  /* |normal| with standard deviation jitter_ms / 2                */
    EAR_JITTER_ORDERED, /* uniform, but as in a queue: nobody overtakes                  */
};

struct ear_path {
    uint64_t seed;
    double loss;
    double burst; /* mean length of a loss [packets]; up to 1: each by itself (Bernoulli) */
    double delay_ms;
    double jitter_ms;
    enum ear_jitter jitter;
    double reorder;   /* share that leaves 30 ms later than its turn */
    double duplicate; /* share that leaves twice, the second time 0..40 ms later */
    double step_ms;   /* more delay from step_at_s for step_for_s    */
    double step_at_s, step_for_s;
};

struct ear_departure {
    int64_t at_ns;
    size_t packet; /* index of the packet */
};

/** @p due_ns: when each of @p count packets would leave. @return 0 and *departures (the
 *  caller's, free()) of *number; they may be more or fewer than the packets. */
int ear_path_apply(const struct ear_path *path, const int64_t *due_ns, size_t count,
                   struct ear_departure **departures, size_t *number);

#endif
