/* participant_digit.c - a key was pressed: whom it is for. */
#include "server/room/participant.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "server/room/room_internal.h"

void participant_hear_digit(struct participant *participant, char digit,
                            enum participant_digit_source source)
{
    ASSERT_CONTROL();
    enum participant_state state = participant->info.state;
    bool is_asked = state == PARTICIPANT_PIN || state == PARTICIPANT_MENU;
    if ((state != PARTICIPANT_CONNECTED && !is_asked) ||
        !digit_filter_is_new(&participant->digits, digit, source, clock_monotonic_ns()))
        return;
    if (is_asked) { /* told to nobody else */
        if (state == PARTICIPANT_PIN)
            participant_pin_digit(participant, digit);
        else
            participant_reception_digit(participant, digit);
        return;
    }
    struct room_event event = {.kind = ROOM_EVENT_PARTICIPANT_DIGIT,
                               .room = participant->room,
                               .participant = participant,
                               .digit = digit};
    room_events_raise(&participant->room->list->events, &event);
    if (participant->info.state == PARTICIPANT_CONNECTED)
        participant_menu_digit(participant, digit);
}
