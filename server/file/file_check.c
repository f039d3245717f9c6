/* file_check.c - read once for the hash, looked at by libmagic, shown to the scanner. */
#include "server/file/file_check.h"

#include "mixer/base/log.h"
#include "server/file/file_scan.h"

#include <errno.h>
#include <fcntl.h>
#include <magic.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_BYTES = 256 << 10 };

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
    if (!made->cookie || magic_load(made->cookie, NULL) < 0) {
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

static int hash_blocks(int fd, int stop_fd, EVP_MD_CTX *hash, struct file_facts *facts)
{
    unsigned char *block = malloc(BLOCK_BYTES);
    int err = block ? 0 : -ENOMEM;
    while (err == 0) {
        ssize_t count = read(fd, block, BLOCK_BYTES);
        if (count == 0)
            break;
        if (count < 0) {
            err = errno == EINTR ? 0 : -errno;
            continue;
        }
        facts->bytes += (uint64_t)count;
        if (EVP_DigestUpdate(hash, block, (size_t)count) != 1)
            err = -ENOMEM;
        else if (is_stopped(stop_fd))
            err = -ECANCELED;
    }
    free(block);
    return err;
}

static void write_hex(const unsigned char *bytes, unsigned count, char out[FILE_SHA256_BYTES])
{
    for (unsigned i = 0; i < count; i++)
        snprintf(out + 2 * (size_t)i, 3, "%02x", bytes[i]);
}

static int hash_file(int fd, int stop_fd, struct file_facts *facts)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    int err = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1 ? 0 : -ENOMEM;
    if (err == 0)
        err = hash_blocks(fd, stop_fd, hash, facts);
    if (err == 0 && EVP_DigestFinal_ex(hash, digest, &length) != 1)
        err = -ENOMEM;
    EVP_MD_CTX_free(hash);
    if (err == 0)
        write_hex(digest, length, facts->sha256);
    return err;
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

static int look(const struct file_rules *rules, struct file_magic *magic, const char *path,
                int stop_fd, struct file_facts *facts, int fd)
{
    int err = hash_file(fd, stop_fd, facts);
    if (err < 0)
        return err;
    find_type(magic, fd, facts->type);
    if (!file_rules_take(rules, facts->type))
        return -EMEDIUMTYPE;
    return rules->scanner_count ? file_scan(rules, path, stop_fd) : 0;
}

void file_check(const struct file_rules *rules, struct file_magic *magic, const char *path,
                int stop_fd, struct file_facts *facts, int *fd)
{
    *facts = (struct file_facts){.err = 0};
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    facts->err = is_stopped(stop_fd) ? -ECANCELED
                 : *fd < 0           ? -errno
                                     : look(rules, magic, path, stop_fd, facts, *fd);
}
