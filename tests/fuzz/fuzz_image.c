/* fuzz_image.c - any bytes as a still picture: read as picture and sprite, or refused. */
#include "mixer/video/image.h"
#include "mixer/video/image_header.h"

#include <assert.h>
#include <errno.h>

enum { MOST_PIXELS = 1 << 18, FIT = 64 }; /* decoding large ones teaches nothing more */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct image_header header;
    struct picture *picture = NULL;
    struct sprite *sprite = NULL;
    int error = image_header_read(data, size, &header);
    assert(error == 0 || error == -EBADMSG);
    if (!error) {
        assert(header.width && header.height && header.length <= size);
        if ((uint64_t)header.width * header.height > MOST_PIXELS)
            return 0;
    }
    error = image_read(data, size, &picture);
    assert(error == 0 || error == -EBADMSG || error == -EFBIG);
    if (!error)
        assert(picture->width == header.width && picture->height == header.height);
    picture_release(&picture);
    error = image_read_sprite(data, size, FIT, FIT, &sprite);
    assert(error == 0 || error == -EBADMSG || error == -EFBIG);
    if (!error)
        assert(sprite->picture->width <= FIT && sprite->picture->height <= FIT);
    sprite_destroy(sprite);
    return 0;
}
