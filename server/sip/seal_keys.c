/* seal_keys.c - files in, an identity out. */
#include "server/sip/seal_keys.h"

#include "mixer/base/check.h"
#include "mixer/base/explain.h"
#include "server/sip/key_pair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct seal_keys {
    struct seal_keys_config config;
    struct key_pair pair;
    X509_STORE *authorities; /* NULL: none */
    struct smime_identity identity;
    char *certificates;
    size_t certificates_length;
};

static void finish(struct seal_keys *keys)
{
    key_pair_finish(&keys->pair);
    X509_STORE_free(keys->authorities);
    free(keys->certificates);
}

/* Puts the key of the configuration before what is wrong with its file. */
static int explain_key(int error, const char *key, char **why)
{
    char *reason = *why;
    explain(error, why, "%s: %s", key, reason ? reason : strerror(-error));
    free(reason);
    return error;
}

static int read_files(struct seal_keys *keys, char **why)
{
    const struct seal_keys_config *config = &keys->config;
    int error = key_pair_read(config->certificate, config->key, &keys->pair, why);
    if (error)
        return explain_key(error, "sip.smime_certificate", why);
    if (!smime_can_encrypt(keys->pair.leaf))
        return explain(-EINVAL, why,
                       "sip.smime_certificate: %s: nothing can be encrypted for this key",
                       config->certificate);
    if (config->authorities) {
        keys->authorities = key_pair_authorities(config->authorities, why);
        if (!keys->authorities)
            return explain_key(-EINVAL, "sip.smime_authorities", why);
    }
    keys->identity = (struct smime_identity){.certificate = keys->pair.leaf,
                                             .key = keys->pair.key,
                                             .authorities = keys->authorities};
    return smime_write_certificates(keys->pair.leaf, keys->pair.chain, &keys->certificates,
                                    &keys->certificates_length);
}

int seal_keys_create(const struct seal_keys_config *config, struct seal_keys **out, char **why)
{
    ASSERT_CONTROL();
    *why = NULL;
    struct seal_keys *keys = calloc(1, sizeof(*keys));
    if (!keys)
        return -ENOMEM;
    keys->config = *config;
    int error = read_files(keys, why);
    if (error) {
        seal_keys_destroy(keys);
        return error;
    }
    *out = keys;
    return 0;
}

void seal_keys_destroy(struct seal_keys *keys)
{
    if (!keys)
        return;
    finish(keys);
    free(keys);
}

int seal_keys_reload(struct seal_keys *keys, char **why)
{
    ASSERT_CONTROL();
    struct seal_keys fresh = {.config = keys->config};
    *why = NULL;
    int error = read_files(&fresh, why);
    if (error) {
        finish(&fresh);
        return error;
    }
    finish(keys);
    *keys = fresh;
    return 0;
}

const struct smime_identity *seal_keys_identity(const struct seal_keys *keys)
{
    return keys ? &keys->identity : NULL;
}

bool seal_keys_uri(const struct seal_keys *keys, char *out, size_t room)
{
    return smime_certificate_uri(keys->pair.leaf, out, room);
}

struct slice seal_keys_certificates(const struct seal_keys *keys)
{
    return (struct slice){keys->certificates, keys->certificates_length};
}
