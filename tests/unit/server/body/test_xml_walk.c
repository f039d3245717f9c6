/* test_xml_walk.c - tags, in the order in which they come; and what is no XML. */
#include "server/body/xml_walk.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool on_open(void *context, unsigned depth, struct slice name)
{
    char *story = context;
    sprintf(story + strlen(story), "%u<%.*s ", depth, (int)name.length, name.at);
    return !slice_equals(name, "stop");
}

static void on_close(void *context, unsigned depth, struct slice name, struct slice text)
{
    char *story = context;
    sprintf(story + strlen(story), "%u>%.*s'%.*s' ", depth, (int)name.length, name.at,
            (int)text.length, text.at);
}

static int walk(const char *text, char *story)
{
    static const struct xml_walk_events events = {.on_open = on_open, .on_close = on_close};
    story[0] = '\0';
    return xml_walk((struct slice){text, strlen(text)}, &events, story);
}

static void tags_and_texts_are_told(void **state)
{
    (void)state;
    char story[500];
    assert_int_equal(walk("<?xml?><a x='>'> <b>one</b><!-- <c> --><d/>two</a>", story), 0);
    assert_string_equal(story, "0<a 1<b 1>b'one' 1<d 1>d'' 0>a'two' ");
    assert_int_equal(walk("<a/>", story), 0);
    assert_string_equal(story, "0<a 0>a'' ");
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",   "text",    "<a>", "<a></b>",       "</a>", "<a/><b/>", "<!DOCTYPE a><a/>",
        "<a", "<a x='>", "<>",  "<a><stop/></a>"};
    char story[500];
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(walk(texts[i], story), -EBADMSG);
}

static void prefixes_do_not_matter(void **state)
{
    (void)state;
    assert_true(xml_is_called((struct slice){"a:b", 3}, "b"));
    assert_true(xml_is_called((struct slice){"b", 1}, "b"));
    assert_false(xml_is_called((struct slice){"b:a", 3}, "b"));
}

static bool attribute(const char *attributes, const char *name, const char *expected)
{
    struct slice value;
    return xml_attribute((struct slice){attributes, strlen(attributes)}, name, &value) &&
           slice_equals(value, expected);
}

static void attributes_are_found(void **state)
{
    (void)state;
    assert_true(attribute(" a=\"1\" b='2'", "a", "1"));
    assert_true(attribute(" a=\"1\" b='2'", "b", "2"));
    assert_true(attribute("\n a = \"x='y'\" /", "a", "x='y'"));
    assert_true(attribute(" a=''", "a", ""));
    static const char *const without[] = {
        "", " b=\"a\"", " a", " a=", " a=1", " a=\"1", " =\"1\""};
    struct slice value;
    for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++)
        assert_false(
            xml_attribute((struct slice){without[i], strlen(without[i])}, "a", &value));
}

static bool decodes(const char *text, const char *expected)
{
    char out[16];
    return xml_decode((struct slice){text, strlen(text)}, out, sizeof(out)) &&
           strcmp(out, expected) == 0;
}

static void references_are_decoded(void **state)
{
    (void)state;
    assert_true(decodes("", ""));
    assert_true(decodes("a&lt;&gt;&amp;&quot;&apos;b", "a<>&\"'b"));
    assert_true(decodes("&#65;&#x42;&#xe4;&#x20AC;&#x1f600;", "AB\u00e4\u20ac\U0001f600"));
    assert_true(decodes("123456789012345", "123456789012345"));
    static const char *const wrong[] = {
        "1234567890123456",
        "&",
        "&amp",
        "&;",
        "&#;",
        "&#x;",
        "&#0;",
        "&#1;",
        "&#xd800;",
        "&#x110000;",
        "&#99999999999999999999;",
        "&#6a;",
        "&nbsp;",
        "&amp amp;",
    };
    char out[16];
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (xml_decode((struct slice){wrong[i], strlen(wrong[i])}, out, sizeof(out)))
            fail_msg("decoded: %s", wrong[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_and_texts_are_told),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(prefixes_do_not_matter),
        cmocka_unit_test(attributes_are_found),
        cmocka_unit_test(references_are_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
