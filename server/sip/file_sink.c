/* file_sink.c - bytes in their order; then the hash, then the way home. */
#include "server/sip/file_sink.h"

#include "mixer/base/check.h"
#include "mixer/base/log.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

struct file_sink {
    struct loop *loop;
    char call[MSRP_CALL_BYTES];
    atomic_bool is_open;
    struct room_file *file; /* control's; NULL: it is the room's alone again */
    struct file_part *part; /* msrp's, until it has come home                */
    EVP_MD_CTX *hash;
    uint64_t base;           /* bytes before the first that was agreed on */
    bool has_begun, is_over; /* msrp's */
    bool is_relative;        /* the same: what comes is numbered from `base` on */
    bool has_size, has_sha1;
    uint64_t size;
    uint8_t sha1[FILE_SELECTOR_SHA1_BYTES];
    int err; /* of what has come, once it is over */
};

int file_sink_create(const struct file_sink_plan *plan, struct file_sink **sink)
{
    const struct file_selector *selector = plan->selector;
    struct file_sink *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->loop = plan->loop;
    snprintf(made->call, sizeof(made->call), "%s", plan->call);
    made->base = plan->first - 1;
    made->has_size = selector->has_size;
    made->size = selector->size;
    made->has_sha1 = selector->has_sha1;
    memcpy(made->sha1, selector->sha1, sizeof(made->sha1));
    made->hash = EVP_MD_CTX_new();
    if (!made->hash || !EVP_DigestInit_ex(made->hash, EVP_sha1(), NULL)) {
        file_sink_destroy(made);
        return -ENOMEM;
    }
    *sink = made;
    return 0;
}

int file_sink_give(struct file_sink *sink, struct room_file *file)
{
    assert(!sink->file && !atomic_load(&sink->is_open));
    const int err = room_file_lend(file, &sink->part);
    if (err < 0) { /* what has come of one that is resumable may go on when there is room */
        if ((err != -EDQUOT && err != -E2BIG) || !room_file_info(file)->offset)
            room_file_remove(file, ROOM_FILE_DELETED);
        return err;
    }
    sink->file = file;
    if (room_file_info(file)
            ->offset) { /* its begin was hashed by nobody: the room will do it */
        EVP_MD_CTX_free(sink->hash);
        sink->hash = NULL;
    }
    return 0;
}

bool file_sink_has_file(const struct file_sink *sink)
{
    return sink->file != NULL;
}

/* The part is control's. */
static void take_home(struct file_sink *sink)
{
    struct room_file *file = sink->file;
    struct file_part *part = sink->part;
    sink->file = NULL;
    sink->part = NULL;
    if (file)
        room_file_return(file, part);
}

/* What was cut off, and not wrong, may be sent to its end another time. */
static bool goes_on(const struct room_file *file, int err)
{
    const struct room_file_info *info = room_file_info(file);
    return info->is_resumable && info->offset && info->offset < info->bytes &&
           (err == -ECANCELED || err == -EILSEQ || err == -ENOSPC);
}

void file_sink_destroy(struct file_sink *sink)
{
    if (!sink)
        return;
    struct room_file *file = sink->file;
    take_home(sink);
    if (file && room_file_info(file)->state == ROOM_FILE_COMING && !goes_on(file, -ECANCELED))
        room_file_remove(file, ROOM_FILE_DELETED);
    EVP_MD_CTX_free(sink->hash);
    free(sink);
}

void file_sink_open(struct file_sink *sink)
{
    assert(sink->file);
    atomic_store(&sink->is_open, true);
}

/* ---- home ---- */

static void on_checked(void *context, struct room_file *file, int err)
{
    (void)context;
    if (err < 0)
        log_info("msrp", "a file, %s, is not shared: %s", room_file_info(file)->name,
                 strerror(-err));
}

/* On control, once: all has come, or what has is of no use. */
static void on_over(void *context)
{
    ASSERT_CONTROL();
    struct file_sink *sink = context;
    struct room_file *file = sink->file;
    int err = sink->err;
    take_home(sink);
    if (room_file_info(file)->state != ROOM_FILE_COMING)
        return; /* its room has ended */
    const bool is_kept = err < 0 && goes_on(file, err);
    log_often("msrp", sink->call, NULL, "a file has come%s%s",
              is_kept ? " in part: "
              : err   ? ", and is removed: "
                      : "",
              err == -EBADMSG ? "its hash is not what was said"
              : err           ? strerror(-err)
                              : "");
    if (err == 0)
        err = room_file_check(file, on_checked, NULL);
    if (err < 0 && !is_kept)
        room_file_remove(file, ROOM_FILE_DELETED);
}

/* ---- on the msrp thread ---- */

static unsigned status_of(int err)
{
    return err == 0 ? 200 : err == -EBADMSG ? 400 : 413; /* 413: say no more of it */
}

static unsigned end(struct file_sink *sink, int err)
{
    sink->is_over = true;
    sink->err = err;
    file_part_end(sink->part);
    if (loop_post(sink->loop, on_over, sink) < 0)
        return 413; /* release() removes it */
    return status_of(err);
}

static int write_bytes(struct file_sink *sink, const char *data, size_t length)
{
    int err = 0;
    if (!sink->has_begun)
        err = file_part_begin(sink->part);
    sink->has_begun = true;
    if (err == 0 && length)
        err = file_part_write(sink->part, data, length);
    if (err == 0 && length && sink->hash && !EVP_DigestUpdate(sink->hash, data, length))
        err = -ENOMEM;
    return err;
}

static uint64_t place_of(struct file_sink *sink, const struct msrp_head *head, uint64_t offset)
{
    if (!sink->has_begun && head->range.first <= sink->base)
        sink->is_relative = true;
    return sink->is_relative ? sink->base + offset : offset;
}

/* What is there already has been counted: a chunk that is sent again is passed over, as far as
 * it is known. A gap cannot be closed later. */
static unsigned take(void *context, const struct msrp_head *head, uint64_t offset,
                     const char *data, size_t length)
{
    struct file_sink *sink = context;
    if (!atomic_load(&sink->is_open))
        return 403;
    if (sink->is_over)
        return 413;
    offset = place_of(sink, head, offset);
    const uint64_t at = file_part_offset(sink->part);
    if (offset > at)
        return end(sink, -EILSEQ);
    const uint64_t known = at - offset;
    if (known >= length)
        return 200;
    const int err = write_bytes(sink, data + known, length - (size_t)known);
    return err < 0 ? end(sink, err) : 200;
}

static int judge(struct file_sink *sink)
{
    uint8_t sha1[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (sink->has_size && file_part_offset(sink->part) != sink->size)
        return -EMSGSIZE;
    if (!sink->hash)
        return 0;
    if (!EVP_DigestFinal_ex(sink->hash, sha1, &length))
        return -ENOMEM;
    return sink->has_sha1 && memcmp(sha1, sink->sha1, sizeof(sink->sha1)) != 0 ? -EBADMSG : 0;
}

static unsigned end_chunk(void *context, const struct msrp_head *head, uint64_t offset,
                          char flag)
{
    struct file_sink *sink = context;
    if (!atomic_load(&sink->is_open))
        return 403;
    if (sink->is_over)
        return 413;
    offset = place_of(sink, head, offset);
    if (flag == '#')
        return end(sink, -ECANCELED) == 413 ? 200 : 413; /* that it gives up is all right */
    if (flag == '+')
        return 200;
    if (offset != file_part_offset(sink->part))
        return end(sink, -EILSEQ);
    int err = write_bytes(sink, NULL, 0); /* one that is empty */
    return end(sink, err < 0 ? err : judge(sink));
}

static void release(void *context)
{
    file_sink_destroy(context);
}

const struct msrp_sink *file_sink_functions(void)
{
    static const struct msrp_sink functions = {
        .take = take, .end = end_chunk, .release = release};
    return &functions;
}
