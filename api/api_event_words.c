/* api_event_words.c - what rooms raise, and what is told of the API's own resources. */
#include "api/api_event_words.h"

#include "server/room/room_event.h"
#include "server/trunk/trunk_list.h"

#include <string.h>

static const char *const others[] = {
    "token_created",      "token_changed",        "token_deleted",
    "webhook_created",    "webhook_changed",      "webhook_deleted",
    "registration_added", "registration_changed", "registration_removed",
};

bool api_event_is_known(const char *word)
{
    for (unsigned i = 0; i < ROOM_EVENT_KINDS; i++) {
        if (strcmp(word, room_event_word((enum room_event_kind)i)) == 0)
            return true;
    }
    for (unsigned i = 0; i < TRUNK_EVENT_KINDS; i++) {
        if (strcmp(word, trunk_event_word((enum trunk_event_kind)i)) == 0)
            return true;
    }
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (strcmp(word, others[i]) == 0)
            return true;
    }
    return false;
}
