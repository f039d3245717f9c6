/*
 * diversion.h - who has sent a call on, and why: Diversion, and what History-Info says of the
 * same.
 *
 *   struct diversion_list list = {.count = 0};
 *   diversion_read("<sip:101@pbx.example>;reason=user-busy", &list)
 *   diversion_read_history("<sip:101@a.b>;index=1, <sip:b@c;cause=486>;index=1.1", &list)
 *   list.diversion[0].uri, .reason             "sip:101@pbx.example", "user-busy"
 *
 * Read generously, since every provider writes it differently: what is no address of ours to
 * show is passed over, and so is what comes behind DIVERSION_MOST. The list is the newest
 * first, as in Diversion. Written is what we ourselves have been sent on by.
 *
 * Shape    values are those of all headers of that name, with commas between.
 * Thread   any; pure.
 * Source   RFC 5806 (Diversion), RFC 7044 (History-Info), RFC 4458 (cause), RFC 7544 (which
 *          cause is which reason).
 */
#ifndef SERVER_SIP_DIVERSION_H
#define SERVER_SIP_DIVERSION_H

#include <stdbool.h>
#include <stddef.h>

enum {
    DIVERSION_MOST = 10,
    DIVERSION_URI_BYTES = 256,
    DIVERSION_REASON_BYTES = 33,
    DIVERSION_TEXT_BYTES = DIVERSION_MOST * (3 * DIVERSION_URI_BYTES + 128),
};

/** Who does not want to be told. */
#define DIVERSION_ANONYMOUS "sip:anonymous@anonymous.invalid"

struct diversion {
    char uri[DIVERSION_URI_BYTES];       /* sip:, sips: or tel:, without parameters */
    char reason[DIVERSION_REASON_BYTES]; /* "user-busy"; "unknown" if it is not said */
};

struct diversion_list {
    unsigned count;
    struct diversion diversion[DIVERSION_MOST]; /* [count] */
};

/** Adds what @p value of Diversion says. */
void diversion_read(const char *value, struct diversion_list *list);

/** The same of History-Info: those of its entries that were left for a reason that is said. */
void diversion_read_history(const char *value, struct diversion_list *list);

/** Puts one before all others; the oldest is forgotten if there are too many. */
void diversion_add(struct diversion_list *list, const char *uri, const char *reason);

/** Forgets all but the oldest @p count. */
void diversion_keep_oldest(struct diversion_list *list, unsigned count);

/** The value of a Diversion header; "": there is nothing to say. */
void diversion_write(const struct diversion_list *list, char out[DIVERSION_TEXT_BYTES]);

/** The value of a History-Info header of a call that goes to @p target; "" as above. */
void diversion_write_history(const struct diversion_list *list, const char *target,
                             char out[DIVERSION_TEXT_BYTES]);

#endif
