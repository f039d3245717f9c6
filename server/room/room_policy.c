/* room_policy.c - who may come in, and who may do what. */
#include "server/room/room_policy.h"

enum room_refusal room_policy_admit(const struct room_policy_case *at_the_door)
{
    if (at_the_door->draining)
        return ROOM_REFUSED_DRAINING;
    if (at_the_door->deleted) /* only seen from inside the events of its deletion */
        return ROOM_REFUSED_LOCKED;
    if (at_the_door->locked && at_the_door->door != ROOM_DOOR_DIALLED_OUT)
        return ROOM_REFUSED_LOCKED;
    bool counts = at_the_door->door == ROOM_DOOR_PIN;
    if (at_the_door->participants >= at_the_door->max_participants + counts)
        return ROOM_REFUSED_FULL;
    if (at_the_door->has_plain && at_the_door->srtp == MEDIA_SRTP_REQUIRED)
        return ROOM_REFUSED_PLAIN;
    if (at_the_door->has_secure && at_the_door->srtp == MEDIA_SRTP_OFF)
        return ROOM_REFUSED_SECURE;
    return ROOM_ADMITTED;
}

bool room_policy_allows(enum room_right right, enum participant_role role)
{
    return right == ROOM_RIGHT_ALL ||
           (right == ROOM_RIGHT_MODERATORS && role == PARTICIPANT_MODERATOR);
}
