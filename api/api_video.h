/*
 * api_video.h - how a room's pictures are composed, out of the body of a request and into an
 * answer.
 *
 * Shape    sizes are words ("720p") or {"width", "height"}; a layout is a word, or tiles in per
 *          cent of the picture, with two decimals at most.
 * Thread   any; pure.
 * Errors   false: the answer is a 400 that names each field, below "/video"; @p video is of no
 *          use then.
 */
#ifndef API_API_VIDEO_H
#define API_API_VIDEO_H

#include "api/api_answer.h"
#include "server/room/room_video.h"

#include <jansson.h>

/** A merge patch over @p video; null is what @p defaults have. */
bool api_video_change(const json_t *body, const struct room_video *defaults,
                      struct room_video *video, struct api_answer *answer);

/** @return NULL: memory is out. */
json_t *api_video_show(const struct room_video *video);

#endif
