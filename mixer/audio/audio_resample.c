/* audio_resample.c - speexdsp's resampler, a tick at a time. */
#include "mixer/audio/audio_resample.h"

#include "mixer/base/pcm.h"

#include <assert.h>
#include <speex/speex_resampler.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    MIN_RATE_HZ = 8000,
    /* Of 10. Aliases are 85 dB down; the delay is 32 samples of the lower rate (8 kHz: 4 ms).
     */
    QUALITY = 4,
};

struct audio_resample {
    unsigned in_samples, out_samples; /* of a tick            */
    SpeexResamplerState *speex;       /* NULL: the same rates */
};

static bool is_rate(unsigned hz)
{
    return hz >= MIN_RATE_HZ && hz <= PCM_MAX_RATE_HZ && hz % PCM_TICKS_PER_S == 0;
}

struct audio_resample *audio_resample_create(unsigned from_hz, unsigned to_hz)
{
    if (!is_rate(from_hz) || !is_rate(to_hz))
        return NULL;
    struct audio_resample *resample = calloc(1, sizeof(*resample));
    if (!resample)
        return NULL;
    resample->in_samples = from_hz / PCM_TICKS_PER_S;
    resample->out_samples = to_hz / PCM_TICKS_PER_S;
    if (from_hz == to_hz)
        return resample;
    resample->speex = speex_resampler_init(1, from_hz, to_hz, QUALITY, NULL);
    if (!resample->speex) {
        free(resample);
        return NULL;
    }
    return resample;
}

void audio_resample_destroy(struct audio_resample *resample)
{
    if (!resample)
        return;
    if (resample->speex)
        speex_resampler_destroy(resample->speex);
    free(resample);
}

void audio_resample_process(struct audio_resample *resample, const int16_t *in, int16_t *out)
{
    if (!resample->speex) {
        memcpy(out, in, resample->in_samples * sizeof(*in));
        return;
    }
    spx_uint32_t used = resample->in_samples, made = resample->out_samples;
    speex_resampler_process_int(resample->speex, 0, in, &used, out, &made);
    /* A tick is a whole number of periods of both rates, so the counts always come out. */
    assert(used == resample->in_samples && made == resample->out_samples);
}
