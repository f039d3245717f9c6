/*
 * trunk_out.h - calls that go out by a trunk: which number, by which line, to which gateway,
 * what it says of who calls, and the password that it is asked for.
 *
 *   trunk_out_begin(call, "tel:+493012345")           a line is taken, or nothing is
 *   while (trunk_out_next(call, uri) == 0) ...INVITE to uri, until one takes the call...
 *   trunk_out_fails_over(status)                      whether the next may do better
 *
 * Gateways are tried in their order, then those of the next trunk that may dial the number.
 * What the called one says (busy, declined, not there) ends it; a gateway that cannot, or does
 * not answer, does not.
 *
 * Owner    the call; trunk_out_destroy() frees it.
 * Thread   control.
 * Source   RFC 3261 section 22 (digest), RFC 3263 section 4.3 (failover), RFC 3323, 3325, 3966.
 */
#ifndef SERVER_SIP_TRUNK_OUT_H
#define SERVER_SIP_TRUNK_OUT_H

#include "server/sip/sip_internal.h"
#include "server/sip/uri.h"
#include "server/trunk/trunk_list.h"

struct account;

enum { TRUNK_OUT_TAG_BYTES = 13, TRUNK_OUT_IDENTITY_BYTES = 768 };

/** What a call by a trunk has, and no other. */
struct trunk_out {
    char number[NUMBER_BYTES];     /* in E.164; "": none                       */
    uint32_t tried;                /* endpoints of the trunk, by index          */
    char caller[ROOM_NAME_BYTES];  /* who calls, where the trunk sets nobody    */
    int endpoint;                  /* that is being tried                       */
    char uri[CALL_TARGET_BYTES];   /* the request URI of the attempt        */
    char tag[TRUNK_OUT_TAG_BYTES]; /* of From, the same for both of a challenge */
    uint32_t sequence;             /* of the first INVITE                   */
    char *authorization;           /* owned: the answer to a challenge; NULL */
    bool is_for_proxy;             /* it came with 407                      */
    bool is_reliable;              /* the gateway insists on 100rel         */
};

/** What a call says of who calls. */
struct trunk_out_identity {
    char from[TRUNK_OUT_IDENTITY_BYTES];
    char asserted[TRUNK_OUT_IDENTITY_BYTES + 24]; /* a whole header; "": none */
    const char *privacy;                          /* a constant; NULL: none */
};

/** Takes a line to dial @p text, at the expense of the room, or of @p account, which has sent
 * the call on (NULL: none has). @return 0; -EINVAL: it is no number; -ENOMEM; as
 * trunk_list_take_line().
 */
int trunk_out_begin(struct call *call, const char *text, const struct account *account);

/** The next place to try, in call->out->uri; of the next trunk, once this one has none left.
 *  @return 0; -ENOENT: nothing is left; as trunk_list_take_line(). */
int trunk_out_next(struct call *call);

bool trunk_out_fails_over(int status);

/** @p host: ours, for want of a better one. */
void trunk_out_identify(const struct call *call, const char *host,
                        struct trunk_out_identity *identity);

/** Answers the challenge of a 401 or 407, once for each attempt. @return true: the INVITE is to
 *  be sent again, with out->authorization. */
bool trunk_out_authorize(struct call *call, int status, const sip_t *sip);

/** Whether the gateway wants 100rel, which we have not offered: the INVITE is to be sent again
 * as a new one. The stack binds a call to the phone whose 1xx it has acknowledged, and
 * providers often let one thing ring or speak and another answer: so it is not offered by
 * itself.
 *
 * What cannot be had after that: an answer by another phone. At the first 1xx with RSeq, nua
 * lets go of the transaction that all phones share, and keeps one of that phone's tag
 * (nua_invite_client_preliminary(): "we should fork here"). A 200 with another tag goes to the
 * one that nobody listens to any more, which neither tells of it nor acknowledges it; nta has
 * no call to take that one up again, and a PRACK of our own, beside nua, would use up numbers
 * of the dialog (CSeq) that nua gives to its next request. */
bool trunk_out_insists_on_100rel(struct call *call, int status, const sip_t *sip);

/** Whether a gateway may send the call on to there: to a gateway of the same trunk, and to a
 *  number that may be dialled by it. */
bool trunk_out_may_redirect(const struct call *call, const url_t *url);

/** It is sent on to @p uri: what was agreed with the gateway is not for there. */
void trunk_out_redirect(struct call *call, const char *uri);

void trunk_out_destroy(struct trunk_out *out); /* NULL is allowed */

#endif
