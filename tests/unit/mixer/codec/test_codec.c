/* test_codec.c - the table, and what every row promises, whichever codec it is. */
#include "mixer/codec/codec.h"
#include "tests/unit/mixer/signal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void best_first_and_found_by_name_and_type(void **state)
{
    (void)state;
    static const char *const names[] = {"opus", "G722", "PCMU", "PCMA"};
    for (unsigned i = 0; i < 4; i++)
        assert_string_equal(codec_at(i)->name, names[i]);
    assert_null(codec_at(4));
    assert_null(codec_at(4000000000U));

    assert_ptr_equal(codec_by_name("OPUS", 48000, 2), codec_at(0));
    assert_ptr_equal(codec_by_name("g722", 8000, 1), codec_at(1));
    assert_ptr_equal(codec_by_name("pcmu", 8000, 1), codec_at(2));
    assert_ptr_equal(codec_by_name("PCMA", 8000, 1), codec_at(3));
    assert_null(codec_by_name("opus", 48000, 1));
    assert_null(codec_by_name("opus", 16000, 2));
    assert_null(codec_by_name("G722", 16000, 1));
    assert_null(codec_by_name("PCMU", 8000, 2));
    assert_null(codec_by_name("PCM", 8000, 1));
    assert_null(codec_by_name("", 8000, 1));

    assert_ptr_equal(codec_by_static_type(0), codec_at(2));
    assert_ptr_equal(codec_by_static_type(8), codec_at(3));
    assert_ptr_equal(codec_by_static_type(9), codec_at(1));
    for (unsigned type = 0; type < 300; type++) {
        if (type != 0 && type != 8 && type != 9)
            assert_null(codec_by_static_type(type));
    }
    assert_null(codec_by_static_type(4294967295U));
}

static void open_both(const struct codec *codec, struct codec_encoder **encoder,
                      struct codec_decoder **decoder)
{
    struct codec_params params = {0};
    assert_int_equal(codec->encoder_create(&params, encoder), 0);
    assert_int_equal(codec->decoder_create(&params, decoder), 0);
}

static void close_both(const struct codec *codec, struct codec_encoder *encoder,
                       struct codec_decoder *decoder)
{
    codec->encoder_destroy(encoder);
    codec->decoder_destroy(decoder);
}

static void a_tone_comes_out_as_it_went_in(void **state)
{
    (void)state;
    static const double least_snr[] = {20, 30, 30, 30}; /* opus is no waveform coder */
    for (unsigned row = 0; codec_at(row); row++) {
        const struct codec *codec = codec_at(row);
        const unsigned rate = codec->sample_rate_hz;
        static const unsigned ptimes[] = {10, 20, 30, 40, 50, 60};
        for (unsigned p = 0; p < 6; p++) {
            struct codec_encoder *encoder;
            struct codec_decoder *decoder;
            struct codec_params params = {.ptime_ms = ptimes[p]};
            assert_int_equal(codec->encoder_create(&params, &encoder), 0);
            assert_int_equal(codec->decoder_create(&params, &decoder), 0);
            static int16_t in[CODEC_MAX_PACKET_SAMPLES], out[48000 + CODEC_MAX_PACKET_SAMPLES];
            const unsigned samples = rate / 1000 * ptimes[p];
            unsigned made = 0;
            while (made < rate) {
                uint8_t payload[CODEC_MAX_PAYLOAD_BYTES];
                signal_tone(in, made, samples, rate, 440, 8000);
                int bytes = codec->encode(encoder, in, samples, payload, sizeof(payload));
                assert_in_range(bytes, 1, codec->max_payload_bytes);
                assert_int_equal(codec->payload_samples(payload, (size_t)bytes), samples);
                assert_int_equal(codec->decode(decoder, payload, (size_t)bytes, out + made,
                                               CODEC_MAX_PACKET_SAMPLES),
                                 samples);
                made += samples;
            }
            const int16_t *settled = out + rate / 4;
            double peak = signal_peak_at(settled, rate / 2, rate, 440);
            assert_true(fabs(signal_db(peak / 8000)) < 1);
            assert_true(signal_snr(settled, rate / 2, rate, 440) > least_snr[row]);
            assert_true(signal_peak_at(settled, rate / 2, rate, 880) < 400);
            close_both(codec, encoder, decoder);
        }
    }
}

/* Every length 0..200 of random bytes, and some far too long, exactly as large as they are, so
 * that a sanitizer sees one byte read too far. */
static void random_bytes_never_break_a_decoder(void **state)
{
    (void)state;
    uint32_t seed = 5;
    static int16_t pcm[CODEC_MAX_PACKET_SAMPLES + 1];
    for (unsigned row = 0; codec_at(row); row++) {
        const struct codec *codec = codec_at(row);
        struct codec_encoder *encoder;
        struct codec_decoder *decoder;
        open_both(codec, &encoder, &decoder);
        for (unsigned round = 0; round < 3 * 211; round++) {
            size_t length = round % 211;
            length = length > 200 ? length * 37 : length;
            uint8_t *payload = malloc(length ? length : 1);
            signal_random_bytes(&seed, payload, length);
            unsigned room = round % 7 ? CODEC_MAX_PACKET_SAMPLES : signal_random(&seed) % 300;
            int said = codec->payload_samples(payload, length);
            pcm[room] = 0x5a5a;
            int got = codec->decode(decoder, payload, length, pcm, room);
            assert_int_equal(pcm[room], 0x5a5a);
            assert_true(got == -EBADMSG || got == -ENOBUFS || got > 0);
            if (said < 0)
                assert_int_equal(got, -EBADMSG);
            else if ((unsigned)said > room)
                assert_int_equal(got, -ENOBUFS);
            else
                assert_true(got == said || got == -EBADMSG);
            free(payload);
            if (round % 11 == 0)
                codec->conceal(decoder, pcm, signal_random(&seed) % CODEC_MAX_PACKET_SAMPLES);
        }
        assert_int_equal(codec->payload_samples((const uint8_t *)"", 0), -EBADMSG);

        /* and it is still usable */
        const unsigned tick = codec->sample_rate_hz / 50;
        static int16_t in[960], out[50 * 960];
        for (unsigned i = 0; i < 50; i++) {
            uint8_t bytes[CODEC_MAX_PAYLOAD_BYTES];
            signal_tone(in, i * tick, tick, codec->sample_rate_hz, 440, 8000);
            int length = codec->encode(encoder, in, tick, bytes, sizeof(bytes));
            assert_int_equal(
                codec->decode(decoder, bytes, (size_t)length, out + i * tick, tick), tick);
        }
        double peak = signal_peak_at(out + 25 * tick, 25 * tick, codec->sample_rate_hz, 440);
        assert_true(fabs(signal_db(peak / 8000)) < 1);
        close_both(codec, encoder, decoder);
    }
}

static void an_encoder_refuses_what_it_cannot(void **state)
{
    (void)state;
    static int16_t pcm[60000];
    uint8_t out[CODEC_MAX_PAYLOAD_BYTES];
    for (unsigned row = 0; codec_at(row); row++) {
        const struct codec *codec = codec_at(row);
        struct codec_encoder *encoder;
        struct codec_decoder *decoder;
        open_both(codec, &encoder, &decoder);
        assert_int_equal(codec->encode(encoder, pcm, 60000, out, sizeof(out)), -EINVAL);
        if (row > 0) /* opus fits anything by coding worse */
            assert_int_equal(codec->encode(encoder, pcm, codec->sample_rate_hz / 50, out, 100),
                             -ENOBUFS);
        close_both(codec, encoder, decoder);
        close_both(codec, NULL, NULL);
    }
}

/* A loss in a tone: no step is greater than the tone's own by more than a little; what is made
 * up is loud at first and silent after 100 ms; the tone comes back without a click. */
static void conceal_never_clicks_and_fades(const struct codec *codec, unsigned ptime_ms,
                                           double hz, unsigned lost)
{
    const unsigned rate = codec->sample_rate_hz, tick = rate / 50;
    struct codec_encoder *encoder;
    struct codec_decoder *decoder;
    struct codec_params params = {.ptime_ms = ptime_ms};
    assert_int_equal(codec->encoder_create(&params, &encoder), 0);
    assert_int_equal(codec->decoder_create(&params, &decoder), 0);
    const int bound = (int)(1.6 * 8000 * SIGNAL_TAU * hz / rate) + 400;
    static int16_t in[960], out[960];
    int16_t before = 0;
    double loudest = 0;
    for (unsigned t = 0; t < 40; t++) {
        uint8_t payload[CODEC_MAX_PAYLOAD_BYTES];
        signal_tone(in, t * tick, tick, rate, hz, 8000);
        int bytes = codec->encode(encoder, in, tick, payload, sizeof(payload));
        if (t >= 20 && t < 20 + lost)
            codec->conceal(decoder, out, tick);
        else
            codec->decode(decoder, payload, (size_t)bytes, out, tick);
        if (t >= 10) {
            int step = signal_max_step(before, out, tick);
            assert_in_range(step, 0, bound);
        }
        before = out[tick - 1];
        loudest = signal_rms(out, tick);
        if (t == 20)
            assert_true(loudest > 8000 * 0.35);
        if (t >= 20 + 5 && t < 20 + lost)
            assert_true(loudest == 0);
    }
    assert_true(loudest > 5000);
    close_both(codec, encoder, decoder);
}

static void lost_packets_neither_click_nor_stay(void **state)
{
    (void)state;
    static const double tones[] = {110, 200, 440, 697, 1000};
    static const unsigned lost[] = {1, 2, 3, 4, 5, 8};
    for (unsigned row = 0; codec_at(row); row++) {
        for (unsigned t = 0; t < 5; t++) {
            for (unsigned l = 0; l < 6; l++)
                conceal_never_clicks_and_fades(codec_at(row), 20, tones[t], lost[l]);
            for (unsigned l = 0; l < 6;
                 l++) /* Opus: its music coder, which conceals otherwise */
                conceal_never_clicks_and_fades(codec_at(row), 30, tones[t], lost[l]);
        }
    }
}

static void concealing_in_odd_pieces_is_the_same_as_whole(void **state)
{
    (void)state;
    for (unsigned row = 0; codec_at(row); row++) {
        const struct codec *codec = codec_at(row);
        const unsigned tick = codec->sample_rate_hz / 50;
        static int16_t in[960], whole[960], pieces[960];
        for (unsigned piecewise = 0; piecewise < 2; piecewise++) {
            struct codec_encoder *encoder;
            struct codec_decoder *decoder;
            open_both(codec, &encoder, &decoder);
            codec->conceal(decoder, in, 100); /* before anything was heard: silence */
            for (unsigned i = 0; i < 100; i++)
                assert_int_equal(in[i], 0);
            for (unsigned t = 0; t < 10; t++) {
                uint8_t payload[CODEC_MAX_PAYLOAD_BYTES];
                signal_tone(in, t * tick, tick, codec->sample_rate_hz, 300, 8000);
                int bytes = codec->encode(encoder, in, tick, payload, sizeof(payload));
                codec->decode(decoder, payload, (size_t)bytes, in, tick);
            }
            if (!piecewise)
                codec->conceal(decoder, whole, tick);
            for (unsigned at = 0, next; piecewise && at < tick; at = next) {
                next = at + 1 + at % 50;
                next = next > tick ? tick : next;
                codec->conceal(decoder, pieces + at, next - at);
            }
            close_both(codec, encoder, decoder);
        }
        assert_memory_equal(whole, pieces, tick * sizeof(*whole));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(best_first_and_found_by_name_and_type),
        cmocka_unit_test(a_tone_comes_out_as_it_went_in),
        cmocka_unit_test(random_bytes_never_break_a_decoder),
        cmocka_unit_test(an_encoder_refuses_what_it_cannot),
        cmocka_unit_test(lost_packets_neither_click_nor_stay),
        cmocka_unit_test(concealing_in_odd_pieces_is_the_same_as_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
