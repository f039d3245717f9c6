/*
 * resolved.h - where a name is, as far as is known by now: nobody is asked, only what DNS has
 * said already is looked at (name_cache.h).
 *
 *   sres_cache_t *cache = sres_cache_new(0);  nua_create(... SRESTAG_CACHE(cache) ...);
 *   enum server_place place = resolved_place(cache, "example.com", 0, peer);
 *
 * Not      an answer that is not good any more (TTL): then the place is not known.
 * Thread   control.
 * Source   RFC 3263 section 4.2: _sips._tcp.NAME (SRV), else the name's addresses; with a port
 *          addresses only. Not NAPTR: we say by which transport (section 4.1).
 */
#ifndef SERVER_SIP_RESOLVED_H
#define SERVER_SIP_RESOLVED_H

#include "server/sip/server_name.h"

#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <netinet/in.h>

#include <sofia-resolv/sres_cache.h>

uint16_t resolved_port(const struct sockaddr *peer);

/** Whether @p name is at @p peer; @p port of the URI, 0: none is said there. */
enum server_place resolved_place(sres_cache_t *cache, const char *name, uint16_t port,
                                 const struct sockaddr *peer);

#endif
