/* test_pcm.c - the five rates. */
#include "mixer/base/pcm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void rates_and_indices(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PCM_RATES; i++) {
        assert_int_equal(pcm_rate_index(pcm_rate_hz(i)), i);
        assert_int_equal(pcm_rate_hz(i) % PCM_TICKS_PER_S, 0);
        assert_true(i == 0 || pcm_rate_hz(i) > pcm_rate_hz(i - 1));
    }
    assert_int_equal(pcm_rate_hz(0), 8000);
    assert_int_equal(pcm_rate_hz(PCM_RATES - 1), PCM_MAX_RATE_HZ);
    assert_int_equal(pcm_rate_index(44100), -1);
    assert_int_equal(pcm_rate_index(0), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rates_and_indices)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
