/* test_crypto_lines.c - a=crypto: the examples of RFC 4568, what we write, and what is wrong.
 */
#include "server/sdp/crypto_lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define KEY30 "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz" /* RFC 4568 section 10.1.2 */
#define CM "AES_CM_128_HMAC_SHA1_80 inline:"

static struct crypto_lines read_lines(const char *text)
{
    struct crypto_lines lines;
    memset(&lines, 0xff, sizeof(lines));
    crypto_lines_read((struct slice){text, strlen(text)}, &lines);
    return lines;
}

static void reads_the_examples_of_the_rfc(void **state)
{
    (void)state;
    struct crypto_lines lines = read_lines(
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 "
        "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20|1:4\r\n"
        "a=crypto:2 F8_128_HMAC_SHA1_80 "
        "inline:MTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5QUJjZGVm|2^20|1:4;"
        "inline:QUJjZGVmMTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5|2^20|2:4 FEC_ORDER=FEC_SRTP\r\n"
        "a=sendrecv\r\n"
        "a=crypto:3 AES_CM_128_HMAC_SHA1_32 "
        "inline:NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj|2^20|1:32\r\n"
        "a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|2^20\r\n");
    assert_int_equal(lines.count, 3);
    assert_int_equal(lines.line[0].tag, 1);
    assert_int_equal(lines.line[0].keys.suite, RTP_SUITE_AES_CM_128_HMAC_SHA1_80);
    assert_memory_equal(lines.line[0].keys.key, "wDfvg&T+)xG7@fb5", 16);
    assert_memory_equal(lines.line[0].keys.salt, "jU,RaA}\\|p0%*#", 14);
    assert_int_equal(lines.line[0].keys.mki_bytes, 4);
    assert_memory_equal(lines.line[0].keys.mki, "\0\0\0\1", 4);
    assert_int_equal(lines.line[1].tag, 3);
    assert_int_equal(lines.line[1].keys.suite, RTP_SUITE_AES_CM_128_HMAC_SHA1_32);
    assert_int_equal(lines.line[1].keys.mki_bytes, 32);
    assert_int_equal(lines.line[2].tag, 4);
    assert_int_equal(lines.line[2].keys.mki_bytes, 0);
    assert_ptr_equal(crypto_lines_find(&lines, 3), &lines.line[1]);
    assert_null(crypto_lines_find(&lines, 2));
}

static void writes_what_it_reads(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 600; i++) {
        char data[CRYPTO_LINE_BYTES];
        struct text text;
        struct crypto_line line;
        memset(&line, 0, sizeof(line));
        line.tag = i % 2 ? 999999999 : i;
        rtp_keys_make((enum rtp_suite)(1 + i % (RTP_SUITES - 1)), &line.keys);
        if (i % 3 == 0) {
            line.keys.mki_bytes = (uint8_t)(1 + i % RTP_KEYS_MAX_MKI);
            line.keys.mki[line.keys.mki_bytes - 1] = (uint8_t)i;
        }
        text_init(&text, data, sizeof(data));
        crypto_line_write(&line, &text);
        assert_false(text.full);
        struct crypto_lines back = read_lines(data);
        assert_int_equal(back.count, 1);
        assert_memory_equal(&back.line[0], &line, sizeof(line));
    }
}

static void takes_what_others_write(void **state)
{
    (void)state;
    static const char *const good[] = {
        "a=crypto:1 " CM KEY30 "\n",
        "a=crypto:0 " CM KEY30 "|2^48\r\n",
        "a=crypto:1  aes_cm_128_hmac_sha1_80  INLINE:" KEY30 "|281474976710656|255:1\r\n",
        "a=crypto:1 " CM KEY30 " WSH=128\r\n",
        "a=crypto:1 " CM KEY30 " -some_day=yes WSH=64 \r\n",
        "a=crypto:1 " CM KEY30 "|1:1\r\n",
        /* 28, 44 and 46 bytes, with "=" at the end and without */
        "a=crypto:1 AEAD_AES_128_GCM inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\r\n",
        "a=crypto:1 AEAD_AES_128_GCM inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n",
        "a=crypto:1 AEAD_AES_256_GCM "
        "inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n",
        "a=crypto:1 AES_256_CM_HMAC_SHA1_80 "
        "inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==|2^31\r\n",
    };
    for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_int_equal(read_lines(good[i]).count, 1);
}

static void leaves_what_is_wrong(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "a=crypto:1\r\n",
        "a=crypto:\r\n",
        "a=crypto\r\n",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80\r\n",
        "a=crypto:x " CM KEY30 "\r\n",
        "a=crypto:-1 " CM KEY30 "\r\n",
        "a=crypto:1000000000 " CM KEY30 "\r\n",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_81 inline:" KEY30 "\r\n",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 outline:" KEY30 "\r\n",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\r\n",
        "a=crypto:1 AEAD_AES_128_GCM inline:" KEY30 "\r\n", /* one byte too many     */
        "a=crypto:1 " CM KEY30 "AAAA\r\n",                  /* longer                */
        "a=crypto:1 " CM "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGV\r\n",  /* shorter    */
        "a=crypto:1 " CM "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGV-\r\n", /* no base64 */
        "a=crypto:1 " CM "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubG==\r\n",
        "a=crypto:1 AEAD_AES_128_GCM inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB==\r\n",
        "a=crypto:1 AEAD_AES_128_GCM inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=x\r\n",
        "a=crypto:1 " CM KEY30 "|\x01\r\n",
        "a=crypto:1 " CM KEY30 "|0\r\n",
        "a=crypto:1 " CM KEY30 "|2^49\r\n",
        "a=crypto:1 " CM KEY30 "|2^\r\n",
        "a=crypto:1 " CM KEY30 "|2^20|1\r\n",
        "a=crypto:1 " CM KEY30 "|2^20|1:0\r\n",
        "a=crypto:1 " CM KEY30 "|2^20|1:33\r\n",
        "a=crypto:1 " CM KEY30 "|2^20|256:1\r\n",
        "a=crypto:1 " CM KEY30 "|2^20|:4\r\n",
        "a=crypto:1 " CM KEY30 "|2^20|1:\r\n",
        "a=crypto:1 " CM KEY30 "|1:4|2^20\r\n",
        "a=crypto:1 " CM KEY30 "|2^20|1:4|2:4\r\n",
        "a=crypto:1 " CM KEY30 ";inline:" KEY30 "\r\n",
        "a=crypto:1 " CM KEY30 " UNENCRYPTED_SRTP\r\n",
        "a=crypto:1 " CM KEY30 " UNENCRYPTED_SRTCP\r\n",
        "a=crypto:1 " CM KEY30 " UNAUTHENTICATED_SRTP\r\n",
        "a=crypto:1 " CM KEY30 " KDR=1\r\n",
        "a=crypto:1 " CM KEY30 " WSH=\r\n",
        "a=crypto:1 " CM KEY30 " WSH=64 FEC_ORDER=SRTP_FEC\r\n",
        "a=crypto:1 " CM KEY30 " SOME_DAY\r\n",
    };
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct crypto_lines lines = read_lines(bad[i]);
        if (lines.count)
            print_message("taken: %s", bad[i]);
        assert_int_equal(lines.count, 0);
    }
}

/* Keys of @p bytes zeros, as base64: with "=" at the end, or without. */
static void write_line(char *out, const char *suite, unsigned bytes, bool is_padded)
{
    const unsigned whole = bytes / 3 * 4, rest = bytes % 3 ? bytes % 3 + 1 : 0;
    int length = sprintf(out, "a=crypto:1 %s inline:", suite);
    memset(out + length, 'A', whole + rest);
    length += (int)(whole + rest);
    sprintf(out + length, "%s\r\n", is_padded && rest ? &"=="[rest - 2] : "");
}

static void each_suite_has_keys_of_one_length(void **state)
{
    (void)state;
    char line[400];
    for (int suite = RTP_SUITE_NONE + 1; suite < RTP_SUITES; suite++) {
        const struct rtp_suite_row *row = rtp_suite_row((enum rtp_suite)suite);
        for (unsigned i = 0; i < 2 * 200; i++) {
            write_line(line, row->name, i / 2, i % 2);
            const struct crypto_lines read = read_lines(line);
            const bool is_right = i / 2 == (unsigned)row->key_bytes + row->salt_bytes;
            if (read.count != (is_right ? 1 : 0))
                fail_msg("%s with %u bytes: %s", row->name, i / 2, line);
            if (is_right)
                assert_int_equal(read.line[0].keys.suite, suite);
        }
    }
}

static void takes_a_tag_once_and_eight_lines(void **state)
{
    (void)state;
    char many[4096] = "";
    struct crypto_lines lines = read_lines("a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:" KEY30
                                           "\r\na=crypto:1 " CM KEY30 "\r\n");
    assert_int_equal(lines.count, 1);
    assert_int_equal(lines.line[0].keys.suite, RTP_SUITE_AES_CM_128_HMAC_SHA1_32);
    for (unsigned i = 0, at = 0; i < 20; i++)
        at += (unsigned)snprintf(many + at, sizeof(many) - at, "a=crypto:%u " CM KEY30 "\r\n",
                                 20 - i);
    lines = read_lines(many);
    assert_int_equal(lines.count, CRYPTO_MAX_LINES);
    assert_int_equal(lines.line[0].tag, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_examples_of_the_rfc),
        cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(takes_what_others_write),
        cmocka_unit_test(leaves_what_is_wrong),
        cmocka_unit_test(each_suite_has_keys_of_one_length),
        cmocka_unit_test(takes_a_tag_once_and_eight_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
