/*
 * location.h - where the phones of accounts are: for each account the contacts that have
 * registered, in memory and, to survive a restart, in the store.
 *
 *   location_create(&config, &location);
 *   location_register(location, &request, now_ns)   what one REGISTER asks, all or nothing
 *   for (b = location_first(location, "alice"); b; b = b->next) ...
 *   location_expire(location, now_ns)               once a second
 *   location_flush(location)                        soon after each change
 *   location_lose_all(location, is_lost, context)   phones whose connection is over
 *
 * A binding is the same one again if its contact is (RFC 3261), or, of phones that say so, if
 * instance and reg-id are (RFC 5626): a phone that has moved replaces itself. A request older
 * than what it would change (same Call-ID, CSeq not above) changes nothing.
 *
 * Memory   at most config.most bindings of about 600 bytes, config.most_each of one account.
 * Thread   control. The store is written to, time is given.
 * Store    what changes is written many at a time, by location_flush() and location_destroy(),
 *          or when LOCATION_MOST_UNSAVED have come together: a process that is killed before
 *          has lost it, and the phone comes again when it refreshes. What is taken away by hand
 *          is written at once. What cannot be written (a full disk) is kept, all of it, for the
 *          next location_flush(): a phone that is gone does not come back with a restart.
 * Errors   0 or a negative errno. That the store cannot be written to is told in the log, and
 *          is no error of a request: better that phones are reached than that all are gone with
 *          a full disk.
 * Source   RFC 3261 section 10.3, RFC 3327 (Path), RFC 5626 sections 4.2 and 6.
 */
#ifndef SERVER_ACCOUNT_LOCATION_H
#define SERVER_ACCOUNT_LOCATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct location;
struct store;

enum {
    LOCATION_ID_BYTES = 13,
    LOCATION_MAX_CONTACTS = 32, /* of one request */
    LOCATION_TEXT_BYTES = 512,  /* the longest of the texts of a binding */
    LOCATION_MOST_UNSAVED = 256,
};

/** One contact of one account. The texts are UTF-8 of one line or "", as they came. */
struct binding {
    char id[LOCATION_ID_BYTES]; /* of the API; stays with each refresh              */
    const char *account;
    const char *uri;        /* "sip:alice@192.0.2.7:5060;transport=tcp", as it is shown */
    const char *key;        /* the same, made comparable by whoever registers       */
    const char *path;       /* Path: "<sip:edge.example.com;lr>", or ""             */
    const char *flow;       /* where it came from: "sip:192.0.2.7:34567;transport=tcp" */
    const char *instance;   /* +sip.instance, or ""                                 */
    const char *call_id;    /* of the last REGISTER                                 */
    const char *user_agent; /* or ""                                                */
    uint64_t flow_id;       /* with which it ends, as whoever registers knows it; 0: none */
    unsigned reg_id;        /* 0: none                                              */
    unsigned q;             /* in thousandths, 1000 is tried first                  */
    uint32_t cseq;
    int64_t created_ns;   /* wall                                                     */
    int64_t expires_ns;   /* monotonic                                                */
    struct binding *next; /* of the same account: the highest q first, then the newest */
    size_t place;         /* 1 + place in the heap; location.c's                      */
    unsigned unsaved;     /* 1 + place among what is not written; 0: it is; likewise  */
    bool is_stored;       /* the store has it, perhaps as it was before; likewise     */
};

enum location_change {
    LOCATION_ADDED,
    LOCATION_MOVED,     /* refreshed, with another contact or from elsewhere */
    LOCATION_REFRESHED, /* as it was                                         */
    LOCATION_REMOVED,
    LOCATION_EXPIRED,
    LOCATION_LOST, /* there is no way to it any more */
};

struct location_config {
    struct store *store; /* borrowed; NULL: nothing is kept */
    unsigned most, most_each;
    /** Told of each change, but not of those by location_destroy(); NULL: nobody. @p binding is
     *  borrowed for the call, and still, or no longer, among those of its account. */
    void (*on_change)(void *context, enum location_change change,
                      const struct binding *binding);
    void *context;
};

/** Loads what the store has; what has expired meanwhile goes with the first location_expire().
 *  @return 0; -ENOMEM; what the store says. */
int location_create(const struct location_config *config, int64_t now_ns,
                    struct location **location);
void location_destroy(struct location *location); /* NULL is allowed */

struct location_contact {
    const char *uri, *key, *instance; /* instance "": none */
    uint64_t flow_id;
    unsigned reg_id, q, expires_s; /* expires_s 0: is to be removed */
};

struct location_request {
    const char *account, *call_id, *path, *flow, *user_agent; /* copied */
    uint32_t cseq;
    bool is_all; /* "Contact: *": all are to be removed, and there are no contacts */
    unsigned count;
    const struct location_contact *contact; /* [count]; 0: only a question */
};

/** @return 0; -EALREADY: it is older than what it would change; -EUSERS: the account would have
 *  too many; -ENOSPC: all together would; -EMSGSIZE: a text is too long; -ENOMEM. Nothing
 *  changed then. */
int location_register(struct location *location, const struct location_request *request,
                      int64_t now_ns);

/** NULL: none. Borrowed until the next change. */
const struct binding *location_first(const struct location *location, const char *account);
unsigned location_count(const struct location *location, const char *account);
unsigned location_total(const struct location *location);

/** Whether @p binding is one more way to a phone of which another comes before it, from
 *  @p first on: a request goes to each phone once (RFC 5626 section 7). */
bool location_is_other_flow(const struct binding *first, const struct binding *binding);

/** Takes away the binding of that id. @return false: the account has none. */
bool location_remove(struct location *location, const char *account, const char *id);
/** Takes away all of an account. */
void location_remove_all(struct location *location, const char *account);

/** Takes away those of @p account that are lost, as @p is_lost says of each. */
void location_lose(struct location *location, const char *account,
                   bool (*is_lost)(void *context, const struct binding *binding),
                   void *context);
/** The same of all accounts. */
void location_lose_all(struct location *location,
                       bool (*is_lost)(void *context, const struct binding *binding),
                       void *context);

/** Writes what has changed, all or nothing. @return 0; or what the store says: then it is all
 *  kept, and to be tried again. */
int location_flush(struct location *location);

/** Takes away what has expired. */
void location_expire(struct location *location, int64_t now_ns);

#endif
