/* test_canvas.c - what is drawn step by step equals what is drawn at once; and where what is
 * seen, in which colour. */
#include "mixer/video/canvas.h"
#include "tests/unit/mixer/video/picture_twin.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { GREY = 0x808080 };

static struct picture *picture_of(unsigned width, unsigned height, uint8_t y, uint8_t cb,
                                  uint8_t cr)
{
    struct picture *picture = NULL;
    assert_int_equal(picture_create(width, height, &picture), 0);
    picture_fill(picture, y, cb, cr);
    picture->matrix = PICTURE_BT601;
    picture->full_range = false;
    return picture;
}

static struct canvas *canvas_of(unsigned width, unsigned height)
{
    struct canvas *canvas = NULL;
    assert_int_equal(canvas_create(width, height, &canvas), 0);
    canvas_set_ground(canvas, NULL, GREY);
    return canvas;
}

static int luma_at(const struct canvas *canvas, unsigned x, unsigned y)
{
    return *twin_at(canvas_picture(canvas), 0, x, y);
}

/* Everything within the rectangle has this luma, everything outside another. */
static void assert_only(const struct canvas *canvas, const struct layout_rect *rect, int luma)
{
    const struct picture *all = canvas_picture(canvas);
    for (unsigned y = 0; y < all->height; y++) {
        for (unsigned x = 0; x < all->width; x++) {
            const bool inside = x >= rect->x && x < rect->x + rect->width && y >= rect->y &&
                                y < rect->y + rect->height;
            if (inside != (abs(luma_at(canvas, x, y) - luma) <= 1)) /* libyuv is off by one */
                fail_msg("%u, %u is %d", x, y, luma_at(canvas, x, y));
        }
    }
}

/* --- step by step ---------------------------------------------------------------------------
 */

enum { WIDTH = 160, HEIGHT = 96, PICTURES = 12, NAMES = 4, MOST = 9 };

static struct world {
    struct picture *pictures[PICTURES];
    struct sprite *names[NAMES], *logo;
    struct picture *ground;
    struct canvas_tile tiles[MOST];
    unsigned count;
    enum canvas_corner corner;
    bool has_logo, has_ground;
} world;

static struct sprite *random_sprite(unsigned width, unsigned height, uint32_t *seed)
{
    struct sprite *sprite = NULL;
    assert_int_equal(sprite_create(width, height, &sprite), 0);
    twin_randomize(sprite->picture, seed);
    for (unsigned i = 0; i < height * (unsigned)sprite->alpha_stride; i++)
        sprite->alpha[i] = (uint8_t)signal_random(seed);
    return sprite;
}

static void world_begin(uint32_t *seed)
{
    memset(&world, 0, sizeof(world));
    for (unsigned i = 0; i < PICTURES; i++) {
        world.pictures[i] =
            picture_of(2 + signal_random(seed) % 150, 2 + signal_random(seed) % 150, 0, 0, 0);
        twin_randomize(world.pictures[i], seed);
        world.pictures[i]->matrix = signal_random(seed) % 2;
        world.pictures[i]->full_range = signal_random(seed) % 2;
    }
    for (unsigned i = 0; i < NAMES; i++)
        world.names[i] = random_sprite(2 + signal_random(seed) % 30 * 2, 12, seed);
    world.logo = random_sprite(40, 20, seed);
    world.ground = picture_of(200, 100, 0, 0, 0);
    twin_randomize(world.ground, seed);
}

static void world_end(void)
{
    for (unsigned i = 0; i < PICTURES; i++)
        picture_release(&world.pictures[i]);
    for (unsigned i = 0; i < NAMES; i++)
        sprite_destroy(world.names[i]);
    sprite_destroy(world.logo);
    picture_release(&world.ground);
}

static void random_rect(struct layout_rect *rect, uint32_t *seed)
{
    rect->width = 2 + signal_random(seed) % 40 * 2;
    rect->height = 2 + signal_random(seed) % 30 * 2;
    rect->x = signal_random(seed) % ((WIDTH - rect->width) / 2 + 1) * 2;
    rect->y = signal_random(seed) % ((HEIGHT - rect->height) / 2 + 1) * 2;
}

static void random_tile(struct canvas_tile *tile, uint32_t *seed)
{
    const unsigned name = signal_random(seed) % (NAMES + 1);
    random_rect(&tile->rect, seed);
    tile->picture =
        signal_random(seed) % 8 ? world.pictures[signal_random(seed) % PICTURES] : NULL;
    tile->name = name ? world.names[name - 1] : NULL;
    tile->name_serial = name;
    tile->framed = signal_random(seed) % 3 == 0;
    tile->fill = signal_random(seed) % 2;
}

static void change_tile(struct canvas_tile *tile, uint32_t *seed)
{
    struct canvas_tile other;
    random_tile(&other, seed);
    switch (signal_random(seed) % 6) {
    case 0:
        tile->rect = other.rect;
        break;
    case 1:
        tile->name = other.name;
        tile->name_serial = other.name_serial;
        break;
    case 2:
        tile->framed = !tile->framed;
        break;
    case 3:
        tile->fill = !tile->fill;
        break;
    default:
        tile->picture = other.picture;
    }
}

static void change_world(struct canvas *canvas, uint32_t *seed)
{
    const unsigned what = signal_random(seed) % 24, which = signal_random(seed) % MOST;
    if (what == 0) {
        world.has_ground = !world.has_ground;
        canvas_set_ground(canvas, world.has_ground ? world.ground : NULL, GREY);
    } else if (what == 1) {
        world.has_logo = !world.has_logo;
        world.corner = signal_random(seed) % 4;
        canvas_set_logo(canvas, world.has_logo ? world.logo : NULL, world.corner);
    } else if (what < 5 && world.count < MOST) {
        random_tile(&world.tiles[world.count++], seed);
    } else if (what < 8 && which < world.count) {
        world.count--; /* the others move up */
        memmove(&world.tiles[which], &world.tiles[which + 1],
                (world.count - which) * sizeof(world.tiles[0]));
    } else if (what < 20 && which < world.count) {
        change_tile(&world.tiles[which], seed);
    }
}

static struct canvas *draw_at_once(void)
{
    struct canvas *fresh = canvas_of(WIDTH, HEIGHT);
    if (world.has_ground)
        canvas_set_ground(fresh, world.ground, GREY);
    if (world.has_logo)
        canvas_set_logo(fresh, world.logo, world.corner);
    assert_true(canvas_draw(fresh, world.tiles, world.count));
    return fresh;
}

static void step_by_step_equals_at_once(void **state)
{
    (void)state;
    uint32_t seed = 1;
    unsigned unchanged = 0;
    for (unsigned round = 0; round < 40; round++) {
        world_begin(&seed);
        struct canvas *canvas = canvas_of(WIDTH, HEIGHT);
        struct picture *before = picture_of(WIDTH, HEIGHT, 0, 0, 0);
        for (unsigned step = 0; step < 100; step++) {
            change_world(canvas, &seed);
            const bool changed = canvas_draw(canvas, world.tiles, world.count);
            struct canvas *fresh = draw_at_once();
            assert_true(twin_equal(canvas_picture(canvas), canvas_picture(fresh)));
            if (!changed)
                assert_true(twin_equal(canvas_picture(canvas), before));
            unchanged += !changed;
            for (unsigned plane = 0; plane < 3; plane++)
                memcpy(before->plane[plane], canvas_picture(canvas)->plane[plane],
                       (size_t)before->stride[plane] * twin_rows(before, plane));
            canvas_destroy(fresh);
            assert_false(canvas_draw(canvas, world.tiles, world.count));
        }
        canvas_destroy(canvas);
        picture_release(&before);
        world_end();
    }
    assert_in_range(unchanged, 100, 3000);
}

static void only_what_changed_is_drawn(void **state)
{
    (void)state;
    struct picture *a = picture_of(64, 36, 50, 128, 128), *b = picture_of(64, 36, 60, 128, 128);
    struct canvas *canvas = canvas_of(256, 144);
    struct canvas_tile tiles[4] = {0};
    for (unsigned i = 0; i < 4; i++)
        tiles[i] =
            (struct canvas_tile){.rect = {i % 2 * 128, i / 2 * 72, 128, 72}, .picture = a};
    assert_true(canvas_draw(canvas, tiles, 4));
    const uint64_t first = canvas_pixels_drawn(canvas);
    assert_int_equal(first, 2 * 256 * 144); /* the ground and the tiles */
    assert_false(canvas_draw(canvas, tiles, 4));
    assert_int_equal(canvas_pixels_drawn(canvas), first);
    tiles[2].picture = b;
    assert_true(canvas_draw(canvas, tiles, 4));
    assert_int_equal(canvas_pixels_drawn(canvas), first + 128 * 72);
    assert_only(canvas, &tiles[2].rect, 60);
    canvas_destroy(canvas);
    picture_release(&a);
    picture_release(&b);
}

static void count_destroyed(struct picture *picture)
{
    (*(unsigned *)picture->memory)++;
}

static void holds_a_picture_until_the_next_draw(void **state)
{
    (void)state;
    static uint8_t samples[64 * 64];
    unsigned destroyed = 0;
    struct picture lent = {.width = 64, .height = 64, .plane = {samples, samples, samples}};
    lent.stride[0] = lent.stride[1] = lent.stride[2] = 64;
    picture_adopt(&lent, count_destroyed, &destroyed);
    struct picture *picture = &lent;
    struct canvas *canvas = canvas_of(128, 128);
    const struct canvas_tile tile = {.rect = {0, 0, 64, 64}, .picture = picture};
    canvas_draw(canvas, &tile, 1);
    picture_release(&picture);
    assert_int_equal(destroyed, 0);
    canvas_draw(canvas, NULL, 0);
    assert_int_equal(destroyed, 1);
    canvas_destroy(canvas);
}

/* --- shape and colour -----------------------------------------------------------------------
 */

static void a_picture_is_shown_whole(void **state)
{
    (void)state;
    static const struct {
        unsigned width, height;
        struct layout_rect shown;
    } cases[] = {
        {160, 90, {0, 36, 128, 72}},  {90, 160, {22, 0, 82, 144}}, {40, 40, {0, 8, 128, 128}},
        {321, 361, {0, 0, 128, 144}}, {640, 4, {0, 70, 128, 2}},   {4, 640, {62, 0, 2, 144}},
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct canvas *canvas = canvas_of(256, 144);
        struct picture *picture = picture_of(cases[i].width, cases[i].height, 200, 128, 128);
        const struct canvas_tile tile = {.rect = {64, 0, 128, 144}, .picture = picture};
        canvas_draw(canvas, &tile, 1);
        struct layout_rect shown = cases[i].shown;
        shown.x += 64;
        assert_only(canvas, &shown, 200);
        canvas_destroy(canvas);
        picture_release(&picture);
    }
}

static void a_picture_that_fills_is_cut_in_the_middle(void **state)
{
    (void)state;
    struct canvas *canvas = canvas_of(128, 128);
    struct picture *picture = picture_of(256, 128, 30, 128, 128);
    for (unsigned y = 0; y < 128; y++)
        memset(twin_at(picture, 0, 64, y), 200, 128); /* the half in the middle */
    const struct canvas_tile tile = {
        .rect = {0, 0, 128, 128}, .picture = picture, .fill = true};
    canvas_draw(canvas, &tile, 1);
    assert_only(canvas, &tile.rect, 200);
    canvas_destroy(canvas);
    picture_release(&picture);
}

static void colours_come_out_right(void **state)
{
    (void)state;
    uint32_t seed = 4;
    for (unsigned i = 0; i < 400; i++) {
        const double r = signal_random(&seed) % 256 / 255.0;
        const double g = signal_random(&seed) % 256 / 255.0;
        const double b = signal_random(&seed) % 256 / 255.0;
        const enum picture_matrix matrix = i % 2;
        const bool full = i / 2 % 2;
        const struct twin_colour sent = twin_from_rgb(r, g, b, matrix, full);
        const struct twin_colour seen = twin_from_rgb(r, g, b, PICTURE_BT601, false);
        struct picture *picture = picture_of(64, 36, (uint8_t)lround(fmin(sent.y, 255)),
                                             (uint8_t)lround(fmin(sent.cb, 255)),
                                             (uint8_t)lround(fmin(sent.cr, 255)));
        picture->matrix = matrix;
        picture->full_range = full;
        struct canvas *canvas = canvas_of(256, 144);
        const struct canvas_tile tile = {.rect = {0, 0, 128, 72}, .picture = picture};
        canvas_draw(canvas, &tile, 1);
        const struct picture *drawn = canvas_picture(canvas);
        assert_true(fabs(*twin_at(drawn, 0, 60, 30) - seen.y) < 2.2);
        assert_true(fabs(*twin_at(drawn, 1, 30, 15) - seen.cb) < 2.2);
        assert_true(fabs(*twin_at(drawn, 2, 30, 15) - seen.cr) < 2.2);
        assert_true(drawn->matrix == PICTURE_BT601 && !drawn->full_range);
        canvas_destroy(canvas);
        picture_release(&picture);
    }
}

static void who_talks_is_framed(void **state)
{
    (void)state;
    struct canvas *canvas = canvas_of(1280, 720);
    struct picture *picture = picture_of(640, 360, 40, 128, 128);
    struct canvas_tile tile = {
        .rect = {320, 180, 640, 360}, .picture = picture, .framed = true};
    canvas_draw(canvas, &tile, 1);
    const struct layout_rect inner = {324, 184, 632, 352};
    assert_only(canvas, &inner, 40);
    assert_true(luma_at(canvas, 323, 200) > 150 && luma_at(canvas, 956, 200) > 150);
    assert_true(luma_at(canvas, 400, 180) > 150 && luma_at(canvas, 400, 539) > 150);
    assert_int_equal(luma_at(canvas, 319, 200), luma_at(canvas, 0, 0));
    tile.framed = false;
    canvas_draw(canvas, &tile, 1);
    assert_only(canvas, &tile.rect, 40);
    canvas_destroy(canvas);
    picture_release(&picture);
}

static void names_and_logo_stand_in_their_corners(void **state)
{
    (void)state;
    struct canvas *canvas = canvas_of(400, 400);
    struct sprite *sprite;
    assert_int_equal(sprite_create(40, 20, &sprite), 0);
    picture_fill(sprite->picture, 222, 128, 128);
    memset(sprite->alpha, 255, 20 * (size_t)sprite->alpha_stride);
    const struct canvas_tile tile = {.rect = {100, 100, 200, 100}, .name = sprite};
    canvas_draw(canvas, &tile, 1);
    assert_only(canvas, &(struct layout_rect){104, 176, 40, 20}, 222);
    static const struct layout_rect corners[] = {
        {10, 10, 40, 20}, {350, 10, 40, 20}, {10, 370, 40, 20}, {350, 370, 40, 20}};
    for (unsigned i = 0; i < 4; i++) {
        canvas_set_logo(canvas, sprite, i);
        assert_true(canvas_draw(canvas, NULL, 0));
        assert_only(canvas, &corners[i], 222);
    }
    canvas_set_logo(canvas, NULL, 0);
    assert_true(canvas_draw(canvas, NULL, 0));
    assert_only(canvas, &(struct layout_rect){0, 0, 400, 400}, luma_at(canvas, 0, 0));
    canvas_destroy(canvas);
    sprite_destroy(sprite);
}

static void the_ground_covers_the_canvas(void **state)
{
    (void)state;
    struct canvas *canvas = canvas_of(160, 160);
    struct picture *picture = picture_of(640, 320, 77, 100, 150);
    picture->full_range = true; /* 77 becomes 82 */
    canvas_set_ground(canvas, picture, 0);
    picture_release(&picture);
    assert_true(canvas_draw(canvas, NULL, 0));
    assert_only(canvas, &(struct layout_rect){0, 0, 160, 160}, 82);
    canvas_set_ground(canvas, NULL, 0xffffff);
    assert_true(canvas_draw(canvas, NULL, 0));
    assert_only(canvas, &(struct layout_rect){0, 0, 160, 160}, 235);
    canvas_destroy(canvas);
}

static void refuses_sizes(void **state)
{
    (void)state;
    struct canvas *canvas = NULL;
    static const unsigned sizes[][2] = {{1281, 720}, {1280, 721}, {0, 0}, {16384, 16384}};
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(canvas_create(sizes[i][0], sizes[i][1], &canvas), -EINVAL);
    assert_null(canvas);
    canvas_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(step_by_step_equals_at_once),
        cmocka_unit_test(only_what_changed_is_drawn),
        cmocka_unit_test(holds_a_picture_until_the_next_draw),
        cmocka_unit_test(a_picture_is_shown_whole),
        cmocka_unit_test(a_picture_that_fills_is_cut_in_the_middle),
        cmocka_unit_test(colours_come_out_right),
        cmocka_unit_test(who_talks_is_framed),
        cmocka_unit_test(names_and_logo_stand_in_their_corners),
        cmocka_unit_test(the_ground_covers_the_canvas),
        cmocka_unit_test(refuses_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
