/*
 * audio_place.h - where a voice stands between left and right, and back to one channel.
 *
 * Panning keeps the power: left^2 + right^2 is the same everywhere. In the middle both sides
 * are the voice itself, bit for bit: a mono listener has it in both ears too, so a centred
 * voice is as loud for a stereo listener as for a mono one, and audio_fold() of it is the voice
 * again. A voice that stands at one edge is 3 dB louder there, and is clipped if it was above
 * -3 dBFS.
 *
 * Shape    mono: int16_t[samples]; stereo: int16_t[2 * samples], left first. Samples are
 *          counted per channel. Input and output must not overlap.
 * Thread   any; pure.
 */
#ifndef MIXER_AUDIO_AUDIO_PLACE_H
#define MIXER_AUDIO_AUDIO_PLACE_H

#include <stdint.h>

enum { AUDIO_PLACE_LEFT = -100, AUDIO_PLACE_MIDDLE = 0, AUDIO_PLACE_RIGHT = 100 };

/** Puts a voice at @p place, -100 (left only) .. 100 (right only); what is beyond is there. */
void audio_place(const int16_t *mono, unsigned samples, int place, int16_t *stereo);

/** Writes the mean of both channels. */
void audio_fold(const int16_t *stereo, unsigned samples, int16_t *mono);

#endif
