/* api_door.c - what the door of a room says, as answers; in from it, away from it, to another.
 */
#include "api/api_internal.h"

#include <errno.h>
#include <string.h>

/* The PIN that was typed. */
static void answer_pin(struct api_answer *answer, const char *name, enum room_refusal refusal)
{
    if (refusal == ROOM_REFUSED_PIN_MISSING) {
        api_problem(answer, 403, "pin_required", "Room \"%s\" asks for a PIN.", name);
    } else if (refusal == ROOM_REFUSED_PIN_WRONG) {
        api_problem(answer, 403, "wrong_pin", "That is not the PIN of room \"%s\".", name);
    } else if (refusal == ROOM_REFUSED_PIN_UNJUDGED) {
        api_problem(answer, 503, "pin_not_judged", "The PIN could not be looked at.");
        answer->retry_after_s = 1;
    } else {
        api_problem(answer, 429, "too_many_pins",
                    "Too many wrong PINs came for room \"%s\", or from your address.", name);
        answer->retry_after_s = 60;
    }
}

void api_door_refusal(struct api_answer *answer, const struct room *room,
                      enum room_refusal refusal)
{
    const char *name = room_name(room);
    switch (refusal) {
    case ROOM_ADMITTED:
        break;
    case ROOM_REFUSED_BANNED:
        api_problem(answer, 403, "banned", "You may not come into room \"%s\".", name);
        break;
    case ROOM_REFUSED_EARLY:
        api_problem(answer, 403, "not_begun", "Room \"%s\" is not open yet.", name);
        answer->retry_after_s = room_opens_in_s(room);
        break;
    case ROOM_REFUSED_OVER:
        api_problem(answer, 403, "is_over", "The time of room \"%s\" is over.", name);
        break;
    case ROOM_REFUSED_LOCKED:
        api_problem(answer, 403, "room_locked", "Room \"%s\" is locked.", name);
        break;
    case ROOM_REFUSED_MOVED:
        api_problem(answer, 409, "room_moved", "Room \"%s\" is at %s now.", name,
                    room_settings(room)->moved_to);
        break;
    case ROOM_REFUSED_FULL:
        api_problem(answer, 409, "room_full", "Room \"%s\" is full.", name);
        break;
    case ROOM_REFUSED_LOBBY_FULL:
        api_problem(answer, 409, "lobby_full", "Too many wait in the lobby of room \"%s\".",
                    name);
        break;
    case ROOM_REFUSED_PLAIN:
        api_problem(
            answer, 409, "srtp_required",
            "Room \"%s\" requires encrypted media (srtp), and that of this call is not.", name);
        break;
    case ROOM_REFUSED_SECURE:
        api_problem(answer, 409, "srtp_off",
                    "Room \"%s\" has no encrypted media (srtp), and that of this call is.",
                    name);
        break;
    case ROOM_REFUSED_DRAINING:
        api_problem_errno(answer, -ESHUTDOWN);
        break;
    case ROOM_REFUSED_NO_MEMORY:
        api_problem_errno(answer, -ENOMEM);
        break;
    case ROOM_REFUSED_PIN_MISSING:
    case ROOM_REFUSED_PIN_WRONG:
    case ROOM_REFUSED_PIN_TOO_OFTEN:
    case ROOM_REFUSED_PIN_UNJUDGED:
        answer_pin(answer, name, refusal);
        break;
    }
}

static void answer_not_waiting(struct api_answer *answer, const struct participant *participant)
{
    api_problem(answer, 409, "not_waiting",
                "Only who waits at the door is let in or sent away; this one is %s.",
                participant_state_word(participant_info(participant)->state));
}

bool api_door_admit(struct api_answer *answer, struct participant *participant)
{
    const struct room *room = participant_room(participant);
    int err = participant_admit(participant);
    if (err == -ENOTCONN)
        answer_not_waiting(answer, participant);
    else if (err == -EUSERS)
        api_door_refusal(answer, room, ROOM_REFUSED_FULL);
    else if (err == -ETIME)
        api_door_refusal(answer, room, ROOM_REFUSED_OVER);
    else if (err < 0)
        api_problem_errno(answer, err);
    return err == 0;
}

bool api_door_refuse(struct api_answer *answer, struct participant *participant)
{
    bool waits = participant_is_waiting(participant);
    if (waits)
        participant_refuse(participant);
    else
        answer_not_waiting(answer, participant);
    return waits;
}

/* Through the same door as everybody. */
bool api_door_move(struct api *api, const struct api_caller *caller, struct api_answer *answer,
                   struct participant *participant, const char *name)
{
    if (strcmp(name, room_name(participant_room(participant))) == 0)
        return true;
    if (!api_caller_may_enter(caller, name)) {
        api_problem(answer, 403, "other_room", "The token is not good for room \"%s\".", name);
        return false;
    }
    enum participant_state state = participant_info(participant)->state;
    struct room *to = room_list_find(api->config.rooms, name);
    if (!to) { /* 422: a 404 would be about the room of the path */
        api_problem(answer, 422, "no_such_room", "There is no room \"%s\".", name);
        api_problem_field(answer, "/room", "is not the name of a room");
        return false;
    }
    if (state != PARTICIPANT_CONNECTED && !participant_is_waiting(participant)) {
        api_problem(answer, 409, "not_connected",
                    "Only who is connected can be moved; this one is %s.",
                    participant_state_word(state));
        return false;
    }
    enum room_refusal refusal = room_move(participant, to);
    api_door_refusal(answer, to, refusal);
    return refusal == ROOM_ADMITTED;
}
