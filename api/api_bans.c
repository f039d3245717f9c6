/* api_bans.c - /api/v1/bans: who has guessed passwords too often, and is not heard by SIP. */
#include "api/api_internal.h"

#include "mixer/base/clock.h"
#include "server/call/ban.h"

#include <errno.h>
#include <string.h>

static json_t *show(const struct ban_entry *entry, int64_t now_ns)
{
    char until[CLOCK_TEXT_BYTES];
    clock_format(clock_wall_ns() + entry->until_ns - now_ns, until);
    return json_pack("{s:s, s:i, s:s}", "address", entry->address, "prefix_length",
                     (int)entry->prefix, "until", until);
}

void api_list_bans(struct api *api, struct api_request *request)
{
    struct api_page page;
    struct ban_entry entry;
    char last[INET6_ADDRSTRLEN];
    if (!api_page_read(request, &page))
        return;
    json_t *items = json_array();
    const int64_t now_ns = clock_monotonic_ns();
    snprintf(last, sizeof(last), "%s", page.after);
    bool is_more = ban_above(api->config.bans, last, now_ns, &entry);
    for (unsigned i = 0; is_more && i < page.limit; i++) {
        json_array_append_new(items, show(&entry, now_ns));
        memcpy(last, entry.address, sizeof(last));
        is_more = ban_above(api->config.bans, last, now_ns, &entry);
    }
    api_page_answer(request, items, is_more ? last : NULL);
}

void api_lift_ban(struct api *api, struct api_request *request)
{
    if (ban_lift(api->config.bans, request->id, clock_monotonic_ns()) == 0)
        api_answer_empty(&request->answer, 204);
    else
        api_problem(&request->answer, 404, "not_banned", "\"%.64s\" is not banned.",
                    request->id);
}
