/*
 * ua_web.h - phones that are pages: the service of WebSockets, as the configuration has it, and
 * the ways between it and the stack.
 *
 * Each listener of WebSockets is a line of its own whose nua listens on a port of the loopback,
 * where the service connects for each phone (ws_service.h). What comes from there is shown to
 * everybody with the address of the phone (stack.h), so that it is known, counted, banned and
 * registered as any phone; only what goes to it goes to the loopback: phone_way.h.
 *
 * Thread   control.
 * Source   RFC 7118.
 */
#ifndef SERVER_SIP_UA_WEB_H
#define SERVER_SIP_UA_WEB_H

#include "server/sip/sip_internal.h"

/** Listens, if any line is one of WebSockets. @return 0; else an errno and *why, owned by the
 *  caller. */
int ua_web_begin(struct ua *ua, char **why);
void ua_web_end(struct ua *ua);

/** Reads the files of wss again. @return 0; else an errno and *why: what was before stays. */
int ua_web_reload(struct ua *ua, char **why);
/** The certificate that was made for want of a configured one; NULL: none. Borrowed. */
const char *ua_web_self_signed(const struct ua *ua);

/** A port of the loopback that nobody has now; 0: there is none. */
uint16_t ua_web_free_port(void);

/** Whose messages come from @p peer. @return false: nobody's. */
bool ua_web_far(const struct ua *ua, const struct sockaddr *peer, union latch_address *far);

/** The line of the phone at @p far, and the way to it. @return NULL: it is not connected. */
struct ua_line *ua_web_way(struct ua *ua, const struct sockaddr *far, struct ws_way *way);

/** Zeroes without a service. */
void ua_web_stats_read(const struct ua *ua, struct ws_service_stats *stats);

#endif
