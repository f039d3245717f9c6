/*
 * g722.h - G.722 at 64 kbit/s: 16 kHz PCM to bytes and back, two samples to a byte.
 *
 *   struct g722_encoder encoder;
 *   g722_encoder_init(&encoder);
 *   g722_encode(&encoder, pcm, 320, bytes);                     20 ms: 160 bytes
 *
 * The signal is split into two bands of 8 kHz each; the low band is coded with 6 bits a sample,
 * the high band with 2 (the two highest of a byte). Every byte is a valid code.
 *
 * Shape    samples is even; bytes = samples / 2.
 * Thread   an encoder or decoder belongs to one leg and its media worker; no function locks,
 *          allocates or logs.
 * Source   ITU-T G.722 (09/2012): names in comments are its block names.
 */
#ifndef MIXER_CODEC_G722_H
#define MIXER_CODEC_G722_H

#include <stddef.h>
#include <stdint.h>

enum { G722_QMF_TAPS = 24, G722_ZEROS = 6 };

/** One band's adaptive quantiser and predictor, the same in encoder and decoder. */
struct g722_band {
    int log_step;               /* NB: logarithm of the step             */
    int step;                   /* DET                                   */
    int predicted;              /* S = sum of both predictors            */
    int predicted_zero;         /* SZ                                    */
    int pole[2];                /* AL1, AL2                              */
    int zero[G722_ZEROS];       /* BL1..BL6                              */
    int difference[G722_ZEROS]; /* DLT1..DLT6, newest first              */
    int partial[2];             /* PLT1, PLT2                            */
    int rebuilt[2];             /* RLT1, RLT2                            */
};

struct g722_encoder {
    struct g722_band low, high;
    int16_t past[G722_QMF_TAPS]; /* input, oldest first */
};

struct g722_decoder {
    struct g722_band low, high;
    int16_t past[G722_QMF_TAPS]; /* sums and differences of the bands, oldest first */
};

void g722_encoder_init(struct g722_encoder *encoder);
void g722_encode(struct g722_encoder *encoder, const int16_t *pcm, unsigned samples,
                 uint8_t *out);

void g722_decoder_init(struct g722_decoder *decoder);
/** Writes 2 * @p length samples. */
void g722_decode(struct g722_decoder *decoder, const uint8_t *bytes, size_t length,
                 int16_t *pcm);

#endif
