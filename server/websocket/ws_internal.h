/*
 * ws_internal.h - a connection, between ws_service.c (who may, how long), ws_connection.c (its
 * client's side) and ws_stack.c (its stack's side).
 *
 * Thread   control.
 */
#ifndef SERVER_WEBSOCKET_WS_INTERNAL_H
#define SERVER_WEBSOCKET_WS_INTERNAL_H

#include "server/sdp/description.h"
#include "server/websocket/ws_bytes.h"
#include "server/websocket/ws_reader.h"
#include "server/websocket/ws_service.h"
#include "server/websocket/ws_sip.h"

enum {
    WS_BUCKETS = 1024,
    WS_PAUSE_BYTES = 256 * 1024, /* that the stack has not taken: then the client is not read */
};

enum ws_state { WS_STATE_TLS, WS_STATE_HTTP, WS_STATE_OPEN, WS_STATE_CLOSING };

struct ws_side {
    int fd; /* -1: none */
    uint32_t events;
    struct loop_watch *watch;
};

struct ws_connection {
    struct ws_service *service;
    unsigned endpoint;
    enum ws_state state;
    bool is_dead;
    union latch_address far, peer; /* peer: who has connected, perhaps for it */
    int64_t since_ns;              /* in this state                           */
    int64_t heard_ns;
    int64_t message_ns; /* the message at hand has begun; 0: there is none */
    bool is_pinged;     /* and has not been heard since            */
    unsigned controls;  /* control frames since the last sweep     */
    /* the client's side */
    struct ws_side client;
    SSL *ssl; /* NULL: plain */
    bool tls_wants_write;
    bool is_shut; /* what had to be said is said */
    struct ws_reader reader;
    struct ws_bytes in; /* the head of the handshake, then the message at hand */
    struct ws_bytes out;
    enum ws_transport transport; /* as its Vias have it */
    /* the stack's side */
    struct ws_side stack;
    uint16_t stack_port; /* ours of the two; 0: not connected */
    struct ws_bytes to_stack, from_stack;
    /* its lists */
    struct ws_connection *next, **place;
    struct ws_connection *next_of_port, *next_of_far;
};

struct ws_listener {
    struct ws_service *service;
    struct ws_side side;
};

struct ws_service {
    struct ws_service_config config;
    struct ws_listener listener[WS_MOST_ENDPOINTS];
    struct ws_connection *connections; /* the newest first */
    struct ws_connection *dead;
    struct ws_connection *of_port[WS_BUCKETS], *of_far[WS_BUCKETS];
    struct loop_timer sweep, burial;
    struct ws_service_stats stats;
    bool is_deaf; /* descriptors are out: nobody is let in until the next sweep */
};

/* ---- ws_service.c ---- */

/** It is gone now; its memory a little later. */
void ws_connection_end(struct ws_connection *connection);
/** WS_OWN_HOST, with any port. */
union latch_address ws_own_address(void);
/** It has a port of the stack's side now; none any more. */
void ws_service_note_port(struct ws_connection *connection);
void ws_service_forget_port(struct ws_connection *connection);
/** A proxy of ours may have come for somebody else. @return false: he may not come. */
bool ws_service_forward(struct ws_connection *connection, struct slice forwarded);
/** Waits for @p events at @p side, or for nothing. @return false: that cannot be. */
bool ws_side_watch(struct ws_service *service, struct ws_side *side, uint32_t events,
                   void (*on_ready)(void *context, uint32_t events), void *context);
void ws_side_close(struct ws_service *service, struct ws_side *side);

/* ---- ws_connection.c ---- */

/** @p fd moves in. @return NULL: no memory; it is closed then. */
struct ws_connection *ws_connection_create(struct ws_service *service, unsigned endpoint,
                                           int fd, const union latch_address *far);
void ws_connection_free(struct ws_connection *connection);
/** Says goodbye, and ends soon. */
void ws_connection_close(struct ws_connection *connection, enum ws_code code);
/** Once a second. */
void ws_connection_sweep(struct ws_connection *connection, int64_t now_ns);
/** A message of the stack goes to the client. */
void ws_connection_send(struct ws_connection *connection, const char *message, size_t length);
/** Says what it waits for now, and sends what can be sent. */
void ws_connection_settle(struct ws_connection *connection);

/* ---- ws_stack.c ---- */

/** A whole message of the client. @return 0, or a code for Close. */
int ws_stack_take(struct ws_connection *connection, const char *message, size_t length);
void ws_stack_close(struct ws_connection *connection);

#endif
