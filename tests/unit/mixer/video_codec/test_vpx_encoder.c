/* test_vpx_encoder.c - VP8 and VP9: key frames, rate, what is refused. */
#include "mixer/video_codec/vpx_encoder.h"
#include "tests/unit/mixer/video_codec/moving_picture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int (*const creates[])(const struct video_encoder_config *, struct video_encoder **) = {
    vpx_encoder_create_vp8,
    vpx_encoder_create_vp9,
};
enum { CODECS = sizeof(creates) / sizeof(creates[0]), VP9 = 1 };

static struct video_encoder_config config_of(unsigned width, unsigned height)
{
    return (struct video_encoder_config){
        .width = width, .height = height, .fps = 30, .bitrate_bps = 500000};
}

static struct video_frame encode(struct video_encoder *encoder,
                                 const struct video_encoder_config *config, unsigned number,
                                 uint32_t timestamp, bool key)
{
    struct picture *picture = moving_picture(config->width, config->height, number);
    struct video_frame frame;
    assert_int_equal(vpx_encoder_encode(encoder, picture, timestamp, key, &frame), 0);
    assert_int_equal(frame.timestamp, timestamp);
    assert_true(frame.length > 0 && frame.length <= VIDEO_MAX_FRAME_BYTES);
    picture_release(&picture);
    return frame;
}

/* RFC 6386 section 9.1: the first bit is 0 in a key frame. VP9, section 6.2: 2 bits of marker,
 * 2 of profile, show_existing_frame, then frame_type, 0 in a key frame. */
static bool looks_key(unsigned codec, const struct video_frame *frame)
{
    return codec == VP9 ? !(frame->bytes[0] & 0x04) : !(frame->bytes[0] & 0x01);
}

static void key_frames_come_when_asked_for(void **state)
{
    (void)state;
    const struct video_encoder_config config = config_of(320, 180);
    for (unsigned codec = 0; codec < CODECS; codec++) {
        struct video_encoder *encoder;
        assert_int_equal(creates[codec](&config, &encoder), 0);
        for (unsigned number = 0; number < 400; number++) {
            const bool asked = number % 100 == 70;
            struct video_frame frame =
                encode(encoder, &config, number % 50 * 7, number * 3000, asked);
            assert_int_equal(frame.is_key, number == 0 || asked);
            assert_int_equal(looks_key(codec, &frame), frame.is_key);
        }
        vpx_encoder_destroy(encoder);
    }
}

/* Half as many pictures are twice as large: time stamps tell. They may wrap, stand still and
 * jump. */
static void the_rate_is_kept_and_changes(void **state)
{
    (void)state;
    static const struct {
        unsigned bitrate_bps, step;
    } parts[] = {{250000, 3000}, {750000, 3000}, {125000, 3000}, {300000, 6000}};
    const struct video_encoder_config config = config_of(320, 180);
    for (unsigned codec = 0; codec < CODECS; codec++) {
        struct video_encoder *encoder;
        assert_int_equal(creates[codec](&config, &encoder), 0);
        uint32_t timestamp = (uint32_t)-100000;
        for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
            vpx_encoder_set_bitrate(encoder, parts[i].bitrate_bps);
            size_t bytes = 0;
            for (unsigned number = 0; number < 180; number++) {
                struct video_frame frame = encode(encoder, &config, number, timestamp, false);
                assert_int_equal(frame.is_key, i == 0 && number == 0);
                bytes += number < 90 ? 0 : frame.length;
                timestamp += parts[i].step;
            }
            const double seconds = 90.0 * parts[i].step / VIDEO_CLOCK_HZ;
            assert_in_range((unsigned)((double)bytes * 8 / seconds),
                            parts[i].bitrate_bps * 7 / 10, parts[i].bitrate_bps * 13 / 10);
        }
        encode(encoder, &config, 1, timestamp, false);
        encode(encoder, &config, 2, timestamp, false);
        encode(encoder, &config, 3, timestamp + 2000000000, false);
        encode(encoder, &config, 4, timestamp, true);
        vpx_encoder_destroy(encoder);
    }
}

static void odd_sides_are_possible(void **state)
{
    (void)state;
    const struct video_encoder_config config = config_of(321, 181);
    for (unsigned codec = 0; codec < CODECS; codec++) {
        struct video_encoder *encoder;
        assert_int_equal(creates[codec](&config, &encoder), 0);
        assert_int_equal(encode(encoder, &config, 0, 0, true).width, 321);
        vpx_encoder_destroy(encoder);
    }
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    struct video_encoder_config bad[] = {
        config_of(0, 0),        config_of(8194, 64), config_of(64, 8194),
        config_of(640, 100000), config_of(640, 360), config_of(640, 360),
    };
    bad[4].fps = 0;
    bad[5].threads = 1000;
    struct video_encoder *encoder = NULL;
    for (unsigned codec = 0; codec < CODECS; codec++) {
        for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
            assert_int_equal(creates[codec](&bad[i], &encoder), -EINVAL);
    }
    struct video_encoder_config profile = config_of(640, 360);
    profile.params.profile = 2; /* 10 bits */
    assert_int_equal(vpx_encoder_create_vp9(&profile, &encoder), -EINVAL);
    assert_null(encoder);
    vpx_encoder_destroy(NULL);
}

static void another_size_is_refused(void **state)
{
    (void)state;
    const struct video_encoder_config config = config_of(320, 180);
    for (unsigned codec = 0; codec < CODECS; codec++) {
        struct video_encoder *encoder;
        assert_int_equal(creates[codec](&config, &encoder), 0);
        struct picture *picture = moving_picture(180, 320, 0);
        struct video_frame frame;
        assert_int_equal(vpx_encoder_encode(encoder, picture, 0, true, &frame), -EINVAL);
        picture_release(&picture);
        assert_true(encode(encoder, &config, 0, 0, true).is_key);
        vpx_encoder_destroy(encoder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_frames_come_when_asked_for),
        cmocka_unit_test(the_rate_is_kept_and_changes),
        cmocka_unit_test(odd_sides_are_possible),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(another_size_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
