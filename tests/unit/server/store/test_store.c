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

/* Of a room that takes so many: to the store any text. */
static int put(struct store *store, const char *name, unsigned most)
{
    char settings[512];
    snprintf(settings, sizeof(settings), "%u Caf\xc3\xa9 \"'; --\n\t%0100d", most, 0);
    return store_room_put(store, &(struct store_room){.name = name,
                                                      .settings = settings,
                                                      .created_ns = 1795464000123456789});
}

/* All rooms as "a=1 b=2 ". */
static void append(void *context, const struct store_room *room)
{
    char *text = context, rest[512];
    size_t length = strlen(text);
    unsigned most = (unsigned)strtoul(room->settings, NULL, 10);
    snprintf(text + length, 256 - length, "%s=%u ", room->name, most);
    snprintf(rest, sizeof(rest), "%u Caf\xc3\xa9 \"'; --\n\t%0100d", most, 0);
    assert_string_equal(room->settings, rest);
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

/* What nobody had said then is not said now. */
static void check_first_version(void *context, const struct store_room *room)
{
    unsigned *rooms = context;
    (*rooms)++;
    assert_string_equal(room->name, "old");
    assert_true(room->created_ns == 5);
    assert_string_equal(
        room->settings,
        "display_name \nnumber \nlocked 1\nmoved_to \nmax_participants 7\njoin_tone both\n"
        "alone noise\nmusic \nlevel_voices 0\nsuppress_noise 0\npin \nmoderator_pin \n"
        "language en\nannouncements 1\nsrtp default\ncodecs \nmute_on_entry 0\n"
        "allow_unmute 1\nlobby off\nlobby_timeout_s 600\nmax_waiting 50\nopens_at 0\n"
        "closes_at 0\nmax_duration_s 0\nat_end hang_up\ndial_at_start \nwho_may_share all\n"
        "who_may_chat all\nwho_may_present all\nrecording on_request\nrecord_video 0\n"
        "who_may_record moderators\n");
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

/* The rest of the line of @p settings that begins with @p name. */
static void take_line(const char *settings, const char *name, char out[PIN_HASH_BYTES])
{
    char wanted[32];
    snprintf(wanted, sizeof(wanted), "\n%s ", name);
    const char *line = strstr(settings, wanted);
    assert_non_null(line);
    line += strlen(wanted);
    snprintf(out, PIN_HASH_BYTES, "%.*s", (int)strcspn(line, "\n"), line);
}

static void check_hashed(void *context, const struct store_room *room)
{
    unsigned *rooms = context;
    char pin[PIN_HASH_BYTES], moderator_pin[PIN_HASH_BYTES];
    take_line(room->settings, "pin", pin);
    take_line(room->settings, "moderator_pin", moderator_pin);
    (*rooms)++;
    if (strcmp(room->name, "none") == 0) {
        assert_string_equal(pin, "");
        assert_int_equal(pin_hash_judge("081500", "", moderator_pin), PIN_HASH_SECOND);
        return;
    }
    if (strcmp(room->name, "odd") == 0) {
        assert_string_equal(pin, "12ab"); /* locks the room: see server/room */
        return;
    }
    assert_int_equal(pin_hash_judge("471147", pin, ""), PIN_HASH_FIRST);
    assert_int_equal(pin_hash_judge("081500", pin, moderator_pin), PIN_HASH_SECOND);
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
    char *name = memmem(file, (size_t)length, "TABLE \"rooms\"", 13);
    assert_non_null(name);
    memcpy(name, "TABLE \"roomz\"", 13);
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
    *rooms += strncmp(room->settings, "1 ", 2) == 0;
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
    struct store_room room = {.name = "blue", .settings = ""};
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

/* What the fixture's server had written in columns, and it means the same. */
static const char settings_of_columns[] =
    "display_name Jörg's ☕ \"room\"; -- 'x'\n"
    "number 482913\n"
    "locked 1\n"
    "moved_to sip:other@example.com\n"
    "max_participants 12\n"
    "join_tone leave\n"
    "alone noise\n"
    "music jazz & ä.flac\n"
    "loudest 3\n"
    "level_voices 0\n"
    "suppress_noise 1\n"
    "pin "
    "6$20000$1dd2671099f4bd9f2553c42d98c27138$"
    "672a3d992cab4231ee18d9b1910856c164ef8dd890eb94eded41d050fea28afe\n"
    "moderator_pin "
    "6$20000$1dd2671099f4bd9f2553c42d98c27138$"
    "a16f6205f8e1d1ed319a1cc2297020e01beed6d74c8c83ba822b80cb9e9463e5\n"
    "pin_tries 5\n"
    "pin_timeout_s 20\n"
    "language en\n"
    "announcements 0\n"
    "menu {\"*1\":\"mute\",\"*9\":\"hang_up\"}\n"
    "video enabled 1\n"
    "video size 854x480\n"
    "video fps 15\n"
    "video bitrate_kbps 700\n"
    "video own_view 1\n"
    "video names 0\n"
    "video frame_talker 1\n"
    "video fill 0\n"
    "video ground #15181c\n"
    "video background \n"
    "video logo \n"
    "video layout custom\n"
    "video tile 0 0 50 100 anyone\n"
    "srtp required\n"
    "codecs opus,PCMA,VP8\n"
    "mute_on_entry 1\n"
    "allow_unmute 0\n"
    "lobby guests\n"
    "lobby_timeout_s 77\n"
    "max_waiting 9\n"
    "opens_at 1798761600000000000\n"
    "closes_at 1798848000000000000\n"
    "max_duration_s 3600\n"
    "at_end let_finish\n"
    "dial_at_start sip:a@example.com\n"
    "dial_at_start sip:b@example.com\n"
    "dial_at_start tel:+4930123\n"
    "who_may_share moderators\n"
    "who_may_chat nobody\n"
    "who_may_present all\n"
    "recording always\n"
    "record_video 1\n"
    "who_may_record nobody\n";

static void check_columns(void *context, const struct store_room *room)
{
    unsigned *rooms = context;
    (*rooms)++;
    if (strcmp(room->name, "full") == 0) {
        assert_string_equal(room->settings, settings_of_columns);
        assert_true(room->created_ns == 1795697168544133325);
    } else if (strcmp(room->name, "odd") == 0) {
        assert_true(strncmp(room->settings, "display_name a\ndisplay_name locked 0\n", 37) ==
                    0);
        assert_non_null(strstr(room->settings, "\nnumber \nlocked 1\nmoved_to "));
    } else {
        assert_string_equal(room->name, "no-menu");
        assert_non_null(strstr(room->settings, "\nmenu {}\nvideo enabled 0\nvideo size "));
    }
}

/* The same but for the salt, and of a template there is no number. */
static void check_template(void *context, const struct store_room *template)
{
    unsigned *templates = context;
    (*templates)++;
    assert_string_equal(template->name, "t1");
    assert_non_null(strstr(template->settings, "x'\nnumber \nlocked 1\n"));
    const char *tail = strstr(settings_of_columns, "\nsrtp ");
    const char *end = strstr(template->settings, "\nsrtp ");
    assert_non_null(end);
    assert_string_equal(end, tail);
}

static void columns_become_lines(void **state)
{
    (void)state;
    static char sql[1 << 16];
    sqlite3 *db;
    FILE *file = fopen(RADUNO_SOURCE_DIR "/tests/unit/server/store/columns.sql", "rb");
    assert_non_null(file);
    size_t length = fread(sql, 1, sizeof(sql) - 1, file);
    assert_true(length && feof(file));
    fclose(file);
    assert_int_equal(sqlite3_open(path_of("raduno.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    const char *odd = /* by hand: a flag that is no 0 or 1, a name that would be a line */
        "CREATE TEMP TABLE copy AS SELECT * FROM rooms WHERE name = 'no-menu';"
        "UPDATE copy SET name = 'odd', locked = 5, display_name = 'a' || char(10) || 'locked "
        "0';"
        "INSERT INTO rooms SELECT * FROM copy";
    assert_int_equal(sqlite3_exec(db, odd, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    for (unsigned round = 1; round <= 2; round++) {
        struct store *store = open_store();
        unsigned rooms = 0, templates = 0;
        assert_int_equal(store_rooms_each(store, check_columns, &rooms), 0);
        assert_int_equal(store_templates_each(store, check_template, &templates), 0);
        assert_int_equal(rooms, 3);
        assert_int_equal(templates, 1);
        assert_messages(store, "full", 9, "1:hello ");
        store_close(store);
    }
    struct store *store = open_store();
    assert_int_equal(store_room_delete(store, "full"), 0);
    assert_messages(store, "full", 9, ""); /* they still go with it */
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
        TEST(columns_become_lines),
        TEST(what_was_written_survives_kill_9),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
