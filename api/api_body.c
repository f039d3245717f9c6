/* api_body.c - one field after the other, against its row. */
#include "api/api_body.h"

#include "server/room/room_text.h"

#include <stdio.h>
#include <string.h>

enum { POINTER_BYTES = 160, TEXT_BYTES = 4096 };

/* RFC 6901 section 3: "~" and "/" in a name are written "~0" and "~1". */
static void make_pointer(char pointer[POINTER_BYTES], const char *name)
{
    size_t length = 0;
    pointer[length++] = '/';
    for (; *name && length < POINTER_BYTES - 8; name++) {
        if (*name == '~' || *name == '/') {
            pointer[length++] = '~';
            pointer[length++] = *name == '~' ? '0' : '1';
        } else {
            pointer[length++] = *name;
        }
    }
    pointer[length] = '\0';
}

static bool read_string(const json_t *json, const struct api_field *field,
                        struct api_value *value, const char *pointer, struct api_answer *answer)
{
    size_t length = json_string_length(json);
    value->text = json_string_value(json);
    if (!value->text) {
        api_problem_field(answer, pointer, "has to be a text");
        return false;
    }
    if ((double)length < field->least || (double)length > field->most) {
        api_problem_field(answer, pointer, "has %zu bytes; %.0f to %.0f are allowed", length,
                          field->least, field->most);
        return false;
    }
    return true;
}

static bool is_fit(const struct api_field *field, const char *text, const char *pointer,
                   struct api_answer *answer)
{
    if (!field->is_valid || (field->may_be_empty && !text[0]) || field->is_valid(text))
        return true;
    api_problem_field(answer, pointer, "has to be %s", field->allowed);
    return false;
}

static bool read_lines(const json_t *json, const struct api_field *field,
                       struct api_value *value, const char *pointer, struct api_answer *answer)
{
    return read_string(json, field, value, pointer, answer) &&
           is_fit(field, value->text, pointer, answer);
}

static bool read_text(const json_t *json, const struct api_field *field,
                      struct api_value *value, const char *pointer, struct api_answer *answer)
{
    char clean[TEXT_BYTES];
    if (!read_string(json, field, value, pointer, answer))
        return false;
    room_text_clean(clean, sizeof(clean), value->text);
    if (strcmp(clean, value->text) != 0) {
        api_problem_field(answer, pointer, "has control characters");
        return false;
    }
    return is_fit(field, value->text, pointer, answer);
}

static bool read_object(const json_t *json, struct api_value *value, const char *pointer,
                        struct api_answer *answer)
{
    value->json = json;
    if (json_is_object(json))
        return true;
    api_problem_field(answer, pointer, "has to be an object");
    return false;
}

static bool read_list(const json_t *json, const struct api_field *field,
                      struct api_value *value, const char *pointer, struct api_answer *answer)
{
    size_t count = json_array_size(json);
    value->json = json;
    if (!json_is_array(json)) {
        api_problem_field(answer, pointer, "has to be a list");
        return false;
    }
    if ((double)count < field->least || (double)count > field->most) {
        api_problem_field(answer, pointer, "has %zu items; %.0f to %.0f are allowed", count,
                          field->least, field->most);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(json, i));
        if (text && (!field->is_valid || field->is_valid(text)))
            continue;
        api_problem_field(answer, pointer, "item %zu has to be %s", i,
                          field->allowed ? field->allowed : "a text");
        return false;
    }
    return true;
}

static bool read_number(const json_t *json, const struct api_field *field,
                        struct api_value *value, const char *pointer, struct api_answer *answer)
{
    bool is_whole = field->type == API_INTEGER;
    if (is_whole ? !json_is_integer(json) : !json_is_number(json)) {
        api_problem_field(answer, pointer, "has to be a %s",
                          is_whole ? "whole number" : "number");
        return false;
    }
    value->integer = json_integer_value(json);
    value->number = json_number_value(json);
    if (value->number >= field->least && value->number <= field->most)
        return true;
    api_problem_field(answer, pointer, "is %g; %g to %g are allowed", value->number,
                      field->least, field->most);
    return false;
}

static bool read_word(const json_t *json, const struct api_field *field,
                      struct api_value *value, const char *pointer, struct api_answer *answer)
{
    char allowed[128] = "";
    value->text = json_string_value(json);
    for (unsigned i = 0; i < API_FIELD_MAX_WORDS && field->words[i]; i++) {
        if (value->text && strcmp(value->text, field->words[i]) == 0)
            return true;
        size_t used = strlen(allowed);
        snprintf(allowed + used, sizeof(allowed) - used, "%s\"%s\"", i ? ", " : "",
                 field->words[i]);
    }
    api_problem_field(answer, pointer, "has to be one of %s", allowed);
    return false;
}

static bool read_value(const json_t *json, const struct api_field *field,
                       struct api_value *value, const char *pointer, struct api_answer *answer)
{
    switch (field->type) {
    case API_TEXT:
        return read_text(json, field, value, pointer, answer);
    case API_LINES:
        return read_lines(json, field, value, pointer, answer);
    case API_WORD:
        return read_word(json, field, value, pointer, answer);
    case API_INTEGER:
    case API_NUMBER:
        return read_number(json, field, value, pointer, answer);
    case API_OBJECT:
        return read_object(json, value, pointer, answer);
    case API_LIST:
        return read_list(json, field, value, pointer, answer);
    case API_ANY:
        value->json = json;
        return true;
    case API_BOOL:
        break;
    }
    value->flag = json_is_true(json);
    if (json_is_boolean(json))
        return true;
    api_problem_field(answer, pointer, "has to be true or false");
    return false;
}

static bool read_field(const json_t *json, const struct api_field *field,
                       enum api_body_kind kind, struct api_value *value, const char *pointer,
                       struct api_answer *answer)
{
    value->is_given = true;
    if (field->is_read_only) {
        api_problem_field(answer, pointer, "cannot be set");
        return false;
    }
    if (!json_is_null(json))
        return read_value(json, field, value, pointer, answer);
    value->is_null = true;
    if (field->is_nullable || (kind == API_BODY_PATCH && field->has_default))
        return true;
    api_problem_field(answer, pointer, "cannot be null");
    return false;
}

static const struct api_field *find_field(const struct api_field *fields, unsigned count,
                                          const char *name)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    }
    return NULL;
}

bool api_body_read(const json_t *body, const struct api_field *fields, unsigned count,
                   enum api_body_kind kind, struct api_value *values, struct api_answer *answer)
{
    bool good = true;
    char pointer[POINTER_BYTES];
    const char *name;
    json_t *json;
    memset(values, 0, count * sizeof(*values));
    json_object_foreach((json_t *)body, name, json)
    {
        const struct api_field *field = find_field(fields, count, name);
        make_pointer(pointer, name);
        if (field) {
            good &= read_field(json, field, kind, &values[field - fields], pointer, answer);
        } else {
            good = false;
            api_problem_field(answer, pointer, "is not known here");
        }
    }
    for (unsigned i = 0; i < count && kind == API_BODY_NEW; i++) {
        if (fields[i].is_required && !values[i].is_given) {
            good = false;
            make_pointer(pointer, fields[i].name);
            api_problem_field(answer, pointer, "is missing");
        }
    }
    return good;
}
