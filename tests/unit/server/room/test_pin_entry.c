/* test_pin_entry.c - digits and time in, an outcome out. */
#include "server/room/pin_entry.h"

#include "mixer/base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define S 1000000000LL

static struct pin_entry entry;
static int64_t now_ns;

static struct pin_entry_rules rules_of(const char *pin, const char *moderator_pin)
{
    return (struct pin_entry_rules){.length = (unsigned)strlen(pin),
                                    .moderator_length = (unsigned)strlen(moderator_pin),
                                    .tries = 3,
                                    .timeout_ns = 15 * S};
}

/* What is WHOLE is judged at once. */
static enum pin_entry_outcome judged(enum pin_entry_outcome outcome, const char *pin,
                                     const char *moderator_pin)
{
    if (outcome != PIN_ENTRY_WHOLE)
        return outcome;
    return pin_entry_judged(&entry, pin[0] && strcmp(entry.digits, pin) == 0,
                            moderator_pin[0] && strcmp(entry.digits, moderator_pin) == 0);
}

/* What comes of each digit, as letters: "..." while more is waited for; "," is time going by.
 */
static const char *enter(const char *pin, const char *moderator_pin, const char *digits)
{
    static const char letters[] = {
        [PIN_ENTRY_MORE] = '.',      [PIN_ENTRY_WRONG] = 'w', [PIN_ENTRY_TOO_OFTEN] = 'X',
        [PIN_ENTRY_TIMED_OUT] = 'T', [PIN_ENTRY_GUEST] = 'g', [PIN_ENTRY_MODERATOR] = 'm'};
    static char outcome[64];
    struct pin_entry_rules rules = rules_of(pin, moderator_pin);
    size_t length = 0;
    for (; *digits; digits++, now_ns += S) {
        enum pin_entry_outcome comes = *digits == ','
                                           ? pin_entry_time(&entry, &rules, entry.deadline_ns)
                                           : pin_entry_digit(&entry, &rules, *digits, now_ns);
        outcome[length++] = letters[judged(comes, pin, moderator_pin)];
    }
    outcome[length] = '\0';
    return outcome;
}

static void assert_enters(const char *pin, const char *moderator_pin, const char *digits,
                          const char *expected)
{
    struct pin_entry_rules rules = rules_of(pin, moderator_pin);
    pin_entry_begin(&entry, &rules, now_ns);
    const char *outcome = enter(pin, moderator_pin, digits);
    if (strcmp(outcome, expected) != 0)
        fail_msg("%s/%s: %s: %s instead of %s", pin, moderator_pin, digits, outcome, expected);
}

static void a_pin_is_taken_at_its_last_digit(void **state)
{
    (void)state;
    assert_enters("1234", "", "1234", "...g");
    assert_enters("1234", "", "123#1234", "...w...g");
    assert_enters("1234", "", "12*1234", "......g");
    assert_enters("1234", "", "1A2B34", ".....g");
    assert_enters("1234", "9876", "9876", "...m");
    assert_enters("0123456789012345", "", "0123456789012345", "...............g");
    assert_enters("", "9876", "1234", "...w");
    assert_enters("", "9876", "9876", "...m");
    assert_enters("000", "", "0#000", ".w..g");
}

static void pins_of_different_lengths(void **state)
{
    (void)state;
    assert_enters("1234", "567890", "1234,", "....g");
    assert_enters("1234", "567890", "1234#", "....g");
    assert_enters("1234", "567890", "1235,", "....w");
    assert_enters("1234", "567890", "123,", "...T");
    assert_enters("1234", "567890", "12345,", ".....T");
    assert_enters("1234", "567890", "567890", ".....m");
    assert_enters("1234", "123456", "1234#", "....g"); /* could become the other */
    assert_enters("1234", "123456", "123456", ".....m");
    assert_enters("1234", "123456", "1235#", "....w");
    assert_enters("1234", "567890", "123598", ".....w");
    assert_enters("567890", "1234", "1234,", "....m");
    assert_enters("123456", "1234", "1234#", "....m");
}

static void tries_are_counted(void **state)
{
    (void)state;
    assert_enters("1234", "", "111122223333", "...w...w...X");
    assert_enters("1234", "", "11112222", "...w...w");
    assert_enters("1234", "", "####1234", ".......g"); /* nothing is no try */
    assert_enters("1234", "", "1#*#12#1#", ".w....w.X");
}

static void time_runs_from_the_last_digit(void **state)
{
    (void)state;
    struct pin_entry_rules rules = rules_of("1234", "");
    now_ns = 1000 * S;
    pin_entry_begin(&entry, &rules, now_ns);
    assert_true(entry.deadline_ns == now_ns + 15 * S);
    assert_int_equal(pin_entry_time(&entry, &rules, now_ns + 15 * S - 1), PIN_ENTRY_MORE);
    assert_int_equal(pin_entry_time(&entry, &rules, now_ns + 15 * S), PIN_ENTRY_TIMED_OUT);
    int64_t last_ns = now_ns + 3 * S;
    enter("1234", "", "12*1");
    assert_true(entry.deadline_ns == last_ns + 15 * S);
    enter("1234", "", "A"); /* no digit of a PIN */
    assert_true(entry.deadline_ns == last_ns + 15 * S);
    pin_entry_told(&entry, &rules, 2000 * S);
    assert_true(entry.deadline_ns == 2015 * S);
}

/* At the length of the shorter PIN the wait is short, and never longer than the room's. */
static void a_pause_ends_what_may_be_whole(void **state)
{
    (void)state;
    struct pin_entry_rules rules = rules_of("1234", "567890");
    pin_entry_begin(&entry, &rules, 0);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(pin_entry_digit(&entry, &rules, '5', 0), PIN_ENTRY_MORE);
    assert_true(entry.deadline_ns == PIN_ENTRY_PAUSE_NS);
    assert_int_equal(pin_entry_time(&entry, &rules, PIN_ENTRY_PAUSE_NS - 1), PIN_ENTRY_MORE);
    assert_int_equal(pin_entry_time(&entry, &rules, PIN_ENTRY_PAUSE_NS), PIN_ENTRY_WHOLE);
    pin_entry_digit(&entry, &rules, '6', 0);
    assert_true(entry.deadline_ns == 15 * S);
    rules.timeout_ns = S;
    pin_entry_told(&entry, &rules, 0);
    assert_true(entry.deadline_ns == S);
}

static void nobody_stands_in_the_door_for_ever(void **state)
{
    (void)state;
    struct pin_entry_rules rules = rules_of("1234", "");
    pin_entry_begin(&entry, &rules, now_ns);
    for (unsigned i = 1; i < PIN_ENTRY_MOST_KEYS; i++)
        assert_int_equal(pin_entry_digit(&entry, &rules, '*', now_ns), PIN_ENTRY_MORE);
    assert_int_equal(pin_entry_digit(&entry, &rules, '*', now_ns), PIN_ENTRY_TOO_OFTEN);
    assert_int_equal(pin_entry_digit(&entry, &rules, '1', now_ns), PIN_ENTRY_TOO_OFTEN);
}

static const char *random_pin(char out[PIN_ENTRY_BYTES], unsigned most)
{
    unsigned length = random_u32() % 4 ? 3 + random_u32() % (most - 2) : 0;
    for (unsigned i = 0; i < length; i++)
        out[i] = (char)('1' + random_u32() % 2);
    out[length] = '\0';
    return out;
}

/* A plain twin: what was gathered, compared by strcmp(). */
static enum pin_entry_outcome twin(char *gathered, const char *pin, const char *moderator_pin,
                                   char digit, unsigned *tries)
{
    size_t guest = strlen(pin), moderator = strlen(moderator_pin);
    size_t longest = guest > moderator ? guest : moderator, length = strlen(gathered);
    bool ends = digit == '#' && length;
    if (digit == '*')
        gathered[0] = '\0';
    if (digit >= '0' && digit <= '9') {
        snprintf(gathered + length, 2, "%c", digit);
        ends = length + 1 >= longest;
    }
    if (!ends)
        return PIN_ENTRY_MORE;
    bool is_moderator = strcmp(gathered, moderator_pin) == 0;
    bool is_guest = strcmp(gathered, pin) == 0;
    gathered[0] = '\0';
    if (is_moderator || is_guest)
        return is_moderator ? PIN_ENTRY_MODERATOR : PIN_ENTRY_GUEST;
    *tries -= *tries > 0;
    return *tries ? PIN_ENTRY_WRONG : PIN_ENTRY_TOO_OFTEN;
}

static void equals_the_plain_twin(void **state)
{
    (void)state;
    unsigned taken = 0;
    for (unsigned round = 0; round < 5000; round++) {
        char pin[PIN_ENTRY_BYTES], moderator_pin[PIN_ENTRY_BYTES], gathered[32] = "";
        struct pin_entry_rules rules =
            rules_of(random_pin(pin, 6), random_pin(moderator_pin, 6));
        if (!pin[0] && !moderator_pin[0])
            continue;
        rules.tries = 1 + random_u32() % 5;
        unsigned tries = rules.tries;
        pin_entry_begin(&entry, &rules, 0);
        for (unsigned i = 0; i < 60; i++) {
            char digit = "1212121212121212*#"[random_u32() % 18];
            enum pin_entry_outcome outcome =
                judged(pin_entry_digit(&entry, &rules, digit, 0), pin, moderator_pin);
            assert_int_equal(outcome, twin(gathered, pin, moderator_pin, digit, &tries));
            taken += outcome == PIN_ENTRY_GUEST || outcome == PIN_ENTRY_MODERATOR;
        }
    }
    assert_true(taken > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pin_is_taken_at_its_last_digit),
        cmocka_unit_test(pins_of_different_lengths),
        cmocka_unit_test(tries_are_counted),
        cmocka_unit_test(time_runs_from_the_last_digit),
        cmocka_unit_test(a_pause_ends_what_may_be_whole),
        cmocka_unit_test(nobody_stands_in_the_door_for_ever),
        cmocka_unit_test(equals_the_plain_twin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
