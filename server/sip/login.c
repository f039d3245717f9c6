/* login.c - the challenge, and the judgement on what comes back. */
#include "server/sip/login.h"

#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "server/sdp/text.h"
#include "server/sip/credentials.h"
#include "server/sip/digest.h"
#include "server/sip/nonce.h"
#include "server/sip/uri.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

struct login {
    struct login_config config;
    struct nonce_box *nonces;
    struct password_hash nobody; /* what no password has: for accounts that are not there */
    struct login_stats stats;
};

enum verdict { PASSED, ASKED, STALE, WRONG };

struct login *login_create(const struct login_config *config)
{
    struct login *login = calloc(1, sizeof(*login));
    char secret[33];
    if (!login)
        return NULL;
    login->config = *config;
    login->nonces = nonce_box_create();
    random_name(secret, sizeof(secret));
    int error = password_hash_make("", config->realm, secret, &login->nobody);
    OPENSSL_cleanse(secret, sizeof(secret));
    if (login->nonces && !error)
        return login;
    login_destroy(login);
    return NULL;
}

void login_destroy(struct login *login)
{
    if (!login)
        return;
    nonce_box_destroy(login->nonces);
    free(login);
}

void login_stats_read(const struct login *login, struct login_stats *stats)
{
    *stats = login->stats;
}

/* ---- credentials ---- */

static bool is_offered(const struct login *login, enum digest_algorithm algorithm)
{
    return algorithm == DIGEST_MD5 ? login->config.md5 : login->config.sha256;
}

static bool is_text(struct slice slice, const char *text)
{
    return slice.length == strlen(text) && memcmp(slice.at, text, slice.length) == 0;
}

/* The first credentials for our realm, in @p text. */
static bool find_credentials(const struct login *login, const sip_t *sip,
                             char text[DIGEST_MOST_BYTES], struct digest_credentials *found)
{
    for (const sip_authorization_t *each = sip->sip_authorization; each; each = each->au_next) {
        if (credentials_join(each, text) && digest_read(text, strlen(text), found) == 0 &&
            is_offered(login, found->algorithm) && is_text(found->realm, login->config.realm))
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

/* The same work for every name. @return NULL: it is not right. */
static const struct account *find_right(const struct login *login,
                                        const struct digest_credentials *credentials,
                                        const sip_t *sip)
{
    char name[ACCOUNT_NAME_BYTES] = "";
    if (credentials->username.length < sizeof(name))
        memcpy(name, credentials->username.at, credentials->username.length);
    bool is_whole = strlen(name) == credentials->username.length;
    const struct account *account = account_list_find(login->config.accounts, name);
    bool is_known = is_whole && account && account_is_usable(login->config.accounts, account);
    bool is_good = digest_is_right(credentials, is_known ? &account->hash : &login->nobody,
                                   sip->sip_request->rq_method_name, body_of(sip));
    return is_good && is_known && is_for(sip, credentials->uri) ? account : NULL;
}

static enum verdict judge(struct login *login, const sip_t *sip, const struct sockaddr *source,
                          int64_t now_ns, const struct account **account)
{
    char text[DIGEST_MOST_BYTES];
    struct digest_credentials given;
    if (!find_credentials(login, sip, text, &given))
        return ASKED;
    enum nonce_verdict nonce =
        nonce_judge(login->nonces, given.nonce.at, given.nonce.length, source, now_ns);
    if (nonce == NONCE_FOREIGN)
        return STALE; /* whatever the password is: else it could be tried out here */
    *account = find_right(login, &given, sip);
    if (!*account)
        return WRONG;
    if (nonce == NONCE_EXPIRED ||
        !nonce_use(login->nonces, given.nonce.at, given.count, now_ns))
        return STALE;
    log_debug("sip", "Call-ID %s: is account %.*s", sip->sip_call_id->i_id,
              (int)given.username.length, given.username.at);
    return PASSED;
}

/* ---- answers ---- */

/* One line for each ban, in a form that programs read. */
static void note_failure(struct login *login, const struct sockaddr *source, int64_t now_ns)
{
    char text[INET6_ADDRSTRLEN] = "?";
    if (!ban_note(login->config.bans, source, now_ns))
        return;
    login->stats.bans++;
    inet_ntop(
        source->sa_family,
        source->sa_family == AF_INET6
            ? (const void *)&((const struct sockaddr_in6 *)(const void *)source)->sin6_addr
            : (const void *)&((const struct sockaddr_in *)(const void *)source)->sin_addr,
        text, sizeof(text));
    log_warn("sip", "auth: banned %s for %u s: too many wrong passwords", text,
             login->config.ban_s);
}

static void challenge(struct login *login, struct ua_line *line, nua_handle_t *handle,
                      const struct sockaddr *source, bool stale, int64_t now_ns)
{
    char nonce[NONCE_BYTES], best[DIGEST_CHALLENGE_BYTES], usual[DIGEST_CHALLENGE_BYTES];
    nonce_make(login->nonces, source, now_ns, nonce);
    digest_challenge(DIGEST_SHA256, login->config.realm, nonce, stale, best);
    digest_challenge(DIGEST_MD5, login->config.realm, nonce, stale, usual);
    line->ua->stats.responses[4]++;
    nua_respond(handle, SIP_401_UNAUTHORIZED, NUTAG_WITH_THIS(line->nua),
                TAG_IF(login->config.sha256, SIPTAG_WWW_AUTHENTICATE_STR(best)),
                TAG_IF(login->config.md5, SIPTAG_WWW_AUTHENTICATE_STR(usual)), TAG_END());
    nua_handle_destroy(handle);
}

bool login_pass(struct login *login, struct ua_line *line, nua_handle_t *handle,
                const sip_t *sip, const struct account **account)
{
    const struct sockaddr *source = ua_source(line);
    int64_t now_ns = clock_monotonic_ns();
    enum verdict verdict = judge(login, sip, source, now_ns, account);
    login->stats.passed += verdict == PASSED;
    login->stats.asked += verdict == ASKED;
    login->stats.stale += verdict == STALE;
    login->stats.wrong += verdict == WRONG;
    if (verdict == PASSED)
        return true;
    if (verdict == WRONG)
        note_failure(login, source, now_ns);
    challenge(login, line, handle, source, verdict == STALE, now_ns);
    return false;
}
