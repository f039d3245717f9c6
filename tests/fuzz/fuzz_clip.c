/* fuzz_clip.c - any bytes as a file with sound: read, sought in, or refused. */
#include "mixer/file/clip.h"

#include "mixer/base/pcm.h"
#include "mixer/file/audio_file.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MOST_S = 2, READS = 200, SAMPLES = 960 };

static void load(const char *path)
{
    struct clip *clip;
    char *why = NULL;
    size_t count = 0;
    int err = clip_load(path, MOST_S, &clip, &why);
    if (err < 0) {
        assert(err == -ENOMEM || (why && strncmp(why, path, strlen(path)) == 0));
        free(why);
        return;
    }
    assert(!why && clip_samples(clip, &count) && count > 0);
    assert(pcm_rate_index(clip_rate_hz(clip)) >= 0);
    assert(clip_ms(clip) <= MOST_S * 1000);
    clip_unref(clip);
}

/* Reads on; false: no more of it. */
static bool read_some(struct audio_file *file)
{
    int16_t pcm[SAMPLES];
    for (unsigned i = 0; i < READS; i++) {
        char *why = NULL;
        int got = audio_file_read(file, pcm, SAMPLES, &why);
        assert(got <= SAMPLES);
        free(why);
        if (got <= 0 && got != -EAGAIN)
            return got == 0;
    }
    return true;
}

static void jump_about(const char *path, const uint8_t *data, size_t size)
{
    struct audio_file *file;
    char *why = NULL;
    if (audio_file_open(path, PCM_MAX_RATE_HZ, NULL, &file, &why) < 0) {
        free(why);
        return;
    }
    bool goes_on = read_some(file);
    for (unsigned i = 0; i < 3 && goes_on; i++) {
        unsigned ms = i == 2 ? 0 : data[size - 1 - i] * 16U;
        goes_on = audio_file_seek(file, ms, &why) == 0 && read_some(file);
        free(why);
    }
    audio_file_close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int fd = memfd_create("sound", MFD_CLOEXEC);
    if (size < 3 || fd < 0 || write(fd, data, size) != (ssize_t)size) {
        close(fd);
        return 0;
    }
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    load(path);
    jump_about(path, data, size);
    close(fd);
    return 0;
}
