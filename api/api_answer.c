/* api_answer.c - JSON answers and problems. */
#include "api/api_answer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DETAIL_BYTES = 512, MAX_ERRORS = 64, POINTER_BYTES = 256 };

static void drop_body(struct api_answer *answer)
{
    json_decref(answer->json);
    free(answer->text);
    answer->json = NULL;
    answer->text = NULL;
    answer->text_length = 0;
    answer->constant = NULL;
    answer->is_problem = false;
    if (answer->has_file)
        close(answer->file_fd);
    answer->has_file = false;
}

void api_answer_finish(struct api_answer *answer)
{
    drop_body(answer);
    for (unsigned i = 0; i < answer->header_count; i++)
        free(answer->header[i].value);
    answer->header_count = 0;
}

void api_answer_header(struct api_answer *answer, const char *name, const char *value, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, value);
    if (vasprintf(&text, value, arguments) < 0)
        text = NULL;
    va_end(arguments);
    if (!text)
        return;
    assert(answer->header_count < API_ANSWER_HEADERS);
    answer->header[answer->header_count].name = name;
    answer->header[answer->header_count++].value = text;
}

void api_answer_file(struct api_answer *answer, unsigned status, int fd, uint64_t offset,
                     uint64_t bytes)
{
    drop_body(answer);
    answer->status = status;
    answer->has_file = true;
    answer->file_fd = fd;
    answer->file_offset = offset;
    answer->file_bytes = bytes;
}

void api_answer_json(struct api_answer *answer, unsigned status, json_t *json)
{
    drop_body(answer);
    answer->status = json ? status : 503;
    answer->json = json;
}

void api_answer_empty(struct api_answer *answer, unsigned status)
{
    drop_body(answer);
    answer->status = status;
}

bool api_answer_copy(struct api_answer *copy, const struct api_answer *answer)
{
    json_t *json = json_deep_copy(answer->json);
    if (answer->json && !json)
        return false;
    *copy = *answer;
    copy->json = json;
    copy->text = NULL;
    copy->stream = NULL;
    copy->header_count = 0;
    copy->has_file = false;
    return true;
}

static const char *title_of(unsigned status)
{
    static const struct {
        unsigned status;
        const char *title;
    } titles[] = {
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {422, "Unprocessable Content"},
        {423, "Locked"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {507, "Insufficient Storage"},
    };
    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
        if (titles[i].status == status)
            return titles[i].title;
    }
    return "Problem";
}

/* "type" is a name, not an address: there is no page behind it (RFC 9457 section 3.1.1). */
static json_t *make_problem(unsigned status, const char *code, const char *detail)
{
    char type[96];
    snprintf(type, sizeof(type), "urn:raduno:problem:%s", code);
    return json_pack("{s:s, s:s, s:i, s:s, s:s}", "type", type, "title", title_of(status),
                     "status", (int)status, "code", code, "detail", detail);
}

void api_problem(struct api_answer *answer, unsigned status, const char *code,
                 const char *detail, ...)
{
    char text[DETAIL_BYTES];
    va_list arguments;
    va_start(arguments, detail);
    vsnprintf(text, sizeof(text), detail, arguments);
    va_end(arguments);
    json_t *problem = make_problem(status, code, text);
    if (!problem) /* the detail was cut in the middle of a character */
        problem = make_problem(status, code, title_of(status));
    api_answer_json(answer, status, problem);
    answer->is_problem = problem != NULL;
}

static void add_error(struct api_answer *answer, const char *kind, const char *name,
                      const char *detail, va_list arguments)
{
    char text[DETAIL_BYTES];
    vsnprintf(text, sizeof(text), detail, arguments);
    json_t *errors = json_object_get(answer->json, "errors");
    if (!errors) {
        errors = json_array();
        json_object_set_new(answer->json, "errors", errors);
    }
    if (json_array_size(errors) >= MAX_ERRORS)
        return; /* a hostile body must not make a large answer */
    json_t *error = json_pack("{s:s, s:s}", kind, name, "detail", text);
    if (!error)
        error = json_pack("{s:s, s:s}", kind, "?", "detail", "is not valid");
    json_array_append_new(errors, error);
}

void api_problem_field(struct api_answer *answer, const char *pointer, const char *detail, ...)
{
    if (!answer->is_problem)
        api_problem(answer, 422, "invalid_body", "The body has a field that cannot be taken.");
    char whole[POINTER_BYTES];
    snprintf(whole, sizeof(whole), "%s%s", answer->within ? answer->within : "", pointer);
    va_list arguments;
    va_start(arguments, detail);
    add_error(answer, "field", whole, detail, arguments);
    va_end(arguments);
}

void api_problem_parameter(struct api_answer *answer, const char *name, const char *detail, ...)
{
    if (!answer->is_problem)
        api_problem(answer, 400, "invalid_parameter",
                    "The query has a parameter that cannot be taken.");
    va_list arguments;
    va_start(arguments, detail);
    add_error(answer, "parameter", name, detail, arguments);
    va_end(arguments);
}
