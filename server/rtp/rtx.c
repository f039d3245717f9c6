/* rtx.c - two bytes more, and three fields of the header changed. */
#include "server/rtp/rtx.h"

#include "server/rtp/bytes.h"

#include <errno.h>

int rtx_unwrap(struct rtp_packet *packet, uint8_t original_type)
{
    if (packet->payload_length == 0)
        return -ENODATA;
    if (packet->payload_length < RTX_HEAD_BYTES)
        return -EBADMSG;
    packet->sequence = bytes_get16(packet->payload);
    packet->payload += RTX_HEAD_BYTES;
    packet->payload_length -= RTX_HEAD_BYTES;
    packet->payload_type = original_type;
    return 0;
}

void rtx_write_head(uint16_t sequence, uint8_t out[RTX_HEAD_BYTES])
{
    bytes_put16(out, sequence);
}
