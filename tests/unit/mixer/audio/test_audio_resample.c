/* test_audio_resample.c - the same sound at another rate: level, aliases, counts. */
#include "mixer/audio/audio_resample.h"
#include "mixer/base/pcm.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { TICKS = 60, SETTLED = 10, MAX_TICK = PCM_MAX_TICK_SAMPLES, CANARY = 0x5a5a };

/* Sends a tone through; out has TICKS ticks. Checks that exactly a tick is written each time.
 */
static void pass(struct audio_resample *resample, unsigned from, unsigned to, double hz,
                 double peak, int16_t *out)
{
    int16_t in[MAX_TICK], tick[MAX_TICK + 1];
    for (unsigned t = 0; t < TICKS; t++) {
        signal_tone(in, t * (from / 50), from / 50, from, hz, peak);
        tick[to / 50] = CANARY;
        audio_resample_process(resample, in, tick);
        assert_int_equal(tick[to / 50], CANARY);
        memcpy(out + t * (to / 50), tick, to / 50 * sizeof(*out));
    }
}

static int16_t out[TICKS * MAX_TICK];

static double peak_after(unsigned from, unsigned to, double hz, double measured_hz)
{
    struct audio_resample *resample = audio_resample_create(from, to);
    assert_non_null(resample);
    pass(resample, from, to, hz, 16000, out);
    audio_resample_destroy(resample);
    unsigned skip = SETTLED * (to / 50);
    return signal_peak_at(out + skip, TICKS * (to / 50) - skip, to, measured_hz);
}

static void keeps_the_level_between_all_rates(void **state)
{
    (void)state;
    for (unsigned from = 0; from < PCM_RATES; from++) {
        for (unsigned to = 0; to < PCM_RATES; to++) {
            double peak = peak_after(pcm_rate_hz(from), pcm_rate_hz(to), 1000, 1000);
            assert_true(fabs(signal_db(peak / 16000)) < 0.5);
        }
    }
    assert_true(fabs(signal_db(peak_after(48000, 8000, 3000, 3000) / 16000)) < 0.5);
    assert_true(fabs(signal_db(peak_after(8000, 48000, 3000, 3000) / 16000)) < 0.5);
    assert_true(fabs(signal_db(peak_after(48000, 16000, 6500, 6500) / 16000)) < 0.5);
}

static void same_rate_changes_nothing(void **state)
{
    (void)state;
    struct audio_resample *resample = audio_resample_create(16000, 16000);
    pass(resample, 16000, 16000, 440, 30000, out);
    static int16_t in[TICKS * 320];
    signal_tone(in, 0, TICKS * 320, 16000, 440, 30000);
    assert_memory_equal(in, out, sizeof(in));
    audio_resample_destroy(resample);
}

static void nothing_aliases_down_and_no_image_comes_up(void **state)
{
    (void)state;
    static const struct {
        unsigned from, to;
        double hz, ghost_hz;
    } cases[] = {
        {48000, 8000, 10000, 2000},  {48000, 8000, 5500, 2500}, {48000, 16000, 10000, 6000},
        {48000, 16000, 12000, 4000}, {16000, 8000, 6000, 2000}, {48000, 24000, 20000, 4000},
        {8000, 48000, 1000, 7000},   {8000, 16000, 1000, 7000}, {16000, 48000, 1000, 15000},
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        double ghost = peak_after(cases[i].from, cases[i].to, cases[i].hz, cases[i].ghost_hz);
        assert_true(signal_db(ghost / 16000) < -50);
        if (cases[i].from > cases[i].to) { /* and nothing else is left of it either */
            unsigned skip = SETTLED * (cases[i].to / 50);
            double rms = signal_rms(out + skip, TICKS * (cases[i].to / 50) - skip);
            assert_true(signal_db(rms * sqrt(2) / 16000) < -50);
        }
    }
}

static void odd_rates_come_out_exact_and_others_are_refused(void **state)
{
    (void)state;
    static const unsigned rates[] = {8000, 11050, 22050, 44100, 47950, 48000};
    for (unsigned i = 0; i < 6; i++) {
        for (unsigned j = 0; j < 6; j++)
            assert_true(fabs(signal_db(peak_after(rates[i], rates[j], 1000, 1000) / 16000)) <
                        0.5);
    }
    static const unsigned bad[] = {0, 50, 7950, 8001, 11025, 48050, 96000, 4294967250U};
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_null(audio_resample_create(bad[i], 8000));
        assert_null(audio_resample_create(8000, bad[i]));
    }
    audio_resample_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_level_between_all_rates),
        cmocka_unit_test(same_rate_changes_nothing),
        cmocka_unit_test(nothing_aliases_down_and_no_image_comes_up),
        cmocka_unit_test(odd_rates_come_out_exact_and_others_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
