/*
 * file_hash.h - the digests of a file that is still coming: hashed piece by piece beside, so
 * that little is left to do when it is whole. SHA-256 is what we go by; SHA-1 is what files are
 * known by over MSRP (RFC 5547).
 *
 *   if (file_hash_want(hash, offset)) ...somebody has to run it...      who writes
 *   if (file_hash_run(hash, stop_fd)) ...again, later...    a desk: what is wanted
 *   if (file_hash_rest(hash, stop_fd) == -EAGAIN) ...       a desk: the rest, to the end
 *   err = file_hash_end(hash, stop_fd, &bytes, &digests);
 *
 * Bytes that were wanted must not change any more. A slice is done at a time, so that what is
 * long lets others go between.
 *
 * Thread   any.
 * Owner    counted: create gives one reference.
 * Errors   0 or a negative errno: what open() and read() say; -ECANCELED: @p stop_fd is
 *          readable; -ENOMEM.
 * Source   FIPS 180-4.
 */
#ifndef SERVER_FILE_FILE_HASH_H
#define SERVER_FILE_FILE_HASH_H

#include <stdbool.h>
#include <stdint.h>

enum { FILE_SHA256_BYTES = 65, FILE_SHA1_BYTES = 41, FILE_HASH_SLICE_BYTES = 8 << 20 };

/** In hex, with a NUL. */
struct file_digests {
    char sha256[FILE_SHA256_BYTES], sha1[FILE_SHA1_BYTES];
};

struct file_hash;

/** The file is open only while it is read. NULL: no memory. */
struct file_hash *file_hash_create(const char *path);
struct file_hash *file_hash_ref(struct file_hash *hash);
void file_hash_unref(struct file_hash *hash); /* NULL is allowed */

/** The file has so many bytes. @return true: the caller sends somebody who calls run() until
 *  it says that it is done. */
bool file_hash_want(struct file_hash *hash, uint64_t bytes);
/** Instead: nobody could be sent. */
void file_hash_skip(struct file_hash *hash);
/** A slice of what is wanted. @return true: there is more. An error is told by end(). */
bool file_hash_run(struct file_hash *hash, int stop_fd);
/** A slice, to the end of the file at most, whether somebody was sent or not. @return 0: that
 * is the end; -EAGAIN: there is more; an error. */
int file_hash_rest(struct file_hash *hash, int stop_fd);

/** All of the rest. */
int file_hash_end(struct file_hash *hash, int stop_fd, uint64_t *bytes,
                  struct file_digests *digests);

#endif
