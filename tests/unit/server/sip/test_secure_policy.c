/* test_secure_policy.c - handshakes in memory with a context that server/sip/secure_policy.c
 * has put right: who sees which certificate, and who gets in. */
#include "server/sip/secure_policy.h"

#include "tests/unit/server/sip/pair_file.h"

#include <errno.h>

#include <openssl/ssl.h>

struct place {
    struct pair_files files;
    struct secure_config config;
    struct secure_policy *policy;
    SSL_CTX *server, *client;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    assert_non_null(place);
    pair_files_begin(&place->files);
    place->config.certificate =
        pair_file_write(&place->files, EVP_EC_gen("P-256"), "main", "DNS:main.example");
    place->server = SSL_CTX_new(TLS_method());
    place->client = SSL_CTX_new(TLS_client_method());
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    SSL_CTX_free(place->server);
    SSL_CTX_free(place->client);
    secure_policy_destroy(place->policy);
    pair_files_end(&place->files);
    free(place);
    return 0;
}

static void begin(struct place *place)
{
    char *why = NULL;
    assert_int_equal(secure_policy_create(&place->config, &place->policy, &why), 0);
    assert_null(why);
    assert_true(secure_policy_apply(place->policy, place->server));
}

/* Both ends take turns. The client's SSL, owned; *is_done: both are through. */
static SSL *connect_for(struct place *place, const char *name, bool *is_done)
{
    SSL *server = SSL_new(place->server), *client = SSL_new(place->client);
    BIO *one, *other;
    assert_int_equal(BIO_new_bio_pair(&one, 0, &other, 0), 1);
    SSL_set_bio(server, one, one);
    SSL_set_bio(client, other, other);
    SSL_set_accept_state(server);
    SSL_set_connect_state(client);
    assert_true(secure_policy_show_main(place->policy, server));
    if (name)
        SSL_set_tlsext_host_name(client, name);
    char byte;
    for (int turn = 0; turn < 8; turn++) {
        SSL_do_handshake(client);
        SSL_do_handshake(server);
        SSL_read(client, &byte, 1); /* an alert after the client's last word */
    }
    *is_done = SSL_is_init_finished(client) && SSL_is_init_finished(server) &&
               !(SSL_get_shutdown(client) & SSL_RECEIVED_SHUTDOWN);
    SSL_free(server);
    return client;
}

static bool gets_in(struct place *place)
{
    bool is_done;
    SSL_free(connect_for(place, NULL, &is_done));
    return is_done;
}

/* The common name of what is shown to who asks for @p name. */
static void assert_shown(struct place *place, const char *name, const char *expected)
{
    char common[64] = "";
    bool is_done;
    SSL *client = connect_for(place, name, &is_done);
    assert_true(is_done);
    X509 *shown = SSL_get0_peer_certificate(client);
    X509_NAME_get_text_by_NID(X509_get_subject_name(shown), NID_commonName, common,
                              sizeof(common));
    assert_string_equal(common, expected);
    SSL_free(client);
}

static void who_asks_for_a_name_sees_its_pair(void **state)
{
    struct place *place = *state;
    const char *more[] = {
        pair_file_write(&place->files, EVP_EC_gen("P-256"), "other", "DNS:other.example")};
    place->config.more = more;
    place->config.more_count = 1;
    begin(place);
    assert_shown(place, NULL, "main");
    assert_shown(place, "main.example", "main");
    assert_shown(place, "other.example", "other");
    assert_shown(place, "third.example", "main");
}

static void of_two_kinds_of_keys_one_that_can_be_verified_is_shown(void **state)
{
    struct place *place = *state;
    const char *more[] = {
        pair_file_write(&place->files, EVP_RSA_gen(2048), "main by RSA", "DNS:MAIN.example"),
        pair_file_write(&place->files, EVP_RSA_gen(2048), "other by RSA", "DNS:other.example"),
        pair_file_write(&place->files, EVP_EC_gen("P-256"), "other",
                        "DNS:other.example,DNS:more.example"),
        pair_file_write(&place->files, EVP_EC_gen("P-256"), "alone", "DNS:alone.example")};
    place->config.more = more;
    place->config.more_count = 4;
    begin(place);
    assert_int_equal(SSL_CTX_set1_sigalgs_list(place->client, "rsa_pss_rsae_sha256"), 1);
    assert_shown(place, NULL, "main by RSA");
    assert_shown(place, "other.example", "other by RSA");
    assert_int_equal(SSL_CTX_set1_sigalgs_list(place->client, "ecdsa_secp256r1_sha256"), 1);
    assert_shown(place, NULL, "main");
    assert_shown(place, "other.example", "other");
    assert_shown(place, "more.example", "other");
    assert_shown(place, "alone.example", "alone");
    assert_int_equal(SSL_CTX_set1_sigalgs_list(place->client, "rsa_pss_rsae_sha256"), 1);
    bool is_done;
    SSL_free(connect_for(place, "alone.example", &is_done));
    assert_false(is_done); /* and nobody else's is shown instead */
}

static void versions_are_as_configured(void **state)
{
    struct place *place = *state;
    begin(place);
    assert_true(gets_in(place));
    SSL_CTX_set_max_proto_version(place->client, TLS1_2_VERSION);
    assert_false(gets_in(place));
    place->config.allows_1_2 = true;
    assert_true(secure_policy_apply(place->policy, place->server));
    assert_true(gets_in(place));
}

static void certificates_of_callers_are_asked_for_and_verified(void **state)
{
    struct place *place = *state;
    const char *known = pair_file_write(&place->files, EVP_EC_gen("P-256"), "known", NULL);
    const char *stranger = pair_file_write(&place->files, EVP_EC_gen("P-256"), "other", NULL);
    place->config.client_ca = known;
    place->config.client = SECURE_CLIENT_REQUIRED;
    begin(place);
    assert_false(gets_in(place));
    place->config.client = SECURE_CLIENT_OPTIONAL;
    assert_true(secure_policy_apply(place->policy, place->server));
    assert_true(gets_in(place));
    for (int i = 0; i < 2; i++) {
        const char *file = i ? stranger : known;
        assert_int_equal(SSL_CTX_use_certificate_file(place->client, file, SSL_FILETYPE_PEM),
                         1);
        assert_int_equal(SSL_CTX_use_PrivateKey_file(place->client, file, SSL_FILETYPE_PEM), 1);
        assert_int_equal(gets_in(place), !i);
    }
}

static void what_cannot_be_read_changes_nothing(void **state)
{
    struct place *place = *state;
    char *why = NULL, kept[128];
    begin(place);
    snprintf(kept, sizeof(kept), "%s", place->config.certificate);
    pair_file_write(&place->files, EVP_EC_gen("P-256"), "new", "DNS:main.example");
    assert_int_equal(truncate(kept, 20), 0);
    assert_true(secure_policy_reload(place->policy, &why) < 0);
    assert_non_null(strstr(why, "sip.tls_certificate"));
    free(why);
    assert_shown(place, NULL, "main");
    assert_int_equal(rename(place->files.file[1], kept), 0);
    assert_int_equal(secure_policy_reload(place->policy, &why), 0);
    assert_shown(place, NULL, "new");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_asks_for_a_name_sees_its_pair, set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_two_kinds_of_keys_one_that_can_be_verified_is_shown,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(versions_are_as_configured, set_up, tear_down),
        cmocka_unit_test_setup_teardown(certificates_of_callers_are_asked_for_and_verified,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_changes_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
