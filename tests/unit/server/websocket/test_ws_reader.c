/* test_ws_reader.c - frames of clients, however they are cut up on their way. */
#include "server/websocket/ws_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 1000 };

/* What was read: "T(bytes)" or "B(bytes)" a message, "P" ping, "O" pong, "C" close, each with its
 * bytes. */
struct story {
    char text[4096];
    size_t length;
    bool is_open; /* a message has begun */
};

static void tell(struct story *story, const char *bytes, size_t length)
{
    assert_true(story->length + length < sizeof(story->text));
    if (length)
        memcpy(story->text + story->length, bytes, length);
    story->length += length;
    story->text[story->length] = '\0';
}

static void open_message(struct story *story, const struct ws_piece *piece)
{
    if (!story->is_open)
        tell(story, piece->is_text ? "T(" : "B(", 2);
    story->is_open = true;
}

static void tell_piece(struct story *story, const struct ws_piece *piece)
{
    static const char *const signs[] = {
        [WS_PIECE_PING] = "P(", [WS_PIECE_PONG] = "O(", [WS_PIECE_CLOSE] = "C("};
    if (piece->kind == WS_PIECE_DATA || piece->kind == WS_PIECE_END)
        open_message(story, piece);
    else
        tell(story, signs[piece->kind], 2);
    assert_true(piece->kind != WS_PIECE_DATA || piece->length);
    tell(story, piece->at, piece->length);
    if (piece->kind == WS_PIECE_DATA)
        return;
    tell(story, ")", 1);
    if (piece->kind == WS_PIECE_END)
        story->is_open = false;
}

/* Each step is a block of its own size, so that nothing is read behind it. */
static int read_in_steps(const char *bytes, size_t length, size_t step, struct story *story)
{
    struct ws_reader reader = {.most = MOST};
    struct ws_piece piece;
    int code = 0;
    *story = (struct story){.length = 0};
    for (size_t at = 0; at < length && !code; at += step) {
        size_t more = length - at < step ? length - at : step;
        char *held = malloc(more), *from = held;
        assert_non_null(held);
        memcpy(held, bytes + at, more);
        while ((code = ws_reader_next(&reader, &from, &more, &piece)) == 0 && piece.kind)
            tell_piece(story, &piece);
        assert_true(code || more == 0);
        free(held);
    }
    return code;
}

static void assert_reads(const char *bytes, size_t length, int code, const char *expected)
{
    struct story story;
    for (size_t step = 1; step <= length; step++) {
        assert_int_equal(read_in_steps(bytes, length, step, &story), code);
        assert_string_equal(story.text, expected);
    }
}

#define READS(bytes, code, expected) assert_reads(bytes, sizeof(bytes) - 1, code, expected)

/* The examples of RFC 6455 section 5.7, and those of a client that masks with zeroes. */
static void messages_are_put_together(void **state)
{
    (void)state;
    READS("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 0, "T(Hello)");
    READS("\x82\x83\1\2\3\4\x60\x60\x60", 0, "B(abc)");
    READS("\x01\x82\0\0\0\0ab\x00\x81\0\0\0\0c\x80\x81\0\0\0\0d", 0, "T(abcd)");
    READS("\x81\x80\0\0\0\0", 0, "T()");
    READS("\x01\x80\0\0\0\0\x80\x80\0\0\0\0\x81\x81\0\0\0\0x", 0, "T()T(x)");
}

static void control_frames_may_stand_between(void **state)
{
    (void)state;
    READS("\x01\x82\0\0\0\0ab\x89\x82\0\0\0\0pi\x80\x81\0\0\0\0c", 0, "T(abP(pi)c)");
    READS("\x8a\x80\0\0\0\0\x89\x80\0\0\0\0", 0, "O()P()");
    READS("\x88\x82\0\0\0\0\x03\xe8", 0, "C(\x03\xe8)");
}

static void what_breaks_the_protocol_is_refused(void **state)
{
    (void)state;
    READS("\x81\x05Hello", WS_CODE_PROTOCOL, "");                /* not masked */
    READS("\xc1\x80", WS_CODE_PROTOCOL, "");                     /* an extension */
    READS("\x83\x80", WS_CODE_PROTOCOL, "");                     /* no such opcode */
    READS("\x8b\x80", WS_CODE_PROTOCOL, "");                     /* nor that one */
    READS("\x80\x80", WS_CODE_PROTOCOL, "");                     /* nothing has begun */
    READS("\x01\x81\0\0\0\0a\x81\x81", WS_CODE_PROTOCOL, "T(a"); /* begins within */
    READS("\x09\x80", WS_CODE_PROTOCOL, "");                     /* a part of a ping */
    READS("\x89\xfe", WS_CODE_PROTOCOL, "");                     /* a long ping */
    READS("\x81\xfe\x00\x7d", WS_CODE_PROTOCOL, "");             /* 125, the long way */
    READS("\x81\xff\0\0\0\0\0\0\xff\xff", WS_CODE_PROTOCOL, ""); /* 65535, likewise */
    READS("\x81\xff\x80\0\0\0\0\1\0\0", WS_CODE_PROTOCOL, "");   /* a negative length */
}

static void a_message_has_a_limit(void **state)
{
    (void)state;
    static char bytes[8 + MOST] = "\x81\xfe\x03\xe8";
    struct story story;
    assert_int_equal(read_in_steps(bytes, sizeof(bytes), 100, &story), 0);
    assert_int_equal(story.length, MOST + 3);
    READS("\x81\xfe\x03\xe9", WS_CODE_TOO_LONG, "");
    READS("\x81\xff\0\0\0\0\1\0\0\0", WS_CODE_TOO_LONG, "");
    READS("\x01\x81\0\0\0\0a\x80\xfe\x03\xe8", WS_CODE_TOO_LONG, "T(a");
}

static enum ws_code close_code(const char *bytes, size_t length)
{
    return ws_close_code(
        &(struct ws_piece){.kind = WS_PIECE_CLOSE, .at = bytes, .length = length});
}

static void codes_are_checked(void **state)
{
    (void)state;
    assert_int_equal(close_code("", 0), WS_CODE_NONE);
    assert_int_equal(close_code("\x03\xe8", 2), WS_CODE_NORMAL);
    assert_int_equal(close_code("\x03\xe9 bye", 6), WS_CODE_GOING_AWAY);
    assert_int_equal(close_code("\x0f\xa0", 2), 4000);
    assert_int_equal(close_code("\x03", 1), WS_CODE_PROTOCOL);
    assert_int_equal(close_code("\x03\xe7", 2), WS_CODE_PROTOCOL); /* 999 */
    assert_int_equal(close_code("\x03\xed", 2), WS_CODE_PROTOCOL); /* 1005 is never sent */
    assert_int_equal(close_code("\x13\x88", 2), WS_CODE_PROTOCOL); /* 5000 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_put_together),
        cmocka_unit_test(control_frames_may_stand_between),
        cmocka_unit_test(what_breaks_the_protocol_is_refused),
        cmocka_unit_test(a_message_has_a_limit),
        cmocka_unit_test(codes_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
