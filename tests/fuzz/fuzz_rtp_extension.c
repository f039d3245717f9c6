/* fuzz_rtp_extension.c - any bytes as a header extension: each element lies inside and behind
 * the one before it; all of them, written, read back. */
#include "server/rtp/rtp_extension.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_ELEMENTS = 64 };

static void writes_back(const struct rtp_extension_element *elements, unsigned count)
{
    static uint8_t out[MAX_ELEMENTS * (2 + RTP_EXTENSION_MAX_LENGTH) + 4];
    struct rtp_packet packet = {.extension = out};
    packet.extension_length =
        rtp_extension_write(elements, count, out, sizeof(out), &packet.extension_profile);
    assert(packet.extension_length && packet.extension_length % 4 == 0);
    struct rtp_extension extension;
    struct rtp_extension_element element;
    assert(rtp_extension_begin(&extension, &packet) == 0);
    for (unsigned i = 0; i < count; i++) {
        assert(rtp_extension_next(&extension, &element) == 0);
        assert(element.id == elements[i].id && element.length == elements[i].length);
        assert(memcmp(element.bytes, elements[i].bytes, element.length) == 0);
    }
    assert(rtp_extension_next(&extension, &element) == -ENOENT);
}

/* First two bytes of profile. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const struct rtp_packet packet = {.extension_profile = (uint16_t)(data[0] << 8 | data[1]),
                                      .extension = data + 2,
                                      .extension_length = size - 2};
    struct rtp_extension extension;
    struct rtp_extension_element elements[MAX_ELEMENTS], found;
    struct rtp_extension_level level;
    uint16_t number;
    const uint8_t *at = packet.extension;
    unsigned count = 0;
    int error = rtp_extension_begin(&extension, &packet);
    assert(error == 0 || error == -ENOENT);
    while (!error && count < MAX_ELEMENTS &&
           !(error = rtp_extension_next(&extension, &elements[count]))) {
        const struct rtp_extension_element *element = &elements[count++];
        assert(element->id && element->bytes > at);
        at = element->bytes + element->length;
        assert(at <= data + size);
        assert(rtp_extension_find(&packet, element->id, &found) == 0);
        assert(found.bytes <= element->bytes && found.id == element->id);
        if (rtp_extension_read_level(element, &level) == 0)
            assert(level.level <= 127 && element->length);
        if (rtp_extension_read_number(element, &number) == 0)
            assert(element->length >= RTP_EXTENSION_NUMBER_LENGTH);
    }
    assert(error == 0 || error == -ENOENT || error == -EBADMSG);
    if (count)
        writes_back(elements, count);
    return 0;
}
