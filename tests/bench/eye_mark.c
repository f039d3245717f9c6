/* eye_mark.c - blocks by luma against the mean of a white and a black one. */
#include "tests/bench/eye_mark.h"

#include <math.h>
#include <string.h>

enum { BITS = 24, BLOCKS = BITS + 2, ACROSS = BLOCKS + 2, LEAST_CONTRAST = 60, COLOURS = 16 };

/* Of the height: where the field and the row of blocks are. */
static const double FIELD_TOP = 0.20, FIELD_END = 0.36, ROW_TOP = 0.38, ROW_END = 0.50;

struct area {
    double x, y, width, height;
};

void eye_mark_rgb(unsigned sender, uint8_t rgb[3])
{
    static const uint8_t colour[COLOURS][3] = {
        {240, 16, 16},   {16, 240, 16},   {16, 16, 240},   {240, 240, 16},
        {240, 16, 240},  {16, 240, 240},  {240, 130, 16},  {130, 16, 240},
        {16, 240, 130},  {120, 120, 120}, {240, 180, 180}, {100, 60, 16},
        {180, 240, 180}, {16, 60, 100},   {150, 150, 240}, {60, 100, 16},
    };
    memcpy(rgb, colour[sender % COLOURS], 3);
}

static void weights(enum picture_matrix matrix, double *red, double *blue)
{
    *red = matrix == PICTURE_BT709 ? 0.2126 : 0.299;
    *blue = matrix == PICTURE_BT709 ? 0.0722 : 0.114;
}

static uint8_t to_byte(double value)
{
    return (uint8_t)lround(fmin(fmax(value, 0), 255));
}

void eye_mark_to_yuv(const uint8_t rgb[3], enum picture_matrix matrix, bool full_range,
                     uint8_t yuv[3])
{
    double red, blue;
    weights(matrix, &red, &blue);
    double y = red * rgb[0] + (1 - red - blue) * rgb[1] + blue * rgb[2];
    double cb = (rgb[2] - y) / (2 * (1 - blue)), cr = (rgb[0] - y) / (2 * (1 - red));
    yuv[0] = to_byte(full_range ? y : 16 + y * 219 / 255);
    yuv[1] = to_byte(128 + (full_range ? cb : cb * 224 / 255));
    yuv[2] = to_byte(128 + (full_range ? cr : cr * 224 / 255));
}

static void to_rgb(const double yuv[3], enum picture_matrix matrix, bool full_range,
                   uint8_t rgb[3])
{
    double red, blue;
    weights(matrix, &red, &blue);
    double y = full_range ? yuv[0] : (yuv[0] - 16) * 255 / 219;
    double cb = (yuv[1] - 128) * (full_range ? 1 : 255.0 / 224);
    double cr = (yuv[2] - 128) * (full_range ? 1 : 255.0 / 224);
    double r = y + 2 * (1 - red) * cr, b = y + 2 * (1 - blue) * cb;
    rgb[0] = to_byte(r);
    rgb[1] = to_byte((y - red * r - blue * b) / (1 - red - blue));
    rgb[2] = to_byte(b);
}

static unsigned clip(double value, unsigned most)
{
    return value <= 0 ? 0 : value >= most ? most : (unsigned)value;
}

static void fill_plane(struct picture *picture, unsigned plane, const struct area *area,
                       uint8_t value)
{
    const double share = plane ? 0.5 : 1;
    unsigned width = plane ? picture_chroma_width(picture) : picture->width;
    unsigned height = plane ? picture_chroma_height(picture) : picture->height;
    unsigned x = clip(round(area->x * share), width);
    unsigned end_x = clip(round((area->x + area->width) * share), width);
    unsigned end_y = clip(round((area->y + area->height) * share), height);
    for (unsigned y = clip(round(area->y * share), height); y < end_y; y++)
        memset(picture->plane[plane] + (size_t)y * (size_t)picture->stride[plane] + x, value,
               end_x - x);
}

static void fill(struct picture *picture, const struct area *area, const uint8_t rgb[3])
{
    uint8_t yuv[3];
    eye_mark_to_yuv(rgb, picture->matrix, picture->full_range, yuv);
    for (unsigned plane = 0; plane < 3; plane++)
        fill_plane(picture, plane, area, yuv[plane]);
}

/* CRC-8, polynomial x^8 + x^2 + x + 1, of the 16 bits before it. */
static unsigned crc_of(unsigned bits)
{
    unsigned crc = 0xff;
    for (int bit = 15; bit >= 0; bit--) {
        unsigned top = (crc >> 7 ^ bits >> bit) & 1;
        crc = (crc << 1 ^ (top ? 0x07 : 0)) & 0xff;
    }
    return crc;
}

static struct area block_area(const struct area *picture, unsigned block)
{
    double width = picture->width / ACROSS;
    return (struct area){picture->x + (block + 1) * width,
                         picture->y + ROW_TOP * picture->height, width,
                         (ROW_END - ROW_TOP) * picture->height};
}

void eye_mark_draw(struct picture *picture, const struct eye_mark *mark)
{
    static const uint8_t black[3] = {0, 0, 0}, white[3] = {255, 255, 255};
    const struct area whole = {0, 0, picture->width, picture->height};
    const struct area field = {whole.width / ACROSS, FIELD_TOP * whole.height,
                               whole.width * BLOCKS / ACROSS,
                               (FIELD_END - FIELD_TOP) * whole.height};
    const struct area row = {0, ROW_TOP * whole.height, whole.width,
                             (ROW_END - ROW_TOP) * whole.height};
    uint8_t rgb[3];
    eye_mark_rgb(mark->sender, rgb);
    fill(picture, &field, rgb);
    fill(picture, &row, black);
    unsigned bits = mark->sender % EYE_MARK_SENDERS << 10 | mark->frame % EYE_MARK_FRAMES;
    unsigned code = bits << 8 | crc_of(bits) | 1U << (BITS + 1);
    for (unsigned block = 0; block < BLOCKS; block++) {
        const struct area area = block_area(&whole, block);
        if (code >> (BLOCKS - 1 - block) & 1)
            fill(picture, &area, white);
    }
}

static double mean(const struct picture *picture, unsigned plane, const struct area *area)
{
    const double share = plane ? 0.5 : 1;
    unsigned width = plane ? picture_chroma_width(picture) : picture->width;
    unsigned height = plane ? picture_chroma_height(picture) : picture->height;
    unsigned from_x = clip(area->x * share, width - 1),
             from_y = clip(area->y * share, height - 1);
    unsigned end_x = clip(ceil((area->x + area->width) * share), width);
    unsigned end_y = clip(ceil((area->y + area->height) * share), height);
    uint64_t sum = 0, count = 0;
    for (unsigned y = from_y; y < end_y; y++)
        for (unsigned x = from_x; x < end_x; x++, count++)
            sum += picture->plane[plane][(size_t)y * (size_t)picture->stride[plane] + x];
    return count ? (double)sum / (double)count : 0;
}

/* The middle of a block: its edges are blurred by scaling. */
static double block_luma(const struct picture *picture, const struct area *whole,
                         unsigned block)
{
    struct area area = block_area(whole, block);
    area.x += area.width / 4;
    area.width /= 2;
    area.y += area.height * 0.3;
    area.height *= 0.4;
    return mean(picture, 0, &area);
}

static bool read_area(const struct picture *picture, const struct area *whole,
                      struct eye_mark *mark)
{
    double white = block_luma(picture, whole, 0), black = block_luma(picture, whole, 1);
    unsigned code = 0;
    if (white - black < LEAST_CONTRAST)
        return false;
    for (unsigned bit = 0; bit < BITS; bit++)
        code = code << 1 | (block_luma(picture, whole, bit + 2) > (white + black) / 2);
    if (crc_of(code >> 8) != (code & 0xff))
        return false;
    mark->sender = code >> 18;
    mark->frame = code >> 8 & (EYE_MARK_FRAMES - 1);
    return true;
}

bool eye_mark_read(const struct picture *picture, const struct eye_rect *rect,
                   struct eye_mark *mark)
{
    static const double scale[] = {1, 0.97, 0.94, 0.91};
    for (unsigned i = 0; i < sizeof(scale) / sizeof(scale[0]); i++) {
        double gone = (1 - scale[i]) / 2;
        const struct area area = {rect->x + gone * rect->width, rect->y + gone * rect->height,
                                  rect->width * scale[i], rect->height * scale[i]};
        if (read_area(picture, &area, mark))
            return true;
    }
    return false;
}

void eye_mark_colour(const struct picture *picture, const struct eye_rect *rect, uint8_t rgb[3])
{
    double height = (FIELD_END - FIELD_TOP) * rect->height;
    const struct area area = {rect->x + 0.2 * rect->width,
                              rect->y + FIELD_TOP * rect->height + height / 4,
                              0.6 * rect->width, height / 2};
    double yuv[3];
    for (unsigned plane = 0; plane < 3; plane++)
        yuv[plane] = mean(picture, plane, &area);
    to_rgb(yuv, picture->matrix, picture->full_range, rgb);
}
