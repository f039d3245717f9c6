/*
 * recipient_list.h - whom a request is also about: a list of URIs in its body
 * (application/resource-lists+xml).
 *
 *   struct recipient_list list;
 *   if (recipient_list_read(body, &list) == 0) ... list.uri[0], ...
 *   recipient_list_finish(&list);
 *
 * Lists within lists are one list, in their order; who is there twice is there once. What a
 * copy of the list would show of whom (copyControl, anonymize: RFC 5364) is left out: copies
 * are not made. URIs are texts that may be anything: they have still to be judged.
 *
 * Thread   any; pure.
 * Errors   -EBADMSG: it is no such list, is empty, or has an entry without a fitting URI;
 *          -E2BIG: more than RECIPIENT_LIST_MOST; -ENOTSUP: some of it is elsewhere (external,
 *          entry-ref); -ENOMEM. Nothing is owned then.
 * Source   RFC 4826 section 3 (the document); RFC 5363 sections 4.3 and 5 (what a server reads
 *          of it).
 */
#ifndef SERVER_BODY_RECIPIENT_LIST_H
#define SERVER_BODY_RECIPIENT_LIST_H

#include "server/sdp/description.h"

#define RECIPIENT_LIST_TYPE "application/resource-lists+xml"

enum { RECIPIENT_LIST_MOST = 100, RECIPIENT_URI_BYTES = 512 };

struct recipient_list {
    unsigned count;
    char *uri[RECIPIENT_LIST_MOST]; /* [count], owned; none is "" */
};

int recipient_list_read(struct slice body, struct recipient_list *list);

/** A zeroed one is allowed, and is left. */
void recipient_list_finish(struct recipient_list *list);

#endif
