/* audio_fade.c - a cubic slope, up or down. */
#include "mixer/audio/audio_fade.h"

#include <string.h>

/* From `begin` (0 or 1) to its opposite. Without a branch, so that four samples are done at
 * once. A cast cuts towards 0: above 0, and moved by a half, that rounds. */
static void slope(int16_t *restrict pcm, int32_t samples, unsigned channels, unsigned over,
                  float begin)
{
    const float step = (1 - 2 * begin) / (float)over;
    const unsigned pair = channels - 1;
    for (int32_t i = 0; i < samples; i++) {
        float t = begin + step * ((float)(i >> pair) + 0.5F);
        float factor = t * t * (3 - 2 * t);
        pcm[i] = (int16_t)((int32_t)((float)pcm[i] * factor + 32768.5F) - 32768);
    }
}

void audio_fade_in(int16_t *pcm, unsigned samples, unsigned channels, unsigned over)
{
    if (over > samples)
        over = samples;
    if (over)
        slope(pcm, (int32_t)(over * channels), channels, over, 0);
}

void audio_fade_out(int16_t *pcm, unsigned samples, unsigned channels, unsigned over)
{
    if (over > samples)
        over = samples;
    if (over)
        slope(pcm, (int32_t)(over * channels), channels, over, 1);
    memset(pcm + (size_t)over * channels, 0,
           (size_t)(samples - over) * channels * sizeof(*pcm));
}
