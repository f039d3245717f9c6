/* room_parcels.c - the list of files that are in no room. */
#include "server/room/room_parcels.h"

#include "mixer/base/check.h"
#include "server/room/room_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Until its name has come with it. */
static const char unnamed[] = "file";

static struct room_file_share share_of(const struct room_list *list, const char *account)
{
    struct room_file_share share = {.quota_bytes = list->files.config->account_quota_bytes};
    for (const struct room_file *at = list->files.parcels; at; at = at->next) {
        if (strcmp(at->info.sharer, account) != 0)
            continue;
        share.bytes += at->charged;
        share.count++;
    }
    return share;
}

int room_parcel_open(struct room_list *list, const char *account, uint64_t most_bytes,
                     struct room_file **file)
{
    ASSERT_CONTROL();
    const struct room_files_config *config = list->files.config;
    const struct room_file_plan plan = {
        .name = unnamed, .bytes = most_bytes, .sharer = account};
    uint64_t bytes;
    if (!config || !config->account_quota_bytes)
        return -ENOSYS;
    const struct room_file_share share = share_of(list, account);
    int err = room_file_reserve(list, &plan, &share, &bytes);
    if (err < 0)
        return err;
    struct room_file *made = room_file_make(list, &plan);
    if (!made)
        return -ENOMEM;
    room_file_link(NULL, made, bytes);
    *file = made;
    return 0;
}

struct room_file *room_parcel_find(const struct room_list *list, const char *id)
{
    struct room_file *at = list->files.parcels;
    while (at && (at->info.state != ROOM_FILE_SHARED || strcmp(at->info.id, id) != 0))
        at = at->next;
    return at;
}

void room_parcels_end(struct room_list *list, const char *account)
{
    ASSERT_CONTROL();
    for (struct room_file *at = list->files.parcels, *next; at; at = next) {
        next = at->next;
        if (strcmp(at->info.sharer, account) == 0)
            room_file_remove(at, ROOM_FILE_DELETED); /* if the store cannot: at its expiry */
    }
}

/* The bytes are the same ones under another name: nothing is copied. */
static int link_bytes(const struct room_file *from, const struct room_file *to)
{
    char *old = room_file_path(from), *new = room_file_path(to);
    int err = !old || !new ? -ENOMEM : link(old, new) < 0 ? -errno : 0;
    free(old);
    free(new);
    return err;
}

int room_parcel_share(const struct room_file *parcel, struct room *room,
                      const struct room_parcel_sharer *sharer, struct room_file **file)
{
    ASSERT_CONTROL();
    const struct room_file_info *info = &parcel->info;
    const struct room_file_plan plan = {.name = info->name,
                                        .bytes = info->bytes,
                                        .is_announced = true,
                                        .sharer = sharer->name,
                                        .sharer_id = sharer->id};
    struct file_facts facts = {.bytes = info->bytes};
    uint64_t bytes;
    memcpy(facts.type, info->type, sizeof(facts.type));
    memcpy(facts.digests.sha256, info->sha256, sizeof(facts.digests.sha256));
    memcpy(facts.digests.sha1, info->sha1, sizeof(facts.digests.sha1));
    int err = room_file_reserve_in(room, &plan, &bytes);
    if (err < 0)
        return err;
    struct room_file *made = room_file_make(room->list, &plan);
    if (!made)
        return -ENOMEM;
    made->info.offset = info->bytes;
    room_file_link(room, made, bytes);
    err = link_bytes(parcel, made);
    if (err == 0) {
        err = room_file_share(made, &facts);
        if (err < 0)
            room_file_remove_bytes(made);
    }
    if (err < 0) {
        room_file_unlink(made);
        free(made);
        return err;
    }
    *file = made;
    return 0;
}
