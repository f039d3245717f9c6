/* test_languages.c - folders named as languages, mixer/file/languages.c. */
#include "mixer/file/languages.h"

#include "tests/unit/mixer/file/sound_file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { MOST_S = 20 };

static const char *const folders[] = {"it", "pt-BR", "old files"};
static const char *const files[] = {"welcome.wav", "it/welcome.wav", "it/muted.wav",
                                    "pt-BR/locked.wav", "old files/bad.wav"};

enum {
    FOLDERS = sizeof(folders) / sizeof(folders[0]),
    FILES = sizeof(files) / sizeof(files[0])
};

/* Each file is longer than the one before. */
static int make(void **state)
{
    (void)state;
    static int16_t silence[8000];
    for (unsigned i = 0; i < FOLDERS; i++) {
        char *path = sound_file_path(folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
        free(path);
    }
    for (unsigned i = 0; i < FILES; i++) {
        char *path = sound_file_path(files[i]);
        sound_file_wav(path, 8000, 1, silence, 800 * (i + 1));
        free(path);
    }
    return 0;
}

static int clean(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FILES; i++) {
        char *path = sound_file_path(files[i]);
        unlink(path);
        free(path);
    }
    for (unsigned i = 0; i < FOLDERS; i++) {
        char *path = sound_file_path(folders[i]);
        rmdir(path);
        free(path);
    }
    sound_file_clean();
    return 0;
}

static size_t samples(const struct languages *languages, const char *name, enum prompt prompt)
{
    size_t count;
    const struct prompts *prompts = languages_find(languages, name);
    assert_non_null(prompts);
    clip_samples(prompts_get(prompts, prompt), &count);
    return count;
}

static void folders_are_languages_and_english_stands_in(void **state)
{
    (void)state;
    struct languages *languages = NULL;
    char *why = NULL;
    assert_true(languages_load(sound_file_folder(), MOST_S, &languages, &why) >= 0);
    assert_string_equal(languages_name(languages, 0), "en");
    assert_string_equal(languages_name(languages, 1), "it");
    assert_string_equal(languages_name(languages, 2), "pt-BR");
    assert_null(languages_name(languages, 3));
    assert_null(languages_find(languages, "de"));
    assert_ptr_equal(languages_find(languages, "en"), languages_default(languages));
    assert_int_equal(samples(languages, "en", PROMPT_WELCOME), 800);
    assert_int_equal(samples(languages, "it", PROMPT_WELCOME), 1600);
    assert_int_equal(samples(languages, "it", PROMPT_MUTED), 2400);
    assert_int_equal(samples(languages, "PT-br", PROMPT_WELCOME), 800);
    assert_int_equal(samples(languages, "pt-BR", PROMPT_LOCKED), 3200);
    languages_destroy(languages);
    languages_destroy(NULL);
}

static void what_is_no_good_is_said(void **state)
{
    (void)state;
    struct languages *languages = NULL;
    char *why = NULL, *path = sound_file_path("it/welcome.wav");
    sound_file_put(path, "no sound", 8);
    assert_int_equal(languages_load(sound_file_folder(), MOST_S, &languages, &why), -EBADMSG);
    assert_non_null(strstr(why, path));
    free(why);
    free(path);
    assert_int_equal(languages_load("/nowhere/at/all", MOST_S, &languages, &why), -ENOENT);
    assert_non_null(strstr(why, "/nowhere/at/all"));
    free(why);
    assert_null(languages);
}

static void tags_have_a_form(void **state)
{
    (void)state;
    static const char *const good[] = {"en", "it", "yue", "pt-BR", "zh-Hant-TW"};
    static const char *const bad[] = {"",
                                      "e",
                                      "engl",
                                      "en-",
                                      "en--US",
                                      "e1",
                                      "..",
                                      "en/x",
                                      "pt_BR",
                                      "en-a",
                                      "zh-Hant-TW-12345678-12"};
    for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(language_is_valid(good[i]));
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(language_is_valid(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(folders_are_languages_and_english_stands_in, make,
                                        clean),
        cmocka_unit_test_setup_teardown(what_is_no_good_is_said, make, clean),
        cmocka_unit_test(tags_have_a_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
