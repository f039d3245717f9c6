/* ws_reader.c - the head of a frame, then its bytes. */
#include "server/websocket/ws_reader.h"

#include <string.h>

enum {
    FINAL = 0x80,
    RESERVED = 0x70,
    OPCODE = 0x0f,
    MASKED = 0x80,
    LENGTH = 0x7f,
    SHORT_HEAD = 2,
    LENGTH_16 = 126,
    LENGTH_64 = 127,
    MASK_BYTES = 4,
};

/* ---- the head ---- */

static unsigned opcode_of(const struct ws_reader *reader)
{
    return reader->head[0] & OPCODE;
}

static bool is_control(const struct ws_reader *reader)
{
    return opcode_of(reader) >= WS_OPCODE_CLOSE;
}

static unsigned length_bytes(const struct ws_reader *reader)
{
    const unsigned length = reader->head[1] & LENGTH;
    return length == LENGTH_16 ? 2 : length == LENGTH_64 ? 8 : 0;
}

/* Of its first two bytes. */
static int judge_start(const struct ws_reader *reader)
{
    const unsigned opcode = opcode_of(reader), length = reader->head[1] & LENGTH;
    const bool is_known =
        opcode <= WS_OPCODE_BINARY || (opcode >= WS_OPCODE_CLOSE && opcode <= WS_OPCODE_PONG);
    if (reader->head[0] & RESERVED || !is_known || !(reader->head[1] & MASKED))
        return WS_CODE_PROTOCOL;
    if (is_control(reader))
        return reader->head[0] & FINAL && length <= WS_CONTROL_BYTES ? 0 : WS_CODE_PROTOCOL;
    /* a message begins once, and goes on only if it has begun */
    return (opcode == WS_OPCODE_MORE) == reader->is_in_message ? 0 : WS_CODE_PROTOCOL;
}

/* Each length has one way to be written: the shortest. */
static int read_length(struct ws_reader *reader)
{
    const unsigned bytes = length_bytes(reader);
    uint64_t length = reader->head[1] & LENGTH;
    if (bytes) {
        length = 0;
        for (unsigned i = 0; i < bytes; i++)
            length = length << 8 | reader->head[SHORT_HEAD + i];
        if (length < (bytes == 2 ? LENGTH_16 : UINT16_MAX + 1))
            return WS_CODE_PROTOCOL;
    }
    if (!is_control(reader) && length > reader->most - reader->message)
        return length >> 63 ? WS_CODE_PROTOCOL : WS_CODE_TOO_LONG;
    reader->left = length;
    return 0;
}

static void begin_frame(struct ws_reader *reader)
{
    reader->is_in_frame = true;
    reader->mask_at = 0;
    reader->control_length = 0;
    if (is_control(reader))
        return;
    if (opcode_of(reader) != WS_OPCODE_MORE)
        reader->is_text = opcode_of(reader) == WS_OPCODE_TEXT;
    reader->is_in_message = true;
    reader->message += (size_t)reader->left;
}

/* @return 0: it is read, if is_in_frame; a code. */
static int take_head(struct ws_reader *reader, char **at, size_t *length)
{
    for (; *length && !reader->is_in_frame; (*at)++, (*length)--) {
        reader->head[reader->have++] = (uint8_t) * *at;
        if (reader->have < SHORT_HEAD)
            continue;
        int code = reader->have == SHORT_HEAD ? judge_start(reader) : 0;
        const unsigned before_mask = SHORT_HEAD + length_bytes(reader);
        if (!code && reader->have == before_mask)
            code = read_length(reader);
        if (code)
            return code;
        if (reader->have == before_mask + MASK_BYTES)
            begin_frame(reader);
    }
    return 0;
}

/* ---- its bytes ---- */

static void unmask(struct ws_reader *reader, char *at, size_t length)
{
    const uint8_t *mask = reader->head + SHORT_HEAD + length_bytes(reader);
    for (size_t i = 0; i < length; i++)
        at[i] = (char)((uint8_t)at[i] ^ mask[(reader->mask_at + i) % MASK_BYTES]);
    reader->mask_at = (reader->mask_at + (unsigned)(length % MASK_BYTES)) % MASK_BYTES;
}

static size_t take(struct ws_reader *reader, char **at, size_t *length)
{
    const size_t taken = *length < reader->left ? *length : (size_t)reader->left;
    unmask(reader, *at, taken);
    *at += taken;
    *length -= taken;
    reader->left -= taken;
    return taken;
}

static void end_frame(struct ws_reader *reader)
{
    reader->is_in_frame = false;
    reader->have = 0;
}

static void take_control(struct ws_reader *reader, char **at, size_t *length,
                         struct ws_piece *piece)
{
    const char *from = *at;
    const size_t taken = take(reader, at, length);
    memcpy(reader->control + reader->control_length, from, taken);
    reader->control_length += (unsigned)taken;
    if (reader->left)
        return;
    const unsigned opcode = opcode_of(reader);
    piece->kind = opcode == WS_OPCODE_CLOSE  ? WS_PIECE_CLOSE
                  : opcode == WS_OPCODE_PING ? WS_PIECE_PING
                                             : WS_PIECE_PONG;
    piece->at = reader->control;
    piece->length = reader->control_length;
    end_frame(reader);
}

static void take_data(struct ws_reader *reader, char **at, size_t *length,
                      struct ws_piece *piece)
{
    piece->is_text = reader->is_text;
    if (reader->left) {
        piece->at = *at;
        piece->length = take(reader, at, length);
        piece->kind = piece->length ? WS_PIECE_DATA : WS_PIECE_NONE;
        return;
    }
    const bool is_last = reader->head[0] & FINAL;
    end_frame(reader);
    if (!is_last)
        return;
    piece->kind = WS_PIECE_END;
    reader->is_in_message = false;
    reader->message = 0;
}

int ws_reader_next(struct ws_reader *reader, char **at, size_t *length, struct ws_piece *piece)
{
    *piece = (struct ws_piece){.kind = WS_PIECE_NONE};
    do {
        const int code = take_head(reader, at, length);
        if (code || !reader->is_in_frame)
            return code;
        if (is_control(reader))
            take_control(reader, at, length, piece);
        else
            take_data(reader, at, length, piece);
    } while (!piece->kind && *length); /* a frame has ended, and its message has not */
    return 0;
}

enum ws_code ws_close_code(const struct ws_piece *close)
{
    if (!close->length)
        return WS_CODE_NONE;
    if (close->length == 1)
        return WS_CODE_PROTOCOL;
    const unsigned code = (unsigned)(uint8_t)close->at[0] << 8 | (uint8_t)close->at[1];
    const bool is_standard = code >= 1000 && code <= 1014 && (code < 1004 || code > 1006);
    return is_standard || (code >= 3000 && code <= 4999) ? (enum ws_code)code
                                                         : WS_CODE_PROTOCOL;
}
