/* fuzz_ws_reader.c - any bytes as frames, in one piece and in many: both read the same. */
#include "server/websocket/ws_reader.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 300 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum {
    uint64_t data, ends, controls, hash;
    int code;
};

static void count(struct sum *sum, const struct ws_piece *piece)
{
    assert(piece->kind != WS_PIECE_DATA || piece->length);
    sum->data += piece->kind == WS_PIECE_DATA ? piece->length : 0;
    sum->ends += piece->kind == WS_PIECE_END;
    sum->controls += piece->kind > WS_PIECE_END;
    if (piece->kind == WS_PIECE_CLOSE)
        assert(ws_close_code(piece) >= WS_CODE_NORMAL);
    for (size_t i = 0; i < piece->length; i++)
        sum->hash = sum->hash * 31 + (uint8_t)piece->at[i];
}

static void read_in_steps(const uint8_t *data, size_t size, size_t step, struct sum *sum)
{
    struct ws_reader reader = {.most = MOST};
    struct ws_piece piece;
    memset(sum, 0, sizeof(*sum));
    for (size_t at = 0; at < size && !sum->code; at += step) {
        size_t length = size - at < step ? size - at : step;
        char *held = malloc(length), *from = held;
        assert(held);
        memcpy(held, data + at, length);
        while ((sum->code = ws_reader_next(&reader, &from, &length, &piece)) == 0 && piece.kind)
            count(sum, &piece);
        assert(reader.message <= MOST);
        free(held);
    }
    assert(!sum->code || sum->code == WS_CODE_PROTOCOL || sum->code == WS_CODE_TOO_LONG);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sum whole, cut;
    const size_t step = size ? 1 + data[size - 1] % 64 : 1;
    read_in_steps(data, size, size ? size : 1, &whole);
    read_in_steps(data, size, step, &cut);
    assert(whole.data == cut.data && whole.ends == cut.ends && whole.code == cut.code);
    assert(whole.controls == cut.controls && whole.hash == cut.hash);
    return 0;
}
