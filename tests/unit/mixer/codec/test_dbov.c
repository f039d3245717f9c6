/* test_dbov.c - power to level and back. */
#include "mixer/codec/dbov.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void known_levels(void **state)
{
    (void)state;
    static const struct {
        double rms;
        unsigned level;
    } rows[] = {{0, 127},   {32767, 0}, {32768, 0},    {1e9, 0},      {23170, 3}, {3276.7, 20},
                {32.8, 60}, {1, 90},    {0.0168, 126}, {0.0001, 126}, {1e-9, 126}};
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(dbov_of_power(rows[i].rms * rows[i].rms), rows[i].level);
    assert_int_equal(dbov_of_power(-1), 127);
}

static void there_and_back(void **state)
{
    (void)state;
    for (unsigned level = 0; level < 300; level++) {
        assert_int_equal(dbov_of_power(dbov_power(level)), level < 127 ? level : 127);
        if (level < 126)
            assert_true(fabs(dbov_power(level) / dbov_power(level + 1) - pow(10, 0.1)) < 1e-9);
    }
    assert_true(dbov_power(127) == 0 && dbov_power(4000000000U) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_levels),
        cmocka_unit_test(there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
