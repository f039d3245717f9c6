/*
 * letters.h - messages to accounts: kept until one of the account's phones has them.
 *
 *   letters_begin(ua);  letters_end(ua);
 *   reply = letters_take(line, sip, account);      a MESSAGE to sip:alice@us: 202, it is kept
 *   letters_deliver(ua, "alice");                     a phone of hers has registered
 *
 * They are in a letter_list, bounded by chat.offline for each account. They go out one after
 * the other, each to all phones that are registered, where their registration came from. The
 * first 2xx is enough; if none takes it, it stays until the next registration.
 *
 * A notice of a file (file_notice.h) goes as it came; a phone that answers it with 415 gets its
 * link as text. All else goes as plain text; an account that has asked for a receipt (IMDN) of
 * delivery gets it from us, as a letter of its own, once a phone has taken the text. Receipts
 * are tried once: a phone that does not know them is not asked again.
 *
 * Not done texts above LETTERS_MOST_BYTES, which one datagram may not hold (413); receipts of
 *          display, which plain text cannot ask for.
 * Thread   control.
 * Source   RFC 3428 sections 4, 7 (202: it is stored, and forwarded later) and 8; RFC 5438
 *          section 7.2.1.
 */
#ifndef SERVER_SIP_LETTERS_H
#define SERVER_SIP_LETTERS_H

#include "server/account/account_list.h"
#include "server/sip/reply.h"
#include "server/sip/sip_internal.h"

enum { LETTERS_MOST_BYTES = 800 };

int letters_begin(struct ua *ua); /* 0 or -ENOMEM */
void letters_end(struct ua *ua);

/** What the sender is answered. */
struct reply letters_take(struct ua_line *line, const sip_t *sip,
                          const struct account *account);

/** Begins to send what waits for it, if it has a phone, and nothing is on its way already. */
void letters_deliver(struct ua *ua, const char *account);

/** The response to one of ours. @return false: @p handle is none of ours. */
bool letters_on_response(struct ua *ua, nua_handle_t *handle, int status);

#endif
