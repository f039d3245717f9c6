/* feedback_lines.c - one table of words, read and written. */
#include "server/sdp/feedback_lines.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *word, *parameter; /* parameter "": there must be none */
} kinds[] = {
    /* in the order of the bits */
    {"nack", ""},     {"nack", "pli"},   {"ccm", "fir"},
    {"ccm", "tmmbr"}, {"goog-remb", ""}, {"transport-cc", ""},
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static bool is_word(struct slice word, const char *text)
{
    return word.length == strlen(text) && strncasecmp(word.at, text, word.length) == 0;
}

/* "nack pli", "ccm tmmbr smaxpr=120" */
static unsigned bit_of(struct slice value)
{
    struct slice word = {"", 0}, parameter = {"", 0};
    if (!slice_next_word(&value, ' ', &word))
        return 0;
    slice_next_word(&value, ' ', &parameter);
    for (unsigned i = 0; i < KINDS; i++) {
        if (is_word(word, kinds[i].word) && is_word(parameter, kinds[i].parameter))
            return 1U << i;
    }
    return 0;
}

void feedback_lines_read(struct slice lines, struct feedback_lines *feedback)
{
    char type;
    struct slice line, value, word;
    unsigned long number;
    memset(feedback, 0, sizeof(*feedback));
    while (slice_next_line(&lines, &type, &line)) {
        if (type != 'a' || !slice_is_attribute(line, "rtcp-fb", &value) ||
            !slice_next_word(&value, ' ', &word))
            continue;
        uint8_t bit = (uint8_t)bit_of(value);
        if (slice_equals(word, "*"))
            feedback->all |= bit;
        else if (slice_number(word, MEDIA_TYPES - 1, &number))
            feedback->type[number] |= bit;
    }
}

void feedback_lines_write(unsigned bits, unsigned type, struct text *text)
{
    for (unsigned i = 0; i < KINDS; i++) {
        if (!(bits >> i & 1))
            continue;
        if (type == FEEDBACK_ALL_TYPES)
            text_add(text, "a=rtcp-fb:* %s", kinds[i].word);
        else
            text_add(text, "a=rtcp-fb:%u %s", type, kinds[i].word);
        text_add(text, kinds[i].parameter[0] ? " %s\r\n" : "%s\r\n", kinds[i].parameter);
    }
}

struct video_plan_feedback feedback_lines_plan(unsigned bits)
{
    return (struct video_plan_feedback){.nack = (bits & FEEDBACK_NACK) != 0,
                                        .pli = (bits & FEEDBACK_PLI) != 0,
                                        .fir = (bits & FEEDBACK_FIR) != 0,
                                        .tmmbr = (bits & FEEDBACK_TMMBR) != 0,
                                        .remb = (bits & FEEDBACK_REMB) != 0,
                                        .transport = (bits & FEEDBACK_TRANSPORT) != 0};
}
