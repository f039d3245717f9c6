/* test_audio_place.c - the same power everywhere, and nothing lost in the middle. */
#include "mixer/audio/audio_place.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { SAMPLES = 960 };

static int16_t mono[SAMPLES], stereo[2 * SAMPLES + 1], back[SAMPLES + 1];

static void the_middle_is_the_voice_itself(void **state)
{
    (void)state;
    uint32_t seed = 1;
    signal_random_bytes(&seed, mono, sizeof(mono));
    mono[0] = -32768;
    mono[1] = 32767;
    audio_place(mono, SAMPLES, AUDIO_PLACE_MIDDLE, stereo);
    for (unsigned i = 0; i < SAMPLES; i++) {
        assert_int_equal(stereo[2 * i], mono[i]);
        assert_int_equal(stereo[2 * i + 1], mono[i]);
    }
    audio_fold(stereo, SAMPLES, back);
    assert_memory_equal(mono, back, sizeof(mono));
}

static int32_t plain(int16_t x, double factor)
{
    double y = x * round(factor * 16384) / 16384;
    return (int32_t)(y > 32767 ? 32767 : y < -32768 ? -32768 : floor(y + 0.5));
}

static void equals_the_plain_product_at_every_place(void **state)
{
    (void)state;
    uint32_t seed = 2;
    for (int place = -103; place <= 103; place++) {
        const unsigned samples = 1 + signal_random(&seed) % SAMPLES;
        signal_random_bytes(&seed, mono, sizeof(mono));
        mono[0] = place % 2 ? 32767 : -32768;
        memset(stereo, 0x55, sizeof(stereo));
        audio_place(mono, samples, place, stereo);
        const int at = place < -100 ? -100 : place > 100 ? 100 : place;
        const double angle = SIGNAL_TAU / 4 * (at + 100) / 200;
        for (unsigned i = 0; i < samples; i++) {
            assert_int_equal(stereo[2 * i], plain(mono[i], sqrt(2) * cos(angle)));
            assert_int_equal(stereo[2 * i + 1], plain(mono[i], sqrt(2) * sin(angle)));
        }
        assert_int_equal(stereo[2 * samples], 0x5555);
    }
}

static void the_power_is_the_same_everywhere(void **state)
{
    (void)state;
    int16_t before = 0;
    for (unsigned i = 0; i < SAMPLES; i++)
        mono[i] = 20000;
    for (int place = -100; place <= 100; place++) {
        audio_place(mono, SAMPLES, place, stereo);
        double power = (double)stereo[0] * stereo[0] + (double)stereo[1] * stereo[1];
        assert_true(fabs(power / (2 * 20000.0 * 20000.0) - 1) < 0.001);
        assert_true(place == -100 ? stereo[1] == 0 : stereo[1] >= before);
        assert_true(place != 100 || stereo[0] == 0);
        before = stereo[1];
    }
}

static void folding_is_the_mean(void **state)
{
    (void)state;
    uint32_t seed = 3;
    for (unsigned round = 0; round < 50; round++) {
        const unsigned samples = signal_random(&seed) % (SAMPLES + 1);
        signal_random_bytes(&seed, stereo, sizeof(stereo));
        stereo[0] = stereo[1] = round % 2 ? 32767 : -32768;
        back[samples] = 0x55;
        audio_fold(stereo, samples, back);
        for (unsigned i = 0; i < samples; i++)
            assert_int_equal(back[i], (stereo[2 * i] + stereo[2 * i + 1]) / 2);
        assert_int_equal(back[samples], 0x55);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_middle_is_the_voice_itself),
        cmocka_unit_test(equals_the_plain_product_at_every_place),
        cmocka_unit_test(the_power_is_the_same_everywhere),
        cmocka_unit_test(folding_is_the_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
