/* api_recordings.c - /api/v1/recordings, /api/v1/rooms/{room}/recordings and below. */
#include "api/api_body.h"
#include "api/api_internal.h"
#include "api/api_links.h"
#include "api/api_show.h"
#include "api/api_transfer.h"
#include "mixer/base/clock.h"
#include "server/room/room_policy.h"
#include "server/room/room_recordings.h"
#include "server/room/room_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char path_format[] = "/api/v1/rooms/%s/recordings/%s";
static const char media_type[] = "video/webm", sound_type[] = "audio/webm";

/* The link is good from now on. */
static json_t *show_link(const struct api_links *links, const struct room_recording *recording)
{
    char path[API_LINK_BYTES];
    const struct api_link_target target = {API_LINK_RECORDING, room_recording_room(recording),
                                           room_recording_info(recording)->id};
    api_links_write(links, &target, clock_wall_ns(), path);
    return json_string(path);
}

json_t *api_show_recording(const struct api_links *links,
                           const struct room_recording *recording)
{
    const struct room_recording_info *info = room_recording_info(recording);
    const bool is_ready = info->state == ROOM_RECORDING_READY;
    json_t *shown = json_pack(
        "{s:s, s:s, s:s, s:s?, s:b, s:s, s:s?, s:I, s:I, s:I, s:s?, s:o, s:o, s:o}", "id",
        info->id, "room", room_recording_room(recording), "name", info->name, "started_by",
        info->starter[0] ? info->starter : NULL, "video", info->has_video, "state",
        room_recording_state_word(info->state), "reason",
        info->ending ? room_recording_ending_word(info->ending) : NULL, "length_ms",
        (json_int_t)info->length_ms, "bytes", (json_int_t)info->bytes, "dropped_ms",
        (json_int_t)info->dropped_ticks * 20, "sha256", is_ready ? info->sha256 : NULL,
        "created_at", api_show_time(info->created_ns), "ended_at",
        api_show_time(info->ended_ns), "expires_at", api_show_time(info->expires_ns));
    json_object_set_new(shown, "content", is_ready ? show_link(links, recording) : json_null());
    return shown;
}

/* Its room may be gone. @return NULL: it is answered. */
static struct room_recording *find(struct api *api, struct api_request *request)
{
    struct room_recording *recording =
        room_recording_find(api->config.rooms, request->room, request->id);
    if (!recording)
        api_problem(&request->answer, 404, "no_such_recording",
                    "Room \"%.64s\" has no recording \"%.32s\".", request->room, request->id);
    return recording;
}

/* ---- lists ---- */

/* @p room NULL: of all. */
static void answer_page(struct api *api, struct api_request *request, const char *room)
{
    struct api_page page;
    if (!api_page_read(request, &page))
        return;
    json_t *items = json_array();
    const char *last = NULL;
    bool is_behind = !*page.after, is_more = false;
    unsigned count = 0;
    const struct room_recording *at = room_recording_first(api->config.rooms);
    for (; at && !is_more; at = room_recording_next(at)) {
        const char *id = room_recording_info(at)->id;
        if (room && strcmp(room, room_recording_room(at)) != 0)
            continue;
        is_more = is_behind && count == page.limit;
        if (is_behind && !is_more) {
            json_array_append_new(items, api_show_recording(api->links, at));
            last = id;
            count++;
        }
        is_behind |= strcmp(id, page.after) == 0;
    }
    api_page_answer(request, items, is_more ? last : NULL);
}

void api_list_all_recordings(struct api *api, struct api_request *request)
{
    answer_page(api, request, NULL);
}

static bool has_recordings(const struct api *api, const char *room)
{
    const struct room_recording *at = room_recording_first(api->config.rooms);
    while (at && strcmp(room_recording_room(at), room) != 0)
        at = room_recording_next(at);
    return at != NULL;
}

void api_list_recordings(struct api *api, struct api_request *request)
{
    if (has_recordings(api, request->room) || api_request_room(api, request))
        answer_page(api, request, request->room);
}

/* ---- who may ---- */

/* The role of the participant who asks; of a token without one a guest's. */
static enum participant_role role_of(const struct room *room, const struct api_caller *caller)
{
    const struct participant *participant =
        caller->participant[0] ? room_find(room, caller->participant) : NULL;
    return participant ? participant_info(participant)->role : PARTICIPANT_GUEST;
}

/* Who runs the room may, and a participant whom the room lets. @return false: it is answered.
 */
static bool may_record(struct api_request *request, const struct room *room)
{
    const struct api_caller *caller = &request->caller;
    if (caller->role >= API_MODERATOR ||
        (room && caller->participant[0] &&
         room_policy_allows(room_settings(room)->may_record, role_of(room, caller))))
        return true;
    api_problem(&request->answer, 403, "may_not_record",
                "You may not record this room (who_may_record).");
    return false;
}

/* ---- a new one ---- */

static void answer_error(struct api_request *request, const struct room *room, int err)
{
    struct api_answer *answer = &request->answer;
    const char *name = room_name(room);
    switch (-err) {
    case ENOSYS:
        api_problem(answer, 501, "not_available", "This server records nothing.");
        break;
    case EPERM:
        api_problem(answer, 409, "not_recorded", "Room \"%s\" is not recorded (recording).",
                    name);
        break;
    case ENOTCONN:
        api_problem(answer, 409, "not_connected", "Nobody is connected in room \"%s\".", name);
        break;
    case EALREADY:
        api_problem(answer, 409, "already_recorded", "Room \"%s\" is recorded already.", name);
        break;
    case EOPNOTSUPP:
        api_problem(answer, 409, "no_video", "Room \"%s\" has no pictures.", name);
        break;
    case EBUSY:
        api_problem(answer, 503, "no_time_for_video",
                    "There is no time for more pictures now; the sound can be recorded.");
        answer->retry_after_s = 60;
        break;
    case EUSERS:
        api_problem(answer, 503, "too_many_recordings",
                    "As many recordings are made as may be, or the room has too many.");
        answer->retry_after_s = 60;
        break;
    case EDQUOT:
        api_problem(answer, 507, "room_quota",
                    "The recordings of room \"%s\" have all the room that they may have.",
                    name);
        break;
    case E2BIG:
        api_problem(answer, 507, "server_quota",
                    "All recordings together have all the room that they may have.");
        break;
    default:
        api_answer_errno(request, err);
    }
}

static bool is_name(const char *text)
{
    char clean[ROOM_RECORDING_NAME_BYTES];
    room_text_clean(clean, sizeof(clean), text);
    return strcmp(clean, text) == 0;
}

#define NAME_FIELD                                                                             \
    {                                                                                          \
        "name", API_TEXT, .least = 1, .most = ROOM_RECORDING_NAME_BYTES - 1,                   \
                          .is_valid = is_name,                                                 \
                          .allowed = "a text of one line, without control characters"          \
    }

static enum room_recording_pictures pictures_of(const struct room *room,
                                                const struct api_value *asked)
{
    if (asked->is_given)
        return asked->flag ? ROOM_RECORDING_PICTURES : ROOM_RECORDING_SOUND_ONLY;
    return room_settings(room)->record_video ? ROOM_RECORDING_PICTURES_IF_POSSIBLE
                                             : ROOM_RECORDING_SOUND_ONLY;
}

void api_start_recording(struct api *api, struct api_request *request)
{
    enum { NAME, VIDEO, FIELDS };
    static const struct api_field fields[FIELDS] = {
        [NAME] = NAME_FIELD,
        [VIDEO] = {.name = "video", .type = API_BOOL},
    };
    struct room *room = api_request_room(api, request);
    struct api_answer *answer = &request->answer;
    struct api_value values[FIELDS];
    if (!room || !may_record(request, room) ||
        !api_body_read(request->json, fields, FIELDS, API_BODY_NEW, values, answer))
        return;
    const struct participant *starter =
        request->caller.participant[0] ? room_find(room, request->caller.participant) : NULL;
    const struct room_recording_plan plan = {
        .name = values[NAME].text,
        .starter = starter ? participant_info(starter)->display_name : NULL,
        .pictures = pictures_of(room, &values[VIDEO])};
    struct room_recording *recording;
    int err = room_recording_start(room, &plan, &recording);
    if (err < 0) {
        answer_error(request, room, err);
        return;
    }
    api_answer_json(answer, 201, api_show_recording(api->links, recording));
    snprintf(answer->location, sizeof(answer->location), path_format, room_name(room),
             room_recording_info(recording)->id);
}

/* ---- one of them ---- */

void api_read_recording(struct api *api, struct api_request *request)
{
    const struct room_recording *recording = find(api, request);
    if (recording)
        api_answer_json(&request->answer, 200, api_show_recording(api->links, recording));
}

/* One of a room that always is. @return false: it is answered. */
static bool may_end(struct api_request *request, const struct room *room,
                    const struct room_recording *recording)
{
    if (!room || room_recording_of(room) != recording ||
        room_settings(room)->recording != ROOM_RECORDED_ALWAYS)
        return true;
    api_problem(&request->answer, 409, "always_recorded",
                "Room \"%s\" is recorded as long as somebody is in (recording).",
                room_name(room));
    return false;
}

static void set_state(struct api_request *request, const struct room *room,
                      struct room_recording *recording, const char *state)
{
    int err = 0;
    if (strcmp(state, "recording") != 0 && !may_end(request, room, recording))
        return;
    if (strcmp(state, "stopped") == 0)
        room_recording_stop(recording);
    else
        err = room_recording_pause(recording, strcmp(state, "paused") == 0);
    if (err == -EALREADY)
        api_problem(&request->answer, 409, "recording_ended", "It has ended.");
    else if (err < 0)
        api_problem(&request->answer, 409, "too_many_pauses",
                    "A recording is paused so often, and no more.");
}

void api_change_recording(struct api *api, struct api_request *request)
{
    enum { NAME, STATE, FIELDS };
    static const struct api_field fields[FIELDS] = {
        [NAME] = NAME_FIELD,
        [STATE] = {"state", API_WORD, .words = {"recording", "paused", "stopped"}},
    };
    struct room_recording *recording = find(api, request);
    const struct room *room = room_list_find(api->config.rooms, request->room);
    struct api_value values[FIELDS];
    if (!recording || !may_record(request, room) ||
        !api_body_read(request->json, fields, FIELDS, API_BODY_PATCH, values, &request->answer))
        return;
    if (values[STATE].is_given)
        set_state(request, room, recording, values[STATE].text);
    if (request->answer.status)
        return;
    int err = values[NAME].is_given ? room_recording_rename(recording, values[NAME].text) : 0;
    if (err < 0)
        api_answer_errno(request, err);
    else
        api_answer_json(&request->answer, 200, api_show_recording(api->links, recording));
}

void api_delete_recording(struct api *api, struct api_request *request)
{
    struct room_recording *recording = find(api, request);
    const struct room *room = room_list_find(api->config.rooms, request->room);
    if (!recording || !may_end(request, room, recording))
        return;
    int err = room_recording_remove(recording);
    if (err < 0)
        api_answer_errno(request, err);
    else
        api_answer_empty(&request->answer, 204);
}

/* ---- the bytes: api_send_content() ---- */

/* A name that a file can have, whatever is in it. */
static void write_name(const struct room_recording_info *info, char *out, size_t room)
{
    snprintf(out, room, "%s.webm", info->name);
    for (char *at = out; *at; at++) {
        if (strchr("/\\:", *at))
            *at = '-';
    }
    if (out[0] == '.')
        out[0] = '-';
}

void api_find_recording_content(struct api *api, struct api_request *request)
{
    const struct room_recording *recording = find(api, request);
    if (!recording)
        return;
    const struct room_recording_info *info = room_recording_info(recording);
    if (info->state != ROOM_RECORDING_READY) {
        api_problem(&request->answer, 409, "not_ready",
                    "The recording cannot be had: it is %s.",
                    room_recording_state_word(info->state));
        return;
    }
    struct api_transfer *transfer = request->transfer = api_transfer_create();
    if (transfer)
        transfer->path = room_recording_path(recording);
    if (!transfer || !transfer->path) {
        api_answer_errno(request, -ENOMEM);
        return;
    }
    write_name(info, transfer->name, sizeof(transfer->name));
    snprintf(transfer->type, sizeof(transfer->type), "%s",
             info->has_video ? media_type : sound_type);
    memcpy(transfer->sha256, info->sha256, sizeof(transfer->sha256));
    transfer->bytes = info->bytes;
    api_answer_empty(&request->answer, 200);
}
