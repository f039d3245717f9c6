/* test_h264_reorder.c - against sequence parameter sets that are written without a restriction
 * to begin with. */
#include "mixer/video_codec/h264_reorder.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { NONE = -1, ROOM = 2000 };

struct writer {
    uint8_t bytes[ROOM];
    size_t bits;
};

static void put(struct writer *writer, uint32_t value, unsigned count)
{
    while (count--) {
        if (value >> count & 1)
            writer->bytes[writer->bits / 8] |= (uint8_t)(0x80 >> writer->bits % 8);
        writer->bits++;
    }
}

static void put_golomb(struct writer *writer, uint32_t value)
{
    unsigned length = 0;
    while ((value + 1) >> (length + 1))
        length++;
    put(writer, 0, length);
    put(writer, value + 1, length + 1);
}

static void put_hrd(struct writer *writer, uint32_t *seed)
{
    const uint32_t buffers = signal_random(seed) % 4;
    put_golomb(writer, buffers);
    put(writer, signal_random(seed), 8);
    for (uint32_t i = 0; i <= buffers; i++) {
        put_golomb(writer, signal_random(seed) % 100000);
        put_golomb(writer, signal_random(seed) % 100000);
        put(writer, 1, 1);
    }
    put(writer, signal_random(seed), 20);
}

static bool put_flag(struct writer *writer, uint32_t *seed)
{
    const bool flag = signal_random(seed) >> 9 & 1;
    put(writer, flag, 1);
    return flag;
}

static void put_usability(struct writer *writer, uint32_t *seed, int reorder)
{
    if (put_flag(writer, seed)) {
        const bool extended = signal_random(seed) >> 5 & 1;
        put(writer, extended ? 255 : 1, 8);
        if (extended)
            put(writer, signal_random(seed), 32);
    }
    if (put_flag(writer, seed))
        put(writer, 1, 1);
    if (put_flag(writer, seed)) {
        put(writer, 5 << 1, 4);
        if (put_flag(writer, seed))
            put(writer, 0x010101, 24);
    }
    if (put_flag(writer, seed)) {
        put_golomb(writer, 1);
        put_golomb(writer, 2);
    }
    if (put_flag(writer, seed)) {
        put(writer, 1, 32); /* full of zeros: emulation prevention */
        put(writer, 60, 32);
        put(writer, 1, 1);
    }
    const bool nal = put_flag(writer, seed);
    if (nal)
        put_hrd(writer, seed);
    const bool vcl = put_flag(writer, seed);
    if (vcl)
        put_hrd(writer, seed);
    if (nal || vcl)
        put(writer, 0, 1);
    put(writer, 0, 1);
    put(writer, reorder != NONE, 1);
    if (reorder != NONE) {
        put(writer, 1, 1);
        put_golomb(writer, 0);
        put_golomb(writer, 0);
        put_golomb(writer, 11);
        put_golomb(writer, 11);
        put_golomb(writer, (uint32_t)reorder);
        put_golomb(writer, (uint32_t)reorder + 1);
    }
}

/* A whole SPS as the stream has it, with its start code. @return bytes. */
static size_t sps(uint32_t seed, bool usability, int reorder, uint8_t *out)
{
    struct writer writer = {.bits = 0};
    put(&writer, 0x6742c01f, 32);
    put_golomb(&writer, 0);
    put_golomb(&writer, 0); /* log2_max_frame_num_minus4 */
    put_golomb(&writer, 0); /* pic_order_cnt_type */
    put_golomb(&writer, 4);
    put_golomb(&writer, 4); /* references */
    put(&writer, 0, 1);
    put_golomb(&writer, 39);
    put_golomb(&writer, 22);
    put(&writer, 3, 2);
    put(&writer, 0, 1);
    put(&writer, usability, 1);
    if (usability)
        put_usability(&writer, &seed, reorder);
    put(&writer, 1, 1);
    static const uint8_t start[] = {0, 0, 0, 1};
    memcpy(out, start, 4);
    size_t length = 4;
    unsigned zeros = 0;
    for (size_t i = 0; i < (writer.bits + 7) / 8; i++) {
        if (zeros >= 2 && writer.bytes[i] <= 3) {
            out[length++] = 3;
            zeros = 0;
        }
        zeros = writer.bytes[i] ? 0 : zeros + 1;
        out[length++] = writer.bytes[i];
    }
    return length;
}

static const uint8_t rest[] = {0, 0, 0, 1,    0x68, 0xce, 0x3c, 0x80,
                               0, 0, 1, 0x65, 0x88, 0x84, 9};

static void the_restriction_is_left_out(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed < 3000; seed++) {
        uint8_t with[ROOM], without[ROOM], out[ROOM + H264_REORDER_SPARE_BYTES];
        size_t length = sps(seed * 7919, true, 1 + (int)(seed % 4), with);
        size_t expected = sps(seed * 7919, true, NONE, without);
        memcpy(with + length, rest, sizeof(rest));
        memcpy(without + expected, rest, sizeof(rest));
        length += sizeof(rest);
        expected += sizeof(rest);
        assert_int_equal(h264_reorder_forget(with, length, out), expected);
        assert_memory_equal(out, without, expected);
        assert_int_equal(h264_reorder_forget(without, expected, out), 0);
    }
}

static void who_says_nothing_is_left_alone(void **state)
{
    (void)state;
    uint8_t bytes[ROOM], out[ROOM + H264_REORDER_SPARE_BYTES];
    for (uint32_t seed = 1; seed < 300; seed++) {
        size_t length = sps(seed, true, 0, bytes);
        assert_int_equal(h264_reorder_forget(bytes, length, out), 0);
    }
    size_t length = sps(1, false, NONE, bytes);
    assert_int_equal(h264_reorder_forget(bytes, length, out), 0);
    assert_int_equal(h264_reorder_forget(rest, sizeof(rest), out), 0);
    assert_int_equal(h264_reorder_forget(rest, 0, out), 0);
}

static void several_sets_are_all_changed(void **state)
{
    (void)state;
    uint8_t with[ROOM], without[ROOM], out[ROOM + H264_REORDER_SPARE_BYTES];
    size_t length = 0, expected = 0;
    for (uint32_t seed = 1; seed < 10; seed++) {
        length += sps(seed, true, seed % 3 ? 2 : NONE, with + length);
        expected += sps(seed, true, NONE, without + expected);
    }
    assert_int_equal(h264_reorder_forget(with, length, out), expected);
    assert_memory_equal(out, without, expected);
}

/* Cut off anywhere and with bytes changed: never more than there is room for. */
static void damage_passes(void **state)
{
    (void)state;
    uint32_t seed = 5;
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t bytes[ROOM];
        size_t length = 0;
        for (unsigned n = signal_random(&seed) % 3 + 1; n; n--)
            length += sps(signal_random(&seed), true, 2, bytes + length);
        for (unsigned n = signal_random(&seed) % 4; n; n--)
            bytes[signal_random(&seed) % length] = (uint8_t)(signal_random(&seed) >> 7);
        length = signal_random(&seed) % length + 1;
        uint8_t *exact = malloc(length);
        uint8_t *out = malloc(length + H264_REORDER_SPARE_BYTES);
        memcpy(exact, bytes, length);
        const size_t written = h264_reorder_forget(exact, length, out);
        assert_true(written <= length + H264_REORDER_SPARE_BYTES);
        free(exact);
        free(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_restriction_is_left_out),
        cmocka_unit_test(who_says_nothing_is_left_alone),
        cmocka_unit_test(several_sets_are_all_changed),
        cmocka_unit_test(damage_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
