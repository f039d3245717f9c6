/*
 * video_packets.h - one coded picture cut into RTP payloads, made once for all who see it.
 *
 * Counted: a leg's queue and its history each hold a reference.
 *
 * Thread   one: the room's video worker.
 */
#ifndef SERVER_LEG_VIDEO_PACKETS_H
#define SERVER_LEG_VIDEO_PACKETS_H

#include "mixer/video_codec/video_codec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct video_packets {
    unsigned references;
    bool is_key;
    uint32_t timestamp; /* 90 kHz; each leg adds its own offset */
    unsigned count;     /* at least 1                           */
    size_t octets;      /* of all payloads                      */
    uint8_t *bytes;
    struct video_packets_part {
        uint32_t offset;
        uint16_t length;
    } part[]; /* [count] */
};

/** Copies. @return 0 and *packets with one reference; -EINVAL: none; -ENOMEM. */
int video_packets_create(const struct video_frame *frame,
                         const struct video_fragments *fragments,
                         struct video_packets **packets);
struct video_packets *video_packets_reference(struct video_packets *packets);
/** Sets *packets to NULL. NULL is allowed. */
void video_packets_release(struct video_packets **packets);

#endif
