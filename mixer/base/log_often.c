/* log_often.c - a small table of who has caused what, looked through from its beginning. */
#include "mixer/base/log_often.h"

#include "mixer/base/clock.h"

#include <stdio.h>
#include <string.h>

static bool is_alike(const struct log_often_count *count, const struct log_often_line *line)
{
    return count->format == line->format &&
           strncmp(count->cause, line->cause, sizeof(count->cause) - 1) == 0;
}

/* Its own; else one that is free, or has nothing more to say; else that of all others. */
static struct log_often_count *find(struct log_often *table, const struct log_often_line *line,
                                    int64_t now_ns)
{
    struct log_often_count *others = &table->one[LOG_OFTEN_CAUSES], *unused = NULL;
    for (struct log_often_count *each = table->one; each < others; each++) {
        if (is_alike(each, line))
            return each;
        bool is_over = now_ns >= each->until_ns && each->seen <= LOG_OFTEN_MOST;
        if (!unused && (!each->format || is_over))
            unused = each;
    }
    if (!unused)
        return others;
    *unused = (struct log_often_count){.format = line->format, .is_call = line->is_call};
    snprintf(unused->cause, sizeof(unused->cause), "%s", line->cause);
    return unused;
}

bool log_often_admit(struct log_often *table, const struct log_often_line *line, int64_t now_ns)
{
    struct log_often_count *count = find(table, line, now_ns);
    if (now_ns >= count->until_ns && count->seen <= LOG_OFTEN_MOST) { /* a minute anew */
        count->until_ns = now_ns + LOG_OFTEN_WINDOW_S * CLOCK_NS_PER_S;
        count->seen = 0;
    }
    if (++count->seen <= LOG_OFTEN_MOST)
        return true;
    count->area = line->area;
    snprintf(count->text, sizeof(count->text), "%s", line->text);
    return false;
}

bool log_often_report(struct log_often *table, int64_t now_ns, struct log_often_count *over)
{
    for (unsigned i = 0; i <= LOG_OFTEN_CAUSES; i++) {
        struct log_often_count *each = &table->one[i];
        if (now_ns < each->until_ns || each->seen <= LOG_OFTEN_MOST)
            continue;
        *over = *each;
        over->seen -= LOG_OFTEN_MOST;
        *each = (struct log_often_count){.format = NULL};
        return true;
    }
    return false;
}
