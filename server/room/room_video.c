/* room_video.c - sizes, colours, and a line of text for each setting. */
#include "server/room/room_video.h"

#include "server/room/room.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 192 };

const struct room_video ROOM_VIDEO_DEFAULT = {
    .enabled = true,
    .width = 1280,
    .height = 720,
    .fps = 30,
    .bitrate_kbps = 2000,
    .layout = {.kind = LAYOUT_AUTO},
    .names = true,
    .frame_talker = true,
    .ground = 0x15181c,
};

static const struct size {
    const char *word;
    unsigned width, height;
} sizes[] = {
    {"360p", 640, 360},  {"480p", 854, 480},    {"540p", 960, 540},
    {"720p", 1280, 720}, {"1080p", 1920, 1080},
};
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

int room_video_size_parse(const char *word, unsigned *width, unsigned *height)
{
    for (unsigned i = 0; i < SIZES; i++) {
        if (strcmp(word, sizes[i].word) != 0)
            continue;
        *width = sizes[i].width;
        *height = sizes[i].height;
        return 0;
    }
    return -EINVAL;
}

const char *room_video_size_word(unsigned width, unsigned height)
{
    for (unsigned i = 0; i < SIZES; i++) {
        if (sizes[i].width == width && sizes[i].height == height)
            return sizes[i].word;
    }
    return NULL;
}

bool room_video_size_is_valid(unsigned width, unsigned height)
{
    return width >= ROOM_VIDEO_LEAST_WIDTH && width <= ROOM_VIDEO_MAX_WIDTH &&
           height >= ROOM_VIDEO_LEAST_HEIGHT && height <= ROOM_VIDEO_MAX_HEIGHT &&
           width % 2 == 0 && height % 2 == 0;
}

int room_video_colour_parse(const char *text, uint32_t *colour)
{
    if (text[0] != '#' || strspn(text + 1, "0123456789abcdefABCDEF") != 6 || text[7])
        return -EINVAL;
    *colour = (uint32_t)strtoul(text + 1, NULL, 16);
    return 0;
}

void room_video_colour_write(uint32_t colour, char out[ROOM_VIDEO_COLOUR_BYTES])
{
    snprintf(out, ROOM_VIDEO_COLOUR_BYTES, "#%06x", colour & 0xffffff);
}

bool room_video_is_valid(const struct room_video *video)
{
    const char *why;
    return room_video_size_is_valid(video->width, video->height) &&
           video->fps >= VIDEO_LEAST_FPS && video->fps <= VIDEO_MAX_FPS &&
           video->bitrate_kbps >= ROOM_VIDEO_LEAST_KBPS &&
           video->bitrate_kbps <= ROOM_VIDEO_MAX_KBPS && video->ground <= 0xffffff &&
           room_sound_is_valid(video->background) && room_sound_is_valid(video->logo) &&
           layout_check(&video->layout, &why) == 0;
}

static bool same_tile(const struct layout_tile *one, const struct layout_tile *other)
{
    return one->rect.x == other->rect.x && one->rect.y == other->rect.y &&
           one->rect.width == other->rect.width && one->rect.height == other->rect.height &&
           one->role == other->role;
}

static bool same_layout(const struct layout *one, const struct layout *other)
{
    bool same = one->kind == other->kind;
    if (!same || one->kind != LAYOUT_CUSTOM)
        return same;
    same = one->custom_count == other->custom_count;
    for (unsigned i = 0; same && i < one->custom_count; i++)
        same = same_tile(&one->custom[i], &other->custom[i]);
    return same;
}

bool room_video_equal(const struct room_video *one, const struct room_video *other)
{
    return one->enabled == other->enabled && one->width == other->width &&
           one->height == other->height && one->fps == other->fps &&
           one->bitrate_kbps == other->bitrate_kbps &&
           same_layout(&one->layout, &other->layout) && one->own_view == other->own_view &&
           one->names == other->names && one->frame_talker == other->frame_talker &&
           one->fill == other->fill && one->ground == other->ground &&
           strcmp(one->background, other->background) == 0 &&
           strcmp(one->logo, other->logo) == 0;
}

/* ---- as text ---- */

static_assert(ROOM_VIDEO_TEXT_BYTES > 256 + 2 * (ROOM_VIDEO_IMAGE_BYTES + 12) +
                                          LAYOUT_MAX_CUSTOM * (5 + 4 * 6 + 10 + 1),
              "every setting, the longest names and all tiles must fit");

static void write_tiles(const struct layout *layout, char *out, size_t room)
{
    size_t used = 0;
    for (unsigned i = 0; i < layout->custom_count; i++) {
        const struct layout_tile *tile = &layout->custom[i];
        used += (size_t)snprintf(out + used, room - used, "tile %u %u %u %u %s\n", tile->rect.x,
                                 tile->rect.y, tile->rect.width, tile->rect.height,
                                 layout_role_word(tile->role));
    }
}

void room_video_write(const struct room_video *video, char out[ROOM_VIDEO_TEXT_BYTES])
{
    int used =
        snprintf(out, ROOM_VIDEO_TEXT_BYTES,
                 "enabled %d\nsize %ux%u\nfps %u\nbitrate_kbps %u\nown_view %d\nnames %d\n"
                 "frame_talker %d\nfill %d\nground #%06x\nbackground %s\nlogo %s\nlayout %s\n",
                 video->enabled, video->width, video->height, video->fps, video->bitrate_kbps,
                 video->own_view, video->names, video->frame_talker, video->fill, video->ground,
                 video->background, video->logo, layout_kind_word(video->layout.kind));
    if (video->layout.kind == LAYOUT_CUSTOM)
        write_tiles(&video->layout, out + used, ROOM_VIDEO_TEXT_BYTES - (size_t)used);
}

/* Decimal digits, up to @p end, and not above @p most. */
static bool read_number(const char **at, char end, unsigned most, unsigned *number)
{
    size_t length = strspn(*at, "0123456789");
    if (!length || length > 6 || (*at)[length] != end)
        return false;
    unsigned long value = strtoul(*at, NULL, 10);
    if (value > most)
        return false;
    *number = (unsigned)value;
    *at += length + (end != '\0');
    return true;
}

static bool read_flag(const char *value, bool *flag)
{
    unsigned number;
    if (!read_number(&value, '\0', 1, &number))
        return false;
    *flag = number != 0;
    return true;
}

static bool read_within(const char *value, unsigned least, unsigned most, unsigned *out)
{
    unsigned number;
    if (!read_number(&value, '\0', most, &number) || number < least)
        return false;
    *out = number;
    return true;
}

static bool read_size(const char *value, struct room_video *video)
{
    unsigned width, height;
    if (!read_number(&value, 'x', ROOM_VIDEO_MAX_WIDTH, &width) ||
        !read_number(&value, '\0', ROOM_VIDEO_MAX_HEIGHT, &height) ||
        !room_video_size_is_valid(width, height))
        return false;
    video->width = width;
    video->height = height;
    return true;
}

static bool read_image(const char *value, char out[ROOM_VIDEO_IMAGE_BYTES])
{
    if (!room_sound_is_valid(value))
        return false;
    memcpy(out, value, strlen(value) + 1);
    return true;
}

static bool read_tile(const char *value, struct layout *layout)
{
    struct layout_tile tile;
    if (layout->custom_count == LAYOUT_MAX_CUSTOM ||
        !read_number(&value, ' ', LAYOUT_UNITS, &tile.rect.x) ||
        !read_number(&value, ' ', LAYOUT_UNITS, &tile.rect.y) ||
        !read_number(&value, ' ', LAYOUT_UNITS, &tile.rect.width) ||
        !read_number(&value, ' ', LAYOUT_UNITS, &tile.rect.height) ||
        layout_role_parse(value, &tile.role) < 0)
        return false;
    layout->custom[layout->custom_count++] = tile;
    return true;
}

/* The layout is collected apart, and only taken as a whole. */
struct reading {
    struct room_video *video;
    struct layout layout;
    bool has_layout, has_wrong_tile;
};

static bool read_layout(const char *name, const char *value, struct reading *reading)
{
    if (strcmp(name, "layout") == 0) {
        reading->has_layout = layout_kind_parse(value, &reading->layout.kind) == 0;
        return reading->has_layout;
    }
    if (strcmp(name, "tile") != 0)
        return false;
    bool good = read_tile(value, &reading->layout);
    reading->has_wrong_tile = reading->has_wrong_tile || !good;
    return good;
}

static bool read_setting(const char *name, const char *value, struct reading *reading)
{
    struct room_video *video = reading->video;
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {
        {"enabled", &video->enabled},
        {"own_view", &video->own_view},
        {"names", &video->names},
        {"fill", &video->fill},
        {"frame_talker", &video->frame_talker},
    };
    for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (strcmp(name, flags[i].name) == 0)
            return read_flag(value, flags[i].flag);
    }
    if (strcmp(name, "size") == 0)
        return read_size(value, video);
    if (strcmp(name, "fps") == 0)
        return read_within(value, VIDEO_LEAST_FPS, VIDEO_MAX_FPS, &video->fps);
    if (strcmp(name, "bitrate_kbps") == 0)
        return read_within(value, ROOM_VIDEO_LEAST_KBPS, ROOM_VIDEO_MAX_KBPS,
                           &video->bitrate_kbps);
    if (strcmp(name, "ground") == 0)
        return room_video_colour_parse(value, &video->ground) == 0;
    if (strcmp(name, "background") == 0)
        return read_image(value, video->background);
    if (strcmp(name, "logo") == 0)
        return read_image(value, video->logo);
    return read_layout(name, value, reading);
}

static bool read_line(char *line, struct reading *reading)
{
    char *space = strchr(line, ' ');
    if (!space)
        return false;
    *space = '\0';
    return read_setting(line, space + 1, reading);
}

unsigned room_video_read(const char *text, struct room_video *video)
{
    struct reading reading = {.video = video};
    unsigned wrong = 0;
    while (*text) {
        char line[LINE_BYTES];
        size_t length = strcspn(text, "\n");
        snprintf(line, sizeof(line), "%.*s", (int)(length < LINE_BYTES ? length : LINE_BYTES),
                 text);
        wrong += length >= sizeof(line) || !read_line(line, &reading);
        text += length + (text[length] == '\n');
    }
    const char *why;
    if (!reading.has_layout || reading.has_wrong_tile)
        return wrong;
    if (layout_check(&reading.layout, &why) < 0)
        return wrong + 1;
    video->layout = reading.layout;
    return wrong;
}

/* ---- for the engine ---- */

static void path_of(const char *directory, const char *name, char out[VIDEO_PATH_BYTES])
{
    out[0] = '\0';
    if (directory && name[0] &&
        snprintf(out, VIDEO_PATH_BYTES, "%s/%s", directory, name) >= VIDEO_PATH_BYTES)
        out[0] =
            '\0'; /* main.c has checked the directory: this is a very long name of a file */
}

struct video_room_settings room_video_to_engine(const struct room_video *video,
                                                const char *images_directory)
{
    struct video_room_settings settings = {
        .width = video->width,
        .height = video->height,
        .fps = video->fps,
        .bitrate_bps = video->bitrate_kbps * 1000,
        .layout = video->layout,
        .own_view = video->own_view,
        .names = video->names,
        .frame_talker = video->frame_talker,
        .fill = video->fill,
        .ground = video->ground,
    };
    path_of(images_directory, video->background, settings.background);
    path_of(images_directory, video->logo, settings.logo);
    return settings;
}
