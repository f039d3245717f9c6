/* api_tell.c - the one way of an event to all who listen: streams and webhooks. */
#include "api/api_internal.h"

#include "mixer/base/clock.h"

#include <stdlib.h>

void api_publish(struct api *api, const char *word, const char *room, json_t *shown)
{
    char *json = shown ? json_dumps(shown, JSON_COMPACT) : NULL;
    json_decref(shown);
    const uint64_t id = api_events_publish(api->events, word, room, NULL, json);
    if (json && api->webhooks)
        api_webhooks_tell(
            api->webhooks,
            &(struct api_webhook_event){.id = id, .word = word, .room = room, .json = json});
    free(json);
}

void api_tell(struct api *api, const char *word, const char *field, json_t *value)
{
    char now[CLOCK_TEXT_BYTES];
    clock_format(clock_wall_ns(), now);
    api_publish(api, word, NULL, json_pack("{s:s, s:o}", "time", now, field, value));
}
