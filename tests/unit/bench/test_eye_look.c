/* test_eye_look.c - what a watcher counts: changes, standing still, ages, whose tile it is. */
#include "tests/bench/eye_look.h"

#include "mixer/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

static const struct eye_look_plan one = {.columns = 1, .rows = 1, .fps = 25, .frames = 150};

static int64_t at_ms(int64_t ms)
{
    return (1000 + ms) * CLOCK_NS_PER_MS;
}

static struct picture *make(unsigned width, unsigned height)
{
    struct picture *picture;
    assert_int_equal(picture_create(width, height, &picture), 0);
    picture->matrix = PICTURE_BT709;
    picture->full_range = false;
    picture_fill(picture, 16, 128, 128);
    return picture;
}

static struct eye_look *make_look(const struct eye_look_plan *plan)
{
    struct eye_look *look = eye_look_create(plan);
    assert_non_null(look);
    eye_look_reset(look, at_ms(0));
    return look;
}

static void show(struct eye_look *look, struct picture *picture, unsigned frame, int64_t ms)
{
    eye_mark_draw(picture, &(struct eye_mark){3, frame});
    eye_look_picture(look, picture, at_ms(ms));
}

static void test_standing_still_is_frozen(void **state)
{
    (void)state;
    struct picture *picture = make(320, 180);
    struct eye_look *look = make_look(&one);
    struct eye_look_tile seen;
    for (unsigned i = 0; i < 10; i++)
        show(look, picture, i, 40 * i);
    eye_look_read(look, at_ms(360), 0, &seen);
    assert_int_equal(seen.changes, 10);
    assert_int_equal(seen.frozen_ns, 0);
    assert_int_equal(seen.worst_gap_ns, 40 * CLOCK_NS_PER_MS);
    for (unsigned ms = 400; ms < 600; ms += 40)
        show(look, picture, 9, ms); /* the same again and again */
    show(look, picture, 10, 600);
    eye_look_read(look, at_ms(600), 0, &seen);
    assert_int_equal(seen.worst_gap_ns, 240 * CLOCK_NS_PER_MS);
    assert_int_equal(seen.frozen_ns, 200 * CLOCK_NS_PER_MS);
    eye_look_read(look, at_ms(1600), 0, &seen); /* and now nothing comes at all */
    assert_int_equal(seen.frozen_ns, (200 + 960) * CLOCK_NS_PER_MS);
    eye_look_reset(look, at_ms(2000));
    eye_look_read(look, at_ms(3000), 0, &seen); /* nothing in all of the window */
    assert_int_equal(seen.sender, -1);
    assert_int_equal(seen.frozen_ns, 960 * CLOCK_NS_PER_MS);
    eye_look_destroy(look);
    picture_release(&picture);
}

static void test_age_is_since_it_was_sent(void **state)
{
    (void)state;
    struct picture *picture = make(320, 180);
    struct eye_look *look = make_look(&one);
    struct eye_look_tile seen;
    for (unsigned i = 0; i < 100; i++) {
        eye_look_sent(look, &(struct eye_mark){3, i}, at_ms(40 * i));
        show(look, picture, i, 40 * i + (i == 99 ? 300 : 55));
    }
    eye_look_read(look, at_ms(4260), 0, &seen);
    assert_int_equal((int)seen.age_p50_ms, 55);
    assert_int_equal((int)seen.age_p95_ms, 55);
    assert_int_equal((int)seen.age_max_ms, 300);
    assert_int_equal(seen.advanced, 99);
    show(look, picture, 4, 4300); /* 150 are a round */
    eye_look_read(look, at_ms(4300), 0, &seen);
    assert_int_equal(seen.advanced, 99 + 150 - 99 + 4);
    eye_look_destroy(look);
    picture_release(&picture);
}

static void test_tiles_of_a_grid(void **state)
{
    (void)state;
    const struct eye_look_plan plan = {.columns = 2, .rows = 2, .fps = 25};
    struct picture *picture = make(640, 360), *corner = make(320, 180);
    struct eye_look *look = make_look(&plan);
    struct eye_look_tile seen;
    uint8_t wanted[3];
    eye_mark_draw(corner, &(struct eye_mark){2, 5});
    for (unsigned plane = 0; plane < 3; plane++) {
        unsigned shift = plane ? 1 : 0;
        for (unsigned y = 0; y < 180U >> shift; y++)
            for (unsigned x = 0; x < 320U >> shift; x++)
                picture->plane[plane][(y + (180U >> shift)) * (unsigned)picture->stride[plane] +
                                      x + (320U >> shift)] =
                    corner->plane[plane][y * (unsigned)corner->stride[plane] + x];
    }
    eye_look_picture(look, picture, at_ms(1));
    for (unsigned i = 0; i < 4; i++) {
        eye_look_read(look, at_ms(1), i, &seen);
        assert_int_equal(seen.sender, i == 3 ? 2 : -1);
        assert_int_equal(seen.unread, i == 3 ? 0 : 1);
    }
    eye_mark_rgb(2, wanted);
    for (unsigned i = 0; i < 3; i++)
        assert_in_range(seen.rgb[i] + 4U - wanted[i], 0, 8);
    assert_int_equal(eye_look_format(look).width, 640);
    eye_look_destroy(look);
    picture_release(&picture);
    picture_release(&corner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_standing_still_is_frozen),
        cmocka_unit_test(test_age_is_since_it_was_sent),
        cmocka_unit_test(test_tiles_of_a_grid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
