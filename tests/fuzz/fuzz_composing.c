/* fuzz_composing.c - any bytes as the news that somebody writes. */
#include "server/body/composing.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct composing composing;
    char *body = malloc(size ? size : 1); /* exact: nothing lies behind its end */
    assert(body);
    memcpy(body, data, size);
    int result = composing_read((struct slice){body, size}, &composing);
    assert(result == 0 || result == -EBADMSG);
    if (result == 0)
        assert(memmem(body, size, "isComposing", 11) && memmem(body, size, "state", 5));
    free(body);
    return 0;
}
