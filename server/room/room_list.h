/*
 * room_list.h - all rooms: found by name, made, kept in the store, ended.
 *
 *   room_list_create(&config, &list);
 *   room_list_listen(list, &listener);       any number
 *   room_list_set_dialer(list, &dialer);     once, by server/sip
 *
 * Thread   control.
 */
#ifndef SERVER_ROOM_ROOM_LIST_H
#define SERVER_ROOM_ROOM_LIST_H

#include "server/loop/loop.h"
#include "server/media/media.h"
#include "server/room/room.h"
#include "server/room/room_chat.h"
#include "server/store/store.h"

struct room_list;
struct languages;
struct prompts;
struct room_files_config;
struct room_recordings_config;

/** What the list stands on; pointers are borrowed for the list's life. */
struct room_list_config {
    struct loop *loop;
    struct store *store; /* NULL: nothing is kept                     */
    struct rtp_ports *ports;
    unsigned media_workers;               /* 0: one per core                           */
    unsigned room_share;                  /* media_config's                            */
    struct handshake_service *handshakes; /* media_config's              */
    bool auto_create;
    unsigned max_rooms;
    struct room_settings defaults; /* of a room that does not say otherwise     */
    const char *template;          /* of rooms that calls make; NULL: the defaults       */
    struct room_chat_config chat;
    struct leg_config leg;
    const struct prompts *prompts;         /* NULL: nothing is said                    */
    const struct languages *languages;     /* of other rooms' prompts; NULL: none      */
    const char *sounds_directory;          /* NULL: no files can be played             */
    const struct video_config *video;      /* borrowed for the call; NULL: no video    */
    bool refuses_when_full;                /* video gets 488 then, not voice only      */
    bool admits_when_full;                 /* video is never refused: its rate falls   */
    const char *images_directory;          /* backgrounds, logos; NULL: there are none */
    const struct room_files_config *files; /* NULL: none can be shared             */
    const struct room_recordings_config *recordings; /* NULL: no room is recorded  */
};

/** Makes the list and its media engine, and loads the kept rooms.
 *  @return 0 and *list, owned by the caller; -ENOMEM; store errors. */
int room_list_create(const struct room_list_config *config, struct room_list **list);

/** Every participant must have ended (room_list_is_idle()). NULL is allowed. */
void room_list_destroy(struct room_list *list);

void room_list_listen(struct room_list *list, struct room_listener *listener);
/** Ends listening; not from within an event. */
void room_list_unlisten(struct room_list *list, struct room_listener *listener);
void room_list_set_dialer(struct room_list *list, const struct room_dialer *dialer);

/** Has PINs hashed: @p job, a PIN_JOB_MAKE, is told later. pin_desk_push()'s errors. */
int room_list_make_pins(struct room_list *list, struct pin_job *job);

/** The room of that name (case counts), or NULL. */
struct room *room_list_find(const struct room_list *list, const char *name);

/** For a call to @p name: the room, or a new one that lasts until it is empty. Admit in the
 *  same turn of the loop: a new room that nobody entered is gone in the next.
 *  @return 0; -ENOENT no such room (and auto_create is off); -EINVAL no valid name;
 *          -EUSERS max_rooms; -ENOMEM; -ESHUTDOWN. */
int room_list_find_or_create(struct room_list *list, const char *name, struct room **room);

/** Makes a room that lasts until it is empty, whatever auto_create says. Admit in the same turn
 *  of the loop. @return 0; -EINVAL; -EEXIST; -EUSERS; -ENOMEM; -ESHUTDOWN. */
int room_list_open(struct room_list *list, const char *name,
                   const struct room_settings *settings, struct room **room);

/** The menu: a room of no valid name (".menu"), which there is while somebody is asked there
 *  for the number of another. Admit in the same turn of the loop. @return 0; -ENOMEM;
 *  -ESHUTDOWN. */
int room_list_reception(struct room_list *list, struct room **room);

/** Makes a persistent room. @return 0; -EEXIST; -EADDRINUSE: another has that number; -EINVAL;
 * -EUSERS; -ENOMEM; store errors. An auto-created room of that name becomes persistent with
 * these settings: 0. */
int room_list_add(struct room_list *list, const char *name,
                  const struct room_settings *settings, struct room **room);

/** Kicks all, forgets the room. @return 0 or store errors: nothing changed. */
int room_list_delete(struct room_list *list, struct room *room);

/** Settings of a room that does not say otherwise. */
const struct room_settings *room_list_defaults(const struct room_list *list);

/** The languages that rooms can have, from 0; NULL behind the last. */
const char *room_list_language(const struct room_list *list, unsigned index);

/** Those of a room that a call makes: of rooms.template, else the defaults. */
const struct room_settings *room_list_settings_for_calls(const struct room_list *list);

/** By name, in byte order: the first room whose name is above @p after ("": the first). */
struct room *room_list_above(const struct room_list *list, const char *after);
unsigned room_list_count(const struct room_list *list);
unsigned room_list_participants(const struct room_list *list);

/** From now on nobody is admitted; everybody is told and hung up (SHUTDOWN). */
void room_list_drain(struct room_list *list);
bool room_list_is_draining(const struct room_list *list);
/** True when no participant is left, not even one whose media half is on its way home. */
bool room_list_is_idle(const struct room_list *list);

/** The engine's counters, and the ports', for /metrics. */
void room_list_media_stats(const struct room_list *list, struct media_stats *stats);
/** @return false: this server has no video. */
bool room_list_video_stats(const struct room_list *list, struct video_stats *stats);
unsigned room_list_ports_used(const struct room_list *list);
unsigned room_list_ports_total(const struct room_list *list);

#endif
