/* fuzz_info_picture.c - any bytes as the body of an INFO that may ask for a key frame. */
#include "server/sip/info_picture.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *body = malloc(size ? size : 1); /* exact: nothing lies behind its end */
    assert(body);
    memcpy(body, data, size);
    int result = info_picture_read(INFO_PICTURE_TYPE, body, size);
    assert(result == 0 || result == -EBADMSG || result == -ENOMSG);
    if (result == 0) {
        assert(size <= INFO_PICTURE_MAX_BYTES);
        assert(memmem(body, size, "picture_fast_update", 19));
        assert(memmem(body, size, "media_control", 13));
    }
    assert(info_picture_read("application/xml", body, size) == -ENOTSUP);
    free(body);
    return 0;
}
