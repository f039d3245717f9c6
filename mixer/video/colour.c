/* colour.c - integer arithmetic in rows that a compiler makes vectors of. */
#include "mixer/video/colour.h"

#include <assert.h>
#include <stdbool.h>

enum {
    ONE = 1 << 16,
    HALF = ONE / 2,
};

/* BT.601 (Kr 0.299, Kb 0.114) in 1/65536, times 219/255 for Y and 224/255 for Cb and Cr; each
 * row of Cb and Cr adds up to 0, so that grey has none. */
enum {
    Y_R = 16829,
    Y_G = 33039,
    Y_B = 6416,
    CB_R = -9714,
    CB_G = -19071,
    CB_B = 28785,
    CR_R = 28785,
    CR_G = -24104,
    CR_B = -4681,
};
static_assert(Y_R + Y_G + Y_B == 56284, "white is 235");
static_assert(CB_R + CB_G + CB_B == 0 && CR_R + CR_G + CR_B == 0, "grey is grey");

/* From BT.709 to BT.601, both limited, in 1/8192, of Cb - 128 and Cr - 128: what is to be
 * added. In 16 bits, as the vectors of every processor multiply them. */
enum {
    Y_OF_CB = 814,
    Y_OF_CR = 1570,
    CB_OF_CB = -83,
    CB_OF_CR = -906,
    CR_OF_CB = -594,
    CR_OF_CR = -136,
};

static uint8_t clip(int value)
{
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* x / 255, rounded, of 0..65152 without a division. */
static uint8_t by_255(unsigned x)
{
    return (uint8_t)((x + 128 + ((x + 128) >> 8)) >> 8);
}

static uint8_t luma(int r, int g, int b)
{
    return (uint8_t)(16 + ((Y_R * r + Y_G * g + Y_B * b + HALF) >> 16));
}

static uint8_t blue(int r, int g, int b)
{
    return (uint8_t)(128 + ((CB_R * r + CB_G * g + CB_B * b + HALF) >> 16));
}

static uint8_t red(int r, int g, int b)
{
    return (uint8_t)(128 + ((CR_R * r + CR_G * g + CR_B * b + HALF) >> 16));
}

struct colour colour_from_rgb(uint32_t rgb)
{
    const int r = rgb >> 16 & 255, g = rgb >> 8 & 255, b = rgb & 255;
    return (struct colour){luma(r, g, b), blue(r, g, b), red(r, g, b)};
}

struct picture colour_window(const struct picture *picture, unsigned x, unsigned y,
                             unsigned width, unsigned height)
{
    struct picture window = {.width = width, .height = height};
    for (unsigned plane = 0; plane < 3; plane++) {
        const unsigned halved = plane ? 1 : 0;
        window.stride[plane] = picture->stride[plane];
        window.plane[plane] = picture->plane[plane] +
                              (size_t)(y >> halved) * (size_t)picture->stride[plane] +
                              (x >> halved);
    }
    window.matrix = picture->matrix;
    window.full_range = picture->full_range;
    return window;
}

/* --- range and matrix ----------------------------------------------------------------------
 */

static void limit_luma(uint8_t *row, unsigned width)
{
    for (size_t i = 0; i < width; i++)
        row[i] = (uint8_t)(16 + by_255(row[i] * 219U));
}

/* 128 + (c - 128) * 224 / 255, with the constants drawn together. */
static void limit_chroma(uint8_t *row, unsigned width)
{
    for (size_t i = 0; i < width; i++)
        row[i] = by_255(row[i] * 224U + 31U * 128U);
}

static void limit_range(const struct picture *picture)
{
    for (unsigned plane = 0; plane < 3; plane++) {
        const unsigned width = plane ? picture_chroma_width(picture) : picture->width;
        const unsigned height = plane ? picture_chroma_height(picture) : picture->height;
        for (unsigned y = 0; y < height; y++) {
            uint8_t *row = picture->plane[plane] + (size_t)y * (size_t)picture->stride[plane];
            if (plane)
                limit_chroma(row, width);
            else
                limit_luma(row, width);
        }
    }
}

/* u * by_u + v * by_v, of 1/128 each, rounded: four more bits are kept until both are added. */
static int16_t turned(int16_t u, int by_u, int16_t v, int by_v)
{
    const int16_t sum = (int16_t)((int16_t)((u * by_u) >> 16) + (int16_t)((v * by_v) >> 16));
    return (int16_t)((int16_t)(sum + 9) >> 4); /* both have lost half a bit */
}

static uint8_t sum(uint8_t value, int16_t more)
{
    int16_t both = (int16_t)(value + more);
    both = both < 0 ? 0 : both;
    return (uint8_t)(both > 255 ? 255 : both);
}

/* @p shift: what is to be added to the luma of each two. */
static void turn_chroma(uint8_t *restrict cb, uint8_t *restrict cr, int16_t *restrict shift,
                        unsigned width)
{
    for (size_t i = 0; i < width; i++) {
        const int16_t u = (int16_t)((cb[i] - 128) * 128), v = (int16_t)((cr[i] - 128) * 128);
        const int16_t more = turned(u, Y_OF_CB, v, Y_OF_CR);
        shift[2 * i] = more;
        shift[2 * i + 1] = more;
        cb[i] = sum(cb[i], turned(u, CB_OF_CB, v, CB_OF_CR));
        cr[i] = sum(cr[i], turned(u, CR_OF_CB, v, CR_OF_CR));
    }
}

static void shift_luma(uint8_t *restrict luma, const int16_t *restrict shift, unsigned width)
{
    for (size_t i = 0; i < width; i++)
        luma[i] = sum(luma[i], shift[i]);
}

static void turn_matrix(const struct picture *picture)
{
    int16_t shift[PICTURE_MAX_SIDE + 2];
    assert(picture->width <= PICTURE_MAX_SIDE);
    for (unsigned y = 0; y < picture_chroma_height(picture); y++) {
        uint8_t *rows = picture->plane[0] + (size_t)(2 * y) * (size_t)picture->stride[0];
        turn_chroma(picture->plane[1] + (size_t)y * (size_t)picture->stride[1],
                    picture->plane[2] + (size_t)y * (size_t)picture->stride[2], shift,
                    picture_chroma_width(picture));
        shift_luma(rows, shift, picture->width);
        if (2 * y + 1 < picture->height)
            shift_luma(rows + picture->stride[0], shift, picture->width);
    }
}

void colour_convert(struct picture *picture, enum picture_matrix matrix, bool full_range)
{
    if (full_range)
        limit_range(picture);
    if (matrix == PICTURE_BT709)
        turn_matrix(picture);
    picture->matrix = COLOUR_CANVAS_MATRIX;
    picture->full_range = false;
}

/* --- to JFIF --------------------------------------------------------------------------------
 */

/* BT.709 to BT.601 in full range, in 1/65536; what has BT.601 already takes the unit matrix. */
static const int from_709[6] = {6657, 12850, 64871, -7252, -4748, 64448};
static const int from_601[6] = {0, 0, ONE, 0, 0, ONE};

/* In 1/256. */
static int full_luma(int y, bool full_range)
{
    return full_range ? y * 256 : ((y - 16) * 256 * 255 + 109) / 219;
}

static int full_chroma(int c, bool full_range)
{
    return full_range ? (c - 128) * 256 : (c - 128) * 256 * 255 / 224;
}

static int weigh(int64_t first, int by_first, int64_t second, int by_second)
{
    return (int)((first * by_first + second * by_second + HALF) >> 16);
}

void colour_to_jfif(const struct picture *from, struct picture *onto)
{
    const int *by = from->matrix == PICTURE_BT601 ? from_601 : from_709;
    const bool full = from->full_range;
    for (unsigned y = 0; y < from->height; y++) {
        const size_t luma_from = (size_t)y * (size_t)from->stride[0];
        const size_t luma_onto = (size_t)y * (size_t)onto->stride[0];
        const size_t chroma_from = (size_t)(y / 2) * (size_t)from->stride[1];
        const size_t chroma_onto = (size_t)(y / 2) * (size_t)onto->stride[1];
        for (unsigned x = 0; x < from->width; x++) {
            const int u = full_chroma(from->plane[1][chroma_from + x / 2], full);
            const int v = full_chroma(from->plane[2][chroma_from + x / 2], full);
            const int luma = full_luma(from->plane[0][luma_from + x], full);
            onto->plane[0][luma_onto + x] = clip((luma + weigh(u, by[0], v, by[1]) + 128) >> 8);
            if (x % 2 || y % 2)
                continue;
            onto->plane[1][chroma_onto + x / 2] =
                clip(128 + ((weigh(u, by[2], v, by[3]) + 128) >> 8));
            onto->plane[2][chroma_onto + x / 2] =
                clip(128 + ((weigh(u, by[4], v, by[5]) + 128) >> 8));
        }
    }
    onto->matrix = PICTURE_BT601;
    onto->full_range = true;
}

/* --- from RGB ------------------------------------------------------------------------------
 */

static void luma_of_row(const uint8_t *restrict bgra, uint8_t *restrict out, unsigned width)
{
    for (size_t i = 0; i < width; i++)
        out[i] = luma(bgra[4 * i + 2], bgra[4 * i + 1], bgra[4 * i]);
}

/* The mean of the up to four pixels that share a chroma sample. */
static void chroma_of_row(const uint8_t *upper, const uint8_t *lower, unsigned width,
                          uint8_t *cb, uint8_t *cr)
{
    for (unsigned i = 0; i < (width + 1) / 2; i++) {
        const size_t left = 8 * (size_t)i;
        const size_t right = 2 * i + 1 < width ? left + 4 : left;
        int sum[3];
        for (unsigned c = 0; c < 3; c++)
            sum[c] =
                (upper[left + c] + upper[right + c] + lower[left + c] + lower[right + c] + 2) /
                4;
        cb[i] = blue(sum[2], sum[1], sum[0]);
        cr[i] = red(sum[2], sum[1], sum[0]);
    }
}

void colour_to_picture(const uint8_t *bgra, size_t stride, struct picture *picture)
{
    for (unsigned y = 0; y < picture->height; y++)
        luma_of_row(bgra + y * stride,
                    picture->plane[0] + (size_t)y * (size_t)picture->stride[0], picture->width);
    for (unsigned y = 0; y < picture_chroma_height(picture); y++) {
        const uint8_t *upper = bgra + 2 * y * stride;
        const uint8_t *lower = 2 * y + 1 < picture->height ? upper + stride : upper;
        chroma_of_row(upper, lower, picture->width,
                      picture->plane[1] + (size_t)y * (size_t)picture->stride[1],
                      picture->plane[2] + (size_t)y * (size_t)picture->stride[2]);
    }
    picture->matrix = COLOUR_CANVAS_MATRIX;
    picture->full_range = false;
}

/* Sums of premultiplied colours over the sum of their alphas: the mean of what can be seen. */
static struct colour mean(const uint8_t *const pixel[], unsigned count)
{
    int sum[4] = {0};
    for (unsigned i = 0; i < count; i++) {
        for (unsigned c = 0; c < 4; c++)
            sum[c] += pixel[i][c];
    }
    if (!sum[3])
        return (struct colour){16, 128, 128};
    for (unsigned c = 0; c < 3; c++)
        sum[c] = clip((sum[c] * 255 + sum[3] / 2) / sum[3]);
    return (struct colour){luma(sum[2], sum[1], sum[0]), blue(sum[2], sum[1], sum[0]),
                           red(sum[2], sum[1], sum[0])};
}

void colour_to_sprite(const uint8_t *bgra, size_t stride, struct sprite *sprite)
{
    const struct picture *picture = sprite->picture;
    for (unsigned y = 0; y < picture->height; y++) {
        for (unsigned x = 0; x < picture->width; x++) {
            const uint8_t *pixel = bgra + y * stride + 4 * (size_t)x;
            picture->plane[0][(size_t)y * (size_t)picture->stride[0] + x] = mean(&pixel, 1).y;
            sprite->alpha[(size_t)y * (size_t)sprite->alpha_stride + x] = pixel[3];
        }
    }
    for (unsigned y = 0; y < picture->height / 2; y++) {
        for (unsigned x = 0; x < picture->width / 2; x++) {
            const uint8_t *first = bgra + 2 * y * stride + 8 * (size_t)x;
            const uint8_t *four[] = {first, first + 4, first + stride, first + stride + 4};
            const struct colour colour = mean(four, 4);
            picture->plane[1][(size_t)y * (size_t)picture->stride[1] + x] = colour.cb;
            picture->plane[2][(size_t)y * (size_t)picture->stride[2] + x] = colour.cr;
        }
    }
}
