/* test_info_dtmf.c - tables of INFO bodies, as phones write them and as nobody should. */
#include "server/sip/info_dtmf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RELAY "application/dtmf-relay"
#define PLAIN "application/dtmf"

/* Reads exactly @p length bytes, so that a byte too far is seen (run it under ASan). */
static int read_exact(const char *type, const char *body, size_t length, char *digit,
                      unsigned *duration_ms)
{
    char *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, body, length);
    int error = info_dtmf_read(type, copy, length, digit, duration_ms);
    free(copy);
    return error;
}

struct row {
    const char *type, *body;
    char digit; /* 0: refused */
    unsigned duration_ms;
};

static const struct row rows[] = {
    {RELAY, "Signal=5\r\nDuration=160", '5', 160},
    {RELAY, "Signal=5\r\nDuration=160\r\n", '5', 160},
    {RELAY, "Signal= *\r\nDuration= 250 \r\n", '*', 250},
    {RELAY, "Signal=#", '#', 0},
    {RELAY, "Duration=100\nSignal=0\n", '0', 100},
    {RELAY, "signal = d\rDURATION\t=\t70", 'D', 70},
    {RELAY, "\r\n \r\nSIGNAL=A\r\n", 'A', 0},
    {RELAY, "Signal=10\r\n", '*', 0},
    {RELAY, "Signal=11\r\n", '#', 0},
    {RELAY, "Signal=12\r\n", 'A', 0},
    {RELAY, "Signal=15\r\n", 'D', 0},
    {RELAY, "Signal=05\r\n", '5', 0},
    {RELAY, "Signal=1\r\nSignal=2\r\nDuration=1\r\nDuration=2\r\n", '1', 1},
    {RELAY, "x\r\n=\r\n=y\r\nSignal=7\r\nMore=8\r\n", '7', 0},
    {RELAY, "Signal=1\r\nDuration=\r\n", '1', 0},
    {RELAY, "Signal=1\r\nDuration=long\r\n", '1', 0},
    {RELAY, "Signal=1\r\nDuration=-5\r\n", '1', 0},
    {RELAY, "Signal=1\r\nDuration=60001\r\n", '1', INFO_DTMF_MAX_MS},
    {RELAY, "Signal=1\r\nDuration=99999999999999999999\r\n", '1', 0},
    {RELAY, "", 0, 0},
    {RELAY, " \r\n\t", 0, 0},
    {RELAY, "5", 0, 0},
    {RELAY, "Signal", 0, 0},
    {RELAY, "Signal=", 0, 0},
    {RELAY, "Signal=16\r\n", 0, 0}, /* flash is no digit */
    {RELAY, "Signal=99\r\n", 0, 0},
    {RELAY, "Signal=005\r\n", 0, 0},
    {RELAY, "Signal=E\r\n", 0, 0},
    {RELAY, "Signal=e\r\n", 0, 0},
    {RELAY, "Signal=hf\r\n", 0, 0},
    {RELAY, "Signal=1 2\r\n", 0, 0},
    {RELAY, "Signal==1\r\n", 0, 0},
    {RELAY, "Signal=\r\nSignal=1\r\n", 0, 0},
    {RELAY, "Signals=1\r\n", 0, 0},
    {RELAY, "Sig\r\nnal=1\r\n", 0, 0},
    {PLAIN, "5", '5', 0},
    {PLAIN, " # \r\n", '#', 0},
    {PLAIN, "*", '*', 0},
    {PLAIN, "10", '*', 0},
    {PLAIN, "11\r\n", '#', 0},
    {PLAIN, "c", 'C', 0},
    {PLAIN, "", 0, 0},
    {PLAIN, "55", 0, 0},
    {PLAIN, "5 5", 0, 0},
    {PLAIN, "Signal=5", 0, 0},
    {PLAIN, "\xb2", 0, 0},
};

static void reads_what_phones_write(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char digit = '!';
        unsigned duration_ms = 4711;
        int error =
            read_exact(rows[i].type, rows[i].body, strlen(rows[i].body), &digit, &duration_ms);
        bool is_refused = !rows[i].digit;
        if (error != (is_refused ? -EBADMSG : 0) ||
            digit != (is_refused ? '!' : rows[i].digit) ||
            duration_ms != (is_refused ? 4711 : rows[i].duration_ms))
            fail_msg("%s \"%s\": %d, %c, %u ms", rows[i].type, rows[i].body, error, digit,
                     duration_ms);
    }
}

static void knows_its_content_types(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        int error;
    } types[] = {
        {RELAY, 0},
        {PLAIN, -EBADMSG}, /* the body below is of the other form */
        {"Application/DTMF-Relay", 0},
        {" application/dtmf-relay ; charset=utf-8", 0},
        {"application/dtmf;x", -EBADMSG},
        {"application/dtmf-relays", -ENOTSUP},
        {"application/dtmf-", -ENOTSUP},
        {"application", -ENOTSUP},
        {"application/media_control+xml", -ENOTSUP},
        {";application/dtmf", -ENOTSUP},
        {"", -ENOTSUP},
        {NULL, -ENOTSUP},
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        char digit;
        unsigned duration_ms;
        assert_int_equal(info_dtmf_read(types[i].type, "Signal=1", 8, &digit, &duration_ms),
                         types[i].error);
    }
}

/* Every byte alone, in both forms: the digits and no other. */
static void takes_each_digit_and_nothing_else(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        char body[] = {'S', 'i', 'g', 'n', 'a', 'l', '=', (char)byte};
        char digit = 0;
        unsigned duration_ms;
        bool wanted = (byte >= '0' && byte <= '9') || byte == '*' || byte == '#' ||
                      (byte >= 'A' && byte <= 'D') || (byte >= 'a' && byte <= 'd');
        int is = byte >= 'a' && byte <= 'd' ? (int)byte - 32 : (int)byte;
        int plain = read_exact(PLAIN, body + 7, 1, &digit, &duration_ms);
        assert_int_equal(plain, wanted ? 0 : -EBADMSG);
        if (wanted)
            assert_int_equal(digit, is);
        digit = 0;
        assert_int_equal(read_exact(RELAY, body, sizeof(body), &digit, &duration_ms), plain);
        if (wanted)
            assert_int_equal(digit, is);
    }
}

static void has_a_limit(void **state)
{
    (void)state;
    char body[INFO_DTMF_MAX_BYTES + 1], digit;
    unsigned duration_ms;
    memset(body, ' ', sizeof(body));
    body[INFO_DTMF_MAX_BYTES - 1] = '9';
    assert_int_equal(read_exact(PLAIN, body, INFO_DTMF_MAX_BYTES, &digit, &duration_ms), 0);
    assert_int_equal(digit, '9');
    assert_int_equal(read_exact(PLAIN, body, sizeof(body), &digit, &duration_ms), -EBADMSG);
    assert_int_equal(read_exact(RELAY, body, sizeof(body), &digit, &duration_ms), -EBADMSG);
}

/* Whatever is cut off: a digit or a refusal, and never a byte behind the end. */
static void survives_cut_bodies(void **state)
{
    (void)state;
    static const char body[] = "Signal=11\r\nDuration=160\r\n";
    for (size_t length = 0; length < sizeof(body); length++) {
        char digit = '!';
        unsigned duration_ms = 0;
        int error = read_exact(RELAY, body, length, &digit, &duration_ms);
        assert_int_equal(error, length < 8 ? -EBADMSG : 0);
        assert_int_equal(digit, length < 8 ? '!' : length == 8 ? '1' : '#');
    }
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    for (const char *digit = "0123456789*#ABCD"; *digit; digit++) {
        char body[INFO_DTMF_BODY_BYTES], read = '\0';
        unsigned duration_ms;
        info_dtmf_write(*digit, 100, body);
        assert_int_equal(read_exact(INFO_DTMF_TYPE, body, strlen(body), &read, &duration_ms),
                         0);
        assert_int_equal(read, *digit);
        assert_int_equal(duration_ms, 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_phones_write),
        cmocka_unit_test(knows_its_content_types),
        cmocka_unit_test(takes_each_digit_and_nothing_else),
        cmocka_unit_test(has_a_limit),
        cmocka_unit_test(survives_cut_bodies),
        cmocka_unit_test(what_is_written_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
