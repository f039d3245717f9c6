/* api_trunk_settings.c - fields made of the keys; gateways, which are objects. */
#include "api/api_trunk_settings.h"

#include "api/api_body.h"
#include "mixer/base/clock.h"
#include "server/room/room.h"

#include <stdio.h>
#include <string.h>

enum {
    NAME = TRUNK_SETTINGS,
    PASSWORD,
    GATEWAYS,
    NOW,
    CREATED_AT,
    FIELDS,
};
enum { POINTER_BYTES = 32 };

static bool is_password(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    }
    return true;
}

static struct api_field field_of(const struct setting *key)
{
    static const enum api_field_type types[] = {[SETTING_IS_FLAG] = API_BOOL,
                                                [SETTING_IS_NUMBER] = API_INTEGER,
                                                [SETTING_IS_WORD] = API_WORD,
                                                [SETTING_IS_TEXT] = API_TEXT,
                                                [SETTING_IS_LIST] = API_LIST};
    struct api_field field = {.name = key->name,
                              .type = types[key->kind],
                              .least = key->least,
                              .most = key->kind == SETTING_IS_TEXT ? (double)key->bytes - 1
                                                                   : key->most,
                              .has_default = true,
                              .is_valid = key->kind == SETTING_IS_LIST ? key->is_valid : NULL,
                              .allowed = key->allowed};
    for (unsigned i = 0; i < key->word_count; i++)
        field.words[i] = key->words[i];
    return field;
}

static void make_fields(bool is_new, struct api_field fields[FIELDS])
{
    for (unsigned i = 0; i < TRUNK_SETTINGS; i++)
        fields[i] = field_of(trunk_setting_at(i));
    fields[NAME] = (struct api_field){
        "name",
        API_TEXT,
        .least = 1,
        .most = TRUNK_NAME_BYTES - 1,
        .is_required = is_new,
        .is_read_only = !is_new,
        .is_valid = room_name_is_valid,
        .allowed = "letters A-Z and a-z, digits, and . _ -, not beginning with a dot"};
    fields[PASSWORD] = (struct api_field){"password",
                                          API_TEXT,
                                          .most = TRUNK_PASSWORD_BYTES - 1,
                                          .has_default = true,
                                          .is_valid = is_password,
                                          .allowed = "text without control characters"};
    fields[GATEWAYS] = (struct api_field){"gateways", API_ANY, .has_default = true};
    fields[NOW] = (struct api_field){"now", API_ANY, .is_read_only = true};
    fields[CREATED_AT] = (struct api_field){"created_at", API_TEXT, .is_read_only = true};
}

/* ---- in ---- */

static bool take_list(const struct setting *key, const json_t *list,
                      struct trunk_settings *settings, struct api_answer *answer)
{
    size_t index;
    const json_t *item;
    char pointer[POINTER_BYTES + 16];
    setting_set_number(key, settings, 0);
    json_array_foreach(list, index, item)
    {
        if (setting_set_item(key, settings, (unsigned)index, json_string_value(item)) == 0)
            continue;
        snprintf(pointer, sizeof(pointer), "/%s/%zu", key->name, index);
        api_problem_field(answer, pointer, "is too long");
        return false;
    }
    return true;
}

static unsigned word_of(const struct setting *key, const char *word)
{
    unsigned index = 0;
    while (index + 1 < key->word_count && strcmp(key->words[index], word) != 0)
        index++;
    return index; /* the table has checked that it is one of them */
}

static bool take_value(const struct setting *key, const struct api_value *value,
                       struct trunk_settings *settings, struct api_answer *answer)
{
    switch (key->kind) {
    case SETTING_IS_FLAG:
        setting_set_number(key, settings, value->flag);
        return true;
    case SETTING_IS_NUMBER:
        setting_set_number(key, settings, (unsigned)value->integer);
        return true;
    case SETTING_IS_WORD:
        setting_set_number(key, settings, word_of(key, value->text));
        return true;
    case SETTING_IS_TEXT:
        return setting_set_item(key, settings, 0, value->text) == 0;
    case SETTING_IS_LIST:
        return take_list(key, value->json, settings, answer);
    case SETTING_IS_TIME:
    case SETTING_IS_OTHER:
        break; /* a trunk has none */
    }
    return false;
}

static void take_default(const struct setting *key, struct trunk_settings *settings)
{
    struct trunk_settings defaults;
    trunk_settings_defaults(&defaults);
    if (key->kind == SETTING_IS_TEXT)
        setting_set_item(key, settings, 0, setting_item(key, &defaults, 0));
    else
        setting_set_number(key, settings, setting_number(key, &defaults));
}

static bool take_gateway(const json_t *json, size_t index, struct trunk_gateway *gateway,
                         struct api_answer *answer)
{
    enum { URI, PRIORITY, WEIGHT, GATEWAY_FIELDS };
    static const struct api_field fields[GATEWAY_FIELDS] = {
        [URI] = {"uri", API_TEXT, .least = 5, .most = TRUNK_URI_BYTES - 1, .is_required = true,
                 .is_valid = trunk_uri_is_valid,
                 .allowed = "sip:HOST[:PORT][;transport=udp|tcp|tls] or sips:HOST[:PORT]"},
        [PRIORITY] = {"priority", API_INTEGER, .most = TRUNK_MAX_WEIGHT},
        [WEIGHT] = {"weight", API_INTEGER, .most = TRUNK_MAX_WEIGHT},
    };
    struct api_value values[GATEWAY_FIELDS];
    char pointer[POINTER_BYTES];
    snprintf(pointer, sizeof(pointer), "/gateways/%zu", index);
    if (!json_is_object(json)) {
        api_problem_field(answer, pointer, "has to be an object");
        return false;
    }
    answer->within = pointer;
    bool good = api_body_read(json, fields, GATEWAY_FIELDS, API_BODY_NEW, values, answer);
    answer->within = NULL;
    if (!good)
        return false;
    *gateway = (struct trunk_gateway){.priority = (unsigned)values[PRIORITY].integer,
                                      .weight = (unsigned)values[WEIGHT].integer};
    snprintf(gateway->uri, sizeof(gateway->uri), "%s", values[URI].text);
    return true;
}

static bool take_gateways(const struct api_value *value, struct trunk_settings *settings,
                          struct api_answer *answer)
{
    size_t index, count = json_array_size(value->json);
    const json_t *item;
    bool good = true;
    if (!value->is_given)
        return true;
    settings->gateways = 0;
    if (value->is_null)
        return true;
    if (!json_is_array(value->json) || count > TRUNK_MAX_GATEWAYS) {
        api_problem_field(answer, "/gateways", "has to be a list of at most %d gateways",
                          TRUNK_MAX_GATEWAYS);
        return false;
    }
    json_array_foreach(value->json, index, item) good =
        take_gateway(item, index, &settings->gateway[index], answer) && good;
    settings->gateways = good ? (unsigned)count : 0;
    return good;
}

/* What no field can say for itself: an empty text is allowed where another is not. */
static bool check(const struct trunk_settings *settings, struct api_answer *answer)
{
    const char *name;
    char pointer[POINTER_BYTES];
    if (trunk_settings_check(settings, &name) == 0)
        return true;
    snprintf(pointer, sizeof(pointer), "/%s", name);
    for (unsigned i = 0; i < TRUNK_SETTINGS; i++) {
        const struct setting *key = trunk_setting_at(i);
        if (strcmp(key->name, name) != 0 ||
            (key->kind == SETTING_IS_TEXT && !setting_item(key, settings, 0)[0]))
            continue;
        api_problem_field(answer, pointer, "has to be %s", key->allowed);
        return false;
    }
    api_problem_field(answer, pointer, "is needed to register");
    return false;
}

bool api_trunk_read(const json_t *json, bool is_new, struct trunk_settings *settings,
                    struct api_trunk_body *body, struct api_answer *answer)
{
    struct api_field fields[FIELDS];
    struct api_value values[FIELDS];
    make_fields(is_new, fields);
    bool good = api_body_read(json, fields, FIELDS, is_new ? API_BODY_NEW : API_BODY_PATCH,
                              values, answer);
    for (unsigned i = 0; good && i < TRUNK_SETTINGS; i++) {
        if (values[i].is_null)
            take_default(trunk_setting_at(i), settings);
        else if (values[i].is_given)
            good = take_value(trunk_setting_at(i), &values[i], settings, answer);
    }
    good =
        good && take_gateways(&values[GATEWAYS], settings, answer) && check(settings, answer);
    if (!good)
        return false;
    const struct api_value *password = &values[PASSWORD];
    *body = (struct api_trunk_body){.name = values[NAME].text,
                                    .password = password->is_null    ? ""
                                                : password->is_given ? password->text
                                                                     : NULL};
    return true;
}

/* ---- out ---- */

static json_t *show_key(const struct setting *key, const struct trunk_settings *settings)
{
    if (key->kind == SETTING_IS_TEXT)
        return json_string(setting_item(key, settings, 0));
    unsigned number = setting_number(key, settings);
    if (key->kind == SETTING_IS_FLAG)
        return json_boolean(number);
    if (key->kind == SETTING_IS_NUMBER)
        return json_integer(number);
    if (key->kind == SETTING_IS_WORD)
        return json_string(key->words[number]);
    json_t *list = json_array();
    for (unsigned i = 0; i < number; i++)
        json_array_append_new(list, json_string(setting_item(key, settings, i)));
    return list;
}

static json_t *show_registrations(const struct trunk *trunk)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < trunk->registrars; i++) {
        const struct trunk_registrar *registrar = &trunk->registrar[i];
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s}", "registrar", registrar->uri, "state",
                                        trunk_registration_word(registrar->state), "detail",
                                        registrar->detail));
    }
    return list;
}

static json_t *show_now(const struct trunk *trunk)
{
    json_t *gateways = json_array();
    for (unsigned i = 0; i < trunk->endpoints; i++) {
        const struct trunk_endpoint *endpoint = &trunk->endpoint[i];
        json_array_append_new(gateways, json_pack("{s:s, s:s}", "uri", endpoint->uri, "health",
                                                  trunk_health_word(endpoint->health)));
    }
    return json_pack("{s:b, s:i, s:i, s:o, s:s, s:s, s:o}", "up", trunk_is_up(trunk),
                     "lines_in", (int)trunk->lines_in, "lines_out", (int)trunk->lines_out,
                     "gateways", gateways, "registration",
                     trunk_registration_word(trunk->registration), "registration_detail",
                     trunk->registration_detail, "registrations", show_registrations(trunk));
}

json_t *api_trunk_show(const struct trunk *trunk)
{
    const struct trunk_settings *settings = &trunk->settings;
    char created[CLOCK_TEXT_BYTES];
    clock_format(trunk->created_ns, created);
    json_t *gateways = json_array();
    for (unsigned i = 0; i < settings->gateways; i++)
        json_array_append_new(gateways,
                              json_pack("{s:s, s:i, s:i}", "uri", settings->gateway[i].uri,
                                        "priority", (int)settings->gateway[i].priority,
                                        "weight", (int)settings->gateway[i].weight));
    json_t *shown = json_pack("{s:s, s:o, s:o, s:s}", "name", trunk->name, "gateways", gateways,
                              "now", show_now(trunk), "created_at", created);
    for (unsigned i = 0; shown && i < TRUNK_SETTINGS; i++)
        json_object_set_new(shown, trunk_setting_at(i)->name,
                            show_key(trunk_setting_at(i), settings));
    return shown;
}
