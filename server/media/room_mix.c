/* room_mix.c - sums by bus and circles. */
#include "server/media/room_mix.h"

#include <string.h>

static const unsigned frame_at[PCM_BUSES] = {
    0, 160, 160 + 320, 160 + 320 + 480, 160 + 320 + 480 + 640, 160 + 320 + 480 + 640 + 960};

void room_mix_begin(struct room_mix *mix, unsigned buses)
{
    mix->buses = buses;
    mix->voice_count = mix->sum_count = 0;
}

struct room_voice *room_mix_add(struct room_mix *mix)
{
    if (mix->voice_count == ROOM_MIX_VOICES)
        return NULL;
    struct room_voice *voice = &mix->voice[mix->voice_count++];
    voice->leg = NULL;
    voice->says = voice->ssrc = 0;
    voice->level = 127;
    voice->buses = 0;
    return voice;
}

int16_t *room_voice_frame(struct room_voice *voice, unsigned bus)
{
    return voice->frames + frame_at[bus];
}

static bool is_in(const struct room_voice *voice, unsigned bus, uint32_t hears)
{
    return (voice->says & hears) && (voice->buses & 1u << bus);
}

bool room_mix_is_heard(const struct room_mix *mix, uint32_t hears, const struct room_voice *own)
{
    for (unsigned i = 0; i < mix->voice_count; i++) {
        if ((mix->voice[i].says & hears) && &mix->voice[i] != own)
            return true;
    }
    return false;
}

static void add_up(const struct room_mix *mix, unsigned bus, uint32_t hears,
                   struct audio_mix *sum)
{
    audio_mix_begin(sum, pcm_bus_values(bus));
    for (unsigned i = 0; i < mix->voice_count; i++) {
        if (is_in(&mix->voice[i], bus, hears))
            audio_mix_add(sum, mix->voice[i].frames + frame_at[bus]);
    }
}

static const struct audio_mix *find_sum(struct room_mix *mix, unsigned bus, uint32_t hears)
{
    for (unsigned i = 0; i < mix->sum_count; i++) {
        if (mix->sum[i].bus == bus && mix->sum[i].hears == hears)
            return &mix->sum[i].mix;
    }
    struct audio_mix *made = &mix->spare;
    if (mix->sum_count < ROOM_MIX_SUMS) {
        struct room_sum *sum = &mix->sum[mix->sum_count++];
        sum->bus = bus;
        sum->hears = hears;
        made = &sum->mix;
    }
    add_up(mix, bus, hears, made);
    return made;
}

void room_mix_minus(struct room_mix *mix, unsigned bus, uint32_t hears,
                    const struct room_voice *own, int32_t *sum)
{
    const struct audio_mix *all = find_sum(mix, bus, hears);
    bool is_own_in = own && is_in(own, bus, hears);
    audio_mix_minus(all, is_own_in ? own->frames + frame_at[bus] : NULL, sum);
}
