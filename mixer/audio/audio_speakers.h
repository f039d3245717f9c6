/*
 * audio_speakers.h - which of a room's legs are loud enough to be heard, from their levels
 * alone, so that only those need be decoded; and which of them has the floor.
 *
 *   tick:  for each leg    audio_speaker_update(&leg->speaker, level of its packet);
 *          audio_speakers_choose(speakers, count, places);
 *          for each leg    if (speaker.chosen) ...decode, mix (entered: fade in)...
 *                          if (speaker.left) ...once more, faded out...
 *          who = audio_dominant_update(&dominant, speakers, count);
 *
 * A leg is a candidate from the tick on in which its level rises above its own noise floor, so
 * no first syllable is lost, until half a second after the last such tick. The loudest
 * candidates are chosen; one that was chosen before stays until another is louder by more than
 * AUDIO_SPEAKERS_BONUS_DB. A score rises at once and falls by 40 dB a second, but not in the
 * first 300 ms, so that a pause between words costs nobody his place.
 *
 * Shape    a level is -dBov (audio_level.h), as in RFC 6464 section 3.
 * Thread   a room's media worker; never allocates. One tick costs O(count), with few
 *          instructions for who is no candidate.
 * Source   RFC 6464 section 1: levels let a mixer choose without decoding.
 */
#ifndef MIXER_AUDIO_AUDIO_SPEAKERS_H
#define MIXER_AUDIO_AUDIO_SPEAKERS_H

#include "mixer/audio/audio_level.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    AUDIO_SPEAKERS_MAX_PLACES = 32,
    AUDIO_SPEAKERS_BONUS_DB = 6,
    AUDIO_SPEAKER_HANG_TICKS = 25, /* 500 ms */
};

/** A leg's part in it; zeroed before first use. The lower half is audio_speakers.c's. */
struct audio_speaker {
    bool candidate;
    bool chosen;
    bool entered; /* chosen in this tick, not in the one before     */
    bool left;    /* not chosen in this tick, but in the one before */

    uint8_t hang_ticks; /* a candidate still, after the last loud tick       */
    uint8_t hold_ticks; /* until the score begins to fall                    */
    uint8_t talk_ticks; /* of the talk so far, without longer gaps; up to 255 */
    uint8_t wait_ticks; /* a candidate and not chosen; up to 254             */
    uint16_t score_q4;  /* loudness: 127 minus -dBov, in 1/16                */
    struct audio_floor floor;
};

/** Takes the level of the packet that is to be played in this tick; 127: there is none. */
void audio_speaker_update(struct audio_speaker *speaker, unsigned level);

/**
 * Marks up to @p places of @p count legs as chosen. Each leg of the room must be among them in
 * every tick; their order does not matter. A leg that is not to be heard (muted by the room)
 * gets the level 127.
 *
 * @return how many are chosen: all candidates, or places (at most AUDIO_SPEAKERS_MAX_PLACES).
 */
unsigned audio_speakers_choose(struct audio_speaker *const speakers[], unsigned count,
                               unsigned places);

/** Who has the floor, for pictures and displays; zeroed before first use: nobody. */
struct audio_dominant {
    const struct audio_speaker *speaker; /* borrowed until forgotten; NULL: nobody     */
    const struct audio_speaker *rival;   /* who is louder now; compared, never read    */
    unsigned rival_ticks;                /* in a row                                   */
};

/**
 * Goes on by a tick, after the choice. Another one gets the floor who is chosen, has talked for
 * 200 ms, and is louder by 3 dB for 200 ms or finds the present one silent for 300 ms. In
 * silence the last one keeps it.
 *
 * @return who has the floor from now on, if that changed; else NULL.
 */
const struct audio_speaker *audio_dominant_update(struct audio_dominant *dominant,
                                                  struct audio_speaker *const speakers[],
                                                  unsigned count);

/** A leg has left the room: it is not read any more. If it had the floor, nobody has. */
void audio_dominant_forget(struct audio_dominant *dominant,
                           const struct audio_speaker *speaker);

#endif
