/* test_api_settings.c - a room's settings out of a body. */
#include "api/api_settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct room_settings defaults = {
    .max_participants = 5,
    .loudest = 4,
    .level_voices = true,
    .pin_tries = 2,
    .pin_timeout_s = 20,
    .music = "jazz.flac",
    .menu = {.count = 1, .entry = {{"*1", MENU_MUTE}}},
    .language = "en",
    .video = {.width = 640, .height = 360, .fps = 20, .bitrate_kbps = 500}};
static struct room_settings settings;
static struct loop *loop;
static struct room_list *rooms; /* with these defaults, and empty */
static struct api_answer answer;
static enum api_role role = API_ADMIN; /* who changes */

/* Reads a body over what `settings` are; the pointers of all errors, or "". */
static const char *change(const char *text, bool is_new)
{
    static char wrong[256];
    static json_t *body; /* texts are borrowed from it */
    const char *name;
    json_decref(body);
    body = json_loads(text, 0, NULL);
    assert_non_null(body);
    api_answer_finish(&answer);
    memset(&answer, 0, sizeof(answer));
    if (is_new)
        settings = defaults;
    bool good = is_new ? api_settings_new(body, rooms, &name, &settings, &answer)
                       : api_settings_change(body, rooms, &settings, role, &answer);
    if (good && is_new)
        assert_string_equal(name, "a");
    wrong[0] = '\0';
    size_t index;
    json_t *error;
    json_array_foreach(json_object_get(answer.json, "errors"), index, error)
    {
        strcat(wrong, json_string_value(json_object_get(error, "field")));
        strcat(wrong, " ");
    }
    assert_int_equal(good, !wrong[0]);
    return wrong;
}

static const char *menu(void)
{
    static char text[MENU_TEXT_BYTES];
    menu_write(&settings.menu, text);
    return text;
}

static void what_is_not_given_is_the_default_or_stays(void **state)
{
    (void)state;
    assert_string_equal(change("{\"name\":\"a\"}", true), "");
    assert_int_equal(memcmp(&settings, &defaults, sizeof(settings)), 0);
    assert_string_equal(change("{\"name\":\"a\",\"loudest\":9,\"pin\":\"1234\","
                               "\"level_voices\":false,\"music\":\"\"}",
                               true),
                        "");
    assert_int_equal(settings.loudest, 9);
    assert_string_equal(settings.pin, ""); /* its hash is put in later */
    snprintf(settings.pin, sizeof(settings.pin), "a hash");
    assert_string_equal(change("{\"pin_tries\":7}", false), "");
    assert_string_equal(settings.pin, "a hash");
    assert_int_equal(settings.loudest, 9);
    assert_int_equal(settings.pin_tries, 7);
    assert_string_equal(settings.music, "");
    assert_string_equal(change("{\"loudest\":null,\"level_voices\":null,\"music\":null,"
                               "\"pin\":null,\"pin_tries\":null}",
                               false),
                        "");
    assert_int_equal(settings.loudest, 4);
    assert_int_equal(settings.pin_tries, 2);
    assert_true(settings.level_voices);
    assert_string_equal(settings.music, "jazz.flac");
    assert_string_equal(settings.pin, "");
}

static void a_menu_is_merged_key_by_key(void **state)
{
    (void)state;
    assert_string_equal(change("{\"name\":\"a\",\"menu\":{\"*2\":\"help\"}}", true), "");
    assert_string_equal(menu(), "{\"*2\":\"help\"}");
    assert_string_equal(change("{\"menu\":{\"*3\":\"mute\",\"*2\":\"lock\"}}", false), "");
    assert_string_equal(menu(), "{\"*2\":\"lock\",\"*3\":\"mute\"}");
    /* what is removed is out of the way, wherever in the body it stands */
    assert_string_equal(
        change("{\"menu\":{\"*\":\"help\",\"*2\":null,\"*3\":null,\"*9\":null}}", false), "");
    assert_string_equal(menu(), "{\"*\":\"help\"}");
    assert_string_equal(change("{\"menu\":null}", false), "");
    assert_string_equal(menu(), "{}");
    assert_string_equal(change("{\"name\":\"a\",\"menu\":null}", true), "");
    assert_string_equal(menu(), "{}");
}

static void video_is_merged_field_by_field(void **state)
{
    (void)state;
    assert_string_equal(change("{\"name\":\"a\",\"video\":{\"fps\":7}}", true), "");
    assert_int_equal(settings.video.fps, 7);
    assert_int_equal(settings.video.width, 640); /* as configured */
    assert_string_equal(change("{\"video\":{\"names\":true}}", false), "");
    assert_int_equal(settings.video.fps, 7);
    assert_true(settings.video.names);
    assert_string_equal(change("{\"video\":null}", false), "");
    assert_true(room_video_equal(&settings.video, &defaults.video));
    assert_string_equal(change("{\"video\":{\"fps\":1},\"menu\":{\"x\":\"mute\"}}", false),
                        "/menu/x /video/fps ");
}

static void each_wrong_field_is_named(void **state)
{
    (void)state;
    settings = defaults;
    assert_string_equal(change("{\"name\":\"b\"}", false), "/name ");
    assert_string_equal(change("{\"pin\":\"12\",\"music\":\"a/b\",\"loudest\":33}", false),
                        "/pin /music /loudest ");
    assert_string_equal(change("{\"has_pin\":true}", false), "/has_pin ");
    assert_string_equal(
        change("{\"menu\":{\"*1\":\"sing\",\"*2\":5,\"x\":\"mute\",\"*\":\"mute\"}}", false),
        "/menu/*1 /menu/*2 /menu/x /menu/* ");
    api_answer_finish(&answer);
}

static void what_was_set_is_shown_and_taken_again(void **state)
{
    (void)state;
    static const char set[] =
        "{\"name\":\"a\",\"display_name\":\"Blue\",\"number\":\"4711\",\"locked\":true,"
        "\"max_participants\":9,\"join_tone\":\"leave\",\"opens_at\":\"2026-01-02T03:04:05."
        "678Z\",\"at_end\":\"hang_up\",\"dial_at_start\":[\"sip:bob@example.com\"],"
        "\"who_may_chat\":\"nobody\",\"codecs\":[\"PCMA\"],\"menu\":{\"*2\":\"help\"}}";
    assert_string_equal(change(set, true), "");
    assert_true(settings.opens_ns == 1767323045678000000);
    assert_int_equal(settings.at_end, ROOM_AT_END_HANG_UP);
    assert_int_equal(settings.may_chat, ROOM_RIGHT_NOBODY);
    snprintf(settings.moderator_pin, sizeof(settings.moderator_pin), "a hash");
    json_t *given = json_loads(set, 0, NULL), *shown = api_settings_show(&settings), *value;
    const char *name;
    json_object_foreach(given, name, value)
    {
        if (strcmp(name, "name") != 0)
            assert_true(json_equal(json_object_get(shown, name), value));
    }
    assert_true(json_is_false(json_object_get(shown, "has_pin")));
    assert_true(json_is_true(json_object_get(shown, "has_moderator_pin")));
    assert_null(json_object_get(shown, "moderator_pin"));
    assert_true(json_is_null(json_object_get(shown, "closes_at")));
    json_decref(given);
    json_decref(shown);
    assert_string_equal(
        change("{\"opens_at\":null,\"dial_at_start\":null,\"number\":\"\"}", false), "");
    assert_true(settings.opens_ns == 0);
    assert_string_equal(settings.dial_at_start, "");
    assert_string_equal(change("{\"opens_at\":\"2030-01-01T00:00:00Z\","
                               "\"closes_at\":\"2029-01-01T00:00:00Z\"}",
                               false),
                        "/closes_at ");
}

static void limits_pins_and_encryption_are_the_administrators(void **state)
{
    (void)state;
    settings = defaults;
    role = API_MODERATOR;
    const char *wrong = change("{\"locked\": true, \"pin\": \"4711\", \"srtp\": null,"
                               " \"max_participants\": 9, \"moderator_pin\": \"\","
                               " \"pin_tries\": 3, \"pin_timeout_s\": 9}",
                               false);
    assert_string_equal(wrong, "/max_participants /pin /moderator_pin /pin_tries"
                               " /pin_timeout_s /srtp ");
    assert_int_equal(answer.status, 403);
    wrong = change("{\"number\": \"123\", \"max_waiting\": 1, \"opens_at\": null,"
                   " \"closes_at\": null, \"max_duration_s\": 9, \"at_end\": null,"
                   " \"codecs\": null}",
                   false);
    assert_string_equal(wrong, "/number /codecs /max_waiting /opens_at /closes_at"
                               " /max_duration_s /at_end ");
    settings = defaults;
    assert_string_equal(change("{\"locked\": true, \"loudest\": 2}", false), "");
    assert_true(settings.locked);
    role = API_ADMIN;
    assert_string_equal(change("{\"max_participants\": 9}", false), "");
}

static int set_up(void **state)
{
    (void)state;
    loop = loop_create();
    assert_non_null(loop);
    return room_list_create(
        &(struct room_list_config){
            .loop = loop, .media_workers = 1, .max_rooms = 1, .defaults = defaults},
        &rooms);
}

static int tear_down(void **state)
{
    (void)state;
    room_list_destroy(rooms);
    loop_destroy(loop);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_given_is_the_default_or_stays),
        cmocka_unit_test(a_menu_is_merged_key_by_key),
        cmocka_unit_test(video_is_merged_field_by_field),
        cmocka_unit_test(each_wrong_field_is_named),
        cmocka_unit_test(what_was_set_is_shown_and_taken_again),
        cmocka_unit_test(limits_pins_and_encryption_are_the_administrators),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
