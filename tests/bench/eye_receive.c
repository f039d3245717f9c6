/* eye_receive.c - order, join, decide, decode. */
#include "tests/bench/eye_receive.h"

#include "mixer/base/clock.h"
#include "tests/bench/eye_ivf.h"
#include "tests/bench/eye_payload.h"

#include <errno.h>
#include <stdlib.h>

enum {
    WAIT_MS = 300,     /* for what was asked for                          */
    HASTY_WAIT_MS = 5, /* for what was not                                */
    KEYS_APART_MS = 250,
    STORM_APART_MS = 2,
    STORM_NACKS = 200,
};

struct eye_receive {
    struct eye_receive_plan plan;
    struct eye_receive_counters counters;
    struct eye_order *order;
    struct eye_joiner *joiner;
    struct eye_decoder *decoder; /* NULL: does not look */
    FILE *file;
    uint32_t far_ssrc;
    bool needs_key; /* nothing can be decoded before one       */
    bool wants_key; /* and there was something to decode       */
    int64_t started_ns, asked_key_ns, storm_ns, picture_ns;
    uint64_t reported_lost, reported_received;
};

int eye_receive_create(const struct eye_receive_plan *plan, struct eye_receive **receive)
{
    struct eye_receive *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->plan = *plan;
    made->order = eye_order_create(plan->nack ? WAIT_MS : HASTY_WAIT_MS);
    int error = made->order ? eye_joiner_create(plan->codec, &made->joiner) : -ENOMEM;
    if (!error && plan->look)
        error = eye_decoder_create(plan->codec, &made->decoder);
    if (!error && plan->keep) {
        const struct eye_ivf_head head = {plan->codec, plan->width, plan->height};
        made->file = fopen(plan->keep, "wb");
        error = made->file ? eye_ivf_write_head(made->file, &head) : -errno;
    }
    if (error)
        eye_receive_destroy(made);
    else
        *receive = made;
    return error;
}

void eye_receive_destroy(struct eye_receive *receive)
{
    if (!receive)
        return;
    eye_order_destroy(receive->order);
    eye_joiner_destroy(receive->joiner);
    eye_decoder_destroy(receive->decoder);
    if (receive->file)
        fclose(receive->file);
    free(receive);
}

void eye_receive_start(struct eye_receive *receive, int64_t now_ns)
{
    receive->needs_key = true;
    receive->started_ns = now_ns;
    receive->counters.first_picture_ms = receive->counters.first_packet_ms = -1;
}

static double since_start_ms(const struct eye_receive *receive, int64_t now_ns)
{
    return (double)(now_ns - receive->started_ns) / CLOCK_NS_PER_MS;
}

static void tell_lips(struct eye_receive *receive, uint32_t timestamp)
{
    struct eye_mark mark;
    for (unsigned i = 0; receive->plan.lips && i < eye_look_tiles(receive->plan.look); i++)
        if (eye_look_mark(receive->plan.look, i, &mark))
            eye_lips_picture(receive->plan.lips, timestamp, &mark);
}

static void look(struct eye_receive *receive, const struct eye_joined *joined,
                 uint32_t timestamp)
{
    struct picture picture;
    int64_t begin_ns = clock_monotonic_ns();
    int error = eye_decode(receive->decoder, joined->bytes, joined->length, &picture);
    int64_t now_ns = clock_monotonic_ns();
    receive->counters.decode_ns += now_ns - begin_ns;
    if (!error) {
        eye_look_picture(receive->plan.look, &picture, now_ns);
        tell_lips(receive, timestamp);
    } else if (error != -EAGAIN) {
        receive->counters.undecodable++;
        receive->needs_key = receive->wants_key = true;
    }
}

static void on_whole(struct eye_receive *receive, const struct eye_joined *joined,
                     uint32_t timestamp, int64_t now_ns)
{
    struct eye_receive_counters *counters = &receive->counters;
    counters->frames++;
    counters->key_frames += joined->is_key;
    if (counters->first_picture_ms < 0)
        counters->first_picture_ms = since_start_ms(receive, now_ns);
    if (receive->picture_ns && now_ns - receive->picture_ns > counters->worst_gap_ns)
        counters->worst_gap_ns = now_ns - receive->picture_ns;
    receive->picture_ns = now_ns;
    receive->needs_key = receive->wants_key = false;
    if (receive->file)
        eye_ivf_write(receive->file, joined->bytes, joined->length,
                      (uint64_t)since_start_ms(receive, now_ns));
    if (receive->decoder)
        look(receive, joined, timestamp);
}

static void take_what_is_there(struct eye_receive *receive, int64_t now_ns)
{
    struct eye_packet packet;
    struct eye_joined joined;
    bool gap;
    while (eye_order_next(receive->order, now_ns, &packet, &gap)) {
        if (gap)
            receive->needs_key = receive->wants_key = true;
        if (!eye_joiner_add(receive->joiner, packet.payload, packet.length, packet.marker, gap,
                            &joined))
            continue;
        if (!joined.is_broken && (joined.is_key || !receive->needs_key)) {
            on_whole(receive, &joined, packet.timestamp, now_ns);
        } else {
            receive->counters.broken++;
            receive->needs_key = receive->wants_key = true;
        }
    }
}

void eye_receive_packet(struct eye_receive *receive, const uint8_t *bytes, size_t length,
                        int64_t now_ns)
{
    if (eye_loss_next(&receive->plan.loss)) {
        receive->counters.dropped++;
        return;
    }
    uint32_t ssrc = eye_order_put(receive->order, bytes, length, now_ns);
    if (ssrc)
        receive->far_ssrc = ssrc;
    if (ssrc && receive->counters.first_packet_ms < 0)
        receive->counters.first_packet_ms = since_start_ms(receive, now_ns);
    take_what_is_there(receive, now_ns);
}

static size_t write_storm(struct eye_receive *receive, uint32_t ssrc, int64_t now_ns,
                          uint8_t *out)
{
    uint16_t list[STORM_NACKS];
    if (now_ns < receive->storm_ns)
        return 0;
    receive->storm_ns = now_ns + STORM_APART_MS * CLOCK_NS_PER_MS;
    switch (receive->plan.fault) {
    case EYE_FAULT_PLI_STORM:
        receive->counters.key_requests++;
        return eye_rtcp_write_pli(ssrc, receive->far_ssrc, out);
    case EYE_FAULT_FIR_STORM:
        receive->counters.key_requests++;
        return eye_rtcp_write_fir(ssrc, receive->far_ssrc,
                                  (uint8_t)receive->counters.key_requests, out);
    case EYE_FAULT_NACK_STORM:
        for (unsigned i = 0; i < STORM_NACKS; i++)
            list[i] = (uint16_t)(eye_order_highest(receive->order) - STORM_NACKS + 1 + i);
        receive->counters.nacks += STORM_NACKS;
        return eye_rtcp_write_nack(ssrc, receive->far_ssrc, list, STORM_NACKS, out);
    default:
        return 0;
    }
}

size_t eye_receive_feedback(struct eye_receive *receive, uint32_t ssrc, int64_t now_ns,
                            uint8_t *out)
{
    uint16_t list[64];
    size_t length = 0;
    take_what_is_there(receive, now_ns);
    if (!receive->far_ssrc)
        return 0;
    unsigned count =
        receive->plan.nack ? eye_order_missing(receive->order, now_ns, list, 64) : 0;
    if (count) {
        receive->counters.nacks += count;
        length = eye_rtcp_write_nack(ssrc, receive->far_ssrc, list, count, out);
    }
    if (receive->wants_key &&
        now_ns - receive->asked_key_ns >= KEYS_APART_MS * CLOCK_NS_PER_MS) {
        receive->counters.key_requests++;
        receive->asked_key_ns = now_ns;
        length += eye_rtcp_write_pli(ssrc, receive->far_ssrc, out + length);
    }
    return length + write_storm(receive, ssrc, now_ns, out + length);
}

void eye_receive_report(struct eye_receive *receive, struct eye_rtcp_report *report)
{
    const struct eye_order_counters *order = eye_order_counters(receive->order);
    uint64_t lost = order->lost - receive->reported_lost;
    uint64_t all = lost + order->received - receive->reported_received;
    report->far_ssrc = receive->far_ssrc;
    report->fraction_lost = (uint8_t)(all ? lost * 255 / all : 0);
    report->lost = (uint32_t)order->lost;
    report->highest = eye_order_highest(receive->order);
    receive->reported_lost = order->lost;
    receive->reported_received = order->received;
}

void eye_receive_read(const struct eye_receive *receive, struct eye_receive_counters *counters)
{
    *counters = receive->counters;
    counters->order = *eye_order_counters(receive->order);
}

void eye_receive_reset(struct eye_receive *receive, int64_t now_ns)
{
    const struct eye_receive_counters old = receive->counters;
    receive->counters = (struct eye_receive_counters){.first_picture_ms = old.first_picture_ms,
                                                      .first_packet_ms = old.first_packet_ms};
    receive->reported_lost = receive->reported_received = 0;
    receive->picture_ns = receive->picture_ns ? now_ns : 0;
    eye_order_reset(receive->order);
}
