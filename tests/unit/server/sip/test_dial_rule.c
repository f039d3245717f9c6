/* test_dial_rule.c - which hosts may be dialled. */
#include "server/sip/dial_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void dials_only_what_is_allowed(void **state)
{
    (void)state;
    static const char *const rules[] = {"pbx.example.com", "*.trunk.example", "192.0.2.7",
                                        "[::1]"};
    assert_true(dial_rule_allows(rules, 4, "pbx.example.com"));
    assert_true(dial_rule_allows(rules, 4, "PBX.Example.com"));
    assert_true(dial_rule_allows(rules, 4, "a.b.trunk.example"));
    assert_true(dial_rule_allows(rules, 4, "192.0.2.7"));
    assert_true(dial_rule_allows(rules, 4, "[::1]"));
    assert_false(dial_rule_allows(rules, 4, "trunk.example"));
    assert_false(dial_rule_allows(rules, 4, "eviltrunk.example"));
    assert_false(dial_rule_allows(rules, 4, "pbx.example.com.evil"));
    assert_false(dial_rule_allows(rules, 4, "192.0.2.70"));
    assert_false(dial_rule_allows(rules, 0, "pbx.example.com"));
    static const char *const any[] = {"*"};
    assert_true(dial_rule_allows(any, 1, "x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dials_only_what_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
