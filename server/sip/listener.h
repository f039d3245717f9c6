/*
 * listener.h - "udp:0.0.0.0:5060" and "tls:[::]:5061" read, grouped, and tried before the SIP
 * stack binds them, so that an error can name the listener and the kernel's reason.
 *
 * A UDP and a TCP listener of one address and port make one endpoint: a dialog that began on
 * one of them goes on over the other when a message is too large for UDP (RFC 3261
 * section 18.1.1). A TLS listener is an endpoint of its own, and so is one of WebSockets
 * (ws, wss), which the stack does not bind: ua_web.h.
 *
 * Thread   control.
 */
#ifndef SERVER_SIP_LISTENER_H
#define SERVER_SIP_LISTENER_H

#include "server/leg/media_srtp.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { LISTENER_MAX_ENDPOINTS = 16, LISTENER_HOST_BYTES = INET6_ADDRSTRLEN };

struct listener_endpoint {
    int family;
    char host[LISTENER_HOST_BYTES]; /* literal, without brackets */
    uint16_t port;
    bool udp, tcp, tls, ws, wss;
    enum media_srtp srtp; /* of the media of calls that come in here */
};

struct listener_list {
    unsigned count;
    struct listener_endpoint endpoint[LISTENER_MAX_ENDPOINTS];
};

/** Adds "TRANSPORT:HOST:PORT", perhaps with ";srtp=WORD", to @p list. @return 0; -EINVAL;
 * -E2BIG; -EPROTO: UDP and TCP of one address and port, but not of one srtp. */
int listener_add(struct listener_list *list, const char *text);

/** Where it is, as the kernel wants it. @return its length. */
socklen_t listener_address(const struct listener_endpoint *endpoint,
                           struct sockaddr_storage *address);

/** Whether phones connect there by WebSocket. */
bool listener_is_web(const struct listener_endpoint *endpoint);

/** Binds and closes the sockets of @p endpoint. @return 0 or what the kernel said; *transport,
 *  a constant, says of which. */
int listener_try(const struct listener_endpoint *endpoint, const char **transport);

#endif
