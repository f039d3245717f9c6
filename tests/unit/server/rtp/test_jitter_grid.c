/* test_jitter_grid.c - what is asked for is enough, and is not taken back. */
#include "server/rtp/jitter_grid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MS = 8, TICK = 20 * MS };

static const struct jitter_grid twenty = {8000, 20 * MS}, ten = {8000, 10 * MS},
                                thirty = {8000, 30 * MS}, sixty = {8000, 60 * MS};

static int excess(const struct jitter_grid *grid, int delay_ms, unsigned held_ms, int wanted_ms)
{
    int64_t units = jitter_grid_excess(grid, delay_ms * MS, held_ms * MS, wanted_ms * MS);
    return (int)(units / MS);
}

static void the_least_that_holds_what_is_wanted_is_right(void **state)
{
    (void)state;
    assert_int_equal(excess(&twenty, 40, 0, 40), 0);
    assert_int_equal(excess(&twenty, 38, 0, 40), 0); /* the slack */
    assert_int_equal(excess(&twenty, 37, 0, 40), -20);
    assert_int_equal(excess(&twenty, 63, 0, 40), 0);
    assert_int_equal(excess(&twenty, 64, 0, 40), 20);
    assert_int_equal(excess(&twenty, 104, 0, 40), 60);
    assert_int_equal(excess(&twenty, 1, 0, 40), -40);
    assert_int_equal(excess(&twenty, -500, 0, 40), -40); /* nonsense asks for no more */
    assert_int_equal(jitter_grid_most_above(&twenty), 27 * MS);
}

static void a_residue_covers_nothing(void **state)
{
    (void)state;
    assert_int_equal(excess(&twenty, 40, 3, 40), 0);
    assert_int_equal(excess(&twenty, 40, 4, 40), 4);
    assert_int_equal(excess(&twenty, 40, 19, 40), 19);
    assert_int_equal(excess(&twenty, 20, 19, 40), -1);
    assert_int_equal(jitter_grid_excess(&twenty, 20 * MS, 20 * MS - 1, 40 * MS), -1);
}

static void packets_that_are_no_whole_ticks(void **state)
{
    (void)state;
    /* the second of two in a tick is needed 10 ms before it is played */
    assert_int_equal(excess(&ten, 50, 0, 40), 0);
    assert_int_equal(excess(&ten, 47, 0, 40), -10);
    assert_int_equal(excess(&ten, 64, 0, 40), 10);
    assert_int_equal(excess(&thirty, 50, 0, 40), 0);
    assert_int_equal(excess(&thirty, 40, 10, 40), 0);
    assert_int_equal(excess(&thirty, 40, 8, 40), -2);
    /* of 60 ms some is in the fifo at most ticks */
    assert_int_equal(excess(&sixty, 0, 40, 40), 0);
    assert_int_equal(excess(&sixty, 20, 20, 40), 0);
    assert_int_equal(excess(&sixty, 44, 20, 40), 20);
}

/* So much less (below 0: more) is played of what is held; packets are decoded as needed. */
static void apply(const struct jitter_grid *grid, int64_t units, int64_t *delay, int64_t *held)
{
    *held -= units;
    while (*held < 0) {
        *held += grid->packet_units;
        *delay -= grid->packet_units;
    }
}

static void what_was_done_is_not_taken_back(void **state)
{
    (void)state;
    const unsigned rates[] = {8000, 16000, 48000};
    srandom(22);
    for (unsigned round = 0; round < 300000; round++) {
        unsigned hz = rates[random() % 3];
        uint32_t packet = (uint32_t)(random() % 12 + 1) * hz / 100;
        if (round % 5 == 0)
            packet = (uint32_t)(random() % (hz / 8)) + 1;
        const struct jitter_grid grid = {hz, packet};
        int64_t wanted = random() % (hz / 3), delay = random() % (hz / 2);
        int64_t held = random() % (hz / 8);
        int64_t asked = jitter_grid_excess(&grid, delay, (uint32_t)held, wanted);
        if (!asked)
            continue;
        int64_t done = random() % (llabs(asked) + 1);
        if (asked < 0)
            done = -done;
        apply(&grid, done, &delay, &held);
        int64_t left = jitter_grid_excess(&grid, delay, (uint32_t)held, wanted);
        if (left) /* what is left of it, or it is little enough */
            assert_int_equal(left, asked - done);
        apply(&grid, asked - done, &delay, &held);
        assert_int_equal(jitter_grid_excess(&grid, delay, (uint32_t)held, wanted), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_that_holds_what_is_wanted_is_right),
        cmocka_unit_test(a_residue_covers_nothing),
        cmocka_unit_test(packets_that_are_no_whole_ticks),
        cmocka_unit_test(what_was_done_is_not_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
