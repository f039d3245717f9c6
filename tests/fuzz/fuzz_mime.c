/* fuzz_mime.c - any bytes as a MIME entity: parts lie within what was read. */
#include "server/body/mime.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_within(struct slice inner, struct slice outer)
{
    assert(!inner.length ||
           (inner.at >= outer.at && inner.at + inner.length <= outer.at + outer.length));
}

static void read_part(struct slice whole, unsigned depth)
{
    struct mime_part part;
    struct slice parts[3];
    char boundary[MIME_BOUNDARY_BYTES], *bytes;
    size_t length;
    if (mime_read(whole, &part) < 0)
        return;
    assert_within(part.type, whole);
    assert_within(part.encoding, whole);
    assert_within(part.disposition, whole);
    assert_within(part.id, whole);
    assert_within(part.body, whole);
    if (mime_decode(&part, &bytes, &length) == 0) {
        assert(length <= part.body.length && !bytes[length]);
        free(bytes);
    }
    if (!mime_parameter(part.type, "boundary", boundary, sizeof(boundary)))
        return;
    int count = mime_split(part.body, boundary, parts, 3);
    for (int i = 0; i < count && depth < 3; i++) {
        assert_within(parts[i], part.body);
        read_part(parts[i], depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *exact = malloc(size ? size : 1); /* nothing lies behind its end */
    assert(exact);
    if (size)
        memcpy(exact, data, size);
    read_part((struct slice){exact, size}, 0);
    free(exact);
    return 0;
}
