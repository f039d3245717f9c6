/*
 * crypto_lines.h - a=crypto, SDP's way to agree on the keys of SRTP (SDES), read and written.
 *
 *   crypto_lines_read(media->lines, &theirs);      those that we can use, in their order
 *   crypto_line_write(&ours, &text);
 *
 * A line that we cannot use is as if it were not there: another suite, a key of the wrong
 * length, bad base64, a second key, an MKI above RTP_KEYS_MAX_MKI bytes, or a session parameter
 * that we do not obey (UNENCRYPTED_SRTP, UNENCRYPTED_SRTCP, UNAUTHENTICATED_SRTP, KDR, FEC_*,
 * whatever else is not said to be optional by a "-"). Of lines with one tag the first counts.
 * A lifetime has to be well-formed; nobody lives that long: 2^31 packets are 500 days of G.711.
 *
 * Thread   any; pure.
 * Source   RFC 4568 sections 4 to 6, 9; RFC 6188 and RFC 7714 (lengths).
 */
#ifndef SERVER_SDP_CRYPTO_LINES_H
#define SERVER_SDP_CRYPTO_LINES_H

#include "server/rtp/rtp_keys.h"
#include "server/sdp/description.h"
#include "server/sdp/text.h"

enum {
    CRYPTO_MAX_LINES = 8,    /* of a section, that can be used     */
    CRYPTO_LINE_BYTES = 160, /* at most, of one that we write      */
};

struct crypto_line {
    unsigned tag; /* 0..999999999 */
    struct rtp_keys keys;
};

struct crypto_lines {
    unsigned count;
    struct crypto_line line[CRYPTO_MAX_LINES];
};

/** Unused bytes of *theirs are 0. */
void crypto_lines_read(struct slice lines, struct crypto_lines *theirs);

/** The line of that tag, or NULL. */
const struct crypto_line *crypto_lines_find(const struct crypto_lines *lines, unsigned tag);

/** "a=crypto:..." with its line end. */
void crypto_line_write(const struct crypto_line *line, struct text *text);

#endif
