/*
 * message_text.h - a line of a room's chat as phones get it, made once for all of them.
 *
 *   MESSAGE_PLAIN      "Ann: hello"
 *   MESSAGE_PARTS      the same in pieces of a datagram each, "Ann (1/2): ..."
 *   MESSAGE_ENVELOPE   message/cpim, which says who has written it, and asks for a receipt
 *   MESSAGE_SWITCHED   the same, and asks for none: its way has reports of its own (MSRP)
 *   MESSAGE_NOTICE     of a file: where it is, for phones that show files (file_notice.h)
 *
 * Thread   control; pure.
 * Source   RFC 3428 section 8 (1300 bytes over UDP), RFC 3862.
 */
#ifndef SERVER_SIP_MESSAGE_TEXT_H
#define SERVER_SIP_MESSAGE_TEXT_H

#include "server/room/chat.h"
#include "server/room/room.h"

#include <stdbool.h>

enum {
    MESSAGE_TEXT_UDP_BYTES = 700, /* of a part: 1300 less our headers, and a route or two */
    MESSAGE_TEXT_HOST_BYTES = 256,
};

enum message_style {
    MESSAGE_PLAIN,
    MESSAGE_PARTS,
    MESSAGE_ENVELOPE,
    MESSAGE_SWITCHED,
    MESSAGE_NOTICE,
};

struct message_text {
    unsigned holders;
    enum message_style style;
    uint64_t id;
    char room[ROOM_NAME_BYTES];
    char host[MESSAGE_TEXT_HOST_BYTES];
    char *instead; /* NOTICE: as plain text, for who does not take it; else NULL */
    unsigned count;
    char *part[]; /* [count] */
};

/** @p host is ours, for the URIs of an envelope: "192.0.2.1:5060". @return what the caller
 * holds once; NULL: no memory. */
struct message_text *message_text_create(const struct chat_message *message, const char *room,
                                         const char *host, enum message_style style);
struct message_text *message_text_hold(struct message_text *text);
void message_text_drop(struct message_text *text); /* frees the last one; NULL is allowed */

const char *message_text_type(enum message_style style);

/** The participant that an envelope's To names: one of our URIs. @return false: none. */
bool message_text_receiver(const char *uri, size_t length, char id[PARTICIPANT_ID_BYTES]);

#endif
