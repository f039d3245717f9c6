/* test_transport_table.c - whose datagram it is: named, believed, proved. */
#include "server/rtp/transport_table.h"

#include "server/rtp/address.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static union latch_address address(unsigned host, uint16_t port)
{
    union latch_address out = {.v4 = {.sin_family = AF_INET, .sin_port = htons(port)}};
    out.v4.sin_addr.s_addr = htonl(0x0a000000 | host);
    return out;
}

static struct transport_entry *by_address(const struct transport_table *table, unsigned host)
{
    const union latch_address from = address(host, 4000);
    return transport_table_by_address(table, &from);
}

static struct transport_entry *by_ufrag(const struct transport_table *table, const char *ufrag)
{
    return transport_table_by_ufrag(table, ufrag, strlen(ufrag));
}

static void note(struct transport_table *table, struct transport_entry *entry, unsigned host,
                 bool is_proved)
{
    const union latch_address from = address(host, 4000);
    transport_table_note(table, entry, &from, is_proved);
}

static void names_lead_to_entries(void **state)
{
    (void)state;
    struct transport_table *table = transport_table_create();
    struct transport_entry a = {.noted = 0}, b = {.noted = 0};
    transport_table_add(table, &a, "aaaaaaaa");
    transport_table_add(table, &b, "bbbbbbbb");
    assert_ptr_equal(by_ufrag(table, "aaaaaaaa"), &a);
    assert_ptr_equal(by_ufrag(table, "bbbbbbbb"), &b);
    assert_null(by_ufrag(table, "aaaaaaa"));
    assert_null(by_ufrag(table, "aaaaaaaaa"));
    assert_null(transport_table_by_ufrag(table, "aaaaaaaa", 0));

    transport_table_rename(table, &a, "cccccccc"); /* both, until the next */
    assert_ptr_equal(by_ufrag(table, "aaaaaaaa"), &a);
    assert_ptr_equal(by_ufrag(table, "cccccccc"), &a);
    transport_table_rename(table, &a, "dddddddd");
    assert_null(by_ufrag(table, "aaaaaaaa"));
    assert_ptr_equal(by_ufrag(table, "cccccccc"), &a);
    transport_table_rename(table, &a, "dddddddd"); /* no restart at all */
    assert_ptr_equal(by_ufrag(table, "cccccccc"), &a);

    transport_table_remove(table, &a);
    assert_null(by_ufrag(table, "cccccccc"));
    assert_null(by_ufrag(table, "dddddddd"));
    transport_table_remove(table, &b);
    transport_table_destroy(table);
}

static void who_proved_an_address_keeps_it(void **state)
{
    (void)state;
    struct transport_table *table = transport_table_create();
    struct transport_entry a = {.noted = 0}, b = {.noted = 0};
    transport_table_add(table, &a, "aaaaaaaa");
    transport_table_add(table, &b, "bbbbbbbb");
    assert_null(by_address(table, 1));
    note(table, &a, 1, false);
    assert_ptr_equal(by_address(table, 1), &a);
    note(table, &b, 1, false); /* nobody has proved it yet: the newer */
    assert_ptr_equal(by_address(table, 1), &b);
    note(table, &a, 1, true);
    note(table, &b, 1, false);
    assert_ptr_equal(by_address(table, 1), &a);
    note(table, &b, 1, true); /* the same address has another call now */
    assert_ptr_equal(by_address(table, 1), &b);
    const union latch_address other_port = address(1, 4001);
    assert_null(transport_table_by_address(table, &other_port));

    transport_table_remove(table, &b);
    assert_null(by_address(table, 1));
    transport_table_remove(table, &a);
    transport_table_destroy(table);
}

static void believed_ones_go_before_proved_ones(void **state)
{
    (void)state;
    struct transport_table *table = transport_table_create();
    struct transport_entry a = {.noted = 0};
    transport_table_add(table, &a, "aaaaaaaa");
    note(table, &a, 1, true);
    for (unsigned host = 2; host < 100; host++)
        note(table, &a, host, false);
    assert_ptr_equal(by_address(table, 1), &a);
    unsigned known = 0;
    for (unsigned host = 1; host < 100; host++)
        known += by_address(table, host) == &a;
    assert_int_equal(known, TRANSPORT_WAYS);
    assert_ptr_equal(by_address(table, 99), &a); /* the newest */
    const union latch_address nowhere = {.any.sa_family = AF_UNSPEC};
    transport_table_note(table, &a, &nowhere, true);
    for (unsigned host = 200; host < 220; host++) /* many that are proved: the newest */
        note(table, &a, host, true);
    assert_null(by_address(table, 1));
    assert_ptr_equal(by_address(table, 219), &a);
    transport_table_remove(table, &a);
    transport_table_destroy(table);
}

enum { MANY = 20000 };

static void many_share_the_buckets(void **state)
{
    (void)state;
    static struct transport_entry entries[MANY];
    char ufrag[ICE_LOCAL_UFRAG + 1];
    struct transport_table *table = transport_table_create();
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(ufrag, sizeof(ufrag), "%08u", i);
        transport_table_add(table, &entries[i], ufrag);
        note(table, &entries[i], i, i % 2);
    }
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(ufrag, sizeof(ufrag), "%08u", i);
        assert_ptr_equal(by_ufrag(table, ufrag), &entries[i]);
        assert_ptr_equal(by_address(table, i), &entries[i]);
    }
    for (unsigned i = 0; i < MANY; i += 2)
        transport_table_remove(table, &entries[i]);
    for (unsigned i = 0; i < MANY; i++)
        assert_ptr_equal(by_address(table, i), i % 2 ? &entries[i] : NULL);
    for (unsigned i = 1; i < MANY; i += 2)
        transport_table_remove(table, &entries[i]);
    transport_table_destroy(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_lead_to_entries),
        cmocka_unit_test(who_proved_an_address_keeps_it),
        cmocka_unit_test(believed_ones_go_before_proved_ones),
        cmocka_unit_test(many_share_the_buckets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
