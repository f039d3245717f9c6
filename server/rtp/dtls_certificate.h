/*
 * dtls_certificate.h - who the server is on the media path: a key and a certificate that it
 * signed itself, made when it starts; known to the far end by its fingerprint in SDP only.
 *
 * Shape    ECDSA on P-256, valid for 30 days. A server that runs longer makes another one for
 *          the calls to come: associations keep what they began with.
 * Thread   create, destroy: any, while nobody else uses it. The rest: any.
 * Errors   -ENOMEM, or -EIO if OpenSSL refuses (not to be expected).
 * Source   RFC 8827 section 6.5 (ECDSA, P-256), RFC 5763 section 5, RFC 5764 section 4.1.2
 *          (profiles); RFC 7714 section 14.2.
 */
#ifndef SERVER_RTP_DTLS_CERTIFICATE_H
#define SERVER_RTP_DTLS_CERTIFICATE_H

#include "server/rtp/dtls_fingerprint.h"

#include <openssl/types.h>

enum { DTLS_CERTIFICATE_DAYS = 30 };

struct dtls_certificate;

/** @return 0 and *certificate, owned by the caller. */
int dtls_certificate_create(struct dtls_certificate **certificate);
void dtls_certificate_destroy(struct dtls_certificate *certificate); /* NULL is allowed */

/** For SDP. Borrowed. */
const struct dtls_fingerprint *
dtls_certificate_fingerprint(const struct dtls_certificate *certificate);

/** What all associations with it share. For dtls.c, and tests. */
SSL_CTX *dtls_certificate_context(const struct dtls_certificate *certificate);

#endif
