/* test_vp9_payload.c - VP9 cut and put together again, with layers, references and loss. */
#include "mixer/video_codec/vp9_payload.h"
#include "tests/unit/mixer/signal.h"
#include "tests/unit/mixer/video_codec/payload_check.h"
#include "tests/unit/mixer/video_codec/stream_vp9.h"

/* Frames that are nothing but a header: a key frame of 64 x 48, and one that needs another. */
static const uint8_t key[] = {0x82, 0x49, 0x83, 0x42, 0x00, 0x03, 0xf0, 0x02, 0xf6};
static const uint8_t inter[] = {0x86, 0x01};

static const struct video_params plain = {.packetization = 0}, flexible = {.packetization = 1};
static const struct payload_check checks[] = {
    {
        .codec = "VP9",
        .params = &plain,
        PAYLOAD_CHECK_STREAM(stream),
        .gop = 5,
        .counts = true,
        .least = 30,
        .width = 64,
        .height = 48,
    },
    {
        .codec = "VP9",
        .params = &flexible,
        PAYLOAD_CHECK_STREAM(stream),
        .gop = 5,
        .counts = true,
        .least = 30,
        .width = 64,
        .height = 48,
    },
};
enum { MODES = sizeof(checks) / sizeof(checks[0]) };

static int assembler_create(void **state)
{
    struct video_assembler *assembler;
    assert_int_equal(vp9_payload_assembler_create(&assembler), 0);
    *state = assembler;
    return 0;
}

static int assembler_destroy(void **state)
{
    vp9_payload_assembler_destroy(*state);
    vp9_payload_assembler_destroy(NULL);
    return 0;
}

static void headers(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[12];
        size_t length;
        int result;
        unsigned profile;
        bool is_key;
        unsigned width, height;
    } rows[] = {
        /* of libvpx */
        {{0x82, 0x49, 0x83, 0x42, 0x00, 0x0a, 0xd0, 0x08, 0xd6}, 9, 0, 0, true, 174, 142},
        {{0x82, 0x49, 0x83, 0x42, 0x00, 0x77, 0xf0, 0x43, 0x76}, 9, 0, 0, true, 1920, 1080},
        {{0x82, 0x49, 0x83, 0x42, 0x00, 0x27, 0xf0, 0x16, 0x76}, 9, 0, 0, true, 640, 360},
        {{0xa2, 0x49, 0x83, 0x42, 0x00, 0x02, 0x82, 0x01, 0x66, 0xc0},
         10,
         0,
         1,
         true,
         322,
         180},
        {{0x92, 0x49, 0x83, 0x42, 0x00, 0x0a, 0x08, 0x05, 0x9b}, 9, 0, 2, true, 322, 180},
        {{0x86}, 1, 0, 0, false, 0, 0},
        {{0x88}, 1, 0, 0, false, 0, 0}, /* an older one, shown again */
        {{0x80}, 0, -EBADMSG, 0, false, 0, 0},
        {{0x46}, 1, -EBADMSG, 0, false, 0, 0}, /* frame_marker */
        {{0xb8}, 1, -EBADMSG, 0, false, 0, 0}, /* profile 4 */
        {{0x82, 0x49, 0x83, 0x43, 0x00, 0x27, 0xf0, 0x16, 0x76}, 9, -EBADMSG, 0, false, 0, 0},
        {{0x82, 0x49, 0x83, 0x42, 0x00, 0x27, 0xf0, 0x16}, 8, -EBADMSG, 0, false, 0, 0},
        {{0x82, 0x49, 0x83, 0x42, 0xe0, 0x27, 0xf0, 0x16, 0x76}, 9, -EBADMSG, 0, false, 0, 0},
        {{0x82, 0x49, 0x83, 0x42, 0x0f, 0xff, 0xf0, 0x16, 0x76}, 9, -EBADMSG, 0, false, 0, 0},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct vp9_payload_header header = {0};
        assert_int_equal(vp9_payload_header(rows[i].bytes, rows[i].length, &header),
                         rows[i].result);
        assert_int_equal(header.profile, rows[i].profile);
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
    memcpy(picture, key, sizeof(key));
    for (unsigned round = 0; round < 400; round++) {
        const size_t most = round < 40 ? 5 + round : 60 + signal_random(&seed) % 1340;
        const struct video_frame in = {.bytes = picture,
                                       .length = 10 + signal_random(&seed) % (most * 20),
                                       .timestamp = round};
        struct video_frame out;
        packets.count = 0;
        assert_int_equal(
            packets_cut(&packets, vp9_payload_fragment, &flexible, &in, most, &numbers), 0);
        for (unsigned i = 0; i < packets.count; i++) {
            const struct packets_packet *packet = &packets.packet[i];
            assert_int_equal(packet->bytes[0],
                             0x90 | (i ? 0 : 0x08) | (i + 1 == packets.count ? 0x04 : 0));
            const int result = packets_take(vp9_payload_assemble, *state, packet, &out);
            assert_int_equal(result, i + 1 == packets.count);
        }
        assert_int_equal(out.length, in.length);
        assert_memory_equal(out.bytes, in.bytes, in.length);
        assert_true(out.is_key && !out.is_broken && !out.is_discardable);
        assert_int_equal(out.width, 64);
        assert_int_equal(out.height, 48);
    }
    const struct video_frame most = {.bytes = picture, .length = VIDEO_MAX_FRAGMENTS};
    payload_check_most(&checks[1], most, 5);
}

static void every_single_loss(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MODES; i++)
        payload_check_losses(&checks[i]);
}

/* ---- layers and references ---- */

/* A packet of a descriptor and a frame. */
struct layer {
    uint8_t descriptor[12];
    uint8_t length;
    uint32_t timestamp;
    bool is_key, marker, gap;
    int result;
    bool is_broken;
    unsigned width;
};

static void take_layers(struct video_assembler *assembler, const struct layer *layers,
                        unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const struct layer *layer = &layers[i];
        const size_t bytes = layer->is_key ? sizeof(key) : sizeof(inter);
        struct packets_packet packet = {.length = layer->length + bytes,
                                        .timestamp = layer->timestamp,
                                        .marker = layer->marker,
                                        .gap = layer->gap};
        struct video_frame frame = {0};
        memcpy(packet.bytes, layer->descriptor, layer->length);
        memcpy(packet.bytes + layer->length, layer->is_key ? key : inter, bytes);
        assert_int_equal(packets_take(vp9_payload_assemble, assembler, &packet, &frame),
                         layer->result);
        assert_int_equal(frame.is_broken, layer->is_broken);
        assert_int_equal(frame.width, layer->width);
    }
}
#define TAKE(layers) take_layers(*state, layers, sizeof(layers) / sizeof(layers[0]))

/* I P L B E, ID, T U S D, TL0PICIDX; V with sizes 64 x 48, 128 x 96. */
static void spatial_layers_come_together(void **state)
{
    static const uint8_t first[] = {0xae, 1, 0, 9, 0x30, 0, 64, 0, 48, 0, 128, 0, 96};
    static const uint8_t second[] = {0xac, 1, 0x03, 9};
    uint8_t payload[32];
    struct video_frame frame;
    memcpy(payload, first, sizeof(first));
    memcpy(payload + sizeof(first), key, sizeof(key));
    assert_int_equal(packets_take_bytes(vp9_payload_assemble, *state, payload,
                                        sizeof(first) + sizeof(key), 1, false, &frame),
                     0);
    memcpy(payload, second, sizeof(second));
    memcpy(payload + sizeof(second), inter, sizeof(inter));
    assert_int_equal(packets_take_bytes(vp9_payload_assemble, *state, payload,
                                        sizeof(second) + sizeof(inter), 1, true, &frame),
                     1);
    static const uint8_t index[] = {0xd9, sizeof(key), 0, 0, 0, sizeof(inter), 0, 0, 0, 0xd9};
    assert_int_equal(frame.length, sizeof(key) + sizeof(inter) + sizeof(index));
    assert_memory_equal(frame.bytes, key, sizeof(key));
    assert_memory_equal(frame.bytes + sizeof(key), inter, sizeof(inter));
    assert_memory_equal(frame.bytes + sizeof(key) + sizeof(inter), index, sizeof(index));
    assert_true(frame.is_key && !frame.is_broken);
    assert_int_equal(frame.width, 128);
    assert_int_equal(frame.height, 96);
}

static void a_missing_spatial_layer_is_seen(void **state)
{
    static const struct layer layers[] = {
        {{0xac, 1, 0x00, 1}, 4, 1, true, false, false, 0, false, 0},
        {{0xac, 1, 0x03, 1}, 4, 1, false, true, false, 1, false, 64},
        {{0xec, 2, 0x00, 2}, 4, 2, false, false, false, 0, false, 0},
        {{0xec, 2, 0x05, 2}, 4, 2, false, true, false, 1, true, 0}, /* 1 is left out */
        {{0xac, 3, 0x00, 3}, 4, 3, true, true, false, 1, false, 64},
        {{0xec, 4, 0x03, 4}, 4, 4, false, true, false, 1, true, 0}, /* 0 is left out */
        {{0xac, 5, 0x00, 5}, 4, 5, true, true, false, 1, false, 64},
        {{0xec, 6, 0x02, 6}, 4, 6, false, true, false, 1, false, 0}, /* needs no lower one */
        {{0xec, 7, 0x02, 7}, 4, 7, false, false, false, 0, false, 0},
        {{0xec, 7, 0x01, 7}, 4, 7, false, true, false, -EBADMSG, false, 0}, /* downwards */
    };
    TAKE(layers);
}

static void temporal_layers_are_read(void **state)
{
    static const struct layer layers[] = {
        {{0xac, 1, 0x00, 1}, 4, 1, true, true, false, 1, false, 64},
        {{0xec, 2, 0x20, 1}, 4, 2, false, true, false, 1, false, 0},
        {{0xec, 5, 0x00, 2}, 4, 5, false, true, true, 1, false, 0}, /* 3, 4: of layer 1 */
        {{0xec, 6, 0x20, 2}, 4, 6, false, true, false, 1, true, 0},
        {{0xec, 7, 0x10, 3}, 4, 7, false, true, false, 1, false, 0}, /* switch up */
        {{0xec, 8, 0x20, 3}, 4, 8, false, true, false, 1, false, 0},
        {{0xec, 12, 0x00, 5}, 4, 12, false, true, true, 1, true, 0}, /* 4 is missing */
        {{0xec, 13, 0x10, 6}, 4, 13, false, true, false, 1, true, 0},
    };
    TAKE(layers);
}

/* I P F B E, ID, P_DIFF. */
static void flexible_mode_says_what_is_needed(void **state)
{
    static const struct layer layers[] = {
        {{0x9c, 126}, 2, 1, true, true, false, 1, false, 64},
        {{0xdc, 127, 1 << 1}, 3, 2, false, true, false, 1, false, 0},
        {{0xdc, 1, 3 << 1}, 3, 3, false, true, true, 1, false, 0}, /* 0 is lost: nobody minds */
        {{0xdc, 2, 2 << 1}, 3, 4, false, true, false, 1, true, 0}, /* but he does */
        {{0xdc, 3, 2 << 1 | 1, 1 << 1}, 4, 5, false, true, false, 1, true, 0},
        {{0xdc, 4, 3 << 1 | 1, 5 << 1}, 4, 6, false, true, false, 1, false, 0},
        {{0x9c, 5}, 2, 7, true, true, false, 1, false, 64},
        {{0xdc, 6, 2 << 1}, 3, 8, false, true, false, 1, true, 0}, /* from before the key frame
                                                                    */
        {{0xdc, 7, 2 << 1}, 3, 9, false, true, false, 1, false, 0},
        /* 128 pictures later: the same numbers, of others */
        {{0xdc, 8, 1 << 1}, 3, 9 + 128 * 3000, false, true, true, 1, true, 0},
    };
    TAKE(layers);
}

static void torn_layers(void **state)
{
    static const struct layer layers[] = {
        {{0x8c, 1}, 2, 1, true, true, false, 1, false, 64},
        {{0xc0, 2}, 2, 2, false, true, false, -EBADMSG, false, 0}, /* no beginning */
        {{0x8c, 3}, 2, 3, true, true, false, 1, false, 64},
        {{0xc8, 4}, 2, 4, false, true, false, 1, true, 0}, /* no end */
        {{0x8c, 5}, 2, 5, true, true, false, 1, false, 64},
        {{0xcc, 6}, 2, 6, false, false, false, 0, false, 0},
        {{0xc4, 6}, 2, 6, false, true, false, -EBADMSG, false, 0}, /* after the end */
        {{0x8c, 7}, 2, 7, true, true, false, 1, false, 64},
        {{0xcc, 9}, 2, 9, false, true, true, 1, true, 0},   /* 8 is missing */
        {{0x8c, 9}, 2, 10, false, true, false, 1, true, 0}, /* not predicted, but no key */
    };
    TAKE(layers);
}

static void any_bytes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MODES; i++)
        payload_check_any_bytes(&checks[i], 400, 16);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, assembler_create, assembler_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers),
        TEST(any_sizes_and_limits),
        TEST(every_single_loss),
        TEST(spatial_layers_come_together),
        TEST(a_missing_spatial_layer_is_seen),
        TEST(temporal_layers_are_read),
        TEST(flexible_mode_says_what_is_needed),
        TEST(torn_layers),
        TEST(any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
