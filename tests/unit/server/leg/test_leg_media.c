/*
 * test_leg_media.c - one leg without a worker: bytes in, voice out; mix in, packets out.
 * Covers leg.c, leg_kit.c, leg_media.c, leg_receive.c, leg_voice.c, leg_send.c and
 * leg_report.c.
 */
#include "server/leg/leg_voice.h"

#include "mixer/base/clock.h"
#include "mixer/codec/red.h"
#include "server/rtp/rtp_io.h"
#include "server/rtp/rtp_packet.h"
#include "tests/unit/mixer/audio/speech.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { TICK = 160 };

static struct rtp_ports *ports;
static struct leg *leg;
static struct leg_media *media;
static int far_fd;
static struct sockaddr_in far, stranger;
static uint16_t sequence;
static uint32_t timestamp;
static int64_t now_ns;
static struct leg_tick tick;
static int16_t voice[PCM_MAX_TICK_VALUES];
static unsigned level; /* of voice */

/* ---- what the leg tells ---- */

static char digits[8];
static unsigned needs, talking, no_media;
static struct leg_part needed;

static void on_digit(void *context, struct leg *of, char digit, bool in_band)
{
    (void)context;
    (void)of;
    assert_false(in_band);
    digits[strlen(digits)] = digit;
}

static bool on_talking(void *context, struct leg *of, bool is_talking)
{
    (void)context;
    (void)of;
    talking += is_talking;
    return true;
}

static bool on_no_media(void *context, struct leg *of)
{
    (void)context;
    (void)of;
    no_media++;
    return true;
}

static bool on_need(void *context, struct leg *of, const struct leg_part *part)
{
    (void)context;
    (void)of;
    needs++;
    needed = *part;
    return true;
}

static const struct leg_media_events told = {on_digit, on_talking, on_no_media, on_need};

/* ---- set-up ---- */

static struct leg_plan pcmu_plan(unsigned ptime_ms)
{
    struct leg_plan plan = {.send = true,
                            .receive = true,
                            .codec_count = 1,
                            .codec = {{.codec = codec_by_static_type(0)}},
                            .event_count = 1,
                            .event = {{.clock_hz = 8000, .receive_type = 101, .send_type = 96}},
                            .red = {LEG_PLAN_NO_TYPE, LEG_PLAN_NO_TYPE, 0},
                            .ptime_ms = ptime_ms};
    memcpy(&plan.remote_rtp, &far, sizeof(far));
    memcpy(&plan.remote_rtcp, &far, sizeof(far));
    return plan;
}

static void set_plan(const struct leg_plan *plan, const struct leg_plan *old)
{
    struct leg_kit *kit;
    assert_int_equal(leg_kit_create(plan, old, leg_kit_settings(leg), &kit), 0);
    leg_kit_destroy(leg_media_set_kit(media, kit, now_ns));
}

static int make(void **state)
{
    (void)state;
    struct leg_config config = {
        .jitter_ms = 20, .jitter_limit_ms = 400, .no_media_timeout_s = 5, .cname = "test"};
    struct rtp_ports_config range = {.address = "127.0.0.1", .first = 19000, .last = 19998};
    if (rtp_ports_create(&range, &ports) < 0 || leg_create(ports, AF_INET, &config, &leg) < 0)
        return -1;
    media = leg_take_media(leg);
    media->events = &told;
    tick = (struct leg_tick){.io = rtp_io_create(RTP_IO_PUNCTUAL)};
    rtp_io_add(tick.io, media->socket, media);
    far_fd = socket(AF_INET, SOCK_DGRAM, 0);
    far =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(far);
    bind(far_fd, (struct sockaddr *)&far, length);
    getsockname(far_fd, (struct sockaddr *)&far, &length);
    stranger = far;
    stranger.sin_port = (in_port_t)(far.sin_port ^ htons(1));
    memset(digits, 0, sizeof(digits));
    needs = talking = no_media = 0;
    sequence = 100;
    timestamp = 5000;
    now_ns = 1000 * CLOCK_NS_PER_S;
    struct leg_plan plan = pcmu_plan(20);
    set_plan(&plan, NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rtp_io_remove(tick.io, media->socket);
    rtp_io_destroy(tick.io);
    leg_return_media(leg, media);
    leg_destroy(leg);
    rtp_ports_destroy(ports);
    close(far_fd);
    return 0;
}

static void put(const struct sockaddr_in *from, uint8_t type, const void *payload,
                size_t length)
{
    uint8_t data[2000];
    struct rtp_packet packet = {
        .payload_type = type, .sequence = sequence, .timestamp = timestamp, .ssrc = 7};
    rtp_packet_write_header(&packet, data, sizeof(data));
    memcpy(data + RTP_HEADER_BYTES, payload, length);
    leg_media_receive(media, false, data, RTP_HEADER_BYTES + length,
                      (const struct sockaddr *)from, now_ns - 5 * CLOCK_NS_PER_MS, &tick);
}

static void play(void)
{
    tick.now_ns = now_ns;
    level = leg_voice_play(media, &tick, voice);
    leg_voice_tell(media, level, now_ns);
    now_ns += PCM_TICK_MS * CLOCK_NS_PER_MS;
}

/* A tick of what it hears: silence. */
static void hear(void)
{
    static struct leg_packets packets;
    int32_t sum[PCM_MAX_TICK_VALUES] = {0};
    bool listens = leg_media_listens(media);
    tick.now_ns = now_ns;
    if (listens)
        leg_out_run(leg_media_out(media), sum, &tick, &packets);
    leg_media_send(media, listens ? &packets : NULL, NULL, &tick);
    tick.number++;
}

/* One loud G.711 packet and one tick. */
static void speak_and_play(const struct sockaddr_in *from)
{
    uint8_t payload[TICK];
    for (unsigned i = 0; i < TICK; i++)
        payload[i] = i / 8 % 2 ? 0x90 : 0x10; /* a loud 500 Hz square wave */
    put(from, 0, payload, sizeof(payload));
    sequence++;
    timestamp += TICK;
    play();
}

static struct leg_stats stats(void)
{
    struct leg_stats copy;
    leg_stats_read(leg, &copy);
    return copy;
}

static unsigned next_packet(struct rtp_packet *packet, uint8_t data[2000])
{
    ssize_t length = recv(far_fd, data, 2000, MSG_DONTWAIT);
    if (length < 0)
        return 0;
    assert_int_equal(rtp_packet_read(data, (size_t)length, packet), 0);
    return (unsigned)length;
}

/* ---- tests ---- */

static void packets_become_a_voice(void **state)
{
    (void)state;
    unsigned spoken = 0;
    for (unsigned i = 0; i < 50; i++) {
        speak_and_play(&far);
        spoken += level < 20;
    }
    assert_int_equal(spoken, 50); /* what comes in time is played at once */
    assert_int_equal(talking, 1);
    assert_int_equal(stats().packets_received, 50);
    assert_true(stats().level < 20);
}

static void a_muted_leg_has_no_voice_and_does_not_talk(void **state)
{
    (void)state;
    media->mix.muted = true;
    for (unsigned i = 0; i < 50; i++) {
        speak_and_play(&far);
        assert_int_equal(level, AUDIO_LEVEL_SILENCE);
    }
    assert_int_equal(talking, 0);
}

static void strangers_and_rubbish_are_counted_and_not_heard(void **state)
{
    (void)state;
    uint8_t rubbish[64];
    for (unsigned i = 0; i < 10; i++)
        speak_and_play(&far);
    struct leg_stats before = stats();
    for (unsigned i = 0; i < 20; i++)
        speak_and_play(&stranger);
    assert_int_equal(stats().packets_refused, before.packets_refused + 20);
    assert_int_equal(stats().packets_received, before.packets_received);
    for (size_t length = 0; length < sizeof(rubbish); length++) {
        memset(rubbish, (int)length * 37, sizeof(rubbish));
        leg_media_receive(media, false, rubbish, length, (struct sockaddr *)&far, now_ns,
                          &tick);
        leg_media_receive(media, true, rubbish, length, (struct sockaddr *)&far, now_ns, &tick);
    }
    put(&far, 55, "unknown type", 12);
    assert_true(stats().packets_malformed > 60);
    assert_true(
        latch_same((struct sockaddr *)&media->receive.latch.current, (struct sockaddr *)&far));
}

static void another_rate_is_asked_for_once_and_then_used(void **state)
{
    (void)state;
    unsigned wide = (unsigned)pcm_rate_index(48000);
    int16_t out[PCM_MAX_TICK_SAMPLES];
    for (unsigned i = 0; i < 10; i++) {
        speak_and_play(&far);
        assert_false(leg_voice_convert(media, wide, voice, out));
    }
    assert_int_equal(needs, 1);
    assert_int_equal(needed.kind, LEG_PART_PATH);
    assert_int_equal(needed.to, wide);
    assert_int_equal(leg_part_create(&media->kit->plan, &needed), 0);
    assert_true(leg_media_fit(media, &needed));
    assert_false(leg_media_fit(media, &needed)); /* the place is taken */
    for (unsigned i = 0; i < 10; i++) {
        speak_and_play(&far);
        assert_true(leg_voice_convert(media, wide, voice, out));
    }
    assert_in_range(audio_level(out, PCM_MAX_TICK_SAMPLES), level - 2, level + 2);
    assert_int_equal(needs, 1);
}

/* What is not heard costs no decoder, and when it is heard again it is in the right place. */
static void what_passes_is_not_decoded_and_keeps_its_place(void **state)
{
    (void)state;
    int16_t expected[TICK];
    for (unsigned i = 0; i < 10; i++)
        speak_and_play(&far);
    uint64_t decodes = tick.decodes;
    memcpy(expected, voice, sizeof(expected));
    for (unsigned i = 0; i < 10; i++) {
        uint8_t payload[TICK];
        memset(payload, 0xff, sizeof(payload));
        put(&far, 0, payload, sizeof(payload));
        sequence++;
        timestamp += TICK;
        tick.now_ns = now_ns;
        leg_voice_pass(media, &tick);
        now_ns += PCM_TICK_MS * CLOCK_NS_PER_MS;
    }
    assert_int_equal(tick.decodes, decodes);
    speak_and_play(&far);
    assert_memory_equal(voice, expected, sizeof(expected));
    assert_int_equal(stats().buffer_ms, 0);
    assert_int_equal(tick.decodes, decodes + 2); /* one before it, to warm up */
}

/* A packet of 60 ms of which 20 have passed: its rest is heard. */
static void half_a_packet_passes(void **state)
{
    (void)state;
    uint8_t payload[3 * TICK];
    memset(payload, 0xff, TICK);            /* silence       */
    memset(payload + TICK, 0x90, 2 * TICK); /* a loud level  */
    put(&far, 0, payload, sizeof(payload));
    now_ns += 40 * CLOCK_NS_PER_MS;
    tick.now_ns = now_ns;
    leg_voice_pass(media, &tick);
    now_ns += PCM_TICK_MS * CLOCK_NS_PER_MS;
    for (unsigned i = 0; i < 2; i++) {
        play();
        assert_true(level < 20);
        assert_true(voice[0] != 0 && voice[TICK - 1] != 0);
    }
}

static void packets_tell_how_loud_they_are(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        speak_and_play(&far);
        unsigned loud = leg_voice_level(media);
        assert_in_range(loud, level - 2, level + 2);
    }
    for (unsigned i = 0; i < 30; i++)
        leg_voice_level(media); /* nothing comes any more */
    assert_int_equal(leg_voice_level(media), AUDIO_LEVEL_SILENCE);
}

/* What came while it was muted says nothing of what comes afterwards. */
static void a_leg_that_is_not_muted_any_more_is_as_loud_as_it_is(void **state)
{
    (void)state;
    uint8_t quiet[TICK];
    memset(quiet, 0xfb, sizeof(quiet)); /* a step or two above nothing */
    media->mix.muted = true;
    for (unsigned i = 0; i < 5; i++) {
        leg_voice_level(media);
        speak_and_play(&far);
    }
    leg_voice_level(media);
    media->mix.muted = false;
    put(&far, 0, quiet, sizeof(quiet));
    assert_true(leg_voice_level(media) > 50);
}

/* Three blocks, the first two lost: what is recovered is what they last, each. */
static void what_red_recovers_is_counted_as_long_as_it_is(void **state)
{
    (void)state;
    const struct leg_plan old = media->kit->plan;
    struct leg_plan plan = old;
    plan.red = (struct leg_plan_red){.receive_type = 63, .send_type = 63, .codec = 0};
    set_plan(&plan, &old);
    uint8_t bytes[3][TICK], payload[3 * TICK + 20];
    memset(bytes, 0x55, sizeof(bytes));
    speak_and_play(&far);
    sequence += 2;
    timestamp += 2 * TICK;
    const struct red_block blocks[] = {
        {.payload_type = 0, .offset = 2 * TICK, .bytes = bytes[0], .length = TICK},
        {.payload_type = 0, .offset = TICK, .bytes = bytes[1], .length = TICK},
        {.payload_type = 0, .bytes = bytes[2], .length = TICK}};
    int length = red_write(blocks, 3, payload, sizeof(payload));
    assert_true(length > 0);
    put(&far, 63, payload, (size_t)length);
    assert_int_equal(stats().recovered_ms, 2 * PCM_TICK_MS);
}

static void report_loss(unsigned percent)
{
    uint8_t data[RTCP_MAX_BYTES];
    struct rtcp_compound compound = {
        .ssrc = 7,
        .cname = "far",
        .block_count = 1,
        .blocks = {
            {.ssrc = media->send.ssrc, .fraction_lost = (uint8_t)(percent * 256 / 100)}}};
    size_t length = rtcp_write(&compound, data, sizeof(data));
    leg_media_receive(media, true, data, length, (const struct sockaddr *)&far, now_ns, &tick);
}

static void loss_that_is_over_is_forgotten(void **state)
{
    (void)state;
    for (unsigned percent = 10; percent < 100; percent += 9) {
        for (unsigned i = 0; i < 30; i++)
            report_loss(percent);
        assert_in_range(media->send.loss_q4 / 16, percent - 2, percent);
        assert_true(media->send.redundant);
        for (unsigned i = 0; i < 30; i++)
            report_loss(0);
        assert_int_equal(media->send.loss_q4 / 16, 0);
        assert_false(media->send.redundant);
    }
}

static void a_digit_with_lost_and_doubled_packets_is_one_digit(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++)
        speak_and_play(&far);
    for (unsigned packet = 1; packet < 8; packet++) {
        struct telephone_event event = {
            .event = 11, .end = packet > 5, .duration = (uint16_t)(packet * TICK)};
        uint8_t payload[TELEPHONE_EVENT_BYTES];
        telephone_event_write(payload, &event);
        if (packet != 1 && packet != 4) /* lost */
            put(&far, 101, payload, sizeof(payload));
        sequence++;
    }
    assert_string_equal(digits, "#");
}

static void a_leg_that_is_not_heard_is_told_once_and_not_while_held(void **state)
{
    (void)state;
    struct leg_plan held = pcmu_plan(20), open = pcmu_plan(20);
    held.receive = false;
    set_plan(&held, &open);
    for (unsigned i = 0; i < 300; i++)
        play();
    assert_int_equal(no_media, 0);
    set_plan(&open, &held);
    for (unsigned i = 0; i < 600; i++)
        play();
    assert_int_equal(no_media, 1);
}

static void skipped_ticks_are_left_out_both_ways(void **state)
{
    (void)state;
    uint8_t data[2000];
    struct rtp_packet packet;
    for (unsigned i = 0; i < 10; i++)
        speak_and_play(&far);
    unsigned before_ms = stats().buffer_ms;
    hear();
    assert_true(next_packet(&packet, data));
    uint32_t sent = packet.timestamp;
    for (unsigned late = 0; late < 3; late++) { /* a stall: packets come, no tick does */
        uint8_t payload[TICK] = {0};
        put(&far, 0, payload, sizeof(payload));
        sequence++;
        timestamp += TICK;
        now_ns += PCM_TICK_MS * CLOCK_NS_PER_MS;
    }
    tick.skipped = 3;
    tick.number += 3;
    tick.now_ns = now_ns;
    leg_media_skip(media, &tick);
    tick.skipped = 0;
    speak_and_play(&far);
    assert_int_equal(stats().buffer_ms, before_ms);
    hear();
    assert_true(next_packet(&packet, data));
    assert_int_equal(packet.timestamp, sent + 4 * TICK);
}

static void who_is_quiet_but_alive_is_not_told(void **state)
{
    (void)state;
    uint8_t data[RTCP_MAX_BYTES];
    struct rtcp_compound report = {.ssrc = 7, .cname = "far@test"};
    size_t length = rtcp_write(&report, data, sizeof(data));
    speak_and_play(&far);
    for (unsigned i = 0; i < 600; i++) {
        if (i % 200 == 0) /* RTCP, then a keepalive, then RTCP */
            leg_media_receive(media, true, data, length, (struct sockaddr *)&far, now_ns,
                              &tick);
        if (i % 200 == 100)
            put(&far, 126, "", 0);
        play();
    }
    assert_int_equal(no_media, 0);
    assert_int_equal(stats().packets_malformed, 0);
    for (unsigned i = 0; i < 600; i++) {
        put(&stranger, 126, "", 0); /* no sign of life of ours */
        play();
    }
    assert_int_equal(no_media, 1);
}

static void lost_packets_are_counted_and_concealed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 50; i++) {
        if (i == 20 || i == 30) { /* lost */
            sequence++;
            timestamp += TICK;
        }
        speak_and_play(&far);
    }
    assert_int_equal(stats().packets_lost, 2);
    assert_int_equal(stats().concealed_ms, 40);
}

static void what_is_too_much_to_wait_is_counted(void **state)
{
    (void)state;
    const uint8_t payload[TICK] = {0};
    unsigned heard = 0;
    for (unsigned i = 0; i < 100; i++, sequence++, timestamp += TICK) /* 2 s at once */
        put(&far, 0, payload, sizeof(payload));
    for (unsigned i = 0; i < 100; i++) {
        play();
        heard += level < 20;
    }
    assert_in_range(stats().packets_overflowed, 50, 99);
    assert_true(heard + stats().packets_overflowed >= 100);
}

/* It plays what it has played before: what is lost from then on is counted all the same. */
static void who_begins_anew_is_heard_and_counted_again(void **state)
{
    (void)state;
    unsigned deaf = 0;
    for (unsigned i = 0; i < 200; i++) {
        if (i == 100) {
            sequence = (uint16_t)(sequence - 40);
            timestamp -= 40 * TICK;
        }
        if (i == 120) { /* lost */
            sequence++;
            timestamp += TICK;
        }
        speak_and_play(&far);
        deaf += level > 40;
    }
    assert_true(deaf <= 5);
    assert_int_equal(stats().packets_received, 200);
    assert_int_equal(stats().packets_duplicate + stats().packets_late, 2);
    assert_int_equal(stats().packets_lost, 1);
}

static struct leg_plan opus_plan(void)
{
    struct leg_plan plan = pcmu_plan(20);
    plan.codec[0] = (struct leg_plan_codec){
        .codec = codec_by_name("opus", 48000, 2), .receive_type = 111, .send_type = 111};
    return plan;
}

/* What the next packet tells of the lost one is used: after some losses it is waited for. */
static void fec_is_used_where_packets_are_lost(void **state)
{
    (void)state;
    struct leg_plan plan = opus_plan();
    const struct codec *opus = plan.codec[0].codec;
    struct codec_params params = {.ptime_ms = 20, .fec = true};
    struct codec_encoder *encoder;
    uint64_t recovered_ms = 0, concealed_ms = 0;
    unsigned lost = 0;
    struct speech speech;
    speech_begin(&speech, 48000, 120, -20, 5);
    assert_int_equal(opus->encoder_create(&params, &encoder), 0);
    opus->encoder_tune(encoder, 20);
    set_plan(&plan, NULL);
    for (unsigned i = 0; i < 1000; i++) {
        int16_t pcm[960];
        uint8_t payload[CODEC_MAX_PAYLOAD_BYTES];
        speech_make(&speech, pcm, 960);
        int bytes = opus->encode(encoder, pcm, 960, payload, sizeof(payload));
        if (i == 500) {
            recovered_ms = stats().recovered_ms;
            concealed_ms = stats().concealed_ms;
            lost = 0;
        }
        if (i % 8 == 7)
            lost++;
        else
            put(&far, 111, payload, (size_t)bytes);
        sequence++;
        timestamp += 960;
        play();
    }
    recovered_ms = stats().recovered_ms - recovered_ms;
    concealed_ms = stats().concealed_ms - concealed_ms;
    assert_true(recovered_ms >= lost * 20 / 2); /* pauses are not worth a copy */
    assert_true(recovered_ms + concealed_ms <= (lost + 2) * 20);
    opus->encoder_destroy(encoder);
}

/* Opus' encoder says of a steady tone that it is no voice: it is heard all the same. */
static void a_tone_that_is_called_silence_is_not_silent(void **state)
{
    (void)state;
    struct leg_plan plan = opus_plan();
    const struct codec *opus = plan.codec[0].codec;
    struct codec_params params = {.ptime_ms = 20, .max_rate_hz = 16000};
    struct codec_encoder *encoder;
    unsigned called_silent = 0, silent = 0;
    assert_int_equal(opus->encoder_create(&params, &encoder), 0);
    set_plan(&plan, NULL);
    for (unsigned i = 0; i < 400; i++) {
        int16_t pcm[960];
        uint8_t payload[CODEC_MAX_PAYLOAD_BYTES];
        for (unsigned at = 0; at < 960; at++)
            pcm[at] = i < 300 ? (int16_t)(6000 * sin((at + i * 960) * 0.0576)) : 0;
        int bytes = opus->encode(encoder, pcm, 960, payload, sizeof(payload));
        put(&far, 111, payload, (size_t)bytes);
        sequence++;
        timestamp += 960;
        called_silent += i < 300 && opus->payload_level(payload, (size_t)bytes) == 127;
        silent = leg_voice_level(media) == AUDIO_LEVEL_SILENCE ? silent + 1 : 0;
        assert_true(i >= 300 || !silent);
        play();
    }
    assert_true(called_silent > 50); /* or this test tests nothing */
    assert_true(silent > 50);
    opus->encoder_destroy(encoder);
}

/* Payloads of any length while the time stamps go on as before: afterwards all is as it was. */
static void odd_lengths_are_over_when_they_are_over(void **state)
{
    (void)state;
    static const uint8_t odd[1400];
    unsigned back = 0;
    srand(3);
    for (unsigned i = 0; i < 50; i++)
        speak_and_play(&far);
    const unsigned loud = level;
    for (unsigned i = 0; i < 150; i++) {
        static const unsigned lengths[] = {1, 7, 33, 161, 163, 333, 799, 1399};
        if (i % 2) {
            speak_and_play(&far);
            continue;
        }
        put(&far, 0, odd, lengths[(unsigned)rand() % 8]);
        sequence++;
        timestamp += TICK;
        play();
    }
    for (unsigned i = 0; i < 100; i++) {
        speak_and_play(&far);
        if (level > loud + 1)
            back = i + 1;
    }
    assert_in_range(back, 0, 10); /* 200 ms */
    assert_in_range(stats().delay_ms, 0, 40);
}

static void a_plan_with_the_same_codecs_keeps_the_machine(void **state)
{
    (void)state;
    struct leg_plan plan = pcmu_plan(20), other = pcmu_plan(30);
    struct leg_machine *machine = media->kit->machine;
    set_plan(&plan, &plan);
    assert_ptr_equal(media->kit->machine, machine);
    set_plan(&other, &plan); /* another ptime: another encoder */
    assert_ptr_not_equal(media->kit->machine, machine);
}

static void a_plan_out_of_range_is_refused(void **state)
{
    (void)state;
    struct leg_kit *kit = NULL;
    struct leg_plan plan = pcmu_plan(20);
    plan.codec_count = 0;
    assert_int_equal(leg_kit_create(&plan, NULL, leg_kit_settings(leg), &kit), -EINVAL);
    plan = pcmu_plan(9);
    assert_int_equal(leg_kit_create(&plan, NULL, leg_kit_settings(leg), &kit), -EINVAL);
    plan = pcmu_plan(61);
    assert_int_equal(leg_kit_create(&plan, NULL, leg_kit_settings(leg), &kit), -EINVAL);
    assert_null(kit);
}

static void every_ptime_sends_whole_packets_without_a_gap(void **state)
{
    (void)state;
    static const unsigned ptimes[] = {10, 20, 30, 40, 50, 60};
    struct leg_plan last = pcmu_plan(20);
    for (unsigned which = 0; which < sizeof(ptimes) / sizeof(ptimes[0]); which++) {
        struct leg_plan plan = pcmu_plan(ptimes[which]);
        tick.number = 0; /* where a packet of any length begins */
        set_plan(&plan, &last);
        last = plan;
        unsigned bytes = 0;
        uint32_t expected = 0;
        uint8_t data[2000];
        struct rtp_packet packet;
        for (unsigned i = 0; i < 30; i++) { /* 600 ms: all of them divide it */
            hear();
            while (next_packet(&packet, data)) {
                assert_int_equal(packet.payload_length, ptimes[which] * 8);
                assert_true(bytes == 0 || packet.timestamp == expected);
                assert_int_equal(packet.marker, bytes == 0);
                expected = packet.timestamp + ptimes[which] * 8;
                bytes += (unsigned)packet.payload_length;
            }
        }
        assert_int_equal(bytes, 30 * TICK);
    }
}

static void a_digit_is_sent_as_an_event_instead_of_audio(void **state)
{
    (void)state;
    uint8_t data[2000];
    struct rtp_packet packet;
    struct telephone_event event;
    unsigned events = 0, ends = 0;
    uint32_t event_timestamp = 0;
    assert_int_equal(leg_media_send_digit(media, 'x', 100), -EINVAL);
    assert_int_equal(leg_media_send_digit(media, '7', 100), 0);
    assert_int_equal(leg_media_send_digit(media, '8', 100), -EBUSY);
    for (unsigned i = 0; i < 20; i++) {
        hear();
        assert_true(next_packet(&packet, data));
        if (packet.payload_type != 96)
            continue;
        assert_int_equal(telephone_event_read(packet.payload, packet.payload_length, &event),
                         0);
        assert_int_equal(event.event, 7);
        assert_true(!events || packet.timestamp == event_timestamp);
        assert_int_equal(packet.marker, events == 0);
        event_timestamp = packet.timestamp;
        events++;
        ends += event.end;
    }
    assert_in_range(events, 5, 8);
    assert_int_equal(ends, 3);
}

static void a_held_leg_is_silent_but_keeps_the_door_open(void **state)
{
    (void)state;
    uint8_t data[2000];
    struct rtp_packet packet;
    struct leg_plan open = pcmu_plan(20), held = pcmu_plan(20);
    held.send = false;
    set_plan(&held, &open);
    unsigned packets = 0;
    for (unsigned i = 0; i < 50 * 31; i++) { /* 31 s */
        hear();
        now_ns += PCM_TICK_MS * CLOCK_NS_PER_MS;
        while (next_packet(&packet, data)) {
            assert_int_equal(packet.payload_length, 0);
            assert_int_not_equal(packet.payload_type, 0);
            packets++;
        }
    }
    assert_int_equal(packets, 3);
    memset(&held.remote_rtp, 0, sizeof(held.remote_rtp)); /* 0.0.0.0: not even that */
    set_plan(&held, &open);
    for (unsigned i = 0; i < 50 * 31; i++, now_ns += PCM_TICK_MS * CLOCK_NS_PER_MS)
        hear();
    assert_int_equal(next_packet(&packet, data), 0);
}

static void rtcp_of_the_far_end_is_shown(void **state)
{
    (void)state;
    uint8_t data[RTCP_MAX_BYTES];
    for (unsigned i = 0; i < 3; i++)
        speak_and_play(&far);
    struct rtcp_compound report = {
        .ssrc = 7,
        .block_count = 1,
        .blocks = {{.ssrc = media->send.ssrc, .fraction_lost = 64, .lost = 5, .jitter = 80}},
        .cname = "far@test"};
    size_t length = rtcp_write(&report, data, sizeof(data));
    assert_true(length > 0);
    leg_media_receive(media, true, data, length, (struct sockaddr *)&far, now_ns, &tick);
    assert_true(stats().has_far);
    assert_int_equal(stats().far_lost, 5);
    assert_int_equal(stats().far_fraction_lost, 64);
    assert_int_equal(stats().far_jitter_us, 10000);
    assert_int_equal(stats().rtcp_received, 1);
    leg_media_receive(media, true, data, length, (struct sockaddr *)&stranger, now_ns, &tick);
    assert_int_equal(stats().rtcp_received, 1);
}

static void our_rtcp_has_a_report_a_name_and_at_the_end_bye(void **state)
{
    (void)state;
    uint8_t data[RTCP_MAX_BYTES];
    struct rtcp_compound compound;
    speak_and_play(&far);
    hear();
    assert_true(recv(far_fd, data, sizeof(data), MSG_DONTWAIT) > 0); /* the audio */
    ssize_t length = -1;
    for (unsigned i = 0; i < 500 && length < 0; i++) {
        now_ns += PCM_TICK_MS * CLOCK_NS_PER_MS;
        tick.now_ns = now_ns;
        leg_media_report(media, &tick, false);
        length = recv(far_fd, data, sizeof(data), MSG_DONTWAIT);
    }
    assert_int_equal(rtcp_read(data, (size_t)length, &compound), 0);
    assert_true(compound.has_sender);
    assert_int_equal(compound.sender.packets, 1);
    assert_int_equal(compound.block_count, 1);
    assert_int_equal(compound.blocks[0].ssrc, 7);
    assert_string_equal(compound.cname, "test");
    leg_media_report(media, &tick, true);
    length = recv(far_fd, data, sizeof(data), MSG_DONTWAIT);
    assert_int_equal(rtcp_read(data, (size_t)length, &compound), 0);
    assert_true(compound.has_bye);
}

static void tell_clock(uint64_t ntp, uint32_t of)
{
    uint8_t data[RTCP_MAX_BYTES];
    const struct rtcp_compound report = {.ssrc = 7,
                                         .has_sender = true,
                                         .sender = {.ntp = ntp, .timestamp = of},
                                         .cname = "far@test"};
    const size_t length = rtcp_write(&report, data, sizeof(data));
    leg_media_receive(media, true, data, length, (struct sockaddr *)&far, now_ns, &tick);
}

static int64_t spoken_less_now(void)
{
    return (int64_t)leg_counter_read(&media->counters->spoken_less_now_ns);
}

static void what_is_played_now_was_spoken_when_its_sender_says(void **state)
{
    (void)state;
    static const int64_t ntp_s = 3900000000LL;
    speak_and_play(&far);
    assert_int_equal(spoken_less_now(), 0);
    tell_clock((uint64_t)ntp_s << 32, timestamp);
    for (unsigned i = 0; i < 20; i++)
        speak_and_play(&far);
    uint32_t place;
    assert_true(jitter_place(media->kit->machine->jitter, &place));
    /* the tick that was just played began a packet before that place, at tick.now_ns */
    const uint32_t since = place - TICK - (timestamp - 20 * TICK);
    const int64_t spoken_ns = ntp_s * CLOCK_NS_PER_S + (int64_t)since * 125000;
    assert_int_equal(spoken_less_now(), spoken_ns - tick.now_ns);
    leg_counter_set(&media->counters->seen_less_now_ns,
                    (uint64_t)(spoken_less_now() - 150 * CLOCK_NS_PER_MS));
    for (unsigned i = 0; i < 500; i++)
        speak_and_play(&far);
    const int64_t late_ns =
        spoken_less_now() - (int64_t)leg_counter_read(&media->counters->seen_less_now_ns);
    assert_in_range(late_ns + CLOCK_NS_PER_S,
                    CLOCK_NS_PER_S - LEG_LIPS_EARLY_MS * CLOCK_NS_PER_MS,
                    CLOCK_NS_PER_S + LEG_LIPS_LATE_MS * CLOCK_NS_PER_MS);
    assert_true(stats().delay_ms >= 120);
}

static void our_report_is_of_the_tick_that_it_leaves_in(void **state)
{
    (void)state;
    uint8_t data[2000];
    struct rtcp_compound compound = {0};
    struct rtp_packet packet;
    for (unsigned i = 0, reports = 0; !reports && i < 1000; i++) {
        speak_and_play(&far);
        hear();
        assert_true(next_packet(&packet, data));
        const uint32_t sent = packet.timestamp;
        leg_media_report(media, &tick, false);
        const ssize_t length = recv(far_fd, data, sizeof(data), MSG_DONTWAIT);
        if (length < 0)
            continue;
        reports++;
        assert_int_equal(rtcp_read(data, (size_t)length, &compound), 0);
        assert_int_equal(compound.sender.timestamp, sent);
    }
    assert_true(compound.has_sender);
}

#define LEG_TEST(test) cmocka_unit_test_setup_teardown(test, make, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEG_TEST(packets_become_a_voice),
        LEG_TEST(a_muted_leg_has_no_voice_and_does_not_talk),
        LEG_TEST(strangers_and_rubbish_are_counted_and_not_heard),
        LEG_TEST(what_passes_is_not_decoded_and_keeps_its_place),
        LEG_TEST(half_a_packet_passes),
        LEG_TEST(packets_tell_how_loud_they_are),
        LEG_TEST(a_leg_that_is_not_muted_any_more_is_as_loud_as_it_is),
        LEG_TEST(what_red_recovers_is_counted_as_long_as_it_is),
        LEG_TEST(loss_that_is_over_is_forgotten),
        LEG_TEST(another_rate_is_asked_for_once_and_then_used),
        LEG_TEST(a_digit_with_lost_and_doubled_packets_is_one_digit),
        LEG_TEST(a_leg_that_is_not_heard_is_told_once_and_not_while_held),
        LEG_TEST(skipped_ticks_are_left_out_both_ways),
        LEG_TEST(who_is_quiet_but_alive_is_not_told),
        LEG_TEST(lost_packets_are_counted_and_concealed),
        LEG_TEST(what_is_too_much_to_wait_is_counted),
        LEG_TEST(who_begins_anew_is_heard_and_counted_again),
        LEG_TEST(fec_is_used_where_packets_are_lost),
        LEG_TEST(a_tone_that_is_called_silence_is_not_silent),
        LEG_TEST(odd_lengths_are_over_when_they_are_over),
        LEG_TEST(a_plan_with_the_same_codecs_keeps_the_machine),
        LEG_TEST(a_plan_out_of_range_is_refused),
        LEG_TEST(every_ptime_sends_whole_packets_without_a_gap),
        LEG_TEST(a_digit_is_sent_as_an_event_instead_of_audio),
        LEG_TEST(a_held_leg_is_silent_but_keeps_the_door_open),
        LEG_TEST(rtcp_of_the_far_end_is_shown),
        LEG_TEST(what_is_played_now_was_spoken_when_its_sender_says),
        LEG_TEST(our_report_is_of_the_tick_that_it_leaves_in),
        LEG_TEST(our_rtcp_has_a_report_a_name_and_at_the_end_bye),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
