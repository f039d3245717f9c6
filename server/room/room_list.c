/* room_list.c - all rooms: made, kept, found, ended. */
#include "server/room/room_list.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/file/movie.h"
#include "server/room/room_internal.h"
#include "server/room/room_template.h"
#include "server/room/room_text.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- life ---- */

static struct room *room_create(struct room_list *list, const char *name,
                                const struct room_settings *settings)
{
    struct room *room = calloc(1, sizeof(*room));
    if (!room)
        return NULL;
    room->list = list;
    memcpy(room->name, name, strlen(name) + 1);
    room->settings = *settings;
    room_text_clean(room->settings.display_name, sizeof(room->settings.display_name),
                    settings->display_name);
    room->created_ns = clock_wall_ns();
    return room;
}

void room_list_free_room(struct room *room)
{
    loop_timer_stop(room->list->config.loop, &room->clock);
    loop_timer_stop(room->list->config.loop, &room->opening);
    room_bans_finish(&room->bans);
    chat_finish(&room->chat);
    free(room->circles);
    room_offers_free(room->offers);
    free(room);
}

struct load {
    struct room_list *list;
    int err; /* the first */
};

static void load_room(void *context, const struct store_room *row)
{
    struct load *load = context;
    if (!room_name_is_valid(row->name)) {
        log_warn("room", "the store has a room of no valid name, \"%s\": left alone",
                 row->name);
        return;
    }
    struct room_settings settings = load->list->config.defaults;
    int err = room_settings_from_row(row, &settings);
    struct room *room = err == 0 ? room_create(load->list, row->name, &settings) : NULL;
    err = room ? name_index_reserve(&load->list->numbers) : -ENOMEM;
    if (err == 0)
        err = name_index_insert(&load->list->rooms, room);
    if (err < 0) {
        free(room);
        load->err = load->err ? load->err : err;
        return;
    }
    room->persistent = true;
    room->created_ns = row->created_ns;
    if (!room_number_is_free(room, settings.number)) {
        log_warn("room", "room %s: the store has the number %s twice: it has none now",
                 room->name, settings.number);
        room->settings.number[0] = '\0';
    }
    room_number_insert(room);
    room_dial_list_update(room);
}

static void load_ban(void *context, const struct store_ban *row)
{
    struct load *load = context;
    struct room *room = room_list_find(load->list, row->room);
    if (room)
        room_ban_load(room, row);
}

static int load_rooms(struct room_list *list)
{
    if (!list->config.store)
        return 0;
    struct load load = {.list = list};
    int err = store_rooms_each(list->config.store, load_room, &load);
    if (err == 0)
        err = load.err;
    if (err == 0)
        err = store_bans_each(list->config.store, load_ban, &load);
    if (err == 0)
        err = room_templates_load(list);
    if (err == 0)
        log_info("room", "%zu rooms kept in the store", list->rooms.count);
    return err;
}

int room_list_create(const struct room_list_config *config, struct room_list **list)
{
    ASSERT_CONTROL();
    struct room_list *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->config = *config;
    made->rooms = NAME_INDEX(struct room, name);
    made->numbers = NAME_INDEX(struct room, settings.number);
    room_templates_init(made);
    struct media_config media = {.workers = config->media_workers,
                                 .room_share = config->room_share,
                                 .handshakes = config->handshakes};
    made->hold_tone = room_sound_hold_tone();
    int err = media_create(&media, config->loop, &participant_mix_events, made, &made->media);
    if (err == 0 && config->video)
        err = video_create(config->video, config->loop, &participant_video_events, made,
                           &made->video);
    made->pin_desk = err == 0 ? pin_desk_create(config->loop) : NULL;
    made->movies = movies_create();
    if (err == 0 && (!made->pin_desk || !made->movies))
        err = -ENOMEM;
    if (err == 0)
        err = load_rooms(made);
    if (err == 0)
        err = room_files_start(made);
    if (err == 0)
        err = room_recordings_start(made);
    if (err < 0) {
        room_list_destroy(made);
        return err;
    }
    *list = made;
    return 0;
}

void room_list_destroy(struct room_list *list)
{
    if (!list)
        return;
    assert(room_list_is_idle(list));
    list->events.first = NULL; /* that the process ends is no event of a room */
    room_recordings_finish(list);
    room_sweep_now(list);
    assert(!list->sweep.suspects && !list->sweep.dead && !list->sweep.places);
    pin_desk_destroy(list->pin_desk);
    room_files_finish(list);
    room_sweep_now(list);
    for (size_t i = 0; i < list->rooms.count; i++)
        room_list_free_room(list->rooms.item[i]);
    name_index_finish(&list->rooms);
    name_index_finish(&list->numbers);
    room_templates_finish(list);
    room_events_finish(&list->events);
    video_destroy(list->video);
    media_destroy(list->media); /* the last plays come home */
    room_sweep_now(list);
    movies_destroy(list->movies);
    clip_unref(list->hold_tone);
    free(list);
}

void room_list_listen(struct room_list *list, struct room_listener *listener)
{
    ASSERT_CONTROL();
    room_events_listen(&list->events, listener);
}

void room_list_unlisten(struct room_list *list, struct room_listener *listener)
{
    ASSERT_CONTROL();
    room_events_unlisten(&list->events, listener);
}

void room_list_set_dialer(struct room_list *list, const struct room_dialer *dialer)
{
    ASSERT_CONTROL();
    list->dialer = dialer;
}

int room_list_make_pins(struct room_list *list, struct pin_job *job)
{
    ASSERT_CONTROL();
    return pin_desk_push(list->pin_desk, job);
}

/* ---- rooms come and go ---- */

struct room *room_list_find(const struct room_list *list, const char *name)
{
    return name_index_find(&list->rooms, name);
}

/* Makes a room and its row, or nothing. */
static int insert_room(struct room_list *list, const char *name,
                       const struct room_settings *settings, bool persistent,
                       struct room **room)
{
    struct room *made = room_create(list, name, settings);
    if (!made)
        return -ENOMEM;
    made->persistent = persistent;
    int err = room_number_is_free(made, settings->number) ? name_index_reserve(&list->numbers)
                                                          : -EADDRINUSE;
    if (err == 0)
        err = name_index_insert(&list->rooms, made);
    if (err == 0 && persistent) {
        err = room_settings_save(made, &made->settings);
        if (err < 0)
            name_index_remove(&list->rooms, made);
    }
    if (err < 0) {
        free(made);
        return err;
    }
    room_number_insert(made);
    room_dial_list_update(made);
    log_info("room", "room %s: created%s", name, persistent ? "" : " by a call");
    *room = made;
    if (!persistent)
        room_sweep_suspect(made); /* gone again if nobody comes in */
    room_raise(made, ROOM_EVENT_ROOM_CREATED, NULL);
    return 0;
}

static int make_room(struct room_list *list, const char *name,
                     const struct room_settings *settings, bool persistent, struct room **room)
{
    if (!room_name_is_valid(name))
        return -EINVAL;
    if (list->rooms.count >= list->config.max_rooms)
        return -EUSERS;
    return insert_room(list, name, settings, persistent, room);
}

const struct room_settings *room_list_settings_for_calls(const struct room_list *list)
{
    const char *name = list->config.template;
    const struct room_settings *found = name ? room_template_find(list, name) : NULL;
    if (name && !found)
        log_warn("room", "there is no template %s (rooms.template): using the defaults", name);
    return found ? found : &list->config.defaults;
}

int room_list_find_or_create(struct room_list *list, const char *name, struct room **room)
{
    ASSERT_CONTROL();
    if (!room_name_is_valid(name))
        return -EINVAL;
    struct room *found = room_list_find(list, name);
    if (found) {
        *room = found;
        return 0;
    }
    if (!list->config.auto_create)
        return -ENOENT;
    if (list->draining)
        return -ESHUTDOWN;
    return make_room(list, name, room_list_settings_for_calls(list), false, room);
}

int room_list_open(struct room_list *list, const char *name,
                   const struct room_settings *settings, struct room **room)
{
    ASSERT_CONTROL();
    if (list->draining)
        return -ESHUTDOWN;
    if (room_list_find(list, name))
        return -EEXIST;
    return make_room(list, name, settings, false, room);
}

int room_list_reception(struct room_list *list, struct room **room)
{
    static const char name[] = ".menu"; /* which no other can have */
    ASSERT_CONTROL();
    struct room *found = room_list_find(list, name);
    if (list->draining)
        return -ESHUTDOWN;
    if (found) {
        *room = found;
        return 0;
    }
    struct room_settings settings = list->config.defaults;
    settings.max_participants = ROOM_MAX_PARTICIPANTS;
    int err = insert_room(list, name, &settings, false, room);
    if (err == 0)
        (*room)->is_reception = true;
    return err;
}

/* A room that a call made becomes one that stays. */
static int keep_room(struct room *room, const struct room_settings *settings)
{
    struct room_settings clean = *settings;
    room_text_clean(clean.display_name, sizeof(clean.display_name), settings->display_name);
    if (!room_number_is_free(room, clean.number))
        return -EADDRINUSE;
    int err = name_index_reserve(&room->list->numbers);
    if (err == 0)
        err = room_settings_save(room, &clean);
    if (err < 0)
        return err;
    room_number_remove(room);
    room->settings = clean;
    room_number_insert(room);
    room->persistent = true;
    err = room_bans_save(room);
    if (err < 0)
        log_warn("room", "room %s: its bans are not kept: %s", room->name, strerror(-err));
    room_clock_update(room);
    room_dial_list_update(room);
    room_chat_keep(room);
    log_info("room", "room %s: stays from now on", room->name);
    room_raise(room, ROOM_EVENT_ROOM_CHANGED, NULL);
    return 0;
}

int room_list_add(struct room_list *list, const char *name,
                  const struct room_settings *settings, struct room **room)
{
    ASSERT_CONTROL();
    assert(room_settings_are_valid(settings));
    struct room *found = room_list_find(list, name);
    if (!found || found->is_reception) /* whose name is none */
        return make_room(list, name, settings, true, room);
    if (found->persistent)
        return -EEXIST;
    int err = keep_room(found, settings);
    if (err == 0)
        *room = found;
    return err;
}

void room_list_forget(struct room *room)
{
    room_files_end(room);
    room_number_remove(room);
    name_index_remove(&room->list->rooms, room);
    room->deleted = true;
    room_dial_list_update(room);
    log_info("room", "room %s: deleted", room->name);
}

static void kick_all(struct room *room, enum participant_reason reason)
{
    while (room->first)
        participant_kick(room->first, reason);
}

int room_list_delete(struct room_list *list, struct room *room)
{
    ASSERT_CONTROL();
    if (room->deleted)
        return 0;
    if (room->persistent && list->config.store) {
        int err = store_room_delete(list->config.store, room->name);
        if (err < 0)
            return err;
    }
    room_events_hold(&list->events); /* so that DELETED comes behind the last LEFT */
    room_list_forget(room);
    kick_all(room, PARTICIPANT_ROOM_DELETED);
    room_raise(room, ROOM_EVENT_ROOM_DELETED, NULL);
    room_sweep_suspect(room);
    room_events_release(&list->events);
    return 0;
}

void room_list_drain(struct room_list *list)
{
    ASSERT_CONTROL();
    if (list->draining)
        return;
    list->draining = true;
    log_info("room", "draining: %u participants are hung up", list->participants);
    room_events_hold(&list->events); /* no listener changes the list under our feet */
    for (size_t i = 0; i < list->rooms.count; i++)
        kick_all(list->rooms.item[i], PARTICIPANT_SHUTDOWN);
    room_events_release(&list->events);
}

bool room_list_is_draining(const struct room_list *list)
{
    return list->draining;
}

bool room_list_is_idle(const struct room_list *list)
{
    return list->living == 0;
}

/* ---- questions ---- */

const char *room_list_language(const struct room_list *list, unsigned index)
{
    if (list->config.languages)
        return languages_name(list->config.languages, index);
    return index == 0 ? LANGUAGE_DEFAULT : NULL;
}

const struct room_settings *room_list_defaults(const struct room_list *list)
{
    return &list->config.defaults;
}

struct room *room_list_above(const struct room_list *list, const char *after)
{
    return name_index_above(&list->rooms, after);
}

unsigned room_list_count(const struct room_list *list)
{
    return (unsigned)list->rooms.count;
}

unsigned room_list_participants(const struct room_list *list)
{
    return list->participants;
}

void room_list_media_stats(const struct room_list *list, struct media_stats *stats)
{
    media_stats_read(list->media, stats);
}

bool room_list_video_stats(const struct room_list *list, struct video_stats *stats)
{
    if (list->video)
        video_stats_read(list->video, stats);
    return list->video != NULL;
}

unsigned room_list_ports_used(const struct room_list *list)
{
    return rtp_ports_used(list->config.ports);
}

unsigned room_list_ports_total(const struct room_list *list)
{
    return rtp_ports_total(list->config.ports);
}
