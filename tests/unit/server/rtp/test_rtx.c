/* test_rtx.c - a packet, sent again in another stream, is what it was. */
#include "server/rtp/rtx.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void what_is_sent_again_is_what_it_was(void **state)
{
    (void)state;
    for (unsigned sequence = 0; sequence < 65536; sequence += 251) {
        const struct rtp_packet original = {.marker = sequence % 2,
                                            .payload_type = 96,
                                            .sequence = (uint16_t)sequence,
                                            .timestamp = sequence * 3000,
                                            .ssrc = 1};
        const size_t length = sequence % 9;
        struct rtp_packet again = original, back;
        again.payload_type = 97;
        again.sequence = 7;
        again.ssrc = 2;
        uint8_t out[64];
        size_t bytes = rtp_packet_write_header(&again, out, sizeof(out));
        rtx_write_head(original.sequence, out + bytes);
        bytes += RTX_HEAD_BYTES;
        memcpy(out + bytes, "payload!", length);
        bytes += length;

        assert_int_equal(rtp_packet_read(out, bytes, &back), 0);
        assert_int_equal(rtx_unwrap(&back, 96), 0);
        assert_int_equal(back.sequence, original.sequence);
        assert_int_equal(back.payload_type, 96);
        assert_int_equal(back.marker, original.marker);
        assert_int_equal(back.timestamp, original.timestamp);
        assert_int_equal(back.ssrc, 2);
        assert_int_equal(back.payload_length, length);
        assert_memory_equal(back.payload, "payload!", length);
    }
}

static void too_short_changes_nothing(void **state)
{
    (void)state;
    const uint8_t byte = 9;
    struct rtp_packet packet = {.payload_type = 97, .sequence = 7, .payload = &byte};
    assert_int_equal(rtx_unwrap(&packet, 96), -ENODATA);
    packet.payload_length = 1;
    assert_int_equal(rtx_unwrap(&packet, 96), -EBADMSG);
    assert_int_equal(packet.sequence, 7);
    assert_int_equal(packet.payload_type, 97);
    assert_int_equal(packet.payload_length, 1);
    assert_ptr_equal(packet.payload, &byte);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sent_again_is_what_it_was),
        cmocka_unit_test(too_short_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
