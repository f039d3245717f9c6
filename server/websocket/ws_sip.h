/*
 * ws_sip.h - SIP messages between a WebSocket, where each is a message of its own, and a
 * connection, where Content-Length says how long it is.
 *
 *   length = ws_sip_take_in(message, length, out, &transport);     to the stack
 *   length = ws_sip_cut(bytes, count);                             from it: one whole message
 *   length = ws_sip_take_out(message, length, transport, out);
 *
 * The stack speaks TCP with us. So the first Via of what goes to it says TCP, and of what comes
 * from it says WS or WSS, as the far end had it itself: of a request that is the Via of whoever
 * sends it, of a response that of who has asked.
 *
 * What goes in gets a Content-Length that is true, and any other is taken away: whatever a
 * client says of it, its message is one message to the stack.
 *
 * Thread   any; pure.
 * Errors   -EBADMSG: it is no SIP message: no header, a header that ends before its empty line,
 *          a NUL in it, or a body that is shorter than it says.
 * Source   RFC 7118 section 5; RFC 3261 sections 7.5, 18.3, 18.1.1 (Via).
 */
#ifndef SERVER_WEBSOCKET_WS_SIP_H
#define SERVER_WEBSOCKET_WS_SIP_H

#include <stddef.h>
#include <sys/types.h>

enum ws_transport { WS_TRANSPORT_WS, WS_TRANSPORT_WSS };

enum { WS_SIP_GROWTH = 64 /* at most, by what is changed */ };

/** @p out: room for length + WS_SIP_GROWTH. *transport is left as it is if the first Via says
 *  neither WS nor WSS. @return bytes of @p out, or an error. */
ssize_t ws_sip_take_in(const char *message, size_t length, char *out,
                       enum ws_transport *transport);

/** @return the bytes of the message at the beginning of @p bytes; 0: it has not come whole;
 *  -EBADMSG: it does not say how long it is. */
ssize_t ws_sip_cut(const char *bytes, size_t count);

/** As ws_sip_take_in(), back. */
size_t ws_sip_take_out(const char *message, size_t length, enum ws_transport transport,
                       char *out);

#endif
