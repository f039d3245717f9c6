/* test_ws_handshake.c - who gets a WebSocket, and what the others are told. */
#include "server/websocket/ws_handshake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define PROTOCOL "Sec-WebSocket-Protocol: sip\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define HOST "Host: a.example\r\n"
#define START "GET /ws HTTP/1.1\r\n"
#define GOOD START HOST UPGRADE KEY VERSION PROTOCOL

/* In a block of its size, so that nothing is read behind it. */
static int read_request(const char *text, struct ws_request *request)
{
    static char held[WS_HANDSHAKE_BYTES];
    const size_t length = strlen(text);
    assert_true(length <= sizeof(held));
    char *at = held + sizeof(held) - length;
    memcpy(at, text, length);
    assert_int_equal(ws_handshake_length((struct slice){at, length}), length);
    return ws_handshake_read((struct slice){at, length}, request);
}

static void assert_status(const char *text, int status)
{
    struct ws_request request;
    assert_int_equal(read_request(text, &request), status);
}

/* RFC 6455 section 1.3. */
static void the_answer_proves_that_it_was_read(void **state)
{
    (void)state;
    struct ws_request request;
    char answer[WS_HANDSHAKE_ANSWER_BYTES];
    assert_int_equal(read_request(GOOD "\r\n", &request), 101);
    const size_t length = ws_handshake_answer(101, &request, answer);
    assert_int_equal(length, strlen(answer));
    assert_non_null(
        strstr(answer, "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    assert_non_null(strstr(answer, "\r\nSec-WebSocket-Protocol: sip\r\n"));
    assert_string_equal(answer + length - 4, "\r\n\r\n");
}

static void words_may_be_written_as_http_has_it(void **state)
{
    (void)state;
    assert_status("GET /?x HTTP/1.1\r\nhost:a\r\nUPGRADE: h2c , WebSocket\r\n"
                  "connection: keep-alive,  upgrade\r\n" KEY VERSION
                  "Sec-WebSocket-Protocol: msrp, sip\r\nContent-Length: 0\r\n\r\n",
                  101);
}

static void what_asks_for_something_else_is_told_so(void **state)
{
    (void)state;
    assert_status(START HOST "\r\n", 426);
    assert_status(START HOST UPGRADE KEY PROTOCOL "\r\n", 426);
    assert_status(START HOST "Upgrade: websocket\r\n" KEY VERSION PROTOCOL "\r\n", 426);
    assert_status(START HOST UPGRADE KEY VERSION "\r\n", 501);
    assert_status(START HOST UPGRADE KEY VERSION "Sec-WebSocket-Protocol: sips\r\n\r\n", 501);
    assert_status("POST / HTTP/1.1\r\n" HOST "\r\n", 405);
    assert_status("GET / HTTP/1.0\r\n" HOST "\r\n", 505);
}

static void what_cannot_be_read_is_refused(void **state)
{
    (void)state;
    assert_status("\r\n\r\n", 400);
    assert_status("GET /\r\n\r\n", 400);
    assert_status("GET / HTTP/1.1 x\r\n\r\n", 400);
    assert_status("GET / HTTP/1.1\n" HOST UPGRADE KEY VERSION PROTOCOL "\r\n", 400);
    assert_status(START UPGRADE KEY VERSION PROTOCOL "\r\n", 400);
    assert_status(GOOD HOST "\r\n", 400);
    assert_status(GOOD KEY "\r\n", 400);
    assert_status(GOOD "Content-Length: 5\r\n\r\n", 400);
    assert_status(GOOD "Transfer-Encoding: chunked\r\n\r\n", 400);
    assert_status(GOOD "no colon\r\n\r\n", 400);
    assert_status(GOOD " folded: x\r\n\r\n", 400);
    assert_status(GOOD ": x\r\n\r\n", 400);
    assert_status(GOOD "Origin: a\r\nOrigin: b\r\n\r\n", 400);
    assert_status(START HOST UPGRADE VERSION PROTOCOL "\r\n", 400);
    assert_status(START HOST UPGRADE VERSION PROTOCOL "Sec-WebSocket-Key: short\r\n\r\n", 400);
    assert_status(START HOST UPGRADE VERSION PROTOCOL
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j!Q==\r\n\r\n",
                  400);
}

static void only_pages_are_held_to_origins(void **state)
{
    (void)state;
    static const char *const origins[] = {"https://a.example", "http://localhost:3000"};
    static const char *const any[] = {"*"};
    struct ws_request request;
    assert_int_equal(read_request(GOOD "Origin: https://A.example\r\n\r\n", &request), 101);
    assert_true(ws_origin_is_one_of(&request, origins, 2));
    assert_int_equal(read_request(GOOD "Origin: https://a.example.org\r\n\r\n", &request), 101);
    assert_false(ws_origin_is_one_of(&request, origins, 2));
    assert_true(ws_origin_is_one_of(&request, NULL, 0));
    assert_true(ws_origin_is_one_of(&request, any, 1));
    assert_int_equal(read_request(GOOD "Origin: null\r\n\r\n", &request), 101);
    assert_false(ws_origin_is_one_of(&request, origins, 2));
    assert_int_equal(read_request(GOOD "\r\n", &request), 101);
    assert_true(ws_origin_is_one_of(&request, origins, 2));
}

static void refusals_say_what_is_wanted(void **state)
{
    (void)state;
    const struct ws_request request = {.key = {"", 0}};
    char answer[WS_HANDSHAKE_ANSWER_BYTES];
    static const int all[] = {400, 403, 405, 426, 501, 505};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        char start[16];
        snprintf(start, sizeof(start), "HTTP/1.1 %d ", all[i]);
        const size_t length = ws_handshake_answer(all[i], &request, answer);
        assert_memory_equal(answer, start, strlen(start));
        assert_true(length < sizeof(answer) - 1);
        assert_string_equal(answer + length - 4, "\r\n\r\n");
    }
    ws_handshake_answer(426, &request, answer);
    assert_non_null(strstr(answer, "\r\nSec-WebSocket-Version: 13\r\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_answer_proves_that_it_was_read),
        cmocka_unit_test(words_may_be_written_as_http_has_it),
        cmocka_unit_test(what_asks_for_something_else_is_told_so),
        cmocka_unit_test(what_cannot_be_read_is_refused),
        cmocka_unit_test(only_pages_are_held_to_origins),
        cmocka_unit_test(refusals_say_what_is_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
