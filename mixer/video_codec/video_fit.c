/* video_fit.c - tries one size after the other, the largest first. */
#include "mixer/video_codec/video_fit.h"

#include <stdbool.h>

enum { BLOCK = 16, LEAST_LONG = 160, LEAST_SHORT = 90, LEAST_FPS = 5, SMOOTH_FPS = 15 };

struct video_fit_most video_fit_of_level(const struct video_fit_level *levels, unsigned count,
                                         unsigned level)
{
    unsigned found = 0;
    while (found + 1 < count && levels[found + 1].level <= level)
        found++;
    return (struct video_fit_most){.frame_blocks = levels[found].samples / (BLOCK * BLOCK),
                                   .blocks_per_s =
                                       levels[found].samples_per_s / (BLOCK * BLOCK)};
}

static uint64_t blocks(unsigned side)
{
    return (side + BLOCK - 1) / BLOCK;
}

static bool fits(const struct video_fit_most *most, unsigned width, unsigned height,
                 unsigned fps)
{
    const uint64_t across = blocks(width), down = blocks(height);
    const uint64_t side = UINT64_C(8) * most->frame_blocks;
    if (most->frame_blocks &&
        (across * down > most->frame_blocks || across * across > side || down * down > side))
        return false;
    return !most->blocks_per_s || across * down * fps <= most->blocks_per_s;
}

static unsigned even(uint64_t side)
{
    return (unsigned)(side + 1) & ~1U;
}

static unsigned lower(unsigned a, uint64_t b)
{
    return b < a ? (unsigned)b : a;
}

void video_fit(const struct video_fit_most *most, unsigned *width, unsigned *height,
               unsigned *fps)
{
    const bool is_portrait = *height > *width;
    const unsigned whole = is_portrait ? *height : *width;
    const unsigned other = is_portrait ? *width : *height;
    unsigned rate = lower(*fps, most->fps ? most->fps : *fps);
    unsigned wide = whole, narrow = other;
    while (!fits(most, wide, narrow, lower(rate, SMOOTH_FPS))) {
        const unsigned next = wide > BLOCK ? even(wide - BLOCK) : 0;
        const unsigned next_narrow = whole ? even((uint64_t)other * next / whole) : 0;
        if (next < LEAST_LONG || next_narrow < LEAST_SHORT) {
            wide = lower(wide, LEAST_LONG);
            narrow = lower(narrow, LEAST_SHORT);
            break;
        }
        wide = next;
        narrow = next_narrow;
    }
    if (most->blocks_per_s && wide && narrow)
        rate = lower(rate, most->blocks_per_s / (blocks(wide) * blocks(narrow)));
    *width = is_portrait ? narrow : wide;
    *height = is_portrait ? wide : narrow;
    *fps = rate < LEAST_FPS ? lower(*fps, LEAST_FPS) : rate;
}
