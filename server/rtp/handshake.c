/* handshake.c - ICE's checks and a DTLS association on one transport. */
#include "server/rtp/handshake.h"

#include "server/rtp/address.h"
#include "server/rtp/demux.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

struct handshake {
    struct handshake_config config;
    struct handshake_port port;
    struct ice ice;
    struct dtls *dtls;        /* NULL: not wanted yet */
    union latch_address peer; /* where DTLS goes      */
    bool has_ended;           /* FAILED or CLOSED was told */
};

static void count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static void tell_address(struct handshake *handshake, enum handshake_event_kind kind,
                         const union latch_address *address)
{
    handshake->port.tell(handshake->port.context, kind, address, NULL, NULL);
}

static void tell_end(struct handshake *handshake, enum handshake_event_kind kind,
                     const char *reason)
{
    if (handshake->has_ended)
        return;
    handshake->has_ended = true;
    if (kind == HANDSHAKE_FAILED)
        count(&handshake->port.counters->failed);
    handshake->port.tell(handshake->port.context, kind, &handshake->peer, NULL, reason);
}

/* ---- DTLS ---- */

static void send_dtls(void *context, const uint8_t *data, size_t length)
{
    struct handshake *handshake = context;
    if (address_bytes(&handshake->peer))
        handshake->port.send(handshake->port.context, &handshake->peer, data, length);
}

static void note_state(struct handshake *handshake, enum dtls_state state)
{
    struct dtls_keys keys;
    if (dtls_take_keys(handshake->dtls, &keys)) {
        count(&handshake->port.counters->connected);
        handshake->port.tell(handshake->port.context, HANDSHAKE_KEYS, &handshake->peer, &keys,
                             NULL);
        dtls_keys_wipe(&keys);
    }
    if (state == DTLS_FAILED)
        tell_end(handshake, HANDSHAKE_FAILED, dtls_reason(handshake->dtls));
    else if (state == DTLS_CLOSED)
        tell_end(handshake, HANDSHAKE_CLOSED, "");
}

/* As client, once it is known where to. */
static void begin_dtls(struct handshake *handshake, int64_t now_ns)
{
    if (handshake->dtls && address_bytes(&handshake->peer))
        note_state(handshake, dtls_begin(handshake->dtls, now_ns));
}

static void make_dtls(struct handshake *handshake)
{
    const struct handshake_remote *remote = &handshake->config.remote;
    const struct dtls_config config = {
        .certificate = handshake->config.certificate,
        .role = remote->role,
        .fingerprints = remote->fingerprints,
        .fingerprint_count = remote->fingerprint_count,
        .send = send_dtls,
        .context = handshake,
    };
    dtls_destroy(handshake->dtls);
    handshake->dtls = NULL;
    handshake->has_ended = false;
    if (remote->fingerprint_count && dtls_create(&config, &handshake->dtls))
        tell_end(handshake, HANDSHAKE_FAILED, "no memory for DTLS");
}

static bool may_speak(const struct handshake *handshake, const struct sockaddr *from)
{
    return handshake->config.has_ice ? ice_is_validated(&handshake->ice, from)
                                     : latch_same(&handshake->config.address.any, from);
}

static void take_dtls(struct handshake *handshake, const uint8_t *data, size_t length,
                      const struct sockaddr *from, int64_t now_ns)
{
    if (!may_speak(handshake, from)) {
        count(&handshake->port.counters->strangers);
    } else if (!handshake->dtls) {
        count(&handshake->port.counters->early);
    } else {
        /* it is answered where it came from; what is sent by itself goes the selected way */
        const union latch_address selected = handshake->peer;
        handshake->peer = address_of(from);
        note_state(handshake, dtls_take(handshake->dtls, data, length, now_ns));
        if (address_bytes(&selected))
            handshake->peer = selected;
    }
}

/* ---- ICE ---- */

static void take_stun(struct handshake *handshake, const uint8_t *data, size_t length,
                      const struct sockaddr *from, int64_t now_ns)
{
    struct handshake_counters *counters = handshake->port.counters;
    const uint32_t checks = handshake->ice.counters.checks;
    const union latch_address address = address_of(from);
    struct ice_result result;
    if (!handshake->config.has_ice) {
        count(&counters->ignored);
        return;
    }
    ice_take(&handshake->ice, data, length, from, now_ns, &result);
    if (!result.answer_bytes) {
        count(&counters->ignored);
        return;
    }
    count(handshake->ice.counters.checks != checks ? &counters->checks
                                                   : &counters->checks_refused);
    handshake->port.send(handshake->port.context, &address, result.answer, result.answer_bytes);
    if (result.is_validated)
        tell_address(handshake, HANDSHAKE_VALIDATED, &address);
    if (result.is_nominated) {
        handshake->peer = address;
        tell_address(handshake, HANDSHAKE_NOMINATED, &address);
        begin_dtls(handshake, now_ns);
    }
}

/* ---- outside ---- */

int handshake_create(const struct handshake_config *config, const struct handshake_port *port,
                     struct handshake **handshake)
{
    struct handshake *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->config = *config;
    made->port = *port;
    if (config->has_ice) {
        ice_init(&made->ice, &config->local);
        ice_set_remote(&made->ice, &config->remote_ice);
    } else {
        made->peer = config->address;
    }
    *handshake = made;
    return 0;
}

void handshake_destroy(struct handshake *handshake)
{
    if (!handshake)
        return;
    if (handshake->dtls)
        dtls_close(handshake->dtls);
    dtls_destroy(handshake->dtls);
    OPENSSL_cleanse(handshake, sizeof(*handshake));
    free(handshake);
}

void handshake_begin(struct handshake *handshake, int64_t now_ns)
{
    make_dtls(handshake);
    begin_dtls(handshake, now_ns);
}

void handshake_take(struct handshake *handshake, const uint8_t *data, size_t length,
                    const struct sockaddr *from, int64_t now_ns)
{
    const enum demux_kind kind = length ? demux_kind(data[0]) : DEMUX_OTHER;
    if (kind == DEMUX_STUN)
        take_stun(handshake, data, length, from, now_ns);
    else if (kind == DEMUX_DTLS)
        take_dtls(handshake, data, length, from, now_ns);
    else
        count(&handshake->port.counters->ignored);
}

void handshake_tick(struct handshake *handshake, int64_t now_ns)
{
    if (ice_lost_consent(&handshake->ice, now_ns))
        tell_address(handshake, HANDSHAKE_CONSENT_LOST, &handshake->ice.selected);
    if (handshake->dtls)
        note_state(handshake, dtls_tick(handshake->dtls, now_ns));
}

int64_t handshake_due_ns(const struct handshake *handshake, int64_t now_ns)
{
    const int64_t ice_ns = ice_due_ns(&handshake->ice);
    const int64_t dtls_ns = handshake->dtls ? dtls_due_ns(handshake->dtls, now_ns) : INT64_MAX;
    return ice_ns < dtls_ns ? ice_ns : dtls_ns;
}

void handshake_restart(struct handshake *handshake, const struct ice_credentials *local,
                       const struct ice_credentials *remote)
{
    if (strcmp(local->ufrag, handshake->ice.local.ufrag) != 0)
        ice_restart(&handshake->ice, local, remote);
    else if (remote)
        ice_set_remote(&handshake->ice, remote);
}

static bool is_same(const struct handshake_remote *a, const struct handshake_remote *b)
{
    if (a->role != b->role || a->fingerprint_count != b->fingerprint_count)
        return false;
    for (unsigned i = 0; i < a->fingerprint_count; i++) {
        if (memcmp(&a->fingerprints[i], &b->fingerprints[i], sizeof(a->fingerprints[i])) != 0)
            return false;
    }
    return true;
}

void handshake_set_remote(struct handshake *handshake, const struct handshake_remote *remote,
                          int64_t now_ns)
{
    if (is_same(&handshake->config.remote, remote))
        return;
    handshake->config.remote = *remote;
    make_dtls(handshake);
    begin_dtls(handshake, now_ns);
}

void handshake_set_address(struct handshake *handshake, const union latch_address *address,
                           int64_t now_ns)
{
    if (handshake->config.has_ice)
        return;
    handshake->config.address = handshake->peer = *address;
    begin_dtls(handshake, now_ns);
}
