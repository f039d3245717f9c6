/* test_conf_differences.c - a reload finds every kind of changed key, and no other. */
#include "conf/conf_differences.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct conf *load(const char *const *sets, unsigned count)
{
    struct conf *conf = NULL;
    char *why = NULL;
    int error =
        conf_load(&(struct conf_sources){.sets = sets, .set_count = count}, &conf, &why);
    if (error)
        fail_msg("%s", why);
    return conf;
}

static void note(void *context, const char *path)
{
    strcat(strcat(context, path), " ");
}

static void equal_configurations_differ_in_nothing(void **state)
{
    (void)state;
    char seen[500] = "";
    struct conf *a = load(NULL, 0), *b = load(NULL, 0);
    assert_int_equal(conf_differences(a, b, note, seen), 0);
    assert_string_equal(seen, "");
    conf_destroy(a);
    conf_destroy(b);
}

static void each_type_of_key_is_compared(void **state)
{
    (void)state;
    const char *sets[] = {
        "sip.listen=udp:0.0.0.0:5060,tcp:0.0.0.0:5061",
        "sip.max_calls=1",
        "sip.dial_out=false",
        "sip.dial_allow=",
        "media.advertised_address=192.0.2.1",
        "media.ports=20000-23997",
        "rooms.alone=noise",
        "log.level=warn",
        "log.format=json",
    };
    char there[500] = "", back[500] = "";
    struct conf *a = load(NULL, 0), *b = load(sets, 9);
    assert_int_equal(conf_differences(a, b, note, there), 9);
    assert_string_equal(there, "sip.listen sip.max_calls sip.dial_out sip.dial_allow "
                               "media.advertised_address media.ports rooms.alone log.level "
                               "log.format ");
    assert_int_equal(conf_differences(b, a, note, back), 9);
    assert_string_equal(back, there);
    conf_destroy(a);
    conf_destroy(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_configurations_differ_in_nothing),
        cmocka_unit_test(each_type_of_key_is_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
