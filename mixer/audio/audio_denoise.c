/* audio_denoise.c - a high-pass, and speexdsp's preprocessor behind it, half a tick at a time.
 */
#include "mixer/audio/audio_denoise.h"

#include "mixer/base/pcm.h"

#include <math.h>
#include <speex/speex_preprocess.h>
#include <stdbool.h>
#include <stdlib.h>

enum {
    SUPPRESS_DB = -18,
    /* Its delay is one of its frames, and it wants 10 to 20 ms. */
    FRAMES_PER_TICK = PCM_TICK_MS / AUDIO_DENOISE_DELAY_MS,
};

/* Rumble below any voice varies too slowly for the preprocessor to know it as noise: without
 * this, pink noise falls by 6 to 10 dB only. */
static const double corner_hz = 70;

struct high_pass { /* second order, Butterworth; transposed direct form II */
    double b0, b1, a1, a2;
    double z1, z2;
};

struct audio_denoise {
    unsigned samples; /* of a frame                                     */
    bool is_still;    /* the last frame was zero, and so would the next */
    struct high_pass high_pass;
    SpeexPreprocessState *speex;
};

static struct high_pass high_pass(unsigned rate_hz)
{
    const double w = 2 * M_PI * corner_hz / rate_hz, alpha = sin(w) * M_SQRT1_2;
    const double a0 = 1 + alpha;
    return (struct high_pass){.b0 = (1 + cos(w)) / 2 / a0,
                              .b1 = -(1 + cos(w)) / a0,
                              .a1 = -2 * cos(w) / a0,
                              .a2 = (1 - alpha) / a0};
}

static void pass(struct high_pass *filter, int16_t *pcm, unsigned samples)
{
    double z1 = filter->z1, z2 = filter->z2;
    for (unsigned i = 0; i < samples; i++) {
        const double x = pcm[i], y = filter->b0 * x + z1;
        z1 = filter->b1 * x - filter->a1 * y + z2;
        z2 = filter->b0 * x - filter->a2 * y;
        pcm[i] = pcm_clip((int32_t)lrint(y));
    }
    filter->z1 = z1;
    filter->z2 = z2;
}

static void set(SpeexPreprocessState *speex, int what, int value)
{
    speex_preprocess_ctl(speex, what, &value);
}

struct audio_denoise *audio_denoise_create(unsigned rate_hz)
{
    if (pcm_rate_index(rate_hz) < 0)
        return NULL;
    struct audio_denoise *denoise = calloc(1, sizeof(*denoise));
    if (!denoise)
        return NULL;
    denoise->samples = rate_hz / PCM_TICKS_PER_S / FRAMES_PER_TICK;
    denoise->is_still = true;
    denoise->high_pass = high_pass(rate_hz);
    denoise->speex = speex_preprocess_state_init((int)denoise->samples, (int)rate_hz);
    if (!denoise->speex) {
        free(denoise);
        return NULL;
    }
    /* Its gain control, voice detector and dereverberation are off unless asked for. */
    set(denoise->speex, SPEEX_PREPROCESS_SET_DENOISE, 1);
    set(denoise->speex, SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, SUPPRESS_DB);
    return denoise;
}

void audio_denoise_destroy(struct audio_denoise *denoise)
{
    if (!denoise)
        return;
    if (denoise->speex)
        speex_preprocess_state_destroy(denoise->speex);
    free(denoise);
}

static bool is_zero(const int16_t *pcm, unsigned samples)
{
    int any = 0;
    for (unsigned i = 0; i < samples; i++)
        any |= pcm[i];
    return !any;
}

void audio_denoise_process(struct audio_denoise *denoise, int16_t *pcm)
{
    for (unsigned i = 0; i < FRAMES_PER_TICK; i++, pcm += denoise->samples) {
        /* Fed with zeros, it would learn that there is no noise, and after a mute would have to
         * learn the noise again. */
        if (denoise->is_still && is_zero(pcm, denoise->samples))
            continue;
        pass(&denoise->high_pass, pcm, denoise->samples);
        denoise->is_still = is_zero(pcm, denoise->samples);
        speex_preprocess_run(denoise->speex, pcm);
    }
}
