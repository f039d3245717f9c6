/* file_check.c - hashed to its end, looked at by libmagic, shown to the scanner. */
#include "server/file/file_check.h"

#include "mixer/base/log.h"
#include "server/file/file_clamd.h"
#include "server/file/file_scan.h"

#include <errno.h>
#include <fcntl.h>
#include <magic.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of its begin and its end: what its type is found by. libmagic would read seven times as much
 * into memory that each thread keeps. */
enum { TYPE_BYTES = 1 << 20 };

static const char unknown_type[] = "application/octet-stream";

struct file_magic {
    magic_t cookie;
};

int file_magic_create(struct file_magic **magic, char **why)
{
    struct file_magic *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->cookie = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS);
    const size_t most = TYPE_BYTES;
    if (!made->cookie || magic_load(made->cookie, NULL) < 0 ||
        magic_setparam(made->cookie, MAGIC_PARAM_BYTES_MAX, &most) < 0) {
        const char *said = made->cookie ? magic_error(made->cookie) : NULL;
        *why = said ? strdup(said) : NULL;
        file_magic_destroy(made);
        return said ? -ENOENT : -ENOMEM;
    }
    *magic = made;
    return 0;
}

void file_magic_destroy(struct file_magic *magic)
{
    if (!magic)
        return;
    if (magic->cookie)
        magic_close(magic->cookie);
    free(magic);
}

static bool is_stopped(int stop_fd)
{
    struct pollfd asked = {.fd = stop_fd, .events = POLLIN};
    return poll(&asked, 1, 0) > 0;
}

/* By its bytes only: whatever else libmagic might say of a path is no type. */
static void find_type(struct file_magic *magic, int fd, char out[FILE_TYPE_BYTES])
{
    const char *type = lseek(fd, 0, SEEK_SET) == 0 ? magic_descriptor(magic->cookie, fd) : NULL;
    const bool is_type = type && strlen(type) < FILE_TYPE_BYTES && file_type_is_valid(type);
    if (!type)
        log_warn("file", "libmagic cannot read a file: %s", magic_error(magic->cookie));
    snprintf(out, FILE_TYPE_BYTES, "%s", is_type ? type : unknown_type);
}

static int look_at(const struct file_look *look, struct file_magic *magic,
                   struct file_facts *facts, int fd)
{
    const struct file_rules *rules = look->rules;
    int err = look->hash
                  ? file_hash_end(look->hash, look->stop_fd, &facts->bytes, &facts->digests)
                  : -ENOMEM;
    if (err < 0)
        return err;
    find_type(magic, fd, facts->type);
    if (!file_rules_take(rules, facts->type))
        return -EMEDIUMTYPE;
    if (rules->scanner_count)
        err = file_scan(rules, look->path, look->stop_fd);
    if (err == 0 && rules->clamd)
        err = file_clamd_scan(rules, fd, look->stop_fd);
    return err;
}

void file_check(const struct file_look *look, struct file_magic *magic,
                struct file_facts *facts, int *fd)
{
    *facts = (struct file_facts){.err = 0};
    *fd = open(look->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    facts->err = is_stopped(look->stop_fd) ? -ECANCELED
                 : *fd < 0                 ? -errno
                                           : look_at(look, magic, facts, *fd);
}
