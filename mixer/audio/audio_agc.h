/*
 * audio_agc.h - automatic gain control: brings one voice to the loudness of all others, so
 * slowly that nobody hears it work.
 *
 *   tick:  unsigned level = audio_level(pcm, samples);
 *          audio_talk_update(&talk, level);
 *          audio_agc_run(&agc, pcm, samples, talk.talking, level);
 *
 * The gain moves in ticks of speech only and stands still in pauses. It does not rise for a
 * sound that never dips, as a fan does not, nor so far that the line's own noise floor would be
 * louder than -45 dBov.
 *
 * Shape    a level is -dBov before the gain (audio_level.h); one call is one tick of 20 ms.
 * Thread   one leg's media worker; never allocates.
 */
#ifndef MIXER_AUDIO_AUDIO_AGC_H
#define MIXER_AUDIO_AUDIO_AGC_H

#include "mixer/audio/audio_level.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    AUDIO_AGC_TARGET = 23, /* -dBov, of the ticks of speech */
    AUDIO_AGC_MIN_DB = -12,
    AUDIO_AGC_MAX_DB = 18,
    AUDIO_AGC_RISE_DB_PER_S = 3,
    AUDIO_AGC_FALL_DB_PER_S = 12,
};

/** The control of one voice; zeroed before first use: 0 dB. The fields are audio_agc.c's. */
struct audio_agc {
    struct audio_floor floor;
    float gain_db;
    float power;           /* mean of the speech's, 1: 0 dBov                        */
    unsigned speech_ticks; /* in that mean; 0: nothing is known                      */
    unsigned faint_ticks;  /* of talk, since the last that was loud enough to count  */
    unsigned lively_ticks; /* in which the gain may rise still: there was a dip      */
};

/**
 * Amplifies one tick in place. The gain goes from the last tick's to the new one in a straight
 * line; if that would clip, it is lowered within the first 2 ms of the tick, and peaks in them
 * are rounded.
 */
void audio_agc_run(struct audio_agc *agc, int16_t *pcm, unsigned samples, bool talking,
                   unsigned level);

#endif
