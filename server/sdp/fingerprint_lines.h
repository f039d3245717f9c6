/*
 * fingerprint_lines.h - a=fingerprint and a=setup: whose certificate DTLS has to show, and who
 * begins.
 *
 *   fingerprint_lines_read(media->lines, description->lines, &theirs);
 *   they offer:   setup = fingerprint_lines_answer(theirs.setup, ours of before);
 *   they answer:  fingerprint_lines_accept(theirs.setup, &role);
 *   fingerprint_lines_write(dtls_certificate_fingerprint(...), setup, &text);
 *
 * A line of a section counts before those of the session: if it has fingerprints of its own,
 * those of the session are not looked at; the same with setup. Hashes that are not known or too
 * weak are as if they were not there; of lines that are too many the first count.
 *
 * Thread   any; pure.
 * Source   RFC 8122 section 5 (fingerprint), RFC 4145 section 4 (setup), RFC 5763 section 5,
 *          RFC 8842 section 5 (a role that stays).
 */
#ifndef SERVER_SDP_FINGERPRINT_LINES_H
#define SERVER_SDP_FINGERPRINT_LINES_H

#include "server/rtp/dtls.h"
#include "server/rtp/handshake.h"
#include "server/sdp/description.h"
#include "server/sdp/text.h"

#include <stdbool.h>

enum setup {
    SETUP_NONE, /* no line */
    SETUP_ACTIVE,
    SETUP_PASSIVE,
    SETUP_ACTPASS,
    SETUP_HOLDCONN,
    SETUP_UNKNOWN, /* a word that is none of them */
};

struct fingerprint_lines {
    enum setup setup;
    unsigned count;   /* 0: none that we could use */
    unsigned refused; /* lines that we could not use */
    struct dtls_fingerprint fingerprints[DTLS_MAX_FINGERPRINTS];
};

void fingerprint_lines_read(struct slice section, struct slice session,
                            struct fingerprint_lines *theirs);

/**
 * What we answer to @p theirs. @p before is what we are already (SETUP_ACTIVE, SETUP_PASSIVE;
 * SETUP_NONE: nothing yet): who offers both gets what there is. Else we are passive: the far
 * end, which knows best when its way is open, begins.
 *
 * @return SETUP_ACTIVE, SETUP_PASSIVE; or SETUP_HOLDCONN: no association can be had.
 */
enum setup fingerprint_lines_answer(enum setup theirs, enum setup before);

/** Our role, once the far end has answered our offer of SETUP_ACTPASS. @return false: its
 *  answer is none. */
bool fingerprint_lines_accept(enum setup theirs, enum dtls_role *role);

/** Our role of a setup of ours that is active or passive. */
enum dtls_role fingerprint_lines_role(enum setup ours);

/** The same as handshake_service.h wants it. */
void fingerprint_lines_remote(const struct fingerprint_lines *theirs, enum dtls_role ours,
                              struct handshake_remote *remote);

/** Writes both lines. */
void fingerprint_lines_write(const struct dtls_fingerprint *ours, enum setup setup,
                             struct text *text);

#endif
