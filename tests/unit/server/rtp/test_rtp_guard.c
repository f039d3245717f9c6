/* test_rtp_guard.c - what we protect, libsrtp opens, and the other way round; what is not
 * authentic, or was here before, is refused. */
#include "server/rtp/rtp_guard.h"

#include "server/rtp/bytes.h"
#include "server/rtp/rtp_packet.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <srtp2/srtp.h>

enum { ROOM = 1600, SSRC = 0xcafebabe };

static uint32_t chance(void)
{
    static uint32_t state = 1;
    state = state * 1664525 + 1013904223;
    return state >> 8;
}

static void fill(uint8_t *at, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)chance();
}

/* ---- the twin ---- */

/* What libsrtp is told of the same keys: they lie one behind the other. */
struct twin {
    srtp_t session;
    uint8_t key[RTP_KEYS_MAX_KEY + RTP_KEYS_MAX_SALT];
    uint8_t mki[RTP_KEYS_MAX_MKI];
    bool has_mki;
};

static void set_suite(enum rtp_suite suite, srtp_policy_t *policy)
{
    switch (suite) {
    case RTP_SUITE_AES_CM_128_HMAC_SHA1_80:
        srtp_crypto_policy_set_rtp_default(&policy->rtp);
        srtp_crypto_policy_set_rtcp_default(&policy->rtcp);
        break;
    case RTP_SUITE_AES_CM_128_HMAC_SHA1_32:
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy->rtp);
        srtp_crypto_policy_set_rtcp_default(&policy->rtcp);
        break;
    case RTP_SUITE_AES_256_CM_HMAC_SHA1_80:
        srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy->rtp);
        srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy->rtcp);
        break;
    case RTP_SUITE_AES_256_CM_HMAC_SHA1_32:
        srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(&policy->rtp);
        srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy->rtcp);
        break;
    case RTP_SUITE_AEAD_AES_128_GCM:
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtcp);
        break;
    case RTP_SUITE_AEAD_AES_256_GCM:
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtp);
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtcp);
        break;
    default:
        fail();
    }
}

static void twin_make(struct twin *twin, const struct rtp_keys *keys, srtp_ssrc_type_t type)
{
    const struct rtp_suite_row *row = rtp_suite_row(keys->suite);
    srtp_master_key_t master = {
        .key = twin->key, .mki_id = twin->mki, .mki_size = keys->mki_bytes};
    srtp_master_key_t *masters[] = {&master};
    srtp_policy_t policy = {.ssrc = {.type = type}, .window_size = 1024};
    memcpy(twin->key, keys->key, row->key_bytes);
    memcpy(twin->key + row->key_bytes, keys->salt, row->salt_bytes);
    memcpy(twin->mki, keys->mki, sizeof(twin->mki));
    twin->has_mki = keys->mki_bytes != 0;
    set_suite(keys->suite, &policy);
    if (twin->has_mki) {
        policy.keys = masters;
        policy.num_master_keys = 1;
    } else {
        policy.key = twin->key;
    }
    assert_int_equal(srtp_create(&twin->session, &policy), srtp_err_status_ok);
}

static size_t twin_protect(struct twin *twin, uint8_t *data, size_t length, bool rtcp)
{
    int bytes = (int)length;
    srtp_err_status_t status =
        rtcp ? srtp_protect_rtcp_mki(twin->session, data, &bytes, twin->has_mki, 0)
             : srtp_protect_mki(twin->session, data, &bytes, twin->has_mki, 0);
    assert_int_equal(status, srtp_err_status_ok);
    return (size_t)bytes;
}

static size_t twin_open(struct twin *twin, uint8_t *data, size_t length, bool rtcp)
{
    int bytes = (int)length;
    srtp_err_status_t status =
        rtcp ? srtp_unprotect_rtcp_mki(twin->session, data, &bytes, twin->has_mki)
             : srtp_unprotect_mki(twin->session, data, &bytes, twin->has_mki);
    assert_int_equal(status, srtp_err_status_ok);
    return (size_t)bytes;
}

/* ---- packets ---- */

static void make_keys(enum rtp_suite suite, unsigned mki_bytes, struct rtp_keys *keys)
{
    rtp_keys_make(suite, keys);
    keys->mki_bytes = (uint8_t)mki_bytes;
    fill(keys->mki, mki_bytes);
}

static struct rtp_guard *guard_of(const struct rtp_keys *keys)
{
    struct rtp_guard *guard;
    assert_int_equal(rtp_guard_create(keys, &guard), 0);
    return guard;
}

/* With CSRCs and an extension, or without. */
static size_t make_rtp(uint8_t *out, uint16_t sequence, uint32_t ssrc)
{
    uint8_t extension[16];
    struct rtp_packet packet = {.payload_type = 96,
                                .sequence = sequence,
                                .timestamp = chance(),
                                .ssrc = ssrc,
                                .csrc_count = (uint8_t)(chance() % 16),
                                .extension_profile = 0xbede,
                                .extension = extension,
                                .extension_length = (size_t)4 * (chance() % 5)};
    fill(extension, sizeof(extension));
    for (unsigned i = 0; i < packet.csrc_count; i++)
        packet.csrc[i] = chance();
    size_t bytes = rtp_packet_write_header(&packet, out, ROOM);
    const size_t payload = chance() % 4 ? chance() % 200 : chance() % 1300;
    fill(out + bytes, payload);
    return bytes + payload;
}

static size_t make_rtcp(uint8_t *out, uint32_t ssrc)
{
    const size_t bytes = 8 + (size_t)4 * (chance() % 40);
    fill(out, bytes);
    out[0] = 0x80;
    out[1] = 200;
    bytes_put16(out + 2, (unsigned)(bytes / 4 - 1));
    bytes_put32(out + 4, ssrc);
    return bytes;
}

static size_t protect(struct rtp_guard *guard, uint8_t *data, size_t length, bool rtcp)
{
    const size_t bytes = rtcp ? rtp_guard_protect_rtcp(guard, data, length, ROOM)
                              : rtp_guard_protect(guard, data, length, ROOM);
    assert_true(bytes > length && bytes <= length + RTP_GUARD_MAX_GROWTH);
    return bytes;
}

/* Out of memory that ends where the packet ends. */
static int open_packet(struct rtp_guard *guard, const uint8_t *data, size_t length, bool rtcp,
                       uint8_t *out, size_t *out_length)
{
    uint8_t *exact = malloc(length ? length : 1), *clear = malloc(length ? length : 1);
    assert_true(exact && clear);
    memcpy(exact, data, length);
    int error = rtcp ? rtp_guard_open_rtcp(guard, exact, length, clear, out_length)
                     : rtp_guard_open(guard, exact, length, clear, out_length);
    if (!error)
        memcpy(out, clear, *out_length);
    free(exact);
    free(clear);
    return error;
}

/* ---- tests ---- */

static void compare(enum rtp_suite suite, unsigned mki_bytes)
{
    const struct rtp_suite_row *row = rtp_suite_row(suite);
    struct rtp_keys keys;
    struct twin sender, receiver;
    uint8_t plain[ROOM], ours[ROOM], theirs[ROOM], clear[ROOM];
    make_keys(suite, mki_bytes, &keys);
    twin_make(&sender, &keys, ssrc_any_outbound);
    twin_make(&receiver, &keys, ssrc_any_inbound);
    struct rtp_guard *out = guard_of(&keys), *in = guard_of(&keys);
    uint16_t sequence = 65400;
    for (unsigned i = 0; i < 600; i++) {
        const bool rtcp = i % 7 == 6;
        size_t length = rtcp ? make_rtcp(plain, SSRC) : make_rtp(plain, sequence, SSRC + i % 2);
        sequence = (uint16_t)(sequence + 1 + chance() % 3);
        memcpy(ours, plain, length);
        memcpy(theirs, plain, length);
        size_t bytes = protect(out, ours, length, rtcp), clear_length;
        size_t twin_bytes = twin_protect(&sender, theirs, length, rtcp);
        assert_int_equal(bytes, twin_bytes);
        if (!rtcp) /* libsrtp's first SRTCP index is 1 */
            assert_memory_equal(ours, theirs, bytes);
        assert_int_equal(open_packet(in, theirs, twin_bytes, rtcp, clear, &clear_length), 0);
        assert_int_equal(clear_length, length);
        assert_memory_equal(clear, plain, length);
        if (rtcp && mki_bytes && row->rtp_tag_bytes != row->rtcp_tag_bytes)
            continue; /* libsrtp 2.5 looks for RTCP's MKI before a tag of RTP's length */
        assert_int_equal(twin_open(&receiver, ours, bytes, rtcp), length);
        assert_memory_equal(ours, plain, length);
    }
    rtp_guard_destroy(in);
    rtp_guard_destroy(out);
    srtp_dealloc(sender.session);
    srtp_dealloc(receiver.session);
}

static void speaks_with_libsrtp(void **state)
{
    (void)state;
    for (unsigned suite = RTP_SUITE_NONE + 1; suite < RTP_SUITES; suite++) {
        compare((enum rtp_suite)suite, 0);
        compare((enum rtp_suite)suite, 1);
        compare((enum rtp_suite)suite, 4);
    }
}

static size_t from_hex(const char *hex, uint8_t *out)
{
    size_t bytes = 0;
    for (; hex[0] && hex[1]; hex += 2) {
        const char pair[] = {hex[0], hex[1], '\0'};
        out[bytes++] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return bytes;
}

/* The packet that many implementations are tested with, libsrtp first of all. */
static void knows_the_usual_packet(void **state)
{
    (void)state;
    struct rtp_keys keys = {.suite = RTP_SUITE_AES_CM_128_HMAC_SHA1_80};
    uint8_t data[ROOM], want[ROOM];
    from_hex("e1f97a0d3e018be0d64fa32c06de4139", keys.key);
    from_hex("0ec675ad498afeebb6960b3aabe6", keys.salt);
    struct rtp_guard *guard = guard_of(&keys);
    size_t length = from_hex("800f1234decafbadcafebabeabababababababababababababababab", data);
    size_t bytes = from_hex("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402"
                            "b78d6acc99ea179b8dbb",
                            want);
    assert_int_equal(rtp_guard_protect(guard, data, length, sizeof(data)), bytes);
    assert_memory_equal(data, want, bytes);
    rtp_guard_destroy(guard);
}

/* Any bit, in header, payload, tag, index or MKI. */
static void refuses_what_was_changed(void **state)
{
    (void)state;
    uint8_t data[ROOM], clear[ROOM];
    size_t clear_length;
    for (unsigned suite = RTP_SUITE_NONE + 1; suite < RTP_SUITES; suite++) {
        for (unsigned rtcp = 0; rtcp < 2; rtcp++) {
            struct rtp_keys keys;
            make_keys((enum rtp_suite)suite, 2, &keys);
            struct rtp_guard *out = guard_of(&keys), *in = guard_of(&keys);
            size_t length = rtcp ? make_rtcp(data, SSRC) : make_rtp(data, 1, SSRC);
            length = protect(out, data, length, rtcp);
            for (size_t i = 0; i < length; i++) {
                const uint8_t flip = (uint8_t)(1U << chance() % 8);
                data[i] ^= flip;
                int error = open_packet(in, data, length, rtcp, clear, &clear_length);
                assert_true(error == -EKEYREJECTED || error == -EBADMSG);
                data[i] ^= flip;
            }
            for (size_t cut = 0; cut < length; cut++)
                assert_true(open_packet(in, data, cut, rtcp, clear, &clear_length) < 0);
            assert_int_equal(open_packet(in, data, length, rtcp, clear, &clear_length), 0);
            rtp_guard_destroy(in);
            rtp_guard_destroy(out);
        }
    }
}

static void refuses_another_key(void **state)
{
    (void)state;
    uint8_t data[ROOM], clear[ROOM];
    size_t clear_length;
    for (unsigned suite = RTP_SUITE_NONE + 1; suite < RTP_SUITES; suite++) {
        struct rtp_keys keys, other;
        make_keys((enum rtp_suite)suite, 0, &keys);
        other = keys;
        other.salt[rtp_suite_row(keys.suite)->salt_bytes - 1] ^= 1;
        struct rtp_guard *out = guard_of(&keys), *in = guard_of(&other);
        for (unsigned i = 0; i < 20; i++) {
            size_t length =
                protect(out, data, make_rtp(data, (uint16_t)i, SSRC + i % 8), false);
            assert_int_equal(open_packet(in, data, length, false, clear, &clear_length),
                             -EKEYREJECTED);
        }
        rtp_guard_destroy(in);
        rtp_guard_destroy(out);
    }
}

/* Every second packet, the others late, then all once more. */
static void refuses_what_was_here(void **state)
{
    (void)state;
    enum { PACKETS = 3000, BYTES = 64 };
    static uint8_t sent[PACKETS][BYTES];
    uint8_t clear[ROOM];
    size_t clear_length, length = 0;
    struct rtp_keys keys;
    make_keys(RTP_SUITE_AES_CM_128_HMAC_SHA1_80, 0, &keys);
    struct rtp_guard *out = guard_of(&keys), *in = guard_of(&keys);
    for (unsigned i = 0; i < PACKETS; i++) {
        const struct rtp_packet header = {.sequence = (uint16_t)(64000 + i), .ssrc = SSRC};
        rtp_packet_write_header(&header, sent[i], BYTES);
        length = protect(out, sent[i], 40, false);
    }
    for (unsigned i = 0; i < PACKETS; i += 2)
        assert_int_equal(open_packet(in, sent[i], length, false, clear, &clear_length), 0);
    for (unsigned i = 0; i < PACKETS; i++) {
        const bool is_new = i % 2 && i + RTP_GUARD_WINDOW > PACKETS - 2;
        assert_int_equal(open_packet(in, sent[i], length, false, clear, &clear_length),
                         is_new ? 0 : -EALREADY);
    }
    for (unsigned i = 0; i < PACKETS; i++)
        assert_int_equal(open_packet(in, sent[i], length, false, clear, &clear_length),
                         -EALREADY);
    rtp_guard_destroy(in);
    rtp_guard_destroy(out);
}

static void counts_each_turn_of_the_sequence(void **state)
{
    (void)state;
    uint8_t data[ROOM], clear[ROOM];
    size_t clear_length;
    struct rtp_keys keys;
    make_keys(RTP_SUITE_AEAD_AES_128_GCM, 0, &keys);
    struct rtp_guard *out = guard_of(&keys), *in = guard_of(&keys);
    for (uint32_t i = 30000; i < 300000; i += 1 + chance() % 100) {
        const struct rtp_packet header = {.sequence = (uint16_t)i, .ssrc = SSRC};
        rtp_packet_write_header(&header, data, ROOM);
        size_t length = protect(out, data, 30, false);
        if (chance() % 20 == 0)
            continue; /* lost */
        assert_int_equal(open_packet(in, data, length, false, clear, &clear_length), 0);
    }
    rtp_guard_destroy(in);
    rtp_guard_destroy(out);
}

/* What is sent again has to be the same bytes: another text under one index gives both away. */
static void protects_again_alike(void **state)
{
    (void)state;
    enum { PACKETS = 200, LENGTH = 50 };
    static uint8_t first[PACKETS][LENGTH + RTP_GUARD_MAX_GROWTH];
    uint8_t again[LENGTH + RTP_GUARD_MAX_GROWTH];
    struct rtp_keys keys;
    make_keys(RTP_SUITE_AES_CM_128_HMAC_SHA1_32, 0, &keys);
    struct rtp_guard *out = guard_of(&keys);
    for (unsigned turn = 0; turn < 2; turn++) {
        for (unsigned i = 0; i < PACKETS; i++) {
            const struct rtp_packet header = {.sequence = (uint16_t)(65450 + i), .ssrc = SSRC};
            memset(again, (int)i, LENGTH);
            rtp_packet_write_header(&header, again, sizeof(again));
            size_t bytes = rtp_guard_protect(out, again, LENGTH, sizeof(again));
            assert_int_equal(bytes, LENGTH + 4);
            if (turn == 0)
                memcpy(first[i], again, bytes);
            else
                assert_memory_equal(again, first[i], bytes);
        }
    }
    rtp_guard_destroy(out);
}

static void forgets_the_source_not_heard_for_longest(void **state)
{
    (void)state;
    uint8_t data[RTP_GUARD_SOURCES + 1][ROOM], clear[ROOM];
    size_t length[RTP_GUARD_SOURCES + 1], clear_length;
    struct rtp_keys keys;
    make_keys(RTP_SUITE_AES_256_CM_HMAC_SHA1_80, 0, &keys);
    struct rtp_guard *in = guard_of(&keys);
    for (unsigned i = 0; i <= RTP_GUARD_SOURCES; i++) {
        struct rtp_guard *out = guard_of(&keys);
        length[i] = protect(out, data[i], make_rtp(data[i], 5, SSRC + i), false);
        rtp_guard_destroy(out);
        assert_int_equal(open_packet(in, data[i], length[i], false, clear, &clear_length), 0);
    }
    for (unsigned i = 1; i <= RTP_GUARD_SOURCES; i++)
        assert_int_equal(open_packet(in, data[i], length[i], false, clear, &clear_length),
                         -EALREADY);
    assert_int_equal(open_packet(in, data[0], length[0], false, clear, &clear_length), 0);
    rtp_guard_destroy(in);
}

static void never_forgets_what_it_sent(void **state)
{
    (void)state;
    uint8_t data[ROOM];
    struct rtp_keys keys;
    make_keys(RTP_SUITE_AES_CM_128_HMAC_SHA1_80, 0, &keys);
    struct rtp_guard *out = guard_of(&keys);
    for (unsigned i = 0; i < RTP_GUARD_SOURCES; i++)
        protect(out, data, make_rtp(data, 5, SSRC + i), false);
    size_t length = make_rtp(data, 5, SSRC + RTP_GUARD_SOURCES);
    assert_int_equal(rtp_guard_protect(out, data, length, ROOM), 0);
    protect(out, data, make_rtp(data, 6, SSRC), false);
    rtp_guard_destroy(out);
}

static void refuses_what_it_cannot_do(void **state)
{
    (void)state;
    struct rtp_keys keys = {.suite = RTP_SUITE_NONE};
    struct rtp_guard *guard = NULL;
    uint8_t data[ROOM];
    size_t length, clear_length;
    assert_int_equal(rtp_guard_create(&keys, &guard), -EINVAL);
    rtp_guard_destroy(guard);
    make_keys(RTP_SUITE_AEAD_AES_256_GCM, 0, &keys);
    guard = guard_of(&keys);
    length = make_rtp(data, 1, SSRC);
    assert_int_equal(rtp_guard_protect(guard, data, length, length + 15), 0);
    assert_int_equal(rtp_guard_protect(guard, data, 11, ROOM), 0);
    length = make_rtcp(data, SSRC);
    assert_int_equal(rtp_guard_protect_rtcp(guard, data, length, length + 19), 0);
    assert_int_equal(rtp_guard_protect_rtcp(guard, data, 7, ROOM), 0);
    for (unsigned i = 0; i < 20000; i++) {
        uint8_t clear[ROOM];
        length = chance() % 100;
        fill(data, length);
        if (length)
            data[0] = (uint8_t)(0x80 | (data[0] & 0x3f));
        assert_true(open_packet(guard, data, length, i % 2, clear, &clear_length) < 0);
    }
    rtp_guard_destroy(guard);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(speaks_with_libsrtp),
    cmocka_unit_test(knows_the_usual_packet),
    cmocka_unit_test(refuses_what_was_changed),
    cmocka_unit_test(refuses_another_key),
    cmocka_unit_test(refuses_what_was_here),
    cmocka_unit_test(counts_each_turn_of_the_sequence),
    cmocka_unit_test(protects_again_alike),
    cmocka_unit_test(forgets_the_source_not_heard_for_longest),
    cmocka_unit_test(never_forgets_what_it_sent),
    cmocka_unit_test(refuses_what_it_cannot_do),
};

static int begin(void **state)
{
    (void)state;
    return srtp_init() == srtp_err_status_ok ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    return srtp_shutdown() == srtp_err_status_ok ? 0 : -1;
}

int main(void)
{
    return cmocka_run_group_tests(tests, begin, end);
}
