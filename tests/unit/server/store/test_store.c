/* test_store.c - what is kept, what survives, and what is said when it cannot be. */
#include "server/store/store.h"

#include "server/store/pin_hash.h"
#include "server/store/store_internal.h"
#include "tests/unit/temp_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/raduno-test-store-XXXXXX";

static int setup(void **state)
{
    (void)state;
    return temp_directory_make(directory);
}

static int teardown(void **state)
{
    (void)state;
    chmod(directory, 0700);
    return temp_directory_end(directory);
}

static struct store *open_store(void)
{
    struct store *store = NULL;
    char *why = NULL;
    int err = store_open(directory, &store, &why);
    if (err < 0)
        fail_msg("%s", why);
    assert_null(why);
    return store;
}

static void assert_refused(int expected, const char *words)
{
    struct store *store = NULL;
    char *why = NULL;
    assert_int_equal(store_open(directory, &store, &why), expected);
    assert_null(store);
    assert_non_null(why);
    if (!strstr(why, words))
        fail_msg("\"%s\" does not say \"%s\"", why, words);
    free(why);
}

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    return path;
}

static int put(struct store *store, const char *name, unsigned max_participants)
{
    return store_room_put(store, &(struct store_room){.name = name,
                                                      .display_name = "Caf\xc3\xa9 \"'; --",
                                                      .locked = true,
                                                      .max_participants = max_participants,
                                                      .join_tone = "both",
                                                      .alone = "noise",
                                                      .music = "jazz & \xc3\xa4.flac",
                                                      .loudest = 8,
                                                      .level_voices = true,
                                                      .pin = "0123",
                                                      .moderator_pin = "9876543210123456",
                                                      .pin_tries = 3,
                                                      .pin_timeout_s = 15,
                                                      .menu = "{\"*1\":\"mute\"}",
                                                      .video = "fps 25\n",
                                                      .srtp = "required",
                                                      .mute_on_entry = true,
                                                      .lobby = "guests",
                                                      .lobby_timeout_s = 77,
                                                      .max_waiting = 9,
                                                      .opens_ns = 5,
                                                      .closes_ns = 1795464000123456790,
                                                      .max_duration_s = 3600,
                                                      .moved_to = "sip:a@b",
                                                      .codecs = "opus,VP8",
                                                      .language = "pt-BR",
                                                      .may_share = "moderators",
                                                      .may_chat = "nobody",
                                                      .may_present = "all",
                                                      .recording = "always",
                                                      .record_video = true,
                                                      .may_record = "nobody",
                                                      .created_ns = 1795464000123456789});
}

/* All rooms as "a=1 b=2 ". */
static void append(void *context, const struct store_room *room)
{
    char *text = context;
    size_t length = strlen(text);
    snprintf(text + length, 256 - length, "%s=%u ", room->name, room->max_participants);
    assert_string_equal(room->display_name, "Caf\xc3\xa9 \"'; --");
    assert_string_equal(room->join_tone, "both");
    assert_string_equal(room->alone, "noise");
    assert_true(room->locked);
    assert_string_equal(room->music, "jazz & \xc3\xa4.flac");
    assert_int_equal(room->loudest, 8);
    assert_true(room->level_voices && !room->suppress_noise && !room->announcements);
    assert_string_equal(room->pin, "0123");
    assert_string_equal(room->moderator_pin, "9876543210123456");
    assert_int_equal(room->pin_tries, 3);
    assert_int_equal(room->pin_timeout_s, 15);
    assert_string_equal(room->menu, "{\"*1\":\"mute\"}");
    assert_string_equal(room->video, "fps 25\n");
    assert_string_equal(room->srtp, "required");
    assert_true(room->mute_on_entry && !room->allow_unmute);
    assert_string_equal(room->lobby, "guests");
    assert_int_equal(room->lobby_timeout_s, 77);
    assert_int_equal(room->max_waiting, 9);
    assert_true(room->opens_ns == 5 && room->closes_ns == 1795464000123456790);
    assert_true(room->max_duration_s == 3600 && !room->hangs_up_at_end);
    assert_string_equal(room->moved_to, "sip:a@b");
    assert_string_equal(room->codecs, "opus,VP8");
    assert_string_equal(room->language, "pt-BR");
    assert_string_equal(room->may_share, "moderators");
    assert_string_equal(room->may_chat, "nobody");
    assert_string_equal(room->may_present, "all");
    assert_string_equal(room->recording, "always");
    assert_true(room->record_video);
    assert_string_equal(room->may_record, "nobody");
    assert_true(room->created_ns == 1795464000123456789);
}

static void assert_rooms(struct store *store, const char *expected)
{
    char text[256] = "";
    assert_int_equal(store_rooms_each(store, append, text), 0);
    assert_string_equal(text, expected);
}

static void rooms_are_kept_by_name(void **state)
{
    (void)state;
    struct store *store = open_store();
    assert_rooms(store, "");
    assert_int_equal(put(store, "b", 2), 0);
    assert_int_equal(put(store, "a", 1), 0);
    assert_int_equal(put(store, "B", 4294967295), 0);
    assert_int_equal(put(store, "b", 3), 0); /* replaced */
    assert_rooms(store, "B=4294967295 a=1 b=3 ");
    store_close(store);
    store = open_store();
    assert_int_equal(store_room_delete(store, "a"), 0);
    assert_int_equal(store_room_delete(store, "never was"), 0);
    assert_rooms(store, "B=4294967295 b=3 ");
    assert_rooms(store, "B=4294967295 b=3 "); /* the statement is ready again */
    store_close(store);
    store_close(NULL);
}

static void files_are_the_owners_only(void **state)
{
    (void)state;
    mode_t old = umask(0);
    struct store *store = open_store();
    assert_int_equal(put(store, "a", 1), 0);
    umask(old);
    static const char *const names[] = {"raduno.db", "raduno.db-wal", "raduno.db-shm",
                                        "raduno.lock"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct stat status;
        assert_int_equal(stat(path_of(names[i]), &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
    }
    store_close(store);
}

static void the_directory_is_made(void **state)
{
    (void)state;
    char inner[128];
    snprintf(inner, sizeof(inner), "%s", path_of("data"));
    struct store *store = NULL;
    char *why = NULL;
    assert_int_equal(store_open(inner, &store, &why), 0);
    struct stat status;
    assert_int_equal(stat(inner, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    store_close(store);
    static const char *const names[] = {"data/raduno.db", "data/raduno.lock"};
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(unlink(path_of(names[i])), 0); /* and nothing else is left */
    assert_int_equal(rmdir(inner), 0);

    assert_int_equal(store_open("/nowhere/at/all", &store, &why), -ENOENT);
    assert_non_null(strstr(why, "/nowhere/at/all"));
    free(why);
}

static void one_process_has_it(void **state)
{
    (void)state;
    struct store *store = open_store();
    char words[64];
    snprintf(words, sizeof(words), "in use by another raduno (process %d)", (int)getpid());
    assert_refused(-EBUSY, words);
    assert_int_equal(put(store, "a", 1), 0);
    store_close(store);
    store = open_store(); /* the lock file is there, but not locked */
    assert_rooms(store, "a=1 ");
    store_close(store);
}

static void check_first_version(void *context, const struct store_room *room)
{
    unsigned *rooms = context;
    (*rooms)++;
    assert_string_equal(room->name, "old");
    assert_true(room->locked);
    assert_int_equal(room->max_participants, 7);
    assert_true(room->created_ns == 5);
    assert_string_equal(room->music, "");
    assert_string_equal(room->pin, "");
    assert_string_equal(room->moderator_pin, "");
    assert_string_equal(room->menu, "");
    assert_string_equal(room->video, "");
    assert_string_equal(room->srtp, "default");
    assert_string_equal(room->may_chat, "all");
    assert_string_equal(room->lobby, "off");
    assert_true(room->allow_unmute && !room->mute_on_entry);
    assert_true(!room->opens_ns && !room->closes_ns && room->hangs_up_at_end);
    assert_true(room->announcements);
    assert_int_equal(room->loudest + room->pin_tries + room->pin_timeout_s, 0);
}

static void a_file_of_the_first_version_is_brought_up_to_date(void **state)
{
    (void)state;
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path_of("raduno.db"), &db), SQLITE_OK);
    const char *first = "CREATE TABLE rooms (name TEXT PRIMARY KEY, display_name TEXT NOT NULL,"
                        " locked INTEGER NOT NULL, max_participants INTEGER NOT NULL,"
                        " join_tone TEXT NOT NULL, alone TEXT NOT NULL,"
                        " created_ns INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
                        "INSERT INTO rooms VALUES ('old', '', 1, 7, 'both', 'noise', 5);"
                        "PRAGMA application_id = 0x5261646f; PRAGMA user_version = 1";
    assert_int_equal(sqlite3_exec(db, first, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    for (unsigned round = 1; round <= 2; round++) { /* the second time it is up to date */
        struct store *store = open_store();
        unsigned rooms = 0;
        assert_int_equal(store_rooms_each(store, check_first_version, &rooms), 0);
        assert_int_equal(rooms, 1);
        store_close(store);
    }
    struct store *store = open_store();
    assert_int_equal(put(store, "old", 8), 0);
    assert_rooms(store, "old=8 ");
    store_close(store);
}

static void check_hashed(void *context, const struct store_room *room)
{
    unsigned *rooms = context;
    (*rooms)++;
    if (strcmp(room->name, "none") == 0) {
        assert_string_equal(room->pin, "");
        assert_int_equal(pin_hash_judge("081500", "", room->moderator_pin), PIN_HASH_SECOND);
        return;
    }
    if (strcmp(room->name, "odd") == 0) {
        assert_string_equal(room->pin, "12ab"); /* locks the room: see server/room */
        return;
    }
    assert_int_equal(pin_hash_judge("471147", room->pin, ""), PIN_HASH_FIRST);
    assert_int_equal(pin_hash_judge("081500", room->pin, room->moderator_pin), PIN_HASH_SECOND);
}

/* Whether any file of the store has these bytes. */
static bool has_bytes(const char *bytes)
{
    static const char *const names[] = {"raduno.db", "raduno.db-wal"};
    bool has = false;
    for (unsigned i = 0; i < 2; i++) {
        FILE *file = fopen(path_of(names[i]), "rb");
        char page[1 << 18];
        size_t length = file ? fread(page, 1, sizeof(page), file) : 0;
        assert_true(length < sizeof(page));
        has = has || memmem(page, length, bytes, strlen(bytes));
        if (file)
            fclose(file);
    }
    return has;
}

static void pins_that_were_kept_as_they_are_are_hashed_and_gone(void **state)
{
    (void)state;
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path_of("raduno.db"), &db), SQLITE_OK);
    const char *second =
        "CREATE TABLE rooms (name TEXT PRIMARY KEY, display_name TEXT NOT NULL,"
        " locked INTEGER NOT NULL, max_participants INTEGER NOT NULL,"
        " join_tone TEXT NOT NULL, alone TEXT NOT NULL, created_ns INTEGER NOT NULL,"
        " music TEXT NOT NULL DEFAULT '', loudest INTEGER NOT NULL DEFAULT 0,"
        " level_voices INTEGER NOT NULL DEFAULT 0, suppress_noise INTEGER NOT NULL DEFAULT 0,"
        " pin TEXT NOT NULL DEFAULT '', moderator_pin TEXT NOT NULL DEFAULT '',"
        " pin_tries INTEGER NOT NULL DEFAULT 0, pin_timeout_s INTEGER NOT NULL DEFAULT 0,"
        " announcements INTEGER NOT NULL DEFAULT 1, menu TEXT NOT NULL DEFAULT ''"
        ") STRICT, WITHOUT ROWID;"
        "INSERT INTO rooms (name, display_name, locked, max_participants, join_tone, alone,"
        " created_ns, pin, moderator_pin)"
        " VALUES ('both', '', 0, 7, 'both', 'noise', 5, '471147', '081500'),"
        " ('none', '', 0, 7, 'both', 'noise', 5, '', '081500'),"
        " ('odd', '', 0, 7, 'both', 'noise', 5, '12ab', '');"
        "PRAGMA application_id = 0x5261646f; PRAGMA user_version = 2";
    assert_int_equal(sqlite3_exec(db, second, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_true(has_bytes("471147") && has_bytes("081500"));
    for (unsigned round = 1; round <= 2; round++) {
        struct store *store = open_store();
        unsigned rooms = 0;
        assert_int_equal(store_rooms_each(store, check_hashed, &rooms), 0);
        assert_int_equal(rooms, 3);
        assert_false(has_bytes("471147") || has_bytes("081500")); /* not after the next start */
        store_close(store);
    }
}

/* ---- files that are not as they should be ---- */

static void write_at(const char *name, off_t offset, const void *bytes, size_t length)
{
    int fd = open(path_of(name), O_RDWR | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, length, offset), (ssize_t)length);
    close(fd);
}

static void what_is_no_database_is_left_alone(void **state)
{
    (void)state;
    char noise[4096];
    memset(noise, 'x', sizeof(noise));
    write_at("raduno.db", 0, noise, sizeof(noise));
    assert_refused(-EBADMSG, "not a database");
    char again[4096] = "";
    int fd = open(path_of("raduno.db"), O_RDONLY);
    assert_int_equal(read(fd, again, sizeof(again)), sizeof(again));
    close(fd);
    assert_memory_equal(again, noise, sizeof(noise));
}

static void a_newer_version_is_left_alone(void **state)
{
    (void)state;
    store_close(open_store());
    write_at("raduno.db", 60, "\0\0\0\x63", 4); /* user_version in the file's header */
    assert_refused(-EBADMSG, "newer version of raduno");
}

static void another_programs_database_is_left_alone(void **state)
{
    (void)state;
    store_close(open_store());
    write_at("raduno.db", 68, "\0\0\0\x01", 4); /* application_id */
    assert_refused(-EBADMSG, "another program");
}

static void a_damaged_file_is_noticed(void **state)
{
    (void)state;
    struct store *store = open_store();
    for (unsigned i = 0; i < 500; i++) {
        char name[16];
        snprintf(name, sizeof(name), "room-%u", i);
        assert_int_equal(put(store, name, i), 0);
    }
    store_close(store);
    char noise[3000];
    memset(noise, 0xa5, sizeof(noise));
    write_at("raduno.db", 4096, noise, sizeof(noise)); /* the table's first page */
    assert_refused(-EBADMSG, "raduno.db");
}

static void a_table_that_is_missing_is_noticed(void **state)
{
    (void)state;
    store_close(open_store());
    int fd = open(path_of("raduno.db"), O_RDWR);
    static char file[1 << 20]; /* the schema may be on any page */
    ssize_t length = pread(fd, file, sizeof(file), 0);
    assert_true(length > 0 && length < (ssize_t)sizeof(file));
    char *name = memmem(file, (size_t)length, "TABLE rooms", 11);
    assert_non_null(name);
    memcpy(name, "TABLE roomz", 11);
    assert_int_equal(pwrite(fd, file, (size_t)length, 0), length);
    close(fd);
    assert_refused(-EBADMSG, "raduno.db");
}

static void no_permission_is_said(void **state)
{
    (void)state;
    assert_int_equal(chmod(directory, 0555), 0);
    pid_t child = fork();
    if (child == 0) { /* root may write anywhere: be somebody else */
        struct store *store = NULL;
        char *why = NULL;
        if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
            _exit(2);
        int err = store_open(directory, &store, &why);
        bool said = why && strstr(why, "raduno.lock: Permission denied");
        free(why);
        _exit(err == -EACCES && said ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- a full disk ---- */

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_limit_on_files_is_no_loss(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    struct store *store = open_store();
    assert_int_equal(put(store, "a", 1), 0);
    limit_files(1);
    int put_error = put(store, "b", 2);
    int delete_error = store_room_delete(store, "a");
    limit_files(RLIM_INFINITY);
    assert_int_equal(put_error, -ENOSPC);
    assert_int_equal(delete_error, -ENOSPC);
    assert_rooms(store, "a=1 ");
    assert_int_equal(put(store, "c", 3), 0); /* and it goes on */
    assert_rooms(store, "a=1 c=3 ");
    store_close(store);
    store = open_store();
    assert_rooms(store, "a=1 c=3 ");
    store_close(store);
}

static void count(void *context, const struct store_room *room)
{
    unsigned *rooms = context;
    *rooms += room->max_participants == 1;
}

/* Fills a disk of 256 KiB, frees some, goes on. Returns the line that was not as it should be.
 */
static int use_up_a_disk(void)
{
    struct store *store = NULL;
    char *why = NULL, name[16], ballast[65536] = "x";
    if (store_open(directory, &store, &why) < 0)
        return __LINE__;
    write_at("ballast", 0, ballast, sizeof(ballast));
    int err = 0;
    unsigned written = 0, kept = 0;
    while (err == 0 && written < 5000) {
        snprintf(name, sizeof(name), "room-%05u", written);
        err = put(store, name, 1);
        written += err == 0;
    }
    if (err != -ENOSPC)
        return __LINE__;
    if (store_rooms_each(store, count, &kept) < 0 || kept != written)
        return __LINE__;
    if (unlink(path_of("ballast")) < 0 || put(store, "after", 1) < 0)
        return __LINE__;
    store_close(store);
    kept = 0;
    if (store_open(directory, &store, &why) < 0)
        return __LINE__;
    if (store_rooms_each(store, count, &kept) < 0 || kept != written + 1)
        return __LINE__;
    store_close(store);
    return 0;
}

/* On a disk without room for even an empty database nothing is opened, and it is said why. */
static int find_no_room(void)
{
    struct store *store = NULL;
    char *why = NULL, block[4096] = "x";
    int fd = open(path_of("ballast"), O_WRONLY | O_CREAT, 0600);
    while (write(fd, block, sizeof(block)) > 0)
        ;
    close(fd);
    int err = store_open(directory, &store, &why);
    bool said = why && strstr(why, "raduno.db") && strstr(why, "full");
    if (err != -ENOSPC || !said)
        return __LINE__;
    free(why);
    if (unlink(path_of("ballast")) < 0 || store_open(directory, &store, &why) < 0)
        return __LINE__;
    store_close(store);
    return 0;
}

/* Runs @p work on a disk of 256 KiB that only a child of ours sees. */
static void on_a_small_disk(int (*work)(void))
{
    pid_t child = fork();
    if (child == 0) {
        if (unshare(CLONE_NEWNS) < 0 ||
            mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount("raduno-test", directory, "tmpfs", 0, "size=256k") < 0)
            _exit(255);
        _exit(work() % 255);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 255)
        skip(); /* not allowed to mount: the test with RLIMIT_FSIZE stands alone */
    if (WEXITSTATUS(status))
        fail_msg("line %d (modulo 255)", WEXITSTATUS(status));
}

static void a_full_disk_is_no_loss(void **state)
{
    (void)state;
    on_a_small_disk(use_up_a_disk);
}

static void a_disk_full_from_the_start_is_said(void **state)
{
    (void)state;
    on_a_small_disk(find_no_room);
}

static void a_read_only_disk_is_said(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        if (unshare(CLONE_NEWNS) < 0 ||
            mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount("raduno-test", directory, "tmpfs", MS_RDONLY, "size=256k") < 0)
            _exit(255);
        struct store *store = NULL;
        char *why = NULL;
        int err = store_open(directory, &store, &why);
        bool said = why && strstr(why, "Read-only file system");
        free(why);
        _exit(err == -EROFS && said ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 255)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- kill -9 ---- */

/* ---- messages ---- */

static void put_message(struct store *store, const char *room, uint64_t id, const char *text)
{
    const struct store_message message = {.room = room,
                                          .id = id,
                                          .time_ns = (int64_t)id * 1000,
                                          .origin = "participant",
                                          .from_id = "pa",
                                          .from_name = "Ann",
                                          .from_uri = "sip:ann@example.com",
                                          .to_id = "pb",
                                          .to_name = "Bob",
                                          .text = text};
    assert_int_equal(store_message_put(store, &message), 0);
}

static void append_message(void *context, const struct store_message *message)
{
    char *list = context;
    assert_int_equal(message->time_ns, (int64_t)message->id * 1000);
    assert_string_equal(message->origin, "participant");
    assert_string_equal(message->from_id, "pa");
    assert_string_equal(message->from_name, "Ann");
    assert_string_equal(message->from_uri, "sip:ann@example.com");
    assert_string_equal(message->to_id, "pb");
    assert_string_equal(message->to_name, "Bob");
    sprintf(list + strlen(list), "%u:%s%s ", (unsigned)message->id, message->text,
            message->is_deleted ? "(deleted)" : "");
}

static void assert_messages(struct store *store, const char *room, unsigned most,
                            const char *expected)
{
    char list[200] = "";
    assert_int_equal(store_messages_each(store, room, most, append_message, list), 0);
    assert_string_equal(list, expected);
}

static void messages_live_as_long_as_their_room(void **state)
{
    (void)state;
    struct store *store = open_store();
    struct store_room room = {.name = "blue",
                              .display_name = "",
                              .join_tone = "",
                              .alone = "",
                              .music = "",
                              .pin = "",
                              .moderator_pin = "",
                              .menu = "",
                              .video = "",
                              .srtp = "default"};
    assert_int_equal(store_room_put(store, &room), 0);
    for (unsigned id = 1; id <= 4; id++)
        put_message(store, "blue", id, "x\ny");
    assert_int_equal(store_room_put(store, &room), 0); /* changed: they stay */
    room.name = "red";
    assert_int_equal(store_room_put(store, &room), 0);
    put_message(store, "red", 2, "r");
    assert_messages(store, "blue", 9, "1:x\ny 2:x\ny 3:x\ny 4:x\ny ");
    assert_messages(store, "blue", 2, "3:x\ny 4:x\ny ");
    assert_int_equal(store_message_wipe(store, "blue", 3), 0);
    assert_int_equal(store_messages_delete(store, "blue", 2), 0);
    store_close(store);

    store = open_store();
    assert_messages(store, "blue", 9, "3:(deleted) 4:x\ny ");
    assert_int_equal(store_room_delete(store, "blue"), 0);
    assert_messages(store, "blue", 9, "");
    assert_messages(store, "red", 9, "2:r ");
    store_close(store);
}

static void what_was_written_survives_kill_9(void **state)
{
    (void)state;
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        struct store *store = NULL;
        char *why = NULL;
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* if the test fails, it must not write for ever */
        if (store_open(directory, &store, &why) < 0 || put(store, "a", 1) < 0 ||
            put(store, "b", 2) < 0 || store_room_delete(store, "a") < 0)
            _exit(1);
        if (write(pipes[1], "x", 1) == 1) /* it says when it is done, then goes on writing */
            for (unsigned i = 0; put(store, "c", i) == 0; i++)
                ;
        _exit(1);
    }
    char done;
    close(pipes[1]);
    assert_int_equal(read(pipes[0], &done, 1), 1);
    close(pipes[0]);
    assert_refused(-EBUSY, "in use");
    assert_int_equal(kill(child, SIGKILL), 0);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    struct store *store = open_store(); /* the lock went with the process */
    char text[256] = "";
    assert_int_equal(store_rooms_each(store, append, text), 0);
    assert_memory_equal(text, "b=2 ", 4); /* and c, if it came so far */
    store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rooms_are_kept_by_name),
        TEST(files_are_the_owners_only),
        TEST(the_directory_is_made),
        TEST(one_process_has_it),
        TEST(a_file_of_the_first_version_is_brought_up_to_date),
        TEST(what_is_no_database_is_left_alone),
        TEST(pins_that_were_kept_as_they_are_are_hashed_and_gone),
        TEST(a_newer_version_is_left_alone),
        TEST(another_programs_database_is_left_alone),
        TEST(a_damaged_file_is_noticed),
        TEST(a_table_that_is_missing_is_noticed),
        TEST(no_permission_is_said),
        TEST(a_limit_on_files_is_no_loss),
        TEST(a_full_disk_is_no_loss),
        TEST(a_disk_full_from_the_start_is_said),
        TEST(a_read_only_disk_is_said),
        TEST(messages_live_as_long_as_their_room),
        TEST(what_was_written_survives_kill_9),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
