/* fuzz_crypto_lines.c - any bytes as the lines of a media section: what is read of a=crypto is
 * within its limits, and is the same when it was written and read again. */
#include "server/sdp/crypto_lines.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct crypto_line *line)
{
    char written[4 * CRYPTO_LINE_BYTES];
    struct text text;
    struct crypto_lines again;
    const struct rtp_suite_row *row = rtp_suite_row(line->keys.suite);
    assert(line->tag <= 999999999 && row->key_bytes);
    assert(line->keys.mki_bytes <= RTP_KEYS_MAX_MKI);
    for (unsigned i = 0; i + 4 < line->keys.mki_bytes; i++) {
        if (line->keys.mki[i])
            return; /* a number that ours never are, and that is not written */
    }
    text_init(&text, written, sizeof(written));
    crypto_line_write(line, &text);
    assert(!text.full && text.length <= CRYPTO_LINE_BYTES);
    crypto_lines_read((struct slice){written, text.length}, &again);
    assert(again.count == 1 && memcmp(&again.line[0], line, sizeof(*line)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct crypto_lines lines;
    char *text = malloc(size ? size : 1); /* exact: nothing lies behind its end */
    assert(text);
    memcpy(text, data, size);
    crypto_lines_read((struct slice){text, size}, &lines);
    assert(lines.count <= CRYPTO_MAX_LINES);
    for (unsigned i = 0; i < lines.count; i++) {
        check(&lines.line[i]);
        assert(crypto_lines_find(&lines, lines.line[i].tag) == &lines.line[i]);
    }
    free(text);
    return 0;
}
