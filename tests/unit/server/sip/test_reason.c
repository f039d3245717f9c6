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

static void reads_what_the_far_end_says(void **state)
{
    (void)state;
    char out[REASON_BYTES], huge[2 * REASON_BYTES];
    sip_reason_t reason = {.re_text = "\"user \\\"busy\\\"\""};
    sip_warning_t warning = {.w_text = "\"no such media\""};
    sip_t sip = {.sip_warning = &warning};
    reason_read(NULL, out);
    assert_string_equal(out, "");
    reason_read(&sip, out);
    assert_string_equal(out, "no such media");
    sip.sip_reason = &reason;
    reason_read(&sip, out);
    assert_string_equal(out, "user \"busy\"");
    static const char *const odd[][2] = {
        {"token", "token"}, {"\"", ""}, {"\"open", "open"}, {"\"end\\", "end\\"}, {"", ""}};
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        reason.re_text = odd[i][0];
        reason_read(&sip, out);
        assert_string_equal(out, odd[i][1]);
    }
    memset(huge, 'x', sizeof(huge));
    huge[sizeof(huge) - 1] = '\0';
    reason.re_text = huge;
    reason_read(&sip, out);
    assert_int_equal(strlen(out), REASON_BYTES - 1);
}

static void knows_what_a_status_means(void **state)
{
    (void)state;
    assert_int_equal(reason_of_status(486), PARTICIPANT_BUSY);
    assert_int_equal(reason_of_status(600), PARTICIPANT_BUSY);
    assert_int_equal(reason_of_status(480), PARTICIPANT_NO_ANSWER);
    assert_int_equal(reason_of_status(603), PARTICIPANT_DECLINED);
    assert_int_equal(reason_of_status(404), PARTICIPANT_NOT_FOUND);
    assert_int_equal(reason_of_status(488), PARTICIPANT_INCOMPATIBLE);
    assert_int_equal(reason_of_status(407), PARTICIPANT_FAILED);
    assert_int_equal(reason_of_status(503), PARTICIPANT_FAILED);
    for (int i = PARTICIPANT_HUNG_UP; i <= PARTICIPANT_SHUTDOWN; i++)
        assert_int_equal(strncmp(reason_header((enum participant_reason)i), "SIP;cause=", 10),
                         0);
}

/* There and back again, where there is a way back. */
static void says_to_one_what_the_other_said(void **state)
{
    (void)state;
    static const int same[] = {486, 480, 603, 404, 488};
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        assert_int_equal(reason_status(reason_of_status(same[i])), same[i]);
    assert_int_equal(reason_status(reason_of_status(408)), 480);
    assert_int_equal(reason_status(reason_of_status(600)), 486);
    assert_int_equal(reason_status(PARTICIPANT_SHUTDOWN), 503);
    assert_int_equal(reason_status(PARTICIPANT_KICKED), 480);
    assert_int_equal(reason_status(PARTICIPANT_LOBBY_TIMEOUT), 480);
    assert_int_equal(reason_status(PARTICIPANT_NOT_ADMITTED), 603);
    assert_int_equal(reason_status(PARTICIPANT_REFUSED), 403);
    assert_int_equal(reason_status(PARTICIPANT_TIME_OVER), 410);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_the_far_end_says),
        cmocka_unit_test(knows_what_a_status_means),
        cmocka_unit_test(writes_a_text_that_cannot_leave_its_quotes),
        cmocka_unit_test(cuts_what_is_too_long),
        cmocka_unit_test(says_to_one_what_the_other_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
