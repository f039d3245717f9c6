/* api_accounts.c - /api/v1/accounts and /api/v1/accounts/{name}. A password goes in, never out.
 */
#include "api/api_internal.h"
#include "api/api_setting.h"

#include "mixer/base/clock.h"
#include "server/account/account_list.h"
#include "server/account/location.h"
#include "server/body/smime.h"
#include "server/room/room_parcels.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What a body has beside the settings. */
enum { NAME, PASSWORD, CERTIFICATE, REALM, USABLE, REGISTERED, CREATED_AT, BESIDE };
enum { FIELDS_MOST = API_SETTINGS_MOST + BESIDE };

/* @return how many are of the table; behind them are those beside. */
static unsigned make_fields(bool is_new, struct api_field fields[FIELDS_MOST])
{
    const struct api_field beside[BESIDE] = {
        [NAME] = {"name", API_TEXT, .least = 1, .most = ACCOUNT_NAME_BYTES - 1,
                  .is_required = is_new, .is_read_only = !is_new,
                  .is_valid = account_name_is_valid,
                  .allowed = "letters A-Z and a-z, digits, and . _ - +, not beginning with a "
                             "dot"},
        [PASSWORD] = {"password", API_TEXT, .least = PASSWORD_LEAST, .most = PASSWORD_MOST,
                      .is_required = is_new, .is_valid = password_is_valid,
                      .allowed = "8 to 128 bytes without control characters"},
        [CERTIFICATE] = {"certificate", API_LINES, .most = ACCOUNT_CERTIFICATE_BYTES - 1,
                         .is_nullable = true, .is_valid = smime_certificate_is_valid,
                         .allowed = "one certificate in PEM, with a key that can be encrypted "
                                    "for (RSA, or EC)"},
        [REALM] = {"realm", API_TEXT, .is_read_only = true},
        [USABLE] = {"usable", API_BOOL, .is_read_only = true},
        [REGISTERED] = {"registered", API_BOOL, .is_read_only = true},
        [CREATED_AT] = {"created_at", API_TEXT, .is_read_only = true},
    };
    unsigned count = api_setting_fields(account_setting_at, fields);
    memcpy(fields + count, beside, sizeof(beside));
    return count;
}

/* What a body says; borrowed from it. */
struct account_body {
    struct account_settings settings;
    const char *name, *password; /* NULL: it does not say */
};

/* Reads a new account, or a merge patch over body->settings. @return false: the request is
 * answered. */
static bool read_body(struct api_request *request, bool is_new, struct account_body *body)
{
    struct api_field fields[FIELDS_MOST];
    struct api_value values[FIELDS_MOST];
    const struct account_settings defaults = account_settings_defaults();
    const unsigned count = make_fields(is_new, fields);
    if (!api_body_read(request->json, fields, count + BESIDE,
                       is_new ? API_BODY_NEW : API_BODY_PATCH, values, &request->answer))
        return false;
    for (unsigned i = 0; i < count; i++)
        api_setting_take(account_setting_at(i), &values[i], &defaults, &body->settings,
                         &request->answer); /* there are no lists, which alone may fail */
    if (values[count + CERTIFICATE].is_given)
        body->settings.certificate = values[count + CERTIFICATE].text;
    body->name = values[count + NAME].text;
    body->password = values[count + PASSWORD].text;
    return true;
}

static json_t *show(const struct api *api, const struct account *account)
{
    char created[CLOCK_TEXT_BYTES];
    const struct setting *setting;
    json_t *shown = json_pack("{s:s}", "name", account->name);
    for (unsigned i = 0; (setting = account_setting_at(i)); i++)
        json_object_set_new(shown, setting->name,
                            api_setting_show(setting, &account->settings));
    clock_format(account->created_ns, created);
    json_object_update_new(
        shown, json_pack("{s:s?, s:s, s:b, s:b, s:s}", "certificate",
                         account->settings.certificate, "realm", account->realm, "usable",
                         account_is_usable(api->config.accounts, account), "registered",
                         location_count(api->config.location, account->name) > 0, "created_at",
                         created));
    return shown;
}

static void answer_error(struct api_request *request, const char *name, int error)
{
    struct api_answer *answer = &request->answer;
    if (error == -EEXIST)
        api_problem(answer, 409, "account_exists", "There is an account \"%s\" already.", name);
    else if (error == -EADDRINUSE)
        api_problem(answer, 409, "number_taken",
                    "Another account has this number already, or is called so.");
    else if (error == -EUSERS)
        api_problem(answer, 409, "too_many_accounts", "There are %d accounts already.",
                    ACCOUNT_MOST);
    else
        api_answer_errno(request, error);
}

/* The account of the path. @return NULL: the request is answered. */
static const struct account *find(struct api *api, struct api_request *request)
{
    const struct account *account = account_list_find(api->config.accounts, request->id);
    if (!account)
        api_problem(&request->answer, 404, "no_such_account", "There is no account \"%.64s\".",
                    request->id);
    return account;
}

void api_list_accounts(struct api *api, struct api_request *request)
{
    struct api_page page;
    if (!api_page_read(request, &page))
        return;
    json_t *items = json_array();
    const struct account_list *accounts = api->config.accounts;
    const struct account *account = account_list_above(accounts, page.after), *last = NULL;
    for (unsigned i = 0; account && i < page.limit; i++) {
        json_array_append_new(items, show(api, account));
        last = account;
        account = account_list_above(accounts, last->name);
    }
    api_page_answer(request, items, account ? last->name : NULL);
}

void api_create_account(struct api *api, struct api_request *request)
{
    struct account_body body = {.settings = account_settings_defaults()};
    const struct account *account;
    if (!read_body(request, true, &body))
        return;
    int error = account_list_add(api->config.accounts, body.name, &body.settings, body.password,
                                 &account);
    if (error) {
        answer_error(request, body.name, error);
        return;
    }
    api_answer_json(&request->answer, 201, show(api, account));
    snprintf(request->answer.location, sizeof(request->answer.location), "/api/v1/accounts/%s",
             account->name);
}

void api_read_account(struct api *api, struct api_request *request)
{
    const struct account *account = find(api, request);
    if (account)
        api_answer_json(&request->answer, 200, show(api, account));
}

void api_change_account(struct api *api, struct api_request *request)
{
    const struct account *account = find(api, request);
    if (!account)
        return;
    struct account_body body = {.settings = account->settings};
    if (!read_body(request, false, &body))
        return;
    int error =
        account_list_change(api->config.accounts, request->id, &body.settings, body.password);
    if (error) {
        answer_error(request, request->id, error);
        return;
    }
    if (!body.settings.enabled)
        location_remove_all(api->config.location, request->id);
    api_read_account(api, request);
}

void api_delete_account(struct api *api, struct api_request *request)
{
    if (!find(api, request))
        return;
    int error = account_list_delete(api->config.accounts, request->id);
    if (error) {
        answer_error(request, request->id, error);
        return;
    }
    location_remove_all(api->config.location, request->id);
    room_parcels_end(api->config.rooms, request->id);
    api_answer_empty(&request->answer, 204);
}
