/* picture.c - video pictures, counted. */
#include "mixer/base/picture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_BYTES = 32, SPARE_BYTES = 64 }; /* vector code may read and write a whole row */

static int round_up(unsigned bytes)
{
    return (int)((bytes + ROW_BYTES - 1) / ROW_BYTES * ROW_BYTES);
}

static void destroy(struct picture *picture)
{
    free(picture->memory);
    free(picture);
}

static bool is_side(unsigned length)
{
    return length >= PICTURE_LEAST_SIDE && length <= PICTURE_MAX_SIDE;
}

int picture_create(unsigned width, unsigned height, struct picture **picture)
{
    if (!is_side(width) || !is_side(height))
        return -EINVAL;
    struct picture *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->width = width;
    made->height = height;
    made->stride[0] = round_up(width);
    made->stride[1] = made->stride[2] = round_up((width + 1) / 2);
    const size_t luma = (size_t)made->stride[0] * height;
    const size_t chroma = (size_t)made->stride[1] * ((height + 1) / 2);
    const size_t bytes = luma + 2 * chroma + SPARE_BYTES;
    uint8_t *memory = aligned_alloc(ROW_BYTES, (bytes + ROW_BYTES - 1) / ROW_BYTES * ROW_BYTES);
    if (!memory) {
        free(made);
        return -ENOMEM;
    }
    made->plane[0] = memory;
    made->plane[1] = memory + luma;
    made->plane[2] = memory + luma + chroma;
    picture_adopt(made, destroy, memory);
    *picture = made;
    return 0;
}

void picture_adopt(struct picture *picture, void (*last)(struct picture *picture), void *memory)
{
    picture->destroy = last;
    picture->memory = memory;
    atomic_init(&picture->references, 1);
}

struct picture *picture_reference(struct picture *picture)
{
    atomic_fetch_add_explicit(&picture->references, 1, memory_order_relaxed);
    return picture;
}

void picture_release(struct picture **picture)
{
    struct picture *held = *picture;
    *picture = NULL;
    if (held && atomic_fetch_sub_explicit(&held->references, 1, memory_order_acq_rel) == 1)
        held->destroy(held);
}

unsigned picture_chroma_width(const struct picture *picture)
{
    return (picture->width + 1) / 2;
}

unsigned picture_chroma_height(const struct picture *picture)
{
    return (picture->height + 1) / 2;
}

static void fill_plane(const struct picture *picture, unsigned plane, uint8_t value)
{
    const unsigned width = plane ? picture_chroma_width(picture) : picture->width;
    const unsigned height = plane ? picture_chroma_height(picture) : picture->height;
    for (unsigned row = 0; row < height; row++)
        memset(picture->plane[plane] + (size_t)row * (size_t)picture->stride[plane], value,
               width);
}

void picture_fill(struct picture *picture, uint8_t y, uint8_t cb, uint8_t cr)
{
    fill_plane(picture, 0, y);
    fill_plane(picture, 1, cb);
    fill_plane(picture, 2, cr);
}
