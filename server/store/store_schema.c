/* store_schema.c - the tables, and how an older file gets them: one step for each version. */
#include "server/store/pin_hash.h"
#include "server/store/store_internal.h"

#include "mixer/base/log.h"

#include <errno.h>
#include <stdio.h>

enum { APPLICATION_ID = 0x5261646f }; /* "Rado": so that we know our file from another's */

/* One salt for both of a room. What is no PIN is left as it is, and locks its room. */
static const char hash_pins[] =
    "UPDATE rooms SET pin = hash_pin(pin, ''); "
    "UPDATE rooms SET moderator_pin = hash_pin(moderator_pin, pin); "
    "UPDATE templates SET pin = hash_pin(pin, ''); "
    "UPDATE templates SET moderator_pin = hash_pin(moderator_pin, pin)";

/* A setting that had a column, as setting.h writes it: a name is before each line of a text. */
#define LINE(column, value) "ifnull('" #column " ' || " value " || char(10), '') || "
#define TEXT(column)                                                                           \
    LINE(column, "replace(rtrim(" #column ", char(10)), char(10), char(10) || '" #column " '"  \
                 ")")
#define NUMBER(column) LINE(column, #column)
#define FLAG(column) LINE(column, "(" #column " <> 0)")
/* In rows from before there was the setting it is '' or 0: left out, the default holds. */
#define NEWER_TEXT(column) "iif(" #column " <> '', " TEXT(column) "'', '') || "
#define NEWER_NUMBER(column) "iif(" #column " <> 0, " NUMBER(column) "'', '') || "
/* clang-format off */
#define SETTINGS_OF_ROOM                                                                       \
    TEXT(display_name) TEXT(number) FLAG(locked) TEXT(moved_to) NEWER_NUMBER(max_participants) \
    TEXT(join_tone) TEXT(alone) TEXT(music) NEWER_NUMBER(loudest) FLAG(level_voices)           \
    FLAG(suppress_noise) TEXT(pin) TEXT(moderator_pin) NEWER_NUMBER(pin_tries)                 \
    NEWER_NUMBER(pin_timeout_s) TEXT(language) FLAG(announcements) NEWER_TEXT(menu)            \
    NEWER_TEXT(video) TEXT(srtp) TEXT(codecs) FLAG(mute_on_entry) FLAG(allow_unmute)           \
    TEXT(lobby) NUMBER(lobby_timeout_s) NUMBER(max_waiting) NUMBER(opens_ns)                   \
    NUMBER(closes_ns) NUMBER(max_duration_s) FLAG(hangs_up_at_end) TEXT(dial_at_start)         \
    TEXT(may_share) TEXT(may_chat) TEXT(may_present) TEXT(recording) FLAG(record_video)        \
    TEXT(may_record) "''"
/* Names of settings become those of the API. */
#define RENAMED(from, to, settings)                                                            \
    "replace(" settings ", char(10) || '" from "', char(10) || '" to "')"
#define SETTINGS_RENAMED                                                                       \
    RENAMED("opens_ns ", "opens_at ",                                                          \
    RENAMED("closes_ns ", "closes_at ",                                                        \
    RENAMED("hangs_up_at_end 0", "at_end let_finish",                                          \
    RENAMED("hangs_up_at_end 1", "at_end hang_up",                                             \
    RENAMED("may_share ", "who_may_share ",                                                    \
    RENAMED("may_chat ", "who_may_chat ",                                                      \
    RENAMED("may_present ", "who_may_present ",                                                \
    RENAMED("may_record ", "who_may_record ", "char(10) || settings"))))))))

/* clang-format on */

/* Step n makes version n + 1 out of version n. Never change one that was released: add. */
static const char *const steps[] = {
    "CREATE TABLE rooms ("
    "  name TEXT PRIMARY KEY,"
    "  display_name TEXT NOT NULL,"
    "  locked INTEGER NOT NULL,"
    "  max_participants INTEGER NOT NULL,"
    "  join_tone TEXT NOT NULL,"
    "  alone TEXT NOT NULL,"
    "  created_ns INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID",

    "ALTER TABLE rooms ADD COLUMN music TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE rooms ADD COLUMN loudest INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE rooms ADD COLUMN level_voices INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE rooms ADD COLUMN suppress_noise INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE rooms ADD COLUMN pin TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE rooms ADD COLUMN moderator_pin TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE rooms ADD COLUMN pin_tries INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE rooms ADD COLUMN pin_timeout_s INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE rooms ADD COLUMN announcements INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE rooms ADD COLUMN menu TEXT NOT NULL DEFAULT ''",

    "ALTER TABLE rooms ADD COLUMN video TEXT NOT NULL DEFAULT ''",

    "CREATE TABLE accounts ("
    "  name TEXT PRIMARY KEY,"
    "  realm TEXT NOT NULL,"
    "  ha1_md5 TEXT NOT NULL,"
    "  ha1_sha256 TEXT NOT NULL,"
    "  display_name TEXT NOT NULL,"
    "  enabled INTEGER NOT NULL,"
    "  created_ns INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID",

    ("ALTER TABLE rooms ADD COLUMN srtp TEXT NOT NULL DEFAULT 'default';"
     "ALTER TABLE accounts ADD COLUMN srtp TEXT NOT NULL DEFAULT 'default'"),

    "ALTER TABLE rooms ADD COLUMN may_share TEXT NOT NULL DEFAULT 'all';"
    "ALTER TABLE rooms ADD COLUMN may_chat TEXT NOT NULL DEFAULT 'all';"
    "ALTER TABLE rooms ADD COLUMN may_present TEXT NOT NULL DEFAULT 'all'",

    "ALTER TABLE accounts ADD COLUMN number TEXT NOT NULL DEFAULT ''",

    ("CREATE TABLE trunks ("
     "  name TEXT PRIMARY KEY,"
     "  settings TEXT NOT NULL,"
     "  password TEXT NOT NULL,"
     "  created_ns INTEGER NOT NULL"
     ") STRICT, WITHOUT ROWID;"
     "CREATE TABLE numbers ("
     "  pattern TEXT PRIMARY KEY,"
     "  leads_to TEXT NOT NULL,"
     "  target TEXT NOT NULL,"
     "  note TEXT NOT NULL"
     ") STRICT, WITHOUT ROWID"),

    /* a room that is replaced keeps its messages: REPLACE runs no triggers of DELETE */
    ("CREATE TABLE messages ("
     "  room TEXT NOT NULL,"
     "  id INTEGER NOT NULL,"
     "  time_ns INTEGER NOT NULL,"
     "  origin TEXT NOT NULL,"
     "  from_id TEXT NOT NULL,"
     "  from_name TEXT NOT NULL,"
     "  from_uri TEXT NOT NULL,"
     "  to_id TEXT NOT NULL,"
     "  to_name TEXT NOT NULL,"
     "  text TEXT NOT NULL,"
     "  deleted INTEGER NOT NULL,"
     "  PRIMARY KEY (room, id)"
     ") STRICT, WITHOUT ROWID;"
     "CREATE TRIGGER messages_of_room AFTER DELETE ON rooms BEGIN"
     "  DELETE FROM messages WHERE room = OLD.name; END"),

    "CREATE TABLE registrations ("
    "  id TEXT PRIMARY KEY,"
    "  account TEXT NOT NULL,"
    "  uri TEXT NOT NULL,"
    "  key TEXT NOT NULL,"
    "  path TEXT NOT NULL,"
    "  flow TEXT NOT NULL,"
    "  instance TEXT NOT NULL,"
    "  call_id TEXT NOT NULL,"
    "  user_agent TEXT NOT NULL,"
    "  reg_id INTEGER NOT NULL,"
    "  q INTEGER NOT NULL,"
    "  cseq INTEGER NOT NULL,"
    "  created_ns INTEGER NOT NULL,"
    "  expires_ns INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID",

    "ALTER TABLE rooms ADD COLUMN mute_on_entry INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE rooms ADD COLUMN allow_unmute INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE rooms ADD COLUMN lobby TEXT NOT NULL DEFAULT 'off';"
    "ALTER TABLE rooms ADD COLUMN lobby_timeout_s INTEGER NOT NULL DEFAULT 600;"
    "ALTER TABLE rooms ADD COLUMN max_waiting INTEGER NOT NULL DEFAULT 50",

    "CREATE TABLE files ("
    "  id TEXT PRIMARY KEY,"
    "  room TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  type TEXT NOT NULL,"
    "  sha256 TEXT NOT NULL,"
    "  bytes INTEGER NOT NULL,"
    "  sharer TEXT NOT NULL,"
    "  sharer_id TEXT NOT NULL,"
    "  created_ns INTEGER NOT NULL,"
    "  expires_ns INTEGER NOT NULL,"
    "  is_whole INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID",

    "CREATE TABLE tokens ("
    "  id TEXT PRIMARY KEY,"
    "  sha256 TEXT NOT NULL UNIQUE,"
    "  name TEXT NOT NULL,"
    "  role TEXT NOT NULL,"
    "  rooms TEXT NOT NULL,"
    "  created_ns INTEGER NOT NULL,"
    "  expires_ns INTEGER NOT NULL,"
    "  used_ns INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID",

    "CREATE TABLE webhooks ("
    "  id TEXT PRIMARY KEY,"
    "  url TEXT NOT NULL,"
    "  events TEXT NOT NULL,"
    "  rooms TEXT NOT NULL,"
    "  secret TEXT NOT NULL,"
    "  enabled INTEGER NOT NULL,"
    "  created_ns INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID",

    ("CREATE TABLE call_records ("
     "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
     "  participant TEXT NOT NULL,"
     "  room TEXT NOT NULL,"
     "  uri TEXT NOT NULL,"
     "  ended_ns INTEGER NOT NULL,"
     "  json TEXT NOT NULL"
     ") STRICT;"
     "CREATE INDEX call_records_filter ON call_records (id, room, uri, ended_ns)"),

    ("ALTER TABLE rooms ADD COLUMN opens_ns INTEGER NOT NULL DEFAULT 0;"
     "ALTER TABLE rooms ADD COLUMN closes_ns INTEGER NOT NULL DEFAULT 0;"
     "ALTER TABLE rooms ADD COLUMN max_duration_s INTEGER NOT NULL DEFAULT 0;"
     "ALTER TABLE rooms ADD COLUMN hangs_up_at_end INTEGER NOT NULL DEFAULT 1;"
     "CREATE TABLE bans ("
     "  room TEXT NOT NULL,"
     "  id TEXT NOT NULL,"
     "  uri TEXT NOT NULL,"
     "  address TEXT NOT NULL,"
     "  note TEXT NOT NULL,"
     "  created_ns INTEGER NOT NULL,"
     "  PRIMARY KEY (room, id)"
     ") STRICT, WITHOUT ROWID;"
     "CREATE TRIGGER bans_of_room AFTER DELETE ON rooms BEGIN"
     "  DELETE FROM bans WHERE room = OLD.name; END"),

    /* a template has the columns of a room: what is added to one is added to the other */
    ("CREATE TABLE templates AS SELECT * FROM rooms WHERE 0;"
     "CREATE UNIQUE INDEX template_names ON templates (name)"),

    "CREATE TABLE audit ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  time_ns INTEGER NOT NULL,"
    "  token TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  role TEXT NOT NULL,"
    "  source TEXT NOT NULL,"
    "  method TEXT NOT NULL,"
    "  path TEXT NOT NULL,"
    "  status INTEGER NOT NULL,"
    "  code TEXT NOT NULL"
    ") STRICT",

    ("ALTER TABLE rooms ADD COLUMN moved_to TEXT NOT NULL DEFAULT '';"
     "ALTER TABLE templates ADD COLUMN moved_to TEXT NOT NULL DEFAULT ''"),

    /* as with messages: an account that is replaced keeps its letters */
    ("CREATE TABLE letters ("
     "  id INTEGER PRIMARY KEY,"
     "  account TEXT NOT NULL,"
     "  time_ns INTEGER NOT NULL,"
     "  from_uri TEXT NOT NULL,"
     "  from_name TEXT NOT NULL,"
     "  text TEXT NOT NULL"
     ") STRICT;"
     "CREATE INDEX letters_of_account ON letters (account, id);"
     "CREATE TRIGGER letters_to_account AFTER DELETE ON accounts BEGIN"
     "  DELETE FROM letters WHERE account = OLD.name; END"),

    ("ALTER TABLE rooms ADD COLUMN codecs TEXT NOT NULL DEFAULT '';"
     "ALTER TABLE templates ADD COLUMN codecs TEXT NOT NULL DEFAULT ''"),

    ("ALTER TABLE accounts ADD COLUMN smime TEXT NOT NULL DEFAULT 'optional';"
     "ALTER TABLE accounts ADD COLUMN certificate TEXT NOT NULL DEFAULT ''"),

    ("ALTER TABLE rooms ADD COLUMN language TEXT NOT NULL DEFAULT 'en';"
     "ALTER TABLE templates ADD COLUMN language TEXT NOT NULL DEFAULT 'en'"),

    ("CREATE TABLE deliveries ("
     "  id INTEGER PRIMARY KEY,"
     "  webhook TEXT NOT NULL,"
     "  message TEXT NOT NULL,"
     "  event TEXT NOT NULL,"
     "  body TEXT NOT NULL,"
     "  created_ns INTEGER NOT NULL"
     ") STRICT;"
     "CREATE TRIGGER deliveries_to_webhook AFTER DELETE ON webhooks BEGIN"
     "  DELETE FROM deliveries WHERE webhook = OLD.id; END"),

    /* as with messages: a trunk that is replaced keeps its counts */
    ("CREATE TABLE trunk_counts ("
     "  trunk TEXT NOT NULL,"
     "  room TEXT NOT NULL,"
     "  day INTEGER NOT NULL,"
     "  calls INTEGER NOT NULL,"
     "  PRIMARY KEY (trunk, room)"
     ") STRICT, WITHOUT ROWID;"
     "CREATE TRIGGER counts_of_trunk AFTER DELETE ON trunks BEGIN"
     "  DELETE FROM trunk_counts WHERE trunk = OLD.name; END"),

    hash_pins,

    "ALTER TABLE letters ADD COLUMN is_notice INTEGER NOT NULL DEFAULT 0",

    ("ALTER TABLE rooms ADD COLUMN number TEXT NOT NULL DEFAULT '';"
     "ALTER TABLE templates ADD COLUMN number TEXT NOT NULL DEFAULT ''"),

    ("ALTER TABLE rooms ADD COLUMN dial_at_start TEXT NOT NULL DEFAULT '';"
     "ALTER TABLE templates ADD COLUMN dial_at_start TEXT NOT NULL DEFAULT ''"),

    /* recordings outlive their rooms */
    ("ALTER TABLE rooms ADD COLUMN recording TEXT NOT NULL DEFAULT 'on_request';"
     "ALTER TABLE rooms ADD COLUMN record_video INTEGER NOT NULL DEFAULT 0;"
     "ALTER TABLE rooms ADD COLUMN may_record TEXT NOT NULL DEFAULT 'moderators';"
     "ALTER TABLE templates ADD COLUMN recording TEXT NOT NULL DEFAULT 'on_request';"
     "ALTER TABLE templates ADD COLUMN record_video INTEGER NOT NULL DEFAULT 0;"
     "ALTER TABLE templates ADD COLUMN may_record TEXT NOT NULL DEFAULT 'moderators';"
     "CREATE TABLE recordings ("
     "  id TEXT NOT NULL PRIMARY KEY,"
     "  room TEXT NOT NULL,"
     "  name TEXT NOT NULL,"
     "  starter TEXT NOT NULL,"
     "  has_video INTEGER NOT NULL,"
     "  state TEXT NOT NULL,"
     "  ending TEXT NOT NULL,"
     "  sha256 TEXT NOT NULL,"
     "  bytes INTEGER NOT NULL,"
     "  length_ms INTEGER NOT NULL,"
     "  dropped_ticks INTEGER NOT NULL,"
     "  created_ns INTEGER NOT NULL,"
     "  ended_ns INTEGER NOT NULL,"
     "  expires_ns INTEGER NOT NULL"
     ") STRICT, WITHOUT ROWID"),

    ("ALTER TABLE accounts ADD COLUMN forwarding TEXT NOT NULL DEFAULT 'none';"
     "ALTER TABLE accounts ADD COLUMN forward_to TEXT NOT NULL DEFAULT '';"
     "ALTER TABLE accounts ADD COLUMN forward_when TEXT NOT NULL DEFAULT 'always';"
     "ALTER TABLE accounts ADD COLUMN forward_after_s INTEGER NOT NULL DEFAULT 20"),

    /* a column for all settings, so that a new one needs no step; triggers go with a table */
    ("CREATE TABLE new_rooms ("
     "  name TEXT PRIMARY KEY,"
     "  settings TEXT NOT NULL,"
     "  created_ns INTEGER NOT NULL"
     ") STRICT, WITHOUT ROWID;"
     "INSERT INTO new_rooms SELECT name, " SETTINGS_OF_ROOM ", created_ns FROM rooms;"
     "DROP TABLE rooms;"
     "ALTER TABLE new_rooms RENAME TO rooms;"
     "CREATE TRIGGER messages_of_room AFTER DELETE ON rooms BEGIN"
     "  DELETE FROM messages WHERE room = OLD.name; END;"
     "CREATE TRIGGER bans_of_room AFTER DELETE ON rooms BEGIN"
     "  DELETE FROM bans WHERE room = OLD.name; END;"
     "CREATE TABLE new_templates ("
     "  name TEXT PRIMARY KEY,"
     "  settings TEXT NOT NULL,"
     "  created_ns INTEGER NOT NULL"
     ") STRICT, WITHOUT ROWID;"
     "INSERT INTO new_templates SELECT name, " SETTINGS_OF_ROOM ", created_ns FROM templates;"
     "DROP TABLE templates;"
     "ALTER TABLE new_templates RENAME TO templates"),

    "ALTER TABLE numbers ADD COLUMN language TEXT NOT NULL DEFAULT ''",

    ("ALTER TABLE letters RENAME COLUMN is_notice TO kind;"
     "ALTER TABLE letters ADD COLUMN message_id TEXT NOT NULL DEFAULT ''"),

    "ALTER TABLE files ADD COLUMN sha1 TEXT NOT NULL DEFAULT ''",

    ("UPDATE rooms SET settings = substr(" SETTINGS_RENAMED ", 2);"
     "UPDATE templates SET settings = substr(" SETTINGS_RENAMED ", 2)"),
};
enum { VERSION = sizeof(steps) / sizeof(steps[0]) };

/* The one number that @p sql asks for. */
static int ask_number(sqlite3 *db, const char *sql, int *number)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        return store_error(db);
    int err = 0;
    if (sqlite3_step(statement) == SQLITE_ROW)
        *number = sqlite3_column_int(statement, 0);
    else
        err = store_error(db);
    sqlite3_finalize(statement);
    return err;
}

static int execute(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : store_error(db);
}

/* hash_pin(PIN, HASH WHOSE SALT IS TAKEN), for the step that hashes them. */
static void hash_pin(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    const char *pin = (const char *)sqlite3_value_text(values[0]);
    const char *other = (const char *)sqlite3_value_text(values[1]);
    char hash[PIN_HASH_BYTES];
    if (!pin || !other || !pin_is_valid(pin)) {
        sqlite3_result_value(context, values[0]);
        return;
    }
    if (pin_hash_make(pin, other, hash) < 0)
        sqlite3_result_error(context, "this OpenSSL cannot hash PINs", -1);
    else
        sqlite3_result_text(context, hash, -1, SQLITE_TRANSIENT);
}

/* What was there before the last steps is in no page any more, nor in the log of the file. */
static void forget_what_was(sqlite3 *db)
{
    log_info("store", "the PINs of rooms are kept as hashes from now on");
    static const char sql[] = "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)";
    if (execute(db, sql) < 0)
        log_warn("store", "the file may still have PINs as they were: %s", sqlite3_errmsg(db));
}

static int take_steps(sqlite3 *db, int version)
{
    bool has_secrets = false, is_new = version == 0;
    if (sqlite3_create_function(db, "hash_pin", 2, SQLITE_UTF8, NULL, hash_pin, NULL, NULL) !=
        SQLITE_OK)
        return store_error(db);
    int err = execute(db, "BEGIN IMMEDIATE");
    for (; err == 0 && version < VERSION; version++) {
        has_secrets |= steps[version] == hash_pins;
        err = execute(db, steps[version]);
    }
    char stamp[96];
    snprintf(stamp, sizeof(stamp), "PRAGMA application_id = %d; PRAGMA user_version = %d",
             APPLICATION_ID, VERSION);
    if (err == 0)
        err = execute(db, stamp);
    if (err == 0)
        err = execute(db, "COMMIT");
    if (err < 0)
        execute(db, "ROLLBACK");
    else if (has_secrets && !is_new)
        forget_what_was(db);
    return err;
}

int store_schema_check(sqlite3 *db, int *version, const char **why)
{
    int application = 0, tables = 0;
    int err = ask_number(db, "PRAGMA user_version", version);
    if (err == 0)
        err = ask_number(db, "PRAGMA application_id", &application);
    if (err == 0)
        err = ask_number(db, "SELECT count(*) FROM sqlite_schema", &tables);
    if (err < 0)
        return err;
    if (application != APPLICATION_ID && (application || *version || tables)) {
        *why = "it is a database of another program";
        return -EBADMSG;
    }
    if (*version > VERSION || *version < 0) {
        *why = "it was written by a newer version of raduno";
        return -EBADMSG;
    }
    return 0;
}

int store_schema_update(sqlite3 *db, int version)
{
    return version == VERSION ? 0 : take_steps(db, version);
}
