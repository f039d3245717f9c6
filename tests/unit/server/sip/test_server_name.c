/* test_server_name.c - what is a name, and whose is said. */
#include "server/sip/server_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ELSEWHERE SERVER_PLACE_ELSEWHERE
#define UNKNOWN SERVER_PLACE_UNKNOWN
#define THERE SERVER_PLACE_THERE

static void names_are_no_addresses(void **state)
{
    (void)state;
    static const char *const good[] = {"a",         "example.com", "EXAMPLE.com", "a-b.c_d",
                                       "1.example", "3com",        "x1"};
    static const char *const bad[] = {
        "",      ".",   "example.com.", ".example.com", "[::1]",  "::1",    "127.0.0.1",
        "127.1", "127", "a.127",        "a b",          "a:5061", "a%00.b", "\xc3\xa4.example"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (!server_name_is_name(good[i]))
            fail_msg("%s", good[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (server_name_is_name(bad[i]))
            fail_msg("%s", bad[i]);
    }
    char longest[SERVER_NAME_BYTES];
    memset(longest, 'a', sizeof(longest));
    longest[254] = '\0';
    assert_false(server_name_is_name(longest));
    longest[253] = '\0';
    assert_true(server_name_is_name(longest));
}

struct waiting {
    const char *name; /* up to NULL, the youngest first */
    enum server_place place;
    bool is_served;
};

static void chooses(const char *expected, const struct waiting *waiting)
{
    struct server_name_choice choice = {.unknown = {NULL}};
    for (; waiting->name; waiting++)
        server_name_consider(&choice, waiting->name, waiting->place, waiting->is_served);
    const char *chosen = server_name_chosen(&choice);
    if (!expected)
        assert_null(chosen);
    else
        assert_string_equal(chosen ? chosen : "(none)", expected);
}

#define WAITING(...) ((const struct waiting[]){__VA_ARGS__, {NULL, ELSEWHERE, false}})

static void who_is_there_and_has_waited_longest(void **state)
{
    (void)state;
    chooses(NULL, WAITING({"a", ELSEWHERE, false}));
    chooses("a", WAITING({"a", THERE, false}));
    chooses("a", WAITING({"b", THERE, false}, {"a", THERE, false}));
    chooses("b", WAITING({"b", THERE, false}, {"a", ELSEWHERE, false}));
    chooses("b", WAITING({"b", THERE, false}, {"a", UNKNOWN, false}));
    chooses("", WAITING({"b", THERE, false}, {"", THERE, false}));
    chooses("b", WAITING({"", THERE, false}, {"b", THERE, false}));
}

static void who_has_its_connection_comes_last(void **state)
{
    (void)state;
    chooses("b", WAITING({"b", THERE, false}, {"a", THERE, true}));
    chooses("a", WAITING({"b", UNKNOWN, false}, {"a", THERE, true}));
    chooses("a", WAITING({"b", ELSEWHERE, false}, {"a", THERE, true}));
    chooses("b", WAITING({"b", UNKNOWN, false}, {"a", UNKNOWN, true}));
    chooses("a", WAITING({"a", UNKNOWN, true}));
}

static void nobody_if_it_cannot_be_told(void **state)
{
    (void)state;
    chooses("a", WAITING({"a", UNKNOWN, false}));
    chooses("a", WAITING({"A", UNKNOWN, false}, {"a", UNKNOWN, false}));
    chooses(NULL, WAITING({"a", UNKNOWN, false}, {"b", UNKNOWN, false}));
    chooses(NULL, WAITING({"a", UNKNOWN, false}, {"b", UNKNOWN, false}, {"a", UNKNOWN, false}));
    chooses(NULL, WAITING({"a", UNKNOWN, false}, {"b", UNKNOWN, false}, {"c", UNKNOWN, true}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_no_addresses),
        cmocka_unit_test(who_is_there_and_has_waited_longest),
        cmocka_unit_test(who_has_its_connection_comes_last),
        cmocka_unit_test(nobody_if_it_cannot_be_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
