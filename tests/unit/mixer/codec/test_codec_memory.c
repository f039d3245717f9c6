/* test_codec_memory.c - a tick allocates nothing; a create that gets no memory leaves nothing.
 */
#include "mixer/codec/codec.h"
#include "tests/unit/mixer/allocation.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_tick_allocates_nothing(void **state)
{
    (void)state;
    if (!ALLOCATION_IS_COUNTED)
        skip();
    uint32_t seed = 3;
    for (unsigned row = 0; codec_at(row); row++) {
        const struct codec *codec = codec_at(row);
        for (unsigned ms = 10; ms <= 60; ms += 10) {
            struct codec_params params = {.ptime_ms = ms, .fec = ms > 20, .dtx = ms == 40};
            struct codec_encoder *encoder;
            struct codec_decoder *decoder;
            assert_int_equal(codec->encoder_create(&params, &encoder), 0);
            assert_int_equal(codec->decoder_create(&params, &decoder), 0);
            const unsigned samples = codec->sample_rate_hz / 1000 * ms;
            const unsigned before = allocation_count;
            for (unsigned i = 0; i < 40; i++) {
                static int16_t pcm[CODEC_MAX_PACKET_SAMPLES];
                uint8_t payload[CODEC_MAX_PAYLOAD_BYTES];
                signal_tone(pcm, i * samples, samples, codec->sample_rate_hz, 440,
                            i % 2 * 9000);
                int bytes = codec->encode(encoder, pcm, samples, payload, sizeof(payload));
                if (i % 9 == 8)
                    signal_random_bytes(&seed, payload, sizeof(payload));
                if (i % 5 == 4)
                    codec->conceal(decoder, pcm, samples);
                codec->decode(decoder, payload, (size_t)bytes, pcm, CODEC_MAX_PACKET_SAMPLES);
            }
            const unsigned after = allocation_count;
            codec->encoder_destroy(encoder);
            codec->decoder_destroy(decoder);
            assert_int_equal(after, before);
        }
    }
}

static void without_memory_nothing_is_made(void **state)
{
    (void)state;
    if (!ALLOCATION_IS_COUNTED)
        skip();
    for (unsigned row = 0; codec_at(row); row++) {
        struct codec_params params = {0};
        struct codec_encoder *encoder = NULL;
        struct codec_decoder *decoder = NULL;
        allocation_fail_at = allocation_count + 1;
        int error = codec_at(row)->encoder_create(&params, &encoder);
        assert_int_equal(error, -ENOMEM);
        assert_null(encoder);
        allocation_fail_at = allocation_count + 1;
        error = codec_at(row)->decoder_create(&params, &decoder);
        assert_int_equal(error, -ENOMEM);
        assert_null(decoder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tick_allocates_nothing),
        cmocka_unit_test(without_memory_nothing_is_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
