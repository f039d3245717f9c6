/* video_send.c - frames in, packets out at an even pace; and again, if asked. */
#include "server/leg/video_send.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/random.h"
#include "server/rtp/rtp_extension.h"
#include "server/rtp/rtp_guard.h"
#include "server/rtp/rtx.h"

#include <stdlib.h>
#include <string.h>

enum {
    PACE_PERCENT = 250, /* of the class' rate: a large picture must not be late           */
    DRAIN_MS = 50,      /* ... but whatever waits is out in that time                     */
    LEAST_BPS = 64000,
    LEAST_PACE_BPS = 1000000,
    PACE_BURST_BYTES = 12000, /* ten packets */
    BACKLOG_MS = 600, /* more than that of its rate waits: it is dropped                */
    RESEND_MS = 20,   /* the same packet is not sent again sooner                       */
    MAX_EXTENSION_BYTES = RTP_EXTENSION_NUMBER_BYTES + RTP_MID_MOST,
    MAX_HEADER_BYTES = RTP_HEADER_BYTES + 4 + MAX_EXTENSION_BYTES + RTX_HEAD_BYTES,
    KEY_CREDIT = 16, /* of one request                                                 */
    KEY_CREDITS = 5 * KEY_CREDIT, /* at once; then */
    KEY_CREDIT_MS = 62, /* one sixteenth of a request each: one in a second            */
    HISTORY_MASK = VIDEO_HISTORY - 1,
};

void video_send_init(struct video_send *send)
{
    *send = (struct video_send){.ssrc = random_u32(),
                                .rtx_ssrc = random_u32(),
                                .timestamp_offset = random_u32(),
                                .sequence = random_u32() % RTP_GUARD_FIRST_SEQUENCES,
                                .rtx_sequence = random_u32() % RTP_GUARD_FIRST_SEQUENCES,
                                .transport_sequence = 1,
                                .needs_key = true,
                                .key_credit = KEY_CREDITS};
}

uint32_t video_send_timestamp(int64_t now_ns)
{
    return (uint32_t)((uint64_t)now_ns / 1000 * (VIDEO_CLOCK_HZ / 1000) / 1000);
}

bool video_send_wanted(const struct video_leg_media *media)
{
    return media->plan && media->plan->send && media->plan->codec[0].codec->can_encode &&
           video_leg_target(media);
}

/* ---- packets ---- */

/* A packet that is sent again as it was must be protected as it was: with another number in
 * its header, GCM would use one nonce twice and give its key of authentication away (RFC 7714
 * section 8.4). */
static bool may_vary(const struct video_leg_media *media)
{
    const struct video_plan *plan = media->plan;
    return !media->guard_out || !plan->feedback.nack ||
           plan->codec[0].rtx_send_type != VIDEO_PLAN_NO_TYPE;
}

static bool is_numbered(const struct video_leg_media *media)
{
    return media->plan->transport_id && may_vary(media);
}

static size_t write_header(struct video_leg_media *media, struct rtp_packet *packet,
                           uint8_t *out)
{
    uint8_t extension[MAX_EXTENSION_BYTES], number[RTP_EXTENSION_NUMBER_LENGTH];
    const struct video_plan *plan = media->plan;
    struct video_send *send = &media->send;
    struct rtp_extension_element elements[2];
    unsigned count = 0;
    if (is_numbered(media))
        elements[count++] =
            rtp_extension_number(plan->transport_id, send->transport_sequence, number);
    if (plan->mid.id && !send->reported_ns && may_vary(media))
        elements[count++] = rtp_mid_element(&plan->mid);
    if (count) {
        packet->extension_length = rtp_extension_write(
            elements, count, extension, sizeof(extension), &packet->extension_profile);
        packet->extension = extension;
    }
    return rtp_packet_write_header(packet, out, MAX_HEADER_BYTES);
}

/* @p head: what goes between header and payload (RTX). */
static void send_packet(struct video_leg_media *media, struct rtp_packet *packet,
                        const uint8_t *head, size_t head_bytes,
                        const struct video_packets *packets, unsigned part,
                        struct video_step *step)
{
    struct video_send *send = &media->send;
    const struct video_packets_part *payload = &packets->part[part];
    uint8_t header[MAX_HEADER_BYTES];
    packet->timestamp = packets->timestamp + send->timestamp_offset;
    packet->marker = part + 1 == packets->count;
    size_t bytes = write_header(media, packet, header);
    if (head_bytes)
        memcpy(header + bytes, head, head_bytes);
    bytes += head_bytes;
    const size_t octets = head_bytes + payload->length;
    rtp_io_send(step->io, media->socket,
                &(struct rtp_message){.to = video_leg_target(media),
                                      .header = header,
                                      .header_bytes = bytes,
                                      .payload = packets->bytes + payload->offset,
                                      .payload_bytes = payload->length,
                                      .guard = media->guard_out});
    if (is_numbered(media))
        bandwidth_on_sent(&send->bandwidth, send->transport_sequence++,
                          (unsigned)(bytes + payload->length), step->now_ns);
    send->octets_total += bytes + payload->length;
    leg_counter_add(&media->counters->packets_sent, 1);
    leg_counter_add(&media->counters->octets_sent, octets);
    step->packets_sent++;
}

static void remember(struct video_send *send, struct video_packets *packets, unsigned part)
{
    if (!send->history)
        send->history = calloc(VIDEO_HISTORY, sizeof(send->history[0]));
    if (!send->history)
        return;
    struct video_sent *sent = &send->history[send->sequence & HISTORY_MASK];
    video_packets_release(&sent->packets);
    *sent = (struct video_sent){.packets = video_packets_reference(packets),
                                .sequence = send->sequence,
                                .part = (uint16_t)part};
}

static void send_new(struct video_leg_media *media, struct video_packets *packets,
                     unsigned part, struct video_step *step)
{
    struct video_send *send = &media->send;
    struct rtp_packet packet = {.payload_type = media->plan->codec[0].send_type,
                                .sequence = send->sequence,
                                .ssrc = send->ssrc};
    if (media->plan->feedback.nack)
        remember(send, packets, part);
    send_packet(media, &packet, NULL, 0, packets, part, step);
    send->sequence++;
    send->packets++;
    send->octets += packets->part[part].length;
}

static bool send_again(struct video_leg_media *media, uint16_t sequence,
                       struct video_step *step)
{
    struct video_send *send = &media->send;
    struct video_sent *sent = &send->history[sequence & HISTORY_MASK];
    const struct video_plan_codec *row = &media->plan->codec[0];
    uint8_t head[RTX_HEAD_BYTES];
    if (!sent->packets || sent->sequence != sequence ||
        (sent->resent_ns && step->now_ns - sent->resent_ns < RESEND_MS * CLOCK_NS_PER_MS))
        return false;
    sent->resent_ns = step->now_ns;
    leg_counter_add(&media->counters->packets_resent, 1);
    struct rtp_packet packet = {
        .payload_type = row->send_type, .sequence = sequence, .ssrc = send->ssrc};
    if (row->rtx_send_type == VIDEO_PLAN_NO_TYPE) {
        send_packet(media, &packet, NULL, 0, sent->packets, sent->part, step);
        return true;
    }
    packet.payload_type = row->rtx_send_type;
    packet.sequence = send->rtx_sequence++;
    packet.ssrc = send->rtx_ssrc;
    rtx_write_head(sequence, head);
    send_packet(media, &packet, head, sizeof(head), sent->packets, sent->part, step);
    return true;
}

/* ---- frames ---- */

static struct video_queued *queued_at(struct video_send *send, unsigned place)
{
    return &send->queue[(send->queue_first + place) % VIDEO_QUEUE];
}

static void drop_first(struct video_send *send)
{
    struct video_queued *first = queued_at(send, 0);
    for (unsigned i = first->next; i < first->packets->count; i++)
        send->queued_octets -= first->packets->part[i].length;
    video_packets_release(&first->packets);
    send->queue_first = (send->queue_first + 1) % VIDEO_QUEUE;
    send->queue_count--;
}

static void drop_queue(struct video_send *send)
{
    while (send->queue_count)
        drop_first(send);
}

void video_send_set_most(struct video_leg_media *media, uint64_t bps, int64_t now_ns)
{
    struct video_send *send = &media->send;
    const uint64_t wanted = media->plan->bandwidth_bps;
    const uint64_t most = wanted && wanted < bps ? wanted : bps;
    const uint64_t least = most < LEAST_BPS ? most : LEAST_BPS;
    if (send->has_bandwidth)
        bandwidth_set_bounds(&send->bandwidth, least, most);
    else
        bandwidth_init(&send->bandwidth, most, least, most, now_ns);
    send->has_bandwidth = true;
    leg_counter_set(&media->counters->bandwidth_bps, bandwidth_bps(&send->bandwidth));
}

void video_send_set_rate(struct video_leg_media *media, uint64_t bps)
{
    media->send.class_bps = bps;
    leg_counter_set(&media->counters->sent_bps, bps);
}

void video_send_frame(struct video_leg_media *media, struct video_packets *packets)
{
    struct video_send *send = &media->send;
    if (send->needs_key && !packets->is_key)
        return;
    if (packets->is_key && send->queue_count && !queued_at(send, 0)->next)
        drop_queue(send); /* not one packet of them is out: this one is in their place */
    const uint64_t most = send->class_bps / 8 * BACKLOG_MS / 1000 + 2 * packets->octets;
    if (send->queue_count == VIDEO_QUEUE || send->queued_octets > most) {
        drop_queue(send);
        send->needs_key = true;
        if (!packets->is_key)
            return;
    }
    send->needs_key = false;
    *queued_at(send, send->queue_count++) =
        (struct video_queued){.packets = video_packets_reference(packets)};
    send->queued_octets += packets->octets;
    leg_counter_add(&media->counters->frames_sent, 1);
    if (packets->is_key)
        leg_counter_add(&media->counters->key_frames_sent, 1);
}

static void set_pace(struct video_send *send)
{
    uint64_t bps = send->class_bps * PACE_PERCENT / 100;
    const uint64_t drain_bps = send->queued_octets * 8 * 1000 / DRAIN_MS;
    if (bps < LEAST_PACE_BPS)
        bps = LEAST_PACE_BPS;
    if (bps < drain_bps)
        bps = drain_bps;
    rtp_pacer_set_rate(&send->pacer, bps, PACE_BURST_BYTES);
}

static void run_resends(struct video_leg_media *media, struct video_step *step)
{
    struct video_send *send = &media->send;
    unsigned done = 0;
    for (; done < send->resend_count; done++) {
        if (!rtp_pacer_take(&send->pacer, step->now_ns, (unsigned)step->max_payload_bytes))
            break;
        send_again(media, send->resend[done], step);
    }
    send->resend_count -= done;
    memmove(send->resend, send->resend + done, send->resend_count * sizeof(send->resend[0]));
}

void video_send_run(struct video_leg_media *media, struct video_step *step)
{
    ASSERT_VIDEO();
    struct video_send *send = &media->send;
    if (!send->queue_count && !send->resend_count)
        return;
    if (!video_send_wanted(media)) {
        drop_queue(send);
        send->resend_count = 0;
        return;
    }
    set_pace(send);
    run_resends(media, step);
    while (send->queue_count) {
        struct video_queued *first = queued_at(send, 0);
        const unsigned bytes = first->packets->part[first->next].length;
        if (!rtp_pacer_take(&send->pacer, step->now_ns, bytes))
            break;
        send->queued_octets -= bytes;
        send_new(media, first->packets, first->next, step);
        if (++first->next == first->packets->count)
            drop_first(send);
    }
}

/* ---- asked for ---- */

void video_send_again(struct video_leg_media *media, const uint16_t *sequences, unsigned count)
{
    struct video_send *send = &media->send;
    leg_counter_add(&media->counters->nacks_received, count);
    if (!send->history || !media->plan->feedback.nack)
        return;
    for (unsigned i = 0; i < count && send->resend_count < VIDEO_RESENDS; i++)
        send->resend[send->resend_count++] = sequences[i];
}

/* A key frame costs everybody who gets the same: each may have some at once, then few. */
static bool take_credit(struct video_send *send, int64_t now_ns)
{
    if (send->key_credit_ns) {
        const int64_t gained =
            (now_ns - send->key_credit_ns) / (KEY_CREDIT_MS * CLOCK_NS_PER_MS);
        send->key_credit += (uint64_t)gained;
        send->key_credit_ns += gained * KEY_CREDIT_MS * CLOCK_NS_PER_MS;
    }
    if (!send->key_credit_ns || send->key_credit >= KEY_CREDITS) {
        send->key_credit = KEY_CREDITS;
        send->key_credit_ns = now_ns;
    }
    if (send->key_credit < KEY_CREDIT)
        return false;
    send->key_credit -= KEY_CREDIT;
    return true;
}

void video_send_ask_key(struct video_leg_media *media, int64_t now_ns)
{
    struct video_send *send = &media->send;
    leg_counter_add(&media->counters->key_requests_received, 1);
    if (!send->key_asked)
        send->key_asked = take_credit(send, now_ns);
}

bool video_send_wants_key(struct video_leg_media *media, int64_t now_ns)
{
    struct video_send *send = &media->send;
    if (!send->key_asked && send->needs_key)
        send->key_asked = take_credit(send, now_ns);
    return send->key_asked;
}

/* ---- plans ---- */

static void forget(struct video_send *send)
{
    drop_queue(send);
    send->resend_count = 0;
    for (unsigned i = 0; send->history && i < VIDEO_HISTORY; i++)
        video_packets_release(&send->history[i].packets);
    free(send->history);
    send->history = NULL;
    send->needs_key = true;
}

void video_send_replan(struct video_leg_media *media, const struct video_plan *old,
                       const struct video_step *step)
{
    struct video_send *send = &media->send;
    const struct video_plan_codec *now = &media->plan->codec[0];
    if (!old)
        rtp_pacer_init(&send->pacer, step->now_ns);
    leg_counter_set(&media->counters->codec_sent, media->plan->send);
    if (!old || old->codec[0].codec != now->codec ||
        old->codec[0].send_type != now->send_type || old->send != media->plan->send)
        forget(send);
}

void video_send_empty(struct video_leg_media *media)
{
    forget(&media->send);
    media->send.key_asked = false;
    leg_counter_set(&media->counters->sent_bps, 0);
    leg_counter_set(&media->counters->sent_fps, 0);
}
