/*
 * packets.h - pictures to RTP packets and back, as a sender and a receiver would do it.
 *
 *   struct packets packets = {0};
 *   packets_cut(&packets, fragment, &params, &frame, 1200, &numbers);
 *   packets_drop(&packets, 3);
 *   packets_take(assemble, assembler, &packets.packet[i], &frame);
 */
#ifndef TESTS_UNIT_MIXER_VIDEO_CODEC_PACKETS_H
#define TESTS_UNIT_MIXER_VIDEO_CODEC_PACKETS_H

#include "mixer/video_codec/video_codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PACKETS_MOST = 4096, PACKETS_BYTES = 1500 };

struct packets_packet {
    uint8_t bytes[PACKETS_BYTES];
    size_t length;
    uint32_t timestamp;
    bool marker, gap;
    unsigned picture; /* the how manieth it is of */
};
struct packets {
    unsigned count, pictures;
    struct packets_packet packet[PACKETS_MOST];
};

typedef int packets_fragment(const struct video_frame *frame, const struct video_params *params,
                             size_t max_payload_bytes, struct video_numbers *numbers,
                             struct video_fragments *fragments);
typedef int packets_assemble(struct video_assembler *assembler,
                             const struct video_packet *packet, struct video_frame *frame);

static inline void packets_add(struct packets *packets, const uint8_t *bytes, size_t length,
                               uint32_t timestamp, bool marker)
{
    assert_true(packets->count < PACKETS_MOST && length <= PACKETS_BYTES);
    struct packets_packet *packet = &packets->packet[packets->count++];
    packet->length = length;
    packet->timestamp = timestamp;
    packet->marker = marker;
    packet->gap = false;
    packet->picture = packets->pictures;
    memcpy(packet->bytes, bytes, length);
    packets->pictures += marker;
}

/** Adds a picture, cut. No payload is empty or longer than @p most. @return what fragment()
 *  did. */
static inline int packets_cut(struct packets *packets, packets_fragment *fragment,
                              const struct video_params *params,
                              const struct video_frame *frame, size_t most,
                              struct video_numbers *numbers)
{
    struct video_fragments *fragments = malloc(sizeof(*fragments));
    assert_non_null(fragments);
    const int result = fragment(frame, params, most, numbers, fragments);
    for (unsigned i = 0; result == 0 && i < fragments->count; i++) {
        const struct video_fragment *one = &fragments->fragment[i];
        uint8_t bytes[PACKETS_BYTES];
        const size_t length = one->head_length + one->length;
        assert_true(length && length <= most && one->head_length <= sizeof(one->head));
        memcpy(bytes, one->head, one->head_length);
        memcpy(bytes + one->head_length, one->bytes, one->length);
        packets_add(packets, bytes, length, frame->timestamp, i + 1 == fragments->count);
    }
    free(fragments);
    return result;
}

/** Loses packet @p index: the next one has a gap before it. */
static inline void packets_drop(struct packets *packets, unsigned index)
{
    struct packets_packet *packet = &packets->packet[index];
    packets->count--;
    memmove(packet, packet + 1, (packets->count - index) * sizeof(*packet));
    if (index < packets->count)
        packet->gap = true;
}

/** Gives one packet, from memory of exactly its length that is gone afterwards. */
static inline int packets_take(packets_assemble *assemble, struct video_assembler *assembler,
                               const struct packets_packet *packet, struct video_frame *frame)
{
    uint8_t *copy = malloc(packet->length ? packet->length : 1);
    assert_non_null(copy);
    memcpy(copy, packet->bytes, packet->length);
    const struct video_packet given = {.payload = copy,
                                       .length = packet->length,
                                       .timestamp = packet->timestamp,
                                       .marker = packet->marker,
                                       .gap = packet->gap};
    const int result = assemble(assembler, &given, frame);
    memset(copy, 0xee, packet->length);
    free(copy);
    return result;
}

/** Gives a few bytes as a packet. */
static inline int packets_take_bytes(packets_assemble *assemble,
                                     struct video_assembler *assembler, const uint8_t *bytes,
                                     size_t length, uint32_t timestamp, bool marker,
                                     struct video_frame *frame)
{
    struct packets_packet packet = {.length = length, .timestamp = timestamp, .marker = marker};
    assert_true(length <= PACKETS_BYTES);
    if (length)
        memcpy(packet.bytes, bytes, length);
    return packets_take(assemble, assembler, &packet, frame);
}

#endif
