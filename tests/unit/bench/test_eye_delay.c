/* test_eye_delay.c - what is given leaves when it is due, in the order in which it is. */
#include "tests/bench/eye_delay.h"

#include "mixer/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int from, to;
static struct sockaddr_in target;

static int make(void **state)
{
    (void)state;
    socklen_t length = sizeof(target);
    target =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    from = socket(AF_INET, SOCK_DGRAM, 0);
    to = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    return bind(to, (struct sockaddr *)&target, sizeof(target)) ||
           getsockname(to, (struct sockaddr *)&target, &length);
}

static int end(void **state)
{
    (void)state;
    close(from);
    close(to);
    return 0;
}

static int got(void)
{
    int number;
    return recv(to, &number, sizeof(number), 0) == sizeof(number) ? number : -1;
}

static void put(struct eye_delay *delay, int number, int64_t now_ns)
{
    eye_delay_put(delay, from, &target, (const uint8_t *)&number, sizeof(number), now_ns);
}

static struct eye_delay *open_delay(unsigned delay_ms, unsigned jitter_ms)
{
    const struct eye_delay_plan plan = {delay_ms, jitter_ms, {.state = 3}};
    struct eye_delay *delay;
    assert_int_equal(eye_delay_create(&plan, &delay), 0);
    return delay;
}

static void a_plain_delay_keeps_the_order(void **state)
{
    (void)state;
    struct eye_delay *delay = open_delay(150, 0);
    for (int i = 0; i < 50; i++)
        put(delay, i, i / 2 * CLOCK_NS_PER_MS); /* two at once */
    eye_delay_run(delay, 150 * CLOCK_NS_PER_MS - 1);
    assert_int_equal(got(), -1);
    eye_delay_run(delay, 150 * CLOCK_NS_PER_MS);
    assert_int_equal(got(), 0);
    assert_int_equal(got(), 1);
    assert_int_equal(got(), -1);
    eye_delay_run(delay, CLOCK_NS_PER_S);
    for (int i = 2; i < 50; i++)
        assert_int_equal(got(), i);
    eye_delay_destroy(delay);
}

static void jitter_stays_within_its_bounds_and_loses_nothing(void **state)
{
    (void)state;
    struct eye_delay *delay = open_delay(30, 100);
    bool seen[100] = {false};
    unsigned out_of_order = 0;
    int before = -1;
    for (int i = 0; i < 100; i++)
        put(delay, i, i * 20 * CLOCK_NS_PER_MS);
    for (int64_t ms = 0; ms < 3000; ms++) {
        eye_delay_run(delay, ms * CLOCK_NS_PER_MS);
        for (int number; (number = got()) >= 0; before = number) {
            assert_in_range(ms, number * 20 + 30, number * 20 + 131);
            assert_false(seen[number]);
            seen[number] = true;
            out_of_order += number < before;
        }
    }
    assert_true(out_of_order > 5);
    for (unsigned i = 0; i < 100; i++)
        assert_true(seen[i]);
    eye_delay_destroy(delay);
}

static void what_finds_no_room_is_lost(void **state)
{
    (void)state;
    struct eye_delay *delay = open_delay(10, 0);
    static const uint8_t long_one[EYE_DELAY_BYTES + 1];
    eye_delay_put(delay, from, &target, long_one, sizeof(long_one), 0);
    for (int i = 0; i < EYE_DELAY_PLACES + 5; i++)
        put(delay, i, i); /* the last five find none */
    for (int i = 0; i < EYE_DELAY_PLACES; i++) {
        eye_delay_run(delay, 10 * CLOCK_NS_PER_MS + i);
        assert_int_equal(got(), i);
    }
    eye_delay_run(delay, CLOCK_NS_PER_S);
    assert_int_equal(got(), -1);
    put(delay, 7, CLOCK_NS_PER_S); /* there is room again */
    eye_delay_run(delay, 2 * CLOCK_NS_PER_S);
    assert_int_equal(got(), 7);
    eye_delay_destroy(delay);
    eye_delay_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_plain_delay_keeps_the_order, make, end),
        cmocka_unit_test_setup_teardown(jitter_stays_within_its_bounds_and_loses_nothing, make,
                                        end),
        cmocka_unit_test_setup_teardown(what_finds_no_room_is_lost, make, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
