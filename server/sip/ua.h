/*
 * ua.h - the SIP side of the process: stack, listeners, gate, routing of requests to calls.
 *
 *   ua_create(&config, &ua, &why);    listeners are bound, or nothing is
 *   ua_run(ua);                       runs the control thread's loop until ua_stop()
 *   ua_drain(ua);                     503 to what is new; the rooms hang up the rest
 *
 * Every out-of-dialog request passes one gate: draining, rate per source, size; then routing to
 * what the user part of the request URI names (destination.h). INVITE makes a call (call.h);
 * REGISTER is the registrar's (registrar.h); OPTIONS is answered with what we can do.
 *
 * Thread   control.
 * Source   RFC 3261, 3262, 3264, 3311, 3326, 3581, 4028, 4579.
 */
#ifndef SERVER_SIP_UA_H
#define SERVER_SIP_UA_H

#include "server/leg/media_srtp.h"
#include "server/loop/loop.h"
#include "server/msrp/msrp_service.h"
#include "server/room/room_list.h"
#include "server/sip/seal_keys.h"
#include "server/sip/secure.h"
#include "server/websocket/ws_service.h"

#include <stdbool.h>
#include <stdint.h>

struct ua;
struct account_list;
struct ban_list;
struct letter_list;
struct location;
struct number_list;
struct trunk_list;
struct handshake_desk;

struct ua_config { /* strings borrowed for the ua's life; meaning as in conf.h */
    struct loop *loop;
    struct room_list *rooms;
    const char *const *listen;
    unsigned listen_count;
    const char *realm;
    struct trunk_list *trunks;
    struct number_list *numbers;
    struct account_list *accounts;
    struct location *location;   /* of their phones */
    const char *factory;         /* the user part that makes conferences; NULL: none */
    struct letter_list *letters; /* messages that wait for them */
    unsigned register_min_s, register_max_s;
    bool asks_invites;              /* who calls is asked for the password of one */
    struct proof *proof;            /* of passwords                     */
    struct ban_list *bans;          /* who guesses is not heard          */
    unsigned auth_failures;         /* wrong passwords a minute, where that cannot be */
    const char *advertised_address; /* for Contact and SDP origin; NULL: by routing */
    unsigned max_calls, rate_per_source;
    const char *const *proxies; /* in front of us: blocks of addresses */
    unsigned proxy_count;
    unsigned session_expires_s, min_session_expires_s;
    unsigned ring_timeout_s, max_redirects, max_call_s;
    bool dial_out;
    const char *const *domains; /* hosts that are this server, beside its addresses */
    unsigned domain_count;
    const char *const *dial_allow;
    const char *const *header_map;
    unsigned header_map_count;
    unsigned dial_allow_count, max_dial_outs;
    unsigned ptime_ms;
    enum media_srtp srtp; /* whether media is encrypted, where listener, account and room say
                              nothing else; not DEFAULT */
    bool srtp_offer;      /* whether our plain offers have keys, too          */
    bool dtls_offer;      /* whether our offers have DTLS, and nothing else   */
    struct handshake_desk *desk;  /* for DTLS; NULL: there is none */
    bool dtx;                     /* nothing is sent in silence, where that is agreed */
    uint64_t video_bandwidth_bps; /* the most that one far end is asked to send; 0: not said */
    bool visitors;                /* rooms take what is written by who is not in them */
    const char *const *msrp_listen;
    unsigned msrp_listen_count;     /* 0: no MSRP */
    unsigned msrp_sessions;         /* at once    */
    bool file_calls;                /* to phones that refuse files in theirs */
    const char *const *web_origins; /* of pages that may register; none: all */
    unsigned web_origin_count;
    struct seal_keys_config smime; /* certificate NULL: none is read or written */
    bool auto_create;         /* as the room list has it: OPTIONS says 404 only without it */
    struct secure_config tls; /* of tls: listeners; the ua fills in `host` and what follows */
    unsigned trace;           /* 1: log every SIP message at debug level */
};

/** Counters of requests that have to show a password, for /metrics. */
struct login_stats {
    uint64_t passed; /* with the right password                        */
    uint64_t asked;  /* had none with them                             */
    uint64_t stale;  /* a nonce that is used, old or not known         */
    uint64_t wrong;  /* password, or name                              */
    uint64_t bans;   /* sources that were banned for it                */
};

/** Counters for /metrics. */
struct ua_stats {
    uint64_t requests, refused_by_rate, invites, answered, failed, dialled_out;
    uint64_t responses[7]; /* final responses we sent, by class: [2] 2xx .. [6] 6xx */
    uint64_t registered;   /* REGISTERs that were answered with 200 */
    unsigned calls;        /* now, in any state */
    unsigned messages;     /* lines of the chat that wait for their turn in a call */
    struct secure_stats tls;
    struct login_stats login;
    uint64_t dropped_by_ban;
    struct msrp_service_stats msrp;
    struct ws_service_stats web;
};

/** @return 0 and *ua, owned by the caller; else an errno and *why, a line for a person, owned
 * by the caller: which listener, which address, what the kernel said. */
int ua_create(const struct ua_config *config, struct ua **ua, char **why);
/** NULL is allowed; calls must be over, or are cut. */
void ua_destroy(struct ua *ua);

/** Runs the loop (SIP and `config.loop`) until ua_stop(). */
void ua_run(struct ua *ua);
void ua_stop(struct ua *ua);

void ua_drain(struct ua *ua);
/** Reads the files of TLS and S/MIME again, for what is to come. @return 0; else an errno and
 * *why, owned by the caller: what was before stays. */
int ua_reload(struct ua *ua, char **why);
/** The certificate that was made for want of a configured one; NULL: none. Borrowed. */
const char *ua_self_signed(const struct ua *ua);
/** True when no call is left, not even one that waits for the answer to its BYE. */
bool ua_is_idle(const struct ua *ua);
void ua_stats_read(const struct ua *ua, struct ua_stats *stats);

#endif
