/* prompts.c - a table of names, a search for files, tones for what is not there. */
#include "mixer/file/prompts.h"

#include "mixer/audio/audio_tone.h"
#include "mixer/base/check.h"
#include "mixer/base/explain.h"
#include "mixer/base/pcm.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TONE_RATE_HZ = 16000, TONE_MOST_SAMPLES = TONE_RATE_HZ };

struct prompts {
    struct clip *clips[PROMPTS];
    struct clip *rising, *falling; /* stand in for what is missing; NULL: another's do */
};

static const char *const words[PROMPTS] = {
    [PROMPT_ENTER_PIN] = "enter-pin",
    [PROMPT_WRONG_PIN] = "wrong-pin",
    [PROMPT_PIN_TIMEOUT] = "pin-timeout",
    [PROMPT_TOO_MANY_TRIES] = "too-many-tries",
    [PROMPT_GOODBYE] = "goodbye",
    [PROMPT_WELCOME] = "welcome",
    [PROMPT_MODERATOR] = "moderator",
    [PROMPT_ALONE] = "alone",
    [PROMPT_WAITING] = "waiting",
    [PROMPT_LOCKED] = "locked",
    [PROMPT_UNLOCKED] = "unlocked",
    [PROMPT_MUTED] = "muted",
    [PROMPT_UNMUTED] = "unmuted",
    [PROMPT_HAND_RAISED] = "hand-raised",
    [PROMPT_HAND_LOWERED] = "hand-lowered",
    [PROMPT_VOLUME_UP] = "volume-up",
    [PROMPT_VOLUME_DOWN] = "volume-down",
    [PROMPT_HEADCOUNT_BEFORE] = "headcount-before",
    [PROMPT_HEADCOUNT_AFTER] = "headcount-after",
    [PROMPT_HEADCOUNT_ONE] = "headcount-one",
    [PROMPT_JOINED] = "joined",
    [PROMPT_LEFT] = "left",
    [PROMPT_RECORDING_STARTED] = "recording-started",
    [PROMPT_RECORDING_STOPPED] = "recording-stopped",
    [PROMPT_GOING_DOWN] = "going-down",
    [PROMPT_INVALID] = "invalid",
    [PROMPT_MENU] = "menu",
    [PROMPT_PRESS] = "press",
    [PROMPT_STAR] = "star",
    [PROMPT_HASH] = "hash",
    [PROMPT_TO_MUTE] = "to-mute",
    [PROMPT_TO_RAISE_HAND] = "to-raise-hand",
    [PROMPT_TO_VOLUME_UP] = "to-volume-up",
    [PROMPT_TO_VOLUME_DOWN] = "to-volume-down",
    [PROMPT_TO_VOICE_UP] = "to-voice-up",
    [PROMPT_TO_VOICE_DOWN] = "to-voice-down",
    [PROMPT_TO_HEADCOUNT] = "to-headcount",
    [PROMPT_TO_HELP] = "to-help",
    [PROMPT_TO_LOCK] = "to-lock",
    [PROMPT_TO_MUTE_ALL] = "to-mute-all",
    [PROMPT_TO_END] = "to-end",
    [PROMPT_TO_HANG_UP] = "to-hang-up",
    [PROMPT_LOBBY] = "lobby",
    [PROMPT_LOBBY_TIMEOUT] = "lobby-timeout",
    [PROMPT_NOT_ADMITTED] = "not-admitted",
    [PROMPT_KNOCK] = "knock",
    [PROMPT_ADMITTED] = "admitted",
    [PROMPT_NOBODY_WAITS] = "nobody-waits",
    [PROMPT_CANNOT_UNMUTE] = "cannot-unmute",
    [PROMPT_TO_ADMIT] = "to-admit",
    [PROMPT_NOT_BEGUN] = "not-begun",
    [PROMPT_IS_OVER] = "is-over",
    [PROMPT_FULL] = "full",
    [PROMPT_ENDS_SOON] = "ends-soon",
    [PROMPT_MENU_WELCOME] = "menu-welcome",
    [PROMPT_ENTER_NUMBER] = "enter-number",
    [PROMPT_WRONG_NUMBER] = "wrong-number",
    [PROMPT_NUMBER_TIMEOUT] = "number-timeout",
    [PROMPT_0 + 0] = "0",
    [PROMPT_0 + 1] = "1",
    [PROMPT_0 + 2] = "2",
    [PROMPT_0 + 3] = "3",
    [PROMPT_0 + 4] = "4",
    [PROMPT_0 + 5] = "5",
    [PROMPT_0 + 6] = "6",
    [PROMPT_0 + 7] = "7",
    [PROMPT_0 + 8] = "8",
    [PROMPT_0 + 9] = "9",
    [PROMPT_0 + 10] = "10",
    [PROMPT_0 + 11] = "11",
    [PROMPT_0 + 12] = "12",
    [PROMPT_0 + 13] = "13",
    [PROMPT_0 + 14] = "14",
    [PROMPT_0 + 15] = "15",
    [PROMPT_0 + 16] = "16",
    [PROMPT_0 + 17] = "17",
    [PROMPT_0 + 18] = "18",
    [PROMPT_0 + 19] = "19",
    [PROMPT_0 + 20] = "20",
    [PROMPT_30 + 0] = "30",
    [PROMPT_30 + 1] = "40",
    [PROMPT_30 + 2] = "50",
    [PROMPT_30 + 3] = "60",
    [PROMPT_30 + 4] = "70",
    [PROMPT_30 + 5] = "80",
    [PROMPT_30 + 6] = "90",
    [PROMPT_HUNDRED] = "hundred",
    [PROMPT_THOUSAND] = "thousand",
};

static const char *const extensions[] = {"wav", "flac", "opus", "ogg",  "oga",
                                         "mp3", "m4a",  "aac",  "webm", "mka",
                                         "amr", "aiff", "aif",  "au",   "caf"};

static bool is_bad_news(enum prompt prompt)
{
    switch (prompt) {
    case PROMPT_WRONG_PIN:
    case PROMPT_PIN_TIMEOUT:
    case PROMPT_TOO_MANY_TRIES:
    case PROMPT_GOODBYE:
    case PROMPT_MUTED:
    case PROMPT_HAND_LOWERED:
    case PROMPT_VOLUME_DOWN:
    case PROMPT_LEFT:
    case PROMPT_RECORDING_STOPPED:
    case PROMPT_GOING_DOWN:
    case PROMPT_INVALID:
    case PROMPT_LOBBY_TIMEOUT:
    case PROMPT_NOT_ADMITTED:
    case PROMPT_NOBODY_WAITS:
    case PROMPT_CANNOT_UNMUTE:
    case PROMPT_NOT_BEGUN:
    case PROMPT_IS_OVER:
    case PROMPT_FULL:
    case PROMPT_ENDS_SOON:
        return true;
    default:
        return false;
    }
}

const char *prompts_word(enum prompt prompt)
{
    return words[prompt];
}

int prompts_find(const char *word)
{
    for (int i = 0; i < PROMPTS; i++) {
        if (strcmp(words[i], word) == 0)
            return i;
    }
    return -1;
}

/* ---- load ---- */

static struct clip *make_tone(enum audio_tone_kind kind)
{
    static int16_t pcm[TONE_MOST_SAMPLES];
    const size_t tick = TONE_RATE_HZ / PCM_TICKS_PER_S;
    struct audio_tone tone;
    size_t count = 0;
    for (audio_tone_start(&tone, kind); audio_tone_active(&tone); audio_tone_advance(&tone)) {
        assert(count + tick <= TONE_MOST_SAMPLES);
        audio_tone_render(&tone, TONE_RATE_HZ, pcm + count);
        count += tick;
    }
    return clip_create(TONE_RATE_HZ, pcm, count);
}

/* @return 1: there is such a file, and the clip is of it; 0: there is none. */
static int load_from(const char *directory, const char *word, unsigned most_s,
                     struct clip **clip, char **why)
{
    for (unsigned i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
        char *path;
        struct stat about;
        if (asprintf(&path, "%s/%s.%s", directory, word, extensions[i]) < 0)
            return -ENOMEM;
        bool is_there = lstat(path, &about) == 0; /* a link to nowhere is there, and broken */
        int err = is_there ? clip_load(path, most_s, clip, why) : 0;
        free(path);
        if (is_there)
            return err < 0 ? err : 1;
    }
    return 0;
}

static int load_one(const char *const *directories, unsigned count, const char *word,
                    unsigned most_s, struct clip **clip, char **why)
{
    int got = 0;
    for (unsigned i = 0; i < count && got == 0; i++)
        got = load_from(directories[i], word, most_s, clip, why);
    return got;
}

static struct clip *stand_in(const struct prompts *prompts, const struct prompts *base,
                             enum prompt prompt)
{
    if (base)
        return base->clips[prompt];
    return is_bad_news(prompt) ? prompts->falling : prompts->rising;
}

static int load_all(const char *const *directories, unsigned count, unsigned most_s,
                    const struct prompts *base, struct prompts *prompts, char **why)
{
    int missing = 0;
    for (int i = 0; i < PROMPTS; i++) {
        int got = load_one(directories, count, words[i], most_s, &prompts->clips[i], why);
        if (got < 0)
            return got;
        if (got == 0) {
            prompts->clips[i] = clip_ref(stand_in(prompts, base, (enum prompt)i));
            missing++;
        }
    }
    return missing;
}

static int check_directory(const char *directory, char **why)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int err = fd < 0 ? -errno : 0;
    if (fd >= 0)
        close(fd);
    return err < 0 ? explain(err, why, "%s: %s", directory, strerror(-err)) : err;
}

static int make_tones(struct prompts *prompts)
{
    prompts->rising = make_tone(AUDIO_TONE_JOINED);
    prompts->falling = make_tone(AUDIO_TONE_LEFT);
    return prompts->rising && prompts->falling ? 0 : -ENOMEM;
}

int prompts_load_beside(const struct prompts *base, const char *const *directories,
                        unsigned count, unsigned most_s, struct prompts **prompts, char **why)
{
    ASSERT_CONTROL();
    *why = NULL;
    struct prompts *all = calloc(1, sizeof(*all));
    if (!all)
        return -ENOMEM;
    int got = base ? 0 : make_tones(all);
    for (unsigned i = 0; i < count && got == 0; i++)
        got = check_directory(directories[i], why);
    if (got == 0)
        got = load_all(directories, count, most_s, base, all, why);
    if (got < 0)
        prompts_destroy(all);
    else
        *prompts = all;
    return got;
}

int prompts_load_from(const char *const *directories, unsigned count, unsigned most_s,
                      struct prompts **prompts, char **why)
{
    return prompts_load_beside(NULL, directories, count, most_s, prompts, why);
}

void prompts_destroy(struct prompts *prompts)
{
    ASSERT_CONTROL();
    if (!prompts)
        return;
    for (int i = 0; i < PROMPTS; i++)
        clip_unref(prompts->clips[i]);
    clip_unref(prompts->rising);
    clip_unref(prompts->falling);
    free(prompts);
}

/* ---- use ---- */

struct clip *prompts_get(const struct prompts *prompts, enum prompt prompt)
{
    assert(prompt >= 0 && prompt < PROMPTS);
    return prompts->clips[prompt];
}

/* Below 100. */
static unsigned say_small(unsigned number, enum prompt said[2])
{
    if (number <= 20) {
        said[0] = (enum prompt)(PROMPT_0 + number);
        return 1;
    }
    said[0] = number < 30 ? PROMPT_20 : (enum prompt)(PROMPT_30 + number / 10 - 3);
    if (number % 10)
        said[1] = (enum prompt)(PROMPT_0 + number % 10);
    return number % 10 ? 2 : 1;
}

unsigned prompts_number(const struct prompts *prompts, unsigned number, struct clip *clips[],
                        unsigned room)
{
    enum prompt said[PROMPTS_NUMBER_CLIPS];
    unsigned count = 0;
    if (number > PROMPTS_MOST_NUMBER)
        return 0;
    if (number >= 1000) {
        said[count++] = (enum prompt)(PROMPT_0 + number / 1000);
        said[count++] = PROMPT_THOUSAND;
    }
    if (number / 100 % 10) {
        said[count++] = (enum prompt)(PROMPT_0 + number / 100 % 10);
        said[count++] = PROMPT_HUNDRED;
    }
    if (number % 100 || number == 0)
        count += say_small(number % 100, said + count);
    if (count > room)
        return 0;
    for (unsigned i = 0; i < count; i++)
        clips[i] = prompts->clips[said[i]];
    return count;
}
