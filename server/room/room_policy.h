/*
 * room_policy.h - who may come in, and who may do what: the one answer for every kind of leg,
 * as pure functions.
 *
 *   enum room_refusal refusal = room_policy_admit(&(struct room_policy_case){...});
 *   if (room_policy_allows(room_settings(room)->may_chat, info->role)) ...
 *
 * Thread   any; pure.
 * Source   RFC 4353 (conference policy).
 */
#ifndef SERVER_ROOM_ROOM_POLICY_H
#define SERVER_ROOM_ROOM_POLICY_H

#include "server/room/room.h"

#include <stdbool.h>

/** How somebody comes to the door. */
enum room_door {
    ROOM_DOOR_DIALLED_IN,
    ROOM_DOOR_DIALLED_OUT, /* whoever runs the room calls it: a lock does not bind him */
    ROOM_DOOR_PIN,         /* dialled in, counts already, and has entered the PIN  */
    ROOM_DOOR_LOBBY,       /* counts already; who runs the room lets it in             */
    ROOM_DOOR_MOVED,       /* from another room: new in this one                       */
};

/** All that the answer depends on. */
struct room_policy_case {
    enum room_door door;
    bool draining; /* the server goes down                              */
    bool deleted;  /* the room is being ended                           */
    bool banned;
    bool locked;
    bool has_moved; /* binds who comes anew, not who is called or counts already   */
    int64_t now_ns, opens_ns, ends_ns; /* wall; 0: not limited                     */
    unsigned participants;             /* in the room now, in any state but ENDED           */
    unsigned max_participants;
    bool waits; /* it goes to the lobby                                             */
    unsigned waiting, max_waiting; /* there already; 0: no limit                    */
    enum media_srtp srtp;          /* the room's                                        */
    bool has_plain, has_secure;    /* MOVED: streams that are not encrypted, that are;
                                      of all others their SDP is judged           */
};

/** @return ROOM_ADMITTED, or the first reason that holds: DRAINING, BANNED, LOCKED, MOVED,
 * EARLY, OVER, FULL, LOBBY_FULL, PLAIN, SECURE. */
enum room_refusal room_policy_admit(const struct room_policy_case *at_the_door);

/** May a participant of @p role do what @p right is about? Who runs the rooms (the API's
 *  administrator, a moderator's token) is not bound by it. */
bool room_policy_allows(enum room_right right, enum participant_role role);

/** May somebody be told who is in, and of each who comes and goes? @p member: as whom, past the
 *  door; NULL: an account that is not in. */
bool room_policy_may_watch(const struct room_settings *settings,
                           const struct participant_info *member);

/** Does who comes to the door wait in the lobby? @p is_known: it has shown who it is. */
bool room_policy_waits(enum room_lobby lobby, enum participant_role role, bool is_known);

/** May it unmute itself, being muted? */
bool room_policy_may_unmute(const struct room_settings *settings,
                            const struct participant_info *info);

#endif
