/* test_api_deliveries.c - what waits for a webhook: in order, bounded, and there again after a
 * restart. */
#include "api/api_deliveries.h"

#include "server/store/store.h"
#include "tests/unit/temp_directory.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/raduno-test-deliveries-XXXXXX", found[256];
static struct store *store;
static struct api_deliveries list;

static int make(void **state)
{
    (void)state;
    char *why = NULL;
    if (temp_directory_make(directory) < 0 || store_open(directory, &store, &why) < 0)
        return -1;
    const struct store_webhook hook = {
        .id = "hook", .url = "", .events = "", .rooms = "", .secret = "", .enabled = true};
    list = (struct api_deliveries){.store = store, .webhook = "hook"};
    return store_webhook_put(store, &hook);
}

static int end(void **state)
{
    (void)state;
    api_deliveries_finish(&list);
    store_close(store);
    return temp_directory_end(directory);
}

static int add(const char *body)
{
    struct api_delivery *made;
    return api_deliveries_add(
        &list, &(struct api_delivery_plan){.message = "m", .event = "e", .body = body}, &made);
}

static void settle_next(enum api_delivery_state state)
{
    api_deliveries_settle(&list, api_deliveries_next(&list), state);
    api_deliveries_trim(&list);
}

static void on_row(void *context, const struct store_delivery *row)
{
    (void)context;
    assert_string_equal(row->webhook, "hook");
    strcat(found, row->body);
}

/* The bodies of what is in the store. */
static const char *kept(void)
{
    found[0] = '\0';
    assert_int_equal(store_deliveries_each(store, on_row, NULL), 0);
    return found;
}

static void waits_in_order(void **state)
{
    (void)state;
    assert_null(api_deliveries_next(&list));
    for (const char *body = "abc"; *body; body++)
        assert_int_equal(add((char[]){*body, '\0'}), 0);
    assert_int_equal(list.waiting, 3);
    assert_string_equal(api_deliveries_next(&list)->body, "a");
    settle_next(API_DELIVERY_FAILED);
    assert_string_equal(api_deliveries_next(&list)->body, "b");
    assert_int_equal(list.waiting, 2);
    assert_int_equal(list.first->state, API_DELIVERY_FAILED);
    assert_true(list.first->finished_ns >= list.first->created_ns);
}

static void keeps_what_waits_and_no_more(void **state)
{
    (void)state;
    add("a");
    add("b");
    settle_next(API_DELIVERY_DONE);
    assert_int_equal(api_deliveries_keep(&list), 0);
    assert_string_equal(kept(), "b");
    add("c");
    assert_int_equal(api_deliveries_keep(&list), 0);
    assert_int_equal(api_deliveries_keep(&list), 0);
    assert_string_equal(kept(), "bc");
    settle_next(API_DELIVERY_FAILED);
    assert_string_equal(kept(), "c");
    assert_int_equal(store_webhook_delete(store, "hook"), 0);
    assert_string_equal(kept(), "");
}

static void restore(void *context, const struct store_delivery *row)
{
    assert_int_equal(api_deliveries_restore(context, row), 0);
}

static void goes_on_after_a_restart(void **state)
{
    (void)state;
    struct api_deliveries next = {.store = store, .webhook = "hook"};
    add("a");
    add("b");
    const int64_t created_ns = list.first->created_ns;
    api_deliveries_keep(&list);
    api_deliveries_finish(&list);
    assert_string_equal(kept(), "ab");
    assert_int_equal(store_deliveries_each(store, restore, &next), 0);
    assert_int_equal(next.waiting, 2);
    assert_string_equal(next.first->message, "m");
    assert_string_equal(next.first->event, "e");
    assert_int_equal(next.first->created_ns, created_ns);
    assert_int_equal(api_deliveries_keep(&next), 0);
    assert_string_equal(kept(), "ab");
    api_deliveries_settle(&next, api_deliveries_next(&next), API_DELIVERY_DONE);
    assert_string_equal(kept(), "b");
    api_deliveries_finish(&next);
}

static void is_bounded(void **state)
{
    (void)state;
    for (unsigned i = 0; i < API_DELIVERIES_WAITING; i++)
        assert_int_equal(add("x"), 0);
    assert_int_equal(add("x"), -ENOSPC);
    assert_int_equal(list.lost, 1);
    for (unsigned i = 0; i < API_DELIVERIES_WAITING; i++)
        settle_next(API_DELIVERY_DONE);
    assert_int_equal(list.logged, API_DELIVERIES_LOGGED);
    unsigned count = 0;
    for (const struct api_delivery *at = list.first; at; at = at->next)
        count++;
    assert_int_equal(count, API_DELIVERIES_LOGGED);
    assert_int_equal(add("y"), 0);
    assert_string_equal(api_deliveries_next(&list)->body, "y");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(waits_in_order, make, end),
        cmocka_unit_test_setup_teardown(keeps_what_waits_and_no_more, make, end),
        cmocka_unit_test_setup_teardown(goes_on_after_a_restart, make, end),
        cmocka_unit_test_setup_teardown(is_bounded, make, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
