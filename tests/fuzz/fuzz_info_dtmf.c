/* fuzz_info_dtmf.c - any bytes as the body of an INFO: a digit, or a refusal that writes
 * nothing. The first line is its content type. */
#include "server/sip/info_dtmf.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_as(const char *type, const char *body, size_t length)
{
    char digit = '!';
    unsigned duration_ms = 4711;
    int error = info_dtmf_read(type, body, length, &digit, &duration_ms);
    if (error) {
        assert(error == -ENOTSUP || error == -EBADMSG);
        assert(digit == '!' && duration_ms == 4711);
        return;
    }
    assert(digit && strchr("0123456789*#ABCD", digit));
    assert(duration_ms <= INFO_DTMF_MAX_MS);
    assert(length <= INFO_DTMF_MAX_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    size_t type_length = end ? (size_t)(end - data) : 0, rest = end ? type_length + 1 : 0;
    char *type = malloc(type_length + 1);
    char *body = malloc(size - rest ? size - rest : 1); /* exact: nothing lies behind its end */
    assert(type && body);
    memcpy(type, data, type_length);
    type[type_length] = '\0';
    memcpy(body, data + rest, size - rest);
    read_as(type, body, size - rest);
    read_as("application/dtmf-relay", body, size - rest);
    read_as("application/dtmf", body, size - rest);
    free(type);
    free(body);
    return 0;
}
