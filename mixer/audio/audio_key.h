/*
 * audio_key.h - the sound of a telephone's key, for those who know no telephone-event.
 *
 *   audio_key_press(&key, '5', 100);
 *   tick:  if (audio_key_active(&key)) { audio_key_render(&key, rate_hz, out);
 *                                        audio_key_advance(&key); }
 *
 * Two tones of -10 dBm0 and -8 dBm0, as a telephone has them, and 40 ms of silence behind them,
 * in which whoever listens for keys sees the end of this one.
 *
 * Shape    digit is one of 0-9 * # A-D; one call is one tick of 20 ms.
 * Thread   one leg's media worker; never allocates.
 * Source   ITU-T Q.23 (the tones), Q.24 (how long).
 */
#ifndef MIXER_AUDIO_AUDIO_KEY_H
#define MIXER_AUDIO_AUDIO_KEY_H

#include <stdbool.h>
#include <stdint.h>

/** A key that is down; zeroed: none. It has no rate: the same place is rendered at any. */
struct audio_key {
    char digit;
    unsigned at_tick, ticks; /* without the silence */
};

/** Presses it for @p duration_ms, in whole ticks, one at least. @return 0; -EINVAL: there is no
 *  such key; -EBUSY: another is down still. */
int audio_key_press(struct audio_key *key, char digit, unsigned duration_ms);

/** True while there is something to play. */
bool audio_key_active(const struct audio_key *key);

/** Writes the current tick at @p rate_hz (rate_hz/50 samples). */
void audio_key_render(const struct audio_key *key, unsigned rate_hz, int16_t *out);

/** Goes on to the next tick. */
void audio_key_advance(struct audio_key *key);

#endif
