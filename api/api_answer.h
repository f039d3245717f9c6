/*
 * api_answer.h - what a request is answered with, before it is HTTP: status, headers, JSON or
 * text.
 *
 *   api_answer_json(answer, 200, json_pack(...));
 *   api_problem(answer, 409, "room_full", "Room %s has its %u participants.", ...);
 *
 * Thread   whoever has the request (api_request.h).
 * Errors   Memory that is out becomes an answer, too: 503.
 * Source   RFC 9457 (problem+json), RFC 6901 (JSON pointers in "errors").
 */
#ifndef API_API_ANSWER_H
#define API_API_ANSWER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct api_stream;

enum { API_LOCATION_BYTES = 160, API_ALLOW_BYTES = 64, API_ANSWER_HEADERS = 8 };

/** Zeroed: no answer yet. */
struct api_answer {
    unsigned status;
    json_t *json; /* owned; NULL: text, or no body                          */
    bool is_problem;
    const char *within; /* goes before the pointers of fields: "/video"; NULL: nothing   */
    char *text;         /* owned; sent as content_type                            */
    size_t text_length;
    const char *content_type; /* of text; a constant                                    */
    const char *constant;     /* a text that lives for ever, instead of text            */
    char location[API_LOCATION_BYTES]; /* "": no Location */
    char allow[API_ALLOW_BYTES]; /* "": no Allow                                           */
    const char *challenge;       /* WWW-Authenticate; NULL: none                           */
    const char *accepts;         /* the media types of bodies, with 415; NULL: none        */
    bool is_page; /* of a browser: with what it may do, and kept until it is asked again */
    struct {
        const char *name;         /* a constant */
        char *value;              /* owned      */
    } header[API_ANSWER_HEADERS]; /* [header_count]: further ones */
    unsigned header_count;
    bool has_file; /* instead of a body in memory: */
    int file_fd;   /* owned                        */
    uint64_t file_offset, file_bytes;
    unsigned retry_after_s;    /* 0: none                                                */
    bool is_replay;            /* of an earlier answer to the same Idempotency-Key       */
    struct api_stream *stream; /* owned; an event stream instead of a body               */
};

void api_answer_finish(struct api_answer *answer);

/** Answers with @p json, which is moved (NULL: memory was out). Replaces what was there. */
void api_answer_json(struct api_answer *answer, unsigned status, json_t *json);

/** Answers without a body: 204 and the like. */
void api_answer_empty(struct api_answer *answer, unsigned status);

/** Adds a header, at most API_ANSWER_HEADERS of them; without memory it is left out. */
void api_answer_header(struct api_answer *answer, const char *name, const char *value, ...)
    __attribute__((format(printf, 3, 4)));

/** Answers with @p bytes of a file from @p offset on; @p fd is moved. */
void api_answer_file(struct api_answer *answer, unsigned status, int fd, uint64_t offset,
                     uint64_t bytes);

/** Copies an answer but for its stream, texts, headers and file, JSON deeply. @return false:
 * out of memory. */
bool api_answer_copy(struct api_answer *copy, const struct api_answer *answer);

/**
 * Answers with a problem. @p code ("room_full") is a constant, for programs; the detail is a
 * sentence for a person.
 */
void api_problem(struct api_answer *answer, unsigned status, const char *code,
                 const char *detail, ...) __attribute__((format(printf, 4, 5)));

/** Adds what is wrong with one field; the first makes the answer a 400 "invalid_body".
 *  @p pointer: RFC 6901, "/max_participants"; "" is the body itself. */
void api_problem_field(struct api_answer *answer, const char *pointer, const char *detail, ...)
    __attribute__((format(printf, 3, 4)));

/** As api_problem_field() for a query parameter: 400 "invalid_parameter". */
void api_problem_parameter(struct api_answer *answer, const char *name, const char *detail, ...)
    __attribute__((format(printf, 3, 4)));

#endif
