/* test_leg_fifo.c - a short queue of samples, in one channel and in two. */
#include "server/leg/leg_fifo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ROOM = 100 };

/* Random puts and takes against a plain array. */
static void comes_out_as_it_went_in(void **state)
{
    (void)state;
    for (unsigned channels = 1; channels <= 2; channels++) {
        struct leg_fifo fifo;
        int16_t next_in = 0, next_out = 0;
        assert_int_equal(leg_fifo_init(&fifo, ROOM, channels), 0);
        srand(7);
        for (unsigned round = 0; round < 5000; round++) {
            int16_t values[2 * ROOM];
            unsigned count = (unsigned)rand() % (ROOM - fifo.count + 1);
            for (unsigned i = 0; i < count * channels; i++)
                values[i] = next_in++;
            leg_fifo_put(&fifo, values, count);
            count = (unsigned)rand() % (fifo.count + 1);
            leg_fifo_take(&fifo, values, count);
            for (unsigned i = 0; i < count * channels; i++)
                assert_int_equal(values[i], next_out++);
        }
        leg_fifo_finish(&fifo);
    }
}

static void what_does_not_fit_is_left_out(void **state)
{
    (void)state;
    struct leg_fifo fifo;
    int16_t values[3 * ROOM] = {1};
    assert_int_equal(leg_fifo_init(&fifo, ROOM, 1), 0);
    leg_fifo_put(&fifo, values, 3 * ROOM);
    assert_int_equal(fifo.count, ROOM);
    leg_fifo_put_silence(&fifo, 1);
    assert_int_equal(fifo.count, ROOM);
    leg_fifo_clear(&fifo, 2);
    leg_fifo_put_silence(&fifo, ROOM);
    assert_int_equal(fifo.count, ROOM / 2); /* the same values, of two channels each */
    leg_fifo_take(&fifo, values, ROOM / 2);
    assert_int_equal(values[0], 0);
    leg_fifo_finish(&fifo);
    leg_fifo_finish(&fifo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_out_as_it_went_in),
        cmocka_unit_test(what_does_not_fit_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
