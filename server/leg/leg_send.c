/* leg_send.c - from this tick's mix to packets. */
#include "server/leg/leg_send.h"

#include "mixer/base/clock.h"
#include "mixer/base/random.h"

#include <errno.h>
#include <string.h>

enum {
    KEEPALIVE_S = 15, /* RFC 6263 section 4: Tr */
};

void leg_send_init(struct leg_send *send)
{
    *send = (struct leg_send){.ssrc = random_u32(),
                              .sequence = (uint16_t)random_u32(),
                              .timestamp = random_u32(),
                              .marker = true};
}

void leg_send_replan(struct leg_media *media, bool fresh)
{
    if (fresh)
        media->send.marker = true;
}

const struct sockaddr *leg_send_target(const struct leg_media *media)
{
    const struct sockaddr *to = (const struct sockaddr *)&media->receive.latch.current;
    if (((const struct sockaddr *)&media->kit->plan.remote_rtp)->sa_family == AF_UNSPEC)
        return NULL; /* held by 0.0.0.0 */
    return to->sa_family == AF_UNSPEC ? NULL : to;
}

static void send_packet(struct leg_media *media, struct rtp_packet *packet, uint8_t *data,
                        size_t payload_bytes)
{
    struct leg_send *send = &media->send;
    const struct sockaddr *to = leg_send_target(media);
    packet->sequence = send->sequence++;
    packet->ssrc = send->ssrc;
    rtp_packet_write_header(packet, data, RTP_HEADER_BYTES);
    send->packets++;
    send->octets += (uint32_t)payload_bytes;
    if (rtp_socket_send(media->socket, false, to, data, RTP_HEADER_BYTES + payload_bytes) < 0)
        leg_counter_add(&media->counters->send_errors, 1);
    leg_counter_add(&media->counters->packets_sent, 1);
    leg_counter_add(&media->counters->octets_sent, payload_bytes);
}

/* ---- digits ---- */

static const struct leg_plan_event *event_row(const struct leg_plan *plan)
{
    for (unsigned i = 0; i < plan->event_count; i++) {
        if (plan->event[i].clock_hz == plan->codec[0].codec->rtp_clock_hz)
            return &plan->event[i];
    }
    return plan->event_count ? &plan->event[0] : NULL;
}

int leg_media_send_digit(struct leg_media *media, char digit, unsigned duration_ms)
{
    const struct leg_plan *plan = &media->kit->plan;
    const struct leg_plan_event *row = event_row(plan);
    if (!row || !plan->send)
        return -ENOTSUP;
    uint32_t units = row->clock_hz / 1000 * duration_ms;
    return telephone_event_send(&media->send.event, digit, media->send.timestamp,
                                units > UINT16_MAX ? UINT16_MAX : units);
}

/* True: an event packet went out instead of this tick's audio. Durations are in the event's own
 * clock: phones exist that take Opus (48000) with events at 8000 only. */
static bool send_event(struct leg_media *media)
{
    uint8_t data[RTP_HEADER_BYTES + TELEPHONE_EVENT_BYTES];
    uint32_t timestamp;
    bool marker;
    const struct leg_plan_event *row = event_row(&media->kit->plan);
    if (!row || !telephone_event_next(&media->send.event, row->clock_hz / PCM_TICKS_PER_S,
                                      data + RTP_HEADER_BYTES, &timestamp, &marker))
        return false;
    struct rtp_packet packet = {
        .payload_type = row->send_type, .timestamp = timestamp, .marker = marker};
    send_packet(media, &packet, data, TELEPHONE_EVENT_BYTES);
    media->send.marker = true;
    return true;
}

/* ---- audio ---- */

static void send_audio(struct leg_media *media, unsigned samples, uint32_t units)
{
    const struct leg_plan_codec *row = &media->kit->plan.codec[0];
    struct leg_machine *machine = media->kit->machine;
    struct leg_send *send = &media->send;
    uint8_t data[RTP_HEADER_BYTES + CODEC_MAX_PAYLOAD_BYTES];
    int bytes = row->codec->encode(machine->encoder, machine->out.samples, samples,
                                   data + RTP_HEADER_BYTES, CODEC_MAX_PAYLOAD_BYTES);
    machine->out.count -= samples;
    memmove(machine->out.samples, machine->out.samples + samples,
            machine->out.count * sizeof(*machine->out.samples));
    if (bytes > 0) {
        struct rtp_packet packet = {.payload_type = row->send_type,
                                    .timestamp = send->timestamp,
                                    .marker = send->marker};
        send_packet(media, &packet, data, (size_t)bytes);
        send->marker = false;
    } else {
        send->marker = true; /* DTX: the next packet begins a talkspurt */
    }
    send->timestamp += units;
}

/* RFC 6263 section 4.6: an RTP packet of an unknown type, empty, holds the NAT's door open. */
static void keep_alive(struct leg_media *media, int64_t now_ns)
{
    const struct leg_plan *plan = &media->kit->plan;
    if (!leg_send_target(media) || now_ns < media->send.keepalive_ns)
        return;
    bool taken[128] = {false};
    for (unsigned i = 0; i < plan->codec_count; i++)
        taken[plan->codec[i].send_type & 127] = true;
    for (unsigned i = 0; i < plan->event_count; i++)
        taken[plan->event[i].send_type & 127] = true;
    uint8_t type = 126;
    while (taken[type])
        type--;
    uint8_t data[RTP_HEADER_BYTES];
    struct rtp_packet packet = {.payload_type = type, .timestamp = media->send.timestamp};
    send_packet(media, &packet, data, 0);
    media->send.keepalive_ns = now_ns + KEEPALIVE_S * CLOCK_NS_PER_S;
}

void leg_media_send(struct leg_media *media, const int16_t *pcm, int64_t now_ns)
{
    const struct leg_plan *plan = &media->kit->plan;
    const struct codec *codec = plan->codec[0].codec;
    struct leg_fifo *out = &media->kit->machine->out;
    uint32_t tick_units = codec->rtp_clock_hz / PCM_TICKS_PER_S;
    if (!plan->send || !leg_send_target(media)) {
        keep_alive(media, now_ns);
        media->send.timestamp += tick_units;
        media->send.marker = true;
        out->count = 0;
        return;
    }
    if (send_event(media)) {
        media->send.timestamp += tick_units;
        out->count = 0;
        return;
    }
    unsigned packet_samples = codec->sample_rate_hz / 1000 * plan->ptime_ms;
    uint32_t packet_units = codec->rtp_clock_hz / 1000 * plan->ptime_ms;
    leg_fifo_put(out, pcm, codec->sample_rate_hz / PCM_TICKS_PER_S);
    while (out->count >= packet_samples)
        send_audio(media, packet_samples, packet_units);
    media->send.keepalive_ns = now_ns + KEEPALIVE_S * CLOCK_NS_PER_S;
}
