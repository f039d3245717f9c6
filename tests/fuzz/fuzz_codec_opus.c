/* fuzz_codec_opus.c - any bytes as a run of Opus packets, each decoded, lost, or asked for the
 * one before it. */
#include "mixer/codec/codec.h"
#include "mixer/codec/opus_payload.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int16_t pcm[2 * CODEC_MAX_PACKET_SAMPLES];

static void step(const struct codec *codec, struct codec_decoder *decoder, unsigned what,
                 const uint8_t *packet, size_t length)
{
    const int samples = codec->payload_samples(packet, length);
    const unsigned copied = opus_payload_redundant_samples(packet, length);
    const int level = codec->payload_level(packet, length);
    assert(samples == -EBADMSG || (samples > 0 && samples <= CODEC_MAX_PACKET_SAMPLES));
    assert(level == 127 || level == -ENODATA);
    assert(samples > 0 || (!copied && level == -ENODATA));
    const unsigned wanted = what >> 2 & 1 ? 960 : what * 23;
    int got;
    switch (what & 3) {
    case 0:
        got = codec->recover(decoder, packet, length, pcm, wanted);
        assert(got == -ENODATA || got == (int)wanted);
        assert(got == -ENODATA || (copied && copied <= wanted));
        break;
    case 1:
        codec->conceal(decoder, pcm, wanted);
        break;
    case 2:
        codec->quiet(decoder, pcm, wanted);
        break;
    default:
        break;
    }
    got = codec_decode(codec, decoder, packet, length, pcm, CODEC_MAX_PACKET_SAMPLES);
    assert(got == -EBADMSG || got == samples);
}

/* First a byte: stereo or not. Then for each packet two bytes, what is done and how long it is,
 * and so many of the packet. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct codec *codec = codec_by_name("opus", 48000, 2);
    struct codec_params params = {.sends_stereo = size && (data[0] & 1)};
    struct codec_decoder *decoder;
    if (codec->decoder_create(&params, &decoder) < 0)
        return 0;
    for (size_t at = 1; at + 2 <= size;) {
        const unsigned what = data[at];
        size_t length = data[at + 1];
        at += 2;
        length = length < size - at ? length : size - at;
        uint8_t *packet = malloc(length ? length : 1);
        assert(packet);
        memcpy(packet, data + at, length);
        step(codec, decoder, what, packet, length);
        free(packet);
        at += length;
    }
    codec->decoder_destroy(decoder);
    return 0;
}
