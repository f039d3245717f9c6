/* api_address_rule.c - a rule is a host or a block of addresses. */
#include "api/api_address_rule.h"

#include "server/rtp/address_block.h"
#include "server/rtp/address_kind.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

enum { HOST_BYTES = 256 };

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
    if (!address_kind(address))
        return true;
    if (!address_kind_bytes(address, bytes))
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
    return address_kind_bytes(address, bytes) && looks_like_address(rule) &&
           address_block_read(rule, &block) && address_block_has_bytes(&block, bytes);
}
