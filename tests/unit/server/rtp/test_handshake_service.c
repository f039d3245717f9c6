/* test_handshake_service.c - real sockets and threads: browsers that all join at once. */
#include "server/rtp/handshake_service.h"

#include "server/rtp/address.h"
#include "server/rtp/demux.h"
#include "tests/unit/server/rtp/dtls_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { BROWSERS = 200, WORKERS = 2, OF_A_WORKER = BROWSERS / WORKERS };

struct browser {
    int ours, theirs; /* sockets, connected to each other's address by the tests only */
    union latch_address our_address;
    struct ice_credentials local, remote;
    struct dtls_peer peer;
    bool is_client, is_nominated;
    unsigned transactions;
    uint64_t id;
    struct dtls_keys keys; /* as the service says */
    unsigned nominated, validated, keyed, gone;
};

struct scene {
    struct handshake_service *service;
    struct dtls_certificate *certificate;
    struct browser browsers[BROWSERS];
    atomic_bool stop;
    atomic_uint done;
};

static struct scene scene;

static int open_socket(union latch_address *address)
{
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t bytes = sizeof(address->v4);
    assert_true(fd >= 0);
    memset(address, 0, sizeof(*address));
    address->v4.sin_family = AF_INET;
    address->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, &address->any, bytes), 0);
    assert_int_equal(getsockname(fd, &address->any, &bytes), 0);
    return fd;
}

static void on_peer_send(void *context, const uint8_t *data, size_t length)
{
    const struct browser *browser = context;
    sendto(browser->theirs, data, length, 0, &browser->our_address.any,
           sizeof(browser->our_address.v4));
}

static void open_browser(struct browser *browser, bool is_client)
{
    union latch_address ignored;
    memset(browser, 0, sizeof(*browser));
    browser->ours = open_socket(&browser->our_address);
    browser->theirs = open_socket(&ignored);
    browser->is_client = is_client;
    ice_credentials_make(&browser->local);
    ice_credentials_make(&browser->remote);
    dtls_peer_make(&browser->peer, DTLS_PEER_PROFILES, false);
    browser->peer.send = on_peer_send;
    browser->peer.context = browser;
    dtls_peer_begin(&browser->peer, is_client, 1200);
}

static void close_browser(struct browser *browser)
{
    dtls_peer_finish(&browser->peer);
    close(browser->ours);
    close(browser->theirs);
}

static struct handshake_config config_of(const struct browser *browser)
{
    struct handshake_config config = {
        .certificate = scene.certificate,
        .has_ice = true,
        .local = browser->local,
        .remote_ice = browser->remote,
        .remote = {.role = browser->is_client ? DTLS_SERVER : DTLS_CLIENT,
                   .fingerprint_count = 1},
    };
    dtls_peer_fingerprint(&browser->peer, DTLS_SHA_256, &config.remote.fingerprints[0]);
    return config;
}

/* ---- the browsers' thread ---- */

static void send_check(struct browser *browser)
{
    char username[2 * ICE_UFRAG_BYTES];
    uint8_t data[ICE_STUN_MAX_BYTES];
    struct ice_stun_request request = {
        .username = username, .role = ICE_STUN_CONTROLLING, .use_candidate = true};
    snprintf(username, sizeof(username), "%s:%s", browser->local.ufrag, browser->remote.ufrag);
    browser->transactions++;
    memcpy(request.transaction, &browser->transactions, sizeof(browser->transactions));
    on_peer_send(browser, data,
                 ice_stun_write_request(data, sizeof(data), &request, browser->local.password));
}

static void take_answer(struct browser *browser, const uint8_t *data, size_t length)
{
    struct ice_stun answer;
    if (browser->is_nominated || ice_stun_read(data, length, &answer) < 0 ||
        answer.class != ICE_STUN_SUCCESS ||
        !ice_stun_is_authentic(&answer, browser->local.password))
        return;
    browser->is_nominated = true;
    if (browser->is_client)
        dtls_peer_take(&browser->peer, NULL, 0);
}

static void receive(struct browser *browser)
{
    uint8_t data[2048];
    ssize_t length;
    while ((length = recv(browser->theirs, data, sizeof(data), 0)) > 0) {
        const bool was_done = browser->peer.done;
        if (demux_kind(data[0]) == DEMUX_STUN)
            take_answer(browser, data, (size_t)length);
        else
            dtls_peer_take(&browser->peer, data, (size_t)length);
        if (browser->peer.done && !was_done)
            atomic_fetch_add(&scene.done, 1);
    }
}

/* What is not answered is sent again: a check, or OpenSSL's flight when its time has come. */
static void repeat(struct browser *browser)
{
    if (!browser->is_nominated)
        send_check(browser);
    else
        dtls_peer_repeat(&browser->peer);
}

static void *run_browsers(void *unused)
{
    static struct pollfd waiting[BROWSERS];
    (void)unused;
    for (unsigned i = 0; i < BROWSERS; i++) {
        waiting[i] = (struct pollfd){.fd = scene.browsers[i].theirs, .events = POLLIN};
        send_check(&scene.browsers[i]);
    }
    while (!atomic_load(&scene.stop)) {
        const int ready = poll(waiting, BROWSERS, 100);
        for (unsigned i = 0; i < BROWSERS; i++) {
            if (waiting[i].revents)
                receive(&scene.browsers[i]);
            else if (!ready)
                repeat(&scene.browsers[i]);
        }
    }
    return NULL;
}

/* ---- a worker's thread: it drains its sockets, and hands over ---- */

static void drain(unsigned worker, const struct browser *browser)
{
    uint8_t data[2048];
    union latch_address from;
    socklen_t bytes = sizeof(from);
    ssize_t length;
    while ((length = recvfrom(browser->ours, data, sizeof(data), 0, &from.any, &bytes)) > 0) {
        const enum demux_kind kind = demux_kind(data[0]);
        if (kind == DEMUX_STUN || kind == DEMUX_DTLS)
            handshake_service_put(scene.service, worker, browser->id, data, (size_t)length,
                                  &from.any);
        bytes = sizeof(from);
    }
}

static void *run_worker(void *argument)
{
    const unsigned worker = *(const unsigned *)argument;
    const struct browser *mine = &scene.browsers[worker * OF_A_WORKER];
    struct pollfd waiting[OF_A_WORKER];
    for (unsigned i = 0; i < OF_A_WORKER; i++)
        waiting[i] = (struct pollfd){.fd = mine[i].ours, .events = POLLIN};
    while (!atomic_load(&scene.stop)) {
        poll(waiting, OF_A_WORKER, 100);
        for (unsigned i = 0; i < OF_A_WORKER; i++) {
            if (waiting[i].revents)
                drain(worker, &mine[i]);
        }
        handshake_service_wake(scene.service, worker);
    }
    return NULL;
}

/* ---- control ---- */

static void note(struct handshake_event *event)
{
    struct browser *browser = event->owner;
    assert_int_equal(event->id, browser->id);
    browser->validated += event->kind == HANDSHAKE_VALIDATED;
    browser->nominated += event->kind == HANDSHAKE_NOMINATED;
    browser->gone += event->kind == HANDSHAKE_GONE;
    if (event->kind == HANDSHAKE_FAILED)
        fail_msg("%s", event->reason);
    if (event->kind != HANDSHAKE_KEYS)
        return;
    browser->keyed++;
    browser->keys = *event->keys;
    handshake_keys_destroy(event->keys);
}

/* Takes events until @p count more of @p kind came. */
static void take_events(enum handshake_event_kind kind, unsigned count)
{
    struct handshake_event event;
    while (count) {
        struct pollfd bell = {.fd = handshake_service_fd(scene.service), .events = POLLIN};
        assert_int_equal(poll(&bell, 1, 50000), 1); /* a hang is a failure, in the end */
        while (handshake_service_take(scene.service, &event)) {
            count -= event.kind == kind;
            note(&event);
        }
    }
}

static void check_keys(struct browser *browser)
{
    struct rtp_keys client, server;
    dtls_peer_keys(&browser->peer, 16, 12, &client, &server);
    client.suite = server.suite = RTP_SUITE_AEAD_AES_128_GCM;
    assert_memory_equal(browser->is_client ? &browser->keys.receive : &browser->keys.send,
                        &client, sizeof(client));
    assert_memory_equal(browser->is_client ? &browser->keys.send : &browser->keys.receive,
                        &server, sizeof(server));
    assert_int_equal(browser->keyed, 1);
    assert_int_equal(browser->nominated, 1);
    assert_int_equal(browser->validated, 1);
}

static void open_service(unsigned workers, unsigned most)
{
    const struct handshake_service_config config = {.workers = workers, .most = most};
    memset(&scene, 0, sizeof(scene));
    assert_int_equal(handshake_service_create(&config, &scene.service), 0);
    assert_int_equal(dtls_certificate_create(&scene.certificate), 0);
}

static void close_service(void)
{
    handshake_service_destroy(scene.service);
    dtls_certificate_destroy(scene.certificate);
}

static void add(struct browser *browser)
{
    const struct handshake_config config = config_of(browser);
    assert_int_equal(
        handshake_service_add(scene.service, &config, browser->ours, browser, &browser->id), 0);
}

static void all_at_once_and_none_is_lost(void **state)
{
    (void)state;
    pthread_t workers[WORKERS], browsers;
    unsigned numbers[WORKERS];
    struct handshake_stats stats;
    open_service(WORKERS, BROWSERS);
    for (unsigned i = 0; i < BROWSERS; i++) {
        open_browser(&scene.browsers[i], i % 4); /* a fourth lets us be client */
        add(&scene.browsers[i]);
    }
    for (unsigned i = 0; i < WORKERS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&workers[i], NULL, run_worker, &numbers[i]), 0);
    }
    assert_int_equal(pthread_create(&browsers, NULL, run_browsers, NULL), 0);
    take_events(HANDSHAKE_KEYS, BROWSERS);
    struct timespec moment = {.tv_nsec = 1000000};
    while (atomic_load(&scene.done) < BROWSERS) /* our last flight is still under way */
        nanosleep(&moment, NULL);
    handshake_service_stats(scene.service, &stats);
    for (unsigned i = 0; i < BROWSERS; i++) /* workers may still put */
        handshake_service_remove(scene.service, scene.browsers[i].id);
    take_events(HANDSHAKE_GONE, BROWSERS);
    atomic_store(&scene.stop, true);
    for (unsigned i = 0; i < WORKERS; i++)
        pthread_join(workers[i], NULL);
    pthread_join(browsers, NULL);
    for (unsigned i = 0; i < BROWSERS; i++) {
        check_keys(&scene.browsers[i]);
        assert_int_equal(scene.browsers[i].gone, 1);
        close_browser(&scene.browsers[i]);
    }
    assert_int_equal(stats.handshakes, BROWSERS);
    assert_int_equal(stats.connected, BROWSERS);
    assert_int_equal(stats.failed + stats.unknown, 0);
    print_message("%u handshakes: %u us of CPU each, %u datagrams, %u dropped\n", BROWSERS,
                  (unsigned)(stats.busy_ns / 1000 / BROWSERS), (unsigned)stats.datagrams,
                  (unsigned)stats.dropped);
    handshake_service_stats(scene.service, &stats);
    assert_int_equal(stats.handshakes, 0);
    close_service();
}

/* What comes for one that was removed, or never was, reaches nobody, above all not who has its
 * place now. */
static void old_ids_reach_nobody(void **state)
{
    (void)state;
    struct browser *first = &scene.browsers[0], *second = &scene.browsers[1];
    struct handshake_stats stats;
    static const uint8_t datagram[] = {22, 1, 2, 3};
    open_service(1, 1);
    open_browser(first, true);
    open_browser(second, true);
    add(first);
    const struct handshake_config config = config_of(second);
    assert_int_equal(
        handshake_service_add(scene.service, &config, second->ours, second, &second->id),
        -ENOSPC);
    handshake_service_remove(scene.service, first->id);
    handshake_service_remove(scene.service, first->id); /* twice is allowed */
    add(second);
    assert_true(first->id && second->id && first->id != second->id);
    assert_int_equal((uint32_t)first->id, (uint32_t)second->id); /* the same place */
    take_events(HANDSHAKE_GONE, 1);
    assert_true(first->gone == 1 && second->gone == 0);
    assert_int_equal(
        handshake_service_restart(scene.service, first->id, &first->local, &first->remote),
        -ENOENT);
    assert_int_equal(handshake_service_set_remote(scene.service, 0, &config.remote), -ENOENT);
    assert_int_equal(
        handshake_service_set_address(scene.service, UINT64_MAX, &first->our_address), -ENOENT);
    const uint64_t ids[] = {first->id, 0, second->id + ((uint64_t)2 << 32)};
    for (unsigned i = 0; i < 3; i++)
        assert_true(handshake_service_put(scene.service, 0, ids[i], datagram, 4,
                                          &first->our_address.any));
    assert_false(handshake_service_put(scene.service, 0, UINT64_MAX, datagram, 4,
                                       &first->our_address.any)); /* no such place */
    handshake_service_wake(scene.service, 0);
    do { /* while the second has the place */
        sched_yield();
        handshake_service_stats(scene.service, &stats);
    } while (stats.datagrams < 3);
    assert_int_equal(stats.unknown, 3);
    assert_int_equal(stats.strangers, 0);
    assert_int_equal(stats.dropped, 1);
    handshake_service_remove(scene.service, second->id);
    take_events(HANDSHAKE_GONE, 1);
    assert_int_equal(second->gone, 1);
    close_browser(first);
    close_browser(second);
    close_service();
}

static void a_full_ring_drops_and_counts(void **state)
{
    (void)state;
    static uint8_t datagram[HANDSHAKE_DATAGRAM_BYTES + 1];
    const union latch_address from = {.v4 = {.sin_family = AF_INET, .sin_port = 1}};
    struct handshake_stats stats;
    open_service(2, 8);
    for (unsigned i = 0; i < HANDSHAKE_RING_SLOTS; i++) /* nobody wakes the thread */
        assert_true(handshake_service_put(scene.service, 1, 1, datagram,
                                          HANDSHAKE_DATAGRAM_BYTES, &from.any));
    for (unsigned i = 0; i < 5; i++)
        assert_false(handshake_service_put(scene.service, 1, 1, datagram, 1, &from.any));
    assert_true(handshake_service_put(scene.service, 0, 1, datagram, 1, &from.any));
    assert_false(handshake_service_put(scene.service, 0, 1, datagram, sizeof(datagram),
                                       &from.any)); /* too long */
    handshake_service_wake(scene.service, 1);
    do { /* the thread empties it */
        sched_yield();
        handshake_service_stats(scene.service, &stats);
    } while (stats.datagrams < HANDSHAKE_RING_SLOTS + 1);
    assert_int_equal(stats.dropped, 6);
    assert_true(handshake_service_put(scene.service, 1, 1, datagram, 1, &from.any));
    close_service();
}

/* Of what comes to a leg, only STUN and DTLS are a handshake's. */
static void a_way_takes_what_is_its_own(void **state)
{
    (void)state;
    const union latch_address from = {.v4 = {.sin_family = AF_INET, .sin_port = 1}};
    const struct handshake_way nowhere = {.service = NULL};
    struct handshake_stats stats;
    uint64_t taken = 0;
    open_service(1, 8);
    const struct handshake_way way = {scene.service, 0};
    for (unsigned first = 0; first < 256; first++) {
        const uint8_t datagram[] = {(uint8_t)first, 1, 2, 3};
        const bool is_ours = first <= 3 || (first >= 20 && first <= 63);
        assert_int_equal(handshake_way_take(&way, 1, datagram, 4, &from.any), is_ours);
        assert_int_equal(handshake_way_take(&nowhere, 1, datagram, 4, &from.any), is_ours);
        assert_false(handshake_way_take(&way, 0, datagram, 4, &from.any));
        assert_false(handshake_way_take(&way, 1, datagram, 0, &from.any));
        taken += is_ours;
    }
    handshake_service_wake(scene.service, 0);
    do {
        sched_yield();
        handshake_service_stats(scene.service, &stats);
    } while (stats.datagrams < taken);
    assert_int_equal(stats.unknown, taken);
    assert_int_equal(stats.dropped, 0);
    close_service();
}

/* Without ICE, with us as client, and with what control tells later: one of ours with another.
 */
static void two_of_ours_shake_hands(void **state)
{
    (void)state;
    struct browser *here = &scene.browsers[0], *there = &scene.browsers[1];
    open_service(1, 2);
    struct browser *both[] = {here, there};
    struct dtls_certificate *other = NULL;
    assert_int_equal(dtls_certificate_create(&other), 0);
    for (unsigned i = 0; i < 2; i++) {
        both[i]->ours = open_socket(&both[i]->our_address);
        const struct handshake_config config = {.certificate = i ? other : scene.certificate};
        assert_int_equal(
            handshake_service_add(scene.service, &config, both[i]->ours, both[i], &both[i]->id),
            0);
    }
    for (unsigned i = 0; i < 2; i++) {
        const struct handshake_remote remote = {
            .role = i ? DTLS_CLIENT : DTLS_SERVER,
            .fingerprint_count = 1,
            .fingerprints = {*dtls_certificate_fingerprint(i ? scene.certificate : other)}};
        assert_int_equal(handshake_service_set_remote(scene.service, both[i]->id, &remote), 0);
        assert_int_equal(handshake_service_set_address(scene.service, both[i]->id,
                                                       &both[1 - i]->our_address),
                         0);
    }
    struct handshake_event event;
    while (!here->keyed || !there->keyed) {
        struct pollfd waiting[3] = {
            {.fd = here->ours, .events = POLLIN},
            {.fd = there->ours, .events = POLLIN},
            {.fd = handshake_service_fd(scene.service), .events = POLLIN}};
        assert_true(poll(waiting, 3, 50000) > 0);
        drain(0, here);
        drain(0, there);
        handshake_service_wake(scene.service, 0);
        while (handshake_service_take(scene.service, &event))
            note(&event);
    }
    assert_memory_equal(&here->keys.send, &there->keys.receive, sizeof(here->keys.send));
    assert_memory_equal(&here->keys.receive, &there->keys.send, sizeof(here->keys.send));
    close_service(); /* with both still there */
    dtls_certificate_destroy(other);
    close(here->ours);
    close(there->ours);
}

static void bad_sizes_are_refused(void **state)
{
    (void)state;
    struct handshake_service *service = NULL;
    static const struct handshake_service_config bad[] = {
        {0, 1}, {1, 0}, {1, 65537}, {1025, 1}};
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(handshake_service_create(&bad[i], &service), -EINVAL);
    assert_null(service);
    handshake_service_destroy(NULL);
    handshake_keys_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_at_once_and_none_is_lost),
        cmocka_unit_test(old_ids_reach_nobody),
        cmocka_unit_test(a_way_takes_what_is_its_own),
        cmocka_unit_test(a_full_ring_drops_and_counts),
        cmocka_unit_test(two_of_ours_shake_hands),
        cmocka_unit_test(bad_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
