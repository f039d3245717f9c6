/*
 * ws_forwarded.h - whom a proxy of HTTP speaks for: X-Forwarded-For, as far as it is believed.
 *
 *   if (ws_forwarded_read(request.forwarded, proxies, count, &far)) ...far is somebody else...
 *
 * Each proxy has put behind the list the address of whom it heard. What a proxy of ours has
 * written is believed, and if that is one, too, the address before it; what a stranger has
 * written is not looked at.
 *
 * Thread   any; pure.
 */
#ifndef SERVER_WEBSOCKET_WS_FORWARDED_H
#define SERVER_WEBSOCKET_WS_FORWARDED_H

#include "server/rtp/address_block.h"
#include "server/rtp/latch.h"
#include "server/sdp/description.h"

#include <stdbool.h>

/** Whether @p address is one of the @p count blocks of @p proxies. */
bool ws_forwarded_is_proxy(const union latch_address *address,
                           const struct address_block *proxies, unsigned count);

/** @p far: who has connected; then, with the same port, for whom. @return true: it has changed.
 */
bool ws_forwarded_read(struct slice list, const struct address_block *proxies, unsigned count,
                       union latch_address *far);

#endif
