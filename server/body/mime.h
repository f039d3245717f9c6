/*
 * mime.h - a MIME entity cut up: its header lines, its type, its parts.
 *
 *   struct mime_part part;
 *   if (mime_read(entity, &part) == 0 && mime_is(part.type, "multipart/signed") &&
 *       mime_parameter(part.type, "boundary", boundary, sizeof(boundary)))
 *       count = mime_split(part.body, boundary, parts, 2);
 *
 * Shape    slices point into what was read; nothing is copied but what says so.
 * Thread   any; pure.
 * Errors   -EBADMSG: it is no entity, or not of that form.
 * Source   RFC 2045 sections 5 (Content-Type), 6 (encodings), 2046 section 5.1 (multipart).
 *          Read generously: lines may end with LF alone.
 */
#ifndef SERVER_BODY_MIME_H
#define SERVER_BODY_MIME_H

#include "server/sdp/description.h"

#include <stdbool.h>
#include <stddef.h>

enum { MIME_BOUNDARY_BYTES = 71 };

struct mime_part {
    struct slice type;        /* Content-Type with its parameters; "": none is said */
    struct slice encoding;    /* Content-Transfer-Encoding; "": as it is            */
    struct slice disposition; /* Content-Disposition, likewise                   */
    struct slice id;          /* Content-ID with its brackets; "": none          */
    struct slice body;
};

/** Reads header lines, an empty line, and the rest. Folded lines (RFC 5322) are refused: who
 *  writes into SIP has no need of them. */
int mime_read(struct slice entity, struct mime_part *part);

/** Whether @p type is "@p word" (of any case), whatever its parameters are. */
bool mime_is(struct slice type, const char *word);

/** The value of a parameter, without quotes. @return false: it is not there, or too long. */
bool mime_parameter(struct slice type, const char *name, char *out, size_t room);

/** Cuts a multipart into at most @p most parts, each with its header lines, exactly as they
 *  were. What is before the first and behind the last is left out.
 *  @return how many; -EBADMSG: no boundary, no end, or more than @p most. */
int mime_split(struct slice body, const char *boundary, struct slice parts[], unsigned most);

/** Undoes the encoding of @p part: base64, or none. *bytes from malloc(), terminated.
 *  @return 0; -EBADMSG; -EMSGSIZE; -ENOTSUP: another encoding; -ENOMEM. */
int mime_decode(const struct mime_part *part, char **bytes, size_t *length);

#endif
