/*
 * eye_delay.h - a long way: datagrams that leave some time after they were given, each with a
 * delay of its own, so that they may overtake one another.
 *
 *   eye_delay_create(&plan, &delay);
 *   eye_delay_put(delay, fd, &target, bytes, length, now_ns);
 *   eye_delay_run(delay, now_ns);                 each ms: what is due leaves
 *
 * What finds no room is lost, as on any way.
 *
 * Thread   one per object; nothing is allocated after eye_delay_create().
 */
#ifndef TESTS_BENCH_EYE_DELAY_H
#define TESTS_BENCH_EYE_DELAY_H

#include "tests/bench/ear_random.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

enum { EYE_DELAY_PLACES = 1024, EYE_DELAY_BYTES = 1500 };

struct eye_delay_plan {
    unsigned delay_ms, jitter_ms; /* delay_ms, and from 0 to jitter_ms more */
    struct ear_random random;
};

struct eye_delay;
int eye_delay_create(const struct eye_delay_plan *plan, struct eye_delay **delay); /* -ENOMEM */
void eye_delay_destroy(struct eye_delay *delay); /* NULL is allowed */

void eye_delay_put(struct eye_delay *delay, int fd, const struct sockaddr_in *target,
                   const uint8_t *bytes, size_t length, int64_t now_ns);
void eye_delay_run(struct eye_delay *delay, int64_t now_ns);

#endif
