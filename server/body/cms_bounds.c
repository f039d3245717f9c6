/* cms_bounds.c - a walk over the outer elements of a message of CMS. */
#include "server/body/cms_bounds.h"

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/objects.h>

#include <errno.h>

/* Elements that follow one another. */
struct run {
    const unsigned char *at, *end;
};

struct element {
    int tag, class; /* of V_ASN1_*: universal; or context */
    struct run all, inside;
};

/* ---- elements ---- */

static bool next_at(struct run *run, struct element *element, unsigned depth);

static bool is_end(const struct element *element)
{
    return element->class == V_ASN1_UNIVERSAL && element->tag == V_ASN1_EOC;
}

/* An element without a length lasts until the end mark that belongs to it. */
static bool find_end(struct run *run, struct element *element, unsigned depth)
{
    struct element within;
    do {
        element->inside.end = run->at;
        if (!next_at(run, &within, depth + 1))
            return false;
    } while (!is_end(&within));
    return true;
}

static bool next_at(struct run *run, struct element *element, unsigned depth)
{
    const unsigned char *begin = run->at;
    long length;
    if (run->at >= run->end || depth > CMS_BOUNDS_DEPTH)
        return false;
    int form =
        ASN1_get_object(&run->at, &length, &element->tag, &element->class, run->end - run->at);
    if (form & 0x80)
        return false;
    element->inside = (struct run){run->at, run->at + length};
    if (!(form & 1))
        run->at += length;
    else if (!find_end(run, element, depth))
        return false;
    element->all = (struct run){begin, run->at};
    return true;
}

static bool next(struct run *run, struct element *element)
{
    return next_at(run, element, 0);
}

static bool is_a(const struct element *element, int class, int tag)
{
    return element->class == class && element->tag == tag;
}

/* The next one, which has to be of that kind. */
static bool take(struct run *run, int class, int tag, struct element *element)
{
    return next(run, element) && is_a(element, class, tag);
}

static int read_name(const struct element *element)
{
    const unsigned char *at = element->all.at;
    ASN1_OBJECT *object = d2i_ASN1_OBJECT(NULL, &at, element->all.end - at);
    int name = object ? OBJ_obj2nid(object) : NID_undef;
    ASN1_OBJECT_free(object);
    return name;
}

static int count(struct run run, unsigned most)
{
    struct element element;
    unsigned found = 0;
    while (run.at < run.end) {
        if (!next(&run, &element))
            return -EBADMSG;
        if (++found > most)
            return -EMSGSIZE;
    }
    return 0;
}

/* ---- certificates ---- */

/* To read the parameters of a curve that has no name takes long, and nobody has such a key. */
static int check_key(const struct element *key)
{
    struct run parts = key->inside;
    struct element kind, name, parameters;
    if (key->inside.end - key->inside.at > CMS_BOUNDS_KEY_BYTES)
        return -EMSGSIZE;
    if (!take(&parts, V_ASN1_UNIVERSAL, V_ASN1_SEQUENCE, &kind) ||
        !take(&kind.inside, V_ASN1_UNIVERSAL, V_ASN1_OBJECT, &name))
        return -EBADMSG;
    switch (read_name(&name)) {
    case NID_rsaEncryption:
    case NID_rsassaPss:
    case NID_ED25519:
    case NID_ED448:
        return 0;
    case NID_X9_62_id_ecPublicKey:
        return take(&kind.inside, V_ASN1_UNIVERSAL, V_ASN1_OBJECT, &parameters) ? 0 : -ENOTSUP;
    default:
        return -ENOTSUP;
    }
}

/* RFC 5280 section 4.1: the key is the fifth sequence of what is signed, behind algorithm,
 * issuer, validity and subject. */
static int check_certificate(struct element *certificate)
{
    struct element body, part;
    if (!is_a(certificate, V_ASN1_UNIVERSAL, V_ASN1_SEQUENCE))
        return -ENOTSUP; /* of another kind than X.509 */
    if (!take(&certificate->inside, V_ASN1_UNIVERSAL, V_ASN1_SEQUENCE, &body))
        return -EBADMSG;
    unsigned sequences = 0;
    while (sequences < 5) {
        if (!next(&body.inside, &part))
            return -EBADMSG;
        sequences += is_a(&part, V_ASN1_UNIVERSAL, V_ASN1_SEQUENCE);
    }
    return check_key(&part);
}

static int check_certificates(struct run all)
{
    struct element each;
    int err = count(all, CMS_BOUNDS_CERTIFICATES);
    while (err == 0 && all.at < all.end)
        err = next(&all, &each) ? check_certificate(&each) : -EBADMSG;
    return err;
}

/* ---- messages ---- */

/* Two sets: digests, then signers; certificates and lists in between. */
static int check_signed(struct run parts)
{
    struct element part;
    unsigned sets = 0;
    int err = 0;
    while (err == 0 && parts.at < parts.end) {
        if (!next(&parts, &part))
            return -EBADMSG;
        if (is_a(&part, V_ASN1_UNIVERSAL, V_ASN1_SET))
            err = count(part.inside, sets++ ? CMS_BOUNDS_SIGNERS : CMS_BOUNDS_DIGESTS);
        else if (is_a(&part, V_ASN1_CONTEXT_SPECIFIC, 0))
            err = check_certificates(part.inside);
        else if (is_a(&part, V_ASN1_CONTEXT_SPECIFIC, 1))
            err = count(part.inside, CMS_BOUNDS_LISTS);
    }
    return err;
}

/* Certificates of whoever has encrypted are for agreements with lasting keys, which we have
 * with nobody. */
static int check_enveloped(struct run parts)
{
    struct element part;
    int err = 0;
    while (err == 0 && parts.at < parts.end) {
        if (!next(&parts, &part))
            return -EBADMSG;
        if (is_a(&part, V_ASN1_UNIVERSAL, V_ASN1_SET))
            err = count(part.inside, CMS_BOUNDS_RECIPIENTS);
        else if (is_a(&part, V_ASN1_CONTEXT_SPECIFIC, 0))
            err = -ENOTSUP;
    }
    return err;
}

int cms_bounds_check(const void *bytes, size_t length)
{
    struct run run = {.at = bytes, .end = (const unsigned char *)bytes + length};
    struct element message, kind, content, inner;
    if (!take(&run, V_ASN1_UNIVERSAL, V_ASN1_SEQUENCE, &message) ||
        !take(&message.inside, V_ASN1_UNIVERSAL, V_ASN1_OBJECT, &kind) ||
        !take(&message.inside, V_ASN1_CONTEXT_SPECIFIC, 0, &content) ||
        !take(&content.inside, V_ASN1_UNIVERSAL, V_ASN1_SEQUENCE, &inner))
        return -EBADMSG;
    switch (read_name(&kind)) {
    case NID_pkcs7_signed:
        return check_signed(inner.inside);
    case NID_pkcs7_enveloped:
    case NID_id_smime_ct_authEnvelopedData:
        return check_enveloped(inner.inside);
    default:
        return -ENOTSUP;
    }
}

/* ---- keys ---- */

static bool has_short_exponent(const EVP_PKEY *key)
{
    BIGNUM *exponent = NULL;
    bool is = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 &&
              BN_num_bits(exponent) <= 32;
    BN_free(exponent);
    return is;
}

bool cms_bounds_allow_key(const EVP_PKEY *key)
{
    int bits = key ? EVP_PKEY_get_bits(key) : 0;
    switch (key ? EVP_PKEY_get_base_id(key) : NID_undef) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
        return bits >= 2048 && bits <= 4096 && has_short_exponent(key);
    case EVP_PKEY_EC:
        return bits >= 256 && bits <= 521;
    case EVP_PKEY_ED25519:
    case EVP_PKEY_ED448:
        return true;
    default:
        return false;
    }
}
