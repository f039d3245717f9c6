/*
 * rtp_keys.h - what media is encrypted with, one way: a suite, a master key and its salt, as a
 * value. Who makes it (SDES in SDP now, a handshake on the media path) is not known here.
 *
 *   struct rtp_keys ours;
 *   rtp_keys_make(RTP_SUITE_AES_CM_128_HMAC_SHA1_80, &ours);     random
 *   rtp_guard_create(&ours, &guard);                             works with it (rtp_guard.h)
 *
 * Shape    key and salt are as long as the suite's row says; bytes that are not used are 0, so
 *          that two that say the same are equal byte for byte. RTP_SUITE_NONE (all zero):
 *          plain.
 * Thread   any; pure, but for rtp_keys_make(), which asks the kernel.
 * Source   RFC 3711; RFC 4568 section 6.2, RFC 6188 section 7 and RFC 7714 section 14 (suites).
 */
#ifndef SERVER_RTP_RTP_KEYS_H
#define SERVER_RTP_RTP_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RTP_KEYS_MAX_KEY = 32,
    RTP_KEYS_MAX_SALT = 14,
    RTP_KEYS_MAX_MKI = 32, /* bytes; SDES allows 128, phones have 1 to 4 */
};

enum rtp_suite {
    RTP_SUITE_NONE,
    RTP_SUITE_AES_CM_128_HMAC_SHA1_80,
    RTP_SUITE_AES_CM_128_HMAC_SHA1_32,
    RTP_SUITE_AES_256_CM_HMAC_SHA1_80,
    RTP_SUITE_AES_256_CM_HMAC_SHA1_32,
    RTP_SUITE_AEAD_AES_128_GCM,
    RTP_SUITE_AEAD_AES_256_GCM,
    RTP_SUITES,
};

struct rtp_suite_row {
    const char *name; /* as in a=crypto           */
    uint8_t key_bytes, salt_bytes;
    uint8_t rtp_tag_bytes, rtcp_tag_bytes; /* of authentication */
    bool is_aead;                          /* GCM; else counter mode and HMAC-SHA1 */
};

struct rtp_keys {
    enum rtp_suite suite;
    uint8_t key[RTP_KEYS_MAX_KEY], salt[RTP_KEYS_MAX_SALT];
    uint8_t mki[RTP_KEYS_MAX_MKI]; /* stands in each packet: which master key this is */
    uint8_t mki_bytes;             /* 0: it does not                                   */
};

/** Who made the keys. */
enum rtp_security_kind {
    RTP_SECURITY_NONE,
    RTP_SECURITY_SDES,
    RTP_SECURITY_DTLS,
    RTP_SECURITY_KINDS
};

/** How the media of a leg is protected, both ways. With a kind other than NONE, a suite that is
 *  NONE means: not known yet, and until then nothing passes that way. All zero: plain. */
struct rtp_security {
    enum rtp_security_kind kind;
    struct rtp_keys receive, send; /* the far end's, ours */
    uint64_t handshake; /* id in handshake_service.h, who gets STUN and DTLS; 0: nobody */
    bool by_path; /* ICE chooses the way: what is authentic from elsewhere moves nothing */
};

/** "none", "sdes", "dtls": as the API says it. */
const char *rtp_security_word(enum rtp_security_kind kind);

/** The row of @p suite, a constant; that of RTP_SUITE_NONE has the name "" and no lengths. */
const struct rtp_suite_row *rtp_suite_row(enum rtp_suite suite);

/** The suite of that name (@p length bytes; case counts not), or RTP_SUITE_NONE. */
enum rtp_suite rtp_suite_by_name(const char *name, size_t length);

/** Random key and salt for @p suite, without MKI. */
void rtp_keys_make(enum rtp_suite suite, struct rtp_keys *keys);

/** True if what is sent with one can be read with the other. */
bool rtp_keys_equal(const struct rtp_keys *a, const struct rtp_keys *b);

#endif
