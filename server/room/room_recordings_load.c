/* room_recordings_load.c - at the start: what the store says and what lies on the disk are made
 * one, and what has no end is mended by a thread of its own. */
#include "server/room/room_recordings.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/file/recording_file.h"
#include "server/room/room_internal.h"
#include "server/room/room_text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

struct load {
    struct room_list *list;
    int err; /* the first */
    unsigned broken;
};

/* What was in the process's hands when it ended is CRASHED, or was about to be hashed: that
 * one is "finishing". */
static void read_words(const struct store_recording *row, struct room_recording_info *info)
{
    info->state = ROOM_RECORDING_FINISHING;
    for (unsigned i = ROOM_RECORDING_READY; i <= ROOM_RECORDING_BROKEN; i++) {
        if (strcmp(row->state, room_recording_state_word(i)) == 0)
            info->state = (enum room_recording_state)i;
    }
    info->ending = ROOM_RECORDING_CRASHED;
    for (unsigned i = ROOM_RECORDING_STOPPED; i <= ROOM_RECORDING_CRASHED; i++) {
        if (strcmp(row->ending, room_recording_ending_word(i)) == 0)
            info->ending = (enum room_recording_ending)i;
    }
}

static void load_recording(void *context, const struct store_recording *row)
{
    struct load *load = context;
    struct room_recording *made = calloc(1, sizeof(*made));
    if (!made) {
        load->err = -ENOMEM;
        return;
    }
    struct room_recording_info *info = &made->info;
    made->list = load->list;
    snprintf(made->room_name, sizeof(made->room_name), "%s", row->room);
    snprintf(info->id, sizeof(info->id), "%s", row->id);
    snprintf(info->sha256, sizeof(info->sha256), "%s", row->sha256);
    room_text_clean(info->name, sizeof(info->name), row->name);
    room_text_clean(info->starter, sizeof(info->starter), row->starter);
    info->has_video = row->has_video;
    info->bytes = row->bytes;
    info->length_ms = row->length_ms;
    info->dropped_ticks = row->dropped_ticks;
    info->created_ns = row->created_ns;
    info->ended_ns = row->ended_ns;
    info->expires_ns = row->expires_ns;
    read_words(row, info);
    made->mended_ms = row->length_ms;
    made->has_no_end =
        strcmp(row->state, room_recording_state_word(ROOM_RECORDING_FINISHING)) != 0;
    load->broken += info->state == ROOM_RECORDING_FINISHING;
    room_recording_link(made);
}

/* ---- what has no end ---- */

static void mend(struct room_recording *recording)
{
    const atomic_bool *cancel = &recording->list->recordings.is_closing;
    char *path = room_recording_path(recording);
    const int err = path ? recording_file_mend(path, cancel, &recording->mended_ms) : -ENOMEM;
    recording->facts = (struct file_facts){.err = err};
    free(path);
    if (err == -ECANCELED)
        return;
    recording->has_no_end = err < 0;
    if (err < 0)
        log_warn("room", "room %s: the recording %s cannot be mended: %s", recording->room_name,
                 recording->info.id, strerror(-err));
    else
        log_info("room", "room %s: the recording %s was cut off, and is mended",
                 recording->room_name, recording->info.id);
}

static void *run_mender(void *argument)
{
    struct room_list *list = argument;
    struct room_recordings *all = &list->recordings;
    for (size_t i = 0; i < all->broken_count && !atomic_load(&all->is_closing); i++) {
        struct room_recording *recording = all->broken[i];
        if (recording->has_no_end)
            mend(recording);
        if (recording->facts.err == 0)
            room_recording_hash(recording);
        if (recording->facts.err != -ECANCELED) /* else by the next process */
            room_recording_mended(recording);
    }
    return NULL;
}

/* None of them is freed before it was mended. */
static int start_mender(struct load *load)
{
    struct room_recordings *all = &load->list->recordings;
    if (!load->broken)
        return 0;
    all->broken = calloc(load->broken, sizeof(struct room_recording *));
    if (!all->broken)
        return -ENOMEM;
    for (struct room_recording *at = all->first; at; at = at->next) {
        if (at->info.state == ROOM_RECORDING_FINISHING)
            all->broken[all->broken_count++] = at;
    }
    int err = pthread_create(&all->mender, NULL, run_mender, load->list);
    if (err)
        return -err;
    all->has_mender = true;
    pthread_setname_np(all->mender, "mender");
    return 0;
}

/* ---- what is on the disk ---- */

static bool is_known(const struct room_list *list, const char *name)
{
    for (const struct room_recording *at = list->recordings.first; at; at = at->next) {
        if (strcmp(at->info.id, name) == 0)
            return true;
    }
    return false;
}

/* Only names of ours: an operator's file is left alone. */
static bool is_id(const char *name)
{
    const size_t length = strspn(name, "0123456789abcdefghijklmnopqrstuv");
    return length == ROOM_RECORDING_ID_BYTES - 1 &&
           (!name[length] || strcmp(name + length, ".mending") == 0);
}

static void remove_strangers(const struct room_list *list, DIR *directory)
{
    unsigned count = 0;
    for (const struct dirent *entry; (entry = readdir(directory));) {
        if (is_id(entry->d_name) && !is_known(list, entry->d_name) &&
            unlinkat(dirfd(directory), entry->d_name, 0) == 0)
            count++;
    }
    if (count)
        log_info("room", "%u recordings that nobody knows were removed", count);
}

static int open_directory(struct room_list *list, DIR **directory)
{
    struct room_recordings *all = &list->recordings;
    if (asprintf(&all->directory, "%s/recordings", all->config->data_directory) < 0) {
        all->directory = NULL;
        return -ENOMEM;
    }
    if (mkdir(all->directory, 0700) < 0 && errno != EEXIST)
        return -errno;
    *directory = opendir(all->directory);
    return *directory ? 0 : -errno;
}

/* One whose bytes are not those that were written is looked at again. */
static void check_sizes(struct load *load, DIR *directory)
{
    struct stat about;
    for (struct room_recording *at = load->list->recordings.first; at; at = at->next) {
        if (at->info.state == ROOM_RECORDING_BROKEN ||
            (fstatat(dirfd(directory), at->info.id, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
             (uint64_t)about.st_size == at->info.bytes))
            continue;
        load->broken += at->info.state == ROOM_RECORDING_READY;
        at->info.state = ROOM_RECORDING_FINISHING;
        at->has_no_end = true;
    }
}

int room_recordings_start(struct room_list *list)
{
    struct load load = {.list = list};
    DIR *directory = NULL;
    struct store *store = list->config.store;
    list->recordings.config = list->config.recordings;
    if (!list->config.recordings)
        return 0;
    int err = open_directory(list, &directory);
    if (err == 0)
        err = room_recordings_open(list);
    if (err == 0 && store)
        err = store_recordings_each(store, load_recording, &load);
    if (err == 0)
        err = load.err;
    if (err == 0) {
        remove_strangers(list, directory);
        check_sizes(&load, directory);
        err = start_mender(&load);
    }
    if (directory)
        closedir(directory);
    if (err < 0)
        log_error("room", "the recordings: %s", strerror(-err));
    else
        room_recordings_watch(list);
    return err;
}

void room_recordings_finish(struct room_list *list)
{
    struct room_recordings *all = &list->recordings;
    atomic_store(&all->is_closing, true);
    if (all->reports && all->stop_fd >= 0)
        eventfd_write(all->stop_fd, 1);
    if (all->has_mender)
        pthread_join(all->mender, NULL);
    room_recordings_close(list);
    while (all->first) {
        struct room_recording *next = all->first->next;
        free(all->first);
        all->first = next;
    }
    free(all->broken);
    free(all->directory);
}
