/* api_route.c - the table of all routes. */
#include "api/api_route.h"

#include "api/api_internal.h"

#include <stdio.h>
#include <string.h>

#define TOKENS "/api/v1/tokens"
#define TOKEN TOKENS "/{id}"
#define WEBHOOKS "/api/v1/webhooks"
#define WEBHOOK WEBHOOKS "/{id}"
#define ROOMS "/api/v1/rooms"
#define ROOM ROOMS "/{room}"
#define PARTICIPANTS ROOM "/participants"
#define PARTICIPANT PARTICIPANTS "/{id}"
#define AVATAR PARTICIPANT "/avatar"
#define ACCOUNTS "/api/v1/accounts"
#define ACCOUNT ACCOUNTS "/{name}"
#define BANS "/api/v1/bans"
#define REGISTRATIONS ACCOUNTS "/{account}/registrations"
#define TRUNKS "/api/v1/trunks"
#define TRUNK TRUNKS "/{name}"
#define NUMBERS "/api/v1/numbers"
#define NUMBER NUMBERS "/{id}"
#define TEMPLATES "/api/v1/templates"
#define TEMPLATE TEMPLATES "/{name}"
#define ROOM_BANS ROOM "/bans"
#define ROOM_BAN ROOM_BANS "/{id}"
#define CALLS ROOM "/calls"
#define CALL CALLS "/{id}"
#define MESSAGES ROOM "/messages"
#define MESSAGE MESSAGES "/{id}"
#define FILES ROOM "/files"
#define FILE_ FILES "/{id}"
#define FILE_OFFERS ROOM "/file-offers"
#define FILE_OFFER FILE_OFFERS "/{id}"
#define RECORDINGS ROOM "/recordings"
#define RECORDING RECORDINGS "/{id}"
#define PRESENTATION ROOM "/presentation"
#define UPLOADS ROOM "/uploads"
#define UPLOAD UPLOADS "/{id}"
#define PARCELS "/file-transfer"
#define PLAYS ROOM "/plays"
#define PLAY PLAYS "/{id}"

/* What changes by itself. */
static const char *const of_room[] = {"participants", "waiting",    "speaker",
                                      "video.now",    "video.cost", "recording_now",
                                      "presentation", NULL};
static const char *const of_participant[] = {"media",  "video",       "talking",
                                             "typing", "takes_files", NULL};
static const char *const of_token[] = {"last_used_at", NULL};
static const char *const of_webhook[] = {"waiting", "delivered", "failed", "lost", NULL};
static const char *const of_trunk[] = {"now", NULL};
static const char *const of_presentation[] = {"state", "pages", NULL};
static const char *const of_recording[] = {"length_ms", "bytes", "dropped_ms", NULL};
static const char *const of_file_offer[] = {"sent_bytes", NULL};
static const char *const of_play[] = {"position_ms", "length_ms", "pictures", NULL};
static const char *const nothing[] = {NULL};

/* clang-format off */
static const struct api_route routes[] = {
    {API_GET,    "/health",              .serve = api_serve_health,  .place = API_ON_HTTP, .role = API_NOBODY},
    {API_GET,    "/ready",               .serve = api_serve_ready,   .role = API_NOBODY},
    {API_GET,    "/metrics",             .serve = api_serve_metrics, .finish = api_finish_metrics, .is_metrics = true},
    {API_GET,    "/api/v1/openapi.yaml", .serve = api_serve_openapi, .place = API_ON_HTTP, .role = API_NOBODY},
    {API_GET,    "/docs",                .serve = api_serve_docs, .place = API_ON_HTTP, .role = API_NOBODY},
    {API_GET,    "/",                    .serve = api_serve_console, .place = API_ON_HTTP, .role = API_NOBODY},
    {API_GET,    "/join/{room}",         .serve = api_serve_join, .place = API_ON_HTTP, .role = API_NOBODY},
    {API_GET,    "/web/{name}",          .serve = api_serve_web_file, .place = API_ON_HTTP, .role = API_NOBODY},
    {API_GET,    "/api/v1/events",       .serve = api_serve_events,  .place = API_ON_HTTP,
     .parameters = {"last_event_id"}},

    {API_GET,    TOKENS, .serve = api_list_tokens,  .parameters = {"limit", "after"}},
    {API_POST,   TOKENS, .serve = api_create_token, .has_body = true},
    {API_GET,    TOKEN,  .serve = api_read_token, .changing = of_token},
    {API_PATCH,  TOKEN,  .serve = api_change_token, .has_body = true},
    {API_DELETE, TOKEN,  .serve = api_delete_token},

    {API_GET,    WEBHOOKS, .serve = api_list_webhooks,  .parameters = {"limit", "after"}},
    {API_POST,   WEBHOOKS, .serve = api_create_webhook, .has_body = true},
    {API_GET,    WEBHOOK,  .serve = api_read_webhook, .changing = of_webhook},
    {API_PATCH,  WEBHOOK,  .serve = api_change_webhook, .has_body = true},
    {API_DELETE, WEBHOOK,  .serve = api_delete_webhook},
    {API_GET,    WEBHOOK "/deliveries", .serve = api_list_deliveries},
    {API_POST,   WEBHOOK "/deliveries", .serve = api_start_delivery, .has_body = true},

    {API_GET,    "/api/v1/audit", .serve = api_list_audit, .parameters = {"limit", "after", "token"}},
    {API_GET,    "/api/v1/call-records", .serve = api_list_call_records,
     .parameters = {"limit", "after", "room", "uri", "from", "to"}},

    {API_GET,    ROOMS, .serve = api_list_rooms, .role = API_MODERATOR,
     .parameters = {"limit", "after", "name", "active"}},
    {API_POST,   ROOMS, .serve = api_create_room, .has_body = true},
    {API_GET,    ROOM,  .changing = of_room, .serve = api_read_room, .role = API_PARTICIPANT},
    {API_PATCH,  ROOM,  .serve = api_change_room, .role = API_MODERATOR, .has_body = true},
    {API_DELETE, ROOM,  .serve = api_delete_room},
    {API_GET,    ROOM "/events", .serve = api_find_room, .finish = api_serve_events, .role = API_MODERATOR,
     .parameters = {"last_event_id"}},

    {API_GET,    ROOM "/snapshot.jpg", .serve = api_take_room_snapshot, .role = API_MODERATOR, .parameters = {"width"}},

    {API_GET,    ACCOUNTS, .serve = api_list_accounts,  .parameters = {"limit", "after"}},
    {API_POST,   ACCOUNTS, .serve = api_create_account, .has_body = true},
    {API_GET,    ACCOUNT,  .serve = api_read_account, .changing = nothing},
    {API_PATCH,  ACCOUNT,  .serve = api_change_account, .has_body = true},
    {API_DELETE, ACCOUNT,  .serve = api_delete_account},
    {API_GET,    BANS, .serve = api_list_bans, .parameters = {"limit", "after"}},
    {API_DELETE, BANS "/{id}", .serve = api_lift_ban},
    {API_GET,    REGISTRATIONS, .serve = api_list_registrations},
    {API_DELETE, REGISTRATIONS "/{id}", .serve = api_delete_registration},

    {API_GET,    TRUNKS, .serve = api_list_trunks,  .parameters = {"limit", "after"}},
    {API_POST,   TRUNKS, .serve = api_create_trunk, .has_body = true},
    {API_GET,    TRUNK,  .serve = api_read_trunk, .changing = of_trunk},
    {API_PATCH,  TRUNK,  .serve = api_change_trunk, .has_body = true},
    {API_DELETE, TRUNK,  .serve = api_delete_trunk},

    {API_GET,    NUMBERS, .serve = api_list_numbers,  .parameters = {"limit", "after"}},
    {API_POST,   NUMBERS, .serve = api_create_number, .has_body = true},
    {API_GET,    NUMBER,  .serve = api_read_number, .changing = nothing},
    {API_PATCH,  NUMBER,  .serve = api_change_number, .has_body = true},
    {API_DELETE, NUMBER,  .serve = api_delete_number},
    {API_GET,    PARTICIPANTS, .serve = api_list_participants, .role = API_MODERATOR,
     .parameters = {"limit", "after", "state"}},
    {API_POST,   PARTICIPANTS, .serve = api_dial_participant, .role = API_MODERATOR,  .has_body = true},
    {API_POST,   ROOM "/actions", .serve = api_act_on_participants, .role = API_MODERATOR, .has_body = true},
    {API_GET,    PARTICIPANT,  .changing = of_participant, .serve = api_read_participant, .role = API_PARTICIPANT, .is_own = true},
    {API_PATCH,  PARTICIPANT,  .serve = api_change_participant, .role = API_MODERATOR, .has_body = true},
    {API_DELETE, PARTICIPANT,  .serve = api_kick_participant, .role = API_MODERATOR, .parameters = {"ban"}},
    {API_POST,   PARTICIPANT "/dtmf", .serve = api_send_digits, .role = API_MODERATOR, .has_body = true},

    {API_GET,    PARTICIPANT "/snapshot.jpg", .serve = api_take_participant_snapshot, .role = API_MODERATOR,
     .parameters = {"width"}},
    {API_GET,    AVATAR, .serve = api_read_avatar, .finish = api_finish_avatar, .role = API_PARTICIPANT, .is_own = true},
    {API_PUT,    AVATAR, .prepare = api_prepare_avatar, .serve = api_set_avatar, .role = API_PARTICIPANT, .is_own = true, .has_body = true,
     .is_image = true},
    {API_DELETE, AVATAR, .serve = api_delete_avatar, .role = API_PARTICIPANT, .is_own = true},

    {API_GET,    TEMPLATES, .serve = api_list_templates,  .parameters = {"limit", "after"}},
    {API_POST,   TEMPLATES, .serve = api_create_template, .has_body = true},
    {API_GET,    TEMPLATE,  .serve = api_read_template, .changing = nothing},
    {API_PATCH,  TEMPLATE,  .serve = api_change_template, .has_body = true},
    {API_DELETE, TEMPLATE,  .serve = api_delete_template},

    {API_GET,    ROOM_BANS, .serve = api_list_room_bans, .role = API_MODERATOR, .parameters = {"limit", "after"}},
    {API_POST,   ROOM_BANS, .serve = api_create_room_ban, .role = API_MODERATOR, .has_body = true},
    {API_GET,    ROOM_BAN,  .serve = api_read_room_ban, .role = API_MODERATOR},
    {API_DELETE, ROOM_BAN,  .serve = api_delete_room_ban, .role = API_MODERATOR},

    {API_POST,   CALLS, .serve = api_open_call, .role = API_NOBODY, .has_body = true, .takes_sdp = true,
     .parameters = {"display_name", "pin"}},
    {API_GET,    CALL,  .serve = api_read_call, .role = API_NOBODY},
    {API_PATCH,  CALL,  .serve = api_change_call, .role = API_NOBODY, .has_body = true, .takes_sdp = true},
    {API_DELETE, CALL,  .serve = api_end_call, .role = API_NOBODY},
    {API_GET,    CALL "/events", .serve = api_find_call, .finish = api_serve_call_events, .role = API_NOBODY,
     .parameters = {"last_event_id"}},

    {API_GET,    MESSAGES, .serve = api_list_messages, .role = API_PARTICIPANT, .parameters = {"limit", "after"}},
    {API_POST,   MESSAGES, .serve = api_post_message, .role = API_PARTICIPANT, .has_body = true},
    {API_GET,    MESSAGE,  .serve = api_read_message, .role = API_PARTICIPANT},
    {API_DELETE, MESSAGE,  .serve = api_delete_message, .role = API_PARTICIPANT},

    {API_GET,    FILES, .serve = api_list_files, .role = API_PARTICIPANT, .parameters = {"limit", "after"}},
    {API_POST,   FILES, .read_head = api_read_file_head, .admit = api_admit_file, .serve = api_finish_file,
     .role = API_PARTICIPANT, .parameters = {"name"}},
    {API_GET,    FILE_, .serve = api_read_file, .role = API_PARTICIPANT},
    {API_DELETE, FILE_, .serve = api_delete_file, .role = API_PARTICIPANT},
    {API_GET,    FILE_ "/content", .serve = api_find_content, .finish = api_send_content, .role = API_PARTICIPANT,
     .takes_link = true, .parameters = {"expires", "signature"}},

    {API_GET,    FILE_OFFERS, .serve = api_list_file_offers, .role = API_MODERATOR, .parameters = {"limit", "after"}},
    {API_POST,   FILE_OFFERS, .serve = api_create_file_offer, .role = API_PARTICIPANT, .has_body = true},
    {API_GET,    FILE_OFFER,  .serve = api_read_file_offer, .changing = of_file_offer, .role = API_MODERATOR},
    {API_DELETE, FILE_OFFER,  .serve = api_cancel_file_offer, .role = API_MODERATOR},

    {API_GET,    "/api/v1/recordings", .serve = api_list_all_recordings, .parameters = {"limit", "after"}},
    {API_GET,    RECORDINGS, .serve = api_list_recordings, .role = API_MODERATOR, .parameters = {"limit", "after"}},
    {API_POST,   RECORDINGS, .serve = api_start_recording, .role = API_PARTICIPANT, .has_body = true},
    {API_GET,    RECORDING,  .serve = api_read_recording, .changing = of_recording, .role = API_MODERATOR},
    {API_PATCH,  RECORDING,  .serve = api_change_recording, .role = API_PARTICIPANT, .has_body = true},
    {API_DELETE, RECORDING,  .serve = api_delete_recording, .role = API_MODERATOR},
    {API_GET,    RECORDING "/content", .serve = api_find_recording_content, .finish = api_send_content, .role = API_MODERATOR,
     .takes_link = true, .parameters = {"expires", "signature"}},

    {API_GET,    PRESENTATION, .serve = api_read_presentation, .changing = of_presentation, .role = API_PARTICIPANT},
    {API_POST,   PRESENTATION, .serve = api_begin_presentation, .role = API_PARTICIPANT, .has_body = true},
    {API_PATCH,  PRESENTATION, .serve = api_turn_presentation, .role = API_PARTICIPANT, .has_body = true},
    {API_DELETE, PRESENTATION, .serve = api_end_presentation, .role = API_PARTICIPANT},

    {API_POST,   UPLOADS, .read_head = api_read_upload_head, .serve = api_create_upload, .role = API_PARTICIPANT,
     .is_tus = true},
    {API_GET,    UPLOAD, .read_head = api_read_upload_head, .serve = api_read_upload, .role = API_PARTICIPANT,
     .is_tus = true},
    {API_PATCH,  UPLOAD, .read_head = api_read_upload_head, .admit = api_admit_upload,
     .serve = api_finish_upload, .role = API_PARTICIPANT, .is_tus = true},
    {API_DELETE, UPLOAD, .read_head = api_read_upload_head, .serve = api_delete_upload, .role = API_PARTICIPANT,
     .is_tus = true},

    {API_POST,   PARCELS, .read_head = api_read_parcel_head, .admit = api_admit_parcel, .serve = api_finish_parcel,
     .role = API_NOBODY, .takes_digest = true},
    {API_GET,    PARCELS "/{id}", .serve = api_find_parcel, .finish = api_send_content, .role = API_NOBODY},

    {API_GET,    PLAYS, .serve = api_list_plays, .role = API_MODERATOR},
    {API_POST,   PLAYS, .serve = api_start_play, .role = API_MODERATOR,  .has_body = true},
    {API_GET,    PLAY,  .serve = api_read_play, .changing = of_play, .role = API_MODERATOR},
    {API_PATCH,  PLAY,  .serve = api_change_play, .role = API_MODERATOR, .has_body = true},
    {API_DELETE, PLAY,  .serve = api_stop_play, .role = API_MODERATOR},
};
/* clang-format on */

static const char *const words[] = {
    [API_GET] = "GET",     [API_POST] = "POST",     [API_PUT] = "PUT",
    [API_PATCH] = "PATCH", [API_DELETE] = "DELETE", [API_OPTIONS] = "OPTIONS",
};

const struct api_route *api_route_at(unsigned index)
{
    return index < sizeof(routes) / sizeof(routes[0]) ? &routes[index] : NULL;
}

enum api_role api_route_role(const struct api_route *route)
{
    return route->role == API_UNSAID ? API_ADMIN : route->role;
}

const char *api_method_word(enum api_method method)
{
    return method < API_METHOD_OTHER ? words[method] : NULL;
}

enum api_method api_method_parse(const char *word)
{
    if (strcmp(word, "HEAD") == 0)
        return API_GET;
    for (unsigned i = 0; i < API_METHOD_OTHER; i++) {
        if (strcmp(word, words[i]) == 0)
            return (enum api_method)i;
    }
    return API_METHOD_OTHER;
}

static bool is_segment(const char *pattern, size_t length, const char *segment)
{
    return strlen(segment) == length && memcmp(pattern, segment, length) == 0;
}

static bool fits(const char *path, const struct api_uri *uri, struct api_route_match *match)
{
    const char *room = NULL, *id = NULL, *account = NULL;
    for (unsigned i = 0; i < uri->segment_count; i++) {
        if (*path != '/')
            return false;
        path++;
        size_t length = strcspn(path, "/");
        if (is_segment(path, length, "{room}"))
            room = uri->segment[i];
        else if (is_segment(path, length, "{account}"))
            account = uri->segment[i];
        else if (is_segment(path, length, "{id}") || is_segment(path, length, "{name}"))
            id = uri->segment[i];
        else if (!is_segment(path, length, uri->segment[i]))
            return false;
        path += length;
    }
    if (*path)
        return false;
    match->room = room;
    match->id = id;
    match->account = account;
    return true;
}

static void allow(struct api_route_match *match, const char *word)
{
    size_t used = strlen(match->allow);
    snprintf(match->allow + used, sizeof(match->allow) - used, "%s%s", used ? ", " : "", word);
}

void api_route_find(enum api_method method, const struct api_uri *uri,
                    struct api_route_match *match)
{
    *match = (struct api_route_match){.route = NULL};
    for (unsigned i = 0; api_route_at(i); i++) {
        if (!fits(routes[i].path, uri, match))
            continue;
        allow(match, words[routes[i].method]);
        if (routes[i].method == API_GET)
            allow(match, "HEAD");
        match->is_tus |= routes[i].is_tus;
        if (routes[i].method == method)
            match->route = &routes[i];
    }
    if (match->allow[0])
        allow(match, "OPTIONS");
}
