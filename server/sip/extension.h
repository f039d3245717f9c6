/*
 * extension.h - headers that the stack has no parser for.
 *
 * Thread   control; pure.
 */
#ifndef SERVER_SIP_EXTENSION_H
#define SERVER_SIP_EXTENSION_H

#include "server/sip/sip_internal.h"

/** The value of the first header of that name, which counts in any case. NULL: none. Borrowed.
 */
const char *extension_value(const sip_t *sip, const char *name);

/** The values of all of that name, with commas between; of what is too long, the first. "":
 *  none. */
void extension_values(const sip_t *sip, const char *name, char *out, size_t room);

#endif
