/* fuzz_libav_decoder.c - any bytes as frames of any codec: a picture within the limits that can
 * be read to its last byte, or an error. */
#include "mixer/video_codec/libav_decoder.h"

#include <assert.h>
#include <stdlib.h>

enum { WIDTH = 320, HEIGHT = 192 };

static int (*const creates[])(const struct video_limits *, struct video_decoder **) = {
    libav_decoder_create_h264, libav_decoder_create_vp8, libav_decoder_create_vp9,
    libav_decoder_create_h265, libav_decoder_create_av1,
};

static unsigned sum; /* so that reading is not left out */

static void read_all(const struct picture *picture)
{
    assert((picture->width <= WIDTH && picture->height <= HEIGHT) ||
           (picture->width <= HEIGHT && picture->height <= WIDTH));
    assert(picture->width >= PICTURE_LEAST_SIDE && picture->height >= PICTURE_LEAST_SIDE);
    for (unsigned plane = 0; plane < 3; plane++) {
        const unsigned width = plane ? picture_chroma_width(picture) : picture->width;
        const unsigned height = plane ? picture_chroma_height(picture) : picture->height;
        for (unsigned y = 0; y < height; y++) {
            const uint8_t *row = picture->plane[plane] + (int)y * picture->stride[plane];
            for (unsigned x = 0; x < width; x++)
                sum += row[x];
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The codec in a byte; then frames, each 2 bytes of length, the highest bit for a key frame. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct video_limits limits = {WIDTH, HEIGHT};
    struct video_decoder *decoder;
    if (size < 1 || creates[data[0] % 5](&limits, &decoder) < 0)
        return 0;
    for (data++, size--; size >= 2;) {
        const size_t says = (size_t)(data[0] & 0x7f) << 8 | data[1];
        struct video_frame frame = {.bytes = data + 2, .is_key = data[0] & 0x80};
        frame.length = says < size - 2 ? says : size - 2;
        struct picture *picture = NULL;
        const int err = libav_decoder_decode(decoder, &frame, &picture);
        assert(err <= 0 && (err == 0 || !picture));
        if (picture)
            read_all(picture);
        picture_release(&picture);
        data += 2 + frame.length;
        size -= 2 + frame.length;
    }
    libav_decoder_destroy(decoder);
    return 0;
}
