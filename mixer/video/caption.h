/*
 * caption.h - text of any script as a sprite, drawn by pango and cairo: names, notices; and
 * what stands for somebody without a picture.
 *
 * Thread   one at a time (the painter, server/video); takes milliseconds.
 *          The first caption with a new font takes up to 20 ms, later ones 0.1.
 * Errors   -EINVAL: no text, no size; -ENOMEM. Text is hostile: at most 256 bytes are read,
 *          what is not UTF-8 becomes replacement characters, control characters and those
 *          that turn the direction of writing are left out, blanks are drawn together; too
 *          long a text ends in an ellipsis; right-to-left text is set as such. There is no
 *          markup.
 */
#ifndef MIXER_VIDEO_CAPTION_H
#define MIXER_VIDEO_CAPTION_H

#include "mixer/base/picture.h"
#include "mixer/video/sprite.h"

#include <stdbool.h>
#include <stdint.h>

struct caption_style {
    unsigned text_height; /* of a line [pixels], 8..200                                  */
    unsigned max_width;   /* of the sprite [pixels], at least twice that                 */
    bool muted;           /* a crossed-out microphone goes before the text               */
    bool hand_raised;     /* and a hand                                                  */
    uint32_t colour, background; /* 0xAARRGGBB                                           */
};

/** @p text may be "" if a sign is wanted. A rounded box behind it, 5/4 of the line high; what a
 *  script needs above or below that is cut. */
int caption_create(const char *text, const struct caption_style *style, struct sprite **sprite);

/** Initials of @p name (of the first and the last word that have a letter) in a disc on a plain
 *  ground whose colour follows from the name: opaque, BT.601, limited range. An empty name gets
 *  the outline of a person. */
int caption_create_avatar(const char *name, unsigned width, unsigned height,
                          struct picture **picture);

#endif
