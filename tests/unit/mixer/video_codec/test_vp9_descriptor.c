/* test_vp9_descriptor.c - every field, every cut, and what is written. */
#include "mixer/video_codec/vp9_descriptor.h"
#include "tests/unit/mixer/signal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* From memory of exactly this length. */
static int read_copy(const uint8_t *bytes, size_t length, struct vp9_descriptor *descriptor)
{
    uint8_t *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, length);
    const int result = vp9_descriptor_read(copy, length, descriptor);
    free(copy);
    return result;
}

static void every_field_and_every_cut(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[40];
        size_t length;
        struct vp9_descriptor want;
    } rows[] = {
        {{0x0c}, 1, {.is_begin = true, .is_end = true}},
        {{0xc8, 0x7f}, 2, {.is_predicted = true, .is_begin = true, .id_bits = 7, .id = 127}},
        {{0x84, 0xff, 0xfe}, 3, {.is_end = true, .id_bits = 15, .id = 0x7ffe}},
        {{0x28, 0xbb, 0x77},
         3,
         {.is_begin = true,
          .has_layers = true,
          .temporal = 5,
          .is_switch_up = true,
          .spatial = 5,
          .is_on_lower = true,
          .base = 0x77}},
        {{0xf0, 0x01, 0x20, 0x03, 0x05, 0xfe},
         6,
         {.is_predicted = true,
          .is_flexible = true,
          .id_bits = 7,
          .id = 1,
          .has_layers = true,
          .temporal = 1,
          .references = 3,
          .reference = {1, 2, 127}}},
        {{0x90, 0x01}, 2, {.is_flexible = true, .id_bits = 7, .id = 1}}, /* F without P */
        {{0x0a, 0x38, 0x01, 0x40, 0x00, 0xb4, 0x02, 0x80, 0x01, 0x68, 0x02, 0x00, 0x0c, 1, 2,
          3},
         16,
         {.is_begin = true, .sizes = 2, .width = {320, 640}, .height = {180, 360}}},
        {{0x0a, 0xe0}, 2, {.is_begin = true}},       /* neither sizes nor group */
        {{0x0a, 0x08, 0x00}, 3, {.is_begin = true}}, /* a group of no pictures */
        {{0x0b, 0x08, 0x02, 0x04, 0x01, 0x00}, 6, {.is_begin = true}},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct vp9_descriptor got;
        for (size_t length = 0; length <= rows[i].length; length++)
            assert_int_equal(read_copy(rows[i].bytes, length, &got), -EBADMSG);
        assert_int_equal(read_copy(rows[i].bytes, rows[i].length + 1, &got), rows[i].length);
        const struct vp9_descriptor *want = &rows[i].want;
        assert_int_equal(got.is_predicted, want->is_predicted);
        assert_int_equal(got.is_flexible, want->is_flexible);
        assert_int_equal(got.is_begin, want->is_begin);
        assert_int_equal(got.is_end, want->is_end);
        assert_int_equal(got.id_bits, want->id_bits);
        assert_int_equal(got.id, want->id);
        assert_int_equal(got.has_layers, want->has_layers);
        assert_int_equal(got.temporal, want->temporal);
        assert_int_equal(got.spatial, want->spatial);
        assert_int_equal(got.is_switch_up, want->is_switch_up);
        assert_int_equal(got.is_on_lower, want->is_on_lower);
        assert_int_equal(got.base, want->base);
        assert_int_equal(got.references, want->references);
        assert_memory_equal(got.reference, want->reference, 3);
        assert_int_equal(got.sizes, want->sizes);
        assert_memory_equal(got.width, want->width, sizeof(got.width));
        assert_memory_equal(got.height, want->height, sizeof(got.height));
    }
}

static void what_is_refused(void **state)
{
    (void)state;
    static const uint8_t rows[][12] = {
        {0x50, 0x02, 1},                         /* flexible without a picture ID */
        {0xd0, 0x01, 0x03, 0x03, 0x03, 0x02, 1}, /* four references */
        {0xd0, 0x01, 0x00, 1},                   /* a picture that needs itself */
        {0x0a, 0x08, 0xff, 1, 2, 3, 4, 5, 6, 7}, /* a group that is cut */
        {0x0a, 0xf0, 0, 1, 0, 1, 0, 1, 0, 1},    /* eight sizes that are */
    };
    struct vp9_descriptor got = {.id = 77};
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(read_copy(rows[i], sizeof(rows[i]), &got), -EBADMSG);
    assert_int_equal(got.id, 77);
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    uint32_t seed = 6;
    for (unsigned round = 0; round < 1000; round++) {
        const uint32_t r = signal_random(&seed);
        const struct vp9_descriptor in = {.is_predicted = r & 1,
                                          .is_flexible = r & 8,
                                          .is_begin = r & 2,
                                          .is_end = r & 4,
                                          .id = r >> 8 & 0x7fff,
                                          .reference = {(uint8_t)(1 + r % 127)}};
        uint8_t out[VP9_DESCRIPTOR_BYTES + 1] = {0};
        struct vp9_descriptor got;
        const size_t length = vp9_descriptor_write(&in, out);
        const bool has_reference = in.is_flexible && in.is_predicted;
        assert_int_equal(length, has_reference ? 4 : 3);
        assert_int_equal(read_copy(out, length + 1, &got), length);
        assert_int_equal(got.is_flexible, in.is_flexible);
        assert_true(!got.has_layers && !got.sizes);
        assert_int_equal(got.is_predicted, in.is_predicted);
        assert_int_equal(got.is_begin, in.is_begin);
        assert_int_equal(got.is_end, in.is_end);
        assert_int_equal(got.id, in.id);
        assert_int_equal(got.id_bits, 15);
        assert_int_equal(got.references, has_reference);
        assert_int_equal(got.reference[0], has_reference ? in.reference[0] : 0);
    }
}

static void any_bytes(void **state)
{
    (void)state;
    uint32_t seed = 12;
    for (unsigned round = 0; round < 100000; round++) {
        uint8_t bytes[48];
        struct vp9_descriptor got;
        const size_t length = signal_random(&seed) % sizeof(bytes);
        signal_random_bytes(&seed, bytes, sizeof(bytes));
        const int result = read_copy(bytes, length, &got);
        assert_true(result == -EBADMSG || (result >= 1 && (size_t)result < length));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_and_every_cut),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
