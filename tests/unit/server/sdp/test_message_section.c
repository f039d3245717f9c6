/* test_message_section.c - m=message lines, and what is none. */
#include "server/sdp/message_section.h"

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

#define HEAD "v=0\r\no=- 7 7 IN IP4 192.0.2.9\r\ns=x\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
#define SHA                                                                                    \
    "a=fingerprint:sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:" \
    "16:17:18:19:1A:1B:1C:1D:1E:1F\r\n"

static int read_text(const char *text, unsigned index, struct message_section *section)
{
    static struct description description;
    char why[DESCRIPTION_WHY_BYTES];
    description_finish(&description);
    assert_int_equal(description_read(text, strlen(text), &description, why), 0);
    return message_section_read(&description, index, section);
}

static void all_lines_are_read(void **state)
{
    (void)state;
    struct message_section section;
    assert_int_equal(
        read_text(HEAD "a=inactive\r\nm=audio 4 RTP/AVP 0\r\nm=message 7394 TCP/TLS/MSRP *\r\n"
                       "a=accept-types:message/cpim text/plain\r\na=accept-wrapped-types:*\r\n"
                       "a=path:msrps://a.example:7394/2s93i9ek2a;tcp\r\na=setup:passive\r\n"
                       "a=max-size:1000\r\na=msrp-cema\r\na=chatroom:nickname x.y\r\n"
                       "a=sendonly\r\n" SHA,
                  1, &section),
        0);
    assert_true(section.is_tls && section.is_cema && section.has_chatroom);
    assert_int_equal(section.index, 1);
    assert_int_equal(section.direction, MEDIA_SENDONLY);
    assert_int_equal(section.max_size, 1000);
    assert_true(slice_equals(section.path, "msrps://a.example:7394/2s93i9ek2a;tcp"));
    assert_int_equal(section.security.setup, SETUP_PASSIVE);
    assert_int_equal(section.security.count, 1);
    assert_true(message_section_lists(section.accept_types, "TEXT/plain"));
    assert_false(message_section_lists(section.accept_types, "text"));
    assert_true(message_section_lists(section.chatroom, "nickname"));
    assert_false(message_section_lists(section.chatroom, "private-messages"));
    const struct sockaddr_in *address = (const struct sockaddr_in *)&section.address;
    assert_int_equal(address->sin_family, AF_INET);
    assert_int_equal(ntohs(address->sin_port), 7394);
}

static void what_is_not_said_is_known_so(void **state)
{
    (void)state;
    struct message_section section;
    assert_int_equal(read_text("v=0\r\no=- 7 7 IN IP4 192.0.2.9\r\ns=x\r\n"
                               "c=IN IP4 a.example\r\nt=0 0\r\nm=message 9 TCP/MSRP *\r\n"
                               "a=path:msrp://a:9/x;tcp\r\na=max-size:99999999999999999999\r\n",
                               0, &section),
                     0);
    assert_false(section.is_tls || section.is_cema || section.has_chatroom);
    assert_int_equal(section.direction, MEDIA_SENDRECV);
    assert_int_equal(section.address.ss_family, AF_UNSPEC); /* a name is not looked up */
    assert_true(section.max_size == UINT64_MAX);
    assert_int_equal(section.accept_types.length, 0);
    assert_int_equal(section.security.setup, SETUP_NONE);
}

static void others_are_none(void **state)
{
    (void)state;
    struct message_section section;
    static const char path[] = "a=path:msrp://a:9/x;tcp\r\n";
    static const struct {
        const char *line, *more;
        int error;
    } rows[] = {
        {"m=message 0 TCP/MSRP *\r\n", path, -EPROTONOSUPPORT},
        {"m=message 9 TCP/msrp *\r\n", path, -EPROTONOSUPPORT},
        {"m=message 9 RTP/AVP 0\r\n", path, -EPROTONOSUPPORT},
        {"m=audio 9 TCP/MSRP *\r\n", path, -EPROTONOSUPPORT},
        {"m=message 9 TCP/MSRP *\r\n", "", -EBADMSG},
        {"m=message 9 TCP/MSRP *\r\n", "a=path:\r\n", -EBADMSG},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[512];
        snprintf(text, sizeof(text), HEAD "%s%s", rows[i].line, rows[i].more);
        assert_int_equal(read_text(text, 0, &section), rows[i].error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_lines_are_read),
        cmocka_unit_test(what_is_not_said_is_known_so),
        cmocka_unit_test(others_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
