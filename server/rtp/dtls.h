/*
 * dtls.h - one DTLS 1.2 association, which makes the keys of a transport's SRTP.
 *
 *   dtls_create(&config, &dtls);
 *   as client: dtls_begin(dtls, now_ns);            once it is known where to
 *   a datagram:          state = dtls_take(dtls, data, length, now_ns);
 *   at dtls_due_ns():    state = dtls_tick(dtls, now_ns);
 *   state DTLS_CONNECTED, once:  dtls_take_keys(dtls, &keys);  ...  dtls_keys_wipe(&keys);
 *
 * What it wants sent it gives to config.send, from within these calls. The far end has to have
 * a certificate with one of config.fingerprints; who else signed it, and when, does not matter.
 * An association that is connected goes on taking datagrams: the far end's last flight may come
 * again, and close_notify may come. Data is thrown away: there are no data channels.
 *
 * Shape    datagrams of ours are DTLS_MTU bytes long at most; messages of theirs may come in
 *          fragments of any size. A handshake that is not at its end DTLS_LIMIT_MS after its
 *          first datagram is a failure. 10 KB before the first datagram, 60 KB from then on.
 * Thread   belongs to one thread, which may allocate: not for a media tick. A handshake costs
 *          0.4 ms. OpenSSL has a clock of its own for its retransmissions; it agrees with
 *          now_ns as long as that is the monotonic one.
 * Errors   DTLS_FAILED, with dtls_reason().
 * Source   RFC 6347, RFC 5764 sections 4.1, 4.2 (keys), 5.1; RFC 5763 section 5; RFC 8122;
 *          RFC 7714 section 12.
 */
#ifndef SERVER_RTP_DTLS_H
#define SERVER_RTP_DTLS_H

#include "server/rtp/dtls_certificate.h"
#include "server/rtp/rtp_keys.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DTLS_MTU = 1200,
    DTLS_LIMIT_MS = 30000,
    DTLS_RETRANSMIT_MS = 100, /* at first; then twice as long each time */
    DTLS_MAX_FINGERPRINTS = 4,
    DTLS_REASON_BYTES = 80,
};

enum dtls_role { DTLS_SERVER /* setup:passive */, DTLS_CLIENT /* setup:active */ };

enum dtls_state { DTLS_SHAKING, DTLS_CONNECTED, DTLS_CLOSED, DTLS_FAILED };

struct dtls_config {
    const struct dtls_certificate *certificate; /* borrowed until dtls_create() returns */
    enum dtls_role role;
    const struct dtls_fingerprint *fingerprints; /* copied; one of them has to fit */
    unsigned fingerprint_count;                  /* 1..DTLS_MAX_FINGERPRINTS       */
    /* Called with what is to be sent; may not call dtls_*. */
    void (*send)(void *context, const uint8_t *data, size_t length);
    void *context;
};

/** Of what we send, and of what we receive. */
struct dtls_keys {
    struct rtp_keys send, receive;
};

struct dtls;

/** @return 0 and *dtls, owned by the caller; -EINVAL: fingerprint_count; -ENOMEM. */
int dtls_create(const struct dtls_config *config, struct dtls **dtls);
/** Says nothing to the far end. NULL is allowed. */
void dtls_destroy(struct dtls *dtls);

/** As client: sends the ClientHello, once. As server: nothing. */
enum dtls_state dtls_begin(struct dtls *dtls, int64_t now_ns);

/** Takes a datagram that demux_kind() calls DTLS. */
enum dtls_state dtls_take(struct dtls *dtls, const uint8_t *data, size_t length,
                          int64_t now_ns);

/** Sends again what was not answered; ends what lasts too long. May be called at any time. */
enum dtls_state dtls_tick(struct dtls *dtls, int64_t now_ns);

/** When dtls_tick() has something to do; INT64_MAX: never. */
int64_t dtls_due_ns(const struct dtls *dtls, int64_t now_ns);

/** Tells the far end that it is over. */
void dtls_close(struct dtls *dtls);

/** Moves the keys out. @return false: it has none, or they were taken. */
bool dtls_take_keys(struct dtls *dtls, struct dtls_keys *keys);
/** Leaves no trace of them. */
void dtls_keys_wipe(struct dtls_keys *keys);

/** Why it failed, for a log; "" if it did not. Borrowed. */
const char *dtls_reason(const struct dtls *dtls);

#endif
