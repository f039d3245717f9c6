/* test_conceal.c - what stands for a lost packet goes on, fades, and never clicks. */
#include "mixer/codec/conceal.h"
#include "tests/unit/mixer/signal.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MAX = 8 * 16000 };
static_assert(MAX >= 48000, "a second of the highest rate");

static const unsigned rates[] = {8000, 16000, 48000};
enum { RATES = sizeof(rates) / sizeof(rates[0]) };

static int16_t pcm[MAX];

/* A second of a tone, of which `lost` ms are lost in the middle, in packets of `packet` ms. */
static void play(unsigned rate, double hz, unsigned lost, unsigned packet)
{
    const unsigned samples = rate / 1000 * packet;
    struct conceal *conceal = conceal_create(rate);
    assert_non_null(conceal);
    for (unsigned at_ms = 0; at_ms < 1000; at_ms += packet) {
        int16_t *at = pcm + at_ms * rate / 1000;
        if (at_ms >= 500 && at_ms < 500 + lost) {
            conceal_make(conceal, at, samples);
        } else {
            signal_tone(at, at_ms * rate / 1000, samples, rate, hz, 10000);
            conceal_heard(conceal, at, samples);
        }
    }
    conceal_destroy(conceal);
}

static void a_short_loss_in_a_tone_is_hardly_heard(void **state)
{
    (void)state;
    for (unsigned r = 0; r < RATES; r++) {
        const unsigned rate = rates[r];
        for (double hz = 80; hz < 1000; hz *= 1.13) {
            play(rate, hz, 20, 20);
            const int16_t *gap = pcm + rate / 2;
            double rms = signal_rms(gap, rate / 50);
            assert_true(fabs(signal_db(rms / (10000 / sqrt(2)))) < 1.5);
            assert_true(signal_snr(pcm + rate * 2 / 5, rate / 5, rate, hz) > 8);
        }
    }
}

static void fades_to_nothing_by_100_ms(void **state)
{
    (void)state;
    for (unsigned r = 0; r < RATES; r++) {
        const unsigned rate = rates[r];
        play(rate, 300, 200, 20);
        double before = 1e9;
        for (unsigned ms = 500; ms < 700; ms += 10) {
            double rms = signal_rms(pcm + ms * rate / 1000, rate / 100);
            assert_true(rms <= before + 1);
            if (ms >= 600)
                assert_true(rms == 0);
            double left = ms < 520 ? 1 : (595.0 - ms) / 80; /* at the middle of these 10 ms */
            if (ms < 600)
                assert_true(fabs(rms - left * 10000 / sqrt(2)) < 500);
            before = rms;
        }
    }
}

/* Steps are bounded by those of the tone itself, bent by no more than a seam's slope. */
static void no_step_is_a_click(void **state)
{
    (void)state;
    static const unsigned packets[] = {10, 20};
    for (unsigned r = 0; r < RATES; r++) {
        const unsigned rate = rates[r];
        for (double hz = 80; hz < 1000; hz *= 1.07) {
            for (unsigned lost = 20; lost <= 140; lost += 20) {
                for (unsigned p = 0; p < 2; p++) {
                    play(rate, hz, lost, packets[p]);
                    double own = 10000 * SIGNAL_TAU * hz / rate;
                    double bend = 10000 / (0.0025 * rate) + 10000 / (0.005 * rate);
                    int step = signal_max_step(0, pcm + 1, rate - 1);
                    assert_true(step <= 1.1 * own + bend);
                }
            }
        }
    }
}

/* A jump in the history itself (a hard cut to a level) is not made worse by repeating it. */
static void a_cut_wave_is_joined(void **state)
{
    (void)state;
    struct conceal *conceal = conceal_create(8000);
    assert_non_null(conceal);
    int16_t in[160], out[160];
    for (unsigned i = 0; i < 160;
         i++) /* a slow ramp: no period at all, and not where it began */
        in[i] = (int16_t)(i * 100);
    conceal_heard(conceal, in, 160);
    conceal_make(conceal, out, 160);
    assert_in_range(signal_max_step(in[159], out, 160), 0, 15900 / 20 + 200);
    conceal_destroy(conceal);
}

static void silence_makes_silence_and_full_scale_does_not_wrap(void **state)
{
    (void)state;
    uint32_t seed = 13;
    int16_t in[320], out[320];
    struct conceal *conceal = conceal_create(16000);
    assert_non_null(conceal);
    conceal_make(conceal, out, 320);
    for (unsigned i = 0; i < 320; i++)
        assert_int_equal(out[i], 0);
    for (unsigned round = 0; round < 200; round++) {
        for (unsigned i = 0; i < 320; i++)
            in[i] = signal_random(&seed) & 1 << 20 ? 32767 : -32768;
        conceal_heard(conceal, in, signal_random(&seed) % 321);
        conceal_make(conceal, out, signal_random(&seed) % 321);
    }
    for (unsigned i = 0; i < 320; i++) /* a quarter period of a slow full-scale wave */
        in[i] = (int16_t)lround(32767 * sin(SIGNAL_TAU * i / 1280));
    conceal_heard(conceal, in, 320);
    conceal_heard(conceal, in, 320);
    conceal_make(conceal, out, 320);
    for (unsigned i = 0; i < 320; i++)
        assert_true(out[i] > -2000); /* what was positive stays so */
    conceal_destroy(conceal);
}

static void a_very_long_loss_stays_silent(void **state)
{
    (void)state;
    struct conceal *conceal = conceal_create(8000);
    assert_non_null(conceal);
    signal_tone(pcm, 0, 800, 8000, 440, 10000);
    conceal_heard(conceal, pcm, 800);
    conceal_make(conceal, pcm, 1600);
    for (unsigned i = 0; i < 20; i++) {
        conceal_make(conceal, pcm, MAX);
        assert_int_equal(pcm[0], 0);
        assert_int_equal(pcm[MAX - 1], 0);
        assert_int_equal(conceal->made, 8 * 100); /* the count stays: it cannot wrap */
    }
    conceal_destroy(conceal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_loss_in_a_tone_is_hardly_heard),
        cmocka_unit_test(fades_to_nothing_by_100_ms),
        cmocka_unit_test(no_step_is_a_click),
        cmocka_unit_test(a_cut_wave_is_joined),
        cmocka_unit_test(silence_makes_silence_and_full_scale_does_not_wrap),
        cmocka_unit_test(a_very_long_loss_stays_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
