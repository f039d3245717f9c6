/*
 * address.h - an IP address with its port, as a value of little size.
 *
 * Thread   any; pure.
 */
#ifndef SERVER_RTP_ADDRESS_H
#define SERVER_RTP_ADDRESS_H

#include "server/rtp/latch.h"

#include <netinet/in.h>
#include <stdbool.h>

enum { ADDRESS_TEXT_BYTES = INET6_ADDRSTRLEN + 8 };

/** The value of @p from; of family AF_UNSPEC for NULL and for families that we do not speak. An
 *  IPv4-mapped address stays one: it is what its socket sends to. */
union latch_address address_of(const struct sockaddr *from);

/** The same, but an IPv4-mapped address as the IPv4 address that the far end knows. */
union latch_address address_unmapped(const struct sockaddr *from);

/** Bytes of it as the kernel wants them; 0: it is none. */
socklen_t address_bytes(const union latch_address *address);

/** Its port; 0: it is none. */
uint16_t address_port(const union latch_address *address);
/** Of one of a family. */
void address_set_port(union latch_address *address, uint16_t port);

/** True for 0.0.0.0 and ::. */
bool address_is_any(const union latch_address *address);

/** Reads "192.0.2.1" or "2001:db8::1". @return false: it is neither, and *address is none. */
bool address_read(const char *text, uint16_t port, union latch_address *address);

/** "192.0.2.1:4000", "[2001:db8::1]:4000" or "nowhere", for a log. */
void address_text(const union latch_address *address, char out[ADDRESS_TEXT_BYTES]);

/** As address_text() without the port; "" if there is none. */
void address_host_of(const struct sockaddr *from, char out[INET6_ADDRSTRLEN]);

#endif
