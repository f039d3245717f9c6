/* api_admin_token.c - the file of the administrator's token: made once, read at each start. */
#include "api/api_admin_token.h"

#include "mixer/base/log.h"
#include "mixer/base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TOKEN_BYTES = 33, TOKEN_MIN = 16, TOKEN_MAX = 256 };

static int explain(char **why, int err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int explain(char **why, int err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(why, format, arguments) < 0)
        *why = NULL;
    va_end(arguments);
    return err;
}

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
    char token[TOKEN_BYTES], line[TOKEN_BYTES + 1];
    random_name(token, sizeof(token));
    snprintf(line, sizeof(line), "%s\n", token);
    unlink(part); /* of a start that was cut short */
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return explain(why, -errno, "%s cannot be made: %s", part, strerror(errno));
    int err = write_all(fd, line);
    close(fd);
    if (err == 0 && link(part, path) < 0 && errno != EEXIST)
        err = -errno;
    unlink(part);
    return err < 0 ? explain(why, err, "%s cannot be written: %s", path, strerror(-err)) : 0;
}

static int read_token(int fd, const char *path, char **token, char **why)
{
    struct stat about;
    char text[TOKEN_MAX + 3];
    if (fstat(fd, &about) < 0 || !S_ISREG(about.st_mode))
        return explain(why, -EINVAL, "%s is not a file", path);
    if (about.st_mode & 077)
        log_warn("api", "%s can be read by others: chmod 600 would be better", path);
    ssize_t length = read(fd, text, sizeof(text) - 1);
    if (length < 0)
        return explain(why, -errno, "%s cannot be read: %s", path, strerror(errno));
    text[length] = '\0';
    size_t used = strcspn(text, " \t\r\n");
    bool has_more = text[used + strspn(text + used, " \t\r\n")] != '\0';
    text[used] = '\0';
    if (used < TOKEN_MIN || used > TOKEN_MAX || has_more)
        return explain(why, -EINVAL, "%s has to have one token of %d to %d characters", path,
                       TOKEN_MIN, TOKEN_MAX);
    *token = strdup(text);
    return *token ? 0 : -ENOMEM;
}

static int read_file(const char *path, char **token, char **why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT
                   ? -ENOENT
                   : explain(why, -errno, "%s cannot be read: %s", path, strerror(errno));
    int err = read_token(fd, path, token, why);
    close(fd);
    return err;
}

int api_admin_token_file(const char *directory, char **token, char **why)
{
    char *path = NULL, *part = NULL;
    *why = NULL;
    int err = -ENOMEM;
    if (asprintf(&path, "%s/admin-token", directory) < 0)
        return err;
    if (asprintf(&part, "%s.part", path) >= 0) {
        err = read_file(path, token, why);
        if (err == -ENOENT) {
            err = make_file(path, part, why);
            if (err == 0)
                err = read_file(path, token, why);
        }
        free(part);
    }
    free(path);
    return err;
}
