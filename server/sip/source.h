/*
 * source.h - who asks: where a request comes from, or where a proxy of ours says it came from.
 *
 *   source_proxies_read(&proxies, conf->sip.proxies, count);
 *   source_of(&proxies, sip->sip_via, peer, &source);
 *
 * Each proxy on the way has put its own Via above that of whom it heard, with the address it
 * heard it from (received). That of a proxy which the configuration names is believed, and if
 * that address is a proxy of ours, too, the one below it; what a stranger has written is not
 * looked at. Whoever floods, guesses passwords or PINs behind a proxy is slowed, and banned, by
 * that address: others behind the same proxy are not held to blame, nor is the proxy.
 *
 * Not      what comes from the proxy itself, or by one that hides whom it speaks for, has no
 *          source: it is never banned, and of what it asks only wrong passwords are counted
 *          (login.h). Such a proxy has to look after the rest.
 * Thread   any; pure.
 * Source   RFC 3261 sections 18.2.1 (received), RFC 3581 section 4.
 */
#ifndef SERVER_SIP_SOURCE_H
#define SERVER_SIP_SOURCE_H

#include "server/rtp/address_block.h"

#include <sofia-sip/sip.h>

#include <sys/socket.h>

enum { SOURCE_MAX_PROXIES = 32 };

struct source_proxies {
    unsigned count;
    struct address_block block[SOURCE_MAX_PROXIES];
};

/** @p texts [@p count] as in "10.0.0.0/8"; what is none, or too many, is left out. */
void source_proxies_read(struct source_proxies *proxies, const char *const *texts,
                         unsigned count);

/** @p via: the topmost of a request that came from @p peer. *source has no port, and is of
 *  family AF_UNSPEC if it is not known. */
void source_of(const struct source_proxies *proxies, const sip_via_t *via,
               const struct sockaddr *peer, struct sockaddr_storage *source);

/** The same with the port, which two phones behind one NAT do not share: of family AF_UNSPEC,
 *  too, if a proxy does not say it (rport). */
void source_flow_of(const struct source_proxies *proxies, const sip_via_t *via,
                    const struct sockaddr *peer, struct sockaddr_storage *flow);

#endif
