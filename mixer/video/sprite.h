/*
 * sprite.h - a small picture with transparency, made once and laid over canvases: names, signs,
 * logos.
 *
 * Shape    I420 and an alpha plane of the same size as Y: 0 nothing, 255 hides what is below.
 *          Not premultiplied.
 * Thread   made and destroyed by any one thread; read by whoever has it.
 */
#ifndef MIXER_VIDEO_SPRITE_H
#define MIXER_VIDEO_SPRITE_H

#include "mixer/base/picture.h"

struct sprite {
    struct picture *picture; /* owned: even width and height */
    uint8_t *alpha;          /* owned; rows are alpha_stride apart */
    int alpha_stride;
};

/** @return 0 and *sprite, clear (alpha 0); -EINVAL, -ENOMEM. */
int sprite_create(unsigned width, unsigned height, struct sprite **sprite);
void sprite_destroy(struct sprite *sprite); /* NULL is allowed */

/** Lays @p sprite over @p onto with its left upper corner at (x, y), which may be outside; both
 *  are rounded down to even. @p opacity: 0..255, of all of it. */
void sprite_draw(const struct sprite *sprite, struct picture *onto, int x, int y,
                 uint8_t opacity);

#endif
