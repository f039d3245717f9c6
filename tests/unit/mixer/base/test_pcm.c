/* test_pcm.c - rates and their indices. */
#include "mixer/base/pcm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void rates_rise_and_find_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PCM_RATES; i++) {
        assert_int_equal(pcm_rate_index(pcm_rate_hz(i)), i);
        assert_true(i == 0 || pcm_rate_hz(i) > pcm_rate_hz(i - 1));
        assert_int_equal(pcm_rate_hz(i) % PCM_TICKS_PER_S, 0);
    }
    assert_int_equal(pcm_rate_hz(PCM_RATES - 1), PCM_MAX_RATE_HZ);
}

static void other_rates_have_no_index(void **state)
{
    (void)state;
    static const unsigned others[] = {0, 1, 7999, 11025, 44100, 96000};
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_int_equal(pcm_rate_index(others[i]), -1);
}

static void buses_are_the_rates_and_stereo(void **state)
{
    (void)state;
    for (unsigned bus = 0; bus < PCM_RATES; bus++) {
        assert_int_equal(pcm_bus_rate(bus), bus);
        assert_int_equal(pcm_bus_values(bus), pcm_rate_hz(bus) / 50);
    }
    assert_int_equal(pcm_rate_hz(pcm_bus_rate(PCM_BUS_STEREO)), 48000);
    assert_int_equal(pcm_bus_channels(PCM_BUS_STEREO), 2);
    assert_int_equal(pcm_bus_values(PCM_BUS_STEREO), PCM_MAX_TICK_VALUES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_rise_and_find_back),
        cmocka_unit_test(other_rates_have_no_index),
        cmocka_unit_test(buses_are_the_rates_and_stereo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
