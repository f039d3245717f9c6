/*
 * file_part.h - bytes of a file on their way to disk: written by one thread while they come.
 *
 *   control:  file_part_create(&plan, &part);        and hands it to HTTP
 *   HTTP:     file_part_begin(part);  file_part_write(part, bytes, length);  ...
 *             file_part_end(part);                   all has come: back to control with it
 *   control:  file_part_destroy(part);
 *   or HTTP:  file_part_drop(part);                  the client is gone: on_dropped, on control
 *
 * What was written counts, however it ended: file_part_offset() is where it goes on. Space for
 * all that was announced is reserved first, so that a full disk is noticed before the bytes
 * come.
 *
 * Thread   create, destroy, on_dropped: control. begin, write, end, drop: whoever has it.
 * Errors   0 or a negative errno: -ENOSPC: the disk is full, or a limit on files is reached;
 *          -EBADMSG: the file is not as long as it should be; -EFBIG: more came than may.
 */
#ifndef SERVER_FILE_FILE_PART_H
#define SERVER_FILE_FILE_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file_part;
struct file_desk;
struct file_hash;

struct file_part_plan {
    struct file_desk *desk;
    const char *path;       /* copied; made (mode 0600) if the offset is 0   */
    uint64_t offset;        /* where the bytes go; the file is so long       */
    uint64_t most;          /* the file may become so long                   */
    bool is_announced;      /* and will                                      */
    struct file_hash *hash; /* borrowed; goes on while it comes; or NULL */
    /** Who had it has dropped it, and it is control's again. */
    void (*on_dropped)(void *context, struct file_part *part);
    void *context;
};

/** @return 0 and *part, owned by the caller; -ENOMEM. */
int file_part_create(const struct file_part_plan *plan, struct file_part **part);
void file_part_destroy(struct file_part *part); /* NULL is allowed */

int file_part_begin(struct file_part *part);
/** On error nothing of @p bytes counts, and nothing more is taken. */
int file_part_write(struct file_part *part, const void *bytes, size_t length);
void file_part_end(struct file_part *part);
/** Moved. NULL is allowed. */
void file_part_drop(struct file_part *part);

/** The bytes that are in the file. */
uint64_t file_part_offset(const struct file_part *part);
void *file_part_context(const struct file_part *part);

#endif
