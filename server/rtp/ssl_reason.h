/*
 * ssl_reason.h - why OpenSSL could not do what it was asked for, in its words.
 *
 *   if (!PEM_read_X509(file, ...))
 *       return explain(-EINVAL, why, "%s has no certificate: %s", path, ssl_reason());
 *
 * Thread   any: each has a queue of its own.
 */
#ifndef SERVER_RTP_SSL_REASON_H
#define SERVER_RTP_SSL_REASON_H

/** A constant, of the last error; of none, that none was told. The queue of errors is empty
 *  then: who looks next, as the SIP stack does, would take what is in it for its own. */
const char *ssl_reason(void);

#endif
