/*
 * dial_rule.h - which hosts may be dialled.
 *
 * A rule is "*" (any host), a host as it stands in the URI ("pbx.example.com", "192.0.2.7",
 * "[2001:db8::7]"), or "*.example.com" (any host below it). Case does not count. A port in the
 * URI is not looked at.
 *
 * Thread   any; pure.
 */
#ifndef SERVER_SIP_DIAL_RULE_H
#define SERVER_SIP_DIAL_RULE_H

#include <stdbool.h>

/** True if one of the @p count rules allows @p host. No rules: nothing is allowed. */
bool dial_rule_allows(const char *const *rules, unsigned count, const char *host);

#endif
