/* test_annex_b.c - units of a byte stream, against a plain twin. */
#include "mixer/video_codec/annex_b.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool is_code(const uint8_t *bytes, size_t length, size_t at)
{
    return at + 3 <= length && bytes[at] == 0 && bytes[at + 1] == 0 && bytes[at + 2] == 1;
}

/* The plain twin. @return how many units, whose begins and ends are written. */
static unsigned plain_units(const uint8_t *bytes, size_t length, size_t (*units)[2])
{
    unsigned count = 0;
    for (size_t at = 0; at < length; at++) {
        if (!is_code(bytes, length, at))
            continue;
        size_t end = at + 3;
        while (end < length && !is_code(bytes, length, end))
            end++;
        while (end > at + 3 && bytes[end - 1] == 0)
            end--;
        if (end > at + 3) {
            units[count][0] = at + 3;
            units[count++][1] = end;
        }
    }
    return count;
}

static void equals_the_plain_twin(void **state)
{
    (void)state;
    uint32_t seed = 9;
    for (unsigned round = 0; round < 20000; round++) {
        const size_t length = signal_random(&seed) % 40;
        uint8_t *bytes = malloc(length ? length : 1);
        size_t units[40][2];
        assert_non_null(bytes);
        for (size_t i = 0; i < length; i++) /* few values, so that codes are frequent */
            bytes[i] = (uint8_t)((signal_random(&seed) >> 8) % 3 % (1 + round % 3));
        const unsigned count = plain_units(bytes, length, units);
        struct annex_b scan = annex_b_of(bytes, length);
        struct annex_b_unit unit;
        for (unsigned i = 0; i < count; i++) {
            assert_true(annex_b_next(&scan, &unit));
            assert_ptr_equal(unit.bytes, bytes + units[i][0]);
            assert_int_equal(unit.length, units[i][1] - units[i][0]);
        }
        assert_false(annex_b_next(&scan, &unit));
        assert_false(annex_b_next(&scan, &unit));
        free(bytes);
    }
}

static void nothing_has_no_units(void **state)
{
    (void)state;
    struct annex_b scan = annex_b_of(NULL, 0);
    struct annex_b_unit unit;
    assert_false(annex_b_next(&scan, &unit));
    scan = annex_b_of(annex_b_start, sizeof(annex_b_start));
    assert_false(annex_b_next(&scan, &unit));
}

static void emulation_prevention_is_removed(void **state)
{
    (void)state;
    static const struct {
        uint8_t in[8], length, out[8], written;
    } rows[] = {
        {{1, 2, 3}, 3, {1, 2, 3}, 3},
        {{0, 0, 3, 1}, 4, {0, 0, 1}, 3},
        {{0, 0, 3, 0, 0, 3, 1}, 7, {0, 0, 0, 0, 1}, 5},
        {{0, 0, 3}, 3, {0, 0}, 2},
        {{0, 3, 0, 3}, 4, {0, 3, 0, 3}, 4},
        {{0, 0, 0, 3, 3}, 5, {0, 0, 0, 3}, 4},
        {{0, 0, 3, 3}, 4, {0, 0, 3}, 3},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t out[8] = {0};
        const struct annex_b_unit unit = {rows[i].in, rows[i].length};
        assert_int_equal(annex_b_unescape(&unit, out, sizeof(out)), rows[i].written);
        assert_memory_equal(out, rows[i].out, sizeof(out));
        uint8_t little[2];
        assert_int_equal(annex_b_unescape(&unit, little, sizeof(little)), 2);
        assert_memory_equal(little, rows[i].out, 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_plain_twin),
        cmocka_unit_test(nothing_has_no_units),
        cmocka_unit_test(emulation_prevention_is_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
