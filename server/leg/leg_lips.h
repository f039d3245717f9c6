/*
 * leg_lips.h - voice and picture of one participant: how far they are apart, and how much
 * longer the voice is held back for a picture that is late.
 *
 *   voice, each tick:      leg_lips_follow(&lips.spoken_less_now_ns, spoken_ns - now_ns);
 *                          jitter_hold_more(jitter, leg_lips_hold(&lips, seen, now_ns));
 *   picture, as it comes:  leg_lips_follow(&seen, captured_ns - now_ns);
 *
 * A picture that is early waits until its voice is heard (video_receive.c). A voice does not
 * wait for one that is a little late, for who talks with another is disturbed by delay first:
 * only from LEG_LIPS_LATE_MS on, and then not for all of it. It gives way slowly both ways:
 * stretching a voice by so little is not heard. What the network does to the picture counts,
 * not what this machine does: a machine that is busy with pictures must not delay a voice.
 *
 * Shape    times of the sender's clock, less times of ours [ns]; 0: not known.
 * Thread   one per object; pure.
 * Source   ITU-R BT.1359: sound that is early is noticed from 45 ms on.
 */
#ifndef SERVER_LEG_LEG_LIPS_H
#define SERVER_LEG_LEG_LIPS_H

#include <stdint.h>

enum {
    LEG_LIPS_LATE_MS = 30,   /* a picture may be so late without its voice waiting     */
    LEG_LIPS_WANTED_MS = 15, /* ... and is so late when it does                        */
    LEG_LIPS_EARLY_MS = 10,  /* so much earlier than its voice: it need not wait       */
    LEG_LIPS_STEP_MS = 20,   /* the most that it is held longer at a time ...          */
    LEG_LIPS_BACK_MS = 5,    /* ... and shorter                                        */
    LEG_LIPS_EVERY_MS = 500, /* ... each                                               */
    LEG_LIPS_MOST_MS = 300,  /* later than that is not late, but another time          */
};

/** Of the voice. Zeroed: nothing is known, and nothing held. */
struct leg_lips {
    int64_t spoken_less_now_ns; /* when what is played now was spoken, less now */
    int64_t next_ns;            /* of our clock: when it gives way again        */
    unsigned hold_ms;
};

/** Smooths: @p less_now_ns goes a sixteenth of the way; all of it from nothing, or if the clock
 *  has jumped by more than a quarter of a second. */
void leg_lips_follow(int64_t *less_now_ns, int64_t measured_ns);

/** How much longer than need be the voice is to be held [ms]. @p seen_less_now_ns: of the
 *  picture, if it is shown as soon as it can be; 0: there is none. */
unsigned leg_lips_hold(struct leg_lips *lips, int64_t seen_less_now_ns, int64_t now_ns);

#endif
