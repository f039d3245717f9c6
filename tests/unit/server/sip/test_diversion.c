/* test_diversion.c - as providers write it, as nobody should, and back. */
#include "server/sip/diversion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* "uri reason, uri reason" */
static void assert_list(const struct diversion_list *list, const char *expected)
{
    char text[4096] = "";
    size_t used = 0;
    for (unsigned i = 0; i < list->count; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s %s", i ? ", " : "",
                                 list->diversion[i].uri, list->diversion[i].reason);
    assert_string_equal(text, expected);
}

static void reads_diversion(void **state)
{
    (void)state;
    static const struct {
        const char *value, *list;
    } cases[] = {
        {"<sip:101@pbx.example>;reason=user-busy;counter=1", "sip:101@pbx.example user-busy"},
        {"\"Doe, <J>\" <sips:a@b:5061;user=phone>;reason=\"no-answer\" , <tel:+4930>",
         "sips:a@b:5061 no-answer, tel:+4930 unknown"},
        {"sip:101@pbx.example;reason=deflection,<sip:1@c> ; Reason = time-of-day",
         "sip:101@pbx.example deflection, sip:1@c time-of-day"},
        {"<sip:101@pbx.example>;privacy=full;reason=user-busy",
         "sip:anonymous@anonymous.invalid user-busy"},
        {"<sip:101@pbx.example>;privacy=off", "sip:101@pbx.example unknown"},
        {"<http://x/>, <sip:>, <sip:a b>, <sip:ok@x>, <sip:unfinished",
         "sip:ok@x unknown, sip:unfinished unknown"},
        {"<sip:a@b>;reason=\"not closed, <sip:c@d>", "sip:a@b unknown"},
        {"<sip:a@b>;reason=\"x,y\"", "sip:a@b unknown"},
        {"", ""},
        {",,;;<>\"", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct diversion_list list = {.count = 0};
        diversion_read(cases[i].value, &list);
        assert_list(&list, cases[i].list);
    }
}

static void reads_history(void **state)
{
    (void)state;
    static const struct {
        const char *value, *list;
    } cases[] = {
        {"<sip:101@p>;index=1, <sip:b@p;cause=486>;index=1.1;mp=1", "sip:101@p user-busy"},
        {"<sip:101@p?Reason=SIP%3Bcause%3D408>;index=1, <sip:b@p>;index=1.1",
         "sip:101@p no-answer"},
        /* a registered contact is no diversion; forks are told apart by their index */
        {"<sip:101@p>;index=1, <sip:x@192.0.2.1>;index=1.1;rc=1, "
         "<sip:102@p;cause=302>;index=1.2;mp=1, <sip:103@p;cause=480>;index=1.2.1;mp=1.2",
         "sip:102@p deflection, sip:101@p unconditional"},
        {"<sip:101@p?Privacy=history>;index=1, <sip:b@p;cause=302>;index=1.1",
         "sip:anonymous@anonymous.invalid unconditional"},
        {"<sip:101@p>;index=1, <sip:b@p;cause=777>;index=1.1;mp=1", "sip:101@p unknown"},
        {"<sip:101@p>;index=1, <sip:b@p;cause=99999999999>;index=1.1;mp=1", ""},
        {"<sip:101@p;cause=302>;index=1", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct diversion_list list = {.count = 0};
        diversion_read_history(cases[i].value, &list);
        assert_list(&list, cases[i].list);
    }
}

static void takes_no_more_than_it_can_keep(void **state)
{
    (void)state;
    char value[32 * 1024] = "", uri[DIVERSION_URI_BYTES + 16];
    struct diversion_list list = {.count = 0};
    for (int i = 0; i < 100; i++)
        sprintf(value + strlen(value), "<sip:%d@x;cause=302>;index=1.%d,", i, i);
    diversion_read(value, &list);
    assert_int_equal(list.count, DIVERSION_MOST);
    assert_string_equal(list.diversion[DIVERSION_MOST - 1].uri, "sip:9@x");
    diversion_read(value, &list);
    assert_int_equal(list.count, DIVERSION_MOST);
    list.count = 0;
    diversion_read_history(value, &list);
    assert_int_equal(list.count, DIVERSION_MOST);
    list.count = 0;
    memset(uri, 'a', sizeof(uri));
    memcpy(uri, "<sip:", 5);
    uri[sizeof(uri) - 1] = '\0';
    diversion_read(uri, &list);
    assert_int_equal(list.count, 0);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    char value[DIVERSION_TEXT_BYTES];
    struct diversion_list list = {.count = 0}, again = {.count = 0};
    diversion_write(&list, value);
    assert_string_equal(value, "");
    diversion_write_history(&list, "sip:d@p", value);
    assert_string_equal(value, "");
    diversion_add(&list, "sip:a@p", "unconditional");
    diversion_add(&list, "sip:b@p", "user-busy");
    diversion_write_history(&list, "sip:d@p;transport=tcp", value);
    assert_string_equal(value, "<sip:a@p?Reason=SIP%3Bcause%3D302>;index=1, "
                               "<sip:b@p;cause=302?Reason=SIP%3Bcause%3D486>;index=1.1;mp=1, "
                               "<sip:d@p;transport=tcp;cause=486>;index=1.1.1;mp=1.1");
    diversion_read_history(value, &again);
    assert_list(&again, "sip:b@p user-busy, sip:a@p unconditional");
    diversion_write(&list, value);
    assert_string_equal(value, "<sip:b@p>;reason=user-busy;counter=1, "
                               "<sip:a@p>;reason=unconditional;counter=1");
    diversion_keep_oldest(&list, 2);
    assert_int_equal(list.count, 2);
    diversion_keep_oldest(&list, 1);
    assert_list(&list, "sip:a@p unconditional");
    for (int i = 0; i < 2 * DIVERSION_MOST; i++)
        diversion_add(&list, DIVERSION_ANONYMOUS, "no-answer");
    assert_int_equal(list.count, DIVERSION_MOST);
    diversion_write(&list, value);
    assert_non_null(strstr(value, ";privacy=full"));
    again.count = 0;
    diversion_read(value, &again);
    assert_int_equal(again.count, DIVERSION_MOST);
    diversion_write_history(&list, "sip:d@p", value);
    assert_non_null(strstr(value, "index=1.1.1.1.1.1.1.1.1.1.1;mp=1.1.1.1.1.1.1.1.1.1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_diversion),
        cmocka_unit_test(reads_history),
        cmocka_unit_test(takes_no_more_than_it_can_keep),
        cmocka_unit_test(what_is_written_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
