/*
 * source_lines.h - what we say of the streams that we send: a=msid, a=ssrc, a=ssrc-group.
 *
 *   source_lines_write(&(struct source_lines){.stream = "room", .track = "audio",
 *                                             .ssrc = ssrc, .cname = cname}, &text);
 *
 * A browser makes a track of them, and tells streams apart that share a port before the first
 * packet came.
 *
 * Shape    stream, track and cname are tokens of ours: no blanks, no control bytes.
 * Thread   any; pure.
 * Source   RFC 8830 (msid), RFC 5576 (ssrc, cname, ssrc-group), RFC 4588 section 8.8 (FID).
 */
#ifndef SERVER_SDP_SOURCE_LINES_H
#define SERVER_SDP_SOURCE_LINES_H

#include "server/sdp/text.h"

#include <stdint.h>

struct source_lines {
    const char *stream, *track; /* stream NULL: no msid */
    const char *cname;
    uint32_t ssrc;
    uint32_t repeats; /* SSRC of the RTX stream; 0: none */
};

/** For one section. */
void source_lines_write(const struct source_lines *ours, struct text *text);

#endif
