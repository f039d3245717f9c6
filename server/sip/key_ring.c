/* key_ring.c - pairs, and which of them has a name. */
#include "server/sip/key_ring.h"

#include "mixer/base/explain.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

enum { NAME_BYTES = 256 };

/* True if @p names has one of DNS, however it is written. */
static bool has_dns(const GENERAL_NAMES *names)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        if (sk_GENERAL_NAME_value(names, i)->type == GEN_DNS)
            return true;
    }
    return false;
}

/* A common name may be anything: "Example Ltd.", or an address, which nobody asks for. */
static bool is_host(const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._*";
    struct in_addr address;
    return name[0] && !name[strspn(name, allowed)] && inet_pton(AF_INET, name, &address) != 1;
}

static bool is_named(X509 *leaf)
{
    char common[NAME_BYTES];
    GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
    bool is_dns = has_dns(names);
    GENERAL_NAMES_free(names);
    return is_dns || (X509_NAME_get_text_by_NID(X509_get_subject_name(leaf), NID_commonName,
                                                common, sizeof(common)) > 0 &&
                      is_host(common));
}

int key_ring_set_main(struct key_ring *ring, const char *certificate, const char *key,
                      char **why)
{
    struct key_pair pair;
    int error = key_pair_read(certificate, key, &pair, why);
    if (error)
        return error;
    key_pair_finish(&ring->main);
    ring->main = pair;
    return 0;
}

int key_ring_add(struct key_ring *ring, const char *file, char **why)
{
    struct key_pair pair;
    if (ring->count == KEY_RING_MORE)
        return explain(-E2BIG, why, "%s is one too many", file);
    int error = key_pair_read(file, NULL, &pair, why);
    if (!error && !is_named(pair.leaf)) {
        error = explain(-EINVAL, why, "%s has a certificate without a DNS name", file);
        key_pair_finish(&pair);
        ERR_clear_error();
    }
    if (error)
        return error;
    ring->more[ring->count++] = pair;
    return 0;
}

static bool has_name(const struct key_pair *pair, const char *name, unsigned flags)
{
    return pair->leaf && X509_check_host(pair->leaf, name, 0, flags, NULL) == 1;
}

static const struct key_pair *find(const struct key_ring *ring, const char *name,
                                   unsigned flags)
{
    if (has_name(&ring->main, name, flags))
        return &ring->main;
    for (unsigned i = 0; i < ring->count; i++) {
        if (has_name(&ring->more[i], name, flags))
            return &ring->more[i];
    }
    return NULL;
}

/* A name that begins with a dot would be one of all names below it: nobody may ask for that. */
const struct key_pair *key_ring_find(const struct key_ring *ring, const char *name)
{
    if (!name || !name[0] || name[0] == '.')
        return &ring->main;
    const struct key_pair *pair = find(ring, name, X509_CHECK_FLAG_NO_WILDCARDS);
    if (!pair)
        pair = find(ring, name, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return pair ? pair : &ring->main;
}

/* ---- two kinds of keys ---- */

static bool has_same(const GENERAL_NAMES *names, const GENERAL_NAME *wanted)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *each = sk_GENERAL_NAME_value(names, i);
        if (each->type == GEN_DNS && each->d.dNSName->length == wanted->d.dNSName->length &&
            strncasecmp((const char *)each->d.dNSName->data,
                        (const char *)wanted->d.dNSName->data,
                        (size_t)wanted->d.dNSName->length) == 0)
            return true;
    }
    return false;
}

/* Without names in subjectAltName it is asked for by its common one. */
static bool has_same_subject(const struct key_pair *pair, const struct key_pair *other)
{
    return X509_NAME_cmp(X509_get_subject_name(pair->leaf),
                         X509_get_subject_name(other->leaf)) == 0;
}

static bool has_names_of(const struct key_pair *pair, const struct key_pair *other)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(pair->leaf, NID_subject_alt_name, NULL, NULL);
    GENERAL_NAMES *wanted = X509_get_ext_d2i(other->leaf, NID_subject_alt_name, NULL, NULL);
    bool has = has_dns(wanted) || has_same_subject(pair, other);
    for (int i = 0; has && i < sk_GENERAL_NAME_num(wanted); i++) {
        const GENERAL_NAME *each = sk_GENERAL_NAME_value(wanted, i);
        has = each->type != GEN_DNS || has_same(names, each);
    }
    GENERAL_NAMES_free(names);
    GENERAL_NAMES_free(wanted);
    return has;
}

static bool is_twin(const struct key_pair *pair, const struct key_pair *other)
{
    return pair->key && other->key &&
           EVP_PKEY_get_base_id(pair->key) != EVP_PKEY_get_base_id(other->key) &&
           has_names_of(pair, other);
}

const struct key_pair *key_ring_twin(const struct key_ring *ring, const struct key_pair *pair)
{
    if (is_twin(&ring->main, pair))
        return &ring->main;
    for (unsigned i = 0; i < ring->count; i++) {
        if (is_twin(&ring->more[i], pair))
            return &ring->more[i];
    }
    return NULL;
}

void key_ring_finish(struct key_ring *ring)
{
    key_pair_finish(&ring->main);
    while (ring->count)
        key_pair_finish(&ring->more[--ring->count]);
}
