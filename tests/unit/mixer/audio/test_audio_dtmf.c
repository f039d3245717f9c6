/* test_audio_dtmf.c - every key at every rate, the edges of ITU-T Q.24, and nothing else. */
#include "mixer/audio/audio_dtmf.h"
#include "mixer/base/pcm.h"
#include "tests/unit/mixer/audio/speech.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char keys[] = "123A456B789C*0#D";
static const double low_hz[] = {697, 770, 852, 941}, high_hz[] = {1209, 1336, 1477, 1633};

enum { MAX_HEARD = 64, BEFORE_MS = 60 };

struct line { /* a detector, and what comes to it, sample by sample */
    unsigned rate, filled, ticks;
    struct audio_dtmf dtmf;
    int16_t tick[PCM_MAX_TICK_SAMPLES];
    double noise; /* rms, white */
    double dc;
    uint32_t seed;
    unsigned count;
    char heard[MAX_HEARD + 1];
    unsigned heard_at[MAX_HEARD + 1]; /* tick */
};

static void line_begin(struct line *line, unsigned rate)
{
    *line = (struct line){.rate = rate, .seed = 7};
    audio_dtmf_init(&line->dtmf, rate);
}

static void line_take(struct line *line, double x)
{
    x += line->dc;
    if (line->noise > 0) { /* four evenly spread make something like a bell */
        double sum = -2;
        for (unsigned i = 0; i < 4; i++)
            sum += signal_random(&line->seed) % 65536 / 65536.0;
        x += line->noise * sqrt(3) * sum;
    }
    line->tick[line->filled++] = pcm_clip((int32_t)lround(x));
    if (line->filled < line->rate / PCM_TICKS_PER_S)
        return;
    char digit = '?';
    if (audio_dtmf_hear(&line->dtmf, line->tick, line->filled, &digit)) {
        assert_non_null(strchr(keys, digit));
        assert_true(line->count < MAX_HEARD);
        line->heard_at[line->count] = line->ticks;
        line->heard[line->count++] = digit;
    } else {
        assert_int_equal(digit, '?');
    }
    line->filled = 0;
    line->ticks++;
}

static void pause_ms(struct line *line, double ms)
{
    for (unsigned i = 0; i < (unsigned)(ms * line->rate / 1000); i++)
        line_take(line, 0);
}

/* Peak of a sine of so many dBm0. */
static double peak_of(double dbm0)
{
    return 32767 * pow(10, (dbm0 - 3.14) / 20);
}

struct press {
    unsigned key; /* 0..15 */
    double ms, low_dbm0, high_dbm0, low_off, high_off, phase;
};

static void press(struct line *line, struct press press)
{
    const double low = low_hz[press.key / 4] * (1 + press.low_off) / line->rate;
    const double high = high_hz[press.key % 4] * (1 + press.high_off) / line->rate;
    for (unsigned i = 0; i < (unsigned)(press.ms * line->rate / 1000); i++)
        line_take(line,
                  peak_of(press.low_dbm0) * sin(SIGNAL_TAU * low * i + press.phase) +
                      peak_of(press.high_dbm0) * sin(SIGNAL_TAU * high * i + 2 * press.phase));
}

/* How many digits one press gives in @p trials places of the tick. The right one only. */
static unsigned heard_of(struct press what, unsigned rate, double noise, unsigned trials)
{
    unsigned count = 0;
    for (unsigned i = 0; i < trials; i++) {
        struct line line;
        line_begin(&line, rate);
        line.noise = noise;
        line.seed += i;
        what.phase = 0.7 * i;
        pause_ms(&line, BEFORE_MS + 20.0 * i / trials);
        press(&line, what);
        pause_ms(&line, 100);
        assert_true(line.count <= 1);
        if (line.count)
            assert_int_equal(line.heard[0], keys[what.key]);
        count += line.count;
    }
    return count;
}

static void every_key_at_every_rate(void **state)
{
    (void)state;
    for (unsigned rate = 0; rate < PCM_RATES; rate++) {
        struct line line;
        line_begin(&line, pcm_rate_hz(rate));
        for (unsigned key = 0; key < 16; key++) {
            pause_ms(&line, 63);
            const unsigned begin = line.ticks;
            press(&line, (struct press){key, 80, -10, -8, 0, 0, key});
            assert_int_equal(line.count, key + 1); /* while it is down, in time */
            assert_in_range(line.heard_at[key] - begin, 1, 3);
        }
        pause_ms(&line, 100);
        assert_string_equal(line.heard, keys);
    }
}

static void a_line_with_dc(void **state)
{
    (void)state;
    struct line line;
    line_begin(&line, 8000);
    line.dc = 3000;
    for (unsigned key = 0; key < 16; key++) {
        pause_ms(&line, 60);
        press(&line, (struct press){key, 60, -16, -16, 0, 0, 0});
    }
    assert_string_equal(line.heard, keys);
}

static void length_and_pause(void **state)
{
    (void)state;
    for (unsigned key = 0; key < 16; key++) {
        for (unsigned rate = 0; rate < PCM_RATES; rate += 2) {
            const unsigned hz = pcm_rate_hz(rate);
            assert_int_equal(heard_of((struct press){key, 40, -9, -7, 0, 0, 0}, hz, 0, 20), 20);
            assert_int_equal(heard_of((struct press){key, 25, -9, -7, 0, 0, 0}, hz, 0, 20), 0);
        }
    }
    for (unsigned at = 0; at < 20; at++) {
        static const struct {
            double ms;
            unsigned count;
        } pauses[] = {{0, 1}, {10, 1}, {15, 1}, {40, 2}, {60, 2}, {500, 2}};
        for (unsigned i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
            struct line line;
            line_begin(&line, 8000);
            pause_ms(&line, BEFORE_MS + at);
            press(&line, (struct press){5, 60, -9, -9, 0, 0, 0});
            pause_ms(&line, pauses[i].ms);
            press(&line, (struct press){5, 60, -9, -9, 0, 0, 1});
            pause_ms(&line, 100);
            assert_int_equal(line.count, pauses[i].count);
        }
    }
}

static void a_long_press_is_one_and_another_key_waits_for_a_pause(void **state)
{
    (void)state;
    struct line line;
    line_begin(&line, 16000);
    press(&line, (struct press){3, 20000, -9, -9, 0, 0, 0});
    assert_string_equal(line.heard, "A");
    press(&line, (struct press){4, 500, -9, -9, 0, 0, 0});
    assert_string_equal(line.heard, "A");
    pause_ms(&line, 50);
    press(&line, (struct press){4, 50, -9, -9, 0, 0, 0});
    assert_string_equal(line.heard, "A4");
}

static void twist(void **state)
{
    (void)state;
    for (unsigned key = 0; key < 16; key++) {
        assert_int_equal(heard_of((struct press){key, 50, -6, -14, 0, 0, 0}, 8000, 0, 10), 10);
        assert_int_equal(heard_of((struct press){key, 50, -14, -10, 0, 0, 0}, 8000, 0, 10), 10);
        assert_int_equal(heard_of((struct press){key, 50, -6, -14, 0, 0, 0}, 48000, 0, 5), 5);
        assert_int_equal(heard_of((struct press){key, 50, -14, -10, 0, 0, 0}, 48000, 0, 5), 5);
        assert_int_equal(heard_of((struct press){key, 100, -6, -18.5, 0, 0, 0}, 8000, 0, 9), 0);
        assert_int_equal(heard_of((struct press){key, 100, -14, -6, 0, 0, 0}, 8000, 0, 9), 0);
        assert_int_equal(heard_of((struct press){key, 100, -9, -99, 0, 0, 0}, 8000, 0, 9), 0);
        assert_int_equal(heard_of((struct press){key, 100, -99, -9, 0, 0, 0}, 8000, 0, 9), 0);
    }
}

static void frequency(void **state)
{
    (void)state;
    for (unsigned key = 0; key < 16; key++) {
        for (int low = -1; low <= 1; low++) {
            for (int high = -1; high <= 1; high++) {
                struct press off = {key, 50, -9, -9, 0.015 * low, 0.015 * high, 0};
                assert_int_equal(heard_of(off, 8000, 0, 10), 10);
                assert_int_equal(heard_of(off, 48000, 0, 3), 3);
                off = (struct press){key, 50, -6, -13, 0.0075 * low, 0.0075 * high, 0};
                assert_int_equal(heard_of(off, 8000, 0, 10), 10);
                off = (struct press){key, 200, -9, -9, 0.035 * low, 0.035 * high, 0};
                if (low || high)
                    assert_int_equal(heard_of(off, 8000, 0, 10), 0);
            }
        }
    }
}

static void loud_and_soft(void **state)
{
    (void)state;
    for (unsigned key = 0; key < 16; key++) {
        for (double dbm0 = 0; dbm0 >= -35; dbm0 -= 5) { /* at 0 the sum of both clips */
            struct press at = {key, 50, dbm0, dbm0, 0, 0, 0};
            assert_int_equal(heard_of(at, 8000, 0, 10), 10);
            assert_int_equal(heard_of(at, 24000, 0, 4), 4);
        }
        assert_int_equal(heard_of((struct press){key, 100, -45, -45, 0, 0, 0}, 8000, 0, 5), 0);
    }
}

/* 15 dB below both tones together, in the band up to 4 kHz. */
static void through_noise(void **state)
{
    (void)state;
    unsigned heard = 0, all = 0;
    for (unsigned key = 0; key < 16; key++) {
        for (int off = -1; off <= 1; off++) {
            struct press at = {key, 50, -12, -12, 0.01 * off, -0.01 * off, 0};
            const double tones = peak_of(-12); /* two sines of that peak have that rms */
            heard += heard_of(at, 8000, tones * pow(10, -15 / 20.0), 20);
            all += 20;
            assert_int_equal(heard_of(at, 48000, tones * pow(10, -15 / 20.0), 5), 5);
            at.ms = 1000; /* a long one is one */
            assert_int_equal(heard_of(at, 8000, tones * pow(10, -15 / 20.0), 2), 2);
        }
    }
    assert_true(heard >= all * 995 / 1000);
}

static void noise_and_hum_are_no_keys(void **state)
{
    (void)state;
    for (unsigned rate = 0; rate < PCM_RATES; rate++) {
        struct line line;
        line_begin(&line, pcm_rate_hz(rate));
        line.noise = 3000;
        pause_ms(&line, 8000);
        line.noise = 30000;
        pause_ms(&line, 4000);
        line.noise = 0;
        for (unsigned i = 0; i < 5 * line.rate; i++) /* a square wave, and full-scale DC */
            line_take(&line, i / (line.rate / 800) % 2 ? 32767 : -32768);
        for (unsigned i = 0; i < line.rate; i++)
            line_take(&line, -32768);
        assert_int_equal(line.count, 0);
    }
}

static void speech_is_no_key(void **state)
{
    (void)state;
    for (unsigned voice = 0; voice < 20; voice++) {
        static int16_t pcm[16000];
        const unsigned rate = voice % 2 ? 8000 : 16000;
        struct line line;
        struct speech speech;
        line_begin(&line, rate);
        speech_begin(&speech, rate, 85 + 10 * voice, -14 - (double)voice, voice + 1);
        for (unsigned second = 0; second < 30; second++) {
            speech_make(&speech, pcm, rate);
            for (unsigned i = 0; i < rate; i++)
                line_take(&line, pcm[i]);
        }
        assert_int_equal(line.count, 0);
    }
}

/* Chords of up to four notes with overtones, for 200 ms each. */
static void music_is_no_key(void **state)
{
    (void)state;
    struct line line;
    line_begin(&line, 8000);
    uint32_t seed = 12;
    for (unsigned chord = 0; chord < 3000; chord++) {
        const unsigned notes = 1 + signal_random(&seed) % 4, overtones = 2 + chord % 5;
        double hz[4];
        for (unsigned n = 0; n < notes; n++)
            hz[n] = 110 * pow(2, signal_random(&seed) % 48 / 12.0);
        for (unsigned i = 0; i < 1600; i++) {
            double sum = 0, t = i / 8000.0;
            for (unsigned n = 0; n < notes; n++)
                for (unsigned k = 1; k <= overtones && k * hz[n] < 3900; k++)
                    sum += sin(SIGNAL_TAU * k * hz[n] * t) / k;
            line_take(&line, 5000 * exp(-3 * t) * sum);
        }
    }
    assert_int_equal(line.count, 0);
}

static void a_key_over_soft_speech_is_heard(void **state)
{
    (void)state;
    struct line line;
    struct speech speech;
    line_begin(&line, 8000);
    speech_begin(&speech, 8000, 120, -40, 3);
    static int16_t pcm[8000];
    for (unsigned key = 0; key < 16; key++) {
        speech_make(&speech, pcm, 8000);
        for (unsigned i = 0; i < 8000; i++) {
            double t = i / 8000.0, tone = 0;
            if (t > 0.5 && t < 0.6)
                tone = peak_of(-12) * (sin(SIGNAL_TAU * low_hz[key / 4] * t) +
                                       sin(SIGNAL_TAU * high_hz[key % 4] * t));
            line_take(&line, pcm[i] + tone);
        }
    }
    assert_string_equal(line.heard, keys);
}

static void survives_every_input(void **state)
{
    (void)state;
    uint32_t seed = 5;
    for (unsigned rate = 0; rate < PCM_RATES; rate++) {
        struct audio_dtmf dtmf;
        audio_dtmf_init(&dtmf, pcm_rate_hz(rate));
        static int16_t pcm[PCM_MAX_TICK_SAMPLES];
        for (unsigned i = 0; i < 3000; i++) {
            char digit;
            signal_random_bytes(&seed, pcm, sizeof(pcm));
            for (unsigned k = 0; k < PCM_MAX_TICK_SAMPLES && i % 3 == 0; k++)
                pcm[k] = pcm[k] < 0 ? INT16_MIN : INT16_MAX;
            assert_false(audio_dtmf_hear(&dtmf, pcm, pcm_rate_hz(rate) / 50, &digit));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_at_every_rate),
        cmocka_unit_test(a_line_with_dc),
        cmocka_unit_test(length_and_pause),
        cmocka_unit_test(a_long_press_is_one_and_another_key_waits_for_a_pause),
        cmocka_unit_test(twist),
        cmocka_unit_test(frequency),
        cmocka_unit_test(loud_and_soft),
        cmocka_unit_test(through_noise),
        cmocka_unit_test(noise_and_hum_are_no_keys),
        cmocka_unit_test(speech_is_no_key),
        cmocka_unit_test(music_is_no_key),
        cmocka_unit_test(a_key_over_soft_speech_is_heard),
        cmocka_unit_test(survives_every_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
