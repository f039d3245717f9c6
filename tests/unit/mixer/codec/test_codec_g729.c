/* test_codec_g729.c - G.729's annex B in SDP and in packets. */
#include "mixer/codec/codec.h"
#include "tests/unit/mixer/signal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { FRAME = 80, TICK = 160 };

/* RFC 7261: not said is yes; who says no gets no. */
static void annex_b_is_on_unless_the_far_end_says_no(void **state)
{
    (void)state;
    static const struct {
        const char *fmtp, *answer;
    } rows[] = {{"", "annexb=yes"},
                {"annexb=yes", "annexb=yes"},
                {"annexb=no", "annexb=no"},
                {"AnnexB = NO ; x=1", "annexb=no"},
                {"x=1;annexb=no", "annexb=no"},
                {"annexb=perhaps", "annexb=yes"}};
    const struct codec *codec = codec_by_static_type(18);
    char text[CODEC_FMTP_BYTES];
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct codec_params params = {0};
        assert_int_equal(codec->fmtp_read(rows[i].fmtp, &params), 0);
        codec->fmtp_write(&params, text);
        assert_string_equal(text, rows[i].answer);
    }
    codec->fmtp_write(NULL, text);
    assert_string_equal(text, "annexb=yes");
}

static void a_sid_ends_a_payload(void **state)
{
    (void)state;
    static const uint8_t payload[200];
    const struct codec *codec = codec_by_static_type(18);
    for (size_t length = 0; length <= sizeof(payload); length++) {
        size_t frames = (length + 8) / 10;
        bool is_one = (length % 10 == 0 || length % 10 == 2) && frames >= 1 && frames <= 12;
        assert_int_equal(codec->payload_samples(payload, length),
                         is_one ? (int)frames * FRAME : -EBADMSG);
    }
}

static void speak(const struct codec *codec, struct codec_encoder *encoder,
                  struct codec_decoder *decoder)
{
    int16_t pcm[TICK];
    uint8_t payload[20];
    for (unsigned t = 0; t < 20; t++) {
        signal_tone(pcm, t * TICK, TICK, 8000, 440, 8000);
        assert_int_equal(codec->encode(encoder, pcm, TICK, payload, sizeof(payload)), 20);
        assert_int_equal(codec_decode(codec, decoder, payload, 20, pcm, TICK), TICK);
    }
}

static void noise_goes_on_and_speech_does_not(void **state)
{
    (void)state;
    static const uint8_t sid[2] = {0x2a, 0x94}; /* a gain of some -60 dB */
    const struct codec *codec = codec_by_static_type(18);
    struct codec_params params = {0};
    struct codec_encoder *encoder;
    struct codec_decoder *decoder;
    int16_t pcm[TICK];
    codec->encoder_create(&params, &encoder);
    codec->decoder_create(&params, &decoder);
    speak(codec, encoder, decoder);
    for (unsigned t = 0; t < 10; t++)
        codec->conceal(decoder, pcm, TICK);
    assert_true(signal_rms(pcm, TICK) == 0);

    speak(codec, encoder, decoder);
    assert_int_equal(codec_decode(codec, decoder, sid, 2, pcm, TICK), FRAME);
    for (unsigned t = 0; t < 500; t++) {
        codec->conceal(decoder, pcm, TICK);
        double rms = signal_rms(pcm, TICK);
        assert_true(t < 10 || (rms > 1 && rms < 1000));
    }
    speak(codec, encoder, decoder); /* and speech is speech again */
    for (unsigned t = 0; t < 10; t++)
        codec->conceal(decoder, pcm, TICK);
    assert_true(signal_rms(pcm, TICK) == 0);
    codec->encoder_destroy(encoder);
    codec->decoder_destroy(decoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(annex_b_is_on_unless_the_far_end_says_no),
        cmocka_unit_test(a_sid_ends_a_payload),
        cmocka_unit_test(noise_goes_on_and_speech_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
