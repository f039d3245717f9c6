/* api_pictures.c - snapshot.jpg of rooms and participants, and the avatar of a participant. */
#include "api/api_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_WIDTH = 16 };

/* ?width= of @p request; the widest there is if it says nothing. */
static bool read_width(struct api_request *request, unsigned *width)
{
    const char *text = api_uri_parameter(&request->uri, "width");
    *width = ROOM_VIDEO_MAX_WIDTH;
    if (!text)
        return true;
    size_t digits = strspn(text, "0123456789");
    unsigned long value = digits && digits < 6 && !text[digits] ? strtoul(text, NULL, 10) : 0;
    if (value < LEAST_WIDTH || value > ROOM_VIDEO_MAX_WIDTH) {
        api_problem_parameter(&request->answer, "width", "has to be %d to %d", LEAST_WIDTH,
                              ROOM_VIDEO_MAX_WIDTH);
        return false;
    }
    *width = (unsigned)value;
    return true;
}

void api_take_room_snapshot(struct api *api, struct api_request *request)
{
    struct room *room = api_request_room(api, request);
    unsigned width;
    if (room && read_width(request, &width))
        api_snapshots_take(&api->snapshots, request, room, NULL, width);
}

void api_take_participant_snapshot(struct api *api, struct api_request *request)
{
    struct participant *participant = api_request_participant(api, request);
    unsigned width;
    if (participant && read_width(request, &width))
        api_snapshots_take(&api->snapshots, request, participant_room(participant), participant,
                           width);
}

/* ---- avatars ---- */

static void answer_no_avatar(struct api_request *request)
{
    api_problem(&request->answer, 404, "no_avatar", "The participant has no avatar.");
}

void api_prepare_avatar(struct api *api, struct api_request *request)
{
    struct api_answer *answer = &request->answer;
    int err =
        api_avatars_keep(api->avatars, request->body, request->body_length, &request->file);
    if (err == -EBADMSG)
        api_problem(answer, 422, "bad_image",
                    "The body is no JPEG, PNG or WebP that can be read.");
    else if (err == -EFBIG)
        api_problem(answer, 413, "image_too_large",
                    "An avatar may have %d bytes, and %d pixels either way.",
                    API_AVATAR_MOST_BYTES, API_AVATAR_MOST_SIDE);
    else if (err < 0)
        api_answer_errno(request, err);
}

void api_set_avatar(struct api *api, struct api_request *request)
{
    struct participant *participant = api_request_participant(api, request);
    if (!participant)
        return; /* the file goes with the request */
    participant_set_avatar(participant, request->file);
    request->file = NULL;
    api_answer_empty(&request->answer, 204);
}

void api_read_avatar(struct api *api, struct api_request *request)
{
    const struct participant *participant = api_request_participant(api, request);
    if (!participant)
        return;
    const char *path = participant_avatar(participant);
    if (!path) {
        answer_no_avatar(request);
        return;
    }
    request->path = strdup(path);
    if (request->path)
        api_answer_empty(&request->answer, 200);
    else
        api_answer_errno(request, -ENOMEM);
}

/* It may have been replaced since, or be gone with its participant. */
void api_finish_avatar(struct api *api, struct api_request *request)
{
    (void)api;
    struct api_answer *answer = &request->answer;
    int err = api_avatars_read(request->path, &answer->text, &answer->text_length,
                               &answer->content_type);
    if (err == -ENOENT)
        answer_no_avatar(request);
    else if (err < 0)
        api_answer_errno(request, err);
}

void api_delete_avatar(struct api *api, struct api_request *request)
{
    struct participant *participant = api_request_participant(api, request);
    if (!participant)
        return;
    if (!participant_avatar(participant)) {
        answer_no_avatar(request);
        return;
    }
    participant_set_avatar(participant, NULL);
    api_answer_empty(&request->answer, 204);
}
