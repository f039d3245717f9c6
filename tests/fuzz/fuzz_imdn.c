/* fuzz_imdn.c - any bytes as a receipt; what is read of it can be written. */
#include "server/body/imdn.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct imdn imdn, again;
    char *body = malloc(size ? size : 1); /* exact: nothing lies behind its end */
    assert(body);
    memcpy(body, data, size);
    int result = imdn_read((struct slice){body, size}, &imdn);
    assert(result == 0 || result == -EBADMSG);
    if (result == 0)
        assert(imdn.message_id.at >= body &&
               imdn.message_id.at + imdn.message_id.length <= body + size);
    char *ours = imdn_write_delivered((struct slice){body, size}, "2026-11-26T05:00:00.000Z");
    assert(ours);
    result = imdn_read((struct slice){ours, strlen(ours)}, &again);
    assert(result == -EBADMSG || again.status == IMDN_DELIVERED); /* no id is left of it */
    free(ours);
    free(body);
    return 0;
}
