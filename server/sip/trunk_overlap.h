/*
 * trunk_overlap.h - trunks whose networks have phones of our own in them: whose request is it?
 *
 *   trunk_overlap_warn(ua, trunk);                when it is made, or its networks have changed
 *   if (trunk_overlap_is_phone(line, sip, trunk)) ...it has to show a password, as any phone...
 *
 * Who calls from a trunk's network need not show a password, and what he dials is a number
 * of the provider's. A phone in there is a phone nevertheless if it says so: it has
 * credentials for us, or it is registered from that very address and port, and From is the
 * account that it is registered for. That takes nothing from who is checked: it can only
 * make a call be checked that would not have been. A phone that is not registered cannot be
 * told from the provider; the log says so if its From is an account of ours.
 *
 * Thread   control. Nothing is made or changed.
 */
#ifndef SERVER_SIP_TRUNK_OVERLAP_H
#define SERVER_SIP_TRUNK_OVERLAP_H

#include "server/sip/sip_internal.h"
#include "server/trunk/trunk_list.h"

#include <stdbool.h>

/** Says in the log if phones that are registered are in the networks of @p trunk, or a private
 *  address of this machine is: those of its own network are there, too. */
void trunk_overlap_warn(struct ua *ua, const struct trunk *trunk);

/** Whether @p sip, which comes from a network of @p trunk, is of a phone of ours. */
bool trunk_overlap_is_phone(const struct ua_line *line, const sip_t *sip,
                            const struct trunk *trunk);

#endif
