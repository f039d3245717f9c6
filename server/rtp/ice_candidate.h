/*
 * ice_candidate.h - a transport address that one side can perhaps be reached at, as a line of
 * SDP.
 *
 *   ours:    ice_candidate_host(&candidate, address, 65535);
 *            ice_candidate_write(&candidate, line, sizeof(line));  "candidate:1 1 udp ..."
 *   theirs:  ice_candidates_add(&all, line, length);
 *
 * Theirs are kept for logs and for a far end that is lite, too; a lite agent sends no checks.
 * Read tolerantly: names instead of addresses (mDNS), unknown types and transports, and
 * extensions are no fault of the rest.
 *
 * Shape    lines without "a=" and without an end of line.
 * Thread   any; pure.
 * Errors   -EBADMSG: no candidate line; -ENOTSUP: one that we cannot use (its foundation,
 *          component and type are read nevertheless); -E2BIG: there are enough.
 * Source   RFC 8839 section 5.1 (grammar), RFC 8445 sections 5.1.1.3 and 5.1.2 (foundation,
 *          priority), RFC 6544 section 4.5 (TCP).
 */
#ifndef SERVER_RTP_ICE_CANDIDATE_H
#define SERVER_RTP_ICE_CANDIDATE_H

#include "server/rtp/latch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ICE_CANDIDATE_FOUNDATION_BYTES = 33,
    ICE_CANDIDATE_LINE_BYTES = 192, /* of one of ours */
    ICE_CANDIDATE_MAX_LINE = 1024,  /* of one of theirs */
    ICE_CANDIDATES_MAX = 64,
};

enum ice_candidate_type {
    ICE_CANDIDATE_HOST,
    ICE_CANDIDATE_SERVER_REFLEXIVE,
    ICE_CANDIDATE_PEER_REFLEXIVE,
    ICE_CANDIDATE_RELAYED,
};

struct ice_candidate {
    char foundation[ICE_CANDIDATE_FOUNDATION_BYTES];
    enum ice_candidate_type type;
    uint16_t component; /* 1: RTP, and RTCP with it */
    bool is_tcp;        /* passive: of ours only    */
    uint32_t priority;
    union latch_address address;
};

/** Those of the far end that we could use. Zeroed: none yet. */
struct ice_candidates {
    struct ice_candidate candidate[ICE_CANDIDATES_MAX];
    unsigned count;
    unsigned refused; /* lines that were malformed, of no use, or too many */
    bool ended;       /* no more will come (RFC 8838)                      */
};

/** RFC 8445 section 5.1.2.1. */
uint32_t ice_candidate_priority(enum ice_candidate_type type, uint16_t local_preference,
                                uint16_t component);

/** One that is reached by TCP (RFC 6544 section 4.1): below those of UDP. */
void ice_candidate_host_tcp(struct ice_candidate *candidate, const struct sockaddr *address,
                            uint16_t local_preference);

/** A host candidate of ours, component 1. @p local_preference tells several apart. */
void ice_candidate_host(struct ice_candidate *candidate, const struct sockaddr *address,
                        uint16_t local_preference);

/** @return bytes written without the final NUL; 0: @p room is too small, or it has no address.
 */
size_t ice_candidate_write(const struct ice_candidate *candidate, char *out, size_t room);

int ice_candidate_read(const char *line, size_t length, struct ice_candidate *candidate);

/** Reads a line into the set; a candidate that is in it already is not put in again. */
int ice_candidates_add(struct ice_candidates *all, const char *line, size_t length);

#endif
