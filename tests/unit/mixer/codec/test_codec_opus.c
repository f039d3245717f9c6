/* test_codec_opus.c - what offer/answer asks of Opus, seen in the packets. */
#include "mixer/codec/codec.h"
#include "mixer/codec/opus_payload.h"
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
         {.fec = true, .dtx = true, .cbr = true, .stereo = true, .sends_stereo = true}},
        {"useinbandfec=0;usedtx=0;cbr=0;stereo=0", {0}},
        {"sprop-stereo=1", {.sends_stereo = true}},
        {"stereo=1", {.stereo = true}},
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
        assert_int_equal(params.sends_stereo, rows[i].want.sends_stereo);
    }
}

static void writes_what_it_can_read(void **state)
{
    (void)state;
    char text[CODEC_FMTP_BYTES];
    struct codec_params params = {0};
    opus()->fmtp_write(NULL, text);
    assert_string_equal(
        text, "maxplaybackrate=48000;stereo=0;sprop-stereo=0;useinbandfec=1;usedtx=1");
    assert_int_equal(opus()->fmtp_read(text, &params), 0);
    assert_int_equal(params.max_rate_hz, 48000);
    assert_true(params.fec && params.dtx);
    assert_false(params.stereo || params.sends_stereo || params.cbr);
}

/* What he wants to hear is what we send, and the other way round. */
static void answers_stereo_with_stereo_only(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        char text[CODEC_FMTP_BYTES];
        struct codec_params far = {.stereo = i & 1, .sends_stereo = i & 2, .cbr = true};
        struct codec_params read = {0};
        opus()->fmtp_write(&far, text);
        assert_int_equal(opus()->fmtp_read(text, &read), 0);
        assert_int_equal(read.sends_stereo, far.stereo);
        assert_int_equal(read.stereo, far.sends_stereo);
        assert_true(read.fec && read.dtx && !read.cbr);
    }
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
        sent.has_fec |= opus_payload_redundant_samples(packet, (size_t)bytes) != 0;
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
    static const unsigned ptimes[] = {30, 50};
    static const unsigned bitrates[] = {0, 6000, 12000, 17000, 24000, 34000, 64000, 128000};
    for (unsigned c = 0; c < 32; c++) {
        static int16_t pcm[2 * 3 * TICK];
        struct codec_encoder *encoder;
        struct codec_params params = {.ptime_ms = ptimes[c % 2],
                                      .bitrate_bps = bitrates[c / 2 % 8],
                                      .fec = true,
                                      .stereo = c >= 16};
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
            opus()->encoder_tune(encoder, i % 7 * 5);
            int bytes = opus()->encode(encoder, pcm, samples, packet, sizeof(packet));
            assert_in_range(bytes, 1, 1200);
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
            codec_decode(opus(), decoder, bytes, rows[i].length, pcm, CODEC_MAX_PACKET_SAMPLES),
            rows[i].samples);
    }
    opus()->decoder_destroy(decoder);
}

/* ---- loss ---- */

enum { TALK_TICKS = 300 };

static int16_t talk[TALK_TICKS * TICK];
static uint8_t talk_packet[TALK_TICKS][CODEC_MAX_PAYLOAD_BYTES];
static size_t talk_length[TALK_TICKS];

static void encode_talk(struct codec_params params)
{
    struct codec_encoder *encoder;
    uint32_t seed = 9;
    assert_int_equal(opus()->encoder_create(&params, &encoder), 0);
    for (unsigned t = 0; t < TALK_TICKS; t++) {
        speak(&seed, t * TICK, talk + t * TICK);
        int bytes = opus()->encode(encoder, talk + t * TICK, TICK, talk_packet[t],
                                   sizeof(talk_packet[t]));
        assert_true(bytes > 0);
        talk_length[t] = (size_t)bytes;
    }
    opus()->encoder_destroy(encoder);
}

enum loss { NONE, CONCEALED, RECOVERED };

/* Every tenth packet is lost. @return how many of those could be recovered. */
static unsigned decode_talk(enum loss loss, int16_t *out)
{
    struct codec_decoder *decoder;
    unsigned recovered = 0;
    assert_int_equal(opus()->decoder_create(&(struct codec_params){0}, &decoder), 0);
    for (unsigned t = 0; t < TALK_TICKS; t++, out += TICK) {
        if (loss == NONE || t % 10 != 5) {
            assert_int_equal(
                codec_decode(opus(), decoder, talk_packet[t], talk_length[t], out, TICK), TICK);
            continue;
        }
        int got = loss == CONCEALED ? -ENODATA
                                    : opus()->recover(decoder, talk_packet[t + 1],
                                                      talk_length[t + 1], out, TICK);
        assert_true(got == TICK || got == -ENODATA);
        recovered += got == TICK;
        if (got < 0)
            opus()->conceal(decoder, out, TICK);
    }
    opus()->decoder_destroy(decoder);
    return recovered;
}

/* Segmental: the mean over the lost packets of each one's ratio, within -10..35 dB. */
static double snr_of_lost(const int16_t *original, const int16_t *heard)
{
    double sum = 0;
    unsigned count = 0;
    for (unsigned t = 25; t < TALK_TICKS - 1; t += 10, count++) {
        double signal = 1, noise = 1;
        for (unsigned i = t * TICK; i < (t + 1) * TICK; i++) {
            signal += (double)original[i] * original[i];
            noise += ((double)original[i] - heard[i]) * ((double)original[i] - heard[i]);
        }
        sum += fmax(-10, fmin(35, 10 * log10(signal / noise)));
    }
    return sum / count;
}

/* The original is what was said, as late as the coder is (about 6.5 ms); and, since that coder
 * keeps no waveform, also what is heard of it without loss. */
static void what_the_next_packet_carries_is_nearer_than_what_is_made_up(void **state)
{
    (void)state;
    enum { LATE = 308 };
    static int16_t said[TALK_TICKS * TICK], whole[TALK_TICKS * TICK];
    static int16_t concealed[TALK_TICKS * TICK], recovered[TALK_TICKS * TICK];
    encode_talk((struct codec_params){.fec = true});
    memcpy(said + LATE, talk, sizeof(talk) - LATE * sizeof(*talk));
    decode_talk(NONE, whole);
    decode_talk(CONCEALED, concealed);
    assert_in_range(decode_talk(RECOVERED, recovered), 20, 30);
    assert_true(snr_of_lost(whole, recovered) > snr_of_lost(whole, concealed) + 5);
    assert_true(snr_of_lost(said, recovered) > snr_of_lost(said, concealed) + 2.5);
    assert_true(snr_of_lost(said, recovered) > snr_of_lost(said, whole) - 2);
}

static void what_carries_no_copy_is_of_no_use(void **state)
{
    (void)state;
    static int16_t out[TALK_TICKS * TICK];
    encode_talk((struct codec_params){.fec = false});
    assert_int_equal(decode_talk(RECOVERED, out), 0);

    struct codec_decoder *decoder;
    static const uint8_t music[] = {0xf8, 0x40, 0x41, 0x42}, empty[] = {0x08, 0x40};
    encode_talk((struct codec_params){.fec = true});
    unsigned with = 100;
    while (!opus_payload_redundant_samples(talk_packet[with], talk_length[with]))
        with++;
    const uint8_t *next = talk_packet[with];
    const size_t length = talk_length[with];
    assert_int_equal(opus()->decoder_create(&(struct codec_params){0}, &decoder), 0);
    assert_int_equal(opus()->recover(decoder, next, 0, out, TICK), -ENODATA);
    assert_int_equal(opus()->recover(decoder, music, sizeof(music), out, TICK), -ENODATA);
    assert_int_equal(opus()->recover(decoder, empty, sizeof(empty), out, TICK), -ENODATA);
    assert_int_equal(opus()->recover(decoder, next, length, out, TICK - 1), -ENODATA);
    assert_int_equal(opus()->recover(decoder, next, length, out, 0), -ENODATA);
    assert_int_equal(opus()->recover(decoder, next, length, out, TICK), TICK);
    /* after music libopus would not look at the copy */
    assert_int_equal(codec_decode(opus(), decoder, music, sizeof(music), out, TICK), TICK);
    assert_int_equal(opus()->recover(decoder, next, length, out, TICK), -ENODATA);
    opus()->decoder_destroy(decoder);
}

/* Three packets lost, in an odd number of samples: the last one is in the next. */
static void a_long_gap_is_concealed_up_to_the_copy(void **state)
{
    (void)state;
    enum { GAP = 2 * TICK + 77, COPY = GAP - TICK };
    static int16_t all[GAP + 1], front[2 * TICK];
    encode_talk((struct codec_params){.fec = true});
    struct codec_decoder *one, *two;
    assert_int_equal(opus()->decoder_create(&(struct codec_params){0}, &one), 0);
    assert_int_equal(opus()->decoder_create(&(struct codec_params){0}, &two), 0);
    unsigned with = 100;
    while (!opus_payload_redundant_samples(talk_packet[with], talk_length[with]))
        with++;
    for (unsigned t = 0; t < with - 3; t++) {
        codec_decode(opus(), one, talk_packet[t], talk_length[t], all, TICK);
        codec_decode(opus(), two, talk_packet[t], talk_length[t], all, TICK);
    }
    all[GAP] = 0x5a5a;
    assert_int_equal(opus()->recover(one, talk_packet[with], talk_length[with], all, GAP), GAP);
    assert_int_equal(all[GAP], 0x5a5a);
    opus()->conceal(two, front, COPY);
    assert_memory_equal(all, front, COPY * sizeof(*all));
    codec_decode(opus(), two, talk_packet[with - 1], talk_length[with - 1], front, TICK);
    assert_true(fabs(signal_db(signal_rms(all + COPY, TICK) / signal_rms(front, TICK))) < 3);
    opus()->decoder_destroy(one);
    opus()->decoder_destroy(two);
}

static void fec_follows_the_loss_reported(void **state)
{
    (void)state;
    static const unsigned reported[] = {10, 0, 3, 100, 4000000000U, 0, 25};
    for (unsigned fec = 0; fec < 2; fec++) {
        struct codec_encoder *encoder;
        uint32_t seed = 9;
        struct codec_params params = {.fec = fec};
        assert_int_equal(opus()->encoder_create(&params, &encoder), 0);
        for (unsigned t = 0; t < 7 * 100; t++) {
            static unsigned copies, bytes;
            static int16_t pcm[TICK];
            uint8_t packet[CODEC_MAX_PAYLOAD_BYTES];
            if (t % 100 == 0) {
                opus()->encoder_tune(encoder, reported[t / 100]);
                copies = bytes = 0;
            }
            speak(&seed, t * TICK, pcm);
            int length = opus()->encode(encoder, pcm, TICK, packet, sizeof(packet));
            assert_true(length > 0);
            bytes += (unsigned)length;
            if (t % 100 > 1)
                copies += opus_payload_redundant_samples(packet, (size_t)length) != 0;
            if (t % 100 == 99) {
                if (reported[t / 100] != 3) /* then libopus weighs for itself */
                    assert_int_equal(copies > 0, fec && reported[t / 100]);
                assert_in_range(bytes / 2, 24000 / 8, 40000 / 8); /* 2 s */
            }
        }
        opus()->encoder_destroy(encoder);
    }
}

/* ---- one encoder goes on for another ---- */

/* After some packets of its own, in a pause, copy goes on as first: the same bytes, and whoever
 * listens to first hears no seam when copy's packets come instead. */
static void goes_on_as(struct codec_params params)
{
    struct codec_encoder *first, *copy;
    struct codec_decoder *listener, *other;
    const unsigned samples = params.ptime_ms * 48, channels = params.stereo ? 2 : 1;
    assert_int_equal(opus()->encoder_create(&params, &first), 0);
    assert_int_equal(opus()->encoder_create(&params, &copy), 0);
    assert_int_equal(opus()->decoder_create(&params, &listener), 0);
    assert_int_equal(opus()->decoder_create(&params, &other), 0);
    opus()->encoder_tune(first, 20);
    uint32_t seed = 5;
    for (unsigned i = 0; i < 80; i++) {
        static int16_t pcm[2 * 60 * 48], heard[2 * 60 * 48], expected[2 * 60 * 48];
        uint8_t bytes[CODEC_MAX_PAYLOAD_BYTES], same[CODEC_MAX_PAYLOAD_BYTES];
        signal_tone(pcm, i * samples, samples * channels, RATE, 300, i % 40 < 25 ? 7000 : 0);
        for (unsigned k = 0; k < samples * channels && i % 40 < 25; k++)
            pcm[k] = (int16_t)(pcm[k] + (int)(signal_random(&seed) % 512) - 256);
        if (i == 35)
            opus()->encoder_copy(copy, first);
        int length = opus()->encode(first, pcm, samples, bytes, sizeof(bytes));
        assert_true(length >= 0);
        if (i < 35)
            pcm[0] = (int16_t)(pcm[0] / 2 + 9000);
        int again = opus()->encode(copy, pcm, samples, same, sizeof(same));
        if (i >= 35) {
            assert_int_equal(again, length);
            assert_memory_equal(same, bytes, (size_t)length);
        }
        if (!length)
            continue;
        codec_decode(opus(), other, bytes, (size_t)length, expected, samples);
        codec_decode(opus(), listener, i < 35 ? bytes : same, (size_t)length, heard, samples);
        assert_memory_equal(heard, expected, samples * channels * sizeof(*heard));
    }
    opus()->encoder_destroy(first);
    opus()->encoder_destroy(copy);
    opus()->decoder_destroy(listener);
    opus()->decoder_destroy(other);
}

static void a_copied_encoder_goes_on_without_a_seam(void **state)
{
    (void)state;
    static const unsigned ptimes[] = {10, 20, 30, 60};
    for (unsigned i = 0; i < 32; i++) {
        bool stereo = i & 4, fec = i & 8;
        goes_on_as((struct codec_params){.ptime_ms = ptimes[i % 4],
                                         .stereo = stereo,
                                         .sends_stereo = stereo,
                                         .fec = fec,
                                         .dtx = !fec,
                                         .cbr = i & 16});
    }
}

/* ---- pauses ---- */

struct pause {
    unsigned sent; /* of the packets of the last 4 s of 6 */
    unsigned of;
    double rms_in, rms_out; /* of those 4 s */
};

/* A second of a tone, then hiss; what is not sent is filled as a pause, or concealed. */
static struct pause pause_of(struct codec_params params, int hiss, bool is_known)
{
    struct codec_encoder *encoder;
    struct codec_decoder *decoder;
    struct pause pause = {0};
    const unsigned samples = params.ptime_ms * 48, channels = params.stereo ? 2 : 1;
    uint32_t seed = 11;
    assert_int_equal(opus()->encoder_create(&params, &encoder), 0);
    assert_int_equal(opus()->decoder_create(&params, &decoder), 0);
    for (unsigned ms = 0; ms < 6000; ms += params.ptime_ms) {
        static int16_t pcm[2 * 60 * 48], out[2 * 60 * 48];
        uint8_t packet[CODEC_MAX_PAYLOAD_BYTES];
        for (unsigned i = 0; i < samples * channels; i++) {
            double t = (ms * 48 + (double)i / channels) / RATE;
            double tone = ms < 1000 ? 8000 * sin(SIGNAL_TAU * 200 * t) * sin(20 * t) : 0;
            pcm[i] = (int16_t)(tone +
                               (hiss ? (int)(signal_random(&seed) >> 8) % hiss - hiss / 2 : 0));
        }
        int bytes = opus()->encode(encoder, pcm, samples, packet, sizeof(packet));
        assert_true(bytes >= 0);
        if (bytes)
            assert_int_equal(codec_decode(opus(), decoder, packet, (size_t)bytes, out, samples),
                             samples);
        else if (is_known)
            opus()->quiet(decoder, out, samples);
        else
            opus()->conceal(decoder, out, samples);
        if (ms < 2000)
            continue;
        pause.of++;
        pause.sent += bytes > 0;
        if (bytes) /* of what is sent in a pause a level can be told, and that is silence */
            assert_int_equal(opus()->payload_level(packet, (size_t)bytes), 127);
        pause.rms_in += pow(signal_rms(pcm, samples * channels), 2);
        pause.rms_out += pow(signal_rms(out, samples * channels), 2);
    }
    pause.rms_in = sqrt(pause.rms_in / pause.of);
    pause.rms_out = sqrt(pause.rms_out / pause.of);
    opus()->encoder_destroy(encoder);
    opus()->decoder_destroy(decoder);
    return pause;
}

static void nothing_is_sent_in_pauses_if_the_far_end_allows_it(void **state)
{
    (void)state;
    static const unsigned ptimes[] = {10, 20, 30, 40, 50, 60};
    for (unsigned i = 0; i < 12; i++) {
        struct codec_params params = {
            .ptime_ms = ptimes[i % 6], .dtx = true, .stereo = i >= 6, .sends_stereo = i >= 6};
        struct pause pause = pause_of(params, 0, true);
        assert_in_range(pause.sent, 1, pause.of / 4);
        assert_true(pause.rms_out < 2);
        params.dtx = false;
        pause = pause_of(params, 0, true);
        assert_int_equal(pause.sent, pause.of);
    }
}

/* The noise of the line goes on in pauses; a line that is gone has none. */
static void a_pause_sounds_as_the_noise_before_it(void **state)
{
    (void)state;
    for (unsigned stereo = 0; stereo < 2; stereo++) {
        struct codec_params params = {
            .ptime_ms = 20, .dtx = true, .stereo = stereo, .sends_stereo = stereo};
        struct pause known = pause_of(params, 100, true);
        assert_in_range(known.sent, 1, known.of / 4);
        assert_true(fabs(signal_db(known.rms_out / known.rms_in)) < 4);
        struct pause unknown = pause_of(params, 100, false);
        assert_true(signal_db(unknown.rms_out / unknown.rms_in) < -5);
    }
}

/* A loss that turns out to be a pause: what had faded comes back without a click; and a pause
 * asked for in odd pieces is the same as whole. */
static void a_pause_neither_clicks_nor_depends_on_its_pieces(void **state)
{
    (void)state;
    for (unsigned lost = 0; lost < 8; lost++) {
        struct codec_encoder *encoder;
        struct codec_decoder *decoder, *other;
        static int16_t pcm[TICK], out[5 * TICK], pieces[5 * TICK];
        uint32_t seed = 31;
        assert_int_equal(opus()->encoder_create(&(struct codec_params){0}, &encoder), 0);
        assert_int_equal(opus()->decoder_create(&(struct codec_params){0}, &decoder), 0);
        assert_int_equal(opus()->decoder_create(&(struct codec_params){0}, &other), 0);
        for (unsigned t = 0; t < 50; t++) {
            uint8_t packet[CODEC_MAX_PAYLOAD_BYTES];
            for (unsigned i = 0; i < TICK; i++)
                pcm[i] = (int16_t)((int)(signal_random(&seed) >> 8) % 200 - 100);
            int bytes = opus()->encode(encoder, pcm, TICK, packet, sizeof(packet));
            codec_decode(opus(), decoder, packet, (size_t)bytes, out, TICK);
            codec_decode(opus(), other, packet, (size_t)bytes, pieces, TICK);
        }
        for (unsigned t = 0; t < lost; t++) {
            opus()->conceal(decoder, out, TICK);
            opus()->conceal(other, pieces, TICK);
        }
        opus()->quiet(decoder, out, 5 * TICK);
        for (unsigned at = 0, next; at < 5 * TICK; at = next) {
            next = at + 1 + at % 97;
            next = next > 5 * TICK ? 5 * TICK : next;
            opus()->quiet(other, pieces + at, next - at);
        }
        assert_memory_equal(out, pieces, sizeof(out));
        assert_true(signal_rms(out + 4 * TICK, TICK) > 10);
        if (lost > 5) { /* it was silent: it rises within 15 ms */
            assert_in_range(abs(out[0]), 0, 2);
            assert_true(signal_rms(out, 48) < signal_rms(out + TICK, 48 * 20) / 4);
        }
        opus()->encoder_destroy(encoder);
        opus()->decoder_destroy(decoder);
        opus()->decoder_destroy(other);
    }
}

/* ---- two channels ---- */

/* A tone of 440 Hz left, one of 1000 Hz right, for a second; @p out: of the last half. */
static void send_stereo(struct codec_params params, int16_t *out)
{
    struct codec_encoder *encoder;
    struct codec_decoder *decoder;
    const unsigned samples = params.ptime_ms * 48, packets = 1000 / params.ptime_ms;
    const unsigned sent = params.stereo ? 2 : 1, heard = params.sends_stereo ? 2 : 1;
    assert_int_equal(opus()->encoder_create(&params, &encoder), 0);
    assert_int_equal(opus()->decoder_create(&params, &decoder), 0);
    for (unsigned t = 0; t < packets; t++) {
        static int16_t left[60 * 48], right[60 * 48], pcm[2 * 60 * 48];
        uint8_t packet[CODEC_MAX_PAYLOAD_BYTES];
        signal_tone(left, t * samples, samples, RATE, 440, 8000);
        signal_tone(right, t * samples, samples, RATE, 1000, 8000);
        for (unsigned i = 0; i < samples; i++) {
            pcm[i * sent] = left[i];
            if (sent == 2)
                pcm[2 * i + 1] = right[i];
        }
        int bytes = opus()->encode(encoder, pcm, samples, packet, sizeof(packet));
        assert_in_range(bytes, 1, opus()->max_payload_bytes);
        assert_int_equal(opus()->payload_samples(packet, (size_t)bytes), samples);
        assert_int_equal(codec_decode(opus(), decoder, packet, (size_t)bytes, out, samples),
                         samples);
        if (t >= packets / 2)
            out += samples * heard;
    }
    opus()->encoder_destroy(encoder);
    opus()->decoder_destroy(decoder);
}

static double peak_of(const int16_t *pcm, unsigned channel, unsigned channels, double hz)
{
    static int16_t one[RATE / 4];
    for (unsigned i = 0; i < RATE / 4; i++)
        one[i] = pcm[i * channels + channel];
    return signal_peak_at(one, RATE / 4, RATE, hz);
}

static void left_stays_left_and_right_right(void **state)
{
    (void)state;
    static int16_t out[2 * RATE];
    static const unsigned ptimes[] = {20, 30, 60};
    for (unsigned i = 0; i < 3; i++) {
        struct codec_params params = {.ptime_ms = ptimes[i], .stereo = true};
        params.sends_stereo = true;
        send_stereo(params, out);
        assert_true(fabs(signal_db(peak_of(out, 0, 2, 440) / 8000)) < 1);
        assert_true(fabs(signal_db(peak_of(out, 1, 2, 1000) / 8000)) < 1);
        assert_true(signal_db(peak_of(out, 0, 2, 1000) / 8000) < -15);
        assert_true(signal_db(peak_of(out, 1, 2, 440) / 8000) < -15);

        params.sends_stereo = false; /* a mono decoder hears both, at half */
        send_stereo(params, out);
        assert_true(fabs(signal_db(peak_of(out, 0, 1, 440) / 4000)) < 1);
        assert_true(fabs(signal_db(peak_of(out, 0, 1, 1000) / 4000)) < 1);

        params.stereo = false; /* and one of two channels hears mono in both */
        params.sends_stereo = true;
        send_stereo(params, out);
        assert_true(fabs(signal_db(peak_of(out, 0, 2, 440) / 8000)) < 1);
        assert_true(fabs(signal_db(peak_of(out, 1, 2, 440) / 8000)) < 1);
    }
}

static void stereo_costs_half_as_much_again(void **state)
{
    (void)state;
    static const unsigned asked[] = {0, 20000, 510000}, got[] = {48000, 20000, 128000};
    for (unsigned i = 0; i < 3; i++) {
        struct codec_params params = {.stereo = true, .bitrate_bps = asked[i], .cbr = true};
        struct codec_encoder *encoder;
        static int16_t pcm[2 * TICK];
        uint8_t packet[CODEC_MAX_PAYLOAD_BYTES];
        assert_int_equal(opus()->encoder_create(&params, &encoder), 0);
        int bytes = opus()->encode(encoder, pcm, TICK, packet, sizeof(packet));
        assert_in_range(bytes, got[i] / 400 - 1, got[i] / 400 + 1);
        opus()->encoder_destroy(encoder);
    }
}

/* Losses and pauses in both channels: no sample beyond those asked for, no click. */
static void two_channels_are_concealed_as_one(void **state)
{
    (void)state;
    struct codec_params params = {.ptime_ms = 20, .stereo = true, .sends_stereo = true};
    struct codec_encoder *encoder;
    struct codec_decoder *decoder;
    static int16_t left[TICK], pcm[2 * TICK + 1], side[TICK];
    int16_t before = 0;
    assert_int_equal(opus()->encoder_create(&params, &encoder), 0);
    assert_int_equal(opus()->decoder_create(&params, &decoder), 0);
    for (unsigned t = 0; t < 100; t++) {
        uint8_t packet[CODEC_MAX_PAYLOAD_BYTES];
        signal_tone(left, t * TICK, TICK, RATE, 200, 8000);
        for (unsigned i = 0; i < TICK; i++) {
            pcm[2 * i] = left[i];
            pcm[2 * i + 1] = (int16_t)-left[i];
        }
        pcm[2 * TICK] = 0x5a5a;
        int bytes = opus()->encode(encoder, pcm, TICK, packet, sizeof(packet));
        if (t % 20 > 19 - t / 20)
            opus()->conceal(decoder, pcm, TICK);
        else
            assert_int_equal(codec_decode(opus(), decoder, packet, (size_t)bytes, pcm, TICK),
                             TICK);
        assert_int_equal(pcm[2 * TICK], 0x5a5a);
        for (unsigned i = 0; i < TICK; i++)
            side[i] = pcm[2 * i + 1];
        if (t >= 10)
            assert_in_range(signal_max_step(before, side, TICK), 0, 1000);
        before = side[TICK - 1];
    }
    opus()->encoder_destroy(encoder);
    opus()->decoder_destroy(decoder);
}

/* ---- whatever comes ---- */

static void random_bytes_break_nothing(void **state)
{
    (void)state;
    uint32_t seed = 8;
    static int16_t pcm[2 * CODEC_MAX_PACKET_SAMPLES + 1];
    for (unsigned stereo = 0; stereo < 2; stereo++) {
        struct codec_params params = {.sends_stereo = stereo};
        struct codec_decoder *decoder;
        assert_int_equal(opus()->decoder_create(&params, &decoder), 0);
        for (unsigned round = 0; round < 3000; round++) {
            size_t length = signal_random(&seed) % 60;
            unsigned samples = signal_random(&seed) % (CODEC_MAX_PACKET_SAMPLES + 1);
            samples = round % 2 ? samples : samples / 240 * 240;
            uint8_t *payload = malloc(length ? length : 1);
            signal_random_bytes(&seed, payload, length);
            if (length && round % 4)
                payload[0] &= 0x7c; /* SILK and hybrid, one frame */
            int level = opus()->payload_level(payload, length);
            assert_true(level == 127 || level == -ENODATA);
            pcm[samples * (1 + stereo)] = 0x5a5a;
            int got = opus()->recover(decoder, payload, length, pcm, samples);
            assert_true(got == (int)samples || got == -ENODATA);
            if (round % 5 == 0)
                opus()->quiet(decoder, pcm, samples);
            assert_int_equal(pcm[samples * (1 + stereo)], 0x5a5a);
            pcm[2 * CODEC_MAX_PACKET_SAMPLES] = 0x5a5a;
            codec_decode(opus(), decoder, payload, length, pcm, CODEC_MAX_PACKET_SAMPLES);
            assert_int_equal(pcm[2 * CODEC_MAX_PACKET_SAMPLES], 0x5a5a);
            free(payload);
        }
        opus()->decoder_destroy(decoder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_fmtp),
        cmocka_unit_test(writes_what_it_can_read),
        cmocka_unit_test(answers_stereo_with_stereo_only),
        cmocka_unit_test(sends_no_more_than_the_far_end_wants),
        cmocka_unit_test(constant_rate_fec_and_dtx_when_asked),
        cmocka_unit_test(packet_times),
        cmocka_unit_test(packets_of_several_frames_hold_whatever_is_said),
        cmocka_unit_test(payload_samples_table),
        cmocka_unit_test(what_the_next_packet_carries_is_nearer_than_what_is_made_up),
        cmocka_unit_test(what_carries_no_copy_is_of_no_use),
        cmocka_unit_test(a_long_gap_is_concealed_up_to_the_copy),
        cmocka_unit_test(fec_follows_the_loss_reported),
        cmocka_unit_test(a_copied_encoder_goes_on_without_a_seam),
        cmocka_unit_test(nothing_is_sent_in_pauses_if_the_far_end_allows_it),
        cmocka_unit_test(a_pause_sounds_as_the_noise_before_it),
        cmocka_unit_test(a_pause_neither_clicks_nor_depends_on_its_pieces),
        cmocka_unit_test(left_stays_left_and_right_right),
        cmocka_unit_test(stereo_costs_half_as_much_again),
        cmocka_unit_test(two_channels_are_concealed_as_one),
        cmocka_unit_test(random_bytes_break_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
