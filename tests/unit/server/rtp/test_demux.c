/* test_demux.c - every first byte, against the table of the RFC. */
#include "server/rtp/demux.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void each_first_byte_has_its_protocol(void **state)
{
    (void)state;
    static const struct {
        unsigned first, last;
        enum demux_kind kind;
    } rows[] = {
        {0, 3, DEMUX_STUN},     {4, 19, DEMUX_OTHER},  {20, 63, DEMUX_DTLS},
        {64, 127, DEMUX_OTHER}, {128, 191, DEMUX_RTP}, {192, 255, DEMUX_OTHER},
    };
    unsigned next = 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(rows[i].first, next);
        for (; next <= rows[i].last; next++)
            assert_int_equal(demux_kind((uint8_t)next), rows[i].kind);
    }
    assert_int_equal(next, 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_first_byte_has_its_protocol)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
