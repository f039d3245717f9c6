/*
 * api_deliveries.h - what is to be delivered to one webhook, and what has become of what was.
 *
 *   api_deliveries_add(&list, &(struct api_delivery_plan){...}, &delivery);
 *   api_deliveries_next(&list);          the first that waits
 *   api_deliveries_settle(&list, delivery, API_DELIVERY_DONE);
 *   api_deliveries_keep(&list);          now and then: what still waits, into the store
 *
 * Finished ones come first, then those that wait; oldest first. What waits longer than until
 * the next api_deliveries_keep() is in the store as well, so that it survives the process; most
 * is delivered before that, and costs no write: to write and delete a row takes control 0.2 ms,
 * for each webhook. What a crash loses of the last moment its receiver finds when it reads how
 * things are, as it has to: calls and their rooms have ended without a word, too.
 *
 * Memory   API_DELIVERIES_WAITING wait at most; more are lost, and counted. The last
 *          API_DELIVERIES_LOGGED that are finished are remembered.
 * Thread   control.
 */
#ifndef API_API_DELIVERIES_H
#define API_API_DELIVERIES_H

#include <stdbool.h>
#include <stdint.h>

enum {
    API_DELIVERIES_WAITING = 500,
    API_DELIVERIES_LOGGED = 50,
    API_WEBHOOK_ID_BYTES = 20,
    API_WEBHOOK_WORD_BYTES = 33,
    API_WEBHOOK_MESSAGE_BYTES = 32,
};

struct store;
struct store_delivery;

enum api_delivery_state { API_DELIVERY_WAITING, API_DELIVERY_DONE, API_DELIVERY_FAILED };

struct api_delivery {
    char id[API_WEBHOOK_ID_BYTES];
    char message[API_WEBHOOK_MESSAGE_BYTES]; /* the webhook-id; the same when it is delivered
                                                again */
    char event[API_WEBHOOK_WORD_BYTES];
    enum api_delivery_state state;
    unsigned attempts, status;       /* of HTTP; 0: no answer; since the process began */
    char why[160];                   /* of the last attempt, "": it went well           */
    int64_t created_ns, finished_ns; /* wall; finished 0: not yet                       */
    char *body;                      /* owned by the list                               */
    int64_t row;                     /* in the store; 0: it is not there                */
    struct api_delivery *next;       /* the next newer one                              */
};

struct api_deliveries {
    struct store *store;        /* borrowed */
    const char *webhook;        /* its id; borrowed */
    struct api_delivery *first; /* oldest */
    struct api_delivery *last;
    unsigned waiting, logged;
    uint64_t lost;
};

struct api_delivery_plan { /* all copied */
    const char *message, *event, *body;
};

/** At its end. @return -ENOSPC, -ENOMEM: it is lost, and counted. */
int api_deliveries_add(struct api_deliveries *list, const struct api_delivery_plan *plan,
                       struct api_delivery **out);

/** One that was kept, when the list is loaded. As add. */
int api_deliveries_restore(struct api_deliveries *list, const struct store_delivery *row);

/** NULL: none waits. */
struct api_delivery *api_deliveries_next(const struct api_deliveries *list);

/** The first that waits has an outcome; it goes out of the store. Its place in the list is kept
 * until api_deliveries_trim(). */
void api_deliveries_settle(struct api_deliveries *list, struct api_delivery *delivery,
                           enum api_delivery_state state);

/** Forgets the oldest of too many that are finished. */
void api_deliveries_trim(struct api_deliveries *list);

/** Puts what waits into the store, if it is not there. @return 0, -ENOMEM or the store's errno:
 *  nothing was put there. */
int api_deliveries_keep(struct api_deliveries *list);

/** Frees all, and leaves the store as it is. */
void api_deliveries_finish(struct api_deliveries *list);

#endif
