/* proof.c - the challenge, and the judgement on what comes back. */
#include "server/call/proof.h"

#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "server/call/nonce.h"
#include "server/rtp/address.h"
#include "server/sdp/text.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

/* 10,000 phones that ask for a new one each minute use 50,000, and all at once 10,000: there
 * has to be room to spare, or slow phones are asked again and again just when all come. */
enum { MOST_NONCES = 256 * 1024 };

struct proof {
    struct proof_config config;
    struct nonce_box *nonces;
    struct password_hash nobody; /* what no password has: for accounts that are not there */
};

struct proof *proof_create(const struct proof_config *config)
{
    struct proof *proof = calloc(1, sizeof(*proof));
    char secret[33];
    if (!proof)
        return NULL;
    proof->config = *config;
    proof->nonces = nonce_box_create(MOST_NONCES);
    random_name(secret, sizeof(secret));
    int error = password_hash_make("", config->realm, secret, &proof->nobody);
    OPENSSL_cleanse(secret, sizeof(secret));
    if (proof->nonces && !error)
        return proof;
    proof_destroy(proof);
    return NULL;
}

void proof_destroy(struct proof *proof)
{
    if (!proof)
        return;
    nonce_box_destroy(proof->nonces);
    free(proof);
}

static bool is_offered(const struct proof *proof, enum digest_algorithm algorithm)
{
    return algorithm == DIGEST_MD5 ? proof->config.md5 : proof->config.sha256;
}

bool proof_read(const struct proof *proof, const char *text,
                struct digest_credentials *credentials)
{
    return digest_read(text, strlen(text), credentials) == 0 &&
           is_offered(proof, credentials->algorithm) &&
           slice_equals(credentials->realm, proof->config.realm);
}

/* The same work for every name. @return NULL: it is not right. */
static const struct account *find_right(const struct proof *proof,
                                        const struct digest_credentials *credentials,
                                        const struct proof_asked *asked)
{
    char name[ACCOUNT_NAME_BYTES] = "";
    if (credentials->username.length < sizeof(name))
        memcpy(name, credentials->username.at, credentials->username.length);
    bool is_whole = strlen(name) == credentials->username.length;
    const struct account *account = account_list_find(proof->config.accounts, name);
    bool is_known = is_whole && account && account_is_usable(proof->config.accounts, account);
    bool is_good = digest_is_right(credentials, is_known ? &account->hash : &proof->nobody,
                                   asked->method, asked->body);
    return is_good && is_known && asked->is_for_here ? account : NULL;
}

/* One line for each ban, in a form that programs read. */
static bool note_failure(struct proof *proof, const struct proof_asked *asked)
{
    char text[INET6_ADDRSTRLEN];
    if (!ban_note(proof->config.bans, asked->source, asked->now_ns))
        return false;
    address_host_of(asked->source, text);
    log_warn("sip", "auth: banned %s for %u s: too many wrong passwords", text,
             proof->config.ban_s);
    return true;
}

enum proof_verdict proof_judge(struct proof *proof,
                               const struct digest_credentials *credentials,
                               const struct proof_asked *asked, const struct account **account)
{
    const struct slice nonce = credentials->nonce;
    const enum nonce_verdict verdict =
        nonce_judge(proof->nonces, nonce.at, nonce.length, asked->source, asked->now_ns);
    if (verdict == NONCE_FOREIGN)
        return PROOF_STALE; /* whatever the password is: else it could be tried out here */
    const struct account *found = find_right(proof, credentials, asked);
    if (!found)
        return note_failure(proof, asked) ? PROOF_BANNED : PROOF_WRONG;
    if (verdict == NONCE_EXPIRED ||
        !nonce_use(proof->nonces, nonce.at, credentials->count, asked->now_ns))
        return PROOF_STALE;
    *account = found;
    return PROOF_PASSED;
}

unsigned proof_challenge(struct proof *proof, const struct sockaddr *source, bool is_stale,
                         int64_t now_ns, char out[PROOF_CHALLENGES][DIGEST_CHALLENGE_BYTES])
{
    const struct proof_config *config = &proof->config;
    char nonce[NONCE_BYTES];
    unsigned count = 0;
    nonce_make(proof->nonces, source, now_ns, nonce);
    if (config->sha256)
        digest_challenge(DIGEST_SHA256, config->realm, nonce, is_stale, out[count++]);
    if (config->md5)
        digest_challenge(DIGEST_MD5, config->realm, nonce, is_stale, out[count++]);
    return count;
}
