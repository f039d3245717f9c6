/* test_scale.c - other sizes: what is plain stays plain (box filters may lose one or two of a
 * hundred), halves are means, and what is said of the picture is kept. */
#include "mixer/video/scale.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void plain_stays_plain(void **state)
{
    (void)state;
    static const unsigned sizes[][2] = {
        {64, 36}, {160, 90}, {320, 180}, {641, 361}, {1280, 720}};
    for (unsigned i = 0; i < 5; i++) {
        for (unsigned j = 0; j < 5; j++) {
            struct picture *from = NULL, *to = NULL;
            assert_int_equal(picture_create(sizes[i][0], sizes[i][1], &from), 0);
            assert_int_equal(picture_create(sizes[j][0], sizes[j][1], &to), 0);
            picture_fill(from, 50, 100, 200);
            from->matrix = PICTURE_BT709;
            from->full_range = true;
            from->timestamp = 7;
            scale_picture(from, to);
            for (unsigned y = 0; y < to->height; y++) {
                for (unsigned x = 0; x < to->width; x++)
                    assert_in_range(to->plane[0][y * (unsigned)to->stride[0] + x], 48, 50);
            }
            assert_in_range(to->plane[1][0], 97, 100);
            assert_in_range(to->plane[2][0], 196, 200);
            assert_true(to->matrix == PICTURE_BT709 && to->full_range && to->timestamp == 7);
            picture_release(&from);
            picture_release(&to);
        }
    }
}

static void a_half_is_the_mean_of_four(void **state)
{
    (void)state;
    struct picture *from = NULL, *to = NULL;
    assert_int_equal(picture_create(64, 32, &from), 0);
    assert_int_equal(picture_create(32, 16, &to), 0);
    picture_fill(from, 0, 128, 128);
    for (unsigned y = 0; y < 32; y++) {
        for (unsigned x = 0; x < 64; x++)
            from->plane[0][y * (unsigned)from->stride[0] + x] = (uint8_t)(x * 3 + y * 2);
    }
    scale_picture(from, to);
    for (unsigned y = 0; y < 16; y++) {
        for (unsigned x = 0; x < 32; x++) {
            const int mean = (int)(x * 6 + y * 4 + 2);
            assert_in_range(to->plane[0][y * (unsigned)to->stride[0] + x], mean, mean + 1);
        }
    }
    picture_release(&from);
    picture_release(&to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_stays_plain),
        cmocka_unit_test(a_half_is_the_mean_of_four),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
