/* test_fmtp.c - parameters in a=fmtp as senders write them, and as attackers do. */
#include "mixer/base/fmtp.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void table(void **state)
{
    (void)state;
    static const struct {
        const char *fmtp;
        int result;
        unsigned value;
    } rows[] = {
        {"rate=16000", 0, 16000},
        {"rate=16000;cbr=1", 0, 16000},
        {"cbr=1;rate=16000", 0, 16000},
        {"cbr=1; rate=16000", 0, 16000},
        {" ; ;\tRATE = 16000 ; cbr=1", 0, 16000},
        {"rate=0", 0, 0},
        {"rate=999999999", 0, 999999999},
        {"rate=1;rate=2", 0, 1},
        {"", -ENOENT, 0},
        {"rate", -ENOENT, 0},
        {"xrate=1", -ENOENT, 0},
        {"ratex=1", -ENOENT, 0},
        {"x rate=1", -ENOENT, 0},
        {";;;;", -ENOENT, 0},
        {"=5", -ENOENT, 0},
        {"rate=", -EINVAL, 0},
        {"rate=;cbr=1", -EINVAL, 0},
        {"rate=-1", -EINVAL, 0},
        {"rate=+1", -EINVAL, 0},
        {"rate=12x", -EINVAL, 0},
        {"rate=0x10", -EINVAL, 0},
        {"rate=1 2", -EINVAL, 0},
        {"rate=1000000000", -EINVAL, 0},
        {"rate=99999999999999999999999999", -EINVAL, 0},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned value = 77;
        assert_int_equal(fmtp_number(rows[i].fmtp, "rate", &value), rows[i].result);
        assert_int_equal(value, rows[i].result ? 77 : rows[i].value);
    }
}

static void texts(void **state)
{
    (void)state;
    static const struct {
        const char *fmtp;
        int result;
        const char *value;
    } rows[] = {
        {"mode=1", 0, "1"},
        {"vbr=on; MODE = 0,2,5,7 ;x=1", 0, "0,2,5,7"},
        {"mode=\"3,any\";vbr=on", 0, "3,any"},
        {"mode= \"3,any\" \t", 0, "3,any"},
        {"mode=a b", 0, "a b"},
        {"mode=", 0, ""},
        {"mode=;", 0, ""},
        {"mode=\"\"", 0, ""},
        {"mode=\"", 0, "\""},
        {"mode=\"3", 0, "\"3"},
        {"mode=3\"", 0, "3\""},
        {"mode=1234567", 0, "1234567"},
        {"mode=\"1234567\"", 0, "1234567"},
        {"mode=12345678", -EINVAL, NULL},
        {"mode=\"12345678\"", -EINVAL, NULL},
        {"mode", -ENOENT, NULL},
        {"modes=1", -ENOENT, NULL},
        {"", -ENOENT, NULL},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char value[9] = "........";
        assert_int_equal(fmtp_text(rows[i].fmtp, "mode", value, 8), rows[i].result);
        assert_string_equal(value, rows[i].result ? "........" : rows[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(table), cmocka_unit_test(texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
