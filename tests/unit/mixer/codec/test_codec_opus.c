/* test_codec_opus.c - what offer/answer asks of Opus, seen in the packets. */
#include "mixer/codec/codec.h"
#include "tests/unit/mixer/signal.h"

#include <errno.h>
#include <opus/opus.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { TICK = 960, RATE = 48000 };

static const struct codec *opus(void)
{
    return codec_at(0);
}

static void reads_fmtp(void **state)
{
    (void)state;
    static const struct {
        const char *fmtp;
        struct codec_params want;
    } rows[] = {
        {"", {0}},
        {"minptime=10;useinbandfec=1", {.fec = true}},
        {"useinbandfec=1; usedtx=1; cbr=1; stereo=1; sprop-stereo=1",
         {.fec = true, .dtx = true, .cbr = true, .stereo = true}},
        {"useinbandfec=0;usedtx=0;cbr=0;stereo=0", {0}},
        {"sprop-stereo=1", {0}},
        {"useinbandfec=2;usedtx=yes", {0}},
        {"maxplaybackrate=16000; sprop-maxcapturerate=48000; maxaveragebitrate=20000",
         {.max_rate_hz = 16000, .bitrate_bps = 20000}},
        {"maxaveragebitrate=510000", {.bitrate_bps = 510000}},
        {"maxaveragebitrate=0", {0}},
        {"maxaveragebitrate=-1;maxplaybackrate=1e9", {0}},
        {"maxaveragebitrate=5999;maxplaybackrate=1", {0}},
        {"\xff\xfe=;;===;useinbandfec", {0}},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct codec_params params = {0};
        assert_int_equal(opus()->fmtp_read(rows[i].fmtp, &params), 0);
        assert_int_equal(params.bitrate_bps, rows[i].want.bitrate_bps);
        assert_int_equal(params.max_rate_hz, rows[i].want.max_rate_hz);
        assert_int_equal(params.fec, rows[i].want.fec);
        assert_int_equal(params.dtx, rows[i].want.dtx);
        assert_int_equal(params.cbr, rows[i].want.cbr);
        assert_int_equal(params.stereo, rows[i].want.stereo);
    }
}

static void writes_what_it_can_read(void **state)
{
    (void)state;
    char text[CODEC_FMTP_BYTES];
    struct codec_params params = {0};
    opus()->fmtp_write(NULL, text);
    assert_string_equal(text, "maxplaybackrate=48000;stereo=0;sprop-stereo=0");
    assert_int_equal(opus()->fmtp_read(text, &params), 0);
    assert_int_equal(params.max_rate_hz, 48000);
    assert_false(params.stereo || params.fec || params.dtx || params.cbr);
}

/* Something like a voice: a buzz of 120 Hz whose loudness and formant move, and hiss. */
static void speak(uint32_t *seed, unsigned begin, int16_t *pcm)
{
    for (unsigned i = 0; i < TICK; i++) {
        double t = (double)(begin + i) / RATE, x = 0;
        for (int h = 1; h < 30; h++)
            x += sin(SIGNAL_TAU * 120 * h * t) / (1 + fabs(h - 5 - 4 * sin(7 * t)));
        double hiss = (double)(signal_random(seed) >> 16) / 65536 - 0.5;
        pcm[i] = (int16_t)(2500 * (1 + sin(11 * t)) * x + 1500 * hiss);
    }
}

struct sent {
    unsigned packets, bytes, shortest, longest;
    int widest; /* OPUS_BANDWIDTH_* */
    bool has_fec;
};

/* RFC 6716 section 4.2.3: a SILK frame's first bits are VAD flags, then the LBRR flag. */
static bool has_redundancy(const uint8_t *packet)
{
    bool is_silk = packet[0] >> 3 < 16, is_one_frame_of_20_ms = (packet[0] >> 3 & 3) % 2 == 1;
    return is_silk && is_one_frame_of_20_ms && (packet[0] & 3) == 0 && (packet[1] & 0x40);
}

static struct sent send(struct codec_params params, bool silent)
{
    struct codec_encoder *encoder;
    struct sent sent = {.shortest = 9999};
    assert_int_equal(opus()->encoder_create(&params, &encoder), 0);
    uint32_t seed = 9;
    for (unsigned t = 0; t < 150; t++) {
        int16_t pcm[TICK] = {0};
        uint8_t packet[CODEC_MAX_PAYLOAD_BYTES];
        if (!silent)
            speak(&seed, t * TICK, pcm);
        int bytes = opus()->encode(encoder, pcm, TICK, packet, sizeof(packet));
        assert_true(bytes >= 0);
        if (!bytes)
            continue;
        sent.packets++;
        if (t < 50) /* rate control settles */
            continue;
        int bandwidth = opus_packet_get_bandwidth(packet);
        sent.bytes += (unsigned)bytes;
        sent.shortest = (unsigned)bytes < sent.shortest ? (unsigned)bytes : sent.shortest;
        sent.longest = (unsigned)bytes > sent.longest ? (unsigned)bytes : sent.longest;
        sent.widest = bandwidth > sent.widest ? bandwidth : sent.widest;
        sent.has_fec |= has_redundancy(packet);
        assert_int_equal(opus_packet_get_nb_channels(packet), 1);
    }
    opus()->encoder_destroy(encoder);
    return sent;
}

static void sends_no_more_than_the_far_end_wants(void **state)
{
    (void)state;
    struct sent plain = send((struct codec_params){0}, false);
    assert_int_equal(plain.packets, 150);
    assert_in_range(plain.bytes / 2, 24000 / 8, 40000 / 8); /* of 100 packets, 2 s */
    assert_int_equal(plain.widest, OPUS_BANDWIDTH_FULLBAND);
    assert_true(plain.shortest < plain.longest);
    assert_false(plain.has_fec);

    struct sent low = send((struct codec_params){.bitrate_bps = 12000}, false);
    assert_in_range(low.bytes / 2, 8000 / 8, 15000 / 8);
    struct sent most = send((struct codec_params){.bitrate_bps = 510000}, false);
    assert_in_range(most.bytes / 2, 45000 / 8, 80000 / 8);
    struct sent least = send((struct codec_params){.bitrate_bps = 1}, false);
    assert_in_range(least.bytes / 2, 1, 9000 / 8);

    static const struct {
        unsigned rate;
        int bandwidth;
    } rows[] = {{8000, OPUS_BANDWIDTH_NARROWBAND}, {12000, OPUS_BANDWIDTH_MEDIUMBAND},
                {16000, OPUS_BANDWIDTH_WIDEBAND},  {24000, OPUS_BANDWIDTH_SUPERWIDEBAND},
                {44100, OPUS_BANDWIDTH_FULLBAND},  {999999999, OPUS_BANDWIDTH_FULLBAND}};
    for (unsigned i = 0; i < 6; i++) {
        struct sent cut = send((struct codec_params){.max_rate_hz = rows[i].rate}, false);
        assert_in_range(cut.widest, OPUS_BANDWIDTH_NARROWBAND, rows[i].bandwidth);
    }
}

static void constant_rate_fec_and_dtx_when_asked(void **state)
{
    (void)state;
    struct sent cbr = send((struct codec_params){.cbr = true}, false);
    assert_int_equal(cbr.shortest, cbr.longest);
    struct sent fec = send((struct codec_params){.fec = true}, false);
    assert_true(fec.has_fec);
    struct sent dtx = send((struct codec_params){.dtx = true}, true);
    assert_in_range(dtx.packets, 1, 40);
    struct sent no_dtx = send((struct codec_params){0}, true);
    assert_int_equal(no_dtx.packets, 150);
}

static void packet_times(void **state)
{
    (void)state;
    static int16_t pcm[6000];
    uint8_t packet[CODEC_MAX_PAYLOAD_BYTES];
    for (unsigned ms = 1; ms <= 130; ms++) {
        struct codec_encoder *encoder = NULL;
        struct codec_params params = {.ptime_ms = ms};
        bool good = ms % 10 == 0 && ms <= 60;
        assert_int_equal(opus()->encoder_create(&params, &encoder), good ? 0 : -EINVAL);
        if (!good)
            continue;
        int bytes = opus()->encode(encoder, pcm, ms * 48, packet, sizeof(packet));
        assert_true(bytes > 0);
        assert_int_equal(opus_packet_get_nb_samples(packet, bytes, RATE), ms * 48);
        assert_int_equal(opus()->encode(encoder, pcm, 0, packet, sizeof(packet)), -EINVAL);
        assert_int_equal(opus()->encode(encoder, pcm, 481, packet, sizeof(packet)), -EINVAL);
        opus()->encoder_destroy(encoder);
    }
}

/* Speech, silence and a tone by turns: an encoder that may choose its mode would, and frames of
 * two modes are no packet. */
static void packets_of_several_frames_hold_whatever_is_said(void **state)
{
    (void)state;
    static const unsigned ptimes[] = {30, 50}, bitrates[] = {0, 12000, 34000, 64000};
    for (unsigned c = 0; c < 8; c++) {
        static int16_t pcm[3 * TICK];
        struct codec_encoder *encoder;
        struct codec_params params = {
            .ptime_ms = ptimes[c % 2], .bitrate_bps = bitrates[c / 2], .fec = true};
        const unsigned samples = params.ptime_ms * 48;
        uint32_t seed = 21;
        assert_int_equal(opus()->encoder_create(&params, &encoder), 0);
        for (unsigned i = 0; i < 120; i++) {
            uint8_t packet[CODEC_MAX_PAYLOAD_BYTES];
            memset(pcm, 0, sizeof(pcm));
            for (unsigned t = 0; t < 3 && i / 20 % 3 == 0; t++)
                speak(&seed, i * samples + t * TICK, pcm + t * TICK);
            if (i / 20 % 3 == 1)
                signal_tone(pcm, i * samples, samples, RATE, 3000, 12000);
            int bytes = opus()->encode(encoder, pcm, samples, packet, sizeof(packet));
            assert_in_range(bytes, 1, 700);
            assert_int_equal(opus()->payload_samples(packet, (size_t)bytes), samples);
        }
        opus()->encoder_destroy(encoder);
    }
}

static void payload_samples_table(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
        int samples;
    } rows[] = {
        {"\x08x", 2, 960},                /* SILK, 20 ms, one frame                 */
        {"\x08", 1, 960},                 /* a frame of no bytes: DTX               */
        {"\x18x", 2, 2880},               /* SILK, 60 ms                            */
        {"\x80x", 2, 120},                /* CELT, 2.5 ms                           */
        {"\x09xy", 3, 1920},              /* two frames of equal size               */
        {"\x09xyz", 4, -EBADMSG},         /* ... that are not equal                 */
        {"\x0a\x01xy", 4, 1920},          /* two frames, first of 1 byte            */
        {"\x0a\x09xy", 4, -EBADMSG},      /* ... first longer than all              */
        {"\x0b\x03xyz", 5, 2880},         /* three frames                           */
        {"\x0b\x00", 2, -EBADMSG},        /* no frames                              */
        {"\x0b", 1, -EBADMSG},            /* no count                               */
        {"\x0b\x07xxxxxxx", 9, -EBADMSG}, /* 140 ms                                 */
        {"\x83\x30", 2, 5760},            /* 48 of 2.5 ms                           */
        {"\x83\x31", 2, -EBADMSG},        /* 49                                     */
        {"\x0b\x41\xff", 3, -EBADMSG},    /* padding longer than the packet         */
    };
    struct codec_params params = {0};
    struct codec_decoder *decoder;
    static int16_t pcm[CODEC_MAX_PACKET_SAMPLES];
    assert_int_equal(opus()->decoder_create(&params, &decoder), 0);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const uint8_t *bytes = (const uint8_t *)rows[i].bytes;
        assert_int_equal(opus()->payload_samples(bytes, rows[i].length), rows[i].samples);
        assert_int_equal(
            opus()->decode(decoder, bytes, rows[i].length, pcm, CODEC_MAX_PACKET_SAMPLES),
            rows[i].samples);
    }
    opus()->decoder_destroy(decoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_fmtp),
        cmocka_unit_test(writes_what_it_can_read),
        cmocka_unit_test(sends_no_more_than_the_far_end_wants),
        cmocka_unit_test(constant_rate_fec_and_dtx_when_asked),
        cmocka_unit_test(packet_times),
        cmocka_unit_test(packets_of_several_frames_hold_whatever_is_said),
        cmocka_unit_test(payload_samples_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
