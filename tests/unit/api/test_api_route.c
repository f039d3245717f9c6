/* test_api_route.c - the route table of api/api_route.c, and that openapi.yaml tells it. */
#include "api/api_openapi.h"
#include "api/api_route.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct api_uri uri;
static struct api_route_match match;

static const char *find(enum api_method method, const char *path)
{
    const char *why;
    assert_int_equal(api_uri_parse(path, &uri, &why), 0);
    api_route_find(method, &uri, &match);
    return match.route ? match.route->path : "";
}

static void finds_by_path_and_method(void **state)
{
    (void)state;
    assert_string_equal(find(API_GET, "/health"), "/health");
    assert_null(match.room);
    assert_string_equal(find(API_PATCH, "/api/v1/rooms/blue"), "/api/v1/rooms/{room}");
    assert_string_equal(match.room, "blue");
    assert_string_equal(find(API_DELETE, "/api/v1/rooms/a/participants/b"),
                        "/api/v1/rooms/{room}/participants/{id}");
    assert_string_equal(match.room, "a");
    assert_string_equal(match.id, "b");
    assert_int_equal(match.route->method, API_DELETE);
    assert_string_equal(find(API_PATCH, "/api/v1/accounts/alice"), "/api/v1/accounts/{name}");
    assert_string_equal(match.id, "alice");
    assert_null(match.room);
    assert_string_equal(find(API_GET, "/api/v1/rooms/events/events"),
                        "/api/v1/rooms/{room}/events");
}

static void tells_unknown_from_not_allowed(void **state)
{
    (void)state;
    static const char *const unknown[] = {"/",
                                          "/api",
                                          "/api/v1",
                                          "/api/v1/",
                                          "/healthx",
                                          "/health/",
                                          "/api/v1/rooms/",
                                          "/api/v1/rooms/a/b",
                                          "/api/v2/rooms",
                                          "/api/v1/rooms/a/participants/b/c",
                                          "/Health",
                                          "/api/v1/rooms/{room}/x",
                                          "/api/v1/trunks",
                                          "/api/v1/accounts/a/b"};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        bool is_empty_room = strcmp(unknown[i], "/api/v1/rooms/") == 0;
        assert_string_equal(find(API_GET, unknown[i]),
                            is_empty_room ? "/api/v1/rooms/{room}" : "");
        if (!is_empty_room)
            assert_string_equal(match.allow, "");
    }
    assert_string_equal(find(API_DELETE, "/api/v1/rooms"), "");
    assert_string_equal(match.allow, "GET, HEAD, POST, OPTIONS");
    assert_string_equal(find(API_METHOD_OTHER, "/api/v1/rooms/x"), "");
    assert_string_equal(match.allow, "GET, HEAD, PATCH, DELETE, OPTIONS");
    assert_string_equal(find(API_OPTIONS, "/api/v1/rooms/x/participants/y/dtmf"), "");
    assert_string_equal(match.allow, "POST, OPTIONS");
    assert_string_equal(find(API_POST, "/api/v1/rooms/x/participants/y/avatar"), "");
    assert_string_equal(match.allow, "GET, HEAD, PUT, DELETE, OPTIONS");
}

static void knows_methods(void **state)
{
    (void)state;
    assert_int_equal(api_method_parse("HEAD"), API_GET);
    assert_int_equal(api_method_parse("PATCH"), API_PATCH);
    assert_int_equal(api_method_parse("PUT"), API_PUT);
    assert_int_equal(api_method_parse("get"), API_METHOD_OTHER);
    assert_int_equal(api_method_parse(""), API_METHOD_OTHER);
    assert_null(api_method_word(API_METHOD_OTHER));
}

/* The line "    get:" between "  PATH:" and the next path. */
static bool is_documented(const struct api_route *route)
{
    char path[128], method[16];
    snprintf(path, sizeof(path), "\n  %s:\n", route->path);
    snprintf(method, sizeof(method), "\n    %s:\n", api_method_word(route->method));
    for (char *at = method; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    const char *begin = strstr(api_openapi_text, path);
    const char *end = begin ? strstr(begin + 1, "\n  /") : NULL;
    const char *found = begin ? strstr(begin, method) : NULL;
    return found && (!end || found < end);
}

static void every_route_is_documented(void **state)
{
    (void)state;
    unsigned count = 0;
    for (; api_route_at(count); count++) {
        if (!is_documented(api_route_at(count)))
            fail_msg("openapi.yaml lacks %s %s", api_method_word(api_route_at(count)->method),
                     api_route_at(count)->path);
    }
    assert_true(count > 10);
    assert_false(
        is_documented(&(struct api_route){.method = API_DELETE, .path = "/api/v1/rooms"}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_by_path_and_method),
        cmocka_unit_test(tells_unknown_from_not_allowed),
        cmocka_unit_test(knows_methods),
        cmocka_unit_test(every_route_is_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
