/* test_audio_limiter.c - never too loud, never a step, and nothing done where nothing is to do.
 */
#include "mixer/audio/audio_limiter.h"
#include "mixer/audio/audio_mix.h"
#include "mixer/base/pcm.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { CEILING = AUDIO_LIMITER_CEILING, SECOND = 48000 * 2, MAX = 2 * SECOND };

static int32_t sum[MAX];
static int16_t out[MAX], other[MAX];

/* Runs `samples` of sum through a new limiter in frames of `frame_ms`. */
static void run(unsigned rate, unsigned channels, unsigned samples, unsigned frame_ms,
                int16_t *to)
{
    struct audio_limiter limiter;
    audio_limiter_init(&limiter, rate, channels);
    const unsigned frame = rate / 1000 * frame_ms;
    for (unsigned at = 0; at < samples; at += frame) {
        const unsigned now = samples - at < frame ? samples - at : frame;
        audio_limiter_run(&limiter, sum + at * channels, to + at * channels, now);
    }
}

static void is_never_above_the_ceiling(void **state)
{
    (void)state;
    static const int32_t extremes[] = {INT32_MIN, INT32_MAX, 0,       CEILING + 1, -CEILING - 1,
                                       CEILING,   -CEILING,  1 << 24, -(1 << 25)};
    uint32_t seed = 1;
    for (unsigned round = 0; round < 200; round++) {
        const unsigned channels = 1 + round % 2, rate = pcm_rate_hz(round % PCM_RATES);
        const unsigned samples = rate / 5, shift = signal_random(&seed) % 20;
        const unsigned rare = 1 + signal_random(&seed) % 300;
        for (unsigned i = 0; i < samples * channels; i++) {
            sum[i] = (int32_t)signal_random(&seed) >> shift;
            if (signal_random(&seed) % rare == 0)
                sum[i] = extremes[signal_random(&seed) % 9];
        }
        run(rate, channels, samples, 20, out);
        for (unsigned i = 0; i < samples * channels; i++)
            assert_in_range(out[i] + CEILING, 0, 2 * CEILING);
    }
}

static void all_voices_at_full_scale_fit_in_any_order(void **state)
{
    (void)state;
    enum { SAMPLES = 960, VOICES = 8 };
    static struct audio_mix mix;
    static int16_t voice[VOICES][SAMPLES];
    struct audio_limiter limiter;
    uint32_t seed = 3;
    signal_random_bytes(&seed, voice, sizeof(voice));
    for (unsigned order = 0; order < VOICES; order++) {
        audio_mix_begin(&mix, SAMPLES);
        for (unsigned v = 0; v < VOICES; v++)
            audio_mix_add(&mix, voice[(v * 3 + order) % VOICES]);
        audio_mix_minus(&mix, voice[5], sum);
        audio_limiter_init(&limiter, 48000, 1);
        audio_limiter_run(&limiter, sum, order ? other : out, SAMPLES);
        if (order)
            assert_memory_equal(out, other, SAMPLES * sizeof(out[0]));
    }
    for (unsigned i = 0; i < SAMPLES; i++)
        voice[0][i] = i % 100 < 50 ? -32768 : 32767;
    audio_mix_begin(&mix, SAMPLES);
    for (unsigned v = 0; v < AUDIO_MIX_MAX_VOICES; v++)
        audio_mix_add(&mix, voice[0]);
    audio_mix_minus(&mix, NULL, sum);
    audio_limiter_init(&limiter, 48000, 1);
    audio_limiter_run(&limiter, sum, out, SAMPLES);
    for (unsigned i = 48; i < SAMPLES; i++) /* as loud as may be, and with the right sign */
        assert_in_range(i % 100 - 48 < 50 ? -out[i] : out[i], CEILING - 2, CEILING);
}

static void below_the_ceiling_nothing_changes(void **state)
{
    (void)state;
    uint32_t seed = 5;
    for (unsigned round = 0; round < 2 * PCM_RATES; round++) {
        const unsigned channels = 1 + round % 2, rate = pcm_rate_hz(round / 2);
        const unsigned samples = rate / 5, late = rate / 1000 * channels;
        for (unsigned i = 0; i < samples * channels; i++)
            sum[i] = (int32_t)(signal_random(&seed) % (2 * CEILING + 1)) - CEILING;
        sum[20] = sum[samples] = CEILING;
        sum[21] = sum[samples + 1] = -CEILING;
        run(rate, channels, samples, 20, out);
        for (unsigned i = 0; i < samples * channels; i++)
            assert_int_equal(out[i], i < late ? 0 : sum[i - late]);
    }
}

/* And as cheap again: a gain that only comes near 1 would be multiplied by for ever. */
static void is_exact_again_a_while_after_a_peak(void **state)
{
    (void)state;
    for (unsigned rate = 8000; rate <= 48000; rate += 40000) {
        struct audio_limiter limiter;
        const unsigned samples = 2 * rate, late = rate / 1000;
        for (unsigned i = 0; i < samples; i++)
            sum[i] = i % 2 ? CEILING : -CEILING;
        sum[rate / 10] = 1000000;
        audio_limiter_init(&limiter, rate, 1);
        audio_limiter_run(&limiter, sum, out, samples);
        unsigned exact_from = 0;
        for (unsigned i = late; i < samples; i++)
            exact_from = out[i] == sum[i - late] ? exact_from : i + 1;
        assert_in_range(exact_from, rate / 10, rate);
        assert_true(limiter.gain == 1);
    }
}

static void rounds_to_the_nearest(void **state)
{
    (void)state;
    uint32_t seed = 6;
    for (unsigned i = 0; i < 9600; i++)
        sum[i] = i % 40 ? (int32_t)(signal_random(&seed) % 2001) - 1000 : 3 * CEILING;
    run(48000, 1, 9600, 20, out);
    for (unsigned i = 960; i < 9600; i++)
        assert_true(fabs(out[i] - sum[i - 48] / 3.0) < 0.51);
}

/* The gain that sample i came out with. */
static double gain_at(unsigned i, unsigned late)
{
    return (double)out[i] / sum[i - late];
}

static void the_gain_falls_in_a_line_and_comes_back_slowly(void **state)
{
    (void)state;
    for (unsigned r = 0; r < PCM_RATES; r++) {
        const unsigned rate = pcm_rate_hz(r), late = rate / 1000;
        for (unsigned over = 2; over <= 64; over *= 2) {
            const unsigned begin = rate / 10 + over, end = begin + rate / 20; /* 50 ms */
            for (unsigned i = 0; i < rate; i++)
                sum[i] = i >= begin && i < end ? (int32_t)over * CEILING : 20000;
            run(rate, 1, rate, 20, out);
            const double most = (1 - 1.0 / over) / late + 1e-4;
            const unsigned lowest = begin + late, rising = end + late + 12 * late;
            for (unsigned i = late + 1; i < rate; i++) {
                const double step = gain_at(i, late) - gain_at(i - 1, late);
                assert_true(fabs(step) < most);
                assert_true(i > lowest ? step > -1e-4 : step < 1e-4);
            }
            assert_true(gain_at(begin - late, late) == 1); /* not before it must */
            const double after_50_ms = gain_at(rising + rate / 20, late);
            const double missing = (1 - after_50_ms) / (1 - 1.0 / over);
            assert_true(missing > 0.3 && missing < 0.6);
            assert_true(gain_at(rising + rate / 2, late) > 0.99);
        }
    }
}

/* Whatever comes, the gain moves by no more in a sample than once from 1 to 0 in a ms. */
static void no_input_makes_a_step(void **state)
{
    (void)state;
    uint32_t seed = 9;
    for (unsigned round = 0; round < 40; round++) {
        const unsigned channels = 1 + round % 2, rate = pcm_rate_hz(round % PCM_RATES);
        const unsigned samples = rate / 5, late = rate / 1000 * channels;
        for (unsigned i = 0; i < samples * channels; i++) {
            int32_t x = 20000 + (int32_t)(signal_random(&seed) % 9000);
            sum[i] = signal_random(&seed) % 200 ? x : x * (1 + (int32_t)(i % 2) * 1000);
            sum[i] = signal_random(&seed) % 2 ? sum[i] : -sum[i];
        }
        run(rate, channels, samples, 20, out);
        for (unsigned i = late + channels; i < samples * channels; i++) {
            const double here = gain_at(i, late), there = gain_at(i - channels, late);
            assert_true(fabs(here - there) <= 1000.0 / rate + 1e-4);
            assert_true(i % channels == 0 || fabs(here - gain_at(i - 1, late)) < 1e-4);
        }
    }
}

static void a_crowd_is_brought_back_more_slowly_than_a_clap(void **state)
{
    (void)state;
    const unsigned rate = 16000, end = rate;
    static const unsigned crowd_ms[] = {0, 1000, 500}; /* of the second before the end */
    static const unsigned clap_ms[] = {1, 0, 1};       /* so a crowd is forgotten, too  */
    double missing[3];
    for (unsigned c = 0; c < 3; c++) {
        for (unsigned i = 0; i < 2 * rate; i++) {
            bool loud = i < crowd_ms[c] * 16 || (i < end && i + clap_ms[c] * 16 >= end);
            sum[i] = loud ? 2 * CEILING : 20000;
            if (c == 2 && i < end / 2 && loud) /* so little that the gain is soon 1 again */
                sum[i] = CEILING + 5;
        }
        run(rate, 1, 2 * rate, 20, out);
        missing[c] = 1 - gain_at(end + rate / 10, 16);
    }
    assert_true(missing[0] < 0.5 * 0.22 && missing[1] > 0.5 * 0.35);
    assert_true(fabs(missing[2] - missing[0]) < 0.02);
}

/* The border of frames cannot be heard, since it makes no difference at all. */
static void frames_of_any_length_are_the_same(void **state)
{
    (void)state;
    static const unsigned lengths[] = {1, 7, 10, 40, 200, 1000};
    uint32_t seed = 11;
    for (unsigned channels = 1; channels <= 2; channels++) {
        for (unsigned i = 0; i < 48000 * channels; i++) {
            sum[i] = (int32_t)signal_random(&seed) / (i / 9000 % 2 ? 40000 : 80000);
            if (signal_random(&seed) % 2000 == 0)
                sum[i] *= 3;
        }
        run(48000, channels, 48000, 20, out);
        for (unsigned i = 0; i < 6; i++) {
            run(48000, channels, 48000, lengths[i], other);
            assert_memory_equal(out, other, 48000 * channels * sizeof(out[0]));
        }
    }
}

static void a_tone_far_over_stays_a_clean_tone(void **state)
{
    (void)state;
    static const double tones[] = {80, 150, 440, 1000, 3000};
    for (unsigned r = 0; r < PCM_RATES; r++) {
        for (unsigned t = 0; t < 5; t++) {
            const unsigned rate = pcm_rate_hz(r);
            for (unsigned i = 0; i < rate; i++)
                sum[i] = (int32_t)lround(2 * CEILING * sin(SIGNAL_TAU * tones[t] * i / rate));
            run(rate, 1, rate, 20, out);
            const int16_t *steady = out + rate / 2;
            const double peak = signal_peak_at(steady, rate / 2, rate, tones[t]);
            assert_true(fabs(signal_db(peak / CEILING)) < 0.3);
            for (unsigned n = 2; n <= 5 && tones[t] * n < rate / 2; n++) {
                double harmonic = signal_peak_at(steady, rate / 2, rate, tones[t] * n);
                assert_true(signal_db(harmonic / peak) < -50);
            }
            assert_true(signal_snr(steady, rate / 2, rate, tones[t]) > 40);
            const int16_t *onset = out + rate / 1000; /* the attack is heard too: 20 ms of it */
            if (tones[t] >= 1000)
                assert_true(signal_snr(onset, rate / 50, rate, tones[t]) > 60);
        }
    }
}

static void a_copy_goes_on_as_the_original(void **state)
{
    (void)state;
    enum { SAMPLES = 320 };
    struct audio_limiter limiter, copy;
    uint32_t seed = 17;
    audio_limiter_init(&limiter, 16000, 2);
    for (unsigned tick = 0; tick < 30; tick++) {
        for (unsigned i = 0; i < 2 * SAMPLES; i++)
            sum[i] = (int32_t)signal_random(&seed) / (tick % 5 == 2 ? 20000 : 80000);
        copy = limiter;
        audio_limiter_run(&limiter, sum, out, SAMPLES);
        audio_limiter_run(&copy, sum, other, SAMPLES);
        assert_memory_equal(out, other, 2 * SAMPLES * sizeof(out[0]));
        assert_memory_equal(&limiter, &copy, sizeof(copy));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_never_above_the_ceiling),
        cmocka_unit_test(all_voices_at_full_scale_fit_in_any_order),
        cmocka_unit_test(below_the_ceiling_nothing_changes),
        cmocka_unit_test(is_exact_again_a_while_after_a_peak),
        cmocka_unit_test(rounds_to_the_nearest),
        cmocka_unit_test(the_gain_falls_in_a_line_and_comes_back_slowly),
        cmocka_unit_test(no_input_makes_a_step),
        cmocka_unit_test(a_crowd_is_brought_back_more_slowly_than_a_clap),
        cmocka_unit_test(frames_of_any_length_are_the_same),
        cmocka_unit_test(a_tone_far_over_stays_a_clean_tone),
        cmocka_unit_test(a_copy_goes_on_as_the_original),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
