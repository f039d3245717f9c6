/*
 * ws_reader.h - cuts what a WebSocket client sends into pieces of messages and control frames.
 *
 *   struct ws_reader reader = {.most = 65536};
 *   while ((code = ws_reader_next(&reader, &at, &length, &piece)) == 0 && piece.kind)
 *       switch (piece.kind) ...
 *
 * A message comes in as many pieces as the network makes of it, whether it was fragmented or
 * not; END follows the last. Control frames come whole, also between the frames of a message.
 * Everything is unmasked where it is.
 *
 * Shape    a message of more than `most` bytes is refused at the head of the frame that would
 *          make it so long: nothing of that frame is waited for.
 * Thread   its owner's; pure. Pieces are of the bytes that were given, or of the reader.
 * Errors   the code of the Close frame that the client is to get: 1002, it does not keep to the
 *          protocol; 1009, too long. Nothing more may be read then.
 * Not      extensions: none is agreed, so a frame that uses one is an error.
 * Source   RFC 6455 sections 5 (frames), 5.1 (clients mask), 7.4 (codes).
 */
#ifndef SERVER_WEBSOCKET_WS_READER_H
#define SERVER_WEBSOCKET_WS_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WS_CONTROL_BYTES = 125,
    WS_CLIENT_HEAD_BYTES = 14, /* the longest head of a frame, with its mask */
};

enum ws_code {
    WS_CODE_NORMAL = 1000,
    WS_CODE_GOING_AWAY = 1001,
    WS_CODE_PROTOCOL = 1002,
    WS_CODE_NONE = 1005, /* never sent: there was none */
    WS_CODE_CONTENT = 1007,
    WS_CODE_POLICY = 1008,
    WS_CODE_TOO_LONG = 1009,
    WS_CODE_BROKEN = 1011,
    WS_CODE_LATER = 1013,
};

enum ws_opcode {
    WS_OPCODE_MORE = 0,
    WS_OPCODE_TEXT = 1,
    WS_OPCODE_BINARY = 2,
    WS_OPCODE_CLOSE = 8,
    WS_OPCODE_PING = 9,
    WS_OPCODE_PONG = 10,
};

enum ws_piece_kind {
    WS_PIECE_NONE, /* more has to come first */
    WS_PIECE_DATA, /* never empty            */
    WS_PIECE_END,
    WS_PIECE_PING,
    WS_PIECE_PONG,
    WS_PIECE_CLOSE,
};

struct ws_piece {
    enum ws_piece_kind kind;
    bool is_text; /* of DATA and END */
    const char *at;
    size_t length;
};

/** Zeroed but for `most`: at the beginning. */
struct ws_reader {
    size_t most; /* bytes of a message */
    uint8_t head[WS_CLIENT_HEAD_BYTES];
    unsigned have;    /* bytes of the head */
    bool is_in_frame; /* its head is read  */
    bool is_in_message, is_text;
    uint64_t left;    /* bytes of the frame */
    unsigned mask_at; /* of the next of them, in the mask */
    size_t message;   /* bytes of the message, with those of this frame */
    char control[WS_CONTROL_BYTES];
    unsigned control_length;
};

/** Takes the next piece off the bytes at *at. @return 0, or a code for Close. */
int ws_reader_next(struct ws_reader *reader, char **at, size_t *length, struct ws_piece *piece);

/** What a Close frame says. @return WS_CODE_NONE: nothing; WS_CODE_PROTOCOL: what may not be
 *  said. */
enum ws_code ws_close_code(const struct ws_piece *close);

#endif
