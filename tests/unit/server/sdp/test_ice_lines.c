/* test_ice_lines.c - credentials, options, candidates, and fragments. */
#include "server/sdp/ice_lines.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PASSWORD "0123456789abcdefghijkl"
#define OTHER "ABCDEFGHIJKLMNOPQRSTUV"
#define CANDIDATE(port) "a=candidate:1 1 udp 1 192.0.2.1 " #port " typ host\r\n"

static struct slice lines(const char *text)
{
    return (struct slice){text, strlen(text)};
}

struct row {
    const char *section, *session;
    const char *ufrag, *password; /* NULL: none */
    bool is_malformed;
};

static void a_section_counts_before_its_session(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"", "", NULL, NULL, false},
        {"a=ice-ufrag:abcd\r\na=ice-pwd:" PASSWORD "\r\n", "", "abcd", PASSWORD, false},
        {"", "a=ice-pwd:" PASSWORD "\r\na=ice-ufrag:abcd\r\n", "abcd", PASSWORD, false},
        {"a=ice-ufrag:abcd\r\na=ice-pwd:" PASSWORD "\r\n",
         "a=ice-ufrag:efgh\r\na=ice-pwd:" OTHER "\r\n", "abcd", PASSWORD, false},
        {"a=ice-ufrag:abcd\r\na=ice-ufrag:efgh\r\na=ice-pwd:" PASSWORD "\r\n", "", "abcd",
         PASSWORD, false},
        /* half of each is nothing */
        {"a=ice-ufrag:abcd\r\n", "a=ice-pwd:" PASSWORD "\r\n", NULL, NULL, true},
        {"a=ice-ufrag:abcd\r\n", "", NULL, NULL, true},
        {"a=ice-pwd:" PASSWORD "\r\n", "", NULL, NULL, true},
        {"a=ice-ufrag:abc\r\na=ice-pwd:" PASSWORD "\r\n", "", NULL, NULL, true},
        {"a=ice-ufrag:abcd\r\na=ice-pwd:short\r\n", "", NULL, NULL, true},
        {"a=ice-ufrag:ab:d\r\na=ice-pwd:" PASSWORD "\r\n", "", NULL, NULL, true},
        {"a=ice-ufrag\r\na=ice-pwd\r\n", "", NULL, NULL, true},
        {"b=ice-ufrag:abcd\r\nb=ice-pwd:" PASSWORD "\r\n", "", NULL, NULL, false},
    };
    static struct ice_lines theirs;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        memset(&theirs, 0xff, sizeof(theirs));
        ice_lines_read(lines(rows[i].section), lines(rows[i].session), &theirs);
        if (theirs.has_credentials != (rows[i].ufrag != NULL) ||
            theirs.is_malformed != rows[i].is_malformed)
            fail_msg("row %zu", i);
        assert_string_equal(theirs.credentials.ufrag, rows[i].ufrag ? rows[i].ufrag : "");
        assert_string_equal(theirs.credentials.password,
                            rows[i].password ? rows[i].password : "");
    }
}

static void long_credentials_are_malformed(void **state)
{
    (void)state;
    static struct ice_lines theirs;
    char text[700];
    for (int length = 256; length <= 257; length++) {
        snprintf(text, sizeof(text), "a=ice-ufrag:%0*d\r\na=ice-pwd:%0*d\r\n", length, 1,
                 length, 1);
        ice_lines_read(lines(text), lines(""), &theirs);
        assert_int_equal(theirs.has_credentials, length == 256);
        assert_int_equal(theirs.is_malformed, length == 257);
    }
}

static void options_and_flags_are_read(void **state)
{
    (void)state;
    static struct ice_lines theirs;
    ice_lines_read(lines("a=ice-options:trickle renomination\r\na=end-of-candidates\r\n"),
                   lines("a=ice-options: ice2 other\r\na=ice-lite\r\n"), &theirs);
    assert_true(theirs.can_trickle && theirs.can_renominate && theirs.is_ice2);
    assert_true(theirs.is_lite && theirs.candidates.ended);
    ice_lines_read(lines("a=ice-options:tricklex\r\na=ice-options\r\n"), lines(""), &theirs);
    assert_false(theirs.can_trickle || theirs.is_ice2 || theirs.is_lite ||
                 theirs.candidates.ended);
}

static void two_hundred_candidates_are_too_many(void **state)
{
    (void)state;
    static struct ice_lines theirs;
    static char text[20000];
    size_t at = 0;
    for (unsigned i = 0; i < 200; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at,
                               "a=candidate:1 1 udp 1 192.0.2.1 %u typ host\r\n", 4000 + i);
    ice_lines_read(lines(text), lines(""), &theirs);
    assert_int_equal(theirs.candidates.count, ICE_CANDIDATES_MAX);
    assert_int_equal(theirs.candidates.refused, 200 - ICE_CANDIDATES_MAX);
    assert_int_equal(theirs.candidates.candidate[63].address.v4.sin_port, htons(4063));
}

/* As RFC 8840 section 9.2 has it, and as WHIP clients send it. */
static const char fragment[] =
    "a=ice-ufrag:abcd\r\na=ice-pwd:" PASSWORD "\r\n"
    "m=audio 9 RTP/AVP 0\r\na=mid:1\r\n" CANDIDATE(4000) CANDIDATE(
        4001) "m=audio 9 RTP/AVP 0\r\na=mid:2\r\n" CANDIDATE(4002) "a=end-of-candidates\r\n";

static void fragments_bring_candidates(void **state)
{
    (void)state;
    static struct ice_lines theirs;
    static const struct {
        const char *mid;
        unsigned count;
        bool ended;
    } rows[] = {
        {NULL, 3, true}, {"1", 2, false}, {"2", 1, true}, {"3", 0, false}, {"", 0, false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(
            ice_lines_read_fragment(fragment, strlen(fragment), rows[i].mid, &theirs), 0);
        assert_int_equal(theirs.candidates.count, rows[i].count);
        assert_int_equal(theirs.candidates.ended, rows[i].ended);
        assert_true(theirs.has_credentials);
        assert_string_equal(theirs.credentials.ufrag, "abcd");
    }
}

static void a_fragment_may_end_anywhere(void **state)
{
    (void)state;
    static struct ice_lines theirs;
    for (size_t length = 0; length <= strlen(fragment); length++) {
        char *copy = malloc(length ? length : 1);
        assert_non_null(copy);
        memcpy(copy, fragment, length);
        assert_int_equal(ice_lines_read_fragment(copy, length, "2", &theirs), 0);
        free(copy);
    }
}

static void what_is_no_text_is_no_fragment(void **state)
{
    (void)state;
    static struct ice_lines theirs;
    static char large[ICE_LINES_MAX_FRAGMENT + 1];
    memset(large, '\n', sizeof(large));
    assert_int_equal(ice_lines_read_fragment("a=\0", 3, NULL, &theirs), -EBADMSG);
    assert_int_equal(ice_lines_read_fragment("a=x\x7f", 4, NULL, &theirs), -EBADMSG);
    assert_int_equal(ice_lines_read_fragment(large, sizeof(large) - 1, NULL, &theirs), 0);
    assert_int_equal(ice_lines_read_fragment(large, sizeof(large), NULL, &theirs), -EBADMSG);
    assert_int_equal(ice_lines_read_fragment("no lines\nat all", 15, NULL, &theirs), 0);
    assert_false(theirs.has_credentials || theirs.is_malformed);
}

static void ours_read_as_they_were_written(void **state)
{
    (void)state;
    static struct ice_lines theirs;
    struct ice_credentials credentials;
    struct ice_lines_ours ours = {.credentials = &credentials, .count = 2};
    const struct sockaddr_in first = {
        .sin_family = AF_INET, .sin_port = htons(20000), .sin_addr.s_addr = htonl(0xc0000201)};
    const struct sockaddr_in6 second = {
        .sin6_family = AF_INET6, .sin6_port = htons(20000), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    char data[1024], session[64];
    struct text text;
    ice_credentials_make(&credentials);
    ice_candidate_host(&ours.candidates[0], (const struct sockaddr *)&first, 65535);
    ice_candidate_host(&ours.candidates[1], (const struct sockaddr *)&second, 65534);
    text_init(&text, session, sizeof(session));
    ice_lines_write_session(&text);
    text_init(&text, data, sizeof(data));
    ice_lines_write(&ours, &text);
    assert_false(text.full);
    ice_lines_read(lines(data), lines(session), &theirs);
    assert_true(theirs.has_credentials && theirs.is_lite && theirs.is_ice2 &&
                theirs.can_trickle && theirs.candidates.ended);
    assert_memory_equal(&theirs.credentials, &credentials, sizeof(credentials));
    assert_int_equal(theirs.candidates.count, 2);
    assert_int_equal(theirs.candidates.refused, 0);
    for (unsigned i = 0; i < 2; i++)
        assert_memory_equal(&theirs.candidates.candidate[i], &ours.candidates[i],
                            sizeof(ours.candidates[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_section_counts_before_its_session),
        cmocka_unit_test(long_credentials_are_malformed),
        cmocka_unit_test(options_and_flags_are_read),
        cmocka_unit_test(two_hundred_candidates_are_too_many),
        cmocka_unit_test(fragments_bring_candidates),
        cmocka_unit_test(a_fragment_may_end_anywhere),
        cmocka_unit_test(what_is_no_text_is_no_fragment),
        cmocka_unit_test(ours_read_as_they_were_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
