/* audio_place.c - one voice, two factors. */
#include "mixer/audio/audio_place.h"

#include "mixer/base/pcm.h"

#include <math.h>
#include <stddef.h>

enum { ONE = 1 << 14 }; /* so that the square root of two, the greatest factor, fits 16 bits */

static const double quarter_turn = 1.5707963267948966;

/* size_t: of an unsigned, 2 * i might wrap, and the compiler would not make vectors of it. */

static void spread(const int16_t *restrict mono, unsigned samples, int16_t left, int16_t right,
                   int16_t *restrict stereo)
{
    for (size_t i = 0; i < samples; i++) {
        stereo[2 * i] = pcm_clip((mono[i] * left + ONE / 2) >> 14);
        stereo[2 * i + 1] = pcm_clip((mono[i] * right + ONE / 2) >> 14);
    }
}

static void fold(const int16_t *restrict stereo, unsigned samples, int16_t *restrict mono)
{
    for (size_t i = 0; i < samples; i++)
        mono[i] = (int16_t)((stereo[2 * i] + stereo[2 * i + 1]) / 2);
}

void audio_place(const int16_t *mono, unsigned samples, int place, int16_t *stereo)
{
    if (place < AUDIO_PLACE_LEFT)
        place = AUDIO_PLACE_LEFT;
    if (place > AUDIO_PLACE_RIGHT)
        place = AUDIO_PLACE_RIGHT;
    const double angle = quarter_turn * (place - AUDIO_PLACE_LEFT) / (2 * AUDIO_PLACE_RIGHT);
    spread(mono, samples, (int16_t)lround(ONE * sqrt(2) * cos(angle)),
           (int16_t)lround(ONE * sqrt(2) * sin(angle)), stereo);
}

void audio_fold(const int16_t *stereo, unsigned samples, int16_t *mono)
{
    fold(stereo, samples, mono);
}
