/* api_audit.c - entries in the store, and /api/v1/audit. */
#include "api/api_audit.h"

#include "api/api_internal.h"
#include "api/api_show.h"
#include "api/api_token_list.h"
#include "mixer/base/clock.h"
#include "server/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For people: the token's name; of a browser's call there is none. */
static const char *name_of(struct api *api, const struct api_caller *caller)
{
    const struct api_token *token = api_token_list_find(api->token_list, caller->id);
    return token ? token->settings.name : "";
}

void api_audit_note(struct api *api, const struct api_request *request)
{
    const struct api_caller *caller = &request->caller;
    const json_t *code = json_object_get(request->answer.json, "code");
    char source[API_SOURCE_BYTES], path[API_AUDIT_PATH_BYTES];
    if (request->method == API_GET || api_route_role(request->route) <= API_NOBODY)
        return; /* a path of calls has a secret in it */
    api_source_text(&request->source, source);
    snprintf(path, sizeof(path), "%.*s", (int)strcspn(request->target, "?"), request->target);
    store_audit_put(api->config.store,
                    &(struct store_audit){
                        .time_ns = clock_wall_ns(),
                        .token = caller->id,
                        .name = name_of(api, caller),
                        .role = api_role_word(caller->role),
                        .source = source,
                        .method = api_method_word(request->method),
                        .path = path,
                        .status = request->answer.status,
                        .code = request->answer.is_problem ? json_string_value(code) : "",
                    });
}

void api_audit_prune(struct api *api)
{
    store_audit_prune(api->config.store, API_AUDIT_MOST);
}

static void add_item(void *context, const struct store_audit *entry)
{
    char id[24];
    snprintf(id, sizeof(id), "%lld", (long long)entry->id);
    json_array_append_new(
        context,
        json_pack("{s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:s}", "id", id, "time",
                  api_show_time(entry->time_ns), "token", entry->token, "name", entry->name,
                  "role", entry->role, "source", entry->source, "method", entry->method, "path",
                  entry->path, "status", (int)entry->status, "code", entry->code));
}

void api_list_audit(struct api *api, struct api_request *request)
{
    struct api_page page;
    int64_t below_id;
    if (!api_page_read(request, &page) || !api_page_number(request, &page, &below_id))
        return;
    json_t *items = json_array();
    int err =
        store_audit_each(api->config.store, below_id, api_uri_parameter(&request->uri, "token"),
                         page.limit + 1, add_item, items);
    if (err < 0) {
        json_decref(items);
        api_answer_errno(request, err);
        return;
    }
    api_page_answer_newest(request, &page, items);
}
