/* fuzz_file_head.c - any text as the headers of a file that comes or goes: its name, the part
 * that is wanted, what tus says of it. What is read stays in its bounds. */
#include "api/api_disposition.h"
#include "api/api_range.h"
#include "api/api_tus.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 64, BYTES = 1000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_name(const char *header)
{
    char name[ROOM], back[ROOM], written[API_DISPOSITION_BYTES];
    int err = api_disposition_read(header, name, sizeof(name));
    assert(err == 0 || err == -ENOENT || err == -EBADMSG);
    if (err < 0)
        return;
    assert(strlen(name) < sizeof(name));
    api_disposition_write(name, written);
    assert(api_disposition_read(written, back, sizeof(back)) == 0);
    assert(strcmp(name, back) == 0);
}

static void read_range(const char *header)
{
    struct api_range range;
    enum api_range_kind kind = api_range_read(header, BYTES, &range);
    assert(kind != API_RANGE_PART ||
           (range.bytes && range.first < BYTES && range.bytes <= BYTES - range.first));
    assert(kind != API_RANGE_WHOLE || (range.first == 0 && range.bytes == BYTES));
    api_etag_is_in(header, "\"a\"");
}

static void read_metadata(const char *header)
{
    char value[ROOM];
    uint64_t number;
    int length = api_tus_metadata(header, "filename", value, sizeof(value));
    assert(length < 0 || strlen(value) == (size_t)length);
    api_tus_number(header, &number);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1); /* exact: nothing lies behind its end */
    assert(text);
    memcpy(text, data, size);
    text[size] = '\0';
    read_name(text);
    read_range(text);
    read_metadata(text);
    free(text);
    return 0;
}
