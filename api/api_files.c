/* api_files.c - /api/v1/rooms/{room}/files and below, but for how they come (api_upload.c). */
#include "api/api_disposition.h"
#include "api/api_internal.h"
#include "api/api_range.h"
#include "api/api_show.h"
#include "api/api_transfer.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/room/room_chat.h"
#include "server/room/room_text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct room_file *file_of(struct api *api, struct api_request *request)
{
    const struct room *room = api_request_room(api, request);
    struct room_file *file = room ? room_file_find(room, request->id) : NULL;
    if (room && !file)
        api_problem(&request->answer, 404, "no_such_file", "Room \"%s\" has no file \"%.32s\".",
                    room_name(room), request->id);
    return file;
}

bool api_may_change_file(struct api_request *request, const struct room_file *file)
{
    const struct api_caller *caller = &request->caller;
    const char *sharer_id = room_file_info(file)->sharer_id;
    if (caller->role >= API_MODERATOR ||
        (caller->participant[0] && strcmp(caller->participant, sharer_id) == 0))
        return true;
    api_problem(&request->answer, 403, "not_your_file", "Somebody else shares this file.");
    return false;
}

bool api_url_write(const struct api *api, const char *path, char out[API_URL_BYTES])
{
    const char *url = api->config.public_url;
    const char *scheme = url ? "" : api->config.tls_certificate ? "https://" : "http://";
    int length =
        snprintf(out, API_URL_BYTES, "%s%s%s", scheme, url ? url : api->config.listen, path);
    return length > 0 && length < API_URL_BYTES;
}

/* Those who are in by SIP have no other way to hear of it than the chat. */
void api_tell_of_file(struct api *api, struct room *room, const struct room_file *file)
{
    const struct room_file_info *info = room_file_info(file);
    char size[ROOM_TEXT_SIZE_BYTES], content[API_LINK_BYTES], url[API_URL_BYTES], *text;
    room_text_size(info->bytes, size);
    api_links_write(api->links,
                    &(struct api_link_target){API_LINK_FILE, room_name(room), info->id},
                    clock_wall_ns(), content);
    const bool is_named = info->sharer[0] != '\0';
    int length = api_url_write(api, content, url)
                     ? asprintf(&text, "%s%s%s, %s: %s", info->sharer, is_named ? ": " : "",
                                info->name, size, url)
                     : -1;
    if (length < 0)
        return;
    const struct chat_file told = {.url = url,
                                   .name = info->name,
                                   .type = info->type,
                                   .bytes = info->bytes,
                                   .until_ns = info->expires_ns};
    const struct room_chat_post post = {.origin = CHAT_FROM_SYSTEM,
                                        .not_to = room_find(room, info->sharer_id),
                                        .text = text,
                                        .length = (size_t)length,
                                        .file = &told};
    int err = room_chat_post(room, &post, NULL);
    if (err < 0 && err != -ENOSYS)
        log_warn("api", "room %s: the chat was not told of a file: %s", room_name(room),
                 strerror(-err));
    free(text);
}

/* The first behind the one of that id; of one that is gone: none can be told, so the first. */
static const struct room_file *page_begin(const struct room *room, const char *after)
{
    const struct room_file *file = *after ? room_file_find(room, after) : NULL;
    return file ? room_file_next(file) : room_file_first(room);
}

void api_list_files(struct api *api, struct api_request *request)
{
    const struct room *room = api_request_room(api, request);
    struct api_page page;
    if (!room || !api_page_read(request, &page))
        return;
    json_t *items = json_array();
    const char *last = NULL;
    unsigned count = 0;
    const struct room_file *file = page_begin(room, page.after);
    for (; file && count < page.limit; file = room_file_next(file), count++) {
        json_array_append_new(items, api_show_file(api->links, file));
        last = room_file_info(file)->id;
    }
    api_page_answer(request, items, file ? last : NULL);
}

void api_read_file(struct api *api, struct api_request *request)
{
    const struct room_file *file = file_of(api, request);
    if (file)
        api_answer_json(&request->answer, 200, api_show_file(api->links, file));
}

void api_delete_file(struct api *api, struct api_request *request)
{
    struct room_file *file = file_of(api, request);
    if (!file || !api_may_change_file(request, file))
        return;
    int err = room_file_remove(file, ROOM_FILE_DELETED);
    if (err < 0)
        api_answer_errno(request, err);
    else
        api_answer_empty(&request->answer, 204);
}

/* ---- the bytes ---- */

void api_lend_content(struct api_request *request, const struct room_file *file)
{
    struct api_transfer *transfer = api_make_transfer(request);
    if (!transfer)
        return;
    transfer->path = room_file_path(file);
    if (!transfer->path) {
        api_answer_errno(request, -ENOMEM);
        return;
    }
    const struct room_file_info *info = room_file_info(file);
    memcpy(transfer->name, info->name, sizeof(transfer->name));
    memcpy(transfer->type, info->type, sizeof(transfer->type));
    memcpy(transfer->sha256, info->sha256, sizeof(transfer->sha256));
    transfer->bytes = info->bytes;
    api_answer_empty(&request->answer, 200);
}

void api_find_content(struct api *api, struct api_request *request)
{
    const struct room_file *file = file_of(api, request);
    if (file)
        api_lend_content(request, file);
}

static int open_content(const struct api_transfer *transfer, int *fd)
{
    struct stat status;
    *fd = open(transfer->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (*fd < 0)
        return -errno;
    if (fstat(*fd, &status) == 0 && (uint64_t)status.st_size == transfer->bytes)
        return 0;
    close(*fd);
    return -EIO;
}

static void send_range(struct api_request *request, const char *tag, int fd)
{
    const struct api_transfer *transfer = request->transfer;
    struct api_answer *answer = &request->answer;
    const char *condition = api_http_header(request, "If-Range");
    const bool is_same = !condition || strcmp(condition, tag) == 0;
    struct api_range range;
    switch (api_range_read(is_same ? api_http_header(request, "Range") : NULL, transfer->bytes,
                           &range)) {
    case API_RANGE_WHOLE:
        api_answer_file(answer, 200, fd, 0, transfer->bytes);
        break;
    case API_RANGE_PART:
        api_answer_header(answer, "Content-Range", "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64,
                          range.first, range.first + range.bytes - 1, transfer->bytes);
        api_answer_file(answer, 206, fd, range.first, range.bytes);
        break;
    case API_RANGE_OUTSIDE:
        close(fd);
        api_answer_header(answer, "Content-Range", "bytes */%" PRIu64, transfer->bytes);
        api_problem(answer, 416, "range_outside", "The file has %" PRIu64 " bytes.",
                    transfer->bytes);
    }
}

/* It may have been removed since. */
void api_send_content(struct api *api, struct api_request *request)
{
    (void)api;
    const struct api_transfer *transfer = request->transfer;
    struct api_answer *answer = &request->answer;
    char tag[FILE_SHA256_BYTES + 2], disposition[API_DISPOSITION_BYTES];
    int fd, err = open_content(transfer, &fd);
    if (err < 0) {
        if (err == -ENOENT)
            api_problem(answer, 404, "no_such_file", "The file has been removed.");
        else
            api_answer_errno(request, err);
        return;
    }
    snprintf(tag, sizeof(tag), "\"%s\"", transfer->sha256);
    api_disposition_write(transfer->name, disposition);
    api_answer_header(answer, "ETag", "%s", tag);
    api_answer_header(answer, "Accept-Ranges", "bytes");
    if (api_etag_is_in(api_http_header(request, "If-None-Match"), tag)) {
        close(fd);
        api_answer_empty(answer, 304);
        return;
    }
    answer->content_type = transfer->type;
    api_answer_header(answer, "Content-Disposition", "%s", disposition);
    api_answer_header(answer, "Content-Security-Policy", "sandbox; default-src 'none'");
    send_range(request, tag, fd);
}
