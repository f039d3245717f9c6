/*
 * video_packets.h - any bytes as packets of video: what comes of them keeps the promises of
 * video_codec.h, and can be cut again.
 *
 * Shape    each packet is two bytes of length (little end first), one of flags: 1 marker, 2
 *          gap, the rest how far the time stamp goes on; then the payload.
 */
#ifndef TESTS_FUZZ_VIDEO_PACKETS_H
#define TESTS_FUZZ_VIDEO_PACKETS_H

#include "mixer/video_codec/video_codec.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { VIDEO_PACKETS_HEAD = 3, VIDEO_PACKETS_MOST = 1200 };

typedef int video_packets_assemble(struct video_assembler *assembler,
                                   const struct video_packet *packet,
                                   struct video_frame *frame);
typedef int video_packets_fragment(const struct video_frame *frame,
                                   const struct video_params *params, size_t max_payload_bytes,
                                   struct video_numbers *numbers,
                                   struct video_fragments *fragments);

/* Reads every byte, so that a sanitizer sees one that is not there. */
static inline unsigned video_packets_sum(const uint8_t *bytes, size_t length)
{
    unsigned sum = 0;
    for (size_t i = 0; i < length; i++)
        sum += bytes[i];
    return sum;
}

static inline void video_packets_cut(const struct video_frame *frame,
                                     video_packets_fragment *fragment,
                                     const struct video_params *params)
{
    static struct video_fragments fragments;
    struct video_numbers numbers = {0};
    unsigned whole = video_packets_sum(frame->bytes, frame->length), pieces = 0;
    const int result = fragment(frame, params, VIDEO_PACKETS_MOST, &numbers, &fragments);
    assert(result == 0 || result == -E2BIG);
    for (unsigned i = 0; result == 0 && i < fragments.count; i++) {
        const struct video_fragment *one = &fragments.fragment[i];
        assert(one->head_length + one->length <= VIDEO_PACKETS_MOST);
        pieces += video_packets_sum(one->head, one->head_length);
        pieces += video_packets_sum(one->bytes, one->length);
    }
    assert(whole <= 255 * frame->length && pieces <= UINT32_MAX - whole);
}

static inline void video_packets_run(struct video_assembler *assembler,
                                     video_packets_assemble *assemble,
                                     video_packets_fragment *fragment,
                                     const struct video_params *params, const uint8_t *data,
                                     size_t size)
{
    uint32_t timestamp = 0;
    while (size >= VIDEO_PACKETS_HEAD) {
        size_t length = (size_t)(data[0] | data[1] << 8);
        const uint8_t flags = data[2];
        data += VIDEO_PACKETS_HEAD;
        size -= VIDEO_PACKETS_HEAD;
        length = length < size ? length : size;
        timestamp += (uint32_t)(flags >> 2) * 1000;
        uint8_t *payload = malloc(length ? length : 1);
        assert(payload);
        memcpy(payload, data, length);
        const struct video_packet packet = {.payload = payload,
                                            .length = length,
                                            .timestamp = timestamp,
                                            .marker = flags & 1,
                                            .gap = flags & 2};
        struct video_frame frame;
        const int result = assemble(assembler, &packet, &frame);
        free(payload);
        assert(result == 0 || result == 1 || result == -EBADMSG);
        if (result == 1) {
            assert(frame.length <= VIDEO_MAX_FRAME_BYTES);
            video_packets_cut(&frame, fragment, params);
        }
        data += length;
        size -= length;
    }
}

#endif
