/*
 * api_tls.h - certificate and key of HTTPS: what new connections are shown.
 *
 *   api_tls_create("/etc/ssl/raduno.pem", NULL, &tls, &why);
 *   ...MHD_OPTION_HTTPS_CERT_CALLBACK...     api_tls_show(tls, &chain, &count, &key)
 *   api_tls_reload(tls, &why);               SIGHUP: what connects from now on sees the new one
 *
 * A pair that was shown is kept until the end: a handshake may be under way with it. That is
 * some KB each time that a certificate is renewed.
 *
 * Thread   create, reload, destroy: control. show: HTTP. A lock is between them.
 * Errors   a negative errno and *why, a line for a person, owned by the caller; NULL: no
 *          memory.
 */
#ifndef API_API_TLS_H
#define API_API_TLS_H

#include <gnutls/abstract.h>

struct api_tls;

/** Reads both, PEM, and looks whether the key is that of the certificate. @p key NULL: it is in
 *  the same file. Both are copied. */
int api_tls_create(const char *certificate, const char *key, struct api_tls **tls, char **why);
void api_tls_destroy(struct api_tls *tls); /* NULL is allowed */

/** Reads the same files again. On error what was before stays. */
int api_tls_reload(struct api_tls *tls, char **why);

/** The newest pair, borrowed until api_tls_destroy(). */
void api_tls_show(struct api_tls *tls, gnutls_pcert_st **chain, unsigned *count,
                  gnutls_privkey_t *key);

#endif
