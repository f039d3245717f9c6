/* fuzz_rtcp_feedback.c - any bytes as feedback messages: taken and refused as rtcp_read() does;
 * what was read can be written, and reads the same. First four bytes of SSRC. */
#include "server/rtp/bytes.h"
#include "server/rtp/rtcp.h"
#include "server/rtp/rtcp_feedback.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OWN = 1, ROOM = 8192 };

static struct rtcp_feedback feedback, back;

static void bounds_write_back(uint32_t ssrc)
{
    uint8_t out[ROOM];
    size_t bytes = rtcp_feedback_write_pli(out, ROOM, OWN, ssrc);
    if (feedback.nacked_count)
        bytes += rtcp_feedback_write_nack(out + bytes, ROOM - bytes, OWN, ssrc, feedback.nacked,
                                          feedback.nacked_count);
    bytes += rtcp_feedback_write_remb(out + bytes, ROOM - bytes, OWN, ssrc, feedback.remb_bps);
    bytes +=
        rtcp_feedback_write_tmmbr(out + bytes, ROOM - bytes, OWN, ssrc, feedback.tmmbr_bps);
    bytes +=
        rtcp_feedback_write_tmmbn(out + bytes, ROOM - bytes, OWN, ssrc, feedback.tmmbn_bps, 0);
    assert(rtcp_feedback_read(out, bytes, ssrc, &back) == 0);
    assert(!back.malformed && back.pli && !back.fir && back.has_remb && back.has_tmmbn);
    assert(back.tmmbr_bps <= feedback.tmmbr_bps && back.remb_bps <= feedback.remb_bps);
    if (feedback.remb_bps != UINT64_MAX)
        assert(back.remb_bps == feedback.remb_bps);
    assert((back.nacked_count > 0) == (feedback.nacked_count > 0));
}

/* All that one message said has rising sequence numbers; then that message can be written. */
static void transport_writes_back(void)
{
    uint8_t out[ROOM];
    const unsigned count = feedback.transport_count;
    for (unsigned i = 1; i < count; i++) {
        if (feedback.transport[i].sequence !=
            (uint16_t)(feedback.transport[i - 1].sequence + 1))
            return;
    }
    const size_t bytes =
        rtcp_feedback_write_transport(out, ROOM, OWN, 0, 7, feedback.transport, count);
    if (!bytes)
        return;
    assert(rtcp_feedback_read(out, bytes, 0, &back) == 0);
    assert(!back.malformed && back.transport_count == count);
    for (unsigned i = 0; i < count; i++) {
        const struct rtcp_transport_packet *a = &feedback.transport[i], *b = &back.transport[i];
        assert(a->sequence == b->sequence && a->received == b->received);
        assert(!a->received || (a->arrival_us - b->arrival_us) % RTCP_TRANSPORT_WRAP_US == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 4)
        return 0;
    const uint32_t ssrc = bytes_get32(data);
    struct rtcp_compound compound;
    const int error = rtcp_feedback_read(data + 4, size - 4, ssrc, &feedback);
    if (rtcp_read(data + 4, size - 4, &compound) == 0)
        assert(error == 0);
    if (error)
        return 0;
    assert(feedback.nacked_count <= RTCP_MAX_NACKED);
    assert(feedback.transport_count <= RTCP_MAX_TRANSPORT);
    bounds_write_back(ssrc);
    transport_writes_back();
    return 0;
}
