/* codec.c - the table of codecs. */
#include "mixer/codec/codec.h"

#include "mixer/codec/codec_internal.h"

#include <errno.h>
#include <strings.h>

static const struct codec *const table[] = {
    &codec_opus,        &codec_l16_48000, &codec_l16_16000, &codec_amr_wb,   &codec_g722,
    &codec_speex_16000, &codec_pcmu,      &codec_pcma,      &codec_l16_8000, &codec_amr,
#ifdef RADUNO_G729
    &codec_g729,
#endif
    &codec_speex_8000,  &codec_gsm,
};

enum { ROWS = sizeof(table) / sizeof(table[0]) };

const struct codec *codec_at(unsigned index)
{
    return index < ROWS ? table[index] : NULL;
}

const struct codec *codec_by_name(const char *name, unsigned rtp_clock_hz, unsigned channels)
{
    for (unsigned i = 0; i < ROWS; i++) {
        const struct codec *codec = table[i];
        if (strcasecmp(codec->name, name) == 0 && codec->rtp_clock_hz == rtp_clock_hz &&
            codec->sdp_channels == channels)
            return codec;
    }
    return NULL;
}

const struct codec *codec_by_static_type(unsigned payload_type)
{
    for (unsigned i = 0; i < ROWS; i++) {
        if (table[i]->static_payload_type >= 0 &&
            (unsigned)table[i]->static_payload_type == payload_type)
            return table[i];
    }
    return NULL;
}

int codec_fmtp_read_none(const char *fmtp, struct codec_params *params)
{
    (void)fmtp;
    (void)params;
    return 0;
}

void codec_fmtp_write_none(const struct codec_params *far, char *out)
{
    (void)far;
    out[0] = '\0';
}

int codec_decode(const struct codec *codec, struct codec_decoder *decoder,
                 const uint8_t *payload, size_t length, int16_t *pcm, unsigned room)
{
    const int samples = codec->payload_samples(payload, length);
    if (samples < 0)
        return samples;
    if ((unsigned)samples > room)
        return -ENOBUFS;
    return codec->decode(decoder, payload, length, pcm, (unsigned)samples);
}
