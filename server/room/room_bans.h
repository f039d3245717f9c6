/*
 * room_bans.h - who may not come into a room: a list of addresses of SIP, and of blocks of IP
 * addresses, each with an id by which it is lifted.
 *
 *   room_bans_add(&bans, &ban);
 *   if (room_bans_meet(&bans, "sip:eve@example.com;transport=tcp", "192.0.2.7")) ... not in
 *   room_bans_remove(&bans, id);
 *
 * An address of SIP is compared by user and host: "eve@example.com", the host in any case, port
 * and parameters left out. It is what the caller says of himself, unless calls need a password;
 * who is to be kept out in earnest is banned by the block that he calls from.
 *
 * Thread   any; pure.
 * Errors   0 or a negative errno.
 * Source   RFC 3261 section 19.1.4 (what is compared of a URI).
 */
#ifndef SERVER_ROOM_ROOM_BANS_H
#define SERVER_ROOM_ROOM_BANS_H

#include "server/rtp/address_block.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    ROOM_BAN_ID_BYTES = 20,
    ROOM_BAN_URI_BYTES = 256,
    ROOM_BAN_NOTE_BYTES = 129,
    ROOM_MAX_BANS = 500,
};

/** One of uri and address is not "". */
struct room_ban {
    char id[ROOM_BAN_ID_BYTES];
    char uri[ROOM_BAN_URI_BYTES];           /* "eve@example.com": room_ban_uri()         */
    char address[ADDRESS_BLOCK_TEXT_BYTES]; /* "192.0.2.7", "2001:db8::/64"              */
    char note[ROOM_BAN_NOTE_BYTES];         /* for whoever reads the list; UTF-8, one line */
    int64_t created_ns;                     /* wall                                      */
};

/** Zeroed: nobody. */
struct room_bans {
    struct room_ban *ban; /* [count], the oldest first; owned */
    unsigned count, size;
};

/** User and host of @p uri, as they are compared. @return false: it has not both, or is too
 *  long. */
bool room_ban_uri(const char *uri, char out[ROOM_BAN_URI_BYTES]);

/** True if it is an address or a block of them. */
bool room_ban_address_is_valid(const char *address);

/** Copies it. -EEXIST: the same is there; -EUSERS: ROOM_MAX_BANS; -ENOMEM. */
int room_bans_add(struct room_bans *bans, const struct room_ban *ban);
void room_bans_remove(struct room_bans *bans, const char *id);
void room_bans_finish(struct room_bans *bans);

/** NULL: there is none. Borrowed until the list changes. */
const struct room_ban *room_bans_find(const struct room_bans *bans, const char *id);
/** The first that is for who calls with @p uri from @p address ("": not known). */
const struct room_ban *room_bans_meet(const struct room_bans *bans, const char *uri,
                                      const char *address);

#endif
