/* test_resolved.c - where names are, by a cache that is filled as the stack's resolver does. */
#include "server/sip/resolved.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <arpa/inet.h>
#include <sofia-resolv/sres_record.h>

#include <cmocka.h>

enum { TTL_S = 3600 };

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

/* What every record has; @p status other than 0: there is none of that type. */
static sres_record_t common(const char *name, uint16_t type, size_t bytes, uint16_t status)
{
    sres_record_t record;
    memset(&record, 0, sizeof(record));
    record.sr_record->r_name = (char *)(uintptr_t)name;
    record.sr_record->r_size = (uint16_t)bytes;
    record.sr_record->r_type = type;
    record.sr_record->r_class = 1;
    record.sr_record->r_status = status;
    record.sr_record->r_ttl = TTL_S;
    return record;
}

static void store(sres_cache_t *cache, const sres_record_t *record, time_t when)
{
    size_t extra = record->sr_record->r_type == sres_type_srv && !record->sr_record->r_status
                       ? strlen(record->sr_srv->srv_target) + 1
                       : 0;
    sres_record_t *stored = sres_cache_alloc_record(cache, record, extra);
    assert_non_null(stored);
    if (extra) { /* where the resolver has it: behind the record */
        char *place = (char *)stored + record->sr_record->r_size;
        memcpy(place, record->sr_srv->srv_target, extra);
        stored->sr_srv->srv_target = place;
    }
    sres_cache_store(cache, stored, when);
}

static void add_address(sres_cache_t *cache, const char *name, const char *address)
{
    bool is_v6 = strchr(address, ':');
    sres_record_t record =
        common(name, is_v6 ? sres_type_aaaa : sres_type_a,
               is_v6 ? sizeof(sres_aaaa_record_t) : sizeof(sres_a_record_t), 0);
    void *to = is_v6 ? (void *)&record.sr_aaaa->aaaa_addr : (void *)&record.sr_a->a_addr;
    assert_int_equal(inet_pton(is_v6 ? AF_INET6 : AF_INET, address, to), 1);
    store(cache, &record, time(NULL));
}

static void add_service(sres_cache_t *cache, const char *name, uint16_t port,
                        const char *target)
{
    sres_record_t record = common(name, sres_type_srv, sizeof(sres_srv_record_t), 0);
    record.sr_srv->srv_port = port;
    record.sr_srv->srv_target = (char *)(uintptr_t)target;
    store(cache, &record, time(NULL));
}

static void add_none(sres_cache_t *cache, const char *name, uint16_t type)
{
    sres_record_t record = common(name, type, sizeof(sres_common_t), 3);
    store(cache, &record, time(NULL));
}

/* @p peer: "192.0.2.1" at 5071, or an IPv6 address there. */
static enum server_place place(sres_cache_t *cache, const char *name, uint16_t port,
                               const char *peer)
{
    struct sockaddr_storage address = {.ss_family = strchr(peer, ':') ? AF_INET6 : AF_INET};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;
    void *to = address.ss_family == AF_INET ? (void *)&v4->sin_addr : (void *)&v6->sin6_addr;
    v4->sin_port = htons(5071); /* both have it at the same place */
    assert_int_equal(inet_pton(address.ss_family, peer, to), 1);
    return resolved_place(cache, name, port, (const struct sockaddr *)&address);
}

static void by_addresses(void **state)
{
    sres_cache_t *cache = *state;
    add_address(cache, "a.example.", "192.0.2.1");
    add_address(cache, "a.example.", "192.0.2.2");
    add_address(cache, "a.example.", "2001:db8::1");
    add_none(cache, "b.example.", sres_type_a);
    assert_int_equal(place(cache, "a.example", 5071, "192.0.2.1"), SERVER_PLACE_THERE);
    assert_int_equal(place(cache, "a.example", 5071, "192.0.2.2"), SERVER_PLACE_THERE);
    assert_int_equal(place(cache, "a.example.", 5071, "2001:db8::1"), SERVER_PLACE_THERE);
    assert_int_equal(place(cache, "a.example", 0, "192.0.2.1"), SERVER_PLACE_THERE);
    assert_int_equal(place(cache, "a.example", 5072, "192.0.2.1"), SERVER_PLACE_ELSEWHERE);
    assert_int_equal(place(cache, "a.example", 5071, "192.0.2.3"), SERVER_PLACE_ELSEWHERE);
    assert_int_equal(place(cache, "a.example", 5071, "2001:db8::2"), SERVER_PLACE_ELSEWHERE);
    assert_int_equal(place(cache, "b.example", 5071, "192.0.2.1"), SERVER_PLACE_ELSEWHERE);
    assert_int_equal(place(cache, "b.example", 5071, "2001:db8::1"), SERVER_PLACE_UNKNOWN);
    assert_int_equal(place(cache, "c.example", 5071, "192.0.2.1"), SERVER_PLACE_UNKNOWN);
    struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    assert_int_equal(resolved_place(cache, "a.example", 5071, &nowhere), SERVER_PLACE_UNKNOWN);
}

static void by_services(void **state)
{
    sres_cache_t *cache = *state;
    add_service(cache, "_sips._tcp.a.example.", 5071, "one.example");
    add_service(cache, "_sips._tcp.a.example.", 5072, "two.example.");
    add_service(cache, "_sips._tcp.a.example.", 5071, "three.example");
    add_none(cache, "_sips._tcp.b.example.", sres_type_srv);
    add_none(cache, "a.example.", sres_type_a);
    add_address(cache, "b.example.", "192.0.2.9");
    add_address(cache, "c.example.", "192.0.2.9");
    add_address(cache, "one.example.", "192.0.2.1");
    add_address(cache, "two.example.", "192.0.2.2");
    assert_int_equal(place(cache, "a.example", 0, "192.0.2.1"), SERVER_PLACE_THERE);
    assert_int_equal(place(cache, "a.example", 0, "192.0.2.2"), SERVER_PLACE_UNKNOWN);
    add_address(cache, "three.example.", "192.0.2.3");
    assert_int_equal(place(cache, "a.example", 0, "192.0.2.2"), SERVER_PLACE_ELSEWHERE);
    assert_int_equal(place(cache, "a.example", 5071, "192.0.2.1"), SERVER_PLACE_ELSEWHERE);
    assert_int_equal(place(cache, "b.example", 0, "192.0.2.9"), SERVER_PLACE_THERE);
    assert_int_equal(place(cache, "b.example", 0, "192.0.2.1"), SERVER_PLACE_ELSEWHERE);
    assert_int_equal(place(cache, "c.example", 0, "192.0.2.1"), SERVER_PLACE_UNKNOWN);
}

static void what_is_old_is_not_known(void **state)
{
    sres_cache_t *cache = *state;
    sres_record_t record = common("a.example.", sres_type_a, sizeof(sres_a_record_t), 0);
    inet_pton(AF_INET, "192.0.2.1", &record.sr_a->a_addr);
    store(cache, &record, time(NULL) - TTL_S - 10);
    assert_int_equal(place(cache, "a.example", 5071, "192.0.2.1"), SERVER_PLACE_UNKNOWN);
    char longest[SERVER_NAME_BYTES + 20];
    memset(longest, 'a', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    assert_int_equal(place(cache, longest, 0, "192.0.2.1"), SERVER_PLACE_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(by_addresses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(by_services, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_old_is_not_known, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
