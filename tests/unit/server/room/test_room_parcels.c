/* test_room_parcels.c - what accounts send: counted for them, kept, and shared in rooms without
 * a copy. */
#include <errno.h>
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

#include "server/room/room_parcels.h"

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
                                       .room_quota_bytes = 10,
                                       .server_quota_bytes = 60,
                                       .keep_s = 3600,
                                       .upload_keep_s = 3600,
                                       .account_quota_bytes = 20,
                                       .parcel_keep_s = 600};
    return kept_setup(state, configure, &plain_settings);
}

static void on_checked(void *context, struct room_file *file, int err)
{
    (void)context;
    (void)file;
    checked = err;
}

/* Sends @p text as @p account. */
static struct room_file *put(struct fixture *fixture, const char *account, const char *text)
{
    struct room_file *file;
    struct file_part *part;
    checked = 1;
    assert_int_equal(room_parcel_open(fixture->list, account, strlen(text) + 5, &file), 0);
    assert_null(room_parcel_find(fixture->list, room_file_info(file)->id)); /* not whole */
    assert_int_equal(room_file_lend(file, &part), 0);
    assert_int_equal(file_part_begin(part), 0);
    assert_int_equal(file_part_write(part, text, strlen(text)), 0);
    room_file_return(file, part);
    room_file_rename(file, "a.txt");
    assert_int_equal(room_file_check(file, on_checked, NULL), 0);
    while (checked == 1)
        loop_run_once(fixture->loop, -1);
    assert_int_equal(checked, 0);
    return file;
}

static ino_t inode_of(const struct room_file *file)
{
    struct stat status;
    char *path = room_file_path(file);
    assert_int_equal(stat(path, &status), 0);
    free(path);
    return status.st_ino;
}

static void a_parcel_is_in_no_room(void **state)
{
    struct fixture *fixture = *state;
    struct room_file *parcel = put(fixture, "alice", "hello");
    const struct room_file_info *info = room_file_info(parcel);
    assert_ptr_equal(room_parcel_find(fixture->list, info->id), parcel);
    assert_null(room_parcel_find(fixture->list, "0"));
    assert_null(room_file_room(parcel));
    assert_null(room_file_first(room));
    assert_string_equal(info->name, "a.txt");
    assert_string_equal(info->sharer, "alice");
    assert_int_equal(info->bytes, 5);
    assert_true(info->expires_ns > info->created_ns);
    assert_string_equal(fixture->story, ""); /* nobody was told */
}

static void an_account_has_its_quota(void **state)
{
    struct fixture *fixture = *state;
    struct room_file *file;
    put(fixture, "alice", "0123456789");
    put(fixture, "alice", "0123456789"); /* all of it */
    assert_int_equal(room_parcel_open(fixture->list, "alice", 5, &file), -EDQUOT);
    put(fixture, "bob", "01234567890123456789");
    put(fixture, "carl", "01234567890123456789"); /* and that is all of the server's */
    assert_int_equal(room_parcel_open(fixture->list, "dora", 5, &file), -E2BIG);
    files.account_quota_bytes = 0;
    assert_int_equal(room_parcel_open(fixture->list, "dora", 5, &file), -ENOSYS);
}

static void in_a_room_it_has_the_same_bytes(void **state)
{
    struct fixture *fixture = *state;
    const struct room_parcel_sharer ann = {.name = "Ann", .id = "p1"};
    struct room_file *parcel = put(fixture, "alice", "hello"), *file, *other;
    assert_int_equal(room_parcel_share(parcel, room, &ann, &file), 0);
    const struct room_file_info *info = room_file_info(file);
    assert_ptr_equal(room_file_find(room, info->id), file);
    assert_string_not_equal(info->id, room_file_info(parcel)->id);
    assert_int_equal(inode_of(file), inode_of(parcel));
    assert_string_equal(info->sharer, "Ann");
    assert_string_equal(info->sharer_id, "p1");
    assert_string_equal(info->sha256, room_file_info(parcel)->sha256);
    assert_string_equal(info->type, room_file_info(parcel)->type);
    assert_non_null(strstr(fixture->story, "room shared blue"));

    assert_int_equal(room_parcel_share(parcel, room, &ann, &other), 0); /* 10 bytes: full */
    assert_int_equal(room_parcel_share(parcel, room, &ann, &other), -EDQUOT);
    assert_int_equal(room_file_remove(file, ROOM_FILE_DELETED), 0);
    turn(fixture);
    assert_int_not_equal(inode_of(parcel), 0); /* it stays */
}

static void it_is_there_after_a_restart(void **state)
{
    struct fixture *fixture = *state;
    char id[ROOM_FILE_ID_BYTES];
    struct room_file *parcel = put(fixture, "alice", "hello");
    memcpy(id, room_file_info(parcel)->id, sizeof(id));
    kept_close(fixture);
    kept_open(fixture);
    parcel = room_parcel_find(fixture->list, id);
    assert_non_null(parcel);
    assert_string_equal(room_file_info(parcel)->sharer, "alice");
    assert_int_not_equal(inode_of(parcel), 0);
}

static void it_goes_with_its_account(void **state)
{
    struct fixture *fixture = *state;
    struct room_file *of_bob = put(fixture, "bob", "hello"), *coming, *file;
    struct file_part *part;
    char *path = room_file_path(put(fixture, "alice", "hello"));
    struct room_file *parcel = put(fixture, "alice", "hi");
    assert_int_equal(room_parcel_share(parcel, room, &(struct room_parcel_sharer){0}, &file),
                     0);
    assert_int_equal(room_parcel_open(fixture->list, "alice", 5, &coming), 0);
    assert_int_equal(room_file_lend(coming, &part), 0);
    room_parcels_end(fixture->list, "alice");
    assert_ptr_equal(fixture->list->files.parcels, of_bob);
    assert_null(of_bob->next);
    assert_int_not_equal(inode_of(file), 0);
    room_file_return(coming, part);
    while (room_files_waiting(fixture->list))
        loop_run_once(fixture->loop, 10);
    assert_int_equal(access(path, F_OK), -1);
    free(path);
    kept_close(fixture);
    kept_open(fixture);
    assert_non_null(fixture->list->files.parcels);
    assert_null(fixture->list->files.parcels->next);
    room = room_list_find(fixture->list, "blue");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_parcel_is_in_no_room, setup, kept_teardown),
        cmocka_unit_test_setup_teardown(an_account_has_its_quota, setup, kept_teardown),
        cmocka_unit_test_setup_teardown(in_a_room_it_has_the_same_bytes, setup, kept_teardown),
        cmocka_unit_test_setup_teardown(it_is_there_after_a_restart, setup, kept_teardown),
        cmocka_unit_test_setup_teardown(it_goes_with_its_account, setup, kept_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
