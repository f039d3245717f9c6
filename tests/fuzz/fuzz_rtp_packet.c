/* fuzz_rtp_packet.c - any bytes as an RTP packet: what is read lies inside, and a header that
 * is written reads back. */
#include "server/rtp/rtp_packet.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)rtp_packet_is_rtcp(data, size);
    struct rtp_packet packet;
    if (rtp_packet_read(data, size, &packet) < 0)
        return 0;
    size_t header = (size_t)(packet.payload - data);
    assert(packet.csrc_count <= RTP_MAX_CSRC);
    assert(header >= RTP_HEADER_BYTES && header + packet.payload_length <= size);
    if (packet.extension_length)
        assert(packet.extension > data &&
               packet.extension + packet.extension_length <= packet.payload);
    uint8_t *out = malloc(size);
    assert(out);
    size_t bytes = rtp_packet_write_header(&packet, out, size);
    struct rtp_packet back;
    assert(bytes > 0 && bytes <= header && rtp_packet_read(out, bytes, &back) == 0);
    assert(memcmp(out + 1, data + 1, bytes - 1) == 0); /* all but the P and X bits */
    assert(back.ssrc == packet.ssrc && back.csrc_count == packet.csrc_count);
    assert(back.extension_length == packet.extension_length);
    free(out);
    return 0;
}
