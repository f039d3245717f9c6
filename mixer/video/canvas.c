/* canvas.c - redraws whole tiles: those that changed, and those above what was redrawn. */
#include "mixer/video/canvas.h"

#include "mixer/video/colour.h"
#include "mixer/video/scale.h"

#include <assert.h>
#include <errno.h>
#include <libyuv/convert.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRAME_COLOUR = 0x5ec8ff,
    FRAME_PART = 200, /* of the canvas' height: its thickness          */
    MARGIN_PART = 40, /* of the canvas' shorter side: the logo's       */
    STRETCH_PART = 64 /* a picture is stretched by no more than this   */
};

/* What was changed since the last draw, so far. */
struct damage {
    unsigned count;
    struct layout_rect rect[2 * LAYOUT_MAX_TILES + 1];
};

struct canvas {
    struct picture *picture;
    struct picture *ground; /* as large as the canvas; NULL: the colour alone       */
    struct colour colour;
    struct colour frame_colour;
    unsigned frame; /* thickness [pixels] */
    bool drawn_once;
    unsigned count; /* what the picture shows: */
    struct canvas_tile tiles[LAYOUT_MAX_TILES];
    const struct sprite *logo;
    struct layout_rect logo_rect;
    struct picture *under_logo; /* what is below it; NULL: no logo is on the picture */
    uint64_t pixels_drawn;
};

/* --- rectangles -----------------------------------------------------------------------------
 */

static unsigned even(unsigned length)
{
    return length & ~1U;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static bool same_rect(const struct layout_rect *a, const struct layout_rect *b)
{
    return a->x == b->x && a->y == b->y && a->width == b->width && a->height == b->height;
}

static bool overlap(const struct layout_rect *a, const struct layout_rect *b)
{
    return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
           b->y < a->y + a->height;
}

static void add_damage(struct damage *damage, const struct layout_rect *rect)
{
    assert(damage->count < sizeof(damage->rect) / sizeof(damage->rect[0]));
    damage->rect[damage->count++] = *rect;
}

static bool is_damaged(const struct damage *damage, const struct layout_rect *rect)
{
    for (unsigned i = 0; i < damage->count; i++) {
        if (overlap(&damage->rect[i], rect))
            return true;
    }
    return false;
}

static struct picture window(const struct picture *picture, const struct layout_rect *rect)
{
    return colour_window(picture, rect->x, rect->y, rect->width, rect->height);
}

/* --- pieces ---------------------------------------------------------------------------------
 */

static void fill(struct canvas *canvas, struct picture *area, struct colour colour)
{
    picture_fill(area, colour.y, colour.cb, colour.cr);
    canvas->pixels_drawn += (uint64_t)area->width * area->height;
}

static void copy(const struct picture *from, struct picture *onto)
{
    I420Copy(from->plane[0], from->stride[0], from->plane[1], from->stride[1], from->plane[2],
             from->stride[2], onto->plane[0], onto->stride[0], onto->plane[1], onto->stride[1],
             onto->plane[2], onto->stride[2], (int)from->width, (int)from->height);
}

static void scale(const struct picture *from, struct picture *onto)
{
    scale_picture(from, onto);
    colour_convert(onto, from->matrix, from->full_range);
}

static void draw_ground(struct canvas *canvas, const struct layout_rect *rect)
{
    struct picture area = window(canvas->picture, rect);
    if (!canvas->ground) {
        fill(canvas, &area, canvas->colour);
        return;
    }
    const struct picture from = window(canvas->ground, rect);
    copy(&from, &area);
    canvas->pixels_drawn += (uint64_t)rect->width * rect->height;
}

/* The even length next to length * part / whole: at least 2, and all of @p most if hardly
 * anything would be left. */
static unsigned fit_side(unsigned length, unsigned part, unsigned whole, unsigned most)
{
    const uint64_t exact = ((uint64_t)length * part + whole) / (2 * (uint64_t)whole) * 2;
    if (exact + most / STRETCH_PART >= most)
        return most;
    return exact < 2 ? 2 : (unsigned)exact;
}

/* The largest rectangle of the shape width : height in the middle of a side x side area. */
static struct layout_rect fit(unsigned width, unsigned height, unsigned into_width,
                              unsigned into_height)
{
    struct layout_rect rect = {.width = into_width, .height = into_height};
    if ((uint64_t)width * into_height > (uint64_t)height * into_width)
        rect.height = fit_side(into_width, height, width, into_height);
    else
        rect.width = fit_side(into_height, width, height, into_width);
    rect.x = even((into_width - rect.width) / 2);
    rect.y = even((into_height - rect.height) / 2);
    return rect;
}

/* The picture fills the area and is cut. */
static void draw_cut(const struct picture *picture, struct picture *area)
{
    const struct layout_rect cut =
        fit(area->width, area->height, picture->width, picture->height);
    const struct picture from = window(picture, &cut);
    scale(&from, area);
}

/* The four sides of what is left round @p inner. */
static void fill_round(struct canvas *canvas, const struct picture *area,
                       const struct layout_rect *inner, struct colour colour)
{
    const unsigned right = inner->x + inner->width, below = inner->y + inner->height;
    const struct layout_rect sides[] = {
        {0, 0, area->width, inner->y},
        {0, below, area->width, area->height - below},
        {0, inner->y, inner->x, inner->height},
        {right, inner->y, area->width - right, inner->height},
    };
    for (unsigned i = 0; i < 4; i++) {
        struct picture side = window(area, &sides[i]);
        if (side.width && side.height)
            fill(canvas, &side, colour);
    }
}

static void draw_whole(struct canvas *canvas, const struct picture *picture,
                       struct picture *area)
{
    const struct layout_rect rect =
        fit(picture->width, picture->height, area->width, area->height);
    struct picture inner = window(area, &rect);
    scale(picture, &inner);
    canvas->pixels_drawn += (uint64_t)rect.width * rect.height;
    fill_round(canvas, area, &rect, canvas->colour);
}

static void draw_frame(struct canvas *canvas, struct picture *area)
{
    const unsigned frame = canvas->frame;
    const unsigned across = 2 * frame < area->width ? area->width - 2 * frame : 0;
    const unsigned down = 2 * frame < area->height ? area->height - 2 * frame : 0;
    const struct layout_rect inner = {across ? frame : 0, down ? frame : 0, across, down};
    if (across && down)
        fill_round(canvas, area, &inner, canvas->frame_colour);
    else
        fill(canvas, area, canvas->frame_colour);
}

/* All of a tile, whatever was there: nothing outside of it is touched. */
static void draw_tile(struct canvas *canvas, const struct canvas_tile *tile)
{
    struct picture area = window(canvas->picture, &tile->rect);
    if (!tile->picture)
        fill(canvas, &area, canvas->colour);
    else if (!tile->fill)
        draw_whole(canvas, tile->picture, &area);
    else {
        draw_cut(tile->picture, &area);
        canvas->pixels_drawn += (uint64_t)area.width * area.height;
    }
    if (tile->framed)
        draw_frame(canvas, &area);
    if (tile->name) {
        const struct picture *name = tile->name->picture;
        sprite_draw(tile->name, &area, (int)(2 * canvas->frame),
                    (int)area.height - (int)name->height - (int)(2 * canvas->frame), 255);
    }
}

/* --- what changed ---------------------------------------------------------------------------
 */

static bool same_tile(const struct canvas_tile *a, const struct canvas_tile *b)
{
    return same_rect(&a->rect, &b->rect) && a->picture == b->picture &&
           a->name_serial == b->name_serial && !a->name == !b->name && a->framed == b->framed &&
           a->fill == b->fill;
}

static bool is_same(const struct canvas *canvas, const struct canvas_tile *tiles,
                    unsigned count, unsigned tile)
{
    return tile < count && tile < canvas->count &&
           same_tile(&canvas->tiles[tile], &tiles[tile]);
}

/* The ground comes back where tiles were that are elsewhere now. */
static void clear_old(struct canvas *canvas, const struct canvas_tile *tiles, unsigned count,
                      struct damage *damage)
{
    if (!canvas->drawn_once) {
        const struct layout_rect all = {0, 0, canvas->picture->width, canvas->picture->height};
        draw_ground(canvas, &all);
        add_damage(damage, &all);
        return;
    }
    for (unsigned i = 0; i < canvas->count; i++) {
        const struct layout_rect *rect = &canvas->tiles[i].rect;
        if (i < count && same_rect(rect, &tiles[i].rect))
            continue;
        draw_ground(canvas, rect);
        add_damage(damage, rect);
    }
}

static void draw_tiles(struct canvas *canvas, const struct canvas_tile *tiles, unsigned count,
                       struct damage *damage)
{
    for (unsigned i = 0; i < count; i++) {
        const struct canvas_tile *tile = &tiles[i];
        if (is_same(canvas, tiles, count, i) && !is_damaged(damage, &tile->rect))
            continue;
        draw_tile(canvas, tile);
        add_damage(damage, &tile->rect);
    }
}

/* Keeps references to the pictures, so that no new one can be at the address of an old one. */
static void remember(struct canvas *canvas, const struct canvas_tile *tiles, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (tiles[i].picture)
            picture_reference(tiles[i].picture);
    }
    for (unsigned i = 0; i < canvas->count; i++)
        picture_release(&canvas->tiles[i].picture);
    if (count)
        memcpy(canvas->tiles, tiles, count * sizeof(tiles[0]));
    canvas->count = count;
}

/* --- logo -----------------------------------------------------------------------------------
 */

/* Takes the logo off, so that tiles can be drawn below it. */
static void lift_logo(struct canvas *canvas)
{
    if (!canvas->under_logo)
        return;
    struct picture area = window(canvas->picture, &canvas->logo_rect);
    copy(canvas->under_logo, &area);
}

static void lay_logo(struct canvas *canvas)
{
    if (!canvas->under_logo)
        return;
    struct picture area = window(canvas->picture, &canvas->logo_rect);
    copy(&area, canvas->under_logo);
    sprite_draw(canvas->logo, &area, 0, 0, 255);
    canvas->pixels_drawn += (uint64_t)area.width * area.height;
}

static struct layout_rect corner_rect(const struct canvas *canvas, const struct picture *logo,
                                      enum canvas_corner corner)
{
    const struct picture *all = canvas->picture;
    const unsigned margin = even(least(all->width, all->height) / MARGIN_PART);
    struct layout_rect rect = {.width = least(logo->width, all->width),
                               .height = least(logo->height, all->height)};
    const unsigned free_x = all->width - rect.width, free_y = all->height - rect.height;
    const bool right = corner == CANVAS_TOP_RIGHT || corner == CANVAS_BOTTOM_RIGHT;
    const bool below = corner == CANVAS_BOTTOM_LEFT || corner == CANVAS_BOTTOM_RIGHT;
    rect.x = right ? free_x - least(margin, free_x) : least(margin, free_x);
    rect.y = below ? free_y - least(margin, free_y) : least(margin, free_y);
    return rect;
}

void canvas_set_logo(struct canvas *canvas, const struct sprite *logo,
                     enum canvas_corner corner)
{
    picture_release(&canvas->under_logo);
    canvas->logo = logo;
    canvas->drawn_once = false;
    if (!logo)
        return;
    canvas->logo_rect = corner_rect(canvas, logo->picture, corner);
    if (picture_create(canvas->logo_rect.width, canvas->logo_rect.height, &canvas->under_logo) <
        0)
        canvas->logo = NULL;
}

/* --- canvas ---------------------------------------------------------------------------------
 */

void canvas_set_ground(struct canvas *canvas, struct picture *picture, uint32_t colour)
{
    picture_release(&canvas->ground);
    canvas->colour = colour_from_rgb(colour);
    canvas->drawn_once = false;
    if (picture &&
        picture_create(canvas->picture->width, canvas->picture->height, &canvas->ground) == 0)
        draw_cut(picture, canvas->ground);
}

static void assert_in_canvas(const struct canvas *canvas, const struct canvas_tile *tiles,
                             unsigned count)
{
    assert(count <= LAYOUT_MAX_TILES);
    for (unsigned i = 0; i < count; i++) {
        const struct layout_rect *rect = &tiles[i].rect;
        assert((rect->x | rect->y | rect->width | rect->height) % 2 == 0);
        assert(rect->width && rect->width <= canvas->picture->width);
        assert(rect->height && rect->height <= canvas->picture->height);
        assert(rect->x <= canvas->picture->width - rect->width);
        assert(rect->y <= canvas->picture->height - rect->height);
    }
}

bool canvas_draw(struct canvas *canvas, const struct canvas_tile *tiles, unsigned count)
{
    assert_in_canvas(canvas, tiles, count);
    bool changed = !canvas->drawn_once || canvas->count != count;
    for (unsigned i = 0; i < count && !changed; i++)
        changed = !is_same(canvas, tiles, count, i);
    if (!changed)
        return false;
    struct damage damage = {0};
    if (canvas->drawn_once)
        lift_logo(canvas);
    clear_old(canvas, tiles, count, &damage);
    draw_tiles(canvas, tiles, count, &damage);
    lay_logo(canvas);
    remember(canvas, tiles, count);
    canvas->drawn_once = true;
    return true;
}

int canvas_create(unsigned width, unsigned height, struct canvas **canvas)
{
    if (width % 2 || height % 2)
        return -EINVAL;
    struct canvas *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    const int error = picture_create(width, height, &made->picture);
    if (error) {
        free(made);
        return error;
    }
    made->picture->matrix = COLOUR_CANVAS_MATRIX;
    made->frame = (height + FRAME_PART) / (2 * FRAME_PART) * 2;
    if (made->frame < 2)
        made->frame = 2;
    made->frame_colour = colour_from_rgb(FRAME_COLOUR);
    canvas_set_ground(made, NULL, 0);
    *canvas = made;
    return 0;
}

void canvas_destroy(struct canvas *canvas)
{
    if (!canvas)
        return;
    remember(canvas, NULL, 0);
    picture_release(&canvas->picture);
    picture_release(&canvas->ground);
    picture_release(&canvas->under_logo);
    free(canvas);
}

const struct picture *canvas_picture(const struct canvas *canvas)
{
    return canvas->picture;
}

uint64_t canvas_pixels_drawn(const struct canvas *canvas)
{
    return canvas->pixels_drawn;
}
