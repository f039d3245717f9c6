/* test_rtp_packet.c - the RTP header: what is taken, what is refused, what is written. */
#include "server/rtp/rtp_packet.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* V=2 P=1 X=1 CC=2, M=1 PT=111, two CSRCs, 8 bytes of extension, 3 of payload, 4 of padding */
static const uint8_t full[] = {
    0xb2, 0xef, 0x12, 0x34, 0xde, 0xad, 0xbe, 0xef, 0x01, 0x02, 0x03, 0x04, 0xa0,
    0xa1, 0xa2, 0xa3, 0xb0, 0xb1, 0xb2, 0xb3, 0xbe, 0xde, 0x00, 0x02, 0x10, 0xff,
    0x00, 0x00, 0x20, 0x01, 0x00, 0x00, 0x55, 0x66, 0x77, 0x00, 0x00, 0x00, 0x04,
};
enum { FULL_HEADER = 32, FULL_PAYLOAD = 3 };

/* Reads from memory of exactly this length, so that a sanitizer sees one byte too many. */
static int read_copy(const uint8_t *data, size_t length, struct rtp_packet *packet)
{
    uint8_t *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, data, length);
    int result = rtp_packet_read(copy, length, packet);
    free(copy);
    return result;
}

static void every_field_is_read(void **state)
{
    (void)state;
    struct rtp_packet packet;
    assert_int_equal(rtp_packet_read(full, sizeof(full), &packet), 0);
    assert_true(packet.marker);
    assert_int_equal(packet.payload_type, 111);
    assert_int_equal(packet.sequence, 0x1234);
    assert_int_equal(packet.timestamp, 0xdeadbeef);
    assert_int_equal(packet.ssrc, 0x01020304);
    assert_int_equal(packet.csrc_count, 2);
    assert_int_equal(packet.csrc[0], 0xa0a1a2a3);
    assert_int_equal(packet.csrc[1], 0xb0b1b2b3);
    assert_int_equal(packet.extension_profile, 0xbede);
    assert_int_equal(packet.extension_length, 8);
    assert_ptr_equal(packet.extension, full + 24);
    assert_ptr_equal(packet.payload, full + FULL_HEADER);
    assert_int_equal(packet.payload_length, FULL_PAYLOAD);
}

static void every_truncation_is_refused_or_shorter(void **state)
{
    (void)state;
    uint8_t data[sizeof(full)];
    memcpy(data, full, sizeof(full));
    for (size_t length = 0; length < sizeof(full); length++) {
        struct rtp_packet packet = {.ssrc = 7};
        /* with padding: the last byte is now one that is no sound count; the two 0x00 0x01
         * words of the extension end before the header does */
        assert_int_equal(read_copy(data, length, &packet), -EBADMSG);
        assert_int_equal(packet.ssrc, 7); /* nothing written */
    }
    data[0] &= (uint8_t)~0x20;
    for (size_t length = 0; length < sizeof(full); length++) {
        struct rtp_packet packet;
        int expected = length < FULL_HEADER ? -EBADMSG : 0;
        assert_int_equal(read_copy(data, length, &packet), expected);
        if (expected == 0)
            assert_int_equal(packet.payload_length, length - FULL_HEADER);
    }
}

struct sample {
    const char *what;
    uint8_t data[24];
    size_t length;
    int result;
    size_t payload_length;
};

static const struct sample samples[] = {
    {"only a header", {0x80, 0, 0, 1}, 12, 0, 0},
    {"one byte of payload", {0x80, 0, 0, 1}, 13, 0, 1},
    {"version 0", {0x00}, 12, -EBADMSG, 0},
    {"version 1", {0x40}, 12, -EBADMSG, 0},
    {"version 3", {0xc0}, 12, -EBADMSG, 0},
    {"15 CSRCs announced", {0x8f}, 24, -EBADMSG, 0},
    {"3 CSRCs, none of payload", {0x83}, 24, 0, 0},
    {"extension without its header", {0x90}, 12, -EBADMSG, 0},
    {"extension header cut", {0x90}, 15, -EBADMSG, 0},
    {"extension of no words", {0x90}, 16, 0, 0},
    {"extension longer than all", {0x90, [14] = 0xff, [15] = 0xff}, 24, -EBADMSG, 0},
    {"extension of exactly the rest", {0x90, [15] = 2}, 24, 0, 0},
    {"padding without a payload", {0xa0}, 12, -EBADMSG, 0},
    {"padding of 0", {0xa0, [15] = 0}, 16, -EBADMSG, 0},
    {"padding longer than the payload", {0xa0, [15] = 5}, 16, -EBADMSG, 0},
    {"padding only", {0xa0, [15] = 4}, 16, 0, 0},
    {"padding that is no multiple of 4", {0xa0, [15] = 1}, 16, 0, 3},
};

static void samples_are_judged_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        const struct sample *sample = &samples[i];
        struct rtp_packet packet;
        print_message("%s\n", sample->what);
        assert_int_equal(read_copy(sample->data, sample->length, &packet), sample->result);
        if (sample->result == 0)
            assert_int_equal(packet.payload_length, sample->payload_length);
    }
}

static void written_header_reads_back(void **state)
{
    (void)state;
    for (uint8_t count = 0; count <= RTP_MAX_CSRC; count++) {
        struct rtp_packet packet = {.marker = count & 1,
                                    .payload_type = 96,
                                    .csrc_count = count,
                                    .sequence = 0xffff,
                                    .timestamp = 0xfffffff0,
                                    .ssrc = 0x80000001};
        for (unsigned i = 0; i < count; i++)
            packet.csrc[i] = 0xc0000000U + i;
        uint8_t out[RTP_HEADER_BYTES + 4 * RTP_MAX_CSRC];
        size_t bytes = RTP_HEADER_BYTES + 4U * count;
        assert_int_equal(rtp_packet_write_header(&packet, out, bytes - 1), 0);
        assert_int_equal(rtp_packet_write_header(&packet, out, bytes), bytes);
        struct rtp_packet back;
        assert_int_equal(rtp_packet_read(out, bytes, &back), 0);
        assert_int_equal(back.marker, packet.marker);
        assert_int_equal(back.payload_type, 96);
        assert_int_equal(back.sequence, packet.sequence);
        assert_int_equal(back.timestamp, packet.timestamp);
        assert_int_equal(back.ssrc, packet.ssrc);
        assert_int_equal(back.csrc_count, count);
        assert_memory_equal(back.csrc, packet.csrc, 4U * count);
        assert_int_equal(back.payload_length, 0);
    }
}

static void an_extension_is_written_behind_the_csrcs(void **state)
{
    (void)state;
    static uint8_t extension[4 * 0xffff + 8];
    static uint8_t out[RTP_HEADER_BYTES + 4 * RTP_MAX_CSRC + 4 + sizeof(extension)];
    for (unsigned i = 0; i < sizeof(extension); i++)
        extension[i] = (uint8_t)(i * 7 + 1);
    static const size_t lengths[] = {4, 8, 64, 4 * 0xffff};
    for (unsigned i = 0; i < 8; i++) {
        struct rtp_packet packet = {.csrc_count = i % 2 ? RTP_MAX_CSRC : 0,
                                    .csrc = {0xa0a1a2a3},
                                    .extension_profile = 0x100a,
                                    .extension_length = lengths[i / 2],
                                    .extension = extension};
        const size_t bytes = RTP_HEADER_BYTES + 4U * packet.csrc_count + 4 + lengths[i / 2];
        assert_int_equal(rtp_packet_write_header(&packet, out, bytes - 1), 0);
        assert_int_equal(rtp_packet_write_header(&packet, out, bytes), bytes);
        struct rtp_packet back;
        assert_int_equal(rtp_packet_read(out, bytes, &back), 0);
        assert_int_equal(back.csrc_count, packet.csrc_count);
        assert_int_equal(back.extension_profile, 0x100a);
        assert_int_equal(back.extension_length, packet.extension_length);
        assert_memory_equal(back.extension, extension, packet.extension_length);
        assert_int_equal(back.payload_length, 0);
    }
    static const size_t bad[] = {1, 2, 3, 5, 4 * 0xffff + 1, 4 * 0xffff + 4};
    for (unsigned i = 0; i < 6; i++) {
        struct rtp_packet packet = {.extension_length = bad[i], .extension = extension};
        assert_int_equal(rtp_packet_write_header(&packet, out, sizeof(out)), 0);
    }
}

/* What is read is written again, bit for bit, but for padding. */
static void the_full_header_is_written_as_it_was_read(void **state)
{
    (void)state;
    struct rtp_packet packet;
    uint8_t out[FULL_HEADER];
    assert_int_equal(rtp_packet_read(full, sizeof(full), &packet), 0);
    assert_int_equal(rtp_packet_write_header(&packet, out, sizeof(out)), FULL_HEADER);
    assert_int_equal(out[0], full[0] & ~0x20);
    assert_memory_equal(out + 1, full + 1, FULL_HEADER - 1);
}

static void too_many_csrcs_are_not_written(void **state)
{
    (void)state;
    uint8_t out[200];
    struct rtp_packet packet = {.csrc_count = RTP_MAX_CSRC + 1};
    assert_int_equal(rtp_packet_write_header(&packet, out, sizeof(out)), 0);
}

static void rtcp_is_told_apart(void **state)
{
    (void)state;
    for (unsigned second = 0; second < 256; second++) {
        uint8_t data[] = {0x80, (uint8_t)second};
        assert_int_equal(rtp_packet_is_rtcp(data, 2), second >= 192 && second <= 223);
        assert_false(rtp_packet_is_rtcp(data, 1));
        data[0] = 0x40;
        assert_false(rtp_packet_is_rtcp(data, 2));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_read),
        cmocka_unit_test(every_truncation_is_refused_or_shorter),
        cmocka_unit_test(samples_are_judged_right),
        cmocka_unit_test(written_header_reads_back),
        cmocka_unit_test(an_extension_is_written_behind_the_csrcs),
        cmocka_unit_test(the_full_header_is_written_as_it_was_read),
        cmocka_unit_test(too_many_csrcs_are_not_written),
        cmocka_unit_test(rtcp_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
