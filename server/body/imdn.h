/*
 * imdn.h - what has become of a message, as its receiver tells it (message/imdn+xml).
 *
 * Thread   any; pure.
 * Errors   -EBADMSG: it is none, or does not say of which message.
 * Source   RFC 5438 sections 7.2.1 (delivery notification) and 11.
 */
#ifndef SERVER_BODY_IMDN_H
#define SERVER_BODY_IMDN_H

#include "server/sdp/description.h"

#define IMDN_TYPE "message/imdn+xml"

enum imdn_status {
    IMDN_UNKNOWN, /* told of something else, or not told: nothing has changed */
    IMDN_DELIVERED,
    IMDN_DISPLAYED,
    IMDN_FAILED, /* failed, forbidden, error */
};

struct imdn {
    struct slice message_id;
    enum imdn_status status;
};

int imdn_read(struct slice body, struct imdn *imdn);

/** That @p message_id was delivered. @p message_id comes from the far end: what XML does not
 * allow in it is escaped. @return the body, from malloc(); NULL: no memory. */
char *imdn_write_delivered(struct slice message_id, const char *time);

#endif
