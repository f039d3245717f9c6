/* room_sweep.c - one timer for all, running only when something has ended. */
#include "server/room/room_internal.h"

#include <assert.h>
#include <stdlib.h>

static void on_sweep(void *context);

static void sweep_soon(struct room_list *list)
{
    if (!list->sweep.timer.place)
        loop_timer_start(list->config.loop, &list->sweep.timer, 0, on_sweep, list);
}

void room_sweep_suspect(struct room *room)
{
    struct room_list *list = room->list;
    if (room->is_suspect)
        return;
    room->is_suspect = true;
    room->next_suspect = list->sweep.suspects;
    list->sweep.suspects = room;
    sweep_soon(list);
}

void room_sweep_bury(struct room_list *list, struct participant *participant)
{
    assert(participant->info.state == PARTICIPANT_ENDED && !participant->mixed_in &&
           !participant_is_filmed_anywhere(participant));
    participant_video_finish(participant); /* before its voice, which it follows */
    leg_destroy(participant->leg);
    participant->leg = NULL;
    free(participant->next_plan);
    participant->next_plan = NULL;
    list->living--;
    participant->next_dead = list->sweep.dead;
    list->sweep.dead = participant;
    sweep_soon(list);
}

void room_sweep_bury_play(struct room_list *list, struct room_play *play)
{
    play->next = list->sweep.plays;
    list->sweep.plays = play;
    sweep_soon(list);
}

void room_sweep_bury_file(struct room_list *list, struct room_file *file)
{
    file->next = list->sweep.files;
    list->sweep.files = file;
    sweep_soon(list);
}

void room_sweep_bury_offer(struct room_list *list, struct room_offer *offer)
{
    offer->next = list->sweep.offers;
    list->sweep.offers = offer;
    sweep_soon(list);
}

void room_sweep_bury_recording(struct room_list *list, struct room_recording *recording)
{
    recording->next = list->sweep.recordings;
    list->sweep.recordings = recording;
    sweep_soon(list);
}

void room_sweep_bury_place(struct room_list *list, struct room_door_place *place)
{
    place->next_dead = list->sweep.places;
    list->sweep.places = place;
    sweep_soon(list);
}

void room_sweep_bury_messages(struct room_list *list, struct chat_message *first,
                              struct chat_message *last)
{
    last->next = list->sweep.messages;
    list->sweep.messages = first;
    sweep_soon(list);
}

/* Ends of @p room what nobody needs any more: its mix, or all of it. */
static void sweep_room(struct room *room)
{
    room->is_suspect = false;
    room_film_close(room);
    if (room->legs || room->filmed)
        return;
    media_room_destroy(room->media_room);
    room->media_room = NULL;
    if (room->participants || room->finishing)
        return;
    if (!room->persistent && !room->deleted) {
        room_list_forget(room);
        room_raise(room, ROOM_EVENT_ROOM_DELETED, NULL);
    }
    if (room->deleted)
        room_list_free_room(room);
    else
        room_chat_rest(room);
}

static void sweep_plays(struct room_list *list)
{
    struct room_play *play = list->sweep.plays;
    struct room_door_place *place = list->sweep.places;
    list->sweep.plays = NULL;
    list->sweep.places = NULL;
    while (play) {
        struct room_play *next = play->next;
        room_play_free(play);
        play = next;
    }
    while (place) {
        struct room_door_place *next = place->next_dead;
        media_room_destroy(place->media_room);
        free(place);
        place = next;
    }
}

static void sweep_files(struct room_list *list)
{
    struct room_file *files = list->sweep.files;
    list->sweep.files = NULL;
    room_files_free(files);
    room_offers_free(list->sweep.offers);
    list->sweep.offers = NULL;
}

static void sweep_recordings(struct room_list *list)
{
    struct room_recording *recording = list->sweep.recordings;
    list->sweep.recordings = NULL;
    while (recording) {
        struct room_recording *next = recording->next;
        free(recording);
        recording = next;
    }
}

static void sweep(struct room_list *list)
{
    sweep_plays(list);
    chat_messages_free(list->sweep.messages);
    list->sweep.messages = NULL;
    sweep_files(list);
    sweep_recordings(list);
    struct participant *dead = list->sweep.dead;
    struct room *suspects = list->sweep.suspects;
    list->sweep.dead = NULL;
    list->sweep.suspects = NULL;
    while (suspects) {
        struct room *next = suspects->next_suspect;
        sweep_room(suspects);
        suspects = next;
    }
    while (dead) {
        struct participant *next = dead->next_dead;
        free(dead->attributes);
        free(dead);
        dead = next;
    }
}

static void on_sweep(void *context)
{
    struct room_list *list = context;
    assert(!list->events.held); /* a listener must not run the loop */
    sweep(list);
}

void room_sweep_now(struct room_list *list)
{
    loop_timer_stop(list->config.loop, &list->sweep.timer);
    sweep(list);
}
