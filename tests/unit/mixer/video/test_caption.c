/* test_caption.c - captions of any text: their size, what is drawn, what is left out. Nothing
 * here depends on the fonts of a machine, but that there is one with Latin letters. */
#include "mixer/video/caption.h"
#include "mixer/video/colour.h"
#include "tests/unit/mixer/video/picture_twin.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct caption_style plain = {
    .text_height = 24, .max_width = 400, .colour = 0xffffffff, .background = 0x80102030};

static struct sprite *caption(const char *text, const struct caption_style *style)
{
    struct sprite *sprite = NULL;
    assert_int_equal(caption_create(text, style, &sprite), 0);
    assert_true(sprite->picture->width <= style->max_width);
    assert_int_equal((sprite->picture->width | sprite->picture->height) % 2, 0);
    return sprite;
}

/* Pixels that hide all but nothing of what is below them: the text. */
static unsigned ink(const struct sprite *sprite)
{
    unsigned count = 0;
    for (unsigned y = 0; y < sprite->picture->height; y++) {
        for (unsigned x = 0; x < sprite->picture->width; x++)
            count += sprite->alpha[y * (unsigned)sprite->alpha_stride + x] > 240;
    }
    return count;
}

static bool same(const struct sprite *a, const struct sprite *b)
{
    if (a->picture->width != b->picture->width || a->picture->height != b->picture->height ||
        !twin_equal(a->picture, b->picture))
        return false;
    for (unsigned y = 0; y < a->picture->height; y++) {
        if (memcmp(a->alpha + y * (unsigned)a->alpha_stride,
                   b->alpha + y * (unsigned)b->alpha_stride, a->picture->width) != 0)
            return false;
    }
    return true;
}

static void assert_same_caption(const char *a, const char *b, bool expected)
{
    struct sprite *first = caption(a, &plain), *second = caption(b, &plain);
    if (same(first, second) != expected)
        fail_msg("\"%s\" and \"%s\"", a, b);
    sprite_destroy(first);
    sprite_destroy(second);
}

static void a_box_with_text_in_its_colours(void **state)
{
    (void)state;
    struct sprite *sprite = caption("Anna", &plain);
    const struct picture *picture = sprite->picture;
    const unsigned middle = picture->height / 2;
    assert_in_range(picture->height, 26, 36);
    assert_in_range(picture->width, 40, 120);
    assert_in_range(ink(sprite), 40, 800);
    assert_int_equal(sprite->alpha[0], 0); /* a round corner */
    assert_in_range(sprite->alpha[middle * (unsigned)sprite->alpha_stride + 2], 127, 129);
    const struct colour ground = colour_from_rgb(0x102030);
    assert_in_range(*twin_at(picture, 0, 2, middle), ground.y - 1, ground.y + 1);
    unsigned brightest = 0;
    for (unsigned x = 0; x < picture->width; x++) {
        const unsigned y = *twin_at(picture, 0, x, middle);
        brightest = y > brightest ? y : brightest;
    }
    assert_in_range(brightest, 225, 235);
    sprite_destroy(sprite);
}

static void long_text_ends_in_an_ellipsis(void **state)
{
    (void)state;
    char text[2000];
    memset(text, 'm', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    struct sprite *all = caption(text, &plain);
    assert_in_range(all->picture->width, 380, 400);
    text[300] = '\0';
    struct sprite *some = caption(text, &plain);
    assert_true(same(all, some));
    text[3] = '\0';
    struct sprite *few = caption(text, &plain);
    assert_true(few->picture->width < 150);
    sprite_destroy(all);
    sprite_destroy(some);
    sprite_destroy(few);
}

static void what_is_no_text_is_left_out(void **state)
{
    (void)state;
    assert_same_caption("Anna", "Anne", false);
    assert_same_caption("A\x01nn\x1b"
                        "a\x7f",
                        "Anna", true);
    assert_same_caption("\xe2\x80\xae"
                        "An\xe2\x81\xa6na\xe2\x80\xac",
                        "Anna", true); /* bidi */
    assert_same_caption("  Anna \n\t Maria\r\n", "Anna Maria", true);
    assert_same_caption("An\xc2\x85na", "An na", true);
    assert_same_caption("a\xff"
                        "b",
                        "a\xef\xbf\xbd"
                        "b",
                        true);
    assert_same_caption("a\xc3", "a\xef\xbf\xbd", true);
    assert_same_caption("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", true);
    assert_same_caption("\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd", true); /* an overlong / */
    assert_same_caption("<b>Anna</b>", "Anna", false);                 /* no markup */
}

static void a_character_is_not_cut(void **state)
{
    (void)state;
    char text[300] = "";
    struct caption_style wide = plain;
    wide.max_width = 8000;
    for (unsigned length = 253; length < 258; length++) {
        memset(text, 'i', length);
        strcpy(text + length, "\xe2\x82\xac"); /* the euro sign, at the end of what is read */
        struct sprite *with = caption(text, &wide);
        text[length < 256 ? length : 256] = '\0';
        struct sprite *without = caption(text, &wide);
        assert_int_equal(same(with, without), length > 253);
        sprite_destroy(with);
        sprite_destroy(without);
    }
}

static void signs_go_before_the_text(void **state)
{
    (void)state;
    struct caption_style style = plain;
    struct sprite *sprite[4];
    for (unsigned i = 0; i < 4; i++) {
        style.muted = i & 1;
        style.hand_raised = i & 2;
        sprite[i] = caption("Anna", &style);
        assert_true(i == 0 || sprite[i]->picture->width > sprite[0]->picture->width + 15);
        assert_true(i == 0 || ink(sprite[i]) > ink(sprite[0]) + 30);
    }
    assert_true(sprite[3]->picture->width > sprite[2]->picture->width + 15);
    assert_false(same(sprite[1], sprite[2]));
    for (unsigned i = 0; i < 4; i++)
        sprite_destroy(sprite[i]);
    style.muted = true;
    style.hand_raised = false;
    struct sprite *alone = caption("", &style);
    assert_in_range(alone->picture->width, 24, 48);
    assert_true(ink(alone) > 30);
    sprite_destroy(alone);
}

static void any_script_in_any_size(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "محمد علي",   "שרה כהן", "王小明", "हरीश कुमार",   "สมชาย",
        "Ἀλέξανδρος", "བསྟན་འཛིན", "김민준", "👩‍🚀", "Ņ̸̢̛̛̥̱̙͎̼̹̤̗̟͈̺̬̥̜̮̗̮́̒͂̇̂̿̎͊̈́͐̑̾̿̇͘̚͝a",
    };
    static const unsigned heights[] = {8, 9, 33, 200};
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (unsigned k = 0; k < 4; k++) {
            struct caption_style style = plain;
            style.text_height = heights[k];
            style.muted = style.hand_raised = k % 2;
            for (style.max_width = 2 * heights[k]; style.max_width < 2000;
                 style.max_width = style.max_width * 3 + 1) {
                struct sprite *sprite = caption(texts[i], &style);
                assert_true(ink(sprite) > 0 || heights[k] < 33);
                assert_in_range(sprite->picture->height, heights[k], heights[k] * 3 / 2 + 2);
                sprite_destroy(sprite);
            }
        }
    }
}

static void random_bytes_are_drawn_or_refused(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (unsigned round = 0; round < 300; round++) {
        char text[40];
        struct sprite *sprite = NULL;
        struct picture *picture = NULL;
        for (unsigned i = 0; i < sizeof(text); i++)
            text[i] =
                (char)(round % 2 ? signal_random(&seed) : 0xe0 + signal_random(&seed) % 0x20);
        text[sizeof(text) - 1] = '\0';
        const int error = caption_create(text, &plain, &sprite);
        assert_true(error ? error == -EINVAL && !sprite : sprite != NULL);
        sprite_destroy(sprite);
        assert_int_equal(caption_create_avatar(text, 64, 36, &picture), 0);
        picture_release(&picture);
    }
}

static void refuses_sizes_and_nothing(void **state)
{
    (void)state;
    struct sprite *sprite = NULL;
    struct picture *picture = NULL;
    struct caption_style style = plain;
    assert_int_equal(caption_create("", &style, &sprite), -EINVAL);
    assert_int_equal(caption_create(" \n", &style, &sprite), -EINVAL);
    assert_int_equal(caption_create("\xe2\x80\xae", &style, &sprite), -EINVAL);
    style.text_height = 7;
    assert_int_equal(caption_create("a", &style, &sprite), -EINVAL);
    style.text_height = 201;
    assert_int_equal(caption_create("a", &style, &sprite), -EINVAL);
    style.text_height = 24;
    style.max_width = 47;
    assert_int_equal(caption_create("a", &style, &sprite), -EINVAL);
    style.max_width = ~0U;
    assert_int_equal(caption_create("a", &style, &sprite), -EINVAL);
    assert_null(sprite);
    assert_int_equal(caption_create_avatar("a", 0, 10, &picture), -EINVAL);
    assert_int_equal(caption_create_avatar("a", 10, 8193, &picture), -EINVAL);
    assert_null(picture);
}

/* --- avatars --------------------------------------------------------------------------------
 */

enum { WIDTH = 160, HEIGHT = 90 };

static struct picture *avatar(const char *name)
{
    struct picture *picture = NULL;
    assert_int_equal(caption_create_avatar(name, WIDTH, HEIGHT, &picture), 0);
    assert_true(picture->matrix == PICTURE_BT601 && !picture->full_range);
    return picture;
}

static void assert_same_avatar(const char *a, const char *b, bool expected)
{
    struct picture *first = avatar(a), *second = avatar(b);
    if (twin_equal(first, second) != expected)
        fail_msg("\"%s\" and \"%s\"", a, b);
    picture_release(&first);
    picture_release(&second);
}

/* Relative luminance (WCAG 2.1) of a sample of Y without chroma is roughly Y to the 2.2; white
 * on it has a contrast of 4.5 if that is below 0.18. The colours are looked at through their
 * luma, which leaves a margin. */
static void white_letters_can_be_read(void **state)
{
    (void)state;
    uint64_t seen = 0;
    for (unsigned i = 0; i < 300; i++) {
        char name[16];
        snprintf(name, sizeof(name), "A%u", i);
        struct picture *picture = avatar(name);
        const unsigned disc = *twin_at(picture, 0, WIDTH / 2, HEIGHT / 2 - 22);
        const unsigned ground = *twin_at(picture, 0, 2, 2);
        assert_in_range(disc, 90, 115);
        assert_in_range(ground, 20, disc - 30);
        seen |= 1ULL << (*twin_at(picture, 1, WIDTH / 4, HEIGHT / 4 - 11) / 4);
        unsigned white = 0;
        for (unsigned x = 0; x < WIDTH; x++)
            white += *twin_at(picture, 0, x, HEIGHT / 2) > 200;
        assert_true(white > 2);
        picture_release(&picture);
    }
    assert_true(__builtin_popcountll(seen) >= 5); /* names differ in colour */
}

static void the_same_name_has_the_same_avatar(void **state)
{
    (void)state;
    assert_same_avatar("Anna Maria Müller", "Anna Maria Müller", true);
    assert_same_avatar("Anna Müller", "  Anna \xe2\x80\xae Müller\n", true);
    assert_same_avatar("Anna Müller", "Berta Müller", false);
    assert_same_avatar("", "  ", true);
    assert_same_avatar("", "Anna", false);
}

static void avatars_of_any_size(void **state)
{
    (void)state;
    static const unsigned sizes[][2] = {{2, 2}, {3, 5}, {90, 160}, {1921, 1079}, {8192, 2}};
    static const char *const names[] = {
        "", "Å", "王小明", "محمد علي", "-", "👩‍🚀 Zoë", "ﬃ ß"};
    for (unsigned i = 0; i < 5; i++) {
        for (unsigned k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
            struct picture *picture = NULL;
            assert_int_equal(
                caption_create_avatar(names[k], sizes[i][0], sizes[i][1], &picture), 0);
            assert_int_equal(picture->width, sizes[i][0]);
            picture_release(&picture);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_box_with_text_in_its_colours),
        cmocka_unit_test(long_text_ends_in_an_ellipsis),
        cmocka_unit_test(what_is_no_text_is_left_out),
        cmocka_unit_test(a_character_is_not_cut),
        cmocka_unit_test(signs_go_before_the_text),
        cmocka_unit_test(any_script_in_any_size),
        cmocka_unit_test(random_bytes_are_drawn_or_refused),
        cmocka_unit_test(refuses_sizes_and_nothing),
        cmocka_unit_test(white_letters_can_be_read),
        cmocka_unit_test(the_same_name_has_the_same_avatar),
        cmocka_unit_test(avatars_of_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
