/*
 * video_snapshot.h - a picture on its way to a JPEG: asked for on control, taken by a worker,
 * written by the painter, answered on control.
 *
 * Thread   whoever has it.
 */
#ifndef SERVER_VIDEO_VIDEO_SNAPSHOT_H
#define SERVER_VIDEO_VIDEO_SNAPSHOT_H

#include "mixer/base/picture.h"
#include "server/video/video.h"

#include <stddef.h>
#include <stdint.h>

struct video_snapshot {
    unsigned max_width;
    video_on_snapshot *on_done;
    void *context;
    struct picture *picture; /* a copy of its own; NULL: there is none */
    int error;
    uint8_t *jpeg; /* malloc()ed */
    size_t length;
};

/** Copies @p picture, at most max_width wide. */
void video_snapshot_take(struct video_snapshot *snapshot, const struct picture *picture);
/** Writes the JPEG. */
void video_snapshot_write(struct video_snapshot *snapshot);
/** Answers, and frees it. */
void video_snapshot_end(struct video_snapshot *snapshot);

#endif
