/* room_files.c - a room's list of files, from their first byte to their end. */
#include "server/room/room_files.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "server/room/room_internal.h"
#include "server/room/room_text.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *room_file_ending_word(enum room_file_ending ending)
{
    static const char *const words[] = {
        [ROOM_FILE_DELETED] = "deleted",
        [ROOM_FILE_EXPIRED] = "expired",
        [ROOM_FILE_ROOM_DELETED] = "room_deleted",
    };
    assert(ending < sizeof(words) / sizeof(words[0]));
    return words[ending];
}

unsigned room_files_revision(const struct room *room)
{
    return room->files_revision;
}

uint64_t room_files_max_bytes(const struct room *room)
{
    const struct room_files_config *config = room->list->files.config;
    return config ? config->max_bytes : 0;
}

bool room_file_name_is_valid(const char *name)
{
    char clean[ROOM_FILE_NAME_BYTES];
    room_text_clean(clean, sizeof(clean), name);
    return name[0] && name[0] != '.' && strcmp(clean, name) == 0 && !strpbrk(name, "/\\");
}

const struct room_file_info *room_file_info(const struct room_file *file)
{
    return &file->info;
}

struct room *room_file_room(const struct room_file *file)
{
    return file->room;
}

char *room_file_path(const struct room_file *file)
{
    char *path;
    return asprintf(&path, "%s/%s", file->list->files.directory, file->info.id) < 0 ? NULL
                                                                                    : path;
}

/* ---- the lists ---- */

static struct room_file *skip(struct room_file *file, bool shared)
{
    while (file && (file->info.state == ROOM_FILE_SHARED) != shared)
        file = file->next;
    return file;
}

struct room_file *room_file_first(const struct room *room)
{
    return skip(room->files, true);
}

struct room_file *room_file_next(const struct room_file *file)
{
    return skip(file->next, true);
}

static struct room_file *find(const struct room *room, const char *id, bool shared)
{
    struct room_file *file = skip(room->files, shared);
    while (file && strcmp(file->info.id, id) != 0)
        file = skip(file->next, shared);
    return file;
}

struct room_file *room_file_find(const struct room *room, const char *id)
{
    return find(room, id, true);
}

struct room_file *room_upload_find(const struct room *room, const char *id)
{
    struct room_file *file = find(room, id, false);
    return file && file->info.is_resumable ? file : NULL;
}

static void charge(struct room_file *file, uint64_t bytes)
{
    if (file->room)
        file->room->file_bytes += bytes - file->charged;
    file->list->files.bytes += bytes - file->charged;
    file->charged = bytes;
}

static struct room_file **list_of(const struct room_file *file)
{
    return file->room ? &file->room->files : &file->list->files.parcels;
}

void room_file_link(struct room *room, struct room_file *file, uint64_t bytes)
{
    file->room = room;
    struct room_file **at = list_of(file);
    while (*at)
        at = &(*at)->next;
    *at = file;
    if (room)
        room->file_count++;
    charge(file, bytes);
}

void room_file_unlink(struct room_file *file)
{
    struct room_file **at = list_of(file);
    while (*at != file)
        at = &(*at)->next;
    *at = file->next;
    file->next = NULL;
    if (file->room)
        file->room->file_count--;
    charge(file, 0);
}

/* ---- in the store ---- */

static int save(const struct room_file *file, const struct room_file_info *info)
{
    const struct store_file row = {
        .id = info->id,
        .room = file->room ? file->room->name : "",
        .name = info->name,
        .type = info->type,
        .sha256 = info->sha256,
        .sha1 = info->sha1,
        .bytes = info->bytes,
        .sharer = info->sharer,
        .sharer_id = info->sharer_id,
        .created_ns = info->created_ns,
        .expires_ns = info->expires_ns,
        .is_whole = info->state == ROOM_FILE_SHARED,
    };
    struct store *store = file->list->config.store;
    return store ? store_file_put(store, &row) : 0;
}

/* One that is neither whole nor resumable was never in the store. */
static int forget(const struct room_file *file)
{
    struct store *store = file->list->config.store;
    const bool is_kept = file->info.is_resumable || file->info.state == ROOM_FILE_SHARED;
    return store && is_kept ? store_file_delete(store, file->info.id) : 0;
}

/* ---- the end ---- */

void room_file_remove_bytes(const struct room_file *file)
{
    char *path = room_file_path(file);
    if (path)
        file_desk_remove(file->list->files.desk, path);
    free(path);
}

/* It is in no list: frees it in the next turn of the loop, or when what is lent has come home.
 */
static void bury(struct room_file *file)
{
    if (!file->is_lent && file->info.state == ROOM_FILE_REMOVED)
        room_sweep_bury_file(file->list, file);
}

/* One that the room has, or had, is told of. */
static void raise(struct room_file *file, enum room_event_kind kind)
{
    if (!file->room)
        return;
    file->room->files_revision++;
    room_events_raise(&file->list->events,
                      &(struct room_event){.kind = kind, .room = file->room, .file = file});
}

/* It is not in the store any more. */
static void end(struct room_file *file, enum room_file_ending ending)
{
    const bool was_shared = file->info.state == ROOM_FILE_SHARED;
    if (file->room) {
        room_presentation_forget(file->room, file);
        room_offers_file_gone(file->room, file);
    }
    room_file_unlink(file);
    file->info.state = ROOM_FILE_REMOVED;
    file->info.ending = ending;
    room_file_remove_bytes(file);
    if (was_shared)
        raise(file, ROOM_EVENT_FILE_REMOVED);
    bury(file);
}

int room_file_remove(struct room_file *file, enum room_file_ending ending)
{
    ASSERT_CONTROL();
    if (file->info.state == ROOM_FILE_REMOVED)
        return 0;
    int err = forget(file);
    if (err == 0)
        end(file, ending);
    return err;
}

void room_files_end(struct room *room)
{
    while (room->files) {
        struct room_file *file = room->files;
        forget(file); /* a row that stays is removed at the next start */
        end(file, ROOM_FILE_ROOM_DELETED);
    }
}

/* Something that was lent, a part or a look, is back. */
static bool is_over(struct room_file *file)
{
    file->is_lent = false;
    if (file->info.state != ROOM_FILE_REMOVED)
        return false;
    room_file_remove_bytes(file); /* a part may have made it anew */
    bury(file);
    return true;
}

/* ---- time ---- */

static void on_expiry(void *context)
{
    room_files_look(context);
}

static void watch_expiry(struct room_list *list, int64_t expires_ns)
{
    struct room_files *files = &list->files;
    const int64_t now_ns = clock_wall_ns();
    int64_t wait_ms = (expires_ns - now_ns) / CLOCK_NS_PER_MS + 1;
    if (!expires_ns || (files->due_ns && files->due_ns <= expires_ns))
        return;
    files->due_ns = expires_ns;
    if (wait_ms > ROOM_FILES_LOOK_MS) /* the wall clock may be set meanwhile */
        wait_ms = ROOM_FILES_LOOK_MS;
    loop_timer_start(list->config.loop, &files->expiry, wait_ms > 0 ? wait_ms : 0, on_expiry,
                     list);
}

/* One that is written or looked at has its time afterwards. */
static bool has_expired(const struct room_file *file, int64_t now_ns)
{
    return file->info.expires_ns && file->info.expires_ns <= now_ns && !file->is_lent;
}

static int64_t next_look_ns(const struct room_file *file, int64_t now_ns)
{
    const int64_t again_ns = now_ns + ROOM_FILES_LOOK_MS * CLOCK_NS_PER_MS;
    return file->info.expires_ns > now_ns || !file->info.expires_ns ? file->info.expires_ns
                                                                    : again_ns;
}

static void expire(struct room_file *first, int64_t now_ns)
{
    struct room_file *next;
    for (struct room_file *file = first; file; file = next) {
        next = file->next;
        if (has_expired(file, now_ns) && room_file_remove(file, ROOM_FILE_EXPIRED) == 0)
            continue;
        watch_expiry(file->list, next_look_ns(file, now_ns));
    }
}

void room_files_look(struct room_list *list)
{
    const int64_t now_ns = clock_wall_ns();
    list->files.due_ns = 0;
    room_events_hold(&list->events); /* no listener changes the list under our feet */
    for (size_t i = 0; i < list->rooms.count; i++) {
        const struct room *room = list->rooms.item[i];
        expire(room->files, now_ns);
    }
    expire(list->files.parcels, now_ns);
    room_events_release(&list->events);
}

static int64_t due_in_s(unsigned seconds)
{
    return seconds ? clock_wall_ns() + seconds * CLOCK_NS_PER_S : 0;
}

/* ---- the begin ---- */

static uint64_t left_of(uint64_t quota, uint64_t used)
{
    return used < quota ? quota - used : 0;
}

int room_file_reserve(const struct room_list *list, const struct room_file_plan *plan,
                      const struct room_file_share *share, uint64_t *bytes)
{
    const struct room_files_config *config = list->files.config;
    const uint64_t own_left = left_of(share->quota_bytes, share->bytes);
    const uint64_t server_left = left_of(config->server_quota_bytes, list->files.bytes);
    *bytes = plan->bytes;
    if (!plan->is_announced) {
        if (!plan->bytes || plan->bytes > config->max_bytes)
            *bytes = config->max_bytes;
        *bytes = *bytes < own_left ? *bytes : own_left;
        *bytes = *bytes < server_left ? *bytes : server_left;
    }
    if (*bytes > config->max_bytes)
        return -EFBIG;
    if (share->count >= ROOM_MAX_FILES)
        return -EUSERS;
    if (*bytes > own_left || (!plan->is_announced && !own_left))
        return -EDQUOT;
    return *bytes > server_left || (!plan->is_announced && !server_left) ? -E2BIG : 0;
}

struct room_file *room_file_make(struct room_list *list, const struct room_file_plan *plan)
{
    struct room_file *file = calloc(1, sizeof(*file));
    if (!file)
        return NULL;
    file->list = list;
    file->is_announced = plan->is_announced;
    struct room_file_info *info = &file->info;
    random_name(info->id, sizeof(info->id));
    snprintf(info->name, sizeof(info->name), "%s", plan->name);
    room_text_clean(info->sharer, sizeof(info->sharer), plan->sharer);
    snprintf(info->sharer_id, sizeof(info->sharer_id), "%s",
             plan->sharer_id ? plan->sharer_id : "");
    snprintf(info->sha1, sizeof(info->sha1), "%s", plan->sha1 ? plan->sha1 : "");
    info->bytes = plan->bytes;
    info->is_resumable = plan->is_resumable;
    file->used_ns = clock_monotonic_ns();
    info->created_ns = clock_wall_ns();
    if (plan->is_resumable)
        info->expires_ns = due_in_s(list->files.config->upload_keep_s);
    return file;
}

static bool is_idle(const struct room_file *file, int64_t now_ns)
{
    const int64_t idle_ns = file->list->files.config->upload_idle_s * CLOCK_NS_PER_S;
    return file->info.state == ROOM_FILE_COMING && file->info.is_resumable && !file->is_lent &&
           now_ns - file->used_ns >= idle_ns;
}

/* What idle uploads do not use is free. @return whether there was any. */
static bool free_idle(struct room *room)
{
    const int64_t now_ns = clock_monotonic_ns();
    bool is_any = false;
    for (struct room_file *file = room->files; file; file = file->next) {
        if (file->charged == file->info.offset || !is_idle(file, now_ns))
            continue;
        charge(file, file->info.offset);
        is_any = true;
    }
    return is_any;
}

static bool free_all_idle(struct room_list *list)
{
    bool is_any = false;
    for (size_t i = 0; i < list->rooms.count; i++)
        is_any |= free_idle(list->rooms.item[i]);
    return is_any;
}

/* Beside @p count other files. */
static int reserve_share(const struct room *room, unsigned count,
                         const struct room_file_plan *plan, uint64_t *bytes)
{
    const struct room_file_share share = {.quota_bytes =
                                              room->list->files.config->room_quota_bytes,
                                          .bytes = room->file_bytes,
                                          .count = count};
    return room_file_reserve(room->list, plan, &share, bytes);
}

static int reserve(struct room *room, unsigned count, const struct room_file_plan *plan,
                   uint64_t *bytes)
{
    int err = reserve_share(room, count, plan, bytes);
    if (err == -EDQUOT && free_idle(room))
        err = reserve_share(room, count, plan, bytes);
    if (err == -E2BIG && free_all_idle(room->list))
        err = reserve_share(room, count, plan, bytes);
    return err;
}

int room_file_reserve_in(struct room *room, const struct room_file_plan *plan, uint64_t *bytes)
{
    return room->list->files.config && !room->deleted
               ? reserve(room, room->file_count, plan, bytes)
               : -ENOSYS;
}

/* Others may have what it had reserved; it is one of the room's files already. */
static int reserve_again(struct room_file *file)
{
    const uint64_t missing = file->info.bytes - file->charged;
    const struct room_file_plan rest = {.bytes = missing, .is_announced = true};
    uint64_t bytes;
    if (!file->info.is_resumable || !missing)
        return 0;
    int err = reserve(file->room, 0, &rest, &bytes);
    if (err == 0)
        charge(file, file->info.bytes);
    return err;
}

int room_file_open(struct room *room, const struct room_file_plan *plan,
                   struct room_file **file)
{
    ASSERT_CONTROL();
    uint64_t bytes;
    assert(room_file_name_is_valid(plan->name) && (plan->is_announced || !plan->is_resumable));
    int err = room_file_reserve_in(room, plan, &bytes);
    if (err < 0)
        return err;
    struct room_file *made = room_file_make(room->list, plan);
    if (!made)
        return -ENOMEM;
    room_file_link(room, made, bytes);
    if (plan->is_resumable)
        err = save(made, &made->info);
    if (err < 0) {
        room_file_unlink(made);
        free(made);
        return err;
    }
    watch_expiry(room->list, made->info.expires_ns);
    *file = made;
    return 0;
}

static bool is_part_of(const struct room_file *file, const struct room_file_plan *plan,
                       const char *sharer)
{
    const struct room_file_info *info = &file->info;
    return info->state == ROOM_FILE_COMING && info->is_resumable && !file->is_lent &&
           info->sha1[0] && strcmp(info->sha1, plan->sha1) == 0 && info->bytes == plan->bytes &&
           strcmp(info->name, plan->name) == 0 && strcmp(info->sharer, sharer) == 0;
}

int room_file_resume(struct room *room, const struct room_file_plan *plan,
                     struct room_file **file)
{
    ASSERT_CONTROL();
    char sharer[PARTICIPANT_NAME_BYTES];
    assert(plan->sha1 && plan->is_resumable);
    room_text_clean(sharer, sizeof(sharer), plan->sharer);
    for (struct room_file *at = room->files; at; at = at->next) {
        if (!is_part_of(at, plan, sharer))
            continue;
        snprintf(at->info.sharer_id, sizeof(at->info.sharer_id), "%s", plan->sharer_id);
        *file = at;
        return 0;
    }
    return -ENOENT;
}

void room_file_rename(struct room_file *file, const char *name)
{
    ASSERT_CONTROL();
    assert(room_file_name_is_valid(name) && !file->info.is_resumable &&
           file->info.state == ROOM_FILE_COMING);
    snprintf(file->info.name, sizeof(file->info.name), "%s", name);
}

/* ---- lent to who writes it ---- */

static void give_up_unless_resumable(struct room_file *file)
{
    if (!file->info.is_resumable)
        end(file, ROOM_FILE_DELETED);
}

static void on_dropped(void *context, struct file_part *part)
{
    struct room_file *file = context;
    room_file_return(file, part);
    if (file->info.state != ROOM_FILE_REMOVED)
        give_up_unless_resumable(file);
}

int room_file_lend(struct room_file *file, struct file_part **part)
{
    ASSERT_CONTROL();
    if (file->is_lent || file->info.state != ROOM_FILE_COMING)
        return -EBUSY;
    int err = reserve_again(file);
    if (err < 0)
        return err;
    char *path = room_file_path(file);
    if (path && !file->info.offset && !file->job.hash)
        file->job.hash = file_hash_create(path); /* else it is done at the end */
    const struct file_part_plan plan = {
        .desk = file->list->files.desk,
        .path = path,
        .offset = file->info.offset,
        .most = file->charged,
        .is_announced = file->is_announced,
        .hash = file->job.hash,
        .on_dropped = on_dropped,
        .context = file,
    };
    err = path ? file_part_create(&plan, part) : -ENOMEM;
    free(path);
    file->is_lent = err == 0;
    return err;
}

void room_file_return(struct room_file *file, struct file_part *part)
{
    ASSERT_CONTROL();
    assert(file->is_lent && file->info.state != ROOM_FILE_CHECKING);
    file->info.offset = file_part_offset(part);
    file->used_ns = clock_monotonic_ns();
    file_part_destroy(part);
    if (is_over(file))
        return;
    if (file->info.is_resumable) {
        file->info.expires_ns = due_in_s(file->list->files.config->upload_keep_s);
        watch_expiry(file->list, file->info.expires_ns);
    }
}

/* ---- looked at ---- */

int room_file_share(struct room_file *file, const struct file_facts *facts)
{
    const struct room_files_config *config = file->list->files.config;
    struct room_file_info info = file->info;
    info.bytes = facts->bytes;
    memcpy(info.type, facts->type, sizeof(info.type));
    memcpy(info.sha256, facts->digests.sha256, sizeof(info.sha256));
    memcpy(info.sha1, facts->digests.sha1, sizeof(info.sha1));
    info.state = ROOM_FILE_SHARED;
    info.created_ns = clock_wall_ns();
    info.expires_ns = due_in_s(file->room ? config->keep_s : config->parcel_keep_s);
    int err = facts->bytes == file->info.offset ? save(file, &info) : -EIO;
    if (err < 0)
        return err;
    file->info = info;
    charge(file, info.bytes);
    watch_expiry(file->list, info.expires_ns);
    raise(file, ROOM_EVENT_FILE_SHARED);
    return 0;
}

static void tell(struct room_file *file, int err)
{
    room_file_on_checked *on_checked = file->on_checked;
    file->on_checked = NULL;
    if (on_checked)
        on_checked(file->waiting, file, err);
}

static void on_checked(struct file_job *job)
{
    struct room_file *file =
        (struct room_file *)((char *)job - offsetof(struct room_file, job));
    int err = job->facts.err;
    file_hash_unref(job->hash);
    job->hash = NULL;
    if (is_over(file)) { /* with its room */
        tell(file, -ENOENT);
        return;
    }
    file->info.state = ROOM_FILE_COMING;
    if (err == -ECANCELED && file->info.is_resumable) { /* the server ends: after its start */
        tell(file, err);
        return;
    }
    if (err == 0 && file->info.sha1[0] && strcmp(file->info.sha1, job->facts.digests.sha1) != 0)
        err = -EBADMSG;
    if (err == 0)
        err = room_file_share(file, &job->facts);
    tell(file, err);
    if (err < 0 && file->info.state != ROOM_FILE_REMOVED) {
        forget(file);
        end(file, ROOM_FILE_DELETED);
    }
}

int room_file_check(struct room_file *file, room_file_on_checked *then, void *context)
{
    ASSERT_CONTROL();
    assert(!file->is_lent && file->info.state == ROOM_FILE_COMING);
    char *path = room_file_path(file);
    file->job.on_done = on_checked;
    int err = path ? file_desk_check(file->list->files.desk, &file->job, path) : -ENOMEM;
    free(path);
    if (err < 0)
        return err;
    file->is_lent = true;
    file->info.state = ROOM_FILE_CHECKING;
    file->on_checked = then;
    file->waiting = context;
    return 0;
}

void room_file_forget(struct room_file *file)
{
    file->on_checked = NULL;
}

unsigned room_files_waiting(const struct room_list *list)
{
    return list->files.desk ? file_desk_waiting(list->files.desk) : 0;
}
