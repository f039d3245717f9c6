/* api_trunks.c - /api/v1/trunks and /api/v1/trunks/{name}; a password goes in, never out. And
 * their events. */
#include "api/api_internal.h"
#include "api/api_trunk_settings.h"

#include "mixer/base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void answer_error(struct api_request *request, const char *name, int error)
{
    struct api_answer *answer = &request->answer;
    if (error == -EEXIST)
        api_problem(answer, 409, "trunk_exists", "There is a trunk \"%s\" already.", name);
    else if (error == -EUSERS)
        api_problem(answer, 409, "too_many_trunks", "There are %d trunks already.", TRUNK_MOST);
    else
        api_answer_errno(request, error);
}

/* The trunk of the path. @return NULL: the request is answered. */
static struct trunk *find(struct api *api, struct api_request *request)
{
    struct trunk *trunk = trunk_list_find(api->config.trunks, request->id);
    if (!trunk)
        api_problem(&request->answer, 404, "no_such_trunk", "There is no trunk \"%.64s\".",
                    request->id);
    return trunk;
}

void api_list_trunks(struct api *api, struct api_request *request)
{
    struct api_page page;
    if (!api_page_read(request, &page))
        return;
    json_t *items = json_array();
    const struct trunk *trunk = trunk_list_above(api->config.trunks, page.after), *last = NULL;
    for (unsigned i = 0; trunk && i < page.limit; i++) {
        json_array_append_new(items, api_trunk_show(trunk));
        last = trunk;
        trunk = trunk_list_above(api->config.trunks, last->name);
    }
    api_page_answer(request, items, trunk ? last->name : NULL);
}

void api_create_trunk(struct api *api, struct api_request *request)
{
    struct trunk_settings settings;
    struct api_trunk_body body;
    struct trunk *trunk;
    trunk_settings_defaults(&settings);
    if (!api_trunk_read(request->json, true, &settings, &body, &request->answer))
        return;
    int error = trunk_list_add(api->config.trunks, body.name, &settings,
                               body.password ? body.password : "", &trunk);
    if (error) {
        answer_error(request, body.name, error);
        return;
    }
    api_answer_json(&request->answer, 201, api_trunk_show(trunk));
    snprintf(request->answer.location, sizeof(request->answer.location), "/api/v1/trunks/%s",
             trunk->name);
}

void api_read_trunk(struct api *api, struct api_request *request)
{
    const struct trunk *trunk = find(api, request);
    if (trunk)
        api_answer_json(&request->answer, 200, api_trunk_show(trunk));
}

void api_change_trunk(struct api *api, struct api_request *request)
{
    struct trunk *trunk = find(api, request);
    struct api_trunk_body body;
    if (!trunk)
        return;
    struct trunk_settings settings = trunk->settings;
    if (!api_trunk_read(request->json, false, &settings, &body, &request->answer))
        return;
    int error = trunk_change(trunk, &settings, body.password);
    if (error)
        answer_error(request, trunk->name, error);
    else
        api_answer_json(&request->answer, 200, api_trunk_show(trunk));
}

void api_delete_trunk(struct api *api, struct api_request *request)
{
    struct trunk *trunk = find(api, request);
    if (!trunk)
        return;
    int error = trunk_delete(trunk);
    if (error)
        answer_error(request, request->id, error);
    else
        api_answer_empty(&request->answer, 204);
}

void api_tell_trunk(void *context, enum trunk_event_kind kind, struct trunk *trunk)
{
    api_tell(context, trunk_event_word(kind), "trunk", api_trunk_show(trunk));
}
