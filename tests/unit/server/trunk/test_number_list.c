/* test_number_list.c - numbers that lead somewhere, and that outlive the process. */
#include "server/trunk/number_list.h"

#include "tests/unit/server/trunk/store_in.h"

#include <errno.h>
#include <stdio.h>

static int put(struct number_list *list, const char *pattern, enum number_target leads_to,
               const char *target)
{
    struct number number = {.leads_to = leads_to, .note = "of sales", .language = "it"};
    snprintf(number.pattern, sizeof(number.pattern), "%s", pattern);
    snprintf(number.target, sizeof(number.target), "%s", target);
    return number_list_put(list, &number);
}

static const char *target_of(const struct number_list *list, const char *dialled)
{
    const struct number *number = number_list_match(list, dialled);
    return number ? number->target : "nowhere";
}

static void the_one_that_says_most_counts(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct number_list *list;
    assert_int_equal(number_list_create(store, &list), 0);
    assert_int_equal(put(list, "+4930.", NUMBER_TO_ROOM, "all"), 0);
    assert_int_equal(put(list, "+4930123XX", NUMBER_TO_ROOM, "block"), 0);
    assert_int_equal(put(list, "+493012345", NUMBER_TO_ACCOUNT, "one"), 0);
    assert_string_equal(target_of(list, "+493012345"), "one");
    assert_string_equal(target_of(list, "+493012346"), "block");
    assert_string_equal(target_of(list, "+49309"), "all");
    assert_string_equal(target_of(list, "+4940"), "nowhere");
    assert_string_equal(target_of(list, "+4930."),
                        "all"); /* a pattern is dialled: as a number */
    assert_int_equal(number_list_delete(list, "+493012345"), 0);
    assert_int_equal(number_list_delete(list, "+493012345"), -ENOENT);
    assert_string_equal(target_of(list, "+493012345"), "block");
    number_list_destroy(list);
    store_close(store);
}

static void outlives_the_process(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct number_list *list;
    assert_int_equal(number_list_create(store, &list), 0);
    assert_int_equal(put(list, "22", NUMBER_TO_ROOM, "blue"), 0);
    assert_int_equal(put(list, "11", NUMBER_TO_ACCOUNT, "alice"), 0);
    assert_int_equal(put(list, "22", NUMBER_TO_ROOM, "green"), 0); /* another target */
    number_list_destroy(list);
    assert_int_equal(number_list_create(store, &list), 0);
    const struct number *first = number_list_above(list, "");
    assert_string_equal(first->pattern, "11");
    assert_int_equal(first->leads_to, NUMBER_TO_ACCOUNT);
    const struct number *second = number_list_above(list, "11");
    assert_string_equal(second->target, "green");
    assert_string_equal(second->note, "of sales");
    assert_string_equal(second->language, "it");
    assert_null(number_list_above(list, "22"));
    assert_non_null(number_list_find(list, "22"));
    number_list_destroy(list);
    store_close(store);
}

static void refuses_what_leads_nowhere(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct number_list *list;
    assert_int_equal(number_list_create(store, &list), 0);
    assert_int_equal(put(list, "1.2", NUMBER_TO_ROOM, "blue"), -EINVAL);
    assert_int_equal(put(list, "12", NUMBER_TO_ROOM, ""), -EINVAL);
    assert_int_equal(put(list, "12", NUMBER_TO_ROOM, "a b"), -EINVAL);
    struct number number = {.pattern = "12", .leads_to = NUMBER_TO_MENU, .language = "../it"};
    assert_int_equal(number_list_put(list, &number), -EINVAL);
    assert_null(number_list_above(list, ""));
    number_list_destroy(list);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_one_that_says_most_counts, make_directory,
                                        remove_directory),
        cmocka_unit_test_setup_teardown(outlives_the_process, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(refuses_what_leads_nowhere, make_directory,
                                        remove_directory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
