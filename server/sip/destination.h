/*
 * destination.h - what the user part of a request URI means: the one place that decides it.
 *
 *   struct destination to;
 *   destination_find(ua, sip->sip_request->rq_url, &to);
 *   switch (to.kind) ...
 *
 * The first that fits, in this order:
 *
 *   1. a room that there is, by its name or number DESTINATION_ROOM
 *   2. sip.factory                                 DESTINATION_FACTORY
 *   3. an account by its name, or by its number    DESTINATION_ACCOUNT, or NONE if it is off
 *   4. a number that leads somewhere               what it leads to (number_list.h)
 *   5. a room that would be made for the call      DESTINATION_NEW_ROOM, with rooms.auto_create
 *
 * Of a call that comes by a trunk (trunk_in.h) numbers are looked at first.
 *
 * So a room may hide an account of the same name, never the other way round: who makes a room
 * does it on purpose, and calls to it must not go elsewhere when an account is made later.
 *
 * Thread   control. Nothing is made or changed.
 */
#ifndef SERVER_SIP_DESTINATION_H
#define SERVER_SIP_DESTINATION_H

#include "server/account/account_list.h"
#include "server/room/room_list.h"
#include "server/sip/sip_internal.h"
#include "server/trunk/number_pattern.h"

enum destination_kind {
    DESTINATION_NONE,     /* nothing is called so                        */
    DESTINATION_BAD_NAME, /* and nothing can be                          */
    DESTINATION_EMPTY,    /* no user part: the server itself             */
    DESTINATION_ROOM,
    DESTINATION_ACCOUNT,
    DESTINATION_NEW_ROOM,
    DESTINATION_FACTORY, /* of conferences: each call makes one */
    DESTINATION_MENU,    /* where callers are asked for a conference */
};

struct destination {
    enum destination_kind kind;
    char user[ROOM_NAME_BYTES];    /* unescaped; "" of EMPTY, BAD_NAME and MENU */
    struct room *room;             /* of ROOM; borrowed                    */
    const struct account *account; /* of ACCOUNT; borrowed until accounts change */
    char number[NUMBER_BYTES];     /* that has led to it; "": none has         */
    char language[LANGUAGE_BYTES]; /* of that number; "": none                 */
};

struct uri_target;

void destination_find(const struct ua *ua, const url_t *url, struct destination *destination);

/** The same of a user part, unescaped: a valid name of a room. */
void destination_find_user(const struct ua *ua, const char *user,
                           struct destination *destination);

/** Where @p number, in E.164, leads. @return false: nothing is set for it, and @p destination
 * is as it was. */
bool destination_find_number(const struct ua *ua, const char *number,
                             struct destination *destination);

/** Whether @p target is at this server: at its realm, at one of its domains, or at an address
 * and port where it listens. */
bool destination_is_here(const struct ua *ua, const struct uri_target *target);

/** The account that is called by @p uri, if that is at this server. NULL: none. */
const struct account *destination_own_account(const struct ua *ua, const char *uri);

/** The account that somebody says to be who calls himself @p uri. NULL: none of ours. Other
 * than where somebody is called, a port is left out whatever it is (RFC 3261 section 10.2). */
const struct account *destination_claimed_account(const struct ua *ua, const char *uri);

#endif
