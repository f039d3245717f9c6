/*
 * canvas.h - a composed picture: tiles scaled straight into it (libyuv), names, frames and a
 * logo over them; only what changed is drawn anew.
 *
 *   canvas_create(1280, 720, &canvas);  canvas_set_ground(canvas, picture, colour);
 *   each frame:  changed = canvas_draw(canvas, tiles, count);
 *                ...encode canvas_picture(canvas)...
 *
 * Shape    BT.601, limited range, whatever the sources are (they are converted when they are
 *          drawn). A picture is shown whole, its shape kept, on the ground's colour; or fills
 *          its tile and is cut (fill). Width and height are even.
 * Thread   one at a time: a room's video worker. May allocate: libyuv does, for a row.
 * Errors   -EINVAL: no such size; -ENOMEM. A tile that is not even or not inside is a bug and
 *          stops the process.
 */
#ifndef MIXER_VIDEO_CANVAS_H
#define MIXER_VIDEO_CANVAS_H

#include "mixer/base/picture.h"
#include "mixer/video/layout.h"
#include "mixer/video/sprite.h"

#include <stdbool.h>
#include <stdint.h>

struct canvas;

enum canvas_corner {
    CANVAS_TOP_LEFT,
    CANVAS_TOP_RIGHT,
    CANVAS_BOTTOM_LEFT,
    CANVAS_BOTTOM_RIGHT
};

/** One tile as it is to be. All is borrowed for the call; to know what changed, canvas keeps a
 *  reference to @p picture until the next draw. */
struct canvas_tile {
    struct layout_rect rect;
    struct picture *picture;   /* NULL: the ground's colour          */
    const struct sprite *name; /* in its lower left corner; may be NULL */
    unsigned name_serial;      /* another number: the name is another one */
    bool framed;               /* who talks: a bright line inside of it, 1/200 of the height */
    bool fill;                 /* cut to the tile's shape instead of shown whole             */
};

int canvas_create(unsigned width, unsigned height, struct canvas **canvas);
void canvas_destroy(struct canvas *canvas); /* NULL is allowed */

/** What is seen where no tile is: @p picture, cut to the canvas' shape (borrowed for the call;
 *  NULL: none), or a colour, 0xRRGGBB. If there is no memory for the picture, the colour. */
void canvas_set_ground(struct canvas *canvas, struct picture *picture, uint32_t colour);
/** Over all, in a corner; borrowed until it is set again. NULL: none. */
void canvas_set_logo(struct canvas *canvas, const struct sprite *logo,
                     enum canvas_corner corner);

/** Draws; a tile of the list that is over another one comes after it. @return whether anything
 *  has changed since the last time. */
bool canvas_draw(struct canvas *canvas, const struct canvas_tile *tiles, unsigned count);

/** What was drawn: borrowed, changes with the next draw. */
const struct picture *canvas_picture(const struct canvas *canvas);

/** Pixels that were scaled or copied so far: what "only what changed" saves. */
uint64_t canvas_pixels_drawn(const struct canvas *canvas);

#endif
