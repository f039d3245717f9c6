/*
 * conceal.h - makes up what a lost packet would have said, for codecs that cannot themselves.
 *
 *   conceal = conceal_create(rate_hz);
 *   each packet decoded:  conceal_heard(conceal, pcm, samples);  joins it to what was made up
 *   each packet lost:     conceal_make(conceal, pcm, samples);
 *
 * What is made up is the last pitch period of what was heard, repeated: whole for 20 ms, then
 * fading, silent from 100 ms on. Neither its begin, nor its seams, nor its end can be heard as
 * a click: a period is bent to begin where the one before it ended, and the first 5 ms that are
 * heard again are blended with what would have been made up.
 *
 * Shape    mono, 8000, 16000 or 48000 Hz.
 * Thread   create, destroy: control. The rest: the media worker of the decoder that it belongs
 *          to; never locks, allocates or logs. A packet heard costs a copy; the first one lost
 *          costs a search for the pitch (some 10 us).
 * Source   the idea: ITU-T G.711 appendix I; without its 3.75 ms of delay.
 */
#ifndef MIXER_CODEC_CONCEAL_H
#define MIXER_CODEC_CONCEAL_H

#include <stdint.h>

/** As large as its rate needs. The fields are conceal.c's. */
struct conceal {
    unsigned per_ms;   /* samples                                      */
    unsigned made;     /* samples made up since one was heard          */
    unsigned period;   /* of cycle [samples]                           */
    int16_t *cycle;    /* [15 ms]: what is repeated; behind history    */
    int16_t history[]; /* [32 ms]: what was played last, newest at the end */
};

/** Nothing was heard yet. @p rate_hz: 8000, 16000 or 48000. @return NULL: no memory. */
struct conceal *conceal_create(unsigned rate_hz);
void conceal_destroy(struct conceal *conceal); /* NULL is allowed */

/** Takes what was decoded; after a loss its begin is changed in place. */
void conceal_heard(struct conceal *conceal, int16_t *pcm, unsigned samples);

/** Writes @p samples that stand for what was lost. */
void conceal_make(struct conceal *conceal, int16_t *pcm, unsigned samples);

/* ---- rows whose payloads need no other state: there it is the decoder ---- */

struct codec_decoder;

int conceal_decoder_create(unsigned rate_hz, struct codec_decoder **decoder); /* 0 or -ENOMEM */
void conceal_decoder_destroy(struct codec_decoder *decoder); /* NULL is allowed */
void conceal_decoder_heard(struct codec_decoder *decoder, int16_t *pcm, unsigned samples);
void conceal_decoder_make(struct codec_decoder *decoder, int16_t *pcm, unsigned samples);

#endif
