/* test_encoder_plan.c - what is possible, and times that rise. */
#include "mixer/video_codec/encoder_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void what_is_possible(void **state)
{
    (void)state;
    static const struct {
        unsigned width, height, fps, threads;
        bool want;
    } rows[] = {
        {16, 16, 1, 0, true},      {8192, 8192, 120, 16, true}, {321, 181, 30, 1, true},
        {15, 16, 1, 0, false},     {16, 15, 1, 0, false},       {8193, 64, 30, 0, false},
        {64, 8193, 30, 0, false},  {640, 360, 0, 0, false},     {640, 360, 121, 0, false},
        {640, 360, 30, 17, false},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct video_encoder_config config = {.width = rows[i].width,
                                                    .height = rows[i].height,
                                                    .fps = rows[i].fps,
                                                    .threads = rows[i].threads};
        assert_int_equal(encoder_plan_is_possible(&config), rows[i].want);
        assert_int_equal(encoder_plan_threads(&config), rows[i].threads ? rows[i].threads : 1);
    }
}

static void rates_and_columns(void **state)
{
    (void)state;
    static const unsigned rates[][2] = {
        {0, 20},           {20999, 20},         {21000, 21},
        {99999999, 99999}, {100000000, 100000}, {UINT32_MAX, 100000}};
    static const unsigned columns[][2] = {{1, 0}, {2, 1}, {3, 1}, {4, 2},
                                          {7, 2}, {8, 3}, {16, 4}};
    for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
        assert_int_equal(encoder_plan_kbps(rates[i][0]), rates[i][1]);
    for (unsigned i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        assert_int_equal(encoder_plan_tile_columns(columns[i][0]), columns[i][1]);
}

static void times_rise(void **state)
{
    (void)state;
    static const struct {
        uint32_t timestamp;
        int64_t want;
    } rows[] = {
        {UINT32_MAX - 2999, 0},
        {0, 3000}, /* it wraps */
        {6000, 9000},
        {6000, 12000},            /* the same again */
        {456000, 462000},         /* 5 s */
        {906001, 465000},         /* more than that */
        {906000, 468000},         /* back */
        {906000 + 90000, 558000}, /* a pause */
        {906000 + 93000, 561000},
    };
    struct encoder_plan_clock clock = encoder_plan_clock_of(30);
    assert_int_equal(clock.duration, 3000);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(encoder_plan_next(&clock, rows[i].timestamp), rows[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_possible),
        cmocka_unit_test(rates_and_columns),
        cmocka_unit_test(times_rise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
