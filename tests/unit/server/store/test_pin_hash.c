/* test_pin_hash.c - what is kept of a PIN. */
#include "server/store/pin_hash.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char one[PIN_HASH_BYTES], other[PIN_HASH_BYTES], third[PIN_HASH_BYTES], odd[256];

static void a_pin_fits_its_hash_alone(void **state)
{
    (void)state;
    assert_int_equal(pin_hash_make("4711", "", one), 0);
    assert_int_equal(pin_hash_make("081500", one, other), 0);
    assert_int_equal(pin_hash_judge("4711", one, other), PIN_HASH_FIRST);
    assert_int_equal(pin_hash_judge("081500", one, other), PIN_HASH_SECOND);
    assert_int_equal(pin_hash_judge("081500", other, one), PIN_HASH_FIRST);
    assert_int_equal(pin_hash_judge("4711", "", one), PIN_HASH_SECOND);
    assert_int_equal(pin_hash_judge("4711", one, one), PIN_HASH_FIRST | PIN_HASH_SECOND);
    static const char *const wrong[] = {
        "4712", "471", "47110", "", "0815", "x", "47111111111111111111111111111111"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(pin_hash_judge(wrong[i], one, other), 0);
    assert_int_equal(pin_hash_judge("4711", "", ""), 0);
}

static void equal_pins_are_not_seen_to_be_equal(void **state)
{
    (void)state;
    assert_int_equal(pin_hash_make("4711", "", one), 0);
    assert_int_equal(pin_hash_make("4711", "", other), 0);
    assert_string_not_equal(one, other);
    assert_null(strstr(one, "4711$"));
    assert_int_equal(pin_hash_judge("4711", one, other), PIN_HASH_FIRST | PIN_HASH_SECOND);
    assert_int_equal(pin_hash_make("4711", one, third), 0); /* but in one room */
    assert_string_equal(one, third);
    assert_true(pin_hash_share_salt(one, third));
    assert_false(pin_hash_share_salt(one, other));
    assert_true(pin_hash_share_salt(one, ""));
    assert_true(pin_hash_share_salt("", other));
}

static void the_length_is_kept(void **state)
{
    (void)state;
    static const char longest[] = "0123456789012345";
    assert_int_equal(pin_hash_make("000", "", one), 0);
    assert_int_equal(pin_hash_length(one), 3);
    assert_int_equal(pin_hash_make(longest, "", one), 0);
    assert_int_equal(pin_hash_length(one), 16);
    assert_int_equal(pin_hash_length(""), 0);
    assert_int_equal(pin_hash_length("4711"), 0);
}

/* Made by another implementation: Python's hashlib.pbkdf2_hmac("sha256", b"4711",
 * bytes(range(16)), 10). */
static void it_is_pbkdf2(void **state)
{
    (void)state;
    static const char known[] =
        "4$10$000102030405060708090a0b0c0d0e0f$"
        "d1212016e08e07fc66e26a36066b03891a95390aea97aa60f1e2c7d62d8006a7";
    assert_true(pin_hash_is_valid(known));
    assert_int_equal(pin_hash_judge("4711", known, ""), PIN_HASH_FIRST);
    assert_int_equal(pin_hash_judge("4712", known, ""), 0);
}

static void what_is_no_pin_is_not_hashed(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "", "12", "12345678901234567", "12a4", " 123", "-123", "12 4", "*12", "1234\n"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(pin_is_valid(wrong[i]));
        assert_int_equal(pin_hash_make(wrong[i], "", one), -EINVAL);
    }
}

static void a_hash_is_read_strictly(void **state)
{
    (void)state;
    assert_int_equal(pin_hash_make("4711", "", one), 0);
    assert_true(pin_hash_is_valid(one));
    assert_true(pin_hash_is_valid(""));
    for (size_t length = 1; length < strlen(one); length++) { /* each beginning of it */
        snprintf(odd, sizeof(odd), "%.*s", (int)length, one);
        assert_false(pin_hash_is_valid(odd));
    }
    snprintf(odd, sizeof(odd), "%s0", one);
    assert_false(pin_hash_is_valid(odd));
    for (size_t i = 0; one[i]; i++) {
        memcpy(other, one, sizeof(one));
        other[i] = 'Z';
        assert_false(pin_hash_is_valid(other));
        assert_int_equal(pin_hash_judge("4711", other, ""), 0);
    }
    const char *tail = strchr(strchr(one, '$') + 1, '$');
    static const char *const heads[] = {"2$10",       "17$10", "4$0",       "4$1000001",
                                        "4$99999999", "4$-1",  "4$+1",      "$10",
                                        "4$",         "4 $10", "99999999$1"};
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        snprintf(odd, sizeof(odd), "%s%s", heads[i], tail);
        assert_false(pin_hash_is_valid(odd));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pin_fits_its_hash_alone),
        cmocka_unit_test(equal_pins_are_not_seen_to_be_equal),
        cmocka_unit_test(the_length_is_kept),
        cmocka_unit_test(it_is_pbkdf2),
        cmocka_unit_test(what_is_no_pin_is_not_hashed),
        cmocka_unit_test(a_hash_is_read_strictly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
