/* fuzz_msrp_reader.c - any bytes as a connection, in one piece and in many: both read the same.
 */
#include "server/msrp/msrp_reader.h"
#include "server/msrp/msrp_uri.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum {
    uint64_t heads, ends, content, hash;
    int error;
};

static void count(struct sum *sum, const struct msrp_piece *piece, const char *from,
                  const char *to)
{
    struct msrp_uri uri;
    char name[MSRP_NICKNAME_BYTES];
    sum->heads += piece->kind == MSRP_PIECE_HEAD;
    sum->ends += piece->kind == MSRP_PIECE_END;
    if (piece->kind == MSRP_PIECE_HEAD) {
        (void)msrp_path_last(piece->head.to_path, &uri);
        (void)msrp_head_nickname(piece->head.nickname, name);
    }
    if (piece->kind != MSRP_PIECE_CONTENT)
        return;
    assert(piece->content.length && piece->content.at >= from &&
           piece->content.at + piece->content.length <= to);
    sum->content += piece->content.length;
    for (size_t i = 0; i < piece->content.length; i++)
        sum->hash = sum->hash * 31 + (uint8_t)piece->content.at[i];
}

static void read_in_steps(const uint8_t *data, size_t size, size_t step, struct sum *sum)
{
    struct msrp_reader reader = {.is_in_content = false};
    size_t used = 0;
    char *held = malloc(size + 1);
    assert(held);
    memset(sum, 0, sizeof(*sum));
    for (size_t at = 0; at < size && !sum->error; at += step) {
        const size_t more = size - at < step ? size - at : step;
        memcpy(held + used, data + at, more);
        struct slice rest = {held, used + more};
        struct msrp_piece piece;
        while ((sum->error = msrp_reader_next(&reader, &rest, &piece)) == 0 && piece.kind)
            count(sum, &piece, held, rest.at);
        used = rest.length;
        assert(sum->error || used <= MSRP_READER_BYTES);
        memmove(held, rest.at, used);
    }
    assert(!sum->error || sum->error == -EBADMSG || sum->error == -E2BIG);
    free(held);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sum whole, cut;
    const size_t step = size ? 1 + data[size - 1] % 64 : 1;
    read_in_steps(data, size, size ? size : 1, &whole);
    read_in_steps(data, size, step, &cut);
    assert(whole.heads == cut.heads && whole.ends == cut.ends && whole.error == cut.error);
    assert(whole.content == cut.content && whole.hash == cut.hash);
    return 0;
}
