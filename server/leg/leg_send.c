/* leg_send.c - a leg's own headers before packets that may be shared, digits, keepalives. */
#include "server/leg/leg_send.h"

#include "mixer/base/clock.h"
#include "mixer/base/random.h"
#include "mixer/codec/red.h"
#include "server/rtp/rtp_extension.h"
#include "server/rtp/rtp_guard.h"
#include "server/rtp/rtp_io.h"

#include <errno.h>
#include <string.h>

enum {
    KEEPALIVE_S = 15, /* RFC 6263 section 4: Tr */
    MAX_EXTENSION_BYTES = RTP_EXTENSION_LEVELS_BYTES + RTP_MID_MOST,
    MAX_HEADER_BYTES = RTP_HEADER_BYTES + 4 * RTP_MAX_CSRC + 4 + MAX_EXTENSION_BYTES,
    MAX_DOUBLED_BYTES = LEG_OUT_MAX_REDUNDANT + 900, /* fits a datagram on any way */
};

void leg_send_init(struct leg_send *send)
{
    *send = (struct leg_send){.ssrc = random_u32(),
                              .sequence = random_u32() % RTP_GUARD_FIRST_SEQUENCES,
                              .timestamp = random_u32(),
                              .marker = true};
}

void leg_send_replan(struct leg_media *media, bool fresh)
{
    if (fresh)
        media->send.marker = true;
}

bool leg_send_can(const struct leg_media *media)
{
    return !leg_media_is_secure(media) || media->kit->guard_out;
}

const struct sockaddr *leg_send_target(const struct leg_media *media)
{
    const struct sockaddr *to = &media->receive.latch.current.any;
    if (((const struct sockaddr *)&media->kit->plan.remote_rtp)->sa_family == AF_UNSPEC ||
        !leg_send_can(media))
        return NULL; /* held by 0.0.0.0 */
    return to->sa_family == AF_UNSPEC ? NULL : to;
}

/* The header is this leg's own; the payload may be shared by many. */
static void send_packet(struct leg_media *media, struct rtp_packet *packet,
                        const uint8_t *payload, size_t payload_bytes, struct leg_tick *tick)
{
    struct leg_send *send = &media->send;
    uint8_t header[MAX_HEADER_BYTES];
    packet->sequence = send->sequence++;
    packet->ssrc = send->ssrc;
    send->packets++;
    send->octets += (uint32_t)payload_bytes;
    rtp_io_send(tick->io, media->socket,
                &(struct rtp_message){
                    .to = leg_send_target(media),
                    .header = header,
                    .header_bytes = rtp_packet_write_header(packet, header, sizeof(header)),
                    .payload = payload,
                    .payload_bytes = payload_bytes,
                    .guard = media->kit->guard_out});
    leg_counter_add(&media->counters->packets_sent, 1);
    leg_counter_add(&media->counters->octets_sent, payload_bytes);
    tick->packets_sent++;
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
static bool send_event(struct leg_media *media, struct leg_tick *tick)
{
    uint8_t data[TELEPHONE_EVENT_BYTES];
    uint32_t timestamp;
    bool marker;
    const struct leg_plan_event *row = event_row(&media->kit->plan);
    if (!row || !telephone_event_next(&media->send.event, row->clock_hz / PCM_TICKS_PER_S, data,
                                      &timestamp, &marker))
        return false;
    struct rtp_packet packet = {
        .payload_type = row->send_type, .timestamp = timestamp, .marker = marker};
    send_packet(media, &packet, data, sizeof(data), tick);
    media->send.marker = true;
    return true;
}

/* ---- audio ---- */

static uint8_t noise_type(const struct leg_plan *plan)
{
    for (unsigned i = 0; i < plan->noise_count; i++) {
        if (plan->noise[i].clock_hz == plan->codec[0].codec->rtp_clock_hz)
            return plan->noise[i].send_type;
    }
    return plan->codec[0].send_type;
}

/* Who is heard in it, and how loud (RFC 3550 section 7.1, RFC 6465), only for those who asked
 * for the levels: others may never have seen a CSRC. And which section it is of (RFC 9143
 * section 15), until a report says that packets have come. */
static void add_extension(const struct leg_media *media, const struct leg_heard *heard,
                          struct rtp_packet *packet, uint8_t block[MAX_EXTENSION_BYTES])
{
    const struct leg_plan *plan = &media->kit->plan;
    struct rtp_extension_element elements[2];
    uint8_t levels[RTP_MAX_CSRC];
    unsigned count = 0;
    if (plan->mixed_levels_id && heard && heard->count) {
        packet->csrc_count = (uint8_t)heard->count;
        memcpy(packet->csrc, heard->ssrc, heard->count * sizeof(heard->ssrc[0]));
        elements[count++] =
            rtp_extension_levels(plan->mixed_levels_id, heard->level, heard->count, levels);
    }
    if (plan->mid.id && !media->send.is_reported)
        elements[count++] = rtp_mid_element(&plan->mid);
    if (!count)
        return;
    packet->extension = block;
    packet->extension_length = rtp_extension_write(elements, count, block, MAX_EXTENSION_BYTES,
                                                   &packet->extension_profile);
}

/* The packet before, and this one (RFC 2198). @return bytes, 0: does not fit. */
static size_t double_up(const struct leg_plan *plan, const struct leg_packet *made,
                        uint8_t *out, size_t room)
{
    const uint8_t type = plan->codec[0].send_type;
    const unsigned clock_hz = plan->codec[0].codec->rtp_clock_hz;
    const struct red_block blocks[] = {
        {.payload_type = type,
         .offset = (uint16_t)(clock_hz / 1000 * plan->ptime_ms),
         .bytes = made->payload - made->redundant_bytes,
         .length = made->redundant_bytes},
        {.payload_type = type, .bytes = made->payload, .length = made->bytes},
    };
    const unsigned from = made->redundant_bytes ? 0 : 1;
    int bytes = red_write(blocks + from, 2 - from, out, room);
    return bytes > 0 ? (size_t)bytes : 0;
}

static void send_audio(struct leg_media *media, const struct leg_packet *made,
                       const struct leg_heard *heard, struct leg_tick *tick)
{
    const struct leg_plan *plan = &media->kit->plan;
    struct leg_send *send = &media->send;
    uint8_t extension[MAX_EXTENSION_BYTES];
    uint8_t doubled[MAX_DOUBLED_BYTES];
    size_t doubled_bytes = 0;
    struct rtp_packet packet = {.payload_type = made->is_noise ? noise_type(plan)
                                                               : plan->codec[0].send_type,
                                .timestamp = send->timestamp + (uint32_t)made->begin_units,
                                .marker = send->marker && !made->is_noise};
    add_extension(media, heard, &packet, extension);
    if (send->redundant && !made->is_noise && plan->red.send_type != LEG_PLAN_NO_TYPE)
        doubled_bytes = double_up(plan, made, doubled, sizeof(doubled));
    if (doubled_bytes) {
        packet.payload_type = plan->red.send_type;
        send_packet(media, &packet, doubled, doubled_bytes, tick);
    } else {
        send_packet(media, &packet, made->payload, made->bytes, tick);
    }
    if (!made->is_noise)
        send->marker = false;
}

/* RFC 6263 section 4.6: an RTP packet of an unknown type, empty, holds the NAT's door open. */
static void keep_alive(struct leg_media *media, struct leg_tick *tick)
{
    const struct leg_plan *plan = &media->kit->plan;
    if (!leg_send_target(media) || tick->now_ns < media->send.keepalive_ns)
        return;
    bool taken[256] = {false};
    for (unsigned i = 0; i < plan->codec_count; i++)
        taken[plan->codec[i].send_type] = true;
    for (unsigned i = 0; i < plan->event_count; i++)
        taken[plan->event[i].send_type] = true;
    for (unsigned i = 0; i < plan->noise_count; i++)
        taken[plan->noise[i].send_type] = true;
    taken[plan->red.send_type] = true;
    uint8_t type = 126;
    while (taken[type])
        type--;
    struct rtp_packet packet = {.payload_type = type, .timestamp = media->send.timestamp};
    send_packet(media, &packet, NULL, 0, tick);
    media->send.keepalive_ns = tick->now_ns + KEEPALIVE_S * CLOCK_NS_PER_S;
}

bool leg_media_listens(const struct leg_media *media)
{
    return media->kit->plan.send && leg_send_target(media);
}

void leg_media_expect_send(const struct leg_media *media)
{
    rtp_guard_expect(media->kit->guard_out);
}

void leg_media_send(struct leg_media *media, const struct leg_packets *packets,
                    const struct leg_heard *heard, struct leg_tick *tick)
{
    struct leg_send *send = &media->send;
    const struct codec *codec = media->kit->plan.codec[0].codec;
    if (!packets) {
        keep_alive(media, tick);
        send->marker = true;
    } else if (!send_event(media, tick)) {
        for (unsigned i = 0; i < packets->count; i++)
            send_audio(media, &packets->packet[i], heard, tick);
        if (packets->count)
            send->keepalive_ns = tick->now_ns + KEEPALIVE_S * CLOCK_NS_PER_S;
        else
            keep_alive(media, tick);
        send->marker = send->marker || packets->paused;
    }
    send->timestamp += codec->rtp_clock_hz / PCM_TICKS_PER_S;
}
