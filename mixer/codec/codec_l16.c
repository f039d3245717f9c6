/* codec_l16.c - linear PCM in network byte order: rows L16 (RFC 3551 section 4.5.11). */
#include "mixer/codec/codec_internal.h"
#include "mixer/codec/conceal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum {
    SILENCE = 127, /* -dBov, RFC 6464 */
    MAX_MS = 60,   /* of the packets that we send */
};

/* ---- encoder ---- */

struct codec_encoder {
    char stateless; /* the contract wants an object */
};

/* The longest packet that fits, a multiple of 10 ms. */
#define MAX_PTIME_MS(rate_hz)                                                                  \
    (CODEC_MAX_PAYLOAD_BYTES / ((rate_hz) / 1000 * 2) > MAX_MS                                 \
         ? MAX_MS                                                                              \
         : CODEC_MAX_PAYLOAD_BYTES / ((rate_hz) / 1000 * 2) / 10 * 10)

static int encoder_create(unsigned max_ptime_ms, const struct codec_params *params,
                          struct codec_encoder **encoder)
{
    if (params->ptime_ms > max_ptime_ms)
        return -EINVAL;
    struct codec_encoder *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    *encoder = made;
    return 0;
}

static void encoder_destroy(struct codec_encoder *encoder)
{
    free(encoder);
}

static int encode(struct codec_encoder *encoder, const int16_t *pcm, unsigned samples,
                  uint8_t *out, size_t room)
{
    (void)encoder;
    if (samples > CODEC_MAX_PACKET_SAMPLES)
        return -EINVAL;
    if ((size_t)samples * 2 > room)
        return -ENOBUFS;
    for (unsigned i = 0; i < samples; i++) {
        out[2 * i] = (uint8_t)((uint16_t)pcm[i] >> 8);
        out[2 * i + 1] = (uint8_t)pcm[i];
    }
    return (int)(samples * 2);
}

/* ---- decoder ---- */

static int payload_samples(const uint8_t *payload, size_t length)
{
    (void)payload; /* every two bytes are a sample */
    return length && length % 2 == 0 && length / 2 <= CODEC_MAX_PACKET_SAMPLES
               ? (int)(length / 2)
               : -EBADMSG;
}

static int16_t sample_at(const uint8_t *payload, unsigned i)
{
    return (int16_t)(payload[2 * i] << 8 | payload[2 * i + 1]);
}

static int payload_level(const uint8_t *payload, size_t length)
{
    const int samples = payload_samples(payload, length);
    int64_t sum = 0;
    if (samples < 0)
        return -ENODATA;
    for (unsigned i = 0; i < (unsigned)samples; i++)
        sum += sample_at(payload, i) * sample_at(payload, i);
    if (!sum)
        return SILENCE;
    const float full = (float)samples * INT16_MAX * INT16_MAX;
    const float level = 10 * log10f(full / (float)sum);
    return level <= 0 ? 0 : level >= SILENCE - 1 ? SILENCE - 1 : (int)lroundf(level);
}

static int decode(struct codec_decoder *decoder, const uint8_t *payload, size_t length,
                  int16_t *pcm, unsigned samples)
{
    (void)length;
    for (unsigned i = 0; i < samples; i++)
        pcm[i] = sample_at(payload, i);
    conceal_decoder_heard(decoder, pcm, samples);
    return (int)samples;
}

/* ---- rows ---- */

#define L16_CREATE(rate_hz)                                                                    \
    static int encoder_create_##rate_hz(const struct codec_params *params,                     \
                                        struct codec_encoder **encoder)                        \
    {                                                                                          \
        return encoder_create(MAX_PTIME_MS(rate_hz), params, encoder);                         \
    }                                                                                          \
    static int decoder_create_##rate_hz(const struct codec_params *params,                     \
                                        struct codec_decoder **decoder)                        \
    {                                                                                          \
        (void)params;                                                                          \
        return conceal_decoder_create(rate_hz, decoder);                                       \
    }

#define L16_ROW(rate_hz, type, max_bytes)                                                      \
    {                                                                                          \
        .name = "L16", .rtp_clock_hz = rate_hz, .sdp_channels = 1, .sample_rate_hz = rate_hz,  \
        .static_payload_type = -1, .preferred_payload_type = type,                             \
        .max_payload_bytes = max_bytes, .max_channels = 1, .frame_ms = 10,                     \
        .max_ptime_ms = MAX_PTIME_MS(rate_hz), .fmtp_read = codec_fmtp_read_none,              \
        .fmtp_write = codec_fmtp_write_none, .encoder_create = encoder_create_##rate_hz,       \
        .encoder_destroy = encoder_destroy, .encode = encode,                                  \
        .decoder_create = decoder_create_##rate_hz,                                            \
        .decoder_destroy = conceal_decoder_destroy, .decode = decode,                          \
        .conceal = conceal_decoder_make, .payload_samples = payload_samples,                   \
        .payload_level = payload_level,                                                        \
    }

L16_CREATE(8000)
L16_CREATE(16000)
L16_CREATE(48000)

/* At 48 kHz 20 ms (1920 bytes) do come, in IP fragments; longer packets are not received. */
const struct codec codec_l16_8000 = L16_ROW(8000, 120, 960);
const struct codec codec_l16_16000 = L16_ROW(16000, 119, 1920);
const struct codec codec_l16_48000 = L16_ROW(48000, 118, 1920);
