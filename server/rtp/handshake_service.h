/*
 * handshake_service.h - one thread that answers ICE's checks and makes DTLS associations for
 * all transports, so that no media tick ever does.
 *
 *   control:  handshake_service_create(&config, &service);
 *             handshake_service_add(service, &config, fd, owner, &id);
 *             ...handshake_service_fd() is readable...
 *             while (handshake_service_take(service, &event))     keys, addresses, failures
 *             handshake_service_remove(service, id);     HANDSHAKE_GONE is its last event: now
 *                                                        fd may be closed, owner freed
 *   worker:   demux_kind(data[0]) is STUN or DTLS:
 *                 handshake_service_put(service, worker, id, data, length, from);
 *             after the tick:  handshake_service_wake(service, worker);
 *
 * A worker hands over by a ring of its own: a full one drops and counts, for both protocols
 * send again. It may go on putting for an id that was removed: ids are not used twice. The
 * thread answers on the descriptor itself, which many may share.
 *
 * Shape    an id is never 0. Datagrams longer than HANDSHAKE_DATAGRAM_BYTES are dropped.
 * Thread   create to remove, fd, take: control. put, wake: the worker of that number; put never
 *          waits, allocates, locks or calls the kernel; wake may write to an eventfd, once.
 *          stats: any.
 * Errors   negative errno.
 */
#ifndef SERVER_RTP_HANDSHAKE_SERVICE_H
#define SERVER_RTP_HANDSHAKE_SERVICE_H

#include "server/rtp/handshake.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HANDSHAKE_DATAGRAM_BYTES = 1500, HANDSHAKE_RING_SLOTS = 512, HANDSHAKE_MOST = 65536 };

struct handshake_service;

struct handshake_service_config {
    unsigned workers; /* that put; at least 1 */
    unsigned most;    /* handshakes at once; 1..HANDSHAKE_MOST */
};

/** Where a worker puts what it finds. Zeroed: nowhere. */
struct handshake_way {
    struct handshake_service *service;
    unsigned worker;
};

struct handshake_event {
    enum handshake_event_kind kind;
    uint64_t id;
    void *owner;
    union latch_address address;
    struct dtls_keys *keys; /* of HANDSHAKE_KEYS: owned by who takes the event */
    char reason[DTLS_REASON_BYTES];
};

struct handshake_stats {
    uint64_t handshakes;         /* at work now                                  */
    uint64_t datagrams, dropped; /* taken by the thread; for want of room        */
    uint64_t unknown;            /* of those that were removed                   */
    uint64_t checks, checks_refused, strangers, early, ignored, connected, failed;
    uint64_t send_errors;
    uint64_t busy_ns; /* CPU time of the thread */
};

/** @return 0 and *service, owned by the caller; -EINVAL, -ENOMEM, -EMFILE, -EAGAIN (no
 *  thread). */
int handshake_service_create(const struct handshake_service_config *config,
                             struct handshake_service **service);

/** Ends the thread and all handshakes; events that were not taken are forgotten, keys wiped. No
 *  worker may put any more. NULL is allowed. */
void handshake_service_destroy(struct handshake_service *service);

/**
 * Begins a handshake on the socket @p fd, which has to stay open until HANDSHAKE_GONE; so has
 * config->certificate, and what config->send needs. @p owner comes back in events.
 *
 * @return 0 and *id; -ENOSPC: there are as many as there may be; -ENOMEM.
 */
int handshake_service_add(struct handshake_service *service,
                          const struct handshake_config *config, int fd, void *owner,
                          uint64_t *id);

/** See handshake_restart(), handshake_set_remote(), handshake_set_address(). All is copied.
 *  @return 0; -ENOENT: no such id; -ENOMEM. */
int handshake_service_restart(struct handshake_service *service, uint64_t id,
                              const struct ice_credentials *local,
                              const struct ice_credentials *remote);
int handshake_service_set_remote(struct handshake_service *service, uint64_t id,
                                 const struct handshake_remote *remote);
int handshake_service_set_address(struct handshake_service *service, uint64_t id,
                                  const union latch_address *address);

/** Ends a handshake, soon. An id that is not known is allowed. */
void handshake_service_remove(struct handshake_service *service, uint64_t id);

/** Readable while there are events. Borrowed. */
int handshake_service_fd(const struct handshake_service *service);

/** @return false: there is no event. */
bool handshake_service_take(struct handshake_service *service, struct handshake_event *event);

/** Wipes and frees the keys of an event. NULL is allowed. */
void handshake_keys_destroy(struct dtls_keys *keys);

/** Hands a datagram over; copied. @return false: it was dropped. */
bool handshake_service_put(struct handshake_service *service, unsigned worker, uint64_t id,
                           const uint8_t *data, size_t length, const struct sockaddr *from);

/** The same for a datagram that came to the RTP port of the leg with handshake @p id; what is
 *  neither STUN nor DTLS is left. @return true: it is none of the leg's. */
bool handshake_way_take(const struct handshake_way *way, uint64_t id, const uint8_t *data,
                        size_t length, const struct sockaddr *from);

/** Wakes the thread if something was put since the last wake. */
void handshake_service_wake(struct handshake_service *service, unsigned worker);

void handshake_service_stats(const struct handshake_service *service,
                             struct handshake_stats *stats);

#endif
