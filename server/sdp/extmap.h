/*
 * extmap.h - which RTP header extensions a stream has, under which local identifiers.
 *
 *   extmap_read(EXTMAP_AUDIO, section lines, session lines, &theirs);
 *   the far end offers:   extmap_answer(&known, &theirs, &ours);
 *   we offer:             extmap_offer(EXTMAP_AUDIO, &known, &ours);    ...they answer...
 *                         extmap_accept(&ours, &theirs, &agreed);
 *   both                  extmap_remember(&known, &ours or &agreed);
 *                         extmap_used(&agreed, EXTMAP_LEVEL) is the identifier in the packets
 *
 * Four are known. Of audio: the level of a voice, which the far end sends, and the levels of
 * those in the mix, which we send. Of video: numbers that count the packets of a transport,
 * both ways. Of both: the name of the section (a=mid), both ways; it is never offered, as we
 * offer no BUNDLE. Each is answered under the identifier that it was offered with, 1 to 14:
 * those of the one-byte header. What an identifier meant once, it means until the dialog ends.
 *
 * Thread   any; pure.
 * Errors   a line that is malformed, foreign, or uses an identifier twice is as if it were not
 *          there.
 * Source   RFC 8285 sections 5 to 7; RFC 6464 section 4 (ssrc-audio-level; its "vad" says what
 *          a bit is good for that we do not read), RFC 6465 section 4 (csrc-audio-level);
 *          RFC 9143 section 15 (sdes:mid);
 *          draft-holmer-rmcat-transport-wide-cc-extensions-01 section 2.
 */
#ifndef SERVER_SDP_EXTMAP_H
#define SERVER_SDP_EXTMAP_H

#include "server/rtp/rtp_sections.h"
#include "server/sdp/media_direction.h"
#include "server/sdp/text.h"

#include <stdint.h>

enum { EXTMAP_MAX_ID = 14 };

enum extmap_kind {
    EXTMAP_LEVEL,
    EXTMAP_MIXED_LEVELS,
    EXTMAP_TRANSPORT,
    EXTMAP_MID,
    EXTMAP_KINDS
};

/** Those of a medium, as bits by kind. */
enum extmap_medium {
    EXTMAP_AUDIO = 1 << EXTMAP_LEVEL | 1 << EXTMAP_MIXED_LEVELS | 1 << EXTMAP_MID,
    EXTMAP_VIDEO = 1 << EXTMAP_TRANSPORT | 1 << EXTMAP_MID,
};

struct extmap_line {
    uint8_t id;                     /* 1..EXTMAP_MAX_ID; 0: there is none       */
    bool says_direction;            /* "/sendonly"; else it is sendrecv         */
    enum media_direction direction; /* as its writer says it                    */
};

struct extmap {
    struct extmap_line line[EXTMAP_KINDS];
};

/** What a dialog remembers. Zeroed: nothing yet. */
struct extmap_known {
    uint8_t meaning[EXTMAP_MAX_ID + 1]; /* by identifier: kind + 1; 0: none yet    */
    uint8_t id[EXTMAP_KINDS];           /* by kind: the one of last; 0: none yet   */
};

/** Reads the lines of a section, then those of its session. */
void extmap_read(enum extmap_medium medium, struct slice section, struct slice session,
                 struct extmap *theirs);

/** What of @p theirs we take, in the mirrored direction. One that is of no use in the direction
 *  that is offered is left out; one that is offered as inactive stays so. */
void extmap_answer(const struct extmap_known *known, const struct extmap *theirs,
                   struct extmap *ours);

/** What of @p ours has a name in the packets: as answered, or nothing if @p mid is "" or too
 *  long for them. */
void extmap_name(struct extmap *ours, const char *mid, struct rtp_mid *name);

/** All that we have, under the identifiers of before or free ones. */
void extmap_offer(enum extmap_medium medium, const struct extmap_known *known,
                  struct extmap *ours);

/** What of @p ours, which we offered, the far end's answer @p theirs takes. */
void extmap_accept(const struct extmap *ours, const struct extmap *theirs,
                   struct extmap *agreed);

void extmap_remember(struct extmap_known *known, const struct extmap *agreed);

/** Its identifier if it goes the way that we use it (see above), else 0. */
uint8_t extmap_used(const struct extmap *agreed, enum extmap_kind kind);

/** Writes an a= line for each. */
void extmap_write(const struct extmap *ours, struct text *text);

#endif
