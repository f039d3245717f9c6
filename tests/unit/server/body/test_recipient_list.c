/* test_recipient_list.c - lists of URIs as RFC 5366 and 5368 show them, and what is none. */
#include "server/body/recipient_list.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int read_text(const char *text, struct recipient_list *list)
{
    return recipient_list_read((struct slice){text, strlen(text)}, list);
}

#define DOCUMENT(inner)                                                                        \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                                             \
    "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\" "                         \
    "xmlns:cp=\"urn:ietf:params:xml:ns:copycontrol\">" inner "</resource-lists>"

static void entries_are_read_in_their_order(void **state)
{
    (void)state;
    struct recipient_list list;
    assert_int_equal(
        read_text(DOCUMENT("<list>\n"
                           "  <entry uri=\"sip:bill@example.com\" cp:copyControl=\"to\" />\n"
                           "  <entry uri=\"sip:joe@example.org;method=BYE\" "
                           "cp:copyControl=\"bcc\" cp:anonymize=\"true\"/>\n"
                           "  <entry uri='sip:ted@example.net?a=1&amp;b=2'>"
                           "<display-name>Ted</display-name></entry>\n"
                           "</list>"),
                  &list),
        0);
    assert_int_equal(list.count, 3);
    assert_string_equal(list.uri[0], "sip:bill@example.com");
    assert_string_equal(list.uri[1], "sip:joe@example.org;method=BYE");
    assert_string_equal(list.uri[2], "sip:ted@example.net?a=1&b=2");
    recipient_list_finish(&list);
    assert_int_equal(list.count, 0);
}

static void lists_within_lists_are_one_and_doubles_are_left_out(void **state)
{
    (void)state;
    struct recipient_list list;
    assert_int_equal(
        read_text("<rl:resource-lists><rl:list><rl:entry uri=\"sip:a@x\"/><rl:list>"
                  "<rl:entry uri=\"sip:b@x\"/><rl:entry uri=\"sip:a@x\"/></rl:list></rl:list>"
                  "<rl:list name=\"two\"><rl:entry uri=\"sip:c@x\"/></rl:list>"
                  "</rl:resource-lists>",
                  &list),
        0);
    assert_int_equal(list.count, 3);
    assert_string_equal(list.uri[1], "sip:b@x");
    assert_string_equal(list.uri[2], "sip:c@x");
    recipient_list_finish(&list);
}

static void what_is_no_list_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int error;
    } table[] = {
        {"", -EBADMSG},
        {"sip:bill@example.com", -EBADMSG},
        {"<list><entry uri=\"sip:a@x\"/></list>", -EBADMSG},
        {DOCUMENT(""), -EBADMSG},
        {DOCUMENT("<list/>"), -EBADMSG},
        {DOCUMENT("<entry uri=\"sip:a@x\"/>"), -EBADMSG}, /* in no list */
        {DOCUMENT("<list><entry uri=\"\"/></list>"), -EBADMSG},
        {DOCUMENT("<list><entry uri=\"sip:a@x\"/><entry/></list>"), -EBADMSG},
        {DOCUMENT("<list><entry uri=\"sip:a@x\"/>"), -EBADMSG},
        {DOCUMENT("<list><entry uri=\"&unknown;\"/></list>"), -EBADMSG},
        {DOCUMENT("<list><entry uri=\"sip:a@x\"/><external anchor=\"http://x\"/></list>"),
         -ENOTSUP},
        {DOCUMENT("<list><entry-ref ref=\"x\"/></list>"), -ENOTSUP},
        {"<!DOCTYPE x [<!ENTITY a \"b\">]>" DOCUMENT("<list><entry uri=\"sip:a@x\"/></list>"),
         -EBADMSG},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct recipient_list list;
        int error = read_text(table[i].text, &list);
        if (error != table[i].error || list.count)
            fail_msg("%s: %d, %u", table[i].text, error, list.count);
    }
}

/* A document with @p count entries, of which each URI has @p length bytes. */
static char *make_list(unsigned count, unsigned length)
{
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    assert_non_null(out);
    fputs("<resource-lists><list>", out);
    for (unsigned i = 0; i < count; i++)
        fprintf(out, "<entry uri=\"%0*u\"/>", (int)length, i);
    fputs("</list></resource-lists>", out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void both_number_and_length_have_a_limit(void **state)
{
    (void)state;
    static const struct {
        unsigned count, length;
        int error;
    } table[] = {
        {RECIPIENT_LIST_MOST, 9, 0},
        {RECIPIENT_LIST_MOST + 1, 9, -E2BIG},
        {1, RECIPIENT_URI_BYTES - 1, 0},
        {1, RECIPIENT_URI_BYTES, -EBADMSG},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct recipient_list list;
        char *text = make_list(table[i].count, table[i].length);
        assert_int_equal(read_text(text, &list), table[i].error);
        assert_int_equal(list.count, table[i].error ? 0 : table[i].count);
        recipient_list_finish(&list);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_read_in_their_order),
        cmocka_unit_test(lists_within_lists_are_one_and_doubles_are_left_out),
        cmocka_unit_test(what_is_no_list_is_refused),
        cmocka_unit_test(both_number_and_length_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
