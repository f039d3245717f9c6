/*
 * layout_cast.h - who stands in which tile: the pinned, the presenter and who talks first, the
 * others where they stood before.
 *
 * Nobody moves without need: who was in a tile of the same list of tiles stays there; who talks
 * and is seen already does not take another tile, unless the tile is for talkers; a newcomer
 * takes an empty tile, or that of who talked longest ago.
 *
 * Thread   any; pure.
 */
#ifndef MIXER_VIDEO_LAYOUT_CAST_H
#define MIXER_VIDEO_LAYOUT_CAST_H

#include "mixer/video/layout.h"

#include <stdbool.h>
#include <stdint.h>

enum { LAYOUT_NOBODY = -1 };

struct layout_member {
    uint64_t joined;  /* rising: who came first                                        */
    uint64_t talked;  /* rising: who talked last has the highest; 0: never             */
    bool talks;       /* has the floor now: at most one                                */
    bool has_picture; /* sends video that can be shown: goes before one without        */
    bool presents;
    unsigned pinned; /* by a moderator: 1 first, 2 next, ...; 0: not                  */
};

/**
 * @p members: 0 <= m < @p member_count, in any order that does not change from call to call but
 * by leaving out and adding. @p before[tile]: index of who stood there in the last call in
 * terms of the members of now, or LAYOUT_NOBODY; NULL: nobody did.
 * @p cast[tile]: index of who stands there now, or LAYOUT_NOBODY.
 */
void layout_cast(const struct layout_tile *tiles, unsigned tile_count,
                 const struct layout_member *members, unsigned member_count, const int *before,
                 int *cast);

#endif
