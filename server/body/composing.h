/*
 * composing.h - that somebody writes, or does not any more (application/im-iscomposing+xml).
 *
 * Thread   any; pure.
 * Errors   -EBADMSG: it does not say which.
 * Source   RFC 3994 sections 4 and 6.
 */
#ifndef SERVER_BODY_COMPOSING_H
#define SERVER_BODY_COMPOSING_H

#include "server/sdp/description.h"

#include <stdbool.h>

#define COMPOSING_TYPE "application/im-iscomposing+xml"

#define COMPOSING_BODY(state)                                                                  \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"                                           \
    "<isComposing xmlns=\"urn:ietf:params:xml:ns:im-iscomposing\"><state>" state "</state>"    \
    "<contenttype>text/plain</contenttype></isComposing>\r\n"
#define COMPOSING_ACTIVE COMPOSING_BODY("active")
#define COMPOSING_IDLE COMPOSING_BODY("idle")

struct composing {
    bool is_active;
    unsigned refresh_s; /* it is said again within that time; 0: not said */
};

int composing_read(struct slice body, struct composing *composing);

#endif
