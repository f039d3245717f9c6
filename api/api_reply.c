/* api_reply.c - what is sent. */
#include "api/api_reply.h"

#include "api/api_cors.h"
#include "api/api_events.h"
#include "api/api_internal.h"
#include "api/api_route.h"
#include "api/api_tus.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STREAM_BLOCK_BYTES = 8192 };

static ssize_t read_stream(void *context, uint64_t position, char *out, size_t room)
{
    (void)position;
    ssize_t length = api_stream_read(context, out, room);
    if (length >= 0)
        return length;
    return length == -ESHUTDOWN ? MHD_CONTENT_READER_END_OF_STREAM
                                : MHD_CONTENT_READER_END_WITH_ERROR;
}

static struct MHD_Response *from_text(char *text, size_t length)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(length, text, MHD_RESPMEM_MUST_FREE);
    if (!response)
        free(text);
    return response;
}

static struct MHD_Response *from_file(int fd, uint64_t offset, uint64_t bytes)
{
    struct MHD_Response *response = MHD_create_response_from_fd_at_offset64(bytes, fd, offset);
    if (!response)
        close(fd);
    return response;
}

static struct MHD_Response *make_response(struct api_answer *answer)
{
    if (answer->stream)
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES,
                                                 read_stream, answer->stream, NULL);
    if (answer->has_file) {
        answer->has_file = false; /* the descriptor is moved */
        return from_file(answer->file_fd, answer->file_offset, answer->file_bytes);
    }
    if (answer->constant)
        return MHD_create_response_from_buffer(strlen(answer->constant),
                                               (void *)(uintptr_t)answer->constant,
                                               MHD_RESPMEM_PERSISTENT);
    if (answer->text) {
        char *text = answer->text;
        answer->text = NULL;
        return from_text(text, answer->text_length);
    }
    char *json = answer->json ? json_dumps(answer->json, JSON_COMPACT) : NULL;
    if (json)
        return from_text(json, strlen(json));
    return MHD_create_response_from_buffer(0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
}

static const char *type_of(const struct api_answer *answer)
{
    if (answer->stream)
        return "text/event-stream";
    if (answer->json)
        return answer->is_problem ? "application/problem+json" : "application/json";
    return answer->text || answer->constant || answer->has_file ? answer->content_type : NULL;
}

static void add(struct MHD_Response *response, const char *name, const char *value)
{
    if (value && *value)
        MHD_add_response_header(response, name, value);
}

/* What a page of ours may do: nothing that it does not need. */
static void add_page_headers(struct MHD_Response *response)
{
    add(response, "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'");
    add(response, "Referrer-Policy", "no-referrer");
    add(response, "Permissions-Policy",
        "camera=(self), microphone=(self), display-capture=(self)");
}

static void add_headers(struct MHD_Response *response, const struct api_answer *answer,
                        const char *type, bool is_tus)
{
    char seconds[16] = "";
    if (answer->retry_after_s)
        snprintf(seconds, sizeof(seconds), "%u", answer->retry_after_s);
    add(response, "Content-Type", type);
    add(response, "Cache-Control", answer->is_page ? "no-cache" : "no-store");
    if (answer->is_page)
        add_page_headers(response);
    add(response, "X-Content-Type-Options", "nosniff");
    add(response, "Tus-Resumable", is_tus ? API_TUS_VERSION : NULL);
    for (unsigned i = 0; i < answer->header_count; i++)
        add(response, answer->header[i].name, answer->header[i].value);
    add(response, "Location", answer->location);
    add(response, "Allow", answer->allow);
    add(response, "WWW-Authenticate", answer->challenge);
    add(response, "Accept", answer->accepts); /* RFC 9110 section 15.5.16 */
    add(response, "Retry-After", seconds);
    add(response, "Idempotent-Replayed", answer->is_replay ? "true" : NULL);
    add(response, "X-Accel-Buffering", answer->stream ? "no" : NULL); /* proxies: pass it on */
}

bool api_reply(struct MHD_Connection *connection, struct api_request *request)
{
    struct api_answer *answer = &request->answer;
    const char *type = type_of(answer);
    api_cors_add(request, api_http_header(request, "Origin"));
    struct MHD_Response *response = make_response(answer);
    if (!response)
        return false;
    add_headers(response, answer, type, request->route && request->route->is_tus);
    enum MHD_Result queued = MHD_queue_response(connection, answer->status, response);
    MHD_destroy_response(response); /* the connection has its own hold */
    return queued == MHD_YES;
}
