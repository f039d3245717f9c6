/*
 * video_painter.h - the thread for what takes milliseconds and is waited for by nobody: names
 * and avatars, backgrounds and logos, JPEGs; and giving back memory after a room has ended.
 *
 *   video_painter_create(&painter);
 *   video_painter_put(painter, &job);                   any thread
 *   ...video_painter_fd() is readable...  while (video_painter_take(painter, &job)) ...control
 *
 * Thread   create, destroy, take: control. put: any.
 */
#ifndef SERVER_VIDEO_VIDEO_PAINTER_H
#define SERVER_VIDEO_VIDEO_PAINTER_H

#include "server/video/video_face.h"
#include "server/video/video_snapshot.h"

#include <stdbool.h>

struct video_painter;

enum video_job_kind {
    VIDEO_JOB_FACE,
    VIDEO_JOB_GROUND,
    VIDEO_JOB_SNAPSHOT,
    VIDEO_JOB_TIDY, /* what coders have freed goes back to the system */
    VIDEO_JOB_STOP,
};

/** What is to be painted, and then what was. Pointers are owned by the job, but for handles. */
struct video_job {
    enum video_job_kind kind;
    void *handle;           /* control's: member or room */
    unsigned width, height; /* of the canvas   */
    union {
        struct {
            struct video_look *look;
            unsigned serial;
            struct video_face *face; /* done; NULL: no memory */
        } face;
        struct {
            struct video_room_settings *settings;
            struct picture *background; /* done; NULL: none */
            struct sprite *logo;
        } ground;
        struct video_snapshot *snapshot;
    };
};

/** @return 0 and *painter, owned by the caller; -ENOMEM, -EMFILE, -EAGAIN. */
int video_painter_create(struct video_painter **painter);
/** Ends the thread. What it has not painted can be taken as it is: each handle comes back. */
void video_painter_stop(struct video_painter *painter);
/** Stops it; jobs that were not taken are dropped (snapshots are answered with an error). NULL
 *  is allowed. */
void video_painter_destroy(struct video_painter *painter);

void video_painter_put(struct video_painter *painter, const struct video_job *job);
bool video_painter_take(struct video_painter *painter, struct video_job *job);
int video_painter_fd(const struct video_painter *painter);

/** Frees what a job owns. */
void video_job_drop(struct video_job *job);

#endif
