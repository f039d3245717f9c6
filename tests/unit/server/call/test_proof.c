/* test_proof.c - challenges answered by who knows the password, and by who does not. */
#include "server/call/proof.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "server/store/store.h"
#include "tests/unit/temp_directory.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const int64_t now_ns = 5 * CLOCK_NS_PER_S;
static char directory[] = "/tmp/raduno-test-proof-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return temp_directory_make(directory);
}

static int clear(void **state)
{
    (void)state;
    return temp_directory_end(directory);
}

struct house {
    struct store *store;
    struct account_list *accounts;
    struct ban_list *bans;
    struct proof *proof;
    struct sockaddr_in source;
};

static struct house build(bool md5, bool sha256, unsigned failures)
{
    struct house house = {.source = {.sin_family = AF_INET}};
    const struct account_settings settings = {.enabled = true};
    const struct account *alice;
    house.source.sin_addr.s_addr = htonl(0xC0000207);
    char *why;
    assert_int_equal(store_open(directory, &house.store, &why), 0);
    assert_int_equal(account_list_create(house.store, "raduno", &house.accounts), 0);
    assert_int_equal(
        account_list_add(house.accounts, "alice", &settings, "a long secret", &alice), 0);
    house.bans = ban_list_create(failures, 60);
    house.proof = proof_create(&(struct proof_config){.accounts = house.accounts,
                                                      .realm = "raduno",
                                                      .md5 = md5,
                                                      .sha256 = sha256,
                                                      .bans = house.bans,
                                                      .ban_s = 60});
    assert_non_null(house.proof);
    return house;
}

static void tear_down(struct house *house)
{
    proof_destroy(house->proof);
    ban_list_destroy(house->bans);
    account_list_destroy(house->accounts);
    store_close(house->store);
}

/* What a client answers to the first challenge. */
static void answer(struct house *house, const char *name, const char *password,
                   char out[DIGEST_ANSWER_BYTES])
{
    char text[PROOF_CHALLENGES][DIGEST_CHALLENGE_BYTES];
    struct digest_challenge challenge;
    assert_true(proof_challenge(house->proof, (struct sockaddr *)&house->source, false, now_ns,
                                text) > 0);
    assert_int_equal(digest_read_challenge(text[0], strlen(text[0]), &challenge), 0);
    assert_int_equal(
        digest_answer(&challenge, name, password, "POST", "/file-transfer", "once", out), 0);
}

static enum proof_verdict judge(struct house *house, const char *text, bool is_for_here,
                                const struct account **account)
{
    struct digest_credentials credentials;
    const struct proof_asked asked = {.source = (struct sockaddr *)&house->source,
                                      .method = "POST",
                                      .body = {"", 0},
                                      .is_for_here = is_for_here,
                                      .now_ns = now_ns};
    *account = NULL;
    assert_true(proof_read(house->proof, text, &credentials));
    return proof_judge(house->proof, &credentials, &asked, account);
}

static void lets_in_who_knows_the_password(void **state)
{
    (void)state;
    char text[DIGEST_ANSWER_BYTES];
    const struct account *account;
    struct house house = build(false, true, 10);
    answer(&house, "alice", "a long secret", text);
    assert_int_equal(judge(&house, text, true, &account), PROOF_PASSED);
    assert_string_equal(account->name, "alice");
    assert_int_equal(judge(&house, text, true, &account), PROOF_STALE); /* a replay */
    tear_down(&house);
}

static void takes_the_old_algorithm_if_told(void **state)
{
    (void)state;
    char text[DIGEST_ANSWER_BYTES];
    const struct account *account;
    struct house house = build(true, false, 10);
    answer(&house, "alice", "a long secret", text);
    assert_int_equal(judge(&house, text, true, &account), PROOF_PASSED);
    tear_down(&house);
}

static void keeps_out_all_others(void **state)
{
    (void)state;
    char text[DIGEST_ANSWER_BYTES];
    const struct account *account;
    struct house house = build(false, true, 10);
    answer(&house, "alice", "another", text);
    assert_int_equal(judge(&house, text, true, &account), PROOF_WRONG);
    answer(&house, "bob", "a long secret", text);
    assert_int_equal(judge(&house, text, true, &account), PROOF_WRONG);
    answer(&house, "alice", "a long secret", text);
    assert_int_equal(judge(&house, text, false, &account), PROOF_WRONG); /* for elsewhere */
    assert_null(account);
    tear_down(&house);
}

static void believes_a_nonce_where_it_was_sent_only(void **state)
{
    (void)state;
    char text[DIGEST_ANSWER_BYTES];
    const struct account *account;
    struct house house = build(false, true, 10);
    answer(&house, "alice", "a long secret", text);
    house.source.sin_addr.s_addr = htonl(0xC0000208);
    assert_int_equal(judge(&house, text, true, &account), PROOF_STALE);
    tear_down(&house);
}

static void bans_who_guesses(void **state)
{
    (void)state;
    char text[DIGEST_ANSWER_BYTES];
    const struct account *account;
    struct house house = build(false, true, 3);
    for (int i = 0; i < 2; i++) {
        answer(&house, "alice", "a guess", text);
        assert_int_equal(judge(&house, text, true, &account), PROOF_WRONG);
    }
    answer(&house, "alice", "a guess", text);
    assert_int_equal(judge(&house, text, true, &account), PROOF_BANNED);
    tear_down(&house);
}

static void reads_only_what_it_has_asked_for(void **state)
{
    (void)state;
    char text[DIGEST_ANSWER_BYTES];
    struct digest_credentials credentials;
    struct house house = build(true, false, 3);
    answer(&house, "alice", "a long secret", text);
    assert_true(proof_read(house.proof, text, &credentials));
    assert_false(proof_read(house.proof, "Bearer 0123456789", &credentials));
    assert_false(proof_read(house.proof, "", &credentials));
    memcpy(strstr(text, "MD5"), "md4", 3);
    assert_false(proof_read(house.proof, text, &credentials));
    tear_down(&house);
}

static void offers_the_best_first(void **state)
{
    (void)state;
    char text[PROOF_CHALLENGES][DIGEST_CHALLENGE_BYTES];
    struct house house = build(true, true, 3);
    assert_int_equal(
        proof_challenge(house.proof, (struct sockaddr *)&house.source, true, now_ns, text), 2);
    assert_non_null(strstr(text[0], "SHA-256"));
    assert_non_null(strstr(text[0], "stale=true"));
    assert_non_null(strstr(text[1], "MD5"));
    tear_down(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lets_in_who_knows_the_password, set_up, clear),
        cmocka_unit_test_setup_teardown(takes_the_old_algorithm_if_told, set_up, clear),
        cmocka_unit_test_setup_teardown(keeps_out_all_others, set_up, clear),
        cmocka_unit_test_setup_teardown(believes_a_nonce_where_it_was_sent_only, set_up, clear),
        cmocka_unit_test_setup_teardown(bans_who_guesses, set_up, clear),
        cmocka_unit_test_setup_teardown(reads_only_what_it_has_asked_for, set_up, clear),
        cmocka_unit_test_setup_teardown(offers_the_best_first, set_up, clear),
    };
    check_thread_is(CHECK_THREAD_CONTROL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
