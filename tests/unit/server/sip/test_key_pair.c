/* test_key_pair.c - pairs that are made, read, and refused. */
#include "server/sip/key_pair.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cmocka.h>

struct place {
    char directory[64];
    struct key_pair_paths paths;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    assert_non_null(place);
    snprintf(place->directory, sizeof(place->directory), "/tmp/raduno-test-pair-XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    bool is_new = false;
    char *why;
    assert_int_equal(key_pair_make(place->directory, "192.0.2.7", &place->paths, &is_new, &why),
                     0);
    assert_true(is_new);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    unlink(place->paths.certificate);
    unlink(place->paths.key);
    rmdir(place->directory);
    key_pair_paths_finish(&place->paths);
    free(place);
    return 0;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
}

static void makes_a_private_pair_once(void **state)
{
    struct place *place = *state;
    struct stat status;
    struct key_pair pair;
    struct key_pair_paths again;
    bool is_new = true;
    char *why, first[3 * 32], second[3 * 32];
    assert_int_equal(stat(place->paths.key, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(stat(place->paths.certificate, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(key_pair_read(place->paths.certificate, place->paths.key, &pair, &why), 0);
    assert_null(pair.chain);
    assert_int_equal(X509_check_ip_asc(pair.leaf, "192.0.2.7", 0), 1);
    assert_int_equal(X509_check_ip_asc(pair.leaf, "127.0.0.1", 0), 1);
    assert_int_equal(X509_check_ip_asc(pair.leaf, "192.0.2.8", 0), 0);
    assert_int_equal(X509_check_host(pair.leaf, "localhost", 0, 0, NULL), 1);
    assert_int_equal(X509_verify(pair.leaf, pair.key), 1);
    key_pair_fingerprint(&pair, first);
    assert_int_equal(strlen(first), 3 * 32 - 1);
    key_pair_finish(&pair);
    assert_int_equal(key_pair_make(place->directory, NULL, &again, &is_new, &why), 0);
    assert_false(is_new);
    assert_int_equal(key_pair_read(again.certificate, again.key, &pair, &why), 0);
    key_pair_fingerprint(&pair, second);
    assert_string_equal(first, second);
    key_pair_finish(&pair);
    key_pair_paths_finish(&again);
}

/* The reason names @p path, and OpenSSL's queue is left empty for the stack. */
static void is_refused(const char *certificate, const char *key, const char *path)
{
    struct key_pair pair;
    char *why = NULL;
    assert_true(key_pair_read(certificate, key, &pair, &why) < 0);
    assert_non_null(why);
    assert_non_null(strstr(why, path));
    assert_null(strchr(why, '\n'));
    assert_null(pair.leaf);
    assert_null(pair.key);
    assert_int_equal(ERR_peek_error(), 0);
    free(why);
}

static void refuses_what_is_no_pair(void **state)
{
    struct place *place = *state;
    char other[80], *text;
    snprintf(other, sizeof(other), "%s/other", place->directory);
    const char *certificate = place->paths.certificate, *key = place->paths.key;
    is_refused("/nowhere/x.pem", NULL, "/nowhere/x.pem");
    is_refused(certificate, "/nowhere/y.pem", "/nowhere/y.pem");
    is_refused(place->directory, NULL, place->directory);
    is_refused(certificate, NULL, certificate); /* has no key */
    is_refused(key, NULL, key);                 /* has no certificate */
    static const char *const broken[] = {
        "",
        "hello",
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n",
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE "
         "KEY-----\n")};
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        write_file(other, broken[i]);
        is_refused(other, key, other);
        is_refused(certificate, other, other);
    }
    EVP_PKEY *stranger = EVP_EC_gen("P-256");
    FILE *file = fopen(other, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_PrivateKey(file, stranger, NULL, NULL, 0, NULL, NULL), 1);
    fclose(file);
    EVP_PKEY_free(stranger);
    is_refused(certificate, other, other);
    assert_int_not_equal(asprintf(&text, "%s/nowhere", place->directory), -1);
    struct key_pair_paths paths;
    bool is_new;
    char *why;
    assert_true(key_pair_make(text, NULL, &paths, &is_new, &why) < 0);
    assert_non_null(strstr(why, text));
    free(why);
    free(text);
    unlink(other);
}

static void reads_authorities(void **state)
{
    struct place *place = *state;
    char *why = NULL;
    X509_STORE *store = key_pair_authorities(place->paths.certificate, &why);
    assert_non_null(store);
    X509_STORE_free(store);
    assert_null(key_pair_authorities("/nowhere/ca.pem", &why));
    assert_int_equal(ERR_peek_error(), 0); /* nothing for the SIP stack to stumble over */
    assert_non_null(strstr(why, "/nowhere/ca.pem has no PEM certificates: No such file"));
    free(why);
    assert_null(key_pair_authorities(place->paths.key, &why));
    free(why);
    /* a directory: the key lies beside the certificate, and is none */
    assert_null(key_pair_authorities(place->directory, &why));
    assert_non_null(strstr(why, place->paths.key));
    free(why);
    assert_int_equal(unlink(place->paths.key), 0);
    store = key_pair_authorities(place->directory, &why);
    assert_non_null(store);
    X509_STORE_free(store);
    assert_int_equal(unlink(place->paths.certificate), 0);
    assert_null(key_pair_authorities(place->directory, &why));
    assert_non_null(strstr(why, "has no files"));
    free(why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(makes_a_private_pair_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_pair, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_authorities, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
