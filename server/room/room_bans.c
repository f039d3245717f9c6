/* room_bans.c - a list, looked through from begin to end at each call. */
#include "server/room/room_bans.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is compared ---- */

static char small(char byte)
{
    return (char)(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
}

bool room_ban_uri(const char *uri, char out[ROOM_BAN_URI_BYTES])
{
    const char *at = strchr(uri, '@');
    const char *colon = strchr(uri, ':');
    const char *user = colon && at && colon < at ? colon + 1 : uri;
    if (!at || at == user)
        return false;
    size_t user_length = strcspn(user, ":;@");
    const char *host = at + 1;
    size_t host_length = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":;?>");
    if (!user_length || !host_length || host_length > strlen(host) ||
        user_length + 1 + host_length >= ROOM_BAN_URI_BYTES)
        return false;
    memcpy(out, user, user_length);
    out[user_length] = '@';
    for (size_t i = 0; i < host_length; i++)
        out[user_length + 1 + i] = small(host[i]);
    out[user_length + 1 + host_length] = '\0';
    return true;
}

bool room_ban_address_is_valid(const char *address)
{
    struct address_block block;
    return strlen(address) < ADDRESS_BLOCK_TEXT_BYTES && address_block_read(address, &block);
}

static bool is_from(const struct room_ban *ban, const char *address)
{
    struct address_block banned, caller;
    return ban->address[0] && address[0] && address_block_read(ban->address, &banned) &&
           address_block_read(address, &caller) &&
           address_block_has_bytes(&banned, caller.bytes);
}

/* ---- the list ---- */

const struct room_ban *room_bans_find(const struct room_bans *bans, const char *id)
{
    for (unsigned i = 0; i < bans->count; i++) {
        if (strcmp(bans->ban[i].id, id) == 0)
            return &bans->ban[i];
    }
    return NULL;
}

const struct room_ban *room_bans_meet(const struct room_bans *bans, const char *uri,
                                      const char *address)
{
    char who[ROOM_BAN_URI_BYTES];
    bool has_uri = bans->count && room_ban_uri(uri, who);
    for (unsigned i = 0; i < bans->count; i++) {
        const struct room_ban *ban = &bans->ban[i];
        if ((has_uri && ban->uri[0] && strcmp(ban->uri, who) == 0) || is_from(ban, address))
            return ban;
    }
    return NULL;
}

static bool has_same(const struct room_bans *bans, const struct room_ban *ban)
{
    for (unsigned i = 0; i < bans->count; i++) {
        if (strcmp(bans->ban[i].uri, ban->uri) == 0 &&
            strcmp(bans->ban[i].address, ban->address) == 0)
            return true;
    }
    return false;
}

int room_bans_add(struct room_bans *bans, const struct room_ban *ban)
{
    if (has_same(bans, ban))
        return -EEXIST;
    if (bans->count == ROOM_MAX_BANS)
        return -EUSERS;
    if (bans->count == bans->size) {
        unsigned size = bans->size ? 2 * bans->size : 4;
        struct room_ban *larger = realloc(bans->ban, size * sizeof(*larger));
        if (!larger)
            return -ENOMEM;
        bans->ban = larger;
        bans->size = size;
    }
    bans->ban[bans->count++] = *ban;
    return 0;
}

void room_bans_remove(struct room_bans *bans, const char *id)
{
    const struct room_ban *found = room_bans_find(bans, id);
    if (!found)
        return;
    size_t place = (size_t)(found - bans->ban);
    bans->count--;
    memmove(&bans->ban[place], &bans->ban[place + 1],
            (bans->count - place) * sizeof(bans->ban[0]));
}

void room_bans_finish(struct room_bans *bans)
{
    free(bans->ban);
    *bans = (struct room_bans){.count = 0};
}
