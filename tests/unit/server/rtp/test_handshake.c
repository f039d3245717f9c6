/* test_handshake.c - ICE and DTLS together: who may speak, who begins, what is told. */
#include "server/rtp/handshake.h"

#include "mixer/base/clock.h"
#include "server/rtp/address.h"
#include "tests/unit/server/rtp/dtls_peer.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { EVENTS = 32, QUEUE = 64 };

#define START (1000 * CLOCK_NS_PER_S)

struct told {
    enum handshake_event_kind kind;
    uint16_t port;
    struct dtls_keys keys;
    char reason[DTLS_REASON_BYTES];
};

struct sent {
    uint16_t port;
    size_t length;
    uint8_t data[ICE_STUN_MAX_BYTES];
};

struct scene {
    struct dtls_certificate *certificate;
    struct handshake *handshake;
    struct handshake_config config;
    struct handshake_counters counters;
    struct dtls_peer peer;
    bool peer_is_client;
    uint16_t peer_port;
    unsigned transactions;
    struct told told[EVENTS];
    unsigned told_count;
    struct sent sent[QUEUE]; /* by us */
    unsigned sent_count, sent_taken;
    struct sent theirs[QUEUE];
    unsigned their_count, their_taken;
};

static union latch_address from_port(uint16_t port)
{
    union latch_address from;
    memset(&from, 0, sizeof(from));
    from.v4.sin_family = AF_INET;
    from.v4.sin_port = htons(port);
    from.v4.sin_addr.s_addr = htonl(0xc0000201);
    return from;
}

static void on_send(void *context, const union latch_address *to, const uint8_t *data,
                    size_t length)
{
    struct scene *scene = context;
    assert_true(scene->sent_count < QUEUE && length <= ICE_STUN_MAX_BYTES);
    struct sent *sent = &scene->sent[scene->sent_count++];
    sent->port = address_port(to);
    sent->length = length;
    memcpy(sent->data, data, length);
}

static void on_tell(void *context, enum handshake_event_kind kind,
                    const union latch_address *address, const struct dtls_keys *keys,
                    const char *reason)
{
    struct scene *scene = context;
    assert_true(scene->told_count < EVENTS);
    struct told *told = &scene->told[scene->told_count++];
    memset(told, 0, sizeof(*told));
    told->kind = kind;
    told->port = address_port(address);
    if (keys)
        told->keys = *keys;
    if (reason)
        snprintf(told->reason, sizeof(told->reason), "%s", reason);
}

static void on_peer_send(void *context, const uint8_t *data, size_t length)
{
    struct scene *scene = context;
    assert_true(scene->their_count < QUEUE && length <= ICE_STUN_MAX_BYTES);
    struct sent *sent = &scene->theirs[scene->their_count++];
    sent->length = length;
    memcpy(sent->data, data, length);
}

static void know_fingerprint(struct scene *scene, struct handshake_remote *remote)
{
    remote->role = scene->peer_is_client ? DTLS_SERVER : DTLS_CLIENT;
    remote->fingerprint_count = 1;
    dtls_peer_fingerprint(&scene->peer, DTLS_SHA_256, &remote->fingerprints[0]);
}

static void make_handshake(struct scene *scene)
{
    const struct handshake_port port = {
        .send = on_send, .tell = on_tell, .context = scene, .counters = &scene->counters};
    assert_int_equal(handshake_create(&scene->config, &port, &scene->handshake), 0);
    handshake_begin(scene->handshake, START);
}

static void open_scene(struct scene *scene, bool has_ice, bool peer_is_client,
                       bool knows_fingerprint)
{
    memset(scene, 0, sizeof(*scene));
    assert_int_equal(dtls_certificate_create(&scene->certificate), 0);
    scene->peer_is_client = peer_is_client;
    scene->peer_port = 4000;
    dtls_peer_make(&scene->peer, DTLS_PEER_PROFILES, false);
    scene->peer.send = on_peer_send;
    scene->peer.context = scene;
    dtls_peer_begin(&scene->peer, peer_is_client, 1200);
    scene->config.certificate = scene->certificate;
    scene->config.has_ice = has_ice;
    ice_credentials_make(&scene->config.local);
    ice_credentials_make(&scene->config.remote_ice);
    if (!has_ice)
        scene->config.address = from_port(4000);
    if (knows_fingerprint)
        know_fingerprint(scene, &scene->config.remote);
    make_handshake(scene);
}

static void close_scene(struct scene *scene)
{
    handshake_destroy(scene->handshake);
    dtls_certificate_destroy(scene->certificate);
    dtls_peer_finish(&scene->peer);
}

static void give(struct scene *scene, const void *data, size_t length, uint16_t port)
{
    const union latch_address from = from_port(port);
    handshake_take(scene->handshake, data, length, &from.any, START);
}

static void check(struct scene *scene, const struct ice_credentials *local, uint16_t port,
                  bool use_candidate)
{
    char username[2 * ICE_UFRAG_BYTES];
    uint8_t data[ICE_STUN_MAX_BYTES];
    struct ice_stun_request request = {
        .username = username, .role = ICE_STUN_CONTROLLING, .use_candidate = use_candidate};
    snprintf(username, sizeof(username), "%s:%s", local->ufrag, scene->config.remote_ice.ufrag);
    scene->transactions++;
    memcpy(request.transaction, &scene->transactions, sizeof(scene->transactions));
    give(scene, data, ice_stun_write_request(data, sizeof(data), &request, local->password),
         port);
}

/* Datagrams to and fro, until there is none. */
static void pump(struct scene *scene)
{
    while (scene->sent_taken < scene->sent_count || scene->their_taken < scene->their_count) {
        if (scene->sent_taken < scene->sent_count) {
            const struct sent *ours = &scene->sent[scene->sent_taken++];
            if (ours->data[0] >= 20 && ours->port == scene->peer_port)
                dtls_peer_take(&scene->peer, ours->data, ours->length);
        } else {
            const struct sent *theirs = &scene->theirs[scene->their_taken++];
            give(scene, theirs->data, theirs->length, scene->peer_port);
        }
    }
}

static const struct told *last_told(const struct scene *scene, enum handshake_event_kind kind)
{
    assert_true(scene->told_count > 0);
    const struct told *told = &scene->told[scene->told_count - 1];
    assert_int_equal(told->kind, kind);
    return told;
}

static void check_keys(struct scene *scene)
{
    struct rtp_keys client, server;
    const struct told *told = last_told(scene, HANDSHAKE_KEYS);
    dtls_peer_keys(&scene->peer, 16, 12, &client, &server);
    client.suite = server.suite = RTP_SUITE_AEAD_AES_128_GCM;
    assert_memory_equal(&told->keys.receive, scene->peer_is_client ? &client : &server,
                        sizeof(client));
    assert_memory_equal(&told->keys.send, scene->peer_is_client ? &server : &client,
                        sizeof(client));
}

static void a_browser_joins(void **state)
{
    (void)state;
    static struct scene scene;
    for (unsigned peer_is_client = 0; peer_is_client < 2; peer_is_client++) {
        open_scene(&scene, true, peer_is_client, true);
        assert_true(handshake_due_ns(scene.handshake, START) == INT64_MAX);
        check(&scene, &scene.config.local, 4000, false);
        assert_int_equal(last_told(&scene, HANDSHAKE_VALIDATED)->port, 4000);
        assert_int_equal(scene.sent_count, 1); /* the answer: as client, too, we wait */
        check(&scene, &scene.config.local, 4000, true);
        assert_int_equal(scene.told[1].kind, HANDSHAKE_NOMINATED);
        assert_int_equal(scene.told[1].port, 4000);
        if (peer_is_client)
            dtls_peer_take(&scene.peer, NULL, 0);
        pump(&scene);
        assert_true(scene.peer.done);
        check_keys(&scene);
        assert_int_equal(scene.told_count, 3);
        assert_int_equal(scene.counters.connected, 1);
        assert_int_equal(scene.counters.checks, 2);
        close_scene(&scene);
    }
}

/* A browser may begin on a way that it has not nominated yet. */
static void dtls_may_come_before_the_nomination(void **state)
{
    (void)state;
    static struct scene scene;
    open_scene(&scene, true, true, true);
    check(&scene, &scene.config.local, 4000, false);
    dtls_peer_take(&scene.peer, NULL, 0);
    pump(&scene);
    assert_true(scene.peer.done);
    check_keys(&scene);
    close_scene(&scene);
}

static void strangers_get_no_dtls(void **state)
{
    (void)state;
    static struct scene scene;
    for (unsigned has_ice = 0; has_ice < 2; has_ice++) {
        open_scene(&scene, has_ice, true, true);
        dtls_peer_take(&scene.peer, NULL, 0);
        if (has_ice)
            check(&scene, &scene.config.local, 4000, true);
        const unsigned sent = scene.sent_count;
        give(&scene, scene.theirs[0].data, scene.theirs[0].length, 6666);
        assert_int_equal(scene.sent_count, sent);
        assert_int_equal(scene.counters.strangers, 1);
        pump(&scene); /* from where it may come */
        check_keys(&scene);
        close_scene(&scene);
    }
}

static void without_ice_the_signalled_address_will_do(void **state)
{
    (void)state;
    static struct scene scene;
    open_scene(&scene, false, false, true); /* we are client: we begin at once */
    assert_int_equal(scene.sent_count, 1);
    assert_int_equal(scene.sent[0].port, 4000);
    pump(&scene);
    check_keys(&scene);
    check(&scene, &scene.config.local, 4000, true); /* STUN is nothing here */
    assert_int_equal(scene.counters.ignored, 1);
    assert_int_equal(scene.counters.checks, 0);
    close_scene(&scene);
}

static void an_address_may_come_later(void **state)
{
    (void)state;
    static struct scene scene;
    open_scene(&scene, false, false, true);
    handshake_destroy(scene.handshake);
    scene.sent_count = 0;
    memset(&scene.config.address, 0, sizeof(scene.config.address));
    make_handshake(&scene);
    assert_int_equal(scene.sent_count, 0);
    scene.peer_port = 4002;
    const union latch_address address = from_port(4002);
    handshake_set_address(scene.handshake, &address, START);
    assert_int_equal(scene.sent_count, 1);
    pump(&scene);
    check_keys(&scene);
    close_scene(&scene);
}

/* The ClientHello comes before the answer that has the fingerprint. */
static void the_fingerprint_may_come_later(void **state)
{
    (void)state;
    static struct scene scene;
    for (unsigned peer_is_client = 0; peer_is_client < 2; peer_is_client++) {
        struct handshake_remote remote;
        open_scene(&scene, true, peer_is_client, false);
        check(&scene, &scene.config.local, 4000, true);
        if (peer_is_client) {
            dtls_peer_take(&scene.peer, NULL, 0);
            pump(&scene);
            assert_int_equal(scene.counters.early, 1);
            scene.their_taken = 0; /* it sends it again */
        }
        know_fingerprint(&scene, &remote);
        handshake_set_remote(scene.handshake, &remote, START);
        pump(&scene);
        assert_true(scene.peer.done);
        check_keys(&scene);
        const unsigned told = scene.told_count, sent = scene.sent_count;
        handshake_set_remote(scene.handshake, &remote, START); /* a session refresh */
        assert_int_equal(scene.told_count, told);
        assert_int_equal(scene.sent_count, sent);
        close_scene(&scene);
    }
}

static void a_new_fingerprint_is_a_new_association(void **state)
{
    (void)state;
    static struct scene scene;
    struct handshake_remote remote;
    open_scene(&scene, true, true, true);
    check(&scene, &scene.config.local, 4000, true);
    dtls_peer_take(&scene.peer, NULL, 0);
    pump(&scene);
    check_keys(&scene);
    dtls_peer_finish(&scene.peer);
    dtls_peer_make(&scene.peer, DTLS_PEER_PROFILES, false);
    scene.peer.send = on_peer_send;
    scene.peer.context = &scene;
    dtls_peer_begin(&scene.peer, true, 1200);
    know_fingerprint(&scene, &remote);
    handshake_set_remote(scene.handshake, &remote, START);
    dtls_peer_take(&scene.peer, NULL, 0);
    pump(&scene);
    assert_true(scene.peer.done);
    check_keys(&scene);
    assert_int_equal(scene.counters.connected, 2);
    close_scene(&scene);
}

static void a_failure_is_told_once(void **state)
{
    (void)state;
    static struct scene scene;
    open_scene(&scene, true, true, true);
    struct handshake_remote remote = scene.config.remote;
    remote.fingerprints[0].value[0] ^= 1;
    handshake_set_remote(scene.handshake, &remote, START);
    check(&scene, &scene.config.local, 4000, true);
    dtls_peer_take(&scene.peer, NULL, 0);
    pump(&scene);
    assert_string_equal(last_told(&scene, HANDSHAKE_FAILED)->reason,
                        "the certificate has another fingerprint");
    const unsigned told = scene.told_count;
    handshake_tick(scene.handshake, START + 60 * CLOCK_NS_PER_S - 1);
    assert_int_equal(scene.told_count, told + 1); /* consent, which is another matter */
    last_told(&scene, HANDSHAKE_CONSENT_LOST);
    assert_int_equal(scene.counters.failed, 1);
    close_scene(&scene);
}

static void a_handshake_that_stalls_fails(void **state)
{
    (void)state;
    static struct scene scene;
    open_scene(&scene, false, true, true);
    dtls_peer_take(&scene.peer, NULL, 0);
    give(&scene, scene.theirs[0].data, scene.theirs[0].length, 4000);
    assert_true(handshake_due_ns(scene.handshake, START) < START + CLOCK_NS_PER_S);
    handshake_tick(scene.handshake, START + DTLS_LIMIT_MS * CLOCK_NS_PER_MS);
    last_told(&scene, HANDSHAKE_FAILED);
    assert_true(handshake_due_ns(scene.handshake, START) == INT64_MAX);
    close_scene(&scene);
}

static void consent_is_watched(void **state)
{
    (void)state;
    static struct scene scene;
    const int64_t end = START + ICE_CONSENT_MS * CLOCK_NS_PER_MS;
    open_scene(&scene, true, true, false);
    check(&scene, &scene.config.local, 4000, true);
    assert_true(handshake_due_ns(scene.handshake, START) == end);
    handshake_tick(scene.handshake, end - 1);
    last_told(&scene, HANDSHAKE_NOMINATED);
    handshake_tick(scene.handshake, end);
    assert_int_equal(last_told(&scene, HANDSHAKE_CONSENT_LOST)->port, 4000);
    check(&scene, &scene.config.local, 4000, false);
    assert_int_equal(last_told(&scene, HANDSHAKE_NOMINATED)->port, 4000);
    close_scene(&scene);
}

/* The network of the browser has changed: new credentials, new way, the same association. */
static void a_restart_keeps_the_association(void **state)
{
    (void)state;
    static struct scene scene;
    struct ice_credentials local;
    open_scene(&scene, true, true, true);
    check(&scene, &scene.config.local, 4000, true);
    dtls_peer_take(&scene.peer, NULL, 0);
    pump(&scene);
    check_keys(&scene);
    const unsigned told = scene.told_count;
    ice_credentials_make(&local);
    ice_credentials_make(&scene.config.remote_ice);
    handshake_restart(scene.handshake, &local, &scene.config.remote_ice);
    check(&scene, &local, 5000, true);
    assert_int_equal(scene.told_count, told + 2); /* VALIDATED, NOMINATED; no keys */
    assert_int_equal(last_told(&scene, HANDSHAKE_NOMINATED)->port, 5000);
    handshake_restart(scene.handshake, &local, &scene.config.local); /* theirs only */
    check(&scene, &local, 5000, true);
    assert_int_equal(scene.counters.checks_refused, 1);
    scene.peer_port = 5000;
    SSL_shutdown(scene.peer.ssl);
    pump(&scene);
    last_told(&scene, HANDSHAKE_CLOSED);
    close_scene(&scene);
}

static void the_far_end_is_told_of_the_end(void **state)
{
    (void)state;
    static struct scene scene;
    open_scene(&scene, false, false, true);
    pump(&scene);
    check_keys(&scene);
    handshake_destroy(scene.handshake);
    scene.handshake = NULL;
    assert_true(scene.sent_taken < scene.sent_count);
    pump(&scene);
    assert_true(scene.peer.closed);
    close_scene(&scene);
}

static void other_protocols_are_ignored(void **state)
{
    (void)state;
    static struct scene scene;
    open_scene(&scene, true, true, true);
    give(&scene, "", 0, 4000);
    give(&scene, "\x80", 1, 4000);
    give(&scene, "\x04", 1, 4000);
    give(&scene, "\x00", 1, 4000);
    assert_int_equal(scene.counters.ignored, 4);
    assert_int_equal(scene.sent_count, 0);
    close_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_browser_joins),
        cmocka_unit_test(dtls_may_come_before_the_nomination),
        cmocka_unit_test(strangers_get_no_dtls),
        cmocka_unit_test(without_ice_the_signalled_address_will_do),
        cmocka_unit_test(an_address_may_come_later),
        cmocka_unit_test(the_fingerprint_may_come_later),
        cmocka_unit_test(a_new_fingerprint_is_a_new_association),
        cmocka_unit_test(a_failure_is_told_once),
        cmocka_unit_test(a_handshake_that_stalls_fails),
        cmocka_unit_test(consent_is_watched),
        cmocka_unit_test(a_restart_keeps_the_association),
        cmocka_unit_test(the_far_end_is_told_of_the_end),
        cmocka_unit_test(other_protocols_are_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
