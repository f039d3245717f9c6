/* test_sprite.c - against a plain twin, over all edges. */
#include "mixer/video/sprite.h"
#include "tests/unit/mixer/video/picture_twin.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int blend(int from, int onto, int alpha, int opacity)
{
    const long a = lround(alpha * opacity / 255.0);
    return (int)lround((double)(from * a + onto * (255 - a)) / 255.0);
}

static int alpha_at(const struct sprite *sprite, unsigned x, unsigned y)
{
    return sprite->alpha[y * (unsigned)sprite->alpha_stride + x];
}

/* Looks at each sample of the picture: which one of the sprite is over it? */
static void draw_plainly(const struct sprite *sprite, struct picture *onto, int x, int y,
                         int opacity)
{
    x = (int)floor(x / 2.0) * 2;
    y = (int)floor(y / 2.0) * 2;
    for (unsigned plane = 0; plane < 3; plane++) {
        const int half = plane ? 2 : 1;
        for (unsigned row = 0; row < twin_rows(onto, plane); row++) {
            for (unsigned column = 0; column < twin_columns(onto, plane); column++) {
                const long sx = (long)column - x / half, sy = (long)row - y / half;
                if (sx < 0 || sy < 0 || sx >= (long)twin_columns(sprite->picture, plane) ||
                    sy >= (long)twin_rows(sprite->picture, plane))
                    continue;
                const unsigned ux = (unsigned)sx, uy = (unsigned)sy;
                const int alpha = plane ? (alpha_at(sprite, 2 * ux, 2 * uy) +
                                           alpha_at(sprite, 2 * ux + 1, 2 * uy) +
                                           alpha_at(sprite, 2 * ux, 2 * uy + 1) +
                                           alpha_at(sprite, 2 * ux + 1, 2 * uy + 1) + 2) /
                                              4
                                        : alpha_at(sprite, ux, uy);
                uint8_t *at = twin_at(onto, plane, column, row);
                *at = (uint8_t)blend(*twin_at(sprite->picture, plane, ux, uy), *at, alpha,
                                     opacity);
            }
        }
    }
}

static struct sprite *random_sprite(unsigned width, unsigned height, uint32_t *seed)
{
    struct sprite *sprite = NULL;
    assert_int_equal(sprite_create(width, height, &sprite), 0);
    twin_randomize(sprite->picture, seed);
    for (unsigned i = 0; i < height * (unsigned)sprite->alpha_stride; i++) {
        const uint32_t value = signal_random(seed);
        sprite->alpha[i] = (uint8_t)(value % 4 ? value / 4 : value % 8 ? 0 : 255);
    }
    return sprite;
}

static void compare(unsigned width, unsigned height, const struct sprite *sprite, int x, int y,
                    int opacity, uint32_t *seed)
{
    struct picture *fast, *plain;
    assert_int_equal(picture_create(width, height, &fast), 0);
    assert_int_equal(picture_create(width, height, &plain), 0);
    uint32_t again = *seed;
    twin_randomize(fast, seed);
    twin_randomize(plain, &again);
    sprite_draw(sprite, fast, x, y, (uint8_t)opacity);
    draw_plainly(sprite, plain, x, y, opacity);
    assert_true(twin_equal(fast, plain));
    picture_release(&fast);
    picture_release(&plain);
}

static void equals_the_twin_at_random(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (unsigned round = 0; round < 3000; round++) {
        const unsigned sprite_width = 2 + signal_random(&seed) % 40 * 2;
        const unsigned sprite_height = 2 + signal_random(&seed) % 12 * 2;
        const unsigned width = 2 + signal_random(&seed) % 60;
        const unsigned height = 2 + signal_random(&seed) % 30;
        const int x =
            (int)(signal_random(&seed) % (width + sprite_width + 8)) - (int)sprite_width - 4;
        const int y =
            (int)(signal_random(&seed) % (height + sprite_height + 8)) - (int)sprite_height - 4;
        const int opacity = signal_random(&seed) % 2 ? 255 : (int)(signal_random(&seed) % 256);
        struct sprite *sprite = random_sprite(sprite_width, sprite_height, &seed);
        compare(width, height, sprite, x, y, opacity, &seed);
        sprite_destroy(sprite);
    }
}

static void far_away_nothing_is_drawn(void **state)
{
    (void)state;
    uint32_t seed = 2;
    struct sprite *sprite = random_sprite(8, 8, &seed);
    static const int places[] = {INT_MIN, INT_MIN + 1, -9, 17, INT_MAX - 1, INT_MAX};
    for (unsigned i = 0; i < 6; i++) {
        struct picture *picture, *before;
        assert_int_equal(picture_create(16, 16, &picture), 0);
        assert_int_equal(picture_create(16, 16, &before), 0);
        picture_fill(picture, 9, 9, 9);
        picture_fill(before, 9, 9, 9);
        sprite_draw(sprite, picture, places[i], 0, 255);
        sprite_draw(sprite, picture, 0, places[i], 255);
        assert_true(twin_equal(picture, before));
        picture_release(&picture);
        picture_release(&before);
    }
    sprite_destroy(sprite);
}

static void every_value_is_rounded_well(void **state)
{
    (void)state;
    struct sprite *sprite;
    struct picture *picture;
    assert_int_equal(sprite_create(256, 256, &sprite), 0);
    assert_int_equal(picture_create(256, 256, &picture), 0);
    static const int below[] = {0, 1, 16, 127, 128, 235, 254, 255};
    for (unsigned i = 0; i < 8; i++) {
        picture_fill(picture, (uint8_t)below[i], 128, 128);
        for (unsigned y = 0; y < 256; y++) {
            for (unsigned x = 0; x < 256; x++) {
                *twin_at(sprite->picture, 0, x, y) = (uint8_t)x;
                sprite->alpha[y * (unsigned)sprite->alpha_stride + x] = (uint8_t)y;
            }
        }
        sprite_draw(sprite, picture, 0, 0, 255);
        for (unsigned y = 0; y < 256; y++) {
            for (unsigned x = 0; x < 256; x++)
                assert_int_equal(*twin_at(picture, 0, x, y),
                                 blend((int)x, below[i], (int)y, 255));
        }
    }
    sprite_destroy(sprite);
    picture_release(&picture);
}

static void begins_clear_and_refuses_sizes(void **state)
{
    (void)state;
    uint32_t seed = 3;
    struct sprite *sprite = NULL;
    static const unsigned sizes[][2] = {{3, 2}, {2, 3}, {0, 2}, {2, 0}, {9000, 2}};
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(sprite_create(sizes[i][0], sizes[i][1], &sprite), -EINVAL);
    assert_null(sprite);
    sprite_destroy(NULL);
    assert_int_equal(sprite_create(8, 8, &sprite), 0);
    picture_fill(sprite->picture, 1, 2, 3);
    compare(20, 20, sprite, 3, 3, 255, &seed);
    struct picture *picture;
    assert_int_equal(picture_create(8, 8, &picture), 0);
    picture_fill(picture, 90, 91, 92);
    sprite_draw(sprite, picture, 0, 0, 255);
    assert_int_equal(*twin_at(picture, 0, 3, 3), 90);
    assert_int_equal(*twin_at(picture, 2, 3, 3), 92);
    picture_release(&picture);
    sprite_destroy(sprite);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_twin_at_random),
        cmocka_unit_test(far_away_nothing_is_drawn),
        cmocka_unit_test(every_value_is_rounded_well),
        cmocka_unit_test(begins_clear_and_refuses_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
