/* test_privacy.c - which word hides what. */
#include "server/sip/privacy.h"

#include <sofia-sip/sip_header.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void each_word_hides_its_own(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        bool caller, history;
    } cases[] = {
        {"id", true, false},      {"history", false, true}, {"Header;critical", true, true},
        {"session", false, true}, {"none", false, false},   {"user;history", true, true},
    };
    su_home_t home[1] = {SU_HOME_INIT(home)};
    su_home_init(home);
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sip_t sip = {.sip_privacy = sip_privacy_make(home, cases[i].header)};
        assert_non_null(sip.sip_privacy);
        assert_int_equal(privacy_hides_caller(&sip), cases[i].caller);
        assert_int_equal(privacy_hides_history(&sip), cases[i].history);
    }
    sip_t none = {.sip_privacy = NULL};
    assert_false(privacy_hides_caller(&none) || privacy_hides_history(&none));
    su_home_deinit(home);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_word_hides_its_own)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
