/*
 * api_source.h - where a request comes from: the client, or who a proxy of ours says it is.
 *
 *   api_source_of(peer, header("X-Forwarded-For"), proxies, count, &source);
 *
 * A proxy adds the address of its client at the end of X-Forwarded-For. That of a proxy which
 * the configuration names is believed, and if that one is a proxy of ours, too, the one before
 * it; what stands before the first stranger may be invented, and is not looked at.
 *
 * Thread   any; pure.
 * Source   RFC 7239 section 8.1 (whom to believe) says the same of Forwarded.
 */
#ifndef API_API_SOURCE_H
#define API_API_SOURCE_H

#include <netinet/in.h>
#include <sys/socket.h>

enum { API_SOURCE_BYTES = INET6_ADDRSTRLEN };

/** @p header: NULL: there is none. *source is of family AF_UNSPEC if @p peer is of another than
 *  IPv4 and IPv6; its port means nothing. */
void api_source_of(const struct sockaddr *peer, const char *header, const char *const *proxies,
                   unsigned count, struct sockaddr_storage *source);

/** "192.0.2.7", "2001:db8::1" or "unknown". */
void api_source_text(const struct sockaddr_storage *source, char out[API_SOURCE_BYTES]);

#endif
