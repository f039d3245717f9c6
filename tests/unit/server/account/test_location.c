/* test_location.c - bindings come, are the same again, grow old, and survive. */
#include "server/account/location.h"

#include "mixer/base/clock.h"
#include "server/store/store.h"
#include "tests/unit/temp_directory.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

enum { EACH = 3, MOST = 6 };

static char directory[] = "/tmp/raduno-test-location-XXXXXX";
static unsigned changes[LOCATION_LOST + 1];

static void on_change(void *context, enum location_change change, const struct binding *binding)
{
    (void)context;
    assert_non_null(binding->account);
    changes[change]++;
}

static const struct location_config plain = {
    .most = MOST, .most_each = EACH, .on_change = on_change};

static int set_up(void **state)
{
    (void)state;
    memset(changes, 0, sizeof(changes));
    return temp_directory_make(directory);
}

static int tear_down(void **state)
{
    (void)state;
    return temp_directory_end(directory);
}

static struct location *open_plain(void)
{
    struct location *location;
    assert_int_equal(location_create(&plain, 0, &location), 0);
    return location;
}

/* One contact, named by @p uri; @p instance "" for an old phone. */
static int put(struct location *location, const char *account, const char *uri,
               unsigned expires_s, struct location_request how, int64_t now_ns)
{
    const struct location_contact contact = {.uri = uri,
                                             .key = uri,
                                             .instance = how.path ? how.path : "",
                                             .reg_id = how.path ? 1 : 0,
                                             .q = 1000,
                                             .expires_s = expires_s};
    const struct location_request request = {.account = account,
                                             .call_id = how.call_id ? how.call_id : uri,
                                             .path = "",
                                             .flow = how.flow ? how.flow : "sip:192.0.2.1:5060",
                                             .user_agent = "",
                                             .cseq = how.cseq,
                                             .count = 1,
                                             .contact = &contact};
    return location_register(location, &request, now_ns);
}

#define PUT(uri, expires_s, ...)                                                               \
    put(location, "alice", uri, expires_s, (struct location_request){__VA_ARGS__}, 0)

static int ask_all(struct location *location, const char *call_id, uint32_t cseq)
{
    const struct location_request request = {.account = "alice",
                                             .call_id = call_id,
                                             .path = "",
                                             .flow = "",
                                             .user_agent = "",
                                             .cseq = cseq,
                                             .is_all = true};
    return location_register(location, &request, 0);
}

static void the_same_contact_is_one_binding(void **state)
{
    (void)state;
    struct location *location = open_plain();
    char id[LOCATION_ID_BYTES];
    assert_int_equal(PUT("sip:a@1", 60, .cseq = 1), 0);
    strcpy(id, location_first(location, "alice")->id);
    assert_int_equal(strlen(id), LOCATION_ID_BYTES - 1);
    assert_int_equal(PUT("sip:a@1", 60, .cseq = 2), 0);
    assert_int_equal(location_count(location, "alice"), 1);
    assert_string_equal(location_first(location, "alice")->id, id);
    assert_int_equal(PUT("sip:a@1", 60, .cseq = 3, .flow = "sip:192.0.2.9:1"), 0);
    assert_string_equal(location_first(location, "alice")->flow, "sip:192.0.2.9:1");
    assert_int_equal(changes[LOCATION_ADDED], 1);
    assert_int_equal(changes[LOCATION_REFRESHED], 1);
    assert_int_equal(changes[LOCATION_MOVED], 1);
    assert_int_equal(PUT("sip:a@1", 0, .cseq = 4), 0);
    assert_null(location_first(location, "alice"));
    assert_int_equal(location_total(location), 0);
    assert_int_equal(changes[LOCATION_REMOVED], 1);
    assert_int_equal(PUT("sip:a@1", 0, .cseq = 5), 0); /* is not there: nothing to do */
    location_destroy(location);
}

/* RFC 3261 section 10.3: requests that overtook each other. */
static void what_is_older_changes_nothing(void **state)
{
    (void)state;
    struct location *location = open_plain();
    assert_int_equal(PUT("sip:a@1", 60, .cseq = 5, .call_id = "one"), 0);
    assert_int_equal(PUT("sip:a@1", 60, .cseq = 5, .call_id = "one"), -EALREADY);
    assert_int_equal(PUT("sip:a@1", 0, .cseq = 4, .call_id = "one"), -EALREADY);
    assert_int_equal(ask_all(location, "one", 5), -EALREADY);
    assert_int_equal(location_count(location, "alice"), 1);
    assert_int_equal(PUT("sip:a@1", 60, .cseq = 1, .call_id = "two"), 0); /* it was restarted */
    assert_int_equal(PUT("sip:b@1", 60, .cseq = 1, .call_id = "three"), 0);
    assert_int_equal(ask_all(location, "two", 2), 0);
    assert_int_equal(location_count(location, "alice"), 0);
    location_destroy(location);
}

/* RFC 5626: a phone that has another address now is the same phone. */
static void an_instance_replaces_itself(void **state)
{
    (void)state;
    struct location *location = open_plain();
    assert_int_equal(PUT("sip:a@1", 60, .cseq = 1, .call_id = "x", .path = "<urn:uuid:1>"), 0);
    assert_int_equal(PUT("sip:a@2", 60, .cseq = 1, .call_id = "y", .path = "<urn:uuid:1>"), 0);
    assert_int_equal(location_count(location, "alice"), 1);
    assert_string_equal(location_first(location, "alice")->uri, "sip:a@2");
    assert_int_equal(PUT("sip:a@2", 60, .cseq = 1, .call_id = "z", .path = "<urn:uuid:2>"), 0);
    assert_int_equal(location_count(location, "alice"), 2);
    location_destroy(location);
}

static void limits_hold_and_nothing_is_half_done(void **state)
{
    (void)state;
    struct location *location = open_plain();
    char uri[16], longest[LOCATION_TEXT_BYTES + 1] = "";
    for (unsigned i = 0; i < EACH; i++) {
        snprintf(uri, sizeof(uri), "sip:a@%u", i);
        assert_int_equal(PUT(uri, 60, .cseq = 1), 0);
    }
    assert_int_equal(PUT("sip:a@9", 60, .cseq = 1), -EUSERS);
    assert_int_equal(PUT("sip:a@1", 60, .cseq = 2), 0); /* no new one */
    const struct location_contact both[] = {
        {.uri = "sip:a@0", .key = "sip:a@0", .instance = ""},
        {.uri = "sip:a@9", .key = "sip:a@9", .instance = "", .expires_s = 60},
    };
    const struct location_request request = {.account = "alice",
                                             .call_id = "x",
                                             .path = "",
                                             .flow = "",
                                             .user_agent = "",
                                             .cseq = 1,
                                             .count = 2,
                                             .contact = both};
    assert_int_equal(location_register(location, &request, 0), -EUSERS);
    assert_int_equal(location_count(location, "alice"), EACH);
    for (unsigned i = 0; i < MOST - EACH; i++) {
        snprintf(uri, sizeof(uri), "u%u", i);
        assert_int_equal(put(location, uri, "sip:a@1", 60, (struct location_request){0}, 0), 0);
    }
    assert_int_equal(put(location, "more", "sip:a@1", 60, (struct location_request){0}, 0),
                     -ENOSPC);
    assert_null(location_first(location, "more"));
    memset(longest, 'x', LOCATION_TEXT_BYTES);
    assert_int_equal(PUT(longest, 60, .cseq = 1), -EMSGSIZE);
    location_destroy(location);
}

static void the_preferred_is_first(void **state)
{
    (void)state;
    struct location *location = open_plain();
    const struct location_contact three[] = {
        {.uri = "b", .key = "b", .instance = "", .q = 500, .expires_s = 60},
        {.uri = "c", .key = "c", .instance = "", .q = 100, .expires_s = 60},
        {.uri = "a", .key = "a", .instance = "", .q = 1000, .expires_s = 60},
    };
    const struct location_request request = {.account = "alice",
                                             .call_id = "x",
                                             .path = "",
                                             .flow = "",
                                             .user_agent = "",
                                             .cseq = 1,
                                             .count = 3,
                                             .contact = three};
    assert_int_equal(location_register(location, &request, 0), 0);
    char order[4] = "";
    for (const struct binding *each = location_first(location, "alice"); each;
         each = each->next)
        strcat(order, each->uri);
    assert_string_equal(order, "abc");
    assert_true(location_remove(location, "alice", location_first(location, "alice")->id));
    assert_false(location_remove(location, "alice", "nonsense"));
    assert_false(location_remove(location, "bob", "nonsense"));
    location_remove_all(location, "alice");
    location_remove_all(location, "alice");
    assert_int_equal(location_total(location), 0);
    location_destroy(location);
}

static bool is_lost(void *context, const struct binding *binding)
{
    return strstr(binding->flow, context) != NULL;
}

static void the_lost_are_gone_and_the_others_stay(void **state)
{
    (void)state;
    static char gone[] = "gone";
    enum { MANY = 5000 }; /* of which all but a few go at once */
    struct location_config config = plain;
    struct location *location;
    config.most = MANY;
    assert_int_equal(location_create(&config, 0, &location), 0);
    for (unsigned i = 0; i < MANY; i++) {
        char name[16];
        struct location_request how = {.flow = i % 10 ? "sip:gone" : "sip:there"};
        snprintf(name, sizeof(name), "u%u", i / 2);
        assert_int_equal(put(location, name, i % 2 ? "sip:a@1" : "sip:a@2",
                             60 + (unsigned)rand() % 500, how, 0),
                         0);
    }
    location_lose(location, "nobody", is_lost, gone);
    location_lose(location, "u0", is_lost, gone);
    assert_int_equal(location_count(location, "u0"), 1);
    location_lose(location, "u1", is_lost, gone);
    assert_null(location_first(location, "u1"));
    assert_int_equal(changes[LOCATION_LOST], 3);
    location_lose_all(location, is_lost, gone);
    assert_int_equal(location_total(location), MANY / 10);
    assert_int_equal(changes[LOCATION_LOST], MANY - MANY / 10);
    location_expire(location, 600 * CLOCK_NS_PER_S);
    assert_int_equal(changes[LOCATION_EXPIRED], MANY / 10);
    location_destroy(location);
}

static void a_phone_with_two_flows_is_one(void **state)
{
    (void)state;
    const struct binding old = {.instance = "", .reg_id = 0};
    struct binding second = {.instance = "<urn:uuid:1>", .reg_id = 2, .next = NULL};
    struct binding other = {.instance = "<urn:uuid:2>", .reg_id = 1, .next = &second};
    struct binding nameless = old, plain_one = old;
    struct binding first = {.instance = "<urn:uuid:1>", .reg_id = 1, .next = &other};
    plain_one.next = &first;
    nameless.next = &plain_one;
    assert_false(location_is_other_flow(&nameless, &nameless));
    assert_false(location_is_other_flow(&nameless, &plain_one));
    assert_false(location_is_other_flow(&nameless, &first));
    assert_false(location_is_other_flow(&nameless, &other));
    assert_true(location_is_other_flow(&nameless, &second));
    assert_false(location_is_other_flow(&other, &second));
}

/* Against a plain list: many accounts, refreshed at random, expire when they have to. */
static void all_expire_in_time(void **state)
{
    (void)state;
    enum { MANY = 500, STEPS = 4000 };
    static int64_t due_s[MANY];
    const struct location_config config = {.most = MANY, .most_each = 1};
    struct location *location;
    assert_int_equal(location_create(&config, 0, &location), 0);
    memset(due_s, 0, sizeof(due_s));
    srand(1);
    for (int64_t now_s = 1; now_s <= STEPS; now_s++) {
        char name[16];
        unsigned who = (unsigned)rand() % MANY, for_s = (unsigned)rand() % 300;
        snprintf(name, sizeof(name), "u%u", who);
        struct location_request how = {.cseq = (uint32_t)now_s};
        assert_int_equal(put(location, name, "sip:a@1", for_s, how, now_s * CLOCK_NS_PER_S), 0);
        due_s[who] = for_s ? now_s + for_s : 0;
        location_expire(location, now_s * CLOCK_NS_PER_S);
        unsigned left = 0;
        for (unsigned i = 0; i < MANY; i++)
            left += due_s[i] > now_s;
        assert_int_equal(location_total(location), left);
    }
    location_expire(location, (STEPS + 301LL) * CLOCK_NS_PER_S);
    assert_int_equal(location_total(location), 0);
    location_destroy(location);
}

static void survives(void **state)
{
    (void)state;
    struct store *store;
    struct location *location;
    char *why;
    assert_int_equal(store_open(directory, &store, &why), 0);
    struct location_config config = plain;
    config.store = store;
    assert_int_equal(location_create(&config, 0, &location), 0);
    assert_int_equal(PUT("sip:a@1", 60, .cseq = 7, .call_id = "one", .path = "<urn:uuid:1>"),
                     0);
    assert_int_equal(PUT("sip:a@2", 3600, .cseq = 1), 0);
    assert_int_equal(PUT("sip:a@3", 3600, .cseq = 1), 0);
    assert_int_equal(PUT("sip:a@3", 0, .cseq = 2), 0);
    char id[LOCATION_ID_BYTES];
    strcpy(id, location_first(location, "alice")->id);
    location_destroy(location);
    const int64_t start_ns = 1000 * CLOCK_NS_PER_S; /* the monotonic clock of another boot */
    assert_int_equal(location_create(&config, start_ns, &location), 0);
    assert_int_equal(location_count(location, "alice"), 2);
    location_expire(location, start_ns + 50 * CLOCK_NS_PER_S);
    assert_int_equal(location_count(location, "alice"), 2);
    assert_int_equal(PUT("sip:a@1", 60, .cseq = 7, .call_id = "one", .path = "<urn:uuid:1>"),
                     -EALREADY);
    location_expire(location, start_ns + 61 * CLOCK_NS_PER_S);
    assert_int_equal(location_count(location, "alice"), 1);
    const struct binding *left = location_first(location, "alice");
    assert_string_equal(left->uri, "sip:a@2");
    assert_string_equal(left->flow, "sip:192.0.2.1:5060");
    assert_string_equal(left->id, id);
    location_destroy(location);
    store_close(store);
}

static void count_row(void *context, const struct store_registration *row)
{
    (void)row;
    ++*(unsigned *)context;
}

static unsigned stored(struct store *store)
{
    unsigned count = 0;
    assert_int_equal(store_registrations_each(store, count_row, &count), 0);
    return count;
}

static void many_are_written_together(void **state)
{
    (void)state;
    enum { MANY = LOCATION_MOST_UNSAVED + 1 };
    struct location_config config = {.most = MANY, .most_each = EACH};
    struct location *location;
    char *why, name[16];
    assert_int_equal(store_open(directory, &config.store, &why), 0);
    assert_int_equal(location_create(&config, 0, &location), 0);
    assert_int_equal(location_flush(location), 0);
    assert_int_equal(PUT("sip:a@1", 60, .cseq = 1), 0);
    assert_int_equal(PUT("sip:a@2", 60, .cseq = 1), 0);
    assert_int_equal(PUT("sip:a@3", 60, .cseq = 1), 0);
    assert_int_equal(PUT("sip:a@1", 90, .cseq = 2), 0); /* twice, and is one */
    assert_int_equal(PUT("sip:a@2", 0, .cseq = 2), 0);  /* never written     */
    assert_int_equal(stored(config.store), 0);
    assert_int_equal(location_flush(location), 0);
    assert_int_equal(stored(config.store), 2);
    assert_int_equal(location_flush(location), 0);
    assert_int_equal(PUT("sip:a@1", 0, .cseq = 3), 0);
    assert_int_equal(stored(config.store), 2);
    assert_true(location_remove(location, "alice", location_first(location, "alice")->id));
    assert_int_equal(stored(config.store), 0); /* by hand: at once, and what waited with it */
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "u%u", i);
        assert_int_equal(put(location, name, "sip:u@1", 60, (struct location_request){0}, 0),
                         0);
    }
    assert_int_equal(stored(config.store), LOCATION_MOST_UNSAVED);
    location_destroy(location);
    assert_int_equal(stored(config.store), MANY);
    store_close(config.store);
}

/* Files that are written to may not grow, as on a full disk. */
static void fill_disk(bool is_full)
{
    static struct rlimit before;
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    if (is_full)
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    if (is_full)
        limit.rlim_cur = 1;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_loses_nothing(void **state)
{
    (void)state;
    enum { MANY = 3 * LOCATION_MOST_UNSAVED };
    struct location_config config = {.most = MANY, .most_each = EACH};
    struct location *location;
    char *why, name[16];
    assert_int_equal(store_open(directory, &config.store, &why), 0);
    assert_int_equal(location_create(&config, 0, &location), 0);
    assert_int_equal(PUT("sip:a@1", 60, .cseq = 1), 0);
    assert_int_equal(PUT("sip:a@2", 60, .cseq = 1), 0);
    assert_int_equal(location_flush(location), 0);
    assert_int_equal(stored(config.store), 2);
    fill_disk(true);
    assert_int_equal(PUT("sip:a@1", 0, .cseq = 2), 0); /* is gone, and the store has it */
    assert_int_equal(PUT("sip:a@3", 60, .cseq = 1), 0);
    assert_int_equal(PUT("sip:a@4", 60, .cseq = 1), 0);
    assert_true(location_flush(location) < 0);
    assert_int_equal(PUT("sip:a@3", 0, .cseq = 2), 0); /* came and went */
    for (unsigned i = 0; i < MANY - 3; i++) {
        snprintf(name, sizeof(name), "u%u", i);
        assert_int_equal(put(location, name, "sip:u@1", 60, (struct location_request){0}, 0),
                         0);
    }
    assert_true(location_flush(location) < 0);
    assert_int_equal(stored(config.store), 2);
    fill_disk(false);
    assert_int_equal(location_flush(location), 0);
    assert_int_equal(stored(config.store), MANY - 1);
    location_destroy(location);
    assert_int_equal(location_create(&config, 0, &location), 0);
    assert_int_equal(location_count(location, "alice"), 2);
    for (const struct binding *each = location_first(location, "alice"); each;
         each = each->next)
        assert_true(strcmp(each->uri, "sip:a@2") == 0 || strcmp(each->uri, "sip:a@4") == 0);
    location_remove_all(location, "alice");
    location_destroy(location);
    store_close(config.store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_same_contact_is_one_binding, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_older_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_instance_replaces_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(limits_hold_and_nothing_is_half_done, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_preferred_is_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_lost_are_gone_and_the_others_stay, set_up,
                                        tear_down),
        cmocka_unit_test(a_phone_with_two_flows_is_one),
        cmocka_unit_test(all_expire_in_time),
        cmocka_unit_test_setup_teardown(survives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_are_written_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_loses_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
