/*
 * account_forward.h - where calls to an account go on to: what its phones may ask for by a 3xx,
 * and what is set for it, for phones that are switched off and cannot ask.
 *
 *   account_forward_meets(&account->settings.forward, 486)     true: calls go to forward.to now
 *
 * Thread   any; pure.
 */
#ifndef SERVER_ACCOUNT_ACCOUNT_FORWARD_H
#define SERVER_ACCOUNT_ACCOUNT_FORWARD_H

#include <stdbool.h>

enum {
    ACCOUNT_FORWARD_BYTES = 129,
    ACCOUNT_FORWARD_AFTER_S = 20, /* as long as most telephones ring */
    ACCOUNT_FORWARD_MOST_S = 600,
};

/** Whereto calls may go on, by whomever they are sent. */
enum account_forward_scope {
    ACCOUNT_FORWARD_NONE,
    ACCOUNT_FORWARD_LOCAL, /* accounts, rooms and numbers of this server */
    ACCOUNT_FORWARD_TRUNK, /* and numbers that a trunk may dial          */
};

enum account_forward_when {
    ACCOUNT_FORWARD_ALWAYS,    /* its phones do not ring at all               */
    ACCOUNT_FORWARD_BUSY,      /* 486, 600                                    */
    ACCOUNT_FORWARD_NO_ANSWER, /* in time, or no phone is there or is reached */
    ACCOUNT_FORWARD_NOT_TAKEN, /* for any reason but that somebody has declined */
    ACCOUNT_FORWARD_BESIDE,    /* while its phones ring; as NOT_TAKEN if none does   */
};

enum {
    ACCOUNT_FORWARD_SCOPES = ACCOUNT_FORWARD_TRUNK + 1,
    ACCOUNT_FORWARD_WHENS = ACCOUNT_FORWARD_BESIDE + 1,
};

struct account_forward {
    enum account_forward_scope scope;
    enum account_forward_when when;
    unsigned after_s;               /* that its phones ring, then calls go on */
    char to[ACCOUNT_FORWARD_BYTES]; /* as a phone would dial it; "": nowhere   */
};

/** "none", "local", "trunk"; "always", ...: for tables of settings. */
extern const char *const account_forward_scope_words[ACCOUNT_FORWARD_SCOPES];
extern const char *const account_forward_when_words[ACCOUNT_FORWARD_WHENS];

/** True for "", for a name or number, and for a URI: printable ASCII that needs no quotes. */
bool account_forward_to_is_valid(const char *to);

/** Whether calls go on to forward->to at once. */
bool account_forward_is_always(const struct account_forward *forward);
/** Whether forward->to rings beside its phones. */
bool account_forward_is_beside(const struct account_forward *forward);
/** Whether they do after its phones have said @p status, the most telling of what they said;
 *  480: nobody was there. */
bool account_forward_meets(const struct account_forward *forward, int status);

#endif
