/*
 * flow.h - the TCP and TLS connections by which phones have come: is one still there?
 *
 *   id = flow_note(flows, source, port);        a request came by it, to that port of ours
 *   if (!flow_is_there(flows, id)) ...          it has ended since
 *
 * The stack closes connections and tells nobody. They are descriptors of this process all the
 * same, so one is found among them by its two addresses, and is there as long as the descriptor
 * has them. One that was noted is watched by the kernel, too: a phone that has vanished without
 * a word is missed after FLOW_IDLE_S and a little, or FLOW_UNHEARD_S after what was sent to
 * it last; then the stack closes it.
 *
 * Shape    a few bytes for each descriptor; a connection that is noted again costs one system
 *          call, a new one as many as there are descriptors that nobody has noted.
 * Thread   control.
 * Source   RFC 5626 section 4.4 (flows that have failed); RFC 9293 section 3.8.4; tcp(7).
 */
#ifndef SERVER_SIP_FLOW_H
#define SERVER_SIP_FLOW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
    FLOW_IDLE_S = 90,     /* the kernel asks whether it lives */
    FLOW_INTERVAL_S = 15, /* and again                        */
    FLOW_UNHEARD_S = 30,  /* what it does not confirm in time */
};

#define FLOW_NONE 0

struct flows;

/** @return NULL: no memory. */
struct flows *flows_create(void);
void flows_destroy(struct flows *flows); /* NULL is allowed */

/** The connection from @p far to our @p port. @return FLOW_NONE: it is not found. */
uint64_t flow_note(struct flows *flows, const struct sockaddr *far, uint16_t port);

/** @return true also for FLOW_NONE: nothing has ended. */
bool flow_is_there(struct flows *flows, uint64_t id);

#endif
