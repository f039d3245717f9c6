/* test_name_cache.c - what is put in comes out as the stack's resolver reads it. */
#include "server/sip/name_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static int set_up(void **state)
{
    *state = sres_cache_new(0);
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    sres_cache_unref(*state);
    return 0;
}

/* The only record of that; NULL: there is none. Freed at once, and still in the cache. */
static const sres_record_t *only(sres_cache_t *cache, uint16_t type, const char *prefix,
                                 const char *name)
{
    sres_record_t **found = name_cache_find(cache, type, prefix, name);
    if (!found)
        return NULL;
    const sres_record_t *first = found[0];
    assert_null(found[1]);
    sres_cache_free_answers(cache, found);
    return first;
}

static void services(void **state)
{
    sres_cache_t *cache = *state;
    const struct dns_record server = {
        .ttl_s = 60, .priority = 10, .weight = 5, .port = 5071, .name = "a.example"};
    name_cache_add(cache, DNS_SRV, "_sip._udp.gw.example", &server);
    name_cache_add(cache, DNS_SRV, "_sip._udp.gw.example.", &server);
    const sres_record_t *found = only(cache, DNS_SRV, "_sip._udp.", "gw.example");
    assert_non_null(found);
    assert_true(name_cache_is(found, DNS_SRV));
    assert_int_equal(found->sr_srv->srv_priority, 10);
    assert_int_equal(found->sr_srv->srv_weight, 5);
    assert_int_equal(found->sr_srv->srv_port, 5071);
    assert_string_equal(found->sr_srv->srv_target, "a.example.");
    assert_null(only(cache, DNS_SRV, "_sip._tcp.", "gw.example"));
    assert_null(only(cache, DNS_NAPTR, "_sip._udp.", "gw.example"));
}

static void ways(void **state)
{
    sres_cache_t *cache = *state;
    const struct dns_record way = {.ttl_s = 60,
                                   .priority = 10,
                                   .weight = 2,
                                   .flags = "s",
                                   .service = "SIP+D2T",
                                   .name = "_sip._tcp.example"};
    name_cache_add(cache, DNS_NAPTR, "gw.example", &way);
    const sres_record_t *found = only(cache, DNS_NAPTR, "", "gw.example.");
    assert_non_null(found);
    assert_int_equal(found->sr_naptr->na_order, 10);
    assert_int_equal(found->sr_naptr->na_prefer, 2);
    assert_string_equal(found->sr_naptr->na_flags, "s");
    assert_string_equal(found->sr_naptr->na_services, "SIP+D2T");
    assert_string_equal(found->sr_naptr->na_regexp, "");
    assert_string_equal(found->sr_naptr->na_replace, "_sip._tcp.example.");
}

static void addresses(void **state)
{
    sres_cache_t *cache = *state;
    const struct resolver_address v4 = {
        .family = AF_INET, .address = {192, 0, 2, 1}, .ttl_s = 0};
    const struct resolver_address v6 = {
        .family = AF_INET6, .address = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}, .ttl_s = UINT32_MAX};
    name_cache_add_address(cache, "a.example", &v4);
    name_cache_add_address(cache, "a.example", &v6);
    const sres_record_t *found = only(cache, DNS_A, "", "a.example");
    assert_non_null(found); /* good for no second, and yet for the call that asked for it */
    assert_memory_equal(&found->sr_a->a_addr, v4.address, 4);
    assert_int_equal(found->sr_record->r_ttl, NAME_CACHE_LEAST_S);
    found = only(cache, DNS_AAAA, "", "a.example.");
    assert_non_null(found);
    assert_memory_equal(&found->sr_aaaa->aaaa_addr, v6.address, 16);
    assert_int_equal(found->sr_record->r_ttl, NAME_CACHE_MOST_S);
}

static void what_there_is_not(void **state)
{
    sres_cache_t *cache = *state;
    assert_null(only(cache, DNS_AAAA, "", "a.example"));
    name_cache_add_none(cache, DNS_AAAA, "a.example");
    const sres_record_t *found = only(cache, DNS_AAAA, "", "a.example");
    assert_non_null(found);
    assert_false(name_cache_is(found, DNS_AAAA));
    char longest[400];
    memset(longest, 'a', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    name_cache_add_none(cache, DNS_A, longest);
    assert_null(only(cache, DNS_A, "", longest));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(services, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(addresses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_there_is_not, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
