/* test_h264_encoder.c - what x264 is told, seen in its parameter sets and slices. */
#include "mixer/video_codec/h264_encoder.h"
#include "tests/unit/mixer/video_codec/moving_picture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { SLICE = 1, IDR = 5, SEI = 6, SPS = 7, PPS = 8, TYPES = 32 };

/* What the NAL units of a frame are. */
struct units {
    unsigned count[TYPES];
    size_t longest; /* bytes, without start code */
    uint8_t sps[4]; /* its type, profile, constraints, level */
};

static bool is_start(const uint8_t *at, const uint8_t *end)
{
    return end - at >= 3 && at[0] == 0 && at[1] == 0 && at[2] == 1;
}

static struct units units_of(const struct video_frame *frame)
{
    struct units units = {.longest = 0};
    const uint8_t *at = frame->bytes, *end = at + frame->length;
    while (at < end && !is_start(at, end))
        at++;
    while (at < end) {
        const uint8_t *unit = at + 3;
        for (at = unit; at < end && !is_start(at, end);)
            at++;
        const size_t length = (size_t)(at - unit); /* one more if the next start code has 4 */
        units.count[unit[0] % TYPES]++;
        units.longest = length > units.longest ? length : units.longest;
        if (unit[0] % TYPES == SPS)
            memcpy(units.sps, unit, sizeof(units.sps));
    }
    return units;
}

static struct video_encoder_config config_of(unsigned width, unsigned height)
{
    return (struct video_encoder_config){
        .width = width,
        .height = height,
        .fps = 30,
        .bitrate_bps = 500000,
        .max_payload_bytes = 1200,
        .params = {.profile = 66, .packetization = 1},
    };
}

static struct video_frame encode(struct video_encoder *encoder,
                                 const struct video_encoder_config *config, unsigned number,
                                 bool key)
{
    struct picture *picture = moving_picture(config->width, config->height, number);
    struct video_frame frame;
    assert_int_equal(h264_encoder_encode(encoder, picture, number * 3000, key, &frame), 0);
    assert_int_equal(frame.timestamp, number * 3000);
    assert_true(frame.length > 0 && frame.length <= VIDEO_MAX_FRAME_BYTES);
    picture_release(&picture);
    return frame;
}

static void key_frames_come_when_asked_for(void **state)
{
    (void)state;
    const struct video_encoder_config config = config_of(320, 180);
    struct video_encoder *encoder;
    assert_int_equal(h264_encoder_create(&config, &encoder), 0);
    for (unsigned number = 0; number < 400; number++) {
        /* another picture altogether at 50: no key frame either */
        const bool asked = number % 100 == 70;
        struct video_frame frame = encode(encoder, &config, number % 50 * 7, asked);
        const bool is_key = number == 0 || asked;
        struct units units = units_of(&frame);
        assert_int_equal(frame.is_key, is_key);
        assert_int_equal(units.count[IDR], is_key);
        assert_int_equal(units.count[SPS], is_key);
        assert_int_equal(units.count[PPS], is_key);
        assert_int_equal(units.count[SLICE], !is_key);
        assert_int_equal(units.count[SEI], 0);
        assert_int_equal(frame.width, 320);
        assert_int_equal(frame.height, 180);
    }
    h264_encoder_destroy(encoder);
}

static void single_units_fit_into_packets(void **state)
{
    (void)state;
    static const unsigned most[] = {300, 700, 1200};
    for (unsigned i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
        struct video_encoder_config config = config_of(640, 360);
        config.bitrate_bps = 4000000;
        config.params.packetization = 0;
        config.max_payload_bytes = most[i];
        struct video_encoder *encoder;
        assert_int_equal(h264_encoder_create(&config, &encoder), 0);
        for (unsigned number = 0; number < 40; number++) {
            struct video_frame frame = encode(encoder, &config, number, number % 20 == 0);
            struct units units = units_of(&frame);
            assert_true(units.longest <= most[i]);
            assert_true(units.count[SLICE] + units.count[IDR] > frame.length / most[i]);
        }
        h264_encoder_destroy(encoder);
    }
}

static void profiles_are_as_agreed(void **state)
{
    (void)state;
    static const uint8_t profiles[][2] = {{0, 66}, {66, 66}, {77, 77}, {100, 100}};
    for (unsigned i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
        struct video_encoder_config config = config_of(1280, 720);
        config.params.profile = profiles[i][0];
        struct video_encoder *encoder;
        assert_int_equal(h264_encoder_create(&config, &encoder), 0);
        struct video_frame frame = encode(encoder, &config, 0, true);
        struct units units = units_of(&frame);
        assert_int_equal(units.sps[1], profiles[i][1]);
        if (profiles[i][1] == 66)
            assert_int_equal(units.sps[2] & 0x40, 0x40); /* constrained */
        assert_int_equal(units.sps[3], 31);
        h264_encoder_destroy(encoder);
    }
}

static void levels_are_the_lowest_that_fit(void **state)
{
    (void)state;
    static const unsigned sizes[][3] = {{176, 144, 12}, {640, 360, 30}, {1920, 1080, 40}};
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        const struct video_encoder_config config = config_of(sizes[i][0], sizes[i][1]);
        struct video_encoder *encoder;
        assert_int_equal(h264_encoder_create(&config, &encoder), 0);
        struct video_frame frame = encode(encoder, &config, 0, true);
        assert_in_range(units_of(&frame).sps[3], sizes[i][2], sizes[i][2] + 1);
        h264_encoder_destroy(encoder);
    }
}

static void the_rate_is_kept_and_changes(void **state)
{
    (void)state;
    struct video_encoder_config config = config_of(640, 360);
    struct video_encoder *encoder;
    assert_int_equal(h264_encoder_create(&config, &encoder), 0);
    static const unsigned rates[] = {500000, 1500000, 250000, 800000};
    for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        h264_encoder_set_bitrate(encoder, rates[i]);
        size_t bytes = 0;
        for (unsigned number = 0; number < 150; number++) {
            struct video_frame frame = encode(encoder, &config, number, false);
            assert_int_equal(frame.is_key, i == 0 && number == 0);
            bytes += number < 60 ? 0 : frame.length; /* the buffer has been filled or emptied */
        }
        assert_in_range(bytes * 8 / 3, rates[i] * 7 / 10, rates[i] * 12 / 10);
    }
    h264_encoder_destroy(encoder);
}

static void key_frames_are_bounded(void **state)
{
    (void)state;
    const struct video_encoder_config config = config_of(1280, 720);
    struct video_encoder *encoder;
    assert_int_equal(h264_encoder_create(&config, &encoder), 0);
    for (unsigned number = 0; number < 60; number++) {
        struct video_frame frame = encode(encoder, &config, number, number % 30 == 0);
        assert_true(frame.length * 8 <= config.bitrate_bps / 2);
    }
    h264_encoder_destroy(encoder);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    struct video_encoder *encoder = NULL;
    struct video_encoder_config bad[] = {
        config_of(0, 0),     config_of(321, 180),    config_of(320, 181),
        config_of(8194, 64), config_of(640, 100000), config_of(640, 360),
        config_of(640, 360), config_of(640, 360),    config_of(640, 360),
    };
    bad[5].fps = 0;
    bad[6].params.profile = 88; /* extended */
    bad[7].threads = 1000;
    bad[8].max_payload_bytes = VIDEO_MAX_PAYLOAD_BYTES + 1;
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(h264_encoder_create(&bad[i], &encoder), -EINVAL);
    assert_null(encoder);
    h264_encoder_destroy(NULL);
}

static void another_size_is_refused(void **state)
{
    (void)state;
    const struct video_encoder_config config = config_of(320, 180);
    struct video_encoder *encoder;
    assert_int_equal(h264_encoder_create(&config, &encoder), 0);
    struct picture *picture = moving_picture(180, 320, 0);
    struct video_frame frame;
    assert_int_equal(h264_encoder_encode(encoder, picture, 0, true, &frame), -EINVAL);
    picture_release(&picture);
    assert_true(encode(encoder, &config, 0, true).is_key);
    h264_encoder_destroy(encoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_frames_come_when_asked_for),
        cmocka_unit_test(single_units_fit_into_packets),
        cmocka_unit_test(profiles_are_as_agreed),
        cmocka_unit_test(levels_are_the_lowest_that_fit),
        cmocka_unit_test(the_rate_is_kept_and_changes),
        cmocka_unit_test(key_frames_are_bounded),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(another_size_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
