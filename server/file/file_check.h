/*
 * file_check.h - what a file really is, whatever it was said to be: its SHA-256, its type as
 * libmagic sees it, and what a scanner says of it.
 *
 * Thread   those of file_desk. A file_magic belongs to one of them.
 * Source   RFC 6838 (media types), FIPS 180-4.
 */
#ifndef SERVER_FILE_FILE_CHECK_H
#define SERVER_FILE_FILE_CHECK_H

#include "server/file/file_hash.h"
#include "server/file/file_rules.h"

#include <stdint.h>

enum { FILE_TYPE_BYTES = 128 };

struct file_magic;

struct file_facts {
    int err; /* 0; -EMEDIUMTYPE: a type that is not taken; -EACCES: the scanner refused it;
                -EBUSY: the scanner could not say; -ECANCELED: the desk was closed; what read()
                says */
    uint64_t bytes;
    char type[FILE_TYPE_BYTES]; /* "image/png"; also with -EMEDIUMTYPE and -EACCES */
    struct file_digests digests;
};

/** @return 0 and *magic, owned by the caller; -ENOMEM; -ENOENT and *why (free()). */
int file_magic_create(struct file_magic **magic, char **why);
void file_magic_destroy(struct file_magic *magic); /* NULL is allowed */

struct file_look {
    const struct file_rules *rules;
    const char *path;
    struct file_hash *hash; /* of it; NULL: memory was out */
    int stop_fd;            /* readable: it is given up */
};

/** Looks at the file. *fd is the open file, to be closed by the caller, or -1. */
void file_check(const struct file_look *look, struct file_magic *magic,
                struct file_facts *facts, int *fd);

#endif
