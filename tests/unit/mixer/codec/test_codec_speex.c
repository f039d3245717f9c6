/* test_codec_speex.c - Speex' modes, what a payload may hold, and that libspeex is never shown
 * what it would complain about. */
#include "tests/unit/mixer/codec/coded_tone.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct codec *row(bool wide)
{
    return codec_by_name("speex", wide ? 16000 : 8000, 1);
}

/* Bits of a frame: by mode in narrowband, by quality 0 to 10 in wideband (there from the
 * manual's bits per second, of which a frame has a fiftieth). */
static const unsigned narrow_bits[] = {5, 43, 119, 160, 220, 300, 364, 492, 79};
static const unsigned wide_bits[] = {3950 / 50,  5750 / 50,  7750 / 50,  9800 / 50,
                                     12800 / 50, 16800 / 50, 20600 / 50, 23800 / 50,
                                     27800 / 50, 34200 / 50, 42200 / 50};

static void the_first_mode_of_the_list_is_sent(void **state)
{
    (void)state;
    static const struct {
        const char *fmtp;
        unsigned narrow, wide;
    } rows[] = {
        {"", 3, 8},        {"mode=\"1,any\"", 1, 1}, {"vbr=off; mode=\"5,3,any\";cng=on", 5, 5},
        {"mode=0", 0, 0},  {"mode=8", 8, 8},         {"mode=10", 3, 10},
        {"mode=11", 3, 8}, {"mode=any", 3, 8},       {"mode=", 3, 8},
        {"mode=-1", 3, 8}, {"mode=2x", 3, 8},        {"vbr=vad", 3, 8}};
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t payload[CODED_TONE_BYTES];
        struct codec_params narrow = {0}, wide = {0};
        assert_int_equal(row(false)->fmtp_read(rows[i].fmtp, &narrow), 0);
        assert_int_equal(row(true)->fmtp_read(rows[i].fmtp, &wide), 0);
        assert_int_equal(coded_tone(row(false), &narrow, payload),
                         (narrow_bits[rows[i].narrow] + 7) / 8);
        assert_int_equal(payload[0] >> 3, rows[i].narrow);
        assert_int_equal(coded_tone(row(true), &wide, payload),
                         (wide_bits[rows[i].wide] + 7) / 8);
    }
    struct codec_params little = {.bitrate_bps = 8000};
    uint8_t payload[CODED_TONE_BYTES];
    assert_in_range(coded_tone(row(true), &little, payload), 1, 8000 / 50 / 8);
    char answer[CODEC_FMTP_BYTES];
    row(false)->fmtp_write(&little, answer);
    assert_string_equal(answer, "mode=\"6,any\"");
}

/* Writes bits given as text, padded as RFC 5574 section 2.2 wants it. @return bytes */
static size_t pack(const char *bits, uint8_t *out)
{
    size_t count = strlen(bits);
    memset(out, 0, (count + 7) / 8);
    for (size_t i = 0; i < (count + 7) / 8 * 8; i++) {
        bool one = i < count ? bits[i] == '1' : i > count;
        out[i / 8] |= (uint8_t)(one << (7 - i % 8));
    }
    return (count + 7) / 8;
}

#define MODE_8                                                                                 \
    "01000"                                                                                    \
    "1010110101"                                                                               \
    "1010110101"                                                                               \
    "1010110101"                                                                               \
    "1010110101"                                                                               \
    "1010110101"                                                                               \
    "1010110101"                                                                               \
    "1010110101"                                                                               \
    "1101"

static void a_payload_is_frames_layers_and_requests(void **state)
{
    (void)state;
    static const struct {
        const char *bits;
        int narrow, wide; /* frames */
    } rows[] = {
        {"00000", 1, 1},
        {MODE_8, 1, 1},
        {MODE_8 MODE_8, 2, 2},
        {MODE_8 "1000", -1, 1}, /* behind it a layer: wideband */
        {MODE_8 "1000" MODE_8, -1, 2},
        {"00000"
         "1000"
         "00000",
         -1, 2},
        {"1000"
         "00000",
         -1, -1}, /* a layer of nothing */
        {"00000"
         "1000"
         "1000"
         "00000",
         -1, -1},
        {"00000"
         "1101",
         -1, -1}, /* a layer that does not exist */
        {"00000"
         "1001"
         "111",
         -1, -1}, /* one that is cut */
        {"01001"
         "00000",
         -1, -1}, /* modes that do not exist */
        {"01100"
         "00000",
         -1, -1},
        {"01110"
         "0000"
         "1"
         "00000",
         1, 1}, /* requests to the decoder */
        {"01110"
         "1000"
         "10101010"
         "00000",
         1, 1},
        {"01101"
         "0001"
         "10000"
         "10101010"
         "00000",
         1, 1},
        {"01110"
         "1111"
         "00000",
         -1, -1}, /* cut */
        {"01101"
         "1111"
         "00000",
         -1, -1},
        {"01110"
         "0000"
         "1",
         -1, -1}, /* and nothing else */
        {"01110"
         "000",
         -1, -1},
        {"01111", -1, -1}, /* the end, before anything */
        {"00000"
         "01111"
         "00000",
         1, 1},
        {"00000"
         "00000"
         "00000"
         "00000"
         "00000"
         "00000",
         6, 6},
        {"00000"
         "00000"
         "00000"
         "00000"
         "00000"
         "00000"
         "00000",
         -1, -1},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (unsigned wide = 0; wide < 2; wide++) {
            const struct codec *codec = row(wide);
            struct codec_params params = {0};
            struct codec_decoder *decoder;
            static int16_t pcm[6 * 320];
            uint8_t payload[64];
            size_t length = pack(rows[i].bits, payload);
            int frames = wide ? rows[i].wide : rows[i].narrow;
            int samples = frames < 0 ? -EBADMSG : frames * (wide ? 320 : 160);
            codec->decoder_create(&params, &decoder);
            assert_int_equal(codec->payload_samples(payload, length), samples);
            assert_int_equal(codec_decode(codec, decoder, payload, length, pcm, 6 * 320),
                             samples);
            codec->decoder_destroy(decoder);
        }
    }
}

/* What we take, libspeex can read: it never has reason to write to stderr in a tick. */
static void the_library_never_complains(void **state)
{
    (void)state;
    int saved = dup(STDERR_FILENO), pipes[2];
    assert_int_equal(pipe2(pipes, O_NONBLOCK), 0);
    dup2(pipes[1], STDERR_FILENO);
    uint32_t seed = 21;
    unsigned taken = 0, refused = 0;
    for (unsigned round = 0; round < 60000; round++) {
        const struct codec *codec = row(round & 1);
        static struct codec_decoder *decoder[2];
        static int16_t pcm[6 * 320];
        struct codec_params params = {0};
        uint8_t payload[120];
        size_t length = signal_random(&seed) % sizeof(payload);
        if (!decoder[round & 1])
            codec->decoder_create(&params, &decoder[round & 1]);
        signal_random_bytes(&seed, payload, sizeof(payload));
        payload[0] &= 0x7f; /* no stray layer */
        if (codec->payload_samples(payload, length) > 0) {
            taken++;
            refused +=
                codec_decode(codec, decoder[round & 1], payload, length, pcm, 6 * 320) < 0;
        }
        if (round >= 59998) {
            codec->decoder_destroy(decoder[round & 1]);
            decoder[round & 1] = NULL;
        }
    }
    dup2(saved, STDERR_FILENO);
    char said;
    assert_int_equal(read(pipes[0], &said, 1), -1);
    close(pipes[0]);
    close(pipes[1]);
    close(saved);
    assert_true(taken > 1000);
    assert_int_equal(refused, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_mode_of_the_list_is_sent),
        cmocka_unit_test(a_payload_is_frames_layers_and_requests),
        cmocka_unit_test(the_library_never_complains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
