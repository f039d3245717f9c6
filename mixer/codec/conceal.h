/*
 * conceal.h - makes up what a lost packet would have said, for codecs that cannot themselves.
 *
 *   each packet decoded:  conceal_heard(&conceal, pcm, samples);    joins it to what was made
 * up each packet lost:     conceal_make(&conceal, pcm, samples);
 *
 * What is made up is the last pitch period of what was heard, repeated: whole for 20 ms, then
 * fading, silent from 80 ms on. Neither its begin, nor its seams, nor its end can be heard as a
 * click: a period is bent to begin where the one before it ended, and the first 5 ms that are
 * heard again are blended with what would have been made up.
 *
 * Shape    mono, 8000, 16000 or 48000 Hz.
 * Thread   belongs to one decoder and its media worker; never locks, allocates or logs. A
 * packet heard costs a copy; the first one lost costs a search for the pitch (some 10 us).
 * Source   the idea: ITU-T G.711 appendix I; without its 3.75 ms of delay.
 */
#ifndef MIXER_CODEC_CONCEAL_H
#define MIXER_CODEC_CONCEAL_H

#include <stdint.h>

enum {
    CONCEAL_MAX_RATE_HZ = 48000,
    CONCEAL_MAX_PERIOD = CONCEAL_MAX_RATE_HZ / 1000 * 15, /* 67 Hz */
    CONCEAL_MAX_HISTORY = CONCEAL_MAX_RATE_HZ / 1000 * 32,
};

/** Embedded in a decoder. The fields are conceal.c's. */
struct conceal {
    unsigned per_ms;                      /* samples                                      */
    unsigned made;                        /* samples made up since one was heard          */
    unsigned period;                      /* of cycle [samples]                           */
    int16_t cycle[CONCEAL_MAX_PERIOD];    /* what is repeated                             */
    int16_t history[CONCEAL_MAX_HISTORY]; /* the last 32 ms that were played, newest last */
};

/** @p rate_hz: 8000, 16000 or 48000. */
void conceal_init(struct conceal *conceal, unsigned rate_hz);

/** Takes what was decoded; after a loss its begin is changed in place. */
void conceal_heard(struct conceal *conceal, int16_t *pcm, unsigned samples);

/** Writes @p samples that stand for what was lost. */
void conceal_make(struct conceal *conceal, int16_t *pcm, unsigned samples);

#endif
