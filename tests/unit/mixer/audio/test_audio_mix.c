/* test_audio_mix.c - N-1: the sum of the others, without loss. */
#include "mixer/audio/audio_mix.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { SAMPLES = 960 };

static void mix_of(struct audio_mix *mix, int16_t voice[][SAMPLES], unsigned voices)
{
    audio_mix_begin(mix, SAMPLES);
    for (unsigned i = 0; i < voices; i++)
        audio_mix_add(mix, voice[i]);
}

static void hears_others_not_itself(void **state)
{
    (void)state;
    static struct audio_mix mix;
    static int16_t voice[3][SAMPLES];
    static int32_t sum[SAMPLES];
    for (unsigned i = 0; i < SAMPLES; i++) {
        voice[0][i] = 1;
        voice[1][i] = -20;
        voice[2][i] = (int16_t)i;
    }
    mix_of(&mix, voice, 3);
    audio_mix_minus(&mix, voice[1], sum);
    for (unsigned i = 0; i < SAMPLES; i++)
        assert_int_equal(sum[i], 1 + (int)i);
    audio_mix_minus(&mix, NULL, sum);
    for (unsigned i = 0; i < SAMPLES; i++)
        assert_int_equal(sum[i], 1 - 20 + (int)i);
}

static void begin_forgets_and_a_short_frame_stays_short(void **state)
{
    (void)state;
    static struct audio_mix mix;
    static int16_t loud[SAMPLES];
    static int32_t sum[SAMPLES];
    memset(loud, 0x11, sizeof(loud));
    audio_mix_begin(&mix, SAMPLES);
    audio_mix_add(&mix, loud);
    audio_mix_begin(&mix, 160);
    memset(sum, 0x55, sizeof(sum));
    audio_mix_minus(&mix, NULL, sum);
    for (unsigned i = 0; i < SAMPLES; i++)
        assert_int_equal(sum[i], i < 160 ? 0 : 0x55555555);
    audio_mix_add(&mix, loud);
    audio_mix_minus(&mix, NULL, sum);
    for (unsigned i = 0; i < SAMPLES; i++)
        assert_int_equal(sum[i], i < 160 ? 0x1111 : 0x55555555);
}

/* Two channels of 48 kHz: as long as a frame may be. */
static void the_difference_is_not_limited(void **state)
{
    (void)state;
    enum { VOICES = 30, LONGEST = AUDIO_MIX_MAX_SAMPLES };
    static struct audio_mix mix;
    static int16_t voice[VOICES][LONGEST];
    static int32_t sum[LONGEST + 1];
    uint32_t seed = 23;
    for (unsigned round = 0; round < 60; round++) {
        const unsigned voices = 1 + round % VOICES, own = signal_random(&seed) % (voices + 1);
        const unsigned samples = round % 2 ? LONGEST : 1 + signal_random(&seed) % LONGEST;
        signal_random_bytes(&seed, voice, sizeof(voice));
        audio_mix_begin(&mix, samples);
        for (unsigned v = 0; v < voices; v++)
            audio_mix_add(&mix, voice[v]);
        sum[samples] = 0x55;
        audio_mix_minus(&mix, own == voices ? NULL : voice[own], sum);
        for (unsigned i = 0; i < samples; i++) {
            int32_t want = 0;
            for (unsigned v = 0; v < voices; v++)
                want += v == own ? 0 : voice[v][i];
            assert_int_equal(sum[i], want);
        }
        assert_int_equal(sum[samples], 0x55);
    }
}

static void the_difference_of_as_many_as_promised_fits(void **state)
{
    (void)state;
    static struct audio_mix mix;
    static int16_t low[SAMPLES];
    static int32_t sum[SAMPLES];
    for (unsigned i = 0; i < SAMPLES; i++)
        low[i] = -32768;
    audio_mix_begin(&mix, SAMPLES);
    for (unsigned v = 0; v < AUDIO_MIX_MAX_VOICES; v++)
        audio_mix_add(&mix, low);
    audio_mix_minus(&mix, NULL, sum);
    assert_int_equal(sum[0], -32768 * AUDIO_MIX_MAX_VOICES);
    audio_mix_minus(&mix, low, sum);
    assert_int_equal(sum[SAMPLES - 1], -32768 * (AUDIO_MIX_MAX_VOICES - 1));
}

static void a_sum_is_scaled_as_in_64_bits(void **state)
{
    (void)state;
    static const audio_gain gains[] = {AUDIO_GAIN_ONE, 0, 1, 1000, 2048, 4095, 4097, 40960};
    static int32_t in[SAMPLES], out[SAMPLES];
    uint32_t seed = 29;
    for (unsigned round = 0; round < 80; round++) {
        const unsigned samples = 1 + signal_random(&seed) % SAMPLES;
        for (unsigned i = 0; i < SAMPLES; i++)
            in[i] = (int32_t)signal_random(&seed) >> signal_random(&seed) % 31;
        in[0] = round % 2 ? INT32_MIN : INT32_MAX;
        memcpy(out, in, sizeof(in));
        const audio_gain gain = gains[round % 8];
        audio_mix_scale(out, samples, gain);
        for (unsigned i = 0; i < SAMPLES; i++) {
            int64_t x = i < samples ? (int64_t)in[i] * gain / AUDIO_GAIN_ONE : in[i];
            x = x > INT32_MAX ? INT32_MAX : x < INT32_MIN ? INT32_MIN : x;
            assert_int_equal(out[i], x);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hears_others_not_itself),
        cmocka_unit_test(begin_forgets_and_a_short_frame_stays_short),
        cmocka_unit_test(the_difference_is_not_limited),
        cmocka_unit_test(the_difference_of_as_many_as_promised_fits),
        cmocka_unit_test(a_sum_is_scaled_as_in_64_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
