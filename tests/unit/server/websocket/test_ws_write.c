/* test_ws_write.c - heads of frames, by the length of what follows. */
#include "server/websocket/ws_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_head(size_t length, const char *expected, size_t bytes)
{
    uint8_t out[WS_SERVER_HEAD_BYTES];
    assert_int_equal(ws_write_head(WS_OPCODE_TEXT, length, out), bytes);
    assert_memory_equal(out, expected, bytes);
}

static void each_length_is_written_the_shortest_way(void **state)
{
    (void)state;
    assert_head(0, "\x81\x00", 2);
    assert_head(125, "\x81\x7d", 2);
    assert_head(126, "\x81\x7e\x00\x7e", 4);
    assert_head(65535, "\x81\x7e\xff\xff", 4);
    assert_head(65536, "\x81\x7f\0\0\0\0\0\1\0\0", 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_length_is_written_the_shortest_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
