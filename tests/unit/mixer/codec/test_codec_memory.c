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

/* A description of noise and what is made from it, of those that have such: another way through
 * the library. */
static void hear_silence(const struct codec *codec, struct codec_decoder *decoder)
{
    static const struct {
        const char *name;
        size_t length;
        uint8_t payload[7];
    } silences[] = {{"G729", 2, {0x2a, 0x94}},
                    {"AMR", 7, {0xf4, 0x40, 0, 0, 0, 0, 0}},
                    {"AMR-WB", 7, {0xf4, 0xc0, 0, 0, 0, 0, 0}}};
    static int16_t pcm[CODEC_MAX_PACKET_SAMPLES];
    for (unsigned i = 0; i < sizeof(silences) / sizeof(silences[0]); i++) {
        if (strcmp(codec->name, silences[i].name) != 0)
            continue;
        int samples = codec_decode(codec, decoder, silences[i].payload, silences[i].length, pcm,
                                   CODEC_MAX_PACKET_SAMPLES);
        assert_int_equal(samples, codec->sample_rate_hz / 1000 * codec->frame_ms);
        codec->conceal(decoder, pcm, 2 * (unsigned)samples);
    }
}

static void a_tick_allocates_nothing(void **state)
{
    (void)state;
    if (!ALLOCATION_IS_COUNTED)
        skip();
    uint32_t seed = 3;
    for (unsigned row = 0; codec_at(row); row++) {
        const struct codec *codec = codec_at(row);
        const unsigned most = codec->max_ptime_ms ? codec->max_ptime_ms : 60;
        for (unsigned ms = codec->frame_ms; ms <= most; ms += codec->frame_ms) {
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
                codec_decode(codec, decoder, payload, (size_t)bytes, pcm,
                             CODEC_MAX_PACKET_SAMPLES);
                hear_silence(codec, decoder);
            }
            const unsigned after = allocation_count;
            codec->encoder_destroy(encoder);
            codec->decoder_destroy(decoder);
            assert_int_equal(after, before);
        }
    }
}

/* These libraries do not look at what malloc says: only our own allocation may fail here. */
static bool survives(const struct codec *codec)
{
    static const char *const careless[] = {"AMR", "AMR-WB", "G729", "speex"};
    for (unsigned i = 0; i < sizeof(careless) / sizeof(careless[0]); i++) {
        if (strcmp(codec->name, careless[i]) == 0)
            return false;
    }
    return true;
}

/* The n-th allocation of a create fails, whichever it is, until it needs no n-th. */
static void without_memory_nothing_is_made(void **state)
{
    (void)state;
    if (!ALLOCATION_IS_COUNTED)
        skip();
    for (unsigned row = 0; codec_at(row); row++) {
        const struct codec *codec = codec_at(row);
        struct codec_params params = {.ptime_ms = codec->frame_ms};
        bool made[2] = {false, false};
        for (unsigned n = 1; n == 1 || (survives(codec) && !(made[0] && made[1])); n++) {
            struct codec_encoder *encoder = NULL;
            struct codec_decoder *decoder = NULL;
            allocation_fail_at = allocation_count + n;
            int error = codec->encoder_create(&params, &encoder);
            made[0] = error == 0;
            assert_true(error == (encoder ? 0 : -ENOMEM) && (n > 1 || error));
            allocation_fail_at = allocation_count + n;
            error = codec->decoder_create(&params, &decoder);
            made[1] = error == 0;
            assert_true(error == (decoder ? 0 : -ENOMEM) && (n > 1 || error));
            allocation_fail_at = 0;
            codec->encoder_destroy(encoder);
            codec->decoder_destroy(decoder);
        }
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
