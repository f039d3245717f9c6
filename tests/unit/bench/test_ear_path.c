/* test_ear_path.c - the bad network: the same by the same seed, as bad as was asked for. */
#include "tests/bench/ear_path.h"

#include "mixer/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 20000 };

static int64_t due_ns[COUNT];

static struct ear_departure *apply(const struct ear_path *path, size_t *number)
{
    struct ear_departure *departures;
    for (size_t i = 0; i < COUNT; i++)
        due_ns[i] = (int64_t)i * 20 * CLOCK_NS_PER_MS;
    assert_int_equal(ear_path_apply(path, due_ns, COUNT, &departures, number), 0);
    return departures;
}

static void test_clean_path_changes_nothing(void **state)
{
    (void)state;
    const struct ear_path path = {.seed = 7};
    size_t number;
    struct ear_departure *departure = apply(&path, &number);
    assert_int_equal(number, COUNT);
    for (size_t i = 0; i < number; i++) {
        assert_int_equal(departure[i].packet, i);
        assert_int_equal(departure[i].at_ns, due_ns[i]);
    }
    free(departure);
}

static void test_same_seed_is_same_network(void **state)
{
    (void)state;
    struct ear_path path = {.seed = 7, .loss = 0.1, .jitter_ms = 60, .duplicate = 0.1};
    size_t number, again, other;
    struct ear_departure *a = apply(&path, &number), *b = apply(&path, &again);
    path.seed = 8;
    struct ear_departure *c = apply(&path, &other);
    assert_int_equal(number, again);
    assert_memory_equal(a, b, number * sizeof(*a));
    assert_true(number != other || memcmp(a, c, number * sizeof(*a)));
    free(a);
    free(b);
    free(c);
}

/* Loses this share, in bursts of this mean length. */
static void check_loss(double loss, double burst)
{
    const struct ear_path path = {.seed = 3, .loss = loss, .burst = burst};
    bool left[COUNT] = {false};
    size_t number, bursts = 0;
    struct ear_departure *departure = apply(&path, &number);
    for (size_t i = 0; i < number; i++)
        left[departure[i].packet] = true;
    for (size_t i = 1; i < COUNT; i++)
        bursts += !left[i] && left[i - 1];
    double lost = (double)(COUNT - number);
    assert_true(lost > 0.8 * loss * COUNT && lost < 1.2 * loss * COUNT);
    double mean = burst > 1 ? burst : 1 / (1 - loss);
    assert_true(lost / (double)bursts > 0.8 * mean && lost / (double)bursts < 1.2 * mean);
    free(departure);
}

static void test_loss_is_as_asked_for(void **state)
{
    (void)state;
    check_loss(0.03, 0);
    check_loss(0.10, 1);
    check_loss(0.05, 3);
    check_loss(0.20, 10);
}

static void test_jitter_stays_in_its_bounds(void **state)
{
    (void)state;
    struct ear_path path = {.seed = 5, .jitter_ms = 120, .delay_ms = 30};
    size_t number, overtaken = 0;
    struct ear_departure *departure = apply(&path, &number);
    for (size_t i = 0; i < number; i++) {
        int64_t late_ns = departure[i].at_ns - due_ns[departure[i].packet];
        assert_true(late_ns >= 30 * CLOCK_NS_PER_MS && late_ns <= 150 * CLOCK_NS_PER_MS);
        overtaken += i && departure[i].packet < departure[i - 1].packet;
        assert_true(!i || departure[i].at_ns >= departure[i - 1].at_ns);
    }
    assert_true(overtaken > COUNT / 10);
    free(departure);
    path.jitter = EAR_JITTER_ORDERED;
    departure = apply(&path, &number);
    for (size_t i = 1; i < number; i++)
        assert_true(departure[i].packet > departure[i - 1].packet);
    free(departure);
}

static void test_twins_and_steps(void **state)
{
    (void)state;
    const struct ear_path path = {
        .seed = 5, .duplicate = 0.1, .step_ms = 100, .step_at_s = 10, .step_for_s = 5};
    size_t number;
    struct ear_departure *departure = apply(&path, &number);
    assert_in_range(number, COUNT * 108 / 100, COUNT * 112 / 100);
    for (size_t i = 0; i < number; i++) {
        int64_t due = due_ns[departure[i].packet], late_ns = departure[i].at_ns - due;
        bool stepped = due >= 10 * CLOCK_NS_PER_S && due < 15 * CLOCK_NS_PER_S;
        assert_true(late_ns >= (stepped ? 100 : 0) * CLOCK_NS_PER_MS);
        assert_true(late_ns <= (stepped ? 140 : 40) * CLOCK_NS_PER_MS);
    }
    free(departure);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean_path_changes_nothing),
        cmocka_unit_test(test_same_seed_is_same_network),
        cmocka_unit_test(test_loss_is_as_asked_for),
        cmocka_unit_test(test_jitter_stays_in_its_bounds),
        cmocka_unit_test(test_twins_and_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
