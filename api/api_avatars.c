/* api_avatars.c - what came is decoded once, and then kept as it came. */
#include "api/api_avatars.h"

#include "mixer/base/explain.h"
#include "mixer/base/random.h"
#include "mixer/video/image.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_BYTES = 25 };

struct api_avatars {
    char *directory;
};

static const struct kind {
    const char *ending, *type;
} kinds[] = {
    {"jpg", "image/jpeg"},
    {"png", "image/png"},
    {"webp", "image/webp"},
};

/* By what the file begins with, whatever it is called. NULL: none of ours. */
static const struct kind *kind_of(const char *bytes, size_t length)
{
    if (length >= 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0)
        return &kinds[0];
    if (length >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0)
        return &kinds[1];
    if (length >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0)
        return &kinds[2];
    return NULL;
}

/* Of a process that was killed: their participants are gone. */
static void remove_old(const char *path)
{
    DIR *directory = opendir(path);
    if (!directory)
        return;
    for (const struct dirent *entry; (entry = readdir(directory));) {
        if (fnmatch("avatar-*", entry->d_name, 0) == 0)
            unlinkat(dirfd(directory), entry->d_name, 0);
    }
    closedir(directory);
}

int api_avatars_create(const char *data_directory, struct api_avatars **avatars, char **why)
{
    struct api_avatars *made = calloc(1, sizeof(*made));
    *why = NULL;
    if (!made)
        return -ENOMEM;
    if (asprintf(&made->directory, "%s/avatars", data_directory) < 0) {
        free(made);
        return -ENOMEM;
    }
    if (mkdir(made->directory, 0700) < 0 && errno != EEXIST) {
        int err = explain(-errno, why, "%s: %s", made->directory, strerror(errno));
        api_avatars_destroy(made);
        return err;
    }
    remove_old(made->directory);
    *avatars = made;
    return 0;
}

void api_avatars_destroy(struct api_avatars *avatars)
{
    if (!avatars)
        return;
    free(avatars->directory);
    free(avatars);
}

static int check(const char *bytes, size_t length)
{
    struct picture *picture = NULL;
    int err = image_read((const uint8_t *)bytes, length, &picture);
    if (err < 0)
        return err;
    bool fits =
        picture->width <= API_AVATAR_MOST_SIDE && picture->height <= API_AVATAR_MOST_SIDE;
    picture_release(&picture);
    return fits ? 0 : -EFBIG;
}

static int write_file(const char *path, const char *bytes, size_t length)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    int err = 0;
    while (length && err == 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno != EINTR)
            err = -errno;
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        }
    }
    if (close(fd) < 0 && err == 0)
        err = -errno;
    if (err < 0)
        unlink(path);
    return err;
}

int api_avatars_keep(const struct api_avatars *avatars, const char *bytes, size_t length,
                     char **path)
{
    const struct kind *kind = kind_of(bytes, length);
    char name[NAME_BYTES];
    char *made;
    if (length > API_AVATAR_MOST_BYTES)
        return -EFBIG;
    int err = kind ? check(bytes, length) : -EBADMSG;
    if (err < 0)
        return err;
    random_name(name, sizeof(name));
    if (asprintf(&made, "%s/avatar-%s.%s", avatars->directory, name, kind->ending) < 0)
        return -ENOMEM;
    err = write_file(made, bytes, length);
    if (err < 0) {
        free(made);
        return err;
    }
    *path = made;
    return 0;
}

int api_avatars_read(const char *path, char **bytes, size_t *length, const char **type)
{
    char *read_bytes = malloc(API_AVATAR_MOST_BYTES);
    FILE *file = fopen(path, "re");
    int err = !read_bytes ? -ENOMEM : !file ? -errno : 0;
    size_t count = err == 0 ? fread(read_bytes, 1, API_AVATAR_MOST_BYTES, file) : 0;
    if (err == 0 && ferror(file))
        err = -EIO;
    if (file)
        fclose(file);
    const struct kind *kind = err == 0 ? kind_of(read_bytes, count) : NULL;
    if (!kind) {
        free(read_bytes);
        return err < 0 ? err : -EBADMSG;
    }
    *bytes = read_bytes;
    *length = count;
    *type = kind->type;
    return 0;
}
