/*
 * bundle_lines.h - which m= sections share one transport: a=group:BUNDLE and a=mid.
 *
 *   bundle_lines_read(&description, &theirs);
 *   theirs.is_bundled[i]        section i is in the group of the first
 *   bundle_lines_write_group(&theirs, taken, &text);    in the session
 *   bundle_lines_write_mid(theirs.mid[i], &text);       in section i
 *
 * The first group is read, as we have one transport with a browser. A group that names a
 * section that is not there, or one twice, is none. The transport is that of the first section
 * of the group: the tagged one.
 *
 * Shape    BUNDLE_MAX_SECTIONS sections are looked at; those behind them are not bundled.
 * Thread   any; pure.
 * Source   RFC 9143 (BUNDLE; formerly 8843) sections 7.2, 7.3; RFC 5888 sections 4, 5.
 */
#ifndef SERVER_SDP_BUNDLE_LINES_H
#define SERVER_SDP_BUNDLE_LINES_H

#include "server/sdp/description.h"
#include "server/sdp/text.h"

#include <stdbool.h>

enum { BUNDLE_MAX_SECTIONS = 32, BUNDLE_MID_BYTES = 33 };

struct bundle_lines {
    unsigned sections;                               /* looked at            */
    char mid[BUNDLE_MAX_SECTIONS][BUNDLE_MID_BYTES]; /* "": none, or no token */
    bool is_bundled[BUNDLE_MAX_SECTIONS];
    bool is_bundle_only[BUNDLE_MAX_SECTIONS]; /* port 0 does not mean refused */
    bool has_group;
    unsigned tagged; /* the section whose address and ICE count for all */
};

void bundle_lines_read(const struct description *description, struct bundle_lines *theirs);

/** The group of an answer: those of @p bundle that are in it and, by section, in @p taken;
 *  nothing if there is none. */
void bundle_lines_write_group(const struct bundle_lines *bundle, const bool *taken,
                              struct text *text);

/** a=mid; nothing for "". */
void bundle_lines_write_mid(const char *mid, struct text *text);

#endif
