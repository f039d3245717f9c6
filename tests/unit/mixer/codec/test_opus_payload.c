/* test_opus_payload.c - an Opus packet's flags against a range decoder of RFC 6716 section 4.1.
 */
#include "mixer/codec/opus_payload.h"
#include "tests/unit/mixer/signal.h"

#include <errno.h>
#include <opus/opus.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { RATE = 48000, TICK = 960 };

/* ---- the plain twin: symbols, not bits ---- */

struct range {
    const uint8_t *data;
    size_t length, at;
    uint32_t size, value;
    unsigned leftover; /* the last byte read: its lowest bit is of the next symbol */
};

static unsigned next_byte(struct range *range)
{
    return range->at < range->length ? range->data[range->at++] : 0;
}

static void normalise(struct range *range)
{
    while (range->size <= 1U << 23) {
        unsigned byte = next_byte(range);
        unsigned symbol = (range->leftover << 7 | byte >> 1) & 255;
        range->leftover = byte & 1;
        range->value = (range->value << 8 | (255 - symbol)) & 0x7fffffff;
        range->size <<= 8;
    }
}

static struct range range_of(const uint8_t *data, size_t length)
{
    struct range range = {.data = data, .length = length, .size = 128};
    unsigned byte = next_byte(&range);
    range.value = 127 - (byte >> 1);
    range.leftover = byte & 1;
    normalise(&range);
    return range;
}

/* A bit that is set once in 2^log */
static bool symbol(struct range *range, unsigned log)
{
    const uint32_t part = range->size >> log;
    const bool is_set = range->value < part;
    range->value -= is_set ? 0 : part;
    range->size = is_set ? part : range->size - part;
    normalise(range);
    return is_set;
}

struct twin {
    bool active, redundant;
};

static struct twin twin_of(uint8_t first, const uint8_t *frame, size_t length)
{
    static const unsigned voices[] = {1, 1, 2, 3};
    struct twin twin = {0};
    struct range range = range_of(frame, length);
    if (length <= 1)
        return twin;
    if (first & 0x80) {
        twin.active = !symbol(&range, 15);
        return twin;
    }
    const unsigned config = first >> 3, count = config < 12 ? voices[config % 4] : 1;
    for (unsigned channel = 0; channel < (first & 4 ? 2 : 1); channel++) {
        for (unsigned i = 0; i < count; i++)
            twin.active |= symbol(&range, 1);
        twin.redundant |= symbol(&range, 1);
    }
    return twin;
}

/* Packets of one frame, then of two of equal size; memory of exactly their length. */
static void flags_are_those_of_the_range_decoder(void **state)
{
    (void)state;
    uint32_t seed = 77;
    unsigned quiet = 0, redundant = 0;
    for (unsigned round = 0; round < 60000; round++) {
        const size_t length = 1 + signal_random(&seed) % 12;
        uint8_t *packet = malloc(length);
        signal_random_bytes(&seed, packet, length);
        packet[0] = (uint8_t)((packet[0] & 0xfc) | (length % 2 ? round & 1 : 0));
        if (round % 3 == 0) /* what is rare: few flags; CELT's silence, or almost */
            memset(packet + 1, packet[0] & 0x80 ? 0xff : 0x01, length - 1);
        if (round % 6 == 0 && length > 2)
            packet[2] = (uint8_t)(0xfc + round / 6 % 4);
        const unsigned frames = packet[0] & 1 ? 2 : 1;
        const size_t bytes = (length - 1) / frames;
        struct twin twin = twin_of(packet[0], packet + 1, bytes);
        const bool has_copy = twin.redundant;
        if (frames == 2)
            twin.active |= twin_of(packet[0], packet + 1 + bytes, bytes).active;
        const int samples = opus_packet_get_samples_per_frame(packet, RATE);
        assert_int_equal(opus_payload_samples(packet, length), samples * (int)frames);
        assert_int_equal(opus_payload_is_celt(packet), packet[0] >= 0x80);
        assert_int_equal(opus_payload_is_quiet(packet, length), !twin.active);
        assert_int_equal(opus_payload_redundant_samples(packet, length),
                         has_copy ? samples : 0);
        quiet += !twin.active;
        redundant += has_copy;
        free(packet);
    }
    assert_in_range(quiet, 3000, 57000);
    assert_in_range(redundant, 3000, 57000);
}

static void what_is_no_packet_has_no_flags(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
    } rows[] = {{"", 0}, {"\x09xyz", 4}, {"\x0b", 1}, {"\x0b\x00", 2}, {"\x0a\x09xy", 4}};
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const uint8_t *bytes = (const uint8_t *)rows[i].bytes;
        assert_int_equal(opus_payload_samples(bytes, rows[i].length), -EBADMSG);
        assert_false(opus_payload_is_quiet(bytes, rows[i].length));
        assert_int_equal(opus_payload_redundant_samples(bytes, rows[i].length), 0);
    }
    static uint8_t longest[1501] = {0x08, 0x40};
    assert_int_equal(opus_payload_samples(longest, 1500), -EBADMSG); /* a frame's most: 1275 */
    assert_int_equal(opus_payload_samples(longest, 1276), 960);
    assert_int_equal(opus_payload_redundant_samples(longest, 1276), 960);
    longest[0] = 0x0b; /* padding */
    longest[1] = 0x41;
    longest[2] = 0xff;
    assert_int_equal(opus_payload_samples(longest, 1500), 960);
    assert_int_equal(opus_payload_samples(longest, 1501), -EBADMSG);
}

/* Empty frames are DTX whatever their mode; one frame that speaks is enough. */
static void known_packets(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
        bool quiet;
        unsigned copied;
    } rows[] = {
        {"\x08", 1, true, 0},              /* SILK, no frame at all      */
        {"\x08\xff", 2, true, 0},          /* of one byte: none either   */
        {"\xf8", 1, true, 0},              /* CELT                       */
        {"\x0b\x03", 2, true, 0},          /* three of no bytes          */
        {"\x08\x3fx", 3, true, 0},         /* 20 ms: flags 00            */
        {"\x08\x40x", 3, true, 960},       /* 01                         */
        {"\x08\x80x", 3, false, 0},        /* 10                         */
        {"\x00\xc0x", 3, false, 480},      /* 10 ms: 11                  */
        {"\x10\x20x", 3, true, 1920},      /* 40 ms: 001                 */
        {"\x10\x40x", 3, false, 0},        /* 010                        */
        {"\x18\x10x", 3, true, 2880},      /* 60 ms: 0001                */
        {"\x18\x2fx", 3, false, 0},        /* 0010                       */
        {"\x1c\x01x", 3, true, 2880},      /* 60 ms, stereo: 0000 0001   */
        {"\x1c\x02x", 3, false, 0},        /* 0000 0010                  */
        {"\x0c\x10x", 3, true, 960},       /* 20 ms, stereo: 00 01       */
        {"\x0c\x20x", 3, false, 0},        /* 00 10                      */
        {"\x78\x40x", 3, true, 960},       /* hybrid, 20 ms: 01          */
        {"\xf8\xff\xff", 3, true, 0},      /* CELT: silence              */
        {"\xf8\xff\xfe", 3, true, 0},      /* the same: 15 bits count    */
        {"\xf8\xff\xfd", 3, false, 0},     /* not quite                  */
        {"\x09\x00x\x80x", 5, false, 0},   /* the second frame speaks    */
        {"\x09\x00x\x40x", 5, true, 0},    /* its copy is of the first   */
        {"\x0a\x01\xff\x80x", 5, false, 0} /* DTX, then speech           */
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const uint8_t *bytes = (const uint8_t *)rows[i].bytes;
        assert_int_equal(opus_payload_is_quiet(bytes, rows[i].length), rows[i].quiet);
        assert_int_equal(opus_payload_redundant_samples(bytes, rows[i].length), rows[i].copied);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_are_those_of_the_range_decoder),
        cmocka_unit_test(what_is_no_packet_has_no_flags),
        cmocka_unit_test(known_packets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
