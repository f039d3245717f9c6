/*
 * recipients.h - the body of a request that has a list of whom it is also about: found, alone
 * or beside SDP.
 *
 *   struct recipients also = {.list.count = 0};
 *   if (!recipients_read(sip, &opened, &also, &reply)) ...refuse with reply...
 *   also.list.uri[0], ...; also.sdp                   sdp is of `opened`
 *   recipients_finish(&also);
 *
 * Thread   control.
 * Source   RFC 5363 sections 4 (disposition) and 7 (floods), 2046 section 5.1.3
 *          (multipart/mixed), 2392 (cid).
 */
#ifndef SERVER_SIP_RECIPIENTS_H
#define SERVER_SIP_RECIPIENTS_H

#include "server/body/recipient_list.h"
#include "server/sip/reply.h"
#include "server/sip/seal.h"

enum { RECIPIENTS_ID_BYTES = 256 };

struct recipients {
    struct recipient_list list;
    struct slice sdp;             /* length 0: none */
    char id[RECIPIENTS_ID_BYTES]; /* Content-ID of the list, without brackets; "": none */
};

/** @return false: *reply says why not: there is no list, or a part that is not known and may
 *  not be left out (handling). */
bool recipients_read(const sip_t *sip, const struct seal_body *body, struct recipients *also,
                     struct reply *reply);

void recipients_finish(struct recipients *also);

/** Each of them counts as a request of who asks, so that a few lists are no flood of calls.
 *  @return false: *reply says that it was one too many. */
bool recipients_admit(struct ua *ua, const struct sockaddr *asker, struct reply *reply);

#endif
