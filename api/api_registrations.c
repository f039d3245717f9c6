/* api_registrations.c - /api/v1/accounts/{account}/registrations: where its phones are. */
#include "api/api_internal.h"

#include "mixer/base/clock.h"
#include "server/account/account_list.h"
#include "server/account/location.h"

#include <stdlib.h>

static json_t *show(const struct binding *binding)
{
    char created[CLOCK_TEXT_BYTES], expires[CLOCK_TEXT_BYTES];
    int64_t left_ns = binding->expires_ns - clock_monotonic_ns();
    clock_format(binding->created_ns, created);
    clock_format(clock_wall_ns() + left_ns, expires);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:f, s:s, s:s}", "id", binding->id,
                     "contact", binding->uri, "source", binding->flow, "path", binding->path,
                     "user_agent", binding->user_agent, "instance", binding->instance, "reg_id",
                     (int)binding->reg_id, "q", binding->q / 1000.0, "registered_at", created,
                     "expires_at", expires);
}

/* The account of the path. @return false: the request is answered. */
static bool check_account(struct api *api, struct api_request *request)
{
    if (account_list_find(api->config.accounts, request->account))
        return true;
    api_problem(&request->answer, 404, "no_such_account", "There is no account \"%.64s\".",
                request->account);
    return false;
}

void api_list_registrations(struct api *api, struct api_request *request)
{
    if (!check_account(api, request))
        return;
    json_t *items = json_array();
    const struct binding *each = location_first(api->config.location, request->account);
    for (; each; each = each->next)
        json_array_append_new(items, show(each));
    api_answer_json(&request->answer, 200, json_pack("{s:o}", "items", items));
}

void api_delete_registration(struct api *api, struct api_request *request)
{
    if (!check_account(api, request))
        return;
    if (location_remove(api->config.location, request->account, request->id))
        api_answer_empty(&request->answer, 204);
    else
        api_problem(&request->answer, 404, "no_such_registration",
                    "The account has no registration \"%.64s\".", request->id);
}

void api_tell_registration(struct api *api, enum location_change change,
                           const struct binding *binding)
{
    static const char *const words[] = {[LOCATION_ADDED] = "registration_added",
                                        [LOCATION_MOVED] = "registration_changed",
                                        [LOCATION_REMOVED] = "registration_removed",
                                        [LOCATION_EXPIRED] = "registration_removed",
                                        [LOCATION_LOST] = "registration_removed"};
    static const char *const reasons[] = {[LOCATION_REMOVED] = "removed",
                                          [LOCATION_EXPIRED] = "expired",
                                          [LOCATION_LOST] = "connection_lost"};
    char now[CLOCK_TEXT_BYTES];
    clock_format(clock_wall_ns(), now);
    json_t *shown = json_pack("{s:s, s:s, s:o}", "time", now, "account", binding->account,
                              "registration", show(binding));
    if (change >= LOCATION_REMOVED)
        json_object_set_new(shown, "reason", json_string(reasons[change]));
    api_publish(api, words[change], NULL, shown);
}
