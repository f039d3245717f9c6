/* test_key_ring.c - which pair is shown for which name, and pairs that are none. */
#include "server/sip/key_ring.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cmocka.h>

enum { MAX_FILES = KEY_RING_MORE + 8 };

struct place {
    char *directory;
    char file[MAX_FILES][96]; /* [count] */
    unsigned count;
    struct key_ring ring;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    assert_non_null(place);
    place->directory = strdup("/tmp/raduno-test-ring-XXXXXX");
    assert_non_null(place->directory);
    assert_non_null(mkdtemp(place->directory));
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    key_ring_finish(&place->ring);
    while (place->count)
        unlink(place->file[--place->count]);
    rmdir(place->directory);
    free(place->directory);
    free(place);
    return 0;
}

static void add_names(X509 *leaf, const char *names)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, leaf, leaf, NULL, NULL, 0);
    X509_EXTENSION *extension =
        X509V3_EXT_conf_nid(NULL, &context, NID_subject_alt_name, names);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(leaf, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

/* A file with a pair for @p names, as OpenSSL writes them ("DNS:a.example"), or NULL. */
static const char *write_pair(struct place *place, const char *common, const char *names)
{
    X509 *leaf = X509_new();
    EVP_PKEY *key = EVP_EC_gen("P-256");
    assert_true(leaf && key && place->count < MAX_FILES);
    X509_set_version(leaf, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(leaf), -60);
    X509_gmtime_adj(X509_getm_notAfter(leaf), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(leaf), "CN", MBSTRING_UTF8,
                               (const unsigned char *)common, -1, -1, 0);
    X509_set_pubkey(leaf, key);
    if (names)
        add_names(leaf, names);
    assert_true(X509_sign(leaf, key, EVP_sha256()) > 0);
    char *path = place->file[place->count];
    snprintf(path, sizeof(place->file[0]), "%s/%u.pem", place->directory, place->count);
    place->count++;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    assert_int_equal(PEM_write_X509(file, leaf), 1);
    fclose(file);
    X509_free(leaf);
    EVP_PKEY_free(key);
    return path;
}

static void set_main(struct place *place, const char *common, const char *names)
{
    char *why = NULL;
    const char *file = write_pair(place, common, names);
    assert_int_equal(key_ring_set_main(&place->ring, file, NULL, &why), 0);
}

static void add(struct place *place, const char *common, const char *names)
{
    char *why = NULL;
    assert_int_equal(key_ring_add(&place->ring, write_pair(place, common, names), &why), 0);
}

/* What is shown to who asks for @p name: -1 the main pair, else one of the further ones. */
static int shown(const struct place *place, const char *name)
{
    const struct key_pair *pair = key_ring_find(&place->ring, name);
    return pair == &place->ring.main ? -1 : (int)(pair - place->ring.more);
}

static void shows_who_has_the_name(void **state)
{
    struct place *place = *state;
    set_main(place, "main", "DNS:main.example,DNS:*.main.example");
    add(place, "first", "DNS:*.example.com,IP:192.0.2.1");
    add(place, "second", "DNS:a.example.com,DNS:b.example.net");
    add(place, "third", "DNS:a.example.com,DNS:x.main.example");
    add(place, "common.example.org", NULL);
    add(place, "common.example.edu", "IP:192.0.2.1");
    static const struct {
        const char *name;
        int shown;
    } cases[] = {
        {NULL, -1},
        {"", -1},
        {"main.example", -1},
        {"y.main.example", -1},
        {"x.main.example", 2}, /* exactly, before the main one's wildcard */
        {"z.example.com", 0},
        {"Z.EXAMPLE.com", 0},
        {"a.example.com", 1}, /* exactly, before a wildcard; the first of two */
        {"b.example.net", 1},
        {"example.com", -1},
        {"a.b.example.com", -1},
        {".example.com", -1},
        {".example.net", -1},
        {"first", -1}, /* DNS names make the common name none */
        {"common.example.org", 3},
        {"common.example.edu", 4},
        {"192.0.2.1", -1},
        {"nobody.example", -1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (shown(place, cases[i].name) != cases[i].shown)
            fail_msg("%s: %d", cases[i].name ? cases[i].name : "NULL",
                     shown(place, cases[i].name));
    }
    assert_int_equal(ERR_peek_error(), 0);
}

static void is_refused(struct place *place, const char *file, int error, const char *says)
{
    char *why = NULL;
    unsigned count = place->ring.count;
    assert_int_equal(key_ring_add(&place->ring, file, &why), error);
    assert_non_null(why);
    if (!strstr(why, says) || !strstr(why, file))
        fail_msg("%s", why);
    assert_int_equal(place->ring.count, count);
    assert_int_equal(ERR_peek_error(), 0);
    free(why);
}

static void refuses_who_cannot_be_asked_for(void **state)
{
    struct place *place = *state;
    static const char says[] = "has a certificate without a DNS name";
    add(place, "good.example", NULL);
    is_refused(place, write_pair(place, "Example Ltd.", NULL), -EINVAL, says);
    is_refused(place, write_pair(place, "192.0.2.1", "IP:192.0.2.1"), -EINVAL, says);
    is_refused(place, "/nowhere/x.pem", -ENOENT, "cannot open");
    assert_int_equal(shown(place, "good.example"), 0);
    char *why = NULL;
    assert_true(key_ring_set_main(&place->ring, "/nowhere/x.pem", NULL, &why) < 0);
    free(why);
    assert_null(place->ring.main.leaf);
    assert_int_equal(shown(place, "bad.example"), -1); /* before there is a main one */
}

static void holds_so_many_and_no_more(void **state)
{
    struct place *place = *state;
    const char *file = write_pair(place, "one.example", NULL);
    char *why;
    for (unsigned i = 0; i < KEY_RING_MORE; i++)
        assert_int_equal(key_ring_add(&place->ring, file, &why), 0);
    is_refused(place, file, -E2BIG, "one too many");
    key_ring_finish(&place->ring);
    assert_int_equal(place->ring.count, 0);
    assert_int_equal(key_ring_add(&place->ring, file, &why), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shows_who_has_the_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_who_cannot_be_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(holds_so_many_and_no_more, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
