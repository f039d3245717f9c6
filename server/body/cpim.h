/*
 * cpim.h - a message in an envelope of its own (message/cpim): who wrote it, to whom, and
 * whether the sender wants to be told what becomes of it.
 *
 *   struct cpim cpim;
 *   if (cpim_read(body, &cpim) < 0) ...400...
 *   char *text = cpim_write(&out);                 owned by the caller
 *
 * Thread   any; pure.
 * Errors   -EBADMSG: no envelope, or headers that cannot be read.
 * Source   RFC 3862 sections 2-4; RFC 5438 sections 6 (headers) and 7.1.1 (who asks).
 */
#ifndef SERVER_BODY_CPIM_H
#define SERVER_BODY_CPIM_H

#include "server/sdp/description.h"

#include <stdbool.h>

#define CPIM_TYPE "message/cpim"

/** Slices are of the body, as they came: nothing of them is checked. "" if not there. */
struct cpim {
    struct slice from_uri, to_uri; /* without <> */
    unsigned receivers;            /* how many To there are: the last one is to_uri */
    struct slice message_id;       /* imdn.Message-ID */
    bool wants_delivered;          /* positive-delivery */
    struct slice type;             /* of the content; "" is text/plain */
    struct slice content;
};

int cpim_read(struct slice body, struct cpim *cpim);

/** Texts are UTF-8 of one line, but for the content. */
struct cpim_out {
    const char *from_name, *from_uri; /* the name may be "" */
    const char *to_uri;
    const char *time;       /* RFC 3339 */
    const char *message_id; /* NULL: none */
    bool asks;              /* what becomes of it: delivered, or not */
    bool is_receipt;        /* Content-Disposition: notification */
    const char *type, *content;
};

/** @return the body, from malloc(); NULL: no memory. */
char *cpim_write(const struct cpim_out *out);

#endif
