/* codec_g722.c - G.722's row: 16 kHz PCM under an RTP clock of 8000 (RFC 3551 section 4.5.2).
 */
#include "mixer/codec/codec_internal.h"
#include "mixer/codec/conceal.h"
#include "mixer/codec/g722.h"

#include <errno.h>
#include <stdlib.h>

enum {
    RATE_HZ = 16000,
    MAX_BYTES = RATE_HZ / 2 / 1000 * CODEC_MAX_PACKET_MS,
};

struct codec_encoder {
    struct g722_encoder g722;
};

struct codec_decoder {
    struct g722_decoder g722;
    struct conceal *conceal;
};

static int encoder_create(const struct codec_params *params, struct codec_encoder **encoder)
{
    (void)params;
    struct codec_encoder *made = malloc(sizeof(*made));
    if (!made)
        return -ENOMEM;
    g722_encoder_init(&made->g722);
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
    if (samples % 2 || samples / 2 > MAX_BYTES)
        return -EINVAL;
    if (samples / 2 > room)
        return -ENOBUFS;
    g722_encode(&encoder->g722, pcm, samples, out);
    return (int)(samples / 2);
}

static void encoder_copy(struct codec_encoder *to, const struct codec_encoder *from)
{
    *to = *from;
}

static int decoder_create(const struct codec_params *params, struct codec_decoder **decoder)
{
    (void)params;
    struct codec_decoder *made = malloc(sizeof(*made));
    if (!made || !(made->conceal = conceal_create(RATE_HZ))) {
        free(made);
        return -ENOMEM;
    }
    g722_decoder_init(&made->g722);
    *decoder = made;
    return 0;
}

static void decoder_destroy(struct codec_decoder *decoder)
{
    if (decoder)
        conceal_destroy(decoder->conceal);
    free(decoder);
}

static int payload_samples(const uint8_t *payload, size_t length)
{
    (void)payload; /* every byte is a valid code */
    return length && length <= MAX_BYTES ? (int)length * 2 : -EBADMSG;
}

static int decode(struct codec_decoder *decoder, const uint8_t *payload, size_t length,
                  int16_t *pcm, unsigned samples)
{
    g722_decode(&decoder->g722, payload, length, pcm);
    conceal_heard(decoder->conceal, pcm, samples);
    return (int)samples;
}

static void conceal(struct codec_decoder *decoder, int16_t *pcm, unsigned samples)
{
    conceal_make(decoder->conceal, pcm, samples);
}

/* No payload_level: a code says how large a step is in terms of those before. One packet alone
 * leaves its level open by some 8 dB of speech and 25 dB of a tone; and a decoder that has not
 * followed all packets would be out of step with the next one. */
const struct codec codec_g722 = {
    .name = "G722",
    .rtp_clock_hz = 8000,
    .sdp_channels = 1,
    .sample_rate_hz = RATE_HZ,
    .static_payload_type = 9,
    .preferred_payload_type = 9,
    .max_payload_bytes = MAX_BYTES,
    .max_channels = 1,
    .frame_ms = 10,
    .is_offered = true,
    .fmtp_read = codec_fmtp_read_none,
    .fmtp_write = codec_fmtp_write_none,
    .encoder_create = encoder_create,
    .encoder_destroy = encoder_destroy,
    .encode = encode,
    .encoder_copy = encoder_copy,
    .decoder_create = decoder_create,
    .decoder_destroy = decoder_destroy,
    .decode = decode,
    .conceal = conceal,
    .payload_samples = payload_samples,
};
