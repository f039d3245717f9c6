/* test_codec_amr.c - AMR's and AMR-WB's parameters, modes, forms, and the far end's silence. */
#include "tests/unit/mixer/codec/coded_tone.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct codec *row(bool wide)
{
    return wide ? codec_by_name("AMR-WB", 16000, 1) : codec_by_name("AMR", 8000, 1);
}

static void parameters_are_read_and_answered(void **state)
{
    (void)state;
    static const struct {
        const char *fmtp;
        int result;
        unsigned mode;
        bool octet_align;
        const char *answer;
    } rows[] = {
        {"", 0, 0, false, ""},
        {"octet-align=0", 0, 0, false, ""},
        {"octet-align=1", 0, 0, true, "octet-align=1"},
        {"mode-set=7", 0, 0x80, false, "mode-set=7"},
        {"octet-align=1; mode-set=0,2,5,7; mode-change-period=2; max-red=220", 0, 0xa5, true,
         "octet-align=1;mode-set=0,2,5,7"},
        {"mode-set=\"5,0\"", 0, 0x21, false, "mode-set=0,5"},
        {"mode-set=1,1", 0, 2, false, "mode-set=1"},
        {"crc=0;robust-sorting=0", 0, 0, false, ""},
        {"octet-align=1;crc=1", -EINVAL, 0, false, ""},
        {"octet-align=1;robust-sorting=1", -EINVAL, 0, false, ""},
        {"octet-align=1;interleaving=30", -EINVAL, 0, false, ""},
        {"crc=x", -EINVAL, 0, false, ""},
        {"mode-set=", -EINVAL, 0, false, ""},
        {"mode-set=9", -EINVAL, 0, false, ""},
        {"mode-set=0,9", -EINVAL, 0, false, ""},
        {"mode-set=0,", -EINVAL, 0, false, ""},
        {"mode-set=,0", -EINVAL, 0, false, ""},
        {"mode-set=-1", -EINVAL, 0, false, ""},
        {"mode-set=0;2", 0, 1, false, "mode-set=0"},
        {"mode-set=18446744073709551616", -EINVAL, 0, false, ""},
    };
    for (unsigned wide = 0; wide < 2; wide++) {
        for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            struct codec_params params = {0};
            char answer[CODEC_FMTP_BYTES];
            assert_int_equal(row(wide)->fmtp_read(rows[i].fmtp, &params), rows[i].result);
            if (rows[i].result)
                continue;
            assert_int_equal(params.mode, rows[i].mode);
            assert_int_equal(params.octet_align, rows[i].octet_align);
            row(wide)->fmtp_write(&params, answer);
            assert_string_equal(answer, rows[i].answer);
        }
    }
    struct codec_params params = {0};
    char offer[CODEC_FMTP_BYTES] = "x";
    assert_int_equal(row(false)->fmtp_read("mode-set=8", &params), -EINVAL);
    assert_int_equal(row(true)->fmtp_read("mode-set=0,1,2,3,4,5,6,7,8", &params), 0);
    row(true)->fmtp_write(&params, offer);
    assert_string_equal(offer, "mode-set=0,1,2,3,4,5,6,7,8");
    row(true)->fmtp_write(NULL, offer);
    assert_string_equal(offer, "");
}

/* RFC 4867 tables 1a and 1b: the bits of each mode. */
static void the_best_mode_allowed_is_sent_in_the_form_asked_for(void **state)
{
    (void)state;
    static const unsigned bits[2][9] = {{95, 103, 118, 134, 148, 159, 204, 244},
                                        {132, 177, 253, 285, 317, 365, 397, 461, 477}};
    for (unsigned wide = 0; wide < 2; wide++) {
        const unsigned modes = wide ? 9 : 8;
        uint8_t payload[CODED_TONE_BYTES];
        for (unsigned mode = 0; mode < modes; mode++) {
            struct codec_params params = {.mode = 1u << mode | 1};
            assert_int_equal(coded_tone(row(wide), &params, payload),
                             (10 + bits[wide][mode] + 7) / 8);
            assert_int_equal(payload[0] >> 4, 15);
            assert_int_equal((payload[0] & 7) << 1 | payload[1] >> 7, mode);
            params.octet_align = true;
            assert_int_equal(coded_tone(row(wide), &params, payload),
                             2 + (bits[wide][mode] + 7) / 8);
            assert_int_equal(payload[0], 0xf0);
            assert_int_equal(payload[1], mode << 3 | 4);
            params.mode = 0; /* all, but for no more than ... */
            params.bitrate_bps = bits[wide][mode] * 50;
            coded_tone(row(wide), &params, payload);
            assert_int_equal(payload[1] >> 3, mode);
        }
        struct codec_params params = {.octet_align = true};
        coded_tone(row(wide), &params, payload);
        assert_int_equal(payload[1] >> 3, modes - 1);
        params.bitrate_bps = 1000; /* less than there is */
        coded_tone(row(wide), &params, payload);
        assert_int_equal(payload[1] >> 3, 0);
        params.mode = 0x30;
        coded_tone(row(wide), &params, payload);
        assert_int_equal(payload[1] >> 3, 4);
    }
}

static void each_mode_and_form_carries_a_tone(void **state)
{
    (void)state;
    for (unsigned wide = 0; wide < 2; wide++) {
        const struct codec *codec = row(wide);
        const unsigned tick = codec->sample_rate_hz / 50;
        for (unsigned i = 0; i < (wide ? 18u : 16u); i++) {
            struct codec_params params = {.mode = 1u << i / 2, .octet_align = i % 2};
            struct codec_encoder *encoder;
            struct codec_decoder *decoder;
            static int16_t in[320], out[50 * 320];
            codec->encoder_create(&params, &encoder);
            codec->decoder_create(&params, &decoder);
            for (unsigned t = 0; t < 50; t++) {
                uint8_t payload[CODED_TONE_BYTES];
                signal_tone(in, t * tick, tick, codec->sample_rate_hz, 440, 8000);
                int bytes = codec->encode(encoder, in, tick, payload, sizeof(payload));
                assert_int_equal(
                    codec_decode(codec, decoder, payload, (size_t)bytes, out + t * tick, tick),
                    tick);
            }
            double peak =
                signal_peak_at(out + 25 * tick, 25 * tick, codec->sample_rate_hz, 440);
            assert_true(fabs(signal_db(peak / 8000)) < 2);
            codec->encoder_destroy(encoder);
            codec->decoder_destroy(decoder);
        }
    }
}

/* After a SID there is noise however long nothing comes, in pieces or as frames without data;
 * after speech, and after a frame that the far end calls bad, what is made up ends. */
static void noise_goes_on_and_speech_does_not(void **state)
{
    (void)state;
    static const uint8_t sid[2][7] = {{0xf0, 8 << 3 | 4, 0x20, 0x33, 0x55, 0x02, 0x10},
                                      {0xf0, 9 << 3 | 4, 0x20, 0x33, 0x55, 0x04, 0x10}};
    static const uint8_t no_data[2] = {0xf0, 15 << 3 | 4};
    for (unsigned wide = 0; wide < 2; wide++) {
        const struct codec *codec = row(wide);
        const unsigned tick = codec->sample_rate_hz / 50;
        struct codec_params params = {.octet_align = true};
        struct codec_encoder *encoder;
        struct codec_decoder *decoder;
        static int16_t pcm[320];
        uint8_t payload[CODED_TONE_BYTES];
        codec->encoder_create(&params, &encoder);
        codec->decoder_create(&params, &decoder);
        for (unsigned silent = 0; silent < 2; silent++) {
            for (unsigned t = 0; t < 20; t++) {
                signal_tone(pcm, t * tick, tick, codec->sample_rate_hz, 440, 8000);
                int bytes = codec->encode(encoder, pcm, tick, payload, sizeof(payload));
                codec_decode(codec, decoder, payload, (size_t)bytes, pcm, tick);
            }
            for (unsigned t = 0; t < 8 && silent; t++)
                assert_int_equal(codec_decode(codec, decoder, sid[wide], 7, pcm, tick), tick);
            for (unsigned t = 0; t < 30; t++) {
                if (silent && t % 2)
                    assert_int_equal(codec_decode(codec, decoder, no_data, 2, pcm, tick), tick);
                else
                    codec->conceal(decoder, pcm, tick);
            }
            assert_int_equal(signal_rms(pcm, tick) > 0, silent);
            assert_true(signal_rms(pcm, tick) < 300);
        }
        payload[1] &= (uint8_t)~4; /* quality: bad */
        for (unsigned t = 0; t < 30; t++)
            assert_int_equal(codec_decode(codec, decoder, payload, wide ? 62 : 33, pcm, tick),
                             tick);
        assert_true(signal_rms(pcm, tick) < 500);
        codec->encoder_destroy(encoder);
        codec->decoder_destroy(decoder);
    }
}

static void the_other_form_is_no_payload(void **state)
{
    (void)state;
    for (unsigned form = 0; form < 2; form++) {
        struct codec_params params = {.octet_align = form};
        struct codec_decoder *decoder;
        static int16_t pcm[320];
        uint8_t payload[CODED_TONE_BYTES];
        int bytes = coded_tone(row(true), &params, payload);
        params.octet_align = !form;
        row(true)->decoder_create(&params, &decoder);
        assert_int_equal(codec_decode(row(true), decoder, payload, (size_t)bytes, pcm, 320),
                         -EBADMSG);
        row(true)->decoder_destroy(decoder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_read_and_answered),
        cmocka_unit_test(the_best_mode_allowed_is_sent_in_the_form_asked_for),
        cmocka_unit_test(each_mode_and_form_carries_a_tone),
        cmocka_unit_test(noise_goes_on_and_speech_does_not),
        cmocka_unit_test(the_other_form_is_no_payload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
