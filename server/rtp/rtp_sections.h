/*
 * rtp_sections.h - to which section of its SDP an RTP packet belongs, where several share a
 * transport (BUNDLE): by the name in its header extension, or by its payload type.
 *
 *   struct rtp_sections sections = {.mid_id = 4, .section = {{"0", audio types}, {"1", ...}}};
 *   int section = rtp_sections_find(&sections, datagram, length);
 *
 * A sender names the section (a=mid) in its first packets only, until it is told that they
 * came. So the SSRCs that were named are noted, for the packets whose payload type is of
 * several sections. One whose type is of one section belongs there: what is noted was not
 * authenticated, and must not take anything away from who can be told without it.
 *
 * Thread   belongs to one; pure.
 * Source   RFC 9143 sections 9.2 (which section), 15 (the extension); RFC 8285.
 */
#ifndef SERVER_RTP_RTP_SECTIONS_H
#define SERVER_RTP_RTP_SECTIONS_H

#include "server/rtp/rtp_extension.h"

#include <stddef.h>
#include <stdint.h>

enum {
    RTP_SECTIONS = 3,
    RTP_SECTIONS_REST = 1,  /* whose is what says nothing */
    RTP_SECTIONS_NOTED = 8, /* SSRCs, the newest                                  */
    RTP_MID_BYTES = 17,     /* of a name, with its end: what one byte's form has  */
    RTP_MID_MOST = 20,      /* bytes that it adds to a header extension, or makes */
};

/** A section's name in the packets of both directions. */
struct rtp_mid {
    uint8_t id; /* of the header extension, 1..14; 0: not agreed */
    char name[RTP_MID_BYTES];
};

struct rtp_extension_element rtp_mid_element(const struct rtp_mid *mid); /* borrows it */

/** Payload types, a bit each. */
struct rtp_types {
    uint64_t bits[2];
};

void rtp_types_add(struct rtp_types *types, uint8_t type); /* above 127: nothing */

/** Zeroed, but for what is said of each: one without a name is not found by one. */
struct rtp_sections {
    struct {
        struct rtp_mid mid;
        struct rtp_types types;
    } section[RTP_SECTIONS];
    struct {
        uint32_t ssrc;
        uint8_t section;
    } noted[RTP_SECTIONS_NOTED];
    uint8_t noted_count, noted_next;
};

/** What is said of each is said anew by @p next; who was named stays noted, for he may not name
 *  himself again. */
void rtp_sections_renew(struct rtp_sections *sections, const struct rtp_sections *next);

/** Of what is no RTP packet only the payload type counts. @return the section; RTP_SECTIONS_REST,
 *  if nothing says which; -ENOENT: the packet names one that is not here. */
int rtp_sections_find(struct rtp_sections *sections, const uint8_t *data, size_t length);

#endif
