/* room_scene.c - who stands where, and what that looks like. */
#include "server/video/room_scene.h"

#include "mixer/video/layout_cast.h"
#include "mixer/video/scale.h"
#include "server/video/room_stage.h"

#include <stdlib.h>
#include <string.h>

enum {
    GLIDE_STEPS = 8,    /* frames that a move takes                          */
    LARGE_PERCENT = 40, /* of the width: a tile so large has its name large */
};

struct room_scene *room_scene_create(const struct room_stage *room,
                                     const struct room_member *viewer)
{
    struct room_scene *scene = calloc(1, sizeof(*scene));
    if (!scene)
        return NULL;
    scene->viewer = viewer;
    scene->width = room->settings.width;
    scene->height = room->settings.height;
    if (canvas_create(scene->width, scene->height, &scene->canvas) < 0) {
        free(scene);
        return NULL;
    }
    room_scene_set_ground(scene, room);
    return scene;
}

void room_scene_destroy(struct room_scene *scene)
{
    if (!scene)
        return;
    for (unsigned i = 0; i < ROOM_SCENE_COPIES; i++)
        picture_release(&scene->copy[i].picture);
    canvas_destroy(scene->canvas);
    free(scene);
}

void room_scene_set_ground(struct room_scene *scene, const struct room_stage *room)
{
    canvas_set_ground(scene->canvas, room->background, room->settings.ground);
    canvas_set_logo(scene->canvas, room->logo, CANVAS_TOP_RIGHT);
}

/* ---- who ---- */

/* Those who may be shown here, as the layout wants to know them. */
struct company {
    unsigned count;
    bool presents;
    struct room_member **member;
    struct layout_member *wish;
};

static bool may_be_shown(const struct room_member *member, const struct room_member *viewer)
{
    const bool is_own = viewer && (member == viewer || member->beside == viewer);
    const bool is_there = !member->look.slides || member->sends;
    return !member->look.hidden && !is_own && is_there;
}

/* Beside his slides his camera is only who he is. */
static bool presents(const struct room_member *member)
{
    const struct room_member *beside = member->beside;
    const bool has_slides =
        beside && beside->look.slides && !beside->look.hidden && beside->sends;
    return member->look.presents && !has_slides;
}

static bool gather(const struct room_scene *scene, const struct room_stage *room,
                   struct company *company)
{
    *company = (struct company){0};
    if (!room->member_count)
        return true;
    company->member = malloc(room->member_count * sizeof(company->member[0]));
    company->wish = malloc(room->member_count * sizeof(company->wish[0]));
    if (!company->member || !company->wish)
        return false;
    for (struct room_member *member = room->members; member; member = member->next) {
        if (!may_be_shown(member, scene->viewer))
            continue;
        company->wish[company->count] = (struct layout_member){.joined = member->look.joined,
                                                               .talked = member->talked,
                                                               .talks = member == room->talker,
                                                               .has_picture = member->sends,
                                                               .presents = presents(member),
                                                               .pinned = member->look.pinned};
        company->presents = company->presents || presents(member);
        company->member[company->count++] = member;
    }
    return true;
}

static int place_of(const struct company *company, const struct room_member *member)
{
    for (unsigned i = 0; i < company->count; i++) {
        if (company->member[i] == member)
            return (int)i;
    }
    return LAYOUT_NOBODY;
}

static const struct scene_tile *tile_of(const struct scene_tile *tiles, unsigned count,
                                        const struct room_member *member)
{
    for (unsigned i = 0; i < count; i++) {
        if (tiles[i].member == member)
            return &tiles[i];
    }
    return NULL;
}

static struct layout_rect rect_now(const struct scene_tile *tile)
{
    return layout_glide(&tile->from, &tile->to, tile->step, GLIDE_STEPS);
}

/* Who was seen before glides to its new place; who was not stands there at once. */
static void take_places(struct room_scene *scene, const struct company *company,
                        const struct layout_tile *places, const int *cast, unsigned count)
{
    struct scene_tile before[LAYOUT_MAX_TILES];
    const unsigned before_count = scene->tile_count;
    memcpy(before, scene->tile, sizeof(before));
    scene->tile_count = 0;
    for (unsigned i = 0; i < count; i++) {
        if (cast[i] == LAYOUT_NOBODY)
            continue;
        struct scene_tile *tile = &scene->tile[scene->tile_count++];
        struct room_member *member = company->member[cast[i]];
        const struct scene_tile *old = tile_of(before, before_count, member);
        if (old && memcmp(&old->to, &places[i].rect, sizeof(old->to)) == 0) {
            *tile = *old;
            continue;
        }
        *tile = (struct scene_tile){.member = member,
                                    .from = old ? rect_now(old) : places[i].rect,
                                    .to = places[i].rect,
                                    .step = old ? 0 : GLIDE_STEPS};
    }
}

void room_scene_cast(struct room_scene *scene, const struct room_stage *room)
{
    struct company company;
    struct layout_tile places[LAYOUT_MAX_TILES];
    int before[LAYOUT_MAX_TILES], cast[LAYOUT_MAX_TILES];
    if (gather(scene, room, &company)) {
        const struct layout_wish wish = {.width = scene->width,
                                         .height = scene->height,
                                         .count = company.count,
                                         .presents = company.presents};
        const unsigned count = layout_place(&room->settings.layout, &wish, places);
        for (unsigned i = 0; i < count; i++)
            before[i] = i < scene->tile_count ? place_of(&company, scene->tile[i].member)
                                              : LAYOUT_NOBODY;
        layout_cast(places, count, company.wish, company.count, before, cast);
        scene->kind = layout_resolve(&room->settings.layout, &wish);
        take_places(scene, &company, places, cast, count);
    }
    free(company.member);
    free(company.wish);
}

void room_scene_forget(struct room_scene *scene, const struct room_member *member)
{
    for (unsigned i = 0; i < scene->tile_count; i++) {
        if (scene->tile[i].member != member)
            continue;
        scene->tile_count--;
        memmove(&scene->tile[i], &scene->tile[i + 1],
                (scene->tile_count - i) * sizeof(scene->tile[0]));
        return;
    }
}

/* ---- what that looks like ---- */

static struct canvas_tile look_of(const struct room_scene *scene, const struct room_stage *room,
                                  const struct scene_tile *tile)
{
    const struct room_member *member = tile->member;
    const struct video_face *face = member->face;
    const bool is_large = tile->to.width * 100 >= scene->width * LARGE_PERCENT;
    struct canvas_tile out = {
        .rect = rect_now(tile), .picture = member->picture, .fill = room->settings.fill};
    out.framed =
        room->settings.frame_talker && member == room->talker && room->member_count > 1;
    if (!face)
        return out;
    if (!out.picture)
        out.picture = face->avatar;
    if (room->settings.names) {
        out.name = is_large ? face->name : face->name_small;
        out.name_serial = 2 * face->serial + is_large;
    }
    return out;
}

bool room_scene_draw(struct room_scene *scene, const struct room_stage *room, uint64_t frame)
{
    struct canvas_tile tiles[LAYOUT_MAX_TILES];
    for (unsigned i = 0; i < scene->tile_count; i++) {
        struct scene_tile *tile = &scene->tile[i];
        if (tile->step < GLIDE_STEPS)
            tile->step++;
        tiles[i] = look_of(scene, room, tile);
    }
    const bool changed = canvas_draw(scene->canvas, tiles, scene->tile_count);
    if (changed)
        scene->changed_frame = frame;
    return changed;
}

/* ---- copies ---- */

static struct scene_copy *copy_at(struct room_scene *scene, unsigned width, unsigned height)
{
    struct scene_copy *oldest = &scene->copy[0];
    for (unsigned i = 0; i < ROOM_SCENE_COPIES; i++) {
        struct scene_copy *copy = &scene->copy[i];
        if (copy->picture && copy->picture->width == width && copy->picture->height == height)
            return copy;
        if (!copy->picture || (oldest->picture && copy->frame < oldest->frame))
            oldest = copy;
    }
    picture_release(&oldest->picture);
    oldest->frame = 0;
    return picture_create(width, height, &oldest->picture) < 0 ? NULL : oldest;
}

const struct picture *room_scene_picture(struct room_scene *scene, unsigned width,
                                         unsigned height, uint64_t frame)
{
    const struct picture *whole = canvas_picture(scene->canvas);
    if (width == scene->width && height == scene->height)
        return whole;
    struct scene_copy *copy = copy_at(scene, width, height);
    if (!copy)
        return NULL;
    if (copy->frame != frame) {
        scale_picture(whole, copy->picture);
        copy->frame = frame;
    }
    return copy->picture;
}
