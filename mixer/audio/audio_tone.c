/* audio_tone.c - two soft notes, and noise. */
#include "mixer/audio/audio_tone.h"

#include "mixer/base/pcm.h"

#include <math.h>
#include <string.h>

enum {
    NOTE_TICKS = 6, /* 120 ms */
    NOTES = 2,
};

static const double tau = 6.283185307179586;
static const double peak = 3277; /* -20 dBFS */
static const double attack_s = 0.010, release_s = 0.070;
static const double note_s = NOTE_TICKS * PCM_TICK_MS / 1000.0;

/* Each kind's notes [Hz]: C5 and G5, a fifth, up or down. */
static const double notes[][NOTES] = {
    [AUDIO_TONE_NONE] = {0, 0},
    [AUDIO_TONE_JOINED] = {523.25, 783.99},
    [AUDIO_TONE_LEFT] = {783.99, 523.25},
};

void audio_tone_start(struct audio_tone *tone, enum audio_tone_kind kind)
{
    *tone = (struct audio_tone){.kind = kind};
}

bool audio_tone_active(const struct audio_tone *tone)
{
    return tone->kind != AUDIO_TONE_NONE;
}

/* Half a cosine from 0 to 1 over `length` seconds. */
static double slope(double t, double length)
{
    return t >= length ? 1 : 0.5 - 0.5 * cos(tau / 2 * t / length);
}

void audio_tone_render(const struct audio_tone *tone, unsigned rate_hz, int16_t *out)
{
    const unsigned samples = rate_hz / PCM_TICKS_PER_S;
    if (!audio_tone_active(tone)) {
        memset(out, 0, samples * sizeof(*out));
        return;
    }
    const double hz = notes[tone->kind][tone->at_tick / NOTE_TICKS];
    const double begin = tone->at_tick % NOTE_TICKS * PCM_TICK_MS / 1000.0;
    for (unsigned i = 0; i < samples; i++) {
        double t = begin + (double)i / rate_hz;
        double loudness = peak * slope(t, attack_s) * slope(note_s - t, release_s);
        out[i] = (int16_t)lround(loudness * sin(tau * hz * t));
    }
}

void audio_tone_advance(struct audio_tone *tone)
{
    if (audio_tone_active(tone) && ++tone->at_tick >= NOTES * NOTE_TICKS)
        audio_tone_start(tone, AUDIO_TONE_NONE);
}

/* Numerical Recipes' generator: any seed is good, its upper bits are random enough to hiss. */
static int32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return (int32_t)(*seed >> 16) - 32768;
}

void audio_noise(uint32_t *seed, unsigned level, int16_t *out, unsigned samples)
{
    /* Even spread over [-a, a] has a root mean square of a / sqrt(3). */
    double most = sqrt(3) * INT16_MAX * pow(10, -(double)level / 20);
    if (level >= 127)
        most = 0;
    const float scale = (float)((most > INT16_MAX ? INT16_MAX : most) / 32768);
    for (unsigned i = 0; i < samples; i++)
        out[i] = (int16_t)lrintf(scale * (float)next_random(seed));
}
