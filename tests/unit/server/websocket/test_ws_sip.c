/* test_ws_sip.c - messages on their way between a WebSocket and a connection. */
#include "server/websocket/ws_sip.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* In blocks of their size, so that nothing is read or written behind them. */
static ssize_t take_in(const char *message, size_t length, enum ws_transport *transport,
                       char *out, size_t room)
{
    char *held = malloc(length), *made = malloc(length + WS_SIP_GROWTH);
    assert_true(held && made);
    memcpy(held, message, length);
    const ssize_t bytes = ws_sip_take_in(held, length, made, transport);
    assert_true(bytes < (ssize_t)room);
    if (bytes >= 0) {
        memcpy(out, made, (size_t)bytes);
        out[bytes] = '\0';
    }
    free(held);
    free(made);
    return bytes;
}

static void assert_in(const char *message, const char *expected, enum ws_transport transport)
{
    char out[1024];
    enum ws_transport said = WS_TRANSPORT_WS;
    assert_true(take_in(message, strlen(message), &said, out, sizeof(out)) > 0);
    assert_string_equal(out, expected);
    assert_int_equal(said, transport);
}

static void assert_bad(const char *message, size_t length)
{
    char out[1024];
    enum ws_transport said = WS_TRANSPORT_WS;
    assert_int_equal(take_in(message, length, &said, out, sizeof(out)), -EBADMSG);
}

static void the_first_via_says_tcp_to_the_stack(void **state)
{
    (void)state;
    assert_in("BYE sip:a SIP/2.0\r\nVia: SIP/2.0/WSS x.invalid;branch=1\r\n"
              "Via: SIP/2.0/WS y;branch=2\r\n\r\n",
              "BYE sip:a SIP/2.0\r\nVia: SIP/2.0/TCP x.invalid;branch=1\r\n"
              "Via: SIP/2.0/WS y;branch=2\r\nContent-Length: 0\r\n\r\n",
              WS_TRANSPORT_WSS);
    assert_in("SIP/2.0 200 OK\r\nTo: a\r\nv:sip / 2.0 /\r\n ws x\r\n\r\n",
              "SIP/2.0 200 OK\r\nTo: a\r\nv:sip / 2.0 /\r\n TCP x\r\nContent-Length: 0\r\n\r\n",
              WS_TRANSPORT_WS);
    assert_in("BYE sip:a SIP/2.0\r\nVia: SIP/2.0/\r\nTo: a\r\n\r\n",
              "BYE sip:a SIP/2.0\r\nVia: SIP/2.0/\r\nTo: a\r\nContent-Length: 0\r\n\r\n",
              WS_TRANSPORT_WS);
    assert_in("BYE sip:a SIP/2.0\r\nVia: nothing of this\r\nVia: SIP/2.0/WSS x\r\n\r\n",
              "BYE sip:a SIP/2.0\r\nVia: nothing of this\r\nVia: SIP/2.0/WSS x\r\n"
              "Content-Length: 0\r\n\r\n",
              WS_TRANSPORT_WS);
}

static void the_length_is_what_it_is(void **state)
{
    (void)state;
    assert_in("MESSAGE a SIP/2.0\r\nX: y\r\n\r\nbody",
              "MESSAGE a SIP/2.0\r\nX: y\r\nContent-Length: 4\r\n\r\nbody", WS_TRANSPORT_WS);
    assert_in("MESSAGE a SIP/2.0\r\nl : 4\r\nX: y\r\n\r\nbody",
              "MESSAGE a SIP/2.0\r\nX: y\r\nContent-Length: 4\r\n\r\nbody", WS_TRANSPORT_WS);
    assert_in("MESSAGE a SIP/2.0\r\nContent-Length:\r\n 2\r\nX: y\r\n\r\nbody",
              "MESSAGE a SIP/2.0\r\nX: y\r\nContent-Length: 2\r\n\r\nbo", WS_TRANSPORT_WS);
}

#define BAD(message) assert_bad(message, sizeof(message) - 1)

static void what_is_no_message_is_refused(void **state)
{
    (void)state;
    BAD("x");
    BAD("\r\n\r\n");
    BAD("BYE sip:a SIP/2.0\r\nX: y\r\n");
    BAD(" BYE sip:a SIP/2.0\r\n\r\n");
    BAD("BYE sip:a SIP/2.0\r\nX: \0y\r\n\r\n");
    BAD("BYE sip:a SIP/2.0\r\nX: y\nl: 100\r\n\r\n");
    BAD("BYE sip:a SIP/2.0\r\nX: y\rl: 100\r\n\r\n");
    BAD("BYE sip:a SIP/2.0\r\nl: 5\r\n\r\nbody");
    BAD("BYE sip:a SIP/2.0\r\nl: 4\r\nContent-Length: 3\r\n\r\nbody");
    BAD("BYE sip:a SIP/2.0\r\nl: -1\r\n\r\nbody");
    BAD("BYE sip:a SIP/2.0\r\nl:\r\n\r\n");
    BAD("BYE sip:a SIP/2.0\r\nl: 99999999999999999999\r\n\r\n");
}

static void a_stream_is_cut_into_messages(void **state)
{
    (void)state;
    static const char message[] = "SIP/2.0 200 OK\r\nContent-Length: 4\r\n\r\nbody";
    char *held = malloc(sizeof(message) + 3);
    assert_non_null(held);
    for (size_t i = 0; i < sizeof(message) - 1; i++) {
        memcpy(held, message, i);
        assert_int_equal(ws_sip_cut(held, i), 0);
    }
    memcpy(held, message, sizeof(message) - 1);
    memcpy(held + sizeof(message) - 1, "next", 4);
    assert_int_equal(ws_sip_cut(held, sizeof(message) + 3), sizeof(message) - 1);
    free(held);
    static const char none[] = "SIP/2.0 200 OK\r\nX: y\r\n\r\n";
    assert_int_equal(ws_sip_cut(none, sizeof(none) - 1), -EBADMSG);
}

static void assert_out(const char *message, enum ws_transport transport, const char *expected)
{
    const size_t length = strlen(message);
    char *out = malloc(length + WS_SIP_GROWTH);
    assert_non_null(out);
    assert_int_equal(ws_sip_take_out(message, length, transport, out), strlen(expected));
    assert_memory_equal(out, expected, strlen(expected));
    free(out);
}

static void the_far_end_sees_its_own_via(void **state)
{
    (void)state;
    assert_out(
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP x;branch=1\r\nVia: SIP/2.0/TCP y\r\n\r\nTCP",
        WS_TRANSPORT_WSS,
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/WSS x;branch=1\r\nVia: SIP/2.0/TCP y\r\n\r\nTCP");
    assert_out("BYE sip:a SIP/2.0\r\nv: SIP/2.0/TCP x\r\n\r\n", WS_TRANSPORT_WS,
               "BYE sip:a SIP/2.0\r\nv: SIP/2.0/WS x\r\n\r\n");
    assert_out("BYE sip:a SIP/2.0\r\nX: y\r\n\r\nVia: SIP/2.0/TCP x\r\n", WS_TRANSPORT_WS,
               "BYE sip:a SIP/2.0\r\nX: y\r\n\r\nVia: SIP/2.0/TCP x\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_via_says_tcp_to_the_stack),
        cmocka_unit_test(the_length_is_what_it_is),
        cmocka_unit_test(what_is_no_message_is_refused),
        cmocka_unit_test(a_stream_is_cut_into_messages),
        cmocka_unit_test(the_far_end_sees_its_own_via),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
