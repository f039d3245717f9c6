/* video_receive.c - from a datagram to the picture that is to be seen now. */
#include "server/leg/video_receive.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "server/leg/leg_lips.h"
#include "server/leg/video_report.h"
#include "server/rtp/rtp_extension.h"
#include "server/rtp/rtx.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_FPS = 61,    /* more than that is no camera, but an attack or an error */
    CUT_MS = 3000,   /* who sends too much is not listened to for so long      */
    REORDER_MS = 20, /* waiting for a late packet where NACK cannot be had     */
    RETRANSMISSION_MS = 250,
    MOST_HELD_MS = 500, /* a picture waits no longer for its voice                */
    LEAD_MS = 25,       /* it may be so much ahead: the next frame of the room is later */
    MOST_SPARE_FRAMES = 30,
    SEEN_AFTER_MS =
        20, /* so long after it came: a step of the worker, half a frame of the room */
    UNSEEN_MS = 2000, /* no packet for so long: there is no picture to wait for  */
    FROZEN_MS = 100,  /* a picture that stands still for longer is frozen       */
    METER_MS = 1000,
    MOST_MISSING = 64, /* asked for in one message */
    FIRST_ASK_MS = 150,
    LAST_ASK_MS = 1000,
};

/* ---- what comes ---- */

static void count_malformed(struct video_leg_media *media)
{
    leg_counter_add(&media->counters->packets_malformed, 1);
}

struct meaning {
    int codec; /* index into the plan; below 0: none */
    bool is_rtx;
};

static struct meaning meaning_of(const struct video_plan *plan, uint8_t type)
{
    for (unsigned i = 0; i < plan->codec_count; i++) {
        if (plan->codec[i].receive_type == type)
            return (struct meaning){(int)i, false};
        if (plan->codec[i].rtx_receive_type == type && type != VIDEO_PLAN_NO_TYPE)
            return (struct meaning){(int)i, true};
    }
    return (struct meaning){-1, false};
}

static struct packet_order_config order_config(const struct video_plan *plan)
{
    return (struct packet_order_config){.nack = plan->feedback.nack,
                                        .reorder_ms = REORDER_MS,
                                        .max_wait_ms = RETRANSMISSION_MS};
}

static void drop_coder(struct video_leg_media *media, struct video_step *step)
{
    struct video_receive *receive = &media->receive;
    const struct video_codec *codec = media->plan->codec[receive->codec_index].codec;
    codec->assembler_destroy(receive->assembler);
    receive->assembler = NULL;
    if (receive->decoder)
        step->decoders--;
    codec->decoder_destroy(receive->decoder);
    receive->decoder = NULL;
}

/* The voice need not wait for it. */
static void forget_seen(struct video_leg_media *media)
{
    media->receive.seen_less_now_ns = 0;
    if (media->voice)
        leg_counter_set(&media->voice->seen_less_now_ns, 0);
}

static void start_anew(struct video_leg_media *media)
{
    struct video_receive *receive = &media->receive;
    forget_seen(media);
    const struct packet_order_config config = order_config(media->plan);
    if (receive->order)
        packet_order_reset(receive->order, &config);
    if (receive->assembler) {
        media->plan->codec[receive->codec_index].codec->assembler_destroy(receive->assembler);
        receive->assembler = NULL;
    }
    receive->needs_key = true;
    receive->key_asked_ns = 0;
    receive->key_tries = 0;
}

static void note_source(struct video_leg_media *media)
{
    struct video_receive *receive = &media->receive;
    const int64_t lost = rtp_source_lost(&receive->source);
    receive->lost = lost > 0 ? (uint64_t)lost : 0;
    leg_counter_set(&media->counters->packets_lost, receive->lost_before + receive->lost);
    leg_counter_set(&media->counters->jitter_us,
                    (uint64_t)(receive->source.jitter * 1e6 / VIDEO_CLOCK_HZ));
}

/* @return false: a straggler of another source. */
static bool take_source(struct video_leg_media *media, const struct rtp_packet *packet,
                        int64_t arrival_ns)
{
    struct video_receive *receive = &media->receive;
    switch (rtp_source_receive(&receive->source, packet->ssrc, packet->sequence,
                               packet->timestamp, arrival_ns, VIDEO_CLOCK_HZ)) {
    case RTP_SOURCE_OK:
        break;
    case RTP_SOURCE_RESTART:
        receive->lost_before += receive->lost;
        receive->lost = 0;
        receive->clock = (struct media_clock){0};
        start_anew(media);
        break;
    case RTP_SOURCE_DROP:
        leg_counter_add(&media->counters->packets_late, 1);
        return false;
    }
    note_source(media);
    return true;
}

static void note_transport(struct video_leg_media *media, const struct rtp_packet *packet,
                           int64_t arrival_ns)
{
    struct transport_record *record =
        media->speaker ? media->speaker->receive.record : media->receive.record;
    struct rtp_extension_element element;
    uint16_t sequence;
    if (media->plan->transport_id && record &&
        rtp_extension_find(packet, media->plan->transport_id, &element) == 0 &&
        rtp_extension_read_number(&element, &sequence) == 0)
        transport_record_note(record, sequence, arrival_ns);
}

/* A second's worth is looked at: one large picture is no flood. */
static void meter_run(struct video_leg_media *media, const struct video_step *step)
{
    struct video_receive *receive = &media->receive;
    struct video_meter *meter = &receive->meter;
    const int64_t span_ns = step->now_ns - meter->since_ns;
    if (span_ns < METER_MS * CLOCK_NS_PER_MS)
        return;
    const double seconds = (double)span_ns / 1e9;
    meter->bps = (uint64_t)((double)meter->octets * 8 / seconds);
    meter->fps = (unsigned)((double)meter->frames / seconds + 0.5);
    meter->shown_fps = (unsigned)((double)meter->shown / seconds + 0.5);
    leg_counter_set(&media->counters->fps, meter->shown_fps);
    meter->since_ns = step->now_ns;
    meter->octets = 0;
    meter->frames = meter->shown = 0;
    if (meter->bps <= step->max_sender_bps && meter->fps <= MAX_FPS)
        return;
    receive->cut_ns = step->now_ns + CUT_MS * CLOCK_NS_PER_MS;
    meter->bps = meter->fps = 0;
    start_anew(media);
}

/* The shortest counts, and is forgotten slowly: who answers late has no longer way, and what is
 * lost twice should be asked for again soon. */
void video_receive_note_round_trip(struct video_leg_media *media, int64_t round_trip_ns)
{
    enum { FORGET = 8 };
    struct video_receive *receive = &media->receive;
    int64_t *shortest_ns = &receive->round_trip_ns;
    if (!*shortest_ns || round_trip_ns < *shortest_ns)
        *shortest_ns = round_trip_ns;
    else
        *shortest_ns += (round_trip_ns - *shortest_ns) / FORGET;
    if (receive->order)
        packet_order_set_round_trip(receive->order, *shortest_ns);
}

static void note_recovered(struct video_leg_media *media)
{
    const int64_t answered_ns = packet_order_answered_ns(media->receive.order);
    leg_counter_add(&media->counters->packets_recovered, 1);
    if (answered_ns)
        video_receive_note_round_trip(media, answered_ns);
}

static void store(struct video_leg_media *media, const struct rtp_packet *packet,
                  int64_t arrival_ns)
{
    struct video_leg_counters *counters = media->counters;
    const struct ordered_packet ordered = {.payload = packet->payload,
                                           .length = packet->payload_length,
                                           .timestamp = packet->timestamp,
                                           .sequence = packet->sequence,
                                           .payload_type = packet->payload_type,
                                           .marker = packet->marker,
                                           .arrival_ns = arrival_ns};
    switch (packet_order_put(media->receive.order, &ordered)) {
    case PACKET_ORDER_STORED:
        break;
    case PACKET_ORDER_RECOVERED:
        note_recovered(media);
        break;
    case PACKET_ORDER_DUPLICATE:
        leg_counter_add(&counters->packets_duplicate, 1);
        break;
    case PACKET_ORDER_LATE:
        leg_counter_add(&counters->packets_late, 1);
        break;
    case PACKET_ORDER_RESET:
        media->receive.needs_key = true;
        break;
    case PACKET_ORDER_TOO_LONG:
        count_malformed(media);
        break;
    }
}

/* RTX has an SSRC and numbers of its own, which are of no interest. */
static bool unwrap(struct video_leg_media *media, const struct meaning *meaning,
                   struct rtp_packet *packet)
{
    int error = rtx_unwrap(packet, media->plan->codec[meaning->codec].receive_type);
    if (error == -EBADMSG)
        count_malformed(media);
    return error == 0;
}

static void take_unknown(struct video_leg_media *media, const struct rtp_packet *packet,
                         const struct rtp_datagram *datagram)
{
    if (packet->payload_length)
        count_malformed(media);
    else if (latch_same(datagram->from, &media->receive.latch.current.any))
        media->receive.heard_ns = datagram->arrival_ns; /* a keepalive, RFC 6263 */
}

void video_receive_packet(struct video_leg_media *media, const struct rtp_datagram *datagram,
                          struct video_step *step)
{
    struct video_receive *receive = &media->receive;
    struct rtp_packet packet;
    step->packets_received++;
    if (rtp_packet_read(datagram->data, datagram->length, &packet) < 0) {
        count_malformed(media);
        return;
    }
    const struct meaning meaning = meaning_of(media->plan, packet.payload_type);
    if (meaning.codec < 0) {
        take_unknown(media, &packet, datagram);
        return;
    }
    if (!(video_leg_is_secure(media) ? video_leg_is_from(media, &receive->latch, datagram->from)
                                     : latch_accept(&receive->latch, datagram->from,
                                                    packet.ssrc, datagram->arrival_ns))) {
        leg_counter_add(&media->counters->packets_refused, 1);
        return;
    }
    receive->heard_ns = receive->packet_ns = datagram->arrival_ns;
    if (!media->plan->receive)
        return;
    leg_counter_add(&media->counters->packets_received, 1);
    leg_counter_add(&media->counters->octets_received, packet.payload_length);
    receive->meter.octets += datagram->length;
    note_transport(media, &packet, datagram->arrival_ns);
    if (meaning.is_rtx ? !unwrap(media, &meaning, &packet)
                       : !take_source(media, &packet, datagram->arrival_ns))
        return;
    if (receive->wanted && receive->order && datagram->arrival_ns >= receive->cut_ns)
        store(media, &packet, datagram->arrival_ns);
}

/* ---- pictures ---- */

static void drop_held(struct video_receive *receive)
{
    while (receive->held_count)
        picture_release(&receive->held[--receive->held_count].picture);
}

/* When its voice is heard, if both clocks are known; at once, if not. */
static int64_t due_of(struct video_leg_media *media, uint32_t timestamp, int64_t now_ns)
{
    struct video_receive *receive = &media->receive;
    const int64_t spoken =
        media->voice ? (int64_t)leg_counter_read(&media->voice->spoken_less_now_ns) : 0;
    int64_t captured_ns;
    if (!spoken || !media_clock_ns(&receive->clock, timestamp, &captured_ns))
        return now_ns;
    int64_t wait_ns = captured_ns - spoken - now_ns - LEAD_MS * CLOCK_NS_PER_MS;
    if (wait_ns < 0 || wait_ns > MOST_HELD_MS * CLOCK_NS_PER_MS)
        wait_ns = 0;
    leg_counter_set(&media->counters->skew_ms, (uint64_t)(wait_ns / CLOCK_NS_PER_MS));
    return now_ns + wait_ns;
}

/* As the network brought it, not as late as a busy machine makes it (leg_lips.h). */
static void note_seen(struct video_leg_media *media, uint32_t timestamp)
{
    struct video_receive *receive = &media->receive;
    int64_t captured_ns;
    if (!media->voice || !media_clock_ns(&receive->clock, timestamp, &captured_ns))
        return;
    leg_lips_follow(&receive->seen_less_now_ns,
                    captured_ns - receive->arrived_ns - SEEN_AFTER_MS * CLOCK_NS_PER_MS);
    leg_counter_set(&media->voice->seen_less_now_ns, (uint64_t)receive->seen_less_now_ns);
}

static void hold(struct video_leg_media *media, struct picture *picture, int64_t now_ns)
{
    struct video_receive *receive = &media->receive;
    /* two that are due are enough for the next frame of a room that is late */
    const bool is_late = receive->held_count >= 2 && receive->held[1].due_ns <= now_ns;
    if (is_late || receive->held_count == VIDEO_HELD) {
        picture_release(&receive->held[0].picture);
        memmove(receive->held, receive->held + 1,
                --receive->held_count * sizeof(receive->held[0]));
    }
    receive->held[receive->held_count++] =
        (struct video_held){picture, due_of(media, picture->timestamp, now_ns)};
    receive->width = picture->width;
    receive->height = picture->height;
    leg_counter_set(&media->counters->width, picture->width);
    leg_counter_set(&media->counters->height, picture->height);
}

struct picture *video_receive_picture(struct video_leg_media *media, int64_t now_ns,
                                      bool *changed)
{
    struct video_receive *receive = &media->receive;
    unsigned due = 0;
    while (due < receive->held_count && receive->held[due].due_ns <= now_ns)
        due++;
    *changed = due > 0;
    /* two at once, and then none: when a sender's frames come just when the room's are due, the
     * second waits for the next; but not for ever, for it would only be late */
    const bool waits = due == 2 && receive->spare_frames < MOST_SPARE_FRAMES;
    receive->spare_frames = waits ? receive->spare_frames + 1 : 0;
    due -= waits;
    if (!due)
        return receive->picture;
    for (unsigned i = 0; i + 1 < due; i++)
        picture_release(&receive->held[i].picture);
    picture_release(&receive->picture);
    receive->picture = receive->held[due - 1].picture;
    receive->held_count -= due;
    memmove(receive->held, receive->held + due, receive->held_count * sizeof(receive->held[0]));
    return receive->picture;
}

/* ---- decoding ---- */

static bool make_decoder(struct video_leg_media *media, struct video_step *step)
{
    struct video_receive *receive = &media->receive;
    const struct video_codec *codec = media->plan->codec[receive->codec_index].codec;
    if (receive->decoder)
        return true;
    if (codec->decoder_create(&step->limits, &receive->decoder) < 0)
        return false;
    step->decoders++;
    return true;
}

static bool is_too_large(const struct video_frame *frame, const struct video_limits *limits)
{
    const unsigned longest = frame->width > frame->height ? frame->width : frame->height;
    const unsigned shortest = frame->width > frame->height ? frame->height : frame->width;
    return longest > limits->max_width || shortest > limits->max_height;
}

static void refuse(struct video_leg_media *media, leg_counter *counter)
{
    leg_counter_add(counter, 1);
    media->receive.needs_key = true;
}

static void note_frozen(struct video_leg_media *media, int64_t now_ns)
{
    const int64_t gap_ns = now_ns - media->receive.frame_ns;
    if (media->receive.frame_ns && gap_ns > FROZEN_MS * CLOCK_NS_PER_MS)
        leg_counter_add(&media->counters->frozen_ms, (uint64_t)(gap_ns / CLOCK_NS_PER_MS));
    media->receive.frame_ns = now_ns;
}

static void take_frame(struct video_leg_media *media, const struct video_frame *frame,
                       struct video_step *step)
{
    struct video_receive *receive = &media->receive;
    struct video_leg_counters *counters = media->counters;
    struct picture *picture = NULL;
    leg_counter_add(&counters->frames_received, 1);
    receive->meter.frames++;
    if (frame->is_broken) {
        leg_counter_add(&counters->frames_broken, 1);
        receive->needs_key = receive->needs_key || !frame->is_discardable;
        return;
    }
    if (receive->needs_key && !frame->is_key)
        return;
    if (is_too_large(frame, &step->limits) || !make_decoder(media, step)) {
        refuse(media, &counters->frames_refused);
        return;
    }
    const struct video_codec *codec = media->plan->codec[receive->codec_index].codec;
    int error = codec->decode(receive->decoder, frame, &picture);
    if (error) {
        refuse(media, error == -EFBIG ? &counters->frames_refused : &counters->frames_broken);
        return;
    }
    receive->needs_key = false;
    receive->key_tries = 0;
    step->frames_decoded++;
    leg_counter_add(&counters->frames_decoded, 1);
    if (!picture)
        return;
    picture->timestamp = frame->timestamp;
    receive->meter.shown++;
    note_frozen(media, step->now_ns);
    note_seen(media, picture->timestamp);
    hold(media, picture, step->now_ns);
}

static bool make_assembler(struct video_leg_media *media)
{
    struct video_receive *receive = &media->receive;
    const struct video_plan_codec *row = &media->plan->codec[receive->codec_index];
    if (receive->assembler)
        return true;
    if (row->codec->assembler_create(&receive->assembler) < 0)
        return false;
    if (row->codec->assembler_prime && row->params.parameter_set_size)
        row->codec->assembler_prime(receive->assembler, row->params.parameter_sets,
                                    row->params.parameter_set_size);
    leg_counter_set(&media->counters->codec_received, receive->codec_index + 1);
    return true;
}

static void take_packet(struct video_leg_media *media, const struct ordered_packet *packet,
                        struct video_step *step)
{
    struct video_receive *receive = &media->receive;
    const int codec = meaning_of(media->plan, packet->payload_type).codec;
    if (codec < 0 || !packet->length)
        return; /* of a plan before this one; or padding that probes the network */
    if ((unsigned)codec != receive->codec_index) {
        drop_coder(media, step);
        receive->codec_index = (unsigned)codec;
        receive->needs_key = true;
    }
    if (!make_assembler(media))
        return;
    const struct video_packet in = {.payload = packet->payload,
                                    .length = packet->length,
                                    .timestamp = packet->timestamp,
                                    .marker = packet->marker,
                                    .gap = packet->gap};
    struct video_frame frame;
    if (packet->arrival_ns > receive->arrived_ns)
        receive->arrived_ns = packet->arrival_ns;
    int got = media->plan->codec[codec].codec->assemble(receive->assembler, &in, &frame);
    if (got < 0)
        count_malformed(media);
    else if (got > 0)
        take_frame(media, &frame, step);
}

/* ---- asking ---- */

static void ask_missing(struct video_leg_media *media, struct video_step *step)
{
    uint16_t missing[MOST_MISSING];
    if (!media->plan->feedback.nack)
        return;
    unsigned count =
        packet_order_missing(media->receive.order, step->now_ns, missing, MOST_MISSING);
    if (count)
        video_report_nack(media, missing, count, step);
}

/* At first soon again, for the request may be lost; then more slowly. */
static void ask_key(struct video_leg_media *media, struct video_step *step)
{
    struct video_receive *receive = &media->receive;
    const bool comes = receive->packet_ns && step->now_ns - receive->packet_ns < CLOCK_NS_PER_S;
    unsigned wait_ms = (unsigned)FIRST_ASK_MS
                       << (receive->key_tries < 3 ? receive->key_tries : 3);
    if (wait_ms > LAST_ASK_MS)
        wait_ms = LAST_ASK_MS;
    if (!comes || (receive->key_asked_ns &&
                   step->now_ns - receive->key_asked_ns < wait_ms * CLOCK_NS_PER_MS))
        return;
    receive->key_asked_ns = step->now_ns;
    receive->key_tries++;
    leg_counter_add(&media->counters->key_requests_sent, 1);
    video_report_ask_key(media, step);
}

void video_receive_run(struct video_leg_media *media, struct video_step *step)
{
    ASSERT_VIDEO();
    struct video_receive *receive = &media->receive;
    struct ordered_packet packet;
    meter_run(media, step);
    if (step->now_ns - receive->packet_ns > UNSEEN_MS * CLOCK_NS_PER_MS)
        forget_seen(media);
    if (!receive->wanted || !receive->order || step->now_ns < receive->cut_ns)
        return;
    while (packet_order_take(receive->order, step->now_ns, &packet))
        take_packet(media, &packet, step);
    ask_missing(media, step);
    if (receive->needs_key)
        ask_key(media, step);
}

/* ---- from outside ---- */

void video_receive_want(struct video_leg_media *media, bool wanted, struct video_step *step)
{
    struct video_receive *receive = &media->receive;
    if (wanted == receive->wanted)
        return;
    receive->wanted = wanted;
    receive->frame_ns = 0;
    if (wanted) {
        start_anew(media);
        return;
    }
    forget_seen(media);
    drop_coder(media, step);
    drop_held(receive);
}

void video_receive_ask(struct video_leg_media *media, uint64_t bps)
{
    struct video_receive *receive = &media->receive;
    const uint64_t before = receive->asked_bps;
    if (before && bps > before - before / 10 && bps < before + before / 10)
        return;
    receive->asked_bps = bps;
    receive->ask_changed = true;
    leg_counter_set(&media->counters->asked_bps, bps);
}

static bool has_same_codecs(const struct video_plan *a, const struct video_plan *b)
{
    if (a->codec_count != b->codec_count)
        return false;
    for (unsigned i = 0; i < a->codec_count; i++) {
        if (a->codec[i].codec != b->codec[i].codec ||
            a->codec[i].receive_type != b->codec[i].receive_type)
            return false;
    }
    return true;
}

/* The coder belongs to the old plan: it is dropped with that plan in force. */
static void drop_old_coder(struct video_leg_media *media, struct video_plan *old,
                           struct video_step *step)
{
    struct video_plan *plan = media->plan;
    media->plan = old;
    drop_coder(media, step);
    media->plan = plan;
    media->receive.codec_index = 0;
}

void video_receive_replan(struct video_leg_media *media, struct video_plan *old,
                          struct video_step *step)
{
    struct video_receive *receive = &media->receive;
    const struct video_plan *plan = media->plan;
    const struct packet_order_config config = order_config(plan);
    const bool same = old && has_same_codecs(old, plan);
    if (old && !same)
        drop_old_coder(media, old, step);
    if (!old || !latch_same((const struct sockaddr *)&old->remote_rtp,
                            (const struct sockaddr *)&plan->remote_rtp))
        latch_open(&receive->latch, (const struct sockaddr *)&plan->remote_rtp, step->now_ns);
    if (!receive->order)
        receive->order = packet_order_create(&config);
    if (plan->transport_id && !receive->record)
        receive->record = calloc(1, sizeof(*receive->record));
    if (!same || old->receive != plan->receive || old->feedback.nack != plan->feedback.nack)
        start_anew(media);
    receive->heard_ns = step->now_ns;
    receive->ask_changed = receive->asked_bps != 0;
}

void video_receive_empty(struct video_leg_media *media, struct video_step *step)
{
    struct video_receive *receive = &media->receive;
    if (media->plan)
        drop_coder(media, step);
    drop_held(receive);
    picture_release(&receive->picture);
    forget_seen(media);
    packet_order_destroy(receive->order);
    free(receive->record);
    *receive = (struct video_receive){.latch = receive->latch,
                                      .source = receive->source,
                                      .clock = receive->clock,
                                      .lost = receive->lost,
                                      .lost_before = receive->lost_before,
                                      .needs_key = true};
    leg_counter_set(&media->counters->showing, 0);
    leg_counter_set(&media->counters->fps, 0);
}
