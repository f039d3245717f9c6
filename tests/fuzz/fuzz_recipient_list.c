/* fuzz_recipient_list.c - any bytes as a list of URIs: what is read keeps the bounds, and on an
 * error there is nothing. */
#include "server/body/recipient_list.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct recipient_list list;
    char *body = malloc(size ? size : 1); /* exact: nothing lies behind its end */
    assert(body);
    if (size)
        memcpy(body, data, size);
    int error = recipient_list_read((struct slice){body, size}, &list);
    assert(error ? !list.count : list.count && list.count <= RECIPIENT_LIST_MOST);
    for (unsigned i = 0; i < list.count; i++)
        assert(list.uri[i][0] && strlen(list.uri[i]) < RECIPIENT_URI_BYTES);
    recipient_list_finish(&list);
    free(body);
    return 0;
}
