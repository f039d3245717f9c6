/* api_presentation.c - /api/v1/rooms/{room}/presentation: a file of the room in its pictures.
 */
#include "api/api_body.h"
#include "api/api_internal.h"
#include "api/api_show.h"
#include "server/room/room_policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { MOST_PAGES = 100000 };
enum { FILE_ID, PAGE, FIELDS };

static const struct api_field new_fields[FIELDS] = {
    [FILE_ID] = {"file", API_TEXT, .least = 1, .most = ROOM_FILE_ID_BYTES - 1,
                 .is_required = true},
    [PAGE] = {"page", API_INTEGER, .least = 1, .most = MOST_PAGES},
};

/* Who runs the room always may; a participant may if the room lets him, and nobody else
 * presents.
 * @return false: it is answered. */
static bool may_present(struct api_request *request, const struct room *room)
{
    const struct api_caller *caller = &request->caller;
    const struct room_presentation_info *info = room_presentation(room);
    if (caller->role >= API_MODERATOR)
        return true;
    if (!caller->participant[0] ||
        !room_policy_allows(room_settings(room)->may_present, PARTICIPANT_GUEST))
        api_problem(&request->answer, 403, "may_not_present",
                    "You may not present in this room.");
    else if (info && strcmp(info->presenter, caller->participant) != 0)
        api_problem(&request->answer, 409, "somebody_presents",
                    "Somebody else presents a file.");
    return !request->answer.status;
}

/* The room, which presents something. @return NULL: it is answered. */
static struct room *presenting_room(struct api *api, struct api_request *request)
{
    struct room *room = api_request_room(api, request);
    if (!room)
        return NULL;
    if (room_presentation(room))
        return room;
    api_problem(&request->answer, 404, "no_presentation", "Room \"%s\" presents no file.",
                room_name(room));
    return NULL;
}

void api_read_presentation(struct api *api, struct api_request *request)
{
    const struct room *room = presenting_room(api, request);
    if (room)
        api_answer_json(&request->answer, 200, api_show_presentation(room));
}

static void answer_error(struct api_request *request, int err)
{
    struct api_answer *answer = &request->answer;
    switch (-err) {
    case EMEDIUMTYPE:
        api_problem(answer, 422, "not_presentable",
                    "Only JPEG, PNG and WebP pictures and PDFs can be presented.");
        break;
    case EFBIG:
        api_problem(answer, 422, "not_presentable", "The picture has too many bytes.");
        break;
    case ENOSYS:
        api_problem(answer, 501, "no_video", "This server has no video.");
        break;
    case ERANGE:
        api_problem_field(answer, "/page", "is not a page of the document");
        break;
    default:
        api_answer_errno(request, err);
    }
}

void api_begin_presentation(struct api *api, struct api_request *request)
{
    struct room *room = api_request_room(api, request);
    struct api_answer *answer = &request->answer;
    struct api_value values[FIELDS];
    if (!room || !may_present(request, room) ||
        !api_body_read(request->json, new_fields, FIELDS, API_BODY_NEW, values, answer))
        return;
    const struct room_file *file = room_file_find(room, values[FILE_ID].text);
    if (!file) {
        api_problem(answer, 422, "no_such_file", "The room has no such file.");
        api_problem_field(answer, "/file", "is not the id of a file of the room");
        return;
    }
    const unsigned page = values[PAGE].is_given ? (unsigned)values[PAGE].integer : 1;
    int err =
        room_presentation_begin(room, file, page, room_find(room, request->caller.participant));
    if (err < 0) {
        answer_error(request, err);
        return;
    }
    api_answer_json(answer, 201, api_show_presentation(room));
    snprintf(answer->location, sizeof(answer->location), "/api/v1/rooms/%s/presentation",
             room_name(room));
}

void api_turn_presentation(struct api *api, struct api_request *request)
{
    struct room *room = presenting_room(api, request);
    struct api_value values[1];
    if (!room || !may_present(request, room) ||
        !api_body_read(request->json, &new_fields[PAGE], 1, API_BODY_PATCH, values,
                       &request->answer))
        return;
    int err =
        values[0].is_given ? room_presentation_turn(room, (unsigned)values[0].integer) : 0;
    if (err < 0)
        answer_error(request, err);
    else
        api_answer_json(&request->answer, 200, api_show_presentation(room));
}

void api_end_presentation(struct api *api, struct api_request *request)
{
    struct room *room = presenting_room(api, request);
    if (!room || !may_present(request, room))
        return;
    room_presentation_end(room);
    api_answer_empty(&request->answer, 204);
}
