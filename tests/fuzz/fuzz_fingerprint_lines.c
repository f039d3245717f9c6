/* fuzz_fingerprint_lines.c - any bytes as lines of a section: fingerprints that are written
 * read the same, and a role comes out of it. */
#include "server/sdp/fingerprint_lines.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fingerprint_lines theirs, back;
    struct text text;
    char written[512];
    char *copy = malloc(size ? size : 1); /* exact: nothing lies behind its end */
    assert(copy);
    memcpy(copy, data, size);
    fingerprint_lines_read((struct slice){copy, size / 2},
                           (struct slice){copy + size / 2, size - size / 2}, &theirs);
    assert(theirs.count <= DTLS_MAX_FINGERPRINTS && theirs.setup <= SETUP_UNKNOWN);
    const enum setup ours = fingerprint_lines_answer(theirs.setup, SETUP_NONE);
    assert(ours == SETUP_ACTIVE || ours == SETUP_PASSIVE || ours == SETUP_HOLDCONN);
    for (unsigned i = 0; i < theirs.count; i++) {
        assert(theirs.fingerprints[i].hash != DTLS_NO_HASH);
        text_init(&text, written, sizeof(written));
        fingerprint_lines_write(&theirs.fingerprints[i], ours, &text);
        assert(!text.full);
        fingerprint_lines_read((struct slice){written, text.length}, (struct slice){"", 0},
                               &back);
        assert(back.count == 1 && back.setup == ours);
        assert(memcmp(&back.fingerprints[0], &theirs.fingerprints[i],
                      sizeof(back.fingerprints[0])) == 0);
    }
    free(copy);
    return 0;
}
