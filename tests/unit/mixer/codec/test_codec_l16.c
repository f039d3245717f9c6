/* test_codec_l16.c - network byte order, how loud a payload is, and what fits into a packet. */
#include "mixer/codec/codec.h"
#include "tests/unit/mixer/signal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const unsigned rates[] = {8000, 16000, 48000};
enum { RATES = sizeof(rates) / sizeof(rates[0]) };

static void every_sample_passes_high_byte_first(void **state)
{
    (void)state;
    for (unsigned r = 0; r < RATES; r++) {
        const struct codec *codec = codec_by_name("L16", rates[r], 1);
        struct codec_params params = {.ptime_ms = 10};
        struct codec_encoder *encoder;
        struct codec_decoder *decoder;
        assert_int_equal(codec->encoder_create(&params, &encoder), 0);
        assert_int_equal(codec->decoder_create(&params, &decoder), 0);
        for (int x = INT16_MIN; x <= INT16_MAX; x++) {
            int16_t in = (int16_t)x, out = 0;
            uint8_t payload[2];
            assert_int_equal(codec->encode(encoder, &in, 1, payload, 2), 2);
            assert_int_equal(payload[0], (uint16_t)in / 256);
            assert_int_equal(payload[1], (uint16_t)in % 256);
            assert_int_equal(codec_decode(codec, decoder, payload, 2, &out, 1), 1);
            assert_int_equal(out, x);
        }
        codec->encoder_destroy(encoder);
        codec->decoder_destroy(decoder);
    }
}

static void half_a_sample_is_no_payload(void **state)
{
    (void)state;
    static const uint8_t payload[2 * CODEC_MAX_PACKET_SAMPLES + 2];
    const struct codec *codec = codec_by_name("L16", 48000, 1);
    for (size_t length = 0; length <= sizeof(payload); length++) {
        bool is_one = length && length % 2 == 0 && length / 2 <= CODEC_MAX_PACKET_SAMPLES;
        assert_int_equal(codec->payload_samples(payload, length),
                         is_one ? (int)length / 2 : -EBADMSG);
        assert_int_equal(codec->payload_level(payload, length), is_one ? 127 : -ENODATA);
    }
}

/* The level is that of RFC 6464: a full-scale square wave 0, a sine 3 dB below. */
static void the_level_is_the_root_mean_square(void **state)
{
    (void)state;
    const struct codec *codec = codec_by_name("L16", 8000, 1);
    struct codec_params params = {0};
    struct codec_encoder *encoder;
    static int16_t pcm[160];
    uint8_t payload[320];
    codec->encoder_create(&params, &encoder);
    for (double peak = 32767; peak > 3; peak *= 0.7) {
        signal_tone(pcm, 0, 160, 8000, 500, peak);
        codec->encode(encoder, pcm, 160, payload, sizeof(payload));
        double expected = -signal_db(signal_rms(pcm, 160) / 32767);
        assert_true(fabs(codec->payload_level(payload, 320) - expected) <= 0.51);
    }
    for (unsigned i = 0; i < 160; i++)
        pcm[i] = i & 1 ? INT16_MIN : INT16_MAX;
    codec->encode(encoder, pcm, 160, payload, sizeof(payload));
    assert_int_equal(codec->payload_level(payload, 320), 0);
    memset(payload, 0, sizeof(payload));
    payload[319] = 1; /* the least that is not nothing */
    assert_int_equal(codec->payload_level(payload, 320), 112);
    codec->encoder_destroy(encoder);
}

static void packets_are_no_longer_than_the_network_takes(void **state)
{
    (void)state;
    static const unsigned most_ms[RATES] = {60, 40, 10};
    static const int16_t pcm[60 * 48];
    for (unsigned r = 0; r < RATES; r++) {
        const struct codec *codec = codec_by_name("L16", rates[r], 1);
        assert_int_equal(codec->max_ptime_ms, most_ms[r]);
        struct codec_params params = {.ptime_ms = most_ms[r]};
        struct codec_encoder *encoder;
        uint8_t out[CODEC_MAX_PAYLOAD_BYTES];
        assert_int_equal(codec->encoder_create(&params, &encoder), 0);
        assert_int_equal(
            codec->encode(encoder, pcm, rates[r] / 1000 * most_ms[r], out, sizeof(out)),
            rates[r] / 1000 * most_ms[r] * 2);
        codec->encoder_destroy(encoder);
        params.ptime_ms += 10;
        assert_int_equal(codec->encoder_create(&params, &encoder), -EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_passes_high_byte_first),
        cmocka_unit_test(half_a_sample_is_no_payload),
        cmocka_unit_test(the_level_is_the_root_mean_square),
        cmocka_unit_test(packets_are_no_longer_than_the_network_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
