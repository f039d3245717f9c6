/* rtp_keys.c - the suites, and keys of them. */
#include "server/rtp/rtp_keys.h"

#include "mixer/base/random.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

/* A short tag is for RTP only: RTCP has the long one, RFC 4568 section 6.2.2. */
static const struct rtp_suite_row rows[RTP_SUITES] = {
    [RTP_SUITE_NONE] = {"", 0, 0, 0, 0, false},
    [RTP_SUITE_AES_CM_128_HMAC_SHA1_80] = {"AES_CM_128_HMAC_SHA1_80", 16, 14, 10, 10, false},
    [RTP_SUITE_AES_CM_128_HMAC_SHA1_32] = {"AES_CM_128_HMAC_SHA1_32", 16, 14, 4, 10, false},
    [RTP_SUITE_AES_256_CM_HMAC_SHA1_80] = {"AES_256_CM_HMAC_SHA1_80", 32, 14, 10, 10, false},
    [RTP_SUITE_AES_256_CM_HMAC_SHA1_32] = {"AES_256_CM_HMAC_SHA1_32", 32, 14, 4, 10, false},
    [RTP_SUITE_AEAD_AES_128_GCM] = {"AEAD_AES_128_GCM", 16, 12, 16, 16, true},
    [RTP_SUITE_AEAD_AES_256_GCM] = {"AEAD_AES_256_GCM", 32, 12, 16, 16, true},
};

const char *rtp_security_word(enum rtp_security_kind kind)
{
    static const char *const words[RTP_SECURITY_KINDS] = {
        [RTP_SECURITY_NONE] = "none",
        [RTP_SECURITY_SDES] = "sdes",
        [RTP_SECURITY_DTLS] = "dtls",
    };
    assert(kind < RTP_SECURITY_KINDS);
    return words[kind];
}

const struct rtp_suite_row *rtp_suite_row(enum rtp_suite suite)
{
    assert(suite < RTP_SUITES);
    return &rows[suite];
}

enum rtp_suite rtp_suite_by_name(const char *name, size_t length)
{
    for (unsigned i = RTP_SUITE_NONE + 1; i < RTP_SUITES; i++) {
        if (strlen(rows[i].name) == length && strncasecmp(rows[i].name, name, length) == 0)
            return (enum rtp_suite)i;
    }
    return RTP_SUITE_NONE;
}

void rtp_keys_make(enum rtp_suite suite, struct rtp_keys *keys)
{
    memset(keys, 0, sizeof(*keys));
    keys->suite = suite;
    random_bytes(keys->key, rtp_suite_row(suite)->key_bytes);
    random_bytes(keys->salt, rtp_suite_row(suite)->salt_bytes);
}

bool rtp_keys_equal(const struct rtp_keys *a, const struct rtp_keys *b)
{
    return a->suite == b->suite && memcmp(a->key, b->key, sizeof(a->key)) == 0 &&
           memcmp(a->salt, b->salt, sizeof(a->salt)) == 0 && a->mki_bytes == b->mki_bytes &&
           memcmp(a->mki, b->mki, sizeof(a->mki)) == 0;
}
