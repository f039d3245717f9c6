/*
 * msrp_service.h - sessions of MSRP, and the thread that has their connections.
 *
 *   msrp_service_create(&config, &service, &why);
 *   session = msrp_session_create(service, &session_config);
 *   ...msrp_session_path() goes into our SDP, theirs into msrp_session_connect()...
 *   on_request(context, session, request):  msrp_session_answer(session, request, 200);
 *   msrp_session_send(session, &out);     ...  on_sent(context, &sent)
 *   msrp_session_destroy(session);
 *
 * One port takes the connections of all sessions. Who connects has to name a session of ours
 * (the session-id of To-Path) within `patience_s`, and then to be the far end of that session
 * (the session-id of From-Path; hosts and ports are not compared, for relays and border
 * controllers rewrite them). A session is bound to one connection at a time; when that ends,
 * the far end may come again; by TLS with the certificate that was said, before that, too.
 * Where we have to connect we do, once.
 *
 * Requests come whole: pieces are put together, up to `most_bytes`. A session with a `sink`
 * gets what comes in pieces instead, on the thread of the connections. What is sent is either a
 * text in memory or has a `source`, which is read as fast as the far end takes it. The far end
 * has it once it has answered; behind relays, which answer for themselves and may have little
 * room, in small chunks, once it has reported so.
 *
 * Back-pressure  Of a session MSRP_MOST_UNANSWERED requests may wait for their answers; then
 *          its connection is not read. MSRP_MOST_QUEUED may wait to be sent; then it is
 *          -ENOBUFS.
 * TLS      our certificate is said by its fingerprint (a=fingerprint). If the far end says
 *          fingerprints, it has to show a certificate with one of them, whoever connects;
 *          without, a server that we connect to has to have one that is signed for its host.
 * Thread   control, but for the functions of sinks and sources: msrp. Callbacks come on
 *          control, from the loop, never from within a call; none after
 *          msrp_session_destroy().
 * Errors   negative errno.
 * Source   RFC 4975 sections 5, 7, 14; RFC 6135 (who connects); RFC 8122.
 */
#ifndef SERVER_MSRP_MSRP_SERVICE_H
#define SERVER_MSRP_MSRP_SERVICE_H

#include "server/loop/loop.h"
#include "server/msrp/msrp_head.h"
#include "server/msrp/msrp_uri.h"
#include "server/rtp/dtls_fingerprint.h"
#include "server/rtp/latch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MSRP_MOST_SESSIONS = 4096,
    MSRP_MOST_ENDPOINTS = 4,
    MSRP_MOST_UNANSWERED = 16,
    MSRP_MOST_QUEUED = 64,
    MSRP_MOST_PARTIAL = 4, /* messages of a session that are not whole yet */
    MSRP_MOST_FINGERPRINTS = 4,
    MSRP_CALL_BYTES = 32,
    MSRP_ANSWER_S = 30, /* RFC 4975 section 7.1.3: then it has failed */
    MSRP_CHUNK_BYTES = 32 * 1024,
    MSRP_BROKEN = 1, /* for on_sent(): its source could not be read */
};

struct msrp_service;
struct msrp_session;

struct msrp_endpoint {
    union latch_address address;
    bool is_tls;
};

struct msrp_service_config {
    struct loop *loop;
    unsigned endpoint_count;
    struct msrp_endpoint endpoint[MSRP_MOST_ENDPOINTS];
    const char *certificate, *key; /* PEM files; if an endpoint has TLS */
    unsigned sessions;             /* at once, up to MSRP_MOST_SESSIONS   */
    unsigned connections;          /* at once                             */
    unsigned patience_s;           /* with a connection that is nobody's  */
};

struct msrp_service_stats {
    unsigned sessions, connections; /* now                                          */
    uint64_t accepted, refused;     /* connections: taken, and cut: too many, nobody's,
                                       no MSRP, TLS that failed                     */
    uint64_t received, sent;        /* bytes                                        */
    uint64_t requests, rejected;    /* that came; of those answered with an error   */
};

/** @return 0 and *service, owned by the caller; else an errno and *why, a line for a person,
 *  owned by the caller. */
int msrp_service_create(const struct msrp_service_config *config, struct msrp_service **service,
                        char **why);
/** Sessions must be gone. NULL is allowed. */
void msrp_service_destroy(struct msrp_service *service);

/** The port of the first endpoint of its kind; 0: there is none. */
uint16_t msrp_service_port(const struct msrp_service *service, bool is_tls);
/** NULL: there is no TLS here. Borrowed. */
const struct dtls_fingerprint *msrp_service_fingerprint(const struct msrp_service *service);
/** Reads the files again, for what connects from now on. Nothing to do without TLS. @return 0;
 *  else an errno and *why, owned by the caller: what was before stays. */
int msrp_service_reload(struct msrp_service *service, const char *certificate, const char *key,
                        char **why);
void msrp_service_stats_read(const struct msrp_service *service,
                             struct msrp_service_stats *stats);

/* ---- sessions ---- */

/** What came, whole; the session's until it is answered. */
struct msrp_incoming {
    enum msrp_method method; /* SEND, NICKNAME */
    char *type, *content;    /* of a SEND: with content, and a NUL behind it */
    size_t length;
    char *nickname; /* of a NICKNAME: as it came; NULL: it has none */
};

enum msrp_state { MSRP_STATE_BOUND, MSRP_STATE_LOST, MSRP_STATE_FAILED };

/** What became of a message. */
struct msrp_sent {
    uint64_t tag;
    unsigned status;  /* 200, what the far end has said, 408 if it said nothing, 481 if the
                         session has ended first, MSRP_BROKEN */
    uint64_t arrived; /* bytes, from its begin on, that the far end has said to have */
};

struct msrp_listener {
    /** Has to be answered, once, by msrp_session_answer(): now or later. */
    void (*on_request)(void *context, struct msrp_session *session,
                       struct msrp_incoming *request);
    void (*on_sent)(void *context, const struct msrp_sent *sent);
    /** It has a connection; has none any more; could not connect. May be NULL. */
    void (*on_state)(void *context, enum msrp_state state);
};

/** Takes what comes, piece by piece. take() and end() are called on the msrp thread; each
 * returns 200, or the status with which the request is refused; then what is left of it is not
 * asked about. release() comes last, on control, after msrp_session_destroy(). */
struct msrp_sink {
    /** @p offset: of the message, from 0. */
    unsigned (*take)(void *context, const struct msrp_head *head, uint64_t offset,
                     const char *data, size_t length);
    /** A chunk has ended at @p offset: '$' the message is whole, '+' not yet, '#' it was given
     *  up. */
    unsigned (*end)(void *context, const struct msrp_head *head, uint64_t offset, char flag);
    void (*release)(void *context);
};

/** Gives what is to be sent, on the msrp thread. release() comes last, on control, behind
 *  on_sent() or once the session is gone. */
struct msrp_source {
    /** @return bytes that were put at @p out: fewer than @p room only at the end; or a negative
     *  errno: the message is given up ('#'). */
    int64_t (*read)(void *context, uint64_t offset, char *out, size_t room);
    void (*release)(void *context);
};

struct msrp_session_config {
    const char *call; /* id, for the log */
    bool is_tls;
    const char *host;  /* ours, as the far end sees it: a name, or an address */
    size_t most_bytes; /* of a message that comes; without a sink */
    const struct msrp_listener *listener;
    void *context;
    const struct msrp_sink *sink; /* NULL: requests come whole */
    void *sink_context;
};

/** The far end, as its SDP has it. */
struct msrp_far_end {
    struct slice path; /* a=path: its URIs, copied */
    bool is_active;    /* we connect, to: */
    union latch_address address;
    unsigned fingerprint_count;
    struct dtls_fingerprint fingerprint[MSRP_MOST_FINGERPRINTS];
};

/** @return the session, owned by the caller; NULL: no memory, too many, or no such endpoint. */
struct msrp_session *msrp_session_create(struct msrp_service *service,
                                         const struct msrp_session_config *config);
/** What waits to be sent is not, and nobody is told. NULL is allowed. */
void msrp_session_destroy(struct msrp_session *session);

/** Our own URI, for a=path. Borrowed. */
const char *msrp_session_path(const struct msrp_session *session);

/** Says who the far end is; before that who connects has to wait. Once. @return 0; -EBADMSG:
 * its path cannot be read, or is too long; -ENOMEM. */
int msrp_session_connect(struct msrp_session *session, const struct msrp_far_end *far_end);

/** @p request is gone then. @p status as a response has it. */
void msrp_session_answer(struct msrp_session *session, struct msrp_incoming *request,
                         unsigned status);

struct msrp_out {
    uint64_t tag;        /* for on_sent() */
    const char *type;    /* copied */
    const char *content; /* [length], copied; NULL if there is a source: */
    const struct msrp_source *source;
    void *source_context;
    uint64_t length; /* of the whole message */
    uint64_t offset; /* of the first byte that is sent: a file that goes on */
};

/** @return 0: on_sent() will come; -ENOBUFS; -ENOMEM. It waits for a connection if there is
 *  none. */
int msrp_session_send(struct msrp_session *session, const struct msrp_out *out);

#endif
