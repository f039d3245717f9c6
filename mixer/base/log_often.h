/*
 * log_often.h - which lines are written, of those that strangers can cause as often as they
 * like.
 *
 *   if (log_often_admit(&table, &line, now_ns)) ...write it...
 *   while (log_often_report(&table, now_ns, &left_out)) ...say how many were left out...
 *
 * Lines are alike if they have the same format and the same cause. Of those alike the first
 * LOG_OFTEN_MOST a minute are written, the rest are counted. Causes that the table has no room
 * for are one cause together, so that no flood of them makes more lines.
 *
 * Thread   its owner's; pure, time is given.
 */
#ifndef MIXER_BASE_LOG_OFTEN_H
#define MIXER_BASE_LOG_OFTEN_H

#include <stdbool.h>
#include <stdint.h>

enum {
    LOG_OFTEN_MOST = 5,
    LOG_OFTEN_WINDOW_S = 60,
    LOG_OFTEN_CAUSES = 64,
    LOG_OFTEN_CAUSE_BYTES = 64,
    LOG_OFTEN_TEXT_BYTES = 128,
};

struct log_often_line {
    const char *area;   /* a constant                                        */
    const char *format; /* a constant: two lines of one place have the same  */
    const char *cause;  /* who has caused it: a call's id, an address, a name */
    bool is_call;       /* the cause is a call                               */
    const char *text;   /* as it would be written                            */
};

struct log_often_count {
    const char *area;
    const char *format; /* NULL: free */
    char cause[LOG_OFTEN_CAUSE_BYTES];
    bool is_call;
    char text[LOG_OFTEN_TEXT_BYTES]; /* the last that was left out, cut if it is long */
    int64_t until_ns;
    unsigned seen;
};

struct log_often {
    struct log_often_count
        one[LOG_OFTEN_CAUSES + 1]; /* the last: all for whom there is no room */
};

/** @return true: it is to be written. */
bool log_often_admit(struct log_often *table, const struct log_often_line *line,
                     int64_t now_ns);

/** What was left out of one whose minute is over, which is forgotten. @return false: no more.
 */
bool log_often_report(struct log_often *table, int64_t now_ns, struct log_often_count *over);

#endif
