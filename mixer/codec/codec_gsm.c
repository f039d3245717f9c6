/* codec_gsm.c - GSM full rate's row: 33 bytes per 20 ms (RFC 3551 section 4.5.8). */
#include "mixer/codec/codec_internal.h"
#include "mixer/codec/conceal.h"

#include <errno.h>
#include <gsm/gsm.h>
#include <stdlib.h>
#include <string.h>

enum {
    RATE_HZ = 8000,
    FRAME = RATE_HZ / 50,
    FRAME_MS = 20,
    FRAME_BYTES = sizeof(gsm_frame),
    MAX_FRAMES = CODEC_MAX_PACKET_MS / FRAME_MS,
};

/* ---- encoder ---- */

struct codec_encoder {
    gsm state;
};

static void encoder_destroy(struct codec_encoder *encoder)
{
    if (encoder && encoder->state)
        gsm_destroy(encoder->state);
    free(encoder);
}

static int encoder_create(const struct codec_params *params, struct codec_encoder **encoder)
{
    if (params->ptime_ms % FRAME_MS)
        return -EINVAL;
    struct codec_encoder *made = calloc(1, sizeof(*made));
    if (!made || !(made->state = gsm_create())) {
        encoder_destroy(made);
        return -ENOMEM;
    }
    *encoder = made;
    return 0;
}

static int encode(struct codec_encoder *encoder, const int16_t *pcm, unsigned samples,
                  uint8_t *out, size_t room)
{
    const unsigned frames = samples / FRAME;
    if (!frames || samples % FRAME || frames > MAX_FRAMES)
        return -EINVAL;
    if ((size_t)frames * FRAME_BYTES > room)
        return -ENOBUFS;
    for (unsigned i = 0; i < frames; i++) {
        gsm_signal frame[FRAME]; /* libgsm's are not const */
        memcpy(frame, pcm + i * FRAME, sizeof(frame));
        gsm_encode(encoder->state, frame, out + i * FRAME_BYTES);
    }
    return (int)(frames * FRAME_BYTES);
}

/* ---- decoder ---- */

struct codec_decoder {
    gsm state;
    struct conceal *conceal;
};

static void decoder_destroy(struct codec_decoder *decoder)
{
    if (!decoder)
        return;
    if (decoder->state)
        gsm_destroy(decoder->state);
    conceal_destroy(decoder->conceal);
    free(decoder);
}

static int decoder_create(const struct codec_params *params, struct codec_decoder **decoder)
{
    (void)params;
    struct codec_decoder *made = calloc(1, sizeof(*made));
    if (!made || !(made->state = gsm_create()) || !(made->conceal = conceal_create(RATE_HZ))) {
        decoder_destroy(made);
        return -ENOMEM;
    }
    *decoder = made;
    return 0;
}

/* Each frame begins with the signature 0xD. */
static int payload_samples(const uint8_t *payload, size_t length)
{
    if (!length || length % FRAME_BYTES || length / FRAME_BYTES > MAX_FRAMES)
        return -EBADMSG;
    for (size_t at = 0; at < length; at += FRAME_BYTES) {
        if (payload[at] >> 4 != GSM_MAGIC)
            return -EBADMSG;
    }
    return (int)(length / FRAME_BYTES * FRAME);
}

static int decode(struct codec_decoder *decoder, const uint8_t *payload, size_t length,
                  int16_t *pcm, unsigned samples)
{
    (void)length;
    for (unsigned i = 0; i < samples / FRAME; i++) {
        gsm_frame frame; /* libgsm's are not const */
        memcpy(frame, payload + i * FRAME_BYTES, FRAME_BYTES);
        if (gsm_decode(decoder->state, frame, pcm + i * FRAME) < 0)
            return -EBADMSG;
    }
    conceal_heard(decoder->conceal, pcm, samples);
    return (int)samples;
}

static void conceal(struct codec_decoder *decoder, int16_t *pcm, unsigned samples)
{
    conceal_make(decoder->conceal, pcm, samples);
}

const struct codec codec_gsm = {
    .name = "GSM",
    .rtp_clock_hz = RATE_HZ,
    .sdp_channels = 1,
    .sample_rate_hz = RATE_HZ,
    .static_payload_type = 3,
    .preferred_payload_type = 3,
    .max_payload_bytes = MAX_FRAMES * FRAME_BYTES,
    .max_channels = 1,
    .frame_ms = FRAME_MS,
    .encodes_alone = true, /* libgsm's state is its own, of a size it does not tell */
    .fmtp_read = codec_fmtp_read_none,
    .fmtp_write = codec_fmtp_write_none,
    .encoder_create = encoder_create,
    .encoder_destroy = encoder_destroy,
    .encode = encode,
    .decoder_create = decoder_create,
    .decoder_destroy = decoder_destroy,
    .decode = decode,
    .conceal = conceal,
    .payload_samples = payload_samples,
};
