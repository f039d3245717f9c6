/* test_api_video.c - how pictures are composed, out of a body and into an answer. */
#include "api/api_video.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct room_video video;
static struct api_answer answer;

/* Reads a body over what `video` is; the pointers of all errors, or "". */
static const char *change(const char *text)
{
    static char wrong[1024];
    json_t *body = json_loads(text, 0, NULL);
    assert_non_null(body);
    api_answer_finish(&answer);
    memset(&answer, 0, sizeof(answer));
    struct room_video changed = video;
    bool good = api_video_change(body, &ROOM_VIDEO_DEFAULT, &changed, &answer);
    if (good) {
        video = changed;
        assert_true(room_video_is_valid(&video));
    }
    assert_null(answer.within);
    wrong[0] = '\0';
    size_t index;
    json_t *error;
    json_array_foreach(json_object_get(answer.json, "errors"), index, error)
    {
        strcat(wrong, json_string_value(json_object_get(error, "field")));
        strcat(wrong, " ");
    }
    assert_int_equal(good, !wrong[0]);
    json_decref(body);
    return wrong;
}

static int begin(void **state)
{
    (void)state;
    video = ROOM_VIDEO_DEFAULT;
    return 0;
}

static int end(void **state)
{
    (void)state;
    api_answer_finish(&answer);
    return 0;
}

static void what_is_not_named_stays(void **state)
{
    (void)state;
    assert_string_equal(change("{}"), "");
    assert_true(room_video_equal(&video, &ROOM_VIDEO_DEFAULT));
    assert_string_equal(
        change("{\"fps\":5,\"size\":\"360p\",\"logo\":\"l.png\",\"fill\":true}"), "");
    assert_int_equal(video.fps, 5);
    assert_int_equal(video.width, 640);
    assert_int_equal(video.height, 360);
    assert_string_equal(video.logo, "l.png");
    assert_true(video.fill && video.names);
    assert_string_equal(change("{\"size\":{\"width\":320,\"height\":1080},\"fps\":null,"
                               "\"logo\":null,\"fill\":null,\"ground\":\"#0000fF\"}"),
                        "");
    assert_int_equal(video.width, 320);
    assert_int_equal(video.height, 1080);
    assert_int_equal(video.ground, 0xff);
    assert_string_equal(change("{\"size\":null,\"ground\":null,\"layout\":null}"), "");
    assert_true(room_video_equal(&video, &ROOM_VIDEO_DEFAULT));
}

/* 100 / 3 and the like are no whole numbers of binary fractions. */
static void per_cent_has_two_decimals(void **state)
{
    (void)state;
    for (unsigned units = 0; units <= LAYOUT_UNITS; units++) {
        char text[160];
        snprintf(text, sizeof(text),
                 "{\"layout\":{\"tiles\":[{\"x\":%u.%02u,\"y\":0,\"width\":0.01,"
                 "\"height\":100}]}}",
                 units / 100, units % 100);
        bool fits = units < LAYOUT_UNITS; /* the tile is as wide as one */
        assert_string_equal(change(text), fits ? "" : "/video/layout ");
        if (fits)
            assert_int_equal(video.layout.custom[0].rect.x, units);
    }
    assert_int_equal(video.layout.custom[0].rect.width, 1);
    assert_int_equal(video.layout.custom[0].rect.height, LAYOUT_UNITS);
    assert_string_equal(change("{\"layout\":{\"tiles\":[{\"x\":33.333,\"y\":0.004,\"width\":5,"
                               "\"height\":5}]}}"),
                        "/video/layout/tiles/0/x ");
}

static void tiles_have_roles(void **state)
{
    (void)state;
    assert_string_equal(
        change("{\"layout\":{\"tiles\":["
               "{\"x\":0,\"y\":0,\"width\":100,\"height\":100,\"role\":\"talker\"},"
               "{\"x\":75,\"y\":75.5,\"width\":25,\"height\":24.5,\"role\":\"presenter\"},"
               "{\"x\":0,\"y\":0,\"width\":10,\"height\":10}]}}"),
        "");
    assert_int_equal(video.layout.kind, LAYOUT_CUSTOM);
    assert_int_equal(video.layout.custom_count, 3);
    assert_int_equal(video.layout.custom[0].role, LAYOUT_TALKER);
    assert_int_equal(video.layout.custom[1].role, LAYOUT_PRESENTER);
    assert_int_equal(video.layout.custom[1].rect.y, 7550);
    assert_int_equal(video.layout.custom[2].role, LAYOUT_ANYONE);
    assert_string_equal(change("{\"layout\":\"grid\"}"), "");
    assert_int_equal(video.layout.kind, LAYOUT_GRID);
}

static void all_that_is_wrong_is_named(void **state)
{
    (void)state;
    assert_string_equal(change("{\"fps\":1,\"size\":\"x\",\"layout\":\"custom\",\"cost\":1}"),
                        "/video/fps /video/cost /video/size /video/layout ");
    assert_string_equal(change("{\"size\":{\"width\":640}}"), "/video/size/height ");
    assert_string_equal(change("{\"layout\":{\"tiles\":[1,{\"x\":0,\"y\":0,\"width\":1,"
                               "\"height\":1,\"a/b\":1}],\"more\":1}}"),
                        "/video/layout/more ");
    assert_string_equal(change("{\"layout\":{\"tiles\":[1,{\"x\":0,\"y\":0,\"width\":1,"
                               "\"height\":1,\"a/b\":1}]}}"),
                        "/video/layout/tiles/0 /video/layout/tiles/1/a~1b ");
    assert_true(room_video_equal(&video, &ROOM_VIDEO_DEFAULT));
}

/* What is shown can be set, and is then the same. */
static void what_is_shown_can_be_set(void **state)
{
    (void)state;
    assert_string_equal(change("{\"size\":{\"width\":400,\"height\":402},\"names\":false,"
                               "\"layout\":{\"tiles\":[{\"x\":33.33,\"y\":66.67,\"width\":0.07,"
                               "\"height\":12.34,\"role\":\"presenter\"}]}}"),
                        "");
    struct room_video before = video;
    json_t *shown = api_video_show(&video);
    assert_non_null(shown);
    char *text = json_dumps(shown, 0);
    json_decref(shown);
    video = ROOM_VIDEO_DEFAULT;
    assert_string_equal(change(text), "");
    assert_true(room_video_equal(&video, &before));
    free(text);
    shown = api_video_show(&ROOM_VIDEO_DEFAULT);
    assert_string_equal(json_string_value(json_object_get(shown, "size")), "720p");
    assert_string_equal(json_string_value(json_object_get(shown, "layout")), "auto");
    json_decref(shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_not_named_stays, begin, end),
        cmocka_unit_test_setup_teardown(per_cent_has_two_decimals, begin, end),
        cmocka_unit_test_setup_teardown(tiles_have_roles, begin, end),
        cmocka_unit_test_setup_teardown(all_that_is_wrong_is_named, begin, end),
        cmocka_unit_test_setup_teardown(what_is_shown_can_be_set, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
