/*
 * registrar.h - REGISTER: a phone shows its account's password, and says where it is called.
 *
 *   registrar_begin(ua);                        what expires is taken away from now on
 *   registrar_take(line, handle, sip);          past the gate: answers it
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
 * Thread   control.
 * Source   RFC 3261 section 10.3; RFC 3327 (Path); RFC 5626 sections 4.4 (Flow-Timer; the
 *          keep-alives themselves: keep_alive.h), 6 and 11.1; no Service-Route (RFC 3608): a
 *          phone sends to us anyway.
 */
#ifndef SERVER_SIP_REGISTRAR_H
#define SERVER_SIP_REGISTRAR_H

#include "server/sip/sip_internal.h"

void registrar_begin(struct ua *ua);
void registrar_end(struct ua *ua);

/** Answers it. @p handle ends with it. */
void registrar_take(struct ua_line *line, nua_handle_t *handle, const sip_t *sip);

#endif
