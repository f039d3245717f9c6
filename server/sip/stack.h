/*
 * stack.h - the SIP library tamed: its log into ours, its parser behind our flood gate.
 *
 * Thread   control; the log also from the library's resolver.
 */
#ifndef SERVER_SIP_STACK_H
#define SERVER_SIP_STACK_H

#include "server/call/ban.h"
#include "server/call/gate.h"
#include "server/sip/sip_internal.h"

/** WEB: messages come from ourselves, and are taken for those of the phone that has written them
 *  (ua_web.h). */
enum stack_kind { STACK_PLAIN, STACK_TLS, STACK_WEB };

/** Sends the library's log lines to log_line(), at debug level. With @p trace also its own
 *  reasoning, not only faults. */
void stack_redirect_log(unsigned trace);

/**
 * A message class for NTATAG_MCLASS whose parser asks @p gate before the stack makes a
 * transaction: what the gate refuses is forgotten unanswered. @p gate is borrowed for the
 * process's life, and so are @p bans (NULL: none), whose sources can begin nothing new, and
 * @p proxies, who say for whom they ask. @p kind: what the lines have for which it is.
 *
 * @return the class, never freed (it is the library's habit); NULL: no memory.
 */
const msg_mclass_t *stack_message_class(struct gate *gate, struct ban_list *bans,
                                        const struct source_proxies *proxies,
                                        enum stack_kind kind);

/** Makes the nua of @p line and binds its transports; of one for WebSockets a port of the
 *  loopback. @return 0 or what the kernel said. */
int stack_open(struct ua_line *line);

/** Datagrams and messages that the flood gate has dropped. */
uint64_t stack_dropped(void);

/** Requests dropped because their source guesses passwords. */
uint64_t stack_banned(void);

#endif
