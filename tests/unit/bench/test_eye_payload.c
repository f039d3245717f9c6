/* test_eye_payload.c - pictures cut and joined again, whole and with what networks do to them.
 */
#include "tests/bench/eye_payload.h"

#include "tests/bench/ear_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 200000 };

static struct eye_pieces pieces;
static uint8_t source[MOST + 64];

/* Bytes without zeros: no start codes by chance. */
static void fill(uint8_t *at, size_t length, struct ear_random *random)
{
    for (size_t i = 0; i < length; i++)
        at[i] = (uint8_t)(1 + ear_random_bits(random) % 255);
}

static size_t add_unit(size_t at, uint8_t type, size_t length, struct ear_random *random)
{
    memcpy(source + at, "\0\0\0\1", 4);
    fill(source + at + 4, length, random);
    source[at + 4] = (uint8_t)(0x60 | type);
    return at + 4 + length;
}

/* A picture as an encoder makes it: parameter sets before an IDR slice of @p length. */
static size_t make_picture(enum eye_codec codec, bool is_key, size_t length,
                           struct ear_random *random)
{
    size_t at = 0;
    if (codec == EYE_H264) {
        if (is_key) {
            at = add_unit(at, 7, 20, random);
            at = add_unit(at, 8, 5, random);
        }
        return add_unit(at, is_key ? 5 : 1, length, random);
    }
    fill(source, length, random);
    source[0] = (uint8_t)((source[0] & 0xfe) | (is_key ? 0 : 1));
    return length;
}

static struct eye_joiner *make_joiner(enum eye_codec codec)
{
    struct eye_joiner *joiner;
    assert_int_equal(eye_joiner_create(codec, &joiner), 0);
    return joiner;
}

/* Joins all pieces but number @p left_out. @return whether a whole picture came. */
static bool join(struct eye_joiner *joiner, unsigned left_out, struct eye_joined *joined)
{
    bool gap = false, done = false;
    for (unsigned i = 0; i < pieces.count; i++) {
        if (i == left_out) {
            gap = true;
            continue;
        }
        done = eye_joiner_add(joiner, pieces.piece[i].bytes, pieces.piece[i].length,
                              i + 1 == pieces.count, gap, joined);
        gap = false;
    }
    return done && !joined->is_broken;
}

static void check_round_trip(enum eye_codec codec)
{
    struct ear_random random = {.state = 17};
    struct eye_cutter cutter = {.codec = codec, .picture_id = 32760};
    struct eye_joiner *joiner = make_joiner(codec);
    for (unsigned round = 0; round < 200; round++) {
        bool is_key = round % 5 == 0;
        size_t most = round % 50 ? 5000 : MOST - 100;
        size_t length = make_picture(
            codec, is_key, 2 + (size_t)ear_random_between(&random, 0, (double)most), &random);
        struct eye_joined joined;
        assert_int_equal(eye_cut(&cutter, source, length, is_key, &pieces), 0);
        assert_true(join(joiner, EYE_MAX_PIECES, &joined));
        assert_int_equal(joined.length, length);
        assert_memory_equal(joined.bytes, source, length);
        assert_int_equal(joined.is_key, is_key);
    }
    eye_joiner_destroy(joiner);
}

static void test_what_is_cut_is_joined(void **state)
{
    (void)state;
    for (int codec = 0; codec < EYE_CODECS; codec++)
        check_round_trip((enum eye_codec)codec);
}

static void check_losses(enum eye_codec codec)
{
    struct ear_random random = {.state = 3};
    struct eye_cutter cutter = {.codec = codec};
    struct eye_joiner *joiner = make_joiner(codec);
    struct eye_joined joined;
    size_t length = make_picture(codec, true, 9000, &random);
    assert_int_equal(eye_cut(&cutter, source, length, true, &pieces), 0);
    assert_in_range(pieces.count, 8, 10);
    for (unsigned lost = 0; lost < pieces.count; lost++) {
        assert_false(join(joiner, lost, &joined));
        if (lost + 1 == pieces.count) /* the marker is gone: the next picture pays */
            assert_false(join(joiner, EYE_MAX_PIECES, &joined));
        assert_true(join(joiner, EYE_MAX_PIECES, &joined));
    }
    eye_joiner_destroy(joiner);
}

static void test_any_lost_piece_breaks_its_picture(void **state)
{
    (void)state;
    for (int codec = 0; codec < EYE_CODECS; codec++)
        check_losses((enum eye_codec)codec);
}

static void test_parameter_sets_travel_together(void **state)
{
    (void)state;
    struct ear_random random = {.state = 4};
    struct eye_cutter cutter = {.codec = EYE_H264};
    size_t length = make_picture(EYE_H264, true, 3000, &random);
    assert_int_equal(eye_cut(&cutter, source, length, true, &pieces), 0);
    assert_int_equal(pieces.piece[0].bytes[0], 0x60 | 24);
    assert_int_equal(pieces.piece[0].length, 1 + 2 + 20 + 2 + 5);
    assert_int_equal(pieces.piece[1].bytes[0], 0x60 | 28);
    assert_int_equal(pieces.piece[1].bytes[1], 0x80 | 5);
    assert_int_equal(pieces.piece[pieces.count - 1].bytes[1], 0x40 | 5);
}

static void test_single_mode_does_not_cut(void **state)
{
    (void)state;
    struct ear_random random = {.state = 4};
    struct eye_cutter cutter = {.codec = EYE_H264, .single = true};
    size_t length = make_picture(EYE_H264, true, 1000, &random);
    assert_int_equal(eye_cut(&cutter, source, length, true, &pieces), 0);
    assert_int_equal(pieces.count, 3);
    for (unsigned i = 0; i < pieces.count; i++)
        assert_in_range(pieces.piece[i].bytes[0] & 0x1f, 1, 23);
    length = make_picture(EYE_H264, false, 1300, &random);
    assert_int_equal(eye_cut(&cutter, source, length, false, &pieces), -E2BIG);
}

/* What others may write that our own cutter does not. */
static void test_descriptors_of_others(void **state)
{
    (void)state;
    static const uint8_t vp8_plain[] = {0x10, 0x9c, 1, 2};
    static const uint8_t vp8_all[] = {0x90, 0xf0, 0x81, 0x23, 7, 0x20, 0x9c, 1, 2};
    static const uint8_t vp9_flexible[] = {0xdc, 0x80 | 1, 2, 0x03, 0x04, 0x86, 1};
    static const uint8_t vp9_structure[] = {0x8e, 5, 0x18, 2, 0x80, 1,    0x68, 2,
                                            0x04, 1, 0x08, 9, 9,    0x86, 1,    1};
    struct eye_joined joined;
    struct eye_joiner *vp8 = make_joiner(EYE_VP8), *vp9 = make_joiner(EYE_VP9);
    assert_true(eye_joiner_add(vp8, vp8_plain, sizeof(vp8_plain), true, false, &joined));
    assert_int_equal(joined.length, 3);
    assert_true(joined.is_key && !joined.is_broken);
    assert_true(eye_joiner_add(vp8, vp8_all, sizeof(vp8_all), true, false, &joined));
    assert_int_equal(joined.length, 3);
    assert_false(joined.is_broken);
    assert_true(eye_joiner_add(vp9, vp9_flexible, sizeof(vp9_flexible), true, false, &joined));
    assert_int_equal(joined.length, 2);
    assert_true(!joined.is_key && !joined.is_broken);
    assert_true(
        eye_joiner_add(vp9, vp9_structure, sizeof(vp9_structure), true, false, &joined));
    assert_int_equal(joined.length, 3);
    assert_true(joined.is_key && !joined.is_broken);
    eye_joiner_destroy(vp8);
    eye_joiner_destroy(vp9);
}

static void test_garbage_is_survived(void **state)
{
    (void)state;
    struct ear_random random = {.state = 9};
    for (int codec = 0; codec < EYE_CODECS; codec++) {
        struct eye_joiner *joiner = make_joiner((enum eye_codec)codec);
        for (unsigned round = 0; round < 20000; round++) {
            uint8_t payload[40];
            struct eye_joined joined;
            size_t length = ear_random_bits(&random) % (sizeof(payload) + 1);
            uint8_t *exact = malloc(length ? length : 1); /* so that a sanitizer sees its end */
            for (size_t i = 0; i < length; i++)
                exact[i] = (uint8_t)ear_random_bits(&random);
            eye_joiner_add(joiner, exact, length, round % 7 == 0, round % 11 == 0, &joined);
            free(exact);
        }
        eye_joiner_destroy(joiner);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_cut_is_joined),
        cmocka_unit_test(test_any_lost_piece_breaks_its_picture),
        cmocka_unit_test(test_parameter_sets_travel_together),
        cmocka_unit_test(test_single_mode_does_not_cut),
        cmocka_unit_test(test_descriptors_of_others),
        cmocka_unit_test(test_garbage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
