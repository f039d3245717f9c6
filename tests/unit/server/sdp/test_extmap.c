/* test_extmap.c - header extensions read, answered, offered, and never given another meaning.
 */
#include "server/sdp/extmap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LEVEL "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
#define MIXED "urn:ietf:params:rtp-hdrext:csrc-audio-level"
#define MID "urn:ietf:params:rtp-hdrext:sdes:mid"
#define TRANSPORT "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

static struct slice lines(const char *text)
{
    return (struct slice){text, strlen(text)};
}

static struct extmap read_both(const char *section, const char *session)
{
    struct extmap theirs;
    memset(&theirs, 0xff, sizeof(theirs));
    extmap_read(EXTMAP_AUDIO, lines(section), lines(session), &theirs);
    return theirs;
}

static const char *write(const struct extmap *ours)
{
    static char data[512];
    struct text text;
    text_init(&text, data, sizeof(data));
    extmap_write(ours, &text);
    assert_false(text.full);
    return data;
}

struct answer_row {
    const char *section, *session; /* of the offer */
    const char *answer;
    unsigned level, mixed; /* identifiers in use */
};

static const struct answer_row answers[] = {
    {"", "", "", 0, 0},
    {"a=extmap:1 " LEVEL "\r\n", "", "a=extmap:1 " LEVEL "\r\n", 1, 0},
    {"a=extmap:14 " MIXED "\r\n", "", "a=extmap:14 " MIXED "\r\n", 0, 14},
    {"a=extmap:7 " MIXED "\r\na=extmap:3 " LEVEL " vad=on\r\n", "",
     "a=extmap:3 " LEVEL "\r\na=extmap:7 " MIXED "\r\n", 3, 7},
    {"a=ptime:20\r\nb=AS:64\r\na=extmap:2  " LEVEL "\n", "", "a=extmap:2 " LEVEL "\r\n", 2, 0},
    /* the mirrored direction, and only what is of use in it */
    {"a=extmap:1/sendrecv " LEVEL "\r\n", "", "a=extmap:1/sendrecv " LEVEL "\r\n", 1, 0},
    {"a=extmap:1/sendonly " LEVEL "\r\n", "", "a=extmap:1/recvonly " LEVEL "\r\n", 1, 0},
    {"a=extmap:1/recvonly " LEVEL "\r\n", "", "", 0, 0},
    {"a=extmap:1/recvonly " MIXED "\r\n", "", "a=extmap:1/sendonly " MIXED "\r\n", 0, 1},
    {"a=extmap:1/sendonly " MIXED "\r\n", "", "", 0, 0},
    {"a=extmap:1/inactive " LEVEL "\r\n", "", "a=extmap:1/inactive " LEVEL "\r\n", 0, 0},
    {"a=extmap:1/inactive " MIXED "\r\n", "", "a=extmap:1/inactive " MIXED "\r\n", 0, 0},
    /* at session level, where the section counts first */
    {"", "a=extmap:5 " LEVEL "\r\n", "a=extmap:5 " LEVEL "\r\n", 5, 0},
    {"a=extmap:6 " LEVEL "\r\n", "a=extmap:5 " LEVEL "\r\n", "a=extmap:6 " LEVEL "\r\n", 6, 0},
    {"a=extmap:5 " MIXED "\r\n", "a=extmap:5 " LEVEL "\r\n", "a=extmap:5 " MIXED "\r\n", 0, 5},
    /* identifiers of the one-byte header only */
    {"a=extmap:0 " LEVEL "\r\n", "", "", 0, 0},
    {"a=extmap:15 " LEVEL "\r\n", "", "", 0, 0},
    {"a=extmap:255 " LEVEL "\r\n", "", "", 0, 0},
    {"a=extmap:4096 " LEVEL "\r\n", "", "", 0, 0},
    {"a=extmap:99999999999999999999 " LEVEL "\r\n", "", "", 0, 0},
    {"a=extmap:-1 " LEVEL "\r\n", "", "", 0, 0},
    /* each identifier and each extension once */
    {"a=extmap:1 urn:x:foreign\r\na=extmap:1 " LEVEL "\r\n", "", "", 0, 0},
    {"a=extmap:1 " LEVEL "\r\na=extmap:1 " MIXED "\r\n", "", "a=extmap:1 " LEVEL "\r\n", 1, 0},
    {"a=extmap:1 " LEVEL "\r\na=extmap:2 " LEVEL "\r\n", "", "a=extmap:1 " LEVEL "\r\n", 1, 0},
    /* malformed and foreign ones */
    {"a=extmap\r\na=extmap:\r\na=extmap:1\r\na=extmap: " LEVEL "\r\n", "", "", 0, 0},
    {"a=extmap:1/ " LEVEL "\r\na=extmap:2/both " LEVEL "\r\na=extmap:/3 " LEVEL "\r\n", "", "",
     0, 0},
    {"a=extmap:1 " LEVEL "s\r\na=extmap:2 urn:ietf\r\n", "", "", 0, 0},
    {"a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\na=extmap:2 " LEVEL "\r\n", "",
     "a=extmap:2 " LEVEL "\r\n", 2, 0},
    {"b=extmap:1 " LEVEL "\r\n", "", "", 0, 0},
};

static void answers_what_is_offered(void **state)
{
    (void)state;
    static const struct extmap_known nothing = {{0}, {0}};
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        const struct answer_row *row = &answers[i];
        struct extmap theirs = read_both(row->section, row->session), ours;
        extmap_answer(&nothing, &theirs, &ours);
        if (strcmp(write(&ours), row->answer) != 0 ||
            extmap_used(&ours, EXTMAP_LEVEL) != row->level ||
            extmap_used(&ours, EXTMAP_MIXED_LEVELS) != row->mixed)
            fail_msg("%s+ %s= %s, in use %u and %u", row->section, row->session, write(&ours),
                     extmap_used(&ours, EXTMAP_LEVEL), extmap_used(&ours, EXTMAP_MIXED_LEVELS));
    }
}

struct accept_row {
    const char *answer;
    unsigned level, mixed;
};

static void accepts_what_was_offered(void **state)
{
    (void)state;
    static const struct accept_row rows[] = {
        {"", 0, 0},
        {"a=extmap:1 " LEVEL "\r\na=extmap:2 " MIXED "\r\n", 1, 2},
        {"a=extmap:1/sendonly " LEVEL "\r\n", 1, 0},
        {"a=extmap:1/recvonly " LEVEL "\r\n", 0, 0}, /* it wants ours, which we do not send */
        {"a=extmap:2/recvonly " MIXED "\r\n", 0, 2},
        {"a=extmap:2/sendonly " MIXED "\r\n", 0, 0},
        {"a=extmap:2/inactive " MIXED "\r\n", 0, 0},
        {"a=extmap:3 " LEVEL "\r\n", 0, 0}, /* under another identifier */
        {"a=extmap:2 " LEVEL "\r\na=extmap:1 " MIXED "\r\n", 0, 0},
    };
    static const struct extmap_known nothing = {{0}, {0}};
    struct extmap ours, agreed;
    extmap_offer(EXTMAP_AUDIO, &nothing, &ours);
    assert_string_equal(write(&ours), "a=extmap:1 " LEVEL "\r\na=extmap:2 " MIXED "\r\n");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct extmap theirs = read_both(rows[i].answer, "");
        extmap_accept(&ours, &theirs, &agreed);
        if (extmap_used(&agreed, EXTMAP_LEVEL) != rows[i].level ||
            extmap_used(&agreed, EXTMAP_MIXED_LEVELS) != rows[i].mixed)
            fail_msg("%s", rows[i].answer);
    }
}

/* What we answered narrowed down is what a repeated offer of ours says. */
static void stays_within_what_it_said(void **state)
{
    (void)state;
    static const struct extmap_known nothing = {{0}, {0}};
    struct extmap theirs = read_both("a=extmap:4/inactive " LEVEL "\r\n", ""), ours, agreed;
    extmap_answer(&nothing, &theirs, &ours);
    theirs = read_both("a=extmap:4 " LEVEL "\r\n", "");
    extmap_accept(&ours, &theirs, &agreed);
    assert_int_equal(extmap_used(&agreed, EXTMAP_LEVEL), 0);
}

/* Offers @p section; what we answered is remembered. */
static const char *answer(struct extmap_known *known, const char *section)
{
    struct extmap theirs = read_both(section, ""), ours;
    extmap_answer(known, &theirs, &ours);
    extmap_remember(known, &ours);
    return write(&ours);
}

static void a_section_is_named_if_the_name_fits(void **state)
{
    (void)state;
    static const struct {
        const char *offer, *mid, *answer;
        unsigned id;
    } rows[] = {
        {"a=extmap:4 " MID "\r\n", "0", "a=extmap:4 " MID "\r\n", 4},
        {"a=extmap:4 " MID "\r\n", "0123456789abcdef", "a=extmap:4 " MID "\r\n", 4},
        {"a=extmap:4 " MID "\r\n", "0123456789abcdefg", "", 0},
        {"a=extmap:4 " MID "\r\n", "", "", 0},
        {"a=extmap:4/sendonly " MID "\r\n", "a", "a=extmap:4/recvonly " MID "\r\n", 4},
        {"a=extmap:4/inactive " MID "\r\n", "a", "a=extmap:4/inactive " MID "\r\n", 0},
        {"", "a", "", 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct extmap_known known = {{0}, {0}};
        struct extmap theirs = read_both(rows[i].offer, ""), ours;
        struct rtp_mid name;
        memset(&name, 0xff, sizeof(name));
        extmap_answer(&known, &theirs, &ours);
        extmap_name(&ours, rows[i].mid, &name);
        extmap_remember(&known, &ours);
        assert_string_equal(write(&ours), rows[i].answer);
        assert_int_equal(name.id, rows[i].id);
        assert_string_equal(name.name, rows[i].id ? rows[i].mid : "");
        extmap_offer(EXTMAP_AUDIO, &known, &ours);
        assert_int_equal(ours.line[EXTMAP_MID].id, 0);
    }
}

static void an_identifier_keeps_its_meaning(void **state)
{
    (void)state;
    struct extmap_known known = {{0}, {0}};
    struct extmap ours;
    answer(&known, "a=extmap:2 " LEVEL "\r\n");
    assert_string_equal(answer(&known, "a=extmap:2 " MIXED "\r\n"), "");
    assert_string_equal(answer(&known, ""), ""); /* not even once it was left out */
    assert_string_equal(answer(&known, "a=extmap:2 " MIXED "\r\n"), "");
    assert_string_equal(answer(&known, "a=extmap:2 " LEVEL "\r\n"), "a=extmap:2 " LEVEL "\r\n");
    /* our own offer keeps to it, too */
    extmap_offer(EXTMAP_AUDIO, &known, &ours);
    assert_string_equal(write(&ours), "a=extmap:2 " LEVEL "\r\na=extmap:1 " MIXED "\r\n");
    /* a second identifier for the same is a new meaning of none */
    assert_string_equal(answer(&known, "a=extmap:9 " LEVEL "\r\n"), "a=extmap:9 " LEVEL "\r\n");
    extmap_offer(EXTMAP_AUDIO, &known, &ours);
    assert_string_equal(write(&ours), "a=extmap:9 " LEVEL "\r\na=extmap:1 " MIXED "\r\n");
}

static void what_was_not_agreed_has_no_meaning(void **state)
{
    (void)state;
    struct extmap_known known = {{0}, {0}};
    answer(&known, "a=extmap:2/recvonly " LEVEL "\r\na=extmap:3 urn:x:foreign\r\n");
    assert_string_equal(answer(&known, "a=extmap:2 " MIXED "\r\na=extmap:3 " LEVEL "\r\n"),
                        "a=extmap:3 " LEVEL "\r\na=extmap:2 " MIXED "\r\n");
}

static void offers_nothing_without_an_identifier(void **state)
{
    (void)state;
    struct extmap_known known = {{0}, {0}};
    struct extmap ours;
    for (unsigned id = 1; id <= EXTMAP_MAX_ID; id++) {
        char section[96];
        extmap_offer(EXTMAP_AUDIO, &known, &ours);
        assert_true(ours.line[EXTMAP_MIXED_LEVELS].id > 0);
        snprintf(section, sizeof(section), "a=extmap:%u " LEVEL "\r\n", id);
        answer(&known, section);
    }
    extmap_offer(EXTMAP_AUDIO, &known, &ours);
    assert_string_equal(write(&ours), "a=extmap:14 " LEVEL "\r\n");
}

/* ---- video ---- */

struct video_row {
    const char *section, *answer;
    unsigned transport;
};

static void each_medium_has_its_own(void **state)
{
    (void)state;
    static const struct video_row rows[] = {
        {"a=extmap:5 " TRANSPORT "\r\n", "a=extmap:5 " TRANSPORT "\r\n", 5},
        {"a=extmap:1 " LEVEL "\r\na=extmap:3 " TRANSPORT "\r\na=extmap:2 " MIXED "\r\n",
         "a=extmap:3 " TRANSPORT "\r\n", 3},
        {"a=extmap:3/sendonly " TRANSPORT "\r\n", "a=extmap:3/recvonly " TRANSPORT "\r\n", 3},
        {"a=extmap:3/recvonly " TRANSPORT "\r\n", "a=extmap:3/sendonly " TRANSPORT "\r\n", 3},
        {"a=extmap:3/inactive " TRANSPORT "\r\n", "a=extmap:3/inactive " TRANSPORT "\r\n", 0},
        {"a=extmap:3 " TRANSPORT "2\r\n", "", 0},
    };
    static const struct extmap_known nothing = {{0}, {0}};
    struct extmap theirs, ours;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        extmap_read(EXTMAP_VIDEO, lines(rows[i].section), lines(""), &theirs);
        extmap_answer(&nothing, &theirs, &ours);
        assert_string_equal(write(&ours), rows[i].answer);
        assert_int_equal(extmap_used(&ours, EXTMAP_TRANSPORT), rows[i].transport);
        theirs = read_both(rows[i].section, ""); /* of audio */
        assert_int_equal(theirs.line[EXTMAP_TRANSPORT].id, 0);
    }
    extmap_offer(EXTMAP_VIDEO, &nothing, &ours);
    assert_string_equal(write(&ours), "a=extmap:3 " TRANSPORT "\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_what_is_offered),
        cmocka_unit_test(accepts_what_was_offered),
        cmocka_unit_test(stays_within_what_it_said),
        cmocka_unit_test(a_section_is_named_if_the_name_fits),
        cmocka_unit_test(an_identifier_keeps_its_meaning),
        cmocka_unit_test(what_was_not_agreed_has_no_meaning),
        cmocka_unit_test(offers_nothing_without_an_identifier),
        cmocka_unit_test(each_medium_has_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
