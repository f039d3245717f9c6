/* api_rooms.c - /api/v1/rooms and /api/v1/rooms/{room}. */
#include "api/api_body.h"
#include "api/api_internal.h"
#include "api/api_show.h"

#include <errno.h>
#include <stdio.h>

enum {
    NAME,
    DISPLAY_NAME,
    LOCKED,
    MAX_PARTICIPANTS,
    JOIN_TONE,
    ALONE,
    PERSISTENT,
    CREATED_AT,
    PARTICIPANTS,
    FIELDS
};

/* What POST takes; PATCH takes the same but for the name. */
static const struct api_field new_fields[FIELDS] = {
    [NAME] = {"name", API_TEXT, .least = 1, .most = ROOM_NAME_BYTES - 1, .is_required = true},
    [DISPLAY_NAME] = {"display_name", API_TEXT, .most = ROOM_DISPLAY_NAME_BYTES - 1,
                      .has_default = true},
    [LOCKED] = {"locked", API_BOOL, .has_default = true},
    [MAX_PARTICIPANTS] = {"max_participants", API_INTEGER, .least = 1,
                          .most = ROOM_MAX_PARTICIPANTS, .has_default = true},
    [JOIN_TONE] = {"join_tone", API_WORD, .words = {"both", "join", "leave", "none"},
                   .has_default = true},
    [ALONE] = {"alone", API_WORD, .words = {"silence", "noise"}, .has_default = true},
    [PERSISTENT] = {"persistent", API_BOOL, .is_read_only = true},
    [CREATED_AT] = {"created_at", API_TEXT, .is_read_only = true},
    [PARTICIPANTS] = {"participants", API_INTEGER, .is_read_only = true},
};

/* Puts what was given over @p settings; null: the default. Words were checked by the table. */
static void apply(const struct api_value *values, const struct room_settings *defaults,
                  struct room_settings *settings)
{
    const struct api_value *name = &values[DISPLAY_NAME], *locked = &values[LOCKED];
    const struct api_value *most = &values[MAX_PARTICIPANTS];
    const struct api_value *tone = &values[JOIN_TONE], *alone = &values[ALONE];
    if (name->is_given)
        snprintf(settings->display_name, sizeof(settings->display_name), "%s",
                 name->is_null ? defaults->display_name : name->text);
    if (locked->is_given)
        settings->locked = locked->is_null ? defaults->locked : locked->flag;
    if (most->is_given)
        settings->max_participants =
            most->is_null ? defaults->max_participants : (unsigned)most->integer;
    if (tone->is_null)
        settings->tone = defaults->tone;
    else if (tone->is_given)
        room_tone_parse(tone->text, &settings->tone);
    if (alone->is_null)
        settings->alone = defaults->alone;
    else if (alone->is_given)
        room_alone_parse(alone->text, &settings->alone);
}

void api_list_rooms(struct api *api, struct api_request *request)
{
    struct api_page page;
    if (!api_page_read(request, &page))
        return;
    json_t *items = json_array();
    const struct room_list *rooms = api->config.rooms;
    const struct room *room = room_list_above(rooms, page.after), *last = NULL;
    for (unsigned i = 0; room && i < page.limit; i++) {
        json_array_append_new(items, api_show_room(room));
        last = room;
        room = room_list_above(rooms, room_name(last));
    }
    api_page_answer(request, items, room ? room_name(last) : NULL);
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
    case EUSERS:
        api_problem(answer, 409, "too_many_rooms",
                    "There are as many rooms as the configuration allows.");
        break;
    default:
        api_answer_errno(request, err);
    }
}

void api_create_room(struct api *api, struct api_request *request)
{
    struct api_value values[FIELDS];
    if (room_list_is_draining(api->config.rooms)) {
        api_answer_errno(request, -ESHUTDOWN);
        return;
    }
    if (!api_body_read(request->json, new_fields, FIELDS, API_BODY_NEW, values,
                       &request->answer))
        return;
    const struct room_settings *defaults = room_list_defaults(api->config.rooms);
    struct room_settings settings = *defaults;
    apply(values, defaults, &settings);
    struct room *room;
    int err = room_list_add(api->config.rooms, values[NAME].text, &settings, &room);
    if (err < 0) {
        answer_add_error(request, values[NAME].text, err);
        return;
    }
    struct api_answer *answer = &request->answer;
    api_answer_json(answer, 201, api_show_room(room));
    snprintf(answer->location, sizeof(answer->location), "/api/v1/rooms/%s", room_name(room));
}

void api_find_room(struct api *api, struct api_request *request)
{
    api_request_room(api, request);
}

void api_read_room(struct api *api, struct api_request *request)
{
    const struct room *room = api_request_room(api, request);
    if (room)
        api_answer_json(&request->answer, 200, api_show_room(room));
}

void api_change_room(struct api *api, struct api_request *request)
{
    struct api_field fields[FIELDS];
    for (unsigned i = 0; i < FIELDS; i++)
        fields[i] = new_fields[i];
    fields[NAME].is_read_only = true; /* it is the address */
    struct room *room = api_request_room(api, request);
    struct api_value values[FIELDS];
    if (!room ||
        !api_body_read(request->json, fields, FIELDS, API_BODY_PATCH, values, &request->answer))
        return;
    struct room_settings settings = *room_settings(room);
    apply(values, room_list_defaults(api->config.rooms), &settings);
    int err = room_change(room, &settings);
    if (err < 0)
        api_answer_errno(request, err);
    else
        api_answer_json(&request->answer, 200, api_show_room(room));
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
