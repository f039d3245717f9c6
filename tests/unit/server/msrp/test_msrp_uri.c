/* test_msrp_uri.c - the URIs of RFC 4975, and what is none. */
#include "server/msrp/msrp_uri.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct slice slice_of(const char *text)
{
    return (struct slice){text, strlen(text)};
}

static struct msrp_uri read_one(const char *text)
{
    struct msrp_uri uri;
    assert_int_equal(msrp_uri_read(slice_of(text), &uri), 0);
    return uri;
}

static void parts_are_found(void **state)
{
    (void)state;
    struct msrp_uri uri = read_one("msrp://host.example.com:8493/asfd34;tcp");
    assert_false(uri.is_secure);
    assert_true(slice_equals(uri.host, "host.example.com"));
    assert_int_equal(uri.port, 8493);
    assert_true(slice_equals(uri.session, "asfd34"));
    assert_true(slice_equals(uri.transport, "tcp"));
    uri = read_one("MSRPS://bob@[2001:db8::1]/a=b+c/d~;TCP;x=y");
    assert_true(uri.is_secure);
    assert_true(slice_equals(uri.host, "[2001:db8::1]"));
    assert_int_equal(uri.port, 0);
    assert_true(slice_equals(uri.session, "a=b+c/d~"));
    assert_true(slice_equals(uri.transport, "TCP"));
    assert_int_equal(read_one("msrp://relay.example.com:9000;tcp").session.length, 0);
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "msrp",
        "msrp://",
        "msrp://;tcp",
        "sip://a/b;tcp",
        "msrp://a/b",
        "msrp://a/b;",
        "msrp://a/;tcp",
        "msrp://a:0/b;tcp",
        "msrp://a:65536/b;tcp",
        "msrp://a:/b;tcp",
        "msrp://a:1x/b;tcp",
        "msrp://[::1/b;tcp",
        "msrp://[]/b;tcp",
        "msrp://[::1]2855/b;tcp",
        "msrp://a b/c;tcp",
        "msrp://a/b<c>;tcp",
        "msrp://a/b;t cp",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct msrp_uri uri;
        assert_int_equal(msrp_uri_read(slice_of(bad[i]), &uri), -EBADMSG);
    }
    char longest[2 * MSRP_SESSION_BYTES] = "msrp://a/";
    struct msrp_uri uri;
    memset(longest + 9, 'x', MSRP_SESSION_BYTES);
    strcpy(longest + 9 + MSRP_SESSION_BYTES, ";tcp");
    assert_int_equal(msrp_uri_read(slice_of(longest), &uri), -EBADMSG);
}

static void the_last_of_a_path_is_the_far_end(void **state)
{
    (void)state;
    struct msrp_uri uri;
    assert_int_equal(msrp_path_last(slice_of("msrp://r:1/x;tcp msrps://h/y;tcp"), &uri), 0);
    assert_true(slice_equals(uri.session, "y"));
    assert_int_equal(msrp_path_last(slice_of(" "), &uri), -EBADMSG);
    assert_int_equal(msrp_path_last(slice_of("msrp://r:1/x;tcp nonsense"), &uri), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_found),
        cmocka_unit_test(what_is_none_is_refused),
        cmocka_unit_test(the_last_of_a_path_is_the_far_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
