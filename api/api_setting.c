/* api_setting.c - for each kind of setting: a type of field, a way in, a way out. */
#include "api/api_setting.h"

#include "api/api_show.h"

#include "mixer/base/clock.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { TIME_BYTES = 40 };

/* ---- fields ---- */

static bool is_time(const char *text)
{
    int64_t wall_ns;
    return clock_parse(text, &wall_ns) == 0 && wall_ns >= 0;
}

static struct api_field field_of(const struct setting *setting)
{
    static const enum api_field_type types[] = {
        [SETTING_IS_FLAG] = API_BOOL, [SETTING_IS_NUMBER] = API_INTEGER,
        [SETTING_IS_TIME] = API_TEXT, [SETTING_IS_WORD] = API_WORD,
        [SETTING_IS_TEXT] = API_TEXT, [SETTING_IS_LIST] = API_LIST,
        [SETTING_IS_OTHER] = API_ANY,
    };
    struct api_field field = {.name = setting->name,
                              .type = types[setting->kind],
                              .least = setting->least,
                              .most = setting->most,
                              .has_default = true,
                              .is_valid = setting->is_valid,
                              .allowed = setting->allowed};
    if (setting->kind == SETTING_IS_TEXT) {
        field.most = (double)setting->bytes - 1;
        field.may_be_empty = true;
    }
    if (setting->kind == SETTING_IS_TIME) {
        field.least = 1;
        field.most = TIME_BYTES;
        field.is_nullable = true;
        field.is_valid = is_time;
        field.allowed = "a time as 2026-11-26T09:30:00Z, or null";
    }
    assert(setting->word_count <= API_FIELD_MAX_WORDS);
    for (unsigned i = 0; i < setting->word_count; i++)
        field.words[i] = setting->words[i];
    return field;
}

unsigned api_setting_fields(api_settings_at *at, struct api_field fields[API_SETTINGS_MOST])
{
    unsigned count = 0;
    for (const struct setting *setting; (setting = at(count)); count++) {
        assert(count < API_SETTINGS_MOST);
        fields[count] = field_of(setting);
    }
    return count;
}

/* ---- in ---- */

static bool take_list(const struct setting *setting, const json_t *list, void *of,
                      struct api_answer *answer)
{
    size_t index;
    const json_t *item;
    char pointer[64];
    setting_set_number(setting, of, 0);
    json_array_foreach(list, index, item)
    {
        if (setting_set_item(setting, of, (unsigned)index, json_string_value(item)) == 0)
            continue;
        snprintf(pointer, sizeof(pointer), "/%s/%zu", setting->name, index);
        api_problem_field(answer, pointer, "is too long");
        return false;
    }
    return true;
}

static unsigned word_of(const struct setting *setting, const char *word)
{
    unsigned index = 0;
    while (index + 1 < setting->word_count && strcmp(setting->words[index], word) != 0)
        index++;
    return index; /* its field has checked that it is one of them */
}

static void take_time(const struct setting *setting, const char *text, void *of)
{
    int64_t wall_ns = 0;
    clock_parse(text, &wall_ns); /* the same */
    setting_set_time(setting, of, wall_ns);
}

bool api_setting_take(const struct setting *setting, const struct api_value *value,
                      const void *defaults, void *of, struct api_answer *answer)
{
    if (!value->is_given)
        return true;
    if (value->is_null) {
        setting_copy(setting, defaults, of);
        return true;
    }
    switch (setting->kind) {
    case SETTING_IS_FLAG:
        setting_set_number(setting, of, value->flag);
        break;
    case SETTING_IS_NUMBER:
        setting_set_number(setting, of, (unsigned)value->integer);
        break;
    case SETTING_IS_TIME:
        take_time(setting, value->text, of);
        break;
    case SETTING_IS_WORD:
        setting_set_number(setting, of, word_of(setting, value->text));
        break;
    case SETTING_IS_TEXT:
        setting_set_item(setting, of, 0, value->text);
        break;
    case SETTING_IS_LIST:
        return take_list(setting, value->json, of, answer);
    case SETTING_IS_OTHER:
        assert(false); /* its user takes it */
        break;
    }
    return true;
}

/* ---- out ---- */

static json_t *show_list(const struct setting *setting, const void *of)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < setting_number(setting, of); i++)
        json_array_append_new(list, json_string(setting_item(setting, of, i)));
    return list;
}

json_t *api_setting_show(const struct setting *setting, const void *of)
{
    switch (setting->kind) {
    case SETTING_IS_FLAG:
        return json_boolean(setting_number(setting, of));
    case SETTING_IS_NUMBER:
        return json_integer(setting_number(setting, of));
    case SETTING_IS_TIME:
        return api_show_time(setting_time(setting, of));
    case SETTING_IS_WORD:
        return json_string(setting_word(setting, of));
    case SETTING_IS_TEXT:
        return json_string(setting_item(setting, of, 0));
    case SETTING_IS_LIST:
        return show_list(setting, of);
    case SETTING_IS_OTHER:
        break;
    }
    assert(false); /* its user shows it */
    return NULL;
}
