/* test_store_call_record.c - records found by filter, newest first, and forgotten in time. */
#include "server/store/store.h"
#include "tests/unit/temp_directory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/raduno-test-records-XXXXXX", found[256];
static struct store *store;

static int make(void **state)
{
    (void)state;
    char *why = NULL;
    return temp_directory_make(directory) < 0 ? -1 : store_open(directory, &store, &why);
}

static int end(void **state)
{
    (void)state;
    store_close(store);
    return temp_directory_end(directory);
}

static void put(const char *room, const char *uri, int64_t ended_ns, const char *json)
{
    const struct store_call_record record = {
        .participant = "p", .room = room, .uri = uri, .ended_ns = ended_ns, .json = json};
    assert_int_equal(store_call_record_put(store, &record), 0);
}

static void add(void *context, const struct store_call_record *record)
{
    (void)context;
    assert_true(record->id > 0);
    assert_string_equal(record->participant, "p");
    strcat(found, record->json);
}

/* The JSON of those that fit, one behind the other. */
static const char *ask(struct store_call_filter filter)
{
    found[0] = '\0';
    if (!filter.most)
        filter.most = 100;
    assert_int_equal(store_call_records_each(store, &filter, add, NULL), 0);
    return found;
}

static void finds_by_filter(void **state)
{
    (void)state;
    put("blue", "sip:a", 10, "1");
    put("red", "sip:b", 20, "2");
    put("blue", "sip:b", 30, "3");
    put("blue", "sip:a", 40, "4");
    assert_string_equal(ask((struct store_call_filter){0}), "4321");
    assert_string_equal(ask((struct store_call_filter){.most = 2}), "43");
    assert_string_equal(ask((struct store_call_filter){.below_id = 3}), "21");
    assert_string_equal(ask((struct store_call_filter){.room = "blue"}), "431");
    assert_string_equal(ask((struct store_call_filter){.uri = "sip:b"}), "32");
    assert_string_equal(ask((struct store_call_filter){.room = "blue", .uri = "sip:b"}), "3");
    assert_string_equal(ask((struct store_call_filter){.from_ns = 20, .to_ns = 40}), "32");
    assert_string_equal(ask((struct store_call_filter){.room = "' OR 1"}), "");
}

static void forgets_the_old_and_what_is_too_much(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 9; i++) {
        char json[2] = {(char)('0' + i)};
        put("blue", "sip:a", i * 10, json);
    }
    assert_int_equal(store_call_records_prune(store, 30, 100), 0);
    assert_string_equal(ask((struct store_call_filter){0}), "9876543");
    assert_int_equal(store_call_records_prune(store, 0, 4), 0);
    assert_string_equal(ask((struct store_call_filter){0}), "9876");
    assert_int_equal(store_call_records_prune(store, INT64_MAX, 100), 0);
    assert_string_equal(ask((struct store_call_filter){0}), "");
    assert_int_equal(store_call_records_prune(store, INT64_MAX, 100), 0);
    put("blue", "sip:a", 100, "a");
    assert_string_equal(ask((struct store_call_filter){.below_id = 11}), "a"); /* ids go on */
    assert_string_equal(ask((struct store_call_filter){.below_id = 10}), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_by_filter, make, end),
        cmocka_unit_test_setup_teardown(forgets_the_old_and_what_is_too_much, make, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
