/*
 * eye_loss.h - whether the next packet is lost: a two-state model (Gilbert), the same for the
 * same seed.
 *
 * Thread   one per object; pure.
 */
#ifndef TESTS_BENCH_EYE_LOSS_H
#define TESTS_BENCH_EYE_LOSS_H

#include "tests/bench/ear_random.h"

#include <stdbool.h>

struct eye_loss {
    double share; /* 0..1                                                              */
    double burst; /* mean length of a loss [packets]; up to 1: each by itself (Bernoulli) */
    bool bad;
    struct ear_random random;
};

bool eye_loss_next(struct eye_loss *loss);

#endif
