/* api_json.c - the depth first, then jansson. */
#include "api/api_json.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

unsigned api_json_depth(const char *text, size_t length)
{
    unsigned depth = 0, deepest = 0;
    bool in_string = false;
    for (size_t i = 0; i < length && deepest <= API_JSON_MAX_DEPTH; i++) {
        char byte = text[i];
        if (in_string) {
            if (byte == '\\')
                i++;
            else if (byte == '"')
                in_string = false;
        } else if (byte == '"') {
            in_string = true;
        } else if (byte == '{' || byte == '[') {
            if (++depth > deepest)
                deepest = depth;
        } else if ((byte == '}' || byte == ']') && depth) {
            depth--;
        }
    }
    return deepest;
}

int api_json_parse(const char *text, size_t length, json_t **json, char why[API_JSON_WHY_BYTES])
{
    if (!length) {
        snprintf(why, API_JSON_WHY_BYTES, "The body is empty; a JSON object is expected.");
        return -EBADMSG;
    }
    if (api_json_depth(text, length) > API_JSON_MAX_DEPTH) {
        snprintf(why, API_JSON_WHY_BYTES, "The body nests deeper than %d levels.",
                 API_JSON_MAX_DEPTH);
        return -EBADMSG;
    }
    json_error_t error;
    json_t *parsed = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (!parsed) {
        snprintf(why, API_JSON_WHY_BYTES, "The body is not JSON: line %d, column %d: %.160s.",
                 error.line, error.column, error.text);
        return -EBADMSG;
    }
    if (!json_is_object(parsed)) {
        json_decref(parsed);
        snprintf(why, API_JSON_WHY_BYTES, "The body has to be a JSON object.");
        return -EBADMSG;
    }
    *json = parsed;
    return 0;
}
