/* test_dtls.c - both roles against a plain OpenSSL, over a network that loses, swaps, repeats.
 */
#include "server/rtp/dtls.h"

#include "mixer/base/clock.h"
#include "tests/unit/server/rtp/dtls_peer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <cmocka.h>

/* OpenSSL's clock is ours: no test has to wait. */
static struct timeval openssl_now = {.tv_sec = 1000000};

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    (void)zone;
    *now = openssl_now;
    return 0;
}

enum { QUEUE = 256, TRACE = 512, MOST_BYTES = 2048 };

struct packet {
    bool to_peer;
    size_t length;
    uint8_t data[MOST_BYTES];
};

struct link {
    struct packet packets[QUEUE];
    unsigned count;
};

struct scene {
    struct dtls_certificate *certificate;
    struct dtls *dtls;
    struct dtls_peer peer;
    struct link link;
    struct packet *trace; /* [TRACE], of all that was sent */
    unsigned traced;
    unsigned lose;    /* this datagram, counted from 1; 0: none */
    unsigned percent; /* of datagrams lost, of those repeated, and of those swapped */
    uint32_t seed;
    bool peer_is_client;
};

static uint32_t next_random(struct scene *scene)
{
    scene->seed = scene->seed * 1664525 + 1013904223;
    return scene->seed >> 8;
}

static bool happens(struct scene *scene)
{
    return scene->percent && next_random(scene) % 100 < scene->percent;
}

static void push(struct scene *scene, bool to_peer, const uint8_t *data, size_t length)
{
    assert_true(length <= MOST_BYTES && scene->link.count < QUEUE);
    struct packet *packet = &scene->link.packets[scene->link.count++];
    packet->to_peer = to_peer;
    packet->length = length;
    memcpy(packet->data, data, length);
    if (scene->traced < TRACE)
        scene->trace[scene->traced] = *packet;
    scene->traced++;
}

static void send_to_peer(void *context, const uint8_t *data, size_t length)
{
    assert_true(length <= DTLS_MTU);
    push(context, true, data, length);
}

static void send_to_us(void *context, const uint8_t *data, size_t length)
{
    push(context, false, data, length);
}

static struct packet pop(struct scene *scene)
{
    struct link *link = &scene->link;
    const unsigned at = happens(scene) ? next_random(scene) % link->count : 0;
    const struct packet packet = link->packets[at];
    memmove(&link->packets[at], &link->packets[at + 1],
            (link->count - at - 1) * sizeof(packet));
    link->count--;
    return packet;
}

static void deliver(struct scene *scene, const struct packet *packet)
{
    if (packet->to_peer)
        dtls_peer_take(&scene->peer, packet->data, packet->length);
    else
        dtls_take(scene->dtls, packet->data, packet->length, 1);
}

static void pump(struct scene *scene)
{
    while (scene->link.count) {
        const struct packet packet = pop(scene);
        if ((scene->lose && --scene->lose == 0) || happens(scene))
            continue;
        deliver(scene, &packet);
        if (happens(scene))
            deliver(scene, &packet);
    }
}

static enum dtls_state state_of(struct scene *scene)
{
    return dtls_tick(scene->dtls, 1);
}

static void open_peer(struct scene *scene, bool peer_is_client, const char *profiles, bool rsa)
{
    memset(scene, 0, sizeof(*scene));
    scene->trace = calloc(TRACE, sizeof(*scene->trace));
    assert_non_null(scene->trace);
    scene->peer_is_client = peer_is_client;
    assert_int_equal(dtls_certificate_create(&scene->certificate), 0);
    dtls_peer_make(&scene->peer, profiles, rsa);
    scene->peer.send = send_to_us;
    scene->peer.context = scene;
}

static void open_ours(struct scene *scene, const struct dtls_fingerprint *fingerprints,
                      unsigned count)
{
    const struct dtls_config config = {
        .certificate = scene->certificate,
        .role = scene->peer_is_client ? DTLS_SERVER : DTLS_CLIENT,
        .fingerprints = fingerprints,
        .fingerprint_count = count,
        .send = send_to_peer,
        .context = scene,
    };
    assert_int_equal(dtls_create(&config, &scene->dtls), 0);
}

/* With the right fingerprint. */
static void open_scene(struct scene *scene, bool peer_is_client, const char *profiles)
{
    struct dtls_fingerprint fingerprint;
    open_peer(scene, peer_is_client, profiles, false);
    dtls_peer_fingerprint(&scene->peer, DTLS_SHA_256, &fingerprint);
    open_ours(scene, &fingerprint, 1);
}

static void begin(struct scene *scene, long mtu)
{
    dtls_peer_begin(&scene->peer, scene->peer_is_client, mtu);
    if (scene->peer_is_client)
        dtls_peer_take(&scene->peer, NULL, 0);
    else
        dtls_begin(scene->dtls, 1);
}

static void close_scene(struct scene *scene)
{
    dtls_destroy(scene->dtls);
    dtls_certificate_destroy(scene->certificate);
    dtls_peer_finish(&scene->peer);
    free(scene->trace);
}

/* Lets it be late; whoever waits sends again. */
static void wait_for_both(struct scene *scene)
{
    openssl_now.tv_sec += 10;
    dtls_tick(scene->dtls, 1);
    if (!scene->peer.done)
        dtls_peer_repeat(&scene->peer);
}

/* Until both are connected. */
static void shake(struct scene *scene)
{
    for (unsigned round = 0; round < 200; round++) {
        pump(scene);
        if (scene->peer.done && state_of(scene) == DTLS_CONNECTED)
            return;
        wait_for_both(scene);
    }
}

static void check_keys(struct scene *scene, enum rtp_suite suite)
{
    struct dtls_keys keys;
    struct rtp_keys client, server;
    const struct rtp_suite_row *row = rtp_suite_row(suite);
    assert_int_equal(state_of(scene), DTLS_CONNECTED);
    assert_true(dtls_take_keys(scene->dtls, &keys));
    dtls_peer_keys(&scene->peer, row->key_bytes, row->salt_bytes, &client, &server);
    client.suite = server.suite = suite;
    assert_memory_equal(scene->peer_is_client ? &keys.receive : &keys.send, &client,
                        sizeof(client));
    assert_memory_equal(scene->peer_is_client ? &keys.send : &keys.receive, &server,
                        sizeof(server));
    assert_memory_not_equal(&client, &server, sizeof(server));
    assert_false(dtls_take_keys(scene->dtls, &keys)); /* moved */
    dtls_keys_wipe(&keys);
    static const struct dtls_keys nothing;
    assert_memory_equal(&keys, &nothing, sizeof(keys));
}

static void both_roles_make_the_same_keys(void **state)
{
    (void)state;
    static const struct {
        const char *profiles;
        enum rtp_suite suite;
    } rows[] = {
        {"SRTP_AES128_CM_SHA1_80", RTP_SUITE_AES_CM_128_HMAC_SHA1_80},
        {"SRTP_AES128_CM_SHA1_32", RTP_SUITE_AES_CM_128_HMAC_SHA1_32},
        {"SRTP_AEAD_AES_128_GCM", RTP_SUITE_AEAD_AES_128_GCM},
        {"SRTP_AEAD_AES_256_GCM", RTP_SUITE_AEAD_AES_256_GCM},
    };
    static struct scene scene;
    for (unsigned i = 0; i < 8; i++) {
        open_scene(&scene, i % 2, rows[i / 2].profiles);
        begin(&scene, 1200);
        pump(&scene);
        assert_true(scene.peer.done);
        check_keys(&scene, rows[i / 2].suite);
        assert_string_equal(dtls_reason(scene.dtls), "");
        assert_true(dtls_due_ns(scene.dtls, 1) == INT64_MAX);
        close_scene(&scene);
    }
}

/* As server we choose; a plain OpenSSL server chooses by its own list. */
static void as_server_our_order_counts(void **state)
{
    (void)state;
    static struct scene scene;
    open_scene(&scene, true,
               "SRTP_AES128_CM_SHA1_32:SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM:"
               "SRTP_AEAD_AES_128_GCM");
    begin(&scene, 1200);
    pump(&scene);
    check_keys(&scene, RTP_SUITE_AEAD_AES_128_GCM);
    close_scene(&scene);
    open_scene(&scene, true, "SRTP_AES128_CM_SHA1_32:SRTP_AES128_CM_SHA1_80");
    begin(&scene, 1200);
    pump(&scene);
    check_keys(&scene, RTP_SUITE_AES_CM_128_HMAC_SHA1_80);
    close_scene(&scene);
}

static void any_hash_and_kind_of_key_will_do(void **state)
{
    (void)state;
    static const enum dtls_hash hashes[] = {DTLS_SHA_256, DTLS_SHA_384, DTLS_SHA_512};
    static struct scene scene;
    for (unsigned i = 0; i < 6; i++) {
        struct dtls_fingerprint fingerprints[2] = {{.hash = DTLS_SHA_256}};
        open_peer(&scene, i % 2, "SRTP_AEAD_AES_128_GCM", i >= 3);
        dtls_peer_fingerprint(&scene.peer, hashes[i % 3], &fingerprints[1]);
        open_ours(&scene, fingerprints, 2); /* the second of them fits */
        begin(&scene, 1200);
        pump(&scene);
        check_keys(&scene, RTP_SUITE_AEAD_AES_128_GCM);
        close_scene(&scene);
    }
}

static void another_certificate_is_refused(void **state)
{
    (void)state;
    static struct scene scene;
    for (unsigned i = 0; i < 6; i++) {
        struct dtls_fingerprint fingerprint;
        struct dtls_keys keys;
        open_peer(&scene, i % 2, DTLS_PEER_PROFILES, false);
        dtls_peer_fingerprint(&scene.peer, (enum dtls_hash)(DTLS_SHA_256 + i / 2),
                              &fingerprint);
        fingerprint.value[31 - i] ^= 1;
        open_ours(&scene, &fingerprint, 1);
        begin(&scene, 1200);
        pump(&scene);
        assert_int_equal(state_of(&scene), DTLS_FAILED);
        assert_string_equal(dtls_reason(scene.dtls), "the certificate has another fingerprint");
        assert_true(scene.peer.failed); /* it was told */
        assert_false(dtls_take_keys(scene.dtls, &keys));
        assert_true(dtls_due_ns(scene.dtls, 1) == INT64_MAX);
        close_scene(&scene);
    }
}

static void who_has_no_certificate_is_refused(void **state)
{
    (void)state;
    static struct scene scene;
    struct dtls_fingerprint fingerprint = {.hash = DTLS_SHA_256};
    open_peer(&scene, true, DTLS_PEER_PROFILES, false);
    open_ours(&scene, &fingerprint, 1);
    SSL_CTX *bare = SSL_CTX_new(DTLS_method());
    SSL_CTX_set_tlsext_use_srtp(bare, DTLS_PEER_PROFILES);
    SSL_CTX_set_options(bare, SSL_OP_NO_QUERY_MTU);
    SSL_CTX_free(scene.peer.ssl_context);
    scene.peer.ssl_context = bare;
    begin(&scene, 1200);
    pump(&scene);
    assert_int_equal(state_of(&scene), DTLS_FAILED);
    assert_true(strlen(dtls_reason(scene.dtls)) > 0);
    close_scene(&scene);
}

static void without_a_profile_there_is_no_association(void **state)
{
    (void)state;
    static struct scene scene;
    for (unsigned i = 0; i < 2; i++) {
        open_scene(&scene, i, NULL);
        begin(&scene, 1200);
        pump(&scene);
        assert_int_equal(state_of(&scene), DTLS_FAILED);
        assert_string_equal(dtls_reason(scene.dtls), "no SRTP profile in common");
        close_scene(&scene);
    }
}

/* Chromium's comes in two datagrams of 1,413 bytes in all; others may be cut finer. */
static void a_client_hello_in_fragments_is_taken(void **state)
{
    (void)state;
    static struct scene scene;
    static const long mtus[] = {1200, 700, 256};
    uint8_t protocols[1200];
    for (size_t i = 0; i < sizeof(protocols); i++)
        protocols[i] = i % 200 ? 'x' : 199;
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned repeat = 0; repeat < 2; repeat++) {
            open_scene(&scene, true, DTLS_PEER_PROFILES);
            SSL_CTX_set_alpn_protos(scene.peer.ssl_context, protocols, sizeof(protocols));
            dtls_peer_begin(&scene.peer, true, mtus[i]);
            dtls_peer_take(&scene.peer, NULL, 0);
            const unsigned fragments = scene.link.count;
            assert_true(fragments >= 2 + i);
            if (repeat) { /* the last fragment first */
                const struct packet first = scene.link.packets[0];
                scene.link.packets[0] = scene.link.packets[fragments - 1];
                scene.link.packets[fragments - 1] = first;
            }
            pump(&scene);
            assert_true(scene.peer.done);
            check_keys(&scene, RTP_SUITE_AEAD_AES_128_GCM);
            close_scene(&scene);
        }
    }
}

/* Each datagram of a handshake is lost once. */
static void a_lost_datagram_is_sent_again(void **state)
{
    (void)state;
    static struct scene scene;
    for (unsigned role = 0; role < 2; role++) {
        for (unsigned lost = 1; lost <= 12; lost++) {
            open_scene(&scene, role, DTLS_PEER_PROFILES);
            scene.lose = lost;
            begin(&scene, 300); /* many datagrams */
            shake(&scene);
            if (!scene.peer.done || state_of(&scene) != DTLS_CONNECTED)
                fail_msg("role %u, datagram %u: %s", role, lost, dtls_reason(scene.dtls));
            scene.lose = 0;
            check_keys(&scene, RTP_SUITE_AEAD_AES_128_GCM);
            close_scene(&scene);
        }
    }
}

static void a_bad_network_is_survived(void **state)
{
    (void)state;
    static struct scene scene;
    for (uint32_t seed = 1; seed <= 100; seed++) {
        open_scene(&scene, seed % 2, "SRTP_AEAD_AES_128_GCM");
        scene.seed = seed * 7919;
        scene.percent = 20;
        begin(&scene, 400);
        shake(&scene);
        if (!scene.peer.done || state_of(&scene) != DTLS_CONNECTED)
            fail_msg("seed %u: %s", seed, dtls_reason(scene.dtls));
        check_keys(&scene, RTP_SUITE_AEAD_AES_128_GCM);
        close_scene(&scene);
    }
}

/* All that one handshake sent, once more: to the same association, and to one that is new. */
static void replayed_flights_change_nothing(void **state)
{
    (void)state;
    static struct scene scene;
    for (unsigned role = 0; role < 2; role++) {
        struct dtls_fingerprint fingerprint;
        open_scene(&scene, role, DTLS_PEER_PROFILES);
        begin(&scene, 1200);
        pump(&scene);
        assert_int_equal(state_of(&scene), DTLS_CONNECTED);
        const unsigned traced = scene.traced;
        for (unsigned i = 0; i < traced; i++)
            deliver(&scene, &scene.trace[i]);
        pump(&scene);
        assert_int_equal(state_of(&scene), DTLS_CONNECTED);
        assert_false(scene.peer.failed);
        dtls_destroy(scene.dtls);
        dtls_peer_fingerprint(&scene.peer, DTLS_SHA_256, &fingerprint);
        open_ours(&scene, &fingerprint, 1);
        dtls_begin(scene.dtls, 1);
        for (unsigned i = 0; i < traced; i++) {
            if (!scene.trace[i].to_peer)
                deliver(&scene, &scene.trace[i]);
        }
        assert_int_not_equal(state_of(&scene), DTLS_CONNECTED);
        close_scene(&scene);
    }
}

static void spray(struct scene *scene, unsigned datagrams)
{
    for (unsigned i = 0; i < datagrams; i++) {
        uint8_t data[1500];
        const size_t length = next_random(scene) % sizeof(data);
        for (size_t at = 0; at < length; at++)
            data[at] = (uint8_t)next_random(scene);
        data[0] = (uint8_t)(20 + next_random(scene) % 44);
        if (i % 2) /* looks like DTLS 1.2, of an epoch that is not */
            memcpy(data + 1, "\xfe\xfd\x00\x09", 4);
        dtls_take(scene->dtls, data, length, 1);
    }
}

static void garbage_is_no_datagram(void **state)
{
    (void)state;
    static struct scene scene;
    for (unsigned role = 0; role < 2; role++) {
        open_scene(&scene, role, DTLS_PEER_PROFILES);
        begin(&scene, 300);
        spray(&scene, 200);
        for (unsigned i = 0; scene.link.count; i++) {
            const struct packet packet = pop(&scene);
            deliver(&scene, &packet);
            spray(&scene, 20);
        }
        assert_true(scene.peer.done);
        spray(&scene, 200);
        check_keys(&scene, RTP_SUITE_AEAD_AES_128_GCM);
        close_scene(&scene);
    }
}

static void the_end_is_told_both_ways(void **state)
{
    (void)state;
    static struct scene scene;
    for (unsigned role = 0; role < 2; role++) {
        open_scene(&scene, role, DTLS_PEER_PROFILES);
        begin(&scene, 1200);
        dtls_close(scene.dtls); /* too early: nothing to end */
        pump(&scene);
        assert_int_equal(state_of(&scene), DTLS_CONNECTED);
        dtls_close(scene.dtls);
        pump(&scene);
        assert_true(scene.peer.closed);
        assert_int_equal(state_of(&scene), DTLS_CLOSED);
        close_scene(&scene);
        open_scene(&scene, role, DTLS_PEER_PROFILES);
        begin(&scene, 1200);
        pump(&scene);
        SSL_write(scene.peer.ssl, "data of a channel", 17);
        pump(&scene);
        assert_int_equal(state_of(&scene), DTLS_CONNECTED);
        SSL_shutdown(scene.peer.ssl);
        pump(&scene);
        assert_int_equal(state_of(&scene), DTLS_CLOSED);
        close_scene(&scene);
    }
}

static void it_ends_in_time(void **state)
{
    (void)state;
    static struct scene scene;
    const int64_t limit = DTLS_LIMIT_MS * CLOCK_NS_PER_MS;
    open_scene(&scene, true, DTLS_PEER_PROFILES);
    assert_true(dtls_due_ns(scene.dtls, 5) == INT64_MAX); /* nobody came */
    assert_int_equal(dtls_tick(scene.dtls, 10 * limit), DTLS_SHAKING);
    dtls_take(scene.dtls, (const uint8_t *)"\x16", 1, 5);
    assert_true(dtls_due_ns(scene.dtls, 5) == 5 + limit);
    assert_int_equal(dtls_tick(scene.dtls, 4 + limit), DTLS_SHAKING);
    assert_int_equal(dtls_tick(scene.dtls, 5 + limit), DTLS_FAILED);
    assert_string_equal(dtls_reason(scene.dtls), "the handshake did not end within 30 s");
    begin(&scene, 1200);
    pump(&scene); /* too late */
    assert_false(scene.peer.done);
    assert_int_equal(state_of(&scene), DTLS_FAILED);
    close_scene(&scene);
    /* as client: from its ClientHello on, which it says again */
    open_scene(&scene, false, DTLS_PEER_PROFILES);
    assert_true(dtls_due_ns(scene.dtls, 5) == INT64_MAX);
    dtls_begin(scene.dtls, 5);
    assert_int_equal(scene.link.count, 1);
    assert_true(dtls_due_ns(scene.dtls, 5) < 5 + limit);
    dtls_begin(scene.dtls, 6);
    assert_int_equal(scene.link.count, 1);
    dtls_tick(scene.dtls, 6);
    assert_int_equal(scene.link.count, 1);
    openssl_now.tv_sec++;
    assert_true(dtls_due_ns(scene.dtls, 6) == 6);
    dtls_tick(scene.dtls, 6);
    assert_int_equal(scene.link.count, 2);
    scene.link.count = 0;
    assert_int_equal(dtls_tick(scene.dtls, 5 + limit), DTLS_FAILED);
    dtls_peer_begin(&scene.peer, false, 1200);
    close_scene(&scene);
}

static void fingerprints_are_counted(void **state)
{
    (void)state;
    static struct scene scene;
    static const struct dtls_fingerprint fingerprints[DTLS_MAX_FINGERPRINTS + 1];
    open_peer(&scene, true, DTLS_PEER_PROFILES, false);
    struct dtls_config config = {
        .certificate = scene.certificate, .fingerprints = fingerprints, .send = send_to_peer};
    assert_int_equal(dtls_create(&config, &scene.dtls), -EINVAL);
    config.fingerprint_count = DTLS_MAX_FINGERPRINTS + 1;
    assert_int_equal(dtls_create(&config, &scene.dtls), -EINVAL);
    dtls_destroy(NULL);
    close_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_roles_make_the_same_keys),
        cmocka_unit_test(as_server_our_order_counts),
        cmocka_unit_test(any_hash_and_kind_of_key_will_do),
        cmocka_unit_test(another_certificate_is_refused),
        cmocka_unit_test(who_has_no_certificate_is_refused),
        cmocka_unit_test(without_a_profile_there_is_no_association),
        cmocka_unit_test(a_client_hello_in_fragments_is_taken),
        cmocka_unit_test(a_lost_datagram_is_sent_again),
        cmocka_unit_test(a_bad_network_is_survived),
        cmocka_unit_test(replayed_flights_change_nothing),
        cmocka_unit_test(garbage_is_no_datagram),
        cmocka_unit_test(the_end_is_told_both_ways),
        cmocka_unit_test(it_ends_in_time),
        cmocka_unit_test(fingerprints_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
