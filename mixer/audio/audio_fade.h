/*
 * audio_fade.h - begins and ends a sound without a click.
 *
 *   the first frame after a silence:   audio_fade_in(pcm, samples, channels, 5 ms);
 *   the last frame before a silence:   audio_fade_out(pcm, samples, channels, 5 ms);
 *
 * The slope is an S that rises from 0 to 1, close to half a cosine. Out falls as in rises: what
 * is faded out plus what is faded in over the same samples keeps its level.
 *
 * Shape    int16_t[samples * channels], interleaved; samples and over are counted per channel.
 *          An @p over longer than the frame is as long as the frame.
 * Thread   any; pure.
 */
#ifndef MIXER_AUDIO_AUDIO_FADE_H
#define MIXER_AUDIO_AUDIO_FADE_H

#include <stdint.h>

/** Rises over the first @p over samples; the rest stays as it is. */
void audio_fade_in(int16_t *pcm, unsigned samples, unsigned channels, unsigned over);

/**
 * Falls over the first @p over samples; the rest becomes 0. To fall at the end of a frame give
 * only that end: audio_fade_out(pcm + (samples - over) * channels, over, channels, over).
 */
void audio_fade_out(int16_t *pcm, unsigned samples, unsigned channels, unsigned over);

#endif
