/* room_policy.c - who may come in, and who may do what. */
#include "server/room/room_policy.h"

/* A lock does not bind who runs the room, nor does the time when it opens. */
static bool is_invited(enum room_door door)
{
    return door == ROOM_DOOR_DIALLED_OUT || door == ROOM_DOOR_LOBBY;
}

enum room_refusal room_policy_admit(const struct room_policy_case *at_the_door)
{
    if (at_the_door->draining)
        return ROOM_REFUSED_DRAINING;
    if (at_the_door->deleted) /* only seen from inside the events of its deletion */
        return ROOM_REFUSED_LOCKED;
    if (at_the_door->banned)
        return ROOM_REFUSED_BANNED;
    if (at_the_door->locked && !is_invited(at_the_door->door))
        return ROOM_REFUSED_LOCKED;
    if (at_the_door->has_moved &&
        (at_the_door->door == ROOM_DOOR_DIALLED_IN || at_the_door->door == ROOM_DOOR_MOVED))
        return ROOM_REFUSED_MOVED;
    if (at_the_door->now_ns < at_the_door->opens_ns && !is_invited(at_the_door->door))
        return ROOM_REFUSED_EARLY;
    if (at_the_door->ends_ns && at_the_door->now_ns >= at_the_door->ends_ns)
        return ROOM_REFUSED_OVER;
    bool counts = at_the_door->door == ROOM_DOOR_PIN || at_the_door->door == ROOM_DOOR_LOBBY;
    if (at_the_door->participants >= at_the_door->max_participants + counts)
        return ROOM_REFUSED_FULL;
    if (at_the_door->waits && at_the_door->max_waiting &&
        at_the_door->waiting >= at_the_door->max_waiting)
        return ROOM_REFUSED_LOBBY_FULL;
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

bool room_policy_waits(enum room_lobby lobby, enum participant_role role, bool is_known)
{
    return role != PARTICIPANT_MODERATOR &&
           (lobby == ROOM_LOBBY_ALL || (lobby == ROOM_LOBBY_GUESTS && !is_known));
}

bool room_policy_may_watch(const struct room_settings *settings,
                           const struct participant_info *member)
{
    const bool is_open = !settings->locked && !settings->pin[0] &&
                         !settings->moderator_pin[0] &&
                         !room_policy_waits(settings->lobby, PARTICIPANT_GUEST, true);
    switch (settings->may_watch) {
    case ROOM_WATCH_PARTICIPANTS:
        return member;
    case ROOM_WATCH_ACCOUNTS:
        return member || is_open;
    case ROOM_WATCH_MODERATORS:
        return member && member->role == PARTICIPANT_MODERATOR;
    default:
        return false;
    }
}

bool room_policy_may_unmute(const struct room_settings *settings,
                            const struct participant_info *info)
{
    return !info->hard_muted && (settings->allow_unmute || info->role == PARTICIPANT_MODERATOR);
}
