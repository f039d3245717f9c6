/*
 * media_types.h - the payload types of one section: their order in the m= line, and what its
 * a=rtpmap and a=fmtp lines say of each.
 *
 * Shape    slices point into the body. The first line of a kind counts for each type.
 * Thread   any; pure; one pass over the lines, however many there are.
 * Source   RFC 8866 section 6.6 (rtpmap), 6.15 (fmtp); RFC 5761 section 4: with rtcp-mux the
 *          types 64..95 collide with RTCP.
 */
#ifndef SERVER_SDP_MEDIA_TYPES_H
#define SERVER_SDP_MEDIA_TYPES_H

#include "server/sdp/description.h"

#include <stdbool.h>
#include <stdint.h>

enum { MEDIA_TYPES = 128, MEDIA_NAME_BYTES = 64, MEDIA_FMTP_BYTES = 512 };

struct media_types {
    unsigned count;                                         /* of m=, each once   */
    uint8_t list[MEDIA_TYPES], place[MEDIA_TYPES];          /* in order; and back */
    struct slice map[MEDIA_TYPES], parameters[MEDIA_TYPES]; /* at NULL: not said  */
};

void media_types_read(const struct description_media *media, bool rtcp_mux,
                      struct media_types *types);

/** Reads the value of an a=rtpmap: "opus/48000/2". */
bool media_types_read_map(struct slice map, char name[MEDIA_NAME_BYTES], unsigned *clock_hz,
                          unsigned *channels);

#endif
