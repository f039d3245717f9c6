/*
 * call_chat.h - what comes by a call's session of MSRP that is in force: lines for the chat of
 * its room, and nicknames.
 *
 *   status = call_chat_take(call, &chat, request);
 *
 * An envelope's From has to be the sender (403); its To the room, or one participant of it
 * (404), who has to know private messages (428). A nickname becomes the display name, as long
 * as no other has it (425). At the door nothing is taken, but for the PIN: who is asked for it
 * writes its digits.
 *
 * Thread   control.
 * Owner    struct call_msrp has the chat; zeroed it is new. Who hears of what was taken may end
 *          the call, and with it the chat.
 * Source   RFC 7701 sections 6.2, 7.1, 7.3.
 */
#ifndef SERVER_SIP_CALL_CHAT_H
#define SERVER_SIP_CALL_CHAT_H

#include "server/msrp/msrp_service.h"
#include "server/room/participant.h"

#include <stdbool.h>

enum { CALL_CHAT_DIALLED_BYTES = 64 };

struct call;

struct call_chat {
    char dialled[CALL_CHAT_DIALLED_BYTES]; /* what the room is called by, too; "": nothing */
    bool has_nickname;
    char own_name[PARTICIPANT_NAME_BYTES]; /* of before */
};

/** @return the status of the response. */
unsigned call_chat_take(struct call *call, struct call_chat *chat,
                        const struct msrp_incoming *request);

#endif
