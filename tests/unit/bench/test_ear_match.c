/* test_ear_match.c - finds delays, holes and stretches that were put into a voice by hand. */
#include "tests/bench/ear_match.h"

#include "tests/bench/ear_random.h"
#include "tests/bench/ear_stoi.h"
#include "tests/bench/ear_voice.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { SECONDS = 10, DELAY = 3516 /* samples: 73.25 ms */ };

static struct ear_signal voice;
static struct ear_talk talk;
static struct ear_heard heard; /* one packet: played as its samples are counted */
static double offset_ms;
static int64_t first;

static int make_voice(void **state)
{
    (void)state;
    const struct ear_talk_plan plan = {.codec = load_codec_by_option("pcmu"), .voice = &voice};
    if (ear_voice_make(3, SECONDS, &voice) || ear_talk_create(&plan, &talk))
        return -1;
    heard = (struct ear_heard){.offset_ms = &offset_ms, .first = &first, .packets = 1};
    return ear_signal_create(voice.count + EAR_HZ, &heard.sound);
}

static int destroy_voice(void **state)
{
    (void)state;
    ear_talk_destroy(&talk);
    ear_signal_destroy(&heard.sound);
    ear_signal_destroy(&voice);
    return 0;
}

/* From sample @p from on, the voice is heard this much later. */
static void play(size_t from, size_t delay)
{
    size_t place = from + delay;
    memset(heard.sound.at + place, 0, (heard.sound.count - place) * sizeof(float));
    memcpy(heard.sound.at + place, voice.at + from, (voice.count - from) * sizeof(float));
}

static void test_delay_is_found(void **state)
{
    (void)state;
    struct ear_match match;
    struct ear_silence silence;
    double stoi;
    play(0, DELAY);
    assert_int_equal(ear_match_create(&voice, &talk, &heard, &match), 0);
    assert_int_equal(match.blocks, 2 * SECONDS - 1);
    for (size_t i = 0; i < match.blocks; i++) {
        assert_true(match.block[i].found);
        assert_true(fabs(match.block[i].delay_ms - 73.25) < 0.13);
    }
    ear_match_silence(&match, 0, SECONDS, &silence);
    assert_true(silence.said_ms > 2000 && silence.silent_ms <= 0);
    assert_true(ear_match_snr_db(&match, 0, SECONDS) > 34);
    assert_true(ear_match_disturbed(&match, 0, SECONDS) <= 0);
    assert_int_equal(ear_stoi(&voice, &match.aligned, &stoi), 0);
    assert_true(stoi > 0.999);
    ear_match_destroy(&match);
}

static void test_stretch_is_followed(void **state)
{
    (void)state;
    struct ear_match match;
    double stoi;
    play(0, DELAY);
    for (size_t i = 1; i <= 4; i++) /* four times 15 ms more */
        play(i * 2 * EAR_HZ, DELAY + i * 15 * EAR_PER_MS);
    assert_int_equal(ear_match_create(&voice, &talk, &heard, &match), 0);
    assert_true(fabs(match.block[0].delay_ms - 73.25) < 0.13);
    assert_true(fabs(match.block[match.blocks - 1].delay_ms - 133.25) < 0.13);
    assert_true(ear_match_disturbed(&match, 0, SECONDS) < 5);
    assert_int_equal(ear_stoi(&voice, &match.aligned, &stoi), 0);
    assert_true(stoi > 0.95);
    ear_match_destroy(&match);
}

/* A place amid a vowel that is long enough for a hole. */
static size_t find_vowel(size_t from, size_t length)
{
    const size_t piece = 10 * EAR_PER_MS;
    size_t loud = 0;
    for (size_t at = from; at + piece <= voice.count; at += piece) {
        loud = ear_level_db(voice.at + at, piece) > -30 ? loud + piece : 0;
        if (loud >= length + 8 * piece)
            return at + piece - loud + 4 * piece;
    }
    fail();
    return 0;
}

static void test_hole_is_measured(void **state)
{
    (void)state;
    struct ear_match match;
    struct ear_silence silence;
    const size_t hole = 80 * EAR_PER_MS, at = find_vowel(4 * EAR_HZ, hole);
    play(0, DELAY);
    memset(heard.sound.at + at + DELAY, 0, hole * sizeof(float));
    assert_int_equal(ear_match_create(&voice, &talk, &heard, &match), 0);
    ear_match_silence(&match, 0, SECONDS, &silence);
    assert_true(silence.longest_ms >= 60 && silence.longest_ms <= 90);
    assert_true(silence.silent_ms >= silence.longest_ms);
    assert_true(ear_match_disturbed(&match, 0, SECONDS) > 0);
    ear_match_destroy(&match);
}

static void test_return_is_timed(void **state)
{
    (void)state;
    struct ear_match match;
    const size_t at = find_vowel(4 * EAR_HZ, 60 * EAR_PER_MS);
    play(0, DELAY);
    memset(heard.sound.at + at + DELAY, 0, EAR_HZ * sizeof(float));
    assert_int_equal(ear_match_create(&voice, &talk, &heard, &match), 0);
    double ms = ear_match_resync_ms(&match, at);
    assert_true(ms > 900 && ms < 1400); /* a pause may follow the hole */
    assert_true(ear_match_resync_ms(&match, 2 * EAR_HZ) < 400);
    memset(heard.sound.at + at + DELAY, 0, (heard.sound.count - at - DELAY) * sizeof(float));
    ear_match_destroy(&match);
    assert_int_equal(ear_match_create(&voice, &talk, &heard, &match), 0);
    assert_true(ear_match_resync_ms(&match, at) < 0);
    ear_match_destroy(&match);
}

static void test_noise_is_weighed(void **state)
{
    (void)state;
    struct ear_match match;
    struct ear_random random = {.state = 4};
    const double noise = pow(10, (EAR_VOICE_DB - 20) / 20.0);
    play(0, DELAY);
    for (size_t i = 0; i < heard.sound.count; i++)
        heard.sound.at[i] =
            (float)(0.5 * ((double)heard.sound.at[i] + noise * ear_random_normal(&random)));
    assert_int_equal(ear_match_create(&voice, &talk, &heard, &match), 0);
    double snr_db = ear_match_snr_db(&match, 0, SECONDS);
    assert_true(snr_db > 13 && snr_db < 21);
    ear_match_destroy(&match);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delay_is_found),   cmocka_unit_test(test_stretch_is_followed),
        cmocka_unit_test(test_hole_is_measured), cmocka_unit_test(test_return_is_timed),
        cmocka_unit_test(test_noise_is_weighed),
    };
    return cmocka_run_group_tests(tests, make_voice, destroy_voice);
}
