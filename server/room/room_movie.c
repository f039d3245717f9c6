/* room_movie.c - the pictures of a film that is played: a member of the room's pictures that is
 * nobody, and whose clock is the sound of the play. */
#include "server/room/room_internal.h"

#include "mixer/base/clock.h"
#include "mixer/file/movie.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_MS = 100 }; /* at the sound's place, and whether the film can be read */

struct room_movie {
    struct room_play *play;
    struct movie *movie;
    struct video_member *seat; /* NULL: there are no pictures in the room now */
    struct loop_timer timer;
    char name[ROOM_FILE_NAME_BYTES];
};

static struct picture *picture_now(void *context, int64_t now_ns)
{
    return movie_picture(context, now_ns);
}

static void release(void *context)
{
    movie_unref(context);
}

static struct video_member *take_seat(const struct room_movie *movie, struct room *room)
{
    struct video_look look = {.presents = true, .joined = 0};
    const struct video_source source = {
        .picture = picture_now, .release = release, .context = movie_ref(movie->movie)};
    snprintf(look.name, sizeof(look.name), "%.120s", movie->name);
    struct video_member *seat = video_add_source(room->video_room, &look, &source);
    if (!seat)
        movie_unref(movie->movie);
    return seat;
}

static void update(struct room_movie *movie)
{
    struct room *room = movie->play->room;
    const bool wanted = room->video_room && room->settings.video.enabled &&
                        movie_state(movie->movie) == MOVIE_READY;
    if (wanted == (movie->seat != NULL))
        return;
    if (wanted) {
        movie->seat = take_seat(movie, room);
        return;
    }
    video_remove_voice(movie->seat);
    movie->seat = NULL;
}

void room_movies_update(struct room *room)
{
    for (struct room_play *play = room->plays; play; play = play->next) {
        if (play->movie)
            update(play->movie);
    }
}

void room_movie_follow(struct room_play *play)
{
    if (!play->movie)
        return;
    const unsigned ms = room_play_position_ms(play);
    /* at 0 its sound may be being opened still */
    movie_set_clock(play->movie->movie, ms, clock_monotonic_ns(),
                    ms && play->info.state == ROOM_PLAY_PLAYING);
}

/* The engine tells where the sound is a tick later. */
void room_movie_go_to(struct room_play *play, unsigned ms)
{
    if (play->movie)
        movie_go_to(play->movie->movie, ms, clock_monotonic_ns(),
                    play->info.state == ROOM_PLAY_PLAYING);
}

static void look(void *context)
{
    struct room_movie *movie = context;
    struct room_play *play = movie->play;
    const enum movie_state state = movie_state(movie->movie);
    if (state == MOVIE_BLIND) { /* a film by its type, but sound is all that it has */
        room_movie_end(play);
        return;
    }
    if (state == MOVIE_FAILED) {
        room_play_failed(play, movie_why(movie->movie));
        return;
    }
    room_movie_follow(play);
    update(movie);
    loop_timer_start(play->list->config.loop, &movie->timer, LOOK_MS, look, movie);
}

bool room_movie_is_one(const struct room *room, const struct room_file_info *file)
{
    return room->list->video && strncmp(file->type, "video/", 6) == 0;
}

int room_movie_begin(struct room_play *play, const struct room_file_info *file,
                     const char *path)
{
    struct room_movie *made = calloc(1, sizeof(*made));
    int err = made ? movie_open(play->list->movies, path, &made->movie) : -ENOMEM;
    if (err < 0) {
        free(made);
        return err;
    }
    made->play = play;
    memcpy(made->name, file->name, sizeof(made->name));
    play->movie = made;
    loop_timer_start(play->list->config.loop, &made->timer, 0, look, made);
    return 0;
}

void room_movie_end(struct room_play *play)
{
    struct room_movie *movie = play->movie;
    if (!movie)
        return;
    play->movie = NULL;
    loop_timer_stop(play->list->config.loop, &movie->timer);
    video_remove_voice(movie->seat);
    movie_unref(movie->movie);
    free(movie);
}

bool room_play_has_pictures(const struct room_play *play)
{
    return play->movie && movie_state(play->movie->movie) == MOVIE_READY;
}
