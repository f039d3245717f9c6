/* room_film.c - a room's pictures: there as long as somebody in it has video. */
#include "server/room/room_internal.h"

#include <errno.h>

static struct video_room_settings settings_of(const struct room *room)
{
    return room_video_to_engine(&room->settings.video, room->list->config.images_directory);
}

int room_film_open(struct room *room)
{
    if (room->video_room)
        return 0;
    struct video_room_settings settings = settings_of(room);
    return video_room_create(room->list->video, &settings, &room->video_room);
}

void room_film_change(struct room *room)
{
    struct video_room_settings settings = settings_of(room);
    if (room->video_room)
        video_room_change(room->video_room, &settings);
    for (struct participant *at = room->first; at; at = at->next)
        participant_video_update(at);
    room_presentation_update(room);
    room_movies_update(room);
}

void room_film_close(struct room *room)
{
    if (!room->video_room || room->filmed || room->is_film_recorded)
        return;
    for (struct participant *at = room->first; at; at = at->next) {
        video_remove_voice(at->seat);
        at->seat = NULL;
    }
    struct video_room *video_room = room->video_room;
    room->video_room = NULL;
    room_presentation_update(room);
    room_movies_update(room);
    video_room_destroy(video_room);
}

/* ---- recordings ---- */

double room_film_cost_of_recording(const struct room *room)
{
    struct video_room_settings settings = settings_of(room);
    return video_cost(room->list->video, &settings, true) -
           video_cost(room->list->video, &settings, false);
}

int room_film_record(struct room *room, struct recorder *recorder)
{
    const bool is_first = !room->video_room;
    int err = room_film_open(room);
    if (err == 0)
        err = video_record(room->video_room, recorder);
    if (err < 0) {
        room_sweep_suspect(room);
        return err;
    }
    room->is_film_recorded = true;
    for (struct participant *at = room->first; at && is_first; at = at->next)
        participant_video_update(at);
    if (is_first)
        room_presentation_update(room);
    return 0;
}

void room_film_record_end(struct room *room)
{
    if (!room->is_film_recorded)
        return;
    room->is_film_recorded = false;
    video_record_end(room->video_room);
    room_sweep_suspect(room);
}

/* ---- questions ---- */

static bool is_filmed(const struct participant *participant, const struct room *room)
{
    const struct participant_film *film = &participant->film[VIDEO_CAMERA];
    return film->in == room && !film->leaves;
}

double room_film_cost_of_one(const struct room *room)
{
    struct video_room_settings settings = settings_of(room);
    bool own_encoder = settings.own_view || !room->filmed; /* the first brings the room's */
    return video_cost(room->list->video, &settings, own_encoder);
}

bool room_video_cost(const struct room *room, double *shared, double *own_view)
{
    const struct video *video = room->list->video;
    if (!video)
        return false;
    struct video_room_settings settings = settings_of(room);
    double decoding = video_cost(video, &settings, false);
    double alone = video_cost(video, &settings, true);
    unsigned filmed = 0;
    for (const struct participant *at = room->first; at; at = at->next)
        filmed += is_filmed(at, room);
    /* one picture is composed and encoded, however many see it */
    *shared = filmed ? filmed * decoding + (alone - decoding) : 0;
    *own_view = filmed * alone;
    return true;
}

bool room_video_stats(const struct room *room, struct video_room_stats *stats)
{
    if (!room->video_room || !room->filmed)
        return false;
    video_room_stats_read(room->video_room, stats);
    return true;
}

int room_snapshot(struct room *room, struct participant *participant, unsigned max_width,
                  video_on_snapshot *on_done, void *context)
{
    if (!room->video_room || !room->filmed || (participant && !is_filmed(participant, room)))
        return -ENODATA;
    struct video_leg *leg = participant ? participant->film[VIDEO_CAMERA].leg : NULL;
    return video_snapshot(room->video_room, leg, max_width, on_done, context);
}
