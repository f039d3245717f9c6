/*
 * test_media.c - the engine of server/media with real workers and sockets on loopback: far ends
 * send G.711 tones and listen; who hears whom is measured on what they receive.
 */
#include "server/media/media.h"

#include "mixer/base/clock.h"
#include "mixer/file/audio_file.h"
#include "mixer/file/recorder.h"
#include "server/leg/leg_media.h"
#include "server/rtp/rtp_packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { FAR_ENDS = 3, TICK_SAMPLES = 160, KEEP_SAMPLES = 4000, PATIENCE_S = 20 };

struct far_end {
    int fd;
    struct leg *leg;
    double hz;
    double phase;
    uint16_t sequence;
    uint32_t timestamp;
    unsigned heard;            /* samples ever received                     */
    int16_t ear[KEEP_SAMPLES]; /* the last half second                      */
    unsigned quieter;          /* by this factor; 0: not */
    bool home;
};

static struct loop *loop;
static struct rtp_ports *ports;
static struct media *media;
static struct far_end far_ends[FAR_ENDS];
static char digits[16];
static unsigned talking_events, no_media_events;

/* ---- what the engine tells ---- */

static void on_left(void *context, struct leg *leg)
{
    (void)context;
    ((struct far_end *)leg_owner(leg))->home = true;
}

static void on_digit(void *context, struct leg *leg, char digit, bool in_band)
{
    assert_false(in_band);
    (void)context;
    (void)leg;
    digits[strlen(digits)] = digit;
}

static void on_talking(void *context, struct leg *leg, bool talking)
{
    (void)context;
    (void)leg;
    talking_events += talking;
}

static void on_no_media(void *context, struct leg *leg)
{
    (void)context;
    (void)leg;
    no_media_events++;
}

static unsigned speakers;
static struct media_play *played;

static void on_speaker(void *context, struct leg *leg)
{
    (void)context;
    (void)leg;
    speakers++;
}

static void on_played(void *context, struct media_play *play)
{
    (void)context;
    played = play;
}

static const struct media_events events = {on_left,     on_digit,   on_talking,
                                           on_no_media, on_speaker, on_played};

/* ---- a far end ---- */

static struct leg_plan plan_for(const struct far_end *far, const struct codec *codec)
{
    struct leg_plan plan = {
        .send = true,
        .receive = true,
        .codec_count = 1,
        .codec = {{.codec = codec, .receive_type = 0, .send_type = 0}},
        .event_count = 1,
        .event = {{.clock_hz = 8000, .receive_type = 101, .send_type = 101}},
        .red = {LEG_PLAN_NO_TYPE, LEG_PLAN_NO_TYPE, 0},
        .ptime_ms = 20};
    socklen_t length = sizeof(plan.remote_rtp);
    getsockname(far->fd, (struct sockaddr *)&plan.remote_rtp, &length);
    plan.remote_rtcp = plan.remote_rtp;
    return plan;
}

static void far_end_open(struct far_end *far, double hz, unsigned no_media_timeout_s)
{
    *far = (struct far_end){.hz = hz, .fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)};
    struct sockaddr_in loopback = {.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(far->fd, (struct sockaddr *)&loopback, sizeof(loopback)), 0);
    struct leg_config config = {.jitter_ms = 20,
                                .jitter_limit_ms = 400,
                                .no_media_timeout_s = no_media_timeout_s,
                                .cname = "test"};
    assert_int_equal(leg_create(ports, AF_INET, &config, &far->leg), 0);
    leg_set_owner(far->leg, far);
}

static void far_end_close(struct far_end *far)
{
    media_leave(far->leg);
    for (int64_t end = clock_monotonic_ns() + PATIENCE_S * CLOCK_NS_PER_S; !far->home;) {
        assert_true(clock_monotonic_ns() < end);
        loop_run_once(loop, 100);
    }
    leg_destroy(far->leg);
    close(far->fd);
}

static void send_to_leg(struct far_end *far, uint8_t type, uint32_t timestamp,
                        const uint8_t *payload, size_t length)
{
    uint8_t data[RTP_HEADER_BYTES + CODEC_MAX_PAYLOAD_BYTES];
    struct rtp_packet packet = {.payload_type = type,
                                .sequence = far->sequence++,
                                .timestamp = timestamp,
                                .ssrc = 0x1000 + (uint32_t)far->hz};
    rtp_packet_write_header(&packet, data, sizeof(data));
    memcpy(data + RTP_HEADER_BYTES, payload, length);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(leg_port(far->leg)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    sendto(far->fd, data, RTP_HEADER_BYTES + length, 0, (struct sockaddr *)&to, sizeof(to));
}

static void speak(struct far_end *far)
{
    static const struct codec_params defaults;
    const struct codec *codec = codec_by_static_type(0);
    struct codec_encoder *encoder;
    int16_t pcm[TICK_SAMPLES];
    uint8_t payload[TICK_SAMPLES];
    for (unsigned i = 0; i < TICK_SAMPLES; i++, far->phase += 2 * M_PI * far->hz / 8000)
        pcm[i] = (int16_t)(4000 / (far->quieter ? far->quieter : 1) * sin(far->phase));
    assert_int_equal(codec->encoder_create(&defaults, &encoder), 0);
    assert_int_equal(codec->encode(encoder, pcm, TICK_SAMPLES, payload, sizeof(payload)),
                     TICK_SAMPLES);
    codec->encoder_destroy(encoder);
    send_to_leg(far, 0, far->timestamp, payload, sizeof(payload));
    far->timestamp += TICK_SAMPLES;
}

static void listen_to(struct far_end *far)
{
    static const struct codec_params defaults;
    const struct codec *codec = codec_by_static_type(0);
    struct codec_decoder *decoder;
    assert_int_equal(codec->decoder_create(&defaults, &decoder), 0);
    uint8_t data[2048];
    for (ssize_t length; (length = recv(far->fd, data, sizeof(data), 0)) > 0;) {
        struct rtp_packet packet;
        int16_t pcm[CODEC_MAX_PACKET_SAMPLES];
        if (rtp_packet_is_rtcp(data, (size_t)length) ||
            rtp_packet_read(data, (size_t)length, &packet) < 0 || packet.payload_type != 0)
            continue;
        int samples = codec_decode(codec, decoder, packet.payload, packet.payload_length, pcm,
                                   CODEC_MAX_PACKET_SAMPLES);
        assert_int_equal(samples, TICK_SAMPLES);
        memmove(far->ear, far->ear + samples,
                (KEEP_SAMPLES - (size_t)samples) * sizeof(far->ear[0]));
        memcpy(far->ear + KEEP_SAMPLES - samples, pcm, (size_t)samples * sizeof(pcm[0]));
        far->heard += (unsigned)samples;
    }
    codec->decoder_destroy(decoder);
}

/* Amplitude of one frequency in what was heard last. */
static double amplitude(const struct far_end *far, double hz)
{
    double real = 0, imaginary = 0;
    for (unsigned i = 0; i < KEEP_SAMPLES; i++) {
        real += far->ear[i] * cos(2 * M_PI * hz * i / 8000);
        imaginary += far->ear[i] * sin(2 * M_PI * hz * i / 8000);
    }
    return 2 * sqrt(real * real + imaginary * imaginary) / KEEP_SAMPLES;
}

/* All speak and listen in real time until each has heard @p samples more. */
static void converse(unsigned count, unsigned samples)
{
    unsigned goal[FAR_ENDS];
    for (unsigned i = 0; i < count; i++)
        goal[i] = far_ends[i].heard + samples;
    int64_t end = clock_monotonic_ns() + PATIENCE_S * CLOCK_NS_PER_S;
    int64_t due = clock_monotonic_ns();
    for (bool done = false; !done;) {
        assert_true(clock_monotonic_ns() < end);
        done = true;
        for (unsigned i = 0; i < count; i++) {
            speak(&far_ends[i]);
            listen_to(&far_ends[i]);
            done = done && far_ends[i].heard >= goal[i];
        }
        due += PCM_TICK_MS * CLOCK_NS_PER_MS;
        while (clock_monotonic_ns() < due)
            loop_run_once(loop, 1);
    }
}

static struct media_room *room_with_all(void)
{
    struct media_room *room;
    struct leg_mix mix = LEG_MIX_OPEN;
    assert_int_equal(media_room_create(media, &(struct media_room_settings){0}, &room), 0);
    for (unsigned i = 0; i < FAR_ENDS; i++) {
        far_end_open(&far_ends[i], 400 + 300 * i, 0);
        struct leg_plan plan = plan_for(&far_ends[i], codec_by_static_type(0));
        assert_int_equal(media_join(room, far_ends[i].leg, &plan, &mix), 0);
    }
    return room;
}

static void close_all(struct media_room *room)
{
    for (unsigned i = 0; i < FAR_ENDS; i++)
        far_end_close(&far_ends[i]);
    media_room_destroy(room);
}

/* ---- tests ---- */

static void everybody_hears_the_others_and_not_itself(void **state)
{
    (void)state;
    struct media_room *room = room_with_all();
    converse(FAR_ENDS, 3 * KEEP_SAMPLES);
    for (unsigned i = 0; i < FAR_ENDS; i++) {
        for (unsigned j = 0; j < FAR_ENDS; j++) {
            double heard = amplitude(&far_ends[i], far_ends[j].hz);
            if (i == j)
                assert_true(heard < 40);
            else
                assert_true(heard > 3000 && heard < 5000);
        }
    }
    assert_int_equal(talking_events, FAR_ENDS);
    close_all(room);
}

static void mute_deafen_and_volume_are_heard(void **state)
{
    (void)state;
    struct media_room *room = room_with_all();
    struct leg_mix mix = LEG_MIX_OPEN;
    mix.muted = true;
    assert_int_equal(media_set_mix(far_ends[0].leg, &mix), 0);
    mix = LEG_MIX_OPEN;
    mix.deafened = true;
    assert_int_equal(media_set_mix(far_ends[1].leg, &mix), 0);
    mix = LEG_MIX_OPEN;
    mix.gain_in = AUDIO_GAIN_ONE / 4;
    assert_int_equal(media_set_mix(far_ends[2].leg, &mix), 0);
    converse(FAR_ENDS, 3 * KEEP_SAMPLES);
    assert_true(amplitude(&far_ends[2], far_ends[0].hz) < 40); /* 0 is muted        */
    assert_true(amplitude(&far_ends[2], far_ends[1].hz) > 3000);
    assert_true(amplitude(&far_ends[1], far_ends[2].hz) < 40); /* 1 is deafened     */
    double quiet = amplitude(&far_ends[0], far_ends[2].hz);    /* 2 is at a quarter */
    assert_true(quiet > 800 && quiet < 1200);
    close_all(room);
}

static void hold_by_a_new_plan_silences_and_resumes(void **state)
{
    (void)state;
    struct media_room *room = room_with_all();
    struct leg_plan plan = plan_for(&far_ends[0], codec_by_static_type(0));
    plan.receive = false;
    assert_int_equal(media_replan(far_ends[0].leg, &plan), 0);
    converse(FAR_ENDS, 3 * KEEP_SAMPLES);
    assert_true(amplitude(&far_ends[1], far_ends[0].hz) < 40);
    plan.receive = true;
    assert_int_equal(media_replan(far_ends[0].leg, &plan), 0);
    converse(FAR_ENDS, 3 * KEEP_SAMPLES);
    assert_true(amplitude(&far_ends[1], far_ends[0].hz) > 3000);
    close_all(room);
}

static void each_digit_is_told_once(void **state)
{
    (void)state;
    struct media_room *room = room_with_all();
    memset(digits, 0, sizeof(digits));
    converse(FAR_ENDS, KEEP_SAMPLES);
    for (unsigned packet = 0; packet < 6; packet++) {
        struct telephone_event event = {
            .event = 5, .end = packet > 2, .duration = (uint16_t)(160 * (packet + 1))};
        uint8_t payload[TELEPHONE_EVENT_BYTES];
        telephone_event_write(payload, &event);
        send_to_leg(&far_ends[0], 101, far_ends[0].timestamp, payload, sizeof(payload));
    }
    converse(FAR_ENDS, KEEP_SAMPLES);
    assert_string_equal(digits, "5");
    close_all(room);
}

static void malformed_packets_are_counted_for_the_engine(void **state)
{
    (void)state;
    struct media_stats before, after;
    struct media_room *room = room_with_all();
    converse(FAR_ENDS, KEEP_SAMPLES);
    media_stats_read(media, &before);
    for (unsigned i = 0; i < 5; i++)
        send_to_leg(&far_ends[0], 77, far_ends[0].timestamp, (const uint8_t *)"?", 1);
    static const uint8_t longer[3000];
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(leg_port(far_ends[0].leg)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(
        sendto(far_ends[0].fd, longer, sizeof(longer), 0, (struct sockaddr *)&to, sizeof(to)),
        sizeof(longer));
    converse(FAR_ENDS, KEEP_SAMPLES);
    media_stats_read(media, &after);
    assert_int_equal(after.packets_malformed, before.packets_malformed + 6);
    assert_true(after.packets_received > before.packets_received + 5);
    close_all(room);
}

static void a_silent_far_end_is_told_once(void **state)
{
    (void)state;
    struct media_room *room;
    struct leg_mix mix = LEG_MIX_OPEN;
    no_media_events = 0;
    assert_int_equal(media_room_create(media, &(struct media_room_settings){0}, &room), 0);
    far_end_open(&far_ends[0], 400, 1);
    struct leg_plan plan = plan_for(&far_ends[0], codec_by_static_type(0));
    assert_int_equal(media_join(room, far_ends[0].leg, &plan, &mix), 0);
    for (int64_t end = clock_monotonic_ns() + PATIENCE_S * CLOCK_NS_PER_S; !no_media_events;) {
        assert_true(clock_monotonic_ns() < end);
        loop_run_once(loop, 100);
    }
    for (unsigned i = 0; i < 10; i++)
        loop_run_once(loop, 20);
    assert_int_equal(no_media_events, 1);
    far_end_close(&far_ends[0]);
    media_room_destroy(room);
}

/* 0 whispers to 1 alone; 2 may listen, but not speak. */
static void circles_say_who_hears_whom(void **state)
{
    (void)state;
    struct media_room *room = room_with_all();
    struct leg_mix mix = LEG_MIX_OPEN;
    mix.says = 2;
    assert_int_equal(media_set_mix(far_ends[0].leg, &mix), 0);
    mix = LEG_MIX_OPEN;
    mix.hears = 3;
    assert_int_equal(media_set_mix(far_ends[1].leg, &mix), 0);
    mix = LEG_MIX_OPEN;
    mix.says = 0;
    assert_int_equal(media_set_mix(far_ends[2].leg, &mix), 0);
    converse(FAR_ENDS, 3 * KEEP_SAMPLES);
    assert_true(amplitude(&far_ends[1], far_ends[0].hz) > 3000);
    assert_true(amplitude(&far_ends[2], far_ends[0].hz) < 40);
    assert_true(amplitude(&far_ends[0], far_ends[1].hz) > 3000);
    assert_true(amplitude(&far_ends[2], far_ends[1].hz) > 3000);
    assert_true(amplitude(&far_ends[0], far_ends[2].hz) < 40);
    assert_true(amplitude(&far_ends[0], far_ends[0].hz) < 40);
    close_all(room);
}

static void only_the_loudest_are_heard(void **state)
{
    (void)state;
    struct media_room *room = room_with_all();
    media_room_change(room, &(struct media_room_settings){.loudest = 1});
    far_ends[0].quieter = 8;
    converse(FAR_ENDS, KEEP_SAMPLES);
    far_ends[1].quieter = 8;
    converse(FAR_ENDS, 4 * KEEP_SAMPLES); /* 2 is the loudest, and stays */
    assert_true(amplitude(&far_ends[0], far_ends[2].hz) > 3000);
    assert_true(amplitude(&far_ends[0], far_ends[1].hz) < 40);
    assert_true(amplitude(&far_ends[1], far_ends[0].hz) < 40);
    assert_true(amplitude(&far_ends[2], far_ends[0].hz) < 40);
    struct media_stats before, after;
    media_stats_read(media, &before);
    converse(FAR_ENDS, 2 * KEEP_SAMPLES);
    media_stats_read(media, &after);
    const uint64_t ticks = after.ticks - before.ticks;
    assert_in_range(after.decodes - before.decodes, ticks - 2, ticks + 2);
    assert_true(speakers > 0);
    close_all(room);
}

static struct clip *tone_clip(double hz, unsigned ms)
{
    static int16_t samples[8000];
    for (unsigned i = 0; i < ms * 8; i++)
        samples[i] = (int16_t)(4000 * sin(2 * M_PI * hz * i / 8000));
    struct clip *clip = clip_create(8000, samples, ms * 8);
    assert_non_null(clip);
    return clip;
}

static void wait_until_played(struct media_play *play)
{
    for (int64_t end = clock_monotonic_ns() + PATIENCE_S * CLOCK_NS_PER_S; played != play;) {
        assert_true(clock_monotonic_ns() < end);
        loop_run_once(loop, 20);
    }
    played = NULL;
}

static void a_sound_is_played_to_one_or_to_all(void **state)
{
    (void)state;
    struct media_room *room = room_with_all();
    struct media_play *one, *all;
    struct media_sound sound = {
        .clips = {tone_clip(2300, 500)}, .clip_count = 1, .loop = true, .gain = AUDIO_GAIN_ONE};
    assert_int_equal(media_play(room, far_ends[0].leg, &sound, far_ends, &one), 0);
    assert_ptr_equal(media_play_owner(one), far_ends);
    converse(FAR_ENDS, 3 * KEEP_SAMPLES);
    assert_true(amplitude(&far_ends[0], 2300) > 3000);
    assert_true(amplitude(&far_ends[0], far_ends[1].hz) < 40); /* instead of the others */
    assert_true(amplitude(&far_ends[1], 2300) < 40);
    media_play_stop(one);
    wait_until_played(one);
    assert_int_equal(media_play(room, NULL, &sound, NULL, &all), 0);
    converse(FAR_ENDS, 3 * KEEP_SAMPLES);
    for (unsigned i = 0; i < FAR_ENDS; i++)
        assert_true(amplitude(&far_ends[i], 2300) > 3000);
    assert_true(amplitude(&far_ends[0], far_ends[1].hz) > 3000); /* beside the others */
    media_play_pause(all, true);
    converse(FAR_ENDS, 3 * KEEP_SAMPLES);
    assert_true(amplitude(&far_ends[1], 2300) < 40);
    for (unsigned i = 0; i < FAR_ENDS; i++)
        far_end_close(&far_ends[i]);
    wait_until_played(all); /* nobody is left to hear it */
    assert_int_equal(media_play(room, NULL, &sound, NULL, &all), -ENOTCONN);
    clip_unref(sound.clips[0]);
    media_room_destroy(room);
}

static void a_sound_goes_on_at_another_rate(void **state)
{
    (void)state;
    struct media_room *room = room_with_all();
    struct media_play *play;
    struct media_sound sound = {
        .clips = {tone_clip(2300, 500)}, .clip_count = 1, .loop = true, .gain = AUDIO_GAIN_ONE};
    struct leg_plan wide = plan_for(&far_ends[0], codec_by_static_type(9));
    struct leg_plan narrow = plan_for(&far_ends[0], codec_by_static_type(0));
    wide.codec[0].send_type = wide.codec[0].receive_type = 9;
    assert_int_equal(media_replan(far_ends[0].leg, &wide), 0);
    assert_int_equal(media_play(room, far_ends[0].leg, &sound, NULL, &play), 0);
    assert_int_equal(media_replan(far_ends[0].leg, &narrow), 0);
    converse(FAR_ENDS, 3 * KEEP_SAMPLES);
    assert_true(amplitude(&far_ends[0], 2300) > 3000);
    media_play_stop(play);
    wait_until_played(play);
    clip_unref(sound.clips[0]);
    close_all(room);
}

static void a_sound_ends_by_itself(void **state)
{
    (void)state;
    struct media_room *room = room_with_all();
    struct media_play *play;
    struct media_sound sound = {.clips = {tone_clip(2300, 100), tone_clip(700, 100)},
                                .clip_count = 2,
                                .gain = AUDIO_GAIN_ONE};
    assert_int_equal(media_play(room, far_ends[1].leg, &sound, NULL, &play), 0);
    clip_unref(sound.clips[0]); /* it has its own */
    clip_unref(sound.clips[1]);
    wait_until_played(play);
    assert_int_equal(media_play(room, NULL, &(struct media_sound){0}, NULL, &play), -EINVAL);
    close_all(room);
}

/* A room on two workers is one room. */
static void a_large_room_has_parts_that_hear_each_other(void **state)
{
    struct media *whole = media;
    struct media_play *play;
    (void)state;
    assert_int_equal(media_create(&(struct media_config){.workers = 2, .room_share = 2}, loop,
                                  &events, NULL, &media),
                     0);
    struct media_room *room = room_with_all();
    struct media_sound sound = {
        .clips = {tone_clip(2300, 500)}, .clip_count = 1, .loop = true, .gain = AUDIO_GAIN_ONE};
    assert_int_equal(media_play(room, NULL, &sound, NULL, &play), 0);
    converse(FAR_ENDS, 4 * KEEP_SAMPLES);
    for (unsigned i = 0; i < FAR_ENDS; i++) {
        for (unsigned j = 0; j < FAR_ENDS; j++) {
            double heard = amplitude(&far_ends[i], far_ends[j].hz);
            if (i == j)
                assert_true(heard < 40);
            else
                assert_true(heard > 3000 && heard < 5000);
        }
        assert_true(amplitude(&far_ends[i], 2300) > 3000);
    }
    media_play_stop(play);
    wait_until_played(play);
    clip_unref(sound.clips[0]);
    close_all(room);
    media_destroy(media);
    media = whole;
}

/* ---- recordings ---- */

static char recording_path[64]; /* other builds run this test at the same time */
static atomic_bool recorder_is_over;

static void on_recorder_event(void *context, enum recorder_event event)
{
    (void)context;
    assert_int_equal(event, RECORDER_OVER);
    atomic_store(&recorder_is_over, true);
}

static struct recorder *begin_recording(struct media_room *room)
{
    snprintf(recording_path, sizeof(recording_path), "/tmp/raduno-test-media-%d.webm",
             getpid());
    const struct recorder_plan plan = {
        .path = recording_path, .max_bytes = UINT64_MAX, .on_event = on_recorder_event};
    struct recorder *recorder;
    unlink(recording_path);
    atomic_store(&recorder_is_over, false);
    assert_int_equal(recorder_create(&plan, &recorder), 0);
    assert_int_equal(media_record(room, recorder), 0);
    return recorder;
}

/* Decodes the last half second. Returns the length of all [ms]. */
static unsigned end_recording(struct media_room *room, struct recorder *recorder,
                              struct far_end *heard)
{
    struct audio_file *file;
    char *why;
    unsigned count = 0;
    media_record_end(room);
    recorder_stop(recorder);
    while (!atomic_load(&recorder_is_over))
        loop_run_once(loop, 10);
    recorder_destroy(recorder);
    assert_int_equal(audio_file_open(recording_path, 8000, NULL, &file, &why), 0);
    for (int got = 1; got != 0;) {
        int16_t pcm[TICK_SAMPLES];
        got = audio_file_read(file, pcm, TICK_SAMPLES, &why);
        assert_true(got >= 0 || got == -EAGAIN);
        if (got <= 0)
            continue;
        memmove(heard->ear, heard->ear + got,
                (KEEP_SAMPLES - (size_t)got) * sizeof(heard->ear[0]));
        memcpy(heard->ear + KEEP_SAMPLES - got, pcm, (size_t)got * sizeof(pcm[0]));
        count += (unsigned)got;
    }
    audio_file_close(file);
    unlink(recording_path);
    return count / 8;
}

static void a_recording_has_all(void **state)
{
    (void)state;
    static struct far_end heard;
    struct media_room *room;
    assert_int_equal(media_room_create(media, &(struct media_room_settings){0}, &room), 0);
    assert_int_equal(media_record(room, NULL), -ENOTCONN);
    media_room_destroy(room);
    room = room_with_all();
    struct recorder *recorder = begin_recording(room);
    assert_int_equal(media_record(room, recorder), -EBUSY);
    const int64_t begun_ns = clock_monotonic_ns();
    converse(FAR_ENDS, 3 * KEEP_SAMPLES);
    const unsigned ms = (unsigned)((clock_monotonic_ns() - begun_ns) / CLOCK_NS_PER_MS);
    assert_in_range(end_recording(room, recorder, &heard), ms - 60, ms + 100);
    for (unsigned i = 0; i < FAR_ENDS; i++)
        assert_true(amplitude(&heard, far_ends[i].hz) > 2500);
    close_all(room);
}

/* A whisper is for those who have that circle, not for who plays the recording. */
static void a_recording_has_no_whispers(void **state)
{
    (void)state;
    static struct far_end heard;
    struct media_room *room = room_with_all();
    struct leg_mix mix = LEG_MIX_OPEN;
    mix.says = 2;
    assert_int_equal(media_set_mix(far_ends[0].leg, &mix), 0);
    struct recorder *recorder = begin_recording(room);
    converse(FAR_ENDS, 3 * KEEP_SAMPLES);
    end_recording(room, recorder, &heard);
    assert_true(amplitude(&heard, far_ends[0].hz) < 40);
    assert_true(amplitude(&heard, far_ends[1].hz) > 2500);
    close_all(room);
}

/* The part of the room where it is made may lose all its legs: the others are still heard. */
static void a_recording_outlives_the_legs_beside_it(void **state)
{
    (void)state;
    static struct far_end heard;
    struct media *whole = media;
    assert_int_equal(media_create(&(struct media_config){.workers = 2, .room_share = 1}, loop,
                                  &events, NULL, &media),
                     0);
    struct media_room *room = room_with_all(); /* 0 and 2 on one worker, 1 on the other */
    converse(FAR_ENDS, KEEP_SAMPLES);
    struct recorder *recorder = begin_recording(room);
    converse(FAR_ENDS, KEEP_SAMPLES);
    far_end_close(&far_ends[0]);
    far_end_close(&far_ends[2]);
    const struct far_end last = far_ends[1];
    far_ends[0] = last;
    converse(1, 3 * KEEP_SAMPLES);
    assert_true(end_recording(room, recorder, &heard) > 1000);
    assert_true(amplitude(&heard, last.hz) > 2500);
    assert_true(amplitude(&heard, 400) < 40 && amplitude(&heard, 1000) < 40);
    leg_set_owner(far_ends[0].leg, &far_ends[0]);
    far_end_close(&far_ends[0]);
    media_room_destroy(room);
    media_destroy(media);
    media = whole;
}

static void empty_rooms_do_not_tick(void **state)
{
    (void)state;
    struct media_stats before, after;
    struct media_room *room;
    assert_int_equal(media_room_create(media, &(struct media_room_settings){0}, &room), 0);
    loop_run_once(loop, 50); /* a tick that was under way when the last leg left */
    media_stats_read(media, &before);
    loop_run_once(loop, 100);
    media_stats_read(media, &after);
    assert_int_equal(after.legs, 0);
    assert_int_equal(after.rooms, 1);
    assert_int_equal(after.ticks, before.ticks);
    media_room_destroy(room);
}

static int start(void **state)
{
    (void)state;
    struct rtp_ports_config config = {.address = "127.0.0.1", .first = 18000, .last = 18999};
    loop = loop_create();
    if (rtp_ports_create(&config, &ports) < 0)
        return -1;
    return media_create(&(struct media_config){.workers = 2}, loop, &events, NULL, &media);
}

static int stop(void **state)
{
    (void)state;
    media_destroy(media);
    rtp_ports_destroy(ports);
    loop_destroy(loop);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_hears_the_others_and_not_itself),
        cmocka_unit_test(mute_deafen_and_volume_are_heard),
        cmocka_unit_test(hold_by_a_new_plan_silences_and_resumes),
        cmocka_unit_test(each_digit_is_told_once),
        cmocka_unit_test(malformed_packets_are_counted_for_the_engine),
        cmocka_unit_test(a_silent_far_end_is_told_once),
        cmocka_unit_test(circles_say_who_hears_whom),
        cmocka_unit_test(only_the_loudest_are_heard),
        cmocka_unit_test(a_sound_is_played_to_one_or_to_all),
        cmocka_unit_test(a_sound_goes_on_at_another_rate),
        cmocka_unit_test(a_sound_ends_by_itself),
        cmocka_unit_test(a_large_room_has_parts_that_hear_each_other),
        cmocka_unit_test(a_recording_has_all),
        cmocka_unit_test(a_recording_has_no_whispers),
        cmocka_unit_test(a_recording_outlives_the_legs_beside_it),
        cmocka_unit_test(empty_rooms_do_not_tick),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
