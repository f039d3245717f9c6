/* test_colour.c - against the formulas in floating point. */
#include "mixer/video/colour.h"
#include "tests/unit/mixer/video/picture_twin.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static double limited(double value)
{
    return value < 0 ? 0 : value > 255 ? 255 : value;
}

static void assert_near(double value, double expected, double most)
{
    if (fabs(value - limited(expected)) > most)
        fail_msg("%f is not %f", value, expected);
}

static void every_colour_of_rgb(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 1 << 18; i++) {
        const unsigned r = (i & 63) * 255 / 63, g = (i >> 6 & 63) * 255 / 63;
        const unsigned b = (i >> 12) * 255 / 63;
        const struct colour colour = colour_from_rgb(r << 16 | g << 8 | b);
        const struct twin_colour twin =
            twin_from_rgb(r / 255.0, g / 255.0, b / 255.0, PICTURE_BT601, false);
        assert_near(colour.y, twin.y, 0.51);
        assert_near(colour.cb, twin.cb, 0.51);
        assert_near(colour.cr, twin.cr, 0.51);
    }
    const struct colour white = colour_from_rgb(0xffffff), black = colour_from_rgb(0);
    assert_true(white.y == 235 && white.cb == 128 && white.cr == 128);
    assert_true(black.y == 16 && black.cb == 128 && black.cr == 128);
}

/* Each luma with some chroma; 9 x 7, so that the edges of odd sizes are there, too. */
static void converts_matrix_and_range(void **state)
{
    (void)state;
    uint32_t seed = 1;
    struct picture *from, *to;
    assert_int_equal(picture_create(9, 7, &from), 0);
    assert_int_equal(picture_create(9, 7, &to), 0);
    for (unsigned round = 0; round < 4000; round++) {
        const enum picture_matrix matrix = round % 2 ? PICTURE_BT601 : PICTURE_BT709;
        const bool full = round / 2 % 2;
        twin_randomize(from, &seed);
        for (unsigned plane = 0; plane < 3; plane++) {
            for (unsigned y = 0; y < twin_rows(from, plane); y++)
                memcpy(twin_at(to, plane, 0, y), twin_at(from, plane, 0, y),
                       twin_columns(from, plane));
        }
        colour_convert(to, matrix, full);
        assert_true(to->matrix == PICTURE_BT601 && !to->full_range);
        const double most = matrix == PICTURE_BT601 ? 0.51 : full ? 1.8 : 0.65;
        for (unsigned y = 0; y < 7; y++) {
            for (unsigned x = 0; x < 9; x++) {
                const struct twin_colour twin =
                    twin_to_601(*twin_at(from, 0, x, y), *twin_at(from, 1, x / 2, y / 2),
                                *twin_at(from, 2, x / 2, y / 2), matrix, full);
                assert_near(*twin_at(to, 0, x, y), twin.y, most);
                assert_near(*twin_at(to, 1, x / 2, y / 2), twin.cb, most);
                assert_near(*twin_at(to, 2, x / 2, y / 2), twin.cr, most);
            }
        }
    }
    picture_release(&from);
    picture_release(&to);
}

static void converts_to_jfif(void **state)
{
    (void)state;
    uint32_t seed = 5;
    struct picture *from, *to;
    assert_int_equal(picture_create(9, 7, &from), 0);
    assert_int_equal(picture_create(9, 7, &to), 0);
    for (unsigned round = 0; round < 2000; round++) {
        const enum picture_matrix matrix = from->matrix = round % 2;
        const bool full = from->full_range = round / 2 % 2;
        twin_randomize(from, &seed);
        colour_to_jfif(from, to);
        assert_true(to->matrix == PICTURE_BT601 && to->full_range);
        for (unsigned y = 0; y < 7; y++) {
            for (unsigned x = 0; x < 9; x++) {
                const struct twin_colour twin = twin_convert(
                    *twin_at(from, 0, x, y), *twin_at(from, 1, x / 2, y / 2),
                    *twin_at(from, 2, x / 2, y / 2), matrix, full, PICTURE_BT601, true);
                assert_near(*twin_at(to, 0, x, y), twin.y, 0.52);
                assert_near(*twin_at(to, 1, x / 2, y / 2), twin.cb, 0.52);
                assert_near(*twin_at(to, 2, x / 2, y / 2), twin.cr, 0.52);
            }
        }
    }
    picture_release(&from);
    picture_release(&to);
}

static void what_is_right_already_stays(void **state)
{
    (void)state;
    uint32_t seed = 2;
    struct picture *a, *b;
    assert_int_equal(picture_create(64, 32, &a), 0);
    assert_int_equal(picture_create(64, 32, &b), 0);
    twin_randomize(a, &seed);
    seed = 2;
    twin_randomize(b, &seed);
    colour_convert(a, PICTURE_BT601, false);
    assert_true(twin_equal(a, b));
    picture_release(&a);
    picture_release(&b);
}

static void a_window_is_part_of_the_picture(void **state)
{
    (void)state;
    struct picture *all;
    assert_int_equal(picture_create(16, 16, &all), 0);
    picture_fill(all, 1, 2, 3);
    struct picture window = colour_window(all, 4, 6, 8, 2);
    picture_fill(&window, 10, 20, 30);
    for (unsigned plane = 0; plane < 3; plane++) {
        const unsigned half = plane ? 2 : 1;
        for (unsigned y = 0; y < 16 / half; y++) {
            for (unsigned x = 0; x < 16 / half; x++) {
                const bool inside =
                    x >= 4 / half && x < 12 / half && y >= 6 / half && y < 8 / half;
                assert_int_equal(*twin_at(all, plane, x, y), (plane + 1) * (inside ? 10 : 1));
            }
        }
    }
    picture_release(&all);
}

enum { WIDTH = 13, HEIGHT = 9, STRIDE = 4 * WIDTH + 12 };

static void pixels_become_a_picture(void **state)
{
    (void)state;
    uint32_t seed = 3;
    uint8_t bgra[STRIDE * HEIGHT];
    struct picture *picture;
    assert_int_equal(picture_create(WIDTH, HEIGHT, &picture), 0);
    for (unsigned round = 0; round < 200; round++) {
        for (unsigned i = 0; i < sizeof(bgra); i++)
            bgra[i] = (uint8_t)signal_random(&seed);
        colour_to_picture(bgra, STRIDE, picture);
        assert_true(picture->matrix == PICTURE_BT601 && !picture->full_range);
        for (unsigned y = 0; y < HEIGHT; y++) {
            for (unsigned x = 0; x < WIDTH; x++) {
                const uint8_t *one = &bgra[y * STRIDE + 4 * x];
                assert_near(*twin_at(picture, 0, x, y),
                            twin_from_rgb(one[2] / 255.0, one[1] / 255.0, one[0] / 255.0,
                                          PICTURE_BT601, false)
                                .y,
                            0.51);
                double sum[3] = {0};
                unsigned count = 0;
                for (unsigned k = 0; k < 4; k++) {
                    const unsigned at_x = x / 2 * 2 + k % 2, at_y = y / 2 * 2 + k / 2;
                    if (at_x >= WIDTH || at_y >= HEIGHT)
                        continue;
                    for (unsigned c = 0; c < 3; c++)
                        sum[c] += bgra[at_y * STRIDE + 4 * at_x + c] / 255.0;
                    count++;
                }
                const struct twin_colour twin = twin_from_rgb(
                    sum[2] / count, sum[1] / count, sum[0] / count, PICTURE_BT601, false);
                assert_near(*twin_at(picture, 1, x / 2, y / 2), twin.cb, 1.1);
                assert_near(*twin_at(picture, 2, x / 2, y / 2), twin.cr, 1.1);
            }
        }
    }
    picture_release(&picture);
}

/* Half-transparent red beside nothing at all: the red does not fade. */
static void pixels_become_a_sprite(void **state)
{
    (void)state;
    struct sprite *sprite;
    assert_int_equal(sprite_create(4, 2, &sprite), 0);
    const uint8_t bgra[2][16] = {{0, 0, 128, 128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
                                 {0, 0, 0, 0, 0, 0, 10, 10, 0, 0, 0, 0, 0, 0, 0, 0}};
    colour_to_sprite(bgra[0], 16, sprite);
    const struct colour red = colour_from_rgb(0xff0000);
    assert_int_equal(*twin_at(sprite->picture, 0, 0, 0), red.y);
    assert_int_equal(*twin_at(sprite->picture, 0, 1, 1), red.y);
    assert_int_equal(*twin_at(sprite->picture, 1, 0, 0), red.cb);
    assert_int_equal(*twin_at(sprite->picture, 2, 0, 0), red.cr);
    assert_int_equal(*twin_at(sprite->picture, 2, 1, 0), 128);
    assert_int_equal(sprite->alpha[0], 128);
    assert_int_equal(sprite->alpha[1], 0);
    assert_int_equal(sprite->alpha[sprite->alpha_stride + 1], 10);
    sprite_destroy(sprite);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_colour_of_rgb),
        cmocka_unit_test(converts_matrix_and_range),
        cmocka_unit_test(converts_to_jfif),
        cmocka_unit_test(what_is_right_already_stays),
        cmocka_unit_test(a_window_is_part_of_the_picture),
        cmocka_unit_test(pixels_become_a_picture),
        cmocka_unit_test(pixels_become_a_sprite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
