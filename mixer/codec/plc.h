/*
 * plc.h - a codec's own packet loss concealment, cut to the pieces asked for, and faded.
 *
 *   each packet decoded:  plc_heard(&plc, pcm, samples);
 *   each packet lost:     plc_make(&plc, make_frame, decoder, pcm, samples);
 *
 * A codec makes up whole frames, and some go on humming for ever. Here its frames are cut, kept
 * whole for 40 ms, faded, and silent from 100 ms on; what is heard again rises in 5 ms. While
 * the far end is silent by design (it has sent a description of its noise), the codec's comfort
 * noise goes on as it is: plc_noise(). A codec that conceals nothing itself uses conceal.h.
 *
 * Shape    mono, 8000 or 16000 Hz; a frame is 10 or 20 ms.
 * Thread   belongs to one decoder and its media worker; never locks, allocates or logs.
 */
#ifndef MIXER_CODEC_PLC_H
#define MIXER_CODEC_PLC_H

#include <stdbool.h>
#include <stdint.h>

enum {
    PLC_MAX_RATE_HZ = 16000,
    PLC_MAX_FRAME = PLC_MAX_RATE_HZ / 50,
};

/** Embedded in a decoder. The fields are plc.c's. */
struct plc {
    bool heard;                   /* anything yet: before, there is nothing to go on  */
    unsigned per_ms;              /* samples                                          */
    unsigned frame;               /* that the codec makes at once [samples]           */
    unsigned made;                /* samples made up since one was heard, noise apart */
    unsigned spare_count;         /* made by the codec, not yet asked for             */
    int16_t spare[PLC_MAX_FRAME]; /* its end counts                                   */
};

struct codec_decoder;

/** The codec's own: writes one frame that stands for a lost one. */
typedef void plc_frame(struct codec_decoder *decoder, int16_t *frame);

void plc_init(struct plc *plc, unsigned rate_hz, unsigned frame_samples);

/** Takes what was decoded; after a fade its begin is changed in place. */
void plc_heard(struct plc *plc, int16_t *pcm, unsigned samples);

/** Writes @p samples that stand for what was lost. */
void plc_make(struct plc *plc, plc_frame *frame, struct codec_decoder *decoder, int16_t *pcm,
              unsigned samples);

/** Writes @p samples of the codec's comfort noise, which does not fade. */
void plc_noise(struct plc *plc, plc_frame *frame, struct codec_decoder *decoder, int16_t *pcm,
               unsigned samples);

#endif
