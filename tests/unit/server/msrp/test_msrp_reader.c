/* test_msrp_reader.c - frames, however they are cut up on their way. */
#include "server/msrp/msrp_reader.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PATHS "To-Path: msrp://b:1/x;tcp\r\nFrom-Path: msrp://a:2/y;tcp\r\n"

/* What was read, as a text: "H(tid)" "C(bytes)" "E(sign)". */
struct story {
    char text[8192];
    size_t length;
};

static void tell(struct story *story, const char *bytes, size_t length)
{
    assert_true(story->length + length < sizeof(story->text));
    memcpy(story->text + story->length, bytes, length);
    story->length += length;
    story->text[story->length] = '\0';
}

static void tell_piece(struct story *story, const struct msrp_piece *piece)
{
    if (piece->kind == MSRP_PIECE_HEAD) {
        tell(story, "H(", 2);
        tell(story, piece->head.transaction.at, piece->head.transaction.length);
        tell(story, ")", 1);
    } else if (piece->kind == MSRP_PIECE_CONTENT) {
        assert_true(piece->content.length > 0);
        tell(story, piece->content.at, piece->content.length);
    } else {
        tell(story, "E(", 2);
        tell(story, &piece->flag, 1);
        tell(story, ")", 1);
    }
}

/* Fed @p step bytes at a time, each time in a buffer that ends where the bytes do. */
static int read_in_steps(const char *text, size_t length, size_t step, struct story *story)
{
    struct msrp_reader reader = {.is_in_content = false};
    char *held = NULL;
    size_t used = 0;
    int error = 0;
    story->length = 0;
    story->text[0] = '\0';
    for (size_t at = 0; at < length && !error; at += step) {
        const size_t more = length - at < step ? length - at : step;
        char *grown = malloc(used + more);
        assert_non_null(grown);
        if (used)
            memcpy(grown, held, used);
        memcpy(grown + used, text + at, more);
        free(held);
        held = grown;
        struct slice rest = {held, used + more};
        struct msrp_piece piece;
        while ((error = msrp_reader_next(&reader, &rest, &piece)) == 0 && piece.kind)
            tell_piece(story, &piece);
        used = rest.length;
        memmove(held, rest.at, used);
    }
    free(held);
    return error;
}

static void assert_reads(const char *text, const char *expected)
{
    static struct story story;
    const size_t length = strlen(text);
    for (size_t step = 1; step <= length; step++) {
        assert_int_equal(read_in_steps(text, length, step, &story), 0);
        assert_string_equal(story.text, expected);
    }
}

static void content_is_what_stands_between(void **state)
{
    (void)state;
    assert_reads("MSRP d93kswow SEND\r\n" PATHS "Content-Type: text/plain\r\n\r\n"
                 "Hi!\r\n-------d93kswow$\r\n",
                 "H(d93kswow)Hi!E($)");
    assert_reads("MSRP abcd SEND\r\n" PATHS "Content-Type: text/plain\r\n\r\n"
                 "a\r\nb\r\n\r\n-------abcd+\r\n"
                 "MSRP abce 200 OK\r\n" PATHS "-------abce$\r\n",
                 "H(abcd)a\r\nb\r\nE(+)H(abce)E($)");
}

static void a_request_may_have_none(void **state)
{
    (void)state;
    assert_reads("MSRP abcd SEND\r\n" PATHS "-------abcd$\r\n", "H(abcd)E($)");
    assert_reads("MSRP abcd SEND\r\n" PATHS "Content-Type: a/b\r\n\r\n\r\n-------abcd#\r\n",
                 "H(abcd)E(#)");
    assert_reads("MSRP abcd SEND\r\n" PATHS "Content-Type: a/b\r\n\r\n-------abcd#\r\n",
                 "H(abcd)E(#)");
}

static void what_only_looks_like_an_end_is_content(void **state)
{
    (void)state;
    assert_reads("MSRP abcd SEND\r\n" PATHS "Content-Type: a/b\r\n\r\n"
                 "\r\n-------abcd*\r\n\r\n-------abc$\r\n-------abcd$x\r\n-------abcd$\r\n",
                 "H(abcd)\r\n-------abcd*\r\n\r\n-------abc$\r\n-------abcd$xE($)");
    assert_reads("MSRP abcd SEND\r\n" PATHS "Content-Type: a/b\r\n\r\n"
                 "-------abcdX\r\n-------abcd$\r\n",
                 "H(abcd)-------abcdXE($)");
}

static void what_is_not_msrp_is_refused(void **state)
{
    (void)state;
    static struct story story;
    static const char *const bad[] = {
        "GET / HTTP/1.1\r\n\r\n",
        "M\r\n",
        "MSRP \r\n",
        "\r\nMSRP abcd SEND\r\n",
        "MSRP abcd SEND\r\nTo-Path: x\r\n\r\n",
        "MSRP abcd SEND\r\n-------abcd$\r\n",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(read_in_steps(bad[i], strlen(bad[i]), 1, &story), -EBADMSG);
        assert_int_equal(read_in_steps(bad[i], strlen(bad[i]), 4096, &story), -EBADMSG);
    }
}

/* A head that fits in the buffer is read, one that does not is an error, not a silence. */
static void a_head_has_a_limit(void **state)
{
    (void)state;
    static struct story story;
    static char text[2 * MSRP_READER_BYTES];
    static const char start[] = "MSRP abcd SEND\r\n" PATHS "X: ",
                      end[] = "\r\n-------abcd$\r\n";
    const size_t room = MSRP_READER_BYTES - sizeof(start) - sizeof(end);
    memcpy(text, start, sizeof(start));
    memset(text + sizeof(start) - 1, 'x', room);
    memcpy(text + sizeof(start) - 1 + room, end, sizeof(end));
    assert_int_equal(read_in_steps(text, strlen(text), 61, &story), 0);
    assert_string_equal(story.text, "H(abcd)E($)");
    memset(text + sizeof(start) - 1, 'x', MSRP_READER_BYTES);
    text[sizeof(start) - 1 + MSRP_READER_BYTES] = '\0';
    assert_int_equal(read_in_steps(text, strlen(text), 61, &story), -E2BIG);
    memset(text, 'x', sizeof(text) - 1);
    memcpy(text, "MSRP ", 5);
    assert_int_equal(read_in_steps(text, sizeof(text) - 1, 61, &story), -E2BIG);
}

/* The plain twin: all bytes are there, and each place is tried. */
static void twin(const char *content, size_t length, const char *end, struct story *story)
{
    size_t at = 0;
    while (at + strlen(end) <= length &&
           (memcmp(content + at, end, strlen(end)) != 0 ||
            !memchr("$+#", content[at + strlen(end)], 3) ||
            memcmp(content + at + strlen(end) + 1, "\r\n", 2) != 0))
        at++;
    tell(story, content, at);
    tell(story, "E(", 2);
    tell(story, content + at + strlen(end), 1);
    tell(story, ")", 1);
}

static void random_content_is_as_the_twin_reads_it(void **state)
{
    (void)state;
    static struct story story, expected;
    static const char *const parts[] = {"\r\n", "-------", "abcd", "$", "+",
                                        "#",    "-",       "\r",   "x"};
    static const char head[] = "MSRP abcd SEND\r\n" PATHS "Content-Type: a/b\r\n\r\n";
    srand(4975);
    for (unsigned round = 0; round < 2000; round++) {
        char text[1024];
        strcpy(text, head);
        strcat(text, "x"); /* not at once the end */
        for (unsigned i = (unsigned)rand() % 30; i; i--)
            strcat(text, parts[(size_t)rand() % (sizeof(parts) / sizeof(parts[0]))]);
        strcat(text, "\r\n-------abcd$\r\n");
        expected.length = 0;
        tell(&expected, "H(abcd)", 7);
        twin(text + sizeof(head) - 1, strlen(text) - sizeof(head) + 1, "\r\n-------abcd",
             &expected);
        /* what is behind an end that came early is no head, or a piece of one */
        (void)read_in_steps(text, strlen(text), 1 + (size_t)(rand() % 40), &story);
        assert_true(story.length >= expected.length);
        assert_memory_equal(story.text, expected.text, expected.length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_is_what_stands_between),
        cmocka_unit_test(a_request_may_have_none),
        cmocka_unit_test(what_only_looks_like_an_end_is_content),
        cmocka_unit_test(what_is_not_msrp_is_refused),
        cmocka_unit_test(a_head_has_a_limit),
        cmocka_unit_test(random_content_is_as_the_twin_reads_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
