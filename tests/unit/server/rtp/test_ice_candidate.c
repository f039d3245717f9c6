/* test_ice_candidate.c - lines of browsers and phones, ours, and hostile ones. */
#include "server/rtp/ice_candidate.h"

#include "server/rtp/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Reads a copy that ends where the line does. */
static int read_line(const char *line, struct ice_candidate *candidate)
{
    const size_t length = strlen(line);
    char *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, line, length);
    const int error = ice_candidate_read(copy, length, candidate);
    free(copy);
    return error;
}

struct row {
    const char *line;
    int error;
    const char *address;
    enum ice_candidate_type type;
    uint32_t priority;
};

static const struct row rows[] = {
    {"candidate:1 1 udp 2130706431 192.0.2.1 4000 typ host", 0, "192.0.2.1:4000",
     ICE_CANDIDATE_HOST, 2130706431},
    /* Chromium, Firefox */
    {"candidate:842163049 1 udp 1677729535 198.51.100.7 60769 typ srflx raddr 0.0.0.0 rport 0 "
     "generation 0 ufrag sXP5 network-cost 999",
     0, "198.51.100.7:60769", ICE_CANDIDATE_SERVER_REFLEXIVE, 1677729535},
    {"candidate:1 1 UDP 2122055679 2001:db8::1 35320 typ host", 0, "[2001:db8::1]:35320",
     ICE_CANDIDATE_HOST, 2122055679},
    {"candidate:Ab+/ 1 udp 1 192.0.2.1 1 typ prflx raddr 10.0.0.1 rport 9", 0, "192.0.2.1:1",
     ICE_CANDIDATE_PEER_REFLEXIVE, 1},
    {"candidate:1 1 udp 0 192.0.2.1 65535 typ RELAY", 0, "192.0.2.1:65535",
     ICE_CANDIDATE_RELAYED, 0},
    {"Candidate:1  1  udp  4294967295  192.0.2.1  4000  typ  host", 0, "192.0.2.1:4000",
     ICE_CANDIDATE_HOST, 4294967295},
    /* of no use to us */
    {"candidate:1 1 udp 1 4c9a0d3f-5b0f-4f3a-8f0b-1f1f1f1f1f1f.local 4000 typ host", -ENOTSUP,
     "nowhere", ICE_CANDIDATE_HOST, 1},
    {"candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype active", -ENOTSUP, NULL,
     ICE_CANDIDATE_HOST, 1},
    {"candidate:1 1 udp 1 192.0.2.1 9 typ token", -ENOTSUP, NULL, ICE_CANDIDATE_HOST, 1},
    {"candidate:1 1 udp 1 192.0.2.1 0 typ host", -ENOTSUP, NULL, ICE_CANDIDATE_HOST, 1},
    {"candidate:1 1 udp 1 fe80::1%eth0 4 typ host", -ENOTSUP, NULL, ICE_CANDIDATE_HOST, 1},
    {"candidate:1 1 udp 1 "
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 4 typ "
     "host",
     -ENOTSUP, NULL, ICE_CANDIDATE_HOST, 1},
    /* malformed */
    {"", -EBADMSG, NULL, 0, 0},
    {"candidate", -EBADMSG, NULL, 0, 0},
    {"candidate:", -EBADMSG, NULL, 0, 0},
    {"candidate:1 1 udp 1 192.0.2.1 4000", -EBADMSG, NULL, 0, 0},
    {"candidate:1 1 udp 1 192.0.2.1 4000 typ", -EBADMSG, NULL, 0, 0},
    {"candidate:1 1 udp 1 192.0.2.1 4000 type host", -EBADMSG, NULL, 0, 0},
    {"candidate:1 0 udp 1 192.0.2.1 4000 typ host", -EBADMSG, NULL, 0, 0},
    {"candidate:1 257 udp 1 192.0.2.1 4000 typ host", -EBADMSG, NULL, 0, 0},
    {"candidate:1 -1 udp 1 192.0.2.1 4000 typ host", -EBADMSG, NULL, 0, 0},
    {"candidate:1 1 udp 4294967296 192.0.2.1 4000 typ host", -EBADMSG, NULL, 0, 0},
    {"candidate:1 1 udp 99999999999 192.0.2.1 4000 typ host", -EBADMSG, NULL, 0, 0},
    {"candidate:1 1 udp 1 192.0.2.1 65536 typ host", -EBADMSG, NULL, 0, 0},
    {"candidate:1 1 udp 1 192.0.2.1 4000x typ host", -EBADMSG, NULL, 0, 0},
    {"candidate:1: 1 udp 1 192.0.2.1 4000 typ host", -EBADMSG, NULL, 0, 0},
    {"candidate:123456789012345678901234567890123 1 udp 1 192.0.2.1 4000 typ host", -EBADMSG,
     NULL, 0, 0},
};

static void reads_what_clients_write(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ice_candidate candidate;
        char text[ADDRESS_TEXT_BYTES];
        if (read_line(rows[i].line, &candidate) != rows[i].error)
            fail_msg("%s", rows[i].line);
        if (!rows[i].address)
            continue;
        address_text(&candidate.address, text);
        assert_string_equal(text, rows[i].address);
        assert_int_equal(candidate.type, rows[i].type);
        assert_int_equal(candidate.component, 1);
        assert_true(candidate.priority == rows[i].priority);
    }
}

static void a_long_line_is_none(void **state)
{
    (void)state;
    char line[ICE_CANDIDATE_MAX_LINE + 2];
    struct ice_candidate candidate;
    memset(line, 'x', sizeof(line));
    const int length = snprintf(line, sizeof(line), "%s ", rows[0].line);
    line[length] = 'x';
    assert_int_equal(ice_candidate_read(line, ICE_CANDIDATE_MAX_LINE, &candidate), 0);
    assert_int_equal(ice_candidate_read(line, ICE_CANDIDATE_MAX_LINE + 1, &candidate),
                     -EBADMSG);
}

/* The figures of RFC 8445 section 5.1.2.2 and of clients in the field. */
static void priorities_follow_the_formula(void **state)
{
    (void)state;
    assert_true(ice_candidate_priority(ICE_CANDIDATE_HOST, 65535, 1) == 2130706431);
    assert_true(ice_candidate_priority(ICE_CANDIDATE_HOST, 65535, 2) == 2130706430);
    assert_true(ice_candidate_priority(ICE_CANDIDATE_SERVER_REFLEXIVE, 65535, 1) == 1694498815);
    assert_true(ice_candidate_priority(ICE_CANDIDATE_PEER_REFLEXIVE, 65535, 1) == 1862270975);
    assert_true(ice_candidate_priority(ICE_CANDIDATE_RELAYED, 0, 256) == 0);
}

static union latch_address at(const char *host, uint16_t port)
{
    union latch_address out;
    memset(&out, 0, sizeof(out));
    if (inet_pton(AF_INET, host, &out.v4.sin_addr) == 1) {
        out.v4.sin_family = AF_INET;
        out.v4.sin_port = htons(port);
    } else {
        assert_int_equal(inet_pton(AF_INET6, host, &out.v6.sin6_addr), 1);
        out.v6.sin6_family = AF_INET6;
        out.v6.sin6_port = htons(port);
    }
    return out;
}

static void ours_read_as_they_were_written(void **state)
{
    (void)state;
    static const char *const hosts[] = {"192.0.2.1", "2001:db8::1",
                                        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"};
    for (unsigned i = 0; i < 3; i++) {
        const union latch_address address = at(hosts[i], 65535);
        struct ice_candidate ours, back;
        char line[ICE_CANDIDATE_LINE_BYTES];
        ice_candidate_host(&ours, &address.any, (uint16_t)(65535 - i));
        const size_t length = ice_candidate_write(&ours, line, sizeof(line));
        assert_int_equal(length, strlen(line));
        assert_int_equal(read_line(line, &back), 0);
        assert_memory_equal(&back, &ours, sizeof(ours));
        for (size_t room = 0; room <= length; room++)
            assert_int_equal(ice_candidate_write(&ours, line, room), 0);
    }
}

static void foundations_tell_addresses_apart(void **state)
{
    (void)state;
    const union latch_address a = at("192.0.2.1", 4000), same = at("192.0.2.1", 5000);
    const union latch_address b = at("192.0.2.2", 4000), mapped = at("::ffff:192.0.2.1", 4000);
    struct ice_candidate first, second, third, fourth;
    ice_candidate_host(&first, &a.any, 1);
    ice_candidate_host(&second, &same.any, 1);
    ice_candidate_host(&third, &b.any, 1);
    ice_candidate_host(&fourth, &mapped.any, 1);
    assert_string_equal(first.foundation, second.foundation);
    assert_string_equal(first.foundation, fourth.foundation);
    assert_string_not_equal(first.foundation, third.foundation);
    struct ice_candidate nowhere;
    char line[ICE_CANDIDATE_LINE_BYTES];
    ice_candidate_host(&nowhere, &(struct sockaddr){.sa_family = AF_UNIX}, 1);
    assert_int_equal(ice_candidate_write(&nowhere, line, sizeof(line)), 0);
}

static int add(struct ice_candidates *all, const char *line)
{
    return ice_candidates_add(all, line, strlen(line));
}

static void a_set_is_bounded_and_without_doubles(void **state)
{
    (void)state;
    static struct ice_candidates all;
    char line[ICE_CANDIDATE_LINE_BYTES];
    memset(&all, 0, sizeof(all));
    for (unsigned i = 0; i < 200; i++) {
        snprintf(line, sizeof(line), "candidate:1 1 udp %u 192.0.2.1 %u typ host", i, 4000 + i);
        assert_int_equal(add(&all, line), i < ICE_CANDIDATES_MAX ? 0 : -E2BIG);
        if (i < ICE_CANDIDATES_MAX)
            assert_int_equal(add(&all, line), 0);
    }
    assert_int_equal(all.count, ICE_CANDIDATES_MAX);
    assert_int_equal(all.refused, 200 - ICE_CANDIDATES_MAX);
    assert_int_equal(add(&all, "candidate:x"), -EBADMSG);
    assert_int_equal(all.refused, 201 - ICE_CANDIDATES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_clients_write),
        cmocka_unit_test(a_long_line_is_none),
        cmocka_unit_test(priorities_follow_the_formula),
        cmocka_unit_test(ours_read_as_they_were_written),
        cmocka_unit_test(foundations_tell_addresses_apart),
        cmocka_unit_test(a_set_is_bounded_and_without_doubles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
