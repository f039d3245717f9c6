/* fuzz_file_selector.c - any lines as those of a file; what is read and written is read again.
 */
#include "server/sdp/file_selector.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct file_section file, again;
    char *lines = malloc(size ? size : 1); /* exact: nothing lies behind its end */
    assert(lines);
    memcpy(lines, data, size);
    const int result = file_section_read((struct slice){lines, size}, &file);
    assert(result == 0 || result == -ENOENT || result == -EBADMSG);
    if (result == 0) {
        char ours[2048];
        struct text text;
        assert(file.first >= 1 && file.first <= file.last);
        text_init(&text, ours, sizeof(ours));
        file_selector_write(&file.selector, &text);
        text_add(&text, "a=file-transfer-id:1\r\n");
        assert(file_section_read((struct slice){ours, strlen(ours)}, &again) == 0);
        assert(strcmp(again.selector.name, file.selector.name) == 0);
        assert(again.selector.size == file.selector.size);
        assert(again.selector.has_sha1 == file.selector.has_sha1 &&
               memcmp(again.selector.sha1, file.selector.sha1, sizeof(file.selector.sha1)) ==
                   0);
    }
    free(lines);
    return 0;
}
