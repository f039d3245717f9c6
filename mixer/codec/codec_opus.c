/* codec_opus.c - Opus' row (RFC 7587): 48 kHz mono with us, "opus/48000/2" in SDP always. */
#include "mixer/codec/codec_internal.h"
#include "mixer/codec/fmtp.h"

#include <errno.h>
#include <opus/opus.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RATE_HZ = 48000,
    PER_MS = RATE_HZ / 1000,
    COMPLEXITY = 5,            /* of 10: half of the CPU of 10 for a difference few can hear */
    LOSS_PERCENT = 10,         /* expected: what FEC is dimensioned for */
    MIN_BITRATE_BPS = 6000,    /* RFC 7587 section 6.1, maxaveragebitrate */
    MAX_BITRATE_BPS = 64000,   /* more cannot be heard of one voice */
    PLC_STEP = 10 * PER_MS,    /* libopus clicks if its SILK part conceals less at once */
    PLC_WHOLE = 40 * PER_MS,   /* concealed audio fades from here ... */
    PLC_SILENT = 100 * PER_MS, /* ... to here */
    PLC_BLEND = 5 * PER_MS,
    DTX_MAX_BYTES = 2, /* of a packet that libopus says need not be sent */
    PACK_FRAME = 10 * PER_MS,
};

/* What is worth coding for a far end that plays no more than this (RFC 7587 section 3.1.1). */
struct band {
    unsigned max_rate_hz;
    int bandwidth;
    unsigned bitrate_bps;
};

static const struct band bands[] = {
    {8000, OPUS_BANDWIDTH_NARROWBAND, 12000},  {12000, OPUS_BANDWIDTH_MEDIUMBAND, 16000},
    {16000, OPUS_BANDWIDTH_WIDEBAND, 20000},   {24000, OPUS_BANDWIDTH_SUPERWIDEBAND, 28000},
    {RATE_HZ, OPUS_BANDWIDTH_FULLBAND, 32000},
};

/* ---- a=fmtp ---- */

static bool flag(const char *fmtp, const char *name)
{
    unsigned value;
    return fmtp_number(fmtp, name, &value) == 0 && value == 1;
}

static int fmtp_read(const char *fmtp, struct codec_params *params)
{
    unsigned value;
    if (fmtp_number(fmtp, "maxaveragebitrate", &value) == 0 && value >= MIN_BITRATE_BPS)
        params->bitrate_bps = value;
    if (fmtp_number(fmtp, "maxplaybackrate", &value) == 0 && value >= bands[0].max_rate_hz)
        params->max_rate_hz = value;
    params->fec = flag(fmtp, "useinbandfec");
    params->dtx = flag(fmtp, "usedtx");
    params->cbr = flag(fmtp, "cbr");
    params->stereo = flag(fmtp, "stereo");
    return 0;
}

/* No useinbandfec while nothing asks the decoder for it: a far end would spend bits in vain. */
static void fmtp_write(const struct codec_params *far, char *out)
{
    (void)far;
    snprintf(out, CODEC_FMTP_BYTES, "maxplaybackrate=48000;stereo=0;sprop-stereo=0");
}

/* ---- encoder ---- */

struct codec_encoder {
    bool dtx;
    bool pack; /* packets of 30 or 50 ms: several frames of 10 ms each */
    OpusRepacketizer *packer;
    alignas(max_align_t) uint8_t state[]; /* of libopus, then of its repacketizer */
};

static OpusEncoder *encoder_state(struct codec_encoder *encoder)
{
    return (OpusEncoder *)(void *)encoder->state;
}

static bool is_one_frame(unsigned samples)
{
    return samples == 10 * PER_MS || samples == 20 * PER_MS || samples == 40 * PER_MS ||
           samples == 60 * PER_MS;
}

static const struct band *band_of(const struct codec_params *params)
{
    const struct band *band = bands;
    const unsigned rate = params->max_rate_hz ? params->max_rate_hz : RATE_HZ;
    while (band->max_rate_hz < rate && band->max_rate_hz < RATE_HZ)
        band++;
    return band;
}

static unsigned bitrate_of(const struct codec_params *params)
{
    unsigned bitrate = params->bitrate_bps;
    if (!bitrate)
        return band_of(params)->bitrate_bps;
    return bitrate < MIN_BITRATE_BPS   ? MIN_BITRATE_BPS
           : bitrate > MAX_BITRATE_BPS ? MAX_BITRATE_BPS
                                       : bitrate;
}

static void configure(OpusEncoder *opus, const struct codec_params *params)
{
    opus_encoder_ctl(opus, OPUS_SET_BITRATE((opus_int32)bitrate_of(params)));
    opus_encoder_ctl(opus, OPUS_SET_COMPLEXITY(COMPLEXITY));
    opus_encoder_ctl(opus, OPUS_SET_LSB_DEPTH(16));
    opus_encoder_ctl(opus, OPUS_SET_MAX_BANDWIDTH(band_of(params)->bandwidth));
    opus_encoder_ctl(opus, OPUS_SET_VBR(!params->cbr));
    opus_encoder_ctl(opus, OPUS_SET_DTX(params->dtx));
    opus_encoder_ctl(opus, OPUS_SET_INBAND_FEC(params->fec));
    opus_encoder_ctl(opus, OPUS_SET_PACKET_LOSS_PERC(params->fec ? LOSS_PERCENT : 0));
}

static int encoder_create(const struct codec_params *params, struct codec_encoder **encoder)
{
    const unsigned ptime_ms = params->ptime_ms ? params->ptime_ms : 20;
    if (ptime_ms % 10 || ptime_ms < 10 || ptime_ms > 60)
        return -EINVAL;
    const size_t align = alignof(max_align_t);
    const size_t state_bytes = ((size_t)opus_encoder_get_size(1) + align - 1) / align * align;
    struct codec_encoder *made =
        calloc(1, sizeof(*made) + state_bytes + (size_t)opus_repacketizer_get_size());
    if (!made)
        return -ENOMEM;
    made->dtx = params->dtx;
    made->pack = !is_one_frame(ptime_ms * PER_MS);
    made->packer = (OpusRepacketizer *)(void *)(made->state + state_bytes);
    /* Frames of one packet must be of one mode (RFC 6716 section 3.2): low delay has but one.
     */
    int application = made->pack ? OPUS_APPLICATION_RESTRICTED_LOWDELAY : OPUS_APPLICATION_VOIP;
    if (opus_encoder_init(encoder_state(made), RATE_HZ, 1, application) != OPUS_OK) {
        free(made);
        return -EINVAL;
    }
    configure(encoder_state(made), params);
    *encoder = made;
    return 0;
}

static void encoder_destroy(struct codec_encoder *encoder)
{
    free(encoder);
}

static int error_of(int opus_error)
{
    return opus_error == OPUS_BUFFER_TOO_SMALL ? -ENOBUFS : -EINVAL;
}

static int encode_packed(struct codec_encoder *encoder, const int16_t *pcm, unsigned samples,
                         uint8_t *out, size_t room)
{
    uint8_t frame[60 / 10][CODEC_MAX_PAYLOAD_BYTES / 4]; /* 64 kbit/s: 80 bytes on average */
    opus_repacketizer_init(encoder->packer);
    for (unsigned i = 0; i < samples / PACK_FRAME; i++) {
        int bytes = opus_encode(encoder_state(encoder), pcm + i * PACK_FRAME, PACK_FRAME,
                                frame[i], sizeof(frame[i]));
        if (bytes > 0)
            bytes = opus_repacketizer_cat(encoder->packer, frame[i], bytes);
        if (bytes < 0)
            return error_of(bytes);
    }
    int bytes = opus_repacketizer_out(encoder->packer, out, (opus_int32)room);
    return bytes < 0 ? error_of(bytes) : bytes;
}

static int encode(struct codec_encoder *encoder, const int16_t *pcm, unsigned samples,
                  uint8_t *out, size_t room)
{
    if (room > CODEC_MAX_PAYLOAD_BYTES)
        room = CODEC_MAX_PAYLOAD_BYTES;
    if (encoder->pack && samples && samples % PACK_FRAME == 0 && samples <= 60 * PER_MS)
        return encode_packed(encoder, pcm, samples, out, room);
    if (!is_one_frame(samples))
        return -EINVAL;
    int bytes = opus_encode(encoder_state(encoder), pcm, (int)samples, out, (opus_int32)room);
    if (bytes < 0)
        return error_of(bytes);
    return encoder->dtx && bytes <= DTX_MAX_BYTES ? 0 : bytes;
}

/* ---- decoder ---- */

struct codec_decoder {
    unsigned made;           /* samples concealed since a packet was decoded               */
    unsigned spare_count;    /* concealed, not yet asked for: the rest of a step of 10 ms */
    int16_t spare[PLC_STEP]; /* its end counts                                             */
    alignas(max_align_t) uint8_t state[]; /* of libopus */
};

static OpusDecoder *decoder_state(struct codec_decoder *decoder)
{
    return (OpusDecoder *)(void *)decoder->state;
}

static int decoder_create(const struct codec_params *params, struct codec_decoder **decoder)
{
    (void)params;
    struct codec_decoder *made = calloc(1, sizeof(*made) + (size_t)opus_decoder_get_size(1));
    if (!made)
        return -ENOMEM;
    if (opus_decoder_init(decoder_state(made), RATE_HZ, 1) != OPUS_OK) {
        free(made);
        return -EINVAL;
    }
    *decoder = made;
    return 0;
}

static void decoder_destroy(struct codec_decoder *decoder)
{
    free(decoder);
}

static int payload_samples(const uint8_t *payload, size_t length)
{
    opus_int16 sizes[48];
    if (!length || length > CODEC_MAX_PAYLOAD_BYTES)
        return -EBADMSG;
    int frames = opus_packet_parse(payload, (opus_int32)length, NULL, NULL, sizes, NULL);
    if (frames < 1)
        return -EBADMSG;
    return frames * opus_packet_get_samples_per_frame(payload, RATE_HZ); /* at most 120 ms */
}

/* libopus' own concealment of music ends in a low hum; a line that is gone is silent. */
static int fade_of(unsigned made) /* in 1/4096 */
{
    if (made <= PLC_WHOLE)
        return 4096;
    return made >= PLC_SILENT ? 0
                              : (int)(4096 * (PLC_SILENT - made) / (PLC_SILENT - PLC_WHOLE));
}

/* libopus joins what is heard again to what it made up, but the fade was ours. */
static void rise_again(const struct codec_decoder *decoder, int16_t *pcm, unsigned samples)
{
    const int from = fade_of(decoder->made);
    for (int i = 0; from < 4096 && i < PLC_BLEND && i < (int)samples; i++)
        pcm[i] = (int16_t)(pcm[i] * (from + (4096 - from) * i / PLC_BLEND) / 4096);
}

static int decode(struct codec_decoder *decoder, const uint8_t *payload, size_t length,
                  int16_t *pcm, unsigned room)
{
    int samples = payload_samples(payload, length);
    if (samples < 0)
        return samples;
    if ((unsigned)samples > room)
        return -ENOBUFS;
    samples =
        opus_decode(decoder_state(decoder), payload, (opus_int32)length, pcm, (int)room, 0);
    if (samples < 0)
        return -EBADMSG;
    rise_again(decoder, pcm, (unsigned)samples);
    decoder->made = decoder->spare_count = 0;
    return samples;
}

/* The next step of libopus' own concealment becomes the spare. */
static void conceal_step(struct codec_decoder *decoder)
{
    if (opus_decode(decoder_state(decoder), NULL, 0, decoder->spare, PLC_STEP, 0) != PLC_STEP)
        memset(decoder->spare, 0, sizeof(decoder->spare));
    decoder->spare_count = PLC_STEP;
}

static void conceal(struct codec_decoder *decoder, int16_t *pcm, unsigned samples)
{
    for (unsigned i = 0; i < samples; i++) {
        if (decoder->made >= PLC_SILENT) {
            memset(pcm + i, 0, (samples - i) * sizeof(*pcm));
            return;
        }
        if (!decoder->spare_count)
            conceal_step(decoder);
        int32_t made_up = decoder->spare[PLC_STEP - decoder->spare_count--];
        pcm[i] = (int16_t)(made_up * fade_of(decoder->made++) / 4096);
    }
}

const struct codec codec_opus = {
    .name = "opus",
    .rtp_clock_hz = RATE_HZ,
    .sdp_channels = 2,
    .sample_rate_hz = RATE_HZ,
    .static_payload_type = -1,
    .preferred_payload_type = 111,
    .max_payload_bytes = 1275, /* the longest frame of RFC 6716; packets of several are rare */
    .max_channels = 1,
    .frame_ms = 10,
    .is_offered = true,
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
