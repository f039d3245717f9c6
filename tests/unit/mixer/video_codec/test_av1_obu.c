/* test_av1_obu.c - units, sizes and headers of AV1. */
#include "mixer/video_codec/av1_obu.h"
#include "tests/unit/mixer/signal.h"
#include "tests/unit/mixer/video_codec/stream_av1.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void leb128(void **state)
{
    (void)state;
    static const uint32_t values[] = {0, 1, 127, 128, 16383, 16384, 0x7fffffff, 0xffffffff};
    for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        uint8_t out[AV1_OBU_LEB128_BYTES];
        uint32_t read = 7;
        const size_t length = av1_obu_leb128_write(values[i], out);
        for (size_t cut = 0; cut < length; cut++)
            assert_int_equal(av1_obu_leb128_read(out, cut, &read), -EBADMSG);
        assert_int_equal(av1_obu_leb128_read(out, length, &read), length);
        assert_int_equal(read, values[i]);
    }
    uint32_t read = 7;
    static const uint8_t padded[] = {0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00};
    static const uint8_t endless[] = {0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00};
    static const uint8_t large[] = {0x80, 0x80, 0x80, 0x80, 0x10};
    assert_int_equal(av1_obu_leb128_read(padded, sizeof(padded), &read), 8);
    assert_int_equal(read, 1);
    assert_int_equal(av1_obu_leb128_read(endless, sizeof(endless), &read), -EBADMSG);
    assert_int_equal(av1_obu_leb128_read(large, sizeof(large), &read), -EBADMSG);
}

static void units(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x12, 0x00, 0x36, 0x48, 0x02, 0xaa, 0xbb, 0x30, 0xcc};
    struct av1_obu obu;
    size_t at = 0;
    assert_int_equal(av1_obu_next(bytes, sizeof(bytes), &at, &obu), 1);
    assert_int_equal(obu.type, AV1_OBU_DELIMITER);
    assert_int_equal(obu.length, 0);
    assert_int_equal(av1_obu_next(bytes, sizeof(bytes), &at, &obu), 1);
    assert_int_equal(obu.type, AV1_OBU_FRAME);
    assert_int_equal(obu.head_length, 2);
    assert_memory_equal(obu.head, "\x34\x48", 2);
    assert_int_equal(obu.length, 2);
    assert_ptr_equal(obu.payload, bytes + 5);
    assert_int_equal(av1_obu_next(bytes, sizeof(bytes), &at, &obu), 1);
    assert_int_equal(obu.length, 1); /* to the end: it has no size */
    assert_int_equal(av1_obu_next(bytes, sizeof(bytes), &at, &obu), 0);
    static const struct {
        uint8_t bytes[4];
        size_t length;
    } bad[] = {{{0x92, 0}, 2}, {{0x36}, 1}, {{0x32}, 1}, {{0x32, 1}, 2}, {{0x32, 0x80}, 2}};
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        at = 0;
        assert_int_equal(av1_obu_next(bad[i].bytes, bad[i].length, &at, &obu), -EBADMSG);
        assert_int_equal(at, 0);
    }
}

static void sequence_headers(void **state)
{
    (void)state;
    static const struct { /* of libaom and SVT-AV1 */
        uint8_t bytes[11];
        uint8_t length;
        unsigned width, height;
    } rows[] = {
        {{0x00, 0x00, 0x00, 0x02, 0xaf, 0xf7, 0x9b, 0x5f, 0x20, 0x08}, 10, 64, 48},
        {{0x00, 0x00, 0x00, 0x03, 0xbd, 0x6c, 0x69, 0xb5, 0xf2, 0x00, 0x80}, 11, 174, 142},
        {{0x00, 0x00, 0x00, 0x42, 0xab, 0xbf, 0xc3, 0x77, 0x6b, 0xe4, 0x01}, 11, 1920, 1080},
        {{0x00, 0x00, 0x00, 0x0c, 0xc4, 0xff, 0x67, 0x3e, 0xfe, 0x40, 0x10}, 11, 640, 360},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct av1_obu obu = {.type = AV1_OBU_SEQUENCE, .payload = rows[i].bytes};
        struct av1_obu_sequence sequence = {.width = 7};
        for (obu.length = 0; obu.length < 6; obu.length++)
            assert_int_equal(av1_obu_sequence(&obu, &sequence), -EBADMSG);
        assert_int_equal(sequence.width, 7);
        obu.length = rows[i].length;
        assert_int_equal(av1_obu_sequence(&obu, &sequence), 0);
        assert_int_equal(sequence.width, rows[i].width);
        assert_int_equal(sequence.height, rows[i].height);
        assert_int_equal(sequence.profile, 0);
        assert_false(sequence.is_still);
        obu.type = AV1_OBU_FRAME;
        assert_int_equal(av1_obu_sequence(&obu, &sequence), -EBADMSG);
    }
    static const uint8_t still[] = {0x18, 0x15, 0x41, 0x02, 0xf0}; /* reduced: 11 x 6 bits */
    const struct av1_obu obu = {.type = AV1_OBU_SEQUENCE, .payload = still, .length = 5};
    struct av1_obu_sequence sequence;
    assert_int_equal(av1_obu_sequence(&obu, &sequence), 0);
    assert_true(sequence.is_still);
}

static void key_frames(void **state)
{
    (void)state;
    static const struct {
        enum av1_obu_type type;
        uint8_t first;
        size_t length;
        bool is_key, is_key_if_still;
    } rows[] = {
        {AV1_OBU_FRAME, 0x10, 1, true, true}, /* shown, key */
        {AV1_OBU_FRAME_HEADER, 0x10, 1, true, true},
        {AV1_OBU_FRAME, 0x00, 1, false, true}, /* not shown */
        {AV1_OBU_FRAME, 0x30, 1, false, true}, /* inter */
        {AV1_OBU_FRAME, 0x50, 1, false, true}, /* intra only */
        {AV1_OBU_FRAME, 0x90, 1, false, true}, /* an older one */
        {AV1_OBU_FRAME, 0x10, 0, false, true},
        {AV1_OBU_SEQUENCE, 0x10, 1, false, false},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct av1_obu obu = {
            .type = rows[i].type, .payload = &rows[i].first, .length = rows[i].length};
        const struct av1_obu_sequence moving = {0}, still = {.is_still = true};
        assert_int_equal(av1_obu_is_key(&obu, &moving), rows[i].is_key);
        assert_int_equal(av1_obu_is_key(&obu, &still), rows[i].is_key_if_still);
    }
}

static void bent_bits(void **state)
{
    (void)state;
    uint32_t seed = 2;
    for (unsigned round = 0; round < 100000; round++) {
        uint8_t bytes[24];
        struct av1_obu_sequence sequence;
        signal_random_bytes(&seed, bytes, sizeof(bytes));
        bytes[0] &= 0xf7;
        const struct av1_obu obu = {
            .type = AV1_OBU_SEQUENCE, .payload = bytes, .length = signal_random(&seed) % 25};
        if (av1_obu_sequence(&obu, &sequence) == 0)
            assert_true(sequence.width && sequence.height);
    }
    size_t at = 0, units_found = 0;
    struct av1_obu obu;
    while (av1_obu_next(stream_bytes, sizeof(stream_bytes), &at, &obu) == 1)
        units_found++;
    assert_int_equal(at, sizeof(stream_bytes));
    assert_int_equal(units_found, 6 + 2 + 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leb128),           cmocka_unit_test(units),
        cmocka_unit_test(sequence_headers), cmocka_unit_test(key_frames),
        cmocka_unit_test(bent_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
