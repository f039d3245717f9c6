/* image_seed.h - the still pictures of tests/fuzz/seeds/image. Most are four squares of 16 x 16
 * or a little less: red, green, blue, white; where there is transparency, blue has half of it
 * and white is not to be seen. Made by ffmpeg (PNG, WebP, yuvj420p, yuvj422p, yuvj444p) and by
 * libjpeg-turbo (the other JPEGs). */
#ifndef TESTS_UNIT_MIXER_VIDEO_IMAGE_SEED_H
#define TESTS_UNIT_MIXER_VIDEO_IMAGE_SEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum image_look { LOOK_COLOURS, LOOK_ALPHA, LOOK_GREY, LOOK_GREY_ALPHA };

static const struct image_seed {
    const char *name;
    unsigned width, height;
    enum image_look look;
} image_seeds[] = {
    {"rgb24.png", 33, 31, LOOK_COLOURS},       {"rgb48.png", 33, 31, LOOK_COLOURS},
    {"pal8.png", 33, 31, LOOK_COLOURS},        {"rgba.png", 33, 31, LOOK_ALPHA},
    {"rgba64.png", 33, 31, LOOK_ALPHA},        {"gray.png", 33, 31, LOOK_GREY},
    {"monob.png", 33, 31, LOOK_GREY},          {"ya8.png", 33, 31, LOOK_GREY_ALPHA},
    {"yuvj420p.jpg", 32, 32, LOOK_COLOURS},    {"yuvj422p.jpg", 32, 32, LOOK_COLOURS},
    {"yuvj440p.jpg", 32, 32, LOOK_COLOURS},    {"yuvj444p.jpg", 32, 32, LOOK_COLOURS},
    {"progressive.jpg", 32, 32, LOOK_COLOURS}, {"restart.jpg", 33, 31, LOOK_COLOURS},
    {"rgb.jpg", 32, 32, LOOK_COLOURS},         {"gray.jpg", 32, 32, LOOK_GREY},
    {"lossy.webp", 32, 32, LOOK_COLOURS},      {"lossless.webp", 32, 32, LOOK_ALPHA},
    {"alpha.webp", 32, 32, LOOK_ALPHA},
};

enum { IMAGE_SEEDS = sizeof(image_seeds) / sizeof(image_seeds[0]), IMAGE_SEED_BYTES = 4096 };

/** @p root: RADUNO_SOURCE_DIR. */
static inline void image_seed_path(const char *root, const char *name, char path[512])
{
    snprintf(path, 512, "%s/tests/fuzz/seeds/image/%s", root, name);
}

/** @return how many bytes; 0: it is not there. */
static inline size_t image_seed_read(const char *root, const char *name,
                                     uint8_t bytes[IMAGE_SEED_BYTES])
{
    char path[512];
    image_seed_path(root, name, path);
    FILE *file = fopen(path, "rb");
    const size_t length = file ? fread(bytes, 1, IMAGE_SEED_BYTES, file) : 0;
    if (file)
        fclose(file);
    return length;
}

#endif
