/*
 * ear_random.h - random numbers that are the same for the same seed, on any machine.
 *
 *   struct ear_random random = {.state = seed};
 *
 * Thread   one per state; pure.
 * Source   splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators,
 *          2014).
 */
#ifndef TESTS_BENCH_EAR_RANDOM_H
#define TESTS_BENCH_EAR_RANDOM_H

#include <stdint.h>

struct ear_random {
    uint64_t state;
};

uint64_t ear_random_bits(struct ear_random *random);

/** 0 to 1, without 1. */
double ear_random_unit(struct ear_random *random);

/** From @p low to @p high. */
double ear_random_between(struct ear_random *random, double low, double high);

/** Of mean 0 and standard deviation 1. */
double ear_random_normal(struct ear_random *random);

#endif
