/*
 * description.h - the lines of an SDP body, checked and cut up; what they mean is offer.h's
 * matter.
 *
 *   struct description d;  char why[DESCRIPTION_WHY_BYTES];
 *   if (description_read(body, length, &d, why) == 0) {
 *       for (unsigned i = 0; i < d.media_count; i++)
 *           ...d.media[i].kind, .protocol, .lines...
 *       description_finish(&d);
 *   }
 *
 * An own reader, not the SIP library's: that one turns protocol strings that it does not know
 * into others, and an answer has to repeat them byte for byte.
 *
 * Shape    slices point into the body that was read, which must stay; they are not terminated.
 * Thread   any; pure but for one allocation.
 * Errors   -EBADMSG and a reason for a person: not SDP; -E2BIG: above a limit; -ENOMEM.
 * Source   RFC 8866 section 5 (lines), 9 (grammar). Read generously: any order but v= first, LF
 *          or CRLF, no s= or t= needed; control bytes and lines without "x=" are refused.
 */
#ifndef SERVER_SDP_DESCRIPTION_H
#define SERVER_SDP_DESCRIPTION_H

#include <stdbool.h>
#include <stddef.h>

enum {
    DESCRIPTION_MAX_BYTES = 65536,
    DESCRIPTION_MAX_MEDIA = 512,
    DESCRIPTION_WHY_BYTES = 112,
};

struct slice {
    const char *at;
    size_t length;
};

struct description_media {
    struct slice kind;     /* "audio"                           */
    struct slice protocol; /* "RTP/AVP"                         */
    struct slice formats;  /* "0 8 101", at least one           */
    unsigned port;         /* 0..65535; 0: not used             */
    struct slice lines;    /* up to the next m=, without its own */
};

struct description {
    struct slice lines; /* of the session, before the first m= */
    unsigned media_count;
    struct description_media *media;
};

/** Reads @p length bytes of @p body, which is borrowed until description_finish(). */
int description_read(const char *body, size_t length, struct description *description,
                     char why[DESCRIPTION_WHY_BYTES]);
void description_finish(struct description *description);

/** Takes the next line off @p lines. @return false at the end. */
bool slice_next_line(struct slice *lines, char *type, struct slice *value);

/** Takes the next word off @p rest, which is cut at @p separator. @return false at the end. */
bool slice_next_word(struct slice *rest, char separator, struct slice *word);

/** The value of the first line of @p type in @p lines. */
bool slice_find_line(struct slice lines, char type, struct slice *value);

/** The value behind "a=NAME:", or "" for a bare "a=NAME". */
bool slice_find_attribute(struct slice lines, const char *name, struct slice *value);

/** If @p line is "NAME:value" or "NAME", gives the value. */
bool slice_is_attribute(struct slice line, const char *name, struct slice *value);

bool slice_equals(struct slice slice, const char *text);

/** Without the blanks and line ends around it. */
struct slice slice_trim(struct slice slice);

/** Reads a decimal number 0..@p most that fills the slice. */
bool slice_number(struct slice slice, unsigned long most, unsigned long *number);

/** Copies into a NUL-terminated buffer. @return false if it does not fit. */
bool slice_copy(struct slice slice, char *out, size_t room);

#endif
