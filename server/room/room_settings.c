/* room_settings.c - one table of a room's settings; their words; their row in the store. */
#include "server/room/room_internal.h"
#include "server/room/room_number.h"
#include "server/room/room_text.h"

#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/base/setting.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const tone_words[] = {
    [ROOM_TONE_NONE] = "none",
    [ROOM_TONE_JOIN] = "join",
    [ROOM_TONE_LEAVE] = "leave",
    [ROOM_TONE_BOTH] = "both",
};

static const char *const alone_words[] = {
    [ROOM_ALONE_SILENCE] = "silence",
    [ROOM_ALONE_NOISE] = "noise",
    [ROOM_ALONE_MUSIC] = "music",
};

static const char *const lobby_words[] = {
    [ROOM_LOBBY_OFF] = "off",
    [ROOM_LOBBY_GUESTS] = "guests",
    [ROOM_LOBBY_ALL] = "all",
};

static const char *const right_words[] = {
    [ROOM_RIGHT_ALL] = "all",
    [ROOM_RIGHT_MODERATORS] = "moderators",
    [ROOM_RIGHT_NOBODY] = "nobody",
};

static const char *const watch_words[] = {
    [ROOM_WATCH_PARTICIPANTS] = "participants",
    [ROOM_WATCH_ACCOUNTS] = "accounts",
    [ROOM_WATCH_MODERATORS] = "moderators",
    [ROOM_WATCH_NOBODY] = "nobody",
};

static const char *const recorded_words[] = {
    [ROOM_RECORDED_NEVER] = "off",
    [ROOM_RECORDED_ON_REQUEST] = "on_request",
    [ROOM_RECORDED_ALWAYS] = "always",
};

static const char *const at_end_words[] = {
    [ROOM_AT_END_LET_FINISH] = "let_finish",
    [ROOM_AT_END_HANG_UP] = "hang_up",
};

const char *room_right_word(enum room_right right)
{
    assert(right <= ROOM_RIGHT_NOBODY);
    return right_words[right];
}

bool room_sound_is_valid(const char *name)
{
    char clean[ROOM_SOUND_BYTES];
    if (strlen(name) >= sizeof(clean) || name[0] == '.' || strchr(name, '/'))
        return false;
    room_text_clean(clean, sizeof(clean), name);
    return strcmp(clean, name) == 0;
}

bool room_moved_is_valid(const char *uri)
{
    static const char *const schemes[] = {"sip:", "sips:", "https:"};
    bool is_known = !uri[0];
    for (unsigned i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        is_known |=
            strncmp(uri, schemes[i], strlen(schemes[i])) == 0 && uri[strlen(schemes[i])];
    for (const char *at = uri; is_known && *at; at++)
        is_known = *at > ' ' && *at <= '~' && !strchr("<>\"\\^`{|}", *at);
    return is_known && strlen(uri) < ROOM_MOVED_BYTES;
}

/* ---- the table: what is kept, compared and checked ---- */

static void write_video(const void *value, char out[SETTING_TEXT_BYTES])
{
    room_video_write(value, out);
}

static int read_video(const char *text, void *value)
{
    return room_video_read(text, value) ? -EINVAL : 0; /* what is good of it is taken */
}

static void write_menu(const void *value, char out[SETTING_TEXT_BYTES])
{
    menu_write(value, out);
}

static int read_menu(const char *text, void *value)
{
    return menu_read(text, value) < 0 ? -EINVAL : 0;
}

static void write_codecs(const void *value, char out[SETTING_TEXT_BYTES])
{
    codec_choice_write(value, out);
}

/* This build may not have a codec that another had: without it. */
static int read_codecs(const char *text, void *value)
{
    return codec_choice_read(text, value) ? -EINVAL : 0;
}

static int read_display_name(const char *text, void *value)
{
    room_text_clean(value, ROOM_DISPLAY_NAME_BYTES, text);
    return 0;
}

static_assert((int)SETTING_TEXT_BYTES >= (int)ROOM_VIDEO_TEXT_BYTES &&
                  (int)SETTING_TEXT_BYTES >= (int)MENU_TEXT_BYTES &&
                  (int)SETTING_TEXT_BYTES >= (int)CODEC_CHOICE_TEXT_BYTES &&
                  (int)SETTING_TEXT_BYTES >= (int)ROOM_DIAL_LIST_BYTES,
              "every text must fit");

#define FLAG(field) SETTING_FLAG(struct room_settings, field, #field)
#define NUMBER(field, from, to) SETTING_NUMBER(struct room_settings, field, #field, from, to)
#define TIME(field, called) SETTING_TIME(struct room_settings, field, called)
#define WORD(field, called, words, ...)                                                        \
    SETTING_WORD(struct room_settings, field, called, words, __VA_ARGS__)
#define TEXT(field, check, ...)                                                                \
    SETTING_TEXT(struct room_settings, field, #field, check, __VA_ARGS__)
#define OTHER(field)                                                                           \
    SETTING_OTHER(struct room_settings, field, #field, write_##field, read_##field)
#define RIGHT(field) WORD(field, "who_" #field, right_words, .otherwise = "nobody")

/* All of struct room_settings: what is not here is neither kept, nor compared, nor checked, nor
 * set by the API. A word that cannot be read must let nobody in or watch, nor speak plainly,
 * nor be recorded. */
static const struct setting table[] = {
    TEXT(display_name, NULL, .read = read_display_name),
    TEXT(number, room_number_is_valid),
    FLAG(locked),
    TEXT(moved_to, room_moved_is_valid,
         .allowed = "a sip:, sips: or https: URI, or \"\" for none"),
    NUMBER(max_participants, 1, ROOM_MAX_PARTICIPANTS),
    WORD(tone, "join_tone", tone_words),
    WORD(alone, "alone", alone_words),
    TEXT(music, room_sound_is_valid,
         .allowed = "the name of a file, without slashes and not beginning with a dot"),
    NUMBER(loudest, 1, ROOM_MAX_LOUDEST),
    FLAG(level_voices),
    FLAG(suppress_noise),
    TEXT(pin, pin_hash_is_valid),
    TEXT(moderator_pin, pin_hash_is_valid),
    NUMBER(pin_tries, 1, ROOM_PIN_MAX_TRIES),
    NUMBER(pin_timeout_s, ROOM_PIN_LEAST_S, ROOM_PIN_MAX_S),
    TEXT(language, language_is_valid), /* its folder may be there again some day */
    FLAG(announcements),
    OTHER(menu),
    OTHER(video),
    WORD(srtp, "srtp", media_srtp_words, .otherwise = "required"),
    OTHER(codecs),
    FLAG(mute_on_entry),
    FLAG(allow_unmute),
    WORD(lobby, "lobby", lobby_words, .otherwise = "all"),
    NUMBER(lobby_timeout_s, 0, ROOM_MAX_LOBBY_S),
    NUMBER(max_waiting, 0, ROOM_MAX_PARTICIPANTS),
    TIME(opens_ns, "opens_at"),
    TIME(closes_ns, "closes_at"),
    NUMBER(max_duration_s, 0, ROOM_MAX_DURATION_S),
    WORD(at_end, "at_end", at_end_words),
    TEXT(dial_at_start, room_dial_list_is_valid),
    RIGHT(may_share),
    RIGHT(may_chat),
    RIGHT(may_present),
    WORD(recording, "recording", recorded_words, .otherwise = "off"),
    FLAG(record_video),
    RIGHT(may_record),
    WORD(may_watch, "who_may_watch", watch_words, .otherwise = "nobody"),
};
enum { SETTINGS = sizeof(table) / sizeof(table[0]) };

const struct setting *room_setting_at(unsigned index)
{
    return index < SETTINGS ? &table[index] : NULL;
}

int room_setting_read(const char *name, const char *text, struct room_settings *settings)
{
    const struct setting *setting = setting_find(table, SETTINGS, name);
    return setting ? setting_read(setting, text, settings) : -ENOENT;
}

static bool has_good_times(const struct room_settings *settings)
{
    return !settings->closes_ns || settings->closes_ns > settings->opens_ns;
}

bool room_settings_are_valid(const struct room_settings *settings)
{
    struct room_settings scratch = *settings;
    return !settings_check(table, SETTINGS, settings, &scratch) && has_good_times(settings) &&
           room_video_is_valid(&settings->video);
}

bool room_settings_equal(const struct room_settings *one, const struct room_settings *other)
{
    return settings_equal(table, SETTINGS, one, other);
}

struct media_room_settings room_settings_to_media(const struct room_settings *settings)
{
    return (struct media_room_settings){.noise_when_alone = settings->alone == ROOM_ALONE_NOISE,
                                        .loudest = settings->loudest};
}

/* ---- in the store ---- */

typedef int put_row(struct store *store, const struct store_room *row);

static int save(struct store *store, put_row *put, const char *name, int64_t created_ns,
                const struct room_settings *settings)
{
    if (!store)
        return 0;
    char *lines = settings_write(table, SETTINGS, settings);
    if (!lines)
        return -ENOMEM;
    int err = put(
        store, &(struct store_room){.name = name, .settings = lines, .created_ns = created_ns});
    free(lines);
    return err;
}

int room_settings_save(const struct room *room, const struct room_settings *settings)
{
    return save(room->list->config.store, store_room_put, room->name, room->created_ns,
                settings);
}

int room_settings_save_template(const struct room_list *list, const char *name,
                                const struct room_settings *settings)
{
    return save(list->config.store, store_template_put, name, clock_wall_ns(), settings);
}

struct reading {
    const struct store_room *row;
    const struct room_settings *settings;
    bool locks; /* something that keeps others out could not be read */
};

static void on_wrong(void *context, const struct setting *setting, const char *text)
{
    struct reading *reading = context;
    const char *name = reading->row->name;
    if (!setting) {
        log_warn("room", "room %s: the store has a setting without a value, \"%.100s\"", name,
                 text);
        return;
    }
    bool is_pin = setting->is_valid == pin_hash_is_valid;
    char used[SETTING_TEXT_BYTES];
    reading->locks |= is_pin || setting->kind == SETTING_IS_TIME;
    if (is_pin) {
        log_warn("room", "room %s: the store has a PIN that is none", name);
        return;
    }
    setting_write(setting, reading->settings, used);
    log_warn("room", "room %s: the store says %s \"%.100s\": using \"%.100s\"", name,
             setting->name, text, used);
}

int room_settings_from_row(const struct store_room *row, struct room_settings *settings)
{
    struct reading reading = {.row = row, .settings = settings};
    int err = settings_read(table, SETTINGS, row->settings, settings, on_wrong, &reading);
    if (err < 0)
        return err;
    if (!has_good_times(settings)) {
        log_warn("room", "room %s: the store has it close before it opens", row->name);
        settings->opens_ns = settings->closes_ns = 0;
        reading.locks = true;
    }
    if (reading.locks) {
        log_warn("room", "room %s: locked, until this is put right", row->name);
        settings->locked = true;
    }
    return 0;
}
