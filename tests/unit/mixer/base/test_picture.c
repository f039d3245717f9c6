/* test_picture.c - sizes, planes that do not overlap, references. */
#include "mixer/base/picture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void planes_do_not_overlap(void **state)
{
    (void)state;
    static const unsigned sides[][2] = {{2, 2}, {3, 5}, {33, 31}, {640, 360}, {1919, 1079}};
    for (unsigned i = 0; i < sizeof(sides) / sizeof(sides[0]); i++) {
        struct picture *picture = NULL;
        assert_int_equal(picture_create(sides[i][0], sides[i][1], &picture), 0);
        picture_fill(picture, 1, 2, 3);
        assert_int_equal(picture_chroma_width(picture), (sides[i][0] + 1) / 2);
        for (unsigned plane = 0; plane < 3; plane++) {
            const unsigned rows = plane ? picture_chroma_height(picture) : picture->height;
            const unsigned columns = plane ? picture_chroma_width(picture) : picture->width;
            assert_true((unsigned)picture->stride[plane] >= columns);
            assert_int_equal((uintptr_t)picture->plane[plane] % 32, 0);
            for (unsigned row = 0; row < rows; row++) {
                const uint8_t *at =
                    picture->plane[plane] + row * (unsigned)picture->stride[plane];
                assert_int_equal(at[0], plane + 1);
                assert_int_equal(at[columns - 1], plane + 1);
            }
        }
        picture_release(&picture);
        assert_null(picture);
    }
}

static void refuses_sizes(void **state)
{
    (void)state;
    static const unsigned sides[][2] = {{0, 16}, {16, 0}, {1, 1}, {8193, 16}, {16, ~0U}};
    struct picture *picture = NULL;
    for (unsigned i = 0; i < sizeof(sides) / sizeof(sides[0]); i++)
        assert_int_equal(picture_create(sides[i][0], sides[i][1], &picture), -EINVAL);
    assert_null(picture);
    picture_release(&picture);
}

static void count_destroyed(struct picture *picture)
{
    (*(unsigned *)picture->memory)++;
}

static void last_reference_destroys(void **state)
{
    (void)state;
    unsigned destroyed = 0;
    struct picture whole = {.width = 2, .height = 2};
    picture_adopt(&whole, count_destroyed, &destroyed);
    struct picture *first = &whole, *second = picture_reference(first);
    picture_release(&first);
    assert_int_equal(destroyed, 0);
    picture_release(&second);
    assert_int_equal(destroyed, 1);
    picture_release(&second);
    assert_int_equal(destroyed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planes_do_not_overlap),
        cmocka_unit_test(refuses_sizes),
        cmocka_unit_test(last_reference_destroys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
