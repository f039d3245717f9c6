/* test_jitter_histogram.c - the place that few exceed, against a plain one that forgets. */
#include "server/rtp/jitter_histogram.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BUCKETS = JITTER_HISTOGRAM_BUCKETS, LAST = BUCKETS - 1 };

static struct jitter_histogram histogram;

static int make(void **state)
{
    (void)state;
    jitter_histogram_init(&histogram);
    return 0;
}

static void one_is_not_the_rule_and_many_are(void **state)
{
    (void)state;
    assert_int_equal(histogram.place, 0);
    for (unsigned i = 0; i < 100; i++)
        jitter_histogram_add(&histogram, 1, 20);
    jitter_histogram_add(&histogram, 150, 20);
    assert_int_equal(histogram.place, 1);
    for (unsigned i = 0; i < 4; i++)
        jitter_histogram_add(&histogram, 150, 20);
    assert_int_equal(histogram.place, 150);
}

static void it_forgets(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 500; i++)
        jitter_histogram_add(&histogram, 100, 20);
    unsigned needed = 0;
    for (; histogram.place > 3; needed++)
        jitter_histogram_add(&histogram, 3, 20);
    /* until 1 of 40 is left: 3.7 times FORGET_MS of sound */
    assert_in_range(needed, 700, 800);
    for (unsigned i = 0; i < 100000; i++) /* many times too heavy */
        jitter_histogram_add(&histogram, 3, 120);
    assert_int_equal(histogram.place, 3);
    assert_int_equal(histogram.weight[100], 0);
}

static void the_ends_keep_what_falls_off(void **state)
{
    (void)state;
    jitter_histogram_add(&histogram, UINT32_MAX, 20);
    assert_true(histogram.weight[LAST] > 0);
    uint32_t total = histogram.total;
    jitter_histogram_shift(&histogram, BUCKETS);
    assert_int_equal(histogram.weight[LAST], total);
    assert_int_equal(histogram.place, LAST);
    jitter_histogram_shift(&histogram, -LAST - 1);
    assert_int_equal(histogram.weight[0], total);
    assert_int_equal(histogram.place, 0);
    jitter_histogram_shift(&histogram, 7);
    assert_int_equal(histogram.place, 7);
}

/* The plain twin: all weights are multiplied, and the place is counted anew. */
static unsigned plain_place(double plain[BUCKETS], unsigned bucket, unsigned packet_ms)
{
    double total = 0, above = 0;
    for (unsigned i = 0; i < BUCKETS; i++)
        plain[i] /= 1 + (double)packet_ms / JITTER_HISTOGRAM_FORGET_MS;
    plain[bucket] += 1;
    for (unsigned i = 0; i < BUCKETS; i++)
        total += plain[i];
    unsigned place = LAST;
    while (place > 0 && (above + plain[place]) * JITTER_HISTOGRAM_ABOVE_PART <= total)
        above += plain[place--];
    return place;
}

static void equals_the_plain_one_within_rounding(void **state)
{
    (void)state;
    double plain[BUCKETS] = {20};
    srandom(13);
    unsigned centre = 10, width = 10, differs = 0;
    for (unsigned round = 0; round < 50000; round++) {
        if (round % 500 == 0) {
            centre = (unsigned)random() % 150;
            width = 1 + (unsigned)random() % 50;
        }
        if (round % 1009 == 0) {
            int by = (int)(random() % 41) - 20;
            double moved[BUCKETS] = {0};
            for (int i = 0; i < BUCKETS; i++)
                moved[i + by < 0 ? 0 : i + by > LAST ? LAST : i + by] += plain[i];
            memcpy(plain, moved, sizeof(plain));
            jitter_histogram_shift(&histogram, by);
        }
        unsigned bucket = centre + (unsigned)random() % width;
        unsigned packet_ms = round / 5000 % 2 ? 20 : 60;
        unsigned place = plain_place(plain, bucket, packet_ms);
        jitter_histogram_add(&histogram, bucket, packet_ms);
        differs += abs((int)histogram.place - (int)place) > 1 && width > 1;
    }
    assert_in_range(differs, 0, 250); /* when it jumps, it need not do so at the same packet */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_is_not_the_rule_and_many_are, make),
        cmocka_unit_test_setup(it_forgets, make),
        cmocka_unit_test_setup(the_ends_keep_what_falls_off, make),
        cmocka_unit_test_setup(equals_the_plain_one_within_rounding, make),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
