/* test_video_packets.c - payloads in one piece, and who holds them. */
#include "server/leg/video_packets.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void joins_heads_and_bytes(void **state)
{
    (void)state;
    const uint8_t bytes[] = "abcdefghij";
    struct video_fragments *fragments = calloc(1, sizeof(*fragments));
    struct video_packets *packets = NULL;
    const struct video_frame frame = {.is_key = true, .timestamp = 90000};
    fragments->count = 3;
    fragments->fragment[0] = (struct video_fragment){
        .head = {'1', '2'}, .head_length = 2, .bytes = bytes, .length = 4};
    fragments->fragment[1] = (struct video_fragment){.bytes = bytes + 4, .length = 6};
    fragments->fragment[2] = (struct video_fragment){.head = {'3'}, .head_length = 1};
    assert_int_equal(video_packets_create(&frame, fragments, &packets), 0);
    free(fragments);
    assert_int_equal(packets->count, 3);
    assert_int_equal(packets->octets, 13);
    assert_int_equal(packets->timestamp, 90000);
    assert_true(packets->is_key);
    static const char *const expected[] = {"12abcd", "efghij", "3"};
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(packets->part[i].length, strlen(expected[i]));
        assert_memory_equal(packets->bytes + packets->part[i].offset, expected[i],
                            packets->part[i].length);
    }
    struct video_packets *other = video_packets_reference(packets);
    video_packets_release(&packets);
    assert_null(packets);
    assert_memory_equal(other->bytes, "12abcd", 6);
    video_packets_release(&other);
    video_packets_release(&other);
}

static void nothing_is_no_packet(void **state)
{
    (void)state;
    struct video_fragments *fragments = calloc(1, sizeof(*fragments));
    struct video_packets *packets = NULL;
    const struct video_frame frame = {0};
    assert_int_equal(video_packets_create(&frame, fragments, &packets), -EINVAL);
    assert_null(packets);
    free(fragments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_heads_and_bytes),
        cmocka_unit_test(nothing_is_no_packet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
