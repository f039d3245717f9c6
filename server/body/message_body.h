/*
 * message_body.h - what a MESSAGE brings: a text, a file, that somebody writes, or what has
 * become of a message; in an envelope (cpim.h) or without.
 *
 *   switch (message_body_read(type, body, &read)) ...
 *
 * Thread   any; pure. Slices are of the body.
 * Errors   -ENOTSUP: another content type; -EBADMSG: it is not what its type says.
 * Source   RFC 3428 section 5 (text/plain and message/cpim), RFC 3862, 3994, 5438.
 */
#ifndef SERVER_BODY_MESSAGE_BODY_H
#define SERVER_BODY_MESSAGE_BODY_H

#include "server/body/composing.h"
#include "server/body/cpim.h"
#include "server/body/file_notice.h"
#include "server/body/imdn.h"

#define MESSAGE_BODY_TYPES                                                                     \
    "text/plain, " CPIM_TYPE ", " COMPOSING_TYPE ", " IMDN_TYPE ", " FILE_NOTICE_TYPE

enum message_body_kind {
    MESSAGE_BODY_TEXT,
    MESSAGE_BODY_COMPOSING,
    MESSAGE_BODY_RECEIPT,
    MESSAGE_BODY_FILE,
};

struct message_body {
    enum message_body_kind kind;
    struct slice text;          /* TEXT, FILE: as it came */
    struct composing composing; /* COMPOSING */
    struct imdn imdn;           /* RECEIPT */
    struct file_notice file;    /* FILE */
    bool has_envelope;
    struct cpim envelope;
};

/** An envelope from @p from_uri that tells @p to_uri that a message of his, which he calls
 *  @p message_id, was delivered now. @return the body, of CPIM_TYPE, from malloc(); NULL: no
 *  memory. */
char *message_body_write_receipt(const char *from_uri, const char *to_uri,
                                 struct slice message_id);

/** @p content_type may have parameters, and may be NULL: text/plain. */
int message_body_read(const char *content_type, struct slice body, struct message_body *read);

#endif
