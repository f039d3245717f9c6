/* rtp_packet.c - the RTP header: every length is checked before what it covers is looked at. */
#include "server/rtp/rtp_packet.h"

#include "server/rtp/bytes.h"

#include <errno.h>
#include <string.h>

enum {
    VERSION = 2,
    PADDED = 0x20,
    EXTENDED = 0x10,
    MAX_EXTENSION_BYTES = 4 * 0xffff,
    FIRST_RTCP_TYPE = 192,
    LAST_RTCP_TYPE = 223,
};

static bool is_version_2(const uint8_t *data)
{
    return data[0] >> 6 == VERSION;
}

/* What is left of the datagram; taken from its front by read_* and from its end by cut_padding.
 */
struct rest {
    const uint8_t *data;
    size_t length;
};

static void skip(struct rest *rest, size_t bytes)
{
    rest->data += bytes;
    rest->length -= bytes;
}

static void read_fixed(struct rest *rest, struct rtp_packet *packet)
{
    const uint8_t *data = rest->data;
    packet->csrc_count = data[0] & 0x0f;
    packet->marker = data[1] & 0x80;
    packet->payload_type = data[1] & 0x7f;
    packet->sequence = bytes_get16(data + 2);
    packet->timestamp = bytes_get32(data + 4);
    packet->ssrc = bytes_get32(data + 8);
    skip(rest, RTP_HEADER_BYTES);
}

static bool read_csrcs(struct rest *rest, struct rtp_packet *packet)
{
    if (rest->length < 4U * packet->csrc_count)
        return false;
    for (unsigned i = 0; i < packet->csrc_count; i++)
        packet->csrc[i] = bytes_get32(rest->data + (size_t)4 * i);
    skip(rest, (size_t)4 * packet->csrc_count);
    return true;
}

static bool read_extension(struct rest *rest, struct rtp_packet *packet)
{
    if (rest->length < RTP_EXTENSION_HEADER_BYTES)
        return false;
    packet->extension_profile = bytes_get16(rest->data);
    packet->extension_length = (size_t)4 * bytes_get16(rest->data + 2);
    skip(rest, RTP_EXTENSION_HEADER_BYTES);
    if (rest->length < packet->extension_length)
        return false;
    packet->extension = rest->data;
    skip(rest, packet->extension_length);
    return true;
}

static bool cut_padding(struct rest *rest)
{
    if (rest->length == 0)
        return false;
    uint8_t padding = rest->data[rest->length - 1];
    if (padding == 0 || padding > rest->length)
        return false;
    rest->length -= padding;
    return true;
}

int rtp_packet_read(const uint8_t *data, size_t length, struct rtp_packet *packet)
{
    if (length < RTP_HEADER_BYTES || !is_version_2(data))
        return -EBADMSG;
    struct rest rest = {.data = data, .length = length};
    struct rtp_packet read;
    read.extension_profile = 0;
    read.extension_length = 0;
    read.extension = NULL;
    read_fixed(&rest, &read);
    if (!read_csrcs(&rest, &read) || (data[0] & EXTENDED && !read_extension(&rest, &read)) ||
        (data[0] & PADDED && !cut_padding(&rest)))
        return -EBADMSG;
    read.payload = rest.data;
    read.payload_length = rest.length;
    *packet = read;
    return 0;
}

/* Returns 0 for a header that cannot be written. */
static size_t header_bytes(const struct rtp_packet *packet)
{
    if (packet->csrc_count > RTP_MAX_CSRC || packet->extension_length % 4 ||
        packet->extension_length > MAX_EXTENSION_BYTES)
        return 0;
    const size_t bytes = RTP_HEADER_BYTES + (size_t)4 * packet->csrc_count;
    if (!packet->extension_length)
        return bytes;
    return bytes + RTP_EXTENSION_HEADER_BYTES + packet->extension_length;
}

size_t rtp_packet_write_header(const struct rtp_packet *packet, uint8_t *out, size_t room)
{
    const size_t bytes = header_bytes(packet);
    if (!bytes || bytes > room)
        return 0;
    out[0] = (uint8_t)(VERSION << 6 | (packet->extension_length ? EXTENDED : 0) |
                       packet->csrc_count);
    out[1] = (uint8_t)((packet->marker ? 0x80 : 0) | (packet->payload_type & 0x7f));
    bytes_put16(out + 2, packet->sequence);
    bytes_put32(out + 4, packet->timestamp);
    bytes_put32(out + 8, packet->ssrc);
    out += RTP_HEADER_BYTES;
    for (unsigned i = 0; i < packet->csrc_count; i++, out += 4)
        bytes_put32(out, packet->csrc[i]);
    if (packet->extension_length) {
        bytes_put16(out, packet->extension_profile);
        bytes_put16(out + 2, (unsigned)(packet->extension_length / 4));
        memcpy(out + RTP_EXTENSION_HEADER_BYTES, packet->extension, packet->extension_length);
    }
    return bytes;
}

bool rtp_packet_is_rtcp(const uint8_t *data, size_t length)
{
    return length >= 2 && is_version_2(data) && data[1] >= FIRST_RTCP_TYPE &&
           data[1] <= LAST_RTCP_TYPE;
}
