/* ear_voice.c - pulses and hiss through three resonators whose vowels glide. */
#include "tests/bench/ear_voice.h"

#include "tests/bench/ear_random.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FORMANTS = 3,
    VOWELS = 8,
    FRAME = 20 * EAR_PER_MS,
    PAUSE_DB = 25, /* below the loudest frame begin the pauses */
    MAX_WAV_BYTES = 64 << 20,
};

struct mouth {
    struct ear_random random;
    struct ear_signal *out;
    size_t done;
    double pitch_hz, phase;              /* phase of the pulses, 0..1 */
    double formant[FORMANTS];            /* [Hz], glide to the vowel's */
    double memory[FORMANTS][2], hiss[2]; /* of the resonators */
};

static double resonate(double memory[2], double input, double hz, double width_hz)
{
    double radius = exp(-M_PI * width_hz / EAR_HZ), angle = 2 * M_PI * hz / EAR_HZ;
    double output =
        input * sin(angle) + 2 * radius * cos(angle) * memory[0] - radius * radius * memory[1];
    memory[1] = memory[0];
    memory[0] = output;
    return output;
}

static void put(struct mouth *mouth, double value)
{
    if (mouth->done < mouth->out->count)
        mouth->out->at[mouth->done++] = (float)value;
}

static void say_pause(struct mouth *mouth, double ms)
{
    for (int i = 0; i < (int)(ms * EAR_PER_MS); i++)
        put(mouth, 0);
}

/* As of s or sh: noise around 3 kHz, so that a telephone line carries it, too. */
static void say_hiss(struct mouth *mouth, double ms)
{
    const int samples = (int)(ms * EAR_PER_MS);
    for (int i = 0; i < samples; i++) {
        double noise = 0.02 * ear_random_normal(&mouth->random);
        put(mouth, sin(M_PI * i / samples) * resonate(mouth->hiss, noise, 2900, 900));
    }
}

static void say_vowel(struct mouth *mouth, double ms)
{
    static const double vowels[VOWELS][FORMANTS] = {
        {730, 1090, 2440}, {530, 1840, 2480}, {270, 2290, 3010}, {570, 840, 2410},
        {300, 870, 2240},  {660, 1720, 2410}, {440, 1020, 2240}, {490, 1350, 1690}};
    static const double loudness[FORMANTS] = {1, 0.5, 0.25};
    const double *vowel = vowels[ear_random_bits(&mouth->random) % VOWELS];
    const double glide_hz = ear_random_between(&mouth->random, -30, 20);
    const int samples = (int)(ms * EAR_PER_MS);
    for (int i = 0; i < samples; i++) {
        double progress = (double)i / samples, sum = 0;
        mouth->phase += (mouth->pitch_hz + glide_hz * progress) / EAR_HZ;
        double source = 0.02 * ear_random_normal(&mouth->random) + (mouth->phase >= 1);
        mouth->phase -= mouth->phase >= 1;
        for (int f = 0; f < FORMANTS; f++) {
            mouth->formant[f] += (vowel[f] - mouth->formant[f]) * 0.001;
            sum += loudness[f] *
                   resonate(mouth->memory[f], source, mouth->formant[f], 70 + 30 * f);
        }
        put(mouth, sum * (0.3 + 0.7 * sin(M_PI * progress)));
    }
}

static void say_word(struct mouth *mouth)
{
    unsigned syllables = 1 + (unsigned)(ear_random_bits(&mouth->random) % 4);
    for (unsigned i = 0; i < syllables; i++) {
        mouth->pitch_hz = ear_random_between(&mouth->random, 95, 190);
        if (ear_random_unit(&mouth->random) < 0.4)
            say_hiss(mouth, ear_random_between(&mouth->random, 50, 110));
        say_vowel(mouth, ear_random_between(&mouth->random, 110, 260));
    }
}

int ear_voice_make(uint64_t seed, double seconds, struct ear_signal *voice)
{
    int error = ear_signal_create((size_t)(seconds * EAR_HZ), voice);
    struct mouth mouth = {.random.state = seed, .out = voice, .formant = {500, 1500, 2500}};
    while (!error && mouth.done < voice->count) {
        say_word(&mouth);
        say_pause(&mouth, ear_random_between(&mouth.random, 30, 200));
    }
    if (!error)
        ear_voice_scale(voice);
    return error;
}

void ear_voice_scale(struct ear_signal *voice)
{
    double loudest_db = -120, energy = 0, peak = 1e-9;
    size_t counted = 0;
    for (size_t i = 0; i + FRAME <= voice->count; i += FRAME)
        loudest_db = fmax(loudest_db, ear_level_db(voice->at + i, FRAME));
    for (size_t i = 0; i + FRAME <= voice->count; i += FRAME)
        if (ear_level_db(voice->at + i, FRAME) > loudest_db - PAUSE_DB) {
            energy += ear_energy(voice->at + i, FRAME);
            counted += FRAME;
        }
    for (size_t i = 0; i < voice->count; i++)
        peak = fmax(peak, fabs((double)voice->at[i]));
    double gain = counted ? pow(10, EAR_VOICE_DB / 20.0) / sqrt(energy / (double)counted) : 0;
    gain = fmin(gain, 0.95 / peak);
    for (size_t i = 0; i < voice->count; i++)
        voice->at[i] = (float)(gain * (double)voice->at[i]);
}

/* ---- WAV ---- */

static unsigned little(const unsigned char *at, int bytes)
{
    unsigned value = 0;
    for (int i = bytes - 1; i >= 0; i--)
        value = value << 8 | at[i];
    return value;
}

/* Where the samples are: RIFF's chunks one after the other until "data". */
static int find_samples(const unsigned char *file, size_t length, unsigned *hz, size_t *first,
                        size_t *count)
{
    bool known = false;
    if (length < 12 || memcmp(file, "RIFF", 4) || memcmp(file + 8, "WAVE", 4))
        return -EBADMSG;
    for (size_t at = 12; at + 8 <= length;) {
        size_t size = little(file + at + 4, 4), left = length - at - 8;
        const unsigned char *body = file + at + 8;
        if (!memcmp(file + at, "fmt ", 4) && size >= 16 && left >= 16) {
            *hz = little(body + 4, 4);
            known =
                little(body, 2) == 1 && little(body + 2, 2) == 1 && little(body + 14, 2) == 16;
        }
        if (!memcmp(file + at, "data", 4)) {
            *first = at + 8;
            *count = (size < left ? size : left) / 2;
            return known && *hz >= 8000 && *hz <= 96000 && *count ? 0 : -EBADMSG;
        }
        if (size > left)
            break;
        at += 8 + size + size % 2;
    }
    return -EBADMSG;
}

static int load_file(const char *path, unsigned char **bytes, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return -errno;
    *bytes = malloc(MAX_WAV_BYTES);
    *length = *bytes ? fread(*bytes, 1, MAX_WAV_BYTES, file) : 0;
    fclose(file);
    return *bytes ? 0 : -ENOMEM;
}

static int read_sound(const unsigned char *file, size_t length, struct ear_signal *sound)
{
    struct ear_signal raw = {0};
    unsigned hz = 0;
    size_t first = 0, count = 0;
    int error = find_samples(file, length, &hz, &first, &count);
    if (!error)
        error = ear_signal_create(count, &raw);
    for (size_t i = 0; i < raw.count && !error; i++)
        raw.at[i] = (float)(int16_t)little(file + first + 2 * i, 2) / 32768;
    if (!error)
        error = ear_signal_resample(&raw, hz, EAR_HZ, sound);
    ear_signal_destroy(&raw);
    return error;
}

int ear_voice_read(const char *path, double seconds, struct ear_signal *voice)
{
    struct ear_signal sound = {0};
    unsigned char *file = NULL;
    size_t length = 0;
    *voice = (struct ear_signal){0};
    int error = load_file(path, &file, &length);
    if (!error)
        error = read_sound(file, length, &sound);
    if (!error)
        error = ear_signal_create((size_t)(seconds * EAR_HZ), voice);
    for (size_t i = 0; i < voice->count && !error; i++)
        voice->at[i] = sound.at[i % sound.count];
    if (!error)
        ear_voice_scale(voice);
    ear_signal_destroy(&sound);
    free(file);
    return error;
}
