/* fuzz_multipart.c - any bytes as a form: cut in two pieces it is the same as in one. */
#include "api/api_multipart.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum {
    uint64_t value;
    size_t length;
};

static int add(void *context, const void *bytes, size_t length)
{
    struct sum *sum = context;
    for (size_t i = 0; i < length; i++)
        sum->value = sum->value * 31 + ((const uint8_t *)bytes)[i];
    sum->length += length;
    return 0;
}

static int read_form(const uint8_t *data, size_t size, size_t cut, struct sum *sum)
{
    struct api_multipart *form;
    *sum = (struct sum){.length = 0};
    int err = api_multipart_create("multipart/form-data; boundary=x",
                                   &(struct api_multipart_sink){add, sum}, &form);
    assert(err == 0);
    const size_t begin[] = {0, cut}, end[] = {cut, size};
    for (unsigned i = 0; i < 2; i++) {
        const size_t length = end[i] - begin[i];
        char *piece = malloc(length ? length : 1); /* exact: nothing lies behind its end */
        assert(piece);
        memcpy(piece, data + begin[i], length);
        api_multipart_feed(form, piece, length);
        free(piece);
    }
    err = api_multipart_end(form);
    assert(strlen(api_multipart_name(form)) < 256);
    api_multipart_destroy(form);
    return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sum whole, parts;
    const size_t cut = size ? data[0] % size : 0;
    const int err = read_form(data, size, 0, &whole);
    assert(err == 0 || err == -EILSEQ);
    assert(read_form(data, size, cut, &parts) == err);
    assert(whole.value == parts.value && whole.length == parts.length && whole.length <= size);
    return 0;
}
