/*
 * login.h - who begins a call or registers shows the password of an account: the second door of
 * the gate, behind the rate limit and before routing.
 *
 *   if (!login_pass(ua->login, line, handle, sip)) return;      it was answered 401
 *
 * No state of ours is made for a request that does not pass, only a count for its source
 * (ban.h). Requests within a dialog are not asked: they are bound to it. An account that does
 * not exist takes the same time and gets the same answer as a wrong password. A password is
 * only looked at together with a nonce that was sent to this very address (nonce.h).
 *
 * Thread   control.
 * Source   RFC 3261 section 22, RFC 7616, RFC 8760 section 2.4 (the best algorithm first, a
 *          header for each).
 */
#ifndef SERVER_SIP_LOGIN_H
#define SERVER_SIP_LOGIN_H

#include "server/account/account_list.h"
#include "server/call/ban.h"
#include "server/sip/sip_internal.h"

#include <stdbool.h>
#include <stdint.h>

struct login;

struct login_config { /* borrowed for the login's life */
    struct account_list *accounts;
    const char *realm;
    bool md5, sha256;      /* what is offered, and taken: one at least */
    struct ban_list *bans; /* who guesses is noted there  */
    unsigned ban_s;        /* for so long: for the log    */
};

/** @return NULL: no memory. */
struct login *login_create(const struct login_config *config);
void login_destroy(struct login *login); /* NULL is allowed */

/** @return true if the request of the event that is being handled may pass: *account, borrowed
 *  until accounts change, is whose. If not, it is answered, and @p handle is gone. */
bool login_pass(struct login *login, struct ua_line *line, nua_handle_t *handle,
                const sip_t *sip, const struct account **account);

void login_stats_read(const struct login *login, struct login_stats *stats);

#endif
