/* ctl_fields.c - words into an object. */
#include "api/ctl/ctl_fields.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The value behind = or :=. NULL: it is no JSON, or memory is out. */
static json_t *read_value(const char *text, bool is_json, json_error_t *error)
{
    return is_json ? json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, error)
                   : json_string(text);
}

/* The object in which the last part of @p key lies, made as far as it is not there. @p key is
 * cut into its parts, *last is the last of them. */
static json_t *descend(json_t *body, char *key, char **last)
{
    char *rest = NULL;
    *last = strtok_r(key, ".", &rest);
    for (char *next; body && (next = strtok_r(NULL, ".", &rest)); *last = next) {
        json_t *inner = json_object_get(body, *last);
        if (!inner) {
            json_object_set_new(body, *last, json_object());
            inner = json_object_get(body, *last);
        }
        body = json_is_object(inner) ? inner : NULL;
    }
    return body;
}

/* @p key is cut; @p value is moved. */
static int put(json_t *body, char *key, json_t *value, char why[CTL_FIELDS_WHY_BYTES])
{
    char *last;
    json_t *inner = descend(body, key, &last);
    if (inner && last && !json_object_get(inner, last))
        return json_object_set_new(inner, last, value) < 0 ? -ENOMEM : 0;
    json_decref(value);
    snprintf(why, CTL_FIELDS_WHY_BYTES, "%s is there twice", last ? last : "a field");
    return -EINVAL;
}

int ctl_fields_add(json_t *body, const char *word, char why[CTL_FIELDS_WHY_BYTES])
{
    size_t length = strcspn(word, "=");
    bool is_json = length && word[length - 1] == ':';
    size_t key_length = is_json ? length - 1 : length;
    if (!word[length] || !key_length || word[0] == '.' || word[key_length - 1] == '.') {
        snprintf(why, CTL_FIELDS_WHY_BYTES, "\"%.64s\" is not KEY=TEXT or KEY:=JSON", word);
        return -EINVAL;
    }
    json_error_t error;
    json_t *value = read_value(word + length + 1, is_json, &error);
    if (!value) {
        snprintf(why, CTL_FIELDS_WHY_BYTES, "%.*s: what follows := is no JSON: %s",
                 (int)(key_length > 64 ? 64 : key_length), word,
                 is_json ? error.text : "not valid UTF-8");
        return -EINVAL;
    }
    char *key = strndup(word, key_length);
    int err = key ? put(body, key, value, why) : -ENOMEM;
    if (!key)
        json_decref(value);
    free(key);
    return err;
}
