/*
 * conf_text.h - what texts of the configuration look like: addresses, ports, hosts, tokens.
 *
 * Thread   any; pure.
 * Source   RFC 3986 section 3.2.2 (IPv6 in brackets), RFC 6750 section 2.1 (token characters).
 */
#ifndef CONF_CONF_TEXT_H
#define CONF_CONF_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/** "127.0.0.1:8080", "[::1]:8080": an IP literal and a port of 1 to 65535. */
bool conf_text_is_address_port(const char *text);

/** "udp:", "tcp:" or "tls:", an address and port, and perhaps ";srtp=" and "off", "optional" or
 *  "required". */
bool conf_text_is_sip_listen(const char *text);
/** "tcp:0.0.0.0:2855", "tls:[::]:2856" */
bool conf_text_is_msrp_listen(const char *text);

/** Two of those that are of one address and port, one udp: and one tcp: (or twice the same),
 * but do not end alike. */
bool conf_text_listeners_differ(const char *one, const char *other);

/** "192.0.2.1", "2001:db8::1": an IPv4 or IPv6 literal, without brackets. */
bool conf_text_is_address(const char *text);

/** "*", "example.com", "*.example.com", "192.0.2.1", "[2001:db8::1]": what may be dialled. */
bool conf_text_is_host_rule(const char *text);
/** The same, of one host only. */
bool conf_text_is_domain(const char *text);
/** "X-Header:attribute" */
bool conf_text_is_header_row(const char *text);

/** What an address rule of fetches may be: "files.example.com", "*.example.com", "10.1.2.3",
 *  "fd00::7", "10.0.0.0/8", "fd00::/8". */
bool conf_text_is_fetch_rule(const char *text);

/** An origin of a page, "https://example.com:8443", as browsers write it; or "*". */
bool conf_text_is_origin(const char *text);

/** An address, or a block of them: "10.1.2.3", "fd00::7", "10.0.0.0/8". */
bool conf_text_is_block(const char *text);

/** The path of a file: at most 1024 bytes, no control characters. */
bool conf_text_is_file(const char *text);
/** An absolute path, or an address and a port. */
bool conf_text_is_socket(const char *text);

/** "https://host" or "http://host:port/path", without blanks nor a slash at the end. */
bool conf_text_is_base_url(const char *text);

/** A media type as in "image/png", or all of a kind, or any, with stars. */
bool conf_text_is_type_rule(const char *text);

/** A file's name in the sounds or images directory: no slash, no control characters, no dot
 *  first. */
bool conf_text_is_sound(const char *text);

/** "#rrggbb". */
bool conf_text_is_colour(const char *text);

/** Printable ASCII without space, quote and backslash: fits into a quoted string of a header.
 */
bool conf_text_is_realm(const char *text);

/** Characters of a bearer token: letters, digits, -._~+/ and = at the end. */
bool conf_text_is_token(const char *text);

/**
 * "20000-23999", both included, 1024 to 65535. An odd first port is rounded up, for RTP has the
 * even port of a pair (RFC 3550 section 11).
 *
 * @return false, and nothing written, if it is something else or has no pair of ports.
 */
bool conf_text_ports(const char *text, uint16_t *first, uint16_t *last);

#endif
