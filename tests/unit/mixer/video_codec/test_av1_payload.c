/* test_av1_payload.c - AV1 cut and put together again, with and without loss. */
#include "mixer/video_codec/av1_obu.h"
#include "mixer/video_codec/av1_payload.h"
#include "tests/unit/mixer/video_codec/payload_check.h"
#include "tests/unit/mixer/video_codec/stream_av1.h"

static const struct payload_check check = {
    .codec = "AV1",
    PAYLOAD_CHECK_STREAM(stream),
    .gop = 4,
    .least = 4,
    .width = 64,
    .height = 48,
};

static int assembler_create(void **state)
{
    struct video_assembler *assembler;
    assert_int_equal(av1_payload_assembler_create(&assembler), 0);
    *state = assembler;
    return 0;
}

static int assembler_destroy(void **state)
{
    av1_payload_assembler_destroy(*state);
    av1_payload_assembler_destroy(NULL);
    return 0;
}

static void every_single_loss(void **state)
{
    (void)state;
    payload_check_losses(&check);
}

static void limits(void **state)
{
    (void)state;
    static uint8_t unit[VIDEO_MAX_FRAGMENTS + 8] = {0x30};
    const struct video_frame frame = {.bytes = unit, .length = 1 + VIDEO_MAX_FRAGMENTS};
    payload_check_most(&check, frame, 4);
}

/* A sequence header, a frame with an extension, padding, in the ways a packet can hold them. */
static void forms_of_packets(void **state)
{
    static const uint8_t want[] = {0x12, 0x00, 0x0a, 0x0a, 0x00, 0x00, 0x00, 0x02, 0xaf, 0xf7,
                                   0x9b, 0x5f, 0x20, 0x08, 0x36, 0x08, 0x02, 0x10, 0x55};
#define SEQUENCE 0x08, 0x00, 0x00, 0x00, 0x02, 0xaf, 0xf7, 0x9b, 0x5f, 0x20, 0x08
#define SIZED 0x0a, 0x0a, 0x00, 0x00, 0x00, 0x02, 0xaf, 0xf7, 0x9b, 0x5f, 0x20, 0x08
    static const struct {
        uint8_t bytes[40];
        size_t length;
    } rows[] = {
        {{0x00, 11, SEQUENCE, 4, 0x34, 0x08, 0x10, 0x55}, 18},                /* W 0 */
        {{0x20, 11, SEQUENCE, 0x34, 0x08, 0x10, 0x55}, 17},                   /* W 2 */
        {{0x20, 12, SIZED, 0x36, 0x08, 0x02, 0x10, 0x55}, 19},                /* with sizes */
        {{0x30, 1, 0x10, 11, SEQUENCE, 0x34, 0x08, 0x10, 0x55}, 19},          /* a delimiter */
        {{0x00, 2, 0x78, 0x80, 11, SEQUENCE, 4, 0x34, 0x08, 0x10, 0x55}, 21}, /* padding */
        {{0x00, 0x8b, 0x00, SEQUENCE, 4, 0x34, 0x08, 0x10, 0x55}, 19}, /* a long length */
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct video_frame frame;
        assert_int_equal(packets_take_bytes(av1_payload_assemble, *state, rows[i].bytes,
                                            rows[i].length, i, true, &frame),
                         1);
        assert_int_equal(frame.length, sizeof(want));
        assert_memory_equal(frame.bytes, want, sizeof(want));
        assert_true(frame.is_key && !frame.is_broken);
    }
}

static void what_is_refused(void **state)
{
    static const struct {
        uint8_t bytes[12];
        size_t length;
    } rows[] = {
        {{0}, 0},
        {{0x10}, 1},                /* nothing behind the header */
        {{0x90, 0x30, 0x10}, 3},    /* goes on from nothing */
        {{0x00, 0}, 2},             /* an element of no bytes */
        {{0x00, 0x80}, 2},          /* its length is cut */
        {{0x00, 3, 0x30, 0x10}, 4}, /* longer than the packet */
        {{0x20, 3, 0x30, 0x10}, 4},
        {{0x10, 0x80, 0x10}, 3},       /* the forbidden bit */
        {{0x10, 0x32, 0x09, 0x10}, 4}, /* a size of its own that is not so */
        {{0x10, 0x32, 0x01, 0x10, 0x10}, 5},
        {{0x10, 0x34}, 2}, /* an extension that is not there */
    };
    static struct packets packets;
    struct video_frame frame;
    payload_check_cut(&check, 1400, &packets);
    for (unsigned i = 0; i < 2; i++) /* so that nothing is known to be lost */
        packets_take(av1_payload_assemble, *state, &packets.packet[i], &frame);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(packets_take_bytes(av1_payload_assemble, *state, rows[i].bytes,
                                            rows[i].length, 100 + i, true, &frame),
                         -EBADMSG);
    int result = 0;
    for (unsigned i = 0; i < packets.count && result != 1; i++)
        result = packets_take(av1_payload_assemble, *state, &packets.packet[i], &frame);
    assert_true(frame.is_broken); /* the torn one */
}

static void any_bytes(void **state)
{
    (void)state;
    payload_check_any_bytes(&check, 500, 16);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, assembler_create, assembler_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_single_loss), TEST(limits),    TEST(forms_of_packets),
        TEST(what_is_refused),   TEST(any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
