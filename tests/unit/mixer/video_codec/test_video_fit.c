/* test_video_fit.c - sizes and rates within limits, for many limits. */
#include "mixer/video_codec/video_fit.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void table(void **state)
{
    (void)state;
    static const struct {
        struct video_fit_most most;
        unsigned in[3], out[3];
    } rows[] = {
        {{0, 0, 0}, {1920, 1080, 60}, {1920, 1080, 60}},
        {{3600, 108000, 0}, {1280, 720, 30}, {1280, 720, 30}}, /* level 3.1 exactly */
        {{3600, 108000, 0}, {1280, 720, 60}, {1280, 720, 30}},
        {{3600, 108000, 0}, {1920, 1080, 30}, {1280, 720, 30}},
        {{3600, 108000, 0}, {1080, 1920, 30}, {720, 1280, 30}},
        {{8192, 245760, 0}, {1920, 1080, 30}, {1920, 1080, 30}}, /* level 4 */
        {{1620, 40500, 0}, {640, 360, 30}, {640, 360, 30}},
        {{99, 1485, 0}, {176, 144, 30}, {176, 144, 15}}, /* level 1 */
        {{0, 0, 15}, {640, 360, 30}, {640, 360, 15}},
        {{0, 0, 1}, {640, 360, 30}, {640, 360, 5}},
        {{1, 1, 1}, {640, 360, 30}, {160, 90, 5}}, /* never less */
        {{1, 1, 1}, {360, 640, 30}, {90, 160, 5}},
        {{1, 1, 1}, {64, 48, 3}, {64, 48, 3}}, /* it was less */
        {{UINT32_MAX, UINT32_MAX, UINT32_MAX}, {8192, 8192, 60}, {8192, 8192, 60}},
        {{1, 1, 1}, {0, 0, 0}, {0, 0, 0}},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned got[3] = {rows[i].in[0], rows[i].in[1], rows[i].in[2]};
        video_fit(&rows[i].most, &got[0], &got[1], &got[2]);
        for (unsigned k = 0; k < 3; k++)
            assert_int_equal(got[k], rows[i].out[k]);
    }
}

static uint64_t blocks(unsigned width, unsigned height)
{
    return (uint64_t)((width + 15) / 16) * ((height + 15) / 16);
}

static void within_the_limits_and_in_shape(void **state)
{
    (void)state;
    uint32_t seed = 4;
    for (unsigned round = 0; round < 20000; round++) {
        const struct video_fit_most most = {signal_random(&seed) % 9000 + 99,
                                            signal_random(&seed) % 300000 + 1485,
                                            signal_random(&seed) % 61};
        const unsigned width = (signal_random(&seed) % 900 + 80) * 2;
        const unsigned height = (signal_random(&seed) % 500 + 45) * 2;
        unsigned w = width, h = height, fps = 30;
        video_fit(&most, &w, &h, &fps);
        assert_true(w <= width && h <= height && fps <= 30 && fps >= 5);
        assert_true(w % 2 == 0 && h % 2 == 0);
        const bool is_least = (w <= 160 && h <= 90) || (w <= 90 && h <= 160);
        if (!is_least) {
            assert_true(blocks(w, h) <= most.frame_blocks);
            assert_true(blocks(w, h) * fps <= most.blocks_per_s || fps == 5);
            const double bend = ((double)w / h) / ((double)width / height);
            assert_true(bend > 0.97 && bend < 1.03);
        }
        if (most.fps >= 5)
            assert_true(fps <= most.fps);
    }
}

static void the_next_lower_level(void **state)
{
    (void)state;
    static const struct video_fit_level levels[] = {
        {10, 2560, 25600}, {20, 5120, 51200}, {21, 5120, 76800}};
    static const unsigned rows[][3] = {{0, 10, 100},  {10, 10, 100}, {19, 10, 100},
                                       {20, 20, 200}, {21, 20, 300}, {255, 20, 300}};
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct video_fit_most most =
            video_fit_of_level(levels, sizeof(levels) / sizeof(levels[0]), rows[i][0]);
        assert_int_equal(most.frame_blocks, rows[i][1]);
        assert_int_equal(most.blocks_per_s, rows[i][2]);
        assert_int_equal(most.fps, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_lower_level),
        cmocka_unit_test(table),
        cmocka_unit_test(within_the_limits_and_in_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
