/* fuzz_codec.c - any bytes as payloads of any codec, and as its a=fmtp. */
#include "mixer/codec/codec.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    ROW = 0x1f,   /* of the first byte: the codec's number */
    FMTP = 0x40,  /* ... the rest is text */
    ALIGN = 0x80, /* ... octet_align */
};

/* What can be answered to a far end, it could have offered, too. */
static void read_fmtp(const struct codec *codec, const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), answer[CODEC_FMTP_BYTES];
    assert(text);
    memcpy(text, data, size);
    text[size] = '\0';
    struct codec_params params = {0}, again = {0};
    int error = codec->fmtp_read(text, &params);
    free(text);
    assert(error == 0 || error == -EINVAL);
    if (error)
        return;
    codec->fmtp_write(&params, answer);
    assert(strlen(answer) < CODEC_FMTP_BYTES);
    assert(codec->fmtp_read(answer, &again) == 0);
}

static bool has_two_forms(const struct codec *codec)
{
    return strncasecmp(codec->name, "AMR", 3) == 0;
}

static void hear(const struct codec *codec, struct codec_decoder *decoder,
                 const uint8_t *payload, size_t length, unsigned room)
{
    static int16_t pcm[2 * CODEC_MAX_PACKET_SAMPLES + 1];
    const unsigned values = room * codec->max_channels;
    const int said = codec->payload_samples(payload, length);
    assert(said > 0 || said == -EBADMSG);
    if (codec->payload_level) {
        int level = codec->payload_level(payload, length);
        assert(level == -ENODATA || (level >= 0 && level <= 127));
    }
    pcm[values] = 0x5a5a;
    if (codec->recover) {
        int made = codec->recover(decoder, payload, length, pcm, room);
        assert(made < 0 || made <= (int)room);
    }
    int got = codec_decode(codec, decoder, payload, length, pcm, room);
    assert(pcm[values] == 0x5a5a);
    assert(got == -EBADMSG || got == -ENOBUFS || (got > 0 && got <= (int)room));
    assert(said > 0 || got < 0);
    assert(got < 0 || got == said || has_two_forms(codec));
}

/* Behind the first byte: packets, each with its length before it; 0 is one that is lost. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int16_t lost[CODEC_MAX_PACKET_SAMPLES * 2];
    const struct codec *codec = size ? codec_at(data[0] & ROW) : NULL;
    if (!codec)
        return 0;
    if (data[0] & FMTP) {
        read_fmtp(codec, data + 1, size - 1);
        return 0;
    }
    struct codec_params params = {.octet_align = data[0] & ALIGN,
                                  .sends_stereo = data[0] & ALIGN};
    struct codec_decoder *decoder;
    if (codec->decoder_create(&params, &decoder) < 0)
        return 0;
    const unsigned room = codec->sample_rate_hz / 1000 * CODEC_MAX_PACKET_MS;
    for (data++, size--; size;) {
        size_t length = data[0] < size ? data[0] : size - 1;
        if (length)
            hear(codec, decoder, data + 1, length, room);
        else
            codec->conceal(decoder, lost, codec->sample_rate_hz / 50);
        data += 1 + length;
        size -= 1 + length;
    }
    codec->decoder_destroy(decoder);
    return 0;
}
