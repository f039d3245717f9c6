/* file_hash.c - one reads at a time, a slice; who wants more meanwhile leaves a note. */
#include "server/file/file_hash.h"

#include "mixer/base/hex.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_BYTES = 256 << 10 };

struct file_hash {
    char *path;
    EVP_MD_CTX *sha256, *sha1; /* they, bytes and err: of who is busy */
    uint64_t bytes;            /* that are in them                    */
    int err;
    pthread_mutex_t lock; /* for all below */
    pthread_cond_t idle;
    unsigned references;
    uint64_t wanted;
    bool is_sent; /* somebody is, who runs it */
    bool is_busy; /* somebody reads           */
};

struct file_hash *file_hash_create(const char *path)
{
    struct file_hash *made = calloc(1, sizeof(*made));
    if (!made)
        return NULL;
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->idle, NULL);
    made->references = 1;
    made->path = strdup(path);
    made->sha256 = EVP_MD_CTX_new();
    made->sha1 = EVP_MD_CTX_new();
    if (made->path && made->sha256 && made->sha1 &&
        EVP_DigestInit_ex(made->sha256, EVP_sha256(), NULL) == 1 &&
        EVP_DigestInit_ex(made->sha1, EVP_sha1(), NULL) == 1)
        return made;
    file_hash_unref(made);
    return NULL;
}

struct file_hash *file_hash_ref(struct file_hash *hash)
{
    pthread_mutex_lock(&hash->lock);
    hash->references++;
    pthread_mutex_unlock(&hash->lock);
    return hash;
}

void file_hash_unref(struct file_hash *hash)
{
    if (!hash)
        return;
    pthread_mutex_lock(&hash->lock);
    const unsigned left = --hash->references;
    pthread_mutex_unlock(&hash->lock);
    if (left)
        return;
    EVP_MD_CTX_free(hash->sha256);
    EVP_MD_CTX_free(hash->sha1);
    pthread_cond_destroy(&hash->idle);
    pthread_mutex_destroy(&hash->lock);
    free(hash->path);
    free(hash);
}

bool file_hash_want(struct file_hash *hash, uint64_t bytes)
{
    pthread_mutex_lock(&hash->lock);
    const bool is_needed = !hash->is_sent;
    hash->wanted = bytes;
    hash->is_sent = true;
    pthread_mutex_unlock(&hash->lock);
    return is_needed;
}

/* ---- who runs ---- */

static bool is_stopped(int stop_fd)
{
    struct pollfd asked = {.fd = stop_fd, .events = POLLIN};
    return poll(&asked, 1, 0) > 0;
}

/* @return how many bytes; 0: the end of the file; a negative errno. */
static ssize_t add_block(struct file_hash *hash, int fd, unsigned char *block, size_t most)
{
    ssize_t count;
    do {
        count = pread(fd, block, most, (off_t)hash->bytes);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return -errno;
    if (EVP_DigestUpdate(hash->sha256, block, (size_t)count) != 1 ||
        EVP_DigestUpdate(hash->sha1, block, (size_t)count) != 1)
        return -ENOMEM;
    hash->bytes += (uint64_t)count;
    return count;
}

/* Up to @p bytes, or to the end of the file. */
static int read_to(struct file_hash *hash, int fd, uint64_t bytes, int stop_fd)
{
    unsigned char *block = malloc(BLOCK_BYTES);
    ssize_t count = block ? 1 : -ENOMEM;
    while (count > 0 && hash->bytes < bytes) {
        const uint64_t left = bytes - hash->bytes;
        count =
            is_stopped(stop_fd)
                ? -ECANCELED
                : add_block(hash, fd, block, left < BLOCK_BYTES ? (size_t)left : BLOCK_BYTES);
    }
    free(block);
    return count < 0 ? (int)count : 0;
}

/* Open only meanwhile: uploads that rest for hours would use up all descriptors. */
static int go_on(struct file_hash *hash, uint64_t bytes, int stop_fd)
{
    int fd = open(hash->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -errno;
    int err = read_to(hash, fd, bytes, stop_fd);
    close(fd);
    return err;
}

static void begin_slice(struct file_hash *hash)
{
    pthread_mutex_lock(&hash->lock);
    while (hash->is_busy)
        pthread_cond_wait(&hash->idle, &hash->lock);
    hash->is_busy = true;
    pthread_mutex_unlock(&hash->lock);
}

/* With the lock. */
static void end_slice(struct file_hash *hash)
{
    hash->is_busy = false;
    pthread_cond_signal(&hash->idle);
}

static uint64_t wanted_by_now(struct file_hash *hash)
{
    pthread_mutex_lock(&hash->lock);
    const uint64_t wanted = hash->wanted;
    pthread_mutex_unlock(&hash->lock);
    return wanted;
}

bool file_hash_run(struct file_hash *hash, int stop_fd)
{
    begin_slice(hash);
    const uint64_t wanted = wanted_by_now(hash), most = hash->bytes + FILE_HASH_SLICE_BYTES;
    const uint64_t until = wanted < most ? wanted : most;
    if (!hash->err && hash->bytes < until) {
        hash->err = go_on(hash, until, stop_fd);
        if (!hash->err && hash->bytes < until)
            hash->err = -EIO; /* it is shorter than it was said to be */
    }
    pthread_mutex_lock(&hash->lock);
    const bool is_done = hash->err || hash->bytes >= hash->wanted;
    hash->is_sent = !is_done;
    end_slice(hash);
    pthread_mutex_unlock(&hash->lock);
    return !is_done;
}

int file_hash_rest(struct file_hash *hash, int stop_fd)
{
    begin_slice(hash);
    const uint64_t until = hash->bytes + FILE_HASH_SLICE_BYTES;
    if (!hash->err)
        hash->err = go_on(hash, until, stop_fd);
    const int err = hash->err ? hash->err : hash->bytes < until ? 0 : -EAGAIN;
    pthread_mutex_lock(&hash->lock);
    end_slice(hash);
    pthread_mutex_unlock(&hash->lock);
    return err;
}

void file_hash_skip(struct file_hash *hash)
{
    pthread_mutex_lock(&hash->lock);
    hash->is_sent = false;
    pthread_mutex_unlock(&hash->lock);
}

/* @return false: no memory. */
static bool write_digest(EVP_MD_CTX *state, char *out)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (EVP_DigestFinal_ex(state, digest, &length) != 1)
        return false;
    hex_write(out, digest, length);
    return true;
}

int file_hash_end(struct file_hash *hash, int stop_fd, uint64_t *bytes,
                  struct file_digests *digests)
{
    int err;
    do {
        err = file_hash_rest(hash, stop_fd);
    } while (err == -EAGAIN);
    begin_slice(hash);
    if (err == 0 && (!write_digest(hash->sha256, digests->sha256) ||
                     !write_digest(hash->sha1, digests->sha1)))
        err = -ENOMEM;
    *bytes = hash->bytes;
    pthread_mutex_lock(&hash->lock);
    end_slice(hash);
    pthread_mutex_unlock(&hash->lock);
    return err;
}
