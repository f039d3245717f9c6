/* video_face.c - names and avatars. */
#include "server/video/video_face.h"

#include "mixer/base/log.h"
#include "mixer/video/caption.h"
#include "mixer/video/image.h"

#include <stdlib.h>
#include <string.h>

enum {
    LARGE_PARTS = 26, /* of the canvas' height: a line of text */
    SMALL_PARTS = 36,
    LEAST_TEXT = 10,
    AVATAR_WIDTH = 640,
    AVATAR_HEIGHT = 360,
};

static struct sprite *draw_name(const struct video_look *look, unsigned text_height,
                                unsigned max_width)
{
    const struct caption_style style = {.text_height =
                                            text_height < LEAST_TEXT ? LEAST_TEXT : text_height,
                                        .max_width = max_width,
                                        .muted = look->muted,
                                        .hand_raised = look->hand_raised,
                                        .colour = 0xffffffff,
                                        .background = 0xa0101010};
    struct sprite *sprite = NULL;
    if (look->name[0] || look->muted || look->hand_raised)
        (void)caption_create(look->name, &style, &sprite);
    return sprite;
}

static struct picture *draw_avatar(const struct video_look *look)
{
    struct picture *picture = NULL;
    if (look->avatar[0]) {
        int error = image_load(look->avatar, &picture);
        if (!error)
            return picture;
        log_warn("video", "avatar %s: %s", look->avatar, strerror(-error));
    }
    (void)caption_create_avatar(look->name, AVATAR_WIDTH, AVATAR_HEIGHT, &picture);
    return picture;
}

struct video_face *video_face_create(const struct video_look *look, unsigned width,
                                     unsigned height, unsigned serial)
{
    struct video_face *face = calloc(1, sizeof(*face));
    if (!face)
        return NULL;
    face->serial = serial;
    face->name = draw_name(look, height / LARGE_PARTS, width / 2);
    face->name_small = draw_name(look, height / SMALL_PARTS, width / 5);
    face->avatar = draw_avatar(look);
    return face;
}

void video_face_destroy(struct video_face *face)
{
    if (!face)
        return;
    sprite_destroy(face->name);
    sprite_destroy(face->name_small);
    picture_release(&face->avatar);
    free(face);
}
