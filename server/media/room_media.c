/* room_media.c - one room, one tick. */
#include "server/media/room_media.h"

#include "mixer/base/check.h"

#include <string.h>

enum { COMFORT_NOISE_LEVEL = 65 }; /* -dBov: heard as "the line is open", not as noise */

void room_media_add(struct room_media *room, struct leg_media *leg)
{
    leg->room = room;
    leg->previous = NULL;
    leg->next = room->legs;
    if (room->legs)
        room->legs->previous = leg;
    room->legs = leg;
    room->leg_count++;
}

void room_media_remove(struct room_media *room, struct leg_media *leg)
{
    if (leg->previous)
        leg->previous->next = leg->next;
    else
        room->legs = leg->next;
    if (leg->next)
        leg->next->previous = leg->previous;
    leg->next = leg->previous = NULL;
    leg->room = NULL;
    room->leg_count--;
}

void room_media_take(struct leg_media *leg, bool rtcp, const struct rtp_datagram *datagram,
                     struct room_media_scratch *scratch)
{
    uint64_t before = leg_counter_read(&leg->counters->packets_malformed);
    leg_media_receive(leg, rtcp, datagram->data, datagram->length, datagram->from,
                      datagram->arrival_ns);
    scratch->packets_malformed += leg_counter_read(&leg->counters->packets_malformed) - before;
    scratch->packets_received += !rtcp;
}

static void receive(struct leg_media *leg, struct room_media_scratch *scratch)
{
    unsigned count = rtp_socket_receive(leg->socket, scratch->batch);
    for (unsigned i = 0; i < count; i++)
        room_media_take(leg, false, rtp_batch_at(scratch->batch, i), scratch);
    uint32_t too_long = rtp_socket_too_long(leg->socket) - leg->too_long;
    if (too_long) { /* longer than any packet of ours may be: dropped by the socket */
        leg_counter_add(&leg->counters->packets_malformed, too_long);
        scratch->packets_malformed += too_long;
        leg->too_long += too_long;
    }
}

/* Which buses have a listener: a bit per rate. */
static unsigned listened_rates(const struct room_media *room)
{
    unsigned rates = 0;
    for (const struct leg_media *leg = room->legs; leg; leg = leg->next)
        rates |= 1u << leg_media_listen_rate(leg);
    return rates;
}

static void sum_bus(struct room_media *room, unsigned rate, struct room_media_scratch *scratch)
{
    struct audio_mix *mix = &scratch->mix[rate];
    audio_mix_begin(mix, pcm_rate_hz(rate) / PCM_TICKS_PER_S);
    for (struct leg_media *leg = room->legs; leg; leg = leg->next) {
        const int16_t *frame = leg_media_frame(leg, rate);
        if (frame)
            audio_mix_add(mix, frame);
    }
    if (audio_tone_active(&room->tone)) {
        audio_tone_render(&room->tone, pcm_rate_hz(rate), scratch->tone[rate]);
        audio_mix_add(mix, scratch->tone[rate]);
    }
}

static void hear(struct room_media *room, struct leg_media *leg,
                 struct room_media_scratch *scratch, int64_t now_ns)
{
    int rate = leg_media_listen_rate(leg);
    const struct audio_mix *mix = &scratch->mix[rate];
    if (leg->mix.deafened)
        memset(scratch->out, 0, mix->samples * sizeof(scratch->out[0]));
    else if (room->leg_count == 1 && room->noise_when_alone && !audio_tone_active(&room->tone))
        audio_noise(&room->noise_seed, COMFORT_NOISE_LEVEL, scratch->out, mix->samples);
    else
        audio_mix_minus_own(mix, leg->added[rate], leg->mix.gain_out, scratch->out);
    uint64_t before = leg_counter_read(&leg->counters->packets_sent);
    leg_media_send(leg, scratch->out, now_ns);
    scratch->packets_sent += leg_counter_read(&leg->counters->packets_sent) - before;
}

void room_media_tick(struct room_media *room, struct room_media_scratch *scratch,
                     int64_t now_ns)
{
    ASSERT_MEDIA();
    for (struct leg_media *leg = room->legs; leg; leg = leg->next) {
        receive(leg, scratch);
        if (scratch->skipped)
            leg_media_skip(leg, scratch->skipped, now_ns);
        uint64_t before = leg_counter_read(&leg->counters->packets_malformed);
        leg_media_play(leg, now_ns); /* may find one that does not decode */
        scratch->packets_malformed +=
            leg_counter_read(&leg->counters->packets_malformed) - before;
    }
    unsigned listened = listened_rates(room);
    for (unsigned rate = 0; rate < PCM_RATES; rate++) {
        if (listened & 1u << rate)
            sum_bus(room, rate, scratch);
    }
    for (struct leg_media *leg = room->legs; leg; leg = leg->next) {
        hear(room, leg, scratch, now_ns);
        leg_media_report(leg, now_ns, false);
    }
    if (audio_tone_active(&room->tone))
        audio_tone_advance(&room->tone);
}
