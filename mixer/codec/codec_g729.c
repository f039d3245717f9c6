/* codec_g729.c - G.729 with annexes A and B: 10 bytes per 10 ms (RFC 3551 section 4.5.6). */
#include "mixer/codec/codec_internal.h"
#include "mixer/codec/plc.h"

#include "mixer/base/fmtp.h"

#include <bcg729/decoder.h>
#include <bcg729/encoder.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum {
    RATE_HZ = 8000,
    FRAME = RATE_HZ / 100,
    FRAME_MS = 10,
    FRAME_BYTES = 10,
    SID_BYTES = 2, /* annex B: how the noise is while nobody speaks; only at a packet's end */
    MAX_FRAMES = CODEC_MAX_PACKET_MS / FRAME_MS,
};

/* ---- a=fmtp (RFC 4856 section 2.1.9, RFC 7261) ---- */

static int fmtp_read(const char *fmtp, struct codec_params *params)
{
    char annexb[8];
    params->dtx =
        fmtp_text(fmtp, "annexb", annexb, sizeof(annexb)) < 0 || strcasecmp(annexb, "no") != 0;
    return 0;
}

/* Who said no gets no: RFC 7261 section 3.2. */
static void fmtp_write(const struct codec_params *far, char *out)
{
    snprintf(out, CODEC_FMTP_BYTES, "annexb=%s", far && !far->dtx ? "no" : "yes");
}

/* ---- encoder ---- */

struct codec_encoder {
    bcg729EncoderChannelContextStruct *state;
};

static void encoder_destroy(struct codec_encoder *encoder)
{
    if (encoder && encoder->state)
        closeBcg729EncoderChannel(encoder->state);
    free(encoder);
}

/* Annex B is not used in sending: a packet cannot hold a pause that ends within it. */
static int encoder_create(const struct codec_params *params, struct codec_encoder **encoder)
{
    if (params->ptime_ms % FRAME_MS)
        return -EINVAL;
    struct codec_encoder *made = calloc(1, sizeof(*made));
    if (!made || !(made->state = initBcg729EncoderChannel(0))) {
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
        uint8_t length;
        bcg729Encoder(encoder->state, pcm + i * FRAME, out + i * FRAME_BYTES, &length);
    }
    return (int)(frames * FRAME_BYTES);
}

/* ---- decoder ---- */

struct codec_decoder {
    bcg729DecoderChannelContextStruct *state;
    bool is_noise; /* the far end's last frame was a SID */
    struct plc plc;
};

static void decoder_destroy(struct codec_decoder *decoder)
{
    if (decoder && decoder->state)
        closeBcg729DecoderChannel(decoder->state);
    free(decoder);
}

static int decoder_create(const struct codec_params *params, struct codec_decoder **decoder)
{
    (void)params;
    struct codec_decoder *made = calloc(1, sizeof(*made));
    if (!made || !(made->state = initBcg729DecoderChannel())) {
        decoder_destroy(made);
        return -ENOMEM;
    }
    plc_init(&made->plc, RATE_HZ, FRAME);
    *decoder = made;
    return 0;
}

static int payload_samples(const uint8_t *payload, size_t length)
{
    (void)payload; /* every bit pattern is a frame */
    const size_t rest = length % FRAME_BYTES, frames = length / FRAME_BYTES + (rest > 0);
    return frames && frames <= MAX_FRAMES && (rest == 0 || rest == SID_BYTES)
               ? (int)(frames * FRAME)
               : -EBADMSG;
}

static int decode(struct codec_decoder *decoder, const uint8_t *payload, size_t length,
                  int16_t *pcm, unsigned samples)
{
    for (unsigned i = 0; i < samples / FRAME; i++) {
        const size_t at = (size_t)i * FRAME_BYTES;
        decoder->is_noise = length - at == SID_BYTES;
        bcg729Decoder(decoder->state, payload + at, decoder->is_noise ? SID_BYTES : FRAME_BYTES,
                      0, decoder->is_noise, 0, pcm + i * FRAME);
    }
    plc_heard(&decoder->plc, pcm, samples);
    return (int)samples;
}

/* Between SIDs the library makes noise, else what it has from the last frames. */
static void erased(struct codec_decoder *decoder, int16_t *frame)
{
    bcg729Decoder(decoder->state, NULL, 0, 1, 0, 0, frame);
}

static void conceal(struct codec_decoder *decoder, int16_t *pcm, unsigned samples)
{
    (decoder->is_noise ? plc_noise : plc_make)(&decoder->plc, erased, decoder, pcm, samples);
}

const struct codec codec_g729 = {
    .name = "G729",
    .rtp_clock_hz = RATE_HZ,
    .sdp_channels = 1,
    .sample_rate_hz = RATE_HZ,
    .static_payload_type = 18,
    .preferred_payload_type = 18,
    .max_payload_bytes = MAX_FRAMES * FRAME_BYTES,
    .max_channels = 1,
    .frame_ms = FRAME_MS,
    .encodes_alone = true, /* bcg729's state is its own, of a size it does not tell */
    .fmtp_read = fmtp_read,
    .fmtp_write = fmtp_write,
    .encoder_create = encoder_create,
    .encoder_destroy = encoder_destroy,
    .encode = encode,
    .decoder_create = decoder_create,
    .decoder_destroy = decoder_destroy,
    .decode = decode,
    .conceal = conceal,
    .payload_samples = payload_samples,
};
