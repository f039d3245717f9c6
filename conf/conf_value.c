/* conf_value.c - one value of one key: read from text, checked, stored in struct conf. */
#include "conf/conf_value.h"

#include "conf/conf_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static json_t *read_json(const char *text)
{
    return json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
}

static json_t *read_commas(const char *text)
{
    json_t *list = json_array();
    while (list && *text) {
        size_t length = strcspn(text, ",");
        if (json_array_append_new(list, json_stringn(text, length)) < 0) {
            json_decref(list);
            return NULL;
        }
        text += length + (text[length] == ',');
    }
    return list;
}

json_t *conf_value_read(const struct conf_key *key, const char *text)
{
    bool is_plain = true; /* not JSON */
    switch (key->type) {
    case CONF_BOOL:
    case CONF_NUMBER:
        is_plain = false;
        break;
    case CONF_LIST:
        if (text[0] != '[')
            return read_commas(text);
        is_plain = false;
        break;
    case CONF_TEXT:
    case CONF_PORTS:
    case CONF_LEVEL:
        is_plain = text[0] != '"' && !(key->is_nullable && !strcmp(text, "null"));
    }
    json_t *value = is_plain ? NULL : read_json(text);
    return value ? value : json_string(text);
}

static bool is_choice(const struct conf_key *key, const char *text)
{
    for (unsigned i = 0; i < CONF_MAX_CHOICES && key->choices[i]; i++)
        if (!strcmp(key->choices[i], text))
            return true;
    return !key->choices[0];
}

static bool text_is_allowed(const struct conf_key *key, const json_t *value)
{
    const char *text = json_string_value(value);
    if (!text || !is_choice(key, text))
        return false;
    size_t length = json_string_length(value);
    bool has_range = key->type == CONF_TEXT && key->max;
    if (has_range && (length < key->min || length > key->max))
        return false;
    return !key->is_valid || key->is_valid(text);
}

static int store_number(const struct conf_key *key, const json_t *value, unsigned *out)
{
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < key->min || number > key->max)
        return -EINVAL;
    *out = (unsigned)number;
    return 0;
}

static int store_text(const struct conf_key *key, const json_t *value, const char **out)
{
    bool is_null = key->is_nullable && json_is_null(value);
    if (!is_null && !text_is_allowed(key, value))
        return -EINVAL;
    *out = is_null ? NULL : json_string_value(value);
    return 0;
}

static int store_list(const struct conf_key *key, const json_t *value, const char **out,
                      unsigned *count)
{
    size_t size = json_array_size(value);
    if (!json_is_array(value) || size < key->min || size > key->max)
        return -EINVAL;
    for (size_t i = 0; i < size; i++) {
        if (!text_is_allowed(key, json_array_get(value, i)))
            return -EINVAL;
        for (size_t j = 0; j < i; j++)
            if (json_equal(json_array_get(value, i), json_array_get(value, j)))
                return -EINVAL;
    }
    for (size_t i = 0; i < size; i++)
        out[i] = json_string_value(json_array_get(value, i));
    *count = (unsigned)size;
    return 0;
}

static int store_ports(const json_t *value, uint16_t *first, uint16_t *last)
{
    const char *text = json_string_value(value);
    return text && conf_text_ports(text, first, last) ? 0 : -EINVAL;
}

static int store_level(const json_t *value, enum log_level *level)
{
    const char *text = json_string_value(value);
    return text ? log_level_parse(text, level) : -EINVAL;
}

int conf_value_store(const struct conf_key *key, json_t *value, struct conf *conf)
{
    void *out = (char *)conf + key->offset;
    void *second = (char *)conf + key->second_offset;
    switch (key->type) {
    case CONF_BOOL:
        if (!json_is_boolean(value))
            return -EINVAL;
        *(bool *)out = json_is_true(value);
        return 0;
    case CONF_NUMBER:
        return store_number(key, value, out);
    case CONF_TEXT:
        return store_text(key, value, out);
    case CONF_LIST:
        return store_list(key, value, out, second);
    case CONF_PORTS:
        return store_ports(value, out, second);
    case CONF_LEVEL:
        return store_level(value, out);
    }
    return -EINVAL;
}

/* The words of a choice: "both", "join" or "none". */
static void write_choices(const struct conf_key *key, char out[CONF_ALLOWED_BYTES])
{
    size_t used = 0;
    for (unsigned i = 0; i < CONF_MAX_CHOICES && key->choices[i]; i++) {
        bool is_last = i + 1 == CONF_MAX_CHOICES || !key->choices[i + 1];
        const char *glue = !i ? "" : is_last ? " or " : ", ";
        used += (size_t)snprintf(out + used, CONF_ALLOWED_BYTES - used, "%s\"%s\"", glue,
                                 key->choices[i]);
    }
}

void conf_value_allowed(const struct conf_key *key, char out[CONF_ALLOWED_BYTES])
{
    switch (key->type) {
    case CONF_BOOL:
        snprintf(out, CONF_ALLOWED_BYTES, "true or false");
        break;
    case CONF_NUMBER:
        snprintf(out, CONF_ALLOWED_BYTES, "a whole number from %u to %u", key->min, key->max);
        break;
    case CONF_LIST:
        snprintf(out, CONF_ALLOWED_BYTES, "a list of %u to %u different texts, each %s",
                 key->min, key->max, key->allowed);
        break;
    case CONF_TEXT:
    case CONF_PORTS:
    case CONF_LEVEL:
        if (key->choices[0])
            write_choices(key, out);
        else if (key->max)
            snprintf(out, CONF_ALLOWED_BYTES, "a text of %u to %u bytes%s%s%s", key->min,
                     key->max, key->allowed ? ": " : "", key->allowed ? key->allowed : "",
                     key->is_nullable ? "; or null" : "");
        else
            snprintf(out, CONF_ALLOWED_BYTES, "%s", key->allowed);
    }
}
