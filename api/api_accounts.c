/* api_accounts.c - /api/v1/accounts and /api/v1/accounts/{name}. A password goes in, never out.
 */
#include "api/api_body.h"
#include "api/api_internal.h"

#include "mixer/base/clock.h"
#include "server/account/account_list.h"
#include "server/account/location.h"
#include "server/body/smime.h"
#include "server/room/room_parcels.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    NAME,
    PASSWORD,
    DISPLAY_NAME,
    ENABLED,
    SRTP,
    NUMBER,
    SMIME,
    CERTIFICATE,
    FORWARDING,
    FORWARD_TO,
    FORWARD_WHEN,
    FORWARD_AFTER_S,
    REALM,
    USABLE,
    REGISTERED,
    CREATED_AT,
    FIELDS
};

#define REST                                                                                   \
    [DISPLAY_NAME] = {"display_name", API_TEXT, .most = ACCOUNT_DISPLAY_NAME_BYTES - 1,        \
                      .has_default = true},                                                    \
    [ENABLED] = {"enabled", API_BOOL, .has_default = true},                                    \
    [SRTP] = {"srtp", API_WORD, .words = {"default", "off", "optional", "required"},           \
              .has_default = true},                                                            \
    [NUMBER] = {"number",                                                                      \
                API_TEXT,                                                                      \
                .most = ACCOUNT_NUMBER_BYTES - 1,                                              \
                .is_valid = account_number_is_valid,                                           \
                .allowed = "digits, perhaps behind a +",                                       \
                .has_default = true},                                                          \
    [SMIME] = {"smime", API_WORD, .words = {"off", "optional", "required", "whole"},           \
               .has_default = true},                                                           \
    [CERTIFICATE] = {"certificate",                                                            \
                     API_LINES,                                                                \
                     .most = ACCOUNT_CERTIFICATE_BYTES - 1,                                    \
                     .is_valid = smime_certificate_is_valid,                                   \
                     .allowed = "one certificate in PEM, with a key that can be encrypted "    \
                                "for (RSA, or EC)",                                            \
                     .is_nullable = true},                                                     \
    [FORWARDING] = {"forwarding", API_WORD, .words = {"none", "local", "trunk"},               \
                    .has_default = true},                                                      \
    [FORWARD_TO] = {"forward_to",                                                              \
                    API_TEXT,                                                                  \
                    .most = ACCOUNT_FORWARD_BYTES - 1,                                         \
                    .is_valid = account_forward_to_is_valid,                                   \
                    .allowed = "a name, a number or a URI, without blanks and quotes",         \
                    .has_default = true},                                                      \
    [FORWARD_WHEN] = {"forward_when", API_WORD,                                                \
                      .words = {"always", "busy", "no_answer", "not_taken", "beside"},         \
                      .has_default = true},                                                    \
    [FORWARD_AFTER_S] = {"forward_after_s", API_INTEGER, .least = 1,                           \
                         .most = ACCOUNT_FORWARD_MOST_S, .has_default = true},                 \
    [REALM] = {"realm", API_TEXT, .is_read_only = true},                                       \
    [USABLE] = {"usable", API_BOOL, .is_read_only = true},                                     \
    [REGISTERED] = {"registered", API_BOOL, .is_read_only = true},                             \
    [CREATED_AT] = {"created_at", API_TEXT, .is_read_only = true}
#define PASSWORD_TEXT                                                                          \
    "password", API_TEXT, .least = PASSWORD_LEAST, .most = PASSWORD_MOST,                      \
                          .is_valid = password_is_valid,                                       \
                          .allowed = "8 to 128 bytes without control characters"

static const struct api_field new_fields[FIELDS] = {
    [NAME] = {"name", API_TEXT, .least = 1, .most = ACCOUNT_NAME_BYTES - 1, .is_required = true,
              .is_valid = account_name_is_valid,
              .allowed = "letters A-Z and a-z, digits, and . _ - +, not beginning with a dot"},
    [PASSWORD] = {PASSWORD_TEXT, .is_required = true},
    REST};

static const struct api_field change_fields[FIELDS] = {
    [NAME] = {"name", API_TEXT, .is_read_only = true}, [PASSWORD] = {PASSWORD_TEXT}, REST};

static json_t *show(const struct api *api, const struct account *account)
{
    char created[CLOCK_TEXT_BYTES];
    const struct account_forward *forward = &account->settings.forward;
    clock_format(account->created_ns, created);
    return json_pack(
        "{s:s, s:s, s:b, s:s, s:s, s:s, s:s?, s:s, s:s, s:s, s:i, s:s, s:b, s:b, s:s}", "name",
        account->name, "display_name", account->settings.display_name, "enabled",
        account->settings.enabled, "srtp", media_srtp_word(account->settings.srtp), "number",
        account->settings.number, "smime", account_smime_word(account->settings.smime),
        "certificate", account->settings.certificate, "forwarding",
        account_forward_scope_word(forward->scope), "forward_to", forward->to, "forward_when",
        account_forward_when_word(forward->when), "forward_after_s", (int)forward->after_s,
        "realm", account->realm, "usable", account_is_usable(api->config.accounts, account),
        "registered", location_count(api->config.location, account->name) > 0, "created_at",
        created);
}

static void apply_forward(const struct api_value *values, struct account_forward *forward)
{
    if (values[FORWARDING].is_null)
        forward->scope = ACCOUNT_FORWARD_NONE;
    else if (values[FORWARDING].is_given) /* the table has checked it, here and below */
        account_forward_scope_parse(values[FORWARDING].text, &forward->scope);
    if (values[FORWARD_TO].is_given)
        snprintf(forward->to, sizeof(forward->to), "%s",
                 values[FORWARD_TO].is_null ? "" : values[FORWARD_TO].text);
    if (values[FORWARD_WHEN].is_null)
        forward->when = ACCOUNT_FORWARD_ALWAYS;
    else if (values[FORWARD_WHEN].is_given)
        account_forward_when_parse(values[FORWARD_WHEN].text, &forward->when);
    if (values[FORWARD_AFTER_S].is_given)
        forward->after_s = values[FORWARD_AFTER_S].is_null
                               ? ACCOUNT_FORWARD_AFTER_S
                               : (unsigned)values[FORWARD_AFTER_S].integer;
}

static void apply(const struct api_value *values, struct account_settings *settings)
{
    apply_forward(values, &settings->forward);
    if (values[DISPLAY_NAME].is_given)
        snprintf(settings->display_name, sizeof(settings->display_name), "%s",
                 values[DISPLAY_NAME].is_null ? "" : values[DISPLAY_NAME].text);
    if (values[ENABLED].is_given)
        settings->enabled = values[ENABLED].is_null || values[ENABLED].flag;
    if (values[NUMBER].is_given)
        snprintf(settings->number, sizeof(settings->number), "%s",
                 values[NUMBER].is_null ? "" : values[NUMBER].text);
    if (values[SMIME].is_null)
        settings->smime = ACCOUNT_SMIME_OPTIONAL;
    else if (values[SMIME].is_given)
        account_smime_parse(values[SMIME].text, &settings->smime); /* likewise */
    if (values[CERTIFICATE].is_given)
        settings->certificate = values[CERTIFICATE].is_null ? NULL : values[CERTIFICATE].text;
    if (values[SRTP].is_null)
        settings->srtp = MEDIA_SRTP_DEFAULT;
    else if (values[SRTP].is_given)
        media_srtp_parse(values[SRTP].text, &settings->srtp); /* the table has checked it */
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
    struct api_value values[FIELDS];
    struct account_settings settings = {.enabled = true,
                                        .forward.after_s = ACCOUNT_FORWARD_AFTER_S};
    const struct account *account;
    if (!api_body_read(request->json, new_fields, FIELDS, API_BODY_NEW, values,
                       &request->answer))
        return;
    apply(values, &settings);
    int error = account_list_add(api->config.accounts, values[NAME].text, &settings,
                                 values[PASSWORD].text, &account);
    if (error) {
        answer_error(request, values[NAME].text, error);
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
    struct api_value values[FIELDS];
    const struct account *account = find(api, request);
    if (!account || !api_body_read(request->json, change_fields, FIELDS, API_BODY_PATCH, values,
                                   &request->answer))
        return;
    struct account_settings settings = account->settings;
    apply(values, &settings);
    int error = account_list_change(api->config.accounts, request->id, &settings,
                                    values[PASSWORD].is_given ? values[PASSWORD].text : NULL);
    if (error) {
        answer_error(request, request->id, error);
        return;
    }
    if (!settings.enabled)
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
