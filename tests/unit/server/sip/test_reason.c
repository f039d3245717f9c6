/* test_reason.c - Reasons with a text from wherever. */
#include "server/sip/reason.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void writes_a_text_that_cannot_leave_its_quotes(void **state)
{
    (void)state;
    char out[REASON_BYTES];
    reason_write(488, "DTLS: wrong", out);
    assert_string_equal(out, "SIP;cause=488;text=\"DTLS: wrong\"");
    reason_write(488, "", out);
    assert_string_equal(out, "SIP;cause=488;text=\"\"");
    reason_write(500, "a\"b\\c\r\nd\x7f\xc3\xa9~", out);
    assert_string_equal(out, "SIP;cause=500;text=\"a b c  d   ~\"");
}

static void cuts_what_is_too_long(void **state)
{
    (void)state;
    char text[2 * REASON_BYTES], out[REASON_BYTES];
    for (size_t length = 0; length < sizeof(text); length++) {
        memset(text, 'x', sizeof(text));
        text[length] = '\0';
        memset(out, 'o', sizeof(out));
        reason_write(488, text, out);
        const size_t whole = strlen("SIP;cause=488;text=\"\"") + length;
        assert_int_equal(strlen(out), whole < REASON_BYTES ? whole : REASON_BYTES - 1);
        assert_int_equal(out[strlen(out) - 1], '"');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_a_text_that_cannot_leave_its_quotes),
        cmocka_unit_test(cuts_what_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
