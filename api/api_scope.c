/* api_scope.c - rooms by name, in memory, as text, as JSON. */
#include "api/api_scope.h"

#include <stdio.h>
#include <string.h>

static const char all[] = "*";

bool api_scope_has(const struct api_scope *scope, const char *room)
{
    if (scope->is_all)
        return true;
    for (unsigned i = 0; i < scope->count; i++) {
        if (strcmp(scope->room[i], room) == 0)
            return true;
    }
    return false;
}

bool api_scope_is_same(const struct api_scope *a, const struct api_scope *b)
{
    bool is_same = a->is_all == b->is_all && a->count == b->count;
    for (unsigned i = 0; is_same && i < a->count; i++)
        is_same = strcmp(a->room[i], b->room[i]) == 0;
    return is_same;
}

/* Names of rooms have no spaces. */
void api_scope_write(const struct api_scope *scope, char out[API_SCOPE_TEXT_BYTES])
{
    size_t used = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < scope->count; i++)
        used += (size_t)snprintf(out + used, API_SCOPE_TEXT_BYTES - used, "%s%s", i ? " " : "",
                                 scope->room[i]);
    if (scope->is_all)
        snprintf(out, API_SCOPE_TEXT_BYTES, "%s", all);
}

bool api_scope_read(const char *text, struct api_scope *scope)
{
    *scope = (struct api_scope){.is_all = strcmp(text, all) == 0};
    while (*text && !scope->is_all) {
        size_t length = strcspn(text, " ");
        if (scope->count == API_SCOPE_ROOMS || length >= ROOM_NAME_BYTES)
            return false;
        memcpy(scope->room[scope->count], text, length);
        if (!room_name_is_valid(scope->room[scope->count++]))
            return false;
        text += length + (text[length] == ' ');
    }
    return true;
}

json_t *api_scope_show(const struct api_scope *scope)
{
    json_t *rooms = json_array();
    if (scope->is_all)
        json_array_append_new(rooms, json_string(all));
    for (unsigned i = 0; i < scope->count; i++)
        json_array_append_new(rooms, json_string(scope->room[i]));
    return rooms;
}

bool api_scope_item_is_valid(const char *text)
{
    return strcmp(text, all) == 0 || room_name_is_valid(text);
}

bool api_scope_take(const struct api_value *value, struct api_scope *scope,
                    struct api_answer *answer)
{
    const size_t count = json_array_size(value->json);
    *scope = (struct api_scope){.is_all = false};
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(value->json, i));
        scope->is_all |= strcmp(name, all) == 0;
        snprintf(scope->room[scope->count++], ROOM_NAME_BYTES, "%s", name);
    }
    if (scope->is_all && count > 1) {
        api_problem_field(answer, "/rooms", "\"*\" is all rooms, and stands alone");
        return false;
    }
    if (scope->is_all)
        *scope = (struct api_scope){.is_all = true};
    return true;
}
