/*
 * ws_write.h - the heads of frames that a server sends: whole, and never masked.
 *
 * Thread   any; pure.
 * Source   RFC 6455 section 5.2.
 */
#ifndef SERVER_WEBSOCKET_WS_WRITE_H
#define SERVER_WEBSOCKET_WS_WRITE_H

#include "server/websocket/ws_reader.h"

enum { WS_SERVER_HEAD_BYTES = 10 };

/** The head of a frame of @p length bytes, which is a message of its own. @return its bytes. */
size_t ws_write_head(enum ws_opcode opcode, size_t length, uint8_t out[WS_SERVER_HEAD_BYTES]);

#endif
