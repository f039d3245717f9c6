/* test_audio_gain.c - decibels, and factors on samples. */
#include "mixer/audio/audio_gain.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void decibels_become_factors(void **state)
{
    (void)state;
    assert_int_equal(audio_gain_from_db(0), AUDIO_GAIN_ONE);
    assert_int_equal(audio_gain_from_db(20), 10 * AUDIO_GAIN_ONE);
    assert_int_equal(audio_gain_from_db(1000), 10 * AUDIO_GAIN_ONE);
    assert_int_equal(audio_gain_from_db(INFINITY), 10 * AUDIO_GAIN_ONE);
    assert_int_equal(audio_gain_from_db(-60), 0);
    assert_int_equal(audio_gain_from_db(-1e9), 0);
    assert_int_equal(audio_gain_from_db(NAN), 0);
    assert_int_equal(audio_gain_from_db(-59.9), 4);
    for (int db = -30; db <= 20; db++) {
        double back = signal_db((double)audio_gain_from_db(db) / AUDIO_GAIN_ONE);
        assert_true(fabs(back - db) < 0.05);
    }
}

static void equals_the_plain_product(void **state)
{
    (void)state;
    enum { SAMPLES = 960 };
    static const audio_gain gains[] = {0, 1, 2048, 4095, AUDIO_GAIN_ONE, 4097, 40960};
    static int16_t in[SAMPLES], out[SAMPLES];
    uint32_t seed = 7;
    for (unsigned round = 0; round < 35; round++) {
        unsigned samples = 1 + signal_random(&seed) % SAMPLES;
        signal_random_bytes(&seed, in, sizeof(in));
        in[0] = round % 2 ? 32767 : -32768;
        memcpy(out, in, sizeof(in));
        audio_gain gain = gains[round % 7];
        audio_gain_apply(out, samples, gain);
        for (unsigned i = 0; i < SAMPLES; i++) {
            long long x = i < samples ? (long long)in[i] * gain / 4096 : in[i];
            x = x > 32767 ? 32767 : x < -32768 ? -32768 : x;
            assert_int_equal(out[i], x);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decibels_become_factors),
        cmocka_unit_test(equals_the_plain_product),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
