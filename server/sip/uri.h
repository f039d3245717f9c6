/*
 * uri.h - SIP URIs and names of others, made into texts that are safe to keep and to send.
 *
 * Thread   control; pure.
 * Source   RFC 3261 sections 19.1 (URI), 20.10 (display names), 25.1 (escapes).
 */
#ifndef SERVER_SIP_URI_H
#define SERVER_SIP_URI_H

#include "server/room/room.h"
#include "server/sip/sip_internal.h"

#include <stddef.h>
#include <stdint.h>

/** The unescaped user part of @p url as a room's name; "" if it has none.
 *  @return false if it is too long or no valid name. */
bool uri_room(const url_t *url, char room[ROOM_NAME_BYTES]);

/** "sip:alice@example.com" of a From or Contact; cut to fit. */
void uri_plain(const url_t *url, char *out, size_t room);

/** A display name without its quotes and backslashes; "" for NULL. */
void uri_display(const char *display, char *out, size_t room);

/** True if @p port is a port (1..65535), or NULL or "": the scheme's. */
bool uri_is_port(const char *port);

/** True if @p host is made of what names and addresses are made of: no escapes, no spaces. */
bool uri_is_host(const char *host);

/** True if @p text has nothing that would end it in a header: blanks, quotes, brackets, control
 *  bytes. */
bool uri_is_clean(const char *text);

/** Writes @p url so that those are the same which mean the same (RFC 3261 section 19.1.4, but
 * for parameters that are not about where). @return false: too long. */
bool uri_key(const url_t *url, char *out, size_t room);

/** True if the request came by TCP, or by a WebSocket (ws_sip.h). */
bool uri_is_tcp(const sip_t *sip);

/** True if the answer to this request has to have a sips: Contact (RFC 3261 section 12.1.1). */
bool uri_asks_sips(const sip_t *sip);

/** What may be dialled: "sip:[user@]host[:port][;transport=udp|tcp|tls]" or
 *  "sips:[user@]host[:port]" is left of @p text. */
struct uri_target {
    char text[512];
    char hop[320];  /* if wants_tls: "sip:host[:port];transport=tls", where it goes */
    char host[256]; /* without brackets' removal: "[::1]" */
    uint16_t port;  /* 0: none is said */
    bool wants_tcp, wants_tls, is_sips;
};

/** @return 0; -EINVAL: no SIP URI, or one that is not to be trusted (headers, control bytes).
 */
int uri_target(const char *text, struct uri_target *target);
/** The same of a URI that was parsed (a Contact of a 3xx). */
int uri_target_of(const url_t *url, struct uri_target *target);

#endif
