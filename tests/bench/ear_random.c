/* ear_random.c - splitmix64; the normal distribution by Box and Muller. */
#include "tests/bench/ear_random.h"

#include <math.h>

uint64_t ear_random_bits(struct ear_random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

double ear_random_unit(struct ear_random *random)
{
    return (double)(ear_random_bits(random) >> 11) / 9007199254740992.0; /* 2^53 */
}

double ear_random_between(struct ear_random *random, double low, double high)
{
    return low + (high - low) * ear_random_unit(random);
}

double ear_random_normal(struct ear_random *random)
{
    double radius = sqrt(-2 * log(1 - ear_random_unit(random)));
    return radius * cos(2 * M_PI * ear_random_unit(random));
}
