/* test_prompts.c - what the server says, mixer/file/prompts.c. */
#include "mixer/file/prompts.h"

#include "tests/unit/mixer/file/sound_file.h"
#include "tests/unit/mixer/signal.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { MOST_S = 20 };

static int16_t in[8000];

static int make(void **state)
{
    (void)state;
    signal_tone(in, 0, 8000, 8000, 440, 8000);
    return 0;
}

/* Each test has a folder of its own. */
static int clean(void **state)
{
    (void)state;
    sound_file_clean();
    return 0;
}

static void put(const char *name, unsigned samples)
{
    char *path = sound_file_path(name);
    sound_file_wav(path, 8000, 1, in, samples);
    free(path);
}

static struct prompts *load(const char *const *directories, unsigned count, int missing)
{
    struct prompts *prompts = NULL;
    char *why = NULL;
    int got = prompts_load_from(directories, count, MOST_S, &prompts, &why);
    if (got != missing)
        fail_msg("%d instead of %d: %s", got, missing, why ? why : "");
    return prompts;
}

static size_t samples(const struct prompts *prompts, enum prompt prompt)
{
    size_t count;
    clip_samples(prompts_get(prompts, prompt), &count);
    return count;
}

static void each_has_a_word_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < PROMPTS; i++) {
        assert_non_null(prompts_word((enum prompt)i));
        assert_int_equal(prompts_find(prompts_word((enum prompt)i)), i);
    }
    assert_string_equal(prompts_word(PROMPT_ENTER_PIN), "enter-pin");
    assert_string_equal(prompts_word(PROMPT_0 + 17), "17");
    assert_string_equal(prompts_word(PROMPT_20), "20");
    assert_string_equal(prompts_word(PROMPT_90), "90");
    assert_int_equal(prompts_find("enter_pin"), -1);
    assert_int_equal(prompts_find(""), -1);
}

static void the_list_of_texts_has_them_all_in_order(void **state)
{
    (void)state;
    FILE *list = fopen(RADUNO_SOURCE_DIR "/mixer/file/prompts/en.txt", "r");
    assert_non_null(list);
    char line[256];
    int count = 0;
    while (fgets(line, sizeof(line), list)) {
        char *tab = strchr(line, '\t');
        assert_true(tab && strlen(tab) > 4);
        *tab = '\0';
        assert_true(count < PROMPTS);
        assert_string_equal(line, prompts_word((enum prompt)count++));
    }
    assert_int_equal(count, PROMPTS);
    fclose(list);
}

static void a_tone_stands_in(void **state)
{
    (void)state;
    struct prompts *prompts = load(NULL, 0, PROMPTS);
    for (int i = 0; i < PROMPTS; i++) {
        assert_in_range(clip_ms(prompts_get(prompts, (enum prompt)i)), 100, 500);
        assert_true(samples(prompts, (enum prompt)i) > 0);
    }
    assert_ptr_not_equal(prompts_get(prompts, PROMPT_WELCOME),
                         prompts_get(prompts, PROMPT_WRONG_PIN));
    struct clip *kept = clip_ref(prompts_get(prompts, PROMPT_WELCOME)); /* while it plays */
    prompts_destroy(prompts);
    assert_true(clip_ms(kept) > 0);
    clip_unref(kept);
    prompts_destroy(NULL);
}

static void the_first_directory_wins(void **state)
{
    (void)state;
    char *folder = sound_file_path("second");
    assert_int_equal(mkdir(folder, 0700), 0);
    put("welcome.wav", 800);
    put("muted.au", 1600); /* what is in it counts, not its name */
    put("muted.txt", 100);
    put("second/welcome.flac", 2400);
    put("second/locked.mp3", 3200);
    put("second/locked.caf", 4000); /* wav, flac, ... mp3, ... caf: the earlier one */
    const char *directories[] = {sound_file_folder(), folder};
    struct prompts *prompts = load(directories, 2, PROMPTS - 3);
    assert_int_equal(samples(prompts, PROMPT_WELCOME), 800);
    assert_int_equal(samples(prompts, PROMPT_MUTED), 1600);
    assert_int_equal(samples(prompts, PROMPT_LOCKED), 3200);
    prompts_destroy(prompts);
    prompts = load(directories + 1, 1, PROMPTS - 2);
    assert_int_equal(samples(prompts, PROMPT_WELCOME), 2400);
    prompts_destroy(prompts);
    static const char *const names[] = {"welcome.flac", "locked.mp3", "locked.caf"};
    for (unsigned i = 0; i < 3; i++) {
        char *path;
        assert_true(asprintf(&path, "%s/%s", folder, names[i]) > 0);
        unlink(path);
        free(path);
    }
    rmdir(folder);
    free(folder);
}

static void refused(const char *name, int err)
{
    char *path = sound_file_path(name), *why = NULL;
    const char *directory = sound_file_folder();
    struct prompts *prompts = NULL;
    assert_int_equal(prompts_load_from(&directory, 1, MOST_S, &prompts, &why), err);
    assert_null(prompts);
    assert_non_null(strstr(why, path));
    free(why);
    unlink(path);
    free(path);
}

static void a_file_that_is_no_good_is_said(void **state)
{
    (void)state;
    char *path = sound_file_path("goodbye.ogg");
    sound_file_put(path, "no sound", 8);
    refused("goodbye.ogg", -EBADMSG);
    assert_int_equal(symlink("nowhere.wav", path), 0);
    refused("goodbye.ogg", -ENOENT);
    assert_int_equal(mkfifo(path, 0600), 0);
    refused("goodbye.ogg", -EBADMSG);
    free(path);

    path = sound_file_path("alone.wav");
    static int16_t silence[8000 * (MOST_S + 1)];
    sound_file_wav(path, 8000, 1, silence, sizeof(silence) / 2);
    refused("alone.wav", -EFBIG);
    free(path);

    path = sound_file_path("none");
    const char *directory = path;
    struct prompts *prompts;
    char *why;
    assert_int_equal(prompts_load_from(&directory, 1, MOST_S, &prompts, &why), -ENOENT);
    assert_non_null(strstr(why, path));
    free(why), free(path);
}

/* Writes the words of a number with spaces. */
static void say(const struct prompts *prompts, unsigned number, char out[256])
{
    struct clip *clips[PROMPTS_NUMBER_CLIPS];
    unsigned count = prompts_number(prompts, number, clips, PROMPTS_NUMBER_CLIPS);
    out[0] = '\0';
    for (unsigned i = 0; i < count; i++) {
        for (int one = PROMPT_0; one < PROMPTS; one++) {
            if (prompts_get(prompts, (enum prompt)one) == clips[i])
                sprintf(out + strlen(out), "%s%s", i ? " " : "",
                        prompts_word((enum prompt)one));
        }
    }
}

static void numbers_are_said_as_in_english(void **state)
{
    (void)state;
    static const struct {
        unsigned number;
        const char *said;
    } cases[] = {
        {0, "0"},
        {1, "1"},
        {13, "13"},
        {20, "20"},
        {21, "20 1"},
        {30, "30"},
        {42, "40 2"},
        {99, "90 9"},
        {100, "1 hundred"},
        {101, "1 hundred 1"},
        {120, "1 hundred 20"},
        {999, "9 hundred 90 9"},
        {1000, "1 thousand"},
        {2005, "2 thousand 5"},
        {1100, "1 thousand 1 hundred"},
        {9999, "9 thousand 9 hundred 90 9"},
        {10000, ""},
        {UINT_MAX, ""},
    };
    for (int i = PROMPT_0; i < PROMPTS; i++) { /* else they all are the same tone */
        char name[32];
        snprintf(name, sizeof(name), "%s.wav", prompts_word((enum prompt)i));
        put(name, 80);
    }
    const char *directory = sound_file_folder();
    struct prompts *prompts = load(&directory, 1, PROMPT_0);
    char said[256];
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        say(prompts, cases[i].number, said);
        assert_string_equal(said, cases[i].said);
    }
    struct clip *clips[PROMPTS_NUMBER_CLIPS];
    for (unsigned number = 0; number <= PROMPTS_MOST_NUMBER; number++) {
        unsigned count = prompts_number(prompts, number, clips, PROMPTS_NUMBER_CLIPS);
        assert_in_range(count, 1, PROMPTS_NUMBER_CLIPS);
        assert_int_equal(prompts_number(prompts, number, clips, count - 1), 0);
    }
    prompts_destroy(prompts);
}

/* The set that this build has made. */
static void the_built_in_ones_are_spoken(void **state)
{
    (void)state;
    char directory[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", directory, sizeof(directory) - 64);
    assert_true(length > 0);
    directory[length] = '\0';
    for (int up = 0; up < 2; up++)
        *strrchr(directory, '/') = '\0';
    strcat(directory, "/prompts/en");
    if (access(directory, F_OK) < 0) /* there was no espeak-ng */
        skip();
    const char *directories[] = {directory};
    struct prompts *prompts = load(directories, 1, 0);
    for (int i = 0; i < PROMPTS; i++) {
        struct clip *clip = prompts_get(prompts, (enum prompt)i);
        size_t count;
        const int16_t *pcm = clip_samples(clip, &count);
        assert_int_equal(clip_rate_hz(clip), 24000);
        assert_in_range(clip_ms(clip), 250, 8000);
        assert_in_range((unsigned)signal_rms(pcm, (unsigned)count), 800, 4000);
    }
    prompts_destroy(prompts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_has_a_word_of_its_own),
        cmocka_unit_test(the_list_of_texts_has_them_all_in_order),
        cmocka_unit_test_teardown(a_tone_stands_in, clean),
        cmocka_unit_test_teardown(the_first_directory_wins, clean),
        cmocka_unit_test_teardown(a_file_that_is_no_good_is_said, clean),
        cmocka_unit_test_teardown(numbers_are_said_as_in_english, clean),
        cmocka_unit_test(the_built_in_ones_are_spoken),
    };
    return cmocka_run_group_tests(tests, make, clean);
}
