/* test_trunk_list.c - lines, overflow, sources, health, and what is kept. */
#include "server/trunk/trunk_list.h"

#include "tests/unit/server/trunk/store_in.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

struct heard {
    struct trunk_listener listener;
    unsigned count[TRUNK_EVENT_FULL + 1];
};

static void on_event(void *context, enum trunk_event_kind kind, struct trunk *trunk)
{
    (void)trunk;
    ((struct heard *)context)->count[kind]++;
}

static struct trunk *add(struct trunk_list *list, const char *name, unsigned lines,
                         unsigned order)
{
    struct trunk_settings settings;
    struct trunk *trunk;
    trunk_settings_defaults(&settings);
    settings.lines = lines;
    settings.order = order;
    settings.numbers = 1;
    strcpy(settings.number[0], "+49.");
    settings.gateways = 1;
    strcpy(settings.gateway[0].uri, "sip:192.0.2.1");
    assert_int_equal(trunk_list_add(list, name, &settings, "secret", &trunk), 0);
    return trunk;
}

static void set_lines(struct trunk *trunk, unsigned lines)
{
    struct trunk_settings settings = trunk->settings;
    settings.lines = lines;
    assert_int_equal(trunk_change(trunk, &settings, NULL), 0);
}

static void lines_change_under_calls(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct trunk_list *list;
    assert_int_equal(trunk_list_create(store, &list), 0);
    struct heard heard = {.listener = {.on_event = on_event, .context = &heard}};
    trunk_list_listen(list, &heard.listener);
    struct trunk *trunk = add(list, "a", 2, 1);
    assert_int_equal(trunk_take_line_in(trunk), 0);
    assert_int_equal(trunk_take_line_in(trunk), 0);
    assert_int_equal(heard.count[TRUNK_EVENT_FULL], 1);
    assert_int_equal(trunk_take_line_in(trunk), -EBUSY);
    set_lines(trunk, 5);
    for (int i = 0; i < 3; i++)
        assert_int_equal(trunk_take_line_in(trunk), 0);
    assert_int_equal(trunk_take_line_in(trunk), -EBUSY);
    set_lines(trunk, 1);
    assert_int_equal(trunk->lines_in, 5);
    for (int i = 0; i < 4; i++) {
        trunk_give_line(trunk, false, "");
        assert_int_equal(trunk_take_line_in(trunk), -EBUSY);
    }
    trunk_give_line(trunk, false, "");
    assert_int_equal(trunk_take_line_in(trunk), 0);
    trunk_give_line(trunk, false, "");
    trunk_list_unlisten(list, &heard.listener);
    trunk_list_destroy(list);
    store_close(store);
}

static void what_is_full_overflows(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct trunk_list *list;
    assert_int_equal(trunk_list_create(store, &list), 0);
    struct trunk *second = add(list, "a", 1, 20), *first = add(list, "b", 1, 10), *got = NULL;
    assert_int_equal(trunk_list_take_line(list, "+391", "blue", 0, NULL, &got), -ENOENT);
    assert_int_equal(trunk_list_take_line(list, "+491", "blue", 0, NULL, &got), 0);
    assert_ptr_equal(got, first);
    assert_int_equal(trunk_list_take_line(list, "+491", "blue", 0, NULL, &got), 0);
    assert_ptr_equal(got, second);
    assert_int_equal(trunk_list_take_line(list, "+491", "blue", 0, NULL, &got), -EBUSY);
    trunk_give_line(second, true, "blue");
    struct trunk_settings settings = first->settings;
    settings.overflow = false;
    assert_int_equal(trunk_change(first, &settings, NULL), 0);
    assert_int_equal(trunk_list_take_line(list, "+491", "blue", 0, NULL, &got), -EBUSY);
    assert_int_equal(trunk_list_take_line(list, "+491", "blue", 0, first, &got), 0);
    assert_ptr_equal(got, second);
    settings.enabled = false;
    trunk_give_line(second, true, "blue");
    trunk_give_line(first, true, "blue");
    assert_int_equal(trunk_change(first, &settings, NULL), 0);
    assert_int_equal(trunk_change(second, &settings, NULL), 0);
    assert_int_equal(trunk_list_take_line(list, "+491", "blue", 0, NULL, &got), -ENOENT);
    trunk_list_destroy(list);
    store_close(store);
}

static void the_smallest_network_counts(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct trunk_list *list;
    struct sockaddr_in from = {.sin_family = AF_INET};
    assert_int_equal(trunk_list_create(store, &list), 0);
    struct trunk *wide = add(list, "wide", 0, 1), *narrow = add(list, "narrow", 0, 1);
    struct trunk_settings settings = wide->settings;
    settings.networks = 1;
    strcpy(settings.network[0], "10.0.0.0/8");
    assert_int_equal(trunk_change(wide, &settings, NULL), 0);
    strcpy(settings.network[0], "10.1.0.0/16");
    assert_int_equal(trunk_change(narrow, &settings, NULL), 0);
    inet_pton(AF_INET, "10.1.2.3", &from.sin_addr);
    assert_ptr_equal(trunk_list_of_source(list, (struct sockaddr *)&from), narrow);
    settings.enabled = false;
    assert_int_equal(trunk_change(narrow, &settings, NULL), 0);
    assert_ptr_equal(trunk_list_of_source(list, (struct sockaddr *)&from), wide);
    inet_pton(AF_INET, "192.0.2.1", &from.sin_addr);
    assert_null(trunk_list_of_source(list, (struct sockaddr *)&from));
    trunk_list_destroy(list);
    store_close(store);
}

static void is_up_while_something_answers(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct trunk_list *list;
    assert_int_equal(trunk_list_create(store, &list), 0);
    struct heard heard = {.listener = {.on_event = on_event, .context = &heard}};
    trunk_list_listen(list, &heard.listener);
    struct trunk *trunk = add(list, "a", 0, 1);
    const struct trunk_endpoint two[] = {{.uri = "sip:192.0.2.1"}, {.uri = "sip:192.0.2.2"}};
    trunk_set_endpoints(trunk, two, 2);
    trunk_set_health(trunk, "sip:192.0.2.1", TRUNK_HEALTH_DOWN);
    assert_true(trunk_is_up(trunk));
    assert_int_equal(trunk_next_endpoint(trunk, 0, 0), 1);
    assert_int_equal(trunk_next_endpoint(trunk, 2, 0), 0); /* better than nothing */
    assert_int_equal(trunk_next_endpoint(trunk, 3, 0), -1);
    trunk_set_health(trunk, "sip:192.0.2.2", TRUNK_HEALTH_DOWN);
    assert_false(trunk_is_up(trunk));
    assert_int_equal(heard.count[TRUNK_EVENT_DOWN], 1);
    trunk_set_endpoints(trunk, two, 2); /* DNS was asked again: health stays */
    assert_false(trunk_is_up(trunk));
    trunk_set_health(trunk, "sip:192.0.2.2", TRUNK_HEALTH_UP);
    assert_int_equal(heard.count[TRUNK_EVENT_UP], 1);
    struct trunk_settings settings = trunk->settings;
    strcpy(settings.registrar, "sip:192.0.2.1");
    strcpy(settings.username, "u");
    assert_int_equal(trunk_change(trunk, &settings, NULL), 0);
    assert_false(trunk_is_up(trunk));
    assert_ptr_equal(trunk_list_of_contact(list, trunk->contact), trunk);
    trunk_set_registration(trunk, "sip:192.0.2.1", TRUNK_REGISTRATION_UP, "");
    assert_true(trunk_is_up(trunk));
    assert_int_equal(heard.count[TRUNK_EVENT_UP], 2);
    settings.more_registrars = 1; /* the one of more that is up is enough */
    strcpy(settings.more_registrar[0], "sip:192.0.2.2");
    assert_int_equal(trunk_change(trunk, &settings, NULL), 0);
    assert_int_equal(trunk->registrar[0].state, TRUNK_REGISTRATION_UP);
    assert_int_equal(trunk->registrar[1].state, TRUNK_REGISTRATION_TRYING);
    trunk_set_registration(trunk, "sip:192.0.2.1", TRUNK_REGISTRATION_FAILED, "no answer");
    assert_int_equal(trunk->registration, TRUNK_REGISTRATION_TRYING);
    assert_false(trunk_is_up(trunk));
    trunk_set_registration(trunk, "sip:192.0.2.2", TRUNK_REGISTRATION_UP, "");
    assert_true(trunk_is_up(trunk));
    assert_string_equal(trunk->registration_detail, "");
    trunk_set_registration(trunk, "sip:192.0.2.9", TRUNK_REGISTRATION_FAILED, "of nobody");
    strcpy(settings.registrar, "sip:192.0.2.2"); /* stays, in another place */
    settings.more_registrars = 0;
    assert_int_equal(trunk_change(trunk, &settings, NULL), 0);
    assert_int_equal(trunk->registrars, 1);
    assert_true(trunk_is_up(trunk));
    trunk_set_registration(trunk, "sip:192.0.2.2", TRUNK_REGISTRATION_FAILED, "403 No");
    assert_false(trunk_is_up(trunk));
    assert_string_equal(trunk->registration_detail, "403 No");
    trunk_list_unlisten(list, &heard.listener);
    trunk_list_destroy(list);
    store_close(store);
}

static void outlives_the_process_and_its_deletion(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct trunk_list *list;
    struct trunk *other;
    assert_int_equal(trunk_list_create(store, &list), 0);
    add(list, "b", 3, 1);
    add(list, "a", 4, 1);
    struct trunk_settings settings = trunk_list_find(list, "a")->settings;
    assert_int_equal(trunk_list_add(list, "a", &settings, "", &other), -EEXIST);
    assert_int_equal(trunk_list_add(list, "a/b", &settings, "", &other), -EINVAL);
    trunk_list_destroy(list);
    assert_int_equal(trunk_list_create(store, &list), 0);
    struct trunk *trunk = trunk_list_above(list, "");
    assert_string_equal(trunk->name, "a");
    assert_string_equal(trunk->password, "secret");
    assert_int_equal(trunk->settings.lines, 4);
    assert_true(trunk->created_ns > 0);
    assert_string_equal(trunk_list_above(list, "a")->name, "b");
    assert_int_equal(trunk_take_line_in(trunk), 0);
    assert_int_equal(trunk_delete(trunk), 0);
    assert_null(trunk_list_find(list, "a"));
    assert_int_equal(trunk->lines_in, 1); /* its call goes on */
    trunk_give_line(trunk, false, "");
    trunk_list_destroy(list);
    store_close(store);
}

static int take(struct trunk_list *list, const char *room, int64_t now_s)
{
    struct trunk *trunk = NULL;
    int error = trunk_list_take_line(list, "+4930", room, now_s, NULL, &trunk);
    if (!error)
        trunk_give_line(trunk, true, room);
    return error;
}

static void counts_of_the_day_outlive_the_process(void **state)
{
    (void)state;
    enum { TODAY_S = 40 * 86400 };
    struct store *store = open_store();
    struct trunk_list *list;
    assert_int_equal(trunk_list_create(store, &list), 0);
    struct trunk *trunk = add(list, "a", 0, 1);
    struct trunk_settings settings = trunk->settings;
    settings.budget.per_room_day = 2;
    assert_int_equal(trunk_change(trunk, &settings, NULL), 0);
    assert_int_equal(take(list, "blue", TODAY_S), 0);
    trunk_list_keep_counts(list);
    trunk_list_keep_counts(list);
    assert_int_equal(take(list, "blue", TODAY_S), 0);
    trunk_list_destroy(list); /* which keeps the second */

    assert_int_equal(trunk_list_create(store, &list), 0);
    assert_int_equal(take(list, "blue", TODAY_S), -EDQUOT);
    assert_int_equal(take(list, "green", TODAY_S), 0);
    trunk = trunk_list_find(list, "a");
    assert_int_equal(trunk_change(trunk, &settings, NULL), 0); /* as it is replaced */
    trunk_list_destroy(list);

    assert_int_equal(trunk_list_create(store, &list), 0);
    assert_int_equal(trunk_list_find(list, "a")->budget.today, 3);
    assert_int_equal(take(list, "blue", TODAY_S + 86400), 0);
    trunk_list_destroy(list);
    assert_int_equal(trunk_list_create(store, &list), 0);
    trunk = trunk_list_find(list, "a");
    assert_int_equal(trunk->budget.today, 1);
    assert_int_equal(trunk->budget.count, 1); /* yesterday's are forgotten */
    assert_int_equal(trunk_delete(trunk), 0);
    add(list, "a", 0, 1);
    trunk_list_destroy(list);
    assert_int_equal(trunk_list_create(store, &list), 0);
    assert_int_equal(trunk_list_find(list, "a")->budget.today, 0); /* another of that name */
    trunk_list_destroy(list);
    store_close(store);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)
    const struct CMUnitTest tests[] = {TEST(lines_change_under_calls),
                                       TEST(what_is_full_overflows),
                                       TEST(the_smallest_network_counts),
                                       TEST(is_up_while_something_answers),
                                       TEST(outlives_the_process_and_its_deletion),
                                       TEST(counts_of_the_day_outlive_the_process)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
