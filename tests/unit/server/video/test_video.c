/*
 * test_video.c - the picture engine with real workers, coders and sockets on loopback: far ends
 * send a colour each and look at what they are sent.
 */
#include "server/video/video.h"

#include "mixer/base/clock.h"
#include "server/rtp/rtcp.h"
#include "server/rtp/rtcp_feedback.h"
#include "server/rtp/rtp_packet.h"
#include "server/video/video_class.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    FAR_ENDS = 4,
    WIDTH = 640,
    HEIGHT = 360,
    SENT_WIDTH = 320,
    SENT_HEIGHT = 180,
    FPS = 30,
    PATIENCE_S = 30,
    TYPE = 96,
};

struct colour {
    uint8_t y, cb, cr;
};
static const struct colour red = {81, 90, 240}, blue = {41, 240, 110}, green = {145, 54, 34};

struct far_end {
    int fd;
    struct video_leg *leg;
    const struct video_codec *codec;
    struct video_encoder *encoder;
    struct video_assembler *assembler;
    struct video_decoder *decoder;
    struct picture *picture; /* what it sends     */
    struct picture *seen;    /* what it is shown  */
    struct video_numbers numbers;
    struct video_fragments *fragments;
    uint16_t sequence;
    uint32_t ssrc, far_ssrc;
    unsigned frames; /* sent */
    int64_t next_ns;
    bool silent, broken; /* sends nothing; its decoder has missed something */
    unsigned received, keys_received, needs_key, key_asked, remb_bps;
    uint16_t drop; /* of its own receiving: this sequence number, once; 0: none */
    uint16_t dropped, last_sequence;
    bool has_dropped, got_dropped;
    bool home;
};

static struct loop *loop;
static struct rtp_ports *ports;
static struct video *video;
static struct video_room *room;
static struct far_end far_ends[FAR_ENDS];
static unsigned showing_events;

/* ---- what the engine tells ---- */

static void on_left(void *context, struct video_leg *leg)
{
    (void)context;
    ((struct far_end *)video_leg_owner(leg))->home = true;
}

static void on_need_key(void *context, struct video_leg *leg)
{
    (void)context;
    ((struct far_end *)video_leg_owner(leg))->needs_key++;
}

static void on_showing(void *context, struct video_leg *leg, bool showing)
{
    (void)context;
    (void)leg;
    showing_events += showing;
}

static const struct video_events events = {on_left, on_need_key, on_showing};

/* ---- a far end ---- */

static struct video_plan plan_of(const struct far_end *far)
{
    struct video_plan plan = {
        .codec_count = 1,
        .codec = {{.codec = far->codec,
                   .receive_type = TYPE,
                   .send_type = TYPE,
                   .rtx_receive_type = VIDEO_PLAN_NO_TYPE,
                   .rtx_send_type = VIDEO_PLAN_NO_TYPE}},
        .rtcp_mux = true,
        .reduced_size = true,
        .send = true,
        .receive = true,
        .early_feedback = true,
        .feedback = {.nack = true, .pli = true, .fir = true, .remb = true}};
    socklen_t length = sizeof(plan.remote_rtp);
    getsockname(far->fd, (struct sockaddr *)&plan.remote_rtp, &length);
    plan.remote_rtcp = plan.remote_rtp;
    far->codec->params_offer(0, &plan.codec[0].params);
    return plan;
}

static struct video_look look_of(const char *name, uint64_t joined)
{
    struct video_look look = {.joined = joined};
    strncpy(look.name, name, sizeof(look.name) - 1);
    return look;
}

static void far_end_open(struct far_end *far, struct colour colour)
{
    const struct sockaddr_in loopback = {.sin_family = AF_INET,
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct video_limits limits = {1920, 1088};
    const struct video_leg_config config = {.cname = "test"};
    *far = (struct far_end){.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0),
                            .codec = video_codec_by_name("H264"),
                            .ssrc = 1000 + (uint32_t)(far - far_ends)};
    assert_int_equal(bind(far->fd, (const struct sockaddr *)&loopback, sizeof(loopback)), 0);
    struct video_encoder_config encoder = {.width = SENT_WIDTH,
                                           .height = SENT_HEIGHT,
                                           .fps = FPS,
                                           .bitrate_bps = 300000,
                                           .max_payload_bytes = 1200};
    far->codec->params_offer(0, &encoder.params);
    assert_int_equal(far->codec->encoder_create(&encoder, &far->encoder), 0);
    assert_int_equal(far->codec->decoder_create(&limits, &far->decoder), 0);
    assert_int_equal(far->codec->assembler_create(&far->assembler), 0);
    assert_int_equal(picture_create(SENT_WIDTH, SENT_HEIGHT, &far->picture), 0);
    far->picture->matrix = PICTURE_BT601;
    picture_fill(far->picture, colour.y, colour.cb, colour.cr);
    far->fragments = calloc(1, sizeof(*far->fragments));
    assert_non_null(far->fragments);
    assert_int_equal(video_leg_create(ports, AF_INET, &config, &far->leg), 0);
    video_leg_set_owner(far->leg, far);
}

static void far_end_join(struct far_end *far, const char *name)
{
    const struct video_plan plan = plan_of(far);
    const struct video_look look = look_of(name, 1 + (uint64_t)(far - far_ends));
    assert_int_equal(video_join(room, far->leg, &plan, &look), 0);
}

static void far_end_close(struct far_end *far)
{
    if (!far->leg)
        return;
    if (video_leg_is_away(far->leg)) {
        video_leave(far->leg);
        for (int64_t end = clock_monotonic_ns() + PATIENCE_S * CLOCK_NS_PER_S; !far->home;) {
            assert_true(clock_monotonic_ns() < end);
            loop_run_once(loop, 100);
        }
    }
    video_leg_destroy(far->leg);
    far->codec->encoder_destroy(far->encoder);
    far->codec->decoder_destroy(far->decoder);
    far->codec->assembler_destroy(far->assembler);
    picture_release(&far->picture);
    picture_release(&far->seen);
    free(far->fragments);
    close(far->fd);
    *far = (struct far_end){0};
}

static struct sockaddr_in leg_address(const struct far_end *far)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons(video_leg_port(far->leg)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void put(const struct far_end *far, const uint8_t *data, size_t length)
{
    const struct sockaddr_in to = leg_address(far);
    (void)sendto(far->fd, data, length, 0, (const struct sockaddr *)&to, sizeof(to));
}

static void send_frame(struct far_end *far)
{
    struct video_frame frame;
    const struct video_params params = plan_of(far).codec[0].params;
    const uint32_t timestamp = far->frames * (VIDEO_CLOCK_HZ / FPS);
    far->picture->plane[0][far->frames % SENT_WIDTH] ^= 1; /* something is new */
    const bool key = far->frames == 0 || far->key_asked;
    far->key_asked = 0;
    assert_int_equal(far->codec->encode(far->encoder, far->picture, timestamp, key, &frame), 0);
    far->frames++;
    assert_int_equal(far->codec->fragment(&frame, &params, 1200, &far->numbers, far->fragments),
                     0);
    for (unsigned i = 0; i < far->fragments->count; i++) {
        const struct video_fragment *fragment = &far->fragments->fragment[i];
        uint8_t data[1500];
        const struct rtp_packet packet = {.payload_type = TYPE,
                                          .marker = i + 1 == far->fragments->count,
                                          .sequence = far->sequence++,
                                          .timestamp = timestamp,
                                          .ssrc = far->ssrc};
        size_t bytes = rtp_packet_write_header(&packet, data, sizeof(data));
        memcpy(data + bytes, fragment->head, fragment->head_length);
        bytes += fragment->head_length;
        memcpy(data + bytes, fragment->bytes, fragment->length);
        put(far, data, bytes + fragment->length);
    }
}

static void ask(struct far_end *far, bool pli, uint16_t nacked)
{
    uint8_t data[64];
    const size_t bytes =
        pli ? rtcp_feedback_write_pli(data, sizeof(data), far->ssrc, far->far_ssrc)
            : rtcp_feedback_write_nack(data, sizeof(data), far->ssrc, far->far_ssrc, &nacked,
                                       1);
    put(far, data, bytes);
}

static void take_rtcp(struct far_end *far, const uint8_t *data, size_t length)
{
    struct rtcp_feedback feedback;
    if (rtcp_feedback_read(data, length, far->ssrc, &feedback) < 0)
        return;
    far->key_asked += feedback.pli || feedback.fir;
    if (feedback.has_remb)
        far->remb_bps = (unsigned)feedback.remb_bps;
}

static void see(struct far_end *far, const struct video_frame *frame)
{
    struct picture *picture = NULL;
    far->received++;
    far->keys_received += frame->is_key;
    if (frame->is_broken || far->codec->decode(far->decoder, frame, &picture) < 0 || !picture)
        return;
    picture_release(&far->seen);
    far->seen = picture;
}

static void take_rtp(struct far_end *far, const uint8_t *data, size_t length)
{
    struct rtp_packet packet;
    struct video_frame frame;
    assert_int_equal(rtp_packet_read(data, length, &packet), 0);
    assert_int_equal(packet.payload_type, TYPE);
    assert_true(length <= 1300);
    far->far_ssrc = packet.ssrc;
    if (far->drop && !far->has_dropped && far->received > 5) {
        far->has_dropped = true;
        far->dropped = packet.sequence;
        far->last_sequence = packet.sequence;
        return;
    }
    if (far->has_dropped && packet.sequence == far->dropped)
        far->got_dropped = true;
    const struct video_packet in = {.payload = packet.payload,
                                    .length = packet.payload_length,
                                    .timestamp = packet.timestamp,
                                    .marker = packet.marker,
                                    .gap =
                                        packet.sequence != (uint16_t)(far->last_sequence + 1)};
    far->last_sequence = packet.sequence;
    if (far->codec->assemble(far->assembler, &in, &frame) > 0)
        see(far, &frame);
}

static void take_all(struct far_end *far)
{
    uint8_t data[2048];
    ssize_t length;
    while ((length = recv(far->fd, data, sizeof(data), 0)) > 0) {
        if (rtp_packet_is_rtcp(data, (size_t)length))
            take_rtcp(far, data, (size_t)length);
        else
            take_rtp(far, data, (size_t)length);
    }
}

static void live(void)
{
    const int64_t now_ns = clock_monotonic_ns();
    for (unsigned i = 0; i < FAR_ENDS; i++) {
        struct far_end *far = &far_ends[i];
        if (!far->leg || !video_leg_is_away(far->leg))
            continue;
        take_all(far);
        if (far->silent || now_ns < far->next_ns)
            continue;
        far->next_ns = now_ns + CLOCK_NS_PER_S / FPS;
        send_frame(far);
    }
    loop_run_once(loop, 3);
}

/* ---- what is seen ---- */

static bool is_near(int a, int b)
{
    return abs(a - b) <= 12;
}

static bool is_at(const struct picture *seen, unsigned percent_x, unsigned percent_y,
                  struct colour colour)
{
    if (!seen)
        return false;
    const unsigned x = seen->width * percent_x / 100, y = seen->height * percent_y / 100;
    const unsigned chroma = y / 2 * (unsigned)seen->stride[1] + x / 2;
    return is_near(seen->plane[0][y * (unsigned)seen->stride[0] + x], colour.y) &&
           is_near(seen->plane[1][chroma], colour.cb) &&
           is_near(seen->plane[2][chroma], colour.cr);
}

#define LIVE_UNTIL(condition)                                                                  \
    for (int64_t end = clock_monotonic_ns() + PATIENCE_S * CLOCK_NS_PER_S; !(condition);) {    \
        assert_true(clock_monotonic_ns() < end);                                               \
        live();                                                                                \
    }

/* ---- the tests ---- */

static int open_all(void **state)
{
    (void)state;
    const struct rtp_ports_config config = {
        .address = "127.0.0.1", .first = 31000, .last = 31999};
    const struct video_config video_config = {.workers = 2,
                                              .max_width = 1920,
                                              .max_height = 1088,
                                              .max_sender_bps = 6000000,
                                              .max_payload_bytes = 1200};
    const struct video_room_settings settings = {.width = WIDTH,
                                                 .height = HEIGHT,
                                                 .fps = FPS,
                                                 .bitrate_bps = 1000000,
                                                 .layout = {.kind = LAYOUT_GRID}};
    assert_non_null(loop = loop_create());
    assert_int_equal(rtp_ports_create(&config, &ports), 0);
    assert_int_equal(video_create(&video_config, loop, &events, NULL, &video), 0);
    assert_int_equal(video_room_create(video, &settings, &room), 0);
    showing_events = 0;
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FAR_ENDS; i++)
        far_end_close(&far_ends[i]);
    video_room_destroy(room);
    video_destroy(video);
    rtp_ports_destroy(ports);
    loop_destroy(loop);
    return 0;
}

static void two_see_each_other(void **state)
{
    (void)state;
    struct far_end *a = &far_ends[0], *b = &far_ends[1];
    far_end_open(a, red);
    far_end_open(b, blue);
    far_end_join(a, "Anna");
    LIVE_UNTIL(is_at(a->seen, 50, 50, red));
    far_end_join(b, "Bert");
    LIVE_UNTIL(is_at(a->seen, 25, 50, red) && is_at(a->seen, 75, 50, blue));
    LIVE_UNTIL(is_at(b->seen, 25, 50, red) && is_at(b->seen, 75, 50, blue));
    LIVE_UNTIL(showing_events >= 2);
    struct video_room_stats stats;
    video_room_stats_read(room, &stats);
    assert_int_equal(stats.shown, 2);
    assert_int_equal(stats.classes, 1); /* both see the same: one encoder */
    assert_int_equal(stats.canvases, 1);
    assert_string_equal(stats.layout, "grid");
    far_end_close(b);
    LIVE_UNTIL(is_at(a->seen, 25, 50, red) && is_at(a->seen, 75, 50, red));
}

/* Somewhere at the right edge, where the people stand beside what is presented. */
static bool is_in_strip(const struct picture *seen, struct colour colour)
{
    bool is_in = false;
    for (unsigned y = 2; y < 100; y += 4)
        is_in = is_in || is_at(seen, 90, y, colour);
    return is_in;
}

static void slides_are_seen_beside_the_camera(void **state)
{
    (void)state;
    struct far_end *a = &far_ends[0], *slides = &far_ends[1], *b = &far_ends[2];
    struct video_room_settings settings = {.width = WIDTH,
                                           .height = HEIGHT,
                                           .fps = FPS,
                                           .bitrate_bps = 1000000,
                                           .layout = {.kind = LAYOUT_AUTO}};
    struct video_look look = look_of("Anna", 1);
    look.person = 1;
    far_end_open(a, red);
    far_end_open(slides, green);
    far_end_open(b, blue);
    struct video_plan plan = plan_of(a), shared = plan_of(slides);
    shared.send = false;
    video_room_change(room, &settings);
    assert_int_equal(video_join(room, a->leg, &plan, &look), 0);
    struct video_look slides_look = look;
    slides_look.slides = slides_look.hidden = true;
    assert_int_equal(video_join(room, slides->leg, &shared, &slides_look), 0);
    far_end_join(b, "Bert");
    LIVE_UNTIL(is_at(b->seen, 25, 50, red) && is_at(b->seen, 75, 50, blue));
    LIVE_UNTIL(showing_events >= 3); /* that they come is told, though they are not shown */

    look.presents = slides_look.presents = true;
    slides_look.hidden = false;
    video_set_look(a->leg, &look);
    video_set_look(slides->leg, &slides_look);
    LIVE_UNTIL(is_at(b->seen, 30, 50, green) && is_in_strip(b->seen, red) &&
               is_in_strip(b->seen, blue));
    assert_int_equal(slides->received, 0); /* it is all in one picture */
    settings.own_view = true;
    video_room_change(room, &settings);
    LIVE_UNTIL(is_at(a->seen, 50, 50, blue) && is_at(b->seen, 30, 50, green));
    settings.own_view = false;
    video_room_change(room, &settings);

    shared.receive = false; /* they end: its camera is what it presents */
    assert_int_equal(video_replan(slides->leg, &shared), 0);
    LIVE_UNTIL(is_at(b->seen, 30, 50, red) && is_in_strip(b->seen, blue));
    assert_false(is_in_strip(b->seen, green));
    far_end_close(a); /* in any order */
    far_end_close(slides);
}

static void a_voice_that_gets_pictures_is_beside_none(void **state)
{
    (void)state;
    struct far_end *a = &far_ends[0], *slides = &far_ends[1], *b = &far_ends[2];
    struct video_look look = look_of("Anna", 1);
    look.person = 1;
    far_end_open(a, red);
    far_end_open(slides, green);
    far_end_open(b, blue);
    far_end_join(b, "Bert");
    const struct video_plan plan = plan_of(a);
    struct video_plan shared = plan_of(slides);
    shared.send = false;
    const struct video_room_settings settings = {.width = WIDTH,
                                                 .height = HEIGHT,
                                                 .fps = FPS,
                                                 .bitrate_bps = 1000000,
                                                 .layout = {.kind = LAYOUT_GRID},
                                                 .own_view = true};
    video_room_change(room, &settings);
    struct video_member *voice = video_add_voice(room, &look);
    assert_int_equal(video_join(room, a->leg, &plan, &look), 0);
    look.slides = true;
    assert_int_equal(video_join(room, slides->leg, &shared, &look), 0);
    video_remove_voice(voice);
    LIVE_UNTIL(showing_events >= 3 && is_at(b->seen, 25, 50, red) &&
               is_at(b->seen, 75, 50, green));
    picture_fill(b->picture, red.y, red.cb, red.cr);
    LIVE_UNTIL(is_at(a->seen, 25, 50, red) && is_at(a->seen, 75, 50, red)); /* him alone */
}

static void a_voice_has_an_avatar(void **state)
{
    (void)state;
    struct far_end *a = &far_ends[0];
    const struct video_look look = look_of("Carla Conti", 9);
    far_end_open(a, red);
    far_end_join(a, "Anna");
    struct video_member *voice = video_add_voice(room, &look);
    assert_non_null(voice);
    const struct colour black = {16, 128, 128};
    LIVE_UNTIL(is_at(a->seen, 25, 50, red) && !is_at(a->seen, 75, 50, red) &&
               !is_at(a->seen, 75, 35, black));
    video_voice_set_talker(voice);
    video_remove_voice(voice);
    LIVE_UNTIL(is_at(a->seen, 75, 50, red));
}

static void who_goes_silent_becomes_an_avatar(void **state)
{
    (void)state;
    struct far_end *a = &far_ends[0], *b = &far_ends[1];
    far_end_open(a, red);
    far_end_open(b, green);
    far_end_join(a, "Anna");
    far_end_join(b, "Bert");
    LIVE_UNTIL(is_at(a->seen, 75, 50, green));
    b->silent = true;
    LIVE_UNTIL(!is_at(a->seen, 75, 45, green));
    b->silent = false;
    LIVE_UNTIL(is_at(a->seen, 75, 50, green));
}

static void nobody_sees_itself_with_own_view(void **state)
{
    (void)state;
    struct far_end *a = &far_ends[0], *b = &far_ends[1];
    const struct video_room_settings settings = {.width = WIDTH,
                                                 .height = HEIGHT,
                                                 .fps = FPS,
                                                 .bitrate_bps = 1000000,
                                                 .layout = {.kind = LAYOUT_GRID},
                                                 .own_view = true};
    video_room_change(room, &settings);
    far_end_open(a, red);
    far_end_open(b, blue);
    far_end_join(a, "Anna");
    far_end_join(b, "Bert");
    LIVE_UNTIL(is_at(a->seen, 25, 50, blue) && is_at(a->seen, 75, 50, blue));
    LIVE_UNTIL(is_at(b->seen, 25, 50, red) && is_at(b->seen, 75, 50, red));
    struct video_room_stats stats;
    video_room_stats_read(room, &stats);
    assert_int_equal(stats.classes, 2);
    assert_int_equal(stats.canvases, 2);
}

static void a_key_frame_is_asked_for_and_had(void **state)
{
    (void)state;
    struct far_end *a = &far_ends[0];
    far_end_open(a, red);
    far_end_join(a, "Anna");
    LIVE_UNTIL(is_at(a->seen, 50, 50, red));
    const unsigned before = a->keys_received;
    ask(a, true, 0);
    LIVE_UNTIL(a->keys_received > before);
}

/* 200 requests a second for two seconds: a key frame each half second is the most. */
static void a_storm_of_requests_is_calmed(void **state)
{
    (void)state;
    struct far_end *a = &far_ends[0];
    far_end_open(a, red);
    far_end_join(a, "Anna");
    LIVE_UNTIL(is_at(a->seen, 50, 50, red));
    const unsigned before = a->keys_received, frames = a->received;
    const int64_t begun_ns = clock_monotonic_ns();
    while (a->received < frames + 2 * FPS) {
        ask(a, true, 0);
        live();
    }
    const int64_t took_ms = (clock_monotonic_ns() - begun_ns) / CLOCK_NS_PER_MS;
    assert_in_range(a->keys_received - before, 1, took_ms / VIDEO_KEY_SPACE_MS + 1);
}

static void what_was_lost_is_sent_again(void **state)
{
    (void)state;
    struct far_end *a = &far_ends[0];
    far_end_open(a, red);
    a->drop = 1;
    far_end_join(a, "Anna");
    LIVE_UNTIL(a->has_dropped);
    ask(a, false, a->dropped);
    LIVE_UNTIL(a->got_dropped);
    struct video_leg_stats stats;
    video_leg_stats_read(a->leg, &stats);
    assert_true(stats.packets_resent >= 1);
    assert_true(stats.nacks_received >= 1);
}

/* A bystander is asked for little, and is not decoded. */
static void who_is_not_seen_is_not_decoded(void **state)
{
    (void)state;
    struct far_end *a = &far_ends[0], *b = &far_ends[1];
    const struct video_room_settings settings = {.width = WIDTH,
                                                 .height = HEIGHT,
                                                 .fps = FPS,
                                                 .bitrate_bps = 1000000,
                                                 .layout = {.kind = LAYOUT_SPOTLIGHT}};
    video_room_change(room, &settings);
    far_end_open(a, red);
    far_end_open(b, blue);
    far_end_join(a, "Anna");
    LIVE_UNTIL(is_at(a->seen, 50, 50, red));
    far_end_join(b, "Bert");
    LIVE_UNTIL(b->remb_bps && b->frames > 20);
    assert_in_range(b->remb_bps, 1, 64000);
    struct video_leg_stats stats;
    video_leg_stats_read(b->leg, &stats);
    assert_int_equal(stats.frames_decoded, 0);
    video_set_talker(b->leg);
    LIVE_UNTIL(is_at(a->seen, 50, 50, blue));
    LIVE_UNTIL(b->remb_bps > 64000);
}

struct shot {
    int error;
    size_t length;
    uint8_t begin[3];
    bool done;
};

static void on_snapshot(void *context, int error, const uint8_t *jpeg, size_t length)
{
    struct shot *shot = context;
    *shot = (struct shot){.error = error, .length = length, .done = true};
    if (length > 3)
        memcpy(shot->begin, jpeg, 3);
}

static void a_room_is_full_when_its_worker_is(void **state)
{
    (void)state;
    assert_true(video_has_room(video, NULL, 0));
    assert_true(video_has_room(video, room, 0));
    assert_false(video_has_room(video, room, 0.9)); /* however many others are idle */
    assert_false(video_has_room(video, NULL, 0.9));
}

static void snapshots_are_jpegs(void **state)
{
    (void)state;
    struct far_end *a = &far_ends[0];
    struct shot shot = {0};
    assert_int_equal(video_snapshot(room, NULL, 0, on_snapshot, &shot), 0);
    LIVE_UNTIL(shot.done);
    assert_int_equal(shot.error, -ENODATA);
    far_end_open(a, red);
    far_end_join(a, "Anna");
    LIVE_UNTIL(is_at(a->seen, 50, 50, red));
    struct video_leg *const of[] = {NULL, a->leg};
    for (unsigned i = 0; i < 2; i++) {
        shot = (struct shot){0};
        assert_int_equal(video_snapshot(room, of[i], 320, on_snapshot, &shot), 0);
        LIVE_UNTIL(shot.done);
        assert_int_equal(shot.error, 0);
        assert_memory_equal(shot.begin, "\xff\xd8\xff", 3);
    }
}

/* Anything at all may come: the room goes on. */
static void garbage_harms_nobody(void **state)
{
    (void)state;
    struct far_end *a = &far_ends[0], *b = &far_ends[1];
    far_end_open(a, red);
    far_end_open(b, blue);
    far_end_join(a, "Anna");
    far_end_join(b, "Bert");
    LIVE_UNTIL(is_at(a->seen, 25, 50, red) && is_at(a->seen, 75, 50, blue));
    b->silent = true;
    const unsigned before = a->received;
    uint32_t chance = 1;
    while (a->received < before + FPS) {
        uint8_t data[600] = {0x80, TYPE};
        for (unsigned i = 2; i < sizeof(data); i++)
            data[i] = (uint8_t)((chance = chance * 1103515245U + 12345U) >> 16);
        data[2] = (uint8_t)(b->sequence >> 8);
        data[3] = (uint8_t)b->sequence++;
        data[8] = data[9] = 0;
        data[10] = (uint8_t)(b->ssrc >> 8);
        data[11] = (uint8_t)b->ssrc;
        put(b, data, 13 + chance % 580);
        live();
    }
    LIVE_UNTIL(is_at(a->seen, 25, 50, red));
    b->silent = false;
    LIVE_UNTIL(is_at(a->seen, 75, 50, blue));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)
    const struct CMUnitTest tests[] = {
        TEST(two_see_each_other),
        TEST(slides_are_seen_beside_the_camera),
        TEST(a_voice_that_gets_pictures_is_beside_none),
        TEST(a_voice_has_an_avatar),
        TEST(who_goes_silent_becomes_an_avatar),
        TEST(nobody_sees_itself_with_own_view),
        TEST(a_key_frame_is_asked_for_and_had),
        TEST(a_storm_of_requests_is_calmed),
        TEST(what_was_lost_is_sent_again),
        TEST(who_is_not_seen_is_not_decoded),
        TEST(a_room_is_full_when_its_worker_is),
        TEST(snapshots_are_jpegs),
        TEST(garbage_harms_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
