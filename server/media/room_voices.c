/* room_voices.c - weigh all, choose the loudest, decode those, add them to the mix. */
#include "server/media/room_voices.h"

#include "mixer/audio/audio_fade.h"
#include "mixer/audio/audio_place.h"
#include "server/leg/leg_voice.h"

#include <stddef.h>
#include <string.h>

enum { FADE_IN_MS = 5, FADE_OUT_MS = PCM_TICK_MS };

/* ---- who is loud ---- */

static struct room_decoded *decode(struct leg_media *leg, struct room_media_scratch *scratch)
{
    if (scratch->decoded_count == ROOM_MEDIA_DECODED)
        return NULL;
    struct room_decoded *decoded = &scratch->decoded[scratch->decoded_count++];
    decoded->leg = leg;
    decoded->level = leg_voice_play(leg, &scratch->tick, decoded->pcm);
    return decoded;
}

/* Its loudness is known from its packets; or it has to be decoded to be known, and what was
 * decoded is kept if it may be heard. */
static void weigh(struct leg_media *leg, struct room_media_scratch *scratch)
{
    struct audio_speaker *speaker = &leg->voice.speaker;
    struct room_decoded *decoded = NULL;
    unsigned level = leg_voice_level(leg);
    leg->spoken = leg->decoded = 0;
    if (level == LEG_LEVEL_UNKNOWN) {
        decoded = decode(leg, scratch);
        level = decoded ? decoded->level : AUDIO_LEVEL_SILENCE;
    }
    leg->voice.level = (uint8_t)level;
    audio_speaker_update(speaker, level);
    if (!decoded)
        return;
    leg->decoded = scratch->decoded_count;
    if (!speaker->candidate && !speaker->chosen) {
        leg->decoded = LEG_DECODED_AWAY;
        scratch->decoded_count--;
    }
}

/* Mostly all of them: a room has a part on another worker long before this is full. */
static unsigned list_speakers(const struct room_media *room, struct audio_speaker *list[])
{
    unsigned count = 0;
    for (struct leg_media *leg = room->legs; leg && count < ROOM_MEDIA_SPEAKERS;
         leg = leg->next)
        list[count++] = &leg->voice.speaker;
    return count;
}

/* ---- into the mix ---- */

static void fade(const struct audio_speaker *speaker, int16_t *pcm, unsigned rate,
                 unsigned channels)
{
    const unsigned samples = pcm_bus_values(rate), per_ms = pcm_rate_hz(rate) / 1000;
    if (speaker->entered)
        audio_fade_in(pcm, samples, channels, FADE_IN_MS * per_ms);
    else if (speaker->left)
        audio_fade_out(pcm, samples, channels, FADE_OUT_MS * per_ms);
}

/* @return false: the way to that rate is not there yet. */
static bool render(struct leg_media *leg, const int16_t *pcm, const int16_t *mono, unsigned bus,
                   int16_t *out)
{
    int16_t wide[PCM_MAX_TICK_SAMPLES];
    if (pcm_bus_channels(bus) == 1)
        return leg_voice_convert(leg, bus, mono, out);
    if (leg_voice_channels(leg) == 2 && pcm_rate_hz(leg_voice_rate(leg)) == PCM_MAX_RATE_HZ) {
        memcpy(out, pcm, pcm_bus_values(bus) * sizeof(*out));
        return true;
    }
    if (!leg_voice_convert(leg, pcm_bus_rate(bus), mono, wide))
        return false;
    audio_place(wide, PCM_MAX_TICK_SAMPLES, leg->mix.place, out);
    return true;
}

static void add_voice(struct leg_media *leg, int16_t *pcm, unsigned level, unsigned buses,
                      struct room_mix *mix)
{
    struct room_voice *voice = room_mix_add(mix);
    if (!voice)
        return;
    const unsigned rate = leg_voice_rate(leg), channels = leg_voice_channels(leg);
    int16_t folded[PCM_MAX_TICK_SAMPLES];
    const int16_t *mono = pcm;
    leg_voice_improve(leg, pcm, level);
    fade(&leg->voice.speaker, pcm, rate, channels);
    if (channels == 2) {
        audio_fold(pcm, pcm_bus_values(rate), folded);
        mono = folded;
    }
    voice->leg = leg->leg;
    voice->says = leg->mix.says;
    voice->ssrc = leg->receive.source.ssrc;
    voice->level = (uint8_t)level;
    for (unsigned bus = 0; bus < PCM_BUSES; bus++) {
        if ((buses & 1u << bus) && render(leg, pcm, mono, bus, room_voice_frame(voice, bus)))
            voice->buses |= 1u << bus;
    }
    leg->spoken = mix->voice_count;
}

/* Heard, or not: its place in time goes on by a tick. */
static void speak(struct leg_media *leg, unsigned buses, struct room_media_scratch *scratch)
{
    const struct audio_speaker *speaker = &leg->voice.speaker;
    bool is_heard = (speaker->chosen || speaker->left) && leg->mix.says;
    struct room_decoded *decoded = NULL;
    if (leg->decoded && leg->decoded != LEG_DECODED_AWAY)
        decoded = &scratch->decoded[leg->decoded - 1];
    else if (is_heard && !leg->decoded)
        decoded = decode(leg, scratch);
    if (!decoded && !leg->decoded)
        leg_voice_pass(leg, &scratch->tick);
    if (decoded && is_heard && decoded->level < AUDIO_LEVEL_SILENCE)
        add_voice(leg, decoded->pcm, decoded->level, buses, &scratch->mix);
}

/* Ways to rates at which somebody listens are made before somebody speaks. */
static void prepare(struct leg_media *leg, unsigned buses)
{
    if (leg->prepared == buses)
        return;
    leg->prepared = (uint8_t)buses;
    for (unsigned bus = 0; bus < PCM_BUSES; bus++) {
        if (buses & 1u << bus)
            leg_voice_prepare(leg, pcm_bus_rate(bus));
    }
}

void room_voices_collect(struct room_media *room, unsigned buses,
                         struct room_media_scratch *scratch)
{
    scratch->decoded_count = 0;
    for (struct leg_media *leg = room->legs; leg; leg = leg->next) {
        leg_media_begin(leg, &scratch->tick);
        if (scratch->tick.skipped)
            leg_media_skip(leg, &scratch->tick);
        weigh(leg, scratch);
    }
    scratch->speaker_count = list_speakers(room, scratch->speakers);
    audio_speakers_choose(scratch->speakers, scratch->speaker_count, room->loudest);
    for (struct leg_media *leg = room->legs; leg; leg = leg->next) {
        prepare(leg, buses);
        speak(leg, buses, scratch);
        leg_voice_tell(leg, leg->voice.level, scratch->tick.now_ns);
    }
}

static struct leg_media *leg_of(const struct audio_speaker *speaker)
{
    const size_t offset =
        offsetof(struct leg_media, voice) + offsetof(struct leg_voice, speaker);
    return (struct leg_media *)(void *)((char *)(uintptr_t)speaker - offset);
}

/* Somebody in another part of the room is clearly louder: that part will tell. */
static bool is_outshouted(const struct room_media *room, const struct leg_media *leg,
                          const struct room_mix *mix)
{
    enum { CLEARLY_DB = 3 };
    if (!room->peer_count)
        return false;
    for (unsigned i = 0; i < mix->voice_count; i++) {
        if (mix->voice[i].leg && mix->voice[i].level + CLEARLY_DB < leg->voice.level)
            return true;
    }
    return false;
}

void room_voices_tell_speaker(struct room_media *room, struct room_media_scratch *scratch)
{
    const struct audio_speaker *changed =
        audio_dominant_update(&room->dominant, scratch->speakers, scratch->speaker_count);
    if (changed)
        room->untold_speaker = leg_of(changed)->leg;
    const struct audio_speaker *speaker = room->dominant.speaker;
    if (!room->untold_speaker || !speaker ||
        is_outshouted(room, leg_of(speaker), &scratch->mix))
        return;
    if (scratch->events->on_speaker(scratch->events_context, room->untold_speaker))
        room->untold_speaker = NULL;
}
