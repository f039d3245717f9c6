/* test_vp8_payload.c - VP8 cut and put together again, with and without loss. */
#include "mixer/video_codec/vp8_payload.h"
#include "tests/unit/mixer/signal.h"
#include "tests/unit/mixer/video_codec/payload_check.h"
#include "tests/unit/mixer/video_codec/stream_vp8.h"

static const struct payload_check check = {
    .codec = "VP8",
    PAYLOAD_CHECK_STREAM(stream),
    .gop = 5,
    .counts = true,
    .least = 30,
    .width = 64,
    .height = 48,
};

static int assembler_create(void **state)
{
    struct video_assembler *assembler;
    assert_int_equal(vp8_payload_assembler_create(&assembler), 0);
    *state = assembler;
    return 0;
}

static int assembler_destroy(void **state)
{
    vp8_payload_assembler_destroy(*state);
    vp8_payload_assembler_destroy(NULL);
    return 0;
}

static void headers(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[10];
        size_t length;
        int result;
        bool is_key;
        unsigned width, height;
    } rows[] = {
        /* of libvpx */
        {{0x70, 0x07, 0, 0x9d, 1, 0x2a, 0xae, 0, 0x8e, 0}, 10, 0, true, 174, 142},
        {{0x10, 0xb7, 1, 0x9d, 1, 0x2a, 0x80, 7, 0x38, 4}, 10, 0, true, 1920, 1080},
        {{0x50, 0x33, 0, 0x9d, 1, 0x2a, 0x80, 2, 0x68, 1}, 10, 0, true, 640, 360},
        /* the greatest; scaled up when shown */
        {{0x50, 0x33, 0, 0x9d, 1, 0x2a, 0xff, 0x7f, 0xff, 0xff}, 10, 0, true, 16383, 16383},
        {{0x51, 0x33, 0}, 3, 0, false, 0, 0},
        {{0x51, 0x33}, 2, -EBADMSG, false, 0, 0},
        {{0}, 0, -EBADMSG, false, 0, 0},
        {{0x50, 0x33, 0, 0x9d, 1, 0x2a, 0x80, 2, 0x68, 1}, 9, -EBADMSG, false, 0, 0},
        {{0x50, 0x33, 0, 0x9d, 1, 0x2b, 0x80, 2, 0x68, 1}, 10, -EBADMSG, false, 0, 0},
        {{0x50, 0x33, 0, 0x9d, 1, 0x2a, 0, 0xc0, 0x68, 1}, 10, -EBADMSG, false, 0, 0},
        {{0x50, 0x33, 0, 0x9d, 1, 0x2a, 0x80, 2, 0, 0x40}, 10, -EBADMSG, false, 0, 0},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct vp8_payload_header header = {0};
        assert_int_equal(vp8_payload_header(rows[i].bytes, rows[i].length, &header),
                         rows[i].result);
        assert_int_equal(header.is_key, rows[i].is_key);
        assert_int_equal(header.width, rows[i].width);
        assert_int_equal(header.height, rows[i].height);
    }
}

static void any_sizes_and_limits(void **state)
{
    static struct packets packets;
    static uint8_t picture[1 << 16];
    struct video_numbers numbers = {0};
    uint32_t seed = 5;
    signal_random_bytes(&seed, picture, sizeof(picture));
    memcpy(picture, stream_bytes, 10); /* a key frame, by its looks */
    for (unsigned round = 0; round < 400; round++) {
        const size_t most = round < 40 ? 5 + round : 60 + signal_random(&seed) % 1340;
        const struct video_frame in = {.bytes = picture,
                                       .length = 10 + signal_random(&seed) % (most * 40),
                                       .timestamp = round};
        struct video_frame out;
        packets.count = 0;
        const int cut = packets_cut(&packets, vp8_payload_fragment, NULL, &in, most, &numbers);
        assert_int_equal(cut, 0);
        for (unsigned i = 0; i < packets.count; i++) {
            const struct packets_packet *packet = &packets.packet[i];
            assert_int_equal(packet->bytes[0], i ? 0x80 : 0x90);
            assert_int_equal(packet->bytes[2], 0x80 | round >> 8);
            assert_int_equal(packet->bytes[3], round & 0xff);
            assert_true(packets.packet[0].length - packet->length <= 1);
            const int result = packets_take(vp8_payload_assemble, *state, packet, &out);
            assert_int_equal(result, i + 1 == packets.count);
        }
        assert_int_equal(out.length, in.length);
        assert_memory_equal(out.bytes, in.bytes, in.length);
        assert_true(out.is_key && !out.is_broken && !out.is_discardable);
        assert_int_equal(out.width, 64);
        assert_int_equal(out.height, 48);
        assert_int_equal(out.timestamp, in.timestamp);
    }
    const struct video_frame most = {.bytes = picture, .length = VIDEO_MAX_FRAGMENTS};
    payload_check_most(&check, most, 5);
}

static void every_single_loss(void **state)
{
    (void)state;
    payload_check_losses(&check);
}

/* Every form of the descriptor, the shortest to the longest, before three bytes of a picture;
 * cut anywhere it is none. */
static void every_form_of_descriptor(void **state)
{
    static const struct {
        uint8_t bytes[8];
        size_t length;
    } rows[] = {
        {{0x10}, 1},
        {{0x90, 0x00}, 2},
        {{0x90, 0x80, 0x7f}, 3},
        {{0x90, 0x80, 0xff, 0xff}, 4},
        {{0x90, 0x40, 0x55}, 3},
        {{0x90, 0x20, 0xff}, 3},
        {{0x90, 0x10, 0x1f}, 3},
        {{0x90, 0x30, 0xff}, 3},
        {{0x90, 0xf0, 0x80, 0x01, 0x02, 0xe3}, 6},
        {{0x90, 0xf0, 0x01, 0x02, 0xe3}, 5},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t payload[16];
        struct video_frame frame;
        memcpy(payload, rows[i].bytes, rows[i].length);
        memcpy(payload + rows[i].length, "\x51\x33\x07", 3);
        assert_int_equal(packets_take_bytes(vp8_payload_assemble, *state, payload,
                                            rows[i].length + 3, i, true, &frame),
                         1);
        assert_int_equal(frame.length, 3);
        assert_memory_equal(frame.bytes, "\x51\x33\x07", 3);
        for (size_t cut = 0; cut <= rows[i].length; cut++)
            assert_int_equal(packets_take_bytes(vp8_payload_assemble, *state, payload, cut,
                                                1000 + i, false, &frame),
                             -EBADMSG);
    }
}

/* What N, TID, Y and TL0PICIDX say is used. */
static void layers_are_read(void **state)
{
    static const struct {
        uint8_t bytes[6];
        bool gap, is_discardable, is_broken;
    } rows[] = {
        /* X S, I L T, ID, TL0PICIDX, TID Y */
        {{0x90, 0xe0, 2, 1, 0x00}, false, false, false},
        {{0xb0, 0xe0, 3, 1, 0x60}, false, true, false}, /* N: nobody needs it */
        {{0x90, 0xe0, 5, 2, 0x40}, true, false, true},  /* 4 is missing: layer 0 */
        {{0x90, 0xe0, 6, 2, 0x60}, false, false, true},
    };
    struct video_frame frame;
    static struct packets packets;
    payload_check_cut(&check, 1400, &packets);
    struct packets_packet *first = &packets.packet[0];
    memmove(first->bytes + 5, first->bytes + 4, first->length++ - 4);
    memcpy(first->bytes, "\x90\xe0\x01\x00\x00", 5); /* the same picture, of layer 0 */
    assert_int_equal(packets_take(vp8_payload_assemble, *state, &packets.packet[0], &frame), 1);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct packets_packet packet = {
            .length = 8, .timestamp = 5 + i, .marker = true, .gap = rows[i].gap};
        memcpy(packet.bytes, rows[i].bytes, 5);
        memcpy(packet.bytes + 5, "\x51\x33\x07", 3);
        assert_int_equal(packets_take(vp8_payload_assemble, *state, &packet, &frame), 1);
        assert_int_equal(frame.is_discardable, rows[i].is_discardable);
        assert_int_equal(frame.is_broken, rows[i].is_broken);
    }
}

static void beginnings(void **state)
{
    static const uint8_t start[] = {0x10, 0x51, 0x33, 7}, rest[] = {0x00, 8},
                         second_partition[] = {0x11, 9};
    struct video_frame frame;
    static struct packets packets;
    payload_check_cut(&check, 1400, &packets);
    packets_take(vp8_payload_assemble, *state, &packets.packet[0], &frame);
    assert_int_equal(
        packets_take_bytes(vp8_payload_assemble, *state, start, 4, 1, false, &frame), 0);
    assert_int_equal(
        packets_take_bytes(vp8_payload_assemble, *state, rest, 2, 1, false, &frame), 0);
    assert_int_equal(
        packets_take_bytes(vp8_payload_assemble, *state, second_partition, 2, 1, true, &frame),
        1);
    assert_false(frame.is_broken);
    assert_memory_equal(frame.bytes, "\x51\x33\7\10\11", 5);
    assert_int_equal(
        packets_take_bytes(vp8_payload_assemble, *state, rest, 2, 2, false, &frame),
        -EBADMSG); /* of nothing */
    assert_int_equal(
        packets_take_bytes(vp8_payload_assemble, *state, start, 4, 2, true, &frame), 1);
    assert_true(frame.is_broken);
    assert_int_equal(
        packets_take_bytes(vp8_payload_assemble, *state, start, 4, 3, false, &frame), 0);
    assert_int_equal(
        packets_take_bytes(vp8_payload_assemble, *state, start, 4, 3, false, &frame),
        -EBADMSG); /* again */
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
        cmocka_unit_test(headers), TEST(any_sizes_and_limits),
        TEST(every_single_loss),   TEST(every_form_of_descriptor),
        TEST(layers_are_read),     TEST(beginnings),
        TEST(any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
