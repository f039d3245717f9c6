/* test_audio_denoise.c - noise goes, the voice stays, nothing else happens. */
#include "mixer/audio/audio_denoise.h"
#include "mixer/base/pcm.h"
#include "tests/unit/mixer/audio/speech.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_TICK = PCM_MAX_TICK_SAMPLES, SECONDS = 12, SPEECH_FROM = 3, SPEECH_UNTIL = 8 };

struct noise {
    bool is_pink;
    uint32_t seed;
    double slow[3]; /* three poles make about 3 dB an octave */
};

static double noise_next(struct noise *noise)
{
    static const double pole[3] = {0.99765, 0.963, 0.57}, part[3] = {0.099, 0.2965, 1.0527};
    double white = (signal_random(&noise->seed) % 65536) / 32768.0 - 1;
    if (!noise->is_pink)
        return white * sqrt(3);
    double sum = 0.1848 * white;
    for (unsigned i = 0; i < 3; i++)
        sum += noise->slow[i] = pole[i] * noise->slow[i] + part[i] * white;
    return sum * 0.555; /* about 1 rms */
}

/* [SECONDS], clean and noisy; speech from SPEECH_FROM to SPEECH_UNTIL, noise all the time. */
static int16_t clean[SECONDS * PCM_MAX_RATE_HZ], noisy[SECONDS * PCM_MAX_RATE_HZ];

static void make(unsigned rate, double noise_dbov, bool is_pink)
{
    struct speech speech;
    struct noise noise = {.is_pink = is_pink, .seed = 77};
    const double loud = 32767 * pow(10, noise_dbov / 20);
    speech_begin(&speech, rate, 130, -23, 5);
    memset(clean, 0, sizeof(clean));
    speech_make(&speech, clean + SPEECH_FROM * rate, (SPEECH_UNTIL - SPEECH_FROM) * rate);
    for (unsigned i = 0; i < SECONDS * rate; i++)
        noisy[i] = pcm_clip((int32_t)lround(clean[i] + loud * noise_next(&noise)));
}

static void process(struct audio_denoise *denoise, unsigned rate, int16_t *pcm, unsigned ticks)
{
    int16_t tick[MAX_TICK + 1];
    for (unsigned t = 0; t < ticks; t++) {
        memcpy(tick, pcm + t * (rate / 50), rate / 50 * sizeof(*tick));
        tick[rate / 50] = 0x5a5a;
        audio_denoise_process(denoise, tick);
        assert_int_equal(tick[rate / 50], 0x5a5a);
        memcpy(pcm + t * (rate / 50), tick, rate / 50 * sizeof(*tick));
    }
}

static double level(const int16_t *pcm, unsigned rate, double from_s, double until_s)
{
    return signal_db(
        signal_rms(pcm + (unsigned)(from_s * rate), (unsigned)((until_s - from_s) * rate)) /
        32767);
}

static void noise_falls_and_speech_stays(void **state)
{
    (void)state;
    static const double loud[] = {-55, -45, -38};
    for (unsigned i = 0; i < PCM_RATES; i++) {
        for (unsigned k = 0; k < 6; k++) {
            const unsigned rate = pcm_rate_hz(i);
            make(rate, loud[k / 2], k % 2);
            const double before = level(noisy, rate, 2, SPEECH_FROM);
            assert_true(fabs(before - loud[k / 2]) < 1.5);
            struct audio_denoise *denoise = audio_denoise_create(rate);
            process(denoise, rate, noisy, SECONDS * 50);
            audio_denoise_destroy(denoise);
            const double late = AUDIO_DENOISE_DELAY_MS / 1000.0;
            assert_true(level(noisy, rate, 2, SPEECH_FROM) < before - 10);
            assert_true(level(noisy, rate, SPEECH_UNTIL + 0.2, SECONDS) < before - 10);
            double speech = level(noisy, rate, SPEECH_FROM + late, SPEECH_UNTIL + late) -
                            level(clean, rate, SPEECH_FROM, SPEECH_UNTIL);
            assert_true(speech > -3 && speech < 1);
        }
    }
}

/* How much noisy[k + late] is clean[k]: 1 is all of it. */
static double likeness(unsigned from, unsigned until, unsigned late)
{
    double same = 0, in = 0, out = 0;
    for (unsigned k = from; k < until; k++) {
        same += (double)clean[k] * noisy[k + late];
        in += (double)clean[k] * clean[k];
        out += (double)noisy[k + late] * noisy[k + late];
    }
    return same / sqrt(in * out);
}

/* Without noise it is the same speech, late by what the header says. */
static void clean_speech_passes_and_is_late(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PCM_RATES; i++) {
        const unsigned rate = pcm_rate_hz(i), ms = rate / 1000;
        struct speech speech;
        speech_begin(&speech, rate, 200, -26, 9);
        speech_make(&speech, clean, 4 * rate);
        memcpy(noisy, clean, 4 * rate * sizeof(*clean));
        struct audio_denoise *denoise = audio_denoise_create(rate);
        process(denoise, rate, noisy, 4 * 50);
        audio_denoise_destroy(denoise);
        assert_true(fabs(level(noisy, rate, 1, 4) - level(clean, rate, 1, 4)) < 1.5);
        const double at = likeness(rate, 3 * rate, AUDIO_DENOISE_DELAY_MS * ms);
        assert_true(at > 0.9); /* the high-pass turns the phase of the lowest */
        for (unsigned late = 0; late < 20; late++)
            if (abs((int)late - AUDIO_DENOISE_DELAY_MS) > 1)
                assert_true(likeness(rate, 3 * rate, late * ms) < at);
    }
}

static void rumble_goes(void **state)
{
    (void)state;
    const unsigned rate = 16000;
    signal_tone(noisy, 0, 2 * rate, rate, 20, 8000);
    struct audio_denoise *denoise = audio_denoise_create(rate);
    process(denoise, rate, noisy, 2 * 50);
    assert_true(level(noisy, rate, 1, 2) < signal_db(8000 / sqrt(2) / 32767) - 20);
    audio_denoise_destroy(denoise);
}

static void silence_stays_silence_and_forgets_nothing(void **state)
{
    (void)state;
    const unsigned rate = 16000;
    make(rate, -45, false);
    struct audio_denoise *denoise = audio_denoise_create(rate);
    static int16_t still[5 * 16000];
    process(denoise, rate, still, 5 * 50);
    for (unsigned i = 0; i < 5 * rate; i++)
        assert_int_equal(still[i], 0);
    process(denoise, rate, noisy, 3 * 50);
    memset(still, 0, sizeof(still));
    process(denoise, rate, still, 5 * 50); /* a mute: what was in it fades, then nothing */
    assert_true(signal_rms(still, rate / 50) > 0);
    for (unsigned i = rate / 5; i < 5 * rate; i++)
        assert_int_equal(still[i], 0);
    make(rate, -45, false);
    process(denoise, rate, noisy, 50); /* the noise is known still */
    assert_true(level(noisy, rate, 0.1, 0.5) < -45 - 8);
    audio_denoise_destroy(denoise);
}

static void survives_the_extremes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PCM_RATES; i++) {
        const unsigned rate = pcm_rate_hz(i);
        struct audio_denoise *denoise = audio_denoise_create(rate);
        uint32_t seed = 3;
        for (unsigned k = 0; k < 2 * rate; k++)
            noisy[k] = k % 2 ? INT16_MAX : INT16_MIN;
        signal_random_bytes(&seed, noisy + 2 * rate, 2 * rate * sizeof(*noisy));
        memset(noisy + 4 * rate, 0, rate * sizeof(*noisy));
        process(denoise, rate, noisy, 5 * 50);
        make(rate, -45, false); /* and works after it */
        process(denoise, rate, noisy, SECONDS * 50);
        assert_true(level(noisy, rate, SECONDS - 1, SECONDS) < -45 - 10);
        audio_denoise_destroy(denoise);
    }
}

static void other_rates_are_refused(void **state)
{
    (void)state;
    static const unsigned bad[] = {0, 50, 7999, 8001, 11025, 22050, 44100, 96000, 4294967295U};
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_null(audio_denoise_create(bad[i]));
    audio_denoise_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_falls_and_speech_stays),
        cmocka_unit_test(clean_speech_passes_and_is_late),
        cmocka_unit_test(rumble_goes),
        cmocka_unit_test(silence_stays_silence_and_forgets_nothing),
        cmocka_unit_test(survives_the_extremes),
        cmocka_unit_test(other_rates_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
