/*
 * ws_handshake.h - the HTTP request by which a client asks for a WebSocket, and its answer.
 *
 *   status = ws_handshake_read(head, &request);     101, or why not
 *   if (status == 101 && !ws_origin_is_one_of(&request, origins, count)) status = 403;
 *   length = ws_handshake_answer(status, &request, out);
 *
 * The path may be any: phones are told a URL by people, who copy it from somewhere. Who wants
 * no "sip" subprotocol does not speak SIP, and is refused (RFC 7118 section 5).
 *
 * Thread   any; pure. Slices are of what was read.
 * Source   RFC 6455 sections 4.2 (the server's part), 10.2 (origins); RFC 7118 sections 3, 5;
 *          RFC 9112.
 */
#ifndef SERVER_WEBSOCKET_WS_HANDSHAKE_H
#define SERVER_WEBSOCKET_WS_HANDSHAKE_H

#include "server/sdp/description.h"

#include <stdbool.h>
#include <stddef.h>

enum { WS_HANDSHAKE_BYTES = 8192, WS_HANDSHAKE_ANSWER_BYTES = 256 };

struct ws_request {
    struct slice key;       /* Sec-WebSocket-Key */
    struct slice origin;    /* of length 0: none, so no page has asked */
    struct slice forwarded; /* the last X-Forwarded-For; of length 0: none */
};

/** Bytes of the head at the beginning of @p data, with the empty line. @return 0: it has not
 *  come whole yet. */
size_t ws_handshake_length(struct slice data);

/** @return 101; 400: it cannot be read; 405: no GET; 426: it asks for no WebSocket of version
 *  13; 501: for another protocol than SIP on it; 505. */
int ws_handshake_read(struct slice head, struct ws_request *request);

/** Whether the page that asks may. A client that is no browser says no origin, or any that it
 *  likes: only browsers are kept to it, so who says none may. @p count 0, or "*":
 *  all may. */
bool ws_origin_is_one_of(const struct ws_request *request, const char *const *origins,
                         unsigned count);

/** @return the bytes of the answer in @p out. */
size_t ws_handshake_answer(int status, const struct ws_request *request,
                           char out[WS_HANDSHAKE_ANSWER_BYTES]);

#endif
