/* test_rtp_extension.c - header extensions: what is found, what is refused, what is written. */
#include "server/rtp/rtp_extension.h"
#include "tests/unit/mixer/signal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A packet whose extension is a copy of exactly this length: a sanitizer sees one byte too
 * many. The caller frees it. */
static struct rtp_packet packet_of(unsigned profile, const void *bytes, size_t length,
                                   uint8_t **copy)
{
    *copy = malloc(length ? length : 1);
    assert_non_null(*copy);
    memcpy(*copy, bytes, length);
    return (struct rtp_packet){
        .extension_profile = (uint16_t)profile, .extension_length = length, .extension = *copy};
}

struct row {
    const char *what;
    unsigned profile;
    const char *bytes;
    size_t length;
    const char *ids; /* those of the elements, in order */
    int end;         /* how the walk ends */
};

static const struct row rows[] = {
    {"one element of one byte", 0xbede, "\x10x\0\0", 4, "\x01", -ENOENT},
    {"one of 16, the most", 0xbede, "\xef 23456789abcdefg", 17, "\x0e", -ENOENT},
    {"two, padding between and behind", 0xbede, "\x10x\0\0\x21xy\0", 8, "\x01\x02", -ENOENT},
    {"padding only", 0xbede, "\0\0\0\0", 4, "", -ENOENT},
    {"identifier 15 ends it", 0xbede, "\x10x\xf0\x20x\0\0\0", 8, "\x01", -ENOENT},
    {"15 at once, its length ignored", 0xbede, "\xff\0\0\0", 4, "", -ENOENT},
    {"padding with a length ends it", 0xbede, "\x10x\x01xy\x20x\0", 8, "\x01", -ENOENT},
    {"cut", 0xbede, "\x13xyz", 4, "", -EBADMSG},
    {"a head at the end", 0xbede, "\x10x\0\x20", 4, "\x01", -EBADMSG},
    {"the second is cut", 0xbede,
     "\x10x\x22xy\0"
     "z",
     4, "\x01", -EBADMSG},
    {"two-byte form", 0x1000, "\x01\x01x\0\x0f\0\x02\x02xy\xff\x01z", 13, "\x01\x0f\x02\xff",
     -ENOENT},
    {"its free bits", 0x100f, "\x07\0\0\0", 4, "\x07", -ENOENT},
    {"a head cut", 0x1000, "\x01\x01x\x02", 4, "\x01", -EBADMSG},
    {"an element cut", 0x1000, "\x01\x03xy", 4, "", -EBADMSG},
    {"another profile", 0x1010, "\x10x\0\0", 4, "", -ENOENT},
    {"another profile", 0xbedf, "\x10x\0\0", 4, "", -ENOENT},
    {"another profile", 0x0000, "\x10x\0\0", 4, "", -ENOENT},
    {"nothing", 0xbede, "", 0, "", -ENOENT},
};

static void elements_are_walked_over(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        uint8_t *copy;
        struct rtp_packet packet = packet_of(row->profile, row->bytes, row->length, &copy);
        struct rtp_extension extension;
        struct rtp_extension_element element = {.id = 99};
        print_message("%s\n", row->what);
        int error = rtp_extension_begin(&extension, &packet);
        const char *id = row->ids;
        while (!error && !(error = rtp_extension_next(&extension, &element))) {
            assert_true(*id != 0);
            assert_int_equal(element.id, (uint8_t)*id);
            assert_true(element.bytes >= copy &&
                        element.bytes + element.length <= copy + row->length);
            id++;
        }
        assert_int_equal(error, row->end);
        assert_int_equal(*id, 0);
        free(copy);
    }
}

static void the_first_of_an_identifier_is_found(void **state)
{
    (void)state;
    uint8_t *copy;
    struct rtp_extension_element element = {.id = 99};
    struct rtp_packet packet = packet_of(0xbede,
                                         "\x30"
                                         "a\x51"
                                         "bc\x50"
                                         "d\x73xyz\0\0",
                                         12, &copy);
    assert_int_equal(rtp_extension_find(&packet, 1, &element), -ENOENT);
    assert_int_equal(rtp_extension_find(&packet, 0, &element), -ENOENT);
    assert_int_equal(rtp_extension_find(&packet, 256 + 3, &element), -ENOENT);
    assert_int_equal(element.id, 99);
    assert_int_equal(rtp_extension_find(&packet, 3, &element), 0);
    assert_int_equal(element.length, 1);
    assert_memory_equal(element.bytes, "a", 1);
    assert_int_equal(rtp_extension_find(&packet, 5, &element), 0);
    assert_int_equal(element.length, 2);
    assert_memory_equal(element.bytes, "bc", 2);
    packet.extension_length = 8; /* what is cut behind it does not matter to what is found */
    assert_int_equal(rtp_extension_find(&packet, 3, &element), 0);
    assert_int_equal(rtp_extension_find(&packet, 7, &element), -EBADMSG);
    free(copy);
}

static void a_level_is_seven_bits_and_a_voice(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        const uint8_t bytes[] = {(uint8_t)byte, 0x55};
        struct rtp_extension_level level;
        for (uint8_t length = 1; length <= 2; length++) {
            const struct rtp_extension_element element = {.length = length, .bytes = bytes};
            assert_int_equal(rtp_extension_read_level(&element, &level), 0);
            assert_int_equal(level.level, byte % 128);
            assert_int_equal(level.voice, byte >= 128);
        }
    }
    struct rtp_extension_level level = {.level = 3};
    const struct rtp_extension_element none = {.length = 0, .bytes = NULL};
    assert_int_equal(rtp_extension_read_level(&none, &level), -EBADMSG);
    assert_int_equal(level.level, 3);
}

/* The block that has nothing else. */
static size_t write_levels(uint8_t id, const uint8_t *levels, unsigned count, uint8_t *out,
                           size_t room, uint16_t *profile)
{
    uint8_t bytes[RTP_MAX_CSRC];
    const struct rtp_extension_element element = rtp_extension_levels(id, levels, count, bytes);
    return rtp_extension_write(&element, 1, out, room, profile);
}

static size_t write_number(uint8_t id, uint16_t number, uint8_t *out, size_t room,
                           uint16_t *profile)
{
    uint8_t bytes[RTP_EXTENSION_NUMBER_LENGTH];
    const struct rtp_extension_element element = rtp_extension_number(id, number, bytes);
    return rtp_extension_write(&element, 1, out, room, profile);
}

/* RFC 6465 section 4, figures 1 and 2. */
static void levels_are_written_in_either_form(void **state)
{
    (void)state;
    const uint8_t levels[] = {0x11, 0x22, 127, 128, 255};
    uint8_t out[RTP_EXTENSION_LEVELS_BYTES];
    uint16_t profile = 7;
    assert_int_equal(write_levels(3, levels, 5, out, sizeof(out), &profile), 8);
    assert_int_equal(profile, 0xbede);
    assert_memory_equal(out, "\x34\x11\x22\x7f\x7f\x7f\0\0", 8);
    assert_int_equal(write_levels(3, levels, 3, out, 4, &profile), 4);
    assert_memory_equal(out, "\x32\x11\x22\x7f", 4);
    assert_int_equal(write_levels(15, levels, 2, out, sizeof(out), &profile), 4);
    assert_int_equal(profile, 0x1000);
    assert_memory_equal(out, "\x0f\x02\x11\x22", 4);

    profile = 7;
    memset(out, 0x5a, sizeof(out));
    assert_int_equal(write_levels(3, levels, 3, out, 3, &profile), 0);
    assert_int_equal(write_levels(0, levels, 3, out, 20, &profile), 0);
    assert_int_equal(profile, 7);
    for (unsigned i = 0; i < sizeof(out); i++)
        assert_int_equal(out[i], 0x5a);
}

static void most_levels_fit_what_the_header_promises(void **state)
{
    (void)state;
    uint8_t levels[RTP_MAX_CSRC], out[RTP_EXTENSION_LEVELS_BYTES];
    for (unsigned count = 1; count <= RTP_MAX_CSRC; count++) {
        for (unsigned id = 1; id <= RTP_EXTENSION_MAX_ID; id += 7) {
            uint16_t profile;
            for (unsigned i = 0; i < count; i++)
                levels[i] = (uint8_t)(id + i) & 127;
            size_t bytes = write_levels((uint8_t)id, levels, count, out, sizeof(out), &profile);
            assert_int_equal(bytes, (count + (id > 14 ? 2 : 1) + 3) / 4 * 4);
            const struct rtp_packet packet = {
                .extension_profile = profile, .extension_length = bytes, .extension = out};
            struct rtp_extension_element element;
            assert_int_equal(rtp_extension_find(&packet, id, &element), 0);
            assert_int_equal(element.length, count);
            assert_memory_equal(element.bytes, levels, count);
        }
    }
}

static void a_number_is_sixteen_bits(void **state)
{
    (void)state;
    uint8_t out[RTP_EXTENSION_NUMBER_BYTES + 1];
    for (unsigned number = 0; number < 65536; number += 257) {
        for (unsigned id = 1; id <= RTP_EXTENSION_MAX_ID; id += 13) {
            uint16_t back = 7;
            struct rtp_packet packet = {.extension = out};
            packet.extension_length =
                write_number((uint8_t)id, (uint16_t)number, out, RTP_EXTENSION_NUMBER_BYTES,
                             &packet.extension_profile);
            assert_int_equal(packet.extension_length, RTP_EXTENSION_NUMBER_BYTES);
            assert_int_equal(packet.extension_profile, id > 14 ? 0x1000 : 0xbede);
            struct rtp_extension_element element;
            assert_int_equal(rtp_extension_find(&packet, id, &element), 0);
            assert_int_equal(rtp_extension_read_number(&element, &back), 0);
            assert_int_equal(back, number);
            element.length = 1;
            back = 7;
            assert_int_equal(rtp_extension_read_number(&element, &back), -EBADMSG);
            assert_int_equal(back, 7);
        }
    }
    uint16_t profile = 7;
    memset(out, 0x5a, sizeof(out));
    assert_int_equal(write_number(3, 1, out, 3, &profile), 0);
    assert_int_equal(write_number(0, 1, out, 4, &profile), 0);
    assert_int_equal(profile, 7);
    for (unsigned i = 0; i < sizeof(out); i++)
        assert_int_equal(out[i], 0x5a);
}

static void a_number_goes_with_others(void **state)
{
    (void)state;
    uint8_t bytes[RTP_EXTENSION_NUMBER_LENGTH], out[8];
    uint16_t profile;
    const struct rtp_extension_element elements[] = {
        {.id = 1, .length = 1, .bytes = (const uint8_t *)"x"},
        rtp_extension_number(5, 0x1234, bytes)};
    assert_int_equal(rtp_extension_write(elements, 2, out, sizeof(out), &profile), 8);
    assert_memory_equal(out, "\x10x\x51\x12\x34\0\0\0", 8);
}

/* Several elements, written, sent in a whole header, and walked over again. */
static void what_is_written_reads_back(void **state)
{
    (void)state;
    uint32_t seed = 15;
    static uint8_t bytes[600];
    signal_random_bytes(&seed, bytes, sizeof(bytes));
    for (unsigned round = 0; round < 20000; round++) {
        struct rtp_extension_element elements[6], element;
        const unsigned count = signal_random(&seed) % 7;
        const bool small = round % 2;
        bool fits = true, good = count > 0;
        size_t length = 0;
        for (unsigned i = 0; i < count; i++) {
            elements[i] = (struct rtp_extension_element){
                .id = (uint8_t)(signal_random(&seed) % (small ? 15 : 256)),
                .length = (uint8_t)(signal_random(&seed) % (small ? 17 : 256)),
                .bytes = bytes + signal_random(&seed) % 300};
            if (round % 5)
                elements[i].id |= 1;
            good = good && elements[i].id;
            fits = fits && elements[i].id < 15 && elements[i].length && elements[i].length < 17;
            length += elements[i].length;
        }
        length = (length + count * (fits ? 1 : 2) + 3) / 4 * 4;
        const size_t room = round % 3 ? length : signal_random(&seed) % 800;
        uint8_t *out = malloc(room ? room : 1), header[2048];
        uint16_t profile = 0;
        size_t written = rtp_extension_write(elements, count, out, room, &profile);
        assert_int_equal(written, good && length <= room ? length : 0);
        if (written) {
            struct rtp_packet packet = {.csrc_count = (uint8_t)(round % 16), .ssrc = round};
            packet.extension_profile = profile;
            packet.extension = out;
            packet.extension_length = written;
            size_t all = rtp_packet_write_header(&packet, header, sizeof(header));
            assert_int_equal(all, 12 + round % 16 * 4 + 4 + written);
            struct rtp_packet back;
            struct rtp_extension extension;
            assert_int_equal(rtp_packet_read(header, all, &back), 0);
            assert_int_equal(rtp_extension_begin(&extension, &back), 0);
            for (unsigned i = 0; i < count; i++) {
                assert_int_equal(rtp_extension_next(&extension, &element), 0);
                assert_int_equal(element.id, elements[i].id);
                assert_int_equal(element.length, elements[i].length);
                assert_memory_equal(element.bytes, elements[i].bytes, element.length);
            }
            assert_int_equal(rtp_extension_next(&extension, &element), -ENOENT);
        }
        free(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_are_walked_over),
        cmocka_unit_test(the_first_of_an_identifier_is_found),
        cmocka_unit_test(a_level_is_seven_bits_and_a_voice),
        cmocka_unit_test(levels_are_written_in_either_form),
        cmocka_unit_test(most_levels_fit_what_the_header_promises),
        cmocka_unit_test(a_number_is_sixteen_bits),
        cmocka_unit_test(a_number_goes_with_others),
        cmocka_unit_test(what_is_written_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
