/*
 * address_kind.h - whether an address is one of the public Internet, and if not, what else.
 *
 *   if (address_kind_hides("192.168.1.7", peer)) ...the peer will send its sound to nowhere...
 *
 * Thread   any; pure.
 * Source   IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190), RFC 6052
 *          section 2.1 (64:ff9b::/96), RFC 4291 section 2.5.5.
 */
#ifndef SERVER_RTP_ADDRESS_KIND_H
#define SERVER_RTP_ADDRESS_KIND_H

#include "server/rtp/address_block.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/** What kind of address that is not public it is, "loopback"; NULL: it is public. A constant.
 */
const char *address_kind(const struct sockaddr *address);

/** Writes @p address as IPv6; what NAT64 leads to is the IPv4 address in it.
 *  @return false: another family. */
bool address_kind_bytes(const struct sockaddr *address, uint8_t out[ADDRESS_BLOCK_BYTES]);

/** True if @p text is an address that is not public, and @p peer has a public one: from there
 * it cannot be reached. */
bool address_kind_hides(const char *text, const struct sockaddr *peer);

#endif
