/*
 * rtp_extension.h - the elements of an RTP header extension, read and written.
 *
 *   if (rtp_extension_find(&packet, plan->level_id, &element) == 0 &&
 *       rtp_extension_read_level(&element, &level) == 0) ...
 *
 * An element is a local identifier, agreed in SDP (a=extmap), with some bytes. The block of all
 * elements has one of two forms: one byte before each element (identifiers 1..14, 1..16 bytes),
 * or two (1..255, 0..255 bytes).
 *
 * Shape    levels are -dBov, 0..127 (127: silence), as those of RFC 6464 section 3.
 * Thread   any; pure. What is read points into the datagram (borrowed as long as that lives).
 * Errors   -ENOENT: not there; -EBADMSG: an element is cut.
 * Source   RFC 8285 sections 4.2 and 4.3 (both forms), RFC 6464 (a sender's own level),
 *          RFC 6465 (levels of what is in a mix);
 *          draft-holmer-rmcat-transport-wide-cc-extensions-01 section 2 (transport number).
 */
#ifndef SERVER_RTP_RTP_EXTENSION_H
#define SERVER_RTP_RTP_EXTENSION_H

#include "server/rtp/rtp_packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RTP_EXTENSION_ONE_BYTE = 0xbede, /* the profile of each form */
    RTP_EXTENSION_TWO_BYTE = 0x1000, /* its four lowest bits are free */
    RTP_EXTENSION_MAX_ID = 255,
    RTP_EXTENSION_MAX_LENGTH = 255, /* of an element */
    /* of the block with the levels of RTP_MAX_CSRC sources, in either form */
    RTP_EXTENSION_LEVELS_BYTES = 20,
    RTP_EXTENSION_NUMBER_LENGTH = 2, /* of the element with a transport number       */
    RTP_EXTENSION_NUMBER_BYTES = 4,  /* of the block with nothing else, in either form */
};

struct rtp_extension_element {
    uint8_t id;
    uint8_t length;
    const uint8_t *bytes; /* borrowed */
};

/* ---- reading ---- */

/** A walk over the elements of one packet. */
struct rtp_extension {
    const uint8_t *at; /* borrowed from the datagram */
    size_t left;
    bool two_byte;
};

/** Begins a walk. @return 0; -ENOENT if the packet has no extension, or one of another kind. */
int rtp_extension_begin(struct rtp_extension *extension, const struct rtp_packet *packet);

/** @return 0 and the next *element; -ENOENT behind the last one; -EBADMSG. */
int rtp_extension_next(struct rtp_extension *extension, struct rtp_extension_element *element);

/** @return 0 and the first *element of @p id; -ENOENT, also for an @p id of 0; -EBADMSG. */
int rtp_extension_find(const struct rtp_packet *packet, unsigned id,
                       struct rtp_extension_element *element);

struct rtp_extension_level {
    uint8_t level;
    bool voice; /* the sender believes it to be a voice; it may not say (vad=off): false */
};

/** Reads what a sender says of its own loudness. @return 0 and *level, or -EBADMSG. */
int rtp_extension_read_level(const struct rtp_extension_element *element,
                             struct rtp_extension_level *level);

/** Reads the number that counts all packets of a transport. @return 0 and *number, or -EBADMSG.
 */
int rtp_extension_read_number(const struct rtp_extension_element *element, uint16_t *number);

/* ---- writing ---- */

/**
 * Writes a whole block, padded to words: in the form of one byte if all @p elements fit it.
 *
 * @return its bytes, a multiple of 4, with *profile; 0 if there are no elements, if one has a
 * bad identifier, or if it is more than @p room.
 */
size_t rtp_extension_write(const struct rtp_extension_element *elements, unsigned count,
                           uint8_t *out, size_t room, uint16_t *profile);

/** Makes the element with the levels of @p count sources, RTP_MAX_CSRC at most, in the order of
 *  the packet's CSRC list; greater levels are written as 127. It borrows @p bytes. */
struct rtp_extension_element rtp_extension_levels(uint8_t id, const uint8_t *levels,
                                                  unsigned count, uint8_t bytes[RTP_MAX_CSRC]);

/** Makes the element of a transport number; it borrows @p bytes. */
struct rtp_extension_element rtp_extension_number(uint8_t id, uint16_t number,
                                                  uint8_t bytes[RTP_EXTENSION_NUMBER_LENGTH]);

#endif
