/*
 * header_map.h - which headers of calls become attributes of participants, and the way back.
 *
 *   header_map_read(map, count, sip, &attributes);          of an INVITE that came
 *   header_map_write(map, count, attributes, headers);      for one that we send
 *
 * A row is "X-Header:attribute" (conf: sip.header_map). Only X- headers: no row can make us say
 * or believe what the protocol means.
 *
 * Thread   control; pure.
 */
#ifndef SERVER_SIP_HEADER_MAP_H
#define SERVER_SIP_HEADER_MAP_H

#include "server/room/attributes.h"
#include "server/sip/sip_internal.h"

enum { HEADER_MAP_BYTES = ATTRIBUTES_MOST * (ATTRIBUTE_VALUE_BYTES + 68) };

void header_map_read(const char *const *map, unsigned count, const sip_t *sip,
                     struct attributes *attributes);

/** Writes the headers, each on a line of its own; "" if there are none. @p attributes may be
 *  NULL. */
void header_map_write(const char *const *map, unsigned count,
                      const struct attributes *attributes, char out[HEADER_MAP_BYTES]);

#endif
