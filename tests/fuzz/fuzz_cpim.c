/* fuzz_cpim.c - any bytes as a message in an envelope. */
#include "server/body/cpim.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_within(struct slice part, const char *body, size_t size)
{
    assert(!part.length || (part.at >= body && part.at + part.length <= body + size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cpim cpim;
    char *body = malloc(size ? size : 1); /* exact: nothing lies behind its end */
    assert(body);
    memcpy(body, data, size);
    int result = cpim_read((struct slice){body, size}, &cpim);
    assert(result == 0 || result == -EBADMSG);
    assert_within(cpim.from_uri, body, size);
    assert_within(cpim.to_uri, body, size);
    assert_within(cpim.message_id, body, size);
    assert_within(cpim.type, body, size);
    assert_within(cpim.content, body, size);
    if (result == 0)
        assert(cpim.content.at + cpim.content.length == body + size);
    free(body);
    return 0;
}
