/* file_source.c - a descriptor, and where to stop. */
#include "server/sip/file_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct file_source {
    int fd;
    unsigned references; /* control's */
    uint64_t end;
    _Atomic uint64_t sent;
};

int file_source_open(const struct room_file *file, uint64_t first, uint64_t last,
                     struct file_source **source)
{
    const uint64_t bytes = room_file_info(file)->bytes;
    const uint64_t end = bytes < last ? bytes : last;
    if (first > end + 1)
        return -ERANGE;
    char *path = room_file_path(file);
    struct file_source *made = path ? calloc(1, sizeof(*made)) : NULL;
    const int fd = made ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    const int err = !made ? -ENOMEM : fd < 0 ? -errno : 0;
    free(path);
    if (err < 0) {
        free(made);
        return err;
    }
    made->fd = fd;
    made->references = 1;
    made->end = end;
    made->sent = first - 1;
    *source = made;
    return 0;
}

struct file_source *file_source_ref(struct file_source *source)
{
    source->references++;
    return source;
}

void file_source_unref(struct file_source *source)
{
    if (!source || --source->references)
        return;
    close(source->fd);
    free(source);
}

uint64_t file_source_end(const struct file_source *source)
{
    return source->end;
}

uint64_t file_source_sent(const struct file_source *source)
{
    return source->sent;
}

static int64_t read_bytes(void *context, uint64_t offset, char *out, size_t room)
{
    struct file_source *source = context;
    size_t used = 0;
    while (used < room && offset + used < source->end) {
        const uint64_t left = source->end - offset - used;
        const size_t wanted = left < room - used ? (size_t)left : room - used;
        const ssize_t count = pread(source->fd, out + used, wanted, (off_t)(offset + used));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return count < 0 ? -errno : -EIO;
        used += (size_t)count;
    }
    source->sent = offset + used;
    return (int64_t)used;
}

static void release(void *context)
{
    file_source_unref(context);
}

const struct msrp_source *file_source_functions(void)
{
    static const struct msrp_source functions = {.read = read_bytes, .release = release};
    return &functions;
}
