/*
 * api_caller.h - who asks: a role, and the rooms that it is good for.
 *
 *   if (caller->role < API_ADMIN && !api_caller_may_enter(caller, "blue")) ... 403
 *
 *   administrator   everything
 *   moderator       runs the rooms of its scope while they last: participants, plays, pictures,
 *                   events, and those settings that are not limits, PINs, encryption or codecs
 *   participant     sees the rooms of its scope as those who are in them do; one whose token is
 *                   a browser's call has its own participant, too
 *   nobody          came without a token, or with a wrong one to where none is needed; or with
 *                   the one for metrics, which is good for nothing else
 *
 * Shape    Zeroed it is less than nobody, and a route that says nothing of its role is the
 *          administrator's: what is forgotten stays closed.
 * Thread   any; pure.
 */
#ifndef API_API_CALLER_H
#define API_API_CALLER_H

#include "api/api_scope.h"
#include "server/room/participant.h"

#include <stdbool.h>

enum api_role { API_UNSAID, API_NOBODY, API_PARTICIPANT, API_MODERATOR, API_ADMIN };

enum { API_CALLER_ID_BYTES = PARTICIPANT_ID_BYTES };

struct api_caller {
    enum api_role role;
    char id[API_CALLER_ID_BYTES]; /* of its token; of a call its participant's; or "" */
    char participant[PARTICIPANT_ID_BYTES]; /* its own, if its token is a call; else "" */
    bool reads_metrics;                     /* these, and nothing else
                                             */
    struct api_scope scope; /* below the administrator                          */
};

/** Who the browser of that participant is: moderator or participant of the room where it is,
 *  nobody as long as it is not let in. */
void api_caller_of_participant(const struct participant *participant,
                               struct api_caller *caller);

/** True if it is good for the room of that name, in whatever role it has. */
bool api_caller_may_enter(const struct api_caller *caller, const char *room);

const char *api_role_word(enum api_role role); /* "admin"; "nobody" for UNSAID, too */
/** @return 0 and *role: one that a token can have; -EINVAL. */
int api_role_parse(const char *word, enum api_role *role);

#endif
