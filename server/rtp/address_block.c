/* address_block.c - addresses and how many of their bits count. */
#include "server/rtp/address_block.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { IPV4_BITS = 32, ADDRESS_BITS = 128 };

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

static bool read_address(const char *text, struct address_block *out)
{
    struct in_addr ipv4;
    if (inet_pton(AF_INET, text, &ipv4) == 1) {
        out->bits = IPV4_BITS;
        memcpy(out->bytes, mapped, sizeof(mapped));
        memcpy(out->bytes + sizeof(mapped), &ipv4, sizeof(ipv4));
        return true;
    }
    out->bits = ADDRESS_BITS;
    return inet_pton(AF_INET6, text, out->bytes) == 1;
}

bool address_block_read(const char *text, struct address_block *out)
{
    char address[ADDRESS_BLOCK_TEXT_BYTES];
    size_t length = strcspn(text, "/");
    if (length >= sizeof(address))
        return false;
    memcpy(address, text, length);
    address[length] = '\0';
    if (!read_address(address, out))
        return false;
    unsigned long bits = out->bits;
    if (text[length]) {
        const char *digits = text + length + 1;
        size_t count = strspn(digits, "0123456789");
        if (!count || count > 3 || digits[count])
            return false;
        bits = strtoul(digits, NULL, 10);
    }
    if (bits > out->bits)
        return false;
    out->bits = (unsigned)bits + (out->bits == IPV4_BITS ? ADDRESS_BITS - IPV4_BITS : 0);
    return true;
}

bool address_block_bytes(const struct sockaddr *address, uint8_t out[ADDRESS_BLOCK_BYTES])
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in ipv4;
        memcpy(&ipv4, address, sizeof(ipv4));
        memcpy(out, mapped, sizeof(mapped));
        memcpy(out + sizeof(mapped), &ipv4.sin_addr, 4);
        return true;
    }
    if (address->sa_family != AF_INET6)
        return false;
    struct sockaddr_in6 ipv6;
    memcpy(&ipv6, address, sizeof(ipv6));
    memcpy(out, &ipv6.sin6_addr, ADDRESS_BLOCK_BYTES);
    return true;
}

bool address_block_has_bytes(const struct address_block *block,
                             const uint8_t address[ADDRESS_BLOCK_BYTES])
{
    unsigned whole = block->bits / 8, rest = block->bits % 8;
    if (memcmp(block->bytes, address, whole) != 0)
        return false;
    return rest == 0 || (block->bytes[whole] ^ address[whole]) >> (8 - rest) == 0;
}
