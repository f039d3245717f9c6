/* leg_report.c - RTCP of one leg: what we say of it, and what it says of us. */
#include "server/leg/leg_report.h"

#include "mixer/base/clock.h"
#include "server/leg/leg_send.h"
#include "server/rtp/rtp_io.h"

#include <stdio.h>
#include <string.h>

static uint64_t ntp_of(int64_t monotonic_ns, int64_t now_ns)
{
    return rtcp_ntp(clock_wall_ns() - (now_ns - monotonic_ns));
}

/* ---- receiving ---- */

/* What it loses of ours, on the way of becoming true: one bad report is no bad link. */
static void note_loss(struct leg_media *media, unsigned percent)
{
    enum { SEND_TWICE_PERCENT = 3, SEND_ONCE_PERCENT = 1 };
    struct leg_send *send = &media->send;
    send->loss_q4 = (3 * send->loss_q4 + 16 * percent + 2) / 4;
    const unsigned smoothed = (send->loss_q4 + 8) / 16;
    leg_out_tune(leg_media_out(media), smoothed);
    if (smoothed >= SEND_TWICE_PERCENT)
        send->redundant = true;
    else if (smoothed <= SEND_ONCE_PERCENT)
        send->redundant = false;
}

static void note_block(struct leg_media *media, const struct rtcp_block *block,
                       int64_t arrival_ns)
{
    struct leg_counters *counters = media->counters;
    unsigned clock_hz = media->kit->plan.codec[0].codec->rtp_clock_hz;
    leg_counter_set(&counters->far_jitter_us, (uint64_t)block->jitter * 1000000 / clock_hz);
    leg_counter_set(&counters->far_lost, block->lost > 0 ? (uint64_t)block->lost : 0);
    leg_counter_set(&counters->far_fraction_lost, block->fraction_lost);
    leg_counter_set(&counters->has_far, 1);
    int64_t round_trip_ns = rtcp_round_trip_ns(block, ntp_of(arrival_ns, clock_monotonic_ns()));
    note_loss(media, block->fraction_lost * 100U / 256);
    if (round_trip_ns > 0)
        leg_counter_set(&counters->round_trip_us, (uint64_t)round_trip_ns / 1000);
}

static bool is_from_leg(struct leg_media *media, const struct sockaddr *from, uint32_t ssrc,
                        int64_t arrival_ns)
{
    if (!media->kit->plan.rtcp_mux)
        return leg_media_is_from(media, &media->report.latch, from, ssrc, arrival_ns);
    return leg_media_is_secure(media)
               ? leg_media_is_from(media, &media->receive.latch, from, ssrc, arrival_ns)
               : latch_same(from, &media->receive.latch.current.any);
}

void leg_report_packet(struct leg_media *media, const uint8_t *data, size_t length,
                       const struct sockaddr *from, int64_t arrival_ns, struct leg_tick *tick)
{
    struct rtcp_compound compound;
    if (rtcp_read(data, length, &compound) < 0) {
        leg_counter_add(&media->counters->packets_malformed, 1);
        tick->packets_malformed++;
        return;
    }
    if (!is_from_leg(media, from, compound.ssrc, arrival_ns)) {
        leg_counter_add(&media->counters->packets_refused, 1);
        return;
    }
    leg_counter_add(&media->counters->rtcp_received, 1);
    media->receive.heard_ns = arrival_ns;
    struct rtp_source *source = &media->receive.source;
    if (compound.has_sender && source->started && compound.ssrc == source->ssrc) {
        rtp_source_sender_report(source, (uint32_t)(compound.sender.ntp >> 16), arrival_ns);
        media_clock_note_report(&media->receive.clock, compound.sender.ntp,
                                compound.sender.timestamp, media->receive.clock_hz);
    }
    for (unsigned i = 0; i < compound.block_count; i++) {
        media->send.is_reported |= compound.blocks[i].ssrc == media->send.ssrc;
        if (compound.blocks[i].ssrc == media->send.ssrc)
            note_block(media, &compound.blocks[i], arrival_ns);
    }
}

/* ---- sending ---- */

/* The RTP time of this tick: what it sent has gone on to the next one. */
static uint32_t timestamp_of_tick(const struct leg_media *media)
{
    return media->send.timestamp -
           media->kit->plan.codec[0].codec->rtp_clock_hz / PCM_TICKS_PER_S;
}

static void send_report(struct leg_media *media, struct leg_tick *tick, bool bye)
{
    const struct leg_send *send = &media->send;
    bool mux = media->kit->plan.rtcp_mux;
    const struct sockaddr *to = mux ? leg_send_target(media) : &media->report.latch.current.any;
    if (!to || to->sa_family == AF_UNSPEC || !leg_send_can(media))
        return;
    struct rtcp_compound compound = {.ssrc = send->ssrc, .has_bye = bye};
    if (send->packets) {
        compound.has_sender = true;
        compound.sender =
            (struct rtcp_sender){.ntp = ntp_of(tick->now_ns, clock_monotonic_ns()),
                                 .timestamp = timestamp_of_tick(media),
                                 .packets = send->packets,
                                 .octets = send->octets};
    }
    if (media->receive.source.started) {
        compound.block_count = 1;
        rtp_source_report(&media->receive.source, tick->now_ns, &compound.blocks[0]);
    }
    snprintf(compound.cname, sizeof(compound.cname), "%s", media->report.cname);
    uint8_t data[RTCP_MAX_BYTES];
    size_t bytes = rtcp_write(&compound, data, sizeof(data));
    if (!bytes)
        return;
    rtp_io_send(tick->io, media->socket,
                &(struct rtp_message){.rtcp = !mux,
                                      .to = to,
                                      .header = data,
                                      .header_bytes = bytes,
                                      .is_report = true,
                                      .guard = media->kit->guard_out});
    leg_counter_add(&media->counters->rtcp_sent, 1);
}

void leg_media_report(struct leg_media *media, struct leg_tick *tick, bool bye)
{
    const int64_t now_ns = tick->now_ns;
    struct leg_report *report = &media->report;
    if (!media->kit || media->kit->plan.rtcp_bandwidth_off)
        return;
    if (!report->due_ns)
        report->due_ns = now_ns + rtcp_interval_ms(true, media->send.ssrc) * CLOCK_NS_PER_MS;
    if (!bye && now_ns < report->due_ns)
        return;
    send_report(media, tick, bye);
    /* our own SSRC and sequence number spread the interval: no system call in a tick for chance
     */
    uint32_t chance = (media->send.ssrc ^ (media->send.sequence * 2654435761u));
    report->due_ns = now_ns + rtcp_interval_ms(false, chance) * CLOCK_NS_PER_MS;
}

void leg_report_replan(struct leg_media *media, const struct leg_plan *old, int64_t now_ns)
{
    const struct leg_plan *plan = &media->kit->plan;
    if (!old || !latch_same((const struct sockaddr *)&old->remote_rtcp,
                            (const struct sockaddr *)&plan->remote_rtcp))
        latch_open(&media->report.latch, (const struct sockaddr *)&plan->remote_rtcp, now_ns);
}
