/*
 * room_mix.h - the voices of one tick of one room, and what each listener hears of them.
 *
 *   room_mix_begin(mix, buses);                     the buses that somebody listens at
 *   voice = room_mix_add(mix);                      fill it and its frames of those buses
 *   room_mix_minus(mix, bus, hears, own, sum);      all that `hears` lets through, but own
 *
 * There is one sum per bus and per choice of circles that somebody has; a listener costs a
 * subtraction. Sums are made when first asked for.
 *
 * Shape    a frame is int16_t[pcm_bus_values(bus)]; a sum int32_t of as many, not limited.
 * Thread   all of it: the room's media worker; never locks, allocates or logs.
 */
#ifndef SERVER_MEDIA_ROOM_MIX_H
#define SERVER_MEDIA_ROOM_MIX_H

#include "mixer/audio/audio_mix.h"
#include "mixer/base/pcm.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    ROOM_MIX_VOICES = 96, /* legs, other workers' voices, sounds, tones */
    ROOM_MIX_SUMS = 16,   /* beyond, sums are made anew for each listener */
    ROOM_MIX_FRAME_VALUES = 160 + 320 + 480 + 640 + 960 + 1920, /* of all buses */
};

struct leg;

struct room_voice {
    struct leg *leg; /* whose; NULL: a sound's             */
    uint32_t says;   /* circles                            */
    uint32_t ssrc;   /* of the source, for CSRC lists      */
    uint8_t level;   /* -dBov                              */
    unsigned buses;  /* a bit per frame that is there      */
    int16_t frames[ROOM_MIX_FRAME_VALUES];
};

struct room_sum {
    unsigned bus;
    uint32_t hears;
    struct audio_mix mix;
};

struct room_mix {
    unsigned buses; /* a bit per bus */
    unsigned voice_count, sum_count;
    struct room_voice voice[ROOM_MIX_VOICES];
    struct room_sum sum[ROOM_MIX_SUMS];
    struct audio_mix spare;
};

void room_mix_begin(struct room_mix *mix, unsigned buses);

/** The next voice, empty; NULL: there are too many. */
struct room_voice *room_mix_add(struct room_mix *mix);

int16_t *room_voice_frame(struct room_voice *voice, unsigned bus);

/** True if anything is heard by who listens to @p hears and is @p own (NULL: none). */
bool room_mix_is_heard(const struct room_mix *mix, uint32_t hears,
                       const struct room_voice *own);

/** Writes what is heard: the sum without @p own, a voice of this tick or NULL. */
void room_mix_minus(struct room_mix *mix, unsigned bus, uint32_t hears,
                    const struct room_voice *own, int32_t *sum);

#endif
