/*
 * dtls_internal.h - what dtls.c and dtls_certificate.c share; nobody else may include it.
 *
 * Thread   as dtls.h says.
 */
#ifndef SERVER_RTP_DTLS_INTERNAL_H
#define SERVER_RTP_DTLS_INTERNAL_H

#include <openssl/types.h>

/** OpenSSL asks it whether the far end's certificate is good, in place of walking its chain. */
int dtls_verify(X509_STORE_CTX *store, void *unused);

#endif
