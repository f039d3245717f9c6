/*
 * store_internal.h - what the files of server/store share. Nobody else includes it.
 *
 * Thread   control.
 */
#ifndef SERVER_STORE_STORE_INTERNAL_H
#define SERVER_STORE_STORE_INTERNAL_H

#include "server/store/store.h"

#include <sqlite3.h>

struct store {
    sqlite3 *db;
    int lock_fd; /* of raduno.lock, locked as long as we live */
    sqlite3_stmt *audit_put, *audit_each, *audit_prune;
    sqlite3_stmt *webhooks_each, *webhook_put, *webhook_delete;
    sqlite3_stmt *deliveries_each, *delivery_add, *delivery_delete;
    sqlite3_stmt *call_record_put, *call_records_each, *call_records_prune;
    sqlite3_stmt *tokens_each, *token_put, *token_delete;
    sqlite3_stmt *rooms_each, *room_put, *room_delete;
    sqlite3_stmt *templates_each, *template_put, *template_delete;
    sqlite3_stmt *bans_each, *ban_put, *ban_delete;
    sqlite3_stmt *messages_each, *message_put, *message_wipe, *messages_delete;
    sqlite3_stmt *letter_add, *letter_count, *letter_first, *letter_delete, *letters_expire;
    sqlite3_stmt *accounts_each, *account_put, *account_delete;
    sqlite3_stmt *trunks_each, *trunk_put, *trunk_delete;
    sqlite3_stmt *trunk_counts_each, *trunk_count_put, *trunk_counts_expire;
    sqlite3_stmt *numbers_each, *number_put, *number_delete;
    sqlite3_stmt *registrations_each, *registration_put, *registration_delete;
    sqlite3_stmt *recordings_each, *recording_put, *recording_delete;
    sqlite3_stmt *files_each, *file_put, *file_delete;
};

/* In the order in which store_webhook.c, store_audit.c and store_call_record.c read and bind
 * them. */
#define STORE_WEBHOOK_COLUMNS "id, url, events, rooms, secret, enabled, created_ns"
#define STORE_AUDIT_COLUMNS "time_ns, token, name, role, source, method, path, status, code"
#define STORE_CALL_RECORD_COLUMNS "participant, room, uri, ended_ns, json"

/* In the order in which store_token.c reads and binds them. */
#define STORE_TOKEN_COLUMNS "id, sha256, name, role, rooms, created_ns, expires_ns, used_ns"

/* In the order in which store_room.c reads and binds them. */
#define STORE_ROOM_COLUMNS "name, settings, created_ns"

/* In the order in which store_ban.c reads and binds them. */
#define STORE_BAN_COLUMNS "room, id, uri, address, note, created_ns"

/* In the order in which store_message.c reads and binds them. */
#define STORE_MESSAGE_COLUMNS                                                                  \
    "room, id, time_ns, origin, from_id, from_name, from_uri, to_id, to_name, text, deleted"

/* In the order in which store_account.c reads and binds them. */
#define STORE_ACCOUNT_COLUMNS                                                                  \
    "name, realm, ha1_md5, ha1_sha256, display_name, enabled, created_ns, srtp, number, "      \
    "smime, certificate, forwarding, forward_to, forward_when, forward_after_s"

/* In the order in which store_trunk.c and store_number.c read and bind them. */
#define STORE_TRUNK_COLUMNS "name, settings, password, created_ns"
#define STORE_TRUNK_COUNT_COLUMNS "trunk, room, day, calls"
#define STORE_NUMBER_COLUMNS "pattern, leads_to, target, note, language"

/* In the order in which store_registration.c reads and binds them. */
#define STORE_REGISTRATION_COLUMNS                                                             \
    "id, account, uri, key, path, flow, instance, call_id, user_agent, reg_id, q, cseq,"       \
    " created_ns, expires_ns"

/* In the order in which store_file.c reads and binds them. */
#define STORE_FILE_COLUMNS                                                                     \
    "id, room, name, type, sha256, bytes, sharer, sharer_id, created_ns, expires_ns, "         \
    "is_whole,"                                                                                \
    " sha1"

/* In the order in which store_recording.c reads and binds them. */
#define STORE_RECORDING_COLUMNS                                                                \
    "id, room, name, starter, has_video, state, ending, sha256, bytes, length_ms,"             \
    " dropped_ticks, created_ns, ended_ns, expires_ns"

/** Is it ours, and not newer than we? 0 and *version; else an error, and perhaps *why. */
int store_schema_check(sqlite3 *db, int *version, const char **why);

/** Brings the tables from @p version to this program's, all steps or none. */
int store_schema_update(sqlite3 *db, int version);

/** The errno for what @p db just reported. Set errno to 0 before the call that may fail. */
int store_error(sqlite3 *db);

/** The same, and a line in the log: "what" failed. */
int store_failed(sqlite3 *db, const char *what);

/** A column of a row; "" for NULL. Borrowed until the next step. */
const char *store_text(sqlite3_stmt *row, int column);

/** Runs a prepared statement that returns no rows, then makes it ready for its next use. */
int store_run(struct store *store, sqlite3_stmt *statement, const char *what);

#endif
