/*
 * sip_internal.h - what the files of this folder share of the stack: its types with our own
 * behind its opaque pointers, the lines (one nua per endpoint), and the state of the ua.
 *
 * One nua has one set of transports bound at birth, so each listener_endpoint gets one: a
 * "line". They share the root, hence the thread. A dialog stays on the line where it began.
 *
 * Thread   control.
 */
#ifndef SERVER_SIP_SIP_INTERNAL_H
#define SERVER_SIP_SIP_INTERNAL_H

#define NUA_MAGIC_T struct ua_line
#define NUA_HMAGIC_T struct call
#define SU_ROOT_MAGIC_T struct ua
#define SU_WAKEUP_ARG_T struct ua

#include "server/call/gate.h"
#include "server/sip/conference_users.h"
#include "server/sip/listener.h"
#include "server/sip/resolved.h"
#include "server/sip/secure.h"
#include "server/sip/source.h"
#include "server/sip/ua.h"

#include <sofia-sip/su_wait.h>

#include <sofia-sip/nua.h>
#include <sofia-sip/nua_tag.h>
#include <sofia-sip/sip.h>

enum {
    SIP_MAX_MESSAGE_BYTES = 160 * 1024, /* a body of 64 KiB, generous headers */
    SIP_HOST_BYTES = 256,
    SIP_CONTACT_BYTES = 400,
    CALL_TARGET_BYTES = 512,
    SIP_RETRY_AFTER_S = 10,
};

#define SIP_METHODS                                                                            \
    "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, MESSAGE, REGISTER, SUBSCRIBE, "   \
    "REFER"
#define SIP_EXTENSIONS                                                                         \
    "timer, 100rel, replaces, join, norefersub, multiple-refer, recipient-list-invite"
/* Of a call that has not to be rung reliably. */
#define SIP_EXTENSIONS_UNRELIABLE                                                              \
    "timer, replaces, join, norefersub, multiple-refer, recipient-list-invite"
#define SIP_PRODUCT "Raduno/" RADUNO_VERSION

enum { UA_RECENT_TEXTS = 4 };

struct call;
struct msrp_service;
struct resolver;
struct pair;
struct letters;
struct message_text;
struct referral;
struct parking;
struct seal_keys;
struct flows;
struct subscription;

struct trunk_watch;
struct ua_web;

/** What is written, on its way to all calls: call_message.c. */
struct ua_messages {
    struct call *first, *last; /* calls that wait for their turn */
    struct loop_timer timer;   /* runs while there are any       */
    struct message_text *recent[UA_RECENT_TEXTS];
    unsigned next_recent;
};

struct ua_line {
    struct ua *ua;
    nua_t *nua;
    struct listener_endpoint endpoint;
    uint16_t
        web_port; /* of the loopback, behind the WebSockets of the endpoint; 0: it has none */
    bool is_shut; /* nua_r_shutdown came: it may be destroyed */
};

struct ua {
    struct ua_config config;
    su_root_t *root;
    int loop_index; /* of su_root_register(); 0: not registered */
    struct gate *gate;
    struct source_proxies proxies; /* whose word for whom they ask is believed */
    struct login *login;
    struct seal_keys *seal_keys; /* NULL: no S/MIME */
    struct parking *parking;     /* for what has to be opened first; NULL: no S/MIME */
    struct secure *tls;          /* NULL: no listener has it */
    struct resolver *resolver;
    sres_cache_t *names; /* what it has found out; the stack's resolvers look there first */
    struct ua_line line[LISTENER_MAX_ENDPOINTS];
    unsigned line_count;
    struct call *calls; /* all, in any state */
    bool draining;
    int64_t warn_of_hidden_ns; /* an address that callers cannot reach: not again before */
    struct ua_stats stats;
    struct trunk_watch *watch; /* of trunks */
    struct room_dialer dialer;
    struct loop_timer expiry; /* of registrations */
    struct loop_timer flush;  /* of what has changed of them, to the store */
    struct flows *flows;      /* by which phones came */
    struct room_listener listener;
    struct pair *pairs; /* calls to accounts: pair.h */
    struct subscription *subscriptions;
    unsigned subscription_count;
    struct conference_users users; /* as those are told who ask once */
    struct referral *referrals;
    unsigned referral_count;
    struct ua_messages messages;
    struct letters *letters;   /* messages to accounts */
    struct msrp_service *msrp; /* NULL: there is none */
    struct ua_web *web;        /* NULL: no listener has WebSockets */
};

/** Called by the stack for everything that happens. */
void ua_on_event(nua_event_t event, int status, const char *phrase, nua_t *nua,
                 struct ua_line *line, nua_handle_t *handle, struct call *call,
                 const sip_t *sip, tagi_t tags[]);

/** Our address as @p peer sees it: advertised, bound, or by routing. Brackets around IPv6. */
void ua_host(const struct ua_line *line, const struct sockaddr *peer, char out[SIP_HOST_BYTES]);

enum ua_contact_kind { UA_CONTACT_PLAIN, UA_CONTACT_TCP, UA_CONTACT_SIPS };

/** Our Contact for @p room ("" for none) towards @p peer; on a TLS line it says so, as sips:
 *  only if asked. RFC 4579: a focus says so. */
void ua_contact(const struct ua_line *line, const struct sockaddr *peer,
                enum ua_contact_kind kind, const char *room, char out[SIP_CONTACT_BYTES]);

/** The Contact that the request at hand asks for. */
enum ua_contact_kind ua_contact_kind(const struct ua_line *line, const sip_t *sip);

/** True if @p url is a sips: URI and @p line has no TLS: 416. */
bool ua_refuses_scheme(const struct ua_line *line, const url_t *url);

/** The message of the event that is being handled, for NUTAG_WITH(): a request that had to wait
 *  is not the stack's current one. NULL: it has none. */
msg_t *ua_request(const struct ua_line *line);

/** Where the request that is being handled came from. Borrowed for the event. */
const struct sockaddr *ua_source(const struct ua_line *line);

/** Whose request it is (source.h): of family AF_UNSPEC if that is not known. Borrowed until the
 *  next one is asked for. */
const struct sockaddr *ua_asker(const struct ua_line *line, const sip_t *sip);

/** Whether it may ask for one thing more, by sip.rate_per_source; counts it. */
bool ua_admits(struct ua *ua, const struct sockaddr *asker);

#endif
