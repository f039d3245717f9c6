/* test_fingerprint_lines.c - whose certificate, and who begins. */
#include "server/sdp/fingerprint_lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEX_16 "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"
#define SHA_256 "a=fingerprint:sha-256 " HEX_16 ":" HEX_16 "\r\n"
#define SHA_384 "a=fingerprint:SHA-384 " HEX_16 ":" HEX_16 ":" HEX_16 "\r\n"
#define SHA_1 "a=fingerprint:sha-1 " HEX_16 ":00:11:22:33\r\n"

static struct slice lines(const char *text)
{
    return (struct slice){text, strlen(text)};
}

struct row {
    const char *section, *session;
    enum setup setup;
    unsigned count, refused;
    enum dtls_hash first;
};

static void a_section_counts_before_its_session(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"", "", SETUP_NONE, 0, 0, DTLS_NO_HASH},
        {SHA_256 "a=setup:actpass\r\n", "", SETUP_ACTPASS, 1, 0, DTLS_SHA_256},
        {"a=setup:active\r\n", SHA_384, SETUP_ACTIVE, 1, 0, DTLS_SHA_384},
        {SHA_256, SHA_384 "a=setup:passive\r\n", SETUP_PASSIVE, 1, 0, DTLS_SHA_256},
        {"", SHA_256 SHA_384 "a=setup:holdconn\r\n", SETUP_HOLDCONN, 2, 0, DTLS_SHA_256},
        {"a=setup:ACTIVE\r\n", "a=setup:passive\r\n", SETUP_ACTIVE, 0, 0, DTLS_NO_HASH},
        {"a=setup:active\r\na=setup:passive\r\n", "", SETUP_ACTIVE, 0, 0, DTLS_NO_HASH},
        {"a=setup:both\r\n", "a=setup:active\r\n", SETUP_UNKNOWN, 0, 0, DTLS_NO_HASH},
        {"a=setup:\r\n", "", SETUP_UNKNOWN, 0, 0, DTLS_NO_HASH},
        {"a=setup\r\n", "", SETUP_UNKNOWN, 0, 0, DTLS_NO_HASH},
        /* weak, malformed, too many */
        {SHA_1 SHA_256, "", SETUP_NONE, 1, 1, DTLS_SHA_256},
        {SHA_1, SHA_256, SETUP_NONE, 0, 1, DTLS_NO_HASH},
        {"a=fingerprint:\r\na=fingerprint\r\na=fingerprint:sha-256\r\n", "", SETUP_NONE, 0, 3,
         DTLS_NO_HASH},
        {SHA_256 SHA_256 SHA_256 SHA_256 SHA_384 SHA_384, "", SETUP_NONE, 4, 2, DTLS_SHA_256},
        {"b=fingerprint:sha-256 " HEX_16 ":" HEX_16 "\r\n", "", SETUP_NONE, 0, 0, DTLS_NO_HASH},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fingerprint_lines theirs;
        memset(&theirs, 0xff, sizeof(theirs));
        fingerprint_lines_read(lines(rows[i].section), lines(rows[i].session), &theirs);
        if (theirs.setup != rows[i].setup || theirs.count != rows[i].count ||
            theirs.refused != rows[i].refused || theirs.fingerprints[0].hash != rows[i].first)
            fail_msg("row %zu: setup %d, %u and %u refused", i, (int)theirs.setup, theirs.count,
                     theirs.refused);
    }
}

static void roles_are_decided(void **state)
{
    (void)state;
    static const struct {
        enum setup theirs, before, answer;
    } answers[] = {
        {SETUP_ACTPASS, SETUP_NONE, SETUP_PASSIVE},
        {SETUP_ACTPASS, SETUP_PASSIVE, SETUP_PASSIVE},
        {SETUP_ACTPASS, SETUP_ACTIVE, SETUP_ACTIVE},
        {SETUP_ACTIVE, SETUP_NONE, SETUP_PASSIVE},
        {SETUP_ACTIVE, SETUP_ACTIVE, SETUP_PASSIVE},
        {SETUP_PASSIVE, SETUP_NONE, SETUP_ACTIVE},
        {SETUP_PASSIVE, SETUP_PASSIVE, SETUP_ACTIVE},
        {SETUP_NONE, SETUP_NONE, SETUP_PASSIVE},
        {SETUP_HOLDCONN, SETUP_NONE, SETUP_HOLDCONN},
        {SETUP_UNKNOWN, SETUP_NONE, SETUP_HOLDCONN},
    };
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        assert_int_equal(fingerprint_lines_answer(answers[i].theirs, answers[i].before),
                         answers[i].answer);
    enum dtls_role role = DTLS_SERVER;
    assert_true(fingerprint_lines_accept(SETUP_PASSIVE, &role));
    assert_int_equal(role, DTLS_CLIENT);
    assert_true(fingerprint_lines_accept(SETUP_ACTIVE, &role));
    assert_int_equal(role, DTLS_SERVER);
    assert_true(fingerprint_lines_accept(SETUP_NONE, &role));
    assert_int_equal(role, DTLS_SERVER);
    assert_false(fingerprint_lines_accept(SETUP_ACTPASS, &role));
    assert_false(fingerprint_lines_accept(SETUP_HOLDCONN, &role));
    assert_false(fingerprint_lines_accept(SETUP_UNKNOWN, &role));
    assert_int_equal(fingerprint_lines_role(SETUP_ACTIVE), DTLS_CLIENT);
    assert_int_equal(fingerprint_lines_role(SETUP_PASSIVE), DTLS_SERVER);
}

static void ours_read_as_they_were_written(void **state)
{
    (void)state;
    for (unsigned setup = SETUP_NONE; setup <= SETUP_HOLDCONN; setup++) {
        struct dtls_fingerprint ours = {.hash = DTLS_SHA_256};
        struct fingerprint_lines back;
        struct handshake_remote remote;
        char data[512];
        struct text text;
        for (unsigned i = 0; i < 32; i++)
            ours.value[i] = (uint8_t)(i * 9);
        text_init(&text, data, sizeof(data));
        fingerprint_lines_write(&ours, (enum setup)setup, &text);
        assert_false(text.full);
        fingerprint_lines_read(lines(data), lines(""), &back);
        assert_int_equal(back.setup, setup);
        assert_int_equal(back.count, 1);
        assert_memory_equal(&back.fingerprints[0], &ours, sizeof(ours));
        fingerprint_lines_remote(&back, DTLS_CLIENT, &remote);
        assert_int_equal(remote.role, DTLS_CLIENT);
        assert_int_equal(remote.fingerprint_count, 1);
        assert_memory_equal(&remote.fingerprints[0], &ours, sizeof(ours));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_section_counts_before_its_session),
        cmocka_unit_test(roles_are_decided),
        cmocka_unit_test(ours_read_as_they_were_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
