/* fuzz_rtcp.c - any bytes as an RTCP compound: what was read can be written, and reads the
 * same. */
#include "server/rtp/rtcp.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rtcp_compound compound, back;
    if (rtcp_read(data, size, &compound) < 0)
        return 0;
    assert(compound.block_count <= RTCP_MAX_BLOCKS);
    assert(memchr(compound.cname, 0, sizeof(compound.cname)));
    for (unsigned i = 0; i < compound.block_count; i++)
        assert(rtcp_round_trip_ns(&compound.blocks[i], compound.sender.ntp) >= 0);
    uint8_t out[RTCP_MAX_BYTES];
    size_t bytes = rtcp_write(&compound, out, sizeof(out));
    assert(bytes > 0 && bytes % 4 == 0);
    assert(rtcp_read(out, bytes, &back) == 0);
    assert(back.ssrc == compound.ssrc && back.block_count == compound.block_count);
    assert(back.has_sender == compound.has_sender && back.has_bye == compound.has_bye);
    assert(strcmp(back.cname, compound.cname) == 0);
    for (unsigned i = 0; i < compound.block_count; i++)
        assert(back.blocks[i].lost == compound.blocks[i].lost);
    return 0;
}
