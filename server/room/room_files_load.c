/* room_files_load.c - at the start, what the store says and what lies on the disk are made one;
 * at the end all that is on its way comes home. */
#include "server/room/room_files.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/room/room_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct load {
    struct room_list *list;
    int directory_fd;
    int err;                            /* the first */
    char (*doomed)[ROOM_FILE_ID_BYTES]; /* [doomed_count]: rows that go */
    size_t doomed_count;
};

static bool is_id(const char *name)
{
    return strlen(name) == ROOM_FILE_ID_BYTES - 1 &&
           strspn(name, "0123456789abcdefghijklmnopqrstuv") == ROOM_FILE_ID_BYTES - 1;
}

static void doom(struct load *load, const char *id)
{
    char(*doomed)[ROOM_FILE_ID_BYTES] =
        realloc(load->doomed, (load->doomed_count + 1) * sizeof(*doomed));
    if (!doomed) {
        load->err = -ENOMEM;
        return;
    }
    load->doomed = doomed;
    snprintf(doomed[load->doomed_count++], ROOM_FILE_ID_BYTES, "%s", id);
}

/* How many of the bytes that @p row speaks of are there. @return false: it cannot be true. */
static bool find_bytes(const struct load *load, const struct store_file *row, uint64_t *bytes)
{
    struct stat status;
    *bytes = 0;
    if (fstatat(load->directory_fd, row->id, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT && !row->is_whole;
    *bytes = (uint64_t)status.st_size;
    return S_ISREG(status.st_mode) &&
           (row->is_whole ? *bytes == row->bytes : *bytes <= row->bytes);
}

static struct room_file *make(struct load *load, const struct store_file *row, uint64_t bytes)
{
    struct room_file *file = calloc(1, sizeof(*file));
    if (!file)
        return NULL;
    struct room_file_info *info = &file->info;
    file->list = load->list;
    file->is_announced = true;
    snprintf(info->id, sizeof(info->id), "%s", row->id);
    snprintf(info->name, sizeof(info->name), "%s", row->name);
    snprintf(info->type, sizeof(info->type), "%s", row->type);
    snprintf(info->sha256, sizeof(info->sha256), "%s", row->sha256);
    snprintf(info->sha1, sizeof(info->sha1), "%s", row->sha1);
    snprintf(info->sharer, sizeof(info->sharer), "%s", row->sharer);
    snprintf(info->sharer_id, sizeof(info->sharer_id), "%s", row->sharer_id);
    info->bytes = row->bytes;
    info->offset = bytes;
    info->is_resumable = !row->is_whole;
    info->state = row->is_whole ? ROOM_FILE_SHARED : ROOM_FILE_COMING;
    info->created_ns = row->created_ns;
    info->expires_ns = row->expires_ns;
    return file;
}

static void load_file(void *context, const struct store_file *row)
{
    struct load *load = context;
    const bool is_parcel = !row->room[0];
    struct room *room = is_parcel ? NULL : room_list_find(load->list, row->room);
    uint64_t bytes;
    if ((!room && !is_parcel) || !is_id(row->id) || !room_file_name_is_valid(row->name)) {
        doom(load, row->id);
        return;
    }
    if (!find_bytes(load, row, &bytes)) {
        log_warn("room", "%s %s: the file %s is lost: it is not on the disk as it was",
                 is_parcel ? "account" : "room", is_parcel ? row->sharer : row->room, row->id);
        doom(load, row->id);
        return;
    }
    struct room_file *file = make(load, row, bytes);
    if (!file)
        load->err = -ENOMEM;
    else
        room_file_link(room, file, row->bytes);
}

static bool is_among(const struct room_file *first, const char *id)
{
    while (first && strcmp(first->info.id, id) != 0)
        first = first->next;
    return first != NULL;
}

static bool is_known(const struct room_list *list, const char *id)
{
    for (size_t i = 0; i < list->rooms.count; i++) {
        const struct room *room = list->rooms.item[i];
        if (is_among(room->files, id))
            return true;
    }
    return is_among(list->files.parcels, id);
}

/* What the store does not know: uploads that were cut off, and files of rooms that are gone.
 * Only names of ours: an operator's file is left alone. */
static void remove_strangers(const struct load *load)
{
    DIR *directory = fdopendir(dup(load->directory_fd));
    unsigned count = 0;
    if (!directory)
        return;
    for (const struct dirent *entry; (entry = readdir(directory));) {
        if (is_id(entry->d_name) && !is_known(load->list, entry->d_name) &&
            unlinkat(load->directory_fd, entry->d_name, 0) == 0)
            count++;
    }
    closedir(directory);
    if (count)
        log_info("room", "%u files that nobody knows were removed", count);
}

static int load_all(struct load *load)
{
    struct store *store = load->list->config.store;
    int err = store ? store_files_each(store, load_file, load) : 0;
    if (err == 0)
        err = load->err;
    for (size_t i = 0; i < load->doomed_count && err == 0; i++)
        err = store_file_delete(store, load->doomed[i]);
    if (err == 0)
        remove_strangers(load);
    free(load->doomed);
    return err;
}

static int open_directory(struct room_list *list, int *fd)
{
    if (asprintf(&list->files.directory, "%s/files", list->files.config->data_directory) < 0) {
        list->files.directory = NULL;
        return -ENOMEM;
    }
    if (mkdir(list->files.directory, 0700) < 0 && errno != EEXIST)
        return -errno;
    *fd = open(list->files.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *fd < 0 ? -errno : 0;
}

int room_files_start(struct room_list *list)
{
    struct room_files *files = &list->files;
    struct load load = {.list = list, .directory_fd = -1};
    char *why = NULL;
    files->config = list->config.files;
    if (!files->config)
        return 0;
    int err = file_desk_create(list->config.loop, &files->config->rules, &files->desk, &why);
    if (err == 0)
        err = open_directory(list, &load.directory_fd);
    if (err == 0)
        err = load_all(&load);
    if (load.directory_fd >= 0)
        close(load.directory_fd);
    if (err < 0)
        log_error("room", "the files: %s", why ? why : strerror(-err));
    free(why);
    if (err == 0)
        room_files_look(list);
    return err;
}

void room_files_free(struct room_file *file)
{
    while (file) {
        struct room_file *next = file->next;
        file_hash_unref(file->job.hash);
        free(file);
        file = next;
    }
}

void room_files_finish(struct room_list *list)
{
    for (size_t i = 0; i < list->rooms.count; i++)
        room_presentation_end(list->rooms.item[i]);
    loop_timer_stop(list->config.loop, &list->files.expiry);
    file_desk_destroy(list->files.desk); /* all that was lent is home now */
    list->files.desk = NULL;
    for (size_t i = 0; i < list->rooms.count; i++) {
        const struct room *room = list->rooms.item[i];
        room_files_free(room->files);
    }
    room_files_free(list->files.parcels);
    free(list->files.directory);
}
