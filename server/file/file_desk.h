/*
 * file_desk.h - what takes time with files is done here, by threads of its own: a file is
 * looked at (hash, type, scanner), or removed. Results come back to control.
 *
 *   file_desk_create(loop, &rules, &desk);
 *   job->on_done = on_done;
 *   file_desk_hash(desk, hash);           while it comes
 *   file_desk_check(desk, job, path);     job is the desk's until on_done(job), on control
 *   file_desk_render(desk, job, path, picture);                 or a page of it drawn
 *   file_desk_remove(desk, path);         nobody is told
 *   file_desk_pass(desk, job);            only to control: on_done(job) comes there
 *
 * What is long is hashed in slices, and others go between: a small file does not wait until
 * large ones are done. A scanner has a thread as long as it takes, but one large file at a
 * time.
 *
 * Thread   create, destroy, check, render: control. hash, remove, pass, waiting: any. on_done
 *          is called on control.
 */
#ifndef SERVER_FILE_FILE_DESK_H
#define SERVER_FILE_FILE_DESK_H

#include "server/file/file_check.h"
#include "server/file/file_page.h"
#include "server/loop/loop.h"

struct file_desk;

/** Embedded in its owner, who fills on_done; the rest is the desk's. */
struct file_job {
    void (*on_done)(struct file_job *job);
    struct file_facts facts; /* of a check, once it is done */
    struct file_page page;   /* of a rendering */
    int err;                 /* of that: file_page_render()'s */
    char *path, *picture;
    struct file_hash *hash; /* of a check: begun before, or NULL, and made; its owner's again */
    enum {
        FILE_JOB_PASS,
        FILE_JOB_CHECK,
        FILE_JOB_RENDER,
        FILE_JOB_HASH,
        FILE_JOB_REMOVE
    } what;
    struct file_job *next;
};

/** @p rules is borrowed for the desk's life. @return 0 and *desk, owned by the caller; -ENOMEM,
 *  -EAGAIN; -ENOENT: libmagic has no database; and *why, owned by the caller (free()), or NULL.
 */
int file_desk_create(struct loop *loop, const struct file_rules *rules, struct file_desk **desk,
                     char **why);

/** Ends scanners, waits for the threads, and calls each on_done that is due (what was not done
 *  any more has facts.err -ECANCELED; files to be removed are). NULL is allowed. */
void file_desk_destroy(struct file_desk *desk);

/** Runs it, after file_hash_want() said so. Without memory it is left to the check. */
void file_desk_hash(struct file_desk *desk, struct file_hash *hash);
/** @return 0; -ENOMEM: on_done is not called. */
int file_desk_check(struct file_desk *desk, struct file_job *job, const char *path);
/** Makes a picture at @p picture of page job->page.page of the PDF at @p path. As
 * file_desk_check(). */
int file_desk_render(struct file_desk *desk, struct file_job *job, const char *path,
                     const char *picture);
/** Without memory it is removed at once. */
void file_desk_remove(struct file_desk *desk, const char *path);
void file_desk_pass(struct file_desk *desk, struct file_job *job);
/** What is to be done, or being done. */
unsigned file_desk_waiting(struct file_desk *desk);

#endif
