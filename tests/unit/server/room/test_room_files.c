/* test_room_files.c - a room's files: reserved, lent, shared, kept, ended; and what is found at
 * the start. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/server/room/kept_fixture.h"

#include "server/room/room_files.h"

static const char *any = "*/*";
static struct room_files_config files;
static int checked; /* what on_checked was told; 1: nothing yet */

static void configure(struct room_list_config *config)
{
    config->files = &files;
}

static int setup(void **state)
{
    files = (struct room_files_config){.data_directory = directory,
                                       .rules = {.types = &any, .type_count = 1},
                                       .max_bytes = 100,
                                       .room_quota_bytes = 150,
                                       .server_quota_bytes = 220,
                                       .keep_s = 3600,
                                       .upload_keep_s = 3600,
                                       .upload_idle_s = 3600};
    return kept_setup(state, configure, &plain_settings);
}

static void on_checked(void *context, struct room_file *file, int err)
{
    (void)context;
    (void)file;
    checked = err;
}

static int open_file(uint64_t bytes, bool resumable, struct room_file **file)
{
    const struct room_file_plan plan = {.name = "a.txt",
                                        .bytes = bytes,
                                        .is_announced = true,
                                        .is_resumable = resumable,
                                        .sharer = "Ann",
                                        .sharer_id = "p1"};
    return room_file_open(room, &plan, file);
}

static void write_part(struct room_file *file, const char *text)
{
    struct file_part *part;
    assert_int_equal(room_file_lend(file, &part), 0);
    assert_int_equal(room_file_lend(file, &part), -EBUSY);
    assert_int_equal(file_part_begin(part), 0);
    assert_int_equal(file_part_write(part, text, strlen(text)), 0);
    room_file_return(file, part);
}

static struct room_file *share(struct fixture *fixture, const char *text)
{
    struct room_file *file;
    checked = 1;
    assert_int_equal(open_file(strlen(text), false, &file), 0);
    write_part(file, text);
    assert_int_equal(room_file_check(file, on_checked, NULL), 0);
    while (checked == 1)
        loop_run_once(fixture->loop, -1);
    assert_int_equal(checked, 0);
    return file;
}

static bool lies_there(const struct room_file *file)
{
    char *path = room_file_path(file);
    bool is_there = access(path, F_OK) == 0;
    free(path);
    return is_there;
}

static void names_have_no_path(void **state)
{
    (void)state;
    assert_true(room_file_name_is_valid("a b.txt"));
    assert_true(room_file_name_is_valid("\xe5\x90\x8d"));
    static const char *const others[] = {"",     ".",    "..",    ".a",   "a/b",
                                         "a\\b", "a\nb", "a\x7f", "\xff", "\xe2\x80\xae"};
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(room_file_name_is_valid(others[i]));
}

static void a_file_is_shared_and_kept(void **state)
{
    struct fixture *fixture = *state;
    struct room_file *file = share(fixture, "hello");
    char id[ROOM_FILE_ID_BYTES];
    strcpy(id, room_file_info(file)->id);
    assert_string_equal(fixture->story, "room shared blue; ");
    kept_close(fixture);
    kept_open(fixture);
    room = room_list_find(fixture->list, "blue");
    file = room_file_find(room, id);
    assert_non_null(file);
    assert_ptr_equal(room_file_first(room), file);
    assert_null(room_file_next(file));
    const struct room_file_info *info = room_file_info(file);
    assert_string_equal(info->name, "a.txt");
    assert_string_equal(info->type, "text/plain");
    assert_string_equal(info->sharer, "Ann");
    assert_string_equal(info->sharer_id, "p1");
    assert_string_equal(info->sha1, "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"); /* "hello" */
    assert_int_equal(info->bytes, 5);
    assert_true(lies_there(file));
}

static void what_is_reserved_is_given_back(void **state)
{
    struct fixture *fixture = *state;
    struct room_file *file, *other;
    struct room *red, *blue = room;
    assert_int_equal(open_file(101, false, &file), -EFBIG);
    assert_int_equal(open_file(100, false, &file), 0);
    assert_int_equal(open_file(51, false, &other), -EDQUOT);
    assert_int_equal(open_file(50, true, &other), 0);
    assert_int_equal(room_list_add(fixture->list, "red", &plain_settings, &red), 0);
    room = red;
    assert_int_equal(open_file(71, false, &file), -E2BIG);
    room = blue;
    assert_int_equal(room_file_remove(other, ROOM_FILE_DELETED), 0);
    room = red;
    assert_int_equal(open_file(71, false, &file), 0);
    assert_null(room_file_first(red)); /* it is not shared yet */
    assert_null(room_upload_find(red, room_file_info(file)->id));
}

static void what_an_idle_upload_does_not_use_others_may_have(void **state)
{
    struct fixture *fixture = *state;
    struct room_file *idle, *file, *third, *other;
    struct file_part *part;
    struct room *blue = room, *red;
    assert_int_equal(open_file(100, true, &idle), 0);
    write_part(idle, "abc");
    assert_int_equal(open_file(60, false, &file), -EDQUOT); /* it is not idle yet */
    files.upload_idle_s = 0;
    assert_int_equal(open_file(60, false, &file), 0);
    assert_int_equal(room->file_bytes, 63);
    assert_int_equal(open_file(90, false, &third), -EDQUOT); /* what has come is kept */
    assert_int_equal(room_file_lend(idle, &part), -EDQUOT);
    assert_int_equal(room_file_info(idle)->state, ROOM_FILE_COMING);
    assert_int_equal(room_file_remove(file, ROOM_FILE_DELETED), 0);
    assert_int_equal(room_file_lend(idle, &part), 0); /* there is room again */
    assert_int_equal(room->file_bytes, 100);
    assert_int_equal(open_file(60, false, &file), -EDQUOT); /* it is written to */
    assert_int_equal(file_part_begin(part), 0);
    assert_int_equal(file_part_write(part, "def", 3), 0);
    room_file_return(idle, part);
    assert_int_equal(room_file_info(idle)->offset, 6);

    assert_int_equal(room_list_add(fixture->list, "red", &plain_settings, &red), 0);
    room = red;
    assert_int_equal(open_file(100, false, &file), 0);
    assert_int_equal(open_file(50, false, &third), 0); /* of what blue's does not use */
    assert_int_equal(blue->file_bytes, 6);
    assert_int_equal(room_file_lend(idle, &part), -E2BIG);

    assert_int_equal(room_file_remove(file, ROOM_FILE_DELETED), 0);
    assert_int_equal(open_file(94, true, &other), 0);
    assert_int_equal(room_file_lend(idle, &part), 0); /* from one that is idle, too */
    assert_int_equal(red->file_bytes, 50);
    room_file_return(idle, part);
}

static void one_that_is_dropped_ends_unless_it_is_resumable(void **state)
{
    struct fixture *fixture = *state;
    struct room_file *file, *upload;
    struct file_part *part;
    assert_int_equal(open_file(10, true, &upload), 0);
    assert_int_equal(open_file(10, false, &file), 0);
    assert_int_equal(room_file_lend(file, &part), 0);
    assert_int_equal(file_part_begin(part), 0);
    file_part_drop(part);
    assert_int_equal(room_file_lend(upload, &part), 0);
    assert_int_equal(file_part_begin(part), 0);
    assert_int_equal(file_part_write(part, "abc", 3), 0);
    file_part_drop(part);
    while (room->file_count > 1 || !room_file_info(upload)->offset)
        loop_run_once(fixture->loop, -1);
    assert_int_equal(room_file_info(upload)->offset, 3);
    assert_ptr_equal(room_upload_find(room, room_file_info(upload)->id), upload);
    assert_string_equal(fixture->story, ""); /* nobody has ever seen it */
    char id[ROOM_FILE_ID_BYTES];
    strcpy(id, room_file_info(upload)->id);
    kept_close(fixture);
    kept_open(fixture);
    room = room_list_find(fixture->list, "blue");
    upload = room_upload_find(room, id);
    assert_non_null(upload);
    assert_int_equal(room_file_info(upload)->offset, 3);
    assert_int_equal(room->file_bytes, 10);
}

/* What was cut off is found by its hash, and is not shared if it turns out to have another. */
static void one_that_was_cut_off_goes_on(void **state)
{
    struct fixture *fixture = *state;
    struct room_file_plan plan = {.name = "a.txt",
                                  .bytes = 5,
                                  .is_announced = true,
                                  .is_resumable = true,
                                  .sharer = "Ann",
                                  .sharer_id = "p1",
                                  .sha1 = "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"};
    struct room_file *file, *found;
    assert_int_equal(room_file_resume(room, &plan, &found), -ENOENT);
    assert_int_equal(room_file_open(room, &plan, &file), 0);
    write_part(file, "hel");
    plan.sharer_id = "p2"; /* in another call */
    assert_int_equal(room_file_resume(room, &plan, &found), 0);
    assert_ptr_equal(found, file);
    assert_int_equal(room_file_info(file)->offset, 3);
    assert_string_equal(room_file_info(file)->sharer_id, "p2");
    struct room_file_plan other = plan;
    other.bytes = 6;
    assert_int_equal(room_file_resume(room, &other, &found), -ENOENT);
    other = plan;
    other.sharer = "Eve";
    assert_int_equal(room_file_resume(room, &other, &found), -ENOENT);
    other = plan;
    other.sha1 = "0000000000000000000000000000000000000000";
    assert_int_equal(room_file_resume(room, &other, &found), -ENOENT);
    write_part(file, "p!");
    checked = 1;
    assert_int_equal(room_file_check(file, on_checked, NULL), 0);
    while (checked == 1)
        loop_run_once(fixture->loop, -1);
    assert_int_equal(checked, -EBADMSG);
    assert_null(room_file_first(room));
}

static void files_end_with_their_room_also_while_they_are_lent(void **state)
{
    struct fixture *fixture = *state;
    struct room_file *file = share(fixture, "hello"), *upload;
    struct file_part *part;
    char *path = room_file_path(file), *half;
    assert_int_equal(open_file(10, true, &upload), 0);
    half = room_file_path(upload);
    assert_int_equal(room_file_lend(upload, &part), 0);
    fixture->story[0] = '\0';
    assert_int_equal(room_list_delete(fixture->list, room), 0);
    assert_string_equal(fixture->story, "room removed blue; room deleted blue; ");
    assert_int_equal(file_part_begin(part), 0); /* it makes the file now */
    file_part_drop(part);
    while (access(path, F_OK) == 0 || access(half, F_OK) == 0)
        loop_run_once(fixture->loop, 10);
    assert_int_equal(fixture->list->files.bytes, 0);
    free(path);
    free(half);
}

static void files_end_when_their_time_is_over(void **state)
{
    struct fixture *fixture = *state;
    files.keep_s = 1;
    share(fixture, "hello");
    while (room_file_first(room))
        loop_run_once(fixture->loop, -1);
    assert_string_equal(fixture->story, "room shared blue; room removed blue; ");
    assert_int_equal(room->file_bytes, 0);
}

static void write_at(const char *name, const char *text)
{
    char path[96];
    snprintf(path, sizeof(path), "%s/files/%s", directory, name);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static bool is_at(const char *name)
{
    char path[96];
    snprintf(path, sizeof(path), "%s/files/%s", directory, name);
    return access(path, F_OK) == 0;
}

static void at_the_start_store_and_disk_are_made_one(void **state)
{
    struct fixture *fixture = *state;
    static const char stranger[] = "0123456789abcdefghijklmnop";
    static const char homeless[] = "ponmlkjihgfedcba9876543210";
    struct room_file *longer = share(fixture, "one"), *lost = share(fixture, "two"),
                     *good = share(fixture, "three");
    char good_id[ROOM_FILE_ID_BYTES], longer_id[ROOM_FILE_ID_BYTES];
    const struct store_file row = {.id = homeless,
                                   .room = "of-a-call",
                                   .name = "a",
                                   .type = "text/plain",
                                   .sha256 = "",
                                   .sha1 = "",
                                   .bytes = 4,
                                   .sharer = "",
                                   .sharer_id = "",
                                   .is_whole = true};
    strcpy(good_id, room_file_info(good)->id);
    strcpy(longer_id, room_file_info(longer)->id);
    assert_int_equal(store_file_put(store, &row), 0);
    write_at(homeless, "four");
    write_at(longer_id, "one and more");
    char *path = room_file_path(lost);
    unlink(path);
    free(path);
    write_at(stranger, "left by a process that was killed");
    write_at("notes.txt", "of the operator");
    for (unsigned i = 0; i < 2; i++) { /* the second start has nothing to do */
        kept_close(fixture);
        kept_open(fixture);
        room = room_list_find(fixture->list, "blue");
        assert_int_equal(room->file_count, 1);
        assert_non_null(room_file_find(room, good_id));
        assert_true(is_at(good_id));
        assert_true(is_at("notes.txt"));
        assert_false(is_at(stranger));
        assert_false(is_at(homeless));
        assert_false(is_at(longer_id));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_have_no_path),
        cmocka_unit_test_setup_teardown(a_file_is_shared_and_kept, setup, kept_teardown),
        cmocka_unit_test_setup_teardown(what_is_reserved_is_given_back, setup, kept_teardown),
        cmocka_unit_test_setup_teardown(what_an_idle_upload_does_not_use_others_may_have, setup,
                                        kept_teardown),
        cmocka_unit_test_setup_teardown(one_that_is_dropped_ends_unless_it_is_resumable, setup,
                                        kept_teardown),
        cmocka_unit_test_setup_teardown(files_end_with_their_room_also_while_they_are_lent,
                                        setup, kept_teardown),
        cmocka_unit_test_setup_teardown(one_that_was_cut_off_goes_on, setup, kept_teardown),
        cmocka_unit_test_setup_teardown(files_end_when_their_time_is_over, setup,
                                        kept_teardown),
        cmocka_unit_test_setup_teardown(at_the_start_store_and_disk_are_made_one, setup,
                                        kept_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
