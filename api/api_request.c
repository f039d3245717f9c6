/* api_request.c - born when the request line is read, buried when the answer is sent. */
#include "api/api_request.h"

#include "api/api_transfer.h"
#include "server/room/pin_desk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct api_request *api_request_create(struct api *api, const char *target)
{
    struct api_request *request = calloc(1, sizeof(*request));
    if (!request)
        return NULL;
    request->api = api;
    request->target = strdup(target);
    if (!request->target) {
        free(request);
        return NULL;
    }
    return request;
}

void api_request_destroy(struct api_request *request)
{
    if (!request)
        return;
    api_answer_finish(&request->answer);
    json_decref(request->json);
    if (request->file)
        unlink(request->file);
    free(request->file);
    api_transfer_destroy(request->transfer);
    free(request->path);
    pin_job_destroy(request->pins);
    free(request->body);
    free(request->target);
    free(request);
}

int api_request_add_body(struct api_request *request, const char *bytes, size_t length,
                         size_t most)
{
    if (length > most - request->body_length)
        return -EMSGSIZE;
    size_t wanted = request->body_length + length;
    if (wanted > request->body_size) {
        size_t size = request->body_size ? request->body_size : 512;
        while (size < wanted)
            size *= 2;
        char *body = realloc(request->body, size);
        if (!body)
            return -ENOMEM;
        request->body = body;
        request->body_size = size;
    }
    memcpy(request->body + request->body_length, bytes, length);
    request->body_length = wanted;
    return 0;
}
