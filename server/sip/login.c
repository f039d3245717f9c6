/* login.c - the challenge, and the judgement on what comes back. */
#include "server/sip/login.h"

#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/account/location.h"
#include "server/call/ban.h"
#include "server/rtp/address.h"
#include "server/sip/credentials.h"
#include "server/sip/reply.h"
#include "server/sip/uri.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct login {
    struct proof *proof;              /* borrowed */
    struct ban_list *account, *proxy; /* that pause: accounts by a proxy that hides, and it */
    struct login_stats stats;
};

struct login *login_create(struct proof *proof, unsigned most)
{
    struct login *login = calloc(1, sizeof(*login));
    if (!login)
        return NULL;
    login->proof = proof;
    login->account = ban_list_create(most, LOGIN_PAUSE_S);
    login->proxy = ban_list_create(most * LOGIN_ACCOUNTS, LOGIN_PAUSE_S);
    if (login->account && login->proxy)
        return login;
    login_destroy(login);
    return NULL;
}

void login_destroy(struct login *login)
{
    if (!login)
        return;
    ban_list_destroy(login->account);
    ban_list_destroy(login->proxy);
    free(login);
}

void login_stats_read(const struct login *login, struct login_stats *stats)
{
    *stats = login->stats;
}

/* ---- credentials ---- */

/* The first credentials for our realm, in @p text. */
static bool find_credentials(const struct login *login, const sip_t *sip,
                             char text[DIGEST_MOST_BYTES], struct digest_credentials *found)
{
    for (const sip_authorization_t *each = sip->sip_authorization; each; each = each->au_next) {
        if (credentials_join(each, text) && proof_read(login->proof, text, found))
            return true;
    }
    return false;
}

/* RFC 7616 section 3.4.6: they are for this place. Proxies may have changed the host, and some
 * callers (SIPp) name the server only. */
static bool is_for(const sip_t *sip, struct slice uri)
{
    char text[SIP_CONTACT_BYTES], asked[ROOM_NAME_BYTES], proved[ROOM_NAME_BYTES];
    su_home_t home[1] = {SU_HOME_INIT(home)};
    if (uri.length >= sizeof(text))
        return false;
    memcpy(text, uri.at, uri.length);
    text[uri.length] = '\0';
    su_home_init(home);
    const url_t *url = url_make(home, text);
    bool is_same = url && uri_room(url, proved) && uri_room(sip->sip_request->rq_url, asked) &&
                   (!proved[0] || strcmp(asked, proved) == 0);
    su_home_deinit(home);
    return is_same;
}

static struct slice body_of(const sip_t *sip)
{
    const sip_payload_t *payload = sip->sip_payload;
    return payload && payload->pl_data ? (struct slice){payload->pl_data, payload->pl_len}
                                       : (struct slice){"", 0};
}

/* ---- who comes by a proxy that hides ---- */

/* For whom it is counted. */
struct hidden {
    char proxy[INET6_ADDRSTRLEN];
    char account[INET6_ADDRSTRLEN + ACCOUNT_NAME_BYTES]; /* by that proxy */
};

/* @return false: it is known who asks, so that he himself is counted. */
static bool read_hidden(const struct ua_line *line, const struct proof_asked *asked,
                        const struct digest_credentials *given, struct hidden *hidden)
{
    if (asked->source->sa_family != AF_UNSPEC)
        return false;
    address_host_of(ua_source(line), hidden->proxy);
    snprintf(hidden->account, sizeof(hidden->account), "%s %.*s", hidden->proxy,
             (int)given->username.length, given->username.at);
    return true;
}

/* It refreshes a registration of the account that it names. */
static bool is_known_phone(const struct ua *ua, const sip_t *sip,
                           const struct digest_credentials *given)
{
    char name[ACCOUNT_NAME_BYTES];
    if (given->username.length >= sizeof(name))
        return false;
    memcpy(name, given->username.at, given->username.length);
    name[given->username.length] = '\0';
    const struct binding *phone = location_first(ua->config.location, name);
    while (phone && strcmp(phone->call_id, sip->sip_call_id->i_id) != 0)
        phone = phone->next;
    return phone != NULL;
}

static bool is_paused(const struct login *login, const struct hidden *hidden, int64_t now_ns)
{
    return ban_holds_name(login->account, hidden->account, now_ns) ||
           ban_holds_name(login->proxy, hidden->proxy, now_ns);
}

/* One line for each pause, in a form that programs read; what a stranger calls himself is no
 * part of it. */
static void note_hidden(struct login *login, const struct hidden *hidden, int64_t now_ns)
{
    if (ban_note_name(login->account, hidden->account, now_ns))
        log_warn("sip", "auth: an account is paused for %d s by %s: too many wrong passwords",
                 LOGIN_PAUSE_S, hidden->proxy);
    if (ban_note_name(login->proxy, hidden->proxy, now_ns))
        log_warn("sip",
                 "auth: all accounts are paused for %d s by %s: too many wrong passwords",
                 LOGIN_PAUSE_S, hidden->proxy);
}

static void pause_login(struct ua_line *line, nua_handle_t *handle)
{
    struct reply reply = reply_make(500, "Too Many Wrong Passwords");
    reply.retry_after_s = LOGIN_PAUSE_S;
    reply_refuse(line, handle, &reply);
    nua_handle_destroy(handle);
}

/* ---- */

static void challenge(struct login *login, struct ua_line *line, nua_handle_t *handle,
                      const struct proof_asked *asked, bool stale)
{
    char text[PROOF_CHALLENGES][DIGEST_CHALLENGE_BYTES];
    unsigned count = proof_challenge(login->proof, asked->source, stale, asked->now_ns, text);
    line->ua->stats.responses[4]++;
    nua_respond(handle, SIP_401_UNAUTHORIZED, NUTAG_WITH(ua_request(line)),
                SIPTAG_WWW_AUTHENTICATE_STR(text[0]),
                TAG_IF(count > 1, SIPTAG_WWW_AUTHENTICATE_STR(text[1])), TAG_END());
    nua_handle_destroy(handle);
}

static enum proof_verdict judge(struct login *login, const sip_t *sip,
                                const struct digest_credentials *given,
                                struct proof_asked *asked, const struct account **account)
{
    asked->method = sip->sip_request->rq_method_name;
    asked->body = body_of(sip);
    asked->is_for_here = is_for(sip, given->uri);
    const enum proof_verdict verdict = proof_judge(login->proof, given, asked, account);
    login->stats.passed += verdict == PROOF_PASSED;
    login->stats.stale += verdict == PROOF_STALE;
    login->stats.wrong += verdict == PROOF_WRONG || verdict == PROOF_BANNED;
    login->stats.bans += verdict == PROOF_BANNED;
    if (verdict == PROOF_PASSED)
        log_debug("sip", "Call-ID %s: is account %.*s", sip->sip_call_id->i_id,
                  (int)given->username.length, given->username.at);
    return verdict;
}

bool login_pass(struct login *login, struct ua_line *line, nua_handle_t *handle,
                const sip_t *sip, const struct account **account)
{
    struct proof_asked asked = {.source = ua_asker(line, sip), .now_ns = clock_monotonic_ns()};
    char text[DIGEST_MOST_BYTES];
    struct digest_credentials given;
    const bool is_answer = find_credentials(login, sip, text, &given);
    enum proof_verdict verdict = PROOF_WRONG;
    struct hidden hidden;
    const bool is_hidden = is_answer && read_hidden(line, &asked, &given, &hidden);
    if (is_hidden && is_paused(login, &hidden, asked.now_ns) &&
        !is_known_phone(line->ua, sip, &given)) {
        pause_login(line, handle);
        return false;
    }
    if (is_answer)
        verdict = judge(login, sip, &given, &asked, account);
    else
        login->stats.asked++;
    if (verdict == PROOF_PASSED)
        return true;
    if (is_hidden && verdict == PROOF_WRONG)
        note_hidden(login, &hidden, asked.now_ns);
    challenge(login, line, handle, &asked, verdict == PROOF_STALE);
    return false;
}
