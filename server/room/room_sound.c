/* room_sound.c - a name becomes clips or a stream. */
#include "server/room/room_sound.h"

#include "mixer/audio/audio_tone.h"
#include "mixer/base/explain.h"
#include "mixer/base/pcm.h"
#include "mixer/file/prompts.h"
#include "server/room/room_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CLIP_BYTES = 512 * 1024, CLIP_S = 20, PATH_BYTES = 2048 };
enum { HOLD_S = 5, HOLD_HZ = 16000 };

const char *room_sound_word(enum room_sound_kind kind)
{
    static const char *const words[] = {
        [ROOM_SOUND_FILE] = "file",
        [ROOM_SOUND_PROMPT] = "prompt",
        [ROOM_SOUND_URL] = "url",
        [ROOM_SOUND_SHARED] = "room_file",
    };
    assert(kind < sizeof(words) / sizeof(words[0]));
    return words[kind];
}

static int open_prompt(const struct room *room, const char *word, struct media_sound *sound,
                       char **why)
{
    int prompt = prompts_find(word);
    if (prompt < 0)
        return explain(-ENOENT, why, "There is no prompt \"%.40s\".", word);
    const struct prompts *prompts = room_prompts(room);
    if (!prompts)
        return explain(-ENOENT, why, "This server has no prompts.");
    struct clip *clip = prompts_get(prompts, (enum prompt)prompt);
    *sound = (struct media_sound){.clips = {clip_ref(clip)}, .clip_count = 1};
    return 0;
}

static int open_stream(const char *path, const struct stream_options *options,
                       struct media_sound *sound, char **why)
{
    *sound = (struct media_sound){.clip_count = 0};
    int err = stream_open(path, options, &sound->stream);
    if (err < 0)
        return explain(err, why, "The sound cannot be played: %s.", strerror(-err));
    return 0;
}

/* @return 0; -EFBIG: too long, a stream will do. Words of clip.h have the whole path. */
static int open_clip(const char *name, const char *path, struct media_sound *sound, char **why)
{
    char *line = NULL;
    struct clip *clip = NULL;
    int err = clip_load(path, CLIP_S, &clip, &line);
    if (err == 0)
        *sound = (struct media_sound){.clips = {clip}, .clip_count = 1};
    else if (err != -EFBIG)
        explain(err, why, "The file \"%s\" cannot be played: %s.", name,
                err == -EBADMSG || err == -ENODATA ? "it has no sound that can be read"
                                                   : strerror(-err));
    free(line);
    return err;
}

static int open_file(const struct room_list *list, const struct room_sound *what,
                     struct media_sound *sound, char **why)
{
    const char *directory = list->config.sounds_directory, *name = what->name;
    char path[PATH_BYTES];
    struct stat status;
    if (!directory)
        return explain(-ENOENT, why,
                       "There is no directory of sounds (media.sounds_directory).");
    if (!name[0] || !room_sound_is_valid(name))
        return explain(-ENOENT, why, "This is not the name of a file.");
    if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
        return explain(-ENAMETOOLONG, why, "The name of the directory of sounds is too long.");
    if (stat(path, &status) < 0 && errno == ENOENT)
        return explain(-ENOENT, why, "There is no file \"%s\" in the directory of sounds.",
                       name);
    if (access(path, R_OK) < 0)
        return explain(-errno, why, "The file \"%s\" cannot be read: %s.", name,
                       strerror(errno));
    if (!S_ISREG(status.st_mode))
        return explain(-EBADMSG, why, "The file \"%s\" is not a regular one.", name);
    int err = status.st_size <= CLIP_BYTES ? open_clip(name, path, sound, why) : -EFBIG;
    if (err != -EFBIG)
        return err;
    return open_stream(path, &(struct stream_options){.loop = what->loop}, sound, why);
}

int room_sound_open(const struct room *room, const struct room_sound *what,
                    struct media_sound *sound, char **why)
{
    int err = -EINVAL;
    *why = NULL;
    switch (what->kind) {
    case ROOM_SOUND_FILE:
        err = open_file(room->list, what, sound, why);
        break;
    case ROOM_SOUND_PROMPT:
        err = open_prompt(room, what->name, sound, why);
        break;
    case ROOM_SOUND_SHARED:
        err = open_stream(
            what->path, &(struct stream_options){.loop = what->loop, .is_film = what->is_film},
            sound, why);
        break;
    case ROOM_SOUND_URL:
        err = open_stream(what->path,
                          &(struct stream_options){.loop = what->loop, .is_unlinked = true},
                          sound, why);
    }
    if (err == 0) {
        sound->loop = what->loop;
        sound->gain = AUDIO_GAIN_ONE;
    }
    return err;
}

void room_sound_close(struct media_sound *sound, bool was_played)
{
    for (unsigned i = 0; i < sound->clip_count; i++)
        clip_unref(sound->clips[i]);
    if (!was_played)
        stream_close(sound->stream);
    *sound = (struct media_sound){.clip_count = 0};
}

struct clip *room_sound_hold_tone(void)
{
    enum { TICK = HOLD_HZ / PCM_TICKS_PER_S, SAMPLES = HOLD_HZ * HOLD_S };
    int16_t *pcm = calloc(SAMPLES, sizeof(*pcm));
    struct audio_tone tone;
    if (!pcm)
        return NULL;
    audio_tone_start(&tone, AUDIO_TONE_JOINED);
    for (unsigned at = 0; audio_tone_active(&tone) && at < SAMPLES; at += TICK) {
        audio_tone_render(&tone, HOLD_HZ, pcm + at);
        audio_tone_advance(&tone);
    }
    struct clip *clip = clip_create(HOLD_HZ, pcm, SAMPLES);
    free(pcm);
    return clip;
}
