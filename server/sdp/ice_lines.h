/*
 * ice_lines.h - what SDP says of ICE: credentials, options, candidates; and the fragments that
 * bring more of them later.
 *
 *   ice_lines_read(media->lines, description->lines, &theirs);
 *   if (theirs.has_credentials) ...answer with ice_lines_write(&ours, &text)...
 *   ice_lines_read_fragment(body, length, NULL, &more);       of an INFO, or a PATCH
 *
 * Credentials of a section count before those of the session, both together. A section without
 * ICE has none; one whose credentials are malformed has none either, and says so.
 *
 * Shape    64 candidates at most (ice_candidate.h); those that are refused are counted.
 * Thread   any; pure.
 * Errors   -EBADMSG: a fragment is no SDP, or too long.
 * Source   RFC 8839 section 5 (ice-ufrag, ice-pwd, ice-options, ice-lite, candidate); RFC 8838
 *          and 8840 section 9 (trickle, application/trickle-ice-sdpfrag); RFC 9725 section 4.3.
 */
#ifndef SERVER_SDP_ICE_LINES_H
#define SERVER_SDP_ICE_LINES_H

#include "server/rtp/ice.h"
#include "server/rtp/ice_candidate.h"
#include "server/sdp/description.h"
#include "server/sdp/text.h"

#include <stdbool.h>
#include <stddef.h>

enum { ICE_LINES_MAX_FRAGMENT = 65536, ICE_LINES_MAX_OURS = 8 };

struct ice_lines {
    bool has_credentials; /* and they are good */
    bool is_malformed;    /* there are some, but they are not */
    bool is_lite;
    bool can_trickle, is_ice2, can_renominate; /* ice-options */
    struct ice_credentials credentials;
    struct ice_candidates candidates;
};

/** What we say in a section. */
struct ice_lines_ours {
    const struct ice_credentials *credentials;
    unsigned count; /* up to ICE_LINES_MAX_OURS */
    struct ice_candidate candidates[ICE_LINES_MAX_OURS];
};

void ice_lines_read(struct slice section, struct slice session, struct ice_lines *theirs);

/** Reads a fragment: of all its sections, or (@p mid not NULL) of that one and of what stands
 *  before the first. Its credentials tell which generation it belongs to. */
int ice_lines_read_fragment(const char *body, size_t length, const char *mid,
                            struct ice_lines *theirs);

/** a=ice-lite, for the session. */
void ice_lines_write_session(struct text *text);

/** Credentials, options, candidates and their end, for a section. */
void ice_lines_write(const struct ice_lines_ours *ours, struct text *text);

#endif
