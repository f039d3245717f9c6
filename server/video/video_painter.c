/* video_painter.c - jobs in, pictures out. */
#include "server/video/video_painter.h"

#include "mixer/base/check.h"
#include "mixer/base/log.h"
#include "mixer/base/mailbox.h"
#include "mixer/video/image.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    NICE = 15,
    LOGO_PARTS = 6, /* of the canvas' width */
};

struct video_painter {
    struct mailbox *jobs, *done;
    pthread_t thread;
    bool has_thread;
};

static void paint_ground(struct video_job *job)
{
    const struct video_room_settings *settings = job->ground.settings;
    int error =
        settings->background[0] ? image_load(settings->background, &job->ground.background) : 0;
    if (error)
        log_warn("video", "background %s: %s", settings->background, strerror(-error));
    error = settings->logo[0] ? image_load_sprite(settings->logo, job->width / LOGO_PARTS,
                                                  job->height / LOGO_PARTS, &job->ground.logo)
                              : 0;
    if (error)
        log_warn("video", "logo %s: %s", settings->logo, strerror(-error));
}

static void paint(struct video_job *job)
{
    switch (job->kind) {
    case VIDEO_JOB_FACE:
        job->face.face =
            video_face_create(job->face.look, job->width, job->height, job->face.serial);
        break;
    case VIDEO_JOB_GROUND:
        paint_ground(job);
        break;
    case VIDEO_JOB_SNAPSHOT:
        video_snapshot_write(job->snapshot);
        break;
    case VIDEO_JOB_TIDY:
        malloc_trim(0);
        break;
    case VIDEO_JOB_STOP:
        break;
    }
}

static void *run(void *argument)
{
    struct video_painter *painter = argument;
    struct video_job job;
    check_thread_is(CHECK_THREAD_WRITER);
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
    for (;;) {
        while (!mailbox_take(painter->jobs, &job))
            mailbox_wait(painter->jobs);
        if (job.kind == VIDEO_JOB_STOP)
            return NULL;
        paint(&job);
        mailbox_put(painter->done, &job);
    }
}

int video_painter_create(struct video_painter **painter)
{
    ASSERT_CONTROL();
    struct video_painter *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    int error = mailbox_create(sizeof(struct video_job), &made->jobs);
    if (!error)
        error = mailbox_create(sizeof(struct video_job), &made->done);
    if (!error)
        error = -pthread_create(&made->thread, NULL, run, made);
    if (error) {
        video_painter_destroy(made);
        return error;
    }
    made->has_thread = true;
    pthread_setname_np(made->thread, "video-painter");
    *painter = made;
    return 0;
}

void video_painter_stop(struct video_painter *painter)
{
    struct video_job job = {.kind = VIDEO_JOB_STOP};
    ASSERT_CONTROL();
    if (!painter->has_thread)
        return;
    mailbox_put(painter->jobs, &job);
    pthread_join(painter->thread, NULL);
    painter->has_thread = false;
    while (mailbox_take(painter->jobs, &job))
        mailbox_put(painter->done, &job);
}

void video_painter_destroy(struct video_painter *painter)
{
    struct video_job job;
    if (!painter)
        return;
    ASSERT_CONTROL();
    video_painter_stop(painter);
    while (painter->done && mailbox_take(painter->done, &job))
        video_job_drop(&job);
    mailbox_destroy(painter->jobs);
    mailbox_destroy(painter->done);
    free(painter);
}

void video_painter_put(struct video_painter *painter, const struct video_job *job)
{
    mailbox_put(painter->jobs, job);
}

bool video_painter_take(struct video_painter *painter, struct video_job *job)
{
    return mailbox_take(painter->done, job);
}

int video_painter_fd(const struct video_painter *painter)
{
    return mailbox_fd(painter->done);
}

void video_job_drop(struct video_job *job)
{
    switch (job->kind) {
    case VIDEO_JOB_FACE:
        free(job->face.look);
        video_face_destroy(job->face.face);
        break;
    case VIDEO_JOB_GROUND:
        free(job->ground.settings);
        picture_release(&job->ground.background);
        sprite_destroy(job->ground.logo);
        break;
    case VIDEO_JOB_SNAPSHOT:
        video_snapshot_end(job->snapshot);
        break;
    case VIDEO_JOB_TIDY:
    case VIDEO_JOB_STOP:
        break;
    }
}
