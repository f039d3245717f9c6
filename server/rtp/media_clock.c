/* media_clock.c - a line through the last report, whose slope is the nominal rate. */
#include "server/rtp/media_clock.h"

#define NTP_SECOND (1LL << 32)

enum { MOST_HZ = 1 << 30, SMOOTHING = 4 };

static uint64_t on_line(const struct media_clock *clock, uint32_t timestamp)
{
    const int64_t units = (int32_t)(timestamp - clock->timestamp), rate = clock->rate;
    const int64_t ntp = units / rate * NTP_SECOND + units % rate * NTP_SECOND / rate;
    return clock->ntp + (uint64_t)ntp;
}

void media_clock_note_report(struct media_clock *clock, uint64_t ntp, uint32_t rtp_timestamp,
                             uint32_t rate)
{
    if (!ntp || !rate || rate > MOST_HZ)
        return;
    if (clock->rate == rate) {
        const uint64_t expected = on_line(clock, rtp_timestamp);
        const int64_t off = (int64_t)(ntp - expected);
        if (off >= -NTP_SECOND && off <= NTP_SECOND)
            ntp = expected + (uint64_t)(off / SMOOTHING);
    }
    *clock = (struct media_clock){.rate = rate, .timestamp = rtp_timestamp, .ntp = ntp};
}

bool media_clock_ntp(const struct media_clock *clock, uint32_t rtp_timestamp, uint64_t *ntp)
{
    if (!clock->rate)
        return false;
    *ntp = on_line(clock, rtp_timestamp);
    return true;
}

bool media_clock_ns(const struct media_clock *clock, uint32_t rtp_timestamp, int64_t *ns)
{
    uint64_t ntp;
    if (!media_clock_ntp(clock, rtp_timestamp, &ntp))
        return false;
    *ns = (int64_t)((ntp >> 32) * 1000000000 + ((ntp & UINT32_MAX) * 1000000000 >> 32));
    return true;
}
