/* test_media_types.c - payload types, their order, and the lines that speak of them. */
#include "server/sdp/media_types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct slice slice(const char *text)
{
    return (struct slice){text, strlen(text)};
}

static void lists_each_type_once_in_order(void **state)
{
    (void)state;
    struct description_media media = {.formats = slice("96 0 96 127 128 x -1 72  8 "),
                                      .lines = slice("")};
    static const uint8_t plain[] = {96, 0, 127, 72, 8}, muxed[] = {96, 0, 127, 8};
    struct media_types types;
    memset(&types, 0xff, sizeof(types));
    media_types_read(&media, false, &types);
    assert_int_equal(types.count, sizeof(plain));
    assert_memory_equal(types.list, plain, sizeof(plain));
    for (unsigned i = 0; i < types.count; i++)
        assert_int_equal(types.place[types.list[i]], i);
    media_types_read(&media, true, &types); /* 72 would look like RTCP */
    assert_int_equal(types.count, sizeof(muxed));
    assert_memory_equal(types.list, muxed, sizeof(muxed));
}

static void keeps_the_first_line_of_each(void **state)
{
    (void)state;
    struct description_media media = {
        .formats = slice("96"),
        .lines = slice("a=rtpmap:96 VP8/90000\r\na=rtpmap:96 FOO/1\r\na=fmtp:96  max-fs=1\r\n"
                       "a=fmtp:97 x\r\na=rtpmap:128 x/1\r\na=rtpmap:x\r\na=rtpmap\r\n"
                       "b=rtpmap:98 y/1\r\n")};
    struct media_types types;
    media_types_read(&media, false, &types);
    assert_true(slice_equals(types.map[96], "VP8/90000"));
    assert_true(slice_equals(types.parameters[96], "max-fs=1"));
    assert_true(slice_equals(types.parameters[97], "x"));
    assert_null(types.map[97].at);
    assert_null(types.map[98].at);
}

static void reads_what_a_map_says(void **state)
{
    (void)state;
    static const char *const bad[] = {"",      "VP8",       "VP8/",       "VP8/0",
                                      "VP8/x", "VP8/9/256", "VP8/1000001"};
    char name[MEDIA_NAME_BYTES], longest[MEDIA_NAME_BYTES + 8];
    unsigned clock_hz, channels;
    assert_true(media_types_read_map(slice("opus/48000/2"), name, &clock_hz, &channels));
    assert_string_equal(name, "opus");
    assert_int_equal(clock_hz, 48000);
    assert_int_equal(channels, 2);
    assert_true(media_types_read_map(slice("H264/90000"), name, &clock_hz, &channels));
    assert_int_equal(channels, 1);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(media_types_read_map(slice(bad[i]), name, &clock_hz, &channels));
    memset(longest, 'x', sizeof(longest));
    memcpy(longest + MEDIA_NAME_BYTES - 1, "/1", 3);
    assert_true(media_types_read_map(slice(longest), name, &clock_hz, &channels));
    longest[MEDIA_NAME_BYTES - 1] = 'x';
    memcpy(longest + MEDIA_NAME_BYTES, "/1", 3);
    assert_false(media_types_read_map(slice(longest), name, &clock_hz, &channels));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_each_type_once_in_order),
        cmocka_unit_test(keeps_the_first_line_of_each),
        cmocka_unit_test(reads_what_a_map_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
