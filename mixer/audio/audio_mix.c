/* audio_mix.c - one sum per room and rate; what a listener hears is that sum minus its own. */
#include "mixer/audio/audio_mix.h"

#include <assert.h>
#include <string.h>

static_assert(AUDIO_MIX_MAX_VOICES <= INT32_MAX / 32768, "all voices at full scale must fit");

void audio_mix_begin(struct audio_mix *mix, unsigned samples)
{
    assert(samples <= AUDIO_MIX_MAX_SAMPLES);
    mix->samples = samples;
    mix->voices = 0;
    memset(mix->total, 0, samples * sizeof(mix->total[0]));
}

/* The loops below stand alone and know by `restrict` that nothing overlaps: so the compiler can
 * work on eight samples at once. */

static void add(int32_t *restrict total, const int16_t *restrict frame, unsigned samples)
{
    for (unsigned i = 0; i < samples; i++)
        total[i] += frame[i];
}

static void subtract(const int32_t *restrict total, const int16_t *restrict own,
                     int32_t *restrict sum, unsigned samples)
{
    for (unsigned i = 0; i < samples; i++)
        sum[i] = total[i] - own[i];
}

void audio_mix_add(struct audio_mix *mix, const int16_t *frame)
{
    assert(mix->voices < AUDIO_MIX_MAX_VOICES);
    mix->voices++;
    add(mix->total, frame, mix->samples);
}

void audio_mix_minus(const struct audio_mix *mix, const int16_t *own, int32_t *sum)
{
    if (own)
        subtract(mix->total, own, sum, mix->samples);
    else
        memcpy(sum, mix->total, mix->samples * sizeof(*sum));
}

/* A double holds every product exactly, and unlike a product of 64-bit integers it exists as a
 * vector on every processor. */
void audio_mix_scale(int32_t *sum, unsigned samples, audio_gain gain)
{
    if (gain == AUDIO_GAIN_ONE)
        return;
    const double factor = (double)gain / AUDIO_GAIN_ONE;
    for (unsigned i = 0; i < samples; i++) {
        double x = sum[i] * factor;
        x = x > INT32_MAX ? INT32_MAX : x;
        x = x < INT32_MIN ? INT32_MIN : x;
        sum[i] = (int32_t)x;
    }
}
