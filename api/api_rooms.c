/* api_rooms.c - /api/v1/rooms and /api/v1/rooms/{room}. */
#include "api/api_internal.h"
#include "api/api_settings.h"
#include "api/api_show.h"
#include "server/account/account_list.h"
#include "server/room/room_number.h"
#include "server/room/room_template.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct wanted {
    const struct api_caller *caller;
    const char *name;        /* how its name begins; "": as it likes */
    bool has_active, active; /* somebody is in it, or nobody         */
};

static bool is_wanted(const struct wanted *wanted, const struct room *room)
{
    return api_caller_may_enter(wanted->caller, room_name(room)) &&
           strncmp(room_name(room), wanted->name, strlen(wanted->name)) == 0 &&
           (!wanted->has_active || wanted->active == (room_participant_count(room) > 0));
}

/* The first behind that name that is wanted. */
static const struct room *next_room(const struct room_list *rooms, const struct wanted *wanted,
                                    const char *after)
{
    const struct room *room = room_list_above(rooms, after);
    while (room && !is_wanted(wanted, room))
        room = room_list_above(rooms, room_name(room));
    return room;
}

/* @return false: the request is answered. */
static bool read_wanted(struct api_request *request, struct wanted *wanted)
{
    const char *name = api_uri_parameter(&request->uri, "name");
    const char *active = api_uri_parameter(&request->uri, "active");
    *wanted = (struct wanted){.caller = &request->caller,
                              .name = name ? name : "",
                              .has_active = active,
                              .active = active && strcmp(active, "true") == 0};
    if (!active || wanted->active || strcmp(active, "false") == 0)
        return true;
    api_problem_parameter(&request->answer, "active", "has to be true or false");
    return false;
}

void api_list_rooms(struct api *api, struct api_request *request)
{
    struct api_page page;
    struct wanted wanted;
    if (!api_page_read(request, &page) || !read_wanted(request, &wanted))
        return;
    json_t *items = json_array();
    const struct room_list *rooms = api->config.rooms;
    const struct room *room = next_room(rooms, &wanted, page.after), *last = NULL;
    for (unsigned i = 0; room && i < page.limit; i++) {
        json_array_append_new(items, api_show_room(room, API_SHOW_WITH_MEDIA));
        last = room;
        room = next_room(rooms, &wanted, room_name(last));
    }
    api_page_answer(request, items, room ? room_name(last) : NULL);
}

static void answer_taken(struct api_answer *answer)
{
    api_problem(answer, 409, "number_taken", "Another room, or an account, has that number.");
    api_problem_field(answer, "/number", "is taken");
}

static bool is_of_account(void *context, const char *number)
{
    struct api *api = context;
    return account_list_find_called(api->config.accounts, number);
}

/* A room would hide an account of that number. @return false: the request is answered. */
static bool settle_number(struct api *api, struct api_request *request, const char *before,
                          struct room_settings *settings)
{
    char *number = settings->number;
    int err = 0;
    if (strcmp(number, API_SETTINGS_NUMBER_AUTO) == 0)
        err = room_number_make(api->config.rooms, is_of_account, api, number);
    else if (number[0] && strcmp(number, before) != 0 && is_of_account(api, number))
        err = -EADDRINUSE;
    if (err < 0)
        answer_taken(&request->answer);
    return err == 0;
}

static void answer_add_error(struct api_request *request, const char *name, int err)
{
    struct api_answer *answer = &request->answer;
    switch (-err) {
    case EEXIST:
        api_problem(answer, 409, "room_exists", "There is a room \"%s\" already.", name);
        break;
    case EINVAL:
        api_problem_field(answer, "/name",
                          "may have the letters A-Z and a-z, digits, and . _ - "
                          "and cannot begin with a dot; a + may come first");
        break;
    case EADDRINUSE:
        answer_taken(answer);
        break;
    case EUSERS:
        api_problem(answer, 409, "too_many_rooms",
                    "There are as many rooms as the configuration allows.");
        break;
    default:
        api_answer_errno(request, err);
    }
}

/* What a new room is made from: its template, or the defaults. @return NULL: the request is
 * answered. */
static const struct room_settings *base_of(struct api *api, struct api_request *request)
{
    const json_t *name = json_object_get(request->json, "template");
    const struct room_settings *found = room_list_defaults(api->config.rooms);
    if (json_is_string(name)) /* what else it may be is the table's to refuse */
        found = room_template_find(api->config.rooms, json_string_value(name));
    if (!found)
        api_problem_field(&request->answer, "/template", "is not the name of a template");
    return found;
}

void api_create_room(struct api *api, struct api_request *request)
{
    struct api_answer *answer = &request->answer;
    if (room_list_is_draining(api->config.rooms)) {
        api_answer_errno(request, -ESHUTDOWN);
        return;
    }
    const struct room_settings *base = base_of(api, request);
    const char *name;
    if (!base || !api_pins_hash(api, request, request->json, base))
        return;
    struct room_settings settings = *base;
    if (!api_settings_new(request->json, api->config.rooms, &name, &settings, answer) ||
        !api_pins_take(request, request->json, &settings) ||
        !settle_number(api, request, "", &settings))
        return;
    struct room *room;
    int err = room_list_add(api->config.rooms, name, &settings, &room);
    if (err < 0) {
        answer_add_error(request, name, err);
        return;
    }
    api_answer_json(answer, 201, api_show_room(room, API_SHOW_WITH_MEDIA));
    snprintf(answer->location, sizeof(answer->location), "/api/v1/rooms/%s", room_name(room));
}

void api_find_room(struct api *api, struct api_request *request)
{
    api_request_room(api, request);
}

void api_read_room(struct api *api, struct api_request *request)
{
    const struct room *room = api_request_room(api, request);
    if (room && request->caller.role < API_MODERATOR)
        api_answer_json(&request->answer, 200, api_guests_show(room, false));
    else if (room)
        api_answer_json(&request->answer, 200, api_show_room(room, API_SHOW_WITH_MEDIA));
}

void api_change_room(struct api *api, struct api_request *request)
{
    struct room *room = api_request_room(api, request);
    if (!room || !api_pins_hash(api, request, request->json, room_settings(room)))
        return;
    struct room_settings settings = *room_settings(room);
    if (!api_settings_change(request->json, api->config.rooms, &settings, request->caller.role,
                             &request->answer) ||
        !api_pins_take(request, request->json, &settings) ||
        !settle_number(api, request, room_settings(room)->number, &settings))
        return;
    int err = room_change(room, &settings);
    if (err == -EADDRINUSE)
        answer_taken(&request->answer);
    else if (err < 0)
        api_answer_errno(request, err);
    else
        api_answer_json(&request->answer, 200, api_show_room(room, API_SHOW_WITH_MEDIA));
}

void api_delete_room(struct api *api, struct api_request *request)
{
    struct room *room = api_request_room(api, request);
    if (!room)
        return;
    int err = room_list_delete(api->config.rooms, room);
    if (err < 0)
        api_answer_errno(request, err);
    else
        api_answer_empty(&request->answer, 204);
}
