/*
 * handshake.h - what has to happen on one transport before media may flow: ICE's checks are
 * answered, a DTLS association is made.
 *
 *   handshake_create(&config, &port, now_ns, &handshake);
 *   a datagram:   handshake_take(handshake, data, length, from, now_ns);
 *   at handshake_due_ns():   handshake_tick(handshake, now_ns);
 *
 * With ICE, DTLS is taken from addresses only that an authentic check came from; without, from
 * the signalled (or latched) one only. As DTLS client we begin once it is known where to: at a
 * nomination, or at once. Until the far end's fingerprint is known (its answer may come behind
 * its ClientHello) DTLS is ignored: it will be sent again.
 *
 * Thread   belongs to one thread (handshake_service.h); no socket, no clock, no thread here.
 * Errors   a handshake that fails says so once, with a reason, and is silent from then on.
 * Source   RFC 5763 sections 5, 6.7.1; RFC 8445; RFC 8842 section 5 (a new association when
 *          role or fingerprint change).
 */
#ifndef SERVER_RTP_HANDSHAKE_H
#define SERVER_RTP_HANDSHAKE_H

#include "server/rtp/dtls.h"
#include "server/rtp/ice.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The far end's side of DTLS, by its SDP. */
struct handshake_remote {
    enum dtls_role role;        /* ours */
    unsigned fingerprint_count; /* 0: not known yet, or no DTLS at all */
    struct dtls_fingerprint fingerprints[DTLS_MAX_FINGERPRINTS];
};

struct handshake_config {
    const struct dtls_certificate *certificate; /* borrowed until the handshake is gone */
    bool has_ice;
    struct ice_credentials local, remote_ice; /* remote_ice.ufrag "": not known yet     */
    struct handshake_remote remote;
    union latch_address address; /* without ICE: whom DTLS comes from and goes to       */
    /** Of handshake_service.h: what sends, from any thread; 0 or a negative errno. NULL: its
     *  descriptor does. */
    int (*send)(void *context, const struct sockaddr *to, const uint8_t *data, size_t length);
    void *send_context;
};

enum handshake_event_kind {
    HANDSHAKE_VALIDATED,    /* address: the first authentic check from there       */
    HANDSHAKE_NOMINATED,    /* address: where media goes from now on               */
    HANDSHAKE_CONSENT_LOST, /* address: media may go there no more, until nominated */
    HANDSHAKE_KEYS,         /* keys                                                */
    HANDSHAKE_FAILED,       /* reason: no keys will come                           */
    HANDSHAKE_CLOSED,       /* the far end has ended the association               */
    HANDSHAKE_GONE,         /* of handshake_service.h: the last one                */
};

/** By whoever has the thread; written by it, read by any. */
struct handshake_counters {
    _Atomic uint64_t checks, checks_refused; /* answered with success, with an error      */
    _Atomic uint64_t strangers;              /* DTLS from an address that is not validated */
    _Atomic uint64_t early;                  /* DTLS before the fingerprint was known     */
    _Atomic uint64_t ignored;                /* neither STUN nor DTLS, or not wanted       */
    _Atomic uint64_t connected, failed;      /* associations                               */
};

/** Where it sends to and what it tells; neither may call it back. All arguments are borrowed,
 *  but for the keys: those may be taken, and are wiped afterwards. */
struct handshake_port {
    void (*send)(void *context, const union latch_address *to, const uint8_t *data,
                 size_t length);
    void (*tell)(void *context, enum handshake_event_kind kind,
                 const union latch_address *address, const struct dtls_keys *keys,
                 const char *reason);
    void *context;
    struct handshake_counters *counters;
};

struct handshake;

/** @p config and @p port are copied. @return 0 and *handshake, owned by the caller; -ENOMEM. */
int handshake_create(const struct handshake_config *config, const struct handshake_port *port,
                     struct handshake **handshake);

/** Tells the far end that it is over, by close_notify. NULL is allowed. */
void handshake_destroy(struct handshake *handshake);

/** Begins what can begin without a datagram. */
void handshake_begin(struct handshake *handshake, int64_t now_ns);

void handshake_take(struct handshake *handshake, const uint8_t *data, size_t length,
                    const struct sockaddr *from, int64_t now_ns);
void handshake_tick(struct handshake *handshake, int64_t now_ns);
/** INT64_MAX: not before a datagram comes. */
int64_t handshake_due_ns(const struct handshake *handshake, int64_t now_ns);

/** An ICE restart, or @p local as it was and the far end's credentials known at last; @p remote
 *  NULL: not known yet. */
void handshake_restart(struct handshake *handshake, const struct ice_credentials *local,
                       const struct ice_credentials *remote);

/** Role and fingerprints are known, or have changed: then the association is made anew. */
void handshake_set_remote(struct handshake *handshake, const struct handshake_remote *remote,
                          int64_t now_ns);

/** Without ICE: the far end is elsewhere. */
void handshake_set_address(struct handshake *handshake, const union latch_address *address,
                           int64_t now_ns);

#endif
