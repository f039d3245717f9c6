/* rtcp_part.c - the header that all RTCP packets have, and the padding that few have. */
#include "server/rtp/rtcp_part.h"

#include "server/rtp/bytes.h"

#include <assert.h>

enum { VERSION = 2, PADDED = 0x20, COUNT = 0x1f };

/* Only the last packet of a compound may be padded, by whole words (A.2). Chromium pads each of
 * its transport-wide feedbacks by the 1 to 3 bytes that fill their last word. */
static bool may_be_padded(const struct rtcp_part *part, unsigned padding, bool is_last)
{
    if (padding == 0 || padding > part->length)
        return false;
    if (part->type == RTCP_TYPE_TRANSPORT_FEEDBACK && part->count == RTCP_FORMAT_TRANSPORT_WIDE)
        return true;
    return is_last && padding % 4 == 0;
}

bool rtcp_part_next(const uint8_t **data, size_t *length, struct rtcp_part *part)
{
    const uint8_t *at = *data;
    if (*length < RTCP_PART_HEADER_BYTES || at[0] >> 6 != VERSION)
        return false;
    const size_t bytes = RTCP_PART_HEADER_BYTES + (size_t)4 * bytes_get16(at + 2);
    if (bytes > *length)
        return false;
    *part = (struct rtcp_part){.type = at[1],
                               .count = at[0] & COUNT,
                               .body = at + RTCP_PART_HEADER_BYTES,
                               .length = bytes - RTCP_PART_HEADER_BYTES};
    *data += bytes;
    *length -= bytes;
    if (at[0] & PADDED) {
        const unsigned padding = at[bytes - 1];
        if (!may_be_padded(part, padding, *length == 0))
            return false;
        part->length -= padding;
    }
    return true;
}

void rtcp_part_write_header(uint8_t *out, unsigned type, unsigned count, size_t bytes)
{
    assert(count <= COUNT && bytes && bytes % 4 == 0 && bytes <= RTCP_PART_MAX_BYTES);
    out[0] = (uint8_t)(VERSION << 6 | count);
    out[1] = (uint8_t)type;
    bytes_put16(out + 2, (unsigned)(bytes / 4 - 1));
}
