/* test_composing.c - who writes, as phones tell it. */
#include "server/body/composing.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DOCUMENT(inner)                                                                        \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                                             \
    "<isComposing xmlns=\"urn:ietf:params:xml:ns:im-iscomposing\">" inner "</isComposing>"

static void states_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_active;
        unsigned refresh_s;
    } rows[] = {
        {DOCUMENT("<state>active</state><contenttype>text/plain</contenttype>"
                  "<refresh>90</refresh>"),
         true, 90},
        {DOCUMENT("<state>idle</state><lastactive>2003-01-27T10:43:00Z</lastactive>"), false,
         0},
        {DOCUMENT("<state>\r\n  active\r\n</state>"), true, 0},
        {DOCUMENT("<state>thinking</state>"), false, 0}, /* not known: idle */
        {DOCUMENT("<state>active</state><refresh>often</refresh>"), true, 0},
        {DOCUMENT("<x:state>active</x:state>"), true, 0},
        {COMPOSING_ACTIVE, true, 0},
        {COMPOSING_IDLE, false, 0},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct composing composing;
        struct slice body = {rows[i].text, strlen(rows[i].text)};
        assert_int_equal(composing_read(body, &composing), 0);
        assert_int_equal(composing.is_active, rows[i].is_active);
        assert_int_equal(composing.refresh_s, rows[i].refresh_s);
    }
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "active",
        "<state>active</state>",
        DOCUMENT(""),
        DOCUMENT("<state></state>"),
        DOCUMENT("<x><state>active</state></x>"),
        "<!DOCTYPE x>" DOCUMENT("<state>active</state>"),
    };
    struct composing composing;
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(composing_read((struct slice){texts[i], strlen(texts[i])}, &composing),
                         -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_are_read),
        cmocka_unit_test(what_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
