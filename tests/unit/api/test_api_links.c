/* test_api_links.c - a link is good for its file, until its end, at the server that gave it
 * out. */
#include "api/api_links.h"

#include "mixer/base/clock.h"

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

enum { VALID_S = 86400 };

static const int64_t now_ns = 1800000123 * CLOCK_NS_PER_S;
static char directory[64], path[API_LINK_BYTES];
static struct api_links *links;

static int make(void **state)
{
    (void)state;
    char *why;
    snprintf(directory, sizeof(directory), "/tmp/test_api_links.XXXXXX");
    return mkdtemp(directory) ? api_links_create(directory, VALID_S, &links, &why) : -1;
}

static int end(void **state)
{
    (void)state;
    char key[80];
    api_links_destroy(links);
    snprintf(key, sizeof(key), "%s/link-key", directory);
    unlink(key);
    return rmdir(directory);
}

/* The query of a link to file "f1" of room "blue". */
static struct api_link take(char *expires, char *signature)
{
    int read = 0;
    const struct api_link_target target = {API_LINK_FILE, "blue", "f1"};
    api_links_write(links, &target, now_ns, path);
    assert_int_equal(sscanf(path,
                            "/api/v1/rooms/blue/files/f1/content?expires=%15[0-9]"
                            "&signature=%32[0-9a-f]%n",
                            expires, signature, &read),
                     2);
    assert_int_equal(path[read], '\0');
    assert_int_equal(strlen(signature), 32);
    return (struct api_link){
        .room = "blue", .id = "f1", .expires = expires, .signature = signature};
}

static void is_good_until_its_end(void **state)
{
    (void)state;
    char expires[16], signature[33];
    const struct api_link link = take(expires, signature);
    const int64_t end_s = strtoll(expires, NULL, 10);
    assert_true(end_s >= now_ns / CLOCK_NS_PER_S + VALID_S);
    assert_true(end_s < now_ns / CLOCK_NS_PER_S + VALID_S + 3600);
    assert_int_equal(api_links_check(links, &link, now_ns), 0);
    assert_int_equal(api_links_check(links, &link, end_s * CLOCK_NS_PER_S - 1), 0);
    assert_int_equal(api_links_check(links, &link, end_s * CLOCK_NS_PER_S), -ETIME);
}

static void is_good_for_nothing_else(void **state)
{
    (void)state;
    char expires[16], signature[33], later[24];
    const struct api_link link = take(expires, signature);
    struct api_link other = link;
    other.room = "red";
    assert_int_equal(api_links_check(links, &other, now_ns), -EACCES);
    other = link;
    other.id = "f2";
    assert_int_equal(api_links_check(links, &other, now_ns), -EACCES);
    other = link;
    snprintf(later, sizeof(later), "%lld", strtoll(expires, NULL, 10) + 3600);
    other.expires = later;
    assert_int_equal(api_links_check(links, &other, now_ns), -EACCES);
    for (unsigned i = 0; i < 32; i++) {
        signature[i] ^= 1;
        assert_int_equal(api_links_check(links, &link, now_ns), -EACCES);
        signature[i] ^= 1;
    }
    assert_int_equal(api_links_check(links, &link, now_ns), 0);
}

static void refuses_what_is_no_link(void **state)
{
    (void)state;
    static const char *const bad[] = {NULL, "", "x", "-1", "1e9", "99999999999999999999"};
    char expires[16], signature[33], *why;
    struct api_link link = take(expires, signature);
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        link.expires = bad[i];
        assert_int_equal(api_links_check(links, &link, now_ns), -EACCES);
        link.expires = expires;
        link.signature = bad[i];
        assert_int_equal(api_links_check(links, &link, now_ns), -EACCES);
        link.signature = signature;
    }
    char room[300];
    memset(room, 'a', sizeof(room));
    room[sizeof(room) - 1] = '\0';
    link.room = room;
    assert_int_equal(api_links_check(links, &link, now_ns), -EACCES);
    assert_int_equal(api_links_create("/nowhere", VALID_S, &links, &why), -ENOENT);
    free(why);
}

static void survives_a_restart(void **state)
{
    (void)state;
    char expires[16], signature[33], *why;
    const struct api_link link = take(expires, signature);
    api_links_destroy(links);
    assert_int_equal(api_links_create(directory, VALID_S, &links, &why), 0);
    assert_int_equal(api_links_check(links, &link, now_ns), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_good_until_its_end, make, end),
        cmocka_unit_test_setup_teardown(is_good_for_nothing_else, make, end),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_link, make, end),
        cmocka_unit_test_setup_teardown(survives_a_restart, make, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
