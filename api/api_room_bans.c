/* api_room_bans.c - /api/v1/rooms/{room}/bans: who may not come in. */
#include "api/api_body.h"
#include "api/api_internal.h"
#include "api/api_show.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { URI, ADDRESS, NOTE, FIELDS };

static bool is_uri(const char *uri)
{
    char who[ROOM_BAN_URI_BYTES];
    return room_ban_uri(uri, who);
}

static const struct api_field fields[FIELDS] = {
    [URI] = {"uri", API_TEXT, .least = 1, .most = ROOM_BAN_URI_BYTES - 1, .is_valid = is_uri,
             .allowed = "an address with user and host, as sip:eve@example.com"},
    [ADDRESS] = {"address", API_TEXT, .least = 1, .most = ADDRESS_BLOCK_TEXT_BYTES - 1,
                 .is_valid = room_ban_address_is_valid,
                 .allowed = "an IP address, or a block of them, as 192.0.2.0/24"},
    [NOTE] = {"note", API_TEXT, .most = ROOM_BAN_NOTE_BYTES - 1},
};

static json_t *show_text(const char *text)
{
    return text[0] ? json_string(text) : json_null();
}

static json_t *show_ban(const struct room_ban *ban)
{
    return json_pack("{s:s, s:o, s:o, s:s, s:o}", "id", ban->id, "uri", show_text(ban->uri),
                     "address", show_text(ban->address), "note", ban->note, "created_at",
                     api_show_time(ban->created_ns));
}

/* The ban of the path. @return NULL: the request is answered. */
static const struct room_ban *ban_of(struct room *room, struct api_request *request)
{
    const struct room_ban *ban = room ? room_bans_find(room_bans(room), request->id) : NULL;
    if (room && !ban)
        api_problem(&request->answer, 404, "no_such_ban", "Room \"%s\" has no ban \"%.19s\".",
                    room_name(room), request->id);
    return ban;
}

/* In the order in which they were made; "after" is one of them. */
void api_list_room_bans(struct api *api, struct api_request *request)
{
    const struct room *room = api_request_room(api, request);
    struct api_page page;
    if (!room || !api_page_read(request, &page))
        return;
    const struct room_bans *bans = room_bans(room);
    const struct room_ban *after = room_bans_find(bans, page.after);
    unsigned at = after ? (unsigned)(after - bans->ban) + 1 : 0;
    json_t *items = json_array();
    for (unsigned i = 0; i < page.limit && at < bans->count; i++)
        json_array_append_new(items, show_ban(&bans->ban[at++]));
    api_page_answer(request, items, at && at < bans->count ? bans->ban[at - 1].id : NULL);
}

void api_read_room_ban(struct api *api, struct api_request *request)
{
    const struct room_ban *ban = ban_of(api_request_room(api, request), request);
    if (ban)
        api_answer_json(&request->answer, 200, show_ban(ban));
}

void api_room_ban_error(struct api_answer *answer, int err)
{
    switch (-err) {
    case EEXIST:
        api_problem(answer, 409, "ban_exists", "There is such a ban already.");
        break;
    case EINVAL:
        api_problem(answer, 409, "cannot_ban",
                    "There is no address by which it could be banned.");
        break;
    case EUSERS:
        api_problem(answer, 409, "too_many_bans", "A room has %d bans at most.", ROOM_MAX_BANS);
        break;
    default:
        api_problem_errno(answer, err);
    }
}

void api_create_room_ban(struct api *api, struct api_request *request)
{
    struct room *room = api_request_room(api, request);
    struct api_answer *answer = &request->answer;
    struct api_value values[FIELDS];
    const struct room_ban *ban;
    if (!room || !api_body_read(request->json, fields, FIELDS, API_BODY_NEW, values, answer))
        return;
    if (values[URI].is_given == values[ADDRESS].is_given) {
        api_problem_field(answer, "", "has to have one of uri and address");
        return;
    }
    const struct room_ban_request wanted = {
        .uri = values[URI].text, .address = values[ADDRESS].text, .note = values[NOTE].text};
    int err = room_ban(room, &wanted, &ban);
    if (err < 0) {
        api_room_ban_error(answer, err);
        return;
    }
    api_answer_json(answer, 201, show_ban(ban));
    snprintf(answer->location, sizeof(answer->location), "/api/v1/rooms/%s/bans/%s",
             room_name(room), ban->id);
}

void api_delete_room_ban(struct api *api, struct api_request *request)
{
    struct room *room = api_request_room(api, request);
    if (!ban_of(room, request))
        return;
    int err = room_unban(room, request->id);
    if (err < 0)
        api_answer_errno(request, err);
    else
        api_answer_empty(&request->answer, 204);
}
