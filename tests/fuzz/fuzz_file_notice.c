/* fuzz_file_notice.c - any bytes as a notice of a file; one that is read can be written, and is
 * the same then. */
#include "server/body/file_notice.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct file_notice notice, again;
    char *body = malloc(size ? size : 1); /* exact: nothing lies behind its end */
    assert(body);
    memcpy(body, data, size);
    int result = file_notice_read((struct slice){body, size}, &notice);
    assert(result == 0 || result == -EBADMSG);
    if (result == 0) {
        char *ours = file_notice_write(&notice);
        assert(ours);
        result = file_notice_read((struct slice){ours, strlen(ours)}, &again);
        if (strlen(notice.name) * 3 <
            sizeof(notice.name)) { /* else its codes may be too long */
            assert(result == 0 && again.bytes == notice.bytes);
            assert(strcmp(again.name, notice.name) == 0 && strcmp(again.url, notice.url) == 0);
        }
        free(ours);
    }
    free(body);
    return 0;
}
