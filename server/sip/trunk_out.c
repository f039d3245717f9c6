/* trunk_out.c - one number, and all the ways to it. */
#include "server/sip/call_internal.h"

#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "server/account/account_list.h"
#include "server/sdp/text.h"
#include "server/sip/credentials.h"
#include "server/sip/trunk_out.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/url.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { USER_BYTES = 3 * NUMBER_BYTES };

static const char anonymous[] = "\"Anonymous\" <sip:anonymous@anonymous.invalid>";

/* ---- line and gateway ---- */

static int take_line(struct call *call)
{
    struct trunk *trunk = NULL;
    int error = trunk_list_take_line(call->ua->config.trunks, call->out->number, call->payer,
                                     clock_wall_ns() / CLOCK_NS_PER_S, call->trunk, &trunk);
    if (error)
        return error;
    call_give_line(call);
    call->trunk = trunk;
    call->out->tried = 0;
    return call_note_trunk(call, trunk);
}

static void set_payer(struct call *call, const struct account *account)
{
    const char *room = room_name(participant_room(call->participant));
    const char *number = account ? account->settings.number : "";
    if (account)
        trunk_payer_account(account->name, call->payer);
    else
        snprintf(call->payer, sizeof(call->payer), "%s", room);
    snprintf(call->out->caller, sizeof(call->out->caller), "%s",
             !account    ? room
             : number[0] ? number
                         : account->name);
}

int trunk_out_begin(struct call *call, const char *text, const struct account *account)
{
    char number[NUMBER_BYTES];
    if (!number_read(text, number))
        return -EINVAL;
    if (!call->out && !(call->out = calloc(1, sizeof(*call->out))))
        return -ENOMEM;
    snprintf(call->out->number, sizeof(call->out->number), "%s", number);
    set_payer(call, account);
    random_name(call->out->tag, sizeof(call->out->tag));
    return take_line(call);
}

/* The number as the provider wants it, in the URI of its gateway. */
static int write_uri(struct call *call)
{
    const struct trunk_settings *settings = &call->trunk->settings;
    const char *gateway = call->trunk->endpoint[call->out->endpoint].uri;
    size_t scheme = strcspn(gateway, ":") + 1;
    char number[NUMBER_BYTES];
    struct text text;
    int error =
        number_rule_apply(settings->out_rule, settings->out_rules, call->out->number, number);
    text_init(&text, call->out->uri, sizeof(call->out->uri));
    text_add_bytes(&text, gateway, scheme);
    for (const char *at = number; !error && *at; at++)
        text_add(&text, *at == '#' ? "%%23" : "%c", *at);
    text_add(&text, "@%s", gateway + scheme);
    return error ? error : text.full ? -EINVAL : 0;
}

int trunk_out_next(struct call *call)
{
    free(call->out->authorization);
    call->out->authorization = NULL;
    while (call->trunk) {
        int next = trunk_next_endpoint(call->trunk, call->out->tried, random_u32());
        if (next >= 0) {
            call->out->endpoint = next;
            call->out->is_reliable = false;
            call->out->tried |= 1u << next;
            call->out->sequence = random_u32() >> 2;
            return write_uri(call);
        }
        int error = take_line(call);
        if (error)
            return error;
    }
    return -ENOENT;
}

bool trunk_out_fails_over(int status)
{
    return status == 408 || (status >= 500 && status < 600);
}

/* ---- who calls ---- */

static void add_quoted(struct text *text, const char *name)
{
    if (!name[0])
        return;
    text_add(text, "\"");
    for (const char *at = name; *at; at++)
        text_add(text, *at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
    text_add(text, "\" ");
}

/* "sips:host:port;x" > "host": a provider knows callers of its own domain. */
static void add_domain(struct text *text, const char *registrar, const char *host)
{
    const char *domain = registrar[0] ? strchr(registrar, ':') + 1 : host;
    text_add_bytes(text, domain,
                   domain[0] == '[' ? strcspn(domain, "]") + 1 : strcspn(domain, ":;"));
}

static void write_identity(const struct call *call, const char *host,
                           char out[TRUNK_OUT_IDENTITY_BYTES])
{
    const struct trunk_settings *settings = &call->trunk->settings;
    const struct room *room = participant_room(call->participant);
    const char *user = settings->caller_id[0]  ? settings->caller_id
                       : settings->username[0] ? settings->username
                                               : call->out->caller;
    struct text text;
    text_init(&text, out, TRUNK_OUT_IDENTITY_BYTES);
    add_quoted(&text, room_settings(room)->display_name);
    text_add(&text, "<sip:%s@", user);
    add_domain(&text, settings->registrar, host);
    text_add(&text, ">");
}

void trunk_out_identify(const struct call *call, const char *host,
                        struct trunk_out_identity *identity)
{
    const struct trunk_settings *settings = &call->trunk->settings;
    char own[TRUNK_OUT_IDENTITY_BYTES];
    bool is_asserted = settings->identity == TRUNK_IDENTITY_BOTH || settings->hides_caller;
    write_identity(call, host, own);
    identity->asserted[0] = '\0';
    if (is_asserted)
        snprintf(identity->asserted, sizeof(identity->asserted), "P-Asserted-Identity: %s",
                 own);
    snprintf(identity->from, sizeof(identity->from), "%.*s;tag=%s",
             TRUNK_OUT_IDENTITY_BYTES - TRUNK_OUT_TAG_BYTES - 6,
             settings->hides_caller ? anonymous : own, call->out->tag);
    identity->privacy = settings->hides_caller ? "id" : NULL;
}

/* ---- what it is asked for, and sent on to ---- */

bool trunk_out_authorize(struct call *call, int status, const sip_t *sip)
{
    char out[DIGEST_ANSWER_BYTES];
    const msg_auth_t *challenges =
        status == 407 ? sip->sip_proxy_authenticate : sip->sip_www_authenticate;
    if (!call->trunk || call->out->authorization ||
        credentials_write(call->trunk, challenges, "INVITE", call->out->uri, out) < 0)
        return false;
    call->out->authorization = strdup(out);
    call->out->is_for_proxy = status == 407;
    return call->out->authorization != NULL;
}

/* "sip:host..." is at @p host. */
static bool is_at(const char *gateway, const char *host)
{
    const char *own = strchr(gateway, ':') + 1;
    size_t length = own[0] == '[' ? strcspn(own, "]") + 1 : strcspn(own, ":;");
    return strlen(host) == length && strncasecmp(own, host, length) == 0;
}

bool trunk_out_insists_on_100rel(struct call *call, int status, const sip_t *sip)
{
    struct trunk_out *out = call->out;
    if (status != 421 || !call->trunk || out->is_reliable ||
        !sip_has_feature(sip->sip_require, "100rel"))
        return false;
    free(out->authorization); /* it was for the one before */
    out->authorization = NULL;
    out->is_reliable = true;
    return true;
}

bool trunk_out_may_redirect(const struct call *call, const url_t *url)
{
    const struct trunk *trunk = call->trunk;
    char user[USER_BYTES], dialled[NUMBER_BYTES], number[NUMBER_BYTES];
    bool is_gateway = false;
    if (!trunk || !url->url_host || !url->url_user || strlen(url->url_user) >= sizeof(user))
        return false;
    for (unsigned i = 0; i < trunk->endpoints; i++)
        is_gateway |= is_at(trunk->endpoint[i].uri, url->url_host);
    url_unescape(user, url->url_user);
    return is_gateway && number_read(user, dialled) &&
           number_rule_apply(trunk->settings.in_rule, trunk->settings.in_rules, dialled,
                             number) == 0 &&
           trunk_may_dial(trunk, number);
}

void trunk_out_redirect(struct call *call, const char *uri)
{
    if (!call->trunk)
        return;
    free(call->out->authorization);
    call->out->authorization = NULL;
    snprintf(call->out->uri, sizeof(call->out->uri), "%s", uri);
}

void trunk_out_destroy(struct trunk_out *out)
{
    if (!out)
        return;
    free(out->authorization);
    free(out);
}
