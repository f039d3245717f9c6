/* test_audio_speakers.c - the loudest few, against a plain sort; and who has the floor. */
#include "mixer/audio/audio_speakers.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 300, SILENCE = AUDIO_LEVEL_SILENCE, SECOND = 50, MINUTE = 60 * SECOND };

struct talker { /* something like somebody who talks: syllables, gaps, turns */
    uint32_t seed;
    unsigned level, left; /* of the piece being said, ticks */
    unsigned loudness, noise;
    bool talks_always; /* without turns: gaps between words only */
};

static unsigned between(uint32_t *seed, unsigned least, unsigned most)
{
    return least + signal_random(seed) % (most - least + 1);
}

static unsigned talk(struct talker *talker)
{
    if (!talker->left) {
        unsigned what = signal_random(&talker->seed) % 100;
        if (what < 65) { /* a syllable */
            talker->left = between(&talker->seed, 4, 14);
            talker->level = between(&talker->seed, talker->loudness, talker->loudness + 8);
        } else { /* a gap, a breath, or listening to others */
            talker->left = between(&talker->seed, 3, what < 90 ? 10 : what < 98 ? 25 : 35);
            if (what == 99 && !talker->talks_always)
                talker->left = between(&talker->seed, 100, 500);
            talker->level = talker->noise;
        }
    }
    talker->left--;
    return talker->level + signal_random(&talker->seed) % 3;
}

struct room {
    unsigned count;
    struct audio_speaker speaker[MOST];
    struct audio_speaker *all[MOST];
};

static struct room room;

static void room_begin(unsigned count)
{
    memset(&room, 0, sizeof(room));
    room.count = count;
    for (unsigned i = 0; i < count; i++)
        room.all[i] = &room.speaker[i];
}

static void feed(struct audio_speaker *speaker, unsigned level, unsigned ticks)
{
    for (unsigned i = 0; i < ticks; i++)
        audio_speaker_update(speaker, level);
}

/* --- one speaker ------------------------------------------------------------------------- */

static void an_onset_is_a_candidate_in_its_first_tick(void **state)
{
    (void)state;
    for (unsigned floor = 48; floor <= 80; floor++) {
        for (unsigned level = 0; level < 75; level++) {
            struct audio_speaker speaker = {0};
            feed(&speaker, floor, 10 * SECOND);
            assert_false(speaker.candidate);
            audio_speaker_update(&speaker, level);
            const unsigned learnt = floor < 70 ? floor : 70;
            assert_int_equal(speaker.candidate, level <= 45 || level + 4 <= learnt);
        }
    }
    struct audio_speaker fresh = {0}; /* and so is the first packet of a call */
    audio_speaker_update(&fresh, 40);
    assert_true(fresh.candidate);
}

static void the_hangover_is_500_ms(void **state)
{
    (void)state;
    static const unsigned quiet[] = {70, 100, SILENCE, 4000000000U};
    for (unsigned i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++) {
        for (unsigned loud = 1; loud < 400; loud *= 5) {
            struct audio_speaker speaker = {0};
            feed(&speaker, 30, loud);
            for (unsigned t = 0; t < 25; t++) {
                audio_speaker_update(&speaker, quiet[i]);
                assert_true(speaker.candidate);
            }
            audio_speaker_update(&speaker, quiet[i]);
            assert_false(speaker.candidate);
        }
    }
}

static void steady_noise_ceases_and_loud_sound_never(void **state)
{
    (void)state;
    uint32_t seed = 3;
    for (unsigned level = 46; level < 90; level++) {
        struct audio_speaker speaker = {0};
        for (unsigned t = 0; t < 6 * SECOND; t++)
            audio_speaker_update(&speaker, level + signal_random(&seed) % 3);
        for (unsigned t = 0; t < MINUTE; t++) {
            audio_speaker_update(&speaker, level + signal_random(&seed) % 3);
            assert_false(speaker.candidate);
        }
    }
    for (unsigned level = 0; level <= 45; level++) {
        struct audio_speaker speaker = {0};
        for (unsigned t = 0; t < MINUTE; t++) {
            audio_speaker_update(&speaker, level);
            assert_true(speaker.candidate);
        }
    }
}

static void nothing_is_no_candidate(void **state)
{
    (void)state;
    struct audio_speaker speaker = {0};
    for (unsigned t = 0; t < MINUTE; t++) {
        audio_speaker_update(&speaker, SILENCE);
        assert_false(speaker.candidate);
    }
    feed(&speaker, 47, 30 * SECOND);
    feed(&speaker, SILENCE, MINUTE); /* a mute: the noise is known still */
    audio_speaker_update(&speaker, 47);
    assert_false(speaker.candidate);
}

static void the_score_rises_at_once_waits_and_falls(void **state)
{
    (void)state;
    struct audio_speaker speaker = {0};
    feed(&speaker, 60, 100);
    audio_speaker_update(&speaker, 27);
    assert_int_equal(speaker.score_q4, 100 * 16);
    feed(&speaker, 60, 15);
    assert_int_equal(speaker.score_q4, 100 * 16);
    feed(&speaker, 60, 25); /* 500 ms: 20 dB */
    assert_in_range(speaker.score_q4, 79 * 16, 81 * 16);
    feed(&speaker, 60, 100);
    assert_int_equal(speaker.score_q4, 67 * 16); /* not below what is there */
    feed(&speaker, SILENCE, 1000);
    assert_int_equal(speaker.score_q4, 0);
}

/* --- the choice -------------------------------------------------------------------------- */

struct twin {
    unsigned index;
    bool candidate, chosen;
    unsigned score, wait;
};

static int by_rank(const void *a, const void *b)
{
    const struct twin *one = a, *two = b;
    if (one->candidate != two->candidate)
        return one->candidate ? -1 : 1;
    const unsigned first = one->score + (one->chosen ? 96 : 0);
    const unsigned second = two->score + (two->chosen ? 96 : 0);
    if (first != second)
        return first > second ? -1 : 1;
    if (one->chosen != two->chosen)
        return one->chosen ? -1 : 1;
    if (one->wait != two->wait)
        return one->wait > two->wait ? -1 : 1;
    return one->index < two->index ? -1 : 1;
}

/* Chooses, and compares with a sort of everybody. */
static unsigned choose_and_compare(unsigned places)
{
    static struct twin twin[MOST];
    static bool was[MOST], want[MOST];
    for (unsigned i = 0; i < room.count; i++) {
        const struct audio_speaker *speaker = &room.speaker[i];
        twin[i] = (struct twin){i, speaker->candidate, speaker->chosen, speaker->score_q4,
                                speaker->wait_ticks};
        was[i] = speaker->chosen;
        want[i] = false;
    }
    qsort(twin, room.count, sizeof(*twin), by_rank);
    unsigned most = places < AUDIO_SPEAKERS_MAX_PLACES ? places : AUDIO_SPEAKERS_MAX_PLACES;
    unsigned count = 0;
    for (unsigned i = 0; i < room.count && i < most && twin[i].candidate; i++, count++)
        want[twin[i].index] = true;
    assert_int_equal(audio_speakers_choose(room.all, room.count, places), count);
    for (unsigned i = 0; i < room.count; i++) {
        const struct audio_speaker *speaker = &room.speaker[i];
        assert_int_equal(speaker->chosen, want[i]);
        assert_int_equal(speaker->entered, want[i] && !was[i]);
        assert_int_equal(speaker->left, !want[i] && was[i]);
    }
    return count;
}

static void equals_the_plain_sort(void **state)
{
    (void)state;
    uint32_t seed = 17;
    for (unsigned round = 0; round < 60; round++) {
        room_begin(round % 10 == 0 ? round / 10 : between(&seed, 1, MOST));
        unsigned places = between(&seed, 0, 40);
        const unsigned kind = round % 3;
        for (unsigned t = 0; t < 100; t++) {
            for (unsigned i = 0; i < room.count; i++) {
                unsigned level = signal_random(&seed) % 128;
                if (kind == 1) /* many that are equal */
                    level = 20 + level % 3 * 40;
                if (kind == 2) /* few that speak */
                    level = signal_random(&seed) % 64 ? SILENCE : level;
                audio_speaker_update(&room.speaker[i], level);
            }
            if (t % 30 == 29)
                places = between(&seed, 0, 40);
            choose_and_compare(places);
        }
    }
}

static void rising_scores_are_sorted_too(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 2; way++) {
        room_begin(127);
        for (unsigned i = 0; i < 127; i++)
            audio_speaker_update(&room.speaker[i], way ? i : 126 - i);
        assert_int_equal(choose_and_compare(32), 32);
        for (unsigned i = 0; i < 127; i++)
            assert_int_equal(room.speaker[i].chosen, way ? i < 32 : i >= 95);
    }
}

static void an_onset_is_chosen_in_its_first_tick(void **state)
{
    (void)state;
    room_begin(50);
    for (unsigned t = 0; t < 5 * SECOND; t++) {
        for (unsigned i = 0; i < 50; i++)
            audio_speaker_update(&room.speaker[i], i < 3 ? 35 : 66);
        audio_speakers_choose(room.all, 50, 3);
    }
    for (unsigned i = 0; i < 3; i++)
        assert_true(room.speaker[i].chosen);
    for (unsigned level = 29; level >= 28; level--) { /* 6 dB louder is not enough, 7 is */
        for (unsigned i = 0; i < 50; i++)
            audio_speaker_update(&room.speaker[i], i < 3 ? 35 - i : i == 40 ? level : 66);
        audio_speakers_choose(room.all, 50, 3);
        assert_int_equal(room.speaker[40].chosen, level == 28);
        assert_int_equal(room.speaker[40].entered, level == 28);
        assert_int_equal(room.speaker[0].left, level == 28); /* the quietest of the three */
        assert_true(room.speaker[1].chosen && room.speaker[2].chosen);
    }
    audio_speakers_choose(room.all, 50, 3);
    assert_false(room.speaker[0].left || room.speaker[40].entered); /* said once */
}

static void a_pause_between_words_keeps_the_place(void **state)
{
    (void)state;
    room_begin(2);
    feed(&room.speaker[0], 30, 10);
    audio_speakers_choose(room.all, 2, 1);
    feed(&room.speaker[1], 60, 100);
    unsigned ticks = 0;
    while (room.speaker[0].chosen) { /* another, as loud, begins when the first one stops */
        audio_speaker_update(&room.speaker[0], 65);
        audio_speaker_update(&room.speaker[1], 30);
        audio_speakers_choose(room.all, 2, 1);
        ticks++;
    }
    assert_in_range(ticks, 20, 26);
    assert_true(room.speaker[1].entered);
}

static void two_equal_talkers_do_not_flap(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 10; round++) {
        room_begin(2);
        struct talker talker[2];
        for (unsigned i = 0; i < 2; i++)
            talker[i] = (struct talker){
                .seed = 50 + 2 * round + i, .loudness = 25, .noise = 62, .talks_always = true};
        unsigned changes = 0;
        for (unsigned t = 0; t < 5 * MINUTE; t++) {
            for (unsigned i = 0; i < 2; i++)
                audio_speaker_update(&room.speaker[i], talk(&talker[i]));
            audio_speakers_choose(room.all, 2, 1);
            changes += room.speaker[0].entered || room.speaker[1].entered;
        }
        assert_in_range(changes, 2, 300);
    }
}

/* Nobody has an advantage by where he stands in the array. */
static void places_are_shared_fairly(void **state)
{
    (void)state;
    enum { TALKERS = 8, PLACES = 3 };
    room_begin(TALKERS);
    struct talker talker[TALKERS];
    for (unsigned i = 0; i < TALKERS; i++)
        talker[i] = (struct talker){.seed = 900 + i, .loudness = 25, .noise = 62};
    unsigned share[TALKERS] = {0}, least = UINT32_MAX, most = 0;
    for (unsigned t = 0; t < 60 * MINUTE; t++) {
        unsigned candidates = 0;
        for (unsigned i = 0; i < TALKERS; i++) {
            audio_speaker_update(&room.speaker[i], talk(&talker[i]));
            candidates += room.speaker[i].candidate;
        }
        unsigned chosen = audio_speakers_choose(room.all, TALKERS, PLACES);
        assert_int_equal(chosen, candidates < PLACES ? candidates : PLACES);
        for (unsigned i = 0; i < TALKERS; i++)
            share[i] += room.speaker[i].chosen;
    }
    for (unsigned i = 0; i < TALKERS; i++) {
        least = share[i] < least ? share[i] : least;
        most = share[i] > most ? share[i] : most;
    }
    assert_true(least * 5 > most * 4);
}

static void who_waited_longest_goes_first_among_equals(void **state)
{
    (void)state;
    room_begin(4);
    feed(&room.speaker[0], 30, 1);
    audio_speakers_choose(room.all, 4, 1);
    for (unsigned t = 0; t < 10; t++) { /* the last one begins to wait first */
        for (unsigned i = 0; i < 4; i++)
            audio_speaker_update(&room.speaker[i], i + t >= 3 || i == 0 ? 30 : SILENCE);
        audio_speakers_choose(room.all, 4, 1);
        assert_true(room.speaker[0].chosen);
    }
    while (room.speaker[0].chosen) {
        for (unsigned i = 0; i < 4; i++)
            audio_speaker_update(&room.speaker[i], i ? 30 : SILENCE);
        audio_speakers_choose(room.all, 4, 1);
    }
    assert_true(room.speaker[3].chosen);
}

static void no_places_and_no_speakers(void **state)
{
    (void)state;
    assert_int_equal(audio_speakers_choose(NULL, 0, 5), 0);
    room_begin(3);
    for (unsigned i = 0; i < 3; i++)
        audio_speaker_update(&room.speaker[i], 20);
    assert_int_equal(choose_and_compare(0), 0);
    assert_int_equal(choose_and_compare(UINT32_MAX), 3);
    assert_int_equal(choose_and_compare(0), 0);
    assert_true(room.speaker[1].left);
    assert_int_equal(choose_and_compare(0), 0);
    assert_false(room.speaker[1].left);
}

/* --- the floor --------------------------------------------------------------------------- */

/* A tick of the room with these levels. */
static int tick(struct audio_dominant *dominant, const unsigned *level)
{
    for (unsigned i = 0; i < room.count; i++)
        audio_speaker_update(&room.speaker[i], level[i]);
    audio_speakers_choose(room.all, room.count, 3);
    const struct audio_speaker *now = audio_dominant_update(dominant, room.all, room.count);
    assert_true(!now || now == dominant->speaker);
    return now ? (int)(now - room.speaker) : -1;
}

/* Ticks until somebody gets the floor, who must be @p who; 0: not within 10 s. */
static unsigned ticks_until(struct audio_dominant *dominant, const unsigned *level, int who)
{
    for (unsigned t = 1; t <= 10 * SECOND; t++) {
        int now = tick(dominant, level);
        if (now >= 0) {
            assert_int_equal(now, who);
            return t;
        }
    }
    return 0;
}

static void the_floor_goes_to_who_talks(void **state)
{
    (void)state;
    struct audio_dominant dominant = {0};
    room_begin(3);
    assert_int_equal(ticks_until(&dominant, (unsigned[]){70, SILENCE, 70}, -1), 0);
    assert_int_equal(ticks_until(&dominant, (unsigned[]){30, SILENCE, 70}, 0), 10);
    /* 2 dB louder is not enough, 3 dB are after 200 ms of both */
    assert_int_equal(ticks_until(&dominant, (unsigned[]){30, SILENCE, 28}, 2), 0);
    assert_int_equal(ticks_until(&dominant, (unsigned[]){30, 27, 28}, 1), 19);
    /* the present one stops; who talks already gets it after 300 ms */
    assert_int_equal(ticks_until(&dominant, (unsigned[]){70, 70, 40}, 2), 15);
    /* one who begins when the present one stops */
    assert_int_equal(ticks_until(&dominant, (unsigned[]){31, 70, 70}, 0), 15);
    /* in silence it stays */
    assert_int_equal(ticks_until(&dominant, (unsigned[]){70, 70, 70}, 0), 0);
    assert_ptr_equal(dominant.speaker, &room.speaker[0]);
    assert_int_equal(ticks_until(&dominant, (unsigned[]){70, 45, 70}, 1), 10);
}

static void a_cough_does_not_take_the_floor(void **state)
{
    (void)state;
    struct audio_dominant dominant = {0};
    room_begin(2);
    ticks_until(&dominant, (unsigned[]){35, 70}, 0);
    for (unsigned i = 0; i < 50; i++) {
        for (unsigned t = 0; t < 9; t++) /* 180 ms, much louder */
            assert_int_equal(tick(&dominant, (unsigned[]){35, 10}), -1);
        for (unsigned t = 0; t < 30; t++)
            assert_int_equal(tick(&dominant, (unsigned[]){35, 70}), -1);
    }
}

static void being_louder_must_last(void **state)
{
    (void)state;
    struct audio_dominant dominant = {0};
    room_begin(2);
    ticks_until(&dominant, (unsigned[]){35, 70}, 0);
    for (unsigned t = 0; t < 18; t++) /* talks long enough with the 10th, louder for 9 */
        assert_int_equal(tick(&dominant, (unsigned[]){35, 30}), -1);
    assert_int_equal(tick(&dominant, (unsigned[]){28, 30}), -1); /* one word of the present */
    unsigned ticks = ticks_until(&dominant, (unsigned[]){70, 25}, 1);
    assert_int_equal(ticks, 10); /* and not 1 */
}

static void the_floor_does_not_flap(void **state)
{
    (void)state;
    struct audio_dominant dominant = {0};
    room_begin(2);
    struct talker talker[2];
    for (unsigned i = 0; i < 2; i++)
        talker[i] =
            (struct talker){.seed = 70 + i, .loudness = 25, .noise = 62, .talks_always = true};
    unsigned changes = 0;
    for (unsigned t = 0; t < 5 * MINUTE; t++) {
        unsigned level[2] = {talk(&talker[0]), talk(&talker[1])};
        changes += tick(&dominant, level) >= 0;
    }
    assert_in_range(changes, 2, 300);
}

static void who_leaves_has_not_the_floor(void **state)
{
    (void)state;
    struct audio_dominant dominant = {0};
    room_begin(2);
    ticks_until(&dominant, (unsigned[]){35, 70}, 0);
    audio_dominant_forget(&dominant, &room.speaker[1]);
    assert_ptr_equal(dominant.speaker, &room.speaker[0]);
    for (unsigned t = 0; t < 15; t++)
        tick(&dominant, (unsigned[]){35, 30});
    assert_ptr_equal(dominant.rival, &room.speaker[1]);
    audio_dominant_forget(&dominant, &room.speaker[1]);
    assert_null(dominant.rival);
    audio_dominant_forget(&dominant, &room.speaker[0]);
    assert_null(dominant.speaker);
    assert_int_equal(ticks_until(&dominant, (unsigned[]){70, 30}, 1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_onset_is_a_candidate_in_its_first_tick),
        cmocka_unit_test(the_hangover_is_500_ms),
        cmocka_unit_test(steady_noise_ceases_and_loud_sound_never),
        cmocka_unit_test(nothing_is_no_candidate),
        cmocka_unit_test(the_score_rises_at_once_waits_and_falls),
        cmocka_unit_test(equals_the_plain_sort),
        cmocka_unit_test(rising_scores_are_sorted_too),
        cmocka_unit_test(an_onset_is_chosen_in_its_first_tick),
        cmocka_unit_test(a_pause_between_words_keeps_the_place),
        cmocka_unit_test(two_equal_talkers_do_not_flap),
        cmocka_unit_test(places_are_shared_fairly),
        cmocka_unit_test(who_waited_longest_goes_first_among_equals),
        cmocka_unit_test(no_places_and_no_speakers),
        cmocka_unit_test(the_floor_goes_to_who_talks),
        cmocka_unit_test(a_cough_does_not_take_the_floor),
        cmocka_unit_test(being_louder_must_last),
        cmocka_unit_test(the_floor_does_not_flap),
        cmocka_unit_test(who_leaves_has_not_the_floor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
