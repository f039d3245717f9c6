/* test_source_lines.c - one stream, one with repeats, one without a name. */
#include "server/sdp/source_lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void sources_are_told(void **state)
{
    (void)state;
    static const struct {
        struct source_lines ours;
        const char *text;
    } rows[] = {
        {{.cname = "c", .ssrc = 1}, "a=ssrc:1 cname:c\r\n"},
        {{.stream = "room", .track = "audio", .cname = "c", .ssrc = 4294967295},
         "a=msid:room audio\r\na=ssrc:4294967295 cname:c\r\n"
         "a=ssrc:4294967295 msid:room audio\r\n"},
        {{.stream = "room", .track = "video", .cname = "c", .ssrc = 5, .repeats = 6},
         "a=msid:room video\r\na=ssrc-group:FID 5 6\r\na=ssrc:5 cname:c\r\n"
         "a=ssrc:5 msid:room video\r\na=ssrc:6 cname:c\r\na=ssrc:6 msid:room video\r\n"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char data[512];
        struct text text;
        text_init(&text, data, sizeof(data));
        source_lines_write(&rows[i].ours, &text);
        assert_string_equal(data, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sources_are_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
