/*
 * video_face.h - what a member looks like but for its own picture: its name drawn, its avatar.
 *
 * Made by the painter, which has the time for it; then owned by the room's worker.
 *
 * Thread   any one at a time.
 */
#ifndef SERVER_VIDEO_VIDEO_FACE_H
#define SERVER_VIDEO_VIDEO_FACE_H

#include "mixer/video/sprite.h"
#include "server/video/video.h"

struct video_face {
    struct sprite *name;       /* for large tiles; NULL: no name, no sign  */
    struct sprite *name_small; /* for small ones                           */
    struct picture *avatar;
    unsigned serial; /* another face has another number */
};

/** Draws for a canvas of @p width x @p height. What cannot be had (no memory, no such avatar)
 * is left out. NULL: no memory. */
struct video_face *video_face_create(const struct video_look *look, unsigned width,
                                     unsigned height, unsigned serial);
void video_face_destroy(struct video_face *face); /* NULL is allowed */

#endif
