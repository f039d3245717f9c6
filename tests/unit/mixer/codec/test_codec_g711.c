/* test_codec_g711.c - both laws against their definition: all bytes, all samples. */
#include "mixer/codec/codec.h"
#include "tests/unit/mixer/signal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A law as G.711's tables 1 and 2 list it: 128 intervals of magnitude, wider from segment to
 * segment, in steps of a 16-bit sample; a value is the middle of its interval. */
struct law {
    int cut;         /* low bits of a sample that the law does not see */
    int first;       /* width of the first interval  */
    int same;        /* intervals of the width below */
    int width;       /* width of the others of the first segment(s) */
    uint8_t inverse; /* bits of the byte that are inverted */
    int begin[129];
    int value[128];
};

static struct law law_of(bool is_u)
{
    struct law law = is_u ? (struct law){.cut = 2, .first = 4, .same = 16, .width = 8}
                          : (struct law){.cut = 4, .first = 16, .same = 32, .width = 16};
    law.inverse = is_u ? 0x7f : 0x55;
    int width = law.width;
    for (int code = 0; code < 128; code++) {
        if (code >= law.same && code % 16 == 0)
            width *= 2;
        int own = code ? width : law.first;
        law.begin[code + 1] = law.begin[code] + own;
        law.value[code] = is_u && code == 0 ? 0 : law.begin[code] + own / 2;
    }
    return law;
}

static uint8_t plain_byte(const struct law *law, int sample)
{
    int size = (sample < 0 ? -sample - 1 : sample) >> law->cut << law->cut, code = 127;
    while (size < law->begin[code])
        code--;
    return (uint8_t)((code | (sample < 0 ? 0 : 0x80)) ^ law->inverse);
}

static int plain_value(const struct law *law, uint8_t byte)
{
    int value = law->value[(byte ^ law->inverse) & 0x7f];
    return byte & 0x80 ? value : -value;
}

static void every_byte_and_every_sample(bool is_u)
{
    const struct codec *codec = codec_by_name(is_u ? "PCMU" : "PCMA", 8000, 1);
    const struct law law = law_of(is_u);
    struct codec_params params = {0};
    struct codec_encoder *encoder;
    struct codec_decoder *decoder;
    codec->encoder_create(&params, &encoder);
    codec->decoder_create(&params, &decoder);
    for (int byte = 0; byte < 256; byte++) {
        uint8_t payload = (uint8_t)byte;
        int16_t value;
        assert_int_equal(codec_decode(codec, decoder, &payload, 1, &value, 1), 1);
        assert_int_equal(value, plain_value(&law, payload));
    }
    for (int x = -32768; x <= 32767; x++) {
        int16_t sample = (int16_t)x;
        uint8_t byte;
        assert_int_equal(codec->encode(encoder, &sample, 1, &byte, 1), 1);
        assert_int_equal(byte, plain_byte(&law, x));
    }
    codec->encoder_destroy(encoder);
    codec->decoder_destroy(decoder);
}

static void mu_law_is_exact(void **state)
{
    (void)state;
    every_byte_and_every_sample(true);
}

static void a_law_is_exact(void **state)
{
    (void)state;
    every_byte_and_every_sample(false);
}

/* Known from the recommendation and from every gateway. */
static void known_bytes(void **state)
{
    (void)state;
    static const int16_t pcm[] = {0, 32767, -32768, 1000, -1000};
    static const uint8_t u[] = {0xff, 0x80, 0x00, 0xce, 0x4e};
    static const uint8_t a[] = {0xd5, 0xaa, 0x2a, 0xfa, 0x7a};
    struct codec_params params = {0};
    for (unsigned law = 0; law < 2; law++) {
        const struct codec *codec = codec_by_static_type(law ? 8 : 0);
        struct codec_encoder *encoder;
        uint8_t out[5];
        codec->encoder_create(&params, &encoder);
        assert_int_equal(codec->encode(encoder, pcm, 5, out, 5), 5);
        assert_memory_equal(out, law ? a : u, 5);
        codec->encoder_destroy(encoder);
    }
}

static void no_parameters(void **state)
{
    (void)state;
    static const unsigned types[] = {0, 8, 9};
    for (unsigned i = 0; i < 3; i++) {
        const struct codec *codec = codec_by_static_type(types[i]);
        char text[CODEC_FMTP_BYTES] = "x";
        struct codec_params params = {0};
        codec->fmtp_write(NULL, text);
        assert_string_equal(text, "");
        assert_int_equal(codec->fmtp_read("mode=7;rubbish=;;=", &params), 0);
        assert_int_equal(params.bitrate_bps, 0);
    }
}

/* The plain twin: decode, then root mean square, as mixer/audio has it. */
static int level_of_decoded(const struct codec *codec, const uint8_t *payload, size_t length)
{
    struct codec_decoder *decoder;
    static int16_t pcm[960];
    codec->decoder_create(&(struct codec_params){0}, &decoder);
    assert_int_equal(codec_decode(codec, decoder, payload, length, pcm, 960), length);
    codec->decoder_destroy(decoder);
    const double rms = signal_rms(pcm, (unsigned)length);
    const double level = rms > 0 ? -signal_db(rms / 32767) : 127;
    return level < 0 ? 0 : (int)lround(level);
}

static void level_is_that_of_the_decoded_frame(void **state)
{
    (void)state;
    uint32_t seed = 6;
    for (unsigned law = 0; law < 2; law++) {
        const struct codec *codec = codec_by_static_type(law ? 8 : 0);
        for (unsigned round = 0; round < 2000; round++) {
            uint8_t payload[960];
            size_t length = 1 + signal_random(&seed) % 960;
            uint8_t mask = (uint8_t)(signal_random(&seed) >> 9), base = law == 0 ? 0xff : 0xd5;
            signal_random_bytes(&seed, payload, length);
            for (size_t i = 0; i < length; i++) /* quiet and loud ones */
                payload[i] = (uint8_t)(base ^ (payload[i] & mask));
            assert_int_equal(codec->payload_level(payload, length),
                             level_of_decoded(codec, payload, length));
        }
    }
}

/* Every tone, also those that have a whole number of samples to a quarter of their wave. */
static void level_of_tones(void **state)
{
    (void)state;
    for (unsigned law = 0; law < 2; law++) {
        const struct codec *codec = codec_by_static_type(law ? 8 : 0);
        struct codec_encoder *encoder;
        codec->encoder_create(&(struct codec_params){0}, &encoder);
        for (unsigned hz = 100; hz <= 3900; hz += 50) {
            int16_t pcm[160];
            uint8_t payload[160];
            signal_tone(pcm, hz, 160, 8000, hz, 3000); /* -23.8 dBov */
            codec->encode(encoder, pcm, 160, payload, 160);
            assert_in_range(codec->payload_level(payload, 160), 23, 25);
        }
        codec->encoder_destroy(encoder);
    }
}

static void level_at_the_edges(void **state)
{
    (void)state;
    static uint8_t all[961];
    for (unsigned law = 0; law < 2; law++) {
        const struct codec *codec = codec_by_static_type(law ? 8 : 0);
        assert_int_equal(codec->payload_level(all, 0), -ENODATA);
        assert_int_equal(codec->payload_level(all, 961), -ENODATA);
        memset(all, law == 0 ? 0x80 : 0xaa, sizeof(all)); /* the greatest sample */
        assert_int_equal(codec->payload_level(all, 960), 0);
        memset(all, law == 0 ? 0xff : 0xd5, sizeof(all)); /* the least: 0, and 8 */
        assert_int_equal(codec->payload_level(all, 1), law == 0 ? 127 : 72);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mu_law_is_exact),
        cmocka_unit_test(a_law_is_exact),
        cmocka_unit_test(known_bytes),
        cmocka_unit_test(no_parameters),
        cmocka_unit_test(level_is_that_of_the_decoded_frame),
        cmocka_unit_test(level_of_tones),
        cmocka_unit_test(level_at_the_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
