/* address_kind.c - blocks of addresses, all as IPv6. */
#include "server/rtp/address_kind.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* Of IPv6 only 2000::/3 is given out: what is outside is not public, without a row here. */
static const struct {
    const char *block, *kind;
} special[] = {
    {"0.0.0.0/8", "this network"},
    {"10.0.0.0/8", "private"},
    {"100.64.0.0/10", "shared (carrier-grade NAT)"},
    {"127.0.0.0/8", "loopback"},
    {"169.254.0.0/16", "link local"},
    {"172.16.0.0/12", "private"},
    {"192.0.0.0/24", "reserved"},
    {"192.0.2.0/24", "documentation"},
    {"192.88.99.0/24", "reserved"},
    {"192.168.0.0/16", "private"},
    {"198.18.0.0/15", "benchmarking"},
    {"198.51.100.0/24", "documentation"},
    {"203.0.113.0/24", "documentation"},
    {"224.0.0.0/4", "multicast"},
    {"240.0.0.0/4", "reserved"},
    {"::/128", "unspecified"},
    {"::1/128", "loopback"},
    {"64:ff9b:1::/48", "private (NAT64)"},
    {"fc00::/7", "private"},
    {"fe80::/10", "link local"},
    {"fec0::/10", "private"},
    {"ff00::/8", "multicast"},
    {"2001::/23", "reserved"}, /* with Teredo */
    {"2001:db8::/32", "documentation"},
    {"2002::/16", "reserved (6to4)"},
    {"3fff::/20", "documentation"},
};

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};

bool address_kind_bytes(const struct sockaddr *address, uint8_t out[ADDRESS_BLOCK_BYTES])
{
    if (!address_block_bytes(address, out))
        return false;
    if (memcmp(out, nat64, 12) == 0)
        memcpy(out, mapped, 12);
    return true;
}

const char *address_kind(const struct sockaddr *address)
{
    uint8_t bytes[ADDRESS_BLOCK_BYTES];
    if (!address_kind_bytes(address, bytes))
        return "not of the Internet";
    for (unsigned i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
        struct address_block block;
        if (address_block_read(special[i].block, &block) &&
            address_block_has_bytes(&block, bytes))
            return special[i].kind;
    }
    bool is_given_out = memcmp(bytes, mapped, 12) == 0 || bytes[0] >> 5 == 1;
    return is_given_out ? NULL : "reserved";
}

bool address_kind_hides(const char *text, const struct sockaddr *peer)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    const struct sockaddr *address = (const struct sockaddr *)&v6;
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        address = (const struct sockaddr *)&v4;
    else if (inet_pton(AF_INET6, text, &v6.sin6_addr) != 1)
        return false;
    return address_kind(address) && !address_kind(peer);
}
