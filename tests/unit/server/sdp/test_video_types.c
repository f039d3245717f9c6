/* test_video_types.c - what our offers of video list, in which order, under which numbers. */
#include "server/sdp/video_types.h"
#include "tests/unit/server/sdp/video_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct codec_choice all = {.count = 0};

static struct video_meaning meaning_of(const char *name, unsigned profile,
                                       unsigned packetization)
{
    return (struct video_meaning){.codec = video_codec_by_name(name),
                                  .profile = (uint8_t)profile,
                                  .packetization = (uint8_t)packetization};
}

static void remember(struct video_types *known, struct video_meaning meaning, unsigned receive,
                     unsigned send, unsigned rtx)
{
    struct video_type type = {meaning, (uint8_t)receive, (uint8_t)send, (uint8_t)rtx,
                              (uint8_t)rtx};
    video_types_remember(known, &type);
}

static void check_numbers(const struct video_types *list)
{
    unsigned uses[256] = {0};
    assert_true(list->count <= VIDEO_PLAN_MAX_CODECS);
    for (unsigned i = 0; i < list->count; i++) {
        const struct video_type *type = &list->type[i];
        assert_in_range(type->receive_type, 0, 127);
        assert_int_equal(type->rtx_receive_type == VIDEO_PLAN_NO_TYPE,
                         type->rtx_send_type == VIDEO_PLAN_NO_TYPE);
        uses[type->receive_type]++;
        uses[type->rtx_receive_type]++;
        for (unsigned k = 0; k < i; k++)
            assert_false(video_meaning_equals(&type->meaning, &list->type[k].meaning));
    }
    for (unsigned number = 0; number < 128; number++)
        assert_true(uses[number] <= 1);
}

static void lists_each_variant_in_the_order_of_the_rows(void **state)
{
    (void)state;
    struct video_types known = {.count = 0}, list;
    const struct video_codec *codec;
    unsigned at = 0;
    video_types_offer(&known, &all, false, &list);
    check_numbers(&list);
    for (unsigned i = 0; (codec = video_codec_at(i)); i++) {
        for (unsigned variant = 0; variant < codec->variants; variant++, at++) {
            struct video_params wanted, params;
            memset(&wanted, 0, sizeof(wanted));
            codec->params_offer(variant, &wanted);
            video_types_params(&list.type[at].meaning, &params);
            assert_memory_equal(&params, &wanted, sizeof(params));
            assert_ptr_equal(list.type[at].meaning.codec, codec);
            assert_int_equal(list.type[at].receive_type,
                             codec->preferred_payload_type + (int)variant);
            assert_int_equal(list.type[at].send_type, list.type[at].receive_type);
            assert_int_equal(list.type[at].rtx_receive_type, VIDEO_PLAN_NO_TYPE);
        }
    }
    assert_int_equal(list.count, at);
}

static void gives_each_retransmission_if_asked(void **state)
{
    (void)state;
    struct video_types known = {.count = 0}, list;
    video_types_offer(&known, &all, true, &list);
    check_numbers(&list);
    for (unsigned i = 0; i < list.count; i++)
        assert_in_range(list.type[i].rtx_receive_type, 96, 127);
    assert_int_equal(list.type[0].receive_type, 96); /* it has taken nobody's number */
    /* what was agreed has it again, and under the same number */
    remember(&known, meaning_of("VP8", 0, 0), 101, 102, 103);
    video_types_offer(&known, &all, false, &list);
    check_numbers(&list);
    for (unsigned i = 0; i < list.count; i++) {
        bool is_vp8 = list.type[i].meaning.codec == video_codec_by_name("VP8");
        assert_int_equal(list.type[i].rtx_receive_type, is_vp8 ? 103 : VIDEO_PLAN_NO_TYPE);
    }
    /* though it was left out once */
    remember(&known, meaning_of("VP8", 0, 0), 101, 102, VIDEO_PLAN_NO_TYPE);
    assert_int_equal(known.type[0].rtx_receive_type, 103);
}

static void keeps_numbers_and_takes_free_ones(void **state)
{
    (void)state;
    struct video_types known = {.count = 0}, list;
    struct video_meaning vp8 = meaning_of("VP8", 0, 0), vp9 = meaning_of("VP9", 0, 0);
    remember(&known, vp8, 96, 101, 255);
    remember(&known, vp9, 101, 97, 255); /* their number for VP8 is ours for VP9 */
    video_types_offer(&known, &all, false, &list);
    check_numbers(&list);
    assert_int_equal(video_types_find(&list, &vp8)->receive_type, 96);
    assert_int_equal(video_types_find(&list, &vp8)->send_type, 101);
    assert_int_equal(video_types_find(&list, &vp9)->receive_type, 101);
    assert_int_equal(list.type[0].receive_type, 98); /* H264, whose 96 and 97 are taken */
    assert_ptr_equal(video_types_find_number(&list, vp9.codec, 101),
                     video_types_find(&list, &vp9));
    assert_null(video_types_find_number(&list, vp9.codec, 96));
}

static void lists_what_was_agreed_before_what_is_new(void **state)
{
    (void)state;
    struct video_types known = {.count = 0}, list;
    struct video_meaning foreign = meaning_of("H264", 0x4d, 0), av1 = meaning_of("AV1", 0, 0);
    remember(&known, foreign, 120, 121, 255);
    remember(&known, av1, 110, 110, 255);
    video_types_offer(&known, &all, false, &list);
    check_numbers(&list);
    assert_int_equal(list.count, 7);
    assert_int_equal(list.type[3].receive_type, 120); /* behind its row's variants */
    assert_int_equal(list.type[6].receive_type, 110);
    struct video_params params;
    video_types_params(&foreign, &params);
    assert_int_equal(params.profile, 0x4d);
    assert_int_equal(params.level, 0x1f); /* our own */
    /* no place for all */
    for (unsigned profile = 1; profile <= 6; profile++)
        remember(&known, meaning_of("H264", profile, 0), 110 + profile, 110 + profile, 255);
    video_types_offer(&known, &all, false, &list);
    check_numbers(&list);
    assert_int_equal(list.count, VIDEO_PLAN_MAX_CODECS);
    for (unsigned i = 0; i < known.count; i++)
        assert_non_null(video_types_find(&list, &known.type[i].meaning));
}

static void one_number_never_has_two_meanings(void **state)
{
    (void)state;
    struct video_types known = {.count = 0}, list;
    for (unsigned profile = 1; profile <= 4; profile++)
        remember(&known, meaning_of("H264", profile, 0), 96, 96, 96);
    remember(&known, meaning_of("VP8", 0, 0), 96, 97, 96);
    video_types_offer(&known, &all, true, &list);
    check_numbers(&list);
    known.count = 0;
    remember(&known, meaning_of("VP8", 0, 0), 96, 96, 120);
    remember(&known, meaning_of("VP9", 0, 0), 97, 97, 120);
    video_types_offer(&known, &all, false, &list);
    check_numbers(&list);
    /* no number is free */
    known.count = 0;
    for (unsigned i = 0; i < VIDEO_TYPES_MAX; i++)
        remember(&known, meaning_of("H264", i + 1, 0), 96 + i, 112 + i, 255);
    video_types_offer(&known, &all, true, &list);
    check_numbers(&list);
    assert_int_equal(list.count, VIDEO_PLAN_MAX_CODECS);
    assert_int_equal(list.type[0].rtx_receive_type, VIDEO_PLAN_NO_TYPE);
}

static void has_a_limit(void **state)
{
    (void)state;
    struct video_types known = {.count = 0};
    for (unsigned i = 0; i < 2 * VIDEO_TYPES_MAX; i++)
        remember(&known, meaning_of("H264", i + 1, 0), 96, 96, 255);
    assert_int_equal(known.count, VIDEO_TYPES_MAX);
    struct video_meaning first = meaning_of("H264", 1, 0);
    remember(&known, first, 99, 98, 255);
    assert_int_equal(known.count, VIDEO_TYPES_MAX);
    assert_int_equal(video_types_find(&known, &first)->receive_type, 99);
}

static void lists_what_is_chosen_in_its_order(void **state)
{
    (void)state;
    struct video_types known = {.count = 0}, list;
    struct codec_choice choice;
    codec_choice_read("VP9,opus,VP8,AV1", &choice);
    remember(&known, meaning_of("H264", 66, 1), 99, 99, VIDEO_PLAN_NO_TYPE);
    video_types_offer(&known, &choice, false, &list);
    check_numbers(&list);
    assert_int_equal(list.count, 2); /* AV1 is taken, not offered */
    assert_string_equal(list.type[0].meaning.codec->name, "VP9");
    assert_string_equal(list.type[1].meaning.codec->name, "VP8");
    codec_choice_read("opus", &choice);
    video_types_offer(&known, &choice, false, &list);
    assert_true(list.count > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_each_variant_in_the_order_of_the_rows),
        cmocka_unit_test(gives_each_retransmission_if_asked),
        cmocka_unit_test(keeps_numbers_and_takes_free_ones),
        cmocka_unit_test(lists_what_was_agreed_before_what_is_new),
        cmocka_unit_test(one_number_never_has_two_meanings),
        cmocka_unit_test(lists_what_is_chosen_in_its_order),
        cmocka_unit_test(has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
