/* video_packets.c - the payloads of a frame, in one piece of memory. */
#include "server/leg/video_packets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void copy_parts(struct video_packets *packets, const struct video_fragments *fragments)
{
    uint8_t *at = packets->bytes;
    for (unsigned i = 0; i < fragments->count; i++) {
        const struct video_fragment *fragment = &fragments->fragment[i];
        packets->part[i].offset = (uint32_t)(at - packets->bytes);
        packets->part[i].length = (uint16_t)(fragment->head_length + fragment->length);
        memcpy(at, fragment->head, fragment->head_length);
        if (fragment->length)
            memcpy(at + fragment->head_length, fragment->bytes, fragment->length);
        at += packets->part[i].length;
    }
}

int video_packets_create(const struct video_frame *frame,
                         const struct video_fragments *fragments,
                         struct video_packets **packets)
{
    size_t octets = 0;
    for (unsigned i = 0; i < fragments->count; i++)
        octets += fragments->fragment[i].head_length + fragments->fragment[i].length;
    if (!octets)
        return -EINVAL;
    const size_t head =
        sizeof(struct video_packets) + fragments->count * sizeof(struct video_packets_part);
    struct video_packets *made = malloc(head + octets);
    if (!made)
        return -ENOMEM;
    *made = (struct video_packets){.references = 1,
                                   .is_key = frame->is_key,
                                   .timestamp = frame->timestamp,
                                   .count = fragments->count,
                                   .octets = octets,
                                   .bytes = (uint8_t *)made + head};
    copy_parts(made, fragments);
    *packets = made;
    return 0;
}

struct video_packets *video_packets_reference(struct video_packets *packets)
{
    packets->references++;
    return packets;
}

void video_packets_release(struct video_packets **packets)
{
    struct video_packets *held = *packets;
    *packets = NULL;
    if (held && --held->references == 0)
        free(held);
}
