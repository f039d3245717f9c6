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

/* Enough for 20 ms of any codec, also of L16 at 48 kHz, which a far end may send. */
enum { PAYLOAD_ROOM = 2048 };

static void best_first_and_found_by_name_and_type(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        unsigned clock_hz, channels;
        int type;
        bool is_offered;
    } rows[] = {
        {"opus", 48000, 2, -1, true}, {"L16", 48000, 1, -1, false},
        {"L16", 16000, 1, -1, false}, {"AMR-WB", 16000, 1, -1, false},
        {"G722", 8000, 1, 9, true},   {"speex", 16000, 1, -1, false},
        {"PCMU", 8000, 1, 0, true},   {"PCMA", 8000, 1, 8, true},
        {"L16", 8000, 1, -1, false},  {"AMR", 8000, 1, -1, false},
        {"G729", 8000, 1, 18, false}, {"speex", 8000, 1, -1, false},
        {"GSM", 8000, 1, 3, false},
    };
    enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
    bool is_static[300] = {false};
    unsigned row = 0;
    for (unsigned i = 0; i < ROWS; i++) {
        const struct codec *codec =
            codec_by_name(rows[i].name, rows[i].clock_hz, rows[i].channels);
        if (!codec && strcmp(rows[i].name, "G729") == 0)
            continue; /* a build may leave it out */
        assert_ptr_equal(codec_at(row++), codec);
        assert_string_equal(codec->name, rows[i].name);
        assert_int_equal(codec->static_payload_type, rows[i].type);
        assert_int_equal(codec->is_offered, rows[i].is_offered);
        if (rows[i].type >= 0) {
            is_static[rows[i].type] = true;
            assert_ptr_equal(codec_by_static_type((unsigned)rows[i].type), codec);
        }
    }
    assert_null(codec_at(row));
    assert_null(codec_at(4000000000U));

    assert_ptr_equal(codec_by_name("OPUS", 48000, 2), codec_at(0));
    assert_ptr_equal(codec_by_name("amr-wb", 16000, 1), codec_at(3));
    assert_null(codec_by_name("opus", 48000, 1));
    assert_null(codec_by_name("opus", 16000, 2));
    assert_null(codec_by_name("G722", 16000, 1));
    assert_null(codec_by_name("PCMU", 8000, 2));
    assert_null(codec_by_name("PCM", 8000, 1));
    assert_null(codec_by_name("L16", 44100, 1));
    assert_null(codec_by_name("L16", 48000, 2));
    assert_null(codec_by_name("speex", 32000, 1));
    assert_null(codec_by_name("", 8000, 1));

    for (unsigned type = 0; type < 300; type++) {
        if (!is_static[type])
            assert_null(codec_by_static_type(type));
    }
    assert_null(codec_by_static_type(4294967295U));
}

static void payload_types_of_our_own_do_not_meet(void **state)
{
    (void)state;
    enum { TELEPHONE_EVENT = 101 };
    bool taken[128] = {[TELEPHONE_EVENT] = true};
    for (unsigned row = 0; codec_at(row); row++) {
        const struct codec *codec = codec_at(row);
        if (codec->static_payload_type < 0)
            assert_in_range(codec->preferred_payload_type, 96, 127);
        else
            assert_int_equal(codec->preferred_payload_type, codec->static_payload_type);
        assert_false(taken[codec->preferred_payload_type]);
        taken[codec->preferred_payload_type] = true;
    }
}

/* Whether this codec has packets of that length. */
static bool has_ptime(const struct codec *codec, unsigned ptime_ms)
{
    return ptime_ms % codec->frame_ms == 0 &&
           (!codec->max_ptime_ms || ptime_ms <= codec->max_ptime_ms);
}

/* 20 ms, or the longest below it that the codec has. */
static unsigned usual_ptime(const struct codec *codec)
{
    return has_ptime(codec, 20) ? 20 : codec->max_ptime_ms;
}

static bool is_named(const struct codec *codec, const char *name)
{
    return strcmp(codec->name, name) == 0;
}

/* Of a tone of 440 Hz, by codec [dB]; none but G.711, G.722 and L16 codes the wave itself. */
static double least_snr(const struct codec *codec)
{
    static const struct {
        const char *name;
        double snr;
    } rows[] = {{"L16", 60},   {"G722", 30}, {"PCMU", 30}, {"PCMA", 30},   {"opus", 20},
                {"speex", 12}, {"GSM", 12},  {"AMR", 12},  {"AMR-WB", 12}, {"G729", 12}};
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (is_named(codec, rows[i].name))
            return rows[i].snr;
    }
    return 1000;
}

static void open_both(const struct codec *codec, struct codec_encoder **encoder,
                      struct codec_decoder **decoder)
{
    struct codec_params params = {.ptime_ms = usual_ptime(codec)};
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
    for (unsigned row = 0; codec_at(row); row++) {
        const struct codec *codec = codec_at(row);
        const unsigned rate = codec->sample_rate_hz;
        static const unsigned ptimes[] = {10, 20, 30, 40, 50, 60};
        for (unsigned p = 0; p < 6; p++) {
            struct codec_encoder *encoder = NULL;
            struct codec_decoder *decoder;
            struct codec_params params = {.ptime_ms = ptimes[p]};
            if (!has_ptime(codec, ptimes[p])) {
                assert_int_equal(codec->encoder_create(&params, &encoder), -EINVAL);
                assert_null(encoder);
                continue;
            }
            assert_int_equal(codec->encoder_create(&params, &encoder), 0);
            assert_int_equal(codec->decoder_create(&params, &decoder), 0);
            static int16_t in[CODEC_MAX_PACKET_SAMPLES], out[48000 + CODEC_MAX_PACKET_SAMPLES];
            const unsigned samples = rate / 1000 * ptimes[p];
            unsigned made = 0;
            while (made < rate) {
                uint8_t payload[PAYLOAD_ROOM];
                signal_tone(in, made, samples, rate, 440, 8000);
                int bytes = codec->encode(encoder, in, samples, payload, sizeof(payload));
                assert_in_range(bytes, 1, codec->max_payload_bytes);
                assert_int_equal(codec->payload_samples(payload, (size_t)bytes), samples);
                assert_int_equal(codec_decode(codec, decoder, payload, (size_t)bytes,
                                              out + made, CODEC_MAX_PACKET_SAMPLES),
                                 samples);
                made += samples;
            }
            const int16_t *settled = out + rate / 4;
            double peak = signal_peak_at(settled, rate / 2, rate, 440);
            assert_true(fabs(signal_db(peak / 8000)) < 1);
            assert_true(signal_snr(settled, rate / 2, rate, 440) > least_snr(codec));
            assert_true(signal_peak_at(settled, rate / 2, rate, 880) < 400);
            close_both(codec, encoder, decoder);
        }
    }
}

/* A second passes until those forget what they had, that predict from it. */
static void still_codes_a_tone(const struct codec *codec, struct codec_encoder *encoder,
                               struct codec_decoder *decoder)
{
    enum { TICKS = 75, HEARD = 25 };
    const unsigned tick = codec->sample_rate_hz / 50;
    static int16_t in[960], out[TICKS * 960];
    for (unsigned i = 0; i < TICKS; i++) {
        uint8_t bytes[PAYLOAD_ROOM];
        signal_tone(in, i * tick, tick, codec->sample_rate_hz, 440, 8000);
        int length = codec->encode(encoder, in, tick, bytes, sizeof(bytes));
        assert_int_equal(
            codec_decode(codec, decoder, bytes, (size_t)length, out + i * tick, tick), tick);
    }
    double peak =
        signal_peak_at(out + (TICKS - HEARD) * tick, HEARD * tick, codec->sample_rate_hz, 440);
    assert_true(fabs(signal_db(peak / 8000)) < 1);
}

/* A hostile payload to both that look at it. Memory that is exactly as large as it is lets a
 * sanitizer see one byte read too far. */
static void attack(const struct codec *codec, struct codec_decoder *decoder,
                   const uint8_t *bytes, size_t length, unsigned room)
{
    static int16_t pcm[CODEC_MAX_PACKET_SAMPLES + 1];
    uint8_t *payload = malloc(length ? length : 1);
    memcpy(payload, bytes, length);
    int said = codec->payload_samples(payload, length);
    pcm[room] = 0x5a5a;
    int got = codec_decode(codec, decoder, payload, length, pcm, room);
    assert_int_equal(pcm[room], 0x5a5a);
    assert_true(got == -EBADMSG || got == -ENOBUFS || got > 0);
    if (said < 0)
        assert_int_equal(got, -EBADMSG);
    else if (is_named(codec, "AMR") || is_named(codec, "AMR-WB"))
        assert_true(got <= (int)room); /* which of two forms it has only the decoder knows */
    else if ((unsigned)said > room)
        assert_int_equal(got, -ENOBUFS);
    else
        assert_true(got == said || got == -EBADMSG);
    int level = codec->payload_level ? codec->payload_level(payload, length) : -ENODATA;
    assert_true(level == -ENODATA || (level >= 0 && level <= 127));
    free(payload);
}

/* Every length 0..200 of random bytes, and some far too long. */
static void random_bytes_never_break_a_decoder(void **state)
{
    (void)state;
    uint32_t seed = 5;
    static int16_t pcm[CODEC_MAX_PACKET_SAMPLES];
    static uint8_t bytes[210 * 37];
    for (unsigned row = 0; codec_at(row); row++) {
        const struct codec *codec = codec_at(row);
        struct codec_encoder *encoder;
        struct codec_decoder *decoder;
        open_both(codec, &encoder, &decoder);
        for (unsigned round = 0; round < 3 * 211; round++) {
            size_t length = round % 211;
            length = length > 200 ? length * 37 : length;
            signal_random_bytes(&seed, bytes, length);
            attack(codec, decoder, bytes, length,
                   round % 7 ? CODEC_MAX_PACKET_SAMPLES : signal_random(&seed) % 300);
            if (round % 11 == 0)
                codec->conceal(decoder, pcm, signal_random(&seed) % CODEC_MAX_PACKET_SAMPLES);
        }
        assert_int_equal(codec->payload_samples((const uint8_t *)"", 0), -EBADMSG);
        still_codes_a_tone(codec, encoder, decoder);
        close_both(codec, encoder, decoder);
    }
}

/* What is nearly right gets deeper: payloads of noise with some bits turned, or cut. */
static void spoilt_payloads_never_break_a_decoder(void **state)
{
    (void)state;
    uint32_t seed = 6;
    static int16_t pcm[CODEC_MAX_PACKET_SAMPLES];
    for (unsigned row = 0; codec_at(row); row++) {
        const struct codec *codec = codec_at(row);
        struct codec_encoder *encoder;
        struct codec_decoder *decoder;
        open_both(codec, &encoder, &decoder);
        for (unsigned round = 0; round < 500; round++) {
            uint8_t bytes[PAYLOAD_ROOM];
            signal_random_bytes(&seed, pcm, codec->sample_rate_hz / 50 * sizeof(*pcm));
            int length =
                codec->encode(encoder, pcm, codec->sample_rate_hz / 50, bytes, sizeof(bytes));
            assert_in_range(length, 1, PAYLOAD_ROOM);
            for (unsigned i = round % 5; i; i--)
                bytes[signal_random(&seed) % (unsigned)length] ^=
                    (uint8_t)(1u << (signal_random(&seed) & 7));
            if (round % 9 == 0)
                length = (int)(signal_random(&seed) % (unsigned)length);
            attack(codec, decoder, bytes, (size_t)length, CODEC_MAX_PACKET_SAMPLES);
        }
        still_codes_a_tone(codec, encoder, decoder);
        close_both(codec, encoder, decoder);
    }
}

static void an_encoder_refuses_what_it_cannot(void **state)
{
    (void)state;
    static int16_t pcm[60000];
    uint8_t out[PAYLOAD_ROOM];
    for (unsigned row = 0; codec_at(row); row++) {
        const struct codec *codec = codec_at(row);
        struct codec_encoder *encoder;
        struct codec_decoder *decoder;
        open_both(codec, &encoder, &decoder);
        assert_int_equal(codec->encode(encoder, pcm, 60000, out, sizeof(out)), -EINVAL);
        if (!is_named(codec, "opus")) /* it fits anything by coding worse */
            assert_int_equal(codec->encode(encoder, pcm, codec->sample_rate_hz / 50, out, 19),
                             -ENOBUFS);
        if (codec->frame_ms > 10)
            assert_int_equal(
                codec->encode(encoder, pcm, codec->sample_rate_hz / 100, out, sizeof(out)),
                -EINVAL);
        close_both(codec, encoder, decoder);
        close_both(codec, NULL, NULL);
    }
}

/* What is heard around a loss. Codecs that predict from what they have bend and weaken a tone
 * when they lose a part of it, and find back to it in some 100 ms. */
struct loss_bounds {
    double steps;   /* of the tone's own                         */
    double first;   /* of its peak: RMS of the first tick made up */
    double after;   /* of its peak: RMS at the end                */
    unsigned ticks; /* heard behind the loss                      */
};

static struct loss_bounds bounds_of(const struct codec *codec)
{
    if (is_named(codec, "speex")) /* libspeex finds back to speech, but not to every tone */
        return (struct loss_bounds){2.2, 0.35, 0.04, 2};
    if (is_named(codec, "AMR") || is_named(codec, "AMR-WB") || is_named(codec, "G729"))
        return (struct loss_bounds){1.6, 0.2, 0.4, 100};
    return (struct loss_bounds){1.6, 0.35, 0.6, 12};
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
    const struct loss_bounds bounds = bounds_of(codec);
    const int bound = (int)(bounds.steps * 8000 * SIGNAL_TAU * hz / rate) + 400;
    static int16_t in[960], out[960];
    int16_t before = 0;
    double loudest = 0;
    for (unsigned t = 0; t < 20 + lost + bounds.ticks; t++) {
        uint8_t payload[PAYLOAD_ROOM];
        signal_tone(in, t * tick, tick, rate, hz, 8000);
        int bytes = codec->encode(encoder, in, tick, payload, sizeof(payload));
        if (t >= 20 && t < 20 + lost)
            codec->conceal(decoder, out, tick);
        else
            codec_decode(codec, decoder, payload, (size_t)bytes, out, tick);
        if (t >= 10) {
            int step = signal_max_step(before, out, tick);
            assert_in_range(step, 0, bound);
        }
        before = out[tick - 1];
        loudest = signal_rms(out, tick);
        if (t == 20)
            assert_true(loudest > 8000 * bounds.first);
        if (t >= 20 + 5 && t < 20 + lost)
            assert_true(loudest == 0);
    }
    assert_true(loudest > 8000 * bounds.after);
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
                conceal_never_clicks_and_fades(codec_at(row), usual_ptime(codec_at(row)),
                                               tones[t], lost[l]);
            /* Opus: its music coder, which conceals otherwise */
            for (unsigned l = 0; l < 6 && has_ptime(codec_at(row), 30); l++)
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
                uint8_t payload[PAYLOAD_ROOM];
                signal_tone(in, t * tick, tick, codec->sample_rate_hz, 300, 8000);
                int bytes = codec->encode(encoder, in, tick, payload, sizeof(payload));
                codec_decode(codec, decoder, payload, (size_t)bytes, in, tick);
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
        cmocka_unit_test(payload_types_of_our_own_do_not_meet),
        cmocka_unit_test(a_tone_comes_out_as_it_went_in),
        cmocka_unit_test(random_bytes_never_break_a_decoder),
        cmocka_unit_test(spoilt_payloads_never_break_a_decoder),
        cmocka_unit_test(an_encoder_refuses_what_it_cannot),
        cmocka_unit_test(lost_packets_neither_click_nor_stay),
        cmocka_unit_test(concealing_in_odd_pieces_is_the_same_as_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
