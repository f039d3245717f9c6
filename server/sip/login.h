/*
 * login.h - who begins a call or registers shows the password of an account: the second door of
 * the gate, behind the rate limit and before routing.
 *
 *   if (!login_pass(ua->login, line, handle, sip)) return;      it was answered 401
 *
 * How the password is proved is proof.h's. Requests within a dialog are not asked: they are
 * bound to it.
 *
 * Hidden   who comes by a proxy of ours that does not say for whom (source.h) cannot be banned
 *          for guessing, and all behind it are not to pay for it. So wrong passwords are
 *          counted for each account by that proxy, and for the proxy. Beyond `most` a minute of
 *          an account, or LOGIN_ACCOUNTS times that of all, no password is looked at for
 *          LOGIN_PAUSE_S, right or wrong: 500 with Retry-After, which no proxy takes for our
 *          end. A phone that is registered, and refreshes that, is let in all the same: nobody
 *          else knows its Call-ID.
 *
 * Thread   control.
 * Source   RFC 3261 section 22.
 */
#ifndef SERVER_SIP_LOGIN_H
#define SERVER_SIP_LOGIN_H

#include "server/call/proof.h"
#include "server/sip/sip_internal.h"

#include <stdbool.h>
#include <stdint.h>

enum { LOGIN_PAUSE_S = 60, LOGIN_ACCOUNTS = 32 };

struct login;

/** @p proof is borrowed for the login's life. @p most: wrong passwords a minute, at least 1.
 *  @return NULL: no memory. */
struct login *login_create(struct proof *proof, unsigned most);
void login_destroy(struct login *login); /* NULL is allowed */

/** @return true if the request of the event that is being handled may pass: *account, borrowed
 *  until accounts change, is whose. If not, it is answered, and @p handle is gone. */
bool login_pass(struct login *login, struct ua_line *line, nua_handle_t *handle,
                const sip_t *sip, const struct account **account);

void login_stats_read(const struct login *login, struct login_stats *stats);

#endif
