/*
 * speech.h - something like speech, made by formula: pulses through three resonances that
 * change with each syllable, hisses, gaps between words, a breath between phrases.
 *
 * Shape    mono int16 at any rate; the active parts have about the loudness asked for.
 */
#ifndef TESTS_UNIT_MIXER_AUDIO_SPEECH_H
#define TESTS_UNIT_MIXER_AUDIO_SPEECH_H

#include "tests/unit/mixer/signal.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

struct speech {
    unsigned rate_hz;
    double pitch_hz, gain; /* gain: 1 is about -23 dBov when active */
    uint32_t seed;
    double phase, memory[3][2]; /* of the pulses, of the resonances */
    unsigned at, length;        /* samples of this syllable         */
    unsigned count;             /* syllables spoken                 */
    bool is_pause, is_hiss;
    double formant_hz[3], stress, bend;
};

static inline double speech_random(struct speech *speech, double least, double most)
{
    return least + (most - least) * (signal_random(&speech->seed) % 65536) / 65536.0;
}

static inline void speech_begin(struct speech *speech, unsigned rate_hz, double pitch_hz,
                                double dbov, uint32_t seed)
{
    *speech = (struct speech){.rate_hz = rate_hz,
                              .pitch_hz = pitch_hz,
                              .gain = pow(10, (dbov + 23) / 20),
                              .seed = seed,
                              .is_pause = true};
}

static inline void speech_next_syllable(struct speech *speech)
{
    static const double vowel[][3] = {{730, 1090, 2440}, {530, 1840, 2480}, {270, 2290, 3010},
                                      {570, 840, 2410},  {300, 870, 2240},  {660, 1720, 2410}};
    speech->at = 0;
    speech->count++;
    /* Every fourth syllable is followed by a gap, every sixteenth by a breath. */
    speech->is_pause = speech->count % 4 == 0;
    double s = speech->is_pause ? speech->count % 16 == 0 ? 0.8 : speech_random(speech, .08, .2)
                                : speech_random(speech, 0.1, 0.28);
    speech->length = (unsigned)(s * speech->rate_hz);
    speech->is_hiss = !speech->is_pause && speech_random(speech, 0, 1) < 0.2;
    unsigned which = signal_random(&speech->seed) % 6;
    for (unsigned i = 0; i < 3; i++)
        speech->formant_hz[i] = vowel[which][i] * speech_random(speech, 0.93, 1.07);
    speech->stress = pow(10, speech_random(speech, -6, 2) / 20);
    speech->bend = speech_random(speech, -0.25, 0.25);
}

static inline double speech_resonate(struct speech *speech, unsigned which, double in)
{
    double *memory = speech->memory[which];
    double radius = exp(-SIGNAL_TAU / 2 * (50 + 30 * which) / speech->rate_hz);
    double angle = SIGNAL_TAU * speech->formant_hz[which] / speech->rate_hz;
    double out =
        in * sin(angle) + 2 * radius * cos(angle) * memory[0] - radius * radius * memory[1];
    memory[1] = memory[0];
    memory[0] = out;
    return out;
}

/** Writes the next @p samples values. */
static inline void speech_make(struct speech *speech, int16_t *out, unsigned samples)
{
    static const double weight[3] = {1, 0.5, 0.25};
    for (unsigned i = 0; i < samples; i++, speech->at++) {
        if (speech->at >= speech->length)
            speech_next_syllable(speech);
        double t = (double)speech->at / speech->length, source = 0;
        speech->phase += speech->pitch_hz * (1 + speech->bend * (t - 0.5)) / speech->rate_hz;
        double noise = speech_random(speech, -1, 1);
        if (!speech->is_pause)
            source = (speech->is_hiss ? 0.12 : 0.02) * noise;
        if (speech->phase >= 1) {
            speech->phase -= 1;
            source += !speech->is_pause && !speech->is_hiss;
        }
        double sum = 0;
        for (unsigned k = 0; k < 3; k++)
            sum += weight[k] * speech_resonate(speech, k, source);
        double shape = speech->is_pause ? 1 : sin(SIGNAL_TAU / 2 * (0.08 + 0.84 * t));
        double x =
            6800 * sqrt(160 / speech->pitch_hz) * speech->gain * speech->stress * shape * sum;
        out[i] = (int16_t)lround(fmax(-32767, fmin(32767, x)));
    }
}

#endif
