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
