/* test_vpx_encoder.c - VP8 and VP9: key frames, rate, what is refused. */
#include "mixer/video_codec/vpx_encoder.h"
#include "tests/unit/mixer/video_codec/encoder_check.h"

/* RFC 6386 section 9.1: the first bit is 0 in a key frame. */
static bool looks_key_vp8(const struct video_frame *frame)
{
    return !(frame->bytes[0] & 0x01);
}

/* VP9, section 6.2: 2 bits of marker, 2 of profile, show_existing_frame, then frame_type, 0 in
 * a key frame. */
static bool looks_key_vp9(const struct video_frame *frame)
{
    return !(frame->bytes[0] & 0x04);
}

static const struct encoder_check encoders[] = {
    {vpx_encoder_create_vp8, vpx_encoder_destroy, vpx_encoder_encode, vpx_encoder_set_bitrate,
     looks_key_vp8},
    {vpx_encoder_create_vp9, vpx_encoder_destroy, vpx_encoder_encode, vpx_encoder_set_bitrate,
     looks_key_vp9},
};
enum { CODECS = sizeof(encoders) / sizeof(encoders[0]) };

static void key_frames_come_when_asked_for(void **state)
{
    (void)state;
    for (unsigned codec = 0; codec < CODECS; codec++)
        encoder_check_keys(&encoders[codec]);
}

/* Half as many pictures are twice as large: time stamps tell. They may wrap, stand still and
 * jump. */
static void the_rate_is_kept_and_changes(void **state)
{
    (void)state;
    static const struct {
        unsigned bitrate_bps, step;
    } parts[] = {{250000, 3000}, {750000, 3000}, {125000, 3000}, {300000, 6000}};
    for (unsigned codec = 0; codec < CODECS; codec++) {
        const struct encoder_check *check = &encoders[codec];
        struct video_encoder *encoder = encoder_check_create(check);
        uint32_t timestamp = (uint32_t)-100000;
        for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
            vpx_encoder_set_bitrate(encoder, parts[i].bitrate_bps);
            size_t bytes = 0;
            for (unsigned number = 0; number < 180; number++) {
                struct video_frame frame =
                    encoder_check_encode(check, encoder, number, timestamp, false);
                assert_int_equal(frame.is_key, i == 0 && number == 0);
                bytes += number < 90 ? 0 : frame.length;
                timestamp += parts[i].step;
            }
            const double seconds = 90.0 * parts[i].step / VIDEO_CLOCK_HZ;
            assert_in_range((unsigned)((double)bytes * 8 / seconds),
                            parts[i].bitrate_bps * 7 / 10, parts[i].bitrate_bps * 13 / 10);
        }
        encoder_check_encode(check, encoder, 1, timestamp, false);
        encoder_check_encode(check, encoder, 2, timestamp, false);
        encoder_check_encode(check, encoder, 3, timestamp + 2000000000, false);
        encoder_check_encode(check, encoder, 4, timestamp, true);
        vpx_encoder_destroy(encoder);
    }
}

static void odd_sides_are_possible(void **state)
{
    (void)state;
    const struct video_encoder_config config = encoder_check_config(321, 181);
    for (unsigned codec = 0; codec < CODECS; codec++) {
        struct video_encoder *encoder;
        struct video_frame frame;
        assert_int_equal(encoders[codec].create(&config, &encoder), 0);
        struct picture *picture = moving_picture(321, 181, 0);
        assert_int_equal(vpx_encoder_encode(encoder, picture, 0, true, &frame), 0);
        assert_int_equal(frame.width, 321);
        picture_release(&picture);
        vpx_encoder_destroy(encoder);
    }
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    for (unsigned codec = 0; codec < CODECS; codec++)
        encoder_check_sizes(&encoders[codec]);
    struct video_encoder *encoder = NULL;
    struct video_encoder_config profile = encoder_check_config(640, 360);
    profile.params.profile = 2; /* 10 bits */
    assert_int_equal(vpx_encoder_create_vp9(&profile, &encoder), -EINVAL);
    assert_null(encoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_frames_come_when_asked_for),
        cmocka_unit_test(the_rate_is_kept_and_changes),
        cmocka_unit_test(odd_sides_are_possible),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
