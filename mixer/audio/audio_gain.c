/* audio_gain.c - decibels to a factor, a factor to samples. */
#include "mixer/audio/audio_gain.h"

#include "mixer/base/pcm.h"

#include <math.h>
#include <string.h>

audio_gain audio_gain_from_db(double db)
{
    if (!(db > AUDIO_GAIN_MIN_DB)) /* and no number at all is silence too */
        return 0;
    if (db > AUDIO_GAIN_MAX_DB)
        db = AUDIO_GAIN_MAX_DB;
    return (audio_gain)lround(AUDIO_GAIN_ONE * pow(10, db / 20));
}

void audio_gain_apply(int16_t *pcm, unsigned samples, audio_gain gain)
{
    if (gain == AUDIO_GAIN_ONE)
        return;
    if (gain == 0) {
        memset(pcm, 0, samples * sizeof(*pcm));
        return;
    }
    for (unsigned i = 0; i < samples; i++)
        pcm[i] = pcm_clip(pcm[i] * gain / AUDIO_GAIN_ONE); /* 20 dB: 40960 * 32768 fits */
}
