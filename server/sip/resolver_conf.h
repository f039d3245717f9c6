/*
 * resolver_conf.h - the resolv.conf that the SIP stack's resolver reads: the system's, without
 * the nameservers that cannot be routed to.
 *
 * The resolver of sofia-sip 1.12.11 spins for ever on a nameserver that connect() refuses for
 * want of a route (it takes LONG_MAX plus a time-out for a time that has passed), and any
 * caller can have it asked for a name, by a Contact or a Record-Route. If no nameserver is
 * left, the loopback address is put in: it can always be routed to, and refuses at once if
 * nobody listens there.
 *
 * It asks for answers of more than 512 bytes (EDNS), as a domain with many servers has: the
 * resolver would do so only if told, does not ask by TCP, and takes an answer that was cut for
 * "there is nothing".
 *
 * The copy is made once, at start.
 *
 * Whom we call is asked for by resolver.h, before the stack sees it. What is left to the stack
 * are the names in Contact and Record-Route of a dialog.
 *
 * Not done: a route that is lost between the start and the first such question still makes it
 * spin.
 *
 * Thread   control.
 */
#ifndef SERVER_SIP_RESOLVER_CONF_H
#define SERVER_SIP_RESOLVER_CONF_H

#include <stdint.h>
#include <stdio.h>

/** Copies @p from to @p to, line by line, as said above. @p from may be NULL: as if empty. */
void resolver_conf_filter(FILE *from, FILE *to);

/** The port at which the name servers are, of a line "port N": the stack's resolver has that
 *  line, others do not. 0: none is said, it is the usual one. */
uint16_t resolver_conf_port(void);

/** @return a path that is good for the life of the process; NULL: take the system's. */
const char *resolver_conf_path(void);

#endif
