/* test_image.c - files that others wrote, in the right colours; broken ones; and back. */
#include "mixer/video/colour.h"
#include "mixer/video/image.h"
#include "tests/unit/mixer/video/image_seed.h"
#include "tests/unit/mixer/video/picture_twin.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void assert_colour(const struct picture *picture, unsigned x, unsigned y, uint32_t rgb,
                          int most)
{
    const struct colour expected = colour_from_rgb(rgb);
    const uint8_t planes[3] = {expected.y, expected.cb, expected.cr};
    for (unsigned plane = 0; plane < 3; plane++) {
        const unsigned half = plane ? 2 : 1;
        const int value = *twin_at(picture, plane, x / half, y / half);
        if (abs(value - planes[plane]) > most)
            fail_msg("%06x: plane %u is %d, not %d", rgb, plane, value, planes[plane]);
    }
}

static void files_of_others_have_their_colours(void **state)
{
    (void)state;
    static const uint32_t looks[][4] = {
        [LOOK_COLOURS] = {0xff0000, 0x00ff00, 0x0000ff, 0xffffff},
        [LOOK_ALPHA] = {0xff0000, 0x00ff00, 0x4040bf, 0x808080},
    };
    uint8_t bytes[IMAGE_SEED_BYTES];
    for (unsigned i = 0; i < IMAGE_SEEDS; i++) {
        const struct image_seed *seed = &image_seeds[i];
        const size_t length = image_seed_read(RADUNO_SOURCE_DIR, seed->name, bytes);
        struct picture *picture = NULL;
        if (image_read(bytes, length, &picture) != 0)
            fail_msg("%s", seed->name);
        assert_int_equal(picture->width, seed->width);
        assert_int_equal(picture->height, seed->height);
        assert_true(picture->matrix == PICTURE_BT601 && !picture->full_range);
        for (unsigned k = 0; k < 4; k++) {
            const unsigned x = 6 + k % 2 * 16, y = 6 + k / 2 * 16;
            if (seed->look == LOOK_COLOURS || seed->look == LOOK_ALPHA)
                assert_colour(picture, x, y, looks[seed->look][k], 5);
            else
                assert_int_equal(*twin_at(picture, 1, x / 2, y / 2), 128);
        }
        if (seed->look == LOOK_GREY)
            assert_colour(picture, 22, 22, 0xffffff, 1);
        if (seed->look == LOOK_GREY_ALPHA)
            assert_colour(picture, 22, 22, 0x808080, 1);
        picture_release(&picture);
    }
}

static void sprites_keep_their_transparency(void **state)
{
    (void)state;
    static const char *const names[] = {"rgba.png", "rgba64.png", "lossless.webp",
                                        "alpha.webp"};
    for (unsigned i = 0; i < 4; i++) {
        uint8_t bytes[IMAGE_SEED_BYTES];
        const size_t length = image_seed_read(RADUNO_SOURCE_DIR, names[i], bytes);
        struct sprite *sprite = NULL;
        assert_int_equal(image_read_sprite(bytes, length, 100, 100, &sprite), 0);
        assert_int_equal(sprite->picture->width, i < 2 ? 34 : 32);
        assert_int_equal(sprite->picture->height, 32);
        const uint8_t *upper = sprite->alpha + 6 * (size_t)sprite->alpha_stride;
        const uint8_t *lower = upper + 16 * (size_t)sprite->alpha_stride;
        assert_int_equal(upper[6], 255);
        assert_int_equal(upper[22], 255);
        assert_in_range(lower[6], 127, 129);
        assert_int_equal(lower[22], 0);
        assert_colour(sprite->picture, 6, 6, 0xff0000, 5);
        assert_colour(sprite->picture, 6, 22, 0x0000ff, 5);
        sprite_destroy(sprite);
    }
}

static void sprites_are_made_to_fit(void **state)
{
    (void)state;
    static const struct {
        unsigned max_width, max_height, width, height;
    } cases[] = {{20, 20, 20, 18}, {21, 21, 20, 18}, {1000, 16, 18, 16},
                 {2, 2, 2, 2},     {32, 31, 32, 30}, {3, 900, 2, 2}};
    uint8_t bytes[IMAGE_SEED_BYTES];
    const size_t length = image_seed_read(RADUNO_SOURCE_DIR, "rgb24.png", bytes);
    struct sprite *sprite = NULL;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(
            image_read_sprite(bytes, length, cases[i].max_width, cases[i].max_height, &sprite),
            0);
        assert_int_equal(sprite->picture->width, cases[i].width);
        assert_int_equal(sprite->picture->height, cases[i].height);
        assert_int_equal(sprite->alpha[0], 255);
        sprite_destroy(sprite);
    }
    assert_int_equal(image_read_sprite(bytes, length, 1, 10, &sprite), -EINVAL);
}

/* A PNG that says a size and has nothing to show for it. */
static int read_png_of(uint32_t width, uint32_t height)
{
    uint8_t bytes[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR........\x08\x02\0\0\0crc.\0\0\0\0IDATcrc."
                      "\0\0\0\0IENDcrc.";
    struct picture *picture = NULL;
    for (unsigned i = 0; i < 4; i++) {
        bytes[16 + i] = (uint8_t)(width >> (24 - 8 * i));
        bytes[20 + i] = (uint8_t)(height >> (24 - 8 * i));
    }
    const int error = image_read(bytes, sizeof(bytes) - 1, &picture);
    assert_null(picture);
    return error;
}

static void what_is_too_large_is_not_decoded(void **state)
{
    (void)state;
    assert_int_equal(read_png_of(4097, 4096), -EFBIG);
    assert_int_equal(read_png_of(16384, 16384), -EFBIG);
    assert_int_equal(read_png_of(0xffffffff, 0xffffffff), -EFBIG);
    assert_int_equal(read_png_of(8193, 2), -EFBIG);
    assert_int_equal(read_png_of(16, 16), -EBADMSG);
    assert_int_equal(read_png_of(0, 16), -EBADMSG);
    uint8_t *bytes = calloc(1, IMAGE_MAX_BYTES + 1);
    struct picture *picture = NULL;
    assert_int_equal(image_read(bytes, IMAGE_MAX_BYTES + 1, &picture), -EFBIG);
    free(bytes);
}

static void broken_files_are_refused_or_read(void **state)
{
    (void)state;
    uint32_t seed = 3;
    unsigned broken = 0;
    for (unsigned round = 0; round < 3000; round++) {
        uint8_t bytes[IMAGE_SEED_BYTES];
        struct picture *picture = NULL;
        size_t length =
            image_seed_read(RADUNO_SOURCE_DIR, image_seeds[round % IMAGE_SEEDS].name, bytes);
        if (round % 5 == 0)
            length = signal_random(&seed) % length;
        for (unsigned i = 0; i < 1 + round % 3 && length > 30; i++)
            bytes[30 + signal_random(&seed) % (length - 30)] = (uint8_t)signal_random(&seed);
        const int error = image_read(bytes, length, &picture);
        assert_true(error == 0 || error == -EBADMSG || error == -EFBIG);
        assert_int_equal(error == 0, picture != NULL);
        broken += error != 0;
        picture_release(&picture);
    }
    assert_in_range(broken, 600, 2900);
}

/* --- writing --------------------------------------------------------------------------------
 */

static struct picture *squares(unsigned width, unsigned height, enum picture_matrix matrix,
                               bool full)
{
    static const double colours[4][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0.9, 0.8, 0.1}};
    struct picture *picture = NULL;
    assert_int_equal(picture_create(width, height, &picture), 0);
    picture->matrix = matrix;
    picture->full_range = full;
    for (unsigned y = 0; y < height; y++) {
        for (unsigned x = 0; x < width; x++) {
            const double *rgb = colours[(x >= 16) + 2 * (y >= 16)];
            const struct twin_colour colour =
                twin_from_rgb(rgb[0], rgb[1], rgb[2], matrix, full);
            *twin_at(picture, 0, x, y) = (uint8_t)(colour.y + 0.5);
            *twin_at(picture, 1, x / 2, y / 2) = (uint8_t)fmin(colour.cb + 0.5, 255);
            *twin_at(picture, 2, x / 2, y / 2) = (uint8_t)fmin(colour.cr + 0.5, 255);
        }
    }
    return picture;
}

static void what_is_written_can_be_read(void **state)
{
    (void)state;
    static const unsigned sizes[][2] = {{32, 32}, {33, 31}, {40, 35}};
    for (unsigned i = 0; i < 12; i++) {
        struct picture *picture =
            squares(sizes[i % 3][0], sizes[i % 3][1], i / 3 % 2, i / 6 % 2);
        struct picture *again = NULL;
        uint8_t *bytes = NULL;
        size_t length = 0;
        assert_int_equal(image_write_jpeg(picture, 95, &bytes, &length), 0);
        assert_memory_equal(bytes, "\xff\xd8\xff", 3);
        assert_int_equal(image_read(bytes, length, &again), 0);
        assert_int_equal(again->width, picture->width);
        assert_int_equal(again->height, picture->height);
        assert_colour(again, 6, 6, 0xff0000, 6);
        assert_colour(again, 22, 6, 0x00ff00, 6);
        assert_colour(again, 6, 22, 0x0000ff, 6);
        assert_colour(again, 22, 22, 0xe6cc1a, 6);
        free(bytes);
        picture_release(&picture);
        picture_release(&again);
    }
}

static void quality_costs_bytes(void **state)
{
    (void)state;
    uint32_t seed = 5;
    struct picture *picture = squares(128, 96, PICTURE_BT709, false);
    twin_randomize(picture, &seed);
    size_t before = 0;
    for (unsigned quality = 1; quality <= 100; quality += 11) {
        uint8_t *bytes = NULL;
        size_t length = 0;
        assert_int_equal(image_write_jpeg(picture, quality, &bytes, &length), 0);
        assert_true(length > before);
        before = length;
        free(bytes);
    }
    uint8_t *bytes = NULL;
    size_t length = 0;
    assert_int_equal(image_write_jpeg(picture, 0, &bytes, &length), -EINVAL);
    assert_int_equal(image_write_jpeg(picture, 101, &bytes, &length), -EINVAL);
    assert_null(bytes);
    picture_release(&picture);
}

/* --- files ----------------------------------------------------------------------------------
 */

static void files_are_loaded(void **state)
{
    (void)state;
    char path[512];
    struct picture *picture = NULL;
    struct sprite *sprite = NULL;
    image_seed_path(RADUNO_SOURCE_DIR, "rgba.png", path);
    assert_int_equal(image_load(path, &picture), 0);
    assert_int_equal(picture->width, 33);
    picture_release(&picture);
    assert_int_equal(image_load_sprite(path, 16, 16, &sprite), 0);
    assert_int_equal(sprite->picture->width, 16);
    sprite_destroy(sprite);
}

static void what_is_no_good_file_is_refused(void **state)
{
    (void)state;
    char folder[] = "/tmp/test_image.XXXXXX", path[64];
    struct picture *picture = NULL;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/it", folder);
    assert_int_equal(image_load(path, &picture), -ENOENT);
    assert_int_equal(image_load(folder, &picture), -EBADMSG);
    assert_int_equal(mkfifo(path, 0600), 0); /* nobody will write to it */
    assert_int_equal(image_load(path, &picture), -EBADMSG);
    unlink(path);
    FILE *file = fopen(path, "wb");
    fclose(file);
    assert_int_equal(image_load(path, &picture), -EBADMSG);
    assert_int_equal(truncate(path, IMAGE_MAX_BYTES), 0);
    assert_int_equal(image_load(path, &picture), -EBADMSG);
    assert_int_equal(truncate(path, IMAGE_MAX_BYTES + 1), 0);
    assert_int_equal(image_load(path, &picture), -EFBIG);
    assert_null(picture);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_others_have_their_colours),
        cmocka_unit_test(sprites_keep_their_transparency),
        cmocka_unit_test(sprites_are_made_to_fit),
        cmocka_unit_test(what_is_too_large_is_not_decoded),
        cmocka_unit_test(broken_files_are_refused_or_read),
        cmocka_unit_test(what_is_written_can_be_read),
        cmocka_unit_test(quality_costs_bytes),
        cmocka_unit_test(files_are_loaded),
        cmocka_unit_test(what_is_no_good_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
