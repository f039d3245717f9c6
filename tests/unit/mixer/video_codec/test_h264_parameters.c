/* test_h264_parameters.c - parameter sets of x264, cut and bent; levels; sprop. */
#include "mixer/video_codec/h264_parameters.h"
#include "tests/unit/mixer/video_codec/annex_b_units.h"

#include <errno.h>

/* As x264 writes them: hexadecimal, without start codes. */
static const struct {
    const char *hex;
    struct h264_sps want;
} sets[] = {
    {"6742c028d900780227e5c044000003000400000300f03c60c920",
     {.profile = 66, .constraints = 0xc0, .level = 40, .width = 1920, .height = 1080}},
    {"6764001facd9405005bb0110000003001000000303c0f1831960",
     {.profile = 100, .level = 31, .width = 1280, .height = 720}},
    {"67f4001e919b28589f558088000003000800000301e078b16cb0",
     {.profile = 244, .level = 30, .chroma_format = 3, .width = 175, .height = 143}},
    {"674d400beca1627d560220000003002000000781e28532c0",
     {.profile = 77, .constraints = 0x40, .level = 11, .width = 174, .height = 142}},
    {"6764001eacd940a02ff97016e0202028000003000800000301e078b16cb0",
     {.profile = 100,
      .level = 30,
      .width = 640,
      .height = 360,
      .full_range = true,
      .has_matrix = true,
      .matrix = PICTURE_BT709}},
    {"6764001facd940b424d80880000003008000001e0f8b16cb",
     {.profile = 100, .level = 31, .has_fields = true, .width = 720, .height = 576}},
    {"6742c00ad91ec044000003000400000300f03c489920",
     {.profile = 66, .constraints = 0xc0, .level = 10, .width = 16, .height = 16}},
    {"6742c03cda0020000876c044000003000400000300f03c2010a8",
     {.profile = 66, .constraints = 0xc0, .level = 60, .width = 8192, .height = 4320}},
    {"676e000da6cd941419f9f0110000030001000003003c0f142996",
     {.profile = 110, .level = 13, .bit_depth = 10, .width = 320, .height = 180}},
};
enum { SETS = sizeof(sets) / sizeof(sets[0]) };

/* From memory of exactly this length. */
static int read_sps(const uint8_t *bytes, size_t length, struct h264_sps *sps)
{
    uint8_t *copy = malloc(length);
    assert_non_null(copy);
    memcpy(copy, bytes, length);
    const struct annex_b_unit unit = {copy, length};
    const int result = h264_parameters_sps(&unit, sps);
    free(copy);
    return result;
}

static void every_field_is_read(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SETS; i++) {
        uint8_t bytes[64];
        struct h264_sps sps;
        const struct h264_sps *want = &sets[i].want;
        assert_int_equal(read_sps(bytes, annex_b_units_from_hex(sets[i].hex, bytes), &sps), 0);
        assert_int_equal(sps.profile, want->profile);
        assert_int_equal(sps.constraints, want->constraints);
        assert_int_equal(sps.level, want->level);
        assert_int_equal(sps.width, want->width);
        assert_int_equal(sps.height, want->height);
        assert_int_equal(sps.chroma_format, want->chroma_format ? want->chroma_format : 1);
        assert_int_equal(sps.bit_depth, want->bit_depth ? want->bit_depth : 8);
        assert_int_equal(sps.has_fields, want->has_fields);
        assert_int_equal(sps.full_range, want->full_range);
        assert_int_equal(sps.has_matrix, want->has_matrix);
        assert_int_equal(sps.matrix, want->matrix);
        assert_int_equal(sps.frame_number_bits, 4);
        assert_true(sps.reference_frames >= 1 && sps.reference_frames <= 4);
    }
}

/* A cut set is refused, or says the same size: the colours may be missing. */
static void every_truncation(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SETS; i++) {
        uint8_t bytes[64];
        const size_t whole = annex_b_units_from_hex(sets[i].hex, bytes);
        bool was_good = false;
        for (size_t length = 1; length <= whole; length++) {
            struct h264_sps sps = {.width = 7};
            const int result = read_sps(bytes, length, &sps);
            assert_true(result == 0 || (result == -EBADMSG && !was_good));
            was_good = result == 0;
            assert_int_equal(sps.width, was_good ? sets[i].want.width : 7);
        }
        assert_true(was_good);
    }
}

static void bent_bits(void **state)
{
    (void)state;
    uint32_t seed = 77;
    for (unsigned round = 0; round < 200000; round++) {
        uint8_t bytes[64];
        struct h264_sps sps;
        const size_t length = annex_b_units_from_hex(sets[round % SETS].hex, bytes);
        for (unsigned flips = 1 + round % 4; flips--;)
            bytes[1 + signal_random(&seed) % (length - 1)] ^= (uint8_t)(1 << round % 8);
        if (read_sps(bytes, length, &sps) < 0)
            continue;
        assert_true(sps.width && sps.height && sps.id <= H264_MAX_SPS_ID);
        assert_in_range(sps.frame_number_bits, 4, 16);
        assert_in_range(sps.bit_depth, 8, 14);
    }
}

/* ---- bits written by hand ---- */

struct writer {
    uint8_t bytes[256];
    size_t at;
};

static void put(struct writer *writer, uint32_t value, unsigned count)
{
    for (; count--; writer->at++)
        writer->bytes[writer->at / 8] |=
            (uint8_t)((value >> count & 1) << (7 - writer->at % 8));
}

static void put_ue(struct writer *writer, uint32_t value)
{
    unsigned length = 0;
    while ((value + UINT64_C(1)) >> (length + 1))
        length++;
    put(writer, 0, length);
    put(writer, 1, 1);
    put(writer, (uint32_t)((value + UINT64_C(1)) - (UINT64_C(1) << length)), length);
}

/* A baseline SPS of columns x rows of blocks, cut by left, right, top, bottom. */
static int read_made(uint32_t id, uint32_t number_bits, uint32_t order, uint32_t references,
                     const uint32_t size[6], struct h264_sps *sps)
{
    struct writer writer = {{0}, 0};
    put(&writer, 0x6742001e, 32);
    put_ue(&writer, id);
    put_ue(&writer, number_bits);
    put_ue(&writer, order);
    if (order == 0)
        put_ue(&writer, 2);
    put_ue(&writer, references);
    put(&writer, 0, 1);
    put_ue(&writer, size[0] - 1);
    put_ue(&writer, size[1] - 1);
    put(&writer, 7, 3); /* frames only, direct inference, cropped */
    for (unsigned i = 2; i < 6; i++)
        put_ue(&writer, size[i]);
    put(&writer, 1, 2); /* no VUI, stop bit */
    uint8_t escaped[2 * sizeof(writer.bytes)];
    size_t length = 0;
    for (size_t i = 0, zeros = 0; i < (writer.at + 7) / 8; i++) {
        if (zeros == 2 && writer.bytes[i] <= 3) {
            escaped[length++] = 3;
            zeros = 0;
        }
        zeros = writer.bytes[i] ? 0 : zeros + 1;
        escaped[length++] = writer.bytes[i];
    }
    return read_sps(escaped, length, sps);
}

static void values_out_of_range(void **state)
{
    (void)state;
    static const struct {
        uint32_t id, number_bits, order, references, size[6];
        int result;
        unsigned width, height;
    } rows[] = {
        {0, 0, 2, 1, {10, 10, 0, 0, 0, 0}, 0, 160, 160},
        {31, 12, 0, 16, {10, 10, 1, 2, 3, 4}, 0, 154, 146},
        {32, 0, 2, 1, {10, 10, 0, 0, 0, 0}, -EBADMSG, 0, 0},
        {0xfffffffe, 0, 2, 1, {10, 10, 0, 0, 0, 0}, -EBADMSG, 0, 0},
        {0, 13, 2, 1, {10, 10, 0, 0, 0, 0}, -EBADMSG, 0, 0},
        {0, 0, 3, 1, {10, 10, 0, 0, 0, 0}, -EBADMSG, 0, 0},
        {0, 0, 2, 17, {10, 10, 0, 0, 0, 0}, -EBADMSG, 0, 0},
        {0, 0, 2, 1, {4095, 1024, 0, 0, 0, 0}, 0, 65520, 16384}, /* as large as they come */
        {0, 0, 2, 1, {4096, 10, 0, 0, 0, 0}, -EBADMSG, 0, 0},
        {0, 0, 2, 1, {10, 0xffffffff, 0, 0, 0, 0}, -EBADMSG, 0, 0},
        {0, 0, 2, 1, {10, 10, 39, 40, 0, 0}, 0, 2, 160},
        {0, 0, 2, 1, {10, 10, 40, 40, 0, 0}, -EBADMSG, 0, 0}, /* nothing left */
        {0, 0, 2, 1, {10, 10, 0, 0, 0, 80}, -EBADMSG, 0, 0},
        {0, 0, 2, 1, {10, 10, 0, 0, 0xfffffffe, 0xfffffffe}, -EBADMSG, 0, 0},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct h264_sps sps = {0};
        assert_int_equal(read_made(rows[i].id, rows[i].number_bits, rows[i].order,
                                   rows[i].references, rows[i].size, &sps),
                         rows[i].result);
        assert_int_equal(sps.width, rows[i].width);
        assert_int_equal(sps.height, rows[i].height);
    }
}

static void other_units(void **state)
{
    (void)state;
    static const uint8_t pps[] = {0x68, 0xce, 0x01, 0x64, 0xb2}, zero[] = {0x68, 0, 0, 0, 1};
    static const uint8_t recovery[] = {0x06, 0x06, 0x01, 0x84, 0x80};
    static const uint8_t second[] = {0x06, 0x05, 0x02, 1, 2, 0x06, 0x01, 0x84, 0x80};
    static const uint8_t other[] = {0x06, 0x05, 0x02, 6, 1, 0x80};
    static const uint8_t endless[] = {0x06, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t slice[] = {0x41, 0x9a, 0x24, 0x6c}; /* P, first, PPS 0 */
    struct h264_pps read = {9, 9};
    struct h264_slice header;
    struct h264_sps sps = {.frame_number_bits = 4};
    uint32_t number = 99;
    assert_int_equal(h264_parameters_pps(&(struct annex_b_unit){pps, sizeof(pps)}, &read), 0);
    assert_int_equal(read.id, 0);
    assert_int_equal(read.sps_id, 0);
    assert_int_equal(h264_parameters_pps(&(struct annex_b_unit){pps, 1}, &read), -EBADMSG);
    assert_int_equal(h264_parameters_pps(&(struct annex_b_unit){zero, 4}, &read), -EBADMSG);
    assert_int_equal(h264_parameters_pps(&(struct annex_b_unit){slice, 4}, &read), -EBADMSG);
    assert_true(h264_parameters_is_recovery_point(&(struct annex_b_unit){recovery, 5}));
    assert_true(h264_parameters_is_recovery_point(&(struct annex_b_unit){second, 9}));
    assert_false(h264_parameters_is_recovery_point(&(struct annex_b_unit){other, 6}));
    assert_false(h264_parameters_is_recovery_point(&(struct annex_b_unit){endless, 7}));
    assert_false(h264_parameters_is_recovery_point(&(struct annex_b_unit){recovery, 1}));
    assert_false(h264_parameters_is_recovery_point(&(struct annex_b_unit){slice, 4}));
    const struct annex_b_unit unit = {slice, sizeof(slice)};
    assert_int_equal(h264_parameters_slice(&unit, &header), 0);
    assert_int_equal(header.first_macroblock, 0);
    assert_int_equal(header.type, 0);
    assert_int_equal(header.pps_id, 0);
    assert_int_equal(h264_parameters_frame_number(&unit, &sps, &number), 0);
    assert_int_equal(number, 1);
    assert_int_equal(h264_parameters_slice(&(struct annex_b_unit){slice, 1}, &header),
                     -EBADMSG);
    assert_int_equal(h264_parameters_slice(&(struct annex_b_unit){pps, 5}, &header), -EBADMSG);
}

static void sprop_there_and_back(void **state)
{
    (void)state;
    static const char good[] = "Z0LACtoR7ARAAAADAEAAAA8DxImo,aM4BZLI=";
    uint8_t bytes[64];
    char text[64];
    const int length = h264_parameters_from_sprop(good, bytes, sizeof(bytes));
    assert_int_equal(length, 4 + 21 + 4 + 5);
    assert_memory_equal(bytes, "\0\0\0\1\x67\x42\xc0\x0a", 8);
    assert_memory_equal(bytes + 25, "\0\0\0\1\x68\xce\x01\x64\xb2", 9);
    assert_int_equal(h264_parameters_to_sprop(bytes, (size_t)length, text, sizeof(text)), 0);
    assert_string_equal(text, good);
    for (size_t room = 0; room < sizeof(good); room++)
        assert_int_equal(h264_parameters_to_sprop(bytes, (size_t)length, text, room), -ENOBUFS);
    assert_int_equal(h264_parameters_to_sprop(bytes, (size_t)length, text, sizeof(good) + 1),
                     0);
    for (size_t room = 0; room < 34; room++)
        assert_int_equal(h264_parameters_from_sprop(good, bytes, room), -ENOBUFS);
    assert_int_equal(h264_parameters_from_sprop(good, bytes, 34), 34);
    static const char *const bad[] = {"", ",", "Z0LA,", ",Z0LA", "Z0*A", "Z", "?"};
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(h264_parameters_from_sprop(bad[i], bytes, sizeof(bytes)), -EBADMSG);
    char endless[2000];
    memset(endless, 'A', sizeof(endless));
    endless[sizeof(endless) - 1] = '\0';
    assert_int_equal(h264_parameters_from_sprop(endless, bytes, sizeof(bytes)), -EBADMSG);
    assert_int_equal(h264_parameters_to_sprop(bytes, 0, text, sizeof(text)), 0);
    assert_string_equal(text, "");
}

static void levels(void **state)
{
    (void)state;
    static const struct {
        unsigned profile, constraints, level, found, max_frame_blocks;
    } rows[] = {{66, 0xe0, 31, 31, 3600}, {66, 0xe0, 40, 40, 8192}, {66, 0xe0, 10, 10, 99},
                {66, 0xf0, 11, 9, 99},    {66, 0xe0, 11, 11, 396},  {77, 0x10, 11, 9, 99},
                {100, 0x10, 11, 11, 396}, {100, 0, 9, 9, 99},       {100, 0, 0, 10, 99},
                {100, 0, 33, 32, 5120},   {100, 0, 255, 62, 139264}};
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct h264_level *level =
            h264_parameters_level(rows[i].profile, rows[i].constraints, rows[i].level);
        assert_int_equal(level->level, rows[i].found);
        assert_int_equal(level->max_frame_blocks, rows[i].max_frame_blocks);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_read),
        cmocka_unit_test(every_truncation),
        cmocka_unit_test(bent_bits),
        cmocka_unit_test(values_out_of_range),
        cmocka_unit_test(other_units),
        cmocka_unit_test(sprop_there_and_back),
        cmocka_unit_test(levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
