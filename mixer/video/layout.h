/*
 * layout.h - where pictures stand on a canvas: from how many there are, and what they are, to
 * rectangles.
 *
 *   count = layout_place(&layout, &wish, tiles);          where
 *   layout_cast(tiles, count, members, n, before, cast);  who stands there (layout_cast.h)
 *
 * Shape    pixels of the canvas (128 x 128 at least), all even, within it; a tile that is over
 *          another one comes later in the list. At most LAYOUT_MAX_TILES. Tiles of a grid and
 *          of strips are of 16:9 or nearly so; tiles side by side meet without a gap. Tiles for
 *          which nobody is there are left out; one alone has the whole canvas (but in CUSTOM).
 * Thread   any; pure.
 * Errors   layouts that come from people: layout_check() tells what is wrong.
 */
#ifndef MIXER_VIDEO_LAYOUT_H
#define MIXER_VIDEO_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

enum { LAYOUT_MAX_TILES = 49, LAYOUT_MAX_CUSTOM = 25, LAYOUT_UNITS = 10000 };

enum layout_kind {
    LAYOUT_AUTO,         /* presentation, if one is on; else a grid up to 9, else speaker */
    LAYOUT_GRID,         /* equal, as many as there are                                   */
    LAYOUT_SPEAKER,      /* who talks, large, about five others in a strip below          */
    LAYOUT_ONE_FIVE,     /* one large, five small round two of its sides                  */
    LAYOUT_ONE_SEVEN,    /* one large, seven small                                        */
    LAYOUT_ONE_NINE,     /* one large, nine small                                         */
    LAYOUT_SIDE_BY_SIDE, /* two, halves                                                   */
    LAYOUT_PICTURE_IN_PICTURE, /* who talks on all of it, one small over its corner */
    LAYOUT_PRESENTATION, /* what is presented, large, the people in a strip at the side   */
    LAYOUT_SPOTLIGHT,    /* the pinned one only, or who talks                             */
    LAYOUT_CUSTOM,       /* tiles of the operator's own                                   */
    LAYOUT_KINDS,
};

/** Who belongs into a tile. */
enum layout_role {
    LAYOUT_ANYONE,
    LAYOUT_TALKER,    /* who is pinned, or talks   */
    LAYOUT_PRESENTER, /* what is presented; else as TALKER */
};

struct layout_rect {
    unsigned x, y, width, height;
};

struct layout_tile {
    struct layout_rect rect;
    enum layout_role role;
};

struct layout {
    enum layout_kind kind;
    unsigned custom_count;                        /* of CUSTOM */
    struct layout_tile custom[LAYOUT_MAX_CUSTOM]; /* in 1/LAYOUT_UNITS of the canvas */
};

struct layout_wish {
    unsigned width, height; /* of the canvas                                       */
    unsigned count;         /* who may be shown                                    */
    bool presents;          /* somebody presents                                   */
};

/** @return how many tiles, at most @p wish->count; 0 if nobody is there. */
unsigned layout_place(const struct layout *layout, const struct layout_wish *wish,
                      struct layout_tile tiles[LAYOUT_MAX_TILES]);

/** The kind that AUTO stands for now. */
enum layout_kind layout_resolve(const struct layout *layout, const struct layout_wish *wish);

/** @return 0, or -EINVAL and *why, a text for a person that names the tile (a constant).
 *  Custom tiles may lie over each other: a later one hides an earlier one. */
int layout_check(const struct layout *layout, const char **why);

/** The place in the middle of a move: @p step of @p steps on the way, eased at both ends. */
struct layout_rect layout_glide(const struct layout_rect *from, const struct layout_rect *to,
                                unsigned step, unsigned steps);

const char *layout_kind_word(enum layout_kind kind);             /* "grid", "one_five", ... */
int layout_kind_parse(const char *word, enum layout_kind *kind); /* 0 or -EINVAL */
const char *layout_role_word(enum layout_role role); /* "anyone", "talker", "presenter" */
int layout_role_parse(const char *word, enum layout_role *role); /* 0 or -EINVAL */

#endif
