/* api_caller.c - a caller's scope, and the words of roles. */
#include "api/api_caller.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const words[] = {
    [API_UNSAID] = "nobody",       [API_NOBODY] = "nobody", [API_PARTICIPANT] = "participant",
    [API_MODERATOR] = "moderator", [API_ADMIN] = "admin",
};

static enum api_role role_of(const struct participant_info *info)
{
    switch (info->state) {
    case PARTICIPANT_CONNECTING:
    case PARTICIPANT_CONNECTED:
    case PARTICIPANT_MOVING:
        return info->role == PARTICIPANT_MODERATOR ? API_MODERATOR : API_PARTICIPANT;
    default:
        return API_NOBODY;
    }
}

void api_caller_of_participant(const struct participant *participant, struct api_caller *caller)
{
    const struct participant_info *info = participant_info(participant);
    *caller = (struct api_caller){.role = role_of(info), .scope = {.count = 1}};
    snprintf(caller->id, sizeof(caller->id), "%s", info->id);
    snprintf(caller->participant, sizeof(caller->participant), "%s", info->id);
    snprintf(caller->scope.room[0], ROOM_NAME_BYTES, "%s",
             room_name(participant_room(participant)));
}

bool api_caller_may_enter(const struct api_caller *caller, const char *room)
{
    const struct api_scope *scope = &caller->scope;
    if (caller->role <= API_NOBODY)
        return false;
    return caller->role == API_ADMIN || api_scope_has(scope, room);
}

const char *api_role_word(enum api_role role)
{
    return words[role];
}

int api_role_parse(const char *word, enum api_role *role)
{
    for (unsigned i = API_PARTICIPANT; i <= API_ADMIN; i++) {
        if (strcmp(word, words[i]) == 0) {
            *role = (enum api_role)i;
            return 0;
        }
    }
    return -EINVAL;
}
