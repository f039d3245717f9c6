/*
 * lookup.h - from whom to call to where that is: which of our lines, to which address first.
 *
 *   struct lookup lookup = {.hunt = NULL};
 *   error = lookup_begin(&lookup, ua, &target, on_known, context)     < 0: it cannot be had
 *   LOOKUP_ASKS: on_known(context, error) is called later
 *   while ((way = lookup_next(&lookup))) ... send on way->line ...; until one answers
 *   lookup_end(&lookup)
 *
 * DNS is asked for all that the stack will want to know of the target, by our own resolver,
 * and the answers are put where the stack looks first (name_cache.h): so it never has to ask
 * itself, which it cannot do over TCP. It then tries the servers of a line one after the other,
 * in the order of RFC 3263.
 *
 * Ways     a line has one family of addresses. A target that has both gets two ways, the family
 *          first that the machine would take (RFC 6724 section 6, rules 1, 5 and 6, as far as
 *          they tell families apart); the other one is for the case that nobody answers there.
 *          One that cannot be routed to comes last, one without a line not at all.
 * Limits   LOOKUP_QUESTIONS of a target, LOOKUP_SERVERS whose addresses are asked for,
 *          LOOKUP_HUNTS at once.
 * Thread   control.
 * Errors   -EHOSTUNREACH there is no such name, or it has no address; -ETIMEDOUT, -EAGAIN DNS
 *          does not answer, or we ask for too much; -EAFNOSUPPORT no line speaks its family or
 *          transport; -ENOMEM.
 * Source   RFC 3263 section 4, RFC 6724.
 */
#ifndef SERVER_SIP_LOOKUP_H
#define SERVER_SIP_LOOKUP_H

#include "server/sip/naptr.h"
#include "server/sip/sip_internal.h"
#include "server/sip/uri.h"

enum {
    LOOKUP_ASKS = 1,
    LOOKUP_WAYS = 2,
    LOOKUP_QUESTIONS = 48,
    LOOKUP_SERVERS = 16,
    LOOKUP_RECORDS = 256, /* of one answer */
    LOOKUP_HUNTS = 512,
};

struct hunt;

struct lookup_way {
    struct ua_line *line;
    struct sockaddr_storage peer; /* one of its addresses; the port is none in particular */
};

typedef void (*lookup_on_known)(void *context, int error);

/* Zeroed: nothing is asked. The fields are lookup.c's. */
struct lookup {
    struct hunt *hunt; /* under way */
    unsigned count, next;
    struct lookup_way way[LOOKUP_WAYS];
};

/** Ends what was begun before. @return 0: the ways are known; LOOKUP_ASKS; or an error. */
int lookup_begin(struct lookup *lookup, struct ua *ua, const struct uri_target *target,
                 lookup_on_known on_known, void *context);
/** Nobody is told any more. */
void lookup_end(struct lookup *lookup);
/** @return the next way to try, borrowed until lookup_begin(); NULL: there is none. */
const struct lookup_way *lookup_next(struct lookup *lookup);
/** lookup_next() says once more what it has said. */
void lookup_again(struct lookup *lookup);

/** The first line that speaks the address family, if that is known, and the transport of
 *  @p target. NULL: none. */
struct ua_line *lookup_line(struct ua *ua, const struct uri_target *target);

/** Whether one of our lines speaks this transport. */
bool lookup_speaks(const struct ua *ua, enum naptr_transport transport);

#endif
