/*
 * store.h - what must survive: an SQLite file in the data directory. Only this folder knows
 * SQLite.
 *
 * One process has the directory: raduno.lock in it is locked (flock) until store_close() or the
 * end of the process, however it ends. An operator's sqlite3 may read meanwhile.
 *
 * Thread   control. A write is one small transaction in WAL mode without a sync per commit: it
 *          survives the end of the process (kill -9) at once, and a power cut after the next
 *          checkpoint.
 * Errors   0 or a negative errno: -ENOSPC disk full, -EACCES no permission, -EROFS, -EIO,
 *          -EBUSY (another process has it), -EBADMSG (not our database, damaged, or from a
 *          newer version), -ENOENT, -ENOMEM and the like. The log has SQLite's own words. On
 *          error nothing was written; after -ENOSPC a later write may succeed.
 */
#ifndef SERVER_STORE_STORE_H
#define SERVER_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

struct store;

/** A row of rooms, or of templates; strings are borrowed for the call. */
struct store_room {
    const char *name;
    const char *settings; /* lines (setting.h), of no meaning to the store */
    int64_t created_ns;   /* wall */
};

/** A row of accounts; strings are borrowed for the call (account_list.h, password_hash.h). */
struct store_account {
    const char *name, *realm, *md5, *sha256;
    const char *display_name;
    bool enabled;
    const char *srtp; /* a word (media_srtp.h) */
    const char *number;
    const char *smime;                                  /* a word (account_list.h) */
    const char *certificate;                            /* PEM; "": none           */
    const char *forwarding, *forward_to, *forward_when; /* account_forward.h */
    unsigned forward_after_s;
    int64_t created_ns; /* wall                    */
};

/** A row of trunks; strings are borrowed for the call (trunk_list.h). The password is the one
 * that we show to the far end, so it is kept as it is. */
struct store_trunk {
    const char *name;
    const char *settings; /* lines (trunk_settings.h) */
    const char *password;
    int64_t created_ns; /* wall */
};

/** A row of numbers; strings are borrowed for the call (number_list.h). */
struct store_number {
    const char *pattern, *leads_to, *target, *note, *language;
};

/** A row of messages, a line of a room's chat; strings are borrowed for the call (chat.h). */
struct store_message {
    const char *room;
    uint64_t id;
    int64_t time_ns;    /* wall */
    const char *origin; /* a word */
    const char *from_id, *from_name, *from_uri, *to_id, *to_name;
    const char *text;
    bool is_deleted;
};

/** A row of files; strings are borrowed for the call (room_files.h). */
struct store_file {
    const char *id, *room, *name;
    const char *type, *sha256; /* "" of one that is not whole */
    const char *sha1;          /* in hex; of one that is not whole as it was said, or "" */
    uint64_t bytes;            /* that it has, or is to have  */
    const char *sharer, *sharer_id;
    int64_t created_ns, expires_ns; /* wall; expires 0: never */
    bool is_whole;                  /* false: still coming    */
};

/** A row of recordings; strings are borrowed for the call (room_recordings.h). */
struct store_recording {
    const char *id, *room, *name, *starter;
    bool has_video;
    const char *state, *ending; /* words */
    const char *sha256;         /* "" of one that is not whole */
    uint64_t bytes, length_ms, dropped_ticks;
    int64_t created_ns, ended_ns, expires_ns; /* wall; 0: not yet, never */
};

/** A row of tokens; strings are borrowed for the call (api_token_list.h). */
struct store_token {
    const char *id, *sha256, *name, *role, *rooms;
    int64_t created_ns, expires_ns, used_ns; /* wall; 0: never */
};

/** Templates are rows as those of rooms. */
int store_templates_each(struct store *store,
                         void (*each)(void *context, const struct store_room *template),
                         void *context);
int store_template_put(struct store *store, const struct store_room *template);
int store_template_delete(struct store *store, const char *name);

/** A row of bans; strings are borrowed for the call (room_bans.h). */
struct store_ban {
    const char *room, *id, *uri, *address, *note;
    int64_t created_ns; /* wall */
};

/** A row of letters, a message that waits for the phones of an account; strings are borrowed
 * for the call. */
struct store_letter {
    int64_t id; /* given by the store */
    const char *account;
    int64_t time_ns; /* wall */
    const char *from_uri, *from_name, *text;
    int kind;               /* of its text                         */
    const char *message_id; /* a receipt of it is wanted; NULL: none */
};

/** Opens or makes @p directory/raduno.db (mode 0600) and brings its tables up to date. The
 *  directory is made (mode 0700) if only its last part is missing.
 *  @return 0 and *store, owned by the caller; else an errno and *why, a line for a person,
 *  owned by the caller (free(); NULL if memory is out). */
int store_open(const char *directory, struct store **store, char **why);
void store_close(struct store *store); /* NULL is allowed */

/** What is put and deleted from here to store_commit() is one transaction: cheaper than many,
 *  and all or nothing. @return 0, or what is wrong: nothing has begun then. */
int store_begin(struct store *store);
int store_commit(struct store *store);
/** Undoes what was done since store_begin(). */
void store_abandon(struct store *store);

/** An entry of the trail; strings are borrowed for the call (api_audit.h). */
struct store_audit {
    int64_t id;      /* grows; the store's */
    int64_t time_ns; /* wall */
    const char *token, *name, *role, *source, *method, *path;
    unsigned status;
    const char *code;
};

/** Writes a new one. */
int store_audit_put(struct store *store, const struct store_audit *entry);

/** Calls @p each for at most @p most below @p below_id (0: all), of that token or of all
 * (NULL), the newest first. It must not call the store. */
int store_audit_each(struct store *store, int64_t below_id, const char *token, unsigned most,
                     void (*each)(void *context, const struct store_audit *entry),
                     void *context);

/** As store_call_records_prune(). */
int store_audit_prune(struct store *store, unsigned most);

/** A row of webhooks; strings are borrowed for the call (api_webhooks.h). */
struct store_webhook {
    const char *id, *url, *events, *rooms, *secret;
    bool enabled;
    int64_t created_ns; /* wall */
};

/** Calls @p each for every webhook, by id. It must not call the store. */
int store_webhooks_each(struct store *store,
                        void (*each)(void *context, const struct store_webhook *webhook),
                        void *context);

/** Writes a new webhook or replaces the one of that id. */
int store_webhook_put(struct store *store, const struct store_webhook *webhook);

/** Forgets a webhook, and what waits for it; 0 too if there was none. */
int store_webhook_delete(struct store *store, const char *id);

/** A row of deliveries, an event that waits for a webhook; strings are borrowed for the call.
 */
struct store_delivery {
    int64_t id; /* grows */
    const char *webhook, *message, *event, *body;
    int64_t created_ns;
};

/** Calls @p each for every delivery, oldest first. It must not call the store. */
int store_deliveries_each(struct store *store,
                          void (*each)(void *context, const struct store_delivery *delivery),
                          void *context);
/** Adds all or none, in one transaction; sets their ids. */
int store_deliveries_add(struct store *store, struct store_delivery *deliveries,
                         unsigned count);
int store_delivery_delete(struct store *store, int64_t id);

/** A row of call records; strings are borrowed for the call (api_call_records.h). */
struct store_call_record {
    int64_t id; /* grows; the store's */
    const char *participant, *room, *uri;
    int64_t ended_ns; /* wall */
    const char *json; /* all of it */
};

/** Which of them; NULL and 0: all. */
struct store_call_filter {
    int64_t below_id;
    const char *room, *uri;
    int64_t from_ns, to_ns; /* of the end; from <= end < to */
    unsigned most;
};

enum { STORE_PRUNED_AT_ONCE = 1000 };

/** Writes a new one. */
int store_call_record_put(struct store *store, const struct store_call_record *record);

/** Calls @p each for at most filter->most that fit, the newest first. It must not call the
 *  store. */
int store_call_records_each(struct store *store, const struct store_call_filter *filter,
                            void (*each)(void *context, const struct store_call_record *record),
                            void *context);

/** Forgets some that ended before @p before_ns or are older than the newest @p most, the oldest
 *  first, no more than STORE_PRUNED_AT_ONCE: call it again. */
int store_call_records_prune(struct store *store, int64_t before_ns, unsigned most);

/** Calls @p each for every token, by id. It must not call the store. */
int store_tokens_each(struct store *store,
                      void (*each)(void *context, const struct store_token *token),
                      void *context);

/** Writes a new token or replaces the one of that id. */
int store_token_put(struct store *store, const struct store_token *token);

/** Forgets a token; 0 too if there was none. */
int store_token_delete(struct store *store, const char *id);

/** Calls @p each for every room, by name. It must not call the store. */
int store_rooms_each(struct store *store,
                     void (*each)(void *context, const struct store_room *room), void *context);

/** Writes a new room or replaces the one of that name. */
int store_room_put(struct store *store, const struct store_room *room);

/** Forgets a room, and what was written in it; 0 too if there was none. */
int store_room_delete(struct store *store, const char *name);

/** Calls @p each for the newest @p most messages of @p room, oldest first. It must not call the
 *  store. */
int store_messages_each(struct store *store, const char *room, unsigned most,
                        void (*each)(void *context, const struct store_message *message),
                        void *context);

/** Writes a message of a room that is in the store. */
int store_message_put(struct store *store, const struct store_message *message);

/** Takes the text of a message away; 0 too if there is none of that id. */
int store_message_wipe(struct store *store, const char *room, uint64_t id);

/** Forgets the messages of @p room up to @p last_id. */
int store_messages_delete(struct store *store, const char *room, uint64_t last_id);

/** Calls @p each for every ban, by room, the oldest first. It must not call the store. */
int store_bans_each(struct store *store,
                    void (*each)(void *context, const struct store_ban *ban), void *context);
int store_ban_put(struct store *store, const struct store_ban *ban);
/** 0 too if there was none; the bans of a room go with it. */
int store_ban_delete(struct store *store, const char *room, const char *id);

/** Calls @p each for every account, by name. It must not call the store. */
int store_accounts_each(struct store *store,
                        void (*each)(void *context, const struct store_account *account),
                        void *context);

/** Writes a new account or replaces the one of that name. */
int store_account_put(struct store *store, const struct store_account *account);

/** Adds a letter to an account that is in the store. */
int store_letter_add(struct store *store, const struct store_letter *letter);
int store_letter_count(struct store *store, const char *account, unsigned *count);
/** Calls @p take for the oldest of an account. It must not call the store. -ENOENT: none. */
int store_letter_first(struct store *store, const char *account,
                       void (*take)(void *context, const struct store_letter *letter),
                       void *context);
int store_letter_delete(struct store *store, int64_t id);
/** Forgets all that were written before. */
int store_letters_expire(struct store *store, int64_t before_ns);

/** Forgets an account, and the letters to it; 0 too if there was none. */
int store_account_delete(struct store *store, const char *name);

/** The same for trunks, by name, and for numbers, by pattern. */
int store_trunks_each(struct store *store,
                      void (*each)(void *context, const struct store_trunk *trunk),
                      void *context);
int store_trunk_put(struct store *store, const struct store_trunk *trunk);
int store_trunk_delete(struct store *store, const char *name);

/** How many calls a room has begun by a trunk on a day; strings are borrowed for the call
 *  (trunk_budget.h). They go with their trunk. */
struct store_trunk_count {
    const char *trunk, *room;
    int64_t day; /* since 1970 */
    unsigned calls;
};
int store_trunk_counts_each(struct store *store,
                            void (*each)(void *context, const struct store_trunk_count *count),
                            void *context);
/** Writes it anew, or replaces the one of that trunk and room. */
int store_trunk_count_put(struct store *store, const struct store_trunk_count *count);
/** Forgets those of the days before @p day. */
int store_trunk_counts_expire(struct store *store, int64_t day);

int store_numbers_each(struct store *store,
                       void (*each)(void *context, const struct store_number *number),
                       void *context);
int store_number_put(struct store *store, const struct store_number *number);
int store_number_delete(struct store *store, const char *pattern);

/** A row of registrations; strings are borrowed for the call (location.h). */
struct store_registration {
    const char *id, *account, *uri, *key, *path, *flow, *instance, *call_id, *user_agent;
    unsigned reg_id, q;
    uint32_t cseq;
    int64_t created_ns, expires_ns; /* wall */
};

/** Calls @p each for every registration. It must not call the store. */
int store_registrations_each(struct store *store,
                             void (*each)(void *context,
                                          const struct store_registration *registration),
                             void *context);

/** Writes a new registration or replaces the one of that id. */
int store_registration_put(struct store *store, const struct store_registration *registration);

/** Forgets a registration; 0 too if there was none. */
int store_registration_delete(struct store *store, const char *id);

/** Calls @p each for every file, the oldest first. It must not call the store. */
int store_files_each(struct store *store,
                     void (*each)(void *context, const struct store_file *file), void *context);

/** Writes a new file or replaces the one of that id. */
int store_file_put(struct store *store, const struct store_file *file);

/** Forgets a file; 0 too if there was none. */
int store_file_delete(struct store *store, const char *id);

/** Calls @p each for every recording, the oldest first. It must not call the store. */
int store_recordings_each(struct store *store,
                          void (*each)(void *context, const struct store_recording *recording),
                          void *context);
/** Writes a new recording or replaces the one of that id. */
int store_recording_put(struct store *store, const struct store_recording *recording);
/** Forgets a recording; 0 too if there was none. */
int store_recording_delete(struct store *store, const char *id);

#endif
