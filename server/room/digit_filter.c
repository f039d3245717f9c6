/* digit_filter.c - the last presses, in a ring: the oldest that fits is the same. */
#include "server/room/digit_filter.h"

bool digit_filter_is_new(struct digit_filter *filter, char digit,
                         enum participant_digit_source source, int64_t now_ns)
{
    uint8_t way = (uint8_t)(1u << source);
    for (unsigned i = 0; i < DIGIT_FILTER_PRESSES; i++) {
        unsigned at = (filter->next + i) % DIGIT_FILTER_PRESSES;
        if (filter->press[at].digit != digit || filter->press[at].ways & way ||
            now_ns - filter->press[at].heard_ns > DIGIT_FILTER_NS)
            continue;
        filter->press[at].ways |= way;
        return false;
    }
    filter->press[filter->next].heard_ns = now_ns;
    filter->press[filter->next].digit = digit;
    filter->press[filter->next].ways = way;
    filter->next = (filter->next + 1) % DIGIT_FILTER_PRESSES;
    return true;
}
