/*
 * room_offers.h - files of a room that are sent to those who are in, by their own calls: which
 * wait, which are on their way, and what became of them.
 *
 *   room_offer_make(file, participant, &offer);       WAITING; its call is told to look
 *   call:  offer = room_offer_waiting(participant);   room_offer_note(offer, &news);
 *   ...    room_offer_cut_off(offer, arrived, why);   WAITING again
 *   ...    ROOM_EVENT_FILE_OFFER at each change
 *   room_offer_cancel(offer);                         its call is told to look again
 *
 * What is over (room_offer_is_over()) stays in the list for whoever wants to know, until
 * ROOM_OFFERS_KEPT came behind it. An offer ends with its participant, who may also be moved,
 * and with its file.
 *
 * Thread   control.
 * Errors   negative errno.
 */
#ifndef SERVER_ROOM_ROOM_OFFERS_H
#define SERVER_ROOM_ROOM_OFFERS_H

#include "server/room/room_files.h"

enum {
    ROOM_OFFER_ID_BYTES = 27,
    ROOM_OFFER_DETAIL_BYTES = 64,
    ROOM_OFFERS_TO_ONE = 8,  /* that are not over, of one participant */
    ROOM_OFFERS_MOST = 4000, /* of a room                             */
    ROOM_OFFERS_KEPT = 100,  /* of a room, that are over              */
    ROOM_OFFER_TRIES = 4,    /* so often one begins to go             */
};

enum room_offer_state {
    ROOM_OFFER_WAITING, /* its call has not said it yet, or has to say it again */
    ROOM_OFFER_OFFERED, /* nobody has answered                                  */
    ROOM_OFFER_SENDING,
    ROOM_OFFER_DELIVERED,
    ROOM_OFFER_DECLINED, /* the phone does not want it, or does not know how */
    ROOM_OFFER_FAILED,   /* see `detail` */
    ROOM_OFFER_CANCELLED,
};

/** Borrowed, valid until the next turn of the loop. */
struct room_offer_info {
    char id[ROOM_OFFER_ID_BYTES];
    char file_id[ROOM_FILE_ID_BYTES];
    char name[ROOM_FILE_NAME_BYTES]; /* of the file */
    uint64_t bytes, sent_bytes;      /* sent: while it waits, those that need not go again */
    unsigned tries;                  /* so often it was begun */
    bool own_call; /* it goes by a call of its own, beside that of its participant */
    char participant_id[PARTICIPANT_ID_BYTES];
    char participant_name[PARTICIPANT_NAME_BYTES]; /* to be shown */
    enum room_offer_state state;
    char detail[ROOM_OFFER_DETAIL_BYTES]; /* why it is over, or was cut off; "" */
    int64_t created_ns, over_ns;          /* wall; over 0: it is not */
};

struct room_offer;

/** @return 0 and *offer; -ENOTCONN: not in the room of @p file; -EHOSTUNREACH: there is no way
 *  to send it one; -EALREADY: it is on its way; -EBUSY: ROOM_OFFERS_TO_ONE; -EUSERS:
 *  ROOM_OFFERS_MOST; -ENOMEM. */
int room_offer_make(struct room_file *file, struct participant *to, struct room_offer **offer);
/** Of no effect on one that is over. */
void room_offer_cancel(struct room_offer *offer);

/** In the order in which they were made. */
struct room_offer *room_offer_first(const struct room *room);
struct room_offer *room_offer_next(const struct room_offer *offer);
struct room_offer *room_offer_find(const struct room *room, const char *id); /* NULL: none */
const struct room_offer_info *room_offer_info(const struct room_offer *offer);
/** NULL: it is over. */
struct room_file *room_offer_file(const struct room_offer *offer);
bool room_offer_is_over(const struct room_offer *offer);
const char *room_offer_word(enum room_offer_state state); /* "waiting", ... */

/* ---- for the call ---- */

/** The first that waits for @p to, by a call of its own or not; NULL: none. */
struct room_offer *room_offer_waiting(const struct participant *to, bool own_call);

struct room_offer_news {
    enum room_offer_state state;
    uint64_t sent_bytes;
    const char *detail; /* NULL: as it was */
    bool own_call;      /* from now on */
};
/** Of no effect on one that is over. One event if anything has changed. */
void room_offer_note(struct room_offer *offer, const struct room_offer_news *news);
/** It waits to go on behind @p arrived bytes; after ROOM_OFFER_TRIES it has FAILED. @p detail:
 * why; NULL: as it was. */
void room_offer_cut_off(struct room_offer *offer, uint64_t arrived, const char *detail);

#endif
