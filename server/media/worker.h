/*
 * worker.h - a media thread: wakes every 20 ms while it has legs, sleeps without a timer if
 * not.
 *
 * Thread   create, destroy, send, take_event, stats: control. Inside: the worker's own.
 */
#ifndef SERVER_MEDIA_WORKER_H
#define SERVER_MEDIA_WORKER_H

#include "server/media/command.h"
#include "server/media/event.h"
#include "server/media/media.h"

struct worker;

/** Starts thread number @p number, which is the number that it puts to @p handshakes (may be
 *  NULL) with. @return 0 and *worker, owned by the caller; -ENOMEM,
 * -EAGAIN, -EMFILE. */
int worker_create(unsigned number, struct handshake_service *handshakes,
                  struct worker **worker);

/** Ends the thread, which must have no legs; its last events can still be taken. */
void worker_stop(struct worker *worker);
/** Stops it and frees it. NULL is allowed. */
void worker_destroy(struct worker *worker);

/** True if the kernel lets it run before ordinary threads (SCHED_FIFO; needs CAP_SYS_NICE). */
bool worker_is_real_time(const struct worker *worker);

/** An eventfd that is readable when there are events. Borrowed. */
int worker_event_fd(const struct worker *worker);

/** Takes @p count answers' worth of slots in the event ring, for commands that will be
 * answered.
 *  @return false, and nothing taken, if too many are outstanding. */
bool worker_reserve(struct worker *worker, unsigned count);

/** Sends a command. While the ring is full it is kept aside, so it is never lost.
 *  @return false if something is aside now: call worker_flush() soon. */
bool worker_send(struct worker *worker, const struct command *command);

/** Sends what was kept aside. @return false if something still is. */
bool worker_flush(struct worker *worker);

/** Takes one event; those that carry ownership give their slot back. @return false: none left.
 */
bool worker_take_event(struct worker *worker, struct event *event);

/** How long it has been at work in ticks, ever. */
uint64_t worker_busy_ns(const struct worker *worker);

/** Adds its counters to @p stats. */
void worker_stats_add(const struct worker *worker, struct media_stats *stats);

#endif
