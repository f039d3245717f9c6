/*
 * api_request.h - one HTTP request: what came, and what it is answered with.
 *
 * Thread   It crosses threads, and belongs to one at a time:
 *          API_READING, API_ANSWERED    the HTTP thread (api_http.c)
 *          API_ADMITTED                 control, which says whether a body may come that is too
 *                                       large to be read before; as API_ASKED
 *          API_ASKED                    control, from api_queue_push() to the resume callback;
 *                                       if serve() has set is_held, until whoever did resumes
 *          A request that control need not see never leaves the HTTP thread.
 */
#ifndef API_API_REQUEST_H
#define API_API_REQUEST_H

#include "api/api_answer.h"
#include "api/api_caller.h"
#include "api/api_source.h"
#include "api/api_uri.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct api;
struct api_route;
struct api_transfer;
struct pin_job;

enum api_method {
    API_GET,
    API_POST,
    API_PUT,
    API_PATCH,
    API_DELETE,
    API_OPTIONS,
    API_METHOD_OTHER
};
enum api_stage { API_NEW, API_ADMITTED, API_READING, API_ASKED, API_ANSWERED };

enum {
    API_TAGS_BYTES = 256,
    API_KEY_BYTES = 129,
    API_DIGEST_BYTES = 32,
    API_CALL_ROOM_BYTES = 72
};

struct api_request {
    struct api *api;
    void *connection; /* libmicrohttpd's; looked at by api_http.c only */
    enum api_stage stage;
    char *target; /* owned; as it came                             */
    struct api_uri uri;
    enum api_method method; /* HEAD is GET */
    bool is_head;
    const struct api_route *route;
    char call_room[API_CALL_ROOM_BYTES]; /* where the call of the path is: for its events */
    const char *room, *account, *id;     /* from the path, or NULL; in uri                */

    char *body; /* owned; [body_length of body_size]             */
    size_t body_length, body_size;
    uint64_t discarded; /* bytes of a body that nobody wants             */
    json_t *json;       /* owned; the body as an object, or NULL         */
    char *file; /* owned: the body as a file of ours, removed with the request; or NULL */
    char *path; /* owned: a file to be read for the answer; or NULL                     */
    struct api_transfer *transfer;    /* owned: of the bytes of a file; or NULL */
    struct pin_job *pins;             /* owned: its PINs, hashed or judged; or NULL */
    bool is_held;                     /* control answers later, and resumes then */
    bool is_served;                   /* its answer is its route's, not one from before */
    bool is_sdp;                      /* the body is SDP as it is, no JSON       */
    struct api_caller caller;         /* who asks                                  */
    struct sockaddr_storage source;   /* where it comes from: api_source.h        */
    char tags[API_TAGS_BYTES];        /* If-None-Match of GET, else If-Match; or "" */
    char key[API_KEY_BYTES];          /* Idempotency-Key, or ""         */
    uint8_t digest[API_DIGEST_BYTES]; /* of method, target and body, if there is a key */
    bool has_last_id;                 /* Last-Event-ID or ?last_event_id= */
    uint64_t last_id;

    struct api_answer answer;
    struct api_request *next; /* the queue's */
};

/** @return a zeroed request with a copy of @p target, owned by the caller; NULL: no memory. */
struct api_request *api_request_create(struct api *api, const char *target);
void api_request_destroy(struct api_request *request); /* NULL is allowed */

/**
 * Copies some bytes of the body. @return 0; -EMSGSIZE: more than @p most in all; -ENOMEM.
 */
int api_request_add_body(struct api_request *request, const char *bytes, size_t length,
                         size_t most);

#endif
