/* codec_opus.c - Opus' row (RFC 7587): 48 kHz, mono or stereo, "opus/48000/2" in SDP always. */
#include "mixer/codec/codec_internal.h"
#include "mixer/codec/dbov.h"
#include "mixer/codec/opus_payload.h"

#include "mixer/base/fmtp.h"

#include <assert.h>
#include <errno.h>
#include <opus/opus.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RATE_HZ = 48000,
    PER_MS = RATE_HZ / 1000,
    COMPLEXITY = 5,          /* of 10: half of the CPU of 10 for a difference few can hear */
    LOSS_PERCENT = 10,       /* expected until the first report tells better */
    MAX_LOSS_PERCENT = 30,   /* FEC for more would leave too few bits for the voice itself */
    MIN_BITRATE_BPS = 6000,  /* RFC 7587 section 6.1, maxaveragebitrate */
    MAX_BITRATE_BPS = 64000, /* of one channel: more cannot be heard of a voice */
    MAX_CHANNELS = 2,
    PLC_STEP = 10 * PER_MS,    /* libopus clicks if its SILK part conceals less at once */
    PLC_WHOLE = 40 * PER_MS,   /* concealed audio fades from here ... */
    PLC_SILENT = 100 * PER_MS, /* ... to here */
    PLC_BLEND = 5 * PER_MS,
    PLC_RISE = 4, /* times as fast as it fades, what was faded comes back as comfort noise */
    DTX_MAX_BYTES = 2, /* of a packet that libopus says need not be sent */
    DTX_AFTER = 200 * PER_MS,
    DTX_REFRESH = 400 * PER_MS,
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
    params->sends_stereo = flag(fmtp, "sprop-stereo");
    return 0;
}

/* Both are declarations of one direction (RFC 7587 section 7.1): we want stereo of whom says
 * that he sends it, and send it to whom wants it. In an offer we know of neither and say mono:
 * a voice has no width, and who nevertheless wants stereo says so in his answer. */
static void fmtp_write(const struct codec_params *far, char *out)
{
    snprintf(out, CODEC_FMTP_BYTES,
             "maxplaybackrate=48000;stereo=%d;sprop-stereo=%d;useinbandfec=1;usedtx=1",
             far && far->sends_stereo, far && far->stereo);
}

/* ---- encoder ---- */

struct codec_encoder {
    bool dtx;
    bool fec;          /* the far end can make use of it */
    bool pack;         /* packets of 30 or 50 ms: several frames of 10 ms each */
    unsigned channels; /* of the PCM */
    unsigned silent;   /* samples of digital silence encoded in a row, if pack */
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

static unsigned channels_of(bool stereo)
{
    return stereo ? 2 : 1;
}

/* Two channels of one room have much in common: half as much again is enough for both. */
static unsigned bitrate_of(const struct codec_params *params)
{
    const unsigned bitrate = params->bitrate_bps, channels = channels_of(params->stereo);
    const unsigned most = MAX_BITRATE_BPS * channels;
    if (!bitrate)
        return band_of(params)->bitrate_bps * (1 + channels) / 2;
    return bitrate < MIN_BITRATE_BPS ? MIN_BITRATE_BPS : bitrate > most ? most : bitrate;
}

/* FEC is a coarse copy of each packet in the next one, paid from the same bit rate: libopus
 * makes none for a far end that loses nothing. To be told of loss helps without FEC, too:
 * frames are then coded to depend less on those before them. */
static void set_loss(OpusEncoder *opus, bool fec, unsigned percent)
{
    if (percent > MAX_LOSS_PERCENT)
        percent = MAX_LOSS_PERCENT;
    opus_encoder_ctl(opus, OPUS_SET_INBAND_FEC(fec));
    opus_encoder_ctl(opus, OPUS_SET_PACKET_LOSS_PERC((opus_int32)percent));
}

static void configure(OpusEncoder *opus, const struct codec_params *params)
{
    opus_encoder_ctl(opus, OPUS_SET_BITRATE((opus_int32)bitrate_of(params)));
    opus_encoder_ctl(opus, OPUS_SET_COMPLEXITY(COMPLEXITY));
    opus_encoder_ctl(opus, OPUS_SET_LSB_DEPTH(16));
    opus_encoder_ctl(opus, OPUS_SET_MAX_BANDWIDTH(band_of(params)->bandwidth));
    opus_encoder_ctl(opus, OPUS_SET_VBR(!params->cbr));
    opus_encoder_ctl(opus, OPUS_SET_DTX(params->dtx));
    set_loss(opus, params->fec, params->fec ? LOSS_PERCENT : 0);
}

static size_t encoder_state_bytes(unsigned channels)
{
    const size_t align = alignof(max_align_t);
    return ((size_t)opus_encoder_get_size((int)channels) + align - 1) / align * align;
}

static int encoder_create(const struct codec_params *params, struct codec_encoder **encoder)
{
    const unsigned ptime_ms = params->ptime_ms ? params->ptime_ms : 20;
    if (ptime_ms % 10 || ptime_ms < 10 || ptime_ms > 60)
        return -EINVAL;
    const unsigned channels = channels_of(params->stereo);
    const size_t state_bytes = encoder_state_bytes(channels);
    struct codec_encoder *made =
        calloc(1, sizeof(*made) + state_bytes + (size_t)opus_repacketizer_get_size());
    if (!made)
        return -ENOMEM;
    made->dtx = params->dtx;
    made->fec = params->fec;
    made->channels = channels;
    made->pack = !is_one_frame(ptime_ms * PER_MS);
    made->packer = (OpusRepacketizer *)(void *)(made->state + state_bytes);
    /* Frames of one packet must be of one mode (RFC 6716 section 3.2): low delay has but one.
     */
    int application = made->pack ? OPUS_APPLICATION_RESTRICTED_LOWDELAY : OPUS_APPLICATION_VOIP;
    if (opus_encoder_init(encoder_state(made), RATE_HZ, (int)channels, application) !=
        OPUS_OK) {
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

/* libopus' states are flat and may be copied so (opus.h); between packets the packer has none.
 */
static void encoder_copy(struct codec_encoder *to, const struct codec_encoder *from)
{
    assert(to->channels == from->channels && to->pack == from->pack);
    to->silent = from->silent;
    memcpy(to->state, from->state, encoder_state_bytes(from->channels));
}

static void encoder_tune(struct codec_encoder *encoder, unsigned loss_percent)
{
    set_loss(encoder_state(encoder), encoder->fec, loss_percent);
}

static int error_of(int opus_error)
{
    return opus_error == OPUS_BUFFER_TOO_SMALL ? -ENOBUFS : -EINVAL;
}

/* The low-delay coder has no DTX; this one knows digital silence only, as a room of muted
 * people has it. It begins late and sends now and then as that of libopus does. */
static bool may_pause(struct codec_encoder *encoder, unsigned samples, const uint8_t *out,
                      int bytes)
{
    if (!opus_payload_is_quiet(out, (size_t)bytes))
        encoder->silent = 0;
    else if (encoder->silent >= DTX_AFTER + DTX_REFRESH)
        encoder->silent = DTX_AFTER;
    else
        encoder->silent += samples;
    return encoder->silent > DTX_AFTER;
}

static int encode_packed(struct codec_encoder *encoder, const int16_t *pcm, unsigned samples,
                         uint8_t *out, size_t room)
{
    uint8_t frame[60 / 10][CODEC_MAX_PAYLOAD_BYTES / 4]; /* 128 kbit/s: 160 on average */
    opus_repacketizer_init(encoder->packer);
    for (unsigned i = 0; i < samples / PACK_FRAME; i++) {
        int bytes = opus_encode(encoder_state(encoder),
                                pcm + (size_t)i * PACK_FRAME * encoder->channels, PACK_FRAME,
                                frame[i], sizeof(frame[i]));
        if (bytes > 0)
            bytes = opus_repacketizer_cat(encoder->packer, frame[i], bytes);
        if (bytes < 0)
            return error_of(bytes);
    }
    int bytes = opus_repacketizer_out(encoder->packer, out, (opus_int32)room);
    if (bytes < 0)
        return error_of(bytes);
    return encoder->dtx && may_pause(encoder, samples, out, bytes) ? 0 : bytes;
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
    unsigned channels;
    bool is_celt;         /* what was decoded last */
    unsigned made;        /* samples concealed since a packet was decoded              */
    unsigned spare_count; /* concealed, not yet asked for: the rest of a step of 10 ms */
    int16_t spare[PLC_STEP * MAX_CHANNELS]; /* its end counts                          */
    alignas(max_align_t) uint8_t state[];   /* of libopus */
};

static OpusDecoder *decoder_state(struct codec_decoder *decoder)
{
    return (OpusDecoder *)(void *)decoder->state;
}

static int decoder_create(const struct codec_params *params, struct codec_decoder **decoder)
{
    const int channels = (int)channels_of(params->sends_stereo);
    struct codec_decoder *made =
        calloc(1, sizeof(*made) + (size_t)opus_decoder_get_size(channels));
    if (!made)
        return -ENOMEM;
    made->channels = (unsigned)channels;
    if (opus_decoder_init(decoder_state(made), RATE_HZ, channels) != OPUS_OK) {
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
    const int from = fade_of(decoder->made), channels = (int)decoder->channels;
    for (int i = 0; from < 4096 && i < PLC_BLEND && i < (int)samples; i++) {
        for (int c = 0; c < channels; c++, pcm++)
            *pcm = (int16_t)(*pcm * (from + (4096 - from) * i / PLC_BLEND) / 4096);
    }
}

/* Whole packets of libopus' from here on. */
static void heard(struct codec_decoder *decoder, const uint8_t *payload, int16_t *pcm,
                  unsigned samples)
{
    rise_again(decoder, pcm, samples);
    decoder->made = decoder->spare_count = 0;
    decoder->is_celt = opus_payload_is_celt(payload);
}

static int decode(struct codec_decoder *decoder, const uint8_t *payload, size_t length,
                  int16_t *pcm, unsigned samples)
{
    if (opus_decode(decoder_state(decoder), payload, (opus_int32)length, pcm, (int)samples,
                    0) != (int)samples)
        return -EBADMSG;
    heard(decoder, payload, pcm, samples);
    return (int)samples;
}

/* The next sample of libopus' own concealment, of each channel, times fade / 4096. libopus
 * makes 10 ms at once. */
static void make_up(struct codec_decoder *decoder, int fade, int16_t *out)
{
    int16_t *spare = decoder->spare;
    if (!decoder->spare_count) {
        if (opus_decode(decoder_state(decoder), NULL, 0, spare, PLC_STEP, 0) != PLC_STEP)
            memset(spare, 0, sizeof(decoder->spare));
        decoder->spare_count = PLC_STEP;
    }
    spare += (PLC_STEP - decoder->spare_count--) * decoder->channels;
    for (unsigned c = 0; c < decoder->channels; c++)
        out[c] = (int16_t)(spare[c] * fade / 4096);
}

static void conceal(struct codec_decoder *decoder, int16_t *pcm, unsigned samples)
{
    const size_t channels = decoder->channels;
    for (unsigned i = 0; i < samples; i++) {
        if (decoder->made >= PLC_SILENT) {
            memset(pcm + i * channels, 0, (samples - i) * channels * sizeof(*pcm));
            return;
        }
        make_up(decoder, fade_of(decoder->made++), pcm + i * channels);
    }
}

/* After frames without voice libopus' concealment goes over to the noise that they had (its
 * CNG), for as long as it is asked. So there is no fade here; one that had begun is undone. */
static void quiet(struct codec_decoder *decoder, int16_t *pcm, unsigned samples)
{
    for (unsigned i = 0; i < samples; i++) {
        decoder->made -= decoder->made < PLC_RISE ? decoder->made : PLC_RISE;
        make_up(decoder, fade_of(decoder->made), pcm + (size_t)i * decoder->channels);
    }
}

/* The copy is of the last frame before next; what was lost before that is concealed. After a
 * CELT packet libopus makes no use of a copy. */
static int recover(struct codec_decoder *decoder, const uint8_t *next, size_t length,
                   int16_t *pcm, unsigned samples)
{
    const unsigned copied = opus_payload_redundant_samples(next, length);
    if (!copied || copied > samples || decoder->is_celt)
        return -ENODATA;
    conceal(decoder, pcm, samples - copied);
    pcm += (size_t)(samples - copied) * decoder->channels;
    if (opus_decode(decoder_state(decoder), next, (opus_int32)length, pcm, (int)copied, 1) ==
        (int)copied)
        heard(decoder, next, pcm, copied);
    else
        conceal(decoder, pcm, copied);
    return (int)samples;
}

/* SILK's gains are coded, but not as plain bits: of what is not quiet nothing can be told. What
 * its sender takes for noise is silence here, however loud: see opus_payload_is_quiet(). */
static int payload_level(const uint8_t *payload, size_t length)
{
    return opus_payload_is_quiet(payload, length) ? DBOV_SILENCE : -ENODATA;
}

const struct codec codec_opus = {
    .name = "opus",
    .rtp_clock_hz = RATE_HZ,
    .sdp_channels = 2,
    .sample_rate_hz = RATE_HZ,
    .static_payload_type = -1,
    .preferred_payload_type = 111,
    .max_payload_bytes = 1275, /* the longest frame of RFC 6716; packets of several are rare */
    .max_channels = MAX_CHANNELS,
    .frame_ms = 10,
    .is_offered = true,
    .fmtp_read = fmtp_read,
    .fmtp_write = fmtp_write,
    .encoder_create = encoder_create,
    .encoder_destroy = encoder_destroy,
    .encode = encode,
    .encoder_copy = encoder_copy,
    .encoder_tune = encoder_tune,
    .decoder_create = decoder_create,
    .decoder_destroy = decoder_destroy,
    .decode = decode,
    .conceal = conceal,
    .recover = recover,
    .quiet = quiet,
    .payload_samples = opus_payload_samples,
    .payload_level = payload_level,
};
