/* test_letter_list.c - messages wait, in their order, within their bounds, and survive. */
#include "server/account/letter_list.h"

#include "mixer/base/clock.h"
#include "server/store/store.h"
#include "tests/unit/temp_directory.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/raduno-test-letters-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return temp_directory_make(directory);
}

static int tear_down(void **state)
{
    (void)state;
    return temp_directory_end(directory);
}

static struct store *open_store(void)
{
    struct store *store = NULL;
    char *why = NULL;
    assert_int_equal(store_open(directory, &store, &why), 0);
    return store;
}

static struct letter_list *open_list(struct store *store, unsigned most)
{
    struct letter_list *list = NULL;
    assert_int_equal(letter_list_create(store, most, &list), 0);
    return list;
}

static int add(struct letter_list *list, const char *account, const char *text)
{
    return letter_list_add(list, &(struct letter){.account = account,
                                                  .from_uri = "sip:ann@example.com",
                                                  .from_name = "Ann",
                                                  .text = text});
}

struct taken {
    int64_t id;
    char text[64];
};

static void take(void *context, const struct letter *letter)
{
    struct taken *taken = context;
    taken->id = letter->id;
    snprintf(taken->text, sizeof(taken->text), "%s %s: %s", letter->from_uri, letter->from_name,
             letter->text);
}

static void assert_first(struct letter_list *list, const char *account, const char *text,
                         struct taken *taken)
{
    char expected[64];
    snprintf(expected, sizeof(expected), "sip:ann@example.com Ann: %s", text);
    assert_int_equal(letter_list_first(list, account, take, taken), 0);
    assert_string_equal(taken->text, expected);
}

static void letters_wait_in_their_order(void **state)
{
    (void)state;
    struct taken taken;
    struct store *store = open_store();
    struct letter_list *list = open_list(store, 2);
    assert_int_equal(letter_list_first(list, "dora", take, &taken), -ENOENT);
    assert_int_equal(add(list, "dora", "one\ntwo"), 0);
    assert_int_equal(add(list, "dora", "three"), 0);
    assert_int_equal(add(list, "dora", "four"), -ENOBUFS);
    assert_int_equal(add(list, "emil", "other"), 0); /* each account has its own bound */
    letter_list_destroy(list);
    store_close(store);

    store = open_store();
    list = open_list(store, 2);
    assert_first(list, "dora", "one\ntwo", &taken);
    assert_int_equal(letter_list_delete(list, taken.id), 0);
    assert_first(list, "dora", "three", &taken);
    assert_first(list, "emil", "other", &taken);
    letter_list_destroy(list);
    store_close(store);
}

static void an_account_takes_its_letters_along(void **state)
{
    (void)state;
    struct taken taken;
    struct store *store = open_store();
    struct letter_list *list = open_list(store, 9);
    const struct store_account dora = {.name = "dora",
                                       .realm = "r",
                                       .md5 = "",
                                       .sha256 = "",
                                       .display_name = "",
                                       .srtp = "default",
                                       .number = "",
                                       .smime = "optional",
                                       .certificate = "",
                                       .forwarding = "none",
                                       .forward_to = "",
                                       .forward_when = "always"};
    assert_int_equal(store_account_put(store, &dora), 0);
    assert_int_equal(add(list, "dora", "one"), 0);
    assert_int_equal(store_account_put(store, &dora), 0); /* changed: they stay */
    assert_first(list, "dora", "one", &taken);
    assert_int_equal(store_account_delete(store, "dora"), 0);
    assert_int_equal(letter_list_first(list, "dora", take, &taken), -ENOENT);
    letter_list_destroy(list);
    store_close(store);
}

struct noted {
    enum letter_kind kind;
    char message_id[16];
};

static void note(void *context, const struct letter *letter)
{
    struct noted *noted = context;
    noted->kind = letter->kind;
    snprintf(noted->message_id, sizeof(noted->message_id), "%s", letter->message_id);
}

static void what_it_is_and_is_called_stays_so(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct letter_list *list = open_list(store, 10);
    struct noted noted;
    assert_int_equal(add(list, "alice", "hi"), 0);
    assert_int_equal(letter_list_add(list, &(struct letter){.account = "bob",
                                                            .from_uri = "sip:ann@example.com",
                                                            .from_name = "",
                                                            .text = "<file/>",
                                                            .kind = LETTER_NOTICE,
                                                            .message_id = "m1"}),
                     0);
    assert_int_equal(letter_list_first(list, "alice", note, &noted), 0);
    assert_int_equal(noted.kind, LETTER_TEXT);
    assert_string_equal(noted.message_id, "");
    assert_int_equal(letter_list_first(list, "bob", note, &noted), 0);
    assert_int_equal(noted.kind, LETTER_NOTICE);
    assert_string_equal(noted.message_id, "m1");
    letter_list_destroy(list);
    store_close(store);
}

static void what_is_old_is_forgotten(void **state)
{
    (void)state;
    struct taken taken;
    struct store *store = open_store();
    const int64_t day_ns = 24 * 3600 * CLOCK_NS_PER_S;
    struct store_letter old = {.account = "dora",
                               .time_ns = clock_wall_ns() - (LETTER_KEPT_DAYS + 1) * day_ns,
                               .from_uri = "sip:ann@example.com",
                               .from_name = "Ann",
                               .text = "old"};
    assert_int_equal(store_letter_add(store, &old), 0);
    old.time_ns += 2 * day_ns;
    old.text = "new";
    assert_int_equal(store_letter_add(store, &old), 0);
    struct letter_list *list = open_list(store, 9);
    assert_first(list, "dora", "new", &taken);
    letter_list_destroy(list);
    store_close(store);
}

static void none_are_kept_where_that_is_off(void **state)
{
    (void)state;
    struct taken taken;
    struct letter_list *list = open_list(NULL, 9);
    assert_int_equal(add(list, "dora", "one"), -ENOSYS);
    assert_int_equal(letter_list_first(list, "dora", take, &taken), -ENOENT);
    letter_list_destroy(list);
    struct store *store = open_store();
    list = open_list(store, 0);
    assert_int_equal(add(list, "dora", "one"), -ENOSYS);
    letter_list_destroy(list);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(letters_wait_in_their_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_account_takes_its_letters_along, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_it_is_and_is_called_stays_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_old_is_forgotten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(none_are_kept_where_that_is_off, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
