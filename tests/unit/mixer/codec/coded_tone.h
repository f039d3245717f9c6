/*
 * coded_tone.h - one packet of 20 ms, for tests of what a codec's parameters do to it.
 */
#ifndef TESTS_UNIT_MIXER_CODEC_CODED_TONE_H
#define TESTS_UNIT_MIXER_CODEC_CODED_TONE_H

#include "mixer/codec/codec.h"
#include "tests/unit/mixer/signal.h"

enum { CODED_TONE_BYTES = 200 };

/** A fresh encoder's first packet, of 440 Hz. @return its bytes. */
static inline int coded_tone(const struct codec *codec, const struct codec_params *params,
                             uint8_t payload[CODED_TONE_BYTES])
{
    struct codec_encoder *encoder;
    int16_t pcm[CODEC_MAX_PACKET_SAMPLES];
    const unsigned samples = codec->sample_rate_hz / 50;
    const int error = codec->encoder_create(params, &encoder);
    if (error)
        return error;
    signal_tone(pcm, 0, samples, codec->sample_rate_hz, 440, 8000);
    const int bytes = codec->encode(encoder, pcm, samples, payload, CODED_TONE_BYTES);
    codec->encoder_destroy(encoder);
    return bytes;
}

#endif
