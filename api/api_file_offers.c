/* api_file_offers.c - /api/v1/rooms/{room}/file-offers: files sent to phones, in their calls.
 */
#include "api/api_body.h"
#include "api/api_internal.h"
#include "api/api_show.h"
#include "server/room/room_offers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { FILE_ID, TO, NEW_FIELDS };

static const struct api_field new_fields[NEW_FIELDS] = {
    [FILE_ID] = {"file", API_TEXT, .least = 1, .most = ROOM_FILE_ID_BYTES - 1,
                 .is_required = true},
    [TO] = {"to", API_TEXT, .least = 1, .most = PARTICIPANT_ID_BYTES - 1, .is_nullable = true},
};

/* The first behind the one of that id; of one that is gone: none can be told, so the first. */
static const struct room_offer *page_begin(const struct room *room, const char *after)
{
    const struct room_offer *offer = *after ? room_offer_find(room, after) : NULL;
    return offer ? room_offer_next(offer) : room_offer_first(room);
}

void api_list_file_offers(struct api *api, struct api_request *request)
{
    const struct room *room = api_request_room(api, request);
    struct api_page page;
    if (!room || !api_page_read(request, &page))
        return;
    json_t *items = json_array();
    const char *last = NULL;
    unsigned count = 0;
    const struct room_offer *offer = page_begin(room, page.after);
    for (; offer && count < page.limit; offer = room_offer_next(offer), count++) {
        json_array_append_new(items, api_show_file_offer(offer));
        last = room_offer_info(offer)->id;
    }
    api_page_answer(request, items, offer ? last : NULL);
}

/* That of the path. @return NULL: the request is answered. */
static struct room_offer *find(struct api *api, struct api_request *request)
{
    const struct room *room = api_request_room(api, request);
    struct room_offer *offer = room ? room_offer_find(room, request->id) : NULL;
    if (room && !offer)
        api_problem(&request->answer, 404, "no_such_offer",
                    "Room \"%s\" has no offer \"%.32s\" of a file.", room_name(room),
                    request->id);
    return offer;
}

void api_read_file_offer(struct api *api, struct api_request *request)
{
    const struct room_offer *offer = find(api, request);
    if (offer)
        api_answer_json(&request->answer, 200, api_show_file_offer(offer));
}

void api_cancel_file_offer(struct api *api, struct api_request *request)
{
    struct room_offer *offer = find(api, request);
    if (!offer)
        return;
    if (room_offer_is_over(offer)) {
        api_problem(&request->answer, 409, "offer_is_over", "It is over: %s.",
                    room_offer_word(room_offer_info(offer)->state));
        return;
    }
    room_offer_cancel(offer);
    api_answer_empty(&request->answer, 204);
}

/* ---- made ---- */

static void answer_error(struct api_request *request, int err)
{
    struct api_answer *answer = &request->answer;
    switch (-err) {
    case ENOTCONN:
        api_problem(answer, 409, "not_connected", "The participant is not connected.");
        break;
    case EHOSTUNREACH:
        api_problem(
            answer, 409, "cannot_be_sent_files",
            "The participant has come by a way that takes no files: it needs a phone, and the "
            "server sip.msrp_listen.");
        break;
    case EALREADY:
        api_problem(answer, 409, "is_on_its_way", "The file is on its way there already.");
        break;
    case EBUSY:
        api_problem(answer, 409, "too_many_offers",
                    "%d files wait for the participant already.", ROOM_OFFERS_TO_ONE);
        break;
    case EUSERS:
        api_problem(answer, 409, "too_many_offers", "%d files wait in the room already.",
                    ROOM_OFFERS_MOST);
        break;
    default:
        api_answer_errno(request, err);
    }
}

static bool add(struct api_request *request, struct room_file *file, struct participant *to,
                json_t *items)
{
    struct room_offer *offer;
    const int err = room_offer_make(file, to, &offer);
    if (err < 0)
        answer_error(request, err);
    else
        json_array_append_new(items, api_show_file_offer(offer));
    return err == 0;
}

/* To all who are known to take files, but who shares it and who is getting it already. @return
 * false: there is nobody, and it is answered. */
static bool add_all(struct api_request *request, struct room *room, struct room_file *file,
                    json_t *items)
{
    const char *sharer_id = room_file_info(file)->sharer_id;
    struct participant *next;
    for (struct participant *to = room_first(room); to; to = next) {
        struct room_offer *offer;
        next = room_next(to);
        if (participant_takes_files(to) == PARTICIPANT_FILES_TAKEN &&
            strcmp(participant_info(to)->id, sharer_id) != 0 &&
            room_offer_make(file, to, &offer) == 0)
            json_array_append_new(items, api_show_file_offer(offer));
    }
    if (json_array_size(items))
        return true;
    api_problem(
        &request->answer, 409, "nobody_takes_files",
        "Nobody is in the room whose phone is known to take files, and who does not get it.");
    return false;
}

static struct room_file *read_file(const struct room *room, const char *id,
                                   struct api_answer *answer)
{
    struct room_file *file = room_file_find(room, id);
    if (file)
        return file;
    api_problem(answer, 422, "no_such_file", "Room \"%s\" has no such file.", room_name(room));
    api_problem_field(answer, "/file", "is not the id of a file of the room");
    return NULL;
}

static struct participant *read_receiver(const struct room *room, const char *id,
                                         struct api_answer *answer)
{
    struct participant *to = room_find(room, id);
    if (to)
        return to;
    api_problem(answer, 422, "no_such_participant", "Room \"%s\" has no such participant.",
                room_name(room));
    api_problem_field(answer, "/to", "is not the id of a participant of the room");
    return NULL;
}

void api_create_file_offer(struct api *api, struct api_request *request)
{
    struct room *room = api_request_room(api, request);
    struct api_value values[NEW_FIELDS];
    struct api_answer *answer = &request->answer;
    if (!room ||
        !api_body_read(request->json, new_fields, NEW_FIELDS, API_BODY_NEW, values, answer))
        return;
    struct room_file *file = read_file(room, values[FILE_ID].text, answer);
    if (!file || !api_may_change_file(request, file))
        return;
    struct participant *to =
        values[TO].text ? read_receiver(room, values[TO].text, answer) : NULL;
    if (values[TO].text && !to)
        return;
    json_t *items = json_array();
    if (to ? add(request, file, to, items) : add_all(request, room, file, items))
        api_answer_json(answer, 201, json_pack("{s:o}", "items", items));
    else
        json_decref(items);
}
