/*
 * red.h - redundant audio: one packet carries its own payload and those of packets before it.
 *
 *   if (red_read(payload, length, &red) == 0)
 *       for (unsigned i = 0; i < red.count; i++)        oldest first, the packet's own last
 *           ...red.block[i] is of RTP time (packet's time stamp - red.block[i].offset)...
 *   bytes = red_write(blocks, count, out, room);
 *
 * In SDP it is a codec of its own, "red/48000/2", whose a=fmtp lists the payload types that may
 * be in it: "111/111". We only know such of one type.
 *
 * Shape    offsets are in units of the RTP clock, at most 14 bits; a redundant block has at
 *          most 1023 bytes, the packet's own as many as fit.
 * Thread   any; pure. What is read points into the payload (borrowed as long as that lives).
 * Errors   -EBADMSG for bytes that are no RED payload, or one of more than RED_MAX_BLOCKS.
 * Source   RFC 2198 section 3; of section 5 (SDP) see server/sdp/offer_types.c.
 */
#ifndef MIXER_CODEC_RED_H
#define MIXER_CODEC_RED_H

#include <stddef.h>
#include <stdint.h>

enum {
    RED_MAX_BLOCKS = 10, /* browsers send up to nine and their own */
    RED_MAX_OFFSET = 0x3fff,
    RED_MAX_LENGTH = 0x3ff, /* of a redundant block [bytes] */
};

struct red_block {
    uint8_t payload_type;
    uint16_t offset;      /* how much before the packet's own time stamp; of its own: 0 */
    const uint8_t *bytes; /* borrowed */
    size_t length;        /* may be 0 */
};

struct red {
    unsigned count; /* 1..RED_MAX_BLOCKS; the last one is the packet's own */
    struct red_block block[RED_MAX_BLOCKS];
};

/** @return 0 and *red, or -EBADMSG. */
int red_read(const uint8_t *payload, size_t length, struct red *red);

/**
 * Writes @p count blocks, oldest first, the packet's own last. Redundant ones are left out if
 * they cannot be expressed (offset, length), or, from the oldest on, if there is no room.
 *
 * @return bytes written; -EINVAL if @p count is 0; -ENOBUFS if there is no room for the last.
 */
int red_write(const struct red_block *blocks, unsigned count, uint8_t *out, size_t room);

#endif
