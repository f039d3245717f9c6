/* test_eye_mark.c - what was drawn is read again: small, in a corner, noisy, in any colours. */
#include "tests/bench/eye_mark.h"

#include "tests/bench/ear_random.h"
#include "tests/bench/eye_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static struct picture *make(unsigned width, unsigned height)
{
    struct picture *picture;
    assert_int_equal(picture_create(width, height, &picture), 0);
    picture->matrix = PICTURE_BT601;
    picture->full_range = false;
    picture_fill(picture, 90, 100, 150);
    return picture;
}

/* Puts @p small, each of its pixels @p times averaged, into @p large at (x, y). */
static void shrink_into(const struct picture *from, unsigned times, struct picture *to,
                        unsigned at_x, unsigned at_y)
{
    for (unsigned plane = 0; plane < 3; plane++) {
        unsigned shift = plane ? 1 : 0;
        for (unsigned y = 0; y < (from->height >> shift) / times; y++)
            for (unsigned x = 0; x < (from->width >> shift) / times; x++) {
                unsigned sum = 0;
                for (unsigned i = 0; i < times * times; i++)
                    sum += from->plane[plane]
                                      [(y * times + i / times) * (unsigned)from->stride[plane] +
                                       x * times + i % times];
                to->plane[plane][((at_y >> shift) + y) * (unsigned)to->stride[plane] +
                                 (at_x >> shift) + x] = (uint8_t)(sum / (times * times));
            }
    }
}

static void test_every_mark_is_read(void **state)
{
    (void)state;
    struct picture *picture = make(320, 180);
    const struct eye_rect whole = {0, 0, 320, 180};
    for (unsigned sender = 0; sender < EYE_MARK_SENDERS; sender++)
        for (unsigned frame = sender % 7; frame < EYE_MARK_FRAMES; frame += 61) {
            struct eye_mark mark = {99, 9999};
            eye_mark_draw(picture, &(struct eye_mark){sender, frame});
            assert_true(eye_mark_read(picture, &whole, &mark));
            assert_int_equal(mark.sender, sender);
            assert_int_equal(mark.frame, frame);
        }
    picture_release(&picture);
}

static void test_quarter_of_a_picture_in_a_tile(void **state)
{
    (void)state;
    struct picture *picture = make(640, 360), *canvas = make(1280, 720);
    struct eye_scene *scene = eye_scene_create();
    assert_non_null(scene);
    eye_scene_draw(scene, 13, 777, picture);
    shrink_into(picture, 4, canvas, 962, 362);
    struct eye_mark mark;
    assert_true(eye_mark_read(canvas, &(struct eye_rect){962, 362, 160, 90}, &mark));
    assert_int_equal(mark.sender, 13);
    assert_int_equal(mark.frame, 777);
    /* a tile with a gap round it: the rectangle is 4 pixels too wide, and off */
    assert_true(eye_mark_read(canvas, &(struct eye_rect){960, 361, 164, 92}, &mark));
    assert_int_equal(mark.frame, 777);
    eye_scene_destroy(scene);
    picture_release(&picture);
    picture_release(&canvas);
}

static void test_noise_is_no_mark(void **state)
{
    (void)state;
    struct ear_random random = {.state = 5};
    struct picture *picture = make(160, 90);
    unsigned found = 0;
    for (unsigned round = 0; round < 200; round++) {
        struct eye_mark mark;
        for (unsigned i = 0; i < 90U * (unsigned)picture->stride[0]; i++)
            picture->plane[0][i] = (uint8_t)ear_random_bits(&random);
        found += eye_mark_read(picture, &(struct eye_rect){0, 0, 160, 90}, &mark);
    }
    assert_true(found < 5);
    picture_fill(picture, 16, 128, 128);
    struct eye_mark mark;
    assert_false(eye_mark_read(picture, &(struct eye_rect){0, 0, 160, 90}, &mark));
    picture_release(&picture);
}

static void test_one_wrong_block_is_noticed(void **state)
{
    (void)state;
    struct picture *picture = make(560, 320);
    struct eye_mark mark;
    eye_mark_draw(picture, &(struct eye_mark){5, 300});
    for (unsigned block = 3; block < 27; block++) { /* 20 pixels each */
        struct picture *copy = make(560, 320);
        memcpy(copy->plane[0], picture->plane[0], 320U * (size_t)picture->stride[0]);
        for (unsigned y = 115; y < 170; y++)
            for (unsigned x = block * 20; x < block * 20 + 20; x++) {
                uint8_t *luma = copy->plane[0] + y * (unsigned)copy->stride[0] + x;
                *luma = (uint8_t)(251 - *luma);
            }
        assert_false(eye_mark_read(copy, &(struct eye_rect){0, 0, 560, 320}, &mark));
        picture_release(&copy);
    }
    assert_true(eye_mark_read(picture, &(struct eye_rect){0, 0, 560, 320}, &mark));
    picture_release(&picture);
}

static void check_colour(enum picture_matrix matrix, bool full_range)
{
    struct picture *picture = make(640, 360);
    picture->matrix = matrix;
    picture->full_range = full_range;
    for (unsigned sender = 0; sender < 16; sender++) {
        uint8_t wanted[3], seen[3];
        eye_mark_rgb(sender, wanted);
        eye_mark_draw(picture, &(struct eye_mark){sender, 0});
        eye_mark_colour(picture, &(struct eye_rect){0, 0, 640, 360}, seen);
        for (unsigned i = 0; i < 3; i++)
            assert_in_range(seen[i] + 4U - wanted[i], 0, 8);
    }
    picture_release(&picture);
}

static void test_colour_in_any_matrix_and_range(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++)
        check_colour(i & 1 ? PICTURE_BT709 : PICTURE_BT601, i & 2);
}

/* A range that is taken for the other one shows: this is what the tests of colours rely on. */
static void test_wrong_range_shows(void **state)
{
    (void)state;
    struct picture *picture = make(640, 360);
    uint8_t wanted[3], seen[3];
    eye_mark_rgb(0, wanted);
    eye_mark_draw(picture, &(struct eye_mark){0, 0});
    picture->full_range = true;
    eye_mark_colour(picture, &(struct eye_rect){0, 0, 640, 360}, seen);
    assert_true(abs(seen[0] - wanted[0]) > 12 || abs(seen[1] - wanted[1]) > 12);
    picture_release(&picture);
}

static void test_known_colours(void **state)
{
    (void)state;
    static const uint8_t white[3] = {255, 255, 255}, red[3] = {255, 0, 0};
    uint8_t yuv[3];
    eye_mark_to_yuv(white, PICTURE_BT709, false, yuv);
    assert_memory_equal(yuv, ((uint8_t[3]){235, 128, 128}), 3);
    eye_mark_to_yuv(red, PICTURE_BT601, false, yuv);
    assert_memory_equal(yuv, ((uint8_t[3]){81, 90, 240}), 3);
    eye_mark_to_yuv(red, PICTURE_BT709, false, yuv);
    assert_memory_equal(yuv, ((uint8_t[3]){63, 102, 240}), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_mark_is_read),
        cmocka_unit_test(test_quarter_of_a_picture_in_a_tile),
        cmocka_unit_test(test_noise_is_no_mark),
        cmocka_unit_test(test_one_wrong_block_is_noticed),
        cmocka_unit_test(test_colour_in_any_matrix_and_range),
        cmocka_unit_test(test_wrong_range_shows),
        cmocka_unit_test(test_known_colours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
