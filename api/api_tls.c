/* api_tls.c - two files of PEM, parsed; the newest pair first. */
#include "api/api_tls.h"

#include "mixer/base/explain.h"
#include "mixer/base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 1 << 20, MOST_CHAIN = 16, HASH_BYTES = 32 };

struct pair {
    struct pair *older;
    unsigned count;
    gnutls_pcert_st chain[MOST_CHAIN];
    gnutls_privkey_t key;
};

struct api_tls {
    char *certificate_file, *key_file; /* the same, if one has both */
    pthread_mutex_t lock;              /* for pairs                 */
    struct pair *pairs;
};

/* ---- files ---- */

static void wipe(gnutls_datum_t *text)
{
    if (text->data)
        explicit_bzero(text->data, text->size);
    free(text->data);
    text->data = NULL;
}

static int read_file(const char *path, gnutls_datum_t *text, char **why)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return explain(-errno, why, "%s: %s", path, strerror(errno));
    *text = (gnutls_datum_t){.data = malloc(MOST_BYTES)};
    if (text->data)
        text->size = (unsigned)fread(text->data, 1, MOST_BYTES, file);
    const bool failed = ferror(file);
    fclose(file);
    if (!text->data)
        return -ENOMEM;
    if (!failed && text->size)
        return 0;
    wipe(text);
    return explain(-EIO, why, "%s: %s", path, failed ? "cannot be read" : "is empty");
}

/* ---- a pair ---- */

static int read_chain(struct pair *pair, const char *path, char **why)
{
    gnutls_datum_t text;
    int err = read_file(path, &text, why);
    if (err < 0)
        return err;
    unsigned count = MOST_CHAIN;
    const int read = gnutls_pcert_list_import_x509_raw(
        pair->chain, &count, &text, GNUTLS_X509_FMT_PEM, GNUTLS_X509_CRT_LIST_SORT);
    wipe(&text);
    if (read == GNUTLS_E_MEMORY_ERROR)
        return -ENOMEM;
    if (read < 0)
        return explain(-EINVAL, why, "%s: has no certificate (PEM): %s", path,
                       gnutls_strerror(read));
    pair->count = count;
    return 0;
}

static int read_key(struct pair *pair, const char *path, char **why)
{
    gnutls_datum_t text;
    int err = read_file(path, &text, why);
    if (err < 0)
        return err;
    int read = gnutls_privkey_init(&pair->key);
    if (read == 0)
        read = gnutls_privkey_import_x509_raw(pair->key, &text, GNUTLS_X509_FMT_PEM, NULL, 0);
    wipe(&text);
    if (read == GNUTLS_E_MEMORY_ERROR)
        return -ENOMEM;
    return read == 0 ? 0
                     : explain(-EINVAL, why, "%s: has no private key (PEM): %s", path,
                               gnutls_strerror(read));
}

static bool hash_of(gnutls_pubkey_t key, uint8_t hash[HASH_BYTES])
{
    size_t bytes = HASH_BYTES;
    return gnutls_pubkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, hash, &bytes) == 0;
}

static bool is_key_of(gnutls_privkey_t key, gnutls_pubkey_t certified)
{
    uint8_t ours[HASH_BYTES], theirs[HASH_BYTES];
    gnutls_pubkey_t own;
    if (gnutls_pubkey_init(&own) < 0)
        return false;
    const bool is_it = gnutls_pubkey_import_privkey(own, key, 0, 0) == 0 &&
                       hash_of(own, ours) && hash_of(certified, theirs) &&
                       memcmp(ours, theirs, sizeof(ours)) == 0;
    gnutls_pubkey_deinit(own);
    return is_it;
}

static void pair_destroy(struct pair *pair)
{
    for (unsigned i = 0; i < pair->count; i++)
        gnutls_pcert_deinit(&pair->chain[i]);
    gnutls_privkey_deinit(pair->key);
    free(pair);
}

static int pair_create(const struct api_tls *tls, struct pair **pair, char **why)
{
    struct pair *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    int err = read_chain(made, tls->certificate_file, why);
    if (err == 0)
        err = read_key(made, tls->key_file, why);
    if (err == 0 && !is_key_of(made->key, made->chain[0].pubkey))
        err = explain(-EINVAL, why, "%s: its key is not that of the certificate in %s",
                      tls->key_file, tls->certificate_file);
    if (err < 0)
        pair_destroy(made);
    else
        *pair = made;
    return err;
}

/* ---- what is shown ---- */

static void add(struct api_tls *tls, struct pair *pair)
{
    pthread_mutex_lock(&tls->lock);
    pair->older = tls->pairs;
    tls->pairs = pair;
    pthread_mutex_unlock(&tls->lock);
}

int api_tls_create(const char *certificate, const char *key, struct api_tls **tls, char **why)
{
    struct api_tls *made = calloc(1, sizeof(*made));
    struct pair *pair;
    if (!made)
        return -ENOMEM;
    pthread_mutex_init(&made->lock, NULL);
    made->certificate_file = strdup(certificate);
    made->key_file = strdup(key ? key : certificate);
    int err = made->certificate_file && made->key_file ? 0 : -ENOMEM;
    if (err == 0)
        err = pair_create(made, &pair, why);
    if (err < 0) {
        api_tls_destroy(made);
        return err;
    }
    add(made, pair);
    *tls = made;
    return 0;
}

void api_tls_destroy(struct api_tls *tls)
{
    if (!tls)
        return;
    for (struct pair *at = tls->pairs, *older; at; at = older) {
        older = at->older;
        pair_destroy(at);
    }
    pthread_mutex_destroy(&tls->lock);
    free(tls->certificate_file);
    free(tls->key_file);
    free(tls);
}

static void log_fingerprint(const struct pair *pair)
{
    uint8_t hash[HASH_BYTES];
    char text[3 * HASH_BYTES + 1]; /* a colon behind the last byte, too, until it is cut */
    size_t bytes = sizeof(hash);
    if (gnutls_fingerprint(GNUTLS_DIG_SHA256, &pair->chain[0].cert, hash, &bytes) < 0)
        return;
    for (unsigned i = 0; i < HASH_BYTES; i++)
        snprintf(text + 3 * (size_t)i, 4, "%02X:", hash[i]);
    text[3 * HASH_BYTES - 1] = '\0';
    log_info("api", "HTTPS: new connections get the certificate %s", text);
}

/* Only control writes pairs, so it may read them without the lock. */
static bool is_shown(const struct api_tls *tls, const struct pair *pair)
{
    const gnutls_datum_t *now = &tls->pairs->chain[0].cert, *read = &pair->chain[0].cert;
    return tls->pairs->count == pair->count && now->size == read->size &&
           memcmp(now->data, read->data, now->size) == 0;
}

int api_tls_reload(struct api_tls *tls, char **why)
{
    struct pair *pair;
    *why = NULL;
    int err = pair_create(tls, &pair, why);
    if (err < 0)
        return err;
    log_fingerprint(pair);
    if (is_shown(tls, pair))
        pair_destroy(pair);
    else
        add(tls, pair);
    return 0;
}

void api_tls_show(struct api_tls *tls, gnutls_pcert_st **chain, unsigned *count,
                  gnutls_privkey_t *key)
{
    pthread_mutex_lock(&tls->lock);
    struct pair *newest = tls->pairs;
    pthread_mutex_unlock(&tls->lock);
    *chain = newest->chain;
    *count = newest->count;
    *key = newest->key;
}
