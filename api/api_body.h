/*
 * api_body.h - a body's fields, checked against a table: name, type, range, required.
 *
 *   static const struct api_field fields[] = {
 *       [NAME] = {.name = "name", .type = API_TEXT, .most = 64, .is_required = true},
 *       [LOCKED] = {.name = "locked", .type = API_BOOL, .has_default = true},
 *   };
 *   struct api_value values[COUNT];
 *   if (!api_body_read(json, fields, COUNT, API_BODY_NEW, values, answer)) return;
 *   if (values[LOCKED].is_given) ...
 *
 * All that is wrong is told at once, each with the field's JSON pointer. A field that is not in
 * the table is an error: a misspelt "lokced" must not be answered "200 OK".
 *
 * Thread   any; pure. Texts are borrowed from the body.
 * Source   RFC 7396: in a merge patch null removes, which here is "back to the default".
 */
#ifndef API_API_BODY_H
#define API_API_BODY_H

#include "api/api_answer.h"

#include <jansson.h>
#include <stdbool.h>

enum api_field_type {
    API_TEXT,
    API_LINES, /* a text that may have several, made fit to be shown elsewhere */
    API_BOOL,
    API_INTEGER,
    API_NUMBER,
    API_WORD,
    API_OBJECT, /* what is in it is the caller's to check */
    API_LIST,   /* of texts */
    API_ANY,    /* all of it is the caller's to check */
};

enum { API_FIELD_MAX_WORDS = 5 };

struct api_field {
    const char *name;
    enum api_field_type type;
    double least,
        most; /* INTEGER, NUMBER: the value; TEXT, LINES: its bytes; LIST: its items */
    const char *words[API_FIELD_MAX_WORDS]; /* WORD: what is allowed */
    bool is_required;                       /* in API_BODY_NEW                    */
    bool is_read_only;                      /* it is shown, but cannot be set     */
    bool has_default;                       /* null is allowed in API_BODY_PATCH  */
    bool is_nullable;                       /* null is allowed, and a value       */
    bool (*is_valid)(const char *text);     /* TEXT, LINES, each of LIST; NULL: any */
    bool may_be_empty;                      /* TEXT: "" is not asked about          */
    const char *allowed;                    /* what is_valid wants, for a person  */
};

struct api_value {
    bool is_given; /* null or a value  */
    bool is_null;  /* to the default   */
    bool flag;
    long long integer;
    double number;
    const char *text;   /* TEXT, LINES and WORD                   */
    const json_t *json; /* OBJECT, LIST, ANY; borrowed, too */
};

enum api_body_kind { API_BODY_NEW, API_BODY_PATCH };

/**
 * Reads @p body into values[count], each of its field in the table.
 *
 * @return true; or false, and @p answer is a 400 problem that names each field.
 */
bool api_body_read(const json_t *body, const struct api_field *fields, unsigned count,
                   enum api_body_kind kind, struct api_value *values,
                   struct api_answer *answer);

#endif
