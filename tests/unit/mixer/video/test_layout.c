/* test_layout.c - every kind on canvases of many shapes: even, inside, apart; and the known
 * ones to the pixel. */
#include "mixer/video/layout.h"
#include "tests/unit/mixer/signal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const unsigned canvases[][2] = {{1280, 720},  {640, 360},   {1920, 1080}, {854, 480},
                                       {720, 1280},  {1080, 1920}, {480, 480},   {640, 480},
                                       {2560, 1080}, {848, 480},   {128, 128},   {4096, 256}};
enum { CANVASES = sizeof(canvases) / sizeof(canvases[0]) };

static struct layout_tile tiles[LAYOUT_MAX_TILES];

static unsigned place(enum layout_kind kind, unsigned width, unsigned height, unsigned count,
                      bool presents)
{
    const struct layout layout = {.kind = kind};
    const struct layout_wish wish = {width, height, count, presents};
    return layout_place(&layout, &wish, tiles);
}

static void assert_rect(unsigned tile, unsigned x, unsigned y, unsigned width, unsigned height)
{
    const struct layout_rect *rect = &tiles[tile].rect;
    assert_int_equal(rect->x, x);
    assert_int_equal(rect->y, y);
    assert_int_equal(rect->width, width);
    assert_int_equal(rect->height, height);
}

static bool overlap(const struct layout_rect *a, const struct layout_rect *b)
{
    return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
           b->y < a->y + a->height;
}

static void check_all(enum layout_kind kind, unsigned width, unsigned height, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const struct layout_rect *rect = &tiles[i].rect;
        assert_int_equal((rect->x | rect->y | rect->width | rect->height) % 2, 0);
        assert_true(rect->width >= 2 && rect->height >= 2);
        assert_true(rect->x + rect->width <= width && rect->y + rect->height <= height);
        for (unsigned k = 0; k < i && kind != LAYOUT_PICTURE_IN_PICTURE; k++)
            assert_false(overlap(rect, &tiles[k].rect));
    }
}

static void all_are_even_inside_and_apart(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (unsigned round = 0; round < CANVASES + 300; round++) {
        const bool known = round < CANVASES;
        const unsigned width = known ? canvases[round][0] : 128 + signal_random(&seed) % 2000;
        const unsigned height = known ? canvases[round][1] : 128 + signal_random(&seed) % 2000;
        for (unsigned kind = 0; kind < LAYOUT_CUSTOM; kind++) {
            for (unsigned count = 0; count < 60; count++) {
                const unsigned placed = place(kind, width, height, count, count % 2);
                assert_true(placed <= count && placed <= LAYOUT_MAX_TILES);
                assert_int_equal(placed == 0, count == 0);
                check_all(kind, width, height, placed);
            }
        }
    }
}

static void one_fills_the_canvas(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < LAYOUT_CUSTOM; kind++) {
        for (unsigned i = 0; i < CANVASES; i++) {
            assert_int_equal(place(kind, canvases[i][0], canvases[i][1], 1, false), 1);
            assert_rect(0, 0, 0, canvases[i][0], canvases[i][1]);
        }
    }
    place(LAYOUT_GRID, 641, 361, 1, false);
    assert_rect(0, 0, 0, 640, 360);
}

static void grids_of_the_usual_canvas(void **state)
{
    (void)state;
    assert_int_equal(place(LAYOUT_GRID, 1280, 720, 2, false), 2);
    assert_rect(0, 0, 180, 640, 360);
    assert_rect(1, 640, 180, 640, 360);
    assert_int_equal(place(LAYOUT_GRID, 1280, 720, 3, false), 3);
    assert_rect(0, 0, 0, 640, 360);
    assert_rect(1, 640, 0, 640, 360);
    assert_rect(2, 320, 360, 640, 360);
    assert_int_equal(place(LAYOUT_GRID, 1280, 720, 4, false), 4);
    assert_rect(3, 640, 360, 640, 360);
    assert_int_equal(place(LAYOUT_GRID, 1280, 720, 9, false), 9);
    assert_rect(0, 0, 0, 426, 240);
    assert_rect(4, 426, 240, 428, 240);
    assert_rect(8, 854, 480, 426, 240);
    assert_int_equal(place(LAYOUT_GRID, 1280, 720, 16, false), 16);
    assert_rect(15, 960, 540, 320, 180);
    assert_int_equal(place(LAYOUT_GRID, 1280, 720, 77, false), 49);
    assert_int_equal(place(LAYOUT_GRID, 720, 1280, 2, false),
                     2); /* upright: one below the other */
    assert_true(tiles[0].rect.x == tiles[1].rect.x && tiles[0].rect.width == 720);
    place(LAYOUT_GRID, 848, 480, 2, false); /* nearly the usual shape */
    assert_int_equal(tiles[0].rect.y, tiles[1].rect.y);
}

/* The largest tile of 16:9 that any number of columns gives, tried one by one. */
static double largest(unsigned width, unsigned height, unsigned count)
{
    double best = 0;
    for (unsigned columns = 1; columns <= count; columns++) {
        const unsigned rows = (count + columns - 1) / columns;
        const double w = (double)width / columns, h = (double)height / rows;
        const double unit = w / 16 < h / 9 ? w / 16 : h / 9;
        best = unit > best ? unit : best;
    }
    return best;
}

static void grids_are_as_large_as_can_be(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CANVASES; i++) {
        const unsigned width = canvases[i][0], height = canvases[i][1];
        for (unsigned count = 2; count <= LAYOUT_MAX_TILES; count++) {
            place(LAYOUT_GRID, width, height, count, false);
            const double best = largest(width, height, count);
            for (unsigned k = 0; k < count; k++) {
                const struct layout_rect *rect = &tiles[k].rect;
                assert_true(rect->width >= best * 16 * 31 / 32 - 2);
                assert_true(rect->height >= best * 9 * 31 / 32 - 2);
                assert_true(rect->width <= best * 16 + 2 && rect->height <= best * 9 + 2);
            }
        }
    }
}

static void the_last_row_is_in_the_middle(void **state)
{
    (void)state;
    for (unsigned count = 2; count <= LAYOUT_MAX_TILES; count++) {
        place(LAYOUT_GRID, 1280, 720, count, false);
        unsigned first = count - 1;
        while (first && tiles[first - 1].rect.y == tiles[count - 1].rect.y)
            first--;
        const unsigned right = 1280 - tiles[count - 1].rect.x - tiles[count - 1].rect.width;
        assert_in_range(tiles[first].rect.x + 6 - right, 0, 12);
        assert_in_range(tiles[0].rect.y + 4 -
                            (720 - tiles[count - 1].rect.y - tiles[count - 1].rect.height),
                        0, 8);
    }
}

static void speakers_have_a_strip_below(void **state)
{
    (void)state;
    assert_int_equal(place(LAYOUT_SPEAKER, 1280, 720, 25, false), 6);
    assert_rect(0, 128, 0, 1024, 576);
    assert_rect(1, 0, 576, 256, 144);
    assert_rect(5, 1024, 576, 256, 144);
    assert_int_equal(tiles[0].role, LAYOUT_TALKER);
    assert_int_equal(tiles[1].role, LAYOUT_ANYONE);
    assert_int_equal(place(LAYOUT_SPEAKER, 1280, 720, 3, false), 3);
    assert_rect(1, 384, 576, 256, 144);
    assert_rect(2, 640, 576, 256, 144);
    assert_int_equal(place(LAYOUT_SPEAKER, 720, 1280, 9, false), 4); /* upright */
    assert_rect(3, 480, 1144, 240, 136);
}

static void the_classic_ones(void **state)
{
    (void)state;
    static const struct {
        enum layout_kind kind;
        unsigned side;
    } classic[] = {{LAYOUT_ONE_FIVE, 3}, {LAYOUT_ONE_SEVEN, 4}, {LAYOUT_ONE_NINE, 5}};
    for (unsigned i = 0; i < 3; i++) {
        const unsigned side = classic[i].side, width = 64 * side, height = 36 * side;
        assert_int_equal(place(classic[i].kind, width, height, 30, false), 2 * side);
        assert_rect(0, 0, 0, width - 64, height - 36);
        assert_int_equal(tiles[0].role, LAYOUT_TALKER);
        for (unsigned k = 1; k < side; k++)
            assert_rect(k, width - 64, 36 * (k - 1), 64, 36);
        for (unsigned k = side; k < 2 * side; k++)
            assert_rect(k, 64 * (k - side), height - 36, 64, 36);
        assert_int_equal(place(classic[i].kind, width, height, 3, false), 3);
        assert_rect(0, 0, 0, width - 64, height - 36);
    }
}

static void the_other_kinds(void **state)
{
    (void)state;
    assert_int_equal(place(LAYOUT_SIDE_BY_SIDE, 1280, 720, 5, false), 2);
    assert_rect(0, 0, 0, 640, 720);
    assert_rect(1, 640, 0, 640, 720);
    assert_int_equal(tiles[0].role, LAYOUT_ANYONE);
    assert_int_equal(place(LAYOUT_SIDE_BY_SIDE, 720, 1280, 5, false), 2);
    assert_rect(1, 0, 640, 720, 640);
    assert_int_equal(place(LAYOUT_PICTURE_IN_PICTURE, 1280, 720, 5, false), 2);
    assert_rect(0, 0, 0, 1280, 720);
    assert_rect(1, 942, 522, 320, 180);
    assert_int_equal(tiles[0].role, LAYOUT_TALKER);
    assert_int_equal(place(LAYOUT_PRESENTATION, 1280, 720, 9, true), 6);
    assert_rect(0, 0, 0, 1024, 720);
    assert_rect(1, 1024, 0, 256, 144);
    assert_rect(5, 1024, 576, 256, 144);
    assert_int_equal(tiles[0].role, LAYOUT_PRESENTER);
    assert_int_equal(place(LAYOUT_PRESENTATION, 1280, 720, 2, true), 2);
    assert_rect(1, 1024, 288, 256, 144);
    assert_int_equal(place(LAYOUT_SPOTLIGHT, 1280, 720, 9, false), 1);
    assert_rect(0, 0, 0, 1280, 720);
    assert_int_equal(tiles[0].role, LAYOUT_TALKER);
}

static enum layout_kind resolved(unsigned count, bool presents)
{
    const struct layout layout = {.kind = LAYOUT_AUTO};
    const struct layout_wish wish = {1280, 720, count, presents};
    return layout_resolve(&layout, &wish);
}

static void auto_stands_for_another(void **state)
{
    (void)state;
    assert_int_equal(resolved(1, false), LAYOUT_GRID);
    assert_int_equal(resolved(9, false), LAYOUT_GRID);
    assert_int_equal(resolved(10, false), LAYOUT_SPEAKER);
    assert_int_equal(resolved(3, true), LAYOUT_PRESENTATION);
    assert_int_equal(resolved(30, true), LAYOUT_PRESENTATION);
    assert_int_equal(place(LAYOUT_AUTO, 1280, 720, 9, false), 9);
    assert_int_equal(place(LAYOUT_AUTO, 1280, 720, 10, false), 6);
    assert_int_equal(place(LAYOUT_AUTO, 1280, 720, 1, true), 1);
    assert_int_equal(tiles[0].role, LAYOUT_PRESENTER);
}

/* --- custom ------------------------------------------------------------------------------- */

static void custom_tiles_are_scaled(void **state)
{
    (void)state;
    const struct layout layout = {
        .kind = LAYOUT_CUSTOM,
        .custom_count = 3,
        .custom = {{{0, 0, 10000, 10000}, LAYOUT_PRESENTER},
                   {{7500, 7500, 2500, 2500}, LAYOUT_TALKER},
                   {{3333, 0, 1, 1}, LAYOUT_ANYONE}},
    };
    struct layout_wish wish = {1280, 720, 9, false};
    assert_int_equal(layout_place(&layout, &wish, tiles), 3);
    assert_rect(0, 0, 0, 1280, 720);
    assert_rect(1, 960, 540, 320, 180);
    assert_rect(2, 426, 0, 2, 2);
    assert_int_equal(tiles[0].role, LAYOUT_PRESENTER);
    assert_int_equal(tiles[1].role, LAYOUT_TALKER);
    wish.count = 2;
    assert_int_equal(layout_place(&layout, &wish, tiles), 2);
    wish.count = 0;
    assert_int_equal(layout_place(&layout, &wish, tiles), 0);
}

static void custom_tiles_meet_and_stay_inside(void **state)
{
    (void)state;
    uint32_t seed = 5;
    for (unsigned round = 0; round < 3000; round++) {
        struct layout layout = {.kind = LAYOUT_CUSTOM, .custom_count = 2};
        const unsigned cut = 1 + signal_random(&seed) % 9998;
        layout.custom[0].rect = (struct layout_rect){0, 0, cut, 10000};
        layout.custom[1].rect = (struct layout_rect){cut, 0, 10000 - cut, 10000};
        const unsigned width = 128 + signal_random(&seed) % 3000;
        const struct layout_wish wish = {width, 300, 2, false};
        assert_int_equal(layout_place(&layout, &wish, tiles), 2);
        const unsigned middle = tiles[1].rect.x;
        assert_in_range(tiles[0].rect.width, middle ? middle : 2, middle + 2);
        assert_int_equal(middle + tiles[1].rect.width, width & ~1U);
        /* what no check has seen is clipped */
        layout.custom[0].rect =
            (struct layout_rect){signal_random(&seed), signal_random(&seed),
                                 signal_random(&seed), signal_random(&seed)};
        layout_place(&layout, &wish, tiles);
        check_all(LAYOUT_PICTURE_IN_PICTURE, width, 300, 2);
    }
}

static const char *complaint(struct layout layout)
{
    const char *why = NULL;
    const int error = layout_check(&layout, &why);
    assert_int_equal(error, why ? -EINVAL : 0);
    return why;
}

static void says_what_is_wrong(void **state)
{
    (void)state;
    struct layout good = {.kind = LAYOUT_CUSTOM, .custom_count = 25};
    for (unsigned i = 0; i < 25; i++) /* all over each other: allowed */
        good.custom[i].rect = (struct layout_rect){i, 0, 10000 - i, 10000};
    assert_null(complaint(good));
    assert_null(complaint((struct layout){.kind = LAYOUT_GRID, .custom_count = 99}));
    assert_non_null(complaint((struct layout){.kind = LAYOUT_KINDS}));
    assert_non_null(complaint((struct layout){.kind = LAYOUT_CUSTOM}));
    struct layout bad = good;
    bad.custom_count = 26;
    assert_non_null(strstr(complaint(bad), "at most 25"));
    bad = good;
    bad.custom[24].rect.width++;
    assert_non_null(strstr(complaint(bad), "tiles[24]: reaches beyond"));
    bad = good;
    bad.custom[3].rect.height = ~0U;
    assert_non_null(strstr(complaint(bad), "tiles[3]: reaches beyond"));
    bad = good;
    bad.custom[7].rect.y = ~0U;
    assert_non_null(strstr(complaint(bad), "tiles[7]: reaches beyond"));
    bad = good;
    bad.custom[11].rect.height = 0;
    assert_non_null(strstr(complaint(bad), "tiles[11]: width and height"));
    bad = good;
    bad.custom[2].role = 9;
    assert_non_null(strstr(complaint(bad), "tiles[2]: no such role"));
}

/* --- glide ----------------------------------------------------------------------------------
 */

static bool goes_towards(unsigned before, unsigned now, unsigned end)
{
    return before <= end ? before <= now && now <= end : before >= now && now >= end;
}

static void a_glide_is_even_exact_and_never_turns_back(void **state)
{
    (void)state;
    uint32_t seed = 9;
    for (unsigned round = 0; round < 2000; round++) {
        struct layout_rect ends[2];
        for (unsigned i = 0; i < 2; i++) {
            ends[i].x = signal_random(&seed) % 2000 * 2;
            ends[i].y = signal_random(&seed) % 2000 * 2;
            ends[i].width = 2 + signal_random(&seed) % 2000 * 2;
            ends[i].height = 2 + signal_random(&seed) % 2000 * 2;
        }
        const unsigned steps = 1 + signal_random(&seed) % 40;
        struct layout_rect before = ends[0];
        for (unsigned step = 0; step <= steps; step++) {
            const struct layout_rect now = layout_glide(&ends[0], &ends[1], step, steps);
            assert_int_equal((now.x | now.y | now.width | now.height) % 2, 0);
            assert_true(now.width >= 2 && now.height >= 2);
            assert_true(goes_towards(before.x, now.x, ends[1].x));
            assert_true(goes_towards(before.y, now.y, ends[1].y));
            assert_true(goes_towards(before.x + before.width, now.x + now.width,
                                     ends[1].x + ends[1].width));
            assert_true(goes_towards(before.y + before.height, now.y + now.height,
                                     ends[1].y + ends[1].height));
            assert_true(step || memcmp(&now, &ends[0], sizeof(now)) == 0);
            before = now;
        }
        assert_memory_equal(&before, &ends[1], sizeof(before));
    }
}

static void a_glide_is_eased(void **state)
{
    (void)state;
    const struct layout_rect from = {0, 0, 100, 100}, to = {1000, 0, 100, 100};
    assert_int_equal(layout_glide(&from, &to, 5, 10).x, 500);
    assert_int_equal(layout_glide(&from, &to, 1, 10).x, 28);
    assert_int_equal(layout_glide(&from, &to, 9, 10).x, 972);
    assert_int_equal(layout_glide(&from, &to, 11, 10).x, 1000);
    assert_int_equal(layout_glide(&from, &to, 0, 0).x, 1000);
    assert_int_equal(layout_glide(&from, &to, 1U << 31, ~0U).x, 500);
}

static void words_go_both_ways(void **state)
{
    (void)state;
    for (unsigned i = 0; i < LAYOUT_KINDS; i++) {
        enum layout_kind kind = LAYOUT_KINDS;
        assert_int_equal(layout_kind_parse(layout_kind_word(i), &kind), 0);
        assert_int_equal(kind, i);
    }
    for (unsigned i = 0; i <= LAYOUT_PRESENTER; i++) {
        enum layout_role role = 9;
        assert_int_equal(layout_role_parse(layout_role_word(i), &role), 0);
        assert_int_equal(role, i);
    }
    enum layout_kind kind;
    enum layout_role role;
    assert_int_equal(layout_kind_parse("Grid", &kind), -EINVAL);
    assert_int_equal(layout_kind_parse("", &kind), -EINVAL);
    assert_int_equal(layout_role_parse("talkers", &role), -EINVAL);
    assert_string_equal(layout_kind_word(LAYOUT_ONE_FIVE), "one_five");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_are_even_inside_and_apart),
        cmocka_unit_test(one_fills_the_canvas),
        cmocka_unit_test(grids_of_the_usual_canvas),
        cmocka_unit_test(grids_are_as_large_as_can_be),
        cmocka_unit_test(the_last_row_is_in_the_middle),
        cmocka_unit_test(speakers_have_a_strip_below),
        cmocka_unit_test(the_classic_ones),
        cmocka_unit_test(the_other_kinds),
        cmocka_unit_test(auto_stands_for_another),
        cmocka_unit_test(custom_tiles_are_scaled),
        cmocka_unit_test(custom_tiles_meet_and_stay_inside),
        cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(a_glide_is_even_exact_and_never_turns_back),
        cmocka_unit_test(a_glide_is_eased),
        cmocka_unit_test(words_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
