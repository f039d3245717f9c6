/*
 * pin_desk.h - PINs are hashed and judged on a thread of its own: that takes milliseconds.
 *
 *   struct pin_job *job = pin_job_create(PIN_JOB_JUDGE, on_judged, self);
 *   snprintf(job->typed[PIN_OF_GUESTS], PIN_BYTES, "%s", "4711");
 *   pin_job_keep(job, settings->pin, settings->moderator_pin);
 *   if (pin_desk_push(desk, job) < 0) ...
 *
 * One after the other, in the order in which they came.
 *
 * Thread   control; a job that was pushed is the desk's until on_done().
 * Errors   0 or a negative errno.
 */
#ifndef SERVER_ROOM_PIN_DESK_H
#define SERVER_ROOM_PIN_DESK_H

#include "server/loop/loop.h"
#include "server/store/pin_hash.h"

struct pin_desk;

enum { PIN_DESK_MOST = 512 }; /* about two seconds */

enum pin_job_kind {
    PIN_JOB_JUDGE, /* which of the kept ones is the one that was typed first? */
    PIN_JOB_MAKE,  /* what is typed takes the place of what is kept           */
};

enum { PIN_OF_GUESTS, PIN_OF_MODERATORS, PIN_KINDS };

struct pin_job {
    struct pin_job *next; /* the desk's */
    enum pin_job_kind what;
    char typed[PIN_KINDS][PIN_BYTES];     /* MAKE: "": that one stays           */
    char kept[PIN_KINDS][PIN_HASH_BYTES]; /* as pin_hash.h makes them; "": none */
    int result; /* JUDGE: bits 1 << PIN_OF_...; MAKE: 0; an error: it could not be done */
    void (*on_done)(struct pin_job *job); /* job is its own again: pin_job_destroy() */
    void *context;
};

/** NULL: no memory. */
struct pin_job *pin_job_create(enum pin_job_kind what, void (*on_done)(struct pin_job *job),
                               void *context);
/** With all that was typed. NULL is allowed. */
void pin_job_destroy(struct pin_job *job);
/** What is kept of a room's PINs now. Copied. */
void pin_job_keep(struct pin_job *job, const char *pin, const char *moderator_pin);
/** Whether these are still the PINs that it was about. */
bool pin_job_is_of(const struct pin_job *job, const char *pin, const char *moderator_pin);

/** @return NULL: no memory, descriptors or threads. */
struct pin_desk *pin_desk_create(struct loop *loop);
/** What was pushed is done first, and told. NULL is allowed. */
void pin_desk_destroy(struct pin_desk *desk);

/** -EBUSY: there are PIN_DESK_MOST; the job stays the caller's. */
int pin_desk_push(struct pin_desk *desk, struct pin_job *job);
/** Jobs that have not been told yet. */
unsigned pin_desk_waiting(const struct pin_desk *desk);

#endif
