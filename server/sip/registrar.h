/*
 * registrar.h - REGISTER: a phone shows its account's password, and says where it is called.
 *
 *   registrar_begin(ua);                        what expires is taken away from now on
 *   registrar_take(line, handle, sip);          past the gate: answers it
 *   phone = registrar_first(ua, "alice");       where to call
 *
 * A password is asked for always, whatever sip.authenticate says. The address of record (To)
 * has to be the account's own name or number. Where a phone is reached is where its REGISTER
 * came from (binding.flow, see account_route.h): no Contact makes us call somebody else.
 *
 *   401 asked for a password             403 another's address, or too many contacts
 *   400 a Contact that is none           423 shorter than sip.register_min_s
 *   439 outbound through a proxy that does not say where
 *   500 older than what is there         503 full, or going down
 *
 * Who came by a connection (TCP, TLS) is called by it, and is not registered any more once it
 * is closed (flow.h): a phone behind NAT cannot be called otherwise, and comes again with the
 * same instance and reg-id, or another Contact. Not so behind a proxy that has said its Path,
 * and not a phone that listens where it connects from. A restart closes all connections.
 *
 * Thread   control.
 * Source   RFC 3261 section 10.3; RFC 3327 (Path); RFC 5626 sections 4.4 (Flow-Timer; the
 *          keep-alives themselves: keep_alive.h), 5.3 (flows that have failed), 6 and 11.1; no
 *          Service-Route (RFC 3608): a phone sends to us anyway.
 */
#ifndef SERVER_SIP_REGISTRAR_H
#define SERVER_SIP_REGISTRAR_H

#include "server/sip/sip_internal.h"

void registrar_begin(struct ua *ua);
void registrar_end(struct ua *ua);

/** The phones of @p account that can be called, as location_first() has them. */
const struct binding *registrar_first(struct ua *ua, const char *account);

/** Answers it. @p handle ends with it. */
void registrar_take(struct ua_line *line, nua_handle_t *handle, const sip_t *sip);

#endif
