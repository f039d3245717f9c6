/* smime.c - OpenSSL's CMS, layer by layer. */
#include "server/body/smime.h"

#include "mixer/base/random.h"
#include "server/body/cms_bounds.h"
#include "server/body/mime.h"

#include <errno.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BOUNDARY_BYTES = 33, BASE64_LINE = 64 /* RFC 2045: 76 at most */ };

static const int cipher_names[SMIME_CIPHERS] = {
    [SMIME_AES_256_GCM] = NID_aes_256_gcm,
    [SMIME_AES_128_GCM] = NID_aes_128_gcm,
    [SMIME_AES_256_CBC] = NID_aes_256_cbc,
    [SMIME_AES_128_CBC] = NID_aes_128_cbc,
};

static bool is_pkcs7(struct slice type)
{
    return mime_is(type, "application/pkcs7-mime") || mime_is(type, "application/x-pkcs7-mime");
}

bool smime_is(struct slice type)
{
    return is_pkcs7(type) || mime_is(type, "multipart/signed");
}

/* ---- bytes ---- */

/* What @p part has, decoded. @return 0 and *cms, owned (CMS_ContentInfo_free()). */
static int read_cms(const struct mime_part *part, CMS_ContentInfo **cms)
{
    char *bytes;
    size_t length;
    int err = mime_decode(part, &bytes, &length);
    if (err < 0)
        return err;
    const unsigned char *at = (const unsigned char *)bytes;
    err = cms_bounds_check(bytes, length);
    *cms = err < 0 ? NULL : d2i_CMS_ContentInfo(NULL, &at, (long)length);
    free(bytes);
    return err < 0 ? err : *cms ? 0 : -EBADMSG;
}

static int kind_of(const CMS_ContentInfo *cms)
{
    return OBJ_obj2nid(CMS_get0_type(cms));
}

/* All of @p bio as memory of our own, terminated. NULL: too much, or no memory, in *err. */
static char *take_bio(BIO *bio, size_t *length, int *err)
{
    char *data;
    long count = BIO_get_mem_data(bio, &data);
    *err = count < 0 ? -ENOMEM : count > DESCRIPTION_MAX_BYTES ? -EMSGSIZE : 0;
    char *copy = *err ? NULL : malloc((size_t)count + 1);
    if (!copy) {
        *err = *err ? *err : -ENOMEM;
        return NULL;
    }
    memcpy(copy, data, (size_t)count);
    copy[count] = '\0';
    *length = (size_t)count;
    return copy;
}

/* ---- one layer off ---- */

struct opening {
    const struct smime_identity *identity;
    struct smime_opened *opened;
    X509 *sender;           /* NULL: not known */
    struct slice encoding;  /* of opened->body */
    enum smime_cipher said; /* that the signer reads; SMIME_CIPHERS: nothing was */
    unsigned layers;        /* that are off    */
};

/* What lies within becomes what is looked at next; @p memory is moved. */
static int go_within(struct opening *opening, char *memory, size_t length)
{
    struct mime_part part;
    opening->opened->memory[opening->layers++] = memory;
    int err = mime_read((struct slice){memory, length}, &part);
    if (err < 0)
        return err;
    opening->opened->type = part.type;
    opening->opened->body = part.body;
    opening->encoding = part.encoding;
    return 0;
}

static int decrypt(struct opening *opening, CMS_ContentInfo *cms)
{
    const struct smime_identity *identity = opening->identity;
    struct smime_opened *opened = opening->opened;
    if (opened->was_encrypted)
        return -EBADMSG;
    BIO *out = BIO_new(BIO_s_mem());
    if (!out)
        return -ENOMEM;
    size_t length = 0;
    int err = 0;
    char *memory = NULL;
    if (!identity->key ||
        CMS_decrypt(cms, identity->key, identity->certificate, NULL, out, CMS_BINARY) != 1)
        err = -ENOKEY;
    else
        memory = take_bio(out, &length, &err);
    BIO_free(out);
    if (err < 0)
        return err;
    opened->was_encrypted = true;
    opened->is_tamperproof = kind_of(cms) == NID_id_smime_ct_authEnvelopedData;
    opened->is_signed_around = opened->was_signed;
    return go_within(opening, memory, length);
}

static bool is_vouched(const struct smime_identity *identity, X509 *signer,
                       STACK_OF(X509) * others)
{
    X509_STORE_CTX *check = identity->authorities ? X509_STORE_CTX_new() : NULL;
    bool is = check && X509_STORE_CTX_init(check, identity->authorities, signer, others) == 1 &&
              X509_verify_cert(check) == 1;
    X509_STORE_CTX_free(check);
    return is;
}

/* Digests that nobody can find another text for (RFC 8551 section 2.1). */
static bool is_strong(CMS_SignerInfo *signer)
{
    X509_ALGOR *digest;
    CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest, NULL);
    int name = OBJ_obj2nid(digest->algorithm);
    return name == NID_sha256 || name == NID_sha384 || name == NID_sha512;
}

static bool may_sign(X509 *certificate)
{
    /* all bits, if it does not say what its key is for */
    return X509_get_key_usage(certificate) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION);
}

/* The only signer of @p cms, before anything is verified: *certificate is the message's, or
 * that of @p sender, who need not send what is known (RFC 5652 section 5.1). */
static int find_signer(CMS_ContentInfo *cms, X509 *sender, CMS_SignerInfo **signer,
                       X509 **certificate)
{
    STACK_OF(CMS_SignerInfo) *all = CMS_get0_SignerInfos(cms);
    if (sk_CMS_SignerInfo_num(all) != 1)
        return -EBADMSG;
    *signer = sk_CMS_SignerInfo_value(all, 0);
    if (sender && CMS_SignerInfo_cert_cmp(*signer, sender) == 0)
        CMS_SignerInfo_set1_signer_cert(*signer, sender);
    CMS_set1_signers_certs(cms, NULL, 0);
    CMS_SignerInfo_get0_algs(*signer, NULL, certificate, NULL, NULL);
    if (!*certificate)
        return -ENODATA;
    return is_strong(*signer) && may_sign(*certificate) &&
                   cms_bounds_allow_key(X509_get0_pubkey(*certificate))
               ? 0
               : -ENOTSUP;
}

/* RFC 8551 section 2.5.2: what the signer can read. @return SMIME_CIPHERS: it does not say. */
static enum smime_cipher cipher_of(const CMS_SignerInfo *signer)
{
    const ASN1_STRING *said = CMS_signed_get0_data_by_OBJ(
        signer, OBJ_nid2obj(NID_SMIMECapabilities), -3, V_ASN1_SEQUENCE);
    const unsigned char *at = said ? ASN1_STRING_get0_data(said) : NULL;
    X509_ALGORS *all = said ? d2i_X509_ALGORS(NULL, &at, ASN1_STRING_length(said)) : NULL;
    enum smime_cipher best = SMIME_CIPHERS;
    for (int i = 0; i < sk_X509_ALGOR_num(all); i++) {
        int name = OBJ_obj2nid(sk_X509_ALGOR_value(all, i)->algorithm);
        for (enum smime_cipher each = 0; each < best; each++)
            best = cipher_names[each] == name ? each : best;
    }
    sk_X509_ALGOR_pop_free(all, X509_ALGOR_free);
    return best;
}

/* RFC 8551 section 2.7.1: who does not say what it reads is taken to be new, but for who has
 * encrypted in the old way itself (RFC 3851 section 2.7.1.2). */
static enum smime_cipher choose_cipher(enum smime_cipher said,
                                       const struct smime_opened *opened)
{
    if (said < SMIME_CIPHERS)
        return said;
    return opened->was_encrypted && !opened->is_tamperproof ? SMIME_AES_128_CBC
                                                            : SMIME_AES_256_GCM;
}

/* Its signature fits. */
static void take_signer(struct opening *opening, CMS_ContentInfo *cms,
                        const CMS_SignerInfo *signer, X509 *certificate)
{
    struct smime_opened *opened = opening->opened;
    STACK_OF(X509) *others = CMS_get1_certs(cms);
    opened->is_vouched = is_vouched(opening->identity, certificate, others);
    sk_X509_pop_free(others, X509_free);
    X509_up_ref(certificate);
    opened->signer = certificate;
    opening->said = cipher_of(signer);
    opened->was_signed = true;
}

/* A source of @p content behind a filter that does nothing: of a bare one CMS_verify() makes a
 * copy, and loses it where a digest is not known (OpenSSL 3.0). NULL: no memory. */
static BIO *read_from(const struct slice *content)
{
    BIO *filter = BIO_new(BIO_f_null());
    BIO *source = BIO_new_mem_buf(content->at, (int)content->length);
    if (filter && source)
        return BIO_push(filter, source);
    BIO_free(filter);
    BIO_free(source);
    return NULL;
}

/* @p content: what was signed; NULL: it is within. */
static int verify(struct opening *opening, CMS_ContentInfo *cms, const struct slice *content)
{
    CMS_SignerInfo *signer;
    X509 *certificate;
    char *memory = NULL;
    size_t length = 0;
    int err = opening->opened->was_signed
                  ? -EBADMSG
                  : find_signer(cms, opening->sender, &signer, &certificate);
    if (err < 0)
        return err;
    BIO *in = content ? read_from(content) : NULL;
    BIO *out = BIO_new(BIO_s_mem());
    err = out && (in || !content) ? 0 : -ENOMEM;
    if (err == 0 &&
        CMS_verify(cms, NULL, NULL, in, out, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) != 1)
        err = -EACCES;
    if (err == 0)
        memory = take_bio(out, &length, &err);
    if (err == 0)
        take_signer(opening, cms, signer, certificate);
    BIO_free_all(in);
    BIO_free(out);
    return err < 0 ? err : go_within(opening, memory, length);
}

static int open_pkcs7(struct opening *opening)
{
    const struct mime_part part = {.encoding = opening->encoding,
                                   .body = opening->opened->body};
    CMS_ContentInfo *cms;
    int err = read_cms(&part, &cms);
    if (err < 0)
        return err;
    err = kind_of(cms) == NID_pkcs7_signed ? verify(opening, cms, NULL) : decrypt(opening, cms);
    CMS_ContentInfo_free(cms);
    return err;
}

static int open_signed(struct opening *opening)
{
    char boundary[MIME_BOUNDARY_BYTES];
    struct slice parts[2];
    struct mime_part signature;
    struct smime_opened *opened = opening->opened;
    if (!mime_parameter(opened->type, "boundary", boundary, sizeof(boundary)) ||
        mime_split(opened->body, boundary, parts, 2) != 2 ||
        mime_read(parts[1], &signature) < 0)
        return -EBADMSG;
    if (!mime_is(signature.type, "application/pkcs7-signature") &&
        !mime_is(signature.type, "application/x-pkcs7-signature"))
        return -ENOTSUP;
    opened->manner.is_binary = !mime_is(signature.encoding, "base64");
    CMS_ContentInfo *cms;
    int err = read_cms(&signature, &cms);
    if (err < 0)
        return err;
    err = kind_of(cms) == NID_pkcs7_signed ? verify(opening, cms, &parts[0]) : -EBADMSG;
    CMS_ContentInfo_free(cms);
    return err;
}

int smime_open(const struct smime_identity *identity, X509 *sender, struct slice type,
               struct slice encoding, struct slice body, struct smime_opened *opened)
{
    *opened = (struct smime_opened){.type = type, .body = body};
    struct opening opening = {.identity = identity,
                              .opened = opened,
                              .sender = sender,
                              .said = SMIME_CIPHERS,
                              .encoding = encoding};
    int err = smime_is(type) ? 0 : -ENOTSUP;
    while (err == 0 && smime_is(opened->type)) {
        if (opening.layers == SMIME_LAYERS)
            err = -EBADMSG;
        else
            err = is_pkcs7(opened->type) ? open_pkcs7(&opening) : open_signed(&opening);
    }
    opened->manner.cipher = choose_cipher(opening.said, opened);
    ERR_clear_error(); /* what OpenSSL has put there is not for the next who looks */
    if (err < 0)
        smime_opened_finish(opened);
    return err;
}

void smime_opened_finish(struct smime_opened *opened)
{
    for (unsigned i = 0; i < SMIME_LAYERS; i++)
        free(opened->memory[i]);
    X509_free(opened->signer);
    *opened = (struct smime_opened){.signer = NULL};
}

/* ---- whose certificate ---- */

/* Whether @p name is @p text, without regard to the case of what is behind the last @. */
static bool is_name(const GENERAL_NAME *name, int type, const char *text)
{
    if (name->type != type)
        return false;
    const ASN1_IA5STRING *value =
        type == GEN_URI ? name->d.uniformResourceIdentifier : name->d.rfc822Name;
    const char *at = (const char *)ASN1_STRING_get0_data(value);
    size_t length = (size_t)ASN1_STRING_length(value);
    const char *host = strrchr(text, '@');
    size_t user = host ? (size_t)(host - text) : 0;
    return length == strlen(text) && memcmp(at, text, user) == 0 &&
           strncasecmp(at + user, text + user, length - user) == 0;
}

bool smime_signer_is(X509 *certificate, const char *uri)
{
    const char *address = strchr(uri, ':');
    GENERAL_NAMES *names =
        address ? X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL) : NULL;
    bool is = false;
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && !is; i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        is = is_name(name, GEN_URI, uri) || is_name(name, GEN_EMAIL, address + 1);
    }
    GENERAL_NAMES_free(names);
    return is;
}

bool smime_certificate_uri(X509 *certificate, char *out, size_t room)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    bool is = false;
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && !is; i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_URI)
            continue;
        const ASN1_IA5STRING *uri = name->d.uniformResourceIdentifier;
        const struct slice text = {(const char *)ASN1_STRING_get0_data(uri),
                                   (size_t)ASN1_STRING_length(uri)};
        is = text.length > 4 && strncasecmp(text.at, "sip", 3) == 0 &&
             slice_copy(text, out, room);
    }
    GENERAL_NAMES_free(names);
    return is;
}

/* ---- certificates ---- */

X509 *smime_read_certificate(const char *pem)
{
    BIO *in = BIO_new_mem_buf(pem, -1);
    X509 *certificate = in ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
    BIO_free(in);
    ERR_clear_error();
    return certificate;
}

bool smime_can_encrypt(X509 *certificate)
{
    static const struct slice sample = {"x", 1};
    static const struct smime_manner any = {.cipher = SMIME_AES_256_GCM};
    struct smime_wrapped wrapped = {.body = NULL};
    bool can = smime_wrap(NULL, false, certificate, any, sample, sample, &wrapped) == 0;
    free(wrapped.body);
    return can;
}

bool smime_certificate_is_valid(const char *pem)
{
    X509 *certificate = smime_read_certificate(pem);
    bool is_valid = certificate && smime_can_encrypt(certificate);
    X509_free(certificate);
    return is_valid;
}

int smime_write_certificates(X509 *certificate, STACK_OF(X509) * others, char **der,
                             size_t *length)
{
    STACK_OF(X509) *all = sk_X509_new_null();
    bool is_whole = all && sk_X509_push(all, certificate) > 0;
    for (int i = 0; is_whole && i < sk_X509_num(others); i++)
        is_whole = sk_X509_push(all, sk_X509_value(others, i)) > 0;
    CMS_ContentInfo *cms =
        is_whole ? CMS_sign(NULL, NULL, all, NULL, CMS_DETACHED | CMS_PARTIAL) : NULL;
    unsigned char *bytes = NULL;
    int count = cms ? i2d_CMS_ContentInfo(cms, &bytes) : -1;
    CMS_ContentInfo_free(cms);
    sk_X509_free(all);
    *der = count > 0 ? malloc((size_t)count) : NULL;
    if (*der) {
        memcpy(*der, bytes, (size_t)count);
        *length = (size_t)count;
    }
    OPENSSL_free(bytes);
    return *der ? 0 : -ENOMEM;
}

/* ---- one layer on ---- */

struct entity { /* header lines and body, owned */
    char *bytes;
    size_t length;
};

/* Closes what open_memstream() has made. @return 0; -ENOMEM: nothing is there. */
static int close_stream(FILE *stream, char **bytes)
{
    bool is_whole = !ferror(stream);
    is_whole = fclose(stream) == 0 && is_whole;
    if (is_whole)
        return 0;
    free(*bytes);
    *bytes = NULL;
    return -ENOMEM;
}

static int make_entity(struct slice type, struct slice body, struct entity *entity)
{
    entity->bytes = NULL;
    FILE *out = open_memstream(&entity->bytes, &entity->length);
    if (!out)
        return -ENOMEM;
    fprintf(out, "Content-Type: %.*s\r\n\r\n", (int)type.length, type.at);
    fwrite(body.at, 1, body.length, out);
    return close_stream(out, &entity->bytes);
}

/* RFC 8551 section 2.5.2: all that we read, the best first. */
static bool add_capabilities(CMS_SignerInfo *signer)
{
    X509_ALGORS *all = NULL;
    bool is_done = signer != NULL;
    for (unsigned each = 0; is_done && each < SMIME_CIPHERS; each++)
        is_done = CMS_add_simple_smimecap(&all, cipher_names[each], -1) == 1;
    is_done = is_done && CMS_add_smimecap(signer, all) == 1;
    sk_X509_ALGOR_pop_free(all, X509_ALGOR_free);
    return is_done;
}

/* DER, which is the caller's (OPENSSL_free()). @return its length, or an errno. */
static int sign(const struct smime_identity *identity, const struct entity *entity,
                unsigned char **der)
{
    const unsigned flags = CMS_BINARY | CMS_DETACHED | CMS_NOSMIMECAP | CMS_PARTIAL;
    BIO *in = BIO_new_mem_buf(entity->bytes, (int)entity->length);
    CMS_ContentInfo *cms = in ? CMS_sign(NULL, NULL, NULL, NULL, flags) : NULL;
    CMS_SignerInfo *signer =
        cms ? CMS_add1_signer(cms, identity->certificate, identity->key, EVP_sha256(), flags)
            : NULL;
    *der = NULL;
    bool is_signed = add_capabilities(signer) && CMS_final(cms, in, NULL, flags) == 1;
    int length = is_signed ? i2d_CMS_ContentInfo(cms, der) : -1;
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    return length > 0 ? length : -ENOMEM;
}

static void write_base64(FILE *out, const char *text)
{
    for (size_t at = 0, length = strlen(text); at < length; at += BASE64_LINE)
        fprintf(out, "%.*s\r\n", BASE64_LINE, text + at);
}

/* RFC 8551 section 3.5.3: what was signed, then the signature. @p text: that in base64; NULL:
 * it is not wanted so. */
static int write_signed(const struct entity *entity, struct slice signature, const char *text,
                        const char *boundary, struct smime_wrapped *wrapped)
{
    FILE *out = open_memstream(&wrapped->body, &wrapped->length);
    if (!out)
        return -ENOMEM;
    fprintf(out, "--%s\r\n", boundary);
    fwrite(entity->bytes, 1, entity->length, out);
    fprintf(out,
            "\r\n--%s\r\n"
            "Content-Type: application/pkcs7-signature;name=smime.p7s\r\n"
            "Content-Transfer-Encoding: %s\r\n"
            "Content-Disposition: attachment;handling=required;filename=smime.p7s\r\n"
            "\r\n",
            boundary, text ? "base64" : "binary");
    if (text)
        write_base64(out, text);
    else
        fwrite(signature.at, 1, signature.length, out);
    fprintf(out, "%s--%s--\r\n", text ? "" : "\r\n", boundary);
    return close_stream(out, &wrapped->body);
}

static int wrap_signed(const struct smime_identity *identity, bool is_binary,
                       const struct entity *entity, struct smime_wrapped *wrapped)
{
    unsigned char *der;
    char boundary[BOUNDARY_BYTES];
    int length = sign(identity, entity, &der);
    if (length < 0)
        return length;
    char *text = is_binary ? NULL : malloc((size_t)length / 3 * 4 + 8);
    int err = -ENOMEM;
    random_name(boundary, sizeof(boundary));
    if (text)
        EVP_EncodeBlock((unsigned char *)text, der, length);
    if (text || is_binary)
        err = write_signed(entity, (struct slice){(const char *)der, (size_t)length}, text,
                           boundary, wrapped);
    snprintf(wrapped->type, sizeof(wrapped->type),
             "multipart/signed;protocol=\"application/pkcs7-signature\";micalg=sha-256;"
             "boundary=%s",
             boundary);
    free(text);
    OPENSSL_free(der);
    return err;
}

static int wrap_encrypted(X509 *recipient, enum smime_cipher cipher,
                          const struct entity *entity, struct smime_wrapped *wrapped)
{
    bool is_tamperproof = cipher == SMIME_AES_256_GCM || cipher == SMIME_AES_128_GCM;
    STACK_OF(X509) *recipients = sk_X509_new_null();
    BIO *in = BIO_new_mem_buf(entity->bytes, (int)entity->length);
    CMS_ContentInfo *cms = NULL;
    unsigned char *der = NULL;
    if (recipients && in && sk_X509_push(recipients, recipient) > 0)
        cms =
            CMS_encrypt(recipients, in, EVP_get_cipherbynid(cipher_names[cipher]), CMS_BINARY);
    int length = cms ? i2d_CMS_ContentInfo(cms, &der) : -1;
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    sk_X509_free(recipients);
    wrapped->body = length > 0 ? malloc((size_t)length) : NULL;
    if (wrapped->body) {
        memcpy(wrapped->body, der, (size_t)length);
        wrapped->length = (size_t)length;
        snprintf(wrapped->type, sizeof(wrapped->type),
                 "application/pkcs7-mime;smime-type=%s;name=smime.p7m",
                 is_tamperproof ? "authEnveloped-data" : "enveloped-data");
    }
    OPENSSL_free(der);
    return wrapped->body ? 0 : -ENOMEM;
}

int smime_wrap(const struct smime_identity *identity, bool signs, X509 *recipient,
               struct smime_manner manner, struct slice type, struct slice body,
               struct smime_wrapped *wrapped)
{
    struct entity entity = {.bytes = NULL};
    *wrapped = (struct smime_wrapped){.body = NULL};
    int err = make_entity(type, body, &entity);
    if (err == 0 && signs)
        err = wrap_signed(identity, manner.is_binary, &entity, wrapped);
    if (err == 0 && signs && recipient) {
        const struct slice inner = {wrapped->type, strlen(wrapped->type)};
        char *signed_body = wrapped->body;
        free(entity.bytes);
        err = make_entity(inner, (struct slice){signed_body, wrapped->length}, &entity);
        free(signed_body);
        wrapped->body = NULL;
    }
    if (err == 0 && recipient)
        err = wrap_encrypted(recipient, manner.cipher, &entity, wrapped);
    free(entity.bytes);
    ERR_clear_error();
    return err;
}
