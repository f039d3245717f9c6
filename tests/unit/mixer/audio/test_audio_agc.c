/* test_audio_agc.c - every voice comes to the same loudness, and noise does not. */
#include "mixer/audio/audio_agc.h"
#include "mixer/base/pcm.h"
#include "tests/unit/mixer/audio/speech.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { RATE = 16000, TICK = RATE / 50, SECOND = 50 };

struct line { /* somebody who speaks, in a room with noise, and what becomes of it */
    struct speech speech;
    double noise;       /* rms, white               */
    bool says_nothing;  /* only the noise is there  */
    bool sends_nothing; /* in pauses: DTX           */
    struct audio_talk talk;
    struct audio_agc agc;
    int16_t in[TICK], out[TICK];
    unsigned level;
};

static double gain_db(const struct audio_agc *agc)
{
    return (double)agc->gain_db;
}

static void line_begin(struct line *line, double speech_dbov, double noise_dbov)
{
    *line = (struct line){.noise = 32767 * pow(10, noise_dbov / 20)};
    speech_begin(&line->speech, RATE, 140, speech_dbov, 21);
}

static void line_make(struct line *line)
{
    memset(line->in, 0, sizeof(line->in));
    if (!line->says_nothing)
        speech_make(&line->speech, line->in, TICK);
    for (unsigned i = 0; i < TICK; i++) {
        double noise = line->noise * sqrt(3) * speech_random(&line->speech, -1, 1);
        line->in[i] = pcm_clip((int32_t)lround(line->in[i] + noise));
    }
    if (line->sends_nothing && audio_level(line->in, TICK) > 60)
        memset(line->in, 0, sizeof(line->in));
}

static int peak_of(const int16_t *pcm)
{
    int peak = 0;
    for (unsigned i = 0; i < TICK; i++)
        peak = abs(pcm[i]) > peak ? abs(pcm[i]) : peak;
    return peak;
}

/* One tick; checks what must hold in each: nothing clips, and the gain keeps to its speeds. */
static void line_run(struct line *line)
{
    line_make(line);
    memcpy(line->out, line->in, sizeof(line->out));
    line->level = audio_level(line->in, TICK);
    audio_talk_update(&line->talk, line->level);
    const double before = gain_db(&line->agc);
    audio_agc_run(&line->agc, line->out, TICK, line->talk.talking, line->level);
    const double after = gain_db(&line->agc);
    const bool was_limited = peak_of(line->in) * pow(10, (before + 0.06) / 20) > 32766;
    assert_true(after - before < 3.0 / 50 + 1e-5);
    assert_true(after - before > -12.0 / 50 - 1e-5 || was_limited);
    assert_true(after >= -12 && after <= 18);
    if (!line->talk.talking && !was_limited)
        assert_true(after == before);
    if (peak_of(line->in) < 32000)
        assert_true(peak_of(line->out) < 32767);
}

static void line_run_ticks(struct line *line, unsigned ticks)
{
    for (unsigned i = 0; i < ticks; i++)
        line_run(line);
}

/* Loudness of what comes out, of the ticks within 16 dB of the speech's own. */
static double loudness(struct line *line, unsigned ticks, double speech_dbov)
{
    double sum = 0;
    unsigned active = 0;
    for (unsigned i = 0; i < ticks; i++) {
        line_run(line);
        if (-(double)line->level < speech_dbov - 16)
            continue;
        double rms = signal_rms(line->out, TICK) / 32767;
        sum += rms * rms;
        active++;
    }
    assert_true(active > ticks / 3);
    return 10 * log10(sum / active);
}

static void all_come_to_the_same_loudness(void **state)
{
    (void)state;
    static const double dbov[] = {-12, -16, -20, -23, -26, -30, -35, -38, -40};
    for (unsigned dtx = 0; dtx < 2; dtx++) {
        for (unsigned i = 0; i < sizeof(dbov) / sizeof(dbov[0]); i++) {
            struct line line;
            line_begin(&line, dbov[i], -72);
            line.sends_nothing = dtx;
            line_run_ticks(&line, 14 * SECOND);
            const double out = loudness(&line, 20 * SECOND, dbov[i]);
            assert_true(fabs(out + AUDIO_AGC_TARGET) < 2);
        }
    }
}

/* Settled, it breathes by less than anybody hears. */
static void it_does_not_pump(void **state)
{
    (void)state;
    struct line line;
    line_begin(&line, -33, -70);
    line_run_ticks(&line, 20 * SECOND);
    double least = 99, most = -99;
    for (unsigned i = 0; i < 60 * SECOND; i++) {
        line_run(&line);
        least = fmin(least, gain_db(&line.agc));
        most = fmax(most, gain_db(&line.agc));
    }
    assert_true(most - least < 3);
}

static void noise_alone_is_never_amplified(void **state)
{
    (void)state;
    for (double dbov = -80; dbov <= -15; dbov += 2.5) {
        struct line line;
        line_begin(&line, 0, dbov);
        line.says_nothing = true;
        for (unsigned i = 0; i < 60 * SECOND; i++) {
            line_run(&line);
            assert_true(gain_db(&line.agc) <= 0);
            assert_true(signal_rms(line.out, TICK) <= signal_rms(line.in, TICK) + 0.5);
        }
    }
}

/* A fan that starts while the line is open is talk for the detector until it has learnt it. */
static void a_fan_that_starts_is_not_raised(void **state)
{
    (void)state;
    for (double fan = -60; fan <= -25; fan += 5) {
        struct line line;
        line_begin(&line, -38, -70);
        line_run_ticks(&line, 20 * SECOND);
        const double before = gain_db(&line.agc);
        assert_true(before > 11);
        line.says_nothing = true;
        line.noise = 32767 * pow(10, fan / 20);
        double most = before;
        for (unsigned i = 0; i < 30 * SECOND; i++) {
            line_run(&line);
            most = fmax(most, gain_db(&line.agc));
        }
        assert_true(most < before + 1.5);
    }
}

static void a_noisy_line_is_raised_less(void **state)
{
    (void)state;
    struct line line;
    line_begin(&line, -38, -52);
    line_run_ticks(&line, 40 * SECOND);
    assert_true(gain_db(&line.agc) > 3);
    assert_true(gain_db(&line.agc) < 10);
}

static void in_pauses_the_gain_stands_still(void **state)
{
    (void)state;
    struct line line;
    line_begin(&line, -33, -65);
    line_run_ticks(&line, 15 * SECOND);
    line.says_nothing = true;
    line_run_ticks(&line, SECOND);
    const double gain = gain_db(&line.agc);
    assert_true(gain > 6);
    for (unsigned i = 0; i < 60 * SECOND; i++) {
        line_run(&line);
        assert_true(gain_db(&line.agc) == gain);
        assert_true(fabs(signal_db(signal_rms(line.out, TICK) / signal_rms(line.in, TICK)) -
                         gain) < 0.2);
    }
}

static void another_speaker_is_learnt_anew(void **state)
{
    (void)state;
    struct line line;
    line_begin(&line, -14, -75);
    line_run_ticks(&line, 20 * SECOND);
    assert_true(gain_db(&line.agc) < -7);
    line.speech.gain = pow(10, (-36 + 23) / 20.0);
    line_run_ticks(&line, 25 * SECOND);
    const double out = loudness(&line, 20 * SECOND, -36);
    assert_true(fabs(out + AUDIO_AGC_TARGET) < 2);
}

static void at_0_db_not_a_bit_changes(void **state)
{
    (void)state;
    struct audio_agc agc = {0};
    uint32_t seed = 4;
    int16_t in[TICK], out[TICK];
    for (unsigned i = 0; i < 100; i++) {
        signal_random_bytes(&seed, in, sizeof(in));
        memcpy(out, in, sizeof(in));
        audio_agc_run(&agc, out, TICK, false, audio_level(in, TICK));
        assert_memory_equal(in, out, sizeof(in));
    }
    assert_true(gain_db(&agc) == 0);
}

/* From one tick to the next and within each the gain is one line without a step. */
static void the_gain_has_no_steps(void **state)
{
    (void)state;
    struct audio_agc agc = {0};
    int16_t pcm[TICK];
    int16_t before = 1000;
    for (unsigned i = 0; i < 40 * SECOND; i++) {
        for (unsigned k = 0; k < TICK; k++)
            pcm[k] = 1000;
        /* levels of a voice that is too quiet, then of one that is too loud */
        audio_agc_run(&agc, pcm, TICK, true, i % 10 < 3 ? 70 : i < 20 * SECOND ? 40 : 10);
        assert_true(signal_max_step(before, pcm, TICK) <= 1);
        before = pcm[TICK - 1];
    }
    assert_true(gain_db(&agc) < -11);
}

static struct audio_agc raised(float gain_db)
{
    return (struct audio_agc){.gain_db = gain_db};
}

static void a_shout_lowers_the_gain_at_once(void **state)
{
    (void)state;
    for (float gain = 1; gain <= 18; gain += 1) {
        for (unsigned at = 0; at < TICK; at += 29) { /* where in the tick the shout begins */
            struct audio_agc agc = raised(gain);
            int16_t in[3 * TICK], out[3 * TICK];
            signal_tone(in, 0, 3 * TICK, RATE, 300, 200);
            signal_tone(in + TICK + at, 0, 2 * TICK - at, RATE, 300, 32000);
            memcpy(out, in, sizeof(out));
            for (unsigned t = 0; t < 3; t++)
                audio_agc_run(&agc, out + t * TICK, TICK, false, 40);
            for (unsigned i = 0; i < 3 * TICK; i++) {
                assert_true(abs(out[i]) < 32767);
                if (abs(in[i]) < 100)
                    continue;
                const double now = (double)out[i] / in[i];
                assert_true(now > 0.99 && now <= pow(10, gain / 20) + 0.02);
                if (i >= 2 * TICK + TICK / 10) /* lowered within 2 ms */
                    assert_true(now < 1.03);
            }
            assert_true(gain_db(&agc) < 0.25);
            assert_true(signal_max_step(0, out, 3 * TICK) <=
                        pow(10, gain / 20) * signal_max_step(0, in, 3 * TICK) + 1);
        }
    }
}

/* With a standing gain, more in is more out, the same on both sides, and full scale is full
 * scale. */
static void peaks_are_rounded_not_cut(void **state)
{
    (void)state;
    for (float gain = 0.5F; gain <= 18; gain += 0.5F) {
        int before = 0;
        const int limit = (int)(32767 / pow(10, gain / 20));
        for (int x = 0; x <= limit; x += 3) {
            int16_t pair[2] = {(int16_t)x, (int16_t)-x};
            struct audio_agc agc = raised(gain);
            audio_agc_run(&agc, pair, 2, false, 40);
            assert_int_equal(pair[0], -pair[1]);
            assert_true(pair[0] >= before && pair[0] < 32767);
            assert_true(pair[0] - before <= 3 * pow(10, gain / 20) + 1);
            if (x * pow(10, gain / 20) < 24000)
                assert_true(fabs(pair[0] - x * pow(10, gain / 20)) <= 0.51);
            before = pair[0];
        }
    }
}

static void survives_every_input(void **state)
{
    (void)state;
    struct audio_agc agc = {0};
    uint32_t seed = 8;
    int16_t pcm[TICK];
    for (unsigned i = 0; i < 20000; i++) {
        signal_random_bytes(&seed, pcm, sizeof(pcm));
        for (unsigned k = 0; k < TICK; k++) {
            const int full = k % 2 ? INT16_MAX : INT16_MIN;
            pcm[k] = (int16_t)(i % 7 ? pcm[k] >> i % 16 : full);
        }
        audio_agc_run(&agc, pcm, signal_random(&seed) % (TICK + 1), signal_random(&seed) % 2,
                      signal_random(&seed) % 128);
        assert_true(gain_db(&agc) >= -12 && gain_db(&agc) <= 18);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_come_to_the_same_loudness),
        cmocka_unit_test(it_does_not_pump),
        cmocka_unit_test(noise_alone_is_never_amplified),
        cmocka_unit_test(a_fan_that_starts_is_not_raised),
        cmocka_unit_test(a_noisy_line_is_raised_less),
        cmocka_unit_test(in_pauses_the_gain_stands_still),
        cmocka_unit_test(another_speaker_is_learnt_anew),
        cmocka_unit_test(at_0_db_not_a_bit_changes),
        cmocka_unit_test(the_gain_has_no_steps),
        cmocka_unit_test(a_shout_lowers_the_gain_at_once),
        cmocka_unit_test(peaks_are_rounded_not_cut),
        cmocka_unit_test(survives_every_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
