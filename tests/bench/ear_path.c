/* ear_path.c - a two-state loss model (Gilbert) and one draw per packet for each evil. */
#include "tests/bench/ear_path.h"

#include "mixer/base/clock.h"
#include "tests/bench/ear_random.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { OVERTAKEN_MS = 30, TWIN_MS = 40 };

/* A packet is lost in the bad state. Without bursts the next state does not depend on this. */
static bool is_lost(const struct ear_path *path, struct ear_random *random, bool *bad)
{
    double draw = ear_random_unit(random);
    if (path->burst <= 1 || path->loss >= 1)
        *bad = draw < path->loss;
    else if (*bad)
        *bad = draw >= 1 / path->burst;
    else
        *bad = draw < path->loss / (path->burst * (1 - path->loss));
    return *bad;
}

static double jitter_of(const struct ear_path *path, struct ear_random *random)
{
    if (path->jitter == EAR_JITTER_NORMAL)
        return fabs(ear_random_normal(random)) * path->jitter_ms / 2;
    return ear_random_unit(random) * path->jitter_ms;
}

static double delay_of(const struct ear_path *path, struct ear_random *random, int64_t due_ns)
{
    double ms = path->delay_ms + jitter_of(path, random);
    double at_s = (double)due_ns / CLOCK_NS_PER_S;
    if (ear_random_unit(random) < path->reorder)
        ms += OVERTAKEN_MS;
    if (at_s >= path->step_at_s && at_s < path->step_at_s + path->step_for_s)
        ms += path->step_ms;
    return ms;
}

static int earlier_first(const void *a, const void *b)
{
    const struct ear_departure *left = a, *right = b;
    if (left->at_ns != right->at_ns)
        return left->at_ns < right->at_ns ? -1 : 1;
    return left->packet < right->packet ? -1 : left->packet > right->packet;
}

int ear_path_apply(const struct ear_path *path, const int64_t *due_ns, size_t count,
                   struct ear_departure **departures, size_t *number)
{
    struct ear_random random = {.state = path->seed};
    struct ear_departure *out = malloc((2 * count + 1) * sizeof(*out));
    size_t done = 0;
    int64_t latest_ns = 0;
    bool bad = false;
    if (!out)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        bool lost = is_lost(path, &random, &bad);
        int64_t at_ns =
            due_ns[i] + (int64_t)(delay_of(path, &random, due_ns[i]) * CLOCK_NS_PER_MS);
        bool twice = ear_random_unit(&random) < path->duplicate;
        double twin_ms = ear_random_between(&random, 0, TWIN_MS);
        if (path->jitter == EAR_JITTER_ORDERED && at_ns < latest_ns)
            at_ns = latest_ns;
        latest_ns = at_ns;
        if (!lost)
            out[done++] = (struct ear_departure){at_ns, i};
        if (!lost && twice)
            out[done++] =
                (struct ear_departure){at_ns + (int64_t)(twin_ms * CLOCK_NS_PER_MS), i};
    }
    qsort(out, done, sizeof(*out), earlier_first);
    *departures = out;
    *number = done;
    return 0;
}
