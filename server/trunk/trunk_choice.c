/* trunk_choice.c - the best kind, then by chance among it. */
#include "server/trunk/trunk_choice.h"

enum { SHARE_OF_ONE = 100 }; /* of a weight of 1; one of 0 has a hundredth of it */

static uint64_t share(const struct trunk_choice *gateway)
{
    return gateway->weight ? (uint64_t)gateway->weight * SHARE_OF_ONE : 1;
}

static bool is_better(const struct trunk_choice *one, const struct trunk_choice *other)
{
    if (one->is_down != other->is_down)
        return other->is_down;
    return one->priority < other->priority;
}

static bool is_equal(const struct trunk_choice *one, const struct trunk_choice *other)
{
    return one->is_down == other->is_down && one->priority == other->priority;
}

int trunk_choice_next(const struct trunk_choice gateways[], unsigned count, uint32_t random)
{
    const struct trunk_choice *best = NULL;
    uint64_t sum = 0;
    for (unsigned i = 0; i < count; i++) {
        if (gateways[i].was_tried)
            continue;
        if (!best || is_better(&gateways[i], best)) {
            best = &gateways[i];
            sum = share(best);
        } else if (is_equal(&gateways[i], best)) {
            sum += share(&gateways[i]);
        }
    }
    if (!best)
        return -1;
    uint64_t at = (uint64_t)random % sum;
    for (unsigned i = 0; i < count; i++) {
        if (gateways[i].was_tried || !is_equal(&gateways[i], best))
            continue;
        if (at < share(&gateways[i]))
            return (int)i;
        at -= share(&gateways[i]);
    }
    return -1; /* not reached: the shares are the sum */
}
