/* test_feedback_lines.c - a=rtcp-fb lines as phones write them, and ours. */
#include "server/sdp/feedback_lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct row {
    const char *lines;
    unsigned all, type_96, type_127;
};

static const struct row rows[] = {
    {"", 0, 0, 0},
    {"a=rtcp-fb:96 nack\r\n", 0, FEEDBACK_NACK, 0},
    {"a=rtcp-fb:* nack\r\na=rtcp-fb:96 nack pli\r\na=rtcp-fb:127 ccm fir\r\n", FEEDBACK_NACK,
     FEEDBACK_PLI, FEEDBACK_FIR},
    {"a=rtcp-fb:* ccm tmmbr smaxpr=120\r\na=rtcp-fb:* goog-remb\r\na=rtcp-fb:* "
     "transport-cc\r\n",
     FEEDBACK_TMMBR | FEEDBACK_REMB | FEEDBACK_TRANSPORT, 0, 0},
    {"a=rtcp-fb:*  NACK  PLI\n", FEEDBACK_PLI, 0, 0},
    /* what we do not have */
    {"a=rtcp-fb:* nack sli\r\na=rtcp-fb:* nack rpsi\r\na=rtcp-fb:* trr-int 100\r\n", 0, 0, 0},
    {"a=rtcp-fb:* ccm\r\na=rtcp-fb:* ccm vbcm\r\na=rtcp-fb:* ack\r\n", 0, 0, 0},
    /* not quite lines */
    {"a=rtcp-fb\r\na=rtcp-fb:\r\na=rtcp-fb:*\r\na=rtcp-fb:96\r\na=rtcp-fb:* \r\n", 0, 0, 0},
    {"a=rtcp-fb:128 nack\r\na=rtcp-fb:-1 nack\r\na=rtcp-fb:x nack\r\na=rtcp-fb:** nack\r\n", 0,
     0, 0},
    {"b=rtcp-fb:* nack\r\na=rtcp-fbx:* nack\r\na=rtcp-fb:* nac\r\na=rtcp-fb:* nackk\r\n", 0, 0,
     0},
};

static void reads_what_phones_write(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct feedback_lines feedback;
        memset(&feedback, 0xff, sizeof(feedback));
        feedback_lines_read((struct slice){rows[i].lines, strlen(rows[i].lines)}, &feedback);
        if (feedback.all != rows[i].all || feedback.type[96] != rows[i].type_96 ||
            feedback.type[127] != rows[i].type_127)
            fail_msg("%s: %u %u %u", rows[i].lines, feedback.all, feedback.type[96],
                     feedback.type[127]);
        assert_int_equal(feedback.type[0] | feedback.type[97], 0);
    }
}

static void reads_what_it_writes(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits <= FEEDBACK_ALL; bits++) {
        char data[512];
        struct text text;
        struct feedback_lines feedback;
        text_init(&text, data, sizeof(data));
        feedback_lines_write(bits, FEEDBACK_ALL_TYPES, &text);
        feedback_lines_write(FEEDBACK_ALL & ~bits, 101, &text);
        assert_false(text.full);
        feedback_lines_read((struct slice){data, text.length}, &feedback);
        assert_int_equal(feedback.all, bits);
        assert_int_equal(feedback.type[101], FEEDBACK_ALL & ~bits);
    }
}

static void plans_each_bit(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits <= FEEDBACK_ALL; bits++) {
        struct video_plan_feedback plan = feedback_lines_plan(bits);
        unsigned back = plan.nack * 1U + plan.pli * 2U + plan.fir * 4U + plan.tmmbr * 8U +
                        plan.remb * 16U + plan.transport * 32U;
        assert_int_equal(back, bits);
    }
}

static void writes_lines_that_others_know(void **state)
{
    (void)state;
    char data[512];
    struct text text;
    text_init(&text, data, sizeof(data));
    feedback_lines_write(FEEDBACK_ALL, FEEDBACK_ALL_TYPES, &text);
    assert_string_equal(data, "a=rtcp-fb:* nack\r\na=rtcp-fb:* nack pli\r\n"
                              "a=rtcp-fb:* ccm fir\r\na=rtcp-fb:* ccm tmmbr\r\n"
                              "a=rtcp-fb:* goog-remb\r\na=rtcp-fb:* transport-cc\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_phones_write),
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(plans_each_bit),
        cmocka_unit_test(writes_lines_that_others_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
