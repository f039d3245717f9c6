/*
 * notice.h - a message that tells of a file (file_notice.h): the file comes into the room.
 *
 *   struct notice_sender sender = {.participant = participant};
 *   reply = notice_take(rooms, &notice, room, &sender);
 *
 * A file that an account has put here (room_parcels.h) becomes one of the room's, if its sender
 * may share files there. One that is elsewhere is a line with a link, as if he had written it:
 * it is not fetched, so that nobody can send this server to places, or have it keep what it has
 * not looked at. What is encrypted with a key of the message is of no use to a room: 403.
 *
 * Thread   control.
 */
#ifndef SERVER_SIP_NOTICE_H
#define SERVER_SIP_NOTICE_H

#include "server/body/file_notice.h"
#include "server/room/room.h"
#include "server/sip/reply.h"

struct room_list;

struct notice_sender {
    struct participant *participant; /* of the room; NULL: a visitor, who is called so: */
    const char *name, *uri;
};

/** What the sender is answered: 200; 403, 413 and as a text is. */
struct reply notice_take(const struct room_list *rooms, const struct file_notice *notice,
                         struct room *room, const struct notice_sender *sender);

enum { NOTICE_TEXT_BYTES = FILE_NOTICE_NAME_BYTES + FILE_NOTICE_URL_BYTES + 32 };

/** "slides.pdf, 1.2 MB: https://...": for those who do not know notices. */
void notice_write_text(const struct file_notice *notice, char out[NOTICE_TEXT_BYTES]);

#endif
