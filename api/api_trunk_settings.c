/* api_trunk_settings.c - gateways, which are objects, and what no setting says for itself. */
#include "api/api_trunk_settings.h"

#include "api/api_setting.h"
#include "mixer/base/clock.h"
#include "server/room/room.h"

#include <stdio.h>
#include <string.h>

/* What a body has beside the settings. */
enum { NAME, PASSWORD, GATEWAYS, NOW, CREATED_AT, BESIDE };
enum { FIELDS_MOST = API_SETTINGS_MOST + BESIDE };
enum { POINTER_BYTES = 32 };

static bool is_password(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    }
    return true;
}

/* @return how many are of the table; behind them are those beside. */
static unsigned make_fields(bool is_new, struct api_field fields[FIELDS_MOST])
{
    const struct api_field beside[BESIDE] = {
        [NAME] = {"name", API_TEXT, .least = 1, .most = TRUNK_NAME_BYTES - 1,
                  .is_required = is_new, .is_read_only = !is_new,
                  .is_valid = room_name_is_valid,
                  .allowed = "letters A-Z and a-z, digits, and . _ -, not beginning with a "
                             "dot"},
        [PASSWORD] = {"password", API_TEXT, .most = TRUNK_PASSWORD_BYTES - 1,
                      .has_default = true, .is_valid = is_password,
                      .allowed = "text without control characters"},
        [GATEWAYS] = {"gateways", API_ANY, .has_default = true},
        [NOW] = {"now", API_ANY, .is_read_only = true},
        [CREATED_AT] = {"created_at", API_TEXT, .is_read_only = true},
    };
    unsigned count = api_setting_fields(trunk_setting_at, fields);
    memcpy(fields + count, beside, sizeof(beside));
    return count;
}

/* ---- in ---- */

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
    const struct setting *setting;
    for (unsigned i = 0; (setting = trunk_setting_at(i)); i++) {
        if (strcmp(setting->name, name) != 0 ||
            (setting->kind == SETTING_IS_TEXT && !setting_item(setting, settings, 0)[0]))
            continue;
        api_problem_field(answer, pointer, "has to be %s", setting->allowed);
        return false;
    }
    api_problem_field(answer, pointer, "is needed to register");
    return false;
}

bool api_trunk_read(const json_t *json, bool is_new, struct trunk_settings *settings,
                    struct api_trunk_body *body, struct api_answer *answer)
{
    struct api_field fields[FIELDS_MOST];
    struct api_value values[FIELDS_MOST];
    struct trunk_settings defaults;
    const unsigned count = make_fields(is_new, fields);
    trunk_settings_defaults(&defaults);
    bool good = api_body_read(json, fields, count + BESIDE,
                              is_new ? API_BODY_NEW : API_BODY_PATCH, values, answer);
    for (unsigned i = 0; good && i < count; i++)
        good = api_setting_take(trunk_setting_at(i), &values[i], &defaults, settings, answer);
    if (!good || !take_gateways(&values[count + GATEWAYS], settings, answer) ||
        !check(settings, answer))
        return false;
    const struct api_value *password = &values[count + PASSWORD];
    *body = (struct api_trunk_body){.name = values[count + NAME].text,
                                    .password = password->is_null    ? ""
                                                : password->is_given ? password->text
                                                                     : NULL};
    return true;
}

/* ---- out ---- */

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
    const struct setting *setting;
    for (unsigned i = 0; shown && (setting = trunk_setting_at(i)); i++)
        json_object_set_new(shown, setting->name, api_setting_show(setting, settings));
    return shown;
}
