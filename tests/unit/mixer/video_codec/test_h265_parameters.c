/* test_h265_parameters.c - parameter sets of x265, cut and bent. */
#include "mixer/video_codec/h265_parameters.h"
#include "tests/unit/mixer/video_codec/annex_b_units.h"

#include <errno.h>

static const struct {
    const char *hex;
    struct h265_set want;
} rows[] = {
    {"40010c01ffff016000000300900000030000030078959809", {.type = H265_VPS}},
    {"420101016000000300900000030000030078a003c08010e596566924caf0168080000003008000000f04",
     {.type = H265_SPS, .width = 1920, .height = 1080}},
    {"4201010408000003009e0800000300003c9002c4048eef2cacd24995e02d010000030001000003001e08",
     {.type = H265_SPS, .width = 174, .height = 142}}, /* 4:4:4 */
    {"42010101600000030090000003000003001ea02083165959ae4caf016808000003000800000300f040",
     {.type = H265_SPS, .width = 64, .height = 48}},
    {"4401c172b46240", {.type = H265_PPS}},
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* From memory of exactly this length. */
static int read_copy(const uint8_t *bytes, size_t length, struct h265_set *set)
{
    uint8_t *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, length);
    const struct annex_b_unit unit = {copy, length};
    const int result = h265_parameters_set(&unit, set);
    struct h265_slice slice;
    h265_parameters_slice(&unit, &slice);
    free(copy);
    return result;
}

static void every_field_and_every_cut(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROWS; i++) {
        uint8_t bytes[64];
        bool was_good = false;
        const size_t whole = annex_b_units_from_hex(rows[i].hex, bytes);
        for (size_t length = 0; length <= whole; length++) {
            struct h265_set set = {.width = 7};
            const int result = read_copy(bytes, length, &set);
            assert_true(result == 0 || (result == -EBADMSG && !was_good));
            was_good = result == 0;
            assert_int_equal(set.width, was_good ? rows[i].want.width : 7);
            if (!was_good)
                continue;
            assert_int_equal(set.type, rows[i].want.type);
            assert_int_equal(set.height, rows[i].want.height);
            assert_int_equal(set.id, 0);
            assert_int_equal(set.needs, 0);
        }
        assert_true(was_good);
    }
}

static void bent_bits(void **state)
{
    (void)state;
    uint32_t seed = 77;
    for (unsigned round = 0; round < 100000; round++) {
        uint8_t bytes[64];
        struct h265_set set;
        const size_t length = annex_b_units_from_hex(rows[round % ROWS].hex, bytes);
        for (unsigned flips = 1 + round % 4; flips--;)
            bytes[signal_random(&seed) % length] ^= (uint8_t)(1 << round % 8);
        if (read_copy(bytes, length, &set) < 0)
            continue;
        assert_true(set.type != H265_SPS || (set.width && set.height));
        assert_true(set.id <= 63 && set.needs <= 15);
    }
}

static void slices(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[4];
        size_t length;
        int result;
        bool is_first;
        unsigned pps_id;
    } table[] = {
        {{0x02, 0x01, 0xd0}, 3, 0, true, 0}, /* TRAIL_R: 1 1 ... */
        {{0x02, 0x01, 0x40}, 3, 0, false, 0},
        {{0x28, 0x01, 0xaf}, 3, 0, true, 0},       /* IDR: a flag between */
        {{0x28, 0x01, 0x89, 0x80}, 4, 0, true, 3}, /* 1 0 00100.. */
        {{0x02, 0x01}, 2, -EBADMSG, false, 9},
        {{0x02}, 1, -EBADMSG, false, 9},
        {{0x42, 0x01, 0xd0}, 3, -EBADMSG, false, 9}, /* an SPS */
        {{0x02, 0x01, 0x80, 0x00}, 4, -EBADMSG, false, 9},
    };
    for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct h265_slice slice = {.pps_id = 9};
        const struct annex_b_unit unit = {table[i].bytes, table[i].length};
        assert_int_equal(h265_parameters_slice(&unit, &slice), table[i].result);
        assert_int_equal(slice.is_first, table[i].is_first);
        assert_int_equal(slice.pps_id, table[i].pps_id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_and_every_cut),
        cmocka_unit_test(bent_bits),
        cmocka_unit_test(slices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
