/* test_naptr.c - the order of ways, and records that are none. */
#include "server/sip/naptr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void the_lowest_order_then_preference_is_first(void **state)
{
    (void)state;
    struct naptr_list list = {.count = 0};
    naptr_add(&list, 90, 50, "s", "SIP+D2T", "_sip._tcp.a.");
    naptr_add(&list, 100, 1, "S", "sip+d2u", "_sip._udp.a");
    naptr_add(&list, 90, 40, "s", "SIPS+D2T", "_sips._tcp.a");
    assert_int_equal(list.count, 3);
    assert_int_equal(list.way[0].transport, NAPTR_TLS);
    assert_int_equal(list.way[1].transport, NAPTR_TCP);
    assert_string_equal(list.way[1].service, "_sip._tcp.a");
    assert_int_equal(list.way[2].transport, NAPTR_UDP);
    for (unsigned order = 200; order > 80; order -= 20)
        naptr_add(&list, (uint16_t)order, 0, "s", "SIP+D2U", "x");
    assert_int_equal(list.count, NAPTR_MOST);
    assert_int_equal(list.way[0].order, 90);
    assert_int_equal(list.way[NAPTR_MOST - 1].order, 100);
    assert_int_equal(list.way[NAPTR_MOST - 1].preference, 1);
}

static void what_is_no_way_is_passed_over(void **state)
{
    (void)state;
    struct naptr_list list = {.count = 0};
    char host[NAPTR_SERVICE_BYTES + 1];
    memset(host, 'a', NAPTR_SERVICE_BYTES);
    host[NAPTR_SERVICE_BYTES] = '\0';
    naptr_add(&list, 1, 1, "u", "E2U+sip", "x");
    naptr_add(&list, 1, 1, "s", "SIP+D2W", "x");
    naptr_add(&list, 1, 1, "", "SIP+D2U", "x");
    naptr_add(&list, 1, 1, "s", "SIP+D2U", ".");
    naptr_add(&list, 1, 1, "s", "SIP+D2U", host);
    naptr_add(&list, 1, 1, NULL, NULL, NULL);
    naptr_add(&list, 1, 1, "s", NULL, "x");
    naptr_add(&list, 1, 1, "s", "SIP+D2U", NULL);
    assert_int_equal(list.count, 0);
    naptr_add(&list, 1, 1, "s", "SIP+D2U", host + 1);
    assert_int_equal(list.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lowest_order_then_preference_is_first),
        cmocka_unit_test(what_is_no_way_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
