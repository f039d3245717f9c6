/*
 * call_fork.h - a call to an account while nobody has answered: its phones, and where it has
 * been sent on to (call_forward.h).
 *
 * An account whose phones ring is a hop: the one that was called is the first, each that it is
 * sent on to another, at most once. What cannot ring beside phones, a room, waits until none
 * rings any more; so does a number of the outside, unless the account wants it to ring beside
 * them (call_beside.h).
 *
 * Early media is heard by who calls, not by a room that calls: of the first phone that has
 * some, or number that rings beside them, and, once that one is gone, of the next.
 *
 * Thread   control.
 */
#ifndef SERVER_SIP_CALL_FORK_H
#define SERVER_SIP_CALL_FORK_H

#include "server/account/account_list.h"
#include "server/account/location.h"
#include "server/sip/call_internal.h"
#include "server/sip/forward.h"

enum { CALL_MAX_HOPS = 8, CALL_MAX_ONWARD = 8, CALL_MAX_TRIED = 32 };

/* A browser takes ICE, DTLS and no chat beside; other phones might not. */
enum call_offer_kind { CALL_OFFER_PHONE, CALL_OFFER_WEB, CALL_OFFER_KINDS };

/** What all phones of a kind are offered; the session becomes the call's if one of them answers. */
struct call_offer {
    char *sdp; /* NULL: none was called */
    struct offer_session session;
};

struct call_branch { /* one phone, until its INVITE and what may follow are over */
    nua_handle_t *handle;
    struct ua_line *line;
    char call_id[CALL_CALL_ID_BYTES];
    char contact[SIP_CONTACT_BYTES];
    char flow[LOCATION_TEXT_BYTES];
    char instance[LOCATION_TEXT_BYTES]; /* of a phone that may have other flows; else "" */
    char binding[LOCATION_ID_BYTES];
    int64_t expires_ns; /* of the binding: another one once it was refreshed */
    uint64_t flow_id;   /* with which it ends (flow.h) */
    unsigned hop;       /* whose phone it is */
    enum call_offer_kind kind;
    bool is_cancelled;  /* by us             */
    bool is_answered;   /* all the same      */
    char *early_answer; /* owned: SDP of a 1xx; NULL: none */
};

/** By whom a call was sent on, and why. */
struct call_sender {
    unsigned hop;
    const char *reason; /* of diversion.h, a constant; NULL: nobody */
    bool is_hidden;     /* it does not want to be named by others */
};

struct call_hop {
    char account[ACCOUNT_NAME_BYTES];
    struct call_sender sender; /* of the first: nobody                           */
    struct seal seal;          /* of what goes to its phones                     */
    int worst;                 /* the most telling that they have said; 0: nothing */
    bool has_forwarded;        /* where it is set to go on to, it has gone       */
};

struct call_onward {
    struct forward forward;
    struct call_sender sender;
};

struct call_fork {
    char *from_name, *from_uri; /* who calls, if it is not the room */
    char called[NUMBER_BYTES];  /* by which number; "": by name     */
    bool hides_history;         /* of those who send it on          */
    char *from;
    unsigned count;
    struct call_branch branch[CALL_MAX_TARGETS];
    struct call_offer offer[CALL_OFFER_KINDS];
    struct call_offer *lent;   /* whose session is the call's now; NULL: none's */
    sa_family_t family;        /* of our ports, so of all phones; 0: none was called */
    const nua_handle_t *heard; /* of the phone that is, before any answers; NULL: none */
    unsigned hops;
    struct call_hop hop[CALL_MAX_HOPS];
    unsigned onwards;
    struct call_onward onward[CALL_MAX_ONWARD]; /* [onwards]: still to be tried */
    unsigned tried_count;
    char tried[CALL_MAX_TRIED][LOCATION_ID_BYTES]; /* bindings that did not reach the phone */
};

/** Calls the phones of another account. @return how many. */
unsigned call_fork_add(struct call *call, const struct account *account,
                       const struct call_sender *sender);

/** The seal of what goes to, and comes from, @p handle of @p call: a phone's that rings, or the
 *  call's own. */
const struct seal *call_fork_seal(const struct call *call, const nua_handle_t *handle);

/** What all together have said, to whoever calls: RFC 3261 section 16.7, step 6. */
int call_fork_worst(const struct call_fork *fork);

/** Whether the call goes by a trunk now: what the phones say does not matter any more. */
bool call_fork_is_left(const struct call *call);

/** Who was heard before the answer is not any more. */
void call_fork_hush(struct call *call);

/** Whether a phone rings that we have not cancelled. */
bool call_fork_rings(const struct call_fork *fork);

/** Who was called beside the phones of @p hop is not any more, and has said @p status. */
void call_fork_note_beside(struct call *call, unsigned hop, int status);

/** Looks whether phones that ring have lost their connections: those do not answer any more. */
void call_fork_sweep(struct ua *ua);

/** Nobody rings any more: the call goes on, or has come to nothing. */
void call_fork_settle(struct call *call);

#endif
