/* test_comfort_noise.c - noise of a known spectrum, described and made again. */
#include "mixer/base/pcm.h"
#include "mixer/codec/comfort_noise.h"
#include "mixer/codec/dbov.h"
#include "tests/unit/mixer/signal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { SECOND = 8000, TICK = 160, ORDER = COMFORT_NOISE_MAX_ORDER };

/* ---- payload ---- */

static void every_payload_reads(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[14];
        size_t length;
        unsigned level, order;
        double first, last;
    } rows[] = {
        {{0}, 1, 0, 0, 0, 0},
        {{127}, 1, 127, 0, 0, 0},
        {{0xff}, 1, 127, 0, 0, 0}, /* the highest bit is of no use */
        {{50, 127}, 2, 50, 1, 0, 0},
        {{50, 0, 254}, 3, 50, 2, -258.0 * 127 / 32768, 258.0 * 127 / 32768},
        {{50, 126, 255, 3}, 4, 50, 1, -258.0 / 32768, -258.0 / 32768}, /* reserved: ends it */
        {{50, 128, 2, 3, 4, 5, 6, 7, 137}, 9, 50, 8, 258.0 / 32768, 2580.0 / 32768},
        {{50, 128, 2, 3, 4, 5, 6, 7, 137, 9, 10, 11, 12},
         13,
         50,
         8,
         258.0 / 32768,
         2580.0 / 32768},
    };
    struct comfort_noise noise = {.level = 77};
    assert_int_equal(comfort_noise_read(NULL, 0, &noise), -EBADMSG);
    assert_int_equal(noise.level, 77);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t *copy = malloc(rows[i].length); /* a sanitizer sees one byte too many */
        memcpy(copy, rows[i].bytes, rows[i].length);
        assert_int_equal(comfort_noise_read(copy, rows[i].length, &noise), 0);
        free(copy);
        assert_int_equal(noise.level, rows[i].level);
        assert_int_equal(noise.order, rows[i].order);
        if (noise.order) {
            assert_true(fabs(noise.reflection[0] - rows[i].first) < 1e-6);
            assert_true(fabs(noise.reflection[noise.order - 1] - rows[i].last) < 1e-6);
        }
    }
}

static void every_index_is_written_as_it_was_read(void **state)
{
    (void)state;
    for (unsigned index = 0; index < 255; index++) {
        const uint8_t payload[] = {(uint8_t)(index & 127), (uint8_t)index, 127, (uint8_t)index};
        uint8_t out[COMFORT_NOISE_MAX_BYTES];
        struct comfort_noise noise;
        assert_int_equal(comfort_noise_read(payload, 4, &noise), 0);
        assert_int_equal(comfort_noise_write(&noise, out), 4);
        assert_memory_equal(out, payload, 4);
    }
    struct comfort_noise beyond = {.level = 10, .order = 2, .reflection = {-9, 9}};
    uint8_t out[COMFORT_NOISE_MAX_BYTES];
    assert_int_equal(comfort_noise_write(&beyond, out), 3);
    assert_memory_equal(out, "\x0a\x00\xfe", 3);
}

/* ---- analysis ---- */

/* White noise through 1 / A(z) in its direct form; a[0] is 1. */
static void make_noise(uint32_t *seed, const double *a, unsigned order, double rms,
                       unsigned samples, int16_t *out)
{
    double past[ORDER + 1] = {0}, sum = 0;
    static double raw[SECOND];
    for (unsigned i = 0; i < samples; i++) {
        double y = (double)(signal_random(seed) >> 8) / (1 << 24) - 0.5;
        for (unsigned k = 1; k <= order; k++)
            y -= a[k] * past[k - 1];
        memmove(past + 1, past, ORDER * sizeof(*past));
        past[0] = raw[i] = y;
        sum += y * y;
    }
    for (unsigned i = 0; i < samples; i++)
        out[i] = (int16_t)lround(raw[i] * rms / sqrt(sum / samples));
}

/* From reflection coefficients to A(z), by the definition. */
static void direct_form(const double *reflection, unsigned order, double *a)
{
    a[0] = 1;
    for (unsigned m = 1; m <= order; m++) {
        double before[ORDER + 1];
        memcpy(before, a, m * sizeof(*a));
        a[m] = reflection[m - 1];
        for (unsigned i = 1; i < m; i++)
            a[i] = before[i] + reflection[m - 1] * before[m - i];
    }
}

/* ---- analysis: what a far end measures, and so do we to know what was made ---- */

/* The frame without its mean, fading in and out (a parabola): what is cut off at its ends is
 * not of its spectrum. Returns its power before that. */
static float take_frame(const int16_t *pcm, unsigned samples, float *frame)
{
    int32_t sum = 0;
    float energy = 0;
    for (unsigned i = 0; i < samples; i++)
        sum += pcm[i];
    const float mean = (float)sum / (float)samples, half = 0.5F * (float)samples;
    for (unsigned i = 0; i < samples; i++) {
        const float x = (float)pcm[i] - mean, from_middle = ((float)i + 0.5F) / half - 1;
        energy += x * x;
        frame[i] = x * (1 - from_middle * from_middle);
    }
    return energy / (float)samples;
}

static float correlation(const float *frame, unsigned samples, unsigned lag)
{
    float sum = 0;
    for (unsigned i = lag; i < samples; i++)
        sum += frame[i] * frame[i - lag];
    return sum;
}

/* Levinson and Durbin's recursion. Returns how many coefficients were found. */
static unsigned find_reflection(const float *correlations, unsigned order, float *reflection)
{
    float a[COMFORT_NOISE_MAX_ORDER + 1] = {1}, error = correlations[0];
    for (unsigned m = 1; m <= order; m++) {
        float sum = correlations[m];
        for (unsigned i = 1; i < m; i++)
            sum += a[i] * correlations[m - i];
        if (error <= 0)
            return m - 1;
        const float k = fminf(fmaxf(-sum / error, -0.99F), 0.99F);
        for (unsigned i = 1; i <= m / 2; i++) {
            const float low = a[i], high = a[m - i];
            a[i] = low + k * high;
            a[m - i] = high + k * low;
        }
        a[m] = k;
        error *= 1 - k * k;
        reflection[m - 1] = k;
    }
    return order;
}

static void analyse(const int16_t *pcm, unsigned samples, unsigned order,
                    struct comfort_noise *noise)
{
    float frame[PCM_MAX_TICK_SAMPLES], correlations[COMFORT_NOISE_MAX_ORDER + 1];
    *noise = (struct comfort_noise){.level = DBOV_SILENCE};
    samples = samples > PCM_MAX_TICK_SAMPLES ? PCM_MAX_TICK_SAMPLES : samples;
    order = order > COMFORT_NOISE_MAX_ORDER ? COMFORT_NOISE_MAX_ORDER : order;
    if (samples <= order)
        return;
    noise->level = (uint8_t)dbov_of_power((double)take_frame(pcm, samples, frame));
    for (unsigned lag = 0; lag <= order; lag++)
        correlations[lag] = correlation(frame, samples, lag);
    correlations[0] *=
        1.0001F; /* a floor 40 dB below: what is cut away by a filter stays finite */
    noise->order = (uint8_t)find_reflection(correlations, order, noise->reflection);
}

static const double spectra[][ORDER] = {
    {0},
    {-0.9},
    {0.9},
    {-0.5, 0.6},
    {-0.8, 0.5, -0.3, 0.2},
    {0.3, -0.4, 0.2, 0.1, -0.5, 0.3, 0.2, -0.2},
};
enum { SPECTRA = sizeof(spectra) / sizeof(spectra[0]) };

/* Mean of what a second of noise is described as, tick by tick. */
static struct comfort_noise describe(const int16_t *pcm, unsigned order, double *level)
{
    struct comfort_noise mean = {.order = (uint8_t)order};
    *level = 0;
    for (unsigned t = 0; t < SECOND / TICK; t++) {
        struct comfort_noise noise;
        analyse(pcm + t * TICK, TICK, order, &noise);
        assert_int_equal(noise.order, order);
        *level += noise.level / (double)(SECOND / TICK);
        for (unsigned i = 0; i < order; i++)
            mean.reflection[i] += noise.reflection[i] / (SECOND / TICK);
    }
    return mean;
}

static void noise_is_described_as_it_was_made(void **state)
{
    (void)state;
    static int16_t pcm[SECOND];
    uint32_t seed = 12;
    for (unsigned s = 0; s < SPECTRA; s++) {
        double a[ORDER + 1], level;
        direct_form(spectra[s], ORDER, a);
        make_noise(&seed, a, ORDER, 100, SECOND, pcm); /* -50.3 dBov */
        for (unsigned i = 0; i < SECOND; i++)
            pcm[i] = (int16_t)(pcm[i] + 500); /* a line's direct current is not heard */
        struct comfort_noise noise = describe(pcm, ORDER, &level);
        assert_true(fabs(level - 50.3) < 1);
        for (unsigned i = 0; i < ORDER; i++)
            assert_true(fabs(noise.reflection[i] - spectra[s][i]) < 0.12);
    }
}

/* The plain twin of the recursion: k[m] is the last of the m coefficients that solve the
 * normal equations, found by elimination. */
static double last_coefficient(const double *r, unsigned m)
{
    double matrix[ORDER][ORDER + 1];
    for (unsigned i = 0; i < m; i++) {
        for (unsigned k = 0; k < m; k++)
            matrix[i][k] = r[i > k ? i - k : k - i];
        matrix[i][m] = -r[i + 1];
    }
    for (unsigned column = 0; column < m; column++) {
        for (unsigned row = column + 1; row < m; row++) {
            const double factor = matrix[row][column] / matrix[column][column];
            for (unsigned k = column; k <= m; k++)
                matrix[row][k] -= factor * matrix[column][k];
        }
    }
    return matrix[m - 1][m] / matrix[m - 1][m - 1];
}

static void coefficients_solve_the_normal_equations(void **state)
{
    (void)state;
    uint32_t seed = 44;
    for (unsigned round = 0; round < 300; round++) {
        int16_t pcm[960];
        double window[960], r[ORDER + 1] = {0}, mean = 0;
        const unsigned samples = round % 2 ? 160 : 960;
        for (unsigned i = 0; i < samples; i++) {
            double hiss = (double)(signal_random(&seed) >> 8) / (1 << 24) - 0.5;
            pcm[i] = (int16_t)(3000 * sin(0.01 * (round + 3) * i) + 2000 * hiss + round);
            mean += (double)pcm[i] / samples;
        }
        for (unsigned i = 0; i < samples; i++) {
            double at = 2 * (i + 0.5) / samples - 1;
            window[i] = (pcm[i] - mean) * (1 - at * at);
        }
        for (unsigned lag = 0; lag <= ORDER; lag++) {
            for (unsigned i = lag; i < samples; i++)
                r[lag] += window[i] * window[i - lag];
        }
        r[0] *= 1.0001;
        struct comfort_noise noise;
        analyse(pcm, samples, ORDER, &noise);
        for (unsigned m = 1; m <= ORDER; m++)
            assert_true(fabs(noise.reflection[m - 1] - last_coefficient(r, m)) < 0.01);
    }
}

static void silence_and_extremes_are_described(void **state)
{
    (void)state;
    static int16_t pcm[2000];
    struct comfort_noise noise;
    analyse(pcm, 160, ORDER, &noise);
    assert_int_equal(noise.level, 127);
    assert_int_equal(noise.order, 0);
    analyse(pcm, 0, ORDER, &noise);
    assert_int_equal(noise.level, 127);
    analyse(pcm, ORDER, ORDER, &noise);
    assert_int_equal(noise.order, 0);
    for (unsigned i = 0; i < 2000; i++)
        pcm[i] = i % 2 ? 32767 : -32768;
    analyse(pcm, 2000, 99, &noise);
    assert_int_equal(noise.level, 0);
    assert_int_equal(noise.order, ORDER);
    for (unsigned i = 0; i < ORDER; i++)
        assert_true(noise.reflection[i] >= -1 && noise.reflection[i] <= 1);
    assert_true(noise.reflection[0] > 0.9); /* nothing but the highest tone */
}

/* ---- generator ---- */

static void what_is_made_is_described_the_same(void **state)
{
    (void)state;
    static int16_t pcm[SECOND];
    for (unsigned s = 0; s < SPECTRA; s++) {
        for (unsigned level = 25; level <= 60; level += 5) {
            struct comfort_noise_generator generator;
            struct comfort_noise noise = {.level = (uint8_t)level, .order = ORDER};
            double made_level;
            for (unsigned i = 0; i < ORDER; i++)
                noise.reflection[i] = (float)spectra[s][i];
            comfort_noise_generator_init(&generator, 8000);
            comfort_noise_generator_update(&generator, &noise);
            comfort_noise_make(&generator, pcm, SECOND); /* the filter settles */
            comfort_noise_make(&generator, pcm, SECOND);
            struct comfort_noise made = describe(pcm, ORDER, &made_level);
            assert_true(fabs(made_level - level) < 1);
            for (unsigned i = 0; i < ORDER; i++)
                assert_true(fabs(made.reflection[i] - noise.reflection[i]) < 0.12);
        }
    }
}

/* What ffmpeg 5.1 sends of white noise that a filter has cut at 600 Hz. */
static void low_noise_of_another_implementation_is_low(void **state)
{
    (void)state;
    static const uint8_t payload[] = {33, 7, 233, 58, 182, 80, 168, 97, 158, 93, 154};
    static int16_t pcm[SECOND];
    struct comfort_noise_generator generator;
    struct comfort_noise noise;
    comfort_noise_generator_init(&generator, 8000);
    assert_int_equal(comfort_noise_read(payload, sizeof(payload), &noise), 0);
    comfort_noise_generator_update(&generator, &noise);
    comfort_noise_make(&generator, pcm, SECOND);
    double low = 0, high = 0;
    for (double hz = 100; hz < 500; hz += 7) {
        low += pow(signal_peak_at(pcm, SECOND, 8000, hz), 2);
        high += pow(signal_peak_at(pcm, SECOND, 8000, hz + 2500), 2);
    }
    assert_true(low > 1000 * high);
    assert_true(fabs(-signal_db(signal_rms(pcm, SECOND) / 32767) - 33) < 1.5);
}

static double level_of(struct comfort_noise_generator *generator, unsigned ms)
{
    static int16_t pcm[SECOND];
    comfort_noise_make(generator, pcm, ms * 8);
    return signal_rms(pcm, ms * 8);
}

static void changes_are_smooth_and_silence_is_silent(void **state)
{
    (void)state;
    struct comfort_noise_generator generator;
    struct comfort_noise loud = {.level = 30}, soft = {.level = 60}, none = {.level = 127};
    comfort_noise_generator_init(&generator, 8000);
    assert_true(level_of(&generator, 20) == 0); /* nothing is known yet */
    comfort_noise_generator_update(&generator, &soft);
    assert_true(fabs(signal_db(level_of(&generator, 100) / 32.8)) < 2); /* at once */
    comfort_noise_generator_update(&generator, &loud);
    double last = 0;
    for (unsigned i = 0; i < 5; i++) {
        double now = level_of(&generator, 20);
        assert_true(now > last);
        assert_true(i || now < 1036 / 2);
        last = now;
    }
    level_of(&generator, 200);
    assert_true(fabs(signal_db(level_of(&generator, 500) / 1036)) < 1);
    comfort_noise_generator_update(&generator, &none);
    assert_true(level_of(&generator, 5) > 500);
    level_of(&generator, 600);
    assert_true(level_of(&generator, 100) == 0);
    comfort_noise_generator_update(&generator, &(struct comfort_noise){.level = 0});
    level_of(&generator, 500);
    assert_true(fabs(signal_db(level_of(&generator, 500) / 3277)) < 1); /* no louder than 20 */
}

/* Whatever is sent, at every tick something else: finite, and soon well again. */
static void random_updates_break_nothing(void **state)
{
    (void)state;
    uint32_t seed = 19;
    for (unsigned rate = 8000; rate <= 48000; rate += 8000) {
        struct comfort_noise_generator generator;
        comfort_noise_generator_init(&generator, rate);
        for (unsigned t = 0; t < 500; t++) {
            uint8_t payload[12];
            static int16_t pcm[961];
            const size_t length = 1 + signal_random(&seed) % 12;
            struct comfort_noise noise;
            signal_random_bytes(&seed, payload, sizeof(payload));
            for (size_t i = 1; i < length && t % 3; i++)
                payload[i] = t / 3 % 2 ? 0 : 254;
            assert_int_equal(comfort_noise_read(payload, length, &noise), 0);
            comfort_noise_generator_update(&generator, &noise);
            const unsigned samples = signal_random(&seed) % (rate / 50 + 1);
            pcm[samples] = 0x5a5a;
            comfort_noise_make(&generator, pcm, samples);
            assert_int_equal(pcm[samples], 0x5a5a);
        }
        static int16_t pcm[48000];
        comfort_noise_generator_update(&generator, &(struct comfort_noise){.level = 40});
        comfort_noise_make(&generator, pcm, rate);
        comfort_noise_make(&generator, pcm, rate);
        assert_true(fabs(signal_db(signal_rms(pcm, rate) / 327.7)) < 1);
    }
}

static void pieces_are_the_same_as_whole(void **state)
{
    (void)state;
    static int16_t whole[SECOND], pieces[SECOND];
    struct comfort_noise_generator one, two;
    struct comfort_noise noise = {.level = 40, .order = 2, .reflection = {-0.7F, 0.2F}};
    comfort_noise_generator_init(&one, 8000);
    comfort_noise_generator_init(&two, 8000);
    comfort_noise_generator_update(&one, &noise);
    comfort_noise_generator_update(&two, &noise);
    comfort_noise_make(&one, whole, SECOND);
    for (unsigned at = 0, next; at < SECOND; at = next) {
        next = at + at % 97;
        next = next == at ? at + 1 : next > SECOND ? SECOND : next;
        comfort_noise_make(&two, pieces + at, next - at);
    }
    assert_memory_equal(whole, pieces, sizeof(whole));
}

/* ---- sender ---- */

static void a_pause_is_described_now_and_then(void **state)
{
    (void)state;
    struct comfort_noise_sender sender = {0};
    for (unsigned t = 0; t < 20; t++)
        assert_int_equal(comfort_noise_sender_tick(&sender, 30, true), COMFORT_NOISE_SPEAK);
    for (unsigned t = 0; t < 50; t++) {
        assert_int_equal(comfort_noise_sender_tick(&sender, 55, false),
                         t % 10 ? COMFORT_NOISE_PAUSE : COMFORT_NOISE_UPDATE);
        assert_int_equal(comfort_noise_sender_level(&sender), 55);
    }
    assert_int_equal(comfort_noise_sender_tick(&sender, 20, true), COMFORT_NOISE_RESUME);
    assert_int_equal(comfort_noise_sender_tick(&sender, 20, true), COMFORT_NOISE_SPEAK);
    assert_int_equal(comfort_noise_sender_tick(&sender, 70, false), COMFORT_NOISE_UPDATE);
    assert_int_equal(comfort_noise_sender_level(&sender), 70); /* not smoothed over speech */
    assert_int_equal(comfort_noise_sender_tick(&sender, 70, false), COMFORT_NOISE_PAUSE);
}

/* Levels as noise has them, 1.5 dB up and down: no more packets than of still ones. */
static void small_changes_are_not_told(void **state)
{
    (void)state;
    struct comfort_noise_sender sender = {0};
    uint32_t seed = 7;
    unsigned updates = 0;
    for (unsigned t = 0; t < 500; t++)
        updates += comfort_noise_sender_tick(&sender, 53 + signal_random(&seed) % 4, false) ==
                   COMFORT_NOISE_UPDATE;
    assert_int_equal(updates, 50);
}

static void great_changes_are_told_soon(void **state)
{
    (void)state;
    static const unsigned from[] = {60, 40, 60, 127, 0, 900}, to[] = {50, 50, 127, 60, 127, 0};
    for (unsigned i = 0; i < 6; i++) {
        struct comfort_noise_sender sender = {0};
        const unsigned first = from[i] > 127 ? 127 : from[i];
        assert_int_equal(comfort_noise_sender_tick(&sender, from[i], false),
                         COMFORT_NOISE_UPDATE);
        assert_int_equal(comfort_noise_sender_level(&sender), first);
        unsigned last = 0, updates = 0;
        for (unsigned t = 1; t <= 100; t++) {
            if (comfort_noise_sender_tick(&sender, to[i], false) != COMFORT_NOISE_UPDATE)
                continue;
            assert_in_range(t - last, 3, 10);
            assert_true(updates++ || t <= 8);
            last = t;
        }
        assert_int_equal(comfort_noise_sender_level(&sender), to[i]);
        assert_in_range(updates, 10, 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_payload_reads),
        cmocka_unit_test(every_index_is_written_as_it_was_read),
        cmocka_unit_test(noise_is_described_as_it_was_made),
        cmocka_unit_test(coefficients_solve_the_normal_equations),
        cmocka_unit_test(silence_and_extremes_are_described),
        cmocka_unit_test(what_is_made_is_described_the_same),
        cmocka_unit_test(low_noise_of_another_implementation_is_low),
        cmocka_unit_test(changes_are_smooth_and_silence_is_silent),
        cmocka_unit_test(random_updates_break_nothing),
        cmocka_unit_test(pieces_are_the_same_as_whole),
        cmocka_unit_test(a_pause_is_described_now_and_then),
        cmocka_unit_test(small_changes_are_not_told),
        cmocka_unit_test(great_changes_are_told_soon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
