/* eye_ivf.c - IVF, whole files at once. */
#include "tests/bench/eye_ivf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_BYTES = 32, PICTURE_HEAD_BYTES = 12, MAX_FILE_BYTES = 1 << 28 };

static const char fourcc[EYE_CODECS][5] = {"H264", "VP80", "VP90"};

static void put(uint8_t *at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get(const uint8_t *at, unsigned bytes)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint32_t)at[i] << 8 * i;
    return value;
}

int eye_ivf_write_head(FILE *file, const struct eye_ivf_head *head)
{
    uint8_t bytes[HEAD_BYTES] = "DKIF";
    put(bytes + 6, HEAD_BYTES, 2);
    memcpy(bytes + 8, fourcc[head->codec], 4);
    put(bytes + 12, head->width, 2);
    put(bytes + 14, head->height, 2);
    put(bytes + 16, 1000, 4);
    put(bytes + 20, 1, 4);
    return fwrite(bytes, sizeof(bytes), 1, file) == 1 ? 0 : -EIO;
}

int eye_ivf_write(FILE *file, const uint8_t *bytes, size_t length, uint64_t time_ms)
{
    uint8_t head[PICTURE_HEAD_BYTES];
    put(head, length, 4);
    put(head + 4, time_ms, 8);
    bool done = fwrite(head, sizeof(head), 1, file) == 1 &&
                (!length || fwrite(bytes, length, 1, file) == 1);
    return done ? 0 : -EIO;
}

static int load(const char *path, uint8_t **store, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return -errno;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    bool fits = size >= HEAD_BYTES && size <= MAX_FILE_BYTES;
    *store = fits ? malloc((size_t)size) : NULL;
    *length = *store ? fread(*store, 1, (size_t)size, file) : 0;
    fclose(file);
    return !fits ? -EBADMSG : !*store ? -ENOMEM : *length == (size_t)size ? 0 : -EIO;
}

/* Counts the pictures; the second time it also keeps them. */
static int index_pictures(struct eye_ivf *ivf, size_t length)
{
    unsigned count = 0;
    for (size_t at = HEAD_BYTES; at < length; count++) {
        if (length - at < PICTURE_HEAD_BYTES ||
            length - at - PICTURE_HEAD_BYTES < get(ivf->store + at, 4))
            return -EBADMSG;
        const struct eye_ivf_picture one = {ivf->store + at + PICTURE_HEAD_BYTES,
                                            get(ivf->store + at, 4)};
        if (ivf->picture)
            ivf->picture[count] = one;
        at += PICTURE_HEAD_BYTES + one.length;
    }
    ivf->count = count;
    return 0;
}

static int parse(struct eye_ivf *ivf, size_t length)
{
    int codec = 0;
    while (codec < EYE_CODECS && memcmp(ivf->store + 8, fourcc[codec], 4))
        codec++;
    if (memcmp(ivf->store, "DKIF", 4) || codec == EYE_CODECS)
        return -EBADMSG;
    ivf->head = (struct eye_ivf_head){(enum eye_codec)codec, get(ivf->store + 12, 2),
                                      get(ivf->store + 14, 2)};
    int error = index_pictures(ivf, length);
    if (error)
        return error;
    ivf->picture = calloc(ivf->count + 1, sizeof(*ivf->picture));
    return ivf->picture ? index_pictures(ivf, length) : -ENOMEM;
}

int eye_ivf_read(const char *path, struct eye_ivf *ivf)
{
    size_t length = 0;
    *ivf = (struct eye_ivf){0};
    int error = load(path, &ivf->store, &length);
    if (!error)
        error = parse(ivf, length);
    if (error)
        eye_ivf_finish(ivf);
    return error;
}

void eye_ivf_finish(struct eye_ivf *ivf)
{
    free(ivf->store);
    free(ivf->picture);
    *ivf = (struct eye_ivf){0};
}
