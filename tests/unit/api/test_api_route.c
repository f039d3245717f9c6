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
    static const char *const unknown[] = {"//",
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
                                          "/api/v1/lines",
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

/* The text between "    get:" of "  PATH:" and the next method or path; NULL: there is none. */
static const char *documented(const struct api_route *route, size_t *length)
{
    char path[128], method[16];
    snprintf(path, sizeof(path), "\n  %s:\n", route->path);
    snprintf(method, sizeof(method), "\n    %s:\n", api_method_word(route->method));
    for (char *at = method; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    const char *begin = strstr(api_openapi_text, path);
    const char *end = begin ? strstr(begin + 1, "\n  /") : NULL;
    const char *found = begin ? strstr(begin, method) : NULL;
    if (!found || (end && found > end))
        return NULL;
    const char *next = found + strlen(method) - 1;
    while (next && strncmp(next, "\n      ", 7) == 0)
        next = strchr(next + 1, '\n');
    *length = next ? (size_t)(next - found) : strlen(found);
    return found;
}

static bool has_line(const char *text, size_t length, const char *line)
{
    return memmem(text, length, line, strlen(line)) != NULL;
}

/* What "security" says; without it the document's own holds, which is the administrator. */
static enum api_role documented_role(const char *text, size_t length)
{
    if (has_line(text, length, "\n      security: []") ||
        has_line(text, length, "\n        - password: []")) /* which is no token */
        return API_NOBODY;
    if (has_line(text, length, "\n        - token: [participant]"))
        return API_PARTICIPANT;
    if (has_line(text, length, "\n        - token: [moderator]"))
        return API_MODERATOR;
    return API_ADMIN;
}

static void every_route_is_documented(void **state)
{
    (void)state;
    unsigned count = 0;
    size_t length;
    for (; api_route_at(count); count++) {
        const struct api_route *route = api_route_at(count);
        const char *text = documented(route, &length);
        if (!text)
            fail_msg("openapi.yaml lacks %s %s", api_method_word(route->method), route->path);
        else if (documented_role(text, length) != api_route_role(route))
            fail_msg("openapi.yaml: %s %s is for %s", api_method_word(route->method),
                     route->path, api_role_word(api_route_role(route)));
    }
    assert_true(count > 10);
    assert_null(documented(&(struct api_route){.method = API_DELETE, .path = "/api/v1/rooms"},
                           &length));
}

static void a_route_that_says_nothing_is_the_administrators(void **state)
{
    (void)state;
    assert_int_equal(api_route_role(&(struct api_route){.path = "/"}), API_ADMIN);
    find(API_POST, "/api/v1/rooms");
    assert_int_equal(api_route_role(match.route), API_ADMIN);
    find(API_GET, "/health");
    assert_int_equal(api_route_role(match.route), API_NOBODY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_by_path_and_method),
        cmocka_unit_test(tells_unknown_from_not_allowed),
        cmocka_unit_test(knows_methods),
        cmocka_unit_test(every_route_is_documented),
        cmocka_unit_test(a_route_that_says_nothing_is_the_administrators),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
