/* test_bundle_lines.c - groups of browsers, and groups that are none. */
#include "server/sdp/bundle_lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A description with @p group at session level and three sections, of these attributes. */
static void read_them(const char *group, const char *const section[3],
                      struct bundle_lines *theirs)
{
    char body[1024], why[DESCRIPTION_WHY_BYTES];
    struct description description;
    const int length = snprintf(
        body, sizeof(body),
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n%sm=audio 9 RTP/AVP 0\r\n%s"
        "m=video 9 RTP/AVP 96\r\n%sm=video 0 RTP/AVP 96\r\n%s",
        group, section[0], section[1], section[2]);
    assert_int_equal(description_read(body, (size_t)length, &description, why), 0);
    memset(theirs, 0xff, sizeof(*theirs));
    bundle_lines_read(&description, theirs);
    description_finish(&description);
}

struct row {
    const char *group;
    const char *section[3];
    const char *bundled; /* by section: x if it is in the group */
    unsigned tagged;
    const char *answer; /* if all are taken */
};

static const struct row rows[] = {
    {"", {"a=mid:0\r\n", "a=mid:1\r\n", "a=mid:2\r\n"}, "   ", 0, ""},
    {"a=group:BUNDLE 0 1 2\r\n",
     {"a=mid:0\r\n", "a=mid:1\r\n", "a=mid:2\r\na=bundle-only\r\n"},
     "xxx",
     0,
     "a=group:BUNDLE 0 1 2\r\n"},
    {"a=group:BUNDLE audio video\r\n",
     {"a=mid:audio\r\n", "a=mid:video\r\n", ""},
     "xx ",
     0,
     "a=group:BUNDLE audio video\r\n"},
    {"a=group:BUNDLE 2 0\r\n",
     {"a=mid:0\r\n", "a=mid:1\r\n", "a=mid:2\r\n"},
     "x x",
     2,
     "a=group:BUNDLE 2 0\r\n"},
    {"a=group:LS 0 1\r\na=group:BUNDLE 1\r\na=group:BUNDLE 0\r\n",
     {"a=mid:0\r\n", "a=mid:1\r\n", ""},
     " x ",
     1,
     "a=group:BUNDLE 1\r\n"},
    /* none */
    {"a=group:BUNDLE\r\n", {"a=mid:0\r\n", "a=mid:1\r\n", ""}, "   ", 0, ""},
    {"a=group:BUNDLE 0 3\r\n", {"a=mid:0\r\n", "a=mid:1\r\n", ""}, "   ", 0, ""},
    {"a=group:BUNDLE 0 1 0\r\n", {"a=mid:0\r\n", "a=mid:1\r\n", ""}, "   ", 0, ""},
    {"a=group:BUNDLE 0 1\r\n", {"a=mid:0\r\n", "a=mid:0\r\n", ""}, "   ", 0, ""},
    {"a=group:bundle 0\r\n", {"a=mid:0\r\n", "", ""}, "   ", 0, ""},
    {"a=group:BUNDLE a/b\r\n", {"a=mid:a/b\r\n", "", ""}, "   ", 0, ""},
    {"a=group:BUNDLE 123456789012345678901234567890123\r\n",
     {"a=mid:123456789012345678901234567890123\r\n", "", ""},
     "   ",
     0,
     ""},
};

static void groups_are_read_and_answered(void **state)
{
    (void)state;
    static const bool all[BUNDLE_MAX_SECTIONS] = {true, true, true};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bundle_lines theirs;
        char data[256];
        struct text text;
        read_them(rows[i].group, rows[i].section, &theirs);
        assert_int_equal(theirs.sections, 3);
        for (unsigned at = 0; at < 3; at++) {
            if (theirs.is_bundled[at] != (rows[i].bundled[at] == 'x'))
                fail_msg("row %zu, section %u", i, at);
        }
        assert_int_equal(theirs.has_group, strchr(rows[i].bundled, 'x') != NULL);
        assert_int_equal(theirs.tagged, rows[i].tagged);
        text_init(&text, data, sizeof(data));
        bundle_lines_write_group(&theirs, all, &text);
        assert_string_equal(data, rows[i].answer);
    }
}

static void only_what_is_taken_is_answered(void **state)
{
    (void)state;
    static const char *const section[] = {"a=mid:0\r\n", "a=mid:1\r\n",
                                          "a=mid:2\r\na=bundle-only\r\n"};
    static const struct {
        bool taken[3];
        const char *answer;
    } answers[] = {
        {{true, true, true}, "a=group:BUNDLE 1 0 2\r\n"},
        {{true, false, true}, "a=group:BUNDLE 0 2\r\n"},
        {{false, true, false}, "a=group:BUNDLE 1\r\n"},
        {{false, false, false}, ""},
    };
    struct bundle_lines theirs;
    read_them("a=group:BUNDLE 1 0 2\r\n", section, &theirs);
    assert_true(theirs.is_bundle_only[2] && !theirs.is_bundle_only[0]);
    for (unsigned i = 0; i < 4; i++) {
        char data[256];
        struct text text;
        text_init(&text, data, sizeof(data));
        bundle_lines_write_group(&theirs, answers[i].taken, &text);
        assert_string_equal(data, answers[i].answer);
    }
}

static void a_mid_is_written_if_there_is_one(void **state)
{
    (void)state;
    char data[64];
    struct text text;
    text_init(&text, data, sizeof(data));
    bundle_lines_write_mid("", &text);
    assert_string_equal(data, "");
    bundle_lines_write_mid("audio", &text);
    assert_string_equal(data, "a=mid:audio\r\n");
}

static void many_sections_are_not_all_looked_at(void **state)
{
    (void)state;
    static char body[16384];
    char why[DESCRIPTION_WHY_BYTES];
    struct description description;
    static struct bundle_lines theirs;
    size_t at = (size_t)snprintf(body, sizeof(body),
                                 "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\na=group:BUNDLE 0 31\r\n");
    for (unsigned i = 0; i < 100; i++)
        at += (size_t)snprintf(body + at, sizeof(body) - at,
                               "m=audio 9 RTP/AVP 0\r\na=mid:%u\r\n", i);
    assert_int_equal(description_read(body, at, &description, why), 0);
    bundle_lines_read(&description, &theirs);
    assert_int_equal(theirs.sections, BUNDLE_MAX_SECTIONS);
    assert_true(theirs.is_bundled[0] && theirs.is_bundled[31]);
    description_finish(&description);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_are_read_and_answered),
        cmocka_unit_test(only_what_is_taken_is_answered),
        cmocka_unit_test(a_mid_is_written_if_there_is_one),
        cmocka_unit_test(many_sections_are_not_all_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
