/* test_api_multipart.c - forms of browsers, of curl and of Linphone, cut anywhere. */
#include "api/api_multipart.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct heap {
    char bytes[4096];
    size_t length;
    int err; /* what the sink says */
};

static int put(void *context, const void *bytes, size_t length)
{
    struct heap *heap = context;
    assert_true(heap->length + length <= sizeof(heap->bytes));
    memcpy(heap->bytes + heap->length, bytes, length);
    heap->length += length;
    return heap->err;
}

/* Reads @p body in pieces of @p step bytes. @return what end() says. */
static int read_form(const char *type, const char *body, size_t length, size_t step,
                     struct heap *heap, char name[300])
{
    struct api_multipart *form;
    const struct api_multipart_sink sink = {put, heap};
    heap->length = 0;
    assert_int_equal(api_multipart_create(type, &sink, &form), 0);
    for (size_t at = 0; at < length; at += step) {
        char *piece = malloc(step); /* exact: nothing lies behind its end */
        const size_t count = length - at < step ? length - at : step;
        memcpy(piece, body + at, count);
        const int err = api_multipart_feed(form, piece, count);
        free(piece);
        if (err < 0)
            assert_int_equal(api_multipart_feed(form, "x", 1), err);
    }
    snprintf(name, 300, "%s", api_multipart_name(form));
    const int err = api_multipart_end(form);
    api_multipart_destroy(form);
    return err;
}

#define TYPE "multipart/form-data; boundary=x-y"
#define FIELD(head, content)                                                                   \
    "--x-y\r\nContent-Disposition: form-data; " head "\r\n\r\n" content "\r\n"
#define END "--x-y--\r\n"

static const struct {
    const char *body, *name, *content; /* content NULL: it is none */
} forms[] = {
    {FIELD("name=\"f\"; filename=\"a.txt\"", "hello") END, "a.txt", "hello"},
    {FIELD("name=\"f\"; filename=\"\"", "") END, "", ""},
    {FIELD("name=\"a\"", "1") FIELD("name=\"f\"; filename=\"b\"", "2") FIELD("name=\"c\"", "3")
         END,
     "b", "2"},
    /* liblinphone 5.1 */
    {"--x-y\r\nContent-Disposition: form-data;name=\"File\";filename=\"ein%20Bild.png\"\r\n"
     "Content-Type: image/png\r\n\r\npng\r\n--x-y--\r\n",
     "ein%20Bild.png", "png"},
    {"a preamble\r\n" FIELD("name=\"f\"; filename=\"a\"", "x") END "an epilogue\r\n--x-y\r\n",
     "a", "x"},
    {FIELD("name=\"f\"; filename=\"a\"", "\r\n--x-\r\n\r\r\n--x-z\r\n--") END, "a",
     "\r\n--x-\r\n\r\r\n--x-z\r\n--"},
    {"--x-y \t\r\nCONTENT-DISPOSITION:form-data; filename=\"a\"\r\n"
     "Content-Transfer-Encoding: binary\r\n\r\nx\r\n--x-y-- ",
     "a", "x"},
    {FIELD("name=\"f\"; filename=\"a\"; filename*=UTF-8''%C3%A4", "x") END, "ä", "x"},
    {"--x-y\r\n\r\nno head\r\n" FIELD("name=\"f\"; filename=\"a\"", "x") END, "a", "x"},
    {"", "", NULL},
    {"hello", "", NULL},
    {END, "", NULL},
    {FIELD("name=\"f\"", "x") END, "", NULL},
    {FIELD("name=\"f\"; filename=\"a\"", "x"), "a", NULL},
    {FIELD("name=\"f\"; filename=\"a\"", "x") "--x-y-", "a", NULL},
    {FIELD("name=\"f\"; filename=\"a\"", "x") FIELD("name=\"f\"; filename=\"b\"", "y") END, "a",
     NULL},
    {FIELD("name=\"f\"; filename=\"a\"", "x") "--x-yz\r\n", "a", NULL},
    {"--x-y\r\nContent-Disposition: form-data; filename=\"a\"\r\n"
     "Content-Transfer-Encoding: base64\r\n\r\nYQ==\r\n--x-y--\r\n",
     "a", NULL},
    {"--x-y\r\nContent-Disposition: form-data; filename=\"a\"", "", NULL},
};

static void forms_are_read_however_they_are_cut(void **state)
{
    (void)state;
    struct heap heap = {.err = 0};
    char name[300];
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        const size_t length = strlen(forms[i].body);
        for (size_t step = 1; step <= length + 1; step++) {
            const int err = read_form(TYPE, forms[i].body, length, step, &heap, name);
            if (err != (forms[i].content ? 0 : -EILSEQ))
                fail_msg("form %zu in pieces of %zu: %d", i, step, err);
            if (!forms[i].content)
                continue;
            assert_string_equal(name, forms[i].name);
            assert_int_equal(heap.length, strlen(forms[i].content));
            assert_memory_equal(heap.bytes, forms[i].content, heap.length);
        }
    }
}

static void heads_are_bounded(void **state)
{
    (void)state;
    struct heap heap = {.err = 0};
    char body[6000], name[300];
    memset(body, 'a', sizeof(body));
    memcpy(body, "--x-y\r\n", 7);
    assert_int_equal(read_form(TYPE, body, sizeof(body), 100, &heap, name), -EILSEQ);
    static const char with_nul[] =
        "--x-y\r\nContent-Disposition: form-data; filename=\"a\0b\"\r\n\r\nx"
        "\r\n--x-y--\r\n";
    assert_int_equal(read_form(TYPE, with_nul, sizeof(with_nul) - 1, 7, &heap, name), -EILSEQ);
    char long_name[1000];
    snprintf(long_name, sizeof(long_name), FIELD("filename=\"%0300d\"", "x") END, 1);
    assert_int_equal(read_form(TYPE, long_name, strlen(long_name), 50, &heap, name), 0);
    assert_string_equal(name, ""); /* which no name may be */
}

static void what_the_sink_says_is_said(void **state)
{
    (void)state;
    struct heap heap = {.err = -ENOSPC};
    char name[300];
    const char *body = forms[0].body;
    assert_int_equal(read_form(TYPE, body, strlen(body), 1000, &heap, name), -ENOSPC);
    assert_int_equal(read_form(TYPE, body, strlen(body), 1, &heap, name), -ENOSPC);
}

static int feed_much(struct api_multipart *form, size_t count)
{
    static const char much[64 << 10];
    int err = 0;
    for (size_t i = 0; i < count && err == 0; i += sizeof(much))
        err = api_multipart_feed(form, much, sizeof(much));
    return err;
}

static int drop(void *context, const void *bytes, size_t length)
{
    (void)context;
    (void)bytes;
    (void)length;
    return 0;
}

static void what_is_not_the_file_is_bounded(void **state)
{
    (void)state;
    enum { MUCH = 2 * API_MULTIPART_BESIDE_BYTES };
    static const char file[] =
        "--x-y\r\nContent-Disposition: form-data; name=f; filename=a\r\n\r\n";
    static const char other[] = "--x-y\r\nContent-Disposition: form-data; name=f\r\n\r\n";
    struct api_multipart *form;
    const struct api_multipart_sink sink = {.write = drop};
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(api_multipart_create(TYPE, &sink, &form), 0);
        if (i == 1) /* else, before the first */
            assert_int_equal(api_multipart_feed(form, other, sizeof(other) - 1), 0);
        if (i >= 2) {
            assert_int_equal(api_multipart_feed(form, file, sizeof(file) - 1), 0);
            assert_int_equal(feed_much(form, MUCH), 0);
            assert_int_equal(api_multipart_feed(form, "\r\n" END, strlen("\r\n" END)), 0);
        }
        if (i != 3)
            assert_int_equal(feed_much(form, MUCH), -EILSEQ);
        assert_int_equal(api_multipart_end(form), i == 3 ? 0 : -EILSEQ);
        api_multipart_destroy(form);
    }
}

static void boundaries_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        bool is_good;
    } rows[] = {
        {TYPE, true},
        {"multipart/form-data;boundary=x-y", true},
        {"multipart/form-data; Boundary=\"x-y\"; charset=UTF-8", true},
        {"multipart/form-data", false},
        {"multipart/form-data; boundary=", false},
        {"multipart/form-data; boundary=\"x", false},
        {"multipart/form-data; boundary=12345678901234567890123456789012345678901234567890"
         "123456789012345678901",
         false},
    };
    struct heap heap = {.err = 0};
    struct api_multipart *form;
    char name[300];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].is_good)
            assert_int_equal(
                read_form(rows[i].type, forms[0].body, strlen(forms[0].body), 10, &heap, name),
                0);
        else
            assert_int_equal(api_multipart_create(
                                 rows[i].type, &(struct api_multipart_sink){put, &heap}, &form),
                             -EILSEQ);
    }
    assert_true(api_multipart_is_form("Multipart/Form-Data; boundary=x"));
    assert_false(api_multipart_is_form("multipart/form-database"));
    assert_false(api_multipart_is_form("multipart/mixed; boundary=x"));
    assert_false(api_multipart_is_form(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_are_read_however_they_are_cut),
        cmocka_unit_test(heads_are_bounded),
        cmocka_unit_test(what_the_sink_says_is_said),
        cmocka_unit_test(what_is_not_the_file_is_bounded),
        cmocka_unit_test(boundaries_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
