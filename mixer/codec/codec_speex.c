/* codec_speex.c - Speex' rows: narrowband at 8 kHz, wideband at 16 kHz (RFC 5574). */
#include "mixer/codec/codec_internal.h"
#include "mixer/codec/plc.h"

#include "mixer/base/fmtp.h"

#include <errno.h>
#include <speex/speex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRAME_MS = 20,
    MAX_FRAME = 320, /* samples */
    MAX_FRAMES = CODEC_MAX_PACKET_MS / FRAME_MS,
    MAX_FRAME_BYTES = 106, /* wideband at quality 10, 42200 bit/s */
    NARROW_MODE = 3,       /* RFC 5574 section 3, mode: what no parameter stands for */
    WIDE_QUALITY = 8,
    MAX_NARROW_MODE = 8,
    MAX_WIDE_QUALITY = 10,
};

/* ---- a=fmtp ---- */

/* The first mode of the list is what the far end likes best. vbr and cng say what it would like
 * besides; a constant rate without gaps suits all. params->mode is that mode + 1. */
static int read_mode(const char *fmtp, unsigned most, struct codec_params *params)
{
    char modes[CODEC_FMTP_BYTES], *end;
    if (fmtp_text(fmtp, "mode", modes, sizeof(modes)) < 0)
        return 0;
    unsigned long first = strtoul(modes, &end, 10);
    if (end != modes && (*end == ',' || *end == '\0') && first <= most)
        params->mode = (unsigned)first + 1;
    return 0;
}

static int narrow_fmtp_read(const char *fmtp, struct codec_params *params)
{
    return read_mode(fmtp, MAX_NARROW_MODE, params);
}

static int wide_fmtp_read(const char *fmtp, struct codec_params *params)
{
    return read_mode(fmtp, MAX_WIDE_QUALITY, params);
}

/* 18.2 kbit/s: without it the far end would send 8 (mode 3), which sounds of tin. */
static void narrow_fmtp_write(const struct codec_params *far, char *out)
{
    (void)far;
    snprintf(out, CODEC_FMTP_BYTES, "mode=\"6,any\"");
}

/* ---- encoder ---- */

struct codec_encoder {
    void *state;
    unsigned frame; /* samples */
    SpeexBits bits;
    char buffer[MAX_FRAMES * MAX_FRAME_BYTES + 8]; /* of bits; libspeex wants some spare */
};

static void encoder_destroy(struct codec_encoder *encoder)
{
    if (encoder && encoder->state)
        speex_encoder_destroy(encoder->state);
    free(encoder);
}

static void configure(struct codec_encoder *encoder, bool wide,
                      const struct codec_params *params)
{
    spx_int32_t wish = params->mode ? (spx_int32_t)params->mode - 1
                       : wide       ? WIDE_QUALITY
                                    : NARROW_MODE;
    spx_int32_t rate, most = (spx_int32_t)params->bitrate_bps;
    speex_encoder_ctl(encoder->state, wide ? SPEEX_SET_QUALITY : SPEEX_SET_MODE, &wish);
    speex_encoder_ctl(encoder->state, SPEEX_GET_BITRATE, &rate);
    if (most > 0 && rate > most)
        speex_encoder_ctl(encoder->state, SPEEX_SET_BITRATE, &most);
}

static int encoder_create(bool wide, const struct codec_params *params,
                          struct codec_encoder **encoder)
{
    if (params->ptime_ms % FRAME_MS || params->ptime_ms > CODEC_MAX_PACKET_MS)
        return -EINVAL;
    struct codec_encoder *made = calloc(1, sizeof(*made));
    if (!made || !(made->state = speex_encoder_init(
                       speex_lib_get_mode(wide ? SPEEX_MODEID_WB : SPEEX_MODEID_NB)))) {
        encoder_destroy(made);
        return -ENOMEM;
    }
    made->frame = wide ? MAX_FRAME : MAX_FRAME / 2;
    speex_bits_init_buffer(&made->bits, made->buffer, sizeof(made->buffer));
    configure(made, wide, params);
    *encoder = made;
    return 0;
}

static int narrow_encoder_create(const struct codec_params *params,
                                 struct codec_encoder **encoder)
{
    return encoder_create(false, params, encoder);
}

static int wide_encoder_create(const struct codec_params *params,
                               struct codec_encoder **encoder)
{
    return encoder_create(true, params, encoder);
}

static int encode(struct codec_encoder *encoder, const int16_t *pcm, unsigned samples,
                  uint8_t *out, size_t room)
{
    const unsigned frames = samples / encoder->frame;
    if (!frames || samples % encoder->frame || frames > MAX_FRAMES)
        return -EINVAL;
    speex_bits_reset(&encoder->bits);
    for (unsigned i = 0; i < frames; i++) {
        int16_t frame[MAX_FRAME]; /* libspeex' are not const */
        memcpy(frame, pcm + i * encoder->frame, encoder->frame * sizeof(*frame));
        speex_encode_int(encoder->state, frame, &encoder->bits);
    }
    speex_bits_insert_terminator(&encoder->bits); /* the padding of RFC 5574 section 2.2 */
    const int bytes = speex_bits_nbytes(&encoder->bits);
    if ((size_t)bytes > room)
        return -ENOBUFS;
    memcpy(out, encoder->buffer, (size_t)bytes);
    return bytes;
}

/* ---- what a payload holds ----
 *
 * libspeex complains on stderr about what it cannot read, so it is shown only what it can:
 * requests and frames, each beginning with its kind, and in wideband a layer behind a frame. */

struct reader {
    const uint8_t *payload;
    size_t left, at; /* bits */
};

static unsigned look(const struct reader *reader, unsigned skip, unsigned bits)
{
    unsigned value = 0;
    for (size_t at = reader->at + skip; bits--; at++)
        value = value << 1 | ((unsigned)reader->payload[at / 8] >> (7 - at % 8) & 1);
    return value;
}

static bool pass(struct reader *reader, unsigned bits)
{
    if (!bits || bits > reader->left)
        return false;
    reader->left -= bits;
    reader->at += bits;
    return true;
}

/* The layer behind a frame that makes it wide, if there is one: 1, 3 bits of submode. */
static bool pass_layer(struct reader *reader)
{
    static const uint16_t bits[8] = {4, 36, 112, 192, 352};
    if (reader->left < 4 || !look(reader, 0, 1))
        return true;
    return pass(reader, bits[look(reader, 1, 3)]);
}

/* A request: 0, 13 or 14, what it is about, and then as much as that says. */
static bool pass_request(struct reader *reader, bool is_users)
{
    static const uint8_t bits[16] = {1, 1, 4, 4, 4, 4, 4, 4, 8, 8, 16, 16, 32, 32, 64, 64};
    if (reader->left < 9)
        return false;
    const unsigned about = look(reader, 5, 4);
    return pass(reader, 9 + (is_users ? 5 + 8 * about : bits[about]));
}

/* @return frames in the payload, -EBADMSG if it is none of Speex. */
static int count_frames(bool wide, const uint8_t *payload, size_t length)
{
    enum { KIND_BITS = 5, USERS_REQUEST = 13, REQUEST = 14, TERMINATOR = 15 };
    static const uint16_t bits[32] = {5, 43, 119, 160, 220, 300, 364, 492, 79};
    struct reader reader = {.payload = payload, .left = length * 8};
    int frames = 0;
    if (length > CODEC_MAX_PAYLOAD_BYTES)
        return -EBADMSG;
    while (reader.left >= KIND_BITS) {
        const unsigned kind = look(&reader, 0, KIND_BITS); /* from 16 on: a stray layer */
        if (kind == TERMINATOR)
            break;
        if (kind == REQUEST || kind == USERS_REQUEST) {
            if (!pass_request(&reader, kind == USERS_REQUEST))
                return -EBADMSG;
            continue;
        }
        if (!pass(&reader, bits[kind]) || (wide && !pass_layer(&reader)))
            return -EBADMSG;
        frames++;
    }
    return frames && frames <= MAX_FRAMES ? frames : -EBADMSG;
}

static int payload_samples(int frame, const uint8_t *payload, size_t length)
{
    const int frames = count_frames(frame == MAX_FRAME, payload, length);
    return frames < 0 ? frames : frames * frame;
}

static int narrow_payload_samples(const uint8_t *payload, size_t length)
{
    return payload_samples(MAX_FRAME / 2, payload, length);
}

static int wide_payload_samples(const uint8_t *payload, size_t length)
{
    return payload_samples(MAX_FRAME, payload, length);
}

/* ---- decoder ---- */

struct codec_decoder {
    void *state;
    unsigned frame; /* samples */
    struct plc plc;
};

static void decoder_destroy(struct codec_decoder *decoder)
{
    if (decoder && decoder->state)
        speex_decoder_destroy(decoder->state);
    free(decoder);
}

static int decoder_create(bool wide, struct codec_decoder **decoder)
{
    struct codec_decoder *made = calloc(1, sizeof(*made));
    if (!made || !(made->state = speex_decoder_init(
                       speex_lib_get_mode(wide ? SPEEX_MODEID_WB : SPEEX_MODEID_NB)))) {
        decoder_destroy(made);
        return -ENOMEM;
    }
    made->frame = wide ? MAX_FRAME : MAX_FRAME / 2;
    plc_init(&made->plc, wide ? 16000 : 8000, made->frame);
    *decoder = made;
    return 0;
}

static int narrow_decoder_create(const struct codec_params *params,
                                 struct codec_decoder **decoder)
{
    (void)params;
    return decoder_create(false, decoder);
}

static int wide_decoder_create(const struct codec_params *params,
                               struct codec_decoder **decoder)
{
    (void)params;
    return decoder_create(true, decoder);
}

static int decode(struct codec_decoder *decoder, const uint8_t *payload, size_t length,
                  int16_t *pcm, unsigned samples)
{
    SpeexBits bits;
    speex_bits_set_bit_buffer(&bits, (void *)(uintptr_t)payload, (int)length); /* read only */
    for (unsigned at = 0; at < samples; at += decoder->frame) {
        if (speex_decode_int(decoder->state, &bits, pcm + at) != 0)
            return -EBADMSG;
    }
    plc_heard(&decoder->plc, pcm, samples);
    return (int)samples;
}

static void lost(struct codec_decoder *decoder, int16_t *frame)
{
    speex_decode_int(decoder->state, NULL, frame);
}

static void conceal(struct codec_decoder *decoder, int16_t *pcm, unsigned samples)
{
    plc_make(&decoder->plc, lost, decoder, pcm, samples);
}

#define SPEEX_ROW(rate_hz, type, reads, writes, makes_encoder, makes_decoder, samples)         \
    {                                                                                          \
        .name = "speex", .rtp_clock_hz = rate_hz, .sdp_channels = 1,                           \
        .sample_rate_hz = rate_hz, .static_payload_type = -1, .preferred_payload_type = type,  \
        .max_payload_bytes = MAX_FRAMES * MAX_FRAME_BYTES, .max_channels = 1,                  \
        .frame_ms = FRAME_MS, .encodes_alone = true, .fmtp_read = reads, .fmtp_write = writes, \
        .encoder_create = makes_encoder, .encoder_destroy = encoder_destroy, .encode = encode, \
        .decoder_create = makes_decoder, .decoder_destroy = decoder_destroy, .decode = decode, \
        .conceal = conceal, .payload_samples = samples,                                        \
    }

/* encodes_alone: libspeex' state is full of pointers into itself. */
const struct codec codec_speex_8000 =
    SPEEX_ROW(8000, 110, narrow_fmtp_read, narrow_fmtp_write, narrow_encoder_create,
              narrow_decoder_create, narrow_payload_samples);
const struct codec codec_speex_16000 =
    SPEEX_ROW(16000, 117, wide_fmtp_read, codec_fmtp_write_none, wide_encoder_create,
              wide_decoder_create, wide_payload_samples);
