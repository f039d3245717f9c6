/* api_video.c - a table of fields, and sizes and layouts, which are words or objects. */
#include "api/api_video.h"

#include "api/api_body.h"
#include "server/room/room.h"

#include <stdio.h>
#include <string.h>

enum {
    ENABLED,
    SIZE,
    FPS,
    BITRATE,
    LAYOUT,
    OWN_VIEW,
    NAMES,
    FRAME_TALKER,
    FILL,
    GROUND,
    BACKGROUND,
    LOGO,
    COST,
    NOW,
    FIELDS
};

enum { COLOUR_LENGTH = ROOM_VIDEO_COLOUR_BYTES - 1, TILE_POINTER_BYTES = 40 };

static bool is_colour(const char *text)
{
    uint32_t colour;
    return room_video_colour_parse(text, &colour) == 0;
}

#define FLAG(name)                                                                             \
    {                                                                                          \
        name, API_BOOL, .has_default = true                                                    \
    }
#define NUMBER(name, from, to)                                                                 \
    {                                                                                          \
        name, API_INTEGER, .least = (from), .most = (to), .has_default = true                  \
    }
#define IMAGE(name)                                                                            \
    {                                                                                          \
        name, API_TEXT, .most = ROOM_VIDEO_IMAGE_BYTES - 1, .has_default = true,               \
                        .is_valid = room_sound_is_valid,                                       \
                        .allowed = "the name of a file, without slashes and not beginning "    \
                                   "with a dot"                                                \
    }

static const struct api_field fields[FIELDS] = {
    [ENABLED] = FLAG("enabled"),
    [SIZE] = {"size", API_ANY, .has_default = true},
    [FPS] = NUMBER("fps", VIDEO_LEAST_FPS, VIDEO_MAX_FPS),
    [BITRATE] = NUMBER("bitrate_kbps", ROOM_VIDEO_LEAST_KBPS, ROOM_VIDEO_MAX_KBPS),
    [LAYOUT] = {"layout", API_ANY, .has_default = true},
    [OWN_VIEW] = FLAG("own_view"),
    [NAMES] = FLAG("names"),
    [FRAME_TALKER] = FLAG("frame_talker"),
    [FILL] = FLAG("fill"),
    [GROUND] = {"ground", API_TEXT, .least = COLOUR_LENGTH, .most = COLOUR_LENGTH,
                .has_default = true, .is_valid = is_colour, .allowed = "a colour, as #15181c"},
    [BACKGROUND] = IMAGE("background"),
    [LOGO] = IMAGE("logo"),
    [COST] = {"cost", API_ANY, .is_read_only = true},
    [NOW] = {"now", API_ANY, .is_read_only = true},
};

static void take_flag(const struct api_value *value, bool initial, bool *out)
{
    if (value->is_given)
        *out = value->is_null ? initial : value->flag;
}

static void take_number(const struct api_value *value, unsigned initial, unsigned *out)
{
    if (value->is_given)
        *out = value->is_null ? initial : (unsigned)value->integer;
}

static void take_image(const struct api_value *value, const char *initial,
                       char out[ROOM_VIDEO_IMAGE_BYTES])
{
    if (value->is_given)
        snprintf(out, ROOM_VIDEO_IMAGE_BYTES, "%s", value->is_null ? initial : value->text);
}

static void take_values(const struct api_value *values, const struct room_video *defaults,
                        struct room_video *video)
{
    take_flag(&values[ENABLED], defaults->enabled, &video->enabled);
    take_number(&values[FPS], defaults->fps, &video->fps);
    take_number(&values[BITRATE], defaults->bitrate_kbps, &video->bitrate_kbps);
    take_flag(&values[OWN_VIEW], defaults->own_view, &video->own_view);
    take_flag(&values[NAMES], defaults->names, &video->names);
    take_flag(&values[FRAME_TALKER], defaults->frame_talker, &video->frame_talker);
    take_flag(&values[FILL], defaults->fill, &video->fill);
    take_image(&values[BACKGROUND], defaults->background, video->background);
    take_image(&values[LOGO], defaults->logo, video->logo);
    if (values[GROUND].is_null)
        video->ground = defaults->ground;
    else if (values[GROUND].is_given)
        room_video_colour_parse(values[GROUND].text, &video->ground);
}

/* ---- size ---- */

static bool read_size_object(const json_t *json, struct room_video *video,
                             struct api_answer *answer)
{
    enum { WIDTH, HEIGHT, SIZE_FIELDS };
    static const struct api_field size_fields[SIZE_FIELDS] = {
        [WIDTH] = {"width", API_INTEGER, .least = ROOM_VIDEO_LEAST_WIDTH,
                   .most = ROOM_VIDEO_MAX_WIDTH, .is_required = true},
        [HEIGHT] = {"height", API_INTEGER, .least = ROOM_VIDEO_LEAST_HEIGHT,
                    .most = ROOM_VIDEO_MAX_HEIGHT, .is_required = true},
    };
    struct api_value values[SIZE_FIELDS];
    answer->within = "/video/size";
    bool good = api_body_read(json, size_fields, SIZE_FIELDS, API_BODY_NEW, values, answer);
    for (unsigned i = 0; good && i < SIZE_FIELDS; i++) {
        good = values[i].integer % 2 == 0;
        if (!good)
            api_problem_field(answer, i == WIDTH ? "/width" : "/height", "has to be even");
    }
    answer->within = "/video";
    if (good) {
        video->width = (unsigned)values[WIDTH].integer;
        video->height = (unsigned)values[HEIGHT].integer;
    }
    return good;
}

static bool take_size(const struct api_value *value, const struct room_video *defaults,
                      struct room_video *video, struct api_answer *answer)
{
    if (value->is_null) {
        video->width = defaults->width;
        video->height = defaults->height;
    }
    if (!value->json)
        return true;
    if (json_is_object(value->json))
        return read_size_object(value->json, video, answer);
    const char *word = json_string_value(value->json);
    if (word && room_video_size_parse(word, &video->width, &video->height) == 0)
        return true;
    api_problem_field(
        answer, "/size",
        "has to be one of \"360p\", \"480p\", \"540p\", \"720p\", \"1080p\", or an "
        "object with width and height");
    return false;
}

/* ---- layout ---- */

/* Per cent with two decimals, as units. */
static bool read_units(const struct api_value *value, const char *pointer, const char *name,
                       unsigned *units, struct api_answer *answer)
{
    double scaled = value->number * (LAYOUT_UNITS / 100);
    *units = (unsigned)(scaled + 0.5);
    double off = scaled - *units;
    if (off < 1e-6 && off > -1e-6)
        return true;
    char whole[TILE_POINTER_BYTES + 16];
    snprintf(whole, sizeof(whole), "%s/%s", pointer, name);
    api_problem_field(answer, whole, "has more than two decimals");
    return false;
}

static bool read_tile(const json_t *json, const char *pointer, struct layout_tile *tile,
                      struct api_answer *answer)
{
    enum { X, Y, WIDTH, HEIGHT, ROLE, TILE_FIELDS };
    static const struct api_field tile_fields[TILE_FIELDS] = {
        [X] = {"x", API_NUMBER, .most = 100, .is_required = true},
        [Y] = {"y", API_NUMBER, .most = 100, .is_required = true},
        [WIDTH] = {"width", API_NUMBER, .most = 100, .is_required = true},
        [HEIGHT] = {"height", API_NUMBER, .most = 100, .is_required = true},
        [ROLE] = {"role", API_WORD, .words = {"anyone", "talker", "presenter"}},
    };
    struct api_value values[TILE_FIELDS];
    if (!json_is_object(json)) {
        api_problem_field(answer, pointer, "has to be an object");
        return false;
    }
    char within[TILE_POINTER_BYTES + 8];
    snprintf(within, sizeof(within), "/video%s", pointer);
    answer->within = within;
    bool good = api_body_read(json, tile_fields, TILE_FIELDS, API_BODY_NEW, values, answer);
    answer->within = "/video";
    unsigned *const out[] = {&tile->rect.x, &tile->rect.y, &tile->rect.width,
                             &tile->rect.height};
    for (unsigned i = 0; good && i < ROLE; i++)
        good = read_units(&values[i], pointer, tile_fields[i].name, out[i], answer);
    tile->role = LAYOUT_ANYONE;
    if (good && values[ROLE].text)
        layout_role_parse(values[ROLE].text, &tile->role); /* the table has checked it */
    return good;
}

static bool read_tiles(const json_t *tiles, struct layout *layout, struct api_answer *answer)
{
    size_t count = json_array_size(tiles);
    if (!json_is_array(tiles) || !count || count > LAYOUT_MAX_CUSTOM) {
        api_problem_field(answer, "/layout/tiles", "has to be a list of 1 to %d tiles",
                          LAYOUT_MAX_CUSTOM);
        return false;
    }
    bool good = true;
    *layout = (struct layout){.kind = LAYOUT_CUSTOM, .custom_count = (unsigned)count};
    for (size_t i = 0; i < count; i++) {
        char pointer[TILE_POINTER_BYTES];
        snprintf(pointer, sizeof(pointer), "/layout/tiles/%zu", i);
        good &= read_tile(json_array_get(tiles, i), pointer, &layout->custom[i], answer);
    }
    const char *why = NULL;
    if (good && layout_check(layout, &why) < 0) {
        api_problem_field(answer, "/layout", "cannot be: %s", why);
        return false;
    }
    return good;
}

static bool read_layout_object(const json_t *json, struct layout *layout,
                               struct api_answer *answer)
{
    static const struct api_field tiles_field = {"tiles", API_ANY, .is_required = true};
    struct api_value value;
    answer->within = "/video/layout";
    bool good = api_body_read(json, &tiles_field, 1, API_BODY_NEW, &value, answer);
    answer->within = "/video";
    return good && read_tiles(value.json, layout, answer);
}

static bool take_layout(const struct api_value *value, const struct room_video *defaults,
                        struct room_video *video, struct api_answer *answer)
{
    if (value->is_null)
        video->layout = defaults->layout;
    if (!value->json)
        return true;
    if (json_is_object(value->json))
        return read_layout_object(value->json, &video->layout, answer);
    const char *word = json_string_value(value->json);
    enum layout_kind kind;
    if (word && layout_kind_parse(word, &kind) == 0 && kind != LAYOUT_CUSTOM) {
        video->layout = (struct layout){.kind = kind};
        return true;
    }
    api_problem_field(
        answer, "/layout",
        "has to be one of auto, grid, speaker, one_five, one_seven, one_nine, side_by_side, "
        "picture_in_picture, presentation, spotlight, or an object with tiles");
    return false;
}

bool api_video_change(const json_t *body, const struct room_video *defaults,
                      struct room_video *video, struct api_answer *answer)
{
    struct api_value values[FIELDS];
    answer->within = "/video";
    bool good = api_body_read(body, fields, FIELDS, API_BODY_PATCH, values, answer);
    if (good)
        take_values(values, defaults, video);
    good = take_size(&values[SIZE], defaults, video, answer) && good;
    good = take_layout(&values[LAYOUT], defaults, video, answer) && good;
    answer->within = NULL;
    return good;
}

/* ---- shown ---- */

static json_t *show_size(const struct room_video *video)
{
    const char *word = room_video_size_word(video->width, video->height);
    if (word)
        return json_string(word);
    return json_pack("{s:i, s:i}", "width", (int)video->width, "height", (int)video->height);
}

static json_t *show_units(unsigned units)
{
    return json_real(units / (LAYOUT_UNITS / 100.0));
}

static json_t *show_layout(const struct layout *layout)
{
    if (layout->kind != LAYOUT_CUSTOM)
        return json_string(layout_kind_word(layout->kind));
    json_t *tiles = json_array();
    for (unsigned i = 0; i < layout->custom_count; i++) {
        const struct layout_tile *tile = &layout->custom[i];
        json_array_append_new(
            tiles,
            json_pack("{s:o, s:o, s:o, s:o, s:s}", "x", show_units(tile->rect.x), "y",
                      show_units(tile->rect.y), "width", show_units(tile->rect.width), "height",
                      show_units(tile->rect.height), "role", layout_role_word(tile->role)));
    }
    return json_pack("{s:o}", "tiles", tiles);
}

json_t *api_video_show(const struct room_video *video)
{
    char ground[ROOM_VIDEO_COLOUR_BYTES];
    room_video_colour_write(video->ground, ground);
    return json_pack("{s:b, s:o, s:i, s:i, s:o, s:b, s:b, s:b, s:b, s:s, s:s, s:s}", "enabled",
                     video->enabled, "size", show_size(video), "fps", (int)video->fps,
                     "bitrate_kbps", (int)video->bitrate_kbps, "layout",
                     show_layout(&video->layout), "own_view", video->own_view, "names",
                     video->names, "frame_talker", video->frame_talker, "fill", video->fill,
                     "ground", ground, "background", video->background, "logo", video->logo);
}
