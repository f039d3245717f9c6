/*
 * audio_tone.h - the sounds a room makes by itself: joined, left, and the hush of an empty
 * line.
 *
 * Thread   a player belongs to one room's media worker; no function allocates.
 */
#ifndef MIXER_AUDIO_AUDIO_TONE_H
#define MIXER_AUDIO_AUDIO_TONE_H

#include <stdbool.h>
#include <stdint.h>

enum audio_tone_kind {
    AUDIO_TONE_NONE,
    AUDIO_TONE_JOINED, /* two short notes, rising  */
    AUDIO_TONE_LEFT,   /* two short notes, falling */
};

/** A tone being played; zeroed: none. It has no rate: the same place is rendered at any. */
struct audio_tone {
    enum audio_tone_kind kind;
    unsigned at_tick; /* 20 ms ticks played */
};

/** Starts @p kind from its beginning; a running one is replaced. */
void audio_tone_start(struct audio_tone *tone, enum audio_tone_kind kind);

/** True while there is something to play. */
bool audio_tone_active(const struct audio_tone *tone);

/** Writes the current tick at @p rate_hz (rate_hz/50 samples); may be called for several rates.
 */
void audio_tone_render(const struct audio_tone *tone, unsigned rate_hz, int16_t *out);

/** Goes on to the next tick; a tone at its end becomes none. */
void audio_tone_advance(struct audio_tone *tone);

/** Fills @p out with comfort noise at @p level (-dBov); *seed is the caller's, any value. */
void audio_noise(uint32_t *seed, unsigned level, int16_t *out, unsigned samples);

#endif
