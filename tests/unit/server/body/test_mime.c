/* test_mime.c - entities cut up by server/body/mime.c. */
#include "server/body/mime.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct slice slice(const char *text)
{
    return (struct slice){text, strlen(text)};
}

static void assert_slice(struct slice slice, const char *text)
{
    assert_int_equal(slice.length, strlen(text));
    assert_memory_equal(slice.at, text, slice.length);
}

static void reads_headers_and_body(void **state)
{
    (void)state;
    struct mime_part part;
    assert_int_equal(mime_read(slice("X: y\r\ncontent-type:  text/plain; a=b \r\n"
                                     "Content-Transfer-Encoding: base64\r\n\r\nbody\r\n"),
                               &part),
                     0);
    assert_slice(part.type, "text/plain; a=b");
    assert_slice(part.encoding, "base64");
    assert_slice(part.body, "body\r\n");
    assert_slice(part.id, "");
    assert_int_equal(
        mime_read(slice("Content-ID: <1@x>\nContent-Disposition: a;b=c\n\n"), &part), 0);
    assert_slice(part.id, "<1@x>");
    assert_slice(part.disposition, "a;b=c");
    assert_int_equal(mime_read(slice("\nonly a body"), &part), 0);
    assert_slice(part.type, "");
    assert_slice(part.body, "only a body");
}

static void refuses_what_is_no_entity(void **state)
{
    (void)state;
    struct mime_part part;
    assert_int_equal(mime_read(slice(""), &part), -EBADMSG);
    assert_int_equal(mime_read(slice("A: b\r\n"), &part), -EBADMSG);
    assert_int_equal(mime_read(slice("A: b\r\n folded: c\r\n\r\n"), &part), -EBADMSG);
    assert_int_equal(mime_read(slice("no colon\r\n\r\n"), &part), -EBADMSG);
}

static void knows_types_and_parameters(void **state)
{
    (void)state;
    char value[16];
    struct slice type =
        slice("Multipart/Signed; protocol=\"a;b\" ;micalg=sha-256; BOUNDARY=x\"y");
    assert_true(mime_is(type, "multipart/signed"));
    assert_false(mime_is(type, "multipart/sign"));
    assert_false(mime_is(slice("multipart/signe"), "multipart/signed"));
    assert_true(mime_parameter(type, "protocol", value, sizeof(value)));
    assert_string_equal(value, "a;b");
    assert_true(mime_parameter(type, "boundary", value, sizeof(value)));
    assert_string_equal(value, "x\"y");
    assert_false(mime_parameter(type, "name", value, sizeof(value)));
    assert_false(mime_parameter(slice("a/b; c=\"open"), "c", value, sizeof(value)));
    assert_false(mime_parameter(slice("a/b; c=1234567890123456"), "c", value, sizeof(value)));
    assert_false(mime_parameter(slice("a/b"), "c", value, sizeof(value)));
    assert_true(mime_parameter(slice("a/b;c=\"q\\\"r\""), "c", value, sizeof(value)));
    assert_string_equal(value, "q\"r");
}

static void splits_multiparts(void **state)
{
    (void)state;
    struct slice parts[3];
    assert_int_equal(
        mime_split(slice("preamble\r\n--x\r\nA: 1\r\n\r\none\r\n\r\n--x \r\n\r\ntwo"
                         "\r\n--xy\r\n--x--\r\nepilogue"),
                   "x", parts, 3),
        2);
    assert_slice(parts[0], "A: 1\r\n\r\none\r\n");
    assert_slice(parts[1], "\r\ntwo\r\n--xy");
    assert_int_equal(mime_split(slice("--x\n\na\n--x--"), "x", parts, 3), 1);
    assert_slice(parts[0], "\na");
    assert_int_equal(mime_split(slice("--x\n--x\n--x--"), "x", parts, 3), 2);
    assert_slice(parts[0], "");
}

static void refuses_multiparts_without_end(void **state)
{
    (void)state;
    struct slice parts[2];
    static const char *const wrong[] = {"",        "--x",           "--x--", "--x\na\n--y--",
                                        "a\nb\nc", "--x\na\n--x-\n"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(mime_split(slice(wrong[i]), "x", parts, 2), -EBADMSG);
    assert_int_equal(mime_split(slice("--x\n1\n--x\n2\n--x\n3\n--x--"), "x", parts, 2),
                     -EBADMSG);
    assert_int_equal(mime_split(slice("--\n1\n----"), "", parts, 2), -EBADMSG);
}

static int decode(const char *encoding, const char *body, char **bytes, size_t *length)
{
    struct mime_part part = {.type = {"", 0}, .encoding = slice(encoding), .body = slice(body)};
    return mime_decode(&part, bytes, length);
}

static void decodes(void **state)
{
    (void)state;
    char *bytes;
    size_t length;
    assert_int_equal(decode("BASE64", "aGVs\r\nbG8=\r\n", &bytes, &length), 0);
    assert_int_equal(length, 5);
    assert_string_equal(bytes, "hello");
    free(bytes);
    assert_int_equal(decode("", "as it is", &bytes, &length), 0);
    assert_string_equal(bytes, "as it is");
    free(bytes);
    assert_int_equal(decode("base64", "aGVsb", &bytes, &length), -EBADMSG);
    assert_int_equal(decode("base64", "a*b=", &bytes, &length), -EBADMSG);
    assert_int_equal(decode("quoted-printable", "a", &bytes, &length), -ENOTSUP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_headers_and_body),
        cmocka_unit_test(refuses_what_is_no_entity),
        cmocka_unit_test(knows_types_and_parameters),
        cmocka_unit_test(splits_multiparts),
        cmocka_unit_test(refuses_multiparts_without_end),
        cmocka_unit_test(decodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
