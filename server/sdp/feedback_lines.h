/*
 * feedback_lines.h - a=rtcp-fb: which RTCP feedback a section wants, for each payload type.
 *
 *   feedback_lines_read(media->lines, &lines);
 *   lines.all | lines.type[96]          what is wanted for type 96, as bits
 *   feedback_lines_write(bits, FEEDBACK_ALL_TYPES, &text);
 *
 * Six kinds are known; what else is asked for ("nack sli", "trr-int") is as if it were not
 * there.
 *
 * Thread   any; pure; one pass over the lines.
 * Source   RFC 4585 section 4.2 (nack, nack pli), RFC 5104 section 7.1 (ccm fir, ccm tmmbr),
 *          draft-alvestrand-rmcat-remb-03 section 2.3 (goog-remb),
 *          draft-holmer-rmcat-transport-wide-cc-extensions-01 section 5 (transport-cc).
 */
#ifndef SERVER_SDP_FEEDBACK_LINES_H
#define SERVER_SDP_FEEDBACK_LINES_H

#include "server/leg/video_plan.h"
#include "server/sdp/description.h"
#include "server/sdp/media_types.h"
#include "server/sdp/text.h"

#include <stdint.h>

enum feedback_bit {
    FEEDBACK_NACK = 1,
    FEEDBACK_PLI = 2,
    FEEDBACK_FIR = 4,
    FEEDBACK_TMMBR = 8,
    FEEDBACK_REMB = 16,
    FEEDBACK_TRANSPORT = 32,
    FEEDBACK_ALL = 63, /* each of them */
};

enum { FEEDBACK_ALL_TYPES = MEDIA_TYPES }; /* "*" */

struct feedback_lines {
    uint8_t all;               /* of "*"                   */
    uint8_t type[MEDIA_TYPES]; /* of one type, beside "*"  */
};

void feedback_lines_read(struct slice lines, struct feedback_lines *feedback);

/** Writes a line for each of @p bits. */
void feedback_lines_write(unsigned bits, unsigned type, struct text *text);

/** The same in a plan's words. */
struct video_plan_feedback feedback_lines_plan(unsigned bits);

#endif
