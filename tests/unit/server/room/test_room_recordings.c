/* test_room_recordings.c - recordings of rooms: who may begin one, what ends it, what is kept.
 * The mix is a fake one: there is no sound in them but silence. */
#include "tests/unit/server/room/kept_fixture.h"

#include "mixer/base/clock.h"
#include "mixer/base/pcm.h"
#include "server/room/room_recordings.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct room_recordings_config recordings;

static void configure(struct room_list_config *config)
{
    config->recordings = &recordings;
    config->defaults.recording = ROOM_RECORDED_ON_REQUEST;
}

static int setup(void **state)
{
    recordings = (struct room_recordings_config){.data_directory = directory,
                                                 .max_bytes = 1 << 20,
                                                 .room_quota_bytes = 1 << 20,
                                                 .server_quota_bytes = 1 << 20,
                                                 .most = 2};
    struct room_settings settings = plain_settings;
    settings.recording = ROOM_RECORDED_ON_REQUEST;
    return kept_setup(state, configure, &settings);
}

/* @p pcm NULL: silence. */
static void hear(unsigned ticks, const int16_t *pcm)
{
    const uint64_t now = (uint64_t)(clock_monotonic_ns() / (PCM_TICK_MS * CLOCK_NS_PER_MS));
    for (unsigned i = 0; i < ticks; i++)
        recorder_sound(room->media_room->recorder, now + i, pcm);
}

static void hear_nothing(unsigned ticks)
{
    hear(ticks, NULL);
}

static const struct room_recording_info *wait_for(struct fixture *fixture,
                                                  const struct room_recording *recording)
{
    while (room_recording_info(recording)->state == ROOM_RECORDING_FINISHING)
        loop_run_once(fixture->loop, 100);
    return room_recording_info(recording);
}

static struct room_recording *begin(void)
{
    struct room_recording *recording = NULL;
    const struct room_recording_plan plan = {.name = "a", .starter = "Ann"};
    assert_int_equal(room_recording_start(room, &plan, &recording), 0);
    assert_ptr_equal(room_recording_of(room), recording);
    return recording;
}

static void is_begun_paused_stopped_and_removed(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call ann;
    struct room_recording *recording;
    assert_int_equal(room_recording_start(room, &(struct room_recording_plan){0}, &recording),
                     -ENOTCONN);
    connect_call(room, &ann);
    fixture->story[0] = '\0';
    recording = begin();
    assert_int_equal(room_recording_start(room, &(struct room_recording_plan){0}, &recording),
                     -EALREADY);
    assert_true(room_is_recorded(room));
    hear_nothing(50);
    assert_int_equal(room_recording_pause(recording, true), 0);
    assert_int_equal(room_recording_pause(recording, true), 0);
    assert_false(room_is_recorded(room));
    assert_int_equal(room_recording_pause(recording, false), 0);
    room_recording_stop(recording);
    room_recording_stop(recording);
    assert_null(room_recording_of(room));
    assert_int_equal(room_recording_pause(recording, true), -EALREADY);
    const struct room_recording_info *info = wait_for(fixture, recording);
    assert_int_equal(info->state, ROOM_RECORDING_READY);
    assert_int_equal(info->ending, ROOM_RECORDING_STOPPED);
    assert_true(info->length_ms >= 900 && info->bytes > 0 && strlen(info->sha256) == 64);
    assert_string_equal(info->name, "a");
    assert_string_equal(info->starter, "Ann");
    assert_int_equal(room_recording_remove(recording), 0);
    assert_null(room_recording_first(fixture->list));
    assert_story(fixture, "room started blue; room changed blue; room changed blue; "
                          "room ended blue; room ready blue; room removed blue; ");
    end_call(&ann);
}

static void ends_with_the_last(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call ann, bob;
    connect_call(room, &ann);
    connect_call(room, &bob);
    struct room_recording *recording = begin();
    hear_nothing(50);
    end_call(&ann);
    assert_int_equal(room_recording_info(recording)->state, ROOM_RECORDING_RUNNING);
    end_call(&bob);
    assert_int_equal(wait_for(fixture, recording)->ending, ROOM_RECORDING_EMPTY);
}

/* What is going on is taken to its end, and removed then. */
static void one_that_is_made_can_be_removed(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call ann;
    connect_call(room, &ann);
    struct room_recording *recording = begin();
    char *path = room_recording_path(recording);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(room_recording_remove(recording), 0);
    while (room_recording_first(fixture->list))
        loop_run_once(fixture->loop, 100);
    assert_int_equal(access(path, F_OK), -1);
    free(path);
    end_call(&ann);
}

static void a_room_may_be_recorded_always_or_never(void **state)
{
    struct fixture *fixture = *state;
    struct room_settings settings = room->settings;
    struct fake_call ann, bob;
    struct room_recording *recording;
    settings.recording = ROOM_RECORDED_ALWAYS;
    assert_int_equal(room_change(room, &settings), 0);
    assert_null(room_recording_of(room)); /* nobody is in */
    connect_call(room, &ann);
    recording = room_recording_of(room);
    assert_non_null(recording);
    connect_call(room, &bob);
    assert_ptr_equal(room_recording_of(room), recording);
    settings.recording = ROOM_RECORDED_NEVER;
    assert_int_equal(room_change(room, &settings), 0);
    assert_null(room_recording_of(room));
    assert_int_equal(room_recording_start(room, &(struct room_recording_plan){0}, &recording),
                     -EPERM);
    settings.recording = ROOM_RECORDED_ALWAYS;
    assert_int_equal(room_change(room, &settings), 0);
    assert_non_null(room_recording_of(room)); /* they are in */
    end_call(&ann);
    end_call(&bob);
    assert_null(room_recording_of(room));
    turn(fixture);
}

static void there_are_limits(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call calls[3];
    struct room *rooms[3] = {room};
    struct room_recording *recording;
    struct room_settings settings = room->settings;
    const struct room_recording_plan plan = {0};
    assert_int_equal(room_list_add(fixture->list, "green", &settings, &rooms[1]), 0);
    assert_int_equal(room_list_add(fixture->list, "red", &settings, &rooms[2]), 0);
    for (unsigned i = 0; i < 3; i++)
        connect_call(rooms[i], &calls[i]);
    assert_int_equal(room_recording_start(rooms[0], &plan, &recording), 0);
    recordings.room_quota_bytes = 0;
    assert_int_equal(room_recording_start(rooms[1], &plan, &recording), -EDQUOT);
    recordings.room_quota_bytes = 1 << 20;
    recordings.server_quota_bytes = 0;
    assert_int_equal(room_recording_start(rooms[1], &plan, &recording), -E2BIG);
    recordings.server_quota_bytes = 1 << 20;
    assert_int_equal(room_recording_start(rooms[1], &plan, &recording), 0);
    assert_int_equal(room_recording_start(rooms[2], &plan, &recording), -EUSERS);
    for (unsigned i = 0; i < 3; i++)
        end_call(&calls[i]);
}

static void quotas_end_what_is_made(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call ann;
    connect_call(room, &ann);
    struct room_recording *recording = begin();
    hear_nothing(100);
    recordings.server_quota_bytes = 10;
    while (room_recording_info(recording)->state == ROOM_RECORDING_RUNNING)
        loop_run_once(fixture->loop, 100);
    assert_int_equal(room_recording_info(recording)->ending, ROOM_RECORDING_QUOTA);
    assert_int_equal(wait_for(fixture, recording)->state, ROOM_RECORDING_READY);
    end_call(&ann);
}

/* A process that was killed leaves a row that says "recording", and bytes without an end. */
static void what_was_cut_off_is_mended(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call ann;
    connect_call(room, &ann);
    struct room_recording *recording = begin();
    hear_nothing(50);
    room_recording_stop(recording);
    wait_for(fixture, recording);
    struct room_recording_info before = *room_recording_info(recording);
    end_call(&ann);
    struct room_recording torn = *recording;
    torn.info.state = ROOM_RECORDING_RUNNING;
    torn.info.ending = ROOM_RECORDING_GOES_ON;
    torn.info.ended_ns = 0;
    assert_int_equal(room_recording_save(&torn), 0);
    memset(torn.info.id, 'a', sizeof(torn.info.id) - 1); /* and one without any bytes */
    torn.info.created_ns++;
    assert_int_equal(room_recording_save(&torn), 0);
    char *path = room_recording_path(recording);
    assert_int_equal(truncate(path, (off_t)before.bytes - 40), 0);
    free(path);
    kept_close(fixture);
    kept_open(fixture);
    room = room_list_find(fixture->list, "blue");
    recording = room_recording_find(fixture->list, "blue", before.id);
    const struct room_recording_info *info = wait_for(fixture, recording);
    assert_int_equal(info->state, ROOM_RECORDING_READY);
    assert_int_equal(info->ending, ROOM_RECORDING_CRASHED);
    assert_true(info->length_ms > 500 && info->length_ms <= before.length_ms + 20);
    assert_true(info->ended_ns > info->created_ns);
    const struct room_recording *other = room_recording_next(recording);
    assert_int_equal(wait_for(fixture, other)->state, ROOM_RECORDING_BROKEN);
}

/* There was no room for the mended one, say: the bytes are still good. */
static void what_cannot_be_mended_now_is_tried_again(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call ann;
    char *way, id[ROOM_RECORDING_ID_BYTES];
    connect_call(room, &ann);
    struct room_recording *recording = begin();
    hear_nothing(50);
    end_call(&ann);
    wait_for(fixture, recording);
    memcpy(id, room_recording_info(recording)->id, sizeof(id));
    assert_true(asprintf(&way, "%s/recordings/%s.mending", directory, id) > 0);
    assert_int_equal(mkdir(way, 0700), 0);
    struct room_recording torn = *recording;
    torn.info.state = ROOM_RECORDING_RUNNING;
    assert_int_equal(room_recording_save(&torn), 0);
    kept_close(fixture);
    kept_open(fixture);
    recording = room_recording_find(fixture->list, "blue", id);
    assert_int_equal(wait_for(fixture, recording)->state, ROOM_RECORDING_BROKEN);
    assert_int_equal(rmdir(way), 0);
    kept_close(fixture);
    kept_open(fixture);
    recording = room_recording_find(fixture->list, "blue", id);
    assert_int_equal(wait_for(fixture, recording)->state, ROOM_RECORDING_READY);
    room = room_list_find(fixture->list, "blue");
    free(way);
}

/* The file system keeps no space for an end, and is full. */
static struct room_recording *record_without_an_end(struct fixture *fixture,
                                                    char id[ROOM_RECORDING_ID_BYTES])
{
    struct rlimit before, small;
    int16_t noise[PCM_MAX_TICK_VALUES];
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = (struct rlimit){.rlim_cur = 4000, .rlim_max = before.rlim_max};
    struct room_recording *recording = begin();
    memcpy(id, room_recording_info(recording)->id, ROOM_RECORDING_ID_BYTES);
    setrlimit(RLIMIT_FSIZE, &small);
    for (unsigned i = 0; i < PCM_MAX_TICK_VALUES; i++)
        noise[i] = (int16_t)(i * 7919);
    hear(75, noise);
    while (room_recording_info(recording)->state == ROOM_RECORDING_RUNNING)
        loop_run_once(fixture->loop, 100);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(room_recording_info(recording)->ending, ROOM_RECORDING_FAILED);
    return recording;
}

/* By the next process. */
static void is_mended(struct fixture *fixture, const char *id)
{
    kept_close(fixture);
    kept_open(fixture);
    struct room_recording *recording = room_recording_find(fixture->list, "blue", id);
    assert_int_equal(wait_for(fixture, recording)->state, ROOM_RECORDING_READY);
    assert_false(recording->has_no_end);
    assert_int_equal(recording->info.ending, ROOM_RECORDING_FAILED);
    room = room_list_find(fixture->list, "blue");
}

static void one_without_an_end_is_mended_later(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call ann;
    char id[ROOM_RECORDING_ID_BYTES];
    connect_call(room, &ann);
    struct room_recording *recording = record_without_an_end(fixture, id);
    assert_int_equal(wait_for(fixture, recording)->state, ROOM_RECORDING_READY); /* as it is */
    assert_true(recording->has_no_end);
    end_call(&ann);
    is_mended(fixture, id);
}

static void one_without_an_end_that_was_not_hashed_is_mended_later(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call ann;
    char id[ROOM_RECORDING_ID_BYTES], *path;
    struct stat cut, whole;
    connect_call(room, &ann);
    eventfd_write(fixture->list->recordings.stop_fd, 1);
    path = room_recording_path(record_without_an_end(fixture, id));
    end_call(&ann);
    assert_int_equal(stat(path, &cut), 0);
    is_mended(fixture, id);
    assert_int_equal(stat(path, &whole), 0);
    assert_true(whole.st_ino != cut.st_ino); /* it was written anew */
    free(path);
}

/* A process that ends does not wait until gigabytes are hashed. */
static void one_that_was_not_hashed_is_hashed_later(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call ann;
    char id[ROOM_RECORDING_ID_BYTES];
    connect_call(room, &ann);
    struct room_recording *recording = begin();
    memcpy(id, room_recording_info(recording)->id, sizeof(id));
    hear_nothing(50);
    eventfd_write(fixture->list->recordings.stop_fd, 1);
    end_call(&ann);
    kept_close(fixture);
    kept_open(fixture);
    recording = room_recording_find(fixture->list, "blue", id);
    assert_false(recording->has_no_end);
    const struct room_recording_info *info = wait_for(fixture, recording);
    assert_int_equal(info->state, ROOM_RECORDING_READY);
    assert_int_equal(info->ending, ROOM_RECORDING_EMPTY);
    assert_true(info->length_ms > 500 && strlen(info->sha256) == 64);
    room = room_list_find(fixture->list, "blue");
}

static void one_that_was_removed_is_not_kept_by_a_new_name(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call ann;
    connect_call(room, &ann);
    struct room_recording *recording = begin();
    assert_int_equal(room_recording_remove(recording), 0);
    assert_int_equal(room_recording_rename(recording, "b"), 0);
    while (room_recording_first(fixture->list))
        loop_run_once(fixture->loop, 100);
    end_call(&ann);
    kept_close(fixture);
    kept_open(fixture);
    assert_null(room_recording_first(fixture->list));
}

/* The process ends before its last word is heard: the timer of what expires must end, too. */
static void one_may_end_with_the_process(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call ann;
    recordings.keep_s = 1;
    connect_call(room, &ann);
    begin();
    hear_nothing(50);
    end_call(&ann);
    kept_close(fixture);
    kept_open(fixture);
    assert_non_null(room_recording_first(fixture->list));
    while (room_recording_first(fixture->list))
        loop_run_once(fixture->loop, 100);
}

static void what_is_too_old_is_removed(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call ann;
    recordings.keep_s = 1;
    connect_call(room, &ann);
    struct room_recording *recording = begin();
    hear_nothing(10);
    room_recording_stop(recording);
    while (room_recording_first(fixture->list))
        loop_run_once(fixture->loop, 100);
    end_call(&ann);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, kept_teardown)
    const struct CMUnitTest tests[] = {
        TEST(is_begun_paused_stopped_and_removed),
        TEST(ends_with_the_last),
        TEST(one_that_is_made_can_be_removed),
        TEST(a_room_may_be_recorded_always_or_never),
        TEST(there_are_limits),
        TEST(quotas_end_what_is_made),
        TEST(what_was_cut_off_is_mended),
        TEST(what_cannot_be_mended_now_is_tried_again),
        TEST(one_without_an_end_is_mended_later),
        TEST(one_without_an_end_that_was_not_hashed_is_mended_later),
        TEST(one_that_was_not_hashed_is_hashed_later),
        TEST(one_that_was_removed_is_not_kept_by_a_new_name),
        TEST(one_may_end_with_the_process),
        TEST(what_is_too_old_is_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
