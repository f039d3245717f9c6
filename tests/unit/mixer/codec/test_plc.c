/* test_plc.c - a codec's own concealment is cut, faded, and never made up of nothing. */
#include "mixer/codec/plc.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { FRAME = 160, PER_MS = 8 };

/* A codec that hums on at one level for ever, and counts its frames. */
struct codec_decoder {
    unsigned frames;
    int16_t level;
};

static void hum(struct codec_decoder *decoder, int16_t *frame)
{
    decoder->frames++;
    for (unsigned i = 0; i < FRAME; i++)
        frame[i] = decoder->level;
}

static void count_up(struct codec_decoder *decoder, int16_t *frame)
{
    for (unsigned i = 0; i < FRAME; i++)
        frame[i] = (int16_t)(decoder->frames * FRAME + i);
    decoder->frames++;
}

static void before_anything_is_heard_all_is_silent(void **state)
{
    (void)state;
    struct plc plc;
    struct codec_decoder decoder = {.level = 10000};
    int16_t pcm[FRAME];
    plc_init(&plc, 8000, FRAME);
    plc_make(&plc, hum, &decoder, pcm, FRAME);
    for (unsigned i = 0; i < FRAME; i++)
        assert_int_equal(pcm[i], 0);
    assert_int_equal(decoder.frames, 0);
    for (unsigned i = 0; i < FRAME; i++)
        pcm[i] = 1234;
    plc_heard(&plc, pcm, FRAME); /* and what is heard first is whole */
    for (unsigned i = 0; i < FRAME; i++)
        assert_int_equal(pcm[i], 1234);
}

static void whole_for_40_ms_silent_from_100_and_rises_in_5(void **state)
{
    (void)state;
    static const int16_t levels[] = {10000, 32767, -32768};
    for (unsigned l = 0; l < 3; l++) {
        struct plc plc;
        struct codec_decoder decoder = {.level = levels[l]};
        int16_t pcm[150 * PER_MS] = {0}, before = INT16_MAX;
        plc_init(&plc, 8000, FRAME);
        plc_heard(&plc, pcm, FRAME);
        for (unsigned at = 0; at < 150 * PER_MS; at += FRAME / 2)
            plc_make(&plc, hum, &decoder, pcm + at, FRAME / 2);
        assert_int_equal(decoder.frames, 5); /* none for what is silent */
        for (unsigned i = 0; i < 150 * PER_MS; i++) {
            int16_t size = (int16_t)(pcm[i] < 0 ? ~pcm[i] : pcm[i]);
            if (i <= 40 * PER_MS)
                assert_int_equal(pcm[i], levels[l]);
            assert_true(size <= before);
            if (i >= 100 * PER_MS)
                assert_int_equal(pcm[i], 0);
            before = size;
        }
        assert_in_range(abs(pcm[70 * PER_MS]), abs(levels[l]) / 2 - 20,
                        abs(levels[l]) / 2 + 20);
        for (unsigned i = 0; i < FRAME; i++)
            pcm[i] = levels[l];
        plc_heard(&plc, pcm, FRAME);
        assert_int_equal(pcm[0], 0);
        assert_in_range(abs(pcm[20]), abs(levels[l]) / 2 - 20, abs(levels[l]) / 2 + 20);
        for (unsigned i = 5 * PER_MS; i < FRAME; i++)
            assert_int_equal(pcm[i], levels[l]);
    }
}

static void pieces_of_any_size_lose_no_sample(void **state)
{
    (void)state;
    struct plc plc;
    struct codec_decoder decoder = {0};
    uint32_t seed = 1;
    int16_t pcm[400];
    plc_init(&plc, 8000, FRAME);
    for (unsigned at = 0, next; at < 30000; at = next) {
        next = at + signal_random(&seed) % 401;
        plc_noise(&plc, count_up, &decoder, pcm, next - at);
        for (unsigned i = at; i < next; i++)
            assert_int_equal(pcm[i - at], (int16_t)i);
    }
    plc_heard(&plc, pcm, 0); /* the rest of a frame belongs to the loss it was made for */
    decoder.frames = 0;
    plc_noise(&plc, count_up, &decoder, pcm, 1);
    assert_int_equal(pcm[0], 0);
}

static void noise_does_not_fade(void **state)
{
    (void)state;
    struct plc plc;
    struct codec_decoder decoder = {.level = 50};
    int16_t pcm[FRAME];
    plc_init(&plc, 16000, FRAME);
    plc_heard(&plc, pcm, 0);
    for (unsigned i = 0; i < 1000; i++) {
        plc_noise(&plc, hum, &decoder, pcm, FRAME);
        assert_int_equal(pcm[FRAME - 1], 50);
    }
    for (unsigned i = 0; i < FRAME; i++)
        pcm[i] = 7;
    plc_heard(&plc, pcm, FRAME);
    assert_int_equal(pcm[0], 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_anything_is_heard_all_is_silent),
        cmocka_unit_test(whole_for_40_ms_silent_from_100_and_rises_in_5),
        cmocka_unit_test(pieces_of_any_size_lose_no_sample),
        cmocka_unit_test(noise_does_not_fade),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
