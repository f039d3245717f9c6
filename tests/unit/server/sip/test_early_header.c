/* test_early_header.c - the words of P-Early-Media, and what are none. */
#include "server/sip/early_header.h"

#include <sofia-sip/sip_header.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *value;
    enum early_header says;
    bool is_supported;
} cases[] = {
    {"sendrecv", EARLY_HEADER_SENDS, false},
    {"SendOnly", EARLY_HEADER_SENDS, false},
    {"sendrecv, gated", EARLY_HEADER_SENDS, false},
    {"inactive", EARLY_HEADER_SILENT, false},
    {"gated ,\trecvonly", EARLY_HEADER_SILENT, false},
    {"sendrecv;x=inactive", EARLY_HEADER_SENDS, false},
    {"sendonly,inactive", EARLY_HEADER_SILENT, false},
    {"supported", EARLY_HEADER_NONE, true},
    {"Supported , sendrecv", EARLY_HEADER_SENDS, true},
    {"gated", EARLY_HEADER_NONE, false},
    {"", EARLY_HEADER_NONE, false},
    {",,;,", EARLY_HEADER_NONE, false},
    {"supportedx,xsendrecv", EARLY_HEADER_NONE, false},
};

static void reads_each_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sip_unknown_t header = {.un_name = "p-early-media", .un_value = cases[i].value};
        const sip_t sip = {.sip_unknown = &header};
        assert_int_equal(early_header_read(&sip), cases[i].says);
        assert_int_equal(early_header_is_supported(&sip), cases[i].is_supported);
    }
    sip_unknown_t other = {.un_name = "X-Early-Media", .un_value = "inactive"};
    const sip_t sip = {.sip_unknown = &other};
    assert_int_equal(early_header_read(&sip), EARLY_HEADER_NONE);
}

static void what_is_too_long_does_no_harm(void **state)
{
    (void)state;
    char value[4096];
    memset(value, ',', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    sip_unknown_t second = {.un_name = "P-Early-Media", .un_value = "inactive"};
    sip_unknown_t first = {.un_name = "P-Early-Media", .un_value = value, .un_next = &second};
    const sip_t sip = {.sip_unknown = &first};
    assert_int_equal(early_header_read(&sip), EARLY_HEADER_SILENT);
    assert_false(early_header_is_supported(&sip));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_each_word),
                                       cmocka_unit_test(what_is_too_long_does_no_harm)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
