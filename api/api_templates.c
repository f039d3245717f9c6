/* api_templates.c - /api/v1/templates: settings with a name, from which rooms are made. */
#include "api/api_body.h"
#include "api/api_internal.h"
#include "api/api_settings.h"
#include "api/api_show.h"
#include "server/room/room_template.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { NAME, SETTINGS, FIELDS };

static const struct api_field new_fields[FIELDS] = {
    [NAME] = {"name", API_TEXT, .least = 1, .most = ROOM_NAME_BYTES - 1, .is_required = true,
              .is_valid = room_name_is_valid,
              .allowed = "of the letters A-Z and a-z, digits, and . _ -"},
    [SETTINGS] = {"settings", .type = API_OBJECT},
};

static json_t *show(const char *name, const struct room_settings *settings)
{
    return json_pack("{s:s, s:o}", "name", name, "settings", api_settings_show(settings));
}

/* The template of the path. @return NULL: the request is answered. */
static const struct room_settings *template_of(struct api *api, struct api_request *request)
{
    const struct room_settings *found = room_template_find(api->config.rooms, request->id);
    if (!found)
        api_problem(&request->answer, 404, "no_such_template",
                    "There is no template \"%.64s\".", request->id);
    return found;
}

void api_list_templates(struct api *api, struct api_request *request)
{
    const struct room_list *rooms = api->config.rooms;
    struct api_page page;
    if (!api_page_read(request, &page))
        return;
    json_t *items = json_array();
    const char *name = room_template_above(rooms, page.after), *last = NULL;
    for (unsigned i = 0; name && i < page.limit; i++) {
        json_array_append_new(items, show(name, room_template_find(rooms, name)));
        last = name;
        name = room_template_above(rooms, last);
    }
    api_page_answer(request, items, name ? last : NULL);
}

void api_read_template(struct api *api, struct api_request *request)
{
    const struct room_settings *settings = template_of(api, request);
    if (settings)
        api_answer_json(&request->answer, 200, show(request->id, settings));
}

/* What the body says of settings. @return false: the request is answered, or held. */
static bool read_settings(struct api *api, struct api_request *request,
                          const struct api_value *value, struct room_settings *settings)
{
    struct api_answer *answer = &request->answer;
    if (!value->json)
        return true;
    if (!api_pins_hash(api, request, value->json, settings))
        return false;
    answer->within = "/settings";
    bool good =
        api_settings_change(value->json, api->config.rooms, settings, API_ADMIN, answer) &&
        api_pins_take(request, value->json, settings);
    if (good && settings->number[0]) {
        api_problem_field(answer, "/number", "can only be of one room");
        good = false;
    }
    answer->within = NULL;
    return good;
}

/* @return false: the request is answered. */
static bool keep(struct api *api, struct api_request *request, const char *name,
                 const struct room_settings *settings)
{
    int err = room_template_put(api->config.rooms, name, settings);
    if (err == -EUSERS)
        api_problem(&request->answer, 409, "too_many_templates",
                    "There are %d templates at most.", ROOM_MAX_TEMPLATES);
    else if (err < 0)
        api_answer_errno(request, err);
    return err == 0;
}

void api_create_template(struct api *api, struct api_request *request)
{
    struct api_answer *answer = &request->answer;
    struct api_value values[FIELDS];
    struct room_settings settings = *room_list_defaults(api->config.rooms);
    if (!api_body_read(request->json, new_fields, FIELDS, API_BODY_NEW, values, answer) ||
        !read_settings(api, request, &values[SETTINGS], &settings))
        return;
    const char *name = values[NAME].text;
    if (room_template_find(api->config.rooms, name)) {
        api_problem(answer, 409, "template_exists", "There is a template \"%s\" already.",
                    name);
        return;
    }
    if (!keep(api, request, name, &settings))
        return;
    api_answer_json(answer, 201, show(name, &settings));
    snprintf(answer->location, sizeof(answer->location), "/api/v1/templates/%s", name);
}

void api_change_template(struct api *api, struct api_request *request)
{
    const struct room_settings *found = template_of(api, request);
    struct api_field fields[FIELDS];
    struct api_value values[FIELDS];
    memcpy(fields, new_fields, sizeof(fields));
    fields[NAME].is_read_only = true; /* it is the address */
    if (!found ||
        !api_body_read(request->json, fields, FIELDS, API_BODY_PATCH, values, &request->answer))
        return;
    struct room_settings settings = *found;
    if (!read_settings(api, request, &values[SETTINGS], &settings) ||
        !keep(api, request, request->id, &settings))
        return;
    api_answer_json(&request->answer, 200, show(request->id, &settings));
}

void api_delete_template(struct api *api, struct api_request *request)
{
    if (!template_of(api, request))
        return;
    int err = room_template_delete(api->config.rooms, request->id);
    if (err < 0)
        api_answer_errno(request, err);
    else
        api_answer_empty(&request->answer, 204);
}
