/* fuzz_handshake.c - any datagrams, from any of four addresses, to a port that STUN and DTLS
 * share: who has no password is never validated, DTLS is said only to who may speak it, and
 * without the right certificate there are never keys.
 *
 * The first byte: with ICE or without, fingerprint known or not, our role. Then steps: a byte
 * (which address, what), and of a datagram two bytes of length and itself.
 */
#include "server/rtp/handshake.h"

#include "mixer/base/clock.h"
#include "server/rtp/address.h"
#include "server/rtp/bytes.h"
#include "server/rtp/demux.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ADDRESSES = 4, FIRST_PORT = 4000, RESTART = 0xc0, CHECK = 0x80, TICK = 0x40 };

struct scene {
    struct handshake *handshake;
    struct handshake_config config;
    bool may_speak[ADDRESSES]; /* DTLS: an authentic check came from there, or SDP says so */
    bool is_checking;          /* now a check of our own making is taken, which is authentic */
    int64_t now_ns;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static union latch_address numbered(unsigned number)
{
    union latch_address address;
    memset(&address, 0, sizeof(address));
    address.v4.sin_family = AF_INET;
    address.v4.sin_port = htons((uint16_t)(FIRST_PORT + number));
    address.v4.sin_addr.s_addr = htonl(0xc0000201);
    return address;
}

static void on_send(void *context, const union latch_address *to, const uint8_t *data,
                    size_t length)
{
    const struct scene *scene = context;
    const unsigned number = address_port(to) - FIRST_PORT;
    assert(number < ADDRESSES && length > 0 && length <= ICE_STUN_MAX_BYTES);
    const enum demux_kind kind = demux_kind(data[0]);
    assert(kind == DEMUX_STUN || kind == DEMUX_DTLS);
    assert(kind == DEMUX_STUN || scene->may_speak[number]);
}

static void on_tell(void *context, enum handshake_event_kind kind,
                    const union latch_address *address, const struct dtls_keys *keys,
                    const char *reason)
{
    const struct scene *scene = context;
    (void)address;
    assert(!keys && kind != HANDSHAKE_KEYS && kind != HANDSHAKE_CLOSED);
    assert(kind != HANDSHAKE_FAILED || reason[0]);
    if (kind == HANDSHAKE_VALIDATED || kind == HANDSHAKE_NOMINATED)
        assert(scene->is_checking);
}

static void check(struct scene *scene, unsigned from, bool nominates)
{
    static unsigned transactions;
    char username[2 * ICE_UFRAG_BYTES];
    uint8_t data[ICE_STUN_MAX_BYTES];
    const union latch_address address = numbered(from);
    struct ice_stun_request request = {
        .username = username, .role = ICE_STUN_CONTROLLING, .use_candidate = nominates};
    snprintf(username, sizeof(username), "%s:%s", scene->config.local.ufrag,
             scene->config.remote_ice.ufrag);
    transactions++;
    memcpy(request.transaction, &transactions, sizeof(transactions));
    const size_t length =
        ice_stun_write_request(data, sizeof(data), &request, scene->config.local.password);
    if (scene->config.has_ice)
        scene->may_speak[from] = true;
    scene->is_checking = true;
    handshake_take(scene->handshake, data, length, &address.any, scene->now_ns);
    scene->is_checking = false;
}

static void restart(struct scene *scene)
{
    ice_credentials_make(&scene->config.local);
    ice_credentials_make(&scene->config.remote_ice);
    handshake_restart(scene->handshake, &scene->config.local, &scene->config.remote_ice);
}

/* @return how many bytes of @p data the datagram has taken. */
static size_t take(struct scene *scene, unsigned from, const uint8_t *data, size_t size)
{
    const union latch_address address = numbered(from);
    if (size < 2)
        return size;
    size_t length = bytes_get16(data);
    length = length < size - 2 ? length : size - 2;
    uint8_t *copy = malloc(length ? length : 1); /* exact: nothing lies behind its end */
    assert(copy);
    memcpy(copy, data + 2, length);
    handshake_take(scene->handshake, copy, length, &address.any, scene->now_ns);
    free(copy);
    return 2 + length;
}

static void open_scene(struct scene *scene, struct handshake_counters *counters, uint8_t how)
{
    static struct dtls_certificate *certificate;
    if (!certificate)
        assert(dtls_certificate_create(&certificate) == 0);
    scene->config.certificate = certificate;
    scene->config.has_ice = how & 1;
    scene->config.remote.fingerprint_count = how & 2 ? 1 : 0; /* of nobody's certificate */
    scene->config.remote.role = how & 4 ? DTLS_CLIENT : DTLS_SERVER;
    ice_credentials_make(&scene->config.local);
    ice_credentials_make(&scene->config.remote_ice);
    if (!scene->config.has_ice) {
        scene->config.address = numbered(0);
        scene->may_speak[0] = true;
    }
    scene->now_ns = CLOCK_NS_PER_S;
    const struct handshake_port port = {
        .send = on_send, .tell = on_tell, .context = scene, .counters = counters};
    assert(handshake_create(&scene->config, &port, &scene->handshake) == 0);
    handshake_begin(scene->handshake, scene->now_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scene scene = {.handshake = NULL};
    struct handshake_counters counters = {0};
    if (!size)
        return 0;
    open_scene(&scene, &counters, data[0]);
    for (size_t at = 1; at < size;) {
        const uint8_t step = data[at++];
        const unsigned from = step % ADDRESSES;
        switch (step & RESTART) {
        case RESTART:
            restart(&scene);
            break;
        case CHECK:
            check(&scene, from, step & 4);
            break;
        case TICK:
            scene.now_ns += (step & 0x3f) * 100 * CLOCK_NS_PER_MS;
            handshake_tick(scene.handshake, scene.now_ns);
            break;
        default:
            at += take(&scene, from, data + at, size - at);
        }
    }
    assert(counters.connected == 0);
    handshake_destroy(scene.handshake);
    return 0;
}
