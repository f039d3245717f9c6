/* test_audio_fade.c - up from nothing, down to nothing, and both together as if nothing were.
 */
#include "mixer/audio/audio_fade.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { SAMPLES = 960 };

static int16_t in[2 * SAMPLES], out[2 * SAMPLES];

static double slope(unsigned i, unsigned over)
{
    double t = (i + 0.5) / over;
    return i >= over ? 1 : 3 * t * t - 2 * t * t * t;
}

static void equals_the_plain_product(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (unsigned round = 0; round < 400; round++) {
        const unsigned channels = 1 + round % 2;
        const unsigned samples = signal_random(&seed) % (SAMPLES + 1);
        const unsigned over = round % 7 ? signal_random(&seed) % (samples + 1) : SAMPLES;
        const unsigned really = over < samples ? over : samples;
        const bool up = round / 2 % 2;
        signal_random_bytes(&seed, in, sizeof(in));
        in[0] = round % 3 ? 32767 : -32768;
        memcpy(out, in, sizeof(in));
        if (up)
            audio_fade_in(out, samples, channels, over);
        else
            audio_fade_out(out, samples, channels, over);
        for (unsigned i = 0; i < 2 * SAMPLES; i++) {
            double factor = slope(i / channels, really);
            double want = in[i] * (up ? factor : 1 - factor);
            if (i >= samples * channels || (up && i / channels >= really))
                assert_int_equal(out[i], in[i]);
            else if (i / channels >= really)
                assert_int_equal(out[i], 0);
            else
                assert_true(fabs(out[i] - want) < 0.52);
        }
    }
}

static void has_no_step_and_goes_one_way(void **state)
{
    (void)state;
    static const unsigned overs[] = {40, 240, SAMPLES};
    for (unsigned o = 0; o < 3; o++) {
        for (unsigned up = 0; up < 2; up++) {
            for (unsigned i = 0; i < SAMPLES; i++)
                out[i] = -32768;
            if (up)
                audio_fade_in(out, SAMPLES, 1, overs[o]);
            else
                audio_fade_out(out, SAMPLES, 1, overs[o]);
            assert_true(signal_max_step(up ? 0 : -32768, out, SAMPLES) <
                        1.5 * 32768 / overs[o] + 1);
            for (unsigned i = 1; i < SAMPLES; i++)
                assert_true(up ? out[i] <= out[i - 1] : out[i] >= out[i - 1]);
        }
    }
}

static void out_and_in_together_keep_the_level(void **state)
{
    (void)state;
    static int16_t down[SAMPLES], up[SAMPLES];
    signal_tone(in, 0, SAMPLES, 48000, 440, 32767);
    memcpy(down, in, sizeof(down));
    memcpy(up, in, sizeof(up));
    audio_fade_out(down, SAMPLES, 1, SAMPLES);
    audio_fade_in(up, SAMPLES, 1, SAMPLES);
    for (unsigned i = 0; i < SAMPLES; i++)
        assert_in_range(down[i] + up[i] - in[i] + 1, 0, 2);
}

static void nothing_over_nothing_is_allowed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++)
        out[i] = 7;
    audio_fade_in(out, 4, 1, 0);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(out[i], 7);
    audio_fade_in(out, 0, 2, 5);
    audio_fade_out(out, 0, 2, 5);
    assert_int_equal(out[0], 7);
    audio_fade_out(out, 3, 1, 0);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(out[i], i < 3 ? 0 : 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_plain_product),
        cmocka_unit_test(has_no_step_and_goes_one_way),
        cmocka_unit_test(out_and_in_together_keep_the_level),
        cmocka_unit_test(nothing_over_nothing_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
