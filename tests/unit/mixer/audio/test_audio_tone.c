/* test_audio_tone.c - the room's own sounds: right notes, soft, and a quiet hush. */
#include "mixer/audio/audio_tone.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_SAMPLES = 40 * 960 };

static int16_t pcm[MAX_SAMPLES];

/* Plays to the end, rendering each tick twice as for two rates. Returns samples. */
static unsigned play(enum audio_tone_kind kind, unsigned rate_hz)
{
    struct audio_tone tone = {0};
    unsigned at = 0;
    int16_t other[960];
    audio_tone_start(&tone, kind);
    while (audio_tone_active(&tone)) {
        assert_true(at + rate_hz / 50 <= MAX_SAMPLES);
        audio_tone_render(&tone, rate_hz == 8000 ? 48000 : 8000, other);
        audio_tone_render(&tone, rate_hz, pcm + at);
        at += rate_hz / 50;
        audio_tone_advance(&tone);
    }
    return at;
}

static double loudest_hz(const int16_t *note, unsigned samples, unsigned rate_hz)
{
    double best = 0, found = 0;
    for (double hz = 300; hz < 1200; hz += 5) {
        double peak = signal_peak_at(note, samples, rate_hz, hz);
        if (peak > best) {
            best = peak;
            found = hz;
        }
    }
    return found;
}

static void two_notes_rise_or_fall_at_every_rate(void **state)
{
    (void)state;
    static const unsigned rates[] = {8000, 16000, 24000, 32000, 48000};
    for (unsigned r = 0; r < 5; r++) {
        for (enum audio_tone_kind kind = AUDIO_TONE_JOINED; kind <= AUDIO_TONE_LEFT; kind++) {
            unsigned samples = play(kind, rates[r]);
            assert_int_equal(samples, rates[r] * 240 / 1000);
            double first = loudest_hz(pcm, samples / 2, rates[r]);
            double second = loudest_hz(pcm + samples / 2, samples / 2, rates[r]);
            double low = kind == AUDIO_TONE_JOINED ? first : second;
            double high = kind == AUDIO_TONE_JOINED ? second : first;
            assert_true(fabs(low - 523) < 10 && fabs(high - 784) < 10);
        }
    }
}

static void soft_begin_soft_end_no_click_minus_20_db(void **state)
{
    (void)state;
    unsigned samples = play(AUDIO_TONE_JOINED, 48000);
    int most = 0;
    for (unsigned i = 0; i < samples; i++)
        most = abs(pcm[i]) > most ? abs(pcm[i]) : most;
    assert_in_range(most, 3000, 3277);
    /* steeper than the sine itself it never is, also between the notes and at the end */
    assert_in_range(signal_max_step(0, pcm, samples), 200, 3277 * 6.3 * 784 / 48000 + 20);
    assert_in_range(abs(pcm[samples - 1]), 0, 5);
    assert_true(signal_rms(pcm, 48) < 100);
    assert_true(signal_rms(pcm + samples / 2 - 96, 96) < 100);
}

static void none_is_silent_and_a_new_one_replaces(void **state)
{
    (void)state;
    struct audio_tone tone = {0};
    assert_false(audio_tone_active(&tone));
    memset(pcm, 0x55, 320 * sizeof(*pcm));
    audio_tone_render(&tone, 16000, pcm);
    for (unsigned i = 0; i < 320; i++)
        assert_int_equal(pcm[i], 0);
    audio_tone_advance(&tone);
    assert_false(audio_tone_active(&tone));
    audio_tone_start(&tone, AUDIO_TONE_JOINED);
    for (unsigned i = 0; i < 5; i++)
        audio_tone_advance(&tone);
    audio_tone_start(&tone, AUDIO_TONE_LEFT);
    for (unsigned i = 0; i < 11; i++)
        audio_tone_advance(&tone);
    assert_true(audio_tone_active(&tone));
    audio_tone_advance(&tone);
    assert_false(audio_tone_active(&tone));
}

static void noise_has_its_level_and_no_tune(void **state)
{
    (void)state;
    uint32_t seed = 0;
    for (unsigned level = 10; level <= 75; level += 5) {
        audio_noise(&seed, level, pcm, 16000);
        double found = -signal_db(signal_rms(pcm, 16000) / 32767);
        assert_true(fabs(found - level) < 0.7);
        double sum = 0, neighbours = 0, power = 0;
        for (unsigned i = 1; i < 16000; i++) {
            sum += pcm[i];
            power += pcm[i] * pcm[i];
            neighbours += pcm[i] * pcm[i - 1];
        }
        assert_true(fabs(sum / 16000) < signal_rms(pcm, 16000) / 20);
        assert_true(fabs(neighbours) < power / 20);
    }
    audio_noise(&seed, 127, pcm, 960);
    assert_true(signal_rms(pcm, 960) == 0);
    uint32_t same_seed = seed;
    audio_noise(&seed, 40, pcm, 960);
    audio_noise(&same_seed, 0, pcm + 960,
                960); /* cut, not wrapped: no sample changes its sign */
    assert_true(signal_rms(pcm + 960, 960) > 18000);
    for (unsigned i = 0; i < 960; i++)
        assert_true(pcm[i] * pcm[i + 960] >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_notes_rise_or_fall_at_every_rate),
        cmocka_unit_test(soft_begin_soft_end_no_click_minus_20_db),
        cmocka_unit_test(none_is_silent_and_a_new_one_replaces),
        cmocka_unit_test(noise_has_its_level_and_no_tune),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
