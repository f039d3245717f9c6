/* api_numbers.c - /api/v1/numbers and /api/v1/numbers/{id}: what a dialled number leads to. */
#include "api/api_body.h"
#include "api/api_internal.h"
#include "api/api_settings.h"

#include "server/room/room.h"
#include "server/trunk/number_list.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { PATTERN, LEADS_TO, TARGET, NOTE, LANGUAGE, FIELDS };

#define LEADS "leads_to", API_WORD, .words = {"room", "account", "menu"}
#define NAME                                                                                   \
    "target", API_TEXT, .least = 1, .most = NUMBER_TARGET_BYTES - 1,                           \
                        .is_valid = room_name_is_valid,                                        \
                        .allowed = "the name of a room or of an account"
#define REST                                                                                   \
    [NOTE] = {"note", API_TEXT, .most = NUMBER_NOTE_BYTES - 1, .has_default = true},           \
    [LANGUAGE] = {"language", API_TEXT, .least = 1, .most = LANGUAGE_BYTES - 1,                \
                  .has_default = true}

static const struct api_field new_fields[FIELDS] = {
    [PATTERN] = {"number", API_TEXT, .least = 1, .most = NUMBER_PATTERN_BYTES - 1,
                 .is_required = true, .is_valid = number_pattern_is_valid,
                 .allowed = "a number, or a pattern of them as +49XXX or 0Z."},
    [LEADS_TO] = {LEADS, .is_required = true},
    [TARGET] = {NAME},
    REST};

static const struct api_field change_fields[FIELDS] = {
    [PATTERN] = {"number", API_TEXT, .is_read_only = true},
    [LEADS_TO] = {LEADS},
    [TARGET] = {NAME},
    REST};

static json_t *show(const struct number *number)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s?}", "number", number->pattern, "leads_to",
                     number_target_word(number->leads_to), "target", number->target, "note",
                     number->note, "language", number->language[0] ? number->language : NULL);
}

/* Of what is given only: the folder of an older one may be gone. @return false: it is answered.
 */
static bool apply_language(const struct api *api, const struct api_value *value,
                           struct number *number, struct api_answer *answer)
{
    if (value->is_null)
        number->language[0] = '\0';
    return !value->is_given || value->is_null ||
           api_settings_language(api->config.rooms, value->text, number->language, answer);
}

/* @return false: it is answered. */
static bool apply(const struct api *api, const struct api_value *values, struct number *number,
                  struct api_answer *answer)
{
    if (values[PATTERN].is_given)
        snprintf(number->pattern, sizeof(number->pattern), "%s", values[PATTERN].text);
    if (values[LEADS_TO].is_given)
        number_target_parse(values[LEADS_TO].text, &number->leads_to); /* it was checked */
    if (values[LEADS_TO].is_given && number->leads_to == NUMBER_TO_MENU)
        number->target[0] = '\0';
    if (values[TARGET].is_given)
        snprintf(number->target, sizeof(number->target), "%s", values[TARGET].text);
    if (values[NOTE].is_given)
        snprintf(number->note, sizeof(number->note), "%s",
                 values[NOTE].is_null ? "" : values[NOTE].text);
    if (!apply_language(api, &values[LANGUAGE], number, answer))
        return false;
    bool has_target = number->target[0] != '\0';
    if (has_target == (number->leads_to != NUMBER_TO_MENU))
        return true;
    api_problem_field(answer, "/target",
                      has_target ? "is not there where it leads to the menu" : "is missing");
    return false;
}

/* The number of the path. @return NULL: the request is answered. */
static const struct number *find(struct api *api, struct api_request *request)
{
    const struct number *number = number_list_find(api->config.numbers, request->id);
    if (!number)
        api_problem(&request->answer, 404, "no_such_number",
                    "Nothing is set for the number \"%.64s\".", request->id);
    return number;
}

/* @return false: the request is answered. */
static bool put(struct api *api, struct api_request *request, const struct number *number)
{
    int error = number_list_put(api->config.numbers, number);
    if (error == -EUSERS)
        api_problem(&request->answer, 409, "too_many_numbers", "There are %d numbers already.",
                    NUMBER_MOST);
    else if (error)
        api_answer_errno(request, error);
    return error == 0;
}

void api_list_numbers(struct api *api, struct api_request *request)
{
    struct api_page page;
    if (!api_page_read(request, &page))
        return;
    json_t *items = json_array();
    const struct number *number = number_list_above(api->config.numbers, page.after);
    const struct number *last = NULL;
    for (unsigned i = 0; number && i < page.limit; i++) {
        json_array_append_new(items, show(number));
        last = number;
        number = number_list_above(api->config.numbers, last->pattern);
    }
    api_page_answer(request, items, number ? last->pattern : NULL);
}

void api_create_number(struct api *api, struct api_request *request)
{
    struct api_value values[FIELDS];
    struct number number = {.pattern = ""};
    if (!api_body_read(request->json, new_fields, FIELDS, API_BODY_NEW, values,
                       &request->answer))
        return;
    if (!apply(api, values, &number, &request->answer))
        return;
    if (number_list_find(api->config.numbers, number.pattern)) {
        api_problem(&request->answer, 409, "number_exists",
                    "The number \"%s\" leads somewhere already.", number.pattern);
        return;
    }
    if (put(api, request, &number))
        api_answer_json(&request->answer, 201, show(&number));
}

void api_read_number(struct api *api, struct api_request *request)
{
    const struct number *number = find(api, request);
    if (number)
        api_answer_json(&request->answer, 200, show(number));
}

void api_change_number(struct api *api, struct api_request *request)
{
    const struct number *found = find(api, request);
    struct api_value values[FIELDS];
    if (!found || !api_body_read(request->json, change_fields, FIELDS, API_BODY_PATCH, values,
                                 &request->answer))
        return;
    struct number number = *found;
    if (apply(api, values, &number, &request->answer) && put(api, request, &number))
        api_answer_json(&request->answer, 200, show(&number));
}

void api_delete_number(struct api *api, struct api_request *request)
{
    if (!find(api, request))
        return;
    int error = number_list_delete(api->config.numbers, request->id);
    if (error)
        api_answer_errno(request, error);
    else
        api_answer_empty(&request->answer, 204);
}
