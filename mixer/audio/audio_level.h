/*
 * audio_level.h - how loud a frame is, and whether somebody is talking.
 *
 * Shape    a level is -dBov, 0 (loudest) .. 127 (silence), as in RFC 6464 section 3.
 * Thread   any; pure but for the detector, which belongs to one leg and its media worker.
 */
#ifndef MIXER_AUDIO_AUDIO_LEVEL_H
#define MIXER_AUDIO_AUDIO_LEVEL_H

#include <stdbool.h>
#include <stdint.h>

enum { AUDIO_LEVEL_SILENCE = 127 };

/** Root mean square of the frame as -dBov: full-scale square wave 0, all zero 127. */
unsigned audio_level(const int16_t *pcm, unsigned samples);

/**
 * A leg's own noise floor: what it sends when nobody speaks there. It falls to a quieter level
 * within some ticks and rises by 3 dB a second, so that pauses between words pull it down
 * faster than the words push it up. It stays between -70 dBov and -48 dBov. Zeroed before first
 * use.
 */
struct audio_floor {
    unsigned level_q4; /* -dBov in 1/16 */
};

/** Takes the level of one 20 ms tick; of silence (127) no floor can be learnt: muted, DTX. */
void audio_floor_follow(struct audio_floor *floor, unsigned level);

/** True if @p level is louder than the floor by @p db or more. */
bool audio_floor_below(const struct audio_floor *floor, unsigned level, unsigned db);

/**
 * Talking or not, with hysteresis: on after some loud ticks above the leg's own noise floor,
 * off after half a second below it. Zeroed before first use.
 */
struct audio_talk {
    bool talking;
    unsigned loud_ticks;  /* in a row */
    unsigned quiet_ticks; /* in a row */
    struct audio_floor floor;
};

/** Takes the level of one 20 ms tick. @return true if `talking` changed with it. */
bool audio_talk_update(struct audio_talk *talk, unsigned level);

#endif
