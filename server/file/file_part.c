/* file_part.c - open, reserve, write; and the way home when it is cut off. */
#include "server/file/file_part.h"

#include "mixer/base/check.h"
#include "mixer/base/log.h"
#include "server/file/file_desk.h"
#include "server/file/file_hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* So much is hashed at once: enough to be worth the way to another thread. */
enum { HASH_BYTES = 4 << 20 };

struct file_part {
    struct file_job job; /* its way home; reserved, so that it cannot fail */
    struct file_part_plan plan;
    char *path;
    int fd;
    int err;
    uint64_t offset;
    uint64_t hashed;   /* at least; or on its way */
    bool has_reserved; /* behind what is there, which is as long as it should be */
};

static void on_home(struct file_job *job)
{
    struct file_part *part = (struct file_part *)job; /* its first field */
    part->plan.on_dropped(part->plan.context, part);
}

int file_part_create(const struct file_part_plan *plan, struct file_part **part)
{
    ASSERT_CONTROL();
    struct file_part *made = calloc(1, sizeof(*made));
    char *path = strdup(plan->path);
    if (!made || !path) {
        free(made);
        free(path);
        return -ENOMEM;
    }
    *made = (struct file_part){.job = {.on_done = on_home},
                               .plan = *plan,
                               .path = path,
                               .fd = -1,
                               .offset = plan->offset,
                               .hashed = plan->offset};
    *part = made;
    return 0;
}

void file_part_destroy(struct file_part *part)
{
    if (!part)
        return;
    file_part_end(part);
    free(part->path);
    free(part);
}

/* A limit on the size of files is as good as a full disk. */
static int error_of(int number)
{
    return number == EDQUOT || number == EFBIG ? -ENOSPC : -number;
}

/* File systems that cannot reserve find out while they write. */
static int reserve(struct file_part *part)
{
    const uint64_t bytes = part->plan.most - part->offset;
    if (!part->plan.is_announced || !bytes)
        return 0;
    part->has_reserved = true; /* some of it, perhaps, if that fails */
    if (fallocate(part->fd, FALLOC_FL_KEEP_SIZE, (off_t)part->offset, (off_t)bytes) == 0)
        return 0;
    return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? -ENOSPC : 0;
}

int file_part_begin(struct file_part *part)
{
    const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
    struct stat status;
    part->fd = open(part->path, part->offset ? flags : flags | O_CREAT, 0600);
    if (part->fd < 0 || fstat(part->fd, &status) < 0)
        part->err = error_of(errno);
    else if ((uint64_t)status.st_size != part->offset)
        part->err = -EBADMSG;
    else
        part->err = reserve(part);
    return part->err;
}

static int write_all(struct file_part *part, const char *bytes, size_t length)
{
    off_t at = (off_t)part->offset;
    while (length) {
        ssize_t written = pwrite(part->fd, bytes, length, at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? error_of(errno) : -EIO;
        bytes += written;
        length -= (size_t)written;
        at += written;
    }
    return 0;
}

static void hash(struct file_part *part)
{
    if (!part->plan.hash || part->offset - part->hashed < HASH_BYTES)
        return;
    part->hashed = part->offset;
    if (file_hash_want(part->plan.hash, part->offset))
        file_desk_hash(part->plan.desk, part->plan.hash);
}

int file_part_write(struct file_part *part, const void *bytes, size_t length)
{
    if (part->err)
        return part->err;
    if (length > part->plan.most - part->offset) {
        part->err = -EFBIG;
        return part->err;
    }
    part->err = write_all(part, bytes, length);
    if (part->err) { /* the half of it that may be there: the length has to be the truth */
        if (ftruncate(part->fd, (off_t)part->offset) < 0)
            part->err = -EIO;
        return part->err;
    }
    part->offset += length;
    hash(part);
    return 0;
}

/* What was reserved for the rest is given back, where the file system does that: it may take long
 * to come, and is reserved again then. */
static void trim(const struct file_part *part)
{
    if (part->has_reserved && part->offset < part->plan.most &&
        ftruncate(part->fd, (off_t)part->offset) < 0)
        log_debug("file", "%s keeps what is reserved for it", part->path);
}

void file_part_end(struct file_part *part)
{
    if (part->fd >= 0)
        trim(part);
    if (part->fd >= 0 && close(part->fd) < 0 && !part->err)
        part->err = -EIO;
    part->fd = -1;
}

void file_part_drop(struct file_part *part)
{
    if (!part)
        return;
    file_part_end(part);
    file_desk_pass(part->plan.desk, &part->job);
}

uint64_t file_part_offset(const struct file_part *part)
{
    return part->offset;
}

void *file_part_context(const struct file_part *part)
{
    return part->plan.context;
}
