/* test_digest.c - the RFCs' own examples, a plain twin on random input, and what is refused. */
#include "server/call/digest.h"

#include "mixer/base/random.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include <cmocka.h>

static int read_text(const char *text, struct digest_credentials *credentials)
{
    return digest_read(text, strlen(text), credentials);
}

/* RFC 7616 section 3.9.1. */
#define MUFASA                                                                                 \
    "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\","    \
    " nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001,"                    \
    " cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth,"                      \
    " opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\", "

static void knows_the_examples_of_the_rfcs(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name, *realm, *password;
    } cases[] = {
        {MUFASA "algorithm=MD5, response=\"8ca523f5e9506fed4657c9700eebdbec\"", "Mufasa",
         "http-auth@example.org", "Circle of Life"},
        {MUFASA "algorithm=SHA-256, response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794"
                "697cf8db5856cb6c1\"",
         "Mufasa", "http-auth@example.org", "Circle of Life"},
        /* RFC 2617 section 3.5; no algorithm is MD5 */
        {"Digest username=\"Mufasa\",realm=\"testrealm@host.com\","
         "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\",uri=\"/dir/index.html\",qop=auth,"
         "nc=00000001,cnonce=\"0a4f113b\",response=\"6629FAE49393a05397450978507c4ef1\"",
         "Mufasa", "testrealm@host.com", "Circle Of Life"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct digest_credentials credentials;
        struct password_hash hash, other;
        struct slice none = {"", 0};
        assert_int_equal(read_text(cases[i].text, &credentials), 0);
        assert_int_equal(credentials.count, 1);
        assert_int_equal(
            password_hash_make(cases[i].name, cases[i].realm, cases[i].password, &hash), 0);
        assert_int_equal(password_hash_make(cases[i].name, cases[i].realm, "circle", &other),
                         0);
        assert_true(digest_is_right(&credentials, &hash, "GET", none));
        assert_false(digest_is_right(&credentials, &hash, "PUT", none));
        assert_false(digest_is_right(&credentials, &other, "GET", none));
    }
}

/* ---- the twin: texts put together as the RFC writes them ---- */

static char *twin_hash(bool is_sha, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static char *twin_hash(bool is_sha, const char *format, ...)
{
    va_list arguments;
    char *text, *out = calloc(1, 65);
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned length;
    va_start(arguments, format);
    assert_true(vasprintf(&text, format, arguments) >= 0);
    va_end(arguments);
    assert_int_equal(
        EVP_Digest(text, strlen(text), bytes, &length, is_sha ? EVP_sha256() : EVP_md5(), NULL),
        1);
    for (unsigned i = 0; i < length; i++)
        sprintf(out + 2 * i, "%02x", bytes[i]);
    free(text);
    return out;
}

struct story {
    char user[24], realm[24], password[24], nonce[24], cnonce[24], uri[24], body[24];
    bool is_sha, is_session, is_int;
    unsigned count;
};

static char *twin_response(const struct story *s)
{
    char *a1 = twin_hash(s->is_sha, "%s:%s:%s", s->user, s->realm, s->password);
    if (s->is_session) {
        char *session = twin_hash(s->is_sha, "%s:%s:%s", a1, s->nonce, s->cnonce);
        free(a1);
        a1 = session;
    }
    char *entity = twin_hash(s->is_sha, "%s", s->body);
    char *a2 = s->is_int ? twin_hash(s->is_sha, "INVITE:%s:%s", s->uri, entity)
                         : twin_hash(s->is_sha, "INVITE:%s", s->uri);
    char *response = twin_hash(s->is_sha, "%s:%s:%08x:%s:%s:%s", a1, s->nonce, s->count,
                               s->cnonce, s->is_int ? "auth-int" : "auth", a2);
    free(a1);
    free(a2);
    free(entity);
    return response;
}

static void invent(char out[24])
{
    random_name(out, 2 + random_u32() % 22);
}

static void agrees_with_its_plain_twin(void **state)
{
    (void)state;
    for (unsigned turn = 0; turn < 4000; turn++) {
        struct story s = {.is_sha = turn & 1,
                          .is_session = turn & 2,
                          .is_int = turn & 4,
                          .count = turn % 7 ? random_u32() | 1 : UINT32_MAX};
        char *const texts[] = {s.user, s.realm, s.password, s.nonce, s.cnonce, s.uri, s.body};
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
            invent(texts[i]);
        char *response = twin_response(&s), *text;
        assert_true(asprintf(&text,
                             "dIgEsT\tQOP=%s ,nc = %08x,username=\"%s\",realm=\"%s\","
                             "unknown=\"a, \\\"b\",nonce=\"%s\",cnonce=\"%s\",uri=\"%s\","
                             "algorithm=%s%s,response=%s",
                             s.is_int ? "auth-int" : "auth", s.count, s.user, s.realm, s.nonce,
                             s.cnonce, s.uri, s.is_sha ? "SHA-256" : "md5",
                             s.is_session ? "-sess" : "", response) > 0);
        struct digest_credentials credentials;
        struct password_hash hash;
        struct slice body = {s.body, strlen(s.body)};
        assert_int_equal(read_text(text, &credentials), 0);
        assert_int_equal(credentials.count, s.count);
        assert_int_equal(password_hash_make(s.user, s.realm, s.password, &hash), 0);
        assert_true(digest_is_right(&credentials, &hash, "INVITE", body));
        s.body[0] ^= 1;
        assert_int_equal(digest_is_right(&credentials, &hash, "INVITE", body), !s.is_int);
        size_t at = random_u32() % strlen(response);
        char *in_text = strstr(text, response) + at;
        *in_text = *in_text == '0' ? '1' : '0';
        s.body[0] ^= 1;
        assert_int_equal(read_text(text, &credentials), 0);
        assert_false(digest_is_right(&credentials, &hash, "INVITE", body));
        free(text);
        free(response);
    }
}

#define MUST "username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:x\",cnonce=\"c\","
#define MD5_DIGITS "response=\"0123456789abcdef0123456789abcdef\""
#define WHOLE "Digest " MUST "qop=auth,nc=00000001," MD5_DIGITS

static void refuses_what_is_no_digest(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int error;
    } cases[] = {
        {WHOLE, 0},
        {WHOLE ",", -EBADMSG},
        {WHOLE " x", -EBADMSG},
        {WHOLE ",x", -EBADMSG},
        {WHOLE ",x=", -EBADMSG},
        {WHOLE ",=1", -EBADMSG},
        {WHOLE ",x=\"", -EBADMSG},
        {WHOLE ",x=\"\\\"", -EBADMSG},
        {WHOLE ",x=\"\\", -EBADMSG},
        {WHOLE ",x=\"a\nb\"", -EBADMSG},
        {WHOLE ",x=1,x=1", 0},
        {WHOLE ",realm=\"r\"", -EBADMSG},
        {WHOLE ",REALM=\"s\"", -EBADMSG},
        {WHOLE ",userhash=false", 0},
        {WHOLE ",userhash=true", -ENOTSUP},
        {WHOLE ",username*=UTF-8''a", -ENOTSUP},
        {WHOLE ",algorithm=SHA-512-256", -ENOTSUP},
        {WHOLE ",algorithm=MD5-", -ENOTSUP},
        {WHOLE ",algorithm=SHA-256", -EBADMSG}, /* too few digits */
        {"Digest " MUST "nc=00000001," MD5_DIGITS, -ENOTSUP},
        {"Digest " MUST "qop=\"auth,auth-int\",nc=00000001," MD5_DIGITS, -ENOTSUP},
        {"Digest " MUST "qop=auth,nc=0000001," MD5_DIGITS, -EBADMSG},
        {"Digest " MUST "qop=auth,nc=00000000," MD5_DIGITS, -EBADMSG},
        {"Digest " MUST "qop=auth,nc=0000000g," MD5_DIGITS, -EBADMSG},
        {"Digest " MUST "qop=auth," MD5_DIGITS, -EBADMSG},
        {"Digest " MUST "qop=auth,nc=00000001", -EBADMSG},
        {"Digest realm=\"r\",qop=auth,nc=00000001," MD5_DIGITS, -EBADMSG},
        {"Digest", -EBADMSG},
        {"Basic YTpi", -ENOTSUP},
        {"", -ENOTSUP},
        {"Digestx " MUST, -ENOTSUP},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct digest_credentials credentials = {.count = 4711};
        int error = read_text(cases[i].text, &credentials);
        if (error != cases[i].error)
            fail_msg("%s: %d", cases[i].text, error);
        if (error)
            assert_int_equal(credentials.count, 4711);
    }
    struct digest_credentials credentials;
    for (size_t length = 0; length < strlen(WHOLE); length++)
        assert_true(digest_read(WHOLE, length, &credentials) < 0);
    assert_true(digest_read("Digest x=\0", 10, &credentials) < 0);
    char many[DIGEST_MOST_BYTES + 64] = WHOLE;
    for (unsigned i = 0; i < DIGEST_MOST_FIELDS; i++)
        strcat(many, ",x=1");
    assert_int_equal(read_text(many, &credentials), -EBADMSG);
    memset(many, 'a', sizeof(many) - 1);
    memcpy(many, "Digest ", 7);
    many[sizeof(many) - 1] = '\0';
    assert_int_equal(read_text(many, &credentials), -EBADMSG);
}

static void asks(void **state)
{
    (void)state;
    char out[DIGEST_CHALLENGE_BYTES];
    digest_challenge(DIGEST_SHA256, "raduno", "0f", false, out);
    assert_string_equal(out, "Digest realm=\"raduno\", nonce=\"0f\", algorithm=SHA-256, "
                             "qop=\"auth,auth-int\"");
    digest_challenge(DIGEST_MD5, "raduno", "0f", true, out);
    assert_string_equal(out, "Digest realm=\"raduno\", nonce=\"0f\", algorithm=MD5, "
                             "qop=\"auth,auth-int\", stale=true");
}

static void answers_as_the_rfcs_do(void **state)
{
    (void)state;
    static const char cnonce[] = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
#define OF_7616                                                                                \
    "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\","                          \
    " nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\","                                 \
    " opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
    static const struct {
        const char *challenge, *password, *response;
    } cases[] = {
        {OF_7616 ", algorithm=MD5", "Circle of Life", "8ca523f5e9506fed4657c9700eebdbec"},
        {OF_7616 ", algorithm=SHA-256", "Circle of Life",
         "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
        /* RFC 2069 section 2.4, as its erratum 749 puts it right */
        {"Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"",
         "CircleOfLife", "1949323746fe6a43ef61f9606e7febea"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct digest_challenge challenge;
        struct digest_credentials read;
        char out[DIGEST_ANSWER_BYTES], wanted[96];
        assert_int_equal(
            digest_read_challenge(cases[i].challenge, strlen(cases[i].challenge), &challenge),
            0);
        assert_int_equal(digest_answer(&challenge, "Mufasa", cases[i].password, "GET",
                                       "/dir/index.html", cnonce, out),
                         0);
        snprintf(wanted, sizeof(wanted), "response=\"%s\"", cases[i].response);
        assert_non_null(strstr(out, wanted));
        bool has_qop = challenge.qop != DIGEST_NO_QOP;
        assert_int_equal(read_text(out, &read), has_qop ? 0 : -ENOTSUP); /* we take no such */
        assert_true(has_qop == (strstr(out, "cnonce=") != NULL));
    }
}

static void refuses_what_is_no_challenge(void **state)
{
    (void)state;
    struct digest_challenge challenge;
    static const struct {
        const char *text;
        int error;
    } cases[] = {{"Digest realm=\"r\"", -EBADMSG},
                 {"Digest nonce=\"n\"", -EBADMSG},
                 {"Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"", -ENOTSUP},
                 {"Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512-256", -ENOTSUP},
                 {"Basic realm=\"r\"", -ENOTSUP},
                 {"Digest realm=\"r\", nonce=\"n\", stale=TRUE, domain=\"x\"", 0}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(
            digest_read_challenge(cases[i].text, strlen(cases[i].text), &challenge),
            cases[i].error);
    assert_true(challenge.is_stale);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_the_examples_of_the_rfcs),
        cmocka_unit_test(agrees_with_its_plain_twin),
        cmocka_unit_test(refuses_what_is_no_digest),
        cmocka_unit_test(asks),
        cmocka_unit_test(answers_as_the_rfcs_do),
        cmocka_unit_test(refuses_what_is_no_challenge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
