/* rtp_pacer.c - a token bucket in whole numbers: nothing is lost by rounding. */
#include "server/rtp/rtp_pacer.h"

#include "mixer/base/clock.h"

#include <assert.h>

static_assert(RTP_PACER_MOST_BURST <= INT64_MAX / (8 * CLOCK_NS_PER_S), "the most credit fits");

static int64_t credit_of(unsigned bytes)
{
    return (int64_t)bytes * 8 * CLOCK_NS_PER_S;
}

void rtp_pacer_init(struct rtp_pacer *pacer, int64_t now_ns)
{
    *pacer = (struct rtp_pacer){.credit = credit_of(RTP_PACER_MOST_BURST), .since_ns = now_ns};
}

void rtp_pacer_set_rate(struct rtp_pacer *pacer, uint64_t bps, unsigned burst_bytes)
{
    if (burst_bytes < RTP_PACER_LEAST_BURST)
        burst_bytes = RTP_PACER_LEAST_BURST;
    if (burst_bytes > RTP_PACER_MOST_BURST)
        burst_bytes = RTP_PACER_MOST_BURST;
    pacer->bps = bps < RTP_PACER_MOST_BPS ? bps : RTP_PACER_MOST_BPS;
    pacer->most = credit_of(burst_bytes);
    if (pacer->credit > pacer->most)
        pacer->credit = pacer->most;
}

static void fill(struct rtp_pacer *pacer, int64_t now_ns)
{
    const int64_t passed_ns = now_ns - pacer->since_ns;
    if (passed_ns <= 0)
        return;
    pacer->since_ns = now_ns;
    if (!pacer->bps)
        return;
    const int64_t bps = (int64_t)pacer->bps, lacks = pacer->most - pacer->credit;
    if (passed_ns > lacks / bps)
        pacer->credit = pacer->most;
    else
        pacer->credit += passed_ns * bps;
}

bool rtp_pacer_take(struct rtp_pacer *pacer, int64_t now_ns, unsigned bytes)
{
    fill(pacer, now_ns);
    if (bytes > RTP_PACER_MOST_BURST || !pacer->most || credit_of(bytes) > pacer->credit)
        return false;
    pacer->credit -= credit_of(bytes);
    return true;
}
