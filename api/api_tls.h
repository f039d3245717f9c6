/*
 * api_tls.h - certificate and key of HTTPS, read once, as libmicrohttpd wants them: in memory.
 *
 *   api_tls_read(&tls, "/etc/ssl/raduno.pem", NULL, &why);
 *   if (tls.certificate) ...MHD_OPTION_HTTPS_MEM_CERT...
 *   api_tls_finish(&tls);
 *
 * Thread   control.
 * Errors   a negative errno and *why, a line for a person, owned by the caller; NULL: no
 * memory.
 */
#ifndef API_API_TLS_H
#define API_API_TLS_H

/** PEM, owned; NULL: HTTP it is. */
struct api_tls {
    char *certificate, *key;
};

/** @p certificate NULL: none; @p key NULL: it is in the same file. */
int api_tls_read(struct api_tls *tls, const char *certificate, const char *key, char **why);

/** Wipes and frees. */
void api_tls_finish(struct api_tls *tls);

#endif
