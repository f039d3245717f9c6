/* test_amr_payload.c - both forms of AMR's payload, against the RFC's pictures and a plain twin
 * that writes bits as a text of 0 and 1. */
#include "mixer/codec/amr_payload.h"
#include "tests/unit/mixer/signal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { TEXT = 8 * 512 };

static const uint16_t *const tables[2] = {amr_payload_narrow, amr_payload_wide};
static const unsigned speech_modes[2] = {8, 9};

static void write_bits(char *text, unsigned bits, unsigned value)
{
    for (text += strlen(text); bits--; text++)
        *text = value >> bits & 1 ? '1' : '0';
    *text = '\0';
}

static void fill_octet(char *text)
{
    while (strlen(text) % 8)
        strcat(text, "0");
}

/* The payload of `count` frames by the letter of RFC 4867 sections 4.3 and 4.4. */
static unsigned twin(const uint16_t *bits_of_type, bool octet_align,
                     const uint8_t frames[][AMR_PAYLOAD_FRAME_BYTES], unsigned count,
                     uint8_t *out)
{
    static char text[TEXT];
    text[0] = '\0';
    write_bits(text, 4, 15);
    for (unsigned i = 0; i < count; i++) {
        if (octet_align)
            fill_octet(text);
        write_bits(text, 1, i + 1 < count);
        write_bits(text, 4, frames[i][0] >> 3 & 15);
        write_bits(text, 1, frames[i][0] >> 2 & 1);
    }
    for (unsigned i = 0; i < count; i++) {
        if (octet_align)
            fill_octet(text);
        for (unsigned bit = 0; bit < bits_of_type[frames[i][0] >> 3 & 15]; bit++)
            write_bits(text, 1, (unsigned)frames[i][1 + bit / 8] >> (7 - bit % 8) & 1);
    }
    fill_octet(text);
    memset(out, 0, 512);
    for (unsigned i = 0; text[i]; i++)
        out[i / 8] |= (uint8_t)((text[i] == '1') << (7 - i % 8));
    return (unsigned)strlen(text) / 8;
}

static void random_frame(const uint16_t *bits_of_type, unsigned type, uint32_t *seed,
                         uint8_t *frame)
{
    const unsigned bits = bits_of_type[type];
    memset(frame, 0, AMR_PAYLOAD_FRAME_BYTES);
    signal_random_bytes(seed, frame + 1, (bits + 7) / 8);
    if (bits % 8)
        frame[1 + bits / 8] &= (uint8_t)(0xff << (8 - bits % 8));
    frame[0] = (uint8_t)(type << 3 | 1 << 2);
}

static void both_forms_are_as_the_twin_writes_them(void **state)
{
    (void)state;
    uint32_t seed = 9;
    for (unsigned round = 0; round < 4000; round++) {
        const uint16_t *bits_of_type = tables[round & 1];
        const bool octet_align = round & 2;
        const unsigned count = 1 + signal_random(&seed) % AMR_PAYLOAD_MAX_FRAMES;
        uint8_t frames[AMR_PAYLOAD_MAX_FRAMES][AMR_PAYLOAD_FRAME_BYTES];
        uint8_t expected[512], got[512], frame[AMR_PAYLOAD_FRAME_BYTES];
        for (unsigned i = 0; i < count; i++) {
            unsigned type = signal_random(&seed) % AMR_PAYLOAD_TYPES;
            type = bits_of_type[type] == AMR_PAYLOAD_NO_TYPE ? AMR_PAYLOAD_NO_DATA : type;
            random_frame(bits_of_type, type, &seed, frames[i]);
            if (signal_random(&seed) & 1)
                frames[i][0] &= (uint8_t) ~(1u << 2);
        }
        const unsigned length =
            twin(bits_of_type, octet_align, (const void *)frames, count, expected);
        memset(got, 0xee, sizeof(got));
        assert_int_equal(amr_payload_write(bits_of_type, octet_align, (const void *)frames,
                                           count, got, length),
                         length);
        assert_memory_equal(got, expected, length);
        assert_int_equal(got[length], 0xee);
        assert_int_equal(amr_payload_write(bits_of_type, octet_align, (const void *)frames,
                                           count, got, length - 1),
                         -ENOBUFS);
        struct amr_payload payload;
        assert_int_equal(
            amr_payload_read(&payload, bits_of_type, octet_align, expected, length), 0);
        assert_int_equal(payload.request, 15);
        assert_int_equal(payload.count, count);
        for (unsigned i = 0; i < count; i++) {
            memset(frame, 0xee, sizeof(frame));
            assert_int_equal(amr_payload_frame(&payload, i, frame), frames[i][0] >> 3);
            assert_memory_equal(frame, frames[i], sizeof(frame));
            assert_int_equal(amr_payload_is_good(frame), frames[i][0] >> 2 & 1);
        }
    }
}

/* RFC 4867 section 4.3.5.1: one frame of 5.9 kbit/s, request of mode 6 (here all bits 1). */
static void a_payload_of_the_rfc(void **state)
{
    (void)state;
    uint8_t data[16], frame[AMR_PAYLOAD_FRAME_BYTES];
    struct amr_payload payload;
    memset(data, 0xff, sizeof(data));
    data[0] = 0x61; /* 0110, 0 001 */
    data[1] = 0x7f; /* 0 1 111111: type 2, quality 1 */
    assert_int_equal(amr_payload_read(&payload, amr_payload_narrow, false, data, 16), 0);
    assert_int_equal(payload.request, 6);
    assert_int_equal(payload.count, 1);
    assert_int_equal(amr_payload_frame(&payload, 0, frame), 2);
    for (unsigned bit = 0; bit < 480; bit++)
        assert_int_equal(frame[1 + bit / 8] >> (7 - bit % 8) & 1, bit < 118);
}

static void what_is_cut_or_too_long_is_none(void **state)
{
    (void)state;
    uint32_t seed = 4;
    for (unsigned round = 0; round < 400; round++) {
        const uint16_t *bits_of_type = tables[round & 1];
        const bool octet_align = round & 2;
        const unsigned count = 1 + round / 4 % AMR_PAYLOAD_MAX_FRAMES;
        uint8_t frames[AMR_PAYLOAD_MAX_FRAMES][AMR_PAYLOAD_FRAME_BYTES], data[512];
        for (unsigned i = 0; i < count; i++)
            random_frame(bits_of_type, signal_random(&seed) % speech_modes[round & 1], &seed,
                         frames[i]);
        int length = amr_payload_write(bits_of_type, octet_align, (const void *)frames, count,
                                       data, sizeof(data));
        struct amr_payload payload;
        for (int l = 0; l <= length + 2; l++)
            assert_int_equal(
                amr_payload_read(&payload, bits_of_type, octet_align, data, (size_t)l),
                l == length ? 0 : -EBADMSG);
    }
    struct amr_payload payload;
    const uint8_t seven[8] = {0xf0, 0xfc, 0xfc, 0xfc, 0xfc, 0xfc, 0xfc, 0x7c}; /* no data */
    assert_int_equal(amr_payload_read(&payload, amr_payload_wide, true, seven, 8), -EBADMSG);
    assert_int_equal(amr_payload_read(&payload, amr_payload_wide, true, (const uint8_t *)"", 0),
                     -EBADMSG);
    for (unsigned type = 0; type < AMR_PAYLOAD_TYPES; type++) {
        uint8_t data[2 + 60] = {0xf0, (uint8_t)(type << 3 | 4)};
        for (unsigned band = 0; band < 2; band++) {
            const unsigned bits = tables[band][type];
            const bool is_type = bits != AMR_PAYLOAD_NO_TYPE;
            assert_int_equal(amr_payload_read(&payload, tables[band], true, data,
                                              2 + (is_type ? (bits + 7) / 8 : 5)),
                             is_type ? 0 : -EBADMSG);
        }
    }
}

/* All that a sender can send: speech in any mode, up to six frames, in either form. */
static void the_count_needs_no_word_about_the_form(void **state)
{
    (void)state;
    uint32_t seed = 8;
    unsigned wrong = 0, all = 0;
    for (unsigned round = 0; round < 200000; round++) {
        const unsigned band = round & 1, type = signal_random(&seed) % speech_modes[band];
        const unsigned count = 1 + signal_random(&seed) % AMR_PAYLOAD_MAX_FRAMES;
        uint8_t frames[AMR_PAYLOAD_MAX_FRAMES][AMR_PAYLOAD_FRAME_BYTES], data[512];
        for (unsigned i = 0; i < count; i++)
            random_frame(tables[band], type, &seed, frames[i]);
        int length = amr_payload_write(tables[band], round & 2, (const void *)frames, count,
                                       data, sizeof(data));
        int said = amr_payload_count(tables[band], data, (size_t)length);
        if (band == 0 && type == 1 && !(round & 2) && count == 1) {
            all++;
            wrong += said != 1;
        } else {
            assert_int_equal(said, count);
        }
    }
    assert_in_range(all, 500, 5000);
    assert_true(wrong * 50 < all);
    uint8_t data[4] = {0xf0, 0x4c}; /* no such type */
    assert_int_equal(amr_payload_count(amr_payload_narrow, data, 4), -EBADMSG);
    assert_int_equal(amr_payload_count(amr_payload_narrow, data, 0), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_are_as_the_twin_writes_them),
        cmocka_unit_test(a_payload_of_the_rfc),
        cmocka_unit_test(what_is_cut_or_too_long_is_none),
        cmocka_unit_test(the_count_needs_no_word_about_the_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
