/* eye_loss.c - a packet is lost in the bad state. */
#include "tests/bench/eye_loss.h"

bool eye_loss_next(struct eye_loss *loss)
{
    if (loss->share <= 0)
        return false;
    double draw = ear_random_unit(&loss->random);
    if (loss->burst <= 1 || loss->share >= 1)
        loss->bad = draw < loss->share;
    else if (loss->bad)
        loss->bad = draw >= 1 / loss->burst;
    else
        loss->bad = draw < loss->share / (loss->burst * (1 - loss->share));
    return loss->bad;
}
