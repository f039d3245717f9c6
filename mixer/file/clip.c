/* clip.c - counted samples. */
#include "mixer/file/clip.h"

#include "mixer/base/check.h"
#include "mixer/base/explain.h"
#include "mixer/base/pcm.h"
#include "mixer/file/audio_file.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { READ_SAMPLES = 8192, MAY_END_EARLY_MS = 200 };

struct clip {
    unsigned references; /* control */
    unsigned rate_hz;
    size_t count;
    int16_t *samples;
};

static struct clip *wrap(unsigned rate_hz, int16_t *samples, size_t count)
{
    struct clip *clip = calloc(1, sizeof(*clip));
    if (clip)
        *clip = (struct clip){1, rate_hz, count, samples};
    return clip;
}

struct clip *clip_create(unsigned rate_hz, const int16_t *samples, size_t count)
{
    if (pcm_rate_index(rate_hz) < 0 || count > SIZE_MAX / sizeof(*samples) - 1)
        return NULL;
    int16_t *copy =
        malloc((count + 1) * sizeof(*copy)); /* + 1: a clip of nothing is one, too */
    struct clip *clip = copy ? wrap(rate_hz, copy, count) : NULL;
    if (!clip) {
        free(copy);
        return NULL;
    }
    if (count)
        memcpy(copy, samples, count * sizeof(*copy));
    return clip;
}

struct clip *clip_ref(struct clip *clip)
{
    ASSERT_CONTROL();
    clip->references++;
    return clip;
}

void clip_unref(struct clip *clip)
{
    ASSERT_CONTROL();
    if (!clip)
        return;
    assert(clip->references);
    if (--clip->references)
        return;
    free(clip->samples);
    free(clip);
}

const int16_t *clip_samples(const struct clip *clip, size_t *count)
{
    *count = clip->count;
    return clip->samples;
}

unsigned clip_rate_hz(const struct clip *clip)
{
    return clip->rate_hz;
}

unsigned clip_ms(const struct clip *clip)
{
    return (unsigned)(clip->count * 1000 / clip->rate_hz);
}

/* ---- load ---- */

struct load {
    const char *path;
    struct audio_file *file;
    unsigned most_s;
    int16_t *samples; /* [room] */
    size_t count, room;
};

static int refuse(const struct load *load, char **why, int err, const char *what, unsigned ms)
{
    return explain(err, why, "%s: %s %u.%03u s", load->path, what, ms / 1000, ms % 1000);
}

static unsigned ms_of(const struct load *load)
{
    return (unsigned)(load->count * 1000 / audio_file_rate_hz(load->file));
}

static int make_room(struct load *load)
{
    if (load->room - load->count >= READ_SAMPLES)
        return 0;
    size_t room = 2 * load->room + READ_SAMPLES;
    int16_t *samples = realloc(load->samples, room * sizeof(*samples));
    if (!samples)
        return -ENOMEM;
    load->samples = samples;
    load->room = room;
    return 0;
}

static int check_whole(const struct load *load, char **why)
{
    bool is_exact;
    unsigned says_ms = audio_file_length_ms(load->file, &is_exact);
    if (load->count == 0)
        return explain(-EBADMSG, why, "%s: no sound in it can be decoded", load->path);
    if (is_exact && says_ms > ms_of(load) + MAY_END_EARLY_MS + says_ms / 20)
        return refuse(load, why, -EBADMSG, "is cut off after", ms_of(load));
    return 0;
}

/* One step of reading. @return 1: more to come; 0: all of it is there, and good. */
static int read_on(struct load *load, char **why)
{
    int err = make_room(load);
    if (err < 0)
        return err;
    int got = audio_file_read(load->file, load->samples + load->count, READ_SAMPLES, why);
    if (got == 0)
        return check_whole(load, why);
    if (got < 0 && got != -EAGAIN)
        return got;
    load->count += got > 0 ? (size_t)got : 0;
    if (audio_file_gaps(load->file))
        return refuse(load, why, -EBADMSG, "is broken before", ms_of(load));
    if (load->count > (size_t)load->most_s * audio_file_rate_hz(load->file))
        return refuse(load, why, -EFBIG, "is longer than", load->most_s * 1000);
    return 1;
}

int clip_load(const char *path, unsigned most_s, struct clip **clip, char **why)
{
    ASSERT_CONTROL();
    struct load load = {.path = path, .most_s = most_s};
    int err = audio_file_open(path, 0, NULL, &load.file, why);
    if (err < 0)
        return err;
    do {
        err = read_on(&load, why);
    } while (err > 0);
    unsigned rate_hz = audio_file_rate_hz(load.file);
    audio_file_close(load.file);
    if (err == 0) {
        int16_t *fitting = realloc(load.samples, load.count * sizeof(*fitting));
        if (fitting)
            load.samples = fitting;
        *clip = wrap(rate_hz, load.samples, load.count);
        err = *clip ? 0 : -ENOMEM;
    }
    if (err < 0)
        free(load.samples);
    return err;
}
