/* room_stage.c - one room, one frame: pictures in, pictures out. */
#include "server/video/room_stage.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/file/recorder.h"
#include "server/leg/video_receive.h"
#include "server/leg/video_send.h"

#include <stdlib.h>
#include <string.h>

enum {
    SENDS_MS = 2000,  /* no packet for so long: it sends no more               */
    GONE_MS = 3000,   /* no picture for so long: its avatar stands there       */
    ENDED_MS = 10000, /* the same of slides, which may stand still             */
    CHOOSE_MS = 500,
    RISE_MS = 10000,    /* a better class is tried so often                      */
    HIDDEN_BPS = 64000, /* asked of who is not seen                             */
    LEAST_ASKED_BPS = 128000,
};

/* ---- who is in ---- */

static struct room_scene *shared_scene(struct room_stage *room)
{
    for (struct room_scene *scene = room->scenes; scene; scene = scene->next) {
        if (!scene->viewer)
            return scene;
    }
    return NULL;
}

static struct room_scene *add_scene(struct room_stage *room, const struct room_member *viewer)
{
    struct room_scene *scene = room_scene_create(room, viewer);
    if (!scene)
        return NULL;
    scene->next = room->scenes;
    room->scenes = scene;
    leg_counter_add(&room->counters.canvases, 1);
    return scene;
}

static void drop_scene(struct room_stage *room, struct room_scene *scene)
{
    for (struct room_scene **at = &room->scenes; *at; at = &(*at)->next) {
        if (*at == scene) {
            *at = scene->next;
            break;
        }
    }
    leg_counter_set(&room->counters.canvases, leg_counter_read(&room->counters.canvases) - 1);
    room_scene_destroy(scene);
}

static void drop_unless_used(struct room_stage *room, struct video_class *class)
{
    if (class->leg_count || class->recorder)
        return;
    video_class_drop(&room->classes, class);
    leg_counter_set(&room->counters.classes, leg_counter_read(&room->counters.classes) - 1);
}

static void leave_class(struct room_stage *room, struct video_leg_media *leg)
{
    struct video_class *class = leg->class;
    if (!class)
        return;
    video_class_remove(leg);
    drop_unless_used(room, class);
}

static struct room_scene *make_shared_scene(struct room_stage *room)
{
    struct room_scene *shared = shared_scene(room);
    return shared ? shared : add_scene(room, NULL);
}

/* What it sees: a scene of its own, or everybody's; made when it is needed. */
static void take_scene(struct room_stage *room, struct room_member *member)
{
    if (!member->leg || member->look.slides || member->scene)
        return;
    if (room->settings.own_view) {
        member->scene = add_scene(room, member);
        return;
    }
    member->scene = make_shared_scene(room);
}

static bool is_seen(const struct room_stage *room, const struct room_scene *scene)
{
    bool is_seen = room->recorded_scene == scene;
    for (const struct room_member *member = room->members; member; member = member->next)
        is_seen |= member->scene == scene;
    return is_seen;
}

static void leave_scene(struct room_stage *room, struct room_member *member)
{
    struct room_scene *scene = member->scene;
    member->scene = NULL;
    if (member->leg)
        leave_class(room, member->leg);
    if (scene && !is_seen(room, scene))
        drop_scene(room, scene);
}

bool room_stage_is_idle(const struct room_stage *room)
{
    return !room->leg_count && !room->recorder;
}

/* Two on one transport: the camera speaks for both. */
static void pair(struct room_member *camera, struct room_member *slides)
{
    camera->beside = slides;
    slides->beside = camera;
    if (rtp_socket_share(camera->leg->socket, slides->leg->socket))
        slides->leg->speaker = camera->leg;
}

static void unpair(struct room_member *member)
{
    struct room_member *other = member->beside;
    if (!other)
        return;
    member->leg->speaker = other->leg->speaker = NULL;
    member->beside = other->beside = NULL;
}

/* Who was a voice may still be one for a moment: that is no camera. */
static void find_pair(struct room_stage *room, struct room_member *member)
{
    struct room_member *other = room->members;
    while (other &&
           (!other->leg || other->beside || other->look.person != member->look.person ||
            other->look.slides == member->look.slides))
        other = other->next;
    if (other && member->leg && member->look.person)
        pair(member->look.slides ? other : member, member->look.slides ? member : other);
}

void room_stage_add(struct room_stage *room, struct room_member *member,
                    struct video_step *step)
{
    ASSERT_VIDEO();
    find_pair(room, member);
    member->room = room;
    member->next = NULL;
    member->previous = room->last;
    if (room->last)
        room->last->next = member;
    else
        room->members = member;
    room->last = member;
    room->member_count++;
    room->is_stale = true;
    if (!member->leg)
        return;
    room->leg_count++;
    room->choose_ns = 0;
    video_send_set_most(member->leg, room->settings.bitrate_bps, step->now_ns);
}

void room_stage_remove(struct room_stage *room, struct room_member *member,
                       struct video_step *step)
{
    leave_scene(room, member);
    unpair(member);
    for (struct room_scene *scene = room->scenes; scene; scene = scene->next)
        room_scene_forget(scene, member);
    if (room->talker == member)
        room->talker = NULL;
    if (member->previous)
        member->previous->next = member->next;
    else
        room->members = member->next;
    if (member->next)
        member->next->previous = member->previous;
    else
        room->last = member->previous;
    member->next = member->previous = NULL;
    member->room = NULL;
    member->picture = NULL;
    room->member_count--;
    room->is_stale = true;
    if (!member->leg)
        return;
    room->leg_count--;
    video_leg_empty(member->leg, step);
}

/* ---- what is recorded ---- */

static void leave_recording(struct room_stage *room)
{
    struct room_scene *scene = room->recorded_scene;
    struct video_class *class = room->recorded_class;
    room->recorded_scene = NULL;
    room->recorded_class = NULL;
    if (class) {
        class->recorder = NULL;
        drop_unless_used(room, class);
    }
    if (scene && !is_seen(room, scene))
        drop_scene(room, scene);
}

void room_stage_record(struct room_stage *room, struct recorder *recorder)
{
    leave_recording(room);
    if (room->recorder)
        recorder_return(room->recorder, RECORDER_PICTURES);
    room->recorder = recorder;
    room->is_stale = true;
    room->choose_ns = 0;
}

static void begin_anew(struct room_stage *room)
{
    leave_recording(room);
    for (struct room_member *member = room->members; member; member = member->next)
        leave_scene(room, member);
    room->choose_ns = 0;
    room->is_stale = true;
}

void room_stage_change(struct room_stage *room, const struct video_room_settings *settings)
{
    const struct video_room_settings before = room->settings;
    room->settings = *settings;
    room->is_stale = true;
    if (before.width != settings->width || before.height != settings->height ||
        before.fps != settings->fps || before.bitrate_bps != settings->bitrate_bps ||
        before.own_view != settings->own_view)
        begin_anew(room);
    for (struct room_scene *scene = room->scenes; scene; scene = scene->next)
        room_scene_set_ground(scene, room);
}

void room_stage_set_ground(struct room_stage *room, struct picture *background,
                           struct sprite *logo)
{
    struct picture *old_background = room->background;
    struct sprite *old_logo = room->logo;
    room->background = background;
    room->logo = logo;
    for (struct room_scene *scene = room->scenes; scene; scene = scene->next)
        room_scene_set_ground(scene, room);
    picture_release(&old_background);
    sprite_destroy(old_logo);
}

void room_stage_set_talker(struct room_stage *room, struct room_member *member)
{
    room->talker = member;
    member->talked = ++room->talks;
    room->is_stale = true;
}

void room_stage_note_change(struct room_stage *room, struct room_member *member,
                            struct video_step *step)
{
    room->is_stale = true;
    room->choose_ns = 0;
    if (member->leg)
        video_send_set_most(member->leg, room->settings.bitrate_bps, step->now_ns);
}

void room_stage_destroy(struct room_stage *room)
{
    if (!room)
        return;
    while (room->scenes)
        drop_scene(room, room->scenes);
    picture_release(&room->background);
    sprite_destroy(room->logo);
    free(room);
}

/* ---- pictures ---- */

static bool is_fresh(int64_t then_ns, int64_t now_ns, unsigned ms)
{
    return then_ns && now_ns - then_ns < ms * CLOCK_NS_PER_MS;
}

static void look_at(struct room_stage *room, struct room_member *member, int64_t now_ns)
{
    struct video_leg_media *leg = member->leg;
    const struct video_receive *receive = &leg->receive;
    const bool is_slides = member->look.slides;
    const bool hears = leg->plan->receive && !member->look.video_muted;
    const bool sends = hears && now_ns >= receive->cut_ns &&
                       is_fresh(receive->packet_ns, now_ns, is_slides ? ENDED_MS : SENDS_MS);
    bool changed;
    struct picture *picture = video_receive_picture(leg, now_ns, &changed);
    const bool is_whole =
        is_slides ? sends && receive->frame_ns : is_fresh(receive->frame_ns, now_ns, GONE_MS);
    const bool shows = hears && picture && member->tiles && is_whole;
    if (sends != member->sends)
        room->is_stale = true;
    member->sends = sends;
    member->showing = member->tiles && !is_slides ? shows : sends;
    member->picture = shows ? picture : NULL;
    leg_counter_set(&leg->counters->showing, member->showing);
}

static void look_at_source(struct room_stage *room, struct room_member *member, int64_t now_ns)
{
    struct picture *picture = member->source.picture(member->source.context, now_ns);
    if (member->sends != (picture != NULL))
        room->is_stale = true;
    member->sends = picture != NULL;
    member->picture = picture;
}

static void look_at_all(struct room_stage *room, int64_t now_ns,
                        const struct room_stage_events *events, void *context)
{
    for (struct room_member *member = room->members; member; member = member->next) {
        if (member->source.picture)
            look_at_source(room, member, now_ns);
        if (!member->leg)
            continue;
        look_at(room, member, now_ns);
        if (member->showing != member->told_showing)
            events->on_showing(context, member, member->showing);
        member->told_showing = member->showing;
    }
}

/* ---- who stands where ---- */

static void count_tiles(struct room_stage *room)
{
    for (struct room_member *member = room->members; member; member = member->next)
        member->tiles = member->shown_width = 0;
    for (const struct room_scene *scene = room->scenes; scene; scene = scene->next) {
        for (unsigned i = 0; i < scene->tile_count; i++) {
            const struct scene_tile *tile = &scene->tile[i];
            tile->member->tiles++;
            if (tile->to.width > tile->member->shown_width)
                tile->member->shown_width = tile->to.width;
        }
    }
}

/* A picture of half the width needs about a third of the bits. */
static uint64_t bits_for(const struct room_stage *room, const struct room_member *member)
{
    const uint64_t whole = room->settings.bitrate_bps;
    if (!member->tiles)
        return HIDDEN_BPS;
    const uint64_t parts = (uint64_t)member->shown_width * 100 / room->settings.width;
    const uint64_t bps = whole * parts / 100 * (100 + parts) / 200;
    return bps < LEAST_ASKED_BPS ? LEAST_ASKED_BPS : bps;
}

/* Of all that comes by its transport. */
static uint64_t bound_for(const struct room_stage *room, const struct room_member *member)
{
    const struct room_member *beside = member->beside;
    const bool speaks_for = beside && beside->leg->speaker == member->leg;
    return bits_for(room, member) + (speaks_for ? bits_for(room, beside) : 0);
}

/* What is seen is decoded, and its sender told how much of it is of use. */
static void want_what_is_seen(struct room_stage *room, struct video_step *step)
{
    unsigned shown = 0, decoders = 0;
    for (struct room_member *member = room->members; member; member = member->next) {
        shown += member->tiles > 0;
        if (!member->leg)
            continue;
        const bool wanted =
            member->tiles && member->leg->plan->receive && !member->look.video_muted;
        if (!wanted)
            member->picture = NULL;
        video_receive_want(member->leg, wanted, step);
        if (!member->leg->speaker)
            video_receive_ask(member->leg, bound_for(room, member));
        decoders += wanted && member->sends;
    }
    leg_counter_set(&room->counters.shown, shown);
    leg_counter_set(&room->counters.decoders, decoders);
}

static void cast(struct room_stage *room, struct video_step *step)
{
    room->is_stale = false;
    for (struct room_member *member = room->members; member; member = member->next)
        take_scene(room, member);
    if (room->recorder && !room->recorded_scene)
        room->recorded_scene = make_shared_scene(room);
    for (struct room_scene *scene = room->scenes; scene; scene = scene->next) {
        room_scene_cast(scene, room);
        leg_counter_set(&room->counters.layout, (uint64_t)scene->kind);
    }
    count_tiles(room);
    want_what_is_seen(room, step);
}

/* ---- classes ---- */

/* The one of that kind, made if there is none; NULL: it cannot be. */
static struct video_class *class_for(struct room_stage *room,
                                     const struct video_class_spec *spec,
                                     const struct video_step *step)
{
    struct video_class *class = room->classes;
    while (class && !video_class_is(class, spec))
        class = class->next;
    if (!class && (class = video_class_make(&room->classes, spec, step)))
        leg_counter_add(&room->counters.classes, 1);
    return class;
}

/* As somebody with a fast link who wants VP8. */
static void choose_recorded_class(struct room_stage *room, const struct video_step *step)
{
    const struct video_room_settings *settings = &room->settings;
    const struct video_plan plan = {.codec = {{.codec = video_codec_by_name("VP8")}}};
    struct video_class_spec spec = {.scene = room->recorded_scene};
    if (!room->recorded_scene || room->recorded_class || !plan.codec[0].codec)
        return;
    video_class_choose(&plan, settings->width, settings->height, settings->fps,
                       settings->bitrate_bps, UINT64_MAX, true, &spec);
    room->recorded_class = class_for(room, &spec, step);
    if (room->recorded_class)
        room->recorded_class->recorder = room->recorder;
}

static void choose_class(struct room_stage *room, struct room_member *member, bool may_rise,
                         struct video_step *step)
{
    struct video_leg_media *leg = member->leg;
    const struct video_room_settings *settings = &room->settings;
    if (!video_send_wanted(leg) || !member->scene) {
        leave_class(room, leg);
        return;
    }
    struct video_class_spec spec = {.scene = member->scene,
                                    .step = leg->class ? leg->class->spec.step : 0};
    video_class_choose(leg->plan, settings->width, settings->height, settings->fps,
                       settings->bitrate_bps, bandwidth_bps(&leg->send.bandwidth), may_rise,
                       &spec);
    if (leg->class && video_class_is(leg->class, &spec))
        return;
    leave_class(room, leg);
    struct video_class *class = class_for(room, &spec, step);
    if (class)
        video_class_add(class, leg, step->now_ns);
}

static void choose_classes(struct room_stage *room, struct video_step *step)
{
    if (step->now_ns < room->choose_ns)
        return;
    const unsigned rounds = RISE_MS / CHOOSE_MS;
    const bool may_rise =
        (uint64_t)(step->now_ns / (CHOOSE_MS * CLOCK_NS_PER_MS)) % rounds == 0;
    for (struct room_member *member = room->members; member; member = member->next) {
        if (member->leg)
            choose_class(room, member, may_rise || !member->leg->class, step);
    }
    if (room->recorder)
        choose_recorded_class(room, step);
    room->choose_ns = step->now_ns + CHOOSE_MS * CLOCK_NS_PER_MS;
}

/* ---- a frame ---- */

/* When the next one is due. Frames whose time is over are left out: so the frame rate falls. */
static bool is_due(struct room_stage *room, int64_t now_ns)
{
    const int64_t interval_ns = CLOCK_NS_PER_S / room->settings.fps;
    if (!room->due_ns)
        room->due_ns = now_ns;
    if (now_ns < room->due_ns)
        return false;
    const int64_t late = (now_ns - room->due_ns) / interval_ns;
    room->skipped += (uint64_t)late;
    room->due_ns += (late + 1) * interval_ns;
    return true;
}

static void note_rate(struct room_stage *room, int64_t now_ns)
{
    room->frames++;
    if (now_ns - room->second_ns < CLOCK_NS_PER_S)
        return;
    const double seconds = (double)(now_ns - room->second_ns) / 1e9;
    if (room->second_ns)
        leg_counter_set(&room->counters.fps, (uint64_t)(room->frames / seconds + 0.5));
    room->second_ns = now_ns;
    room->frames = 0;
}

void room_stage_run(struct room_stage *room, struct video_step *step,
                    const struct room_stage_events *events, void *context)
{
    ASSERT_VIDEO();
    if (!is_due(room, step->now_ns))
        return;
    const int64_t begun_ns = clock_monotonic_ns();
    look_at_all(room, step->now_ns, events, context);
    if (room->is_stale)
        cast(room, step);
    room->frame++;
    for (struct room_scene *scene = room->scenes; scene; scene = scene->next)
        room->composed += room_scene_draw(scene, room, room->frame);
    choose_classes(room, step);
    for (struct video_class *class = room->classes; class; class = class->next)
        video_class_run(class, room->frame, step, &room->encoded);
    note_rate(room, step->now_ns);
    leg_counter_add(&room->counters.busy_ns, (uint64_t)(clock_monotonic_ns() - begun_ns));
}
