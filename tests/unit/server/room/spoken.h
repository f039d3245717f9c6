/*
 * spoken.h - rooms that speak, on the fake engine: a prompt of its own for each name, files of
 * sound, and what is heard now, as words.
 *
 *   spoken_open(fixture);                      instead of the fixture's silent list
 *   assert_said(leg, "wrong-pin enter-pin");   say_to_the_end(leg);
 *
 * Included once per test program, before or instead of room_fixture.h.
 */
#ifndef TESTS_UNIT_SERVER_ROOM_SPOKEN_H
#define TESTS_UNIT_SERVER_ROOM_SPOKEN_H

#include "tests/unit/mixer/file/sound_file.h"
#include "tests/unit/server/room/room_fixture.h"

static struct prompts *spoken_prompts;

/* For the group: the files are made once. */
static inline int spoken_make(void **state)
{
    (void)state;
    static const int16_t pcm[80];
    for (int i = 0; i < PROMPTS; i++) {
        char name[64];
        snprintf(name, sizeof(name), "%s.wav", prompts_word((enum prompt)i));
        char *path = sound_file_path(name);
        sound_file_wav(path, 8000, 1, pcm, 80);
        free(path);
    }
    const char *const directories[] = {sound_file_folder()};
    char *why = NULL;
    return prompts_load_from(directories, 1, 60, &spoken_prompts, &why);
}

static inline int spoken_remove(void **state)
{
    (void)state;
    prompts_destroy(spoken_prompts);
    sound_file_clean();
    return 0;
}

static inline int spoken_setup(void **state)
{
    fixture_setup(state);
    struct fixture *fixture = *state;
    room_list_destroy(fixture->list);
    struct room_list_config config = fixture_config(fixture);
    config.prompts = spoken_prompts;
    config.sounds_directory = sound_file_folder();
    fixture_open(fixture, &config);
    return 0;
}

/* What this leg (NULL: all) is told now. */
static inline const char *said(const struct leg *leg)
{
    static char words[512];
    const struct media_play *play = fake_heard(leg);
    size_t length = 0;
    words[0] = '\0';
    for (unsigned i = 0; play && i < play->sound.clip_count; i++) {
        int prompt = 0;
        while (prompt < PROMPTS &&
               prompts_get(spoken_prompts, (enum prompt)prompt) != play->sound.clips[i])
            prompt++;
        const char *word = prompt < PROMPTS ? prompts_word((enum prompt)prompt) : "?";
        length += (size_t)snprintf(words + length, sizeof(words) - length, "%s%s", i ? " " : "",
                                   word);
    }
    return words;
}

#define assert_said(leg, expected) assert_string_equal(said(leg), expected)

static inline void say_to_the_end(const struct leg *leg)
{
    struct media_play *play = fake_heard(leg);
    assert_non_null(play);
    fake_end_play(play);
}

/* Presses keys, each a press of its own, and lets PINs be judged. */
static inline void press(struct leg *leg, const char *digits)
{
    for (; *digits; digits++) {
        fake_events->on_digit(fake_context, leg, *digits, false);
        fixture_judge(fake_context);
    }
}

#endif
