/* store.c - the file: found, locked, opened, checked, closed; and SQLite's errors in our words.
 */
#include "server/store/store.h"

#include "mixer/base/check.h"
#include "mixer/base/explain.h"
#include "mixer/base/log.h"
#include "server/store/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Others may only read (an operator's backup), and in WAL mode a reader stops no writer. */
enum { BUSY_TIMEOUT_MS = 50, PATH_BYTES = 4096 };

/* ---- errors ---- */

static int system_error(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: /* a limit on the size of files */
        return -ENOSPC;
    case EACCES:
    case EPERM:
        return -EACCES;
    case ENOENT:
    case ENOTDIR:
    case EROFS:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return -number;
    default:
        return -EIO;
    }
}

int store_error(sqlite3 *db)
{
    switch (sqlite3_errcode(db)) { /* the primary code: extended ones are off */
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_ERROR: /* a table or a column that our version must have is not there */
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
        return -EBADMSG;
    case SQLITE_READONLY:
        return -EROFS;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return -EACCES;
    default: /* IOERR, CANTOPEN: what the kernel said, which SQLite notes for some calls only */
        return system_error(sqlite3_system_errno(db) ? sqlite3_system_errno(db) : errno);
    }
}

int store_failed(sqlite3 *db, const char *what)
{
    int err = store_error(db);
    log_error("store", "cannot %s: %s (%s)", what, sqlite3_errmsg(db), strerror(-err));
    return err;
}

/* ---- the directory and its lock ---- */

static int make_directory(const char *directory, char **why)
{
    if (mkdir(directory, 0700) == 0 || errno == EEXIST)
        return 0;
    int number = errno;
    return explain(system_error(number), why, "cannot make the data directory %s: %s",
                   directory, strerror(number));
}

static int open_private(const char *path, int *fd, char **why)
{
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*fd >= 0)
        return 0;
    int number = errno;
    return explain(system_error(number), why, "cannot open %s: %s", path, strerror(number));
}

/* The kernel gives the lock back however the process ends, so a lock file left behind is no
 * lock. */
static int lock(struct store *store, const char *directory, char **why)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "%s/raduno.lock", directory);
    int err = open_private(path, &store->lock_fd, why);
    if (err < 0)
        return err;
    if (flock(store->lock_fd, LOCK_EX | LOCK_NB) < 0) {
        char owner[32] = "";
        ssize_t length = pread(store->lock_fd, owner, sizeof(owner) - 1, 0);
        owner[length > 0 ? strspn(owner, "0123456789") : 0] = '\0';
        return explain(-EBUSY, why,
                       "the data directory %s is in use by another raduno (process %s)",
                       directory, owner[0] ? owner : "unknown");
    }
    if (ftruncate(store->lock_fd, 0) < 0 || dprintf(store->lock_fd, "%d\n", (int)getpid()) < 0)
        log_warn("store", "cannot write %s: %s", path,
                 strerror(errno)); /* it is locked anyway */
    return 0;
}

/* ---- the file ---- */

/* SQLite would make it readable for all, and gives its -wal and -shm the mode that it has. */
static int make_private(const char *path, char **why)
{
    int fd;
    int err = open_private(path, &fd, why);
    if (err < 0)
        return err;
    if (fchmod(fd, 0600) < 0)
        log_warn("store", "%s: its mode stays as it is: %s", path, strerror(errno));
    close(fd);
    return 0;
}

static int on_mode(void *context, int count, char **values, char **names)
{
    (void)names;
    bool *is_wal = context;
    *is_wal = count == 1 && values[0] && strcmp(values[0], "wal") == 0;
    return 0;
}

static int on_check(void *context, int count, char **values, char **names)
{
    (void)names;
    bool *is_sound = context;
    *is_sound = count == 1 && values[0] && strcmp(values[0], "ok") == 0;
    return 0;
}

static int set_up(sqlite3 *db)
{
    bool is_wal = false;
    sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
    if (sqlite3_exec(db, "PRAGMA journal_mode = WAL", on_mode, &is_wal, NULL) != SQLITE_OK ||
        sqlite3_exec(db, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL) != SQLITE_OK)
        return store_error(db);
    if (!is_wal)
        log_warn("store",
                 "this file system has no shared memory: each write waits for the disk");
    return 0;
}

static int check_sound(sqlite3 *db, const char **why)
{
    bool is_sound = false;
    if (sqlite3_exec(db, "PRAGMA quick_check(1)", on_check, &is_sound, NULL) != SQLITE_OK)
        return store_error(db);
    *why = is_sound ? NULL : "it is damaged: put a backup in its place";
    return is_sound ? 0 : -EBADMSG;
}

static int prepare(struct store *store)
{
    const struct {
        sqlite3_stmt **statement;
        const char *sql;
    } all[] = {
        {&store->audit_put,
         "INSERT INTO audit (" STORE_AUDIT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"},
        {&store->audit_each, "SELECT id, " STORE_AUDIT_COLUMNS " FROM audit WHERE id < ?1"
                             " AND (?2 IS NULL OR token = ?2) ORDER BY id DESC LIMIT ?3"},
        {&store->audit_prune, "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id <="
                              " (SELECT max(id) FROM audit) - ?1 ORDER BY id LIMIT ?2)"},
        {&store->webhooks_each, "SELECT " STORE_WEBHOOK_COLUMNS " FROM webhooks ORDER BY id"},
        {&store->webhook_put, "INSERT OR REPLACE INTO webhooks (" STORE_WEBHOOK_COLUMNS
                              ") VALUES (?, ?, ?, ?, ?, ?, ?)"},
        {&store->webhook_delete, "DELETE FROM webhooks WHERE id = ?"},
        {&store->deliveries_each, "SELECT id, webhook, message, event, body, created_ns FROM"
                                  " deliveries ORDER BY id"},
        {&store->delivery_add, "INSERT INTO deliveries (webhook, message, event, body,"
                               " created_ns) VALUES (?, ?, ?, ?, ?)"},
        {&store->delivery_delete, "DELETE FROM deliveries WHERE id = ?"},
        {&store->call_record_put,
         "INSERT INTO call_records (" STORE_CALL_RECORD_COLUMNS ") VALUES (?, ?, ?, ?, ?)"},
        {&store->call_records_each, /* the index has all that is looked at: few pages */
         "SELECT id, " STORE_CALL_RECORD_COLUMNS " FROM call_records WHERE id IN"
         " (SELECT id FROM call_records INDEXED BY call_records_filter WHERE id < ?1"
         "  AND (?2 IS NULL OR room = ?2) AND (?3 IS NULL OR uri = ?3)"
         "  AND ended_ns >= ?4 AND ended_ns < ?5 ORDER BY id DESC LIMIT ?6)"
         " ORDER BY id DESC"},
        {&store->call_records_prune,
         "DELETE FROM call_records WHERE id IN (SELECT id FROM call_records INDEXED BY"
         " call_records_filter WHERE ended_ns < ?1"
         " OR id <= (SELECT max(id) FROM call_records) - ?2 ORDER BY id LIMIT ?3)"},
        {&store->tokens_each, "SELECT " STORE_TOKEN_COLUMNS " FROM tokens ORDER BY id"},
        {&store->token_put, "INSERT OR REPLACE INTO tokens (" STORE_TOKEN_COLUMNS
                            ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
        {&store->token_delete, "DELETE FROM tokens WHERE id = ?"},
        {&store->rooms_each, "SELECT " STORE_ROOM_COLUMNS " FROM rooms ORDER BY name"},
        {&store->room_put,
         "INSERT OR REPLACE INTO rooms (" STORE_ROOM_COLUMNS ") VALUES (?, ?, ?)"},
        {&store->room_delete, "DELETE FROM rooms WHERE name = ?"},
        {&store->messages_each,
         "SELECT " STORE_MESSAGE_COLUMNS " FROM (SELECT * FROM messages WHERE room = ?"
         " ORDER BY id DESC LIMIT ?) ORDER BY id"},
        {&store->message_put, "INSERT OR REPLACE INTO messages (" STORE_MESSAGE_COLUMNS
                              ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
        {&store->message_wipe,
         "UPDATE messages SET text = '', deleted = 1 WHERE room = ? AND id = ?"},
        {&store->messages_delete, "DELETE FROM messages WHERE room = ? AND id <= ?"},
        {&store->templates_each, "SELECT " STORE_ROOM_COLUMNS " FROM templates ORDER BY name"},
        {&store->template_put,
         "INSERT OR REPLACE INTO templates (" STORE_ROOM_COLUMNS ") VALUES (?, ?, ?)"},
        {&store->template_delete, "DELETE FROM templates WHERE name = ?"},
        {&store->bans_each,
         "SELECT " STORE_BAN_COLUMNS " FROM bans ORDER BY room, created_ns, id"},
        {&store->ban_put,
         "INSERT OR REPLACE INTO bans (" STORE_BAN_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?)"},
        {&store->ban_delete, "DELETE FROM bans WHERE room = ? AND id = ?"},
        {&store->letter_add, "INSERT INTO letters (account, time_ns, from_uri, from_name, text,"
                             " kind, message_id) VALUES (?, ?, ?, ?, ?, ?, ?)"},
        {&store->letter_count, "SELECT count(*) FROM letters WHERE account = ?"},
        {&store->letter_first,
         "SELECT id, account, time_ns, from_uri, from_name, text,"
         " kind, message_id FROM letters WHERE account = ? ORDER BY id LIMIT 1"},
        {&store->letter_delete, "DELETE FROM letters WHERE id = ?"},
        {&store->letters_expire, "DELETE FROM letters WHERE time_ns < ?"},
        {&store->accounts_each, "SELECT " STORE_ACCOUNT_COLUMNS " FROM accounts ORDER BY name"},
        {&store->account_put, "INSERT OR REPLACE INTO accounts (" STORE_ACCOUNT_COLUMNS
                              ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
        {&store->account_delete, "DELETE FROM accounts WHERE name = ?"},
        {&store->trunks_each, "SELECT " STORE_TRUNK_COLUMNS " FROM trunks ORDER BY name"},
        {&store->trunk_put,
         "INSERT OR REPLACE INTO trunks (" STORE_TRUNK_COLUMNS ") VALUES (?, ?, ?, ?)"},
        {&store->trunk_delete, "DELETE FROM trunks WHERE name = ?"},
        {&store->trunk_counts_each, "SELECT " STORE_TRUNK_COUNT_COLUMNS " FROM trunk_counts"},
        {&store->trunk_count_put,
         "INSERT OR REPLACE INTO trunk_counts (" STORE_TRUNK_COUNT_COLUMNS
         ") VALUES (?, ?, ?, ?)"},
        {&store->trunk_counts_expire, "DELETE FROM trunk_counts WHERE day < ?"},
        {&store->numbers_each, "SELECT " STORE_NUMBER_COLUMNS " FROM numbers ORDER BY pattern"},
        {&store->number_put,
         "INSERT OR REPLACE INTO numbers (" STORE_NUMBER_COLUMNS ") VALUES (?, ?, ?, ?, ?)"},
        {&store->number_delete, "DELETE FROM numbers WHERE pattern = ?"},
        {&store->registrations_each,
         "SELECT " STORE_REGISTRATION_COLUMNS " FROM registrations ORDER BY id"},
        {&store->registration_put,
         "INSERT OR REPLACE INTO registrations (" STORE_REGISTRATION_COLUMNS
         ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
        {&store->registration_delete, "DELETE FROM registrations WHERE id = ?"},
        {&store->files_each,
         "SELECT " STORE_FILE_COLUMNS " FROM files ORDER BY created_ns, id"},
        {&store->file_put, "INSERT OR REPLACE INTO files (" STORE_FILE_COLUMNS
                           ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
        {&store->recordings_each,
         "SELECT " STORE_RECORDING_COLUMNS " FROM recordings ORDER BY created_ns, id"},
        {&store->recording_put, "INSERT OR REPLACE INTO recordings (" STORE_RECORDING_COLUMNS
                                ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
        {&store->recording_delete, "DELETE FROM recordings WHERE id = ?"},
        {&store->file_delete, "DELETE FROM files WHERE id = ?"},
    };
    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (sqlite3_prepare_v3(store->db, all[i].sql, -1, SQLITE_PREPARE_PERSISTENT,
                               all[i].statement, NULL) != SQLITE_OK)
            return store_error(store->db);
    }
    return 0;
}

static int open_database(struct store *store, const char *directory, char **why)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "%s/raduno.db", directory);
    int err = make_private(path, why);
    if (err < 0)
        return err;
    const char *reason = NULL;
    int version = 0;
    errno = 0; /* for store_error() */
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &store->db, flags, NULL) != SQLITE_OK)
        err = store_error(store->db);
    if (err == 0)
        err = store_schema_check(store->db, &version, &reason); /* before we write anything */
    if (err == 0)
        err = set_up(store->db);
    if (err == 0)
        err = check_sound(store->db, &reason);
    if (err == 0)
        err = store_schema_update(store->db, version);
    if (err == 0)
        err = prepare(store);
    if (err < 0)
        return explain(err, why, "cannot use %s: %s", path,
                       reason ? reason : sqlite3_errmsg(store->db));
    return 0;
}

int store_open(const char *directory, struct store **store, char **why)
{
    ASSERT_CONTROL();
    *why = NULL;
    if (strlen(directory) + sizeof("/raduno.lock") > PATH_BYTES)
        return explain(-ENAMETOOLONG, why, "the name of the data directory is too long");
    struct store *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->lock_fd = -1;
    int err = make_directory(directory, why);
    if (err == 0)
        err = lock(made, directory, why);
    if (err == 0)
        err = open_database(made, directory, why);
    if (err < 0) {
        store_close(made);
        return err;
    }
    *store = made;
    return 0;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    ASSERT_CONTROL();
    sqlite3_finalize(store->audit_put);
    sqlite3_finalize(store->audit_each);
    sqlite3_finalize(store->audit_prune);
    sqlite3_finalize(store->webhooks_each);
    sqlite3_finalize(store->webhook_put);
    sqlite3_finalize(store->webhook_delete);
    sqlite3_finalize(store->deliveries_each);
    sqlite3_finalize(store->delivery_add);
    sqlite3_finalize(store->delivery_delete);
    sqlite3_finalize(store->call_record_put);
    sqlite3_finalize(store->call_records_each);
    sqlite3_finalize(store->call_records_prune);
    sqlite3_finalize(store->tokens_each);
    sqlite3_finalize(store->token_put);
    sqlite3_finalize(store->token_delete);
    sqlite3_finalize(store->rooms_each);
    sqlite3_finalize(store->room_put);
    sqlite3_finalize(store->room_delete);
    sqlite3_finalize(store->templates_each);
    sqlite3_finalize(store->template_put);
    sqlite3_finalize(store->template_delete);
    sqlite3_finalize(store->bans_each);
    sqlite3_finalize(store->ban_put);
    sqlite3_finalize(store->ban_delete);
    sqlite3_finalize(store->messages_each);
    sqlite3_finalize(store->message_put);
    sqlite3_finalize(store->message_wipe);
    sqlite3_finalize(store->messages_delete);
    sqlite3_finalize(store->letter_add);
    sqlite3_finalize(store->letter_count);
    sqlite3_finalize(store->letter_first);
    sqlite3_finalize(store->letter_delete);
    sqlite3_finalize(store->letters_expire);
    sqlite3_finalize(store->accounts_each);
    sqlite3_finalize(store->account_put);
    sqlite3_finalize(store->account_delete);
    sqlite3_finalize(store->trunks_each);
    sqlite3_finalize(store->trunk_put);
    sqlite3_finalize(store->trunk_delete);
    sqlite3_finalize(store->trunk_counts_each);
    sqlite3_finalize(store->trunk_count_put);
    sqlite3_finalize(store->trunk_counts_expire);
    sqlite3_finalize(store->numbers_each);
    sqlite3_finalize(store->number_put);
    sqlite3_finalize(store->number_delete);
    sqlite3_finalize(store->registrations_each);
    sqlite3_finalize(store->registration_put);
    sqlite3_finalize(store->registration_delete);
    sqlite3_finalize(store->files_each);
    sqlite3_finalize(store->file_put);
    sqlite3_finalize(store->file_delete);
    sqlite3_finalize(store->recordings_each);
    sqlite3_finalize(store->recording_put);
    sqlite3_finalize(store->recording_delete);
    if (sqlite3_close(store->db) != SQLITE_OK)
        log_error("store", "not closed cleanly: %s", sqlite3_errmsg(store->db));
    if (store->lock_fd >= 0)
        close(store->lock_fd);
    free(store);
}

const char *store_text(sqlite3_stmt *row, int column)
{
    const unsigned char *text = sqlite3_column_text(row, column);
    return text ? (const char *)text : "";
}

static int execute(struct store *store, const char *sql)
{
    errno = 0; /* for store_failed() */
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? 0
               : store_failed(store->db, "write several things together");
}

int store_begin(struct store *store)
{
    ASSERT_CONTROL();
    return execute(store, "BEGIN IMMEDIATE");
}

void store_abandon(struct store *store)
{
    if (!sqlite3_get_autocommit(store->db)) /* some errors have undone it already */
        execute(store, "ROLLBACK");
}

int store_commit(struct store *store)
{
    ASSERT_CONTROL();
    int err = sqlite3_get_autocommit(store->db) ? -EIO : execute(store, "COMMIT");
    if (err < 0)
        store_abandon(store);
    return err;
}

int store_run(struct store *store, sqlite3_stmt *statement, const char *what)
{
    int err = 0;
    errno = 0; /* for store_error() */
    if (sqlite3_step(statement) != SQLITE_DONE)
        err = store_failed(store->db, what);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement); /* they point into the caller's strings */
    return err;
}
