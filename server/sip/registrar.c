/* registrar.c - one REGISTER: read, judged, noted, answered. */
#include "server/sip/registrar.h"

#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/account/account_list.h"
#include "server/account/location.h"
#include "server/room/room_text.h"
#include "server/sdp/text.h"
#include "server/sip/call_fork.h"
#include "server/sip/flow.h"
#include "server/sip/letters.h"
#include "server/sip/login.h"
#include "server/sip/phone_way.h"
#include "server/sip/reply.h"
#include "server/sip/route.h"
#include "server/sip/uri.h"

#include <sofia-sip/msg_header.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    EXPIRE_MS = 1000,
    FLUSH_MS = 250,
    FLUSH_AGAIN_MS = 10 * 1000, /* what could not be written */
    MAX_PATHS = 4,
    CONTACT_BYTES = 2 * LOCATION_TEXT_BYTES
};

/* How often a phone has to be heard for its way to stay open: what RFC 5626 section 4.4 has for
 * who is told nothing, said to those who have longer times of their own. */
#define FLOW_TIMER_UDP "Flow-Timer: 30"
#define FLOW_TIMER_STREAM "Flow-Timer: 120"

/* One contact as text: what struct location_contact points to. */
struct contact_text {
    char uri[LOCATION_TEXT_BYTES], key[LOCATION_TEXT_BYTES], instance[LOCATION_TEXT_BYTES];
};

/* What is in hand while a REGISTER is being answered. */
struct registration {
    struct ua_line *line;
    const sip_t *sip;
    const struct account *account;
    struct location_request request;
    struct location_contact contact[LOCATION_MAX_CONTACTS];
    struct contact_text text[LOCATION_MAX_CONTACTS];
    char path[LOCATION_TEXT_BYTES], flow[ROUTE_BYTES], user_agent[LOCATION_TEXT_BYTES];
    uint64_t flow_id; /* by which it came; FLOW_NONE: by UDP */
    bool is_outbound; /* RFC 5626 was followed                 */
    struct reply reply;
};

static bool refuse(struct registration *in, int status, const char *phrase)
{
    in->reply = reply_make(status, phrase);
    return false;
}

/* ---- reading ---- */

/* Of digits only, else @p otherwise (RFC 3261 section 20.10). */
static unsigned long seconds_of(const char *text, unsigned long otherwise)
{
    size_t digits = text ? strspn(text, "0123456789") : 0;
    if (!digits || text[digits])
        return otherwise;
    return digits > 9 ? 999999999 : strtoul(text, NULL, 10);
}

/* "0.25" in thousandths; what cannot be read is tried first, as what is not there. */
static unsigned read_q(const char *text)
{
    unsigned value = 0, worth = 100;
    if (!text || (text[0] != '0' && text[0] != '1') || (text[1] && text[1] != '.'))
        return 1000;
    for (const char *at = text + (text[1] ? 2 : 1); *at && worth; at++, worth /= 10) {
        if (*at < '0' || *at > '9')
            return 1000;
        value += (unsigned)(*at - '0') * worth;
    }
    return text[0] == '1' ? 1000 : value;
}

/* +sip.instance without its quotes; "" if there is none, or none that could be given back. */
static void read_instance(const sip_contact_t *contact, char out[LOCATION_TEXT_BYTES])
{
    const char *value = msg_params_find(contact->m_params, "+sip.instance=");
    size_t length = value ? strlen(value) : 0;
    out[0] = '\0';
    if (length < 3 || length >= LOCATION_TEXT_BYTES || value[0] != '"' ||
        value[length - 1] != '"')
        return;
    for (size_t i = 1; i < length - 1; i++) {
        if (value[i] <= ' ' || value[i] > '~' || strchr("\"\\", value[i]))
            return;
    }
    memcpy(out, value + 1, length - 2);
    out[length - 2] = '\0';
}

static bool read_expires(struct registration *in, const sip_contact_t *contact,
                         unsigned *expires_s)
{
    const struct ua_config *config = &in->line->ua->config;
    unsigned long general =
        in->sip->sip_expires ? in->sip->sip_expires->ex_delta : config->register_max_s;
    unsigned long wanted = seconds_of(contact->m_expires, general);
    if (wanted && wanted < config->register_min_s)
        return refuse(in, 423, "Interval Too Brief");
    *expires_s = (unsigned)(wanted > config->register_max_s ? config->register_max_s : wanted);
    return true;
}

/* A phone is called by the connection that it has opened. Without it there is no way to it but
 * by its proxy (RFC 3327), or by TCP to where it is, if it listens there. */
static bool ends_with_connection(const char *uri, const char *path, const char *flow)
{
    struct uri_target contact, source;
    if (path[0] || strstr(flow, ";transport=udp"))
        return false;
    if (strstr(flow, ";transport=tls") || strstr(flow, ";transport=ws") ||
        uri_target(uri, &contact) < 0 || uri_target(flow, &source) < 0)
        return true;
    return contact.port != source.port || strcasecmp(contact.host, source.host) != 0;
}

static bool read_contact(struct registration *in, const sip_contact_t *contact)
{
    struct location_contact *out = &in->contact[in->request.count];
    struct contact_text *text = &in->text[in->request.count];
    const url_t *url = contact->m_url;
    const char *reg_id = msg_params_find(contact->m_params, "reg-id=");
    if (!route_is_usable(url, in->line->endpoint.tls) || url->url_headers ||
        url_e(text->uri, sizeof(text->uri), url) >= (issize_t)sizeof(text->uri) ||
        !uri_is_clean(text->uri) || !uri_key(url, text->key, sizeof(text->key)))
        return refuse(in, 400, "Bad Contact");
    *out = (struct location_contact){.uri = text->uri,
                                     .key = text->key,
                                     .instance = text->instance,
                                     .q = read_q(contact->m_q)};
    read_instance(contact, text->instance);
    if (text->instance[0] && sip_has_feature(in->sip->sip_supported, "outbound"))
        out->reg_id = (unsigned)seconds_of(reg_id, 0);
    in->is_outbound |= out->reg_id != 0;
    out->flow_id =
        ends_with_connection(text->uri, in->path, in->flow) ? in->flow_id : FLOW_NONE;
    in->request.count++;
    return read_expires(in, contact, &out->expires_s);
}

static bool read_contacts(struct registration *in)
{
    const sip_contact_t *contact = in->sip->sip_contact;
    in->request.contact = in->contact;
    if (contact && contact->m_url->url_type == url_any) {
        in->request.is_all = true;
        bool is_alone =
            !contact->m_next && in->sip->sip_expires && in->sip->sip_expires->ex_delta == 0;
        return is_alone || refuse(in, 400, "Bad Contact: * goes with Expires: 0 only");
    }
    for (; contact; contact = contact->m_next) {
        if (in->request.count == LOCATION_MAX_CONTACTS)
            return refuse(in, 403, "Too Many Contacts");
        if (!read_contact(in, contact))
            return false;
    }
    return true;
}

/* RFC 3327: kept as it came, for the Route of calls to this phone. */
static bool read_path(struct registration *in)
{
    struct text text;
    unsigned count = 0;
    char url[LOCATION_TEXT_BYTES];
    text_init(&text, in->path, sizeof(in->path));
    for (const sip_path_t *each = in->sip->sip_path; each; each = each->r_next) {
        if (++count > MAX_PATHS || !route_is_usable(each->r_url, in->line->endpoint.tls) ||
            url_e(url, sizeof(url), each->r_url) >= (issize_t)sizeof(url) || !uri_is_clean(url))
            return refuse(in, 400, "Bad Path");
        text_add(&text, "%s<%s>", count > 1 ? ", " : "", url);
    }
    return !text.full || refuse(in, 400, "Bad Path");
}

/* RFC 5626 section 6: who stands between has to have said that it knows the way back. */
static bool check_outbound(struct registration *in)
{
    bool is_direct = !in->sip->sip_via || !in->sip->sip_via->v_next;
    const sip_path_t *path = in->sip->sip_path;
    while (path && path->r_next)
        path = path->r_next;
    bool knows = path && path->r_url->url_params && url_has_param(path->r_url, "ob");
    return !in->is_outbound || is_direct || knows ||
           refuse(in, 439, "First Hop Lacks Outbound Support");
}

/* The account's own address only, by its name or by its number. */
static bool check_owner(struct registration *in)
{
    char user[ROOM_NAME_BYTES];
    const struct account *account = in->account;
    bool is_own =
        uri_room(in->sip->sip_to->a_url, user) && user[0] &&
        (strcmp(user, account->name) == 0 || strcmp(user, account->settings.number) == 0);
    return is_own || refuse(in, 403, "Not The Address Of This Account");
}

static bool read_request(struct registration *in)
{
    const sip_t *sip = in->sip;
    in->request.account = in->account->name;
    in->request.call_id = sip->sip_call_id->i_id;
    in->request.cseq = sip->sip_cseq->cs_seq;
    in->request.path = in->path;
    in->request.flow = in->flow;
    in->request.user_agent = in->user_agent;
    if (sip->sip_user_agent && sip->sip_user_agent->g_string)
        room_text_clean(in->user_agent, sizeof(in->user_agent), sip->sip_user_agent->g_string);
    if (!phone_way_write(in->line, sip, ua_source(in->line), in->flow))
        return refuse(in, 500, "Server Internal Error");
    if (!strstr(in->flow, ";transport=udp"))
        in->flow_id = phone_way_note(in->line, ua_source(in->line));
    return check_owner(in) && read_path(in) && read_contacts(in) && check_outbound(in);
}

/* ---- answering ---- */

/* All contacts of the account, as the value of a Contact header. @return NULL: no memory. */
static char *list_contacts(const struct registration *in, int64_t now_ns)
{
    const struct binding *each =
        location_first(in->line->ua->config.location, in->account->name);
    char *out = NULL;
    size_t length;
    FILE *file = open_memstream(&out, &length);
    if (!file)
        return NULL;
    for (; each; each = each->next) {
        int64_t left_s = (each->expires_ns - now_ns + CLOCK_NS_PER_S - 1) / CLOCK_NS_PER_S;
        fprintf(file, "<%s>;expires=%lld", each->uri, (long long)(left_s > 0 ? left_s : 0));
        if (each->q < 1000)
            fprintf(file, ";q=0.%03u", each->q);
        if (each->instance[0])
            fprintf(file, ";+sip.instance=\"%s\"", each->instance);
        if (each->reg_id)
            fprintf(file, ";reg-id=%u", each->reg_id);
        if (each->next)
            fputs(", ", file);
    }
    if (fclose(file) == 0)
        return out;
    free(out);
    return NULL;
}

static void answer_ok(const struct registration *in, nua_handle_t *handle, const char *contacts)
{
    const char *timer = strstr(in->flow, ";transport=udp") ? FLOW_TIMER_UDP : FLOW_TIMER_STREAM;
    in->line->ua->stats.responses[2]++;
    in->line->ua->stats.registered++;
    nua_respond(handle, SIP_200_OK, NUTAG_WITH(ua_request(in->line)),
                TAG_IF(contacts[0], SIPTAG_CONTACT_STR(contacts)),
                TAG_IF(in->path[0], SIPTAG_PATH_STR(in->path)),
                TAG_IF(in->is_outbound, SIPTAG_REQUIRE_STR("outbound")),
                TAG_IF(in->is_outbound, SIPTAG_HEADER_STR(timer)),
                SIPTAG_SUPPORTED_STR("path, outbound"), TAG_END());
}

static void decline(const struct registration *in, nua_handle_t *handle)
{
    char least[16];
    if (in->reply.status != 423) {
        reply_refuse(in->line, handle, &in->reply);
        return;
    }
    snprintf(least, sizeof(least), "%u", in->line->ua->config.register_min_s);
    in->line->ua->stats.responses[4]++;
    nua_respond(handle, 423, in->reply.phrase, NUTAG_WITH(ua_request(in->line)),
                SIPTAG_MIN_EXPIRES_STR(least), TAG_END());
}

static void on_flush(void *context)
{
    struct ua *ua = context;
    if (location_flush(ua->config.location) < 0)
        loop_timer_start(ua->config.loop, &ua->flush, FLUSH_AGAIN_MS, on_flush, ua);
}

/* A refresh of 10,000 phones a minute is 160 writes a second: many together cost little. */
static void flush_soon(struct ua *ua)
{
    if (!ua->flush.place)
        loop_timer_start(ua->config.loop, &ua->flush, FLUSH_MS, on_flush, ua);
}

static bool note(struct registration *in, int64_t now_ns)
{
    switch (location_register(in->line->ua->config.location, &in->request, now_ns)) {
    case 0:
        flush_soon(in->line->ua);
        return true;
    case -EALREADY:
        return refuse(in, 500, "Older Than What It Would Change");
    case -EUSERS:
        return refuse(in, 403, "Too Many Contacts");
    case -EMSGSIZE:
        return refuse(in, 400, "Too Long A Header");
    case -ENOSPC:
        in->reply = reply_later("Too Many Registrations");
        return false;
    default:
        return refuse(in, 500, "Server Internal Error: out of memory");
    }
}

static bool answer(struct registration *in, nua_handle_t *handle)
{
    int64_t now_ns = clock_monotonic_ns();
    if (in->line->ua->draining) {
        in->reply = reply_later("Going Down");
        return false;
    }
    if (!read_request(in) || !note(in, now_ns))
        return false;
    char *contacts = list_contacts(in, now_ns);
    if (!contacts)
        return refuse(in, 500, "Server Internal Error: out of memory");
    answer_ok(in, handle, contacts);
    free(contacts);
    return true;
}

void registrar_take(struct ua_line *line, nua_handle_t *handle, const sip_t *sip)
{
    static struct registration in; /* large; one at a time, on one thread */
    in = (struct registration){.line = line, .sip = sip};
    if (!login_pass(line->ua->login, line, handle, sip, &in.account))
        return;
    if (!answer(&in, handle)) {
        log_often("sip", NULL, in.account->name, "account %s cannot register: %d %s",
                  in.account->name, in.reply.status, in.reply.phrase);
        decline(&in, handle);
    } else {
        letters_deliver(line->ua, in.account->name);
    }
    nua_handle_destroy(handle);
}

/* ---- what ends ---- */

static bool is_lost(void *context, const struct binding *binding)
{
    return !flow_is_there(context, binding->flow_id);
}

/* Connections do not outlive the process that had them. */
static bool is_of_before(void *context, const struct binding *binding)
{
    (void)context;
    return ends_with_connection(binding->uri, binding->path, binding->flow);
}

const struct binding *registrar_first(struct ua *ua, const char *account)
{
    location_lose(ua->config.location, account, is_lost, ua->flows);
    return location_first(ua->config.location, account);
}

static void on_expire(void *context)
{
    struct ua *ua = context;
    location_expire(ua->config.location, clock_monotonic_ns());
    location_lose_all(ua->config.location, is_lost, ua->flows);
    call_fork_sweep(ua);
    flush_soon(ua);
    loop_timer_start(ua->config.loop, &ua->expiry, EXPIRE_MS, on_expire, ua);
}

void registrar_begin(struct ua *ua)
{
    location_lose_all(ua->config.location, is_of_before, NULL);
    loop_timer_start(ua->config.loop, &ua->expiry, 0, on_expire, ua);
}

void registrar_end(struct ua *ua)
{
    loop_timer_stop(ua->config.loop, &ua->expiry);
    loop_timer_stop(ua->config.loop, &ua->flush);
}
