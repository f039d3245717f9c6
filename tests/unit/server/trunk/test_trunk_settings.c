/* test_trunk_settings.c - written, read again, and what is wrong named. */
#include "server/trunk/trunk_settings.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct trunk_settings full(void)
{
    struct trunk_settings settings;
    trunk_settings_defaults(&settings);
    settings.gateways = 2;
    settings.gateway[0] = (struct trunk_gateway){"sip:a.example.com;transport=tcp", 1, 70};
    settings.gateway[1] = (struct trunk_gateway){"sip:[2001:db8::1]:5070", 2, 0};
    settings.networks = 2;
    strcpy(settings.network[0], "192.0.2.0/24");
    strcpy(settings.network[1], "2001:db8::/32");
    strcpy(settings.registrar, "sips:example.com");
    settings.more_registrars = 1;
    strcpy(settings.more_registrar[0], "sip:two.example.com");
    strcpy(settings.username, "4930123");
    strcpy(settings.display_name, "A provider of ours");
    settings.in_rules = 1;
    strcpy(settings.in_rule[0], "0|Z. -> +49$");
    settings.numbers = 1;
    strcpy(settings.number[0], "+49.");
    settings.lines = 10;
    settings.when_full = TRUNK_FULL_480;
    settings.identity = TRUNK_IDENTITY_BOTH;
    settings.budget.per_room_day = 7;
    settings.srtp = MEDIA_SRTP_REQUIRED;
    settings.overflow = false;
    settings.codecs = 2;
    strcpy(settings.codec[0], "PCMA");
    strcpy(settings.codec[1], "g722");
    settings.early_media = TRUNK_EARLY_BOTH;
    settings.p_early_media = true;
    return settings;
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct trunk_settings settings = full(), read;
    const char *field;
    assert_int_equal(trunk_settings_check(&settings, &field), 0);
    char *lines = trunk_settings_write(&settings);
    assert_non_null(lines);
    memset(&read, 0xa5, sizeof(read));
    assert_int_equal(trunk_settings_read(lines, &read), 0);
    char *again = trunk_settings_write(&read);
    assert_string_equal(lines, again);
    assert_string_equal(read.gateway[1].uri, "sip:[2001:db8::1]:5070");
    assert_string_equal(trunk_settings_registrar(&read, 0), "sips:example.com");
    assert_string_equal(trunk_settings_registrar(&read, 1), "sip:two.example.com");
    assert_null(trunk_settings_registrar(&read, 2));
    assert_int_equal(read.gateway[0].weight, 70);
    assert_int_equal(read.when_full, TRUNK_FULL_480);
    assert_int_equal(read.srtp, MEDIA_SRTP_REQUIRED);
    assert_int_equal(read.early_media, TRUNK_EARLY_BOTH);
    assert_true(read.p_early_media);
    assert_int_equal(read.early_limit_s, 180);
    assert_false(read.overflow);
    assert_string_equal(trunk_settings_codecs(&read).name[1], "G722");
    assert_true(read.enabled);
    free(lines);
    free(again);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    struct trunk_settings settings = full();
    const char *field = "";
    strcpy(settings.network[1], "192.0.2.0/40");
    assert_int_equal(trunk_settings_check(&settings, &field), -EINVAL);
    assert_string_equal(field, "networks");
    settings = full();
    settings.username[0] = '\0';
    assert_int_equal(trunk_settings_check(&settings, &field), -EINVAL);
    assert_string_equal(field, "username");
    settings = full();
    settings.registrar[0] = '\0'; /* none without the first */
    assert_int_equal(trunk_settings_check(&settings, &field), -EINVAL);
    assert_string_equal(field, "registrars");
    settings.more_registrars = 0;
    assert_int_equal(trunk_settings_check(&settings, &field), 0);
    settings = full();
    strcpy(settings.more_registrar[0], "SIPS:example.com"); /* is there twice */
    assert_int_equal(trunk_settings_check(&settings, &field), -EINVAL);
    assert_string_equal(field, "registrars");
    settings = full();
    settings.gateway[1].uri[0] = 'x';
    assert_int_equal(trunk_settings_check(&settings, &field), -EINVAL);
    assert_string_equal(field, "gateways");
    settings = full();
    strcpy(settings.codec[1], "pcma");
    assert_int_equal(trunk_settings_check(&settings, &field), -EINVAL);
    assert_string_equal(field, "codecs");
    strcpy(settings.codec[1], "VP8");
    assert_int_equal(trunk_settings_check(&settings, &field), -EINVAL);
    assert_string_equal(field, "codecs");
    settings = full();
    settings.gateway_timeout_ms = 1;
    assert_int_equal(trunk_settings_check(&settings, &field), -EINVAL);
    assert_string_equal(field, "gateway_timeout_ms");
}

static void refuses_lines_that_cannot_be(void **state)
{
    (void)state;
    struct trunk_settings settings;
    static const char *const bad[] = {"lines x",         "lines 4294967297", "gateway 1 sip:a",
                                      "gateway 1 1 x:a", "networks 1.2.3",   "enabled"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(trunk_settings_read(bad[i], &settings), -EBADMSG);
    assert_int_equal(trunk_settings_read("of_tomorrow 1\nlines 3\n", &settings), 0);
    assert_int_equal(settings.lines, 3);
}

static void knows_what_is_a_gateway(void **state)
{
    (void)state;
    static const char *const good[] = {"sip:a", "sip:192.0.2.1:5061;transport=tls", "sips:a.b",
                                       "SIP:a;transport=UDP", "sip:[::1]"};
    static const char *const bad[] = {"",
                                      "a",
                                      "sip:",
                                      "sip:u@a",
                                      "sip:a:0",
                                      "sip:a:65536",
                                      "sip:a;lr",
                                      "sip:[::1",
                                      "sip:a b",
                                      "tel:1",
                                      "sips:a;transport=udp",
                                      "sip:a:5060x"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(trunk_uri_is_valid(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(trunk_uri_is_valid(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_written_is_read),
                                       cmocka_unit_test(what_is_wrong_is_named),
                                       cmocka_unit_test(refuses_lines_that_cannot_be),
                                       cmocka_unit_test(knows_what_is_a_gateway)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
