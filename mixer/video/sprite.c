/* sprite.c - small pictures with transparency. */
#include "mixer/video/sprite.h"

#include <errno.h>
#include <stdlib.h>

void sprite_destroy(struct sprite *sprite)
{
    if (!sprite)
        return;
    picture_release(&sprite->picture);
    free(sprite->alpha);
    free(sprite);
}

int sprite_create(unsigned width, unsigned height, struct sprite **sprite)
{
    if (width % 2 || height % 2)
        return -EINVAL;
    struct sprite *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    int error = picture_create(width, height, &made->picture);
    if (!error) {
        made->alpha_stride = made->picture->stride[0];
        made->alpha = calloc(height, (size_t)made->alpha_stride);
        error = made->alpha ? 0 : -ENOMEM;
    }
    if (error) {
        sprite_destroy(made);
        return error;
    }
    *sprite = made;
    return 0;
}

/* x / 255, rounded, of 0..65152 without a division. */
static unsigned by_255(unsigned x)
{
    return (x + 128 + ((x + 128) >> 8)) >> 8;
}

/* The loops stand alone and know by `restrict` that nothing overlaps: so they become vectors.
 */

static void blend(const uint8_t *restrict from, const uint8_t *restrict alpha, unsigned opacity,
                  uint8_t *restrict onto, unsigned width)
{
    for (size_t i = 0; i < width; i++) {
        const unsigned a = by_255(alpha[i] * opacity);
        onto[i] = (uint8_t)by_255(from[i] * a + onto[i] * (255 - a));
    }
}

/* A chroma sample has the mean alpha of its four pixels. */
static void mean_alpha(const uint8_t *restrict upper, const uint8_t *restrict lower,
                       uint8_t *restrict mean, unsigned width)
{
    for (size_t i = 0; i < width; i++)
        mean[i] =
            (uint8_t)((upper[2 * i] + upper[2 * i + 1] + lower[2 * i] + lower[2 * i + 1] + 2) >>
                      2);
}

/* What of a side of @p length at @p at is within 0..side: skipped, and how much is left. */
static unsigned overlap(int at, unsigned length, unsigned side, unsigned *skipped)
{
    const int64_t from = at < 0 ? 0 : at;
    const int64_t to = (int64_t)at + length < side ? (int64_t)at + length : side;
    *skipped = (unsigned)(from - at);
    return to > from ? (unsigned)(to - from) : 0;
}

static size_t offset(int stride, unsigned x, unsigned y)
{
    return (size_t)y * (size_t)stride + x;
}

void sprite_draw(const struct sprite *sprite, struct picture *onto, int x, int y,
                 uint8_t opacity)
{
    uint8_t alpha[PICTURE_MAX_SIDE / 2 + 1];
    const struct picture *from = sprite->picture;
    unsigned left, top;
    x &= ~1;
    y &= ~1;
    const unsigned width = overlap(x, from->width, onto->width, &left);
    const unsigned height = overlap(y, from->height, onto->height, &top);
    if (!width || !height)
        return;
    const unsigned to_x = (unsigned)(x + (int)left), to_y = (unsigned)(y + (int)top);
    for (unsigned row = 0; row < height; row++)
        blend(from->plane[0] + offset(from->stride[0], left, top + row),
              sprite->alpha + offset(sprite->alpha_stride, left, top + row), opacity,
              onto->plane[0] + offset(onto->stride[0], to_x, to_y + row), width);
    for (unsigned row = 0; row < (height + 1) / 2; row++) {
        const uint8_t *upper =
            sprite->alpha + offset(sprite->alpha_stride, left, top + 2 * row);
        mean_alpha(upper, upper + sprite->alpha_stride, alpha, (width + 1) / 2);
        for (unsigned plane = 1; plane < 3; plane++)
            blend(from->plane[plane] + offset(from->stride[plane], left / 2, top / 2 + row),
                  alpha, opacity,
                  onto->plane[plane] + offset(onto->stride[plane], to_x / 2, to_y / 2 + row),
                  (width + 1) / 2);
    }
}
