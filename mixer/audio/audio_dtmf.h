/*
 * audio_dtmf.h - hears the keys of a telephone in its sound, where no telephone-event is
 * negotiated.
 *
 *   struct audio_dtmf dtmf;
 *   audio_dtmf_init(&dtmf, rate_hz);
 *   tick:  if (audio_dtmf_hear(&dtmf, pcm, samples, &digit)) ...a key was pressed...
 *
 * A press is heard once, at its begin: with the tick that brings the 40th millisecond of it.
 * The next one, also of another key, is heard after a pause of 40 ms. What is accepted:
 *
 *   length      40 ms and more; up to 25 ms never
 *   pause       40 ms and more; up to 15 ms it is the same press
 *   frequency   1.5 % off; 3.5 % off never
 *   twist       the high tone up to 4 dB above the low one, or up to 8 dB below it
 *   level       each tone 0 .. -35 dBm0; both 15 dB above white noise
 *
 * Shape    digit is one of 0-9 * # A-D; one call is one tick of 20 ms.
 * Thread   one leg's media worker; never allocates.
 * Source   ITU-T Q.23 (the tones), Q.24 annex A (what a receiver accepts).
 */
#ifndef MIXER_AUDIO_AUDIO_DTMF_H
#define MIXER_AUDIO_AUDIO_DTMF_H

#include <stdbool.h>
#include <stdint.h>

enum {
    AUDIO_DTMF_TONES = 8,     /* four low, four high                         */
    AUDIO_DTMF_PROBES = 5,    /* of a tone: itself and beside it             */
    AUDIO_DTMF_OTHERS = 32,   /* places where nothing should sound           */
    AUDIO_DTMF_HOP = 80,      /* samples at 8 kHz from one look to the next */
    AUDIO_DTMF_MAX_TAPS = 54, /* of the filter before every sixth is taken   */
};

/** A detector; embedded in its owner. The fields are audio_dtmf.c's. */
struct audio_dtmf {
    unsigned factor; /* rate / 8 kHz */
    unsigned taps;   /* 0: at 8 kHz  */
    int16_t tap[AUDIO_DTMF_MAX_TAPS];
    int16_t past[AUDIO_DTMF_MAX_TAPS]; /* the end of the tick before, at its rate */
    int16_t half[AUDIO_DTMF_HOP];      /* the end of the tick before, at 8 kHz    */
    float probe[AUDIO_DTMF_PROBES][AUDIO_DTMF_TONES]; /* 2 cos(w)                 */
    float other[AUDIO_DTMF_OTHERS];
    float window[2 * AUDIO_DTMF_HOP];
    int heard; /* the key that is down or may be; -1: none  */
    unsigned hits, misses;
    bool is_pressed;
};

/** Starts without a past; @p rate_hz is one of the house's five (pcm.h). */
void audio_dtmf_init(struct audio_dtmf *dtmf, unsigned rate_hz);

/** @return true and *digit if in this tick (rate/50 samples) a press was recognised. */
bool audio_dtmf_hear(struct audio_dtmf *dtmf, const int16_t *pcm, unsigned samples,
                     char *digit);

#endif
