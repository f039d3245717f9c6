/* api_settings.c - a table of fields, and where each goes. */
#include "api/api_settings.h"

#include "api/api_body.h"
#include "api/api_dial.h"
#include "api/api_video.h"

#include "mixer/base/clock.h"
#include "server/room/room_number.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    NAME,
    TEMPLATE,
    DISPLAY_NAME,
    DIAL_NUMBER,
    LOCKED,
    MOVED_TO,
    MAX_PARTICIPANTS,
    JOIN_TONE,
    ALONE,
    MUSIC,
    LOUDEST,
    LEVEL_VOICES,
    SUPPRESS_NOISE,
    PIN,
    MODERATOR_PIN,
    PIN_TRIES,
    PIN_TIMEOUT_S,
    ANNOUNCEMENTS,
    LANGUAGE,
    SRTP,
    CODECS,
    MUTE_ON_ENTRY,
    ALLOW_UNMUTE,
    LOBBY,
    LOBBY_TIMEOUT_S,
    MAX_WAITING,
    OPENS_AT,
    CLOSES_AT,
    MAX_DURATION_S,
    AT_END,
    DIAL_AT_START,
    WHO_MAY_SHARE,
    WHO_MAY_CHAT,
    WHO_MAY_PRESENT,
    RECORDING,
    RECORD_VIDEO,
    WHO_MAY_RECORD,
    WHO_MAY_WATCH,
    MENU,
    VIDEO,
    HAS_PIN,
    HAS_MODERATOR_PIN,
    PERSISTENT,
    CREATED_AT,
    PARTICIPANTS,
    WAITING,
    ENDS_AT,
    RECORDING_NOW,
    PRESENTATION,
    FIELDS
};

#define FLAG(field)                                                                            \
    {                                                                                          \
        field, API_BOOL, .has_default = true                                                   \
    }
#define NUMBER(field, from, to)                                                                \
    {                                                                                          \
        field, API_INTEGER, .least = (from), .most = (to), .has_default = true                 \
    }

/* What is kept of it is api_pins.h's to say. */
static bool is_pin_or_none(const char *text)
{
    return !text[0] || pin_is_valid(text);
}

#define PIN_TEXT                                                                               \
    API_TEXT, .most = PIN_BYTES - 1, .has_default = true, .is_valid = is_pin_or_none,          \
              .allowed = "3 to 16 digits, or \"\" for none"

static bool is_number(const char *text)
{
    return room_number_is_valid(text) || strcmp(text, API_SETTINGS_NUMBER_AUTO) == 0;
}

static bool is_time(const char *text)
{
    int64_t wall_ns;
    return clock_parse(text, &wall_ns) == 0 && wall_ns >= 0;
}

#define TIME                                                                                   \
    API_TEXT, .least = 1, .most = 40, .is_nullable = true, .is_valid = is_time,                \
              .allowed = "a time as 2026-11-26T09:30:00Z, or null"

#define RIGHT(field)                                                                           \
    {                                                                                          \
        field, API_WORD, .words = {"all", "moderators", "nobody"}, .has_default = true         \
    }

/* What POST takes; PATCH takes the same but for the name. */
static const struct api_field new_fields[FIELDS] = {
    [NAME] = {"name", API_TEXT, .least = 1, .most = ROOM_NAME_BYTES - 1, .is_required = true},
    [TEMPLATE] = {"template", API_TEXT, .least = 1, .most = ROOM_NAME_BYTES - 1},
    [DISPLAY_NAME] = {"display_name", API_TEXT, .most = ROOM_DISPLAY_NAME_BYTES - 1,
                      .has_default = true},
    [DIAL_NUMBER] = {"number", API_TEXT, .most = ROOM_NUMBER_BYTES - 1, .has_default = true,
                     .is_valid = is_number,
                     .allowed = "3 to 12 digits, \"\" for none, or \"auto\" for a new one"},
    [LOCKED] = FLAG("locked"),
    [MOVED_TO] = {"moved_to", API_TEXT, .most = ROOM_MOVED_BYTES - 1, .has_default = true,
                  .is_valid = room_moved_is_valid,
                  .allowed = "a sip:, sips: or https: URI, or \"\" for none"},
    [MAX_PARTICIPANTS] = NUMBER("max_participants", 1, ROOM_MAX_PARTICIPANTS),
    [JOIN_TONE] = {"join_tone", API_WORD, .words = {"both", "join", "leave", "none"},
                   .has_default = true},
    [ALONE] = {"alone", API_WORD, .words = {"silence", "noise", "music"}, .has_default = true},
    [MUSIC] = {"music", API_TEXT, .most = ROOM_SOUND_BYTES - 1, .has_default = true,
               .is_valid = room_sound_is_valid,
               .allowed = "the name of a file, without slashes and not beginning with a dot"},
    [LOUDEST] = NUMBER("loudest", 1, ROOM_MAX_LOUDEST),
    [LEVEL_VOICES] = FLAG("level_voices"),
    [SUPPRESS_NOISE] = FLAG("suppress_noise"),
    [PIN] = {"pin", PIN_TEXT},
    [MODERATOR_PIN] = {"moderator_pin", PIN_TEXT},
    [PIN_TRIES] = NUMBER("pin_tries", 1, ROOM_PIN_MAX_TRIES),
    [PIN_TIMEOUT_S] = NUMBER("pin_timeout_s", ROOM_PIN_LEAST_S, ROOM_PIN_MAX_S),
    [ANNOUNCEMENTS] = FLAG("announcements"),
    [LANGUAGE] = {"language", API_TEXT, .least = 1, .most = LANGUAGE_BYTES - 1,
                  .has_default = true},
    [SRTP] = {"srtp", API_WORD, .words = {"default", "off", "optional", "required"},
              .has_default = true},
    [CODECS] = {"codecs", API_LIST, .most = CODEC_CHOICE_MOST, .is_nullable = true},
    [MUTE_ON_ENTRY] = FLAG("mute_on_entry"),
    [ALLOW_UNMUTE] = FLAG("allow_unmute"),
    [LOBBY] = {"lobby", API_WORD, .words = {"off", "guests", "all"}, .has_default = true},
    [LOBBY_TIMEOUT_S] = NUMBER("lobby_timeout_s", 0, ROOM_MAX_LOBBY_S),
    [MAX_WAITING] = NUMBER("max_waiting", 0, ROOM_MAX_PARTICIPANTS),
    [OPENS_AT] = {"opens_at", TIME},
    [CLOSES_AT] = {"closes_at", TIME},
    [MAX_DURATION_S] = NUMBER("max_duration_s", 0, ROOM_MAX_DURATION_S),
    [AT_END] = {"at_end", API_WORD, .words = {"hang_up", "let_finish"}, .has_default = true},
    [DIAL_AT_START] = {"dial_at_start", API_LIST, .most = ROOM_DIAL_LIST_MOST,
                       .is_nullable = true},
    [WHO_MAY_SHARE] = RIGHT("who_may_share"),
    [WHO_MAY_CHAT] = RIGHT("who_may_chat"),
    [WHO_MAY_PRESENT] = RIGHT("who_may_present"),
    [RECORDING] = {"recording", API_WORD, .words = {"off", "on_request", "always"},
                   .has_default = true},
    [RECORD_VIDEO] = FLAG("record_video"),
    [WHO_MAY_RECORD] = RIGHT("who_may_record"),
    [WHO_MAY_WATCH] = {"who_may_watch", API_WORD,
                       .words = {"participants", "accounts", "moderators", "nobody"},
                       .has_default = true},
    [MENU] = {"menu", API_OBJECT, .is_nullable = true},
    [VIDEO] = {"video", API_OBJECT, .is_nullable = true},
    [HAS_PIN] = {"has_pin", API_BOOL, .is_read_only = true},
    [HAS_MODERATOR_PIN] = {"has_moderator_pin", API_BOOL, .is_read_only = true},
    [PERSISTENT] = {"persistent", API_BOOL, .is_read_only = true},
    [CREATED_AT] = {"created_at", API_TEXT, .is_read_only = true},
    [PARTICIPANTS] = {"participants", API_INTEGER, .is_read_only = true},
    [WAITING] = {"waiting", API_INTEGER, .is_read_only = true},
    [ENDS_AT] = {"ends_at", API_TEXT, .is_read_only = true},
    [RECORDING_NOW] = {"recording_now", API_TEXT, .is_read_only = true},
    [PRESENTATION] = {"presentation", API_ANY, .is_read_only = true},
};

static void take_text(const struct api_value *value, const char *initial, char *out,
                      size_t room)
{
    if (value->is_given)
        snprintf(out, room, "%s", value->is_null ? initial : value->text);
}

/* One that is to go. */
static void take_no_pin(const struct api_value *value, char hash[PIN_HASH_BYTES])
{
    if (value->is_given && (value->is_null || !value->text[0]))
        hash[0] = '\0';
}

static void take_flag(const struct api_value *value, bool initial, bool *out)
{
    if (value->is_given)
        *out = value->is_null ? initial : value->flag;
}

static void take_number(const struct api_value *value, unsigned initial, unsigned *out)
{
    if (value->is_given)
        *out = value->is_null ? initial : (unsigned)value->integer;
}

static void take_right(const struct api_value *value, enum room_right initial,
                       enum room_right *out)
{
    if (value->is_null)
        *out = initial;
    else if (value->is_given)
        room_right_parse(value->text, out);
}

static void take_watch(const struct api_value *value, enum room_watch initial,
                       enum room_watch *out)
{
    if (value->is_null)
        *out = initial;
    else if (value->is_given)
        room_watch_parse(value->text, out);
}

/* Words were checked by the table. */
static void take_words(const struct api_value *values, const struct room_settings *defaults,
                       struct room_settings *settings)
{
    const struct api_value *tone = &values[JOIN_TONE], *alone = &values[ALONE];
    const struct api_value *srtp = &values[SRTP];
    if (tone->is_null)
        settings->tone = defaults->tone;
    else if (tone->is_given)
        room_tone_parse(tone->text, &settings->tone);
    if (alone->is_null)
        settings->alone = defaults->alone;
    else if (alone->is_given)
        room_alone_parse(alone->text, &settings->alone);
    if (srtp->is_null)
        settings->srtp = defaults->srtp;
    else if (srtp->is_given)
        media_srtp_parse(srtp->text, &settings->srtp);
}

/* Texts were checked by the table. */
static void take_time(const struct api_value *value, int64_t *wall_ns)
{
    if (value->is_null)
        *wall_ns = 0;
    else if (value->is_given)
        clock_parse(value->text, wall_ns);
}

static void take_schedule(const struct api_value *values, const struct room_settings *defaults,
                          struct room_settings *settings)
{
    const struct api_value *at_end = &values[AT_END];
    take_time(&values[OPENS_AT], &settings->opens_ns);
    take_time(&values[CLOSES_AT], &settings->closes_ns);
    take_number(&values[MAX_DURATION_S], defaults->max_duration_s, &settings->max_duration_s);
    if (at_end->is_null)
        settings->hangs_up_at_end = defaults->hangs_up_at_end;
    else if (at_end->is_given)
        settings->hangs_up_at_end = strcmp(at_end->text, "hang_up") == 0;
}

static void take_door(const struct api_value *values, const struct room_settings *defaults,
                      struct room_settings *settings)
{
    const struct api_value *lobby = &values[LOBBY];
    if (lobby->is_null)
        settings->lobby = defaults->lobby;
    else if (lobby->is_given)
        room_lobby_parse(lobby->text, &settings->lobby);
    take_number(&values[LOBBY_TIMEOUT_S], defaults->lobby_timeout_s,
                &settings->lobby_timeout_s);
    take_number(&values[MAX_WAITING], defaults->max_waiting, &settings->max_waiting);
    take_flag(&values[MUTE_ON_ENTRY], defaults->mute_on_entry, &settings->mute_on_entry);
    take_flag(&values[ALLOW_UNMUTE], defaults->allow_unmute, &settings->allow_unmute);
}

static void take_recording(const struct api_value *values, const struct room_settings *defaults,
                           struct room_settings *settings)
{
    const struct api_value *recording = &values[RECORDING];
    if (recording->is_null)
        settings->recording = defaults->recording;
    else if (recording->is_given)
        room_recorded_parse(recording->text, &settings->recording);
    take_flag(&values[RECORD_VIDEO], defaults->record_video, &settings->record_video);
    take_right(&values[WHO_MAY_RECORD], defaults->may_record, &settings->may_record);
}

static void apply(const struct api_value *values, const struct room_settings *defaults,
                  struct room_settings *settings)
{
    take_text(&values[DISPLAY_NAME], defaults->display_name, settings->display_name,
              sizeof(settings->display_name));
    take_text(&values[DIAL_NUMBER], "", settings->number, sizeof(settings->number));
    take_flag(&values[LOCKED], defaults->locked, &settings->locked);
    take_text(&values[MOVED_TO], defaults->moved_to, settings->moved_to,
              sizeof(settings->moved_to));
    take_number(&values[MAX_PARTICIPANTS], defaults->max_participants,
                &settings->max_participants);
    take_words(values, defaults, settings);
    take_door(values, defaults, settings);
    take_schedule(values, defaults, settings);
    take_right(&values[WHO_MAY_SHARE], defaults->may_share, &settings->may_share);
    take_right(&values[WHO_MAY_CHAT], defaults->may_chat, &settings->may_chat);
    take_right(&values[WHO_MAY_PRESENT], defaults->may_present, &settings->may_present);
    take_recording(values, defaults, settings);
    take_watch(&values[WHO_MAY_WATCH], defaults->may_watch, &settings->may_watch);
    take_text(&values[MUSIC], defaults->music, settings->music, sizeof(settings->music));
    take_number(&values[LOUDEST], defaults->loudest, &settings->loudest);
    take_flag(&values[LEVEL_VOICES], defaults->level_voices, &settings->level_voices);
    take_flag(&values[SUPPRESS_NOISE], defaults->suppress_noise, &settings->suppress_noise);
    take_no_pin(&values[PIN], settings->pin);
    take_no_pin(&values[MODERATOR_PIN], settings->moderator_pin);
    take_number(&values[PIN_TRIES], defaults->pin_tries, &settings->pin_tries);
    take_number(&values[PIN_TIMEOUT_S], defaults->pin_timeout_s, &settings->pin_timeout_s);
    take_flag(&values[ANNOUNCEMENTS], defaults->announcements, &settings->announcements);
}

/* ---- the menu ---- */

/* Only ~ and / would need an escape in the pointer (RFC 6901), and neither can be in keys. */
static void complain(struct api_answer *answer, const char *keys, int err)
{
    char pointer[32] = "/menu";
    if (strlen(keys) < MENU_KEYS_BYTES && !strpbrk(keys, "~/"))
        snprintf(pointer, sizeof(pointer), "/menu/%s", keys);
    switch (-err) {
    case EINVAL:
        api_problem_field(answer, pointer, "\"%.20s\" is not 1 to 4 of 0-9, *, # and A-D",
                          keys);
        break;
    case EEXIST:
        api_problem_field(answer, pointer,
                          "is the beginning of other keys, or they are the beginning of it");
        break;
    case E2BIG:
        api_problem_field(answer, pointer, "is one too many: %d are allowed", MENU_MAX_ENTRIES);
        break;
    default:
        api_problem_field(
            answer, pointer,
            "has to be one of mute, raise_hand, volume_up, volume_down, voice_up, voice_down, "
            "headcount, help, lock, mute_all, end, hang_up, admit; or null");
    }
}

/* What is removed goes first: its keys may be in the way of others. */
static bool merge_menu(const json_t *changes, struct menu *menu, struct api_answer *answer)
{
    const char *keys;
    json_t *action;
    bool good = true;
    json_object_foreach((json_t *)changes, keys, action)
    {
        if (json_is_null(action))
            menu_remove(menu, keys);
    }
    json_object_foreach((json_t *)changes, keys, action)
    {
        if (json_is_null(action))
            continue;
        const char *word = json_string_value(action);
        int err = menu_set(menu, keys, word ? word : "");
        good = good && err == 0;
        if (err < 0)
            complain(answer, keys, err);
    }
    return good;
}

static bool take_menu(const struct api_value *value, struct menu *menu,
                      struct api_answer *answer)
{
    if (value->is_null)
        *menu = (struct menu){.count = 0};
    return !value->json || merge_menu(value->json, menu, answer);
}

static bool take_video(const struct api_value *value, const struct room_video *defaults,
                       struct room_video *video, struct api_answer *answer)
{
    if (value->is_null)
        *video = *defaults;
    return !value->json || api_video_change(value->json, defaults, video, answer);
}

static void complain_codec(struct api_answer *answer, size_t index, int err)
{
    char pointer[32], known[CODEC_CHOICE_TEXT_BYTES] = "";
    struct codec_choice all = {.count = 0};
    snprintf(pointer, sizeof(pointer), "/codecs/%zu", index);
    if (err == -EEXIST) {
        api_problem_field(answer, pointer, "is there already");
        return;
    }
    for (unsigned i = 0; codec_choice_known(i); i++)
        codec_choice_add(&all, codec_choice_known(i));
    codec_choice_write(&all, known);
    api_problem_field(answer, pointer, "has to be one of %s", known);
}

static bool take_codecs(const struct api_value *value, const struct room_settings *defaults,
                        struct codec_choice *codecs, struct api_answer *answer)
{
    bool good = true;
    if (value->is_null)
        *codecs = defaults->codecs;
    if (!value->json)
        return true;
    *codecs = (struct codec_choice){.count = 0};
    for (size_t i = 0; i < json_array_size(value->json); i++) {
        int err = codec_choice_add(codecs, json_string_value(json_array_get(value->json, i)));
        good = good && err == 0;
        if (err < 0)
            complain_codec(answer, i, err);
    }
    return good;
}

static void complain_address(struct api_answer *answer, size_t index, int err)
{
    char pointer[64];
    snprintf(pointer, sizeof(pointer), "/dial_at_start/%zu", index);
    if (err == -EEXIST)
        api_problem_field(answer, pointer, "is there already");
    else if (err == -E2BIG)
        api_problem_field(answer, pointer, "is too much: all together may have %d bytes",
                          ROOM_DIAL_LIST_BYTES - 1);
    else
        api_problem_field(answer, pointer, "has to be a sip: or sips: URI, or a number");
}

static bool take_dial_list(const struct api_value *value, const struct room_settings *defaults,
                           char list[ROOM_DIAL_LIST_BYTES], struct api_answer *answer)
{
    char uri[PARTICIPANT_URI_BYTES];
    bool good = true;
    if (value->is_null)
        memcpy(list, defaults->dial_at_start, ROOM_DIAL_LIST_BYTES);
    if (!value->json)
        return true;
    list[0] = '\0';
    for (size_t i = 0; i < json_array_size(value->json); i++) {
        const char *text = json_string_value(json_array_get(value->json, i));
        int err =
            api_dial_read(text ? text : "", uri) ? room_dial_list_add(list, uri) : -EINVAL;
        good = good && err == 0;
        if (err < 0)
            complain_address(answer, i, err);
    }
    return good;
}

bool api_settings_language(const struct room_list *rooms, const char *text,
                           char language[LANGUAGE_BYTES], struct api_answer *answer)
{
    char known[256] = "";
    const char *name;
    for (unsigned i = 0; (name = room_list_language(rooms, i)); i++) {
        size_t used = strlen(known);
        snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "", name);
        if (strcasecmp(name, text) == 0) {
            snprintf(language, LANGUAGE_BYTES, "%s", name);
            return true;
        }
    }
    api_problem_field(answer, "/language", "has to be one of %s", known);
    return false;
}

/* Of what is given only: the folder of an older one may be gone. */
static bool take_language(const struct api_value *value, const struct room_list *rooms,
                          char language[LANGUAGE_BYTES], struct api_answer *answer)
{
    if (value->is_null)
        snprintf(language, LANGUAGE_BYTES, "%s", room_list_defaults(rooms)->language);
    return !value->is_given || value->is_null ||
           api_settings_language(rooms, value->text, language, answer);
}

/* What is more than a value; all that is wrong is told at once. */
static bool take_others(const struct api_value *values, const struct room_list *rooms,
                        struct room_settings *settings, struct api_answer *answer)
{
    const struct room_settings *defaults = room_list_defaults(rooms);
    bool good = take_menu(&values[MENU], &settings->menu, answer);
    good = take_language(&values[LANGUAGE], rooms, settings->language, answer) && good;
    good = take_dial_list(&values[DIAL_AT_START], defaults, settings->dial_at_start, answer) &&
           good;
    good = take_codecs(&values[CODECS], defaults, &settings->codecs, answer) && good;
    return take_video(&values[VIDEO], &defaults->video, &settings->video, answer) && good;
}

static bool check_times(const struct room_settings *settings, struct api_answer *answer)
{
    if (!settings->closes_ns || settings->closes_ns > settings->opens_ns)
        return true;
    api_problem_field(answer, "/closes_at", "has to be after opens_at");
    return false;
}

bool api_settings_new(const json_t *body, const struct room_list *rooms, const char **name,
                      struct room_settings *settings, struct api_answer *answer)
{
    struct api_value values[FIELDS];
    if (!api_body_read(body, new_fields, FIELDS, API_BODY_NEW, values, answer))
        return false;
    apply(values, room_list_defaults(rooms), settings);
    if (values[MENU].is_given)
        settings->menu = (struct menu){.count = 0}; /* as given: there was none to be merged */
    *name = values[NAME].text;
    return take_others(values, rooms, settings, answer) && check_times(settings, answer);
}

/* What whoever runs the room while it lasts may set: not its number, its limits, its PINs, its
 * encryption, its codecs.
 */
static bool check_live(const struct api_value *values, struct api_answer *answer)
{
    static const unsigned reserved[] = {
        DIAL_NUMBER,   MAX_PARTICIPANTS, MAX_WAITING,   OPENS_AT,
        CLOSES_AT,     MAX_DURATION_S,   AT_END,        PIN,
        MODERATOR_PIN, PIN_TRIES,        PIN_TIMEOUT_S, SRTP,
        CODECS};
    char pointer[32];
    for (unsigned i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        const unsigned field = reserved[i];
        if (!values[field].is_given)
            continue;
        if (!answer->status)
            api_problem(answer, 403, "not_allowed",
                        "Some of it is the administrator's to set.");
        snprintf(pointer, sizeof(pointer), "/%s", new_fields[field].name);
        api_problem_field(answer, pointer, "is the administrator's to set");
    }
    return answer->status == 0;
}

bool api_settings_change(const json_t *body, const struct room_list *rooms,
                         struct room_settings *settings, enum api_role by,
                         struct api_answer *answer)
{
    struct api_field fields[FIELDS];
    struct api_value values[FIELDS];
    memcpy(fields, new_fields, sizeof(fields));
    fields[NAME].is_read_only = true;     /* it is the address */
    fields[TEMPLATE].is_read_only = true; /* it was made long ago */
    if (!api_body_read(body, fields, FIELDS, API_BODY_PATCH, values, answer))
        return false;
    if (by < API_ADMIN && !check_live(values, answer))
        return false;
    apply(values, room_list_defaults(rooms), settings);
    return take_others(values, rooms, settings, answer) && check_times(settings, answer);
}
