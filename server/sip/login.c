/* login.c - the challenge, and the judgement on what comes back. */
#include "server/sip/login.h"

#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/sip/credentials.h"
#include "server/sip/uri.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>

#include <stdlib.h>
#include <string.h>

struct login {
    struct proof *proof; /* borrowed */
    struct login_stats stats;
};

struct login *login_create(struct proof *proof)
{
    struct login *login = calloc(1, sizeof(*login));
    if (login)
        login->proof = proof;
    return login;
}

void login_destroy(struct login *login)
{
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
    if (is_answer)
        verdict = judge(login, sip, &given, &asked, account);
    else
        login->stats.asked++;
    if (verdict == PROOF_PASSED)
        return true;
    challenge(login, line, handle, &asked, verdict == PROOF_STALE);
    return false;
}
