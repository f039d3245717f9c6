/* api_address_rule.c - blocks of addresses, all as IPv6. */
#include "api/api_address_rule.h"

#include "server/rtp/address_block.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

enum { HOST_BYTES = 256 };

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

/* What NAT64 leads to is the IPv4 address in it. False: another family. */
static bool take_address(const struct sockaddr *address, uint8_t out[ADDRESS_BLOCK_BYTES])
{
    if (!address_block_bytes(address, out))
        return false;
    if (memcmp(out, nat64, 12) == 0)
        memcpy(out, mapped, 12);
    return true;
}

const char *api_address_rule_kind(const struct sockaddr *address)
{
    uint8_t bytes[ADDRESS_BLOCK_BYTES];
    if (!take_address(address, bytes))
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

/* ---- rules ---- */

static bool looks_like_address(const char *rule)
{
    return strchr(rule, ':') || strchr(rule, '/') || !rule[strspn(rule, "0123456789.")];
}

bool api_address_rule_is_valid(const char *rule)
{
    struct address_block block;
    if (!*rule || looks_like_address(rule))
        return address_block_read(rule, &block);
    if (strncmp(rule, "*.", 2) == 0)
        rule += 2;
    size_t length = strlen(rule);
    return length && length < HOST_BYTES - 2 && rule[0] != '.' && rule[0] != '-' &&
           !rule[strspn(rule, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                              "._-")];
}

static bool is_same_host(const char *rule, const char *host, size_t length)
{
    if (strncmp(rule, "*.", 2) != 0)
        return strlen(rule) == length && strncasecmp(rule, host, length) == 0;
    size_t tail = strlen(rule + 1);
    return length > tail && strncasecmp(host + length - tail, rule + 1, tail) == 0;
}

static bool fits(const char *rule, const char *host, const uint8_t address[ADDRESS_BLOCK_BYTES])
{
    struct address_block block;
    if (looks_like_address(rule))
        return address_block_read(rule, &block) && address_block_has_bytes(&block, address);
    size_t length = strlen(host);
    if (length && host[length - 1] == '.') /* "example.com." is example.com */
        length--;
    return is_same_host(rule, host, length);
}

bool api_address_rule_allows(const char *const *rules, unsigned count, const char *host,
                             const struct sockaddr *address)
{
    uint8_t bytes[ADDRESS_BLOCK_BYTES];
    if (!api_address_rule_kind(address))
        return true;
    if (!take_address(address, bytes))
        return false;
    for (unsigned i = 0; i < count; i++) {
        if (fits(rules[i], host, bytes))
            return true;
    }
    return false;
}

bool api_address_rule_fits(const char *rule, const struct sockaddr *address)
{
    uint8_t bytes[ADDRESS_BLOCK_BYTES];
    struct address_block block;
    return take_address(address, bytes) && looks_like_address(rule) &&
           address_block_read(rule, &block) && address_block_has_bytes(&block, bytes);
}
