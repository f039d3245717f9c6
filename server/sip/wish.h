/*
 * wish.h - what a Refer-To, or an entry of a list of recipients, asks for: that somebody is
 * called, or sent away.
 *
 *   if (!wish_read(sip->sip_refer_to->r_url, &wish, &reply)) ...refuse with reply...
 *   if (!wish.is_bye) error = wish_dial(&wish, room, &participant);
 *
 * Any header in the URI but Replaces is refused: it would be us who say it.
 *
 * Thread   control.
 * Source   RFC 3515, RFC 3891, RFC 4579 sections 5.5 to 5.9.
 */
#ifndef SERVER_SIP_WISH_H
#define SERVER_SIP_WISH_H

#include "server/sip/reply.h"
#include "server/sip/uri.h"

enum { WISH_REPLACES_BYTES = 512 };

struct wish {
    struct uri_target target;
    char uri[PARTICIPANT_URI_BYTES]; /* as participants show it */
    bool is_bye;
    char replaces[WISH_REPLACES_BYTES]; /* "": none */
};

/** @return false: *reply says why not. */
bool wish_read(const url_t *url, struct wish *wish, struct reply *reply);
/** The same of an entry of a list. */
bool wish_read_text(const char *uri, struct wish *wish, struct reply *reply);

/** Calls him into @p room. @return false: *reply says why not. */
bool wish_dial(const struct wish *wish, struct room *room, struct participant **participant,
               struct reply *reply);

/** The same of one of many: the events of the room tell what comes of it, as well. */
bool wish_dial_told(const struct wish *wish, struct room *room,
                    struct participant **participant, struct reply *reply);

#endif
