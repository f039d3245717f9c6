/* participant_video.c - a participant's picture: into its room's, from room to room, home. */
#include "mixer/base/check.h"
#include "mixer/base/log.h"
#include "server/room/room_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *participant_video_refusal_word(enum participant_video_refusal refusal)
{
    static const char *const words[] = {
        [PARTICIPANT_VIDEO_NOT_REFUSED] = NULL,
        [PARTICIPANT_VIDEO_NO_CAPACITY] = "no_capacity",
        [PARTICIPANT_VIDEO_FAILED] = "failed",
    };
    assert(refusal < sizeof(words) / sizeof(words[0]));
    return words[refusal];
}

static bool has_plan(const struct participant_film *film)
{
    return film->plan && film->plan->codec_count;
}

/* Its leg is in its room's pictures, and stays there. */
static bool is_in(const struct participant_film *film)
{
    return film->in && !film->leaves;
}

/* It is seen by its camera. */
static bool is_filmed(const struct participant *participant)
{
    return is_in(&participant->film[VIDEO_CAMERA]);
}

bool participant_is_filmed_anywhere(const struct participant *participant)
{
    bool is_anywhere = false;
    for (unsigned i = 0; i < VIDEO_STREAMS; i++)
        is_anywhere = is_anywhere || participant->film[i].in;
    return is_anywhere;
}

/* Which of its pictures @p leg is. */
static enum video_stream stream_of(const struct participant *participant,
                                   const struct video_leg *leg)
{
    enum video_stream stream = 0;
    while (participant->film[stream].leg != leg)
        stream++;
    return stream;
}

/* ---- how it is shown ---- */

static struct video_look look_of(const struct participant *participant,
                                 enum video_stream stream)
{
    const struct participant_info *info = &participant->info;
    const bool is_slides = stream == VIDEO_SLIDES;
    struct video_look look = {
        .muted = info->muted && !is_slides,
        .hand_raised = info->hand_raised && !is_slides,
        .hidden = info->hidden || (is_slides && !info->presents),
        .presents = info->presents,
        .slides = is_slides,
        .video_muted = info->video_muted,
        .pinned = is_slides ? 0 : info->pinned,
        .person = participant->joined,
        .joined = participant->joined,
    };
    char name[PARTICIPANT_NAME_BYTES];
    participant_shown_name(participant, name);
    snprintf(look.name, sizeof(look.name), "%s", name);
    if (participant->avatar)
        snprintf(look.avatar, sizeof(look.avatar), "%s", participant->avatar);
    return look;
}

void participant_video_look(struct participant *participant)
{
    struct video_look look;
    for (unsigned i = 0; i < VIDEO_STREAMS; i++) {
        if (!is_in(&participant->film[i]))
            continue;
        look = look_of(participant, i);
        video_set_look(participant->film[i].leg, &look);
    }
    if (!participant->seat)
        return;
    look = look_of(participant, VIDEO_CAMERA);
    video_voice_set_look(participant->seat, &look);
}

void participant_video_talks(struct participant *participant)
{
    if (is_filmed(participant))
        video_set_talker(participant->film[VIDEO_CAMERA].leg);
    else if (participant->seat)
        video_voice_set_talker(participant->seat);
}

/* ---- in and out ---- */

static bool is_connected(const struct participant *participant)
{
    return participant->info.state == PARTICIPANT_CONNECTED;
}

/* Slides stand beside a camera. */
static bool belongs_in(const struct participant *participant, enum video_stream stream)
{
    const struct participant_film *film = &participant->film[stream];
    return is_connected(participant) && film->leg && has_plan(film) &&
           participant->room->settings.video.enabled &&
           participant->info.video_refusal != PARTICIPANT_VIDEO_FAILED &&
           (stream == VIDEO_CAMERA || is_filmed(participant));
}

/* Who has no video is seen as well, if there is somebody to see it. */
static void update_seat(struct participant *participant)
{
    const struct room *room = participant->room;
    bool wanted = is_connected(participant) && room->video_room &&
                  room->settings.video.enabled && !is_filmed(participant);
    if (!wanted) {
        video_remove_voice(participant->seat);
        participant->seat = NULL;
    } else if (!participant->seat) {
        struct video_look look = look_of(participant, VIDEO_CAMERA);
        participant->seat = video_add_voice(room->video_room, &look);
        if (participant->seat && room->speaker == participant)
            video_voice_set_talker(participant->seat);
    }
}

static void note_failure(struct participant *participant, int err)
{
    participant->info.video_refusal = PARTICIPANT_VIDEO_FAILED;
    log_call_warn("room", participant->info.id, "room %s: has voice only: %s",
                  participant->room->name, strerror(-err));
    room_sweep_suspect(participant->room); /* the video room may have been made for nothing */
}

static void join(struct participant *participant, enum video_stream stream)
{
    struct room *room = participant->room;
    struct participant_film *film = &participant->film[stream];
    struct video_look look = look_of(participant, stream);
    bool is_first = !room->video_room;
    int err = room_film_open(room);
    if (err == 0)
        err = video_join(room->video_room, film->leg, film->plan, &look);
    if (err < 0) {
        note_failure(participant, err);
        return;
    }
    film->in = room;
    room->filmed++;
    if (room->speaker == participant && stream == VIDEO_CAMERA)
        video_set_talker(film->leg);
    for (struct participant *at = room->first; at && is_first; at = at->next)
        update_seat(at);
    if (!is_first)
        return;
    room_presentation_update(room);
    room_movies_update(room);
}

static bool may_present(const struct participant *participant)
{
    return room_policy_allows(participant->room->settings.may_present, participant->info.role);
}

/* Phones have no other word for it than to send them. */
static void present_by_slides(struct participant *participant, bool comes)
{
    struct participant_info *info = &participant->info;
    const bool may = may_present(participant) && !participant->slides_are_refused;
    participant->slides_are_refused = participant->slides_are_refused && comes;
    if (comes == info->presents || (comes && !may) ||
        (!comes && !participant->presents_by_slides))
        return;
    info->presents = participant->presents_by_slides = comes;
    participant_video_look(participant);
}

bool participant_video_right(struct participant *participant)
{
    struct participant_info *info = &participant->info;
    const bool comes = info->showing[VIDEO_SLIDES] && !participant->slides_are_refused;
    const bool presents = may_present(participant) && (info->presents || comes);
    if (presents == info->presents || info->state == PARTICIPANT_ENDED)
        return false;
    info->presents = participant->presents_by_slides = presents;
    participant_video_look(participant);
    return true;
}

/* That slides are only about to come makes no difference. */
void participant_video_told(struct participant *participant, bool presents)
{
    participant->presents_by_slides = false;
    participant->slides_are_refused = !presents && is_in(&participant->film[VIDEO_SLIDES]);
}

static void leave(struct participant *participant, enum video_stream stream)
{
    struct participant_film *film = &participant->film[stream];
    film->leaves = true;
    participant->info.showing[stream] = false;
    video_leave(film->leg);
    if (stream == VIDEO_SLIDES)
        present_by_slides(participant, false);
}

void participant_video_update(struct participant *participant)
{
    for (unsigned i = 0; i < VIDEO_STREAMS; i++) {
        const struct participant_film *film = &participant->film[i];
        bool belongs = belongs_in(participant, i);
        if (is_in(film) && !belongs)
            leave(participant, i);
        else if (!film->in && belongs)
            join(participant, i);
    }
    update_seat(participant);
}

/* ---- its call ---- */

bool participant_wants_video(struct participant *participant, enum video_stream stream)
{
    ASSERT_CONTROL();
    const struct room *room = participant->room;
    struct video *video = room->list->video;
    if (!video || !room->settings.video.enabled || participant->info.state == PARTICIPANT_ENDED)
        return false;
    if (has_plan(&participant->film[stream]))
        return true;
    bool fits = room->list->config.admits_when_full ||
                video_has_room(video, room->video_room, room_film_cost_of_one(room));
    if (stream == VIDEO_SLIDES)
        return fits && participant->film[VIDEO_CAMERA].leg;
    participant->info.video_refusal =
        fits ? PARTICIPANT_VIDEO_NOT_REFUSED : PARTICIPANT_VIDEO_NO_CAPACITY;
    if (!fits)
        log_call_warn("room", participant->info.id, "room %s: no capacity for its video",
                      room->name);
    return fits;
}

bool participant_video_is_refused(const struct participant *participant)
{
    return participant->info.video_refusal == PARTICIPANT_VIDEO_NO_CAPACITY &&
           participant->room->list->config.refuses_when_full;
}

static int open_video(struct participant *participant, enum video_stream stream, int family,
                      struct shared_transport *transport)
{
    ASSERT_CONTROL();
    struct room_list *list = participant->room->list;
    if (participant->info.state == PARTICIPANT_ENDED)
        return -ENOTCONN;
    if (!list->video)
        return -ENOSYS;
    if (participant->film[stream].leg)
        return 0;
    assert(participant->leg && (stream == VIDEO_CAMERA || participant->film[VIDEO_CAMERA].leg));
    const struct leg_config *voice = &list->config.leg;
    struct video_leg_config config = {
        .cname = voice->cname,
        .voice = participant->leg,
        .camera = stream == VIDEO_CAMERA ? NULL : participant->film[VIDEO_CAMERA].leg,
        .no_media_timeout_s = voice->no_media_timeout_s};
    struct video_leg *leg;
    int err = transport ? video_leg_create_shared(transport, &config, &leg)
                        : video_leg_create(list->config.ports, family, &config, &leg);
    if (err < 0)
        return err;
    video_leg_set_owner(leg, participant);
    participant->film[stream].leg = leg;
    return 0;
}

int participant_open_video(struct participant *participant, enum video_stream stream,
                           int family)
{
    return open_video(participant, stream, family, NULL);
}

int participant_open_shared_video(struct participant *participant, enum video_stream stream,
                                  struct shared_transport *transport)
{
    return open_video(participant, stream, AF_UNSPEC, transport);
}

struct video_leg *participant_video(const struct participant *participant,
                                    enum video_stream stream)
{
    return participant->film[stream].leg;
}

const struct video_plan *participant_video_plan(const struct participant *participant,
                                                enum video_stream stream)
{
    const struct participant_film *film = &participant->film[stream];
    return has_plan(film) ? film->plan : NULL;
}

int participant_video_prepare(struct participant *participant, const struct video_plans *plans)
{
    for (unsigned i = 0; plans && i < VIDEO_STREAMS; i++) {
        struct participant_film *film = &participant->film[i];
        if (!plans->stream[i].codec_count || film->plan)
            continue;
        film->plan = calloc(1, sizeof(*film->plan));
        if (!film->plan)
            return -ENOMEM;
    }
    return 0;
}

/* What the API shows of a plan. */
static unsigned shown_of(const struct video_plan *plan)
{
    return plan && plan->codec_count ? 1U + 2U * plan->send + 4U * plan->receive : 0;
}

/* @return whether that differs from the one before. */
static bool take_plan(struct participant *participant, struct participant_film *film,
                      const struct video_plan *plan)
{
    const bool differs = shown_of(plan) != shown_of(film->plan);
    if (plan && plan->codec_count) {
        assert(film->leg && film->plan);
        *film->plan = *plan;
        participant->info.video_refusal = PARTICIPANT_VIDEO_NOT_REFUSED;
    } else if (film->plan) {
        film->plan->codec_count = 0;
    }
    return differs;
}

void participant_video_take(struct participant *participant, const struct video_plans *plans)
{
    bool was_in[VIDEO_STREAMS], differs = false;
    for (unsigned i = 0; i < VIDEO_STREAMS; i++) {
        struct participant_film *film = &participant->film[i];
        was_in[i] = is_in(film);
        differs = take_plan(participant, film, plans ? &plans->stream[i] : NULL) || differs;
    }
    participant_video_update(participant);
    for (unsigned i = 0; i < VIDEO_STREAMS; i++) {
        struct participant_film *film = &participant->film[i];
        int err = was_in[i] && is_in(film) ? video_replan(film->leg, film->plan) : 0;
        if (err < 0)
            log_call_warn("room", participant->info.id, "room %s: video not changed: %s",
                          participant->room->name, strerror(-err));
    }
    if (differs && is_connected(participant))
        participant_raise(participant, ROOM_EVENT_PARTICIPANT_CHANGED);
}

void participant_hear_key_request(struct participant *participant)
{
    ASSERT_CONTROL();
    if (is_filmed(participant))
        video_request_key(participant->film[VIDEO_CAMERA].leg);
}

/* ---- its avatar ---- */

static void drop_avatar(struct participant *participant)
{
    if (participant->avatar)
        unlink(participant->avatar);
    free(participant->avatar);
    participant->avatar = NULL;
}

void participant_set_avatar(struct participant *participant, char *path)
{
    ASSERT_CONTROL();
    bool differs = path || participant->avatar;
    drop_avatar(participant);
    participant->avatar = path;
    if (participant->info.state == PARTICIPANT_ENDED) {
        drop_avatar(participant); /* it may be buried already */
    } else if (differs) {
        participant_video_look(participant);
        participant_raise(participant, ROOM_EVENT_PARTICIPANT_CHANGED);
    }
}

const char *participant_avatar(const struct participant *participant)
{
    return participant->avatar;
}

/* ---- home, and what the workers tell ---- */

void participant_video_close(struct participant *participant)
{
    assert(!participant->seat);
    for (unsigned i = 0; i < VIDEO_STREAMS; i++) {
        struct participant_film *film = &participant->film[i];
        assert(!film->in);
        video_leg_destroy(film->leg);
        free(film->plan);
        *film = (struct participant_film){0};
    }
}

void participant_video_finish(struct participant *participant)
{
    participant_video_close(participant);
    drop_avatar(participant);
}

static void on_left(void *context, struct video_leg *leg)
{
    struct participant *participant = video_leg_owner(leg);
    struct participant_film *film = &participant->film[stream_of(participant, leg)];
    struct room *from = film->in;
    assert(from && from->filmed && film->leaves);
    film->in = NULL;
    film->leaves = false;
    from->filmed--;
    room_sweep_suspect(from);
    participant_video_update(participant); /* into the pictures of another room, perhaps */
    participant_bury(context, participant);
}

static void on_need_key(void *context, struct video_leg *leg)
{
    (void)context;
    struct participant *participant = video_leg_owner(leg);
    const bool is_camera =
        stream_of(participant, leg) == VIDEO_CAMERA; /* that is all INFO can say */
    if (is_camera && is_filmed(participant) && participant->link->request_key)
        participant->link->request_key(participant->call);
}

static void on_showing(void *context, struct video_leg *leg, bool showing)
{
    (void)context;
    struct participant *participant = video_leg_owner(leg);
    const enum video_stream stream = stream_of(participant, leg);
    /* What was on its way when it was called home is no news any more. */
    if (!is_in(&participant->film[stream]) || participant->info.showing[stream] == showing)
        return;
    participant->info.showing[stream] = showing;
    if (stream == VIDEO_SLIDES)
        present_by_slides(participant, showing);
    participant_raise(participant, ROOM_EVENT_PARTICIPANT_CHANGED);
}

const struct video_events participant_video_events = {
    .on_left = on_left,
    .on_need_key = on_need_key,
    .on_showing = on_showing,
};
