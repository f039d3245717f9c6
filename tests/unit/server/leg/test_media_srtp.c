/* test_media_srtp.c - who may have a say, and what is left. */
#include "server/leg/media_srtp.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum {
    NONE = MEDIA_SRTP_DEFAULT,
    OFF = MEDIA_SRTP_OFF,
    OPTIONAL = MEDIA_SRTP_OPTIONAL,
    REQUIRED = MEDIA_SRTP_REQUIRED,
};

static void words_are_read_as_they_are_written(void **state)
{
    (void)state;
    enum media_srtp policy;
    for (int i = NONE; i <= REQUIRED; i++) {
        assert_int_equal(media_srtp_parse(media_srtp_word((enum media_srtp)i), &policy), 0);
        assert_int_equal(policy, i);
    }
    policy = MEDIA_SRTP_REQUIRED;
    assert_int_equal(media_srtp_parse("", &policy), -EINVAL);
    assert_int_equal(media_srtp_parse("Required", &policy), -EINVAL);
    assert_int_equal(media_srtp_parse("off ", &policy), -EINVAL);
    assert_int_equal(policy, MEDIA_SRTP_REQUIRED);
}

/* In whatever order they are asked. @return what is left; NONE: nothing. */
static enum media_srtp settle(int one, int two, int three)
{
    static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                    {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    const int given[3] = {one, two, three};
    enum media_srtp first = MEDIA_SRTP_DEFAULT;
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        struct media_srtp_say says[3];
        char why[MEDIA_SRTP_WHY_BYTES];
        enum media_srtp settled = MEDIA_SRTP_DEFAULT;
        for (unsigned k = 0; k < 3; k++)
            says[k] = (struct media_srtp_say){"it", (enum media_srtp)given[orders[i][k]]};
        int error = media_srtp_settle(says, 3, &settled, why);
        assert_int_equal(error, settled == MEDIA_SRTP_DEFAULT ? -EPROTO : 0);
        if (i)
            assert_int_equal(settled, first);
        first = settled;
    }
    return first;
}

static void what_all_allow_is_left(void **state)
{
    (void)state;
    assert_int_equal(settle(NONE, NONE, NONE), OPTIONAL);
    assert_int_equal(settle(OPTIONAL, NONE, NONE), OPTIONAL);
    assert_int_equal(settle(OFF, NONE, NONE), OFF);
    assert_int_equal(settle(REQUIRED, NONE, NONE), REQUIRED);
    assert_int_equal(settle(OPTIONAL, OPTIONAL, REQUIRED), REQUIRED);
    assert_int_equal(settle(OPTIONAL, NONE, OFF), OFF);
    assert_int_equal(settle(REQUIRED, REQUIRED, REQUIRED), REQUIRED);
    assert_int_equal(settle(OFF, OFF, OFF), OFF);
    assert_int_equal(settle(OFF, REQUIRED, NONE), NONE);
    assert_int_equal(settle(OFF, OPTIONAL, REQUIRED), NONE);
    assert_int_equal(settle(OFF, OFF, REQUIRED), NONE);
}

static void a_contradiction_names_both(void **state)
{
    (void)state;
    char why[MEDIA_SRTP_WHY_BYTES];
    enum media_srtp policy;
    const struct media_srtp_say says[] = {{"the listener", MEDIA_SRTP_OFF},
                                          {"the account", MEDIA_SRTP_OPTIONAL},
                                          {"the room", MEDIA_SRTP_REQUIRED}};
    assert_int_equal(media_srtp_settle(says, 3, &policy, why), -EPROTO);
    assert_string_equal(why, "the room requires encrypted media, and the listener forbids it");
    assert_int_equal(media_srtp_settle(says, 2, &policy, why), 0);
    assert_int_equal(policy, MEDIA_SRTP_OFF);
    assert_int_equal(media_srtp_settle(says, 0, &policy, why), 0);
    assert_int_equal(policy, MEDIA_SRTP_OPTIONAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_read_as_they_are_written),
        cmocka_unit_test(what_all_allow_is_left),
        cmocka_unit_test(a_contradiction_names_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
