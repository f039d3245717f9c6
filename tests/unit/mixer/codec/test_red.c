/* test_red.c - redundant audio: what is taken, what is refused, what is written. */
#include "mixer/codec/red.h"
#include "tests/unit/mixer/signal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* RFC 2198 section 4, in our numbers: 3 bytes of type 5, 480 units back; 2 of 7, 960 - 1 back;
 * and 4 of type 111. */
static const uint8_t example[] = {0x85, 0x07, 0x80, 0x03, 0x87, 0x0e, 0xfc, 0x02, 0x6f,
                                  1,    2,    3,    4,    5,    6,    7,    8,    9};
enum { EXAMPLE_HEADERS = 9 };

/* Reads from memory of exactly this length, so that a sanitizer sees one byte too many. */
static int read_copy(const uint8_t *data, size_t length, struct red *red)
{
    uint8_t *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, data, length);
    int result = red_read(copy, length, red);
    for (unsigned i = 0; result == 0 && i < red->count; i++) /* what it says is readable */
        assert_true(red->block[i].bytes >= copy &&
                    red->block[i].bytes + red->block[i].length <= copy + length);
    free(copy);
    return result;
}

static void every_field_is_read(void **state)
{
    (void)state;
    struct red red;
    assert_int_equal(red_read(example, sizeof(example), &red), 0);
    assert_int_equal(red.count, 3);
    static const struct red_block want[] = {
        {5, 480, example + 9, 3}, {7, 959, example + 12, 2}, {111, 0, example + 14, 4}};
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(red.block[i].payload_type, want[i].payload_type);
        assert_int_equal(red.block[i].offset, want[i].offset);
        assert_ptr_equal(red.block[i].bytes, want[i].bytes);
        assert_int_equal(red.block[i].length, want[i].length);
    }
}

/* Without its last bytes the packet's own block is shorter, down to nothing; then it is none.
 */
static void every_truncation_is_refused_or_shorter(void **state)
{
    (void)state;
    for (size_t length = 0; length < sizeof(example); length++) {
        struct red red = {.count = 77};
        const bool good = length >= EXAMPLE_HEADERS + 5;
        assert_int_equal(read_copy(example, length, &red), good ? 0 : -EBADMSG);
        assert_int_equal(red.count, good ? 3 : 77);
        if (good)
            assert_int_equal(red.block[2].length, length - EXAMPLE_HEADERS - 5);
    }
}

static void limits(void **state)
{
    (void)state;
    struct red red;
    /* the greatest offset and length; a block of no bytes */
    static uint8_t most[4 + 1 + RED_MAX_LENGTH] = {0xff, 0xff, 0xff, 0xff, 0x00};
    assert_int_equal(read_copy(most, sizeof(most), &red), 0);
    assert_int_equal(red.block[0].payload_type, 127);
    assert_int_equal(red.block[0].offset, RED_MAX_OFFSET);
    assert_int_equal(red.block[0].length, RED_MAX_LENGTH);
    assert_int_equal(red.block[1].length, 0);
    assert_int_equal(read_copy(most, sizeof(most) - 1, &red), -EBADMSG);
    assert_int_equal(read_copy((const uint8_t *)"\x6f", 1, &red), 0);
    assert_int_equal(red.count, 1);
    assert_int_equal(red.block[0].payload_type, 111);

    /* as many blocks as may be, and one more */
    uint8_t many[4 * RED_MAX_BLOCKS + 1] = {0};
    for (unsigned headers = 0; headers <= RED_MAX_BLOCKS; headers++) {
        memset(many, 0, sizeof(many));
        for (unsigned i = 0; i < headers; i++)
            many[4 * i] = 0x80;
        int expected = headers < RED_MAX_BLOCKS ? 0 : -EBADMSG;
        assert_int_equal(read_copy(many, 4 * headers + 1, &red), expected);
    }
    memset(many, 0x80, sizeof(many)); /* headers only */
    assert_int_equal(read_copy(many, sizeof(many), &red), -EBADMSG);
}

/* The plain twin: newest first, each if it can be said and while there is room. */
static unsigned expected_blocks(const struct red_block *blocks, unsigned count, size_t room,
                                bool *sent)
{
    unsigned kept = 1;
    size_t used = 1 + blocks[count - 1].length;
    bool full = false;
    memset(sent, 0, count * sizeof(*sent));
    sent[count - 1] = true;
    for (unsigned i = count - 1; i-- > 0;) {
        if (blocks[i].offset > RED_MAX_OFFSET || blocks[i].length > RED_MAX_LENGTH)
            continue;
        full = full || used + 4 + blocks[i].length > room || kept == RED_MAX_BLOCKS;
        sent[i] = !full;
        used += full ? 0 : 4 + blocks[i].length;
        kept += !full;
    }
    return kept;
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    uint32_t seed = 3;
    static uint8_t bytes[2000];
    signal_random_bytes(&seed, bytes, sizeof(bytes));
    for (unsigned round = 0; round < 20000; round++) {
        struct red_block blocks[14];
        const unsigned count = 1 + signal_random(&seed) % 14;
        const size_t room = signal_random(&seed) % (round % 2 ? 300 : 6000);
        const unsigned most = round % 3 ? 60 : 1200;
        for (unsigned i = 0; i < count; i++)
            blocks[i] = (struct red_block){.payload_type = signal_random(&seed) & 127,
                                           .offset = (uint16_t)signal_random(&seed),
                                           .bytes = bytes + signal_random(&seed) % 500,
                                           .length = signal_random(&seed) % most};
        for (unsigned i = 0; i < count && round % 4; i++)
            blocks[i].offset &= RED_MAX_OFFSET;
        uint8_t *out = malloc(room ? room : 1);
        int length = red_write(blocks, count, out, room);
        if (blocks[count - 1].length + 1 > room) {
            assert_int_equal(length, -ENOBUFS);
            free(out);
            continue;
        }
        bool sent[14];
        struct red red;
        assert_in_range(length, 1, room);
        assert_int_equal(red_read(out, (size_t)length, &red), 0);
        assert_int_equal(red.count, expected_blocks(blocks, count, room, sent));
        for (unsigned i = 0, k = 0; i < count; i++) {
            if (!sent[i])
                continue;
            assert_int_equal(red.block[k].payload_type, blocks[i].payload_type);
            assert_int_equal(red.block[k].offset, i + 1 < count ? blocks[i].offset : 0);
            assert_int_equal(red.block[k].length, blocks[i].length);
            assert_memory_equal(red.block[k].bytes, blocks[i].bytes, blocks[i].length);
            k++;
        }
        free(out);
    }
    uint8_t out[8];
    assert_int_equal(red_write(NULL, 0, out, 8), -EINVAL);
}

static void the_example_is_written_as_it_was_read(void **state)
{
    (void)state;
    struct red red;
    uint8_t out[sizeof(example)];
    assert_int_equal(red_read(example, sizeof(example), &red), 0);
    assert_int_equal(red_write(red.block, red.count, out, sizeof(out)), sizeof(example));
    assert_memory_equal(out, example, sizeof(example));
    /* one byte less: the oldest goes */
    assert_int_equal(red_write(red.block, red.count, out, sizeof(out) - 1),
                     sizeof(example) - 4 - 3);
    assert_int_equal(out[0], 0x87);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_read),
        cmocka_unit_test(every_truncation_is_refused_or_shorter),
        cmocka_unit_test(limits),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(the_example_is_written_as_it_was_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
