/* test_offer_types.c - what our offers list, in which order, under which numbers. */
#include "server/sdp/offer_types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct codec_choice all = {.count = 0};
static const struct audio_meaning noise_8000 = {NULL, AUDIO_NOISE, 8000};

static struct audio_meaning of_codec(const struct codec *codec)
{
    return (struct audio_meaning){codec, AUDIO_CODEC, codec->rtp_clock_hz};
}

static struct audio_meaning of_red(void)
{
    return (struct audio_meaning){audio_red_codec(), AUDIO_RED,
                                  audio_red_codec()->rtp_clock_hz};
}

static void remember(struct offer_types *known, struct audio_meaning meaning, unsigned receive,
                     unsigned send)
{
    struct offer_type type = {meaning, (uint8_t)receive, (uint8_t)send};
    offer_types_remember(known, &type);
}

static void check_numbers(const struct offer_types *list)
{
    for (unsigned i = 0; i < list->count; i++) {
        assert_in_range(list->type[i].receive_type, 0, 127);
        for (unsigned k = 0; k < i; k++) {
            assert_int_not_equal(list->type[i].receive_type, list->type[k].receive_type);
            assert_false(audio_meaning_equals(&list->type[i].meaning, &list->type[k].meaning));
        }
    }
}

static void lists_the_rows_to_be_offered_in_their_order(void **state)
{
    (void)state;
    struct offer_types known = {.count = 0}, list;
    const struct codec *codec;
    unsigned at = 0;
    offer_types_offer(&known, &all, &list);
    check_numbers(&list);
    for (unsigned i = 0; at < LEG_PLAN_MAX_CODECS && (codec = codec_at(i)); i++) {
        struct audio_meaning meaning = of_codec(codec);
        const struct offer_type *type = offer_types_find(&list, &meaning);
        assert_int_equal(type != NULL, codec->is_offered);
        if (!type)
            continue;
        assert_ptr_equal(type, &list.type[at++]);
        assert_int_equal(type->receive_type, codec->static_payload_type >= 0
                                                 ? codec->static_payload_type
                                                 : codec->preferred_payload_type);
        assert_int_equal(type->send_type, type->receive_type);
    }
    assert_ptr_equal(list.type[0].meaning.codec, codec_by_name("opus", 48000, 2));
    assert_int_equal(list.type[at].meaning.kind, AUDIO_RED);
    assert_int_equal(list.type[at].receive_type, 63);
    assert_true(audio_meaning_equals(&list.type[at + 1].meaning, &noise_8000));
    assert_int_equal(list.type[at + 1].receive_type, 13);
    assert_true(list.count > at + 2);
    for (at += 2; at < list.count; at++)
        assert_int_equal(list.type[at].meaning.kind, AUDIO_EVENT);
}

/* A dialog may live on one codec that we do not offer by ourselves. */
static void lists_each_codec_that_was_agreed(void **state)
{
    (void)state;
    const struct codec *codec;
    for (unsigned i = 0; (codec = codec_at(i)); i++) {
        struct offer_types known = {.count = 0}, list;
        struct audio_meaning meaning = of_codec(codec);
        remember(&known, meaning, 120, 121);
        offer_types_offer(&known, &all, &list);
        check_numbers(&list);
        const struct offer_type *type = offer_types_find(&list, &meaning);
        assert_non_null(type);
        assert_int_equal(type->receive_type, 120);
        assert_int_equal(type->send_type, 121);
    }
}

static void keeps_numbers_and_takes_free_ones(void **state)
{
    (void)state;
    struct offer_types known = {.count = 0}, list;
    const struct codec *opus = codec_by_name("opus", 48000, 2);
    struct audio_meaning foreign = {NULL, AUDIO_EVENT, 12345};
    struct audio_meaning noise = {NULL, AUDIO_NOISE, 48000}, red = of_red();
    remember(&known, of_codec(opus), 63, 101); /* where RED and events would be */
    remember(&known, foreign, 13, 96);         /* where CN would be, and the first free one */
    remember(&known, noise, 99, 99);
    offer_types_offer(&known, &all, &list);
    check_numbers(&list);
    assert_int_equal(list.type[0].receive_type, 63);
    assert_int_equal(offer_types_find(&list, &red)->receive_type, 97);
    assert_int_equal(offer_types_find(&list, &noise_8000)->receive_type, 98);
    assert_int_equal(offer_types_find(&list, &noise)->receive_type, 99);
    assert_null(offer_types_find(&list, &foreign)); /* no codec of that clock */
}

static void one_number_never_has_two_meanings(void **state)
{
    (void)state;
    struct offer_types known = {.count = 0}, list;
    remember(&known, of_codec(codec_by_name("opus", 48000, 2)), 96, 96);
    remember(&known, of_codec(codec_by_name("PCMU", 8000, 1)), 96, 96);
    remember(&known, of_red(), 96, 96);
    remember(&known, noise_8000, 96, 96);
    offer_types_offer(&known, &all, &list);
    check_numbers(&list);
    assert_int_equal(list.type[0].receive_type, 96);
}

static void has_a_limit(void **state)
{
    (void)state;
    struct offer_types known = {.count = 0}, list;
    for (unsigned i = 1; i <= 2 * OFFER_TYPES_MAX; i++)
        remember(&known, (struct audio_meaning){NULL, AUDIO_EVENT, i}, i, i);
    assert_int_equal(known.count, OFFER_TYPES_MAX);
    struct audio_meaning first = {NULL, AUDIO_EVENT, 1};
    remember(&known, first, 127, 126);
    assert_int_equal(offer_types_find(&known, &first)->receive_type, 127);
    offer_types_offer(&known, &all, &list);
    check_numbers(&list);
    /* no number is free but the wished ones */
    known.count = 0;
    for (unsigned i = 96; i <= 127; i++)
        remember(&known, (struct audio_meaning){NULL, AUDIO_EVENT, i}, i, i);
    offer_types_offer(&known, &all, &list);
    check_numbers(&list);
    assert_null(offer_types_find(
        &list, &(struct audio_meaning){audio_red_codec(), AUDIO_CODEC, 48000}));
    assert_non_null(offer_types_find(&list, &noise_8000));
}

static void lists_what_is_chosen_in_its_order(void **state)
{
    (void)state;
    struct offer_types known = {.count = 0}, list;
    struct codec_choice choice;
    const struct audio_meaning red = of_red();
    codec_choice_read("GSM,VP8,PCMA", &choice);
    remember(&known, of_codec(codec_by_name("PCMU", 8000, 1)), 0, 0);
    offer_types_offer(&known, &choice, &list);
    check_numbers(&list);
    assert_string_equal(list.type[0].meaning.codec->name, "GSM");
    assert_string_equal(list.type[1].meaning.codec->name, "PCMA");
    assert_true(list.type[2].meaning.kind != AUDIO_CODEC);
    assert_null(offer_types_find(&list, &red)); /* without Opus */
    assert_non_null(offer_types_find(&list, &noise_8000));
    codec_choice_read("VP8", &choice);
    offer_types_offer(&known, &choice, &list);
    assert_string_equal(list.type[0].meaning.codec->name, "opus");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_the_rows_to_be_offered_in_their_order),
        cmocka_unit_test(lists_each_codec_that_was_agreed),
        cmocka_unit_test(keeps_numbers_and_takes_free_ones),
        cmocka_unit_test(one_number_never_has_two_meanings),
        cmocka_unit_test(lists_what_is_chosen_in_its_order),
        cmocka_unit_test(has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
