/* room_recordings.c - a recording from its first tick to its end. How those of before come
 * back: room_recordings_load.c. */
#include "server/room/room_recordings.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "mixer/file/recorder.h"
#include "server/file/file_hash.h"
#include "server/room/room_internal.h"
#include "server/room/room_text.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { LOOK_MS = 1000, LOOK_SELDOM_MS = 60000 };

static const char *const state_words[] = {
    [ROOM_RECORDING_RUNNING] = "recording",   [ROOM_RECORDING_PAUSED] = "paused",
    [ROOM_RECORDING_FINISHING] = "finishing", [ROOM_RECORDING_READY] = "ready",
    [ROOM_RECORDING_BROKEN] = "broken",
};

static const char *const ending_words[] = {
    [ROOM_RECORDING_GOES_ON] = "",      [ROOM_RECORDING_STOPPED] = "stopped",
    [ROOM_RECORDING_EMPTY] = "empty",   [ROOM_RECORDING_QUOTA] = "quota",
    [ROOM_RECORDING_FAILED] = "failed", [ROOM_RECORDING_CRASHED] = "crashed",
};

const char *room_recording_state_word(enum room_recording_state state)
{
    assert(state <= ROOM_RECORDING_BROKEN);
    return state_words[state];
}

const char *room_recording_ending_word(enum room_recording_ending ending)
{
    assert(ending <= ROOM_RECORDING_CRASHED);
    return ending_words[ending];
}

const struct room_recording_info *room_recording_info(const struct room_recording *recording)
{
    return &recording->info;
}

const char *room_recording_room(const struct room_recording *recording)
{
    return recording->room_name;
}

char *room_recording_path(const struct room_recording *recording)
{
    char *path;
    return asprintf(&path, "%s/%s", recording->list->recordings.directory, recording->info.id) <
                   0
               ? NULL
               : path;
}

/* ---- the list ---- */

bool room_is_recorded(const struct room *room)
{
    return room->recording && room->recording->info.state == ROOM_RECORDING_RUNNING;
}

struct room_recording *room_recording_of(const struct room *room)
{
    return room->recording;
}

struct room_recording *room_recording_first(const struct room_list *list)
{
    return list->recordings.first;
}

struct room_recording *room_recording_next(const struct room_recording *recording)
{
    return recording->next;
}

struct room_recording *room_recording_find(const struct room_list *list, const char *room,
                                           const char *id)
{
    struct room_recording *at = list->recordings.first;
    while (at && (strcmp(at->room_name, room) != 0 || strcmp(at->info.id, id) != 0))
        at = at->next;
    return at;
}

void room_recording_link(struct room_recording *recording)
{
    struct room_recordings *all = &recording->list->recordings;
    struct room_recording **at = &all->first;
    while (*at)
        at = &(*at)->next;
    *at = recording;
}

static void unlink_recording(struct room_recording *recording)
{
    struct room_recording **at = &recording->list->recordings.first;
    while (*at != recording)
        at = &(*at)->next;
    *at = recording->next;
    recording->next = NULL;
}

static bool is_made(const struct room_recording *recording)
{
    return recording->info.state == ROOM_RECORDING_RUNNING ||
           recording->info.state == ROOM_RECORDING_PAUSED;
}

/* What all of a room have (NULL: of all rooms), and how many they are. */
static uint64_t bytes_of(const struct room_list *list, const char *room, unsigned *count)
{
    uint64_t bytes = 0;
    *count = 0;
    for (const struct room_recording *at = list->recordings.first; at; at = at->next) {
        if (room && strcmp(at->room_name, room) != 0)
            continue;
        bytes += at->info.bytes;
        (*count)++;
    }
    return bytes;
}

void room_recordings_stats_read(const struct room_list *list,
                                struct room_recordings_stats *stats)
{
    *stats = (struct room_recordings_stats){.failed = list->recordings.failed,
                                            .dropped_ticks = list->recordings.dropped_ticks};
    for (const struct room_recording *at = list->recordings.first; at; at = at->next) {
        stats->running += is_made(at);
        stats->kept++;
        stats->bytes += at->info.bytes;
        if (at->recorder)
            stats->dropped_ticks += at->info.dropped_ticks;
    }
}

static void tell(struct room_recording *recording, enum room_event_kind kind)
{
    struct room_list *list = recording->list;
    struct room *room = room_list_find(list, recording->room_name);
    if (!room)
        return;
    room_events_raise(&list->events,
                      &(struct room_event){.kind = kind, .room = room, .recording = recording});
}

int room_recording_save(const struct room_recording *recording)
{
    const struct room_recording_info *info = &recording->info;
    const struct store_recording row = {
        .id = info->id,
        .room = recording->room_name,
        .name = info->name,
        .starter = info->starter,
        .has_video = info->has_video,
        .state = state_words[info->state],
        .ending = ending_words[info->ending],
        .sha256 = info->sha256,
        .bytes = info->bytes,
        .length_ms = info->length_ms,
        .dropped_ticks = info->dropped_ticks,
        .created_ns = info->created_ns,
        .ended_ns = info->ended_ns,
        .expires_ns = info->expires_ns,
    };
    struct store *store = recording->list->config.store;
    return store && !recording->is_unwanted ? store_recording_put(store, &row) : 0;
}

/* ---- what all in the room hear ---- */

static void on_said(struct play_owner *owner, struct media_play *media)
{
    (void)media;
    free(owner);
}

static void say(struct room *room, enum prompt prompt)
{
    const struct prompts *prompts = room_prompts(room);
    struct play_owner *owner = prompts ? calloc(1, sizeof(*owner)) : NULL;
    struct media_play *media;
    if (!owner)
        return;
    owner->on_played = on_said;
    const struct media_sound sound = {
        .clips = {prompts_get(prompts, prompt)}, .clip_count = 1, .gain = AUDIO_GAIN_ONE};
    if (media_play(room->media_room, NULL, &sound, owner, &media) < 0)
        free(owner);
}

/* ---- its end ---- */

static void note(struct room_recording *recording)
{
    struct recorder_stats stats;
    recorder_stats_read(recording->recorder, &stats);
    recording->info.bytes = stats.bytes;
    recording->info.length_ms = stats.length_ms;
    recording->info.dropped_ticks = stats.dropped_ticks;
    recording->has_no_end = stats.has_no_end;
}

static void end(struct room_recording *recording, enum room_recording_ending ending)
{
    struct room *room = recording->room;
    if (!is_made(recording))
        return;
    if (ending != ROOM_RECORDING_EMPTY)
        say(room, PROMPT_RECORDING_STOPPED);
    media_record_end(room->media_room);
    room_film_record_end(room);
    recorder_stop(recording->recorder);
    note(recording);
    recording->info.state = ROOM_RECORDING_FINISHING;
    recording->info.ending = ending;
    recording->info.ended_ns = clock_wall_ns();
    room->recording = NULL;
    room->is_unrecordable = ending == ROOM_RECORDING_QUOTA || ending == ROOM_RECORDING_FAILED;
    log_info("room", "room %s: the recording %s has ended: %s", room->name, recording->info.id,
             ending_words[ending]);
    tell(recording, ROOM_EVENT_RECORDING_ENDED);
}

void room_recording_stop(struct room_recording *recording)
{
    ASSERT_CONTROL();
    end(recording, ROOM_RECORDING_STOPPED);
}

/* Gigabytes take a while to go: the desk has threads. */
static void remove_bytes(const struct room_recording *recording)
{
    struct file_desk *desk = recording->list->files.desk;
    char *path = room_recording_path(recording);
    if (path && desk)
        file_desk_remove(desk, path);
    else if (path && unlink(path) < 0 && errno != ENOENT)
        log_warn("room", "cannot remove %s: %s", path, strerror(errno));
    free(path);
}

/* Nobody has it any more: it is freed in the next turn of the loop. */
static void remove_now(struct room_recording *recording)
{
    unlink_recording(recording);
    remove_bytes(recording);
    tell(recording, ROOM_EVENT_RECORDING_REMOVED);
    room_sweep_bury_recording(recording->list, recording);
}

int room_recording_remove(struct room_recording *recording)
{
    ASSERT_CONTROL();
    struct store *store = recording->list->config.store;
    int err = store ? store_recording_delete(store, recording->info.id) : 0;
    if (err < 0)
        return err;
    end(recording, ROOM_RECORDING_STOPPED);
    recording->is_unwanted = true;
    if (recording->info.state != ROOM_RECORDING_FINISHING)
        remove_now(recording);
    return 0;
}

/* Where the disk was full, say, the next process tries (again). */
static bool has_to_be_mended(const struct room_recording *recording)
{
    const int err = recording->facts.err;
    return err != -ENODATA && (err < 0 || recording->has_no_end);
}

/* What its thread, or the mender, has found out. */
static void settle(struct room_recording *recording)
{
    const struct file_facts *facts = &recording->facts;
    struct room_recording_info *info = &recording->info;
    const unsigned keep_s = recording->list->recordings.config->keep_s;
    const bool is_there = facts->err == 0 && info->length_ms;
    if (recording->is_unwanted) {
        remove_now(recording);
        return;
    }
    if (facts->err == 0)
        info->bytes = facts->bytes;
    if (facts->err == -ECANCELED) { /* the process ends: the next one mends and hashes it */
        if (recording->has_no_end)
            info->state = ROOM_RECORDING_RUNNING;
        room_recording_save(recording);
        info->state = ROOM_RECORDING_FINISHING;
        return;
    }
    memcpy(info->sha256, facts->digests.sha256, sizeof(info->sha256));
    info->expires_ns = keep_s ? info->ended_ns + keep_s * CLOCK_NS_PER_S : 0;
    const enum room_recording_state state =
        is_there ? ROOM_RECORDING_READY : ROOM_RECORDING_BROKEN;
    info->state = has_to_be_mended(recording) ? ROOM_RECORDING_RUNNING : state;
    int err = room_recording_save(recording);
    info->state = state;
    if (err < 0)
        log_error("room", "recording %s: its row stays as it was: %s", info->id,
                  strerror(-err));
    tell(recording, ROOM_EVENT_RECORDING_READY);
    room_recordings_watch(recording->list);
}

/* ---- what its thread says ---- */

struct report {
    struct room_recording *recording;
    enum recorder_event event;
};

void room_recording_hash(struct room_recording *recording)
{
    const int stop_fd = recording->list->recordings.stop_fd;
    struct file_facts *facts = &recording->facts;
    char *path = room_recording_path(recording);
    struct file_hash *hash = path ? file_hash_create(path) : NULL;
    *facts = (struct file_facts){.err = -ENOMEM};
    if (hash)
        facts->err = file_hash_end(hash, stop_fd, &facts->bytes, &facts->digests);
    file_hash_unref(hash);
    free(path);
}

/* On the recorder's own thread: the last word comes with the hash. */
static void on_recorder_event(void *context, enum recorder_event event)
{
    struct room_recording *recording = context;
    if (event == RECORDER_OVER)
        room_recording_hash(recording);
    mailbox_put(recording->list->recordings.reports, &(struct report){recording, event});
}

static void fail(struct room_recording *recording)
{
    const int err = recorder_error(recording->recorder);
    const bool is_quota = err == -EDQUOT;
    if (!is_quota) {
        recording->list->recordings.failed++;
        log_error("room", "room %s: the recording %s cannot be written: %s",
                  recording->room_name, recording->info.id, strerror(-err));
    }
    end(recording, is_quota ? ROOM_RECORDING_QUOTA : ROOM_RECORDING_FAILED);
}

static void finish(struct room_recording *recording)
{
    struct room *room = recording->room;
    note(recording);
    recorder_destroy(recording->recorder);
    recording->recorder = NULL;
    recording->room = NULL;
    recording->list->recordings.dropped_ticks += recording->info.dropped_ticks;
    settle(recording);
    room->finishing--;
    room_sweep_suspect(room);
}

static void take_mended(struct room_recording *recording)
{
    struct room_recording_info *info = &recording->info;
    info->length_ms = recording->mended_ms;
    if (!info->ended_ns)
        info->ended_ns = info->created_ns + (int64_t)info->length_ms * CLOCK_NS_PER_MS;
    settle(recording);
}

static void on_report(void *context, uint32_t ready)
{
    (void)ready;
    struct room_list *list = context;
    struct report report;
    while (mailbox_take(list->recordings.reports, &report)) {
        if (!report.recording->recorder)
            take_mended(report.recording);
        else if (report.event == RECORDER_FAILED)
            fail(report.recording);
        else
            finish(report.recording);
    }
}

void room_recording_mended(struct room_recording *recording)
{
    mailbox_put(recording->list->recordings.reports,
                &(struct report){recording, RECORDER_OVER});
}

int room_recordings_open(struct room_list *list)
{
    struct room_recordings *all = &list->recordings;
    int err = mailbox_create(sizeof(struct report), &all->reports);
    if (err < 0)
        return err;
    all->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (all->stop_fd < 0)
        return -errno;
    all->watch =
        loop_watch(list->config.loop, mailbox_fd(all->reports), EPOLLIN, on_report, list);
    return all->watch ? 0 : -ENOMEM;
}

static bool is_written(const struct room_list *list)
{
    const struct room_recording *at = list->recordings.first;
    while (at && !at->recorder)
        at = at->next;
    return at != NULL;
}

void room_recordings_close(struct room_list *list)
{
    struct room_recordings *all = &list->recordings;
    if (!all->reports)
        return;
    on_report(list, 0);
    while (is_written(list)) { /* the last who left has ended them */
        mailbox_wait(all->reports);
        on_report(list, 0);
    }
    loop_timer_stop(list->config.loop, &all->timer); /* a report may have started it */
    loop_unwatch(list->config.loop, all->watch);
    mailbox_destroy(all->reports);
    if (all->stop_fd >= 0)
        close(all->stop_fd);
}

/* ---- time ---- */

static void look_at(struct room_recording *recording, int64_t now_ns, uint64_t all_bytes)
{
    struct room_list *list = recording->list;
    const struct room_recordings_config *config = list->recordings.config;
    const int64_t expires_ns = recording->info.expires_ns;
    unsigned count;
    if (is_made(recording)) {
        note(recording);
        if (all_bytes > config->server_quota_bytes ||
            bytes_of(list, recording->room_name, &count) > config->room_quota_bytes)
            end(recording, ROOM_RECORDING_QUOTA);
    } else if (expires_ns && expires_ns <= now_ns && !recording->is_unwanted) {
        room_recording_remove(recording);
    }
}

static void on_look(void *context)
{
    struct room_list *list = context;
    const int64_t now_ns = clock_wall_ns();
    unsigned count;
    const uint64_t bytes = bytes_of(list, NULL, &count);
    struct room_recording *next;
    room_events_hold(&list->events); /* no listener changes the list under our feet */
    for (struct room_recording *at = list->recordings.first; at; at = next) {
        next = at->next;
        look_at(at, now_ns, bytes);
    }
    room_events_release(&list->events);
    room_recordings_watch(list);
}

void room_recordings_watch(struct room_list *list)
{
    struct room_recordings *all = &list->recordings;
    const int64_t now_ns = clock_wall_ns();
    int64_t wait_ms = INT64_MAX;
    for (const struct room_recording *at = all->first; at; at = at->next) {
        const int64_t left_ms = (at->info.expires_ns - now_ns) / CLOCK_NS_PER_MS + 1;
        if (is_made(at))
            wait_ms = LOOK_MS < wait_ms ? LOOK_MS : wait_ms;
        else if (at->info.expires_ns && left_ms < wait_ms)
            wait_ms = left_ms < LOOK_MS ? LOOK_MS : left_ms;
    }
    if (wait_ms == INT64_MAX)
        return;
    if (wait_ms > LOOK_SELDOM_MS) /* the wall clock may be set meanwhile */
        wait_ms = LOOK_SELDOM_MS;
    loop_timer_start(list->config.loop, &all->timer, wait_ms, on_look, list);
}

/* ---- its begin ---- */

static int may_begin(const struct room *room, uint64_t *max_bytes)
{
    const struct room_list *list = room->list;
    const struct room_recordings_config *config = list->recordings.config;
    struct room_recordings_stats stats;
    unsigned count, all;
    if (!config || room->deleted)
        return -ENOSYS;
    if (room->settings.recording == ROOM_RECORDED_NEVER)
        return -EPERM;
    if (!room->present)
        return -ENOTCONN;
    if (room->recording)
        return -EALREADY;
    room_recordings_stats_read(list, &stats);
    const uint64_t room_bytes = bytes_of(list, room->name, &count);
    const uint64_t all_bytes = bytes_of(list, NULL, &all);
    if (stats.running >= config->most || count >= ROOM_MAX_RECORDINGS)
        return -EUSERS;
    if (room_bytes >= config->room_quota_bytes)
        return -EDQUOT;
    if (all_bytes >= config->server_quota_bytes)
        return -E2BIG;
    *max_bytes = config->max_bytes;
    return 0;
}

static void name_it(struct room_recording *recording, const struct room_recording_plan *plan)
{
    struct room_recording_info *info = &recording->info;
    char time[CLOCK_TEXT_BYTES], name[ROOM_RECORDING_NAME_BYTES];
    clock_format(info->created_ns, time);
    snprintf(name, sizeof(name), "%s %.10s %.5s", recording->room_name, time, time + 11);
    room_text_clean(info->name, sizeof(info->name),
                    plan->name && plan->name[0] ? plan->name : name);
    room_text_clean(info->starter, sizeof(info->starter), plan->starter ? plan->starter : "");
}

static struct room_recording *make(struct room *room, const struct room_recording_plan *plan)
{
    struct room_recording *recording = calloc(1, sizeof(*recording));
    if (!recording)
        return NULL;
    recording->list = room->list;
    recording->room = room;
    memcpy(recording->room_name, room->name, sizeof(recording->room_name));
    random_name(recording->info.id, sizeof(recording->info.id));
    recording->info.created_ns = clock_wall_ns();
    name_it(recording, plan);
    return recording;
}

/* The thread runs, and the mix is listened to; or nothing has happened. */
static int begin(struct room_recording *recording, uint64_t max_bytes)
{
    const struct room_video *video = &recording->room->settings.video;
    char *path = room_recording_path(recording);
    const struct recorder_plan plan = {
        .path = path,
        .title = recording->info.name,
        .width = recording->info.has_video ? video->width : 0,
        .height = recording->info.has_video ? video->height : 0,
        .max_bytes = max_bytes,
        .on_event = on_recorder_event,
        .context = recording,
    };
    if (!path)
        return -ENOMEM;
    int err = room_recording_save(recording);
    if (err == 0) {
        err = recorder_create(&plan, &recording->recorder);
        if (err < 0 && recording->list->config.store)
            store_recording_delete(recording->list->config.store, recording->info.id);
    }
    free(path);
    return err;
}

/* @return 0 and *has_video. */
static int see_pictures(const struct room *room, enum room_recording_pictures wanted,
                        bool *has_video)
{
    const struct room_list *list = room->list;
    *has_video = false;
    if (wanted == ROOM_RECORDING_SOUND_ONLY)
        return 0;
    if (!list->video || !room->settings.video.enabled)
        return wanted == ROOM_RECORDING_PICTURES ? -EOPNOTSUPP : 0;
    *has_video =
        list->config.admits_when_full ||
        video_has_room(list->video, room->video_room, room_film_cost_of_recording(room));
    return *has_video || wanted != ROOM_RECORDING_PICTURES ? 0 : -EBUSY;
}

static int start(struct room *room, const struct room_recording_plan *plan,
                 enum room_recording_told told, struct room_recording **recording)
{
    uint64_t max_bytes;
    bool has_video;
    int err = may_begin(room, &max_bytes);
    if (err == 0)
        err = see_pictures(room, plan->pictures, &has_video);
    if (err < 0)
        return err;
    struct room_recording *made = make(room, plan);
    if (made)
        made->info.has_video = has_video;
    err = made ? begin(made, max_bytes) : -ENOMEM;
    if (err < 0) {
        free(made);
        return err;
    }
    room_recording_link(made);
    room->recording = made;
    room->finishing++;
    err = media_record(room->media_room, made->recorder);
    assert(err == 0); /* somebody is in */
    if (has_video && room_film_record(room, made->recorder) < 0)
        log_warn("room", "room %s: is recorded without pictures", room->name);
    if (told == ROOM_RECORDING_TOLD_TO_ALL)
        say(room, PROMPT_RECORDING_STARTED);
    log_info("room", "room %s: is recorded: %s", room->name, made->info.id);
    tell(made, ROOM_EVENT_RECORDING_STARTED);
    room_recordings_watch(room->list);
    *recording = made;
    return 0;
}

int room_recording_start(struct room *room, const struct room_recording_plan *plan,
                         struct room_recording **recording)
{
    ASSERT_CONTROL();
    return start(room, plan, ROOM_RECORDING_TOLD_TO_ALL, recording);
}

int room_recording_pause(struct room_recording *recording, bool paused)
{
    ASSERT_CONTROL();
    const enum room_recording_state state =
        paused ? ROOM_RECORDING_PAUSED : ROOM_RECORDING_RUNNING;
    if (!is_made(recording))
        return -EALREADY;
    if (recording->info.state == state)
        return 0;
    int err = recorder_pause(recording->recorder, paused);
    if (err < 0)
        return err;
    recording->info.state = state;
    say(recording->room, paused ? PROMPT_RECORDING_STOPPED : PROMPT_RECORDING_STARTED);
    tell(recording, ROOM_EVENT_RECORDING_CHANGED);
    return 0;
}

int room_recording_rename(struct room_recording *recording, const char *name)
{
    ASSERT_CONTROL();
    char before[ROOM_RECORDING_NAME_BYTES];
    memcpy(before, recording->info.name, sizeof(before));
    snprintf(recording->info.name, sizeof(recording->info.name), "%s", name);
    int err = room_recording_save(recording);
    if (err < 0)
        memcpy(recording->info.name, before, sizeof(before));
    return err;
}

/* ---- who is in ---- */

void room_recording_update(struct room *room, enum room_recording_told told)
{
    const bool is_wanted = room->settings.recording == ROOM_RECORDED_ALWAYS;
    struct room_recording *recording = room->recording;
    if (recording && !room->present)
        end(recording, ROOM_RECORDING_EMPTY);
    else if (recording && room->settings.recording == ROOM_RECORDED_NEVER)
        end(recording, ROOM_RECORDING_STOPPED);
    if (!room->present)
        room->is_unrecordable = false;
    if (!is_wanted || recording || !room->present || room->is_unrecordable)
        return;
    const struct room_recording_plan plan = {
        .pictures = room->settings.record_video ? ROOM_RECORDING_PICTURES_IF_POSSIBLE
                                                : ROOM_RECORDING_SOUND_ONLY};
    int err = start(room, &plan, told, &recording);
    if (err == 0)
        return;
    room->is_unrecordable = true;
    log_error("room", "room %s: should be recorded, and is not: %s", room->name,
              strerror(-err));
}
