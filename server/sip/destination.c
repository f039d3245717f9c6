/* destination.c - the order of rooms and accounts. */
#include "server/sip/destination.h"

#include "server/sip/uri.h"

static enum destination_kind kind_of(const struct ua *ua, struct destination *to)
{
    to->room = room_list_find(ua->config.rooms, to->user);
    if (to->room)
        return DESTINATION_ROOM;
    to->account = account_list_find_called(ua->config.accounts, to->user);
    if (to->account)
        return account_is_usable(ua->config.accounts, to->account) ? DESTINATION_ACCOUNT
                                                                   : DESTINATION_NONE;
    return ua->config.auto_create ? DESTINATION_NEW_ROOM : DESTINATION_NONE;
}

void destination_find(const struct ua *ua, const url_t *url, struct destination *to)
{
    *to = (struct destination){.kind = DESTINATION_BAD_NAME};
    if (!uri_room(url, to->user))
        return;
    to->kind = to->user[0] ? kind_of(ua, to) : DESTINATION_EMPTY;
}
