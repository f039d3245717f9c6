/* test_codec_g722.c - what G.722's row adds to g722.h. */
#include "mixer/codec/codec.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { SAMPLES = 320, BYTES = 160 };

/* Encodes @p block of a signal that never repeats; @p other: of another one. */
static void encode_block(const struct codec *codec, struct codec_encoder *encoder,
                         unsigned block, bool other, uint8_t *out)
{
    int16_t pcm[SAMPLES];
    uint32_t seed = 1 + block;
    signal_tone(pcm, block * SAMPLES, SAMPLES, 16000, other ? 1900 : 300, 9000);
    for (unsigned i = 0; i < SAMPLES; i++)
        pcm[i] = (int16_t)(pcm[i] + (int)(signal_random(&seed) % 2000) - 1000);
    assert_int_equal(codec->encode(encoder, pcm, SAMPLES, out, BYTES), BYTES);
}

static void a_copied_encoder_goes_on_without_a_seam(void **state)
{
    (void)state;
    const struct codec *codec = codec_by_static_type(9);
    struct codec_params params = {0};
    struct codec_encoder *first, *copy;
    struct codec_decoder *listener, *other;
    codec->encoder_create(&params, &first);
    codec->encoder_create(&params, &copy);
    codec->decoder_create(&params, &listener);
    codec->decoder_create(&params, &other);
    for (unsigned block = 0; block < 50; block++) {
        uint8_t bytes[BYTES], same[BYTES];
        int16_t heard[SAMPLES], expected[SAMPLES];
        if (block == 20)
            codec->encoder_copy(copy, first);
        encode_block(codec, first, block, false, bytes);
        encode_block(codec, copy, block, block < 20, same);
        assert_int_equal(memcmp(bytes, same, BYTES) == 0, block >= 20);
        codec_decode(codec, other, bytes, BYTES, expected, SAMPLES);
        codec_decode(codec, listener, block < 20 ? bytes : same, BYTES, heard, SAMPLES);
        assert_memory_equal(heard, expected, sizeof(heard));
    }
    codec->encoder_destroy(first);
    codec->encoder_destroy(copy);
    codec->decoder_destroy(listener);
    codec->decoder_destroy(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copied_encoder_goes_on_without_a_seam),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
