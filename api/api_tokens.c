/* api_tokens.c - entries in two indexes, by digest for HTTP and by id for control. */
#include "api/api_tokens.h"

#include "mixer/base/check.h"

#include <assert.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BUCKETS = 1024 };

struct entry {
    uint8_t digest[API_TOKEN_DIGEST_BYTES];
    struct api_caller caller;
    int64_t expires_ns, used_ns; /* wall; 0: never */
    struct entry *next_of_digest, *next_of_id;
};

struct api_tokens {
    pthread_mutex_t lock; /* for what HTTP reads: all but next_of_id; and used_ns */
    struct entry *of_digest[BUCKETS];
    struct entry *of_id[BUCKETS]; /* control's */
};

struct api_tokens *api_tokens_create(void)
{
    struct api_tokens *tokens = calloc(1, sizeof(*tokens));
    if (tokens)
        pthread_mutex_init(&tokens->lock, NULL);
    return tokens;
}

void api_tokens_destroy(struct api_tokens *tokens)
{
    if (!tokens)
        return;
    for (unsigned i = 0; i < BUCKETS; i++) {
        for (struct entry *entry = tokens->of_digest[i], *next; entry; entry = next) {
            next = entry->next_of_digest;
            free(entry);
        }
    }
    pthread_mutex_destroy(&tokens->lock);
    free(tokens);
}

void api_token_digest(const char *token, uint8_t digest[API_TOKEN_DIGEST_BYTES])
{
    int good = EVP_Digest(token, strlen(token), digest, NULL, EVP_sha256(), NULL);
    assert(good == 1);
    (void)good;
}

/* ---- the indexes ---- */

static unsigned digest_bucket(const uint8_t *digest)
{
    return ((unsigned)digest[0] << 8 | digest[1]) % BUCKETS;
}

static unsigned id_bucket(const char *id)
{
    unsigned hash = 2166136261u; /* FNV-1a; ids are made of chance */
    for (; *id; id++)
        hash = (hash ^ (unsigned char)*id) * 16777619u;
    return hash % BUCKETS;
}

static struct entry *find_digest(const struct api_tokens *tokens, const uint8_t *digest)
{
    struct entry *entry = tokens->of_digest[digest_bucket(digest)];
    while (entry && CRYPTO_memcmp(entry->digest, digest, API_TOKEN_DIGEST_BYTES) != 0)
        entry = entry->next_of_digest;
    return entry;
}

/* Where the entry of @p id is linked, or would be. */
static struct entry **place_of(struct api_tokens *tokens, const char *id)
{
    struct entry **at = &tokens->of_id[id_bucket(id)];
    while (*at && strcmp((*at)->caller.id, id) != 0)
        at = &(*at)->next_of_id;
    return at;
}

/* ---- control: what there is ---- */

int api_tokens_put(struct api_tokens *tokens, const uint8_t digest[API_TOKEN_DIGEST_BYTES],
                   const struct api_caller *caller, int64_t expires_ns)
{
    ASSERT_CONTROL();
    struct entry **at = place_of(tokens, caller->id);
    if (*at || find_digest(tokens, digest))
        return -EEXIST;
    struct entry *entry = calloc(1, sizeof(*entry));
    if (!entry)
        return -ENOMEM;
    memcpy(entry->digest, digest, sizeof(entry->digest));
    entry->caller = *caller;
    entry->expires_ns = expires_ns;
    *at = entry;
    pthread_mutex_lock(&tokens->lock);
    struct entry **first = &tokens->of_digest[digest_bucket(digest)];
    entry->next_of_digest = *first;
    *first = entry;
    pthread_mutex_unlock(&tokens->lock);
    return 0;
}

bool api_tokens_change(struct api_tokens *tokens, const char *id, enum api_role role,
                       const struct api_scope *scope, int64_t expires_ns)
{
    ASSERT_CONTROL();
    struct entry *entry = *place_of(tokens, id);
    if (!entry)
        return false;
    const bool is_other =
        entry->caller.role != role || !api_scope_is_same(&entry->caller.scope, scope);
    pthread_mutex_lock(&tokens->lock);
    entry->caller.role = role;
    entry->caller.scope = *scope;
    entry->expires_ns = expires_ns;
    pthread_mutex_unlock(&tokens->lock);
    return is_other;
}

void api_tokens_remove(struct api_tokens *tokens, const char *id)
{
    ASSERT_CONTROL();
    struct entry **at = place_of(tokens, id), *entry = *at;
    if (!entry)
        return;
    *at = entry->next_of_id;
    pthread_mutex_lock(&tokens->lock);
    struct entry **link = &tokens->of_digest[digest_bucket(entry->digest)];
    while (*link != entry)
        link = &(*link)->next_of_digest;
    *link = entry->next_of_digest;
    pthread_mutex_unlock(&tokens->lock);
    free(entry);
}

int64_t api_tokens_used_ns(struct api_tokens *tokens, const char *id)
{
    ASSERT_CONTROL();
    const struct entry *entry = *place_of(tokens, id);
    if (!entry)
        return 0;
    pthread_mutex_lock(&tokens->lock);
    int64_t used_ns = entry->used_ns;
    pthread_mutex_unlock(&tokens->lock);
    return used_ns;
}

/* ---- HTTP: whose is it ---- */

int api_tokens_find(struct api_tokens *tokens, const char *authorization, int64_t now_ns,
                    struct api_caller *caller)
{
    uint8_t digest[API_TOKEN_DIGEST_BYTES];
    *caller = (struct api_caller){.role = API_NOBODY};
    if (!authorization)
        return -ENOENT;
    if (strncasecmp(authorization, "Bearer ", 7) != 0)
        return -EACCES;
    api_token_digest(authorization + 7 + strspn(authorization + 7, " "), digest);
    pthread_mutex_lock(&tokens->lock);
    struct entry *entry = find_digest(tokens, digest);
    bool is_good = entry && (!entry->expires_ns || now_ns < entry->expires_ns);
    if (is_good) {
        entry->used_ns = now_ns;
        *caller = entry->caller;
    }
    pthread_mutex_unlock(&tokens->lock);
    return is_good ? 0 : -EACCES;
}
