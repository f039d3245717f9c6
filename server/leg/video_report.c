/* video_report.c - RTCP of one video leg: reports, and feedback both ways. */
#include "server/leg/video_report.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "server/leg/video_receive.h"
#include "server/leg/video_send.h"
#include "server/rtp/rtcp.h"
#include "server/rtp/rtcp_feedback.h"

#include <stdio.h>
#include <string.h>

enum {
    REPORT_MS = 1000,     /* half to one and a half of it: RFC 3550 section 6.2 lets a sender of
                             video report more often than every 5 s                          */
    FIRST_REPORT_MS = 50, /* the far end learns soon whose lips these are                    */
    TRANSPORT_MS = 100,
    ASK_MS = 1000, /* REMB is repeated so often                                       */
};

static uint64_t ntp_of(int64_t monotonic_ns)
{
    return rtcp_ntp(clock_wall_ns() - (clock_monotonic_ns() - monotonic_ns));
}

/* ---- receiving ---- */

static bool is_from_leg(struct video_leg_media *media, const struct rtp_datagram *datagram,
                        uint32_t ssrc)
{
    struct latch *mine = media->plan->rtcp_mux ? &media->receive.latch : &media->report.latch;
    if (video_leg_is_secure(media))
        return video_leg_is_from(media, mine, datagram->from);
    if (media->plan->rtcp_mux)
        return latch_same(datagram->from, &media->receive.latch.current.any);
    return latch_accept(&media->report.latch, datagram->from, ssrc, datagram->arrival_ns);
}

static void note_block(struct video_leg_media *media, const struct rtcp_block *block,
                       const struct rtp_datagram *datagram)
{
    struct video_send *send = &media->send;
    struct video_leg_counters *counters = media->counters;
    const int64_t span_ns = datagram->arrival_ns - send->reported_ns;
    const int64_t round_trip_ns = rtcp_round_trip_ns(block, ntp_of(datagram->arrival_ns));
    leg_counter_set(&counters->far_fraction_lost, block->fraction_lost);
    if (round_trip_ns > 0) {
        leg_counter_set(&counters->round_trip_us, (uint64_t)round_trip_ns / 1000);
        video_receive_note_round_trip(media, round_trip_ns);
    }
    if (send->reported_ns && span_ns > 0) {
        const double sent_bps =
            (double)(send->octets_total - send->octets_reported) * 8e9 / (double)span_ns;
        bandwidth_on_report(&send->bandwidth, block->fraction_lost, (uint64_t)sent_bps,
                            datagram->arrival_ns);
    }
    send->octets_reported = send->octets_total;
    send->reported_ns = datagram->arrival_ns;
}

static void note_blocks(struct video_leg_media *media, const struct rtcp_compound *compound,
                        const struct rtp_datagram *datagram)
{
    struct video_receive *receive = &media->receive;
    struct rtp_source *source = &receive->source;
    if (compound->has_sender && source->started && compound->ssrc == source->ssrc) {
        rtp_source_sender_report(source, (uint32_t)(compound->sender.ntp >> 16),
                                 datagram->arrival_ns);
        media_clock_note_report(&receive->clock, compound->sender.ntp,
                                compound->sender.timestamp, VIDEO_CLOCK_HZ);
    }
    for (unsigned i = 0; i < compound->block_count; i++) {
        if (compound->blocks[i].ssrc == media->send.ssrc)
            note_block(media, &compound->blocks[i], datagram);
    }
}

static void obey_key_requests(struct video_leg_media *media,
                              const struct rtcp_feedback *feedback, int64_t now_ns)
{
    struct video_send *send = &media->send;
    /* a FIR is repeated with its number until the key frame has come, RFC 5104 section 4.3.1 */
    const bool is_new_fir =
        feedback->fir && (!send->has_fir || feedback->fir_sequence != send->fir_seen);
    if (feedback->fir) {
        send->fir_seen = feedback->fir_sequence;
        send->has_fir = true;
    }
    if (feedback->pli || is_new_fir)
        video_send_ask_key(media, now_ns);
}

static void obey(struct video_leg_media *media, const struct rtcp_feedback *feedback,
                 uint32_t ssrc, int64_t now_ns)
{
    struct bandwidth *bandwidth = &media->send.bandwidth;
    struct video_report *report = &media->report;
    obey_key_requests(media, feedback, now_ns);
    if (feedback->nacked_count)
        video_send_again(media, feedback->nacked, feedback->nacked_count);
    if (feedback->has_remb)
        bandwidth_on_remb(bandwidth, feedback->remb_bps);
    if (feedback->has_tmmbr) {
        bandwidth_on_tmmbr(bandwidth, feedback->tmmbr_bps);
        report->tmmbn_due = true;
        report->tmmbn_bps = feedback->tmmbr_bps;
        report->tmmbn_overhead = feedback->tmmbr_overhead;
        report->tmmbn_owner = ssrc;
    }
    if (feedback->transport_count)
        bandwidth_on_transport(bandwidth, feedback->transport, feedback->transport_count,
                               now_ns);
    leg_counter_set(&media->counters->bandwidth_bps, bandwidth_bps(bandwidth));
}

void video_report_packet(struct video_leg_media *media, const struct rtp_datagram *datagram,
                         struct video_step *step)
{
    struct rtcp_compound compound;
    struct rtcp_feedback feedback;
    if (rtcp_read(datagram->data, datagram->length, &compound) < 0 ||
        rtcp_feedback_read(datagram->data, datagram->length, media->send.ssrc, &feedback) < 0) {
        leg_counter_add(&media->counters->packets_malformed, 1);
        return;
    }
    if (!is_from_leg(media, datagram, compound.ssrc)) {
        leg_counter_add(&media->counters->packets_refused, 1);
        return;
    }
    leg_counter_add(&media->counters->packets_malformed, feedback.malformed);
    media->receive.heard_ns = datagram->arrival_ns;
    note_blocks(media, &compound, datagram);
    obey(media, &feedback, compound.ssrc, step->now_ns);
}

/* ---- sending ---- */

/* What one RTCP datagram is put together from. */
struct letter {
    uint8_t bytes[RTCP_MAX_BYTES];
    size_t length;
};

static void send_letter(struct video_leg_media *media, const struct letter *letter,
                        struct video_step *step)
{
    const bool mux = media->plan->rtcp_mux;
    const struct sockaddr *to =
        mux ? video_leg_target(media) : &media->report.latch.current.any;
    if (!letter->length || !to || to->sa_family == AF_UNSPEC || !video_leg_can_send(media))
        return;
    rtp_io_send(step->io, media->socket,
                &(struct rtp_message){.rtcp = !mux,
                                      .to = to,
                                      .header = letter->bytes,
                                      .header_bytes = letter->length,
                                      .is_report = true,
                                      .guard = media->guard_out});
}

/* SR or RR with what has come of the far end since the last one. */
static void begin_report(struct video_leg_media *media, const struct video_step *step, bool bye,
                         struct letter *letter)
{
    const struct video_send *send = &media->send;
    struct rtcp_compound compound = {.ssrc = send->ssrc, .has_bye = bye};
    if (send->packets) {
        compound.has_sender = true;
        compound.sender = (struct rtcp_sender){.ntp = ntp_of(step->now_ns),
                                               .timestamp = video_send_timestamp(step->now_ns) +
                                                            send->timestamp_offset,
                                               .packets = send->packets,
                                               .octets = send->octets};
    }
    if (media->receive.source.started) {
        compound.block_count = 1;
        rtp_source_report(&media->receive.source, step->now_ns, &compound.blocks[0]);
    }
    snprintf(compound.cname, sizeof(compound.cname), "%s", media->cname);
    letter->length = rtcp_write(&compound, letter->bytes, sizeof(letter->bytes));
}

/* Feedback alone, where that is allowed (RFC 5506); else behind an empty RR. */
static void begin_feedback(struct video_leg_media *media, struct letter *letter)
{
    struct rtcp_compound compound = {.ssrc = media->send.ssrc};
    letter->length = 0;
    if (media->plan->reduced_size)
        return;
    snprintf(compound.cname, sizeof(compound.cname), "%s", media->cname);
    letter->length = rtcp_write(&compound, letter->bytes, sizeof(letter->bytes));
}

static uint8_t *letter_end(struct letter *letter, size_t *room)
{
    *room = sizeof(letter->bytes) - letter->length;
    return letter->bytes + letter->length;
}

void video_report_nack(struct video_leg_media *media, const uint16_t *sequences, unsigned count,
                       struct video_step *step)
{
    struct letter letter;
    size_t room;
    begin_feedback(media, &letter);
    uint8_t *end = letter_end(&letter, &room);
    letter.length += rtcp_feedback_write_nack(end, room, media->send.ssrc,
                                              media->receive.source.ssrc, sequences, count);
    leg_counter_add(&media->counters->nacks_sent, count);
    send_letter(media, &letter, step);
}

void video_report_ask_key(struct video_leg_media *media, struct video_step *step)
{
    const struct video_plan_feedback *feedback = &media->plan->feedback;
    struct video_receive *receive = &media->receive;
    struct letter letter;
    size_t room;
    if (!feedback->pli && !feedback->fir && media->events)
        media->events->on_need_key(media->events_context, media);
    begin_feedback(media, &letter);
    uint8_t *end = letter_end(&letter, &room);
    if (receive->key_tries <= 1) /* repeated with its number, RFC 5104 section 4.3.1.2 */
        receive->fir_sequence++;
    /* PLI also where it was not agreed: who does not know it skips it */
    if (feedback->fir && !feedback->pli)
        letter.length += rtcp_feedback_write_fir(end, room, media->send.ssrc,
                                                 receive->source.ssrc, receive->fir_sequence);
    else
        letter.length +=
            rtcp_feedback_write_pli(end, room, media->send.ssrc, receive->source.ssrc);
    send_letter(media, &letter, step);
}

/* The bound on what it sends: REMB again and again, TMMBR when it changes. */
static void add_bound(struct video_leg_media *media, struct letter *letter, int64_t now_ns)
{
    struct video_receive *receive = &media->receive;
    const struct video_plan_feedback *feedback = &media->plan->feedback;
    size_t room;
    uint8_t *end = letter_end(letter, &room);
    if (!receive->asked_bps || !receive->source.started)
        return;
    if (feedback->remb)
        letter->length += rtcp_feedback_write_remb(end, room, media->send.ssrc,
                                                   receive->source.ssrc, receive->asked_bps);
    else if (feedback->tmmbr && receive->ask_changed)
        letter->length += rtcp_feedback_write_tmmbr(end, room, media->send.ssrc,
                                                    receive->source.ssrc, receive->asked_bps);
    receive->ask_changed = false;
    receive->asked_ns = now_ns;
}

static void add_answer(struct video_leg_media *media, struct letter *letter)
{
    struct video_report *report = &media->report;
    size_t room;
    uint8_t *end = letter_end(letter, &room);
    if (!report->tmmbn_due)
        return;
    report->tmmbn_due = false;
    letter->length +=
        rtcp_feedback_write_tmmbn(end, room, media->send.ssrc, report->tmmbn_owner,
                                  report->tmmbn_bps, report->tmmbn_overhead);
}

static void send_transport(struct video_leg_media *media, struct video_step *step)
{
    struct video_report *report = &media->report;
    struct letter letter;
    size_t room, bytes;
    if (!media->receive.record || step->now_ns < report->transport_ns)
        return;
    report->transport_ns = step->now_ns + TRANSPORT_MS * CLOCK_NS_PER_MS;
    begin_feedback(media, &letter);
    uint8_t *end = letter_end(&letter, &room);
    bytes = transport_record_write(media->receive.record, end, room, media->send.ssrc,
                                   media->receive.source.ssrc);
    letter.length += bytes;
    if (bytes)
        send_letter(media, &letter, step);
}

void video_report_run(struct video_leg_media *media, struct video_step *step, bool bye)
{
    ASSERT_VIDEO();
    struct video_report *report = &media->report;
    struct letter letter;
    if (!media->plan)
        return;
    send_transport(media, step);
    const bool asks = media->receive.ask_changed || report->tmmbn_due;
    if (!report->due_ns)
        report->due_ns = step->now_ns + FIRST_REPORT_MS * CLOCK_NS_PER_MS;
    if (!bye && !asks && step->now_ns < report->due_ns)
        return;
    if (bye || step->now_ns >= report->due_ns) {
        begin_report(media, step, bye, &letter);
        const uint32_t chance = media->send.ssrc ^ (media->send.sequence * 2654435761U);
        report->due_ns = step->now_ns + (REPORT_MS / 2 + chance % REPORT_MS) * CLOCK_NS_PER_MS;
    } else {
        begin_feedback(media, &letter);
    }
    if (!bye) {
        if (asks || step->now_ns - media->receive.asked_ns > ASK_MS * CLOCK_NS_PER_MS)
            add_bound(media, &letter, step->now_ns);
        add_answer(media, &letter);
    }
    send_letter(media, &letter, step);
}

void video_report_replan(struct video_leg_media *media, const struct video_plan *old,
                         const struct video_step *step)
{
    const struct video_plan *plan = media->plan;
    if (!old || !latch_same((const struct sockaddr *)&old->remote_rtcp,
                            (const struct sockaddr *)&plan->remote_rtcp))
        latch_open(&media->report.latch, (const struct sockaddr *)&plan->remote_rtcp,
                   step->now_ns);
    media->report.due_ns = 0;
}
