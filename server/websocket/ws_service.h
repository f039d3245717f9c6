/*
 * ws_service.h - SIP over WebSocket: phones that are pages connect here, and each gets a
 * connection of its own to the SIP stack of this process, over the loopback.
 *
 *   ws_service_create(&config, &service, &why);
 *   ws_service_far(service, peer, &far)           whose is what comes to the stack from there?
 *   ws_service_way(service, far, &way)            where does the stack reach that phone?
 *
 * The stack has no WebSocket (sofia-sip 1.12.11), and the one of its later versions sleeps on
 * the thread that calls it, takes unmasked frames, and knows no limits. It does have TCP, which
 * differs in how messages are told apart (ws_sip.h). So here is all that is WebSocket, and the
 * stack sees TCP from WS_OWN_HOST. Who it really is, it learns from ws_service_far(); what is
 * not ours connects to that port in vain, and no phone may come from that address.
 *
 * Limits   WS_UNFINISHED_S until the handshake is done, WS_UNFINISHED of these at once and
 *          WS_UNFINISHED_OF_ONE of one source; WS_OF_ONE connections of one source, `most` of
 *          all; messages of `most_bytes`, which end within WS_MESSAGE_S; WS_CONTROLS control
 *          frames a second; WS_OUT_BYTES that the client does not read. Who is above is cut.
 * Alive    who was quiet for WS_PING_S is pinged, and cut if nothing comes for WS_PONG_S more.
 *          CRLF CRLF as a message is answered with CRLF (RFC 5626 section 3.5.1).
 * Thread   control: one round of one connection reads so much, then others have their turn.
 * Errors   negative errno.
 * Proxies  of HTTP that are ours say for whom they speak (ws_forwarded.h): that address, with
 *          the port of their connection, is the phone's.
 * Not      extensions (compression).
 * Source   RFC 6455, RFC 7118, RFC 5626 section 3.5.1.
 */
#ifndef SERVER_WEBSOCKET_WS_SERVICE_H
#define SERVER_WEBSOCKET_WS_SERVICE_H

#include "server/loop/loop.h"
#include "server/rtp/address_block.h"
#include "server/rtp/latch.h"

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WS_MOST_ENDPOINTS = 16,
    WS_UNFINISHED_S = 10,
    WS_UNFINISHED = 128,
    WS_UNFINISHED_OF_ONE = 16,
    WS_OF_ONE = 256,
    WS_MESSAGE_S = 30,
    WS_CONTROLS = 32,
    WS_OUT_BYTES = 512 * 1024,
    WS_PING_S = 25,
    WS_PONG_S = 20,
    WS_CLOSING_S = 5,
};

/* From where we connect to the stack: of the loopback, where no port is a phone's, too. */
#define WS_OWN_HOST "127.82.65.68"

struct ws_service;

struct ws_endpoint {
    union latch_address address;
    bool is_tls;
    uint16_t stack_port; /* of 127.0.0.1, where the stack listens for it */
};

struct ws_service_config {
    struct loop *loop;
    unsigned endpoint_count;
    struct ws_endpoint endpoint[WS_MOST_ENDPOINTS];
    unsigned most;                       /* connections at once     */
    size_t most_bytes;                   /* of a message            */
    const struct address_block *proxies; /* of HTTP, whose word is believed; borrowed */
    unsigned proxy_count;
    const char *const *origins; /* of pages that may; borrowed */
    unsigned origin_count;      /* 0: all may                  */
    /** Whether @p source may connect once more now. */
    bool (*admits)(void *context, const struct sockaddr *source);
    /** For a new connection, owned by the caller. NULL: no memory. */
    SSL *(*open_tls)(void *context);
    void *context;
};

/** Counters for /metrics. */
struct ws_service_stats {
    unsigned connections;       /* now, in any state                     */
    uint64_t accepted, refused; /* handshakes: done; failed, or above a limit */
    uint64_t cut;               /* for what they did later               */
    uint64_t received, sent;    /* messages                              */
};

/** @return 0 and *service, owned by the caller; else an errno and *why, a line for a person,
 *  owned by the caller. */
int ws_service_create(const struct ws_service_config *config, struct ws_service **service,
                      char **why);
/** Says goodbye to all. NULL is allowed. */
void ws_service_destroy(struct ws_service *service);

/** Whether @p peer is somebody at WS_OWN_HOST. */
bool ws_is_own(const struct sockaddr *peer);
/** The phone whose messages the stack gets from @p peer. @return false: nobody's. */
bool ws_service_far(const struct ws_service *service, const struct sockaddr *peer,
                    union latch_address *far);

struct ws_way {
    unsigned endpoint;
    uint16_t port;            /* of WS_OWN_HOST, where the stack reaches it */
    union latch_address peer; /* who has connected: it, or a proxy for it */
};

/** The way to the phone at @p far. @return false: it is not connected. */
bool ws_service_way(const struct ws_service *service, const struct sockaddr *far,
                    struct ws_way *way);

void ws_service_stats_read(const struct ws_service *service, struct ws_service_stats *stats);

#endif
