/*
 * image.h - still pictures: JPEG, PNG and WebP read, JPEG written (libavcodec).
 *
 * Thread   any; takes milliseconds, large ones some tenths of a second.
 * Errors   bytes are hostile: -EBADMSG no picture of these kinds, or broken; -EFBIG more than
 *          IMAGE_MAX_PIXELS or a side above PICTURE_MAX_SIDE, found in its header before it is
 *          decoded (image_header.h); -ENOMEM.
 * Not      animations (refused), the orientation in EXIF, colour profiles (not looked at),
 *          JPEG in CMYK (refused).
 */
#ifndef MIXER_VIDEO_IMAGE_H
#define MIXER_VIDEO_IMAGE_H

#include "mixer/base/picture.h"
#include "mixer/video/sprite.h"

#include <stddef.h>
#include <stdint.h>

enum { IMAGE_MAX_PIXELS = 4096 * 4096, IMAGE_MAX_BYTES = 8 << 20 };

/** Reads one: BT.601, limited range, no transparency (over mid-grey). At least 2 x 2. */
int image_read(const uint8_t *bytes, size_t length, struct picture **picture);

/** Reads one with its transparency, made smaller if it does not fit into @p max_width x
 *  @p max_height. */
int image_read_sprite(const uint8_t *bytes, size_t length, unsigned max_width,
                      unsigned max_height, struct sprite **sprite);

/** Reads a file of the operator's. @return also -errno of reading it; -EFBIG: above
 *  IMAGE_MAX_BYTES. */
int image_load(const char *path, struct picture **picture);
int image_load_sprite(const char *path, unsigned max_width, unsigned max_height,
                      struct sprite **sprite);

/** JFIF, 4:2:0. @p quality: 1..100. @return 0 and *bytes, owned by the caller (free()), and
 *  *length. */
int image_write_jpeg(const struct picture *picture, unsigned quality, uint8_t **bytes,
                     size_t *length);

#endif
