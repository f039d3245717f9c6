/* test_digit_filter.c - each press once, whichever ways it comes. */
#include "server/room/digit_filter.h"

#include "mixer/base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MS 1000000LL
#define R DIGIT_RTP
#define I DIGIT_INFO
#define B DIGIT_INBAND

struct report {
    unsigned ms;
    char digit;
    enum participant_digit_source source;
};

/* What is left of the reports, as text. */
static void assert_left(const char *expected, const struct report *reports, size_t count)
{
    struct digit_filter filter = {0};
    char left[64] = "";
    for (size_t i = 0; i < count; i++) {
        if (digit_filter_is_new(&filter, reports[i].digit, reports[i].source,
                                5000 * MS + reports[i].ms * MS))
            left[strlen(left)] = reports[i].digit;
    }
    assert_string_equal(left, expected);
}

#define LEFT(expected, ...)                                                                    \
    do {                                                                                       \
        static const struct report reports[] = {__VA_ARGS__};                                  \
        assert_left(expected, reports, sizeof(reports) / sizeof(reports[0]));                  \
    } while (0)

static void the_same_press_another_way_is_no_press(void **state)
{
    (void)state;
    LEFT("5", {0, '5', R}, {80, '5', I}, {120, '5', B});
    LEFT("5", {0, '5', B}, {0, '5', I}, {300, '5', R});
    LEFT("55", {0, '5', R}, {301, '5', I});
    LEFT("12", {0, '1', R}, {50, '2', R}, {60, '1', I}, {110, '2', B}, {120, '1', B},
         {130, '2', I});
}

static void the_same_way_is_another_press(void **state)
{
    (void)state;
    LEFT("55", {0, '5', R}, {100, '5', R});
    LEFT("55", {0, '5', R}, {50, '5', I}, {200, '5', R}, {250, '5', I});
    LEFT("55", {0, '5', R}, {50, '5', I}, {250, '5', I}, {280, '5', R});
    LEFT("555", {0, '5', B}, {10, '5', B}, {20, '5', B}, {30, '5', R}, {40, '5', R},
         {50, '5', R});
}

static void a_zeroed_filter_knows_no_press(void **state)
{
    (void)state;
    struct digit_filter filter = {0};
    assert_true(digit_filter_is_new(&filter, '0', R, 0));
    assert_false(digit_filter_is_new(&filter, '0', I, 0));
}

/* A plain twin without a ring: every report ever, and whether it was matched to a press. */
static bool twin_is_new(struct report *presses, unsigned (*ways)[3], unsigned *count,
                        const struct report *report)
{
    for (unsigned i = 0; i < *count; i++) {
        if (presses[i].digit == report->digit && !ways[i][report->source] &&
            report->ms - presses[i].ms <= 300) {
            ways[i][report->source] = 1;
            return false;
        }
    }
    presses[*count] = *report;
    memset(ways[*count], 0, sizeof(ways[0]));
    ways[(*count)++][report->source] = 1;
    return true;
}

static void equals_the_plain_twin(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        struct digit_filter filter = {0};
        struct report presses[400], report = {0};
        unsigned ways[400][3], count = 0;
        for (unsigned i = 0; i < 400; i++) {
            report.ms += 25 + random_u32() % 150; /* at most 13 in the time that counts */
            report.digit = (char)('1' + random_u32() % 3);
            report.source = random_u32() % 3;
            bool is_new =
                digit_filter_is_new(&filter, report.digit, report.source, report.ms * MS);
            assert_int_equal(is_new, twin_is_new(presses, ways, &count, &report));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_press_another_way_is_no_press),
        cmocka_unit_test(the_same_way_is_another_press),
        cmocka_unit_test(a_zeroed_filter_knows_no_press),
        cmocka_unit_test(equals_the_plain_twin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
