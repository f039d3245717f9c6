/* test_account_list.c - accounts in order, in the store, and never with their password. */
#include "server/account/account_list.h"

#include "server/store/store.h"
#include "tests/unit/temp_directory.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/raduno-test-account-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return temp_directory_make(directory);
}

static int tear_down(void **state)
{
    (void)state;
    return temp_directory_end(directory);
}

struct both {
    struct store *store;
    struct account_list *list;
};

static struct both open_both(const char *realm)
{
    struct both both;
    char *why;
    assert_int_equal(store_open(directory, &both.store, &why), 0);
    assert_int_equal(account_list_create(both.store, realm, &both.list), 0);
    return both;
}

static void close_both(struct both *both)
{
    account_list_destroy(both->list);
    store_close(both->store);
}

static int add(struct account_list *list, const char *name)
{
    const struct account *account;
    struct account_settings settings = {
        .display_name = "Caf\xc3\xa9", .enabled = true, .srtp = MEDIA_SRTP_REQUIRED};
    int error = account_list_add(list, name, &settings, "secret of all", &account);
    if (!error)
        assert_string_equal(account->name, name);
    return error;
}

static void keeps_accounts(void **state)
{
    (void)state;
    struct both both = open_both("raduno");
    static const char *const names[] = {"mike", "alice", "zoe", "Bob", "+49", "a.b-c_d"};
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(add(both.list, names[i]), 0);
    assert_int_equal(add(both.list, "alice"), -EEXIST);
    static const char *const bad[] = {"", ".a", "a b", "a\"b", "a/b", "\xc3\xa9", "a@b", "a:b"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(add(both.list, bad[i]), -EINVAL);
    struct account_settings off = {.display_name = "x", .enabled = false};
    char before[PASSWORD_SHA256_BYTES];
    strcpy(before, account_list_find(both.list, "zoe")->hash.sha256);
    assert_int_equal(account_list_change(both.list, "zoe", &off, NULL), 0);
    assert_string_equal(account_list_find(both.list, "zoe")->hash.sha256, before);
    assert_false(account_is_usable(both.list, account_list_find(both.list, "zoe")));
    assert_int_equal(account_list_change(both.list, "zoe", &off, "another one"), 0);
    assert_string_not_equal(account_list_find(both.list, "zoe")->hash.sha256, before);
    assert_int_equal(account_list_delete(both.list, "mike"), 0);
    assert_int_equal(account_list_delete(both.list, "mike"), -ENOENT);
    assert_int_equal(account_list_change(both.list, "mike", &off, NULL), -ENOENT);
    close_both(&both);
    both = open_both("raduno");
    static const char *const order[] = {"+49", "Bob", "a.b-c_d", "alice", "zoe"};
    const struct account *each = account_list_above(both.list, "");
    for (unsigned i = 0; i < 5; i++, each = account_list_above(both.list, each->name)) {
        assert_non_null(each);
        assert_string_equal(each->name, order[i]);
    }
    assert_null(each);
    assert_null(account_list_find(both.list, "mike"));
    const struct account *alice = account_list_find(both.list, "alice");
    struct password_hash hash;
    assert_int_equal(password_hash_make("alice", "raduno", "secret of all", &hash), 0);
    assert_string_equal(alice->hash.md5, hash.md5);
    assert_string_equal(alice->hash.sha256, hash.sha256);
    assert_string_equal(alice->settings.display_name, "Caf\xc3\xa9");
    assert_int_equal(alice->settings.srtp, MEDIA_SRTP_REQUIRED);
    assert_int_equal(account_list_find(both.list, "zoe")->settings.srtp, MEDIA_SRTP_DEFAULT);
    assert_true(account_is_usable(both.list, alice));
    close_both(&both);
    both = open_both("elsewhere");
    assert_false(account_is_usable(both.list, account_list_find(both.list, "alice")));
    struct account_settings on = {.enabled = true};
    assert_int_equal(account_list_change(both.list, "alice", &on, "a new one"), 0);
    assert_true(account_is_usable(both.list, account_list_find(both.list, "alice")));
    close_both(&both);
    account_list_destroy(NULL);
}

static void a_word_that_cannot_be_read_lets_nobody_speak_plainly(void **state)
{
    (void)state;
    struct both both = open_both("raduno");
    struct store_account row = {.name = "odd",
                                .realm = "raduno",
                                .md5 = "",
                                .sha256 = "",
                                .display_name = "",
                                .srtp = "maybe",
                                .number = "",
                                .smime = "maybe",
                                .certificate = "",
                                .forwarding = "maybe",
                                .forward_to = "102",
                                .forward_when = "always"};
    assert_int_equal(store_account_put(both.store, &row), 0);
    row.name = "odder";
    row.forwarding = "local";
    row.forward_when = "maybe";
    assert_int_equal(store_account_put(both.store, &row), 0);
    close_both(&both);
    both = open_both("raduno");
    assert_int_equal(account_list_find(both.list, "odd")->settings.srtp, MEDIA_SRTP_REQUIRED);
    assert_int_equal(account_list_find(both.list, "odd")->settings.smime,
                     ACCOUNT_SMIME_REQUIRED);
    assert_int_equal(account_list_find(both.list, "odd")->settings.forward.scope,
                     ACCOUNT_FORWARD_NONE);
    assert_int_equal(account_list_find(both.list, "odder")->settings.forward.scope,
                     ACCOUNT_FORWARD_NONE);
    close_both(&both);
}

static void where_calls_go_on_to_is_kept(void **state)
{
    (void)state;
    const struct account *alice;
    struct both both = open_both("raduno");
    const struct account_settings settings = {
        .enabled = true,
        .forward = {ACCOUNT_FORWARD_TRUNK, ACCOUNT_FORWARD_BUSY, 7, "tel:+4930123"}};
    assert_int_equal(account_list_add(both.list, "alice", &settings, "secret of all", &alice),
                     0);
    close_both(&both);
    both = open_both("raduno");
    const struct account_forward *forward =
        &account_list_find(both.list, "alice")->settings.forward;
    assert_int_equal(forward->scope, ACCOUNT_FORWARD_TRUNK);
    assert_int_equal(forward->when, ACCOUNT_FORWARD_BUSY);
    assert_int_equal(forward->after_s, 7);
    assert_string_equal(forward->to, "tel:+4930123");
    close_both(&both);
}

static void a_certificate_is_kept_changed_and_taken_away(void **state)
{
    (void)state;
    char text[] = "one", other[] = "another, and longer";
    const struct account *alice;
    struct both both = open_both("raduno");
    struct account_settings settings = {
        .enabled = true, .smime = ACCOUNT_SMIME_REQUIRED, .certificate = text};
    assert_int_equal(account_list_add(both.list, "alice", &settings, "secret of all", &alice),
                     0);
    text[0] = '?'; /* the list has its own */
    close_both(&both);
    both = open_both("raduno");
    alice = account_list_find(both.list, "alice");
    assert_string_equal(alice->settings.certificate, "one");
    assert_int_equal(alice->settings.smime, ACCOUNT_SMIME_REQUIRED);
    settings = alice->settings; /* as it is, with something else */
    settings.smime = ACCOUNT_SMIME_OFF;
    assert_int_equal(account_list_change(both.list, "alice", &settings, NULL), 0);
    alice = account_list_find(both.list, "alice");
    assert_string_equal(alice->settings.certificate, "one");
    settings.certificate = other;
    assert_int_equal(account_list_change(both.list, "alice", &settings, NULL), 0);
    settings.certificate = NULL;
    close_both(&both);
    both = open_both("raduno");
    alice = account_list_find(both.list, "alice");
    assert_string_equal(alice->settings.certificate, other);
    assert_int_equal(alice->settings.smime, ACCOUNT_SMIME_OFF);
    assert_int_equal(account_list_change(both.list, "alice", &settings, NULL), 0);
    assert_null(account_list_find(both.list, "alice")->settings.certificate);
    close_both(&both);
}

static void no_file_has_the_password(void **state)
{
    (void)state;
    struct both both = open_both("raduno");
    assert_int_equal(add(both.list, "alice"), 0);
    close_both(&both);
    char path[128], *bytes = malloc(1 << 20);
    snprintf(path, sizeof(path), "%s/raduno.db", directory);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t length = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    assert_non_null(memmem(bytes, length, "alice", 5));
    assert_null(memmem(bytes, length, "secret of all", 13));
    free(bytes);
}

static void knows_passwords(void **state)
{
    (void)state;
    char longest[PASSWORD_MOST + 2];
    memset(longest, 'x', sizeof(longest));
    longest[PASSWORD_MOST] = '\0';
    assert_true(password_is_valid("12345678"));
    assert_true(password_is_valid("gr\xc3\xbc\xc3\x9f dich: \""));
    assert_true(password_is_valid(longest));
    assert_false(password_is_valid("1234567"));
    assert_false(password_is_valid("12345678\n"));
    assert_false(password_is_valid("12345678\x7f"));
    longest[PASSWORD_MOST] = 'x';
    longest[PASSWORD_MOST + 1] = '\0';
    assert_false(password_is_valid(longest));
    struct password_hash
        hash; /* RFC 7616 section 3.9.1, its A1 by sha256sum(1) and md5sum(1) */
    assert_int_equal(
        password_hash_make("Mufasa", "http-auth@example.org", "Circle of Life", &hash), 0);
    assert_string_equal(hash.md5, "3d78807defe7de2157e2b0b6573a855f");
    assert_string_equal(hash.sha256,
                        "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232");
}

static int add_numbered(struct account_list *list, const char *name, const char *number)
{
    const struct account *account;
    struct account_settings settings = {.enabled = true};
    snprintf(settings.number, sizeof(settings.number), "%s", number);
    return account_list_add(list, name, &settings, "secret of all", &account);
}

static int renumber(struct account_list *list, const char *name, const char *number)
{
    struct account_settings settings = account_list_find(list, name)->settings;
    snprintf(settings.number, sizeof(settings.number), "%s", number);
    return account_list_change(list, name, &settings, NULL);
}

static const char *called(const struct account_list *list, const char *number)
{
    const struct account *account = account_list_find_called(list, number);
    return account ? account->name : "";
}

/* No call has two accounts to go to, and numbers move with their accounts. */
static void a_number_is_of_one_account(void **state)
{
    (void)state;
    struct both both = open_both("raduno");
    struct account_list *list = both.list;
    assert_int_equal(add_numbered(list, "zoe", "103"), 0);
    assert_int_equal(add_numbered(list, "alice", "101"), 0);
    assert_int_equal(add_numbered(list, "mike", "102"), 0);
    assert_int_equal(add_numbered(list, "200", "200"), 0);
    assert_int_equal(add_numbered(list, "bob", "101"), -EADDRINUSE);
    assert_int_equal(add_numbered(list, "bob", "200"), -EADDRINUSE);
    assert_int_equal(add_numbered(list, "103", ""), -EEXIST);
    assert_null(account_list_find(list, "bob"));
    assert_string_equal(called(list, "101"), "alice");
    assert_string_equal(called(list, "alice"), "alice");
    assert_string_equal(called(list, "104"), "");
    assert_string_equal(called(list, ""), "");
    assert_int_equal(renumber(list, "alice", "102"), -EADDRINUSE);
    assert_int_equal(renumber(list, "alice", "101"), 0);
    assert_int_equal(renumber(list, "alice", "+49301"), 0);
    assert_string_equal(called(list, "101"), "");
    assert_int_equal(renumber(list, "mike", "101"), 0);
    assert_int_equal(renumber(list, "zoe", ""), 0);
    assert_int_equal(account_list_delete(list, "alice"), 0);
    assert_string_equal(called(list, "+49301"), "");
    close_both(&both);
    both = open_both("raduno");
    assert_string_equal(called(both.list, "101"), "mike");
    assert_string_equal(called(both.list, "200"), "200");
    assert_string_equal(called(both.list, "103"), "");
    close_both(&both);
}

static void knows_numbers(void **state)
{
    (void)state;
    static const char *const good[] = {"", "1", "+49301", "12345678901234567890123456789012"};
    static const char *const bad[] = {
        "+", "1a", "1+", "++1", " 1", "*1", "123456789012345678901234567890123"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(account_number_is_valid(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(account_number_is_valid(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keeps_accounts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_word_that_cannot_be_read_lets_nobody_speak_plainly,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(where_calls_go_on_to_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_certificate_is_kept_changed_and_taken_away, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(no_file_has_the_password, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_number_is_of_one_account, set_up, tear_down),
        cmocka_unit_test(knows_numbers),
        cmocka_unit_test(knows_passwords),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
