/* trunk_register.c - REGISTER, and its clock. */
#include "server/sip/trunk_register.h"

#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "server/sip/call_internal.h"
#include "server/sip/credentials.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_time(void *context);

static void wait(struct trunk_register *registration, int64_t delay_ms)
{
    loop_timer_start(registration->ua->config.loop, &registration->timer, delay_ms, on_time,
                     registration);
}

static void drop_handle(struct trunk_register *registration)
{
    if (registration->handle)
        nua_handle_destroy(registration->handle);
    registration->handle = NULL;
}

/* ---- the request ---- */

/* "sip:host:port;x" > "host". */
static void write_account(const struct trunk_register *registration, bool is_from, char *out,
                          size_t room)
{
    const char *domain = strchr(registration->uri, ':') + 1;
    size_t length = domain[0] == '[' ? strcspn(domain, "]") + 1 : strcspn(domain, ":;");
    snprintf(out, room, "<sip:%s@%.*s>%s%s", registration->username, (int)length, domain,
             is_from ? ";tag=" : "", is_from ? registration->tag : "");
}

/* Our Contact with the user part that nobody knows, in place of a room's. */
static void write_contact(const struct trunk_register *registration, const struct ua_line *line,
                          const struct sockaddr *peer, bool is_tcp, char out[SIP_CONTACT_BYTES])
{
    ua_contact(line, peer, is_tcp ? UA_CONTACT_TCP : UA_CONTACT_PLAIN,
               registration->trunk->contact, out);
    out[strcspn(out, ">") + 1] = '\0'; /* it is no focus */
}

static bool ask(struct trunk_register *registration, unsigned expires_s, const char *proof,
                bool is_for_proxy)
{
    char account[2][TRUNK_URI_BYTES + TRUNK_TEXT_BYTES + TRUNK_REGISTER_ID_BYTES + 16];
    char contact[SIP_CONTACT_BYTES], expires[12], sequence[24];
    struct uri_target target;
    const struct ua_line *line = registration->way.line;
    drop_handle(registration);
    if (uri_target(registration->uri, &target) < 0)
        return false;
    registration->handle = nua_handle(line->nua, NULL, TAG_END());
    if (!registration->handle)
        return false;
    bool is_tcp = target.wants_tcp || !line->endpoint.udp;
    write_account(registration, true, account[0], sizeof(account[0]));
    write_account(registration, false, account[1], sizeof(account[1]));
    write_contact(registration, line, (const struct sockaddr *)&registration->way.peer, is_tcp,
                  contact);
    snprintf(expires, sizeof(expires), "%u", expires_s);
    snprintf(sequence, sizeof(sequence), "%u REGISTER", ++registration->sequence);
    nua_method(registration->handle, NUTAG_METHOD("REGISTER"), NUTAG_URL(target.text),
               TAG_IF(target.wants_tls, NUTAG_PROXY(target.hop)),
               SIPTAG_CALL_ID_STR(registration->call_id), SIPTAG_CSEQ_STR(sequence),
               SIPTAG_FROM_STR(account[0]), SIPTAG_TO_STR(account[1]),
               SIPTAG_CONTACT_STR(contact), SIPTAG_EXPIRES_STR(expires),
               TAG_IF(proof && !is_for_proxy, SIPTAG_AUTHORIZATION_STR(proof)),
               TAG_IF(proof && is_for_proxy, SIPTAG_PROXY_AUTHORIZATION_STR(proof)), TAG_END());
    return true;
}

/* ---- its clock ---- */

static void fail(struct trunk_register *registration, const char *detail)
{
    unsigned wait_s = TRUNK_REGISTER_LEAST_S;
    for (unsigned i = 0; i < registration->failures && wait_s < TRUNK_REGISTER_MOST_S; i++)
        wait_s *= 2;
    registration->failures++;
    registration->raises = 0;
    registration->is_up = false;
    lookup_end(&registration->lookup);
    drop_handle(registration);
    log_warn("sip", "trunk %s: not registered at %s: %s", registration->trunk->name,
             registration->uri, detail);
    trunk_set_registration(registration->trunk, registration->uri, TRUNK_REGISTRATION_FAILED,
                           detail);
    wait(registration,
         (wait_s < TRUNK_REGISTER_MOST_S ? wait_s : TRUNK_REGISTER_MOST_S) * 1000);
}

/* By the next way to the registrar. @return false: there is none. */
static bool try_ways(struct trunk_register *registration)
{
    for (const struct lookup_way *way; (way = lookup_next(&registration->lookup));) {
        registration->way = *way;
        registration->has_answered = false;
        if (ask(registration, registration->expires_s, NULL, false)) {
            wait(registration, TRUNK_REGISTER_WAIT_MS);
            return true;
        }
    }
    return false;
}

static void on_known(void *context, int error)
{
    struct trunk_register *registration = context;
    if (error == -EHOSTUNREACH)
        fail(registration, "no such name in DNS");
    else if (error == -EAFNOSUPPORT)
        fail(registration, "no listener of ours reaches the registrar");
    else if (error)
        fail(registration, "no answer from DNS");
    else if (!try_ways(registration))
        fail(registration, "it cannot be asked");
}

/* Time to begin, or the answer to what was sent has not come. */
static void on_time(void *context)
{
    struct trunk_register *registration = context;
    struct uri_target target;
    if (registration->handle || registration->lookup.hunt) {
        if (!try_ways(registration))
            fail(registration, registration->handle ? "no answer" : "no answer from DNS");
        return;
    }
    int error = uri_target(registration->uri, &target);
    if (!error)
        error = lookup_begin(&registration->lookup, registration->ua, &target, on_known,
                             registration);
    if (error == LOOKUP_ASKS)
        wait(registration, TRUNK_REGISTER_WAIT_MS);
    else
        on_known(registration, error);
}

void trunk_register_begin(struct trunk_register *registration, struct ua *ua,
                          struct trunk *trunk, const char *uri)
{
    const struct trunk_settings *settings = &trunk->settings;
    bool is_same = registration->trunk && strcmp(registration->uri, uri) == 0 &&
                   strcmp(registration->username, settings->username) == 0;
    if (!is_same)
        trunk_register_end(registration);
    if (!registration->trunk) {
        *registration = (struct trunk_register){.ua = ua, .trunk = trunk};
        random_name(registration->call_id, sizeof(registration->call_id));
        random_name(registration->tag, sizeof(registration->tag));
        snprintf(registration->uri, sizeof(registration->uri), "%s", uri);
        snprintf(registration->username, sizeof(registration->username), "%s",
                 settings->username);
    }
    bool is_kept = is_same && registration->is_up;
    registration->failures = 0;
    if (is_kept && registration->asked_s == settings->expires_s)
        return;
    registration->asked_s = registration->expires_s = settings->expires_s;
    lookup_end(&registration->lookup);
    drop_handle(registration);
    wait(registration, 0); /* perhaps with another password */
}

/* ---- the answer ---- */

static unsigned at_most_a_day(unsigned long expires_s)
{
    return expires_s < TRUNK_MAX_EXPIRES_S ? (unsigned)expires_s : TRUNK_MAX_EXPIRES_S;
}

static unsigned granted(const struct trunk_register *registration, const sip_t *sip)
{
    for (const sip_contact_t *each = sip->sip_contact; each; each = each->m_next) {
        if (each->m_url->url_user && each->m_expires &&
            strcmp(each->m_url->url_user, registration->trunk->contact) == 0)
            return at_most_a_day(strtoul(each->m_expires, NULL, 10));
    }
    return sip->sip_expires ? at_most_a_day(sip->sip_expires->ex_delta)
                            : registration->expires_s;
}

static void succeed(struct trunk_register *registration, const sip_t *sip)
{
    unsigned expires_s = granted(registration, sip);
    drop_handle(registration);
    registration->failures = registration->raises = 0;
    if (!registration->is_up)
        log_info("sip", "trunk %s: registered at %s for %u s", registration->trunk->name,
                 registration->uri, expires_s);
    registration->is_up = true;
    trunk_set_registration(registration->trunk, registration->uri, TRUNK_REGISTRATION_UP, "");
    wait(registration, expires_s < 10 ? 5000 : expires_s * 500LL); /* half of it */
}

static bool answer_challenge(struct trunk_register *registration, int status, const sip_t *sip)
{
    char proof[DIGEST_ANSWER_BYTES];
    const msg_auth_t *challenges =
        status == 407 ? sip->sip_proxy_authenticate : sip->sip_www_authenticate;
    if (registration->has_answered ||
        credentials_write(registration->trunk, challenges, "REGISTER", registration->uri,
                          proof) < 0)
        return false;
    registration->has_answered = true;
    if (!ask(registration, registration->expires_s, proof, status == 407))
        return false;
    wait(registration, TRUNK_REGISTER_WAIT_MS);
    return true;
}

static bool take_longer(struct trunk_register *registration, const sip_t *sip)
{
    unsigned long least = sip->sip_min_expires ? sip->sip_min_expires->me_delta : 0;
    if (least <= registration->expires_s || least > TRUNK_MAX_EXPIRES_S ||
        registration->raises == TRUNK_REGISTER_RAISES)
        return false;
    registration->raises++;
    registration->expires_s = (unsigned)least;
    registration->has_answered = false;
    if (!ask(registration, registration->expires_s, NULL, false))
        return false;
    wait(registration, TRUNK_REGISTER_WAIT_MS);
    return true;
}

bool trunk_register_on_response(struct trunk_register *registration, const nua_handle_t *handle,
                                int status, const char *phrase, const sip_t *sip)
{
    char detail[TRUNK_DETAIL_BYTES];
    if (!registration->trunk || !handle || registration->handle != handle)
        return false;
    if (status < 200)
        return true;
    if (status < 300 && sip) {
        succeed(registration, sip);
        return true;
    }
    bool is_asked = status == 401 || status == 407;
    if (sip && is_asked && answer_challenge(registration, status, sip))
        return true;
    if (sip && status == 423 && take_longer(registration, sip))
        return true;
    if ((status == 408 || status == 503) && try_ways(registration))
        return true;
    snprintf(detail, sizeof(detail), "%d %s", status, phrase);
    fail(registration, detail);
    return true;
}

void trunk_register_end(struct trunk_register *registration)
{
    if (!registration->trunk)
        return;
    loop_timer_stop(registration->ua->config.loop, &registration->timer);
    lookup_end(&registration->lookup);
    drop_handle(registration);
    *registration = (struct trunk_register){.trunk = NULL};
}
