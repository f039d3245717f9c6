/*
 * digit_filter.h - each press of a key counts once, whichever ways it comes.
 *
 * A telephone may say the same press as a telephone-event (RFC 4733), in SIP INFO, and as tones
 * in the sound. A digit that comes another way within DIGIT_FILTER_NS of one that was taken is
 * the same press; one that comes the same way is another. So "55" pressed fast is two fives,
 * though each comes three times, in whatever order.
 *
 *   struct digit_filter filter = {0};
 *   if (digit_filter_is_new(&filter, '5', DIGIT_INFO, clock_monotonic_ns())) ...
 *
 * Thread   any; pure. Time must not go back.
 */
#ifndef SERVER_ROOM_DIGIT_FILTER_H
#define SERVER_ROOM_DIGIT_FILTER_H

#include <stdbool.h>
#include <stdint.h>

/** How a digit came. */
enum participant_digit_source {
    DIGIT_RTP,    /* RFC 4733           */
    DIGIT_INFO,   /* SIP INFO, RFC 6086 */
    DIGIT_INBAND, /* tones in the sound */
};

enum { DIGIT_FILTER_PRESSES = 16 };
#define DIGIT_FILTER_NS 300000000LL

/** Zeroed: nothing heard yet. The fields are the filter's. */
struct digit_filter {
    struct {
        int64_t heard_ns;
        char digit;
        uint8_t ways; /* bit per source by which it came */
    } press[DIGIT_FILTER_PRESSES];
    unsigned next; /* the oldest */
};

/** @return true: a new press; false: one that was taken already. */
bool digit_filter_is_new(struct digit_filter *filter, char digit,
                         enum participant_digit_source source, int64_t now_ns);

#endif
