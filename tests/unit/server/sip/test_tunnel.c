/* test_tunnel.c - which message within is the one outside. */
#include "server/sip/tunnel.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sofia-sip/msg.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>

#include <cmocka.h>

enum { NOW = 3000000000U, TEXT_BYTES = 1024 };

static const char plain[] = "REFER sip:b@h SIP/2.0\r\n"
                            "From: A <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=2\r\nCall-ID: c\r\n"
                            "CSeq: 7 REFER\r\nContact: <sip:a@h:5070>\r\n";

static const char *type = TUNNEL_TYPE; /* of what is within */

/* What becomes of @p text in a message of the headers @p plain and @p more. */
static int open_in(const char *more, const char *text, struct tunnel *tunnel)
{
    char outer[TEXT_BYTES];
    int length = snprintf(outer, sizeof(outer), "%s%s\r\n", plain, more);
    msg_t *msg = msg_make(sip_default_mclass(), 0, outer, length);
    assert_non_null(msg);
    int error = tunnel_open(sip_object(msg), (struct slice){type, strlen(type)},
                            (struct slice){text, strlen(text)}, NOW, tunnel);
    msg_destroy(msg);
    return error;
}

/* The same headers within, with @p change instead of what begins like it, and @p more. */
static int open_changed(const char *change, const char *outside, const char *within)
{
    char text[TEXT_BYTES] = "";
    struct tunnel tunnel;
    size_t name = strcspn(change, ": ");
    bool is_changed = false;
    for (const char *line = plain; *line; line = strchr(line, '\n') + 1) {
        bool is_it = *change && strncmp(line, change, name) == 0;
        is_changed |= is_it;
        if (is_it)
            strcat(strcat(text, change), change[name] ? "\r\n" : "");
        else
            strncat(text, line, strcspn(line, "\n") + 1);
    }
    assert_true(is_changed || !*change);
    strcat(strcat(text, within), "\r\n");
    return open_in(outside, text, &tunnel);
}

static void the_same_message_is_taken(void **state)
{
    (void)state;
    struct tunnel tunnel;
    char text[TEXT_BYTES];
    assert_int_equal(open_changed("", "", ""), 0);
    assert_int_equal(open_changed("", "Via: SIP/2.0/UDP h\r\nMax-Forwards: 3\r\n", ""), 0);
    snprintf(text, sizeof(text), "%sc: text/plain;charset=x\r\n\r\nhello", plain);
    assert_int_equal(open_in("", text, &tunnel), 0);
    assert_string_equal(tunnel.type, "text/plain;charset=x");
    assert_int_equal(tunnel.body.length, 5);
    assert_memory_equal(tunnel.body.at, "hello", 5);
}

static void another_is_not(void **state)
{
    (void)state;
    static const char *const changes[] = {"From: A <sip:a@h>;tag=2", "From: A <sip:x@h>;tag=1",
                                          "From: B <sip:a@h>;tag=1", "To: <sip:b@h>",
                                          "To: <sips:b@h>;tag=2", "Call-ID: d", "CSeq: 8 REFER",
                                          "CSeq: 7 INVITE", "Contact: <sip:a@h:5071>",
                                          /* left out */
                                          "From", "To", "Call-ID", "CSeq", "Contact"};
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        int error = open_changed(changes[i], "", "");
        assert_true(error == -EACCES || error == -EBADMSG);
    }
}

static void what_is_outside_has_to_be_within(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"Refer-To: <sip:c@h>\r\n", "Refer-To: <sip:d@h>\r\n"},
        {"Replaces: x;to-tag=1;from-tag=2\r\n", "Replaces: x;to-tag=1;from-tag=3\r\n"},
        {"Join: x;to-tag=1;from-tag=2\r\n", "Join: y;to-tag=1;from-tag=2\r\n"},
        {"Subject: lunch\r\n", "Subject: ransom\r\n"}};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        assert_int_equal(open_changed("", pairs[i][0], pairs[i][0]), 0);
        assert_int_equal(open_changed("", "", pairs[i][0]), 0); /* hidden */
        assert_int_equal(open_changed("", pairs[i][1], pairs[i][0]), -EACCES);
        assert_int_equal(open_changed("", pairs[i][0], ""), -EACCES); /* added */
    }
}

static void old_ones_and_broken_ones_are_not_taken(void **state)
{
    (void)state;
    struct tunnel tunnel;
    /* NOW is 25 January 1995, 05:20:00 GMT: seconds since 1900 */
    assert_int_equal(open_changed("", "", "Date: Wed, 25 Jan 1995 05:20:00 GMT\r\n"), 0);
    assert_int_equal(open_changed("", "", "Date: Wed, 25 Jan 1995 06:20:00 GMT\r\n"), 0);
    assert_int_equal(open_changed("", "", "Date: Wed, 25 Jan 1995 06:20:01 GMT\r\n"), -ESTALE);
    assert_int_equal(open_changed("", "", "Date: Wed, 25 Jan 1995 04:19:59 GMT\r\n"), -ESTALE);
    assert_int_equal(open_changed("", "", "Content-Type: message/sip\r\n"), -ENOTSUP);
    assert_int_equal(open_changed("", "", "Content-Type: multipart/signed\r\n"), -ENOTSUP);
    assert_int_equal(open_changed("", "", "Content-Transfer-Encoding: base64\r\n"), -ENOTSUP);
    assert_int_equal(open_in("", "", &tunnel), -EBADMSG);
    assert_int_equal(open_in("", "hello\r\n\r\n", &tunnel), -EBADMSG);
    assert_int_equal(open_in("", "SIP/2.0 200 OK\r\n\r\n", &tunnel), -EACCES);
}

#define DATE "Date: Wed, 25 Jan 1995 05:20:00 GMT\r\n" /* NOW */

static void of_a_fragment_some_may_be_missing(void **state)
{
    (void)state;
    static const char short_one[] = "From: A <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=2\r\n"
                                    "Call-ID: c\r\nContact: <sip:a@h:5070>\r\n";
    char text[TEXT_BYTES];
    struct tunnel tunnel;
    type = TUNNEL_FRAGMENT_TYPE;
    assert_int_equal(open_changed("", "", DATE), 0);
    assert_int_equal(open_changed("", "", ""), -EBADMSG); /* it would be good for ever */
    assert_int_equal(open_changed("CSeq: 8 REFER", "", DATE), -EACCES);
    assert_int_equal(open_changed("From", "", DATE), -EACCES);
    assert_int_equal(open_changed("Call-ID: d", "", DATE), -EACCES);
    snprintf(text, sizeof(text), "%s" DATE "Content-Type: a/b\r\n\r\nhello", short_one);
    assert_int_equal(open_in("", text, &tunnel), 0);
    assert_string_equal(tunnel.type, "a/b");
    assert_memory_equal(tunnel.body.at, "hello", tunnel.body.length);
    snprintf(text, sizeof(text), "BYE sip:b@h SIP/2.0\r\n%s" DATE "\r\n", short_one);
    assert_int_equal(open_in("", text, &tunnel), -EACCES);
    snprintf(text, sizeof(text), "%s" DATE "\r\n", short_one);
    assert_int_equal(open_in("Subject: s\r\n", text, &tunnel), -EACCES);
    assert_int_equal(open_in("", "hello\r\n\r\n", &tunnel), -EBADMSG);
    assert_int_equal(open_in("", ": x\r\n\r\n", &tunnel), -EBADMSG);
    type = TUNNEL_TYPE;
    assert_true(open_in("", text, &tunnel) < 0); /* a message is whole */
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    static const char *const types[] = {TUNNEL_TYPE, TUNNEL_FRAGMENT_TYPE};
    struct tunnel_lines lines = {.start = "REFER sip:b@h SIP/2.0",
                                 .from = "A <sip:a@h>;tag=1",
                                 .to = "<sip:b@h>;tag=2",
                                 .call_id = "c",
                                 .cseq = "7 REFER",
                                 .contact = "<sip:a@h:5070>",
                                 .date = NOW};
    struct tunnel tunnel;
    for (int i = 0; i < 4; i++) {
        size_t length;
        type = types[i % 2];
        lines.cseq = i < 2 ? lines.cseq : NULL;
        char *text = tunnel_write(&lines, "a/b", (struct slice){"hello", 5}, &length);
        assert_non_null(text);
        assert_int_equal(length, strlen(text));
        assert_int_equal(open_in("", text, &tunnel), i == 2 ? -EACCES : 0);
        if (i != 2) {
            assert_string_equal(tunnel.type, "a/b");
            assert_int_equal(tunnel.body.length, 5);
        }
        free(text);
    }
    type = TUNNEL_TYPE;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_message_is_taken),
        cmocka_unit_test(another_is_not),
        cmocka_unit_test(what_is_outside_has_to_be_within),
        cmocka_unit_test(old_ones_and_broken_ones_are_not_taken),
        cmocka_unit_test(of_a_fragment_some_may_be_missing),
        cmocka_unit_test(what_is_written_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
