/* room_settings.c - a room's settings as words, and as a row of the store. */
#include "server/room/room_internal.h"
#include "server/room/room_number.h"
#include "server/room/room_text.h"

#include "mixer/base/clock.h"
#include "mixer/base/log.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
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

static const char *const recorded_words[] = {
    [ROOM_RECORDED_NEVER] = "off",
    [ROOM_RECORDED_ON_REQUEST] = "on_request",
    [ROOM_RECORDED_ALWAYS] = "always",
};

/* The number of @p word, or -EINVAL. */
static int find_word(const char *const *words, unsigned count, const char *word)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0)
            return (int)i;
    }
    return -EINVAL;
}

const char *room_tone_word(enum room_tone tone)
{
    assert(tone <= ROOM_TONE_BOTH);
    return tone_words[tone];
}

const char *room_alone_word(enum room_alone alone)
{
    assert(alone <= ROOM_ALONE_MUSIC);
    return alone_words[alone];
}

const char *room_lobby_word(enum room_lobby lobby)
{
    assert(lobby <= ROOM_LOBBY_ALL);
    return lobby_words[lobby];
}

const char *room_right_word(enum room_right right)
{
    assert(right <= ROOM_RIGHT_NOBODY);
    return right_words[right];
}

const char *room_recorded_word(enum room_recorded recorded)
{
    assert(recorded <= ROOM_RECORDED_ALWAYS);
    return recorded_words[recorded];
}

int room_tone_parse(const char *word, enum room_tone *tone)
{
    int found = find_word(tone_words, ROOM_TONE_BOTH + 1, word);
    if (found < 0)
        return found;
    *tone = (enum room_tone)found;
    return 0;
}

int room_alone_parse(const char *word, enum room_alone *alone)
{
    int found = find_word(alone_words, ROOM_ALONE_MUSIC + 1, word);
    if (found < 0)
        return found;
    *alone = (enum room_alone)found;
    return 0;
}

int room_lobby_parse(const char *word, enum room_lobby *lobby)
{
    int found = find_word(lobby_words, ROOM_LOBBY_ALL + 1, word);
    if (found < 0)
        return found;
    *lobby = (enum room_lobby)found;
    return 0;
}

int room_right_parse(const char *word, enum room_right *right)
{
    int found = find_word(right_words, ROOM_RIGHT_NOBODY + 1, word);
    if (found < 0)
        return found;
    *right = (enum room_right)found;
    return 0;
}

int room_recorded_parse(const char *word, enum room_recorded *recorded)
{
    int found = find_word(recorded_words, ROOM_RECORDED_ALWAYS + 1, word);
    if (found < 0)
        return found;
    *recorded = (enum room_recorded)found;
    return 0;
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

bool room_settings_are_valid(const struct room_settings *settings)
{
    return room_number_is_valid(settings->number) && settings->max_participants >= 1 &&
           settings->max_participants <= ROOM_MAX_PARTICIPANTS && settings->loudest >= 1 &&
           settings->loudest <= ROOM_MAX_LOUDEST && settings->pin_tries >= 1 &&
           settings->pin_tries <= ROOM_PIN_MAX_TRIES &&
           settings->pin_timeout_s >= ROOM_PIN_LEAST_S &&
           settings->pin_timeout_s <= ROOM_PIN_MAX_S && pin_hash_is_valid(settings->pin) &&
           pin_hash_is_valid(settings->moderator_pin) &&
           room_moved_is_valid(settings->moved_to) && room_sound_is_valid(settings->music) &&
           settings->lobby_timeout_s <= ROOM_MAX_LOBBY_S &&
           settings->max_waiting <= ROOM_MAX_PARTICIPANTS &&
           settings->max_duration_s <= ROOM_MAX_DURATION_S && settings->opens_ns >= 0 &&
           (!settings->closes_ns || settings->closes_ns > settings->opens_ns) &&
           room_dial_list_is_valid(settings->dial_at_start) &&
           room_video_is_valid(&settings->video);
}

bool room_settings_equal(const struct room_settings *one, const struct room_settings *other)
{
    return strcmp(one->display_name, other->display_name) == 0 &&
           strcmp(one->number, other->number) == 0 && one->locked == other->locked &&
           strcmp(one->moved_to, other->moved_to) == 0 &&
           one->max_participants == other->max_participants && one->tone == other->tone &&
           one->alone == other->alone && strcmp(one->music, other->music) == 0 &&
           one->loudest == other->loudest && one->level_voices == other->level_voices &&
           one->suppress_noise == other->suppress_noise && strcmp(one->pin, other->pin) == 0 &&
           strcmp(one->moderator_pin, other->moderator_pin) == 0 &&
           one->pin_tries == other->pin_tries && one->pin_timeout_s == other->pin_timeout_s &&
           one->announcements == other->announcements &&
           strcmp(one->language, other->language) == 0 &&
           menu_equal(&one->menu, &other->menu) &&
           room_video_equal(&one->video, &other->video) && one->srtp == other->srtp &&
           codec_choice_equal(&one->codecs, &other->codecs) &&
           one->mute_on_entry == other->mute_on_entry &&
           one->allow_unmute == other->allow_unmute && one->lobby == other->lobby &&
           one->lobby_timeout_s == other->lobby_timeout_s &&
           one->max_waiting == other->max_waiting && one->opens_ns == other->opens_ns &&
           one->closes_ns == other->closes_ns && one->max_duration_s == other->max_duration_s &&
           one->hangs_up_at_end == other->hangs_up_at_end &&
           strcmp(one->dial_at_start, other->dial_at_start) == 0 &&
           one->may_share == other->may_share && one->may_chat == other->may_chat &&
           one->may_present == other->may_present && one->recording == other->recording &&
           one->record_video == other->record_video && one->may_record == other->may_record;
}

struct media_room_settings room_settings_to_media(const struct room_settings *settings)
{
    return (struct media_room_settings){.noise_when_alone = settings->alone == ROOM_ALONE_NOISE,
                                        .loudest = settings->loudest};
}

typedef int put_row(struct store *store, const struct store_room *row);

static int save(struct store *store, put_row *put, const char *name, int64_t created_ns,
                const struct room_settings *settings)
{
    char menu[MENU_TEXT_BYTES], video[ROOM_VIDEO_TEXT_BYTES], codecs[CODEC_CHOICE_TEXT_BYTES];
    menu_write(&settings->menu, menu);
    room_video_write(&settings->video, video);
    codec_choice_write(&settings->codecs, codecs);
    struct store_room row = {
        .name = name,
        .display_name = settings->display_name,
        .number = settings->number,
        .dial_at_start = settings->dial_at_start,
        .locked = settings->locked,
        .moved_to = settings->moved_to,
        .max_participants = settings->max_participants,
        .join_tone = room_tone_word(settings->tone),
        .alone = room_alone_word(settings->alone),
        .music = settings->music,
        .loudest = settings->loudest,
        .level_voices = settings->level_voices,
        .suppress_noise = settings->suppress_noise,
        .pin = settings->pin,
        .moderator_pin = settings->moderator_pin,
        .pin_tries = settings->pin_tries,
        .pin_timeout_s = settings->pin_timeout_s,
        .announcements = settings->announcements,
        .language = settings->language,
        .menu = menu,
        .video = video,
        .srtp = media_srtp_word(settings->srtp),
        .codecs = codecs,
        .mute_on_entry = settings->mute_on_entry,
        .allow_unmute = settings->allow_unmute,
        .lobby = room_lobby_word(settings->lobby),
        .lobby_timeout_s = settings->lobby_timeout_s,
        .max_waiting = settings->max_waiting,
        .opens_ns = settings->opens_ns,
        .closes_ns = settings->closes_ns,
        .max_duration_s = settings->max_duration_s,
        .hangs_up_at_end = settings->hangs_up_at_end,
        .may_share = room_right_word(settings->may_share),
        .may_chat = room_right_word(settings->may_chat),
        .may_present = room_right_word(settings->may_present),
        .recording = room_recorded_word(settings->recording),
        .record_video = settings->record_video,
        .may_record = room_right_word(settings->may_record),
        .created_ns = created_ns,
    };
    return store ? put(store, &row) : 0;
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

/* ---- a row may be from an older version (0 and "" are what was not said), or made by hand
 * ---- */

static void take_number(const struct store_room *row, const char *what, unsigned value,
                        unsigned least, unsigned most, unsigned *out)
{
    if (value >= least && value <= most)
        *out = value;
    else if (value)
        log_warn("room", "room %s: the store says %s %u: using %u", row->name, what, value,
                 *out);
}

/* A PIN that cannot be read must not open the room: the default has none. */
static void take_pin(const struct store_room *row, const char *pin, char out[PIN_HASH_BYTES],
                     bool *locked)
{
    if (pin_hash_is_valid(pin)) {
        memcpy(out, pin, strlen(pin) + 1);
        return;
    }
    log_warn("room", "room %s: the store has a PIN that is none: the room is locked",
             row->name);
    *locked = true;
}

/* A word that cannot be read must not let anybody speak plainly. */
static void take_srtp(const struct store_room *row, enum media_srtp *srtp)
{
    if (media_srtp_parse(row->srtp, srtp) == 0)
        return;
    log_warn("room", "room %s: the store says srtp \"%s\": using required", row->name,
             row->srtp);
    *srtp = MEDIA_SRTP_REQUIRED;
}

/* A word that cannot be read lets nobody in. */
static void take_lobby(const struct store_room *row, struct room_settings *settings)
{
    settings->lobby_timeout_s = 0;
    settings->max_waiting = 0;
    take_number(row, "lobby_timeout_s", row->lobby_timeout_s, 0, ROOM_MAX_LOBBY_S,
                &settings->lobby_timeout_s);
    take_number(row, "max_waiting", row->max_waiting, 0, ROOM_MAX_PARTICIPANTS,
                &settings->max_waiting);
    if (room_lobby_parse(row->lobby, &settings->lobby) == 0)
        return;
    log_warn("room", "room %s: the store says lobby \"%s\": all wait", row->name, row->lobby);
    settings->lobby = ROOM_LOBBY_ALL;
}

static void take_times(const struct store_room *row, struct room_settings *settings)
{
    bool is_good = row->opens_ns >= 0 && (!row->closes_ns || row->closes_ns > row->opens_ns);
    settings->opens_ns = is_good ? row->opens_ns : 0;
    settings->closes_ns = is_good ? row->closes_ns : 0;
    settings->hangs_up_at_end = row->hangs_up_at_end;
    settings->max_duration_s = 0;
    take_number(row, "max_duration_s", row->max_duration_s, 0, ROOM_MAX_DURATION_S,
                &settings->max_duration_s);
    if (is_good)
        return;
    log_warn("room", "room %s: the store has it close before it opens: the room is locked",
             row->name);
    settings->locked = true;
}

/* A word that cannot be read gives nobody a right. */
static void take_right(const struct store_room *row, const char *word, enum room_right *right)
{
    if (room_right_parse(word, right) == 0)
        return;
    log_warn("room", "room %s: the store says that \"%s\" may: nobody may", row->name, word);
    *right = ROOM_RIGHT_NOBODY;
}

/* A word that cannot be read has nobody recorded. */
static void take_recording(const struct store_room *row, struct room_settings *settings)
{
    settings->record_video = row->record_video;
    take_right(row, row->may_record, &settings->may_record);
    if (room_recorded_parse(row->recording, &settings->recording) == 0)
        return;
    log_warn("room", "room %s: the store says recording \"%s\": it is off", row->name,
             row->recording);
    settings->recording = ROOM_RECORDED_NEVER;
}

static void take_words(const struct store_room *row, struct room_settings *settings)
{
    if (room_tone_parse(row->join_tone, &settings->tone) < 0 ||
        room_alone_parse(row->alone, &settings->alone) < 0)
        log_warn("room", "room %s: the store says tone \"%s\", alone \"%s\": using defaults",
                 row->name, row->join_tone, row->alone);
    if (room_sound_is_valid(row->music))
        memcpy(settings->music, row->music, strlen(row->music) + 1);
    else
        log_warn("room", "room %s: the store has music that is no name: using the default",
                 row->name);
    if (language_is_valid(row->language)) /* its folder may be there again some day */
        snprintf(settings->language, sizeof(settings->language), "%s", row->language);
    if (row->menu[0] && menu_read(row->menu, &settings->menu) < 0)
        log_warn("room", "room %s: the store has a menu that is none: using the default",
                 row->name);
    unsigned wrong = room_video_read(row->video, &settings->video);
    if (wrong)
        log_warn("room",
                 "room %s: the store has %u video settings that are none: using the "
                 "defaults",
                 row->name, wrong);
}

/* This build may not have a codec that another had. */
static void take_codecs(const struct store_room *row, struct codec_choice *codecs)
{
    unsigned wrong = codec_choice_read(row->codecs, codecs);
    if (wrong)
        log_warn("room", "room %s: the store has %u codecs that there are not: without them",
                 row->name, wrong);
}

struct room_settings room_settings_from_row(const struct store_room *row,
                                            const struct room_settings *defaults)
{
    struct room_settings settings = *defaults;
    room_text_clean(settings.display_name, sizeof(settings.display_name), row->display_name);
    settings.locked = row->locked;
    if (room_dial_list_is_valid(row->dial_at_start))
        snprintf(settings.dial_at_start, sizeof(settings.dial_at_start), "%s",
                 row->dial_at_start);
    if (room_number_is_valid(row->number))
        snprintf(settings.number, sizeof(settings.number), "%s", row->number);
    if (room_moved_is_valid(row->moved_to))
        snprintf(settings.moved_to, sizeof(settings.moved_to), "%s", row->moved_to);
    settings.level_voices = row->level_voices;
    settings.suppress_noise = row->suppress_noise;
    settings.announcements = row->announcements;
    take_number(row, "max_participants", row->max_participants, 1, ROOM_MAX_PARTICIPANTS,
                &settings.max_participants);
    take_number(row, "loudest", row->loudest, 1, ROOM_MAX_LOUDEST, &settings.loudest);
    take_number(row, "pin_tries", row->pin_tries, 1, ROOM_PIN_MAX_TRIES, &settings.pin_tries);
    take_number(row, "pin_timeout_s", row->pin_timeout_s, ROOM_PIN_LEAST_S, ROOM_PIN_MAX_S,
                &settings.pin_timeout_s);
    take_pin(row, row->pin, settings.pin, &settings.locked);
    take_pin(row, row->moderator_pin, settings.moderator_pin, &settings.locked);
    take_words(row, &settings);
    take_srtp(row, &settings.srtp);
    take_codecs(row, &settings.codecs);
    settings.mute_on_entry = row->mute_on_entry;
    settings.allow_unmute = row->allow_unmute;
    take_lobby(row, &settings);
    take_times(row, &settings);
    take_right(row, row->may_share, &settings.may_share);
    take_right(row, row->may_chat, &settings.may_chat);
    take_right(row, row->may_present, &settings.may_present);
    take_recording(row, &settings);
    return settings;
}
