/*
 * dtls_fingerprint.h - what SDP says of a certificate: a hash of it.
 *
 *   struct dtls_fingerprint theirs;
 *   dtls_fingerprint_read("sha-256 12:DF:...", length, &theirs);
 *   if (dtls_fingerprint_fits(&theirs, certificate)) ...
 *
 * Thread   any; pure.
 * Errors   -EBADMSG: no fingerprint; -ENOTSUP: a hash that is not known or too weak (MD5,
 *          SHA-1).
 * Source   RFC 8122 section 5.
 */
#ifndef SERVER_RTP_DTLS_FINGERPRINT_H
#define SERVER_RTP_DTLS_FINGERPRINT_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DTLS_FINGERPRINT_MAX_BYTES = 64,
    DTLS_FINGERPRINT_TEXT_BYTES = 8 + 3 * DTLS_FINGERPRINT_MAX_BYTES, /* "sha-512 AB:...:CD" */
};

enum dtls_hash { DTLS_NO_HASH, DTLS_SHA_256, DTLS_SHA_384, DTLS_SHA_512 };

struct dtls_fingerprint {
    enum dtls_hash hash;
    uint8_t value[DTLS_FINGERPRINT_MAX_BYTES]; /* the rest is 0 */
};

/** Reads "HASH XX:XX:..."; case counts not. */
int dtls_fingerprint_read(const char *text, size_t length,
                          struct dtls_fingerprint *fingerprint);

/** Writes it the same way, in capitals. */
void dtls_fingerprint_write(const struct dtls_fingerprint *fingerprint,
                            char out[DTLS_FINGERPRINT_TEXT_BYTES]);

/** Takes it of @p certificate. @return 0, or -ENOTSUP. */
int dtls_fingerprint_of(X509 *certificate, enum dtls_hash hash,
                        struct dtls_fingerprint *fingerprint);

/** True if @p certificate has it; compared in constant time. */
bool dtls_fingerprint_fits(const struct dtls_fingerprint *fingerprint, X509 *certificate);

#endif
