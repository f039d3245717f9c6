/*
 * cms_bounds.h - how much there is in a message of CMS, counted before OpenSSL reads it.
 *
 *   err = cms_bounds_check(bytes, length);         then d2i_CMS_ContentInfo()
 *   if (!cms_bounds_allow_key(X509_get0_pubkey(signer))) ...before CMS_verify()
 *
 * OpenSSL makes a key of each certificate as it reads, hashes the text once for each digest
 * that is named, and verifies one signer after another, with keys of any size: 64 KiB can hold
 * it for half a second. Nobody needs that many of them in a message of SIP, so what is above
 * the numbers here is not read at all.
 *
 * Shape    BER or DER, also of indefinite length, nested CMS_BOUNDS_DEPTH deep at most.
 * Thread   any; pure.
 * Errors   -EBADMSG: it is no CMS; -EMSGSIZE: too much of something; -ENOTSUP: neither signed
 *          nor encrypted, or with keys of a kind that is not taken (DSA, curves without name).
 * Source   RFC 5652 sections 3, 5.1, 6.1; RFC 5083 section 2.1; RFC 5280 section 4.1.
 */
#ifndef SERVER_BODY_CMS_BOUNDS_H
#define SERVER_BODY_CMS_BOUNDS_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    CMS_BOUNDS_DEPTH = 24,
    CMS_BOUNDS_CERTIFICATES = 8,
    CMS_BOUNDS_LISTS = 2, /* of what is revoked */
    CMS_BOUNDS_DIGESTS = 4,
    CMS_BOUNDS_SIGNERS = 1,
    CMS_BOUNDS_RECIPIENTS = 16,
    CMS_BOUNDS_KEY_BYTES = 640, /* of a public key with its kind: RSA of 4096 bits has 550 */
};

int cms_bounds_check(const void *bytes, size_t length);

/** Whether a signature by @p key may be verified: RSA of 2048 to 4096 bits with an exponent of
 *  32 at most, curves of 256 to 521 bits. Less is no proof, more takes too long. */
bool cms_bounds_allow_key(const EVP_PKEY *key);

#endif
