/* room_media.c - one room, one tick: voices in, packets out. Who is chosen: room_voices.c. */
#include "server/media/room_media.h"

#include "mixer/base/check.h"
#include "mixer/file/recorder.h"
#include "server/media/room_voices.h"
#include "server/rtp/rtp_io.h"

#include <stdlib.h>
#include <string.h>

enum { COMFORT_NOISE_LEVEL = 65 }; /* -dBov: heard as "the line is open", not as noise */

struct room_media_scratch *room_media_scratch_create(const struct room_media_events *events,
                                                     void *context)
{
    struct room_media_scratch *scratch = calloc(1, sizeof(*scratch));
    if (!scratch)
        return NULL;
    scratch->events = events;
    scratch->events_context = context;
    scratch->tick.io = rtp_io_create(RTP_IO_PUNCTUAL);
    if (!scratch->tick.io) {
        free(scratch);
        return NULL;
    }
    return scratch;
}

void room_media_scratch_destroy(struct room_media_scratch *scratch)
{
    if (!scratch)
        return;
    rtp_io_destroy(scratch->tick.io);
    free(scratch);
}

/* ---- who is in ---- */

bool room_media_is_idle(const struct room_media *room)
{
    return !room->leg_count && !room->recorder;
}

void room_media_add(struct room_media *room, struct leg_media *leg)
{
    leg->room = room;
    leg->leader = NULL;
    leg->previous = NULL;
    leg->next = room->legs;
    if (room->legs)
        room->legs->previous = leg;
    room->legs = leg;
    room->leg_count++;
}

static void end_play(struct media_play *play, struct room_media_scratch *scratch)
{
    scratch->events->on_played(scratch->events_context, play);
}

void room_media_remove(struct room_media *room, struct leg_media *leg,
                       struct room_media_scratch *scratch)
{
    room_class_abdicate(leg, room->legs);
    if (leg->previous)
        leg->previous->next = leg->next;
    else
        room->legs = leg->next;
    if (leg->next)
        leg->next->previous = leg->previous;
    leg->next = leg->previous = leg->leader = NULL;
    leg->room = NULL;
    room->leg_count--;
    audio_dominant_forget(&room->dominant, &leg->voice.speaker);
    if (room->untold_speaker == leg->leg)
        room->untold_speaker = NULL;
    if (leg->play)
        end_play(leg->play, scratch);
    leg->play = NULL;
    while (!room->leg_count && room->plays) { /* nobody is left to hear them */
        struct media_play *play = room->plays;
        room->plays = play->rt.next;
        end_play(play, scratch);
    }
}

struct leg_kit *room_media_set_kit(struct room_media *room, struct leg_media *leg,
                                   struct leg_kit *kit, int64_t now_ns)
{
    if (kit->machine)
        room_class_abdicate(leg, room->legs);
    return leg_media_set_kit(leg, kit, now_ns);
}

/* ---- sounds ---- */

void room_media_play(struct room_media *room, struct leg_media *leg, struct media_play *play,
                     struct room_media_scratch *scratch)
{
    if (!leg) {
        play->rt.next = room->plays;
        room->plays = play;
        return;
    }
    if (leg->play)
        end_play(leg->play, scratch);
    leg->play = play;
}

void room_media_stop(struct room_media *room, struct media_play *play,
                     struct room_media_scratch *scratch)
{
    for (struct media_play **at = &room->plays; *at; at = &(*at)->rt.next) {
        if (*at == play) {
            *at = play->rt.next;
            end_play(play, scratch);
            return;
        }
    }
    for (struct leg_media *leg = room->legs; leg; leg = leg->next) {
        if (leg->play == play) {
            leg->play = NULL;
            end_play(play, scratch);
            return;
        }
    }
}

static void add_plays(struct room_media *room, struct room_media_scratch *scratch,
                      unsigned buses)
{
    for (struct media_play **at = &room->plays; *at;) {
        struct media_play *play = *at;
        if (!media_play_advance(play)) {
            *at = play->rt.next;
            end_play(play, scratch);
            continue;
        }
        at = &play->rt.next;
        struct room_voice *voice = room_mix_add(&scratch->mix);
        if (!voice)
            continue;
        voice->says = UINT32_MAX;
        voice->buses = buses;
        for (unsigned bus = 0; bus < PCM_BUSES; bus++) {
            if (buses & 1u << bus)
                media_play_frame(play, bus, room_voice_frame(voice, bus));
        }
    }
}

/* One channel onto those of its bus. */
static void spread(int16_t *frame, unsigned bus)
{
    for (unsigned i = pcm_bus_values(pcm_bus_rate(bus)); pcm_bus_channels(bus) == 2 && i-- > 0;)
        frame[2 * i] = frame[2 * i + 1] = frame[i];
}

static void add_tone(struct room_media *room, struct room_mix *mix)
{
    struct room_voice *voice = audio_tone_active(&room->tone) ? room_mix_add(mix) : NULL;
    if (!voice)
        return;
    voice->says = UINT32_MAX;
    voice->buses = mix->buses;
    for (unsigned bus = 0; bus < PCM_BUSES; bus++) {
        if (!(mix->buses & 1u << bus))
            continue;
        int16_t *frame = room_voice_frame(voice, bus);
        audio_tone_render(&room->tone, pcm_rate_hz(pcm_bus_rate(bus)), frame);
        spread(frame, bus);
    }
    audio_tone_advance(&room->tone);
}

/* ---- what each hears ---- */

static uint32_t hears(const struct leg_media *leg)
{
    return leg->mix.deafened ? 0 : leg->mix.hears;
}

static const struct room_voice *own_voice(const struct room_mix *mix,
                                          const struct leg_media *leg)
{
    return leg->spoken ? &mix->voice[leg->spoken - 1] : NULL;
}

/* Nobody else hears what it hears. */
static bool is_alone_with(const struct leg_media *leg)
{
    return leg->play || audio_key_active(&leg->key) || leg->mix.gain_out != AUDIO_GAIN_ONE ||
           (leg->spoken && (leg->mix.says & hears(leg)));
}

/* A leg's own sound goes over what it hears, or in its place. */
static void add_own_play(struct leg_media *leg, struct room_media_scratch *scratch,
                         unsigned bus)
{
    struct media_play *play = leg->play;
    const unsigned values = pcm_bus_values(bus);
    if (!media_play_advance(play)) {
        leg->play = NULL;
        end_play(play, scratch);
        return;
    }
    media_play_frame(play, bus, scratch->frame);
    if (!play->sound.over_mix)
        memset(scratch->sum, 0, values * sizeof(scratch->sum[0]));
    for (unsigned i = 0; i < values; i++)
        scratch->sum[i] += scratch->frame[i];
}

/* A machine listens for it: nothing else is to be heard. */
static void sound_key(struct leg_media *leg, struct room_media_scratch *scratch, unsigned bus)
{
    audio_key_render(&leg->key, pcm_rate_hz(pcm_bus_rate(bus)), scratch->frame);
    spread(scratch->frame, bus);
    for (unsigned i = 0; i < pcm_bus_values(bus); i++)
        scratch->sum[i] = scratch->frame[i];
    audio_key_advance(&leg->key);
}

static void hush(struct room_media *room, struct room_media_scratch *scratch, unsigned bus)
{
    const unsigned values = pcm_bus_values(bus);
    audio_noise(&room->noise_seed, COMFORT_NOISE_LEVEL, scratch->frame, values);
    for (unsigned i = 0; i < values; i++)
        scratch->sum[i] = scratch->frame[i];
}

static void make_packets(struct room_media *room, struct leg_media *leg,
                         struct room_media_scratch *scratch, struct leg_packets *packets)
{
    struct leg_out *out = leg_media_out(leg);
    const unsigned bus = leg_out_bus(out);
    const struct room_voice *own = own_voice(&scratch->mix, leg);
    if (room->leg_count == 1 && !room->peer_count && room->noise_when_alone &&
        !room_mix_is_heard(&scratch->mix, hears(leg), own))
        hush(room, scratch, bus);
    else
        room_mix_minus(&scratch->mix, bus, hears(leg), own, scratch->sum);
    if (leg->mix.gain_out != AUDIO_GAIN_ONE)
        audio_mix_scale(scratch->sum, pcm_bus_values(bus), leg->mix.gain_out);
    if (leg->play)
        add_own_play(leg, scratch, bus);
    if (audio_key_active(&leg->key))
        sound_key(leg, scratch, bus);
    leg_out_run(out, scratch->sum, &scratch->tick, packets);
}

static void note_heard(const struct room_mix *mix, const struct leg_media *leg,
                       struct leg_heard *heard)
{
    const struct room_voice *own = own_voice(mix, leg);
    heard->count = 0;
    for (unsigned i = 0; i < mix->voice_count && heard->count < RTP_MAX_CSRC; i++) {
        const struct room_voice *voice = &mix->voice[i];
        if (!voice->leg || voice == own || !(voice->says & hears(leg)))
            continue;
        heard->ssrc[heard->count] = voice->ssrc;
        heard->level[heard->count++] = voice->level;
    }
}

static void send_to(struct room_media *room, struct leg_media *leg,
                    struct room_media_scratch *scratch)
{
    struct leg_heard heard;
    const struct leg_packets *packets = NULL;
    if (leg_media_listens(leg)) {
        struct room_class *class = room_class_of(&scratch->classes, leg);
        if (!class) {
            make_packets(room, leg, scratch, &scratch->own);
            packets = &scratch->own;
        } else {
            if (!class->is_made)
                make_packets(room, class->leader, scratch, &class->packets);
            class->is_made = true;
            packets = &class->packets;
        }
    }
    if (leg->kit->plan.mixed_levels_id)
        note_heard(&scratch->mix, leg, &heard);
    leg_media_send(leg, packets, leg->kit->plan.mixed_levels_id ? &heard : NULL,
                   &scratch->tick);
}

static bool may_share(const struct leg_media *leg)
{
    return leg_media_listens(leg) && !is_alone_with(leg);
}

/* Everybody finds its place before anybody encodes: copies are of the tick before. */
static void find_places(struct room_media *room, struct room_classes *classes)
{
    room_class_begin(classes);
    for (struct leg_media *leg = room->legs; leg; leg = leg->next) {
        if (may_share(leg) && leg->leader && leg->leader != leg && may_share(leg->leader))
            room_class_keep(classes, leg->leader, hears(leg->leader));
    }
    for (struct leg_media *leg = room->legs; leg; leg = leg->next) {
        if (may_share(leg))
            room_class_keep(classes, leg, hears(leg));
    }
    for (struct leg_media *leg = room->legs; leg; leg = leg->next) {
        if (!leg_media_listens(leg))
            continue;
        if (is_alone_with(leg) || !room_class_find(classes, leg, hears(leg)))
            room_class_leave(leg);
    }
}

/* ---- what is recorded ---- */

void room_media_record(struct room_media *room, struct recorder *recorder)
{
    if (room->recorder)
        recorder_return(room->recorder, RECORDER_SOUND);
    room->recorder = recorder;
    room->recorder_has_tail = false;
    audio_limiter_init(&room->recorder_limiter, PCM_MAX_RATE_HZ, 2);
}

/* What is said to the conference: a recording that all may ask for has no whispers. */
static void record(struct room_media *room, struct room_media_scratch *scratch)
{
    const bool is_heard = room_mix_is_heard(&scratch->mix, LEG_CIRCLE_MAIN, NULL);
    const int16_t *frame = NULL;
    if (is_heard || room->recorder_has_tail) {
        room_mix_minus(&scratch->mix, PCM_BUS_STEREO, LEG_CIRCLE_MAIN, NULL, scratch->sum);
        audio_limiter_run(&room->recorder_limiter, scratch->sum, scratch->frame,
                          PCM_MAX_TICK_SAMPLES);
        frame = scratch->frame;
    }
    room->recorder_has_tail = is_heard;
    recorder_sound(room->recorder, scratch->tick.number, frame);
}

/* ---- a tick ---- */

/* The buses that somebody listens at. */
static unsigned listened(const struct room_media *room)
{
    unsigned buses = room->recorder ? 1u << PCM_BUS_STEREO : 0;
    for (struct leg_media *leg = room->legs; leg; leg = leg->next)
        buses |= 1u << leg_out_bus(leg_media_out(leg));
    return buses;
}

static unsigned wanted_elsewhere(struct room_media *room)
{
    unsigned buses = 0;
    for (unsigned i = 0; i < room->peer_count; i++) {
        room_peer_want(room->peers[i], room->buses);
        buses |= room_peer_wanted(room->peers[i]);
    }
    return buses;
}

static void exchange(struct room_media *room, struct room_media_scratch *scratch)
{
    struct room_mix *mix = &scratch->mix;
    const unsigned own_voices = mix->voice_count;
    for (unsigned i = 0; i < room->peer_count; i++) {
        for (unsigned voice = 0; voice < own_voices; voice++)
            room_peer_tell(room->peers[i], &mix->voice[voice], scratch->tick.number);
        room_peer_hear(room->peers[i], scratch->tick.number, mix);
    }
}

void room_media_tick(struct room_media *room, struct room_media_scratch *scratch)
{
    ASSERT_MEDIA();
    struct room_mix *mix = &scratch->mix;
    room->buses = listened(room);
    const unsigned all_buses = room->buses | wanted_elsewhere(room);
    room_mix_begin(mix, room->buses);
    room_voices_collect(room, all_buses, scratch);
    add_plays(room, scratch, all_buses);
    if (room->peer_count)
        exchange(room, scratch);
    add_tone(room, mix);
    room_voices_tell_speaker(room, scratch);
    if (room->recorder)
        record(room, scratch);
    find_places(room, &scratch->classes);
    for (struct leg_media *leg = room->legs; leg; leg = leg->next) {
        if (leg->next)
            leg_media_expect_send(leg->next);
        send_to(room, leg, scratch);
        leg_media_report(leg, &scratch->tick, false);
    }
}
