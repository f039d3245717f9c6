/* test_codec_choice.c - names, their order, and what they limit. */
#include "server/leg/codec_choice.h"

#include "mixer/codec/codec.h"
#include "mixer/video_codec/video_codec.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void takes_names_of_codecs_once(void **state)
{
    (void)state;
    struct codec_choice choice = {.count = 0};
    assert_int_equal(codec_choice_add(&choice, "OPUS"), 0);
    assert_int_equal(codec_choice_add(&choice, "opus"), -EEXIST);
    assert_int_equal(codec_choice_add(&choice, "MP3"), -ENOENT);
    assert_int_equal(codec_choice_add(&choice, ""), -ENOENT);
    assert_int_equal(codec_choice_add(&choice, "vp8"), 0);
    assert_int_equal(choice.count, 2);
    assert_string_equal(choice.name[0], "opus");
    assert_int_equal(codec_choice_place(&choice, "VP8"), 1);
    assert_int_equal(codec_choice_place(&choice, "PCMU"), -ENOENT);
}

static void limits_the_medium_of_which_a_codec_is_named(void **state)
{
    (void)state;
    struct codec_choice choice = {.count = 0};
    assert_false(codec_choice_limits(&choice, CODEC_CHOICE_AUDIO));
    codec_choice_add(&choice, "VP8");
    assert_false(codec_choice_limits(&choice, CODEC_CHOICE_AUDIO));
    assert_true(codec_choice_limits(&choice, CODEC_CHOICE_VIDEO));
    codec_choice_add(&choice, "PCMA");
    assert_true(codec_choice_limits(&choice, CODEC_CHOICE_AUDIO));
}

/* Each row of the tables can be chosen, all names together fit, and are read as written. */
static void assert_same(const struct codec_choice *choice, const char *expected)
{
    char text[CODEC_CHOICE_TEXT_BYTES];
    codec_choice_write(choice, text);
    assert_string_equal(text, expected);
}

static void all_that_is_known_can_be_chosen_and_written(void **state)
{
    (void)state;
    struct codec_choice all = {.count = 0}, again;
    char text[CODEC_CHOICE_TEXT_BYTES];
    for (unsigned i = 0; codec_choice_known(i); i++)
        assert_int_equal(codec_choice_add(&all, codec_choice_known(i)), 0);
    for (unsigned i = 0; codec_at(i); i++)
        assert_true(codec_choice_place(&all, codec_at(i)->name) >= 0);
    for (unsigned i = 0; video_codec_at(i); i++)
        assert_true(codec_choice_place(&all, video_codec_at(i)->name) >= 0);
    codec_choice_write(&all, text);
    assert_true(strlen(text) + 1 < sizeof(text));
    assert_int_equal(codec_choice_read(text, &again), 0);
    assert_same(&all, text);
    assert_same(&again, text);
}

static void reads_what_is_there(void **state)
{
    (void)state;
    struct codec_choice choice;
    assert_int_equal(codec_choice_read("PCMU,MP3,,opus,pcmu", &choice), 3);
    assert_int_equal(choice.count, 2);
    assert_string_equal(choice.name[1], "opus");
    assert_same(&choice, "PCMU,opus");
    assert_int_equal(codec_choice_read("", &choice), 0);
    assert_int_equal(choice.count, 0);
    assert_same(&choice, "");
}

static void what_two_allow_is_in_the_order_of_the_first(void **state)
{
    (void)state;
    struct codec_choice trunk, room, both;
    const struct {
        const char *trunk, *room, *both;
        int error;
    } cases[] = {
        {"PCMA,G722,PCMU", "PCMU,opus,PCMA,VP8", "PCMA,PCMU,VP8", 0},
        {"PCMA,PCMU", "H264", "PCMA,PCMU,H264", 0},
        {"", "opus,VP8", "opus,VP8", 0},
        {"PCMA", "", "PCMA", 0},
        {"PCMA", "opus,VP8", "VP8", -ENOENT},
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[CODEC_CHOICE_TEXT_BYTES];
        codec_choice_read(cases[i].trunk, &trunk);
        codec_choice_read(cases[i].room, &room);
        assert_int_equal(codec_choice_meet(&trunk, &room, &both), cases[i].error);
        codec_choice_write(&both, text);
        assert_string_equal(text, cases[i].both);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_names_of_codecs_once),
        cmocka_unit_test(limits_the_medium_of_which_a_codec_is_named),
        cmocka_unit_test(all_that_is_known_can_be_chosen_and_written),
        cmocka_unit_test(reads_what_is_there),
        cmocka_unit_test(what_two_allow_is_in_the_order_of_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
