/*
 * audio_limiter.h - brings a sum of voices into 16 bits by turning it down in time, not by
 * clipping it.
 *
 *   once:   audio_limiter_init(&limiter, rate_hz, channels);
 *   tick:   audio_limiter_run(&limiter, sum, out, samples);
 *
 * Time goes in steps of 1 ms. A loud one is met by a gain that has fallen, in a straight line,
 * during the 1 ms before it; it stays for 10 ms (so that it does not follow the waves of a deep
 * voice) and comes back within some 50 ms after a single peak, 100 ms where it is loud all the
 * time. Both channels have the same gain, so that nothing moves between left and right. What
 * never passes the ceiling comes out bit for bit.
 *
 * The output is 1 ms late. Within a frame the look-ahead is free; what it buys is the first ms
 * of the next frame: without it a shout that begins there (one in twenty) needs a gain that
 * falls between two samples, and that is a click, or a clipped wave. 1 ms is a twentieth of a
 * tick.
 *
 * The struct has no pointers: a copy by assignment goes on as the original would. That is how a
 * listener leaves a mix he shared. When a mix ends, its last ms is still inside: give it one
 * more frame of zeros, or init it before the next use.
 *
 * Shape    sum int32_t and out int16_t [samples * channels], interleaved; samples are counted
 *          per channel and are whole milliseconds (a 20 ms frame is). Any int32_t is allowed.
 * Thread   belongs to one mix and its media worker; never locks, allocates or logs. 20 ms of
 *          48 kHz mono take 0.2 us where nothing is limited (a copy), 1 us where something is;
 *          of 8 kHz 0.03 and 0.3 us.
 */
#ifndef MIXER_AUDIO_AUDIO_LIMITER_H
#define MIXER_AUDIO_AUDIO_LIMITER_H

#include <stdint.h>

enum {
    AUDIO_LIMITER_CEILING = 29204,    /* -1 dBFS: room for what a lossy codec adds */
    AUDIO_LIMITER_LOOKAHEAD_MS = 1,   /* and the delay                             */
    AUDIO_LIMITER_LOOKAHEAD = 48 * 2, /* at most: 48 kHz, two channels             */
    AUDIO_LIMITER_HOLD_MS = 10,       /* half a wave of 50 Hz                      */
};

/** Embedded in its owner, copied by assignment. The fields are audio_limiter.c's. */
struct audio_limiter {
    unsigned channels;
    unsigned step;                         /* values in 1 ms, all channels               */
    float gain;                            /* at the begin of what is in late            */
    unsigned crowd;                        /* how long it has been loud of late [ms]     */
    unsigned at;                           /* of need: the oldest                        */
    float need[AUDIO_LIMITER_HOLD_MS];     /* the gain that each of the last steps needs */
    int32_t late[AUDIO_LIMITER_LOOKAHEAD]; /* the step that is not out yet               */
};

/** @p rate_hz: whole kHz, at most 48000. @p channels: 1 or 2. */
void audio_limiter_init(struct audio_limiter *limiter, unsigned rate_hz, unsigned channels);

/** Writes as many samples as it takes; no value of @p out is beyond the ceiling. */
void audio_limiter_run(struct audio_limiter *limiter, const int32_t *sum, int16_t *out,
                       unsigned samples);

#endif
