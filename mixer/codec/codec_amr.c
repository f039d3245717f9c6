/* codec_amr.c - rows AMR (8 kHz) and AMR-WB (16 kHz), RFC 4867. */
#include "mixer/codec/amr_payload.h"
#include "mixer/codec/codec_internal.h"
#include "mixer/codec/plc.h"

#include "mixer/base/fmtp.h"

#include <errno.h>
#include <opencore-amrnb/interf_dec.h>
#include <opencore-amrnb/interf_enc.h>
#include <opencore-amrwb/dec_if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vo-amrwbenc/enc_if.h>

enum {
    FRAME_MS = 20,
    MAX_FRAME = 320, /* samples */
    NARROW_MODES = 8,
    WIDE_MODES = 9,
    NARROW_SID = 8, /* type of a frame that describes the far end's noise */
    WIDE_SID = 9,
};

/* What differs between the two. */
struct band {
    const uint16_t *bits_of_type;
    unsigned frame; /* samples */
    unsigned modes;
    unsigned sid;
    void *(*encoder_init)(void);
    void (*encoder_exit)(void *state);
    void (*encode)(void *state, unsigned mode, const int16_t *pcm, uint8_t *frame);
    void *(*decoder_init)(void);
    void (*decoder_exit)(void *state);
    void (*decode)(void *state, const uint8_t *frame, int16_t *pcm, bool is_lost);
};

/* ---- the libraries ---- */

static void *narrow_encoder_init(void)
{
    return Encoder_Interface_init(0);
}

static void narrow_encode(void *state, unsigned mode, const int16_t *pcm, uint8_t *frame)
{
    Encoder_Interface_Encode(state, (enum Mode)mode, pcm, frame, 0);
}

/* A lost frame is told by its type; the library does not look at its flag. */
static void narrow_decode(void *state, const uint8_t *frame, int16_t *pcm, bool is_lost)
{
    Decoder_Interface_Decode(state, frame, pcm, is_lost);
}

static void wide_encode(void *state, unsigned mode, const int16_t *pcm, uint8_t *frame)
{
    E_IF_encode(state, (int)mode, pcm, frame, 0);
}

static void wide_decode(void *state, const uint8_t *frame, int16_t *pcm, bool is_lost)
{
    D_IF_decode(state, frame, pcm, is_lost);
}

static const struct band narrow = {
    .bits_of_type = amr_payload_narrow,
    .frame = MAX_FRAME / 2,
    .modes = NARROW_MODES,
    .sid = NARROW_SID,
    .encoder_init = narrow_encoder_init,
    .encoder_exit = Encoder_Interface_exit,
    .encode = narrow_encode,
    .decoder_init = Decoder_Interface_init,
    .decoder_exit = Decoder_Interface_exit,
    .decode = narrow_decode,
};

static const struct band wide = {
    .bits_of_type = amr_payload_wide,
    .frame = MAX_FRAME,
    .modes = WIDE_MODES,
    .sid = WIDE_SID,
    .encoder_init = E_IF_init,
    .encoder_exit = E_IF_exit,
    .encode = wide_encode,
    .decoder_init = D_IF_init,
    .decoder_exit = D_IF_exit,
    .decode = wide_decode,
};

/* ---- a=fmtp (RFC 4867 section 8.1) ---- */

static bool is_on(const char *fmtp, const char *name)
{
    unsigned value;
    int error = fmtp_number(fmtp, name, &value);
    return error == -EINVAL || (error == 0 && value != 0);
}

/* "0,2,5,7" as bits. @return 0 if it is no list of modes. */
static unsigned modes_of(const char *list, unsigned modes)
{
    unsigned set = 0;
    for (const char *at = list;; at++) {
        char *end;
        unsigned long mode = strtoul(at, &end, 10);
        if (end == at || mode >= modes)
            return 0;
        set |= 1u << mode;
        if (*end == '\0')
            return set;
        if (*end != ',')
            return 0;
        at = end;
    }
}

/* What asks for a payload that we do not have is refused whole. */
static int fmtp_read(const struct band *band, const char *fmtp, struct codec_params *params)
{
    char text[CODEC_FMTP_BYTES];
    if (is_on(fmtp, "crc") || is_on(fmtp, "robust-sorting") ||
        fmtp_text(fmtp, "interleaving", text, sizeof(text)) != -ENOENT)
        return -EINVAL;
    int error = fmtp_text(fmtp, "mode-set", text, sizeof(text));
    if (error != -ENOENT) {
        params->mode = error < 0 ? 0 : modes_of(text, band->modes);
        if (!params->mode)
            return -EINVAL;
    }
    params->octet_align = is_on(fmtp, "octet-align");
    return 0;
}

static int narrow_fmtp_read(const char *fmtp, struct codec_params *params)
{
    return fmtp_read(&narrow, fmtp, params);
}

static int wide_fmtp_read(const char *fmtp, struct codec_params *params)
{
    return fmtp_read(&wide, fmtp, params);
}

/* Both parameters hold for both directions: the answer says them again (section 8.3.1). */
static void fmtp_write(const struct codec_params *far, char *out)
{
    size_t length = 0;
    out[0] = '\0';
    if (far && far->octet_align)
        length = (size_t)snprintf(out, CODEC_FMTP_BYTES, "octet-align=1");
    const char *before = length ? ";mode-set=" : "mode-set=";
    for (unsigned mode = 0; far && mode < WIDE_MODES; mode++) {
        if (far->mode & 1u << mode) {
            length +=
                (size_t)snprintf(out + length, CODEC_FMTP_BYTES - length, "%s%u", before, mode);
            before = ",";
        }
    }
}

/* ---- encoder ---- */

struct codec_encoder {
    const struct band *band;
    void *state;
    unsigned mode;
    bool octet_align;
};

static void encoder_destroy(struct codec_encoder *encoder)
{
    if (encoder && encoder->state)
        encoder->band->encoder_exit(encoder->state);
    free(encoder);
}

/* The best mode that the far end allows and has room for; the least that it allows if none. */
static unsigned mode_of(const struct band *band, const struct codec_params *params)
{
    const unsigned most = params->bitrate_bps ? params->bitrate_bps : UINT32_MAX;
    const unsigned set = params->mode ? params->mode : (1u << band->modes) - 1;
    unsigned mode = band->modes - 1, least = mode;
    for (; mode < band->modes; mode--) {
        if (!(set & 1u << mode))
            continue;
        least = mode;
        if (band->bits_of_type[mode] * (1000 / FRAME_MS) <= most)
            return mode;
    }
    return least;
}

static int encoder_create(const struct band *band, const struct codec_params *params,
                          struct codec_encoder **encoder)
{
    if (params->ptime_ms % FRAME_MS || params->ptime_ms > CODEC_MAX_PACKET_MS)
        return -EINVAL;
    struct codec_encoder *made = calloc(1, sizeof(*made));
    if (!made || !(made->state = band->encoder_init())) {
        free(made);
        return -ENOMEM;
    }
    made->band = band;
    made->mode = mode_of(band, params);
    made->octet_align = params->octet_align;
    *encoder = made;
    return 0;
}

static int narrow_encoder_create(const struct codec_params *params,
                                 struct codec_encoder **encoder)
{
    return encoder_create(&narrow, params, encoder);
}

static int wide_encoder_create(const struct codec_params *params,
                               struct codec_encoder **encoder)
{
    return encoder_create(&wide, params, encoder);
}

static int encode(struct codec_encoder *encoder, const int16_t *pcm, unsigned samples,
                  uint8_t *out, size_t room)
{
    const struct band *band = encoder->band;
    const unsigned count = samples / band->frame;
    uint8_t frames[AMR_PAYLOAD_MAX_FRAMES][AMR_PAYLOAD_FRAME_BYTES];
    if (!count || samples % band->frame || count > AMR_PAYLOAD_MAX_FRAMES)
        return -EINVAL;
    for (unsigned i = 0; i < count; i++)
        band->encode(encoder->state, encoder->mode, pcm + i * band->frame, frames[i]);
    return amr_payload_write(band->bits_of_type, encoder->octet_align,
                             (const uint8_t(*)[AMR_PAYLOAD_FRAME_BYTES])frames, count, out,
                             room);
}

/* ---- decoder ---- */

struct codec_decoder {
    const struct band *band;
    void *state;
    bool octet_align;
    bool is_noise; /* the far end's last frame was a SID */
    struct plc plc;
};

static void decoder_destroy(struct codec_decoder *decoder)
{
    if (decoder && decoder->state)
        decoder->band->decoder_exit(decoder->state);
    free(decoder);
}

static int decoder_create(const struct band *band, const struct codec_params *params,
                          struct codec_decoder **decoder)
{
    struct codec_decoder *made = calloc(1, sizeof(*made));
    if (!made || !(made->state = band->decoder_init())) {
        free(made);
        return -ENOMEM;
    }
    made->band = band;
    made->octet_align = params->octet_align;
    plc_init(&made->plc, band->frame * (1000 / FRAME_MS), band->frame);
    *decoder = made;
    return 0;
}

static int narrow_decoder_create(const struct codec_params *params,
                                 struct codec_decoder **decoder)
{
    return decoder_create(&narrow, params, decoder);
}

static int wide_decoder_create(const struct codec_params *params,
                               struct codec_decoder **decoder)
{
    return decoder_create(&wide, params, decoder);
}

static int payload_samples(const struct band *band, const uint8_t *payload, size_t length)
{
    const int frames = amr_payload_count(band->bits_of_type, payload, length);
    return frames < 0 ? frames : frames * (int)band->frame;
}

static int narrow_payload_samples(const uint8_t *payload, size_t length)
{
    return payload_samples(&narrow, payload, length);
}

static int wide_payload_samples(const uint8_t *payload, size_t length)
{
    return payload_samples(&wide, payload, length);
}

/* Of a frame that was not sent, between SIDs the library makes noise, else what it has from the
 * last frames. */
static void not_sent(struct codec_decoder *decoder, int16_t *frame)
{
    static const uint8_t no_data[AMR_PAYLOAD_FRAME_BYTES] = {AMR_PAYLOAD_NO_DATA << 3 | 1 << 2};
    decoder->band->decode(decoder->state, no_data, frame, !decoder->is_noise);
}

static void decode_frame(struct codec_decoder *decoder, const struct amr_payload *payload,
                         unsigned i, int16_t *pcm)
{
    uint8_t frame[AMR_PAYLOAD_FRAME_BYTES];
    const unsigned type = amr_payload_frame(payload, i, frame);
    if (!amr_payload_is_good(frame) || decoder->band->bits_of_type[type] == 0) {
        not_sent(decoder, pcm);
        return;
    }
    decoder->is_noise = type == decoder->band->sid;
    decoder->band->decode(decoder->state, frame, pcm, false);
}

static int decode(struct codec_decoder *decoder, const uint8_t *data, size_t length,
                  int16_t *pcm, unsigned samples)
{
    const struct band *band = decoder->band;
    struct amr_payload payload;
    int error =
        amr_payload_read(&payload, band->bits_of_type, decoder->octet_align, data, length);
    if (error)
        return error;
    if (payload.count * band->frame > samples)
        return -ENOBUFS;
    for (unsigned i = 0; i < payload.count; i++)
        decode_frame(decoder, &payload, i, pcm + i * band->frame);
    plc_heard(&decoder->plc, pcm, payload.count * band->frame);
    return (int)(payload.count * band->frame);
}

static void conceal(struct codec_decoder *decoder, int16_t *pcm, unsigned samples)
{
    (decoder->is_noise ? plc_noise : plc_make)(&decoder->plc, not_sent, decoder, pcm, samples);
}

/* encodes_alone: the libraries' states are their own. */
#define AMR_ROW(band_name, rate_hz, type, max_bytes, reads, makes_encoder, makes_decoder,      \
                samples)                                                                       \
    {                                                                                          \
        .name = band_name, .rtp_clock_hz = rate_hz, .sdp_channels = 1,                         \
        .sample_rate_hz = rate_hz, .static_payload_type = -1, .preferred_payload_type = type,  \
        .max_payload_bytes = max_bytes, .max_channels = 1, .frame_ms = FRAME_MS,               \
        .encodes_alone = true, .fmtp_read = reads, .fmtp_write = fmtp_write,                   \
        .encoder_create = makes_encoder, .encoder_destroy = encoder_destroy, .encode = encode, \
        .decoder_create = makes_decoder, .decoder_destroy = decoder_destroy, .decode = decode, \
        .conceal = conceal, .payload_samples = samples,                                        \
    }

/* 120 ms, octet-aligned: a request and 6 frames, each with its entry. */
const struct codec codec_amr =
    AMR_ROW("AMR", 8000, 102, 1 + 6 * 32, narrow_fmtp_read, narrow_encoder_create,
            narrow_decoder_create, narrow_payload_samples);
const struct codec codec_amr_wb =
    AMR_ROW("AMR-WB", 16000, 104, 1 + 6 * 61, wide_fmtp_read, wide_encoder_create,
            wide_decoder_create, wide_payload_samples);
