/* test_audio_stretch.c - shorter by whole periods, at the same pitch, without a click. */
#include "mixer/audio/audio_stretch.h"
#include "mixer/base/pcm.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { FADE_MS = 12, LONG = 48000 * 4 };

static int16_t in[LONG], out[LONG], other[LONG];

/* Blocks of 40 ms, each as short as it can be. @return samples written. */
static unsigned shorten_all(unsigned samples, unsigned rate, unsigned *refused)
{
    const unsigned block = rate / 25, most = rate * 15 / 1000;
    unsigned written = 0;
    for (unsigned at = 0; at + block <= samples; at += block) {
        unsigned by = audio_stretch_shorten(in + at, block, rate, 1, most, out + written);
        assert_in_range(by, 0, most);
        written += block - by;
        *refused += !by;
    }
    return written;
}

static double frequency(const int16_t *pcm, unsigned samples, unsigned rate)
{
    double first = -1, last = 0;
    unsigned waves = 0;
    for (unsigned i = 1; i < samples; i++) {
        if (pcm[i - 1] >= 0 || pcm[i] < 0)
            continue;
        last = i - (double)pcm[i] / (pcm[i] - pcm[i - 1]);
        waves += first >= 0;
        first = first < 0 ? last : first;
    }
    return waves * rate / (last - first);
}

static void a_tone_keeps_its_pitch_and_does_not_click(void **state)
{
    (void)state;
    static const double tones[] = {80, 110, 150, 223, 440, 697, 1000, 1633, 2500};
    for (unsigned round = 0; round < PCM_RATES * 9; round++) {
        const double hz = tones[round % 9];
        const unsigned rate = pcm_rate_hz(round / 9);
        unsigned refused = 0;
        signal_tone(in, 0, 2 * rate, rate, hz, 10000);
        const unsigned samples = shorten_all(2 * rate, rate, &refused);
        assert_int_equal(refused, 0);
        assert_true(samples < rate * 19 / 10);
        assert_true(fabs(frequency(out, samples, rate) / hz - 1) < 0.005);
        const double bend = 2 * 10000 * (1 - cos(SIGNAL_TAU * hz / rate));
        for (unsigned i = 2; i < samples; i++)
            assert_true(abs(out[i] - 2 * out[i - 1] + out[i - 2]) < 1.15 * bend + 60);
        for (unsigned i = rate / 40; i + rate / 40 < samples; i += rate / 40) {
            double rms = signal_rms(out + i, rate / 40);
            assert_true(fabs(signal_db(rms / (10000 / sqrt(2)))) < 0.7);
        }
    }
}

static void fill_noise(uint32_t *seed, int16_t *pcm, unsigned values, int32_t peak)
{
    for (unsigned i = 0; i < values; i++)
        pcm[i] = (int16_t)((int32_t)(signal_random(seed) % (uint32_t)(2 * peak + 1)) - peak);
}

static void silence_and_noise_change_by_exactly_what_is_asked(void **state)
{
    (void)state;
    static const int32_t peaks[] = {0, 1, 90, 3000, 32767};
    uint32_t seed = 7;
    for (unsigned round = 0; round < 400; round++) {
        const unsigned rate = pcm_rate_hz(round % PCM_RATES), channels = 1 + round / 5 % 2;
        const unsigned samples = rate / 1000 * (30 + signal_random(&seed) % 11);
        const unsigned longest = rate * 15 / 1000;
        const unsigned most = round % 3 ? 1 + signal_random(&seed) % longest : rate;
        fill_noise(&seed, in, samples * channels, peaks[round / 10 % 5]);
        unsigned by = audio_stretch_shorten(in, samples, rate, channels, most, out);
        assert_int_equal(by, most < longest ? most : longest);
    }
    signal_tone(in, 0, 640, 16000, 100, 90); /* a hum that nobody hears */
    for (unsigned most = 1; most <= 240; most++)
        assert_int_equal(audio_stretch_shorten(in, 640, 16000, 1, most, out), most);
}

/* Where two different noises meet, neither a gap nor a swell; on average over many. */
static void noise_keeps_its_level(void **state)
{
    (void)state;
    uint32_t seed = 8;
    double fade = 0, whole = 0;
    for (unsigned round = 0; round < 200; round++) {
        fill_noise(&seed, in, 640, 10000);
        assert_int_equal(audio_stretch_shorten(in, 640, 16000, 1, 160, out), 160);
        fade += pow(signal_rms(out + 210, 60), 2); /* of a fade in the middle of a block */
        whole += pow(signal_rms(in, 640), 2);
    }
    assert_true(fabs(signal_db(sqrt(fade / whole))) < 0.4);
}

/* Everything but one fade is as it was, its first and last sample too; and nothing else is
 * written. */
static void only_a_fade_differs(unsigned samples, unsigned rate, unsigned channels, unsigned by)
{
    const unsigned fade = rate / 1000 * FADE_MS, left = samples - by;
    unsigned begin = 0, end = 0;
    while (begin < left * channels && begin < samples * channels && in[begin] == out[begin])
        begin++;
    while (end < left * channels && end < samples * channels &&
           in[samples * channels - 1 - end] == out[left * channels - 1 - end])
        end++;
    assert_true(begin && end);
    assert_true(begin + end + (fade - 2) * channels >= left * channels);
    assert_int_equal(out[left * channels], 0x5555);
}

static void any_input_stays_in_its_bounds(void **state)
{
    (void)state;
    uint32_t seed = 9;
    unsigned changed = 0;
    for (unsigned round = 0; round < 1000; round++) {
        const unsigned rate = pcm_rate_hz(round % PCM_RATES), channels = 1 + round / 5 % 2;
        const unsigned samples = signal_random(&seed) % (rate / 25 * (round % 50 ? 1 : 5) + 1);
        const unsigned most = signal_random(&seed) % (rate / 50);
        const size_t bytes = samples * channels * sizeof(int16_t);
        int16_t *exact = malloc(bytes + 1), *room = malloc(bytes + 1);
        assert_true(exact && room);
        if (round % 3 == 0)
            signal_random_bytes(&seed, in, bytes);
        else
            for (unsigned i = 0; i < samples * channels; i++)
                in[i] = i / channels % (40 + round) < 30 ? 32767 : -32768;
        memcpy(exact, in, bytes);
        memset(out, 0x55, sizeof(out) / 4);
        const unsigned by = audio_stretch_shorten(exact, samples, rate, channels, most, room);
        assert_in_range(by, 0, most);
        const size_t left = (samples - by) * channels * sizeof(*room);
        memcpy(out, room, left);
        if (by)
            only_a_fade_differs(samples, rate, channels, by);
        else
            assert_memory_equal(out, in, bytes);
        assert_true(by == 0 || samples >= rate * 30 / 1000);
        changed += by != 0;
        memcpy(room, in, bytes); /* in place it is the same */
        assert_int_equal(audio_stretch_shorten(room, samples, rate, channels, most, room), by);
        assert_memory_equal(out, room, left);
        free(exact);
        free(room);
    }
    assert_true(changed > 200);
}

/* A voice: harmonics of a pitch that glides, under three formants, swelling and falling. */
struct voice {
    unsigned rate;
    double hz, glide; /* at its begin, and in Hz per s */
};

static double turns(const struct voice *voice, double at)
{
    double t = at / voice->rate;
    return voice->hz * t + voice->glide * t * t / 2;
}

/* The voice with the phase of sample `phase_at` less some turns, and the loudness of `at`. */
static double say(const struct voice *voice, double at, double fewer_turns)
{
    static const double formants[] = {700, 1220, 2600}, widths[] = {130, 170, 250};
    const double phase = turns(voice, at) - fewer_turns, t = at / voice->rate;
    double sum = 0;
    for (unsigned n = 1; n * voice->hz * 1.2 < voice->rate / 2.4 && n < 40; n++) {
        double weight = 0.02;
        for (unsigned f = 0; f < 3; f++) {
            double off = (n * voice->hz - formants[f]) / widths[f];
            weight += 1 / (1 + f) / (1 + off * off);
        }
        sum += weight * cos(SIGNAL_TAU * (n * phase + 0.37 * n * n));
    }
    return 4000 * sum * (1 + 0.4 * sin(SIGNAL_TAU * 4 * t));
}

/* How far, in dB, a shortened block is above its difference from what the voice would have said
 * if it had hurried during the fade; the worst 5 ms. */
static double worst_segment(const struct voice *voice, unsigned begin, unsigned samples,
                            unsigned by)
{
    const unsigned left = samples - by, fade = voice->rate / 1000 * FADE_MS;
    unsigned same = 0;
    while (same < samples && same < left && in[same] == out[same])
        same++;
    const double at = begin + same - 1.0, lag = by;
    const double skipped = round(turns(voice, at + lag) - turns(voice, at));
    double worst = 1e9;
    for (unsigned i = 0; i + voice->rate / 200 <= left; i += voice->rate / 200) {
        double wanted = 0, wrong = 0;
        for (unsigned k = i; k < i + voice->rate / 200; k++) {
            double w = (begin + k - at) / fade;
            w = w < 0 ? 0 : w > 1 ? 1 : w;
            double ideal = say(voice, begin + k + w * lag, w * skipped);
            wanted += ideal * ideal;
            wrong += (out[k] - ideal) * (out[k] - ideal);
        }
        double db = 10 * log10(wanted / (wrong + 1e-9));
        worst = db < worst ? db : worst;
    }
    return worst;
}

static void a_voice_is_nearly_what_it_would_have_said(void **state)
{
    (void)state;
    static const double pitches[] = {85, 120, 210};
    static const double glides[] = {0, 0.3, -0.3};
    for (unsigned round = 0; round < 9 * PCM_RATES; round++) {
        const unsigned rate = pcm_rate_hz(round / 9), block = rate / 25;
        const double hz = pitches[round % 3];
        const struct voice voice = {
            .rate = rate, .hz = hz, .glide = hz * glides[round / 3 % 3]};
        for (unsigned begin = 0; begin < rate / 2; begin += block) {
            for (unsigned i = 0; i < block; i++)
                in[i] = (int16_t)lround(say(&voice, begin + i, 0));
            unsigned by = audio_stretch_shorten(in, block, rate, 1, rate * 15 / 1000, out);
            assert_true(by);
            assert_true(worst_segment(&voice, begin, block, by) > 25);
        }
    }
}

/* Voice, hiss and pauses, each by turns, shortened by all that can be: as loud and as bright as
 * before, and nowhere a step that was not there. */
static void a_sentence_stays_a_sentence(void **state)
{
    (void)state;
    const struct voice voice = {.rate = 16000, .hz = 120, .glide = 10};
    const unsigned samples = 16000 * 3;
    uint32_t seed = 31;
    for (unsigned i = 0; i < samples; i++)
        in[i] = (int16_t)(i / 1600 % 4 < 2 ? lround(say(&voice, i, 0)) : 0);
    for (unsigned i = 3200; i < samples; i += 6400)
        fill_noise(&seed, in + i, 1600, 3000);
    unsigned refused = 0;
    const unsigned left = shorten_all(samples, 16000, &refused);
    assert_in_range(refused, 0, 75 / 3);
    assert_true(left < samples * 0.85);
    assert_true(fabs(signal_db(signal_rms(out, left) / signal_rms(in, samples))) < 0.5);
    assert_in_range(signal_max_step(0, out, left), 0, signal_max_step(0, in, samples));
    for (unsigned i = 0; i + 1 < left; i++)
        out[i] = pcm_clip(out[i + 1] - out[i]);
    for (unsigned i = 0; i + 1 < samples; i++)
        other[i] = pcm_clip(in[i + 1] - in[i]);
    const double bright = signal_rms(out, left - 1) / signal_rms(other, samples - 1);
    assert_true(fabs(signal_db(bright)) < 0.5);
}

static void a_period_that_is_too_long_is_left_alone(void **state)
{
    (void)state;
    const struct voice voice = {.rate = 16000, .hz = 100};
    for (unsigned i = 0; i < 640; i++)
        in[i] = (int16_t)lround(say(&voice, i, 0));
    for (unsigned most = 0; most < 158; most++) {
        assert_int_equal(audio_stretch_shorten(in, 640, 16000, 1, most, out), 0);
        assert_memory_equal(in, out, 640 * sizeof(in[0]));
    }
    assert_in_range(audio_stretch_shorten(in, 640, 16000, 1, 170, out), 159, 161);
}

/* Of a smooth voice, and of a rough one: two of its periods are more alike than one. */
static void the_best_period_that_is_allowed_is_taken(void **state)
{
    (void)state;
    const struct voice voice = {.rate = 48000, .hz = 200};
    for (unsigned begin = 0; begin < 4800; begin += 100) {
        const double rough = begin % 200 ? 1500 : 0;
        for (unsigned i = 0; i < 1920; i++)
            in[i] =
                (int16_t)lround(say(&voice, begin + i, 0) + rough * sin(SIGNAL_TAU * i / 480));
        for (unsigned most = 230; most < 250; most++) {
            const unsigned by = audio_stretch_shorten(in, 1920, 48000, 1, most, out);
            assert_in_range(by, most < 240 ? 0 : 239, most < 241 ? most : 241);
        }
        assert_in_range(audio_stretch_shorten(in, 1920, 48000, 1, 290, out), 239, 241);
        if (rough > 0)
            assert_in_range(audio_stretch_shorten(in, 1920, 48000, 1, 720, out), 479, 481);
    }
}

static void of_a_long_block_the_middle_changes(void **state)
{
    (void)state;
    const struct voice voice = {.rate = 16000, .hz = 120};
    const unsigned ms = 16;
    for (unsigned i = 0; i < 100 * ms; i++)
        in[i] = (int16_t)lround(say(&voice, i, 0));
    const unsigned by = audio_stretch_shorten(in, 100 * ms, 16000, 1, 15 * ms, out);
    assert_true(by);
    assert_memory_equal(in, out, 30 * ms * sizeof(in[0]));
    assert_memory_equal(in + 70 * ms, out + 70 * ms - by, 30 * ms * sizeof(in[0]));
    assert_true(worst_segment(&voice, 0, 100 * ms, by) > 25);
}

static void a_burst_in_noise_is_left_alone(void **state)
{
    (void)state;
    uint32_t seed = 21;
    for (unsigned round = 0; round < 50; round++) {
        fill_noise(&seed, in, 640, 500);
        fill_noise(&seed, in + round * 10, 100, 10000);
        assert_int_equal(audio_stretch_shorten(in, 640, 16000, 1, 160, out), 0);
        assert_memory_equal(in, out, 640 * sizeof(in[0]));
    }
}

static void channels_stay_apart_and_in_step(void **state)
{
    (void)state;
    const struct voice voice = {.rate = 16000, .hz = 120};
    static const int weights[][2] = {{4, 4}, {4, 0}, {0, 4}, {4, -4}, {4, 1}, {-1, 4}};
    for (unsigned round = 0; round < 6; round++) {
        const int *weight = weights[round];
        for (unsigned i = 0; i < 640; i++) {
            const double x = say(&voice, i, 0) / 4;
            in[2 * i] = (int16_t)lround(weight[0] * x);
            in[2 * i + 1] = (int16_t)lround(weight[1] * x);
        }
        const unsigned by = audio_stretch_shorten(in, 640, 16000, 2, 240, out);
        assert_true(by >= 132 && by <= 135); /* 133.3 */
        for (unsigned i = 0; i < 640 - by; i++) {
            assert_in_range(4 + weight[1] * out[2 * i] / 4 - weight[0] * out[2 * i + 1] / 4, 0,
                            8);
            assert_true(weight[0] || out[2 * i] == 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tone_keeps_its_pitch_and_does_not_click),
        cmocka_unit_test(silence_and_noise_change_by_exactly_what_is_asked),
        cmocka_unit_test(noise_keeps_its_level),
        cmocka_unit_test(any_input_stays_in_its_bounds),
        cmocka_unit_test(a_voice_is_nearly_what_it_would_have_said),
        cmocka_unit_test(a_sentence_stays_a_sentence),
        cmocka_unit_test(a_period_that_is_too_long_is_left_alone),
        cmocka_unit_test(the_best_period_that_is_allowed_is_taken),
        cmocka_unit_test(of_a_long_block_the_middle_changes),
        cmocka_unit_test(a_burst_in_noise_is_left_alone),
        cmocka_unit_test(channels_stay_apart_and_in_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
