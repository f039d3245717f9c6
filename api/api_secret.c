/* api_secret.c - a secret in a file of its own: made once, read at each start. */
#include "api/api_secret.h"

#include "mixer/base/explain.h"
#include "mixer/base/log.h"
#include "mixer/base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET_BYTES = 33, SECRET_MIN = 16, SECRET_MAX = 256 };

static int write_all(int fd, const char *text)
{
    size_t length = strlen(text);
    ssize_t written = write(fd, text, length);
    if (written < 0)
        return -errno;
    if ((size_t)written != length)
        return -ENOSPC;
    return fsync(fd) < 0 ? -errno : 0;
}

/* Whole or not at all, and never over an existing one: link() does not replace. */
static int make_file(const char *path, const char *part, char **why)
{
    char secret[SECRET_BYTES], line[SECRET_BYTES + 1];
    random_name(secret, sizeof(secret));
    snprintf(line, sizeof(line), "%s\n", secret);
    unlink(part); /* of a start that was cut short */
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return explain(-errno, why, "%s cannot be made: %s", part, strerror(errno));
    int err = write_all(fd, line);
    close(fd);
    if (err == 0 && link(part, path) < 0 && errno != EEXIST)
        err = -errno;
    unlink(part);
    return err < 0 ? explain(err, why, "%s cannot be written: %s", path, strerror(-err)) : 0;
}

static int read_secret(int fd, const char *path, char **secret, char **why)
{
    struct stat about;
    char text[SECRET_MAX + 3];
    if (fstat(fd, &about) < 0 || !S_ISREG(about.st_mode))
        return explain(-EINVAL, why, "%s is not a file", path);
    if (about.st_mode & 077)
        log_warn("api", "%s can be read by others: chmod 600 would be better", path);
    ssize_t length = read(fd, text, sizeof(text) - 1);
    if (length < 0)
        return explain(-errno, why, "%s cannot be read: %s", path, strerror(errno));
    text[length] = '\0';
    size_t used = strcspn(text, " \t\r\n");
    bool has_more = text[used + strspn(text + used, " \t\r\n")] != '\0';
    text[used] = '\0';
    if (used < SECRET_MIN || used > SECRET_MAX || has_more)
        return explain(-EINVAL, why, "%s has to have one secret of %d to %d characters", path,
                       SECRET_MIN, SECRET_MAX);
    *secret = strdup(text);
    return *secret ? 0 : -ENOMEM;
}

static int read_file(const char *path, char **secret, char **why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT
                   ? -ENOENT
                   : explain(-errno, why, "%s cannot be read: %s", path, strerror(errno));
    int err = read_secret(fd, path, secret, why);
    close(fd);
    return err;
}

int api_secret_file(const char *directory, const char *name, char **secret, char **why)
{
    char *path = NULL, *part = NULL;
    *why = NULL;
    int err = -ENOMEM;
    if (asprintf(&path, "%s/%s", directory, name) < 0)
        return err;
    if (asprintf(&part, "%s.part", path) >= 0) {
        err = read_file(path, secret, why);
        if (err == -ENOENT) {
            err = make_file(path, part, why);
            if (err == 0)
                err = read_file(path, secret, why);
        }
        free(part);
    }
    free(path);
    return err;
}
