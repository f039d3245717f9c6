/* ws_forwarded.c - up the list, as long as those who wrote it are ours. */
#include "server/websocket/ws_forwarded.h"

#include "server/rtp/address.h"

#include <string.h>

enum { MOST_PROXIES = 8 };

bool ws_forwarded_is_proxy(const union latch_address *address,
                           const struct address_block *proxies, unsigned count)
{
    uint8_t bytes[ADDRESS_BLOCK_BYTES];
    if (!address_block_bytes(&address->any, bytes))
        return false;
    for (unsigned i = 0; i < count; i++) {
        if (address_block_has_bytes(&proxies[i], bytes))
            return true;
    }
    return false;
}

/* Takes the last item off @p list. @return false: there is none, or it is no address. */
static bool take_last(struct slice *list, uint16_t port, union latch_address *address)
{
    char text[INET6_ADDRSTRLEN];
    const char *comma = memrchr(list->at, ',', list->length);
    const size_t begin = comma ? (size_t)(comma - list->at) + 1 : 0;
    const struct slice item =
        slice_trim((struct slice){list->at + begin, list->length - begin});
    list->length = comma ? begin - 1 : 0;
    return slice_copy(item, text, sizeof(text)) && address_read(text, port, address);
}

bool ws_forwarded_read(struct slice list, const struct address_block *proxies, unsigned count,
                       union latch_address *far)
{
    const uint16_t port = address_port(far);
    union latch_address before;
    bool has_changed = false;
    for (unsigned i = 0; i < MOST_PROXIES && ws_forwarded_is_proxy(far, proxies, count) &&
                         take_last(&list, port, &before);
         i++) {
        *far = before;
        has_changed = true;
    }
    return has_changed;
}
