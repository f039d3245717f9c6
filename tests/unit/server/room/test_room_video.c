/* test_room_video.c - how a room's pictures are composed: ranges, words, text, for the engine.
 */
#include "server/room/room_video.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct room_video odd = {
    .enabled = false,
    .width = 322,
    .height = 182,
    .fps = 5,
    .bitrate_kbps = 64,
    .layout = {.kind = LAYOUT_CUSTOM,
               .custom_count = 2,
               .custom = {{{0, 0, 10000, 10000}, LAYOUT_TALKER},
                          {{7525, 7500, 2475, 2500}, LAYOUT_ANYONE}}},
    .own_view = true,
    .fill = true,
    .ground = 0xfe00ab,
    .background = "B\xc3\xa4r 1.png",
    .logo = "logo.webp",
};

static void sizes_have_words(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        unsigned width, height;
    } all[] = {
        {"360p", 640, 360},  {"480p", 854, 480},    {"540p", 960, 540},
        {"720p", 1280, 720}, {"1080p", 1920, 1080},
    };
    unsigned width = 1, height = 2;
    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        assert_int_equal(room_video_size_parse(all[i].word, &width, &height), 0);
        assert_int_equal(width, all[i].width);
        assert_int_equal(height, all[i].height);
        assert_string_equal(room_video_size_word(width, height), all[i].word);
        assert_true(room_video_size_is_valid(width, height));
    }
    assert_int_equal(room_video_size_parse("720", &width, &height), -EINVAL);
    assert_int_equal(width, 1920);
    assert_null(room_video_size_word(1280, 722));
}

static void sizes_have_limits(void **state)
{
    (void)state;
    assert_true(room_video_size_is_valid(320, 180));
    assert_true(room_video_size_is_valid(1080, 1080));
    assert_false(room_video_size_is_valid(318, 180));
    assert_false(room_video_size_is_valid(320, 178));
    assert_false(room_video_size_is_valid(1922, 1080));
    assert_false(room_video_size_is_valid(1920, 1082));
    assert_false(room_video_size_is_valid(641, 360));
    assert_false(room_video_size_is_valid(640, 361));
}

static void colours_are_read_and_written(void **state)
{
    (void)state;
    uint32_t colour = 7;
    char text[ROOM_VIDEO_COLOUR_BYTES];
    assert_int_equal(room_video_colour_parse("#00Ff7a", &colour), 0);
    assert_int_equal(colour, 0x00ff7a);
    room_video_colour_write(colour, text);
    assert_string_equal(text, "#00ff7a");
    static const char *const wrong[] = {"", "#", "00ff7a", "#00ff7", "#00ff7aa", "#00ff7g"};
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(room_video_colour_parse(wrong[i], &colour), -EINVAL);
    assert_int_equal(colour, 0x00ff7a);
}

static void what_is_out_of_range_is_not_valid(void **state)
{
    (void)state;
    assert_true(room_video_is_valid(&ROOM_VIDEO_DEFAULT));
    assert_true(room_video_is_valid(&odd));
    struct room_video video = ROOM_VIDEO_DEFAULT;
#define assert_range(field, least, most)                                                       \
    do {                                                                                       \
        unsigned before = video.field;                                                         \
        video.field = (least);                                                                 \
        assert_true(room_video_is_valid(&video));                                              \
        video.field = (least)-1;                                                               \
        assert_false(room_video_is_valid(&video));                                             \
        video.field = (most);                                                                  \
        assert_true(room_video_is_valid(&video));                                              \
        video.field = (most) + 1;                                                              \
        assert_false(room_video_is_valid(&video));                                             \
        video.field = before;                                                                  \
    } while (0)
    assert_range(fps, 5, 30);
    assert_range(bitrate_kbps, 64, 8000);
    video.width = 641;
    assert_false(room_video_is_valid(&video));
    video = ROOM_VIDEO_DEFAULT;
    video.ground = 0x1000000;
    assert_false(room_video_is_valid(&video));
    video = ROOM_VIDEO_DEFAULT;
    strcpy(video.logo, "../x.png");
    assert_false(room_video_is_valid(&video));
    video = odd;
    video.layout.custom[1].rect.width = 2476;
    assert_false(room_video_is_valid(&video));
}

static void what_differs_is_not_equal(void **state)
{
    (void)state;
    assert_true(room_video_equal(&odd, &odd));
    assert_false(room_video_equal(&odd, &ROOM_VIDEO_DEFAULT));
    struct room_video video = odd;
    video.layout.custom[1].rect.y -= 1;
    assert_false(room_video_equal(&odd, &video));
    video = odd;
    video.layout.custom[0].role = LAYOUT_PRESENTER;
    assert_false(room_video_equal(&odd, &video));
    video = odd;
    video.layout.custom_count = 1;
    assert_false(room_video_equal(&odd, &video));
    video = odd;
    video.logo[0] = 'L';
    assert_false(room_video_equal(&odd, &video));
    video = ROOM_VIDEO_DEFAULT;
    video.layout.custom_count = 3; /* of no meaning here */
    assert_true(room_video_equal(&ROOM_VIDEO_DEFAULT, &video));
}

static void text_says_all_of_it(void **state)
{
    (void)state;
    char text[ROOM_VIDEO_TEXT_BYTES];
    struct room_video read = ROOM_VIDEO_DEFAULT;
    room_video_write(&odd, text);
    assert_int_equal(room_video_read(text, &read), 0);
    assert_true(room_video_equal(&read, &odd));
    room_video_write(&ROOM_VIDEO_DEFAULT, text);
    assert_int_equal(room_video_read(text, &read), 0);
    assert_true(room_video_equal(&read, &ROOM_VIDEO_DEFAULT));
}

static void the_longest_text_fits(void **state)
{
    (void)state;
    struct room_video longest = odd, read = ROOM_VIDEO_DEFAULT;
    longest.width = 1920;
    longest.height = 1080;
    longest.fps = 30;
    longest.bitrate_kbps = 8000;
    memset(longest.background, 'b', ROOM_VIDEO_IMAGE_BYTES - 1);
    memset(longest.logo, 'l', ROOM_VIDEO_IMAGE_BYTES - 1);
    longest.layout.custom_count = LAYOUT_MAX_CUSTOM;
    for (unsigned i = 0; i < LAYOUT_MAX_CUSTOM; i++)
        longest.layout.custom[i] =
            (struct layout_tile){{5000, 5000, 5000, 5000}, LAYOUT_PRESENTER};
    char text[ROOM_VIDEO_TEXT_BYTES];
    room_video_write(&longest, text);
    assert_true(strlen(text) < sizeof(text) - 1);
    assert_int_equal(room_video_read(text, &read), 0);
    assert_true(room_video_equal(&read, &longest));
}

static void a_wrong_line_leaves_what_there_was(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "fps 4\n",
        "fps 31\n",
        "fps\n",
        "fps x\n",
        "fps -5\n",
        "fps 5 \n",
        "fps 4294967301\n",
        "enabled 2\n",
        "enabled true\n",
        "size 640\n",
        "size 640x361\n",
        "size 640x360x1\n",
        "size x360\n",
        "bitrate_kbps 9\n",
        "ground black\n",
        "logo a/b\n",
        "logo .x\n",
        "layout sing\n",
        "surprise 1\n",
        "\n",
        "names 1\n\n",
    };
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct room_video read = ROOM_VIDEO_DEFAULT;
        assert_int_equal(room_video_read(wrong[i], &read), 1);
        assert_true(room_video_equal(&read, &ROOM_VIDEO_DEFAULT));
    }
    char text[400];
    snprintf(text, sizeof(text), "logo %0300d\nfps 7", 1);
    struct room_video read = ROOM_VIDEO_DEFAULT;
    assert_int_equal(room_video_read(text, &read), 1);
    assert_int_equal(read.fps, 7);
    assert_string_equal(read.logo, "");
}

static void a_layout_is_taken_whole_or_not(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned wrong;
    } all[] = {
        {"layout custom\n", 1}, /* no tiles */
        {"layout custom\ntile 0 0 5000 5000 anyone\ntile 0 0 5000\n", 1},
        {"tile 0 0 10001 5000 anyone\nlayout custom\n", 1},
        {"layout custom\ntile 0 0 5000 5000 nobody\n", 1},
        {"layout custom\ntile 9000 0 5000 5000 anyone\n", 1}, /* beyond the canvas */
        {"tile 0 0 5000 5000 anyone\n", 0},                   /* without a layout: nothing */
    };
    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct room_video read = ROOM_VIDEO_DEFAULT;
        assert_int_equal(room_video_read(all[i].text, &read), all[i].wrong);
        assert_true(room_video_equal(&read, &ROOM_VIDEO_DEFAULT));
    }
    struct room_video read = ROOM_VIDEO_DEFAULT;
    assert_int_equal(room_video_read("fps 99\nlayout one_five\n", &read), 1);
    assert_int_equal(read.layout.kind, LAYOUT_ONE_FIVE);
    char many[1024] = "layout custom\n";
    for (unsigned i = 0; i <= LAYOUT_MAX_CUSTOM; i++)
        strcat(many, "tile 0 0 5000 5000 anyone\n");
    assert_int_equal(room_video_read(many, &read), 1);
    assert_int_equal(read.layout.kind, LAYOUT_ONE_FIVE);
}

/* Whatever a row says, what is read is valid. */
static void noise_is_read(void **state)
{
    (void)state;
    static const char *const words[] = {"fps", "size", "tile", "layout", "custom", "ground",
                                        " ",   "\n",   "0",    "720",    "5000",   "x",
                                        "#",   "grid", "logo", "names",  "anyone"};
    srand(4);
    for (unsigned round = 0; round < 20000; round++) {
        char text[256] = "";
        for (int i = rand() % 30; i > 0; i--)
            strcat(text, words[(unsigned)rand() % (sizeof(words) / sizeof(words[0]))]);
        struct room_video read = ROOM_VIDEO_DEFAULT;
        room_video_read(text, &read);
        assert_true(room_video_is_valid(&read));
    }
}

static void the_engine_gets_bits_and_paths(void **state)
{
    (void)state;
    struct video_room_settings settings = room_video_to_engine(&odd, "/images");
    assert_int_equal(settings.width, 322);
    assert_int_equal(settings.height, 182);
    assert_int_equal(settings.fps, 5);
    assert_int_equal(settings.bitrate_bps, 64000);
    assert_int_equal(settings.layout.custom_count, 2);
    assert_true(settings.own_view && settings.fill);
    assert_false(settings.names || settings.frame_talker);
    assert_int_equal(settings.ground, 0xfe00ab);
    assert_string_equal(settings.background, "/images/B\xc3\xa4r 1.png");
    assert_string_equal(settings.logo, "/images/logo.webp");
    settings = room_video_to_engine(&odd, NULL);
    assert_string_equal(settings.background, "");
    char deep[VIDEO_PATH_BYTES];
    memset(deep, 'd', sizeof(deep) - 1);
    deep[sizeof(deep) - 1] = '\0';
    settings = room_video_to_engine(&odd, deep);
    assert_string_equal(settings.logo, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_have_words),
        cmocka_unit_test(sizes_have_limits),
        cmocka_unit_test(colours_are_read_and_written),
        cmocka_unit_test(what_is_out_of_range_is_not_valid),
        cmocka_unit_test(what_differs_is_not_equal),
        cmocka_unit_test(text_says_all_of_it),
        cmocka_unit_test(the_longest_text_fits),
        cmocka_unit_test(a_wrong_line_leaves_what_there_was),
        cmocka_unit_test(a_layout_is_taken_whole_or_not),
        cmocka_unit_test(noise_is_read),
        cmocka_unit_test(the_engine_gets_bits_and_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
