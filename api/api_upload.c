/* api_upload.c - files that come: POST /rooms/{room}/files in one piece, and
 * /rooms/{room}/uploads in as many as it takes, by tus. */
#include "api/api_disposition.h"
#include "api/api_internal.h"
#include "api/api_show.h"
#include "api/api_transfer.h"
#include "api/api_tus.h"
#include "mixer/base/clock.h"
#include "server/room/room_policy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

struct api_transfer *api_make_transfer(struct api_request *request)
{
    request->transfer = api_transfer_create();
    if (!request->transfer)
        api_answer_errno(request, -ENOMEM);
    return request->transfer;
}

/* ---- refusals ---- */

void api_answer_part_error(struct api_request *request, int err)
{
    struct api_answer *answer = &request->answer;
    switch (-err) {
    case 0:
        break;
    case EFBIG:
        api_problem(answer, 413, "file_too_large", "The file is larger than it may be.");
        break;
    case EBADMSG:
        api_problem(answer, 409, "wrong_offset", "The file is not as long as it was.");
        break;
    case EILSEQ:
        api_problem(answer, 400, "bad_form", "The body has to be a form with one file in it.");
        break;
    default:
        api_answer_errno(request, err);
    }
}

void api_answer_no_space(struct api *api, struct api_request *request, int err)
{
    struct api_answer *answer = &request->answer;
    switch (-err) {
    case ENOSYS:
        api_problem(answer, 501, "no_files", "This server takes no files.");
        break;
    case EFBIG:
        api_problem(answer, 413, "file_too_large", "A file may have %" PRIu64 " bytes here.",
                    api->config.max_file_bytes);
        break;
    case EDQUOT:
        api_problem(answer, 507, "room_quota",
                    "The files of this room would be too many bytes.");
        break;
    case E2BIG:
        api_problem(answer, 507, "server_quota",
                    "The files of this server would be too many bytes.");
        break;
    case EUSERS:
        api_problem(answer, 507, "too_many_files", "A room has %d files, and no more.",
                    ROOM_MAX_FILES);
        break;
    default:
        api_answer_errno(request, err);
    }
}

/* ---- the name ---- */

/* @return false: it is answered. */
static bool check_name(struct api_request *request, const char *name)
{
    if (room_file_name_is_valid(name))
        return true;
    api_problem(
        &request->answer, 422, "bad_file_name",
        "A file's name has 1 to %d bytes of UTF-8, no slash, no control characters, and "
        "no dot first.",
        ROOM_FILE_NAME_BYTES - 1);
    return false;
}

static bool read_name(struct api_request *request, struct api_transfer *transfer)
{
    const char *parameter = api_uri_parameter(&request->uri, "name");
    const char *header = api_http_header(request, "Content-Disposition");
    if (parameter) {
        snprintf(transfer->name, sizeof(transfer->name), "%s", parameter);
        return check_name(request, strlen(parameter) < sizeof(transfer->name) ? parameter : "");
    }
    if (header && api_disposition_read(header, transfer->name, sizeof(transfer->name)) == 0)
        return check_name(request, transfer->name);
    if (header)
        return check_name(request, "");
    api_problem_parameter(&request->answer, "name",
                          "is missing, and no Content-Disposition has a filename");
    return false;
}

/* ---- in one piece ---- */

/* The file itself, or a form that it is in. @return false: it is answered. */
static bool read_wrapping(struct api_request *request, struct api_transfer *transfer)
{
    const char *type = api_http_header(request, "Content-Type");
    if (api_multipart_is_form(type)) {
        api_answer_part_error(request, api_transfer_wrap(transfer, type));
        return !request->answer.status;
    }
    if (!type || (strncasecmp(type, "multipart/", 10) != 0 &&
                  strncasecmp(type, "application/x-www-form-urlencoded", 33) != 0))
        return true;
    request->answer.accepts = "*/*";
    api_problem(&request->answer, 415, "wrong_media_type",
                "The body has to be the file itself, or multipart/form-data.");
    return false;
}

/* Of one in a form the name comes with it, if it is not said before. */
static bool read_first_name(struct api_request *request, struct api_transfer *transfer)
{
    const bool is_later = transfer->form && !api_uri_parameter(&request->uri, "name");
    return is_later || read_name(request, transfer);
}

void api_read_body_length(struct api_request *request, struct api_transfer *transfer)
{
    const char *length = api_http_header(request, "Content-Length");
    transfer->is_announced = length && api_tus_number(length, &transfer->length) == 0;
    /* what is announced is read to its end, also once it is refused: it must have one */
    const uint64_t most = request->api->config.max_file_bytes + API_MULTIPART_BESIDE_BYTES;
    if (!request->answer.status && transfer->form && transfer->is_announced &&
        transfer->length > most)
        api_answer_no_space(request->api, request, -EFBIG);
}

void api_read_file_head(struct api *api, struct api_request *request)
{
    (void)api;
    struct api_transfer *transfer = api_make_transfer(request);
    if (!transfer || !read_wrapping(request, transfer) || !read_first_name(request, transfer))
        return;
    if (request->key[0])
        api_problem(&request->answer, 400, "bad_idempotency_key",
                    "A file cannot have an Idempotency-Key: an upload can be resumed instead.");
    api_read_body_length(request, transfer);
}

/* Whether it is let share, and under what name. Who runs the room is not bound by its policy; a
 * participant's token that is no call's is as good as a guest. @return false: it is answered.
 */
static bool may_share(struct api_request *request, const struct room *room,
                      struct room_file_plan *plan)
{
    const struct api_caller *caller = &request->caller;
    const struct participant *own = room_find(room, caller->participant);
    if (own) {
        plan->sharer = participant_info(own)->display_name;
        plan->sharer_id = caller->participant;
    }
    if (caller->role >= API_MODERATOR ||
        room_policy_allows(room_settings(room)->may_share, PARTICIPANT_GUEST))
        return true;
    api_problem(&request->answer, 403, "may_not_share",
                "You may not share files in this room.");
    return false;
}

static const char unnamed[] = "file"; /* until a form has told its name */

/* @return NULL: it is answered. */
static struct room_file *open_file(struct api *api, struct api_request *request, bool resumable)
{
    const struct api_transfer *transfer = request->transfer;
    struct room *room = api_request_room(api, request);
    struct room_file_plan plan = {.name = transfer->name[0] ? transfer->name : unnamed,
                                  .bytes = transfer->length,
                                  .is_announced = transfer->is_announced && !transfer->form,
                                  .is_resumable = resumable};
    struct room_file *file;
    if (!room || !may_share(request, room, &plan))
        return NULL;
    int err = room_file_open(room, &plan, &file);
    if (err == 0)
        return file;
    api_answer_no_space(api, request, err);
    return NULL;
}

void api_admit_file(struct api *api, struct api_request *request)
{
    struct room_file *file = open_file(api, request, false);
    int err = file ? room_file_lend(file, &request->transfer->part) : 0;
    if (err == 0)
        return;
    room_file_remove(file, ROOM_FILE_DELETED);
    api_answer_errno(request, err);
}

struct room_file *api_take_file_home(struct api_request *request)
{
    struct file_part *part = request->transfer->part;
    struct room_file *file = file_part_context(part);
    request->transfer->part = NULL;
    room_file_return(file, part);
    if (room_file_info(file)->state == ROOM_FILE_COMING)
        return file;
    api_problem(&request->answer, 404, "no_such_upload", "The upload has ended meanwhile.");
    return NULL;
}

static void answer_shared(struct api_request *request, struct room_file *file)
{
    struct api_answer *answer = &request->answer;
    api_answer_json(answer, 201, api_show_file(request->api->links, file));
    snprintf(answer->location, sizeof(answer->location), "/api/v1/rooms/%s/files/%s",
             room_name(room_file_room(file)), room_file_info(file)->id);
}

bool api_name_file(struct api_request *request, struct room_file *file, const char *name)
{
    const bool is_good = check_name(request, name);
    if (is_good)
        room_file_rename(file, name);
    return is_good;
}

void api_finish_file(struct api *api, struct api_request *request)
{
    const struct api_transfer *transfer = request->transfer;
    struct room_file *file = api_take_file_home(request);
    if (!file)
        return;
    if (transfer->name[0] || api_name_file(request, file, api_multipart_name(transfer->form)))
        api_upload_waits_check(&api->upload_waits, request, file, answer_shared);
    if (!request->is_held)
        room_file_remove(file, ROOM_FILE_DELETED);
}

/* ---- by tus ---- */

void api_announce_tus(struct api_answer *answer, uint64_t max_bytes)
{
    api_answer_header(answer, "Tus-Resumable", "%s", API_TUS_VERSION);
    api_answer_header(answer, "Tus-Version", "%s", API_TUS_VERSION);
    api_answer_header(answer, "Tus-Extension", "%s", API_TUS_EXTENSIONS);
    api_answer_header(answer, "Tus-Max-Size", "%" PRIu64, max_bytes);
}

static bool check_version(struct api_request *request)
{
    const char *version = api_http_header(request, "Tus-Resumable");
    const bool is_plain_get = request->method == API_GET && !request->is_head;
    if (is_plain_get || (version && strcmp(version, API_TUS_VERSION) == 0))
        return true;
    api_answer_header(&request->answer, "Tus-Version", "%s", API_TUS_VERSION);
    api_problem(&request->answer, 412, "wrong_tus_version",
                "Tus-Resumable has to be " API_TUS_VERSION ".");
    return false;
}

/* @return false: it is answered. */
static bool read_number(struct api_request *request, const char *name, uint64_t *number)
{
    const char *text = api_http_header(request, name);
    if (text && api_tus_number(text, number) == 0)
        return true;
    api_problem(&request->answer, 400, "bad_header", "%s has to be a number of bytes.", name);
    return false;
}

static void read_creation(struct api_request *request, struct api_transfer *transfer)
{
    const char *metadata = api_http_header(request, "Upload-Metadata");
    if (!read_number(request, "Upload-Length", &transfer->length))
        return;
    transfer->is_announced = true;
    const int length = metadata ? api_tus_metadata(metadata, "filename", transfer->name,
                                                   sizeof(transfer->name))
                                : -ENOENT;
    check_name(request, length > 0 ? transfer->name : "");
}

static void read_piece(struct api_request *request, struct api_transfer *transfer)
{
    const char *type = api_http_header(request, "Content-Type");
    const char *length = api_http_header(request, "Content-Length");
    if (!type || strcasecmp(type, "application/offset+octet-stream") != 0) {
        request->answer.accepts = "application/offset+octet-stream";
        api_problem(&request->answer, 415, "wrong_media_type", "The body has to be %s.",
                    request->answer.accepts);
        return;
    }
    transfer->is_announced = length && api_tus_number(length, &transfer->length) == 0;
    read_number(request, "Upload-Offset", &transfer->offset);
}

void api_read_upload_head(struct api *api, struct api_request *request)
{
    (void)api;
    struct api_transfer *transfer = api_make_transfer(request);
    if (!transfer || !check_version(request))
        return;
    if (request->method == API_POST)
        read_creation(request, transfer);
    else if (request->method == API_PATCH)
        read_piece(request, transfer);
}

/* An HTTP date, which has no fractions: rounded down. */
static void add_expires(struct api_answer *answer, const struct room_file_info *info)
{
    const time_t expires = (time_t)(info->expires_ns / CLOCK_NS_PER_S);
    struct tm parts;
    char text[40];
    if (!info->expires_ns)
        return;
    gmtime_r(&expires, &parts);
    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    api_answer_header(answer, "Upload-Expires", "%s", text);
}

void api_create_upload(struct api *api, struct api_request *request)
{
    struct room_file *file = open_file(api, request, true);
    struct api_answer *answer = &request->answer;
    if (!file)
        return;
    api_answer_json(answer, 201, api_show_upload(file));
    snprintf(answer->location, sizeof(answer->location), "/api/v1/rooms/%s/uploads/%s",
             room_name(room_file_room(file)), room_file_info(file)->id);
    add_expires(answer, room_file_info(file));
}

static struct room_file *upload_of(struct api *api, struct api_request *request)
{
    const struct room *room = api_request_room(api, request);
    struct room_file *file = room ? room_upload_find(room, request->id) : NULL;
    if (room && !file)
        api_problem(&request->answer, 404, "no_such_upload",
                    "Room \"%s\" has no upload \"%.32s\".", room_name(room), request->id);
    return file && api_may_change_file(request, file) ? file : NULL;
}

void api_read_upload(struct api *api, struct api_request *request)
{
    const struct room_file *file = upload_of(api, request);
    if (!file)
        return;
    struct api_answer *answer = &request->answer;
    const struct room_file_info *info = room_file_info(file);
    api_answer_json(answer, 200, api_show_upload(file));
    api_answer_header(answer, "Upload-Offset", "%" PRIu64, info->offset);
    api_answer_header(answer, "Upload-Length", "%" PRIu64, info->bytes);
    add_expires(answer, info);
}

void api_admit_upload(struct api *api, struct api_request *request)
{
    struct room_file *file = upload_of(api, request);
    struct api_transfer *transfer = request->transfer;
    struct api_answer *answer = &request->answer;
    if (!file)
        return;
    const struct room_file_info *info = room_file_info(file);
    if (transfer->offset != info->offset) {
        api_problem(answer, 409, "wrong_offset", "The server has %" PRIu64 " bytes of it.",
                    info->offset);
        api_answer_header(answer, "Upload-Offset", "%" PRIu64, info->offset);
        return;
    }
    if (transfer->is_announced && transfer->length > info->bytes - info->offset) {
        api_answer_part_error(request, -EFBIG);
        return;
    }
    int err = room_file_lend(file, &transfer->part);
    if (err == -EBUSY)
        api_problem(answer, 423, "upload_in_use", "Another request is sending this upload.");
    else if (err < 0)
        api_answer_no_space(api, request, err);
}

static void answer_offset(struct api_request *request, struct room_file *file)
{
    struct api_answer *answer = &request->answer;
    const struct room_file_info *info = room_file_info(file);
    api_answer_empty(answer, 204);
    api_answer_header(answer, "Upload-Offset", "%" PRIu64,
                      info->state == ROOM_FILE_SHARED ? info->bytes : info->offset);
    if (info->state == ROOM_FILE_COMING)
        add_expires(answer, info);
}

void api_finish_upload(struct api *api, struct api_request *request)
{
    struct room_file *file = api_take_file_home(request);
    if (!file)
        return;
    const struct room_file_info *info = room_file_info(file);
    if (info->offset == info->bytes)
        api_upload_waits_check(&api->upload_waits, request, file, answer_offset);
    else
        answer_offset(request, file);
}

void api_delete_upload(struct api *api, struct api_request *request)
{
    struct room_file *file = upload_of(api, request);
    int err = file ? room_file_remove(file, ROOM_FILE_DELETED) : 0;
    if (err < 0)
        api_answer_errno(request, err);
    else if (file)
        api_answer_empty(&request->answer, 204);
}
