/* api_settings.c - what the table of settings (room.h) does not say of them: names and fields of
 * a room beside them, and those that are more than a value. */
#include "api/api_settings.h"

#include "api/api_dial.h"
#include "api/api_menu.h"
#include "api/api_setting.h"
#include "api/api_video.h"

#include "server/room/room_number.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- those that are more than a value ---- */

struct taking {
    const struct room_list *rooms;
    const struct room_settings *defaults;
    struct room_settings *settings;
    bool is_new; /* of a new room */
    struct api_answer *answer;
};

/* The field of one, and how it is taken and shown; NULL: as the table does. */
struct special {
    struct api_field field;
    bool (*take)(struct taking *taking, const struct setting *setting,
                 const struct api_value *value);
    void (*show)(const struct setting *setting, const struct room_settings *settings,
                 json_t *shown);
};

static bool is_number(const char *text)
{
    return room_number_is_valid(text) || strcmp(text, API_SETTINGS_NUMBER_AUTO) == 0;
}

/* One that is to go; what is kept of another is api_pins.h's to say. */
static bool take_no_pin(struct taking *taking, const struct setting *setting,
                        const struct api_value *value)
{
    if (value->is_null || !value->text[0])
        setting_set_item(setting, taking->settings, 0, "");
    return true;
}

static void show_has_pin(const struct setting *setting, const struct room_settings *settings,
                         json_t *shown)
{
    char name[32];
    snprintf(name, sizeof(name), "has_%s", setting->name);
    json_object_set_new(shown, name, json_boolean(setting_item(setting, settings, 0)[0]));
}

/* Of what is given only: the folder of an older one may be gone. */
static bool take_language(struct taking *taking, const struct setting *setting,
                          const struct api_value *value)
{
    if (!value->is_null)
        return api_settings_language(taking->rooms, value->text, taking->settings->language,
                                     taking->answer);
    setting_copy(setting, taking->defaults, taking->settings);
    return true;
}

static bool take_menu(struct taking *taking, const struct setting *setting,
                      const struct api_value *value)
{
    struct menu *menu = &taking->settings->menu;
    (void)setting;
    if (value->is_null || taking->is_new) /* as given: there was none to be merged */
        *menu = (struct menu){.count = 0};
    return !value->json || api_menu_change(value->json, menu, taking->answer);
}

static void show_menu(const struct setting *setting, const struct room_settings *settings,
                      json_t *shown)
{
    json_object_set_new(shown, setting->name, api_menu_show(&settings->menu));
}

static bool take_video(struct taking *taking, const struct setting *setting,
                       const struct api_value *value)
{
    struct room_video *video = &taking->settings->video;
    (void)setting;
    if (value->is_null)
        *video = taking->defaults->video;
    return !value->json ||
           api_video_change(value->json, &taking->defaults->video, video, taking->answer);
}

static void show_video(const struct setting *setting, const struct room_settings *settings,
                       json_t *shown)
{
    json_object_set_new(shown, setting->name, api_video_show(&settings->video));
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

static bool take_codecs(struct taking *taking, const struct setting *setting,
                        const struct api_value *value)
{
    struct codec_choice *codecs = &taking->settings->codecs;
    bool good = true;
    (void)setting;
    *codecs = value->is_null ? taking->defaults->codecs : (struct codec_choice){.count = 0};
    for (size_t i = 0; i < json_array_size(value->json); i++) {
        int err = codec_choice_add(codecs, json_string_value(json_array_get(value->json, i)));
        good = good && err == 0;
        if (err < 0)
            complain_codec(taking->answer, i, err);
    }
    return good;
}

static void show_codecs(const struct setting *setting, const struct room_settings *settings,
                        json_t *shown)
{
    const struct codec_choice *codecs = &settings->codecs;
    json_t *list = codecs->count ? json_array() : json_null();
    for (unsigned i = 0; i < codecs->count; i++)
        json_array_append_new(list, json_string(codecs->name[i]));
    json_object_set_new(shown, setting->name, list);
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

static bool take_dial_list(struct taking *taking, const struct setting *setting,
                           const struct api_value *value)
{
    char uri[PARTICIPANT_URI_BYTES];
    bool good = true;
    if (value->is_null)
        setting_copy(setting, taking->defaults, taking->settings);
    else
        setting_set_item(setting, taking->settings, 0, "");
    for (size_t i = 0; i < json_array_size(value->json); i++) {
        const char *text = json_string_value(json_array_get(value->json, i));
        int err = api_dial_read(text ? text : "", uri)
                      ? room_dial_list_add(taking->settings->dial_at_start, uri)
                      : -EINVAL;
        good = good && err == 0;
        if (err < 0)
            complain_address(taking->answer, i, err);
    }
    return good;
}

static void show_dial_list(const struct setting *setting, const struct room_settings *settings,
                           json_t *shown)
{
    char uri[PARTICIPANT_URI_BYTES];
    json_t *list = json_array();
    for (const char *at = settings->dial_at_start; room_dial_list_next(&at, uri);)
        json_array_append_new(list, json_string(uri));
    json_object_set_new(shown, setting->name, list);
}

#define PIN_TEXT                                                                               \
    API_TEXT, .most = PIN_BYTES - 1, .has_default = true, .is_valid = pin_is_valid,            \
              .may_be_empty = true, .allowed = "3 to 16 digits, or \"\" for none"

static const struct special specials[] = {
    {.field = {"number", API_TEXT, .most = ROOM_NUMBER_BYTES - 1, .has_default = true,
               .is_valid = is_number,
               .allowed = "3 to 12 digits, \"\" for none, or \"auto\" for a new one"}},
    {.field = {"pin", PIN_TEXT}, take_no_pin, show_has_pin},
    {.field = {"moderator_pin", PIN_TEXT}, take_no_pin, show_has_pin},
    {.field = {"language", API_TEXT, .least = 1, .most = LANGUAGE_BYTES - 1,
               .has_default = true},
     take_language},
    {.field = {"menu", API_OBJECT, .is_nullable = true}, take_menu, show_menu},
    {.field = {"video", API_OBJECT, .is_nullable = true}, take_video, show_video},
    {.field = {"codecs", API_LIST, .most = CODEC_CHOICE_MOST, .is_nullable = true},
     take_codecs,
     show_codecs},
    {.field = {"dial_at_start", API_LIST, .most = ROOM_DIAL_LIST_MOST, .is_nullable = true},
     take_dial_list,
     show_dial_list},
};

/* NULL: it is as the table says. */
static const struct special *special_of(const struct setting *setting)
{
    for (unsigned i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
        if (strcmp(specials[i].field.name, setting->name) == 0)
            return &specials[i];
    }
    return NULL;
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

/* ---- in ---- */

/* What a body has beside the settings, and what else is shown of a room. */
enum { NAME, TEMPLATE };

static const struct api_field beside[] = {
    [NAME] = {"name", API_TEXT, .least = 1, .most = ROOM_NAME_BYTES - 1, .is_required = true},
    [TEMPLATE] = {"template", API_TEXT, .least = 1, .most = ROOM_NAME_BYTES - 1},
    {"has_pin", API_BOOL, .is_read_only = true},
    {"has_moderator_pin", API_BOOL, .is_read_only = true},
    {"persistent", API_BOOL, .is_read_only = true},
    {"created_at", API_TEXT, .is_read_only = true},
    {"participants", API_INTEGER, .is_read_only = true},
    {"waiting", API_INTEGER, .is_read_only = true},
    {"ends_at", API_TEXT, .is_read_only = true},
    {"recording_now", API_TEXT, .is_read_only = true},
    {"presentation", API_ANY, .is_read_only = true},
    {"speaker", API_TEXT, .is_read_only = true},
};

enum {
    BESIDE = sizeof(beside) / sizeof(beside[0]),
    FIELDS_MOST = API_SETTINGS_MOST + BESIDE,
};

/* @return how many are of the table; behind them are those beside. */
static unsigned make_fields(struct api_field fields[FIELDS_MOST])
{
    unsigned count = api_setting_fields(room_setting_at, fields);
    for (unsigned i = 0; i < count; i++) {
        const struct special *special = special_of(room_setting_at(i));
        if (special)
            fields[i] = special->field;
    }
    memcpy(fields + count, beside, sizeof(beside));
    return count;
}

static bool take(struct taking *taking, const struct setting *setting,
                 const struct api_value *value)
{
    const struct special *special = special_of(setting);
    if (!special || !special->take)
        return api_setting_take(setting, value, taking->defaults, taking->settings,
                                taking->answer);
    return !value->is_given || special->take(taking, setting, value);
}

static bool check_times(const struct room_settings *settings, struct api_answer *answer)
{
    if (!settings->closes_ns || settings->closes_ns > settings->opens_ns)
        return true;
    api_problem_field(answer, "/closes_at", "has to be after opens_at");
    return false;
}

/* All that is wrong is told at once. */
static bool take_all(struct taking *taking, const struct api_value *values)
{
    const struct setting *setting;
    bool good = true;
    for (unsigned i = 0; (setting = room_setting_at(i)); i++)
        good = take(taking, setting, &values[i]) && good;
    return good && check_times(taking->settings, taking->answer);
}

bool api_settings_new(const json_t *body, const struct room_list *rooms, const char **name,
                      struct room_settings *settings, struct api_answer *answer)
{
    struct api_field fields[FIELDS_MOST];
    struct api_value values[FIELDS_MOST];
    const unsigned count = make_fields(fields);
    if (!api_body_read(body, fields, count + BESIDE, API_BODY_NEW, values, answer))
        return false;
    *name = values[count + NAME].text;
    return take_all(&(struct taking){.rooms = rooms,
                                     .defaults = room_list_defaults(rooms),
                                     .settings = settings,
                                     .is_new = true,
                                     .answer = answer},
                    values);
}

/* What whoever runs the room while it lasts may set: not its number, its limits, its PINs, its
 * encryption, its codecs.
 */
static bool is_reserved(const char *name)
{
    static const char *const reserved[] = {
        "number",    "max_participants", "max_waiting",   "opens_at",
        "closes_at", "max_duration_s",   "at_end",        "pin",
        "pin_tries", "pin_timeout_s",    "moderator_pin", "srtp",
        "codecs"};
    for (unsigned i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (strcmp(reserved[i], name) == 0)
            return true;
    }
    return false;
}

static bool check_live(const struct api_value *values, struct api_answer *answer)
{
    const struct setting *setting;
    char pointer[32];
    for (unsigned i = 0; (setting = room_setting_at(i)); i++) {
        if (!values[i].is_given || !is_reserved(setting->name))
            continue;
        if (!answer->status)
            api_problem(answer, 403, "not_allowed",
                        "Some of it is the administrator's to set.");
        snprintf(pointer, sizeof(pointer), "/%s", setting->name);
        api_problem_field(answer, pointer, "is the administrator's to set");
    }
    return answer->status == 0;
}

bool api_settings_change(const json_t *body, const struct room_list *rooms,
                         struct room_settings *settings, enum api_role by,
                         struct api_answer *answer)
{
    struct api_field fields[FIELDS_MOST];
    struct api_value values[FIELDS_MOST];
    const unsigned count = make_fields(fields);
    fields[count + NAME].is_read_only = true;     /* it is the address */
    fields[count + TEMPLATE].is_read_only = true; /* it was made long ago */
    if (!api_body_read(body, fields, count + BESIDE, API_BODY_PATCH, values, answer))
        return false;
    if (by < API_ADMIN && !check_live(values, answer))
        return false;
    return take_all(&(struct taking){.rooms = rooms,
                                     .defaults = room_list_defaults(rooms),
                                     .settings = settings,
                                     .answer = answer},
                    values);
}

/* ---- out ---- */

json_t *api_settings_show(const struct room_settings *settings)
{
    const struct setting *setting;
    json_t *shown = json_object();
    for (unsigned i = 0; (setting = room_setting_at(i)); i++) {
        const struct special *special = special_of(setting);
        if (special && special->show)
            special->show(setting, settings, shown);
        else
            json_object_set_new(shown, setting->name, api_setting_show(setting, settings));
    }
    return shown;
}
