/* digest.c - headers in, hashes compared or written. */
#include "server/call/digest.h"

#include "mixer/base/hex.h"
#include "server/sdp/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

/* ---- reading ---- */

#define SLICE_FORMAT(slice) (int)(slice).length, (slice).at

enum field {
    USERNAME,
    REALM,
    NONCE,
    URI,
    RESPONSE,
    CNONCE,
    NC,
    QOP,
    ALGORITHM,
    USERHASH,
    USERNAME_STAR,
    FIELDS
};

static const char *const names[FIELDS] = {[USERNAME] = "username",
                                          [REALM] = "realm",
                                          [NONCE] = "nonce",
                                          [URI] = "uri",
                                          [RESPONSE] = "response",
                                          [CNONCE] = "cnonce",
                                          [NC] = "nc",
                                          [QOP] = "qop",
                                          [ALGORITHM] = "algorithm",
                                          [USERHASH] = "userhash",
                                          [USERNAME_STAR] = "username*"};

enum challenge_field { C_REALM, C_NONCE, C_OPAQUE, C_STALE, C_QOP, C_ALGORITHM, C_FIELDS };

static const char *const challenge_names[C_FIELDS] = {
    [C_REALM] = "realm", [C_NONCE] = "nonce", [C_OPAQUE] = "opaque",
    [C_STALE] = "stale", [C_QOP] = "qop",     [C_ALGORITHM] = "algorithm"};

struct reader {
    const char *at, *end;
};

/* RFC 3261 section 25.1, token; and * for parameters of RFC 8187. */
static bool is_token(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-.!%*_+`'~", c));
}

static void skip_space(struct reader *reader)
{
    while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) && *reader->at)
        reader->at++;
}

static struct slice take_token(struct reader *reader)
{
    const char *begin = reader->at;
    while (reader->at < reader->end && is_token(*reader->at))
        reader->at++;
    return (struct slice){begin, (size_t)(reader->at - begin)};
}

static bool take_quoted(struct reader *reader, struct slice *value)
{
    const char *begin = ++reader->at;
    for (; reader->at < reader->end; reader->at++) {
        unsigned char c = (unsigned char)*reader->at;
        if (c == '"') {
            *value = (struct slice){begin, (size_t)(reader->at++ - begin)};
            return true;
        }
        if (c == '\\' && ++reader->at == reader->end)
            return false;
        if ((unsigned char)*reader->at < 0x20 && *reader->at != '\t')
            return false;
    }
    return false;
}

static bool is_word(struct slice slice, const char *word)
{
    return slice.length == strlen(word) && strncasecmp(slice.at, word, slice.length) == 0;
}

/* One "name = value". A name that nobody knows is passed over, a known one comes once. */
static bool take_field(struct reader *reader, const char *const *wanted, unsigned count,
                       struct slice *values)
{
    struct slice name = take_token(reader), value = {NULL, 0};
    skip_space(reader);
    if (!name.length || reader->at == reader->end || *reader->at != '=')
        return false;
    reader->at++;
    skip_space(reader);
    if (reader->at < reader->end && *reader->at == '"') {
        if (!take_quoted(reader, &value))
            return false;
    } else {
        value = take_token(reader);
        if (!value.length)
            return false;
    }
    for (unsigned i = 0; i < count; i++) {
        if (!is_word(name, wanted[i]))
            continue;
        if (values[i].at)
            return false;
        values[i] = value;
    }
    return true;
}

static int take_fields(struct reader *reader, const char *const *wanted, unsigned count,
                       struct slice *values)
{
    for (unsigned taken = 0; taken < DIGEST_MOST_FIELDS; taken++) {
        skip_space(reader);
        if (!take_field(reader, wanted, count, values))
            return -EBADMSG;
        skip_space(reader);
        if (reader->at == reader->end)
            return 0;
        if (*reader->at++ != ',')
            return -EBADMSG;
    }
    return -EBADMSG;
}

static int read_algorithm(struct slice text, enum digest_algorithm *algorithm, bool *is_session)
{
    static const struct {
        const char *word;
        enum digest_algorithm algorithm;
        bool is_session;
    } known[] = {{"MD5", DIGEST_MD5, false},
                 {"MD5-sess", DIGEST_MD5, true},
                 {"SHA-256", DIGEST_SHA256, false},
                 {"SHA-256-sess", DIGEST_SHA256, true}};
    if (!text.at)
        text = (struct slice){"MD5", 3}; /* RFC 7616 section 3.4 */
    for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (!is_word(text, known[i].word))
            continue;
        *algorithm = known[i].algorithm;
        *is_session = known[i].is_session;
        return 0;
    }
    return -ENOTSUP;
}

static int read_qop(struct slice text, struct digest_credentials *credentials)
{
    if (!text.at)
        return -ENOTSUP;
    bool is_int = is_word(text, "auth-int");
    credentials->qop = is_int ? DIGEST_AUTH_INT : DIGEST_AUTH;
    return is_int || is_word(text, "auth") ? 0 : -ENOTSUP;
}

/* Exactly eight digits, and not zero (RFC 7616 section 3.4). */
static int read_count(struct slice text, struct digest_credentials *credentials)
{
    uint32_t count = 0;
    if (text.length != 8)
        return -EBADMSG;
    for (size_t i = 0; i < 8; i++) {
        const char *digits = "0123456789abcdef";
        char c = text.at[i] >= 'A' && text.at[i] <= 'F' ? (char)(text.at[i] + 32) : text.at[i];
        const char *digit = c ? strchr(digits, c) : NULL;
        if (!digit)
            return -EBADMSG;
        count = count << 4 | (uint32_t)(digit - digits);
    }
    credentials->count = count;
    credentials->count_text = text;
    return count ? 0 : -EBADMSG;
}

static int fill(const struct slice values[FIELDS], struct digest_credentials *out)
{
    if (values[USERNAME_STAR].at ||
        (values[USERHASH].at && !is_word(values[USERHASH], "false")))
        return -ENOTSUP;
    int error = read_algorithm(values[ALGORITHM], &out->algorithm, &out->is_session);
    if (!error)
        error = read_qop(values[QOP], out);
    if (error)
        return error;
    for (unsigned i = USERNAME; i <= NC; i++) {
        if (!values[i].at)
            return -EBADMSG;
    }
    out->username = values[USERNAME];
    out->realm = values[REALM];
    out->nonce = values[NONCE];
    out->uri = values[URI];
    out->response = values[RESPONSE];
    out->cnonce = values[CNONCE];
    size_t digits = out->algorithm == DIGEST_MD5 ? 32 : 64;
    return out->response.length == digits ? read_count(values[NC], out) : -EBADMSG;
}

int digest_read(const char *text, size_t length, struct digest_credentials *credentials)
{
    struct reader reader = {text, text + length};
    struct slice values[FIELDS] = {{NULL, 0}};
    struct digest_credentials read = {.count = 0};
    if (length > DIGEST_MOST_BYTES)
        return -EBADMSG;
    skip_space(&reader);
    if (!is_word(take_token(&reader), "Digest"))
        return -ENOTSUP;
    int error = take_fields(&reader, names, FIELDS, values);
    if (!error)
        error = fill(values, &read);
    if (!error)
        *credentials = read;
    return error;
}

/* "auth" among the words of a list. */
static bool has_auth(struct slice list)
{
    struct reader reader = {list.at, list.at + list.length};
    while (reader.at < reader.end) {
        skip_space(&reader);
        if (is_word(take_token(&reader), "auth"))
            return true;
        while (reader.at < reader.end && *reader.at++ != ',')
            ;
    }
    return false;
}

int digest_read_challenge(const char *text, size_t length, struct digest_challenge *challenge)
{
    struct reader reader = {text, text + length};
    struct slice values[C_FIELDS] = {{NULL, 0}};
    struct digest_challenge read = {.qop = DIGEST_AUTH};
    if (length > DIGEST_MOST_BYTES)
        return -EBADMSG;
    skip_space(&reader);
    if (!is_word(take_token(&reader), "Digest"))
        return -ENOTSUP;
    int error = take_fields(&reader, challenge_names, C_FIELDS, values);
    if (!error && (!values[C_REALM].at || !values[C_NONCE].at))
        error = -EBADMSG;
    if (!error)
        error = read_algorithm(values[C_ALGORITHM], &read.algorithm, &read.is_session);
    if (!error && values[C_QOP].at && !has_auth(values[C_QOP]))
        error = -ENOTSUP;
    if (error)
        return error;
    if (!values[C_QOP].at)
        read.qop = DIGEST_NO_QOP;
    read.realm = values[C_REALM];
    read.nonce = values[C_NONCE];
    read.opaque = values[C_OPAQUE];
    read.is_stale = values[C_STALE].at && is_word(values[C_STALE], "true");
    *challenge = read;
    return 0;
}

/* ---- hashing ---- */

static struct slice slice_of(const char *text)
{
    return (struct slice){text, strlen(text)};
}

/* The digits of H(part:part:...). */
static bool hash_parts(enum digest_algorithm algorithm, const struct slice *parts,
                       unsigned count, char out[PASSWORD_SHA256_BYTES])
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const EVP_MD *method = algorithm == DIGEST_MD5 ? EVP_md5() : EVP_sha256();
    bool is_good = context && EVP_DigestInit_ex(context, method, NULL) == 1;
    for (unsigned i = 0; is_good && i < count; i++)
        is_good = (!i || EVP_DigestUpdate(context, ":", 1) == 1) &&
                  EVP_DigestUpdate(context, parts[i].at, parts[i].length) == 1;
    is_good = is_good && EVP_DigestFinal_ex(context, bytes, &length) == 1;
    EVP_MD_CTX_free(context);
    if (is_good)
        hex_write(out, bytes, length);
    ERR_clear_error(); /* the SIP stack looks at it */
    return is_good;
}

int digest_response(const struct digest_credentials *credentials,
                    const struct password_hash *hash, const char *method, struct slice body,
                    char out[PASSWORD_SHA256_BYTES])
{
    enum digest_algorithm algorithm = credentials->algorithm;
    char a1[PASSWORD_SHA256_BYTES], a2[PASSWORD_SHA256_BYTES], entity[PASSWORD_SHA256_BYTES];
    bool is_int = credentials->qop == DIGEST_AUTH_INT, is_good = true;
    snprintf(a1, sizeof(a1), "%s", algorithm == DIGEST_MD5 ? hash->md5 : hash->sha256);
    if (credentials->is_session)
        is_good = hash_parts(
            algorithm,
            (const struct slice[]){slice_of(a1), credentials->nonce, credentials->cnonce}, 3,
            a1);
    if (is_int)
        is_good &= hash_parts(algorithm, &body, 1, entity);
    const struct slice second[] = {slice_of(method), credentials->uri,
                                   is_good && is_int ? slice_of(entity) : slice_of("")};
    is_good = is_good && hash_parts(algorithm, second, is_int ? 3 : 2, a2);
    if (!is_good)
        return -ENOTSUP;
    if (credentials->qop == DIGEST_NO_QOP) { /* RFC 2069, section 2.1.2 */
        is_good = hash_parts(
            algorithm, (const struct slice[]){slice_of(a1), credentials->nonce, slice_of(a2)},
            3, out);
        OPENSSL_cleanse(a1, sizeof(a1));
        return is_good ? 0 : -ENOTSUP;
    }
    const struct slice all[] = {slice_of(a1),
                                credentials->nonce,
                                credentials->count_text,
                                credentials->cnonce,
                                slice_of(is_int ? "auth-int" : "auth"),
                                slice_of(a2)};
    is_good = hash_parts(algorithm, all, 6, out);
    OPENSSL_cleanse(a1, sizeof(a1));
    return is_good ? 0 : -ENOTSUP;
}

bool digest_is_right(const struct digest_credentials *credentials,
                     const struct password_hash *hash, const char *method, struct slice body)
{
    char wanted[PASSWORD_SHA256_BYTES], given[PASSWORD_SHA256_BYTES];
    size_t digits = credentials->algorithm == DIGEST_MD5 ? 32 : 64;
    if (credentials->response.length != digits ||
        digest_response(credentials, hash, method, body, wanted) < 0)
        return false;
    for (size_t i = 0; i < digits; i++) {
        char c = credentials->response.at[i];
        given[i] = c >= 'A' && c <= 'F' ? (char)(c + 32) : c;
    }
    return CRYPTO_memcmp(wanted, given, digits) == 0;
}

/* ---- asking ---- */

void digest_challenge(enum digest_algorithm algorithm, const char *realm, const char *nonce,
                      bool stale, char out[DIGEST_CHALLENGE_BYTES])
{
    snprintf(out, DIGEST_CHALLENGE_BYTES,
             "Digest realm=\"%s\", nonce=\"%s\", algorithm=%s, qop=\"auth,auth-int\"%s", realm,
             nonce, algorithm == DIGEST_MD5 ? "MD5" : "SHA-256", stale ? ", stale=true" : "");
}

/* ---- answering ---- */

int digest_answer(const struct digest_challenge *challenge, const char *name,
                  const char *password, const char *method, const char *uri, const char *cnonce,
                  char out[DIGEST_ANSWER_BYTES])
{
    static const char first[] = "00000001";
    char realm[DIGEST_MOST_BYTES + 1], response[PASSWORD_SHA256_BYTES];
    struct password_hash hash;
    struct text text;
    bool has_qop = challenge->qop != DIGEST_NO_QOP;
    snprintf(realm, sizeof(realm), "%.*s", SLICE_FORMAT(challenge->realm));
    int error = password_hash_make(name, realm, password, &hash);
    if (!error)
        error =
            digest_response(&(struct digest_credentials){.algorithm = challenge->algorithm,
                                                         .is_session = challenge->is_session,
                                                         .qop = challenge->qop,
                                                         .nonce = challenge->nonce,
                                                         .uri = slice_of(uri),
                                                         .cnonce = slice_of(cnonce),
                                                         .count_text = slice_of(first)},
                            &hash, method, slice_of(""), response);
    OPENSSL_cleanse(&hash, sizeof(hash));
    if (error)
        return error;
    text_init(&text, out, DIGEST_ANSWER_BYTES);
    text_add(&text,
             "Digest username=\"%s\", realm=\"%s\", nonce=\"%.*s\", uri=\"%s\", "
             "response=\"%s\", algorithm=%s%s",
             name, realm, SLICE_FORMAT(challenge->nonce), uri, response,
             challenge->algorithm == DIGEST_MD5 ? "MD5" : "SHA-256",
             challenge->is_session ? "-sess" : "");
    if (has_qop || challenge->is_session)
        text_add(&text, ", cnonce=\"%s\"", cnonce);
    if (has_qop)
        text_add(&text, ", qop=auth, nc=%s", first);
    if (challenge->opaque.at)
        text_add(&text, ", opaque=\"%.*s\"", SLICE_FORMAT(challenge->opaque));
    return text.full ? -E2BIG : 0;
}
