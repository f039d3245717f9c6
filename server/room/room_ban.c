/* room_ban.c - a room's list of bans, kept in the store, and kicks with a ban. */
#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "server/room/room_internal.h"
#include "server/room/room_text.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

const struct room_bans *room_bans(const struct room *room)
{
    return &room->bans;
}

static int save(const struct room *room, const struct room_ban *ban)
{
    struct store *store = room->list->config.store;
    const struct store_ban row = {.room = room->name,
                                  .id = ban->id,
                                  .uri = ban->uri,
                                  .address = ban->address,
                                  .note = ban->note,
                                  .created_ns = ban->created_ns};
    return store && room->persistent ? store_ban_put(store, &row) : 0;
}

int room_bans_save(const struct room *room)
{
    int err = 0;
    for (unsigned i = 0; err == 0 && i < room->bans.count; i++)
        err = save(room, &room->bans.ban[i]);
    return err;
}

int room_ban(struct room *room, const struct room_ban_request *request,
             const struct room_ban **out)
{
    ASSERT_CONTROL();
    struct room_ban ban = {.id = "b", .created_ns = clock_wall_ns()};
    if (request->uri && !room_ban_uri(request->uri, ban.uri))
        return -EINVAL;
    if (request->address)
        snprintf(ban.address, sizeof(ban.address), "%s", request->address);
    if (!ban.uri[0] && !room_ban_address_is_valid(ban.address))
        return -EINVAL;
    room_text_clean(ban.note, sizeof(ban.note), request->note);
    random_name(ban.id + 1, sizeof(ban.id) - 1);
    int err = room_bans_add(&room->bans, &ban);
    if (err < 0)
        return err;
    err = save(room, &ban);
    if (err < 0) {
        room_bans_remove(&room->bans, ban.id);
        return err;
    }
    log_info("room", "room %s: banned: %s%s", room->name, ban.uri, ban.address);
    *out = room_bans_find(&room->bans, ban.id);
    room_raise(room, ROOM_EVENT_ROOM_BANS, NULL);
    return 0;
}

int room_unban(struct room *room, const char *id)
{
    ASSERT_CONTROL();
    struct store *store = room->list->config.store;
    int err = store && room->persistent ? store_ban_delete(store, room->name, id) : 0;
    if (err < 0)
        return err;
    room_bans_remove(&room->bans, id);
    log_info("room", "room %s: a ban was lifted", room->name);
    room_raise(room, ROOM_EVENT_ROOM_BANS, NULL);
    return 0;
}

void room_ban_load(struct room *room, const struct store_ban *row)
{
    struct room_ban ban = {.created_ns = row->created_ns};
    bool is_good = strlen(row->id) < sizeof(ban.id) && strlen(row->uri) < sizeof(ban.uri) &&
                   strlen(row->address) < sizeof(ban.address) &&
                   (row->uri[0] || room_ban_address_is_valid(row->address));
    if (is_good) {
        snprintf(ban.id, sizeof(ban.id), "%s", row->id);
        snprintf(ban.uri, sizeof(ban.uri), "%s", row->uri);
        snprintf(ban.address, sizeof(ban.address), "%s", row->address);
        room_text_clean(ban.note, sizeof(ban.note), row->note);
    }
    if (!is_good || room_bans_add(&room->bans, &ban) < 0)
        log_warn("room", "room %s: the store has a ban that is none: left alone", room->name);
}

/* A browser says nothing of who it is; who is called has not come from anywhere. */
int participant_ban(struct participant *participant)
{
    ASSERT_CONTROL();
    const struct participant_info *info = &participant->info;
    bool has_uri = strncmp(info->uri, "web:", 4) != 0;
    const struct room_ban_request request = {.uri = has_uri ? info->uri : NULL,
                                             .address = has_uri ? NULL : participant->source,
                                             .note = info->display_name};
    const struct room_ban *ban;
    int err = room_ban(participant->room, &request, &ban);
    if (err < 0 && err != -EEXIST)
        return err;
    participant_kick(participant, PARTICIPANT_BANNED);
    return 0;
}
