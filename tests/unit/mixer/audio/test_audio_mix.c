/* test_audio_mix.c - N-1: the sum of the others, without loss, limited once. */
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
    static int16_t voice[3][SAMPLES], out[SAMPLES];
    for (unsigned i = 0; i < SAMPLES; i++) {
        voice[0][i] = 1;
        voice[1][i] = -20;
        voice[2][i] = (int16_t)i;
    }
    mix_of(&mix, voice, 3);
    audio_mix_minus_own(&mix, voice[1], AUDIO_GAIN_ONE, out);
    for (unsigned i = 0; i < SAMPLES; i++)
        assert_int_equal(out[i], 1 + (int)i);
    audio_mix_minus_own(&mix, NULL, AUDIO_GAIN_ONE, out);
    for (unsigned i = 0; i < SAMPLES; i++)
        assert_int_equal(out[i], 1 - 20 + (int)i);
}

static void begin_forgets_and_a_short_frame_stays_short(void **state)
{
    (void)state;
    static struct audio_mix mix;
    static int16_t loud[SAMPLES], out[SAMPLES];
    memset(loud, 0x11, sizeof(loud));
    audio_mix_begin(&mix, SAMPLES);
    audio_mix_add(&mix, loud);
    audio_mix_begin(&mix, 160);
    memset(out, 0x55, sizeof(out));
    audio_mix_minus_own(&mix, NULL, AUDIO_GAIN_ONE, out);
    for (unsigned i = 0; i < SAMPLES; i++)
        assert_int_equal(out[i], i < 160 ? 0 : 0x5555);
    audio_mix_add(&mix, loud);
    audio_mix_minus_own(&mix, NULL, AUDIO_GAIN_ONE, out);
    for (unsigned i = 0; i < SAMPLES; i++)
        assert_int_equal(out[i], i < 160 ? 0x1111 : 0x5555);
}

static void clips_once_and_at_both_ends(void **state)
{
    (void)state;
    static struct audio_mix mix;
    static int16_t voice[3][SAMPLES], out[SAMPLES];
    static const int16_t level[3] = {32767, 32767, -32768};
    static const unsigned order[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                         {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (unsigned o = 0; o < 6; o++) {
        for (unsigned v = 0; v < 3; v++) {
            for (unsigned i = 0; i < SAMPLES; i++)
                voice[v][i] = level[order[o][v]];
        }
        mix_of(&mix, voice, 3);
        audio_mix_minus_own(&mix, NULL, AUDIO_GAIN_ONE, out);
        for (unsigned i = 0; i < SAMPLES; i++)
            assert_int_equal(out[i], 32766);
        for (unsigned v = 0; v < 3; v++) {
            audio_mix_minus_own(&mix, voice[v], AUDIO_GAIN_ONE, out);
            for (unsigned i = 0; i < SAMPLES; i++)
                assert_int_equal(out[i], level[order[o][v]] == -32768 ? 32767 : -1);
        }
    }
    for (unsigned v = 0; v < 3; v++)
        memset(voice[v], 0x80, sizeof(voice[v])); /* -32640 */
    mix_of(&mix, voice, 3);
    audio_mix_minus_own(&mix, voice[0], AUDIO_GAIN_ONE, out);
    for (unsigned i = 0; i < SAMPLES; i++)
        assert_int_equal(out[i], -32768);
}

static int16_t plain(int16_t voice[][SAMPLES], unsigned voices, unsigned own, audio_gain gain,
                     unsigned i)
{
    int64_t sum = 0;
    for (unsigned v = 0; v < voices; v++)
        sum += v == own ? 0 : voice[v][i];
    sum = sum * gain / AUDIO_GAIN_ONE;
    return (int16_t)(sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum);
}

static void equals_the_plain_sum(void **state)
{
    (void)state;
    enum { VOICES = 40, NOBODY = VOICES };
    static struct audio_mix mix;
    static int16_t voice[VOICES][SAMPLES], out[SAMPLES];
    static const audio_gain gains[] = {AUDIO_GAIN_ONE, 0, 1, 1000, 4095, 4097, 40960};
    uint32_t seed = 1;
    for (unsigned round = 0; round < 49; round++) {
        unsigned voices = 1 + round % VOICES, shift = round % 3 * 4;
        signal_random_bytes(&seed, voice, sizeof(voice));
        for (unsigned v = 0; v < voices;
             v++) { /* full scale, and so quiet that nothing clips */
            for (unsigned i = 0; i < SAMPLES; i++)
                voice[v][i] = (int16_t)(voice[v][i] / (1 << shift));
        }
        mix_of(&mix, voice, voices);
        unsigned own = signal_random(&seed) % (voices + 1);
        own = own == voices ? NOBODY : own;
        audio_gain gain = gains[round % 7];
        audio_mix_minus_own(&mix, own == NOBODY ? NULL : voice[own], gain, out);
        for (unsigned i = 0; i < SAMPLES; i++)
            assert_int_equal(out[i], plain(voice, voices, own, gain, i));
    }
}

static void as_many_voices_as_promised_do_not_overflow(void **state)
{
    (void)state;
    static struct audio_mix mix;
    static int16_t low[SAMPLES], out[SAMPLES];
    for (unsigned i = 0; i < SAMPLES; i++)
        low[i] = -32768;
    audio_mix_begin(&mix, SAMPLES);
    for (unsigned v = 0; v < AUDIO_MIX_MAX_VOICES; v++)
        audio_mix_add(&mix, low);
    audio_mix_minus_own(&mix, low, 40960, out);
    assert_int_equal(out[0], -32768);
    audio_mix_minus_own(&mix, low, AUDIO_GAIN_ONE, out);
    assert_int_equal(out[SAMPLES - 1], -32768);
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
        cmocka_unit_test(clips_once_and_at_both_ends),
        cmocka_unit_test(equals_the_plain_sum),
        cmocka_unit_test(as_many_voices_as_promised_do_not_overflow),
        cmocka_unit_test(the_difference_is_not_limited),
        cmocka_unit_test(the_difference_of_as_many_as_promised_fits),
        cmocka_unit_test(a_sum_is_scaled_as_in_64_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
