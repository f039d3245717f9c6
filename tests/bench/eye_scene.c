/* eye_scene.c - a wrapped noise texture, sines from a table, rectangles on Lissajous paths. */
#include "tests/bench/eye_scene.h"

#include "tests/bench/ear_random.h"
#include "tests/bench/eye_mark.h"

#include <math.h>
#include <stdlib.h>

enum { SIDE = 256, WAVES = 1024, THINGS = 5, NOISE = 65536 };

struct eye_scene {
    int8_t texture[SIDE][SIDE]; /* smooth, wraps around */
    int8_t wave[WAVES];         /* one period, -100..100 */
    int8_t noise[NOISE];        /* -3..3 */
};

static void smooth(const double from[SIDE][SIDE], double to[SIDE][SIDE])
{
    for (unsigned y = 0; y < SIDE; y++)
        for (unsigned x = 0; x < SIDE; x++) {
            double sum = 0;
            for (unsigned j = 0; j < 3; j++)
                for (unsigned i = 0; i < 3; i++)
                    sum += from[(y + j) % SIDE][(x + i) % SIDE];
            to[y][x] = sum / 9;
        }
}

static void make_texture(struct eye_scene *scene, double a[SIDE][SIDE], double b[SIDE][SIDE])
{
    struct ear_random random = {.state = 0xe7e};
    for (unsigned y = 0; y < SIDE; y++)
        for (unsigned x = 0; x < SIDE; x++)
            a[y][x] = ear_random_between(&random, -160, 160);
    smooth((const double(*)[SIDE])a, b);
    smooth((const double(*)[SIDE])b, a);
    for (unsigned y = 0; y < SIDE; y++)
        for (unsigned x = 0; x < SIDE; x++)
            scene->texture[y][x] = (int8_t)fmin(fmax(a[y][x], -60), 60);
    for (unsigned i = 0; i < WAVES; i++)
        scene->wave[i] = (int8_t)lround(100 * sin(2 * M_PI * i / WAVES));
    for (unsigned i = 0; i < NOISE; i++)
        scene->noise[i] = (int8_t)lround(ear_random_between(&random, -3, 3));
}

struct eye_scene *eye_scene_create(void)
{
    struct eye_scene *scene = malloc(sizeof(*scene));
    double(*a)[SIDE] = malloc(SIDE * sizeof(*a)), (*b)[SIDE] = malloc(SIDE * sizeof(*b));
    if (scene && a && b) {
        make_texture(scene, a, b);
    } else {
        free(scene);
        scene = NULL;
    }
    free(a);
    free(b);
    return scene;
}

void eye_scene_destroy(struct eye_scene *scene)
{
    free(scene);
}

static uint8_t to_video(int value)
{
    return (uint8_t)(value < 16 ? 16 : value > 235 ? 235 : value);
}

static void draw_luma(const struct eye_scene *scene, unsigned sender, unsigned frame,
                      struct picture *picture)
{
    unsigned shift = sender * 37 + 2 * frame, noise = (sender * 7919 + frame * 12347) % NOISE;
    for (unsigned y = 0; y < picture->height; y++) {
        uint8_t *row = picture->plane[0] + (size_t)y * (size_t)picture->stride[0];
        const int8_t *texture = scene->texture[(y + frame) % SIDE];
        int light = scene->wave[(y * 3 + frame * 5) % WAVES];
        for (unsigned x = 0; x < picture->width; x++) {
            int wave = scene->wave[(x * 2 + frame * 9 + sender * 100) % WAVES];
            row[x] = to_video(120 + (light + wave) / 4 + texture[(x + shift) % SIDE] / 2 +
                              scene->noise[noise]);
            noise = (noise + 1) % NOISE;
        }
    }
}

static void draw_chroma(const struct eye_scene *scene, unsigned sender, unsigned frame,
                        struct picture *picture)
{
    for (unsigned plane = 1; plane < 3; plane++)
        for (unsigned y = 0; y < picture_chroma_height(picture); y++) {
            uint8_t *row = picture->plane[plane] + (size_t)y * (size_t)picture->stride[plane];
            int light = scene->wave[(y * 5 + frame * 3 * plane) % WAVES];
            for (unsigned x = 0; x < picture_chroma_width(picture); x++)
                row[x] = to_video(128 + light / 5 +
                                  scene->wave[(x * 3 + sender * 150 + frame * 4) % WAVES] / 5);
        }
}

static void draw_thing(const struct eye_scene *scene, unsigned thing, unsigned time,
                       struct picture *picture)
{
    unsigned width = picture->width / 9, height = picture->height / 7;
    unsigned x = (unsigned)((scene->wave[(time * (5 + thing)) % WAVES] + 100) *
                            (int)(picture->width - width) / 200);
    unsigned y = (unsigned)((scene->wave[(time * (4 + thing) + 256) % WAVES] + 100) *
                            (int)(picture->height - height) / 200);
    for (unsigned row = y; row < y + height; row++)
        for (unsigned column = x; column < x + width; column++) {
            uint8_t *luma =
                picture->plane[0] + (size_t)row * (size_t)picture->stride[0] + column;
            *luma = to_video(255 - *luma - (int)thing * 16);
        }
}

void eye_scene_draw(const struct eye_scene *scene, unsigned sender, unsigned frame,
                    struct picture *picture)
{
    draw_luma(scene, sender, frame, picture);
    draw_chroma(scene, sender, frame, picture);
    for (unsigned thing = 0; thing < THINGS; thing++)
        draw_thing(scene, thing, frame + sender * 61, picture);
    eye_mark_draw(picture, &(struct eye_mark){.sender = sender, .frame = frame});
}
