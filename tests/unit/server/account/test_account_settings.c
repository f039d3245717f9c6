/* test_account_settings.c - each word and each limit of an account's settings. */
#include "server/account/account_settings.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct account_settings settings;

static int read_one(const char *name, const char *text)
{
    return setting_read(account_setting_find(name), text, &settings);
}

static void words_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *name, *words[6];
    } all[] = {
        {"srtp", {"default", "off", "optional", "required"}},
        {"smime", {"optional", "off", "required", "whole"}},
        {"forwarding", {"none", "local", "trunk"}},
        {"forward_when", {"always", "busy", "no_answer", "not_taken", "beside"}},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        const struct setting *setting = account_setting_find(all[i].name);
        for (unsigned w = 0; all[i].words[w]; w++) {
            assert_int_equal(read_one(all[i].name, all[i].words[w]), 0);
            assert_string_equal(setting_word(setting, &settings), all[i].words[w]);
        }
        assert_int_equal(read_one(all[i].name, ""), -EINVAL);
    }
    assert_int_equal(settings.srtp, MEDIA_SRTP_REQUIRED);
    assert_int_equal(settings.smime, ACCOUNT_SMIME_WHOLE);
    assert_int_equal(settings.forward.scope, ACCOUNT_FORWARD_TRUNK);
    assert_int_equal(settings.forward.when, ACCOUNT_FORWARD_BESIDE);
}

static void the_rest_has_limits(void **state)
{
    (void)state;
    settings = account_settings_defaults();
    assert_int_equal(read_one("forward_after_s", "600"), 0);
    assert_int_equal(read_one("forward_after_s", "0"), -EINVAL);
    assert_int_equal(read_one("forward_after_s", "601"), -EINVAL);
    assert_int_equal(settings.forward.after_s, 600);
    assert_int_equal(read_one("number", "+49"), 0);
    assert_int_equal(read_one("number", "+"), -EINVAL);
    assert_string_equal(settings.number, "+49");
    assert_int_equal(read_one("forward_to", "sip:bob@example.com"), 0);
    assert_int_equal(read_one("forward_to", "a b"), -EINVAL);
    assert_string_equal(settings.forward.to, "sip:bob@example.com");
    assert_int_equal(read_one("display_name", "Ann \xe2\x98\x95"), 0);
    assert_string_equal(settings.display_name, "Ann \xe2\x98\x95");
    assert_null(account_setting_find("password"));
}

static void as_it_begins_it_can_be_kept(void **state)
{
    (void)state;
    const struct setting *setting;
    unsigned count = 0;
    for (; (setting = account_setting_at(count)); count++) {
        struct account_settings initial = account_settings_defaults(), copy = initial;
        char text[SETTING_TEXT_BYTES];
        setting_write(setting, &initial, text);
        assert_int_equal(setting_read(setting, text, &copy), 0);
        assert_ptr_equal(account_setting_find(setting->name), setting);
    }
    assert_true(count > 5);
    assert_true(account_settings_defaults().enabled);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_read_and_written),
        cmocka_unit_test(the_rest_has_limits),
        cmocka_unit_test(as_it_begins_it_can_be_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
