/*
 * api_internal.h - what the files of api/ share. Nobody else includes it.
 *
 * Thread   struct api: control, but for what says otherwise.
 */
#ifndef API_API_INTERNAL_H
#define API_API_INTERNAL_H

#include "api/api.h"
#include "api/api_avatars.h"
#include "api/api_digits.h"
#include "api/api_event_words.h"
#include "api/api_events.h"
#include "api/api_guests.h"
#include "api/api_idempotency.h"
#include "api/api_links.h"
#include "api/api_pins.h"
#include "api/api_play_urls.h"
#include "api/api_queue.h"
#include "api/api_request.h"
#include "api/api_route.h"
#include "api/api_snapshots.h"
#include "api/api_tokens.h"
#include "api/api_upload_waits.h"
#include "api/api_webhooks.h"
#include "server/room/room_event.h"
#include "server/trunk/trunk_list.h"

#include <stdatomic.h>

struct api_http;

enum { API_STATUS_CLASSES = 6 };

struct api {
    struct api_config config; /* constant: any thread                              */
    struct api_queue *queue;
    struct api_events *events;
    struct api_idempotency *idempotency;
    struct api_digits digits;
    struct api_play_urls play_urls;
    struct api_avatars *avatars; /* constant: any thread */
    struct api_links *links;     /* constant: any thread */
    struct api_snapshots snapshots;
    struct api_pins pins;
    struct api_upload_waits upload_waits;
    struct api_guests *guests; /* NULL: no browser may call */
    struct gate *gate;         /* of requests about calls   */
    struct api_tokens *tokens;
    struct api_token_list *token_list;
    struct api_webhooks *webhooks;
    struct api_fetch *webhook_fetch;
    struct gate *callers;      /* of tokens below the administrator; HTTP's own */
    struct gate *wrong_tokens; /* HTTP's own                */
    struct api_http *http;
    struct room_listener listener;
    struct trunk_listener trunk_listener;
    bool listens;
    struct loop_timer timer; /* once a second: late connections, heartbeat        */
    unsigned heartbeat_in_s, flush_in_s;
    /** Answers by the first digit of their status. HTTP writes, control reads. */
    atomic_ullong answered[API_STATUS_CLASSES];
};

/* ---- api_http.c ---- */

/** Binds the address. @return 0 and *http; else an errno and *why, owned by the caller. */
int api_http_create(struct api *api, struct api_http **http, char **why);
/** Starts the thread: requests come from now on. @return 0; -EAGAIN; -EINVAL and *why:
 * certificate and key are no pair. */
int api_http_start(struct api_http *http);
int api_http_reload(struct api_http *http, char **why);
/** Cuts connections that are late with their request or with taking an answer. */
void api_http_cut_late(struct api_http *http);
unsigned api_http_connections(struct api_http *http); /* any thread */
/** Accepts no more; waits, bounded, until what is under way is sent; ends the thread. The queue
 *  and the events must be closed. NULL is allowed. */
void api_http_destroy(struct api_http *http);
/** For the queue and for streams; context: the connection. */
void api_http_suspend(void *connection);
void api_http_resume(void *connection);
/** A header of the request, borrowed; NULL: it is not there. HTTP. */
const char *api_http_header(const struct api_request *request, const char *name);

/* ---- api_tell.c ---- */

/** An event, of a room or of none (NULL), to streams and webhooks. @p shown is moved. */
void api_publish(struct api *api, const char *word, const char *room, json_t *shown);

/** An event of no room: {"time": now, @p field: @p value}. @p value is moved. */
void api_tell(struct api *api, const char *word, const char *field, json_t *value);

/* ---- what routes call: on control if not said otherwise ---- */

void api_serve_health(struct api *api, struct api_request *request); /* HTTP */
void api_serve_ready(struct api *api, struct api_request *request);
void api_serve_metrics(struct api *api, struct api_request *request);
void api_finish_metrics(struct api *api, struct api_request *request); /* HTTP */
void api_serve_openapi(struct api *api, struct api_request *request);  /* HTTP */
void api_serve_events(struct api *api, struct api_request *request);   /* HTTP */

void api_list_tokens(struct api *api, struct api_request *request);
void api_create_token(struct api *api, struct api_request *request);
void api_read_token(struct api *api, struct api_request *request);
void api_change_token(struct api *api, struct api_request *request);
void api_delete_token(struct api *api, struct api_request *request);

void api_list_webhooks(struct api *api, struct api_request *request);
void api_create_webhook(struct api *api, struct api_request *request);
void api_read_webhook(struct api *api, struct api_request *request);
void api_change_webhook(struct api *api, struct api_request *request);
void api_delete_webhook(struct api *api, struct api_request *request);
void api_list_deliveries(struct api *api, struct api_request *request);
void api_start_delivery(struct api *api, struct api_request *request);
/** For struct api_webhooks_config. */
void api_on_webhook_disabled(void *context, const struct api_webhook *hook);

void api_list_call_records(struct api *api, struct api_request *request);
void api_list_audit(struct api *api, struct api_request *request);

void api_list_rooms(struct api *api, struct api_request *request);
void api_create_room(struct api *api, struct api_request *request);
void api_read_room(struct api *api, struct api_request *request);
void api_change_room(struct api *api, struct api_request *request);
void api_delete_room(struct api *api, struct api_request *request);
/** Answers 404 if there is no such room; nothing else. */
void api_find_room(struct api *api, struct api_request *request);

void api_list_accounts(struct api *api, struct api_request *request);
void api_create_account(struct api *api, struct api_request *request);
void api_read_account(struct api *api, struct api_request *request);
void api_change_account(struct api *api, struct api_request *request);
void api_delete_account(struct api *api, struct api_request *request);

void api_list_bans(struct api *api, struct api_request *request);
void api_lift_ban(struct api *api, struct api_request *request);

void api_list_registrations(struct api *api, struct api_request *request);
void api_delete_registration(struct api *api, struct api_request *request);
void api_list_trunks(struct api *api, struct api_request *request);
void api_create_trunk(struct api *api, struct api_request *request);
void api_read_trunk(struct api *api, struct api_request *request);
void api_change_trunk(struct api *api, struct api_request *request);
void api_delete_trunk(struct api *api, struct api_request *request);
/** A listener's function: puts what happened to a trunk into the streams. */
void api_tell_trunk(void *context, enum trunk_event_kind kind, struct trunk *trunk);

void api_list_numbers(struct api *api, struct api_request *request);
void api_create_number(struct api *api, struct api_request *request);
void api_read_number(struct api *api, struct api_request *request);
void api_change_number(struct api *api, struct api_request *request);
void api_delete_number(struct api *api, struct api_request *request);
void api_list_participants(struct api *api, struct api_request *request);
void api_dial_participant(struct api *api, struct api_request *request);
void api_read_participant(struct api *api, struct api_request *request);
void api_change_participant(struct api *api, struct api_request *request);
void api_list_templates(struct api *api, struct api_request *request);
void api_create_template(struct api *api, struct api_request *request);
void api_read_template(struct api *api, struct api_request *request);
void api_change_template(struct api *api, struct api_request *request);
void api_delete_template(struct api *api, struct api_request *request);

void api_list_room_bans(struct api *api, struct api_request *request);
void api_create_room_ban(struct api *api, struct api_request *request);
void api_read_room_ban(struct api *api, struct api_request *request);
void api_delete_room_ban(struct api *api, struct api_request *request);

void api_act_on_participants(struct api *api, struct api_request *request);
void api_kick_participant(struct api *api, struct api_request *request);
void api_send_digits(struct api *api, struct api_request *request);

void api_take_room_snapshot(struct api *api, struct api_request *request);
void api_take_participant_snapshot(struct api *api, struct api_request *request);
void api_read_avatar(struct api *api, struct api_request *request);
void api_finish_avatar(struct api *api, struct api_request *request);  /* HTTP */
void api_prepare_avatar(struct api *api, struct api_request *request); /* HTTP */
void api_set_avatar(struct api *api, struct api_request *request);
void api_delete_avatar(struct api *api, struct api_request *request);

void api_open_call(struct api *api, struct api_request *request);
void api_read_call(struct api *api, struct api_request *request);
void api_change_call(struct api *api, struct api_request *request);
void api_end_call(struct api *api, struct api_request *request);
/** Answers 404 if it is over; nothing else. */
void api_find_call(struct api *api, struct api_request *request);
void api_serve_call_events(struct api *api, struct api_request *request); /* HTTP */

void api_serve_console(struct api *api, struct api_request *request);  /* HTTP */
void api_serve_join(struct api *api, struct api_request *request);     /* HTTP */
void api_serve_docs(struct api *api, struct api_request *request);     /* HTTP */
void api_serve_web_file(struct api *api, struct api_request *request); /* HTTP */

void api_list_messages(struct api *api, struct api_request *request);
void api_post_message(struct api *api, struct api_request *request);
void api_read_message(struct api *api, struct api_request *request);
void api_delete_message(struct api *api, struct api_request *request);
void api_list_files(struct api *api, struct api_request *request);
void api_read_file(struct api *api, struct api_request *request);
void api_delete_file(struct api *api, struct api_request *request);
void api_find_content(struct api *api, struct api_request *request);
void api_send_content(struct api *api, struct api_request *request); /* HTTP */

void api_list_file_offers(struct api *api, struct api_request *request);
void api_create_file_offer(struct api *api, struct api_request *request);
void api_read_file_offer(struct api *api, struct api_request *request);
void api_cancel_file_offer(struct api *api, struct api_request *request);

void api_list_all_recordings(struct api *api, struct api_request *request);
void api_list_recordings(struct api *api, struct api_request *request);
void api_start_recording(struct api *api, struct api_request *request);
void api_read_recording(struct api *api, struct api_request *request);
void api_change_recording(struct api *api, struct api_request *request);
void api_delete_recording(struct api *api, struct api_request *request);
void api_find_recording_content(struct api *api, struct api_request *request);

void api_read_presentation(struct api *api, struct api_request *request);
void api_begin_presentation(struct api *api, struct api_request *request);
void api_turn_presentation(struct api *api, struct api_request *request);
void api_end_presentation(struct api *api, struct api_request *request);

void api_read_file_head(struct api *api, struct api_request *request); /* HTTP */
void api_admit_file(struct api *api, struct api_request *request);
void api_finish_file(struct api *api, struct api_request *request);
void api_read_upload_head(struct api *api, struct api_request *request); /* HTTP */
void api_create_upload(struct api *api, struct api_request *request);
void api_read_upload(struct api *api, struct api_request *request);
void api_admit_upload(struct api *api, struct api_request *request);
void api_finish_upload(struct api *api, struct api_request *request);
void api_delete_upload(struct api *api, struct api_request *request);

void api_read_parcel_head(struct api *api, struct api_request *request); /* HTTP */
void api_admit_parcel(struct api *api, struct api_request *request);
void api_finish_parcel(struct api *api, struct api_request *request);
void api_find_parcel(struct api *api, struct api_request *request);

void api_list_plays(struct api *api, struct api_request *request);
void api_start_play(struct api *api, struct api_request *request);
void api_read_play(struct api *api, struct api_request *request);
void api_change_play(struct api *api, struct api_request *request);
void api_stop_play(struct api *api, struct api_request *request);

/* ---- what those share: api_page.c ---- */

enum { API_ACTIONS_NAMED = 1000 }; /* ids in a list of an action */

enum { API_PAGE_DEFAULT = 50, API_PAGE_MOST = 200 };

struct api_page {
    unsigned limit;
    const char *after; /* "": from the begin */
};

/** Reads ?limit= and ?after=. @return false: the request is answered. */
bool api_page_read(struct api_request *request, struct api_page *page);

/** Answers with {"items": items, "next": next or null}; @p items is moved. */
void api_page_answer(struct api_request *request, json_t *items, const char *next);

/** @p page's "after" as a number, 0 without one. @return false: the request is answered. */
bool api_page_number(struct api_request *request, const struct api_page *page, int64_t *id);

/** As api_page_answer() for items that are one more than the page if there is a next one, which
 *  is asked for by the "id" of the last. */
void api_page_answer_newest(struct api_request *request, const struct api_page *page,
                            json_t *items);

/** The room of the path. @return NULL: the request is answered. */
struct room *api_request_room(struct api *api, struct api_request *request);

/** The participant of the path. @return NULL: the request is answered. */
struct participant *api_request_participant(struct api *api, struct api_request *request);

/** Answers room_ban()'s errors. api_room_bans.c */
void api_room_ban_error(struct api_answer *answer, int err);

/* ---- api_door.c ---- */

/** Answers what the door of @p room says: nothing for ROOM_ADMITTED. */
void api_door_refusal(struct api_answer *answer, const struct room *room,
                      enum room_refusal refusal);
/* Each: false: @p answer says why not. */
/** In from the door. */
bool api_door_admit(struct api_answer *answer, struct participant *participant);
/** Away from it. */
bool api_door_refuse(struct api_answer *answer, struct participant *participant);
/** Into the room of that name, if the token is good for it. */
bool api_door_move(struct api *api, const struct api_caller *caller, struct api_answer *answer,
                   struct participant *participant, const char *name);

/** True for who runs the room, and for the participant who shares @p file; else it is answered.
 *  api_files.c */
bool api_may_change_file(struct api_request *request, const struct room_file *file);
enum { API_URL_BYTES = 512 };

/** Writes the URL by which people outside reach @p path. @return false: it is too long.
 *  api_files.c */
bool api_url_write(const struct api *api, const char *path, char out[API_URL_BYTES]);
/** Gives the request the bytes of a file, for api_send_content(). api_files.c */
void api_lend_content(struct api_request *request, const struct room_file *file);
/** Writes a line with its link into the chat of its room. api_files.c */
void api_tell_of_file(struct api *api, struct room *room, const struct room_file *file);
/** Answers api_transfer_write()'s errno; nothing for 0. Any thread. api_upload.c */
void api_answer_part_error(struct api_request *request, int err);
/** Answers room_file_open()'s. api_upload.c */
void api_answer_no_space(struct api *api, struct api_request *request, int err);
/** Gives the request a transfer. @return NULL: it is answered. HTTP. api_upload.c */
struct api_transfer *api_make_transfer(struct api_request *request);
/** Content-Length, into the transfer. HTTP. api_upload.c */
void api_read_body_length(struct api_request *request, struct api_transfer *transfer);
/** Takes home what was lent. @return NULL: the room has ended meanwhile, and it is answered.
 * api_upload.c */
struct room_file *api_take_file_home(struct api_request *request);
/** @return false: the name cannot be, and it is answered. api_upload.c */
bool api_name_file(struct api_request *request, struct room_file *file, const char *name);
/** What tus is told by OPTIONS. Any thread. api_upload.c */
void api_announce_tus(struct api_answer *answer, uint64_t max_bytes);

/** Answers a store's or a room's errno. */
void api_problem_errno(struct api_answer *answer, int err);
void api_answer_errno(struct api_request *request, int err);

#endif
