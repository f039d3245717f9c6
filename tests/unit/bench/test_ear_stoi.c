/* test_ear_stoi.c - 1 for the same, however loud; falls with noise; 0 for something else. */
#include "tests/bench/ear_stoi.h"

#include "tests/bench/ear_random.h"
#include "tests/bench/ear_voice.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct ear_signal voice, other;

static int make_voices(void **state)
{
    (void)state;
    return ear_voice_make(1, 8, &voice) || ear_voice_make(2, 8, &other) ? -1 : 0;
}

static int destroy_voices(void **state)
{
    (void)state;
    ear_signal_destroy(&voice);
    ear_signal_destroy(&other);
    return 0;
}

/* The score of the voice, times @p gain, with noise so far below it. */
static double score_with_noise(double gain, double snr_db)
{
    struct ear_random random = {.state = 9};
    struct ear_signal noisy;
    double score = -1, noise = pow(10, (EAR_VOICE_DB - snr_db) / 20);
    assert_int_equal(ear_signal_create(voice.count, &noisy), 0);
    for (size_t i = 0; i < voice.count; i++)
        noisy.at[i] =
            (float)(gain * ((double)voice.at[i] + noise * ear_random_normal(&random)));
    assert_int_equal(ear_stoi(&voice, &noisy, &score), 0);
    ear_signal_destroy(&noisy);
    return score;
}

static void test_same_is_one(void **state)
{
    (void)state;
    double score;
    assert_int_equal(ear_stoi(&voice, &voice, &score), 0);
    assert_true(score > 0.99999 && score < 1.00001);
    assert_true(score_with_noise(0.1, 200) > 0.9999);
}

static void test_falls_with_noise(void **state)
{
    (void)state;
    double last = 1;
    for (double snr_db = 40; snr_db >= -20; snr_db -= 10) {
        double score = score_with_noise(1, snr_db);
        assert_true(score < last);
        last = score;
    }
    assert_true(last < 0.4);
    assert_true(score_with_noise(1, 40) > 0.97);
}

static void test_something_else_is_near_zero(void **state)
{
    (void)state;
    double score;
    assert_int_equal(ear_stoi(&voice, &other, &score), 0);
    assert_true(fabs(score) < 0.3);
}

static void test_silence_is_nothing(void **state)
{
    (void)state;
    struct ear_signal silence, brief = {voice.at, 1000};
    double score = -1;
    assert_int_equal(ear_signal_create(voice.count, &silence), 0);
    assert_int_equal(ear_stoi(&voice, &silence, &score), 0);
    assert_true(fabs(score) < 0.001);
    assert_int_equal(ear_stoi(&brief, &brief, &score), -ENODATA);
    ear_signal_destroy(&silence);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_is_one),
        cmocka_unit_test(test_falls_with_noise),
        cmocka_unit_test(test_something_else_is_near_zero),
        cmocka_unit_test(test_silence_is_nothing),
    };
    return cmocka_run_group_tests(tests, make_voices, destroy_voices);
}
