/*
 * payload_check.h - what every payload format must do with a stream: bring it back, say what a
 * lost packet breaks, stand any bytes.
 *
 *   static const struct payload_check check = {
 *       .codec = "VP8", PAYLOAD_CHECK_STREAM(stream), .gop = 5, .width = 64, .height = 48};
 *   payload_check_losses(&check);
 *
 * Picture i of the stream has the time stamp i * PAYLOAD_CHECK_TICKS.
 */
#ifndef TESTS_UNIT_MIXER_VIDEO_CODEC_PAYLOAD_CHECK_H
#define TESTS_UNIT_MIXER_VIDEO_CODEC_PAYLOAD_CHECK_H

#include "tests/unit/mixer/signal.h"
#include "tests/unit/mixer/video_codec/packets.h"

#include <errno.h>

enum {
    PAYLOAD_CHECK_TICKS = 3000,
    PAYLOAD_CHECK_FIRST_ID = 0x7ffd /* picture ID: goes round */
};

#define PAYLOAD_CHECK_STREAM(name)                                                             \
    .bytes = name##_bytes, .lengths = name##_lengths,                                          \
    .pictures = sizeof(name##_lengths) / sizeof(name##_lengths[0])

struct payload_check {
    const char *codec;
    const struct video_params *params;
    const uint8_t *bytes; /* of the stream's pictures */
    const uint16_t *lengths;
    unsigned pictures;
    unsigned gop;           /* a key frame each so many pictures */
    bool counts;            /* pictures have numbers             */
    bool has_discarded;     /* every second one between key frames is needed by no other */
    size_t least;           /* bytes of the smallest payload that losses are tried with */
    uint16_t width, height; /* of key frames */
    /** Whether packets of it have what later pictures need: then more than this picture may be
     *  broken, or none. NULL: none is so. */
    bool (*has_sets)(const struct packets_packet *packet);
    /** Fails if they differ. NULL: compared byte for byte. */
    void (*assert_same)(const struct video_frame *out, const struct video_frame *in);
};

static inline const struct video_codec *payload_check_codec(const struct payload_check *check)
{
    return video_codec_by_name(check->codec);
}

static inline struct video_assembler *payload_check_create(const struct payload_check *check)
{
    struct video_assembler *assembler;
    assert_int_equal(payload_check_codec(check)->assembler_create(&assembler), 0);
    return assembler;
}

static inline struct video_frame payload_check_picture(const struct payload_check *check,
                                                       unsigned index)
{
    struct video_frame frame = {.bytes = check->bytes,
                                .timestamp = index * PAYLOAD_CHECK_TICKS};
    for (unsigned i = 0; i < index; i++)
        frame.bytes += check->lengths[i];
    frame.length = check->lengths[index];
    return frame;
}

/** The whole stream as packets. */
static inline void payload_check_cut(const struct payload_check *check, size_t most,
                                     struct packets *packets)
{
    struct video_numbers numbers = {.picture_id = PAYLOAD_CHECK_FIRST_ID};
    packets->count = packets->pictures = 0;
    for (unsigned i = 0; i < check->pictures; i++) {
        const struct video_frame frame = payload_check_picture(check, i);
        assert_int_equal(packets_cut(packets, payload_check_codec(check)->fragment,
                                     check->params, &frame, most, &numbers),
                         0);
    }
    if (check->counts)
        assert_int_equal(numbers.picture_id,
                         (PAYLOAD_CHECK_FIRST_ID + check->pictures) & 0x7fff);
}

/* Of the pictures after a lost one those up to the next key frame are broken. */
static inline bool payload_check_is_lost(const struct payload_check *check, unsigned index,
                                         unsigned torn)
{
    return index >= torn && index / check->gop == torn / check->gop;
}

static inline void payload_check_frame(const struct payload_check *check,
                                       const struct video_frame *out, unsigned torn,
                                       bool has_sets)
{
    const unsigned index = out->timestamp / PAYLOAD_CHECK_TICKS;
    const struct video_frame in = payload_check_picture(check, index);
    const bool is_lost = payload_check_is_lost(check, index, torn);
    if (!has_sets)
        assert_int_equal(out->is_broken, is_lost);
    if (index != torn || !out->is_broken) {
        if (check->assert_same) {
            check->assert_same(out, &in);
        } else {
            assert_int_equal(out->length, in.length);
            assert_memory_equal(out->bytes, in.bytes, in.length);
        }
    }
    if (index == torn || is_lost)
        return;
    assert_int_equal(out->is_key, index % check->gop == 0);
    assert_int_equal(out->is_discardable,
                     check->has_discarded && !out->is_key && index % check->gop % 2 == 0);
    assert_int_equal(out->width, out->is_key ? check->width : 0);
    assert_int_equal(out->height, out->is_key ? check->height : 0);
}

/** The stream without packet @p lost, or whole if there is none such. */
static inline void payload_check_loss(const struct payload_check *check, size_t most,
                                      unsigned lost)
{
    static struct packets packets;
    struct video_assembler *assembler = payload_check_create(check);
    payload_check_cut(check, most, &packets);
    unsigned torn = check->pictures, shown = 0;
    bool has_sets = false;
    if (lost < packets.count) {
        torn = packets.packet[lost].picture;
        has_sets = check->has_sets && check->has_sets(&packets.packet[lost]);
        packets_drop(&packets, lost);
    }
    for (unsigned i = 0; i < packets.count; i++) {
        struct video_frame out;
        const int result = packets_take(payload_check_codec(check)->assemble, assembler,
                                        &packets.packet[i], &out);
        assert_true(result >= 0);
        if (result)
            payload_check_frame(check, &out, torn, has_sets);
        shown += (unsigned)result;
    }
    assert_true(shown >= check->pictures - 1);
    payload_check_codec(check)->assembler_destroy(assembler);
}

/** Every packet once, at several sizes of payloads, and none. */
static inline void payload_check_losses(const struct payload_check *check)
{
    static struct packets packets;
    for (size_t most = check->least; most < 1400; most = most < 30 ? 30 : most * 2) {
        payload_check_cut(check, most, &packets);
        const unsigned step = packets.count > 500 ? 8 : 1; /* a sample of so many */
        for (unsigned lost = 0; lost <= packets.count; lost += step)
            payload_check_loss(check, most, lost);
    }
}

/** Streams with bytes (the first @p reach of a packet), lengths, gaps and markers that are
 * wrong here and there. */
static inline void payload_check_any_bytes(const struct payload_check *check, unsigned rounds,
                                           unsigned reach)
{
    static struct packets packets;
    struct video_assembler *assembler = payload_check_create(check);
    uint32_t seed = 21;
    for (unsigned round = 0; round < rounds; round++) {
        payload_check_cut(check, 20 + round, &packets);
        for (unsigned i = 0; i < packets.count; i++) {
            struct packets_packet *packet = &packets.packet[i];
            struct video_frame frame;
            const uint32_t what = signal_random(&seed);
            if (what % 3 == 0)
                packet->bytes[what / 8 % packet->length % reach] = (uint8_t)(what >> 16);
            if (what % 7 == 0)
                packet->length = what / 64 % (packet->length + 1);
            packet->gap = what % 11 == 0;
            packet->marker ^= what % 13 == 0;
            const int result =
                packets_take(payload_check_codec(check)->assemble, assembler, packet, &frame);
            assert_true(result == 0 || result == 1 || result == -EBADMSG);
            if (result == 1)
                assert_true(frame.length <= VIDEO_MAX_FRAME_BYTES);
        }
    }
    payload_check_codec(check)->assembler_destroy(assembler);
}

/** What is cut into VIDEO_MAX_FRAGMENTS payloads of at most @p most bytes is taken, a byte more
 *  is refused, and so is a payload a byte shorter. */
static inline void payload_check_most(const struct payload_check *check,
                                      struct video_frame frame, size_t most)
{
    static struct packets packets;
    struct video_numbers numbers = {0};
    packets_fragment *fragment = payload_check_codec(check)->fragment;
    packets.count = 0;
    assert_int_equal(packets_cut(&packets, fragment, check->params, &frame, most, &numbers), 0);
    assert_int_equal(packets.count, VIDEO_MAX_FRAGMENTS);
    const uint16_t number = numbers.picture_id;
    assert_int_equal(packets_cut(&packets, fragment, check->params, &frame, most - 1, &numbers),
                     -E2BIG);
    frame.length++;
    assert_int_equal(packets_cut(&packets, fragment, check->params, &frame, most, &numbers),
                     -E2BIG);
    assert_int_equal(numbers.picture_id, number);
}

#endif
