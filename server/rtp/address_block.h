/*
 * address_block.h - a block of IP addresses, "10.0.0.0/8", "fd00::/8", or one address.
 *
 *   struct address_block block;
 *   if (address_block_read("192.0.2.0/24", &block) && address_block_bytes(from, bytes) &&
 *       address_block_has_bytes(&block, bytes)) ...
 *
 * Shape    IPv4 is kept as IPv6 (::ffff:0:0/96): a block fits an IPv4 address however a socket
 *          shows it.
 * Thread   any; pure.
 * Source   RFC 4632 section 3.1, RFC 4291 sections 2.3, 2.5.5.2.
 */
#ifndef SERVER_RTP_ADDRESS_BLOCK_H
#define SERVER_RTP_ADDRESS_BLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { ADDRESS_BLOCK_BYTES = 16, ADDRESS_BLOCK_TEXT_BYTES = 64 };

struct address_block {
    unsigned bits; /* that count */
    uint8_t bytes[ADDRESS_BLOCK_BYTES];
};

/** @return false: it is neither an address nor a block; @p out is not to be used. */
bool address_block_read(const char *text, struct address_block *out);

/** The bytes of @p address as IPv6. @return false: another family. */
bool address_block_bytes(const struct sockaddr *address, uint8_t out[ADDRESS_BLOCK_BYTES]);

/** Whether the address of these bytes is in @p block. */
bool address_block_has_bytes(const struct address_block *block,
                             const uint8_t address[ADDRESS_BLOCK_BYTES]);

#endif
