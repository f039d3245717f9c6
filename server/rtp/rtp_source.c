/* rtp_source.c - RFC 3550 appendices A.1, A.3 and A.8. */
#include "server/rtp/rtp_source.h"

#include "mixer/base/clock.h"

#include <string.h>

enum {
    SEQUENCES = 1 << 16,
    MAX_DROPOUT = 3000, /* a gap that may be loss         */
    MAX_MISORDER = 100, /* how far behind is still "late" */
    NO_BAD_SEQUENCE = SEQUENCES + 1,
};

/* A new count from here; what is known of the sender's reports and jitter stays. */
static void begin(struct rtp_source *source, uint16_t sequence)
{
    source->started = true;
    source->base_sequence = sequence;
    source->max_sequence = sequence;
    source->bad_sequence = NO_BAD_SEQUENCE;
    source->cycles = 0;
    source->received = 0;
    source->received_prior = 0;
    source->expected_prior = 0;
    source->clock_hz = 0;
}

static enum rtp_source_verdict count(struct rtp_source *source, uint16_t sequence)
{
    uint16_t ahead = (uint16_t)(sequence - source->max_sequence);
    if (ahead < MAX_DROPOUT) {
        if (sequence < source->max_sequence)
            source->cycles += SEQUENCES;
        source->max_sequence = sequence;
    } else if (ahead <= SEQUENCES - MAX_MISORDER) {
        if (sequence != source->bad_sequence) {
            source->bad_sequence = (uint16_t)(sequence + 1);
            return RTP_SOURCE_DROP;
        }
        begin(source, sequence); /* two in a row: the sender began anew without telling */
        return RTP_SOURCE_RESTART;
    }
    return RTP_SOURCE_OK;
}

static uint32_t rtp_time(int64_t ns, unsigned clock_hz)
{
    /* seconds apart, so that nothing overflows; only the low 32 bits matter */
    uint64_t seconds = (uint64_t)(ns / CLOCK_NS_PER_S);
    uint64_t rest = (uint64_t)(ns % CLOCK_NS_PER_S);
    return (uint32_t)(seconds * clock_hz + rest * clock_hz / CLOCK_NS_PER_S);
}

static void measure(struct rtp_source *source, uint32_t timestamp, int64_t arrival_ns,
                    unsigned clock_hz)
{
    uint32_t transit = rtp_time(arrival_ns, clock_hz) - timestamp;
    if (source->clock_hz == clock_hz) {
        int32_t change = (int32_t)(transit - source->transit);
        double size = change < 0 ? -(double)change : (double)change;
        source->jitter += (size - source->jitter) / 16;
    } else if (source->clock_hz) {
        source->jitter = source->jitter * clock_hz / source->clock_hz;
    }
    source->transit = transit;
    source->clock_hz = clock_hz;
}

enum rtp_source_verdict rtp_source_receive(struct rtp_source *source, uint32_t ssrc,
                                           uint16_t sequence, uint32_t timestamp,
                                           int64_t arrival_ns, unsigned clock_hz)
{
    enum rtp_source_verdict verdict = RTP_SOURCE_OK;
    if (!source->started || source->ssrc != ssrc) {
        verdict = source->started ? RTP_SOURCE_RESTART : RTP_SOURCE_OK;
        memset(source, 0, sizeof(*source));
        source->ssrc = ssrc;
        begin(source, sequence);
    } else {
        verdict = count(source, sequence);
    }
    if (verdict == RTP_SOURCE_DROP)
        return verdict;
    source->received++;
    if (clock_hz)
        measure(source, timestamp, arrival_ns, clock_hz);
    return verdict;
}

void rtp_source_begin_anew(struct rtp_source *source, uint16_t sequence)
{
    begin(source, sequence);
    source->received = 1;
}

void rtp_source_sender_report(struct rtp_source *source, uint32_t ntp_middle,
                              int64_t arrival_ns)
{
    source->last_sr_ntp = ntp_middle;
    source->last_sr_ns = arrival_ns;
}

uint32_t rtp_source_extended_sequence(const struct rtp_source *source)
{
    return source->cycles + source->max_sequence;
}

static uint32_t expected(const struct rtp_source *source)
{
    return source->started ? rtp_source_extended_sequence(source) - source->base_sequence + 1
                           : 0;
}

int64_t rtp_source_lost(const struct rtp_source *source)
{
    return (int64_t)expected(source) - source->received;
}

uint8_t rtp_source_fraction_lost(struct rtp_source *source)
{
    uint32_t expected_now = expected(source);
    int64_t due = (int64_t)expected_now - source->expected_prior;
    int64_t lost = due - ((int64_t)source->received - source->received_prior);
    source->expected_prior = expected_now;
    source->received_prior = source->received;
    if (due <= 0 || lost <= 0)
        return 0;
    int64_t fraction = lost * 256 / due;
    return (uint8_t)(fraction > UINT8_MAX ? UINT8_MAX : fraction); /* 256: all was lost */
}

static int32_t clamp_lost(int64_t lost)
{
    return (int32_t)(lost > INT32_MAX ? INT32_MAX : lost < INT32_MIN ? INT32_MIN : lost);
}

static uint32_t delay_since(int64_t then_ns, int64_t now_ns)
{
    if (!then_ns || now_ns < then_ns)
        return 0;
    return rtp_time(now_ns - then_ns, 65536);
}

void rtp_source_report(struct rtp_source *source, int64_t now_ns, struct rtcp_block *block)
{
    *block = (struct rtcp_block){
        .ssrc = source->ssrc,
        .fraction_lost = rtp_source_fraction_lost(source),
        .lost = clamp_lost(rtp_source_lost(source)),
        .extended_sequence = rtp_source_extended_sequence(source),
        .jitter = (uint32_t)source->jitter,
        .last_sr = source->last_sr_ntp,
        .delay_since_last_sr = delay_since(source->last_sr_ns, now_ns),
    };
}
