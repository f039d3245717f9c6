/* test_audio_level.c - levels in -dBov, and who is talking. */
#include "mixer/audio/audio_level.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void levels_of_known_frames(void **state)
{
    (void)state;
    static int16_t pcm[960];
    assert_int_equal(audio_level(pcm, 960), AUDIO_LEVEL_SILENCE);
    pcm[500] = 1; /* the least that is not silence */
    assert_in_range(audio_level(pcm, 960), 119, 121);
    for (unsigned i = 0; i < 960; i++)
        pcm[i] = i % 2 ? 32767 : -32767;
    assert_int_equal(audio_level(pcm, 960), 0);
    memset(pcm, 0, sizeof(pcm));
    for (unsigned i = 0; i < 960; i++)
        pcm[i] = -32768;
    assert_int_equal(audio_level(pcm, 960), 0);
    for (int db = 0; db <= 70; db++) { /* a sine's mean is 3 dB below its peak */
        signal_tone(pcm, 0, 960, 48000, 1000, 32767 * pow(10, -db / 20.0));
        assert_true(abs((int)audio_level(pcm, 960) - (db + 3)) <= 1);
    }
}

static void equals_the_plain_mean(void **state)
{
    (void)state;
    static int16_t pcm[960];
    uint32_t seed = 3;
    for (unsigned round = 0; round < 60; round++) {
        unsigned samples = 1 + signal_random(&seed) % 960;
        signal_random_bytes(&seed, pcm, sizeof(pcm));
        for (unsigned i = 0; i < 960; i++)
            pcm[i] = (int16_t)(pcm[i] / (1 << round % 15));
        double rms = signal_rms(pcm, samples);
        long want = rms == 0 ? 127 : lround(-signal_db(rms / 32767));
        assert_int_equal(audio_level(pcm, samples), want < 0 ? 0 : want);
    }
}

/* Feeds one level for a time; returns the ticks talked. */
static unsigned feed(struct audio_talk *talk, unsigned level, unsigned ticks)
{
    unsigned talked = 0;
    for (unsigned i = 0; i < ticks; i++) {
        bool before = talk->talking;
        bool changed = audio_talk_update(talk, level);
        assert_int_equal(changed, before != talk->talking);
        talked += talk->talking;
    }
    return talked;
}

static void a_steady_tone_talks_for_its_whole_length(void **state)
{
    (void)state;
    enum { MINUTE = 60 * 50 };
    for (unsigned level = 3; level <= 34; level++) { /* sines of 0 .. -30 dBFS */
        struct audio_talk talk = {0};
        assert_int_equal(feed(&talk, level, 2), 0);
        assert_int_equal(feed(&talk, level, 10 * MINUTE), 10 * MINUTE);
    }
}

static void on_after_60_ms_and_off_after_500(void **state)
{
    (void)state;
    struct audio_talk talk = {0};
    feed(&talk, 70, 100);
    assert_int_equal(feed(&talk, 25, 2), 0);
    assert_int_equal(feed(&talk, 70, 1), 0); /* a click of 40 ms is no talk */
    assert_int_equal(feed(&talk, 25, 2), 0);
    assert_int_equal(feed(&talk, 25, 1), 1);
    assert_int_equal(feed(&talk, 70, 24), 24); /* a pause between words */
    assert_int_equal(feed(&talk, 25, 1), 1);
    assert_int_equal(feed(&talk, AUDIO_LEVEL_SILENCE, 24), 24);
    assert_int_equal(feed(&talk, AUDIO_LEVEL_SILENCE, 100), 0);
}

static void silence_and_comfort_noise_never_talk(void **state)
{
    (void)state;
    struct audio_talk talk = {0};
    assert_int_equal(feed(&talk, AUDIO_LEVEL_SILENCE, 5000), 0);
    assert_int_equal(feed(&talk, 65, 5000), 0);
    assert_int_equal(feed(&talk, AUDIO_LEVEL_SILENCE, 5000), 0);
    assert_int_equal(feed(&talk, 64, 5), 0);
    struct audio_talk muted = {0};
    feed(&muted, AUDIO_LEVEL_SILENCE, 5000);
    assert_int_equal(feed(&muted, 51, 50), 0); /* nothing was learnt of nothing */
    assert_int_equal(feed(&talk, 53, 5000), 0);
}

static void a_noisy_line_is_learnt_and_a_voice_above_it_talks(void **state)
{
    (void)state;
    struct audio_talk talk = {0};
    feed(&talk, 48, 20 * 50); /* a fan; it may be taken for talk at first */
    assert_int_equal(feed(&talk, 48, 60 * 50), 0);
    unsigned talked = 0;
    for (unsigned i = 0; i < 200; i++) /* words of 200 ms, pauses of 100 ms */
        talked += feed(&talk, 30, 10) + feed(&talk, 48, 5);
    assert_int_equal(talked, 200 * 15 - 2);
    feed(&talk, 48, 25);
    assert_int_equal(feed(&talk, 48, 500), 0);
}

static void speech_keeps_talking_however_long(void **state)
{
    (void)state;
    struct audio_talk talk = {0};
    uint32_t seed = 11;
    unsigned talked = 0;
    for (unsigned i = 0; i < 60 * 4; i++) { /* soft speech: syllables, gaps, room noise */
        talked += feed(&talk, 38 + signal_random(&seed) % 8, 9);
        talked += feed(&talk, 62 + signal_random(&seed) % 6, 4);
    }
    assert_in_range(talked, 60 * 4 * 13 - 10, 60 * 4 * 13);
}

static void the_floor_falls_fast_and_rises_slowly(void **state)
{
    (void)state;
    struct audio_floor floor = {0};
    audio_floor_follow(&floor, AUDIO_LEVEL_SILENCE); /* of nothing nothing is learnt */
    assert_int_equal(floor.level_q4, 60 * 16);
    assert_true(audio_floor_below(&floor, 50, 10));
    assert_false(audio_floor_below(&floor, 51, 10));
    for (unsigned i = 0; i < 16; i++) /* 3 dB a second */
        audio_floor_follow(&floor, 20);
    assert_int_equal(floor.level_q4, 59 * 16);
    for (unsigned i = 0; i < 10000; i++)
        audio_floor_follow(&floor, 20);
    assert_int_equal(floor.level_q4, 48 * 16);
    for (unsigned i = 0; i < 12; i++)
        audio_floor_follow(&floor, 65);
    assert_in_range(floor.level_q4, 64 * 16, 65 * 16);
    for (unsigned i = 0; i < 20; i++)
        audio_floor_follow(&floor, 126);
    assert_int_equal(floor.level_q4, 70 * 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_of_known_frames),
        cmocka_unit_test(equals_the_plain_mean),
        cmocka_unit_test(the_floor_falls_fast_and_rises_slowly),
        cmocka_unit_test(a_steady_tone_talks_for_its_whole_length),
        cmocka_unit_test(on_after_60_ms_and_off_after_500),
        cmocka_unit_test(silence_and_comfort_noise_never_talk),
        cmocka_unit_test(a_noisy_line_is_learnt_and_a_voice_above_it_talks),
        cmocka_unit_test(speech_keeps_talking_however_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
