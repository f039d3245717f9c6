/* fuzz_rtp_sections.c - datagrams of one transport, each behind a byte with its length: a
 * section is found or none, and the same one if the same comes again. */
#include "server/rtp/rtp_sections.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rtp_sections sections = {
        .section = {{.mid = {.id = 1, .name = "0"}}, {.mid = {.id = 1, .name = "video"}}}};
    rtp_types_add(&sections.section[0].types, 111);
    rtp_types_add(&sections.section[0].types, 100);
    rtp_types_add(&sections.section[1].types, 96);
    rtp_types_add(&sections.section[1].types, 100);
    while (size > 1) {
        const size_t length = data[0] < size ? data[0] : size - 1;
        uint8_t *copy = malloc(length); /* of its own, so that a byte behind it is noticed */
        if (!copy && length)
            return 0;
        if (length)
            memcpy(copy, data + 1, length);
        const int section = rtp_sections_find(&sections, copy, length);
        assert(section == -ENOENT || (section >= 0 && section < RTP_SECTIONS));
        assert(rtp_sections_find(&sections, copy, length) == section);
        assert(sections.noted_count <= RTP_SECTIONS_NOTED);
        free(copy);
        data += 1 + length;
        size -= 1 + length;
    }
    return 0;
}
