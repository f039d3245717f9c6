/*
 * api_address_rule.h - whether a fetch on somebody's behalf may connect to an address.
 *
 * Addresses of the public Internet (server/rtp/address_kind.h) may be connected to; all others
 * (loopback, private, link local with the clouds' metadata, shared, multicast, reserved, and
 * IPv6 addresses that carry one of those) only where the operator has a rule for them, lest a
 * request to this server reach what only this server can reach.
 *
 * A rule is a host as it stands in the URL ("files.example.com"), "*.example.com" (any host
 * below it), an address ("10.1.2.3", "fd00::7"), or a block of them ("10.0.0.0/8", "fd00::/8").
 * Case does not count. A rule with a host trusts whoever answers for that name.
 *
 * Thread   any; pure.
 */
#ifndef API_API_ADDRESS_RULE_H
#define API_API_ADDRESS_RULE_H

#include <stdbool.h>
#include <sys/socket.h>

/** True if @p rule is one: neither empty, nor an address that is none, nor 10.0.0.0/33. */
bool api_address_rule_is_valid(const char *rule);

/** True if @p address is what @p rule says, or in its block; a rule that is a name fits none.
 */
bool api_address_rule_fits(const char *rule, const struct sockaddr *address);

/** True if @p address, which @p host has (as in the URL, IPv6 in brackets), may be connected
 *  to: it is public, or one of the @p count rules fits. */
bool api_address_rule_allows(const char *const *rules, unsigned count, const char *host,
                             const struct sockaddr *address);

#endif
