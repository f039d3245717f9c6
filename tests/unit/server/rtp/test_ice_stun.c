/* test_ice_stun.c - the RFC's own messages, hostile ones, and what we write ourselves. */
#include "server/rtp/ice_stun.h"

#include "server/rtp/address.h"
#include "server/rtp/bytes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* RFC 5769: one transaction, one password. */
#define COOKIE_AND_TRANSACTION                                                                 \
    "\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae"
static const char password[] = "VOkJxbRl1RmTxUk/WvJxBt";

static const char sample_request[] = /* section 2.1 */
    "\x00\x01\x00\x58" COOKIE_AND_TRANSACTION "\x80\x22\x00\x10STUN test client"
    "\x00\x24\x00\x04\x6e\x00\x01\xff"
    "\x80\x29\x00\x08\x93\x2f\xf9\xb1\x51\x26\x3b\x36"
    "\x00\x06\x00\x09"
    "evtj:h6vY\x20\x20\x20"
    "\x00\x08\x00\x14\x9a\xea\xa7\x0c\xbf\xd8\xcb\x56\x78\x1e\xf2\xb5\xb2\xd3\xf2\x49\xc1\xb5"
    "\x71\xa2"
    "\x80\x28\x00\x04\xe5\x7a\x3b\xcf";

static const char sample_response_v4[] = /* section 2.2 */
    "\x01\x01\x00\x3c" COOKIE_AND_TRANSACTION "\x80\x22\x00\x0btest vector\x20"
    "\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43"
    "\x00\x08\x00\x14\x2b\x91\xf5\x99\xfd\x9e\x90\xc3\x8c\x74\x89\xf9\x2a\xf9\xba\x53\xf0\x6b"
    "\xe7\xd7"
    "\x80\x28\x00\x04\xc0\x7d\x4c\x96";

static const char sample_response_v6[] = /* section 2.3 */
    "\x01\x01\x00\x48" COOKIE_AND_TRANSACTION "\x80\x22\x00\x0btest vector\x20"
    "\x00\x20\x00\x14\x00\x02\xa1\x47\x01\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\xbe\xd2"
    "\xb9\xd9"
    "\x00\x08\x00\x14\xa3\x82\x95\x4e\x4b\xe6\x7b\xf1\x17\x84\xc9\x7c\x82\x92\xc2\x75\xbf\xe3"
    "\xed\x41"
    "\x80\x28\x00\x04\xc8\xfb\x0b\x4c";

/* Reads a copy that ends where the message does. */
static int read_exact(const void *data, size_t length, struct ice_stun *message)
{
    static uint8_t *copy;
    free(copy);
    copy = malloc(length ? length : 1);
    assert_non_null(copy);
    if (length)
        memcpy(copy, data, length);
    return ice_stun_read(copy, length, message);
}

#define READ(text, message) read_exact(text, sizeof(text) - 1, message)

static void reads_the_request_of_rfc_5769(void **state)
{
    (void)state;
    struct ice_stun message;
    assert_int_equal(READ(sample_request, &message), 0);
    assert_int_equal(message.class, ICE_STUN_REQUEST);
    assert_int_equal(message.method, ICE_STUN_BINDING);
    assert_memory_equal(message.transaction, &COOKIE_AND_TRANSACTION[4], 12);
    assert_int_equal(message.username_length, 9);
    assert_memory_equal(message.username, "evtj:h6vY", 9);
    assert_true(message.has_priority);
    assert_int_equal(message.priority, 0x6e0001ff);
    assert_int_equal(message.role, ICE_STUN_CONTROLLED);
    assert_true(message.tie_breaker == 0x932ff9b151263b36);
    assert_true(message.has_fingerprint);
    assert_false(message.use_candidate);
    assert_int_equal(message.unknown_count, 0);
    assert_true(ice_stun_is_authentic(&message, password));
    assert_false(ice_stun_is_authentic(&message, "VOkJxbRl1RmTxUk/WvJxBs"));
    assert_false(ice_stun_is_authentic(&message, ""));
}

static void reads_the_responses_of_rfc_5769(void **state)
{
    (void)state;
    struct ice_stun message;
    char text[ADDRESS_TEXT_BYTES];
    assert_int_equal(READ(sample_response_v4, &message), 0);
    assert_int_equal(message.class, ICE_STUN_SUCCESS);
    assert_true(ice_stun_is_authentic(&message, password));
    address_text(&message.mapped, text);
    assert_string_equal(text, "192.0.2.1:32853");
    assert_int_equal(READ(sample_response_v6, &message), 0);
    assert_true(ice_stun_is_authentic(&message, password));
    address_text(&message.mapped, text);
    assert_string_equal(text, "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
}

/* Whatever bit is wrong: it is no message, or none that is authentic. But for the padding,
 * which FINGERPRINT covers, all is under both. */
static void no_bit_can_be_changed(void **state)
{
    (void)state;
    struct ice_stun message;
    const size_t length = sizeof(sample_request) - 1;
    for (size_t bit = 0; bit < 8 * length; bit++) {
        char copy[sizeof(sample_request)];
        memcpy(copy, sample_request, sizeof(copy));
        copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
        if (read_exact(copy, length, &message) == 0 && message.has_fingerprint &&
            ice_stun_is_authentic(&message, password))
            fail_msg("bit %zu", bit);
    }
}

static void no_beginning_is_a_message(void **state)
{
    (void)state;
    struct ice_stun message;
    for (size_t length = 0; length < sizeof(sample_request) - 1; length++)
        assert_int_equal(read_exact(sample_request, length, &message), -EBADMSG);
}

/* A message of @p length bytes of attributes, its header right. */
static int read_attributes(const char *attributes, size_t length, struct ice_stun *message)
{
    uint8_t data[ICE_STUN_MAX_BYTES + 64] = {0, 1};
    memcpy(data + 4, COOKIE_AND_TRANSACTION, 16);
    memcpy(data + ICE_STUN_HEADER_BYTES, attributes, length);
    bytes_put16(data + 2, (unsigned)length);
    return read_exact(data, ICE_STUN_HEADER_BYTES + length, message);
}

struct hostile_row {
    const char *attributes;
    size_t length;
    int error;
};

#define ROW(text, error)                                                                       \
    {                                                                                          \
        text, sizeof(text) - 1, error                                                          \
    }

static void attributes_have_their_lengths(void **state)
{
    (void)state;
    static const struct hostile_row rows[] = {
        ROW("", 0),
        ROW("\x00\x25\x00\x00", 0),
        ROW("\x00\x25\x00", -EBADMSG),
        ROW("\x00\x25\x00\x00\x00\x00", -EBADMSG),
        ROW("\x00\x25\x00\x01\x00\x00\x00\x00", -EBADMSG), /* USE-CANDIDATE has none   */
        ROW("\x00\x24\x00\x04\x00\x00\x00\x01", 0),        /* PRIORITY                 */
        ROW("\x00\x24\x00\x03\x00\x00\x00\x01", -EBADMSG),
        ROW("\x00\x24\x00\x05\x00\x00\x00\x01", -EBADMSG), /* beyond the end           */
        ROW("\x00\x24\xff\xff\x00\x00\x00\x01", -EBADMSG),
        ROW("\x00\x06\xff\xfd\x00\x00\x00\x01", -EBADMSG), /* padding would wrap       */
        ROW("\x80\x2a\x00\x04\x00\x00\x00\x01", -EBADMSG), /* a tie-breaker cut short  */
        ROW("\x00\x06\x00\x01x\x00\x00\x00", 0),           /* USERNAME                 */
        ROW("\x00\x06\x00\x00", 0),
        ROW("\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43", 0),
        ROW("\x00\x20\x00\x08\x00\x02\xa1\x47\xe1\x12\xa6\x43", -EBADMSG), /* IPv6, 4 bytes */
        ROW("\x00\x20\x00\x08\x00\x03\xa1\x47\xe1\x12\xa6\x43", -EBADMSG),
        ROW("\x00\x20\x00\x00", -EBADMSG),
        ROW("\x00\x09\x00\x04\x00\x00\x04\x01", 0), /* ERROR-CODE 401           */
        ROW("\x00\x09\x00\x04\x00\x00\x02\x01", -EBADMSG),
        ROW("\x00\x09\x00\x04\x00\x00\x04\x64", -EBADMSG), /* 4 and 100                */
        ROW("\x00\x09\x00\x00", -EBADMSG),
        ROW("\x00\x08\x00\x10"
            "0123456789abcdef",
            -EBADMSG),                                     /* 16 bytes of HMAC         */
        ROW("\x80\x28\x00\x04\x00\x00\x00\x00", -EBADMSG), /* a wrong FINGERPRINT      */
        ROW("\x80\x28\x00\x00", -EBADMSG),
        ROW("\xff\xff\x00\x03xyz\x00", 0), /* optional, not known      */
    };
    struct ice_stun message;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const int error = read_attributes(rows[i].attributes, rows[i].length, &message);
        if (error != rows[i].error)
            fail_msg("row %zu: %d", i, error);
    }
}

static void the_header_is_checked(void **state)
{
    (void)state;
    static const char good[] = "\x00\x01\x00\x00" COOKIE_AND_TRANSACTION;
    static const struct {
        unsigned place;
        uint8_t value;
    } faults[] = {{0, 0x40}, {0, 0x80}, {2, 1}, {3, 4}, {3, 1}, {4, 0x20}, {7, 0x43}};
    struct ice_stun message;
    assert_int_equal(READ(good, &message), 0);
    assert_false(message.has_fingerprint);
    assert_false(ice_stun_is_authentic(&message, password));
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        char bad[sizeof(good)];
        memcpy(bad, good, sizeof(bad));
        bad[faults[i].place] = (char)faults[i].value;
        assert_int_equal(READ(bad, &message), -EBADMSG);
    }
}

/* Classes and methods, whose bits lie between each other (RFC 8489 section 5). */
static void class_and_method_are_told_apart(void **state)
{
    (void)state;
    struct ice_stun message;
    for (unsigned method = 0; method < 0x1000; method++) {
        for (unsigned class = 0; class < 4; class ++) {
            char data[] = "\x00\x01\x00\x00" COOKIE_AND_TRANSACTION;
            const unsigned type = (method & 0xf) | (class & 1) << 4 | (method & 0x70) << 1 |
                                  (class & 2) << 7 | (method & 0xf80) << 2;
            data[0] = (char)(type >> 8);
            data[1] = (char)type;
            assert_int_equal(READ(data, &message), 0);
            assert_int_equal(message.method, method);
            assert_int_equal(message.class, class);
        }
    }
}

static void the_first_of_two_counts(void **state)
{
    (void)state;
    static const char twice[] =
        "\x00\x24\x00\x04\x00\x00\x00\x01\x00\x24\x00\x04\x00\x00\x00\x02"
        "\x00\x06\x00\x01x\x00\x00\x00\x00\x06\x00\x01y\x00\x00\x00"
        "\x80\x2a\x00\x08\x00\x00\x00\x00\x00\x00\x00\x05"
        "\x80\x29\x00\x08\x00\x00\x00\x00\x00\x00\x00\x06";
    struct ice_stun message;
    assert_int_equal(read_attributes(twice, sizeof(twice) - 1, &message), 0);
    assert_int_equal(message.priority, 1);
    assert_int_equal(message.username[0], 'x');
    assert_int_equal(message.role, ICE_STUN_CONTROLLING);
    assert_true(message.tie_breaker == 5);
}

static void unknown_ones_are_listed_once_and_bounded(void **state)
{
    (void)state;
    char attributes[4 * 40];
    struct ice_stun message;
    for (unsigned i = 0; i < 40; i++) {
        bytes_put16((uint8_t *)attributes + 4 * i, 0x7f00 + i / 2); /* each twice */
        bytes_put16((uint8_t *)attributes + 4 * i + 2, 0);
    }
    assert_int_equal(read_attributes(attributes, sizeof(attributes), &message), 0);
    assert_int_equal(message.unknown_count, ICE_STUN_MAX_UNKNOWN);
    for (unsigned i = 0; i < ICE_STUN_MAX_UNKNOWN; i++)
        assert_int_equal(message.unknown[i], 0x7f00 + i);
}

static void a_long_message_is_none(void **state)
{
    (void)state;
    static char attributes[ICE_STUN_MAX_BYTES];
    struct ice_stun message;
    const size_t most = ICE_STUN_MAX_BYTES - ICE_STUN_HEADER_BYTES;
    bytes_put16((uint8_t *)attributes, 0x8022);
    bytes_put16((uint8_t *)attributes + 2, (unsigned)most - 4);
    assert_int_equal(read_attributes(attributes, most, &message), 0);
    bytes_put16((uint8_t *)attributes + 2, (unsigned)most);
    assert_int_equal(read_attributes(attributes, most + 4, &message), -EBADMSG);
}

/* What lies behind MESSAGE-INTEGRITY nobody vouches for. */
static void what_is_not_protected_is_not_read(void **state)
{
    (void)state;
    static const char late[] = "\x00\x08\x00\x14"
                               "01234567890123456789"
                               "\x00\x25\x00\x00"
                               "\x00\x24\x00\x04\x00\x00\x00\x01\x00\x06\x00\x01x\x00\x00\x00"
                               "\x7f\x00\x00\x00";
    struct ice_stun message;
    assert_int_equal(read_attributes(late, sizeof(late) - 1, &message), 0);
    assert_false(message.use_candidate || message.has_priority || message.username);
    assert_int_equal(message.unknown_count, 0);
}

/* What it should be over @p length bytes: by zlib's way of counting, without a table. */
static uint32_t fingerprint_of(const uint8_t *data, size_t length)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < 8 * length; i++) {
        const uint32_t bit = data[i / 8] >> i % 8 & 1;
        crc = (crc ^ bit) & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
    }
    return ~crc ^ 0x5354554e;
}

static void nothing_stands_behind_the_fingerprint(void **state)
{
    (void)state;
    uint8_t data[] =
        "\x00\x01\x00\x08" COOKIE_AND_TRANSACTION "\x80\x28\x00\x04....\xff\xff\x00\x00";
    struct ice_stun message;
    bytes_put32(data + 24, fingerprint_of(data, 20));
    assert_int_equal(read_exact(data, 28, &message), 0);
    assert_true(message.has_fingerprint);
    data[3] = 12;
    bytes_put32(data + 24, fingerprint_of(data, 20));
    assert_int_equal(read_exact(data, 32, &message), -EBADMSG);
}

static struct ice_stun_request make_request(void)
{
    return (struct ice_stun_request){.transaction = "0123456789ab",
                                     .username = "theirs:ours",
                                     .priority = 0x12345678,
                                     .role = ICE_STUN_CONTROLLING,
                                     .tie_breaker = 0x1122334455667788,
                                     .use_candidate = true};
}

static void a_request_reads_as_it_was_written(void **state)
{
    (void)state;
    uint8_t out[256];
    struct ice_stun message;
    struct ice_stun_request request = make_request();
    const size_t length = ice_stun_write_request(out, sizeof(out), &request, "secret");
    assert_int_equal(read_exact(out, length, &message), 0);
    assert_int_equal(message.class, ICE_STUN_REQUEST);
    assert_int_equal(message.method, ICE_STUN_BINDING);
    assert_memory_equal(message.transaction, "0123456789ab", 12);
    assert_int_equal(message.username_length, 11);
    assert_memory_equal(message.username, "theirs:ours", 11);
    assert_int_equal(message.priority, 0x12345678);
    assert_int_equal(message.role, ICE_STUN_CONTROLLING);
    assert_true(message.tie_breaker == 0x1122334455667788);
    assert_true(message.use_candidate && message.has_fingerprint);
    assert_true(ice_stun_is_authentic(&message, "secret"));
    for (size_t room = 0; room < length; room++)
        assert_int_equal(ice_stun_write_request(out, room, &request, "secret"), 0);
    assert_int_equal(ice_stun_write_request(out, length, &request, "secret"), length);
}

static void a_success_tells_the_address(void **state)
{
    (void)state;
    static const char *const hosts[] = {"192.0.2.1", "2001:db8::9", "::ffff:198.51.100.7"};
    static const char *const told[] = {"192.0.2.1:32853", "[2001:db8::9]:32853",
                                       "198.51.100.7:32853"};
    for (unsigned i = 0; i < 3; i++) {
        union latch_address from = {.v6 = {.sin6_family = AF_INET6, .sin6_port = htons(32853)}};
        if (inet_pton(AF_INET6, hosts[i], &from.v6.sin6_addr) != 1) {
            from =
                (union latch_address){.v4 = {.sin_family = AF_INET, .sin_port = htons(32853)}};
            assert_int_equal(inet_pton(AF_INET, hosts[i], &from.v4.sin_addr), 1);
        }
        uint8_t out[ICE_STUN_ANSWER_BYTES];
        char text[ADDRESS_TEXT_BYTES];
        struct ice_stun message;
        const uint8_t *transaction = (const uint8_t *)"0123456789ab";
        const size_t length =
            ice_stun_write_success(out, sizeof(out), transaction, &from.any, "secret");
        assert_int_equal(read_exact(out, length, &message), 0);
        assert_int_equal(message.class, ICE_STUN_SUCCESS);
        assert_true(message.has_fingerprint && ice_stun_is_authentic(&message, "secret"));
        address_text(&message.mapped, text);
        assert_string_equal(text, told[i]);
        for (size_t room = 0; room < length; room++)
            assert_int_equal(ice_stun_write_success(out, room, transaction, &from.any, "s"), 0);
    }
}

static void errors_have_their_codes(void **state)
{
    (void)state;
    static const unsigned codes[] = {400, 401, 420, 487};
    struct ice_stun refused = {.transaction = "0123456789ab", .unknown_count = 8};
    for (unsigned i = 0; i < ICE_STUN_MAX_UNKNOWN; i++)
        refused.unknown[i] = (uint16_t)(0x7f00 + i);
    for (unsigned i = 0; i < 4; i++) {
        uint8_t out[ICE_STUN_ANSWER_BYTES];
        struct ice_stun message;
        const char *secret = codes[i] > 401 ? "secret" : NULL;
        const size_t length =
            ice_stun_write_error(out, sizeof(out), &refused, codes[i], secret);
        assert_int_equal(read_exact(out, length, &message), 0);
        assert_int_equal(message.class, ICE_STUN_ERROR);
        assert_int_equal(message.error_code, codes[i]);
        assert_true(message.has_fingerprint);
        assert_int_equal(ice_stun_is_authentic(&message, "secret"), secret != NULL);
        for (size_t room = 0; room < length; room++)
            assert_int_equal(ice_stun_write_error(out, room, &refused, codes[i], secret), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_request_of_rfc_5769),
        cmocka_unit_test(reads_the_responses_of_rfc_5769),
        cmocka_unit_test(no_bit_can_be_changed),
        cmocka_unit_test(no_beginning_is_a_message),
        cmocka_unit_test(attributes_have_their_lengths),
        cmocka_unit_test(the_header_is_checked),
        cmocka_unit_test(class_and_method_are_told_apart),
        cmocka_unit_test(the_first_of_two_counts),
        cmocka_unit_test(unknown_ones_are_listed_once_and_bounded),
        cmocka_unit_test(a_long_message_is_none),
        cmocka_unit_test(what_is_not_protected_is_not_read),
        cmocka_unit_test(nothing_stands_behind_the_fingerprint),
        cmocka_unit_test(a_request_reads_as_it_was_written),
        cmocka_unit_test(a_success_tells_the_address),
        cmocka_unit_test(errors_have_their_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
