/*
 * encoder_check.h - what every encoder must do: key frames when they are asked for only, the
 * rate that was set, pictures of its size only.
 *
 *   static const struct encoder_check encoder = {av1_encoder_create, ...};
 *   encoder_check_keys(&encoder);
 */
#ifndef TESTS_UNIT_MIXER_VIDEO_CODEC_ENCODER_CHECK_H
#define TESTS_UNIT_MIXER_VIDEO_CODEC_ENCODER_CHECK_H

#include "mixer/video_codec/video_codec.h"
#include "tests/unit/mixer/video_codec/moving_picture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct encoder_check {
    int (*create)(const struct video_encoder_config *, struct video_encoder **);
    void (*destroy)(struct video_encoder *);
    int (*encode)(struct video_encoder *, const struct picture *, uint32_t, bool,
                  struct video_frame *);
    void (*set_bitrate)(struct video_encoder *, unsigned);
    bool (*looks_key)(const struct video_frame *); /* read from its bytes */
};

static inline struct video_encoder_config encoder_check_config(unsigned width, unsigned height)
{
    return (struct video_encoder_config){
        .width = width,
        .height = height,
        .fps = 30,
        .bitrate_bps = 300000,
        .max_payload_bytes = 1200,
        .params.packetization = 1,
    };
}

static inline struct video_encoder *encoder_check_create(const struct encoder_check *check)
{
    const struct video_encoder_config config = encoder_check_config(320, 180);
    struct video_encoder *encoder;
    assert_int_equal(check->create(&config, &encoder), 0);
    return encoder;
}

static inline struct video_frame encoder_check_encode(const struct encoder_check *check,
                                                      struct video_encoder *encoder,
                                                      unsigned number, uint32_t timestamp,
                                                      bool key)
{
    struct picture *picture = moving_picture(320, 180, number);
    struct video_frame frame;
    assert_int_equal(check->encode(encoder, picture, timestamp, key, &frame), 0);
    assert_int_equal(frame.timestamp, timestamp);
    assert_true(frame.length > 0 && frame.length <= VIDEO_MAX_FRAME_BYTES);
    assert_int_equal(frame.width, 320);
    assert_int_equal(frame.height, 180);
    picture_release(&picture);
    return frame;
}

static inline void encoder_check_keys(const struct encoder_check *check)
{
    struct video_encoder *encoder = encoder_check_create(check);
    for (unsigned number = 0; number < 400; number++) {
        /* another picture altogether at 50: no key frame either */
        const bool asked = number % 100 == 70;
        struct video_frame frame =
            encoder_check_encode(check, encoder, number % 50 * 7, number * 3000, asked);
        assert_int_equal(frame.is_key, number == 0 || asked);
        assert_int_equal(check->looks_key(&frame), frame.is_key);
    }
    check->destroy(encoder);
}

static inline void encoder_check_rate(const struct encoder_check *check)
{
    static const unsigned rates[] = {250000, 750000, 125000, 400000};
    struct video_encoder *encoder = encoder_check_create(check);
    uint32_t timestamp = (uint32_t)-100000; /* wraps on the way */
    for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        check->set_bitrate(encoder, rates[i]);
        size_t bytes = 0;
        for (unsigned number = 0; number < 150; number++, timestamp += 3000) {
            struct video_frame frame =
                encoder_check_encode(check, encoder, number, timestamp, false);
            assert_int_equal(frame.is_key, i == 0 && number == 0);
            bytes += number < 60 ? 0 : frame.length; /* the buffer has been filled or emptied */
        }
        assert_in_range(bytes * 8 / 3, rates[i] * 7 / 10, rates[i] * 13 / 10);
    }
    check->destroy(encoder);
}

static inline void encoder_check_sizes(const struct encoder_check *check)
{
    struct video_encoder_config bad[] = {
        encoder_check_config(0, 0),        encoder_check_config(8194, 64),
        encoder_check_config(64, 8194),    encoder_check_config(640, 360),
        encoder_check_config(640, 100000), encoder_check_config(640, 360),
    };
    bad[3].fps = 0;
    bad[5].threads = 1000;
    struct video_encoder *encoder = NULL;
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(check->create(&bad[i], &encoder), -EINVAL);
    assert_null(encoder);
    check->destroy(NULL);
    encoder = encoder_check_create(check);
    struct picture *picture = moving_picture(180, 320, 0);
    struct video_frame frame;
    assert_int_equal(check->encode(encoder, picture, 0, true, &frame), -EINVAL);
    picture_release(&picture);
    assert_true(encoder_check_encode(check, encoder, 0, 0, true).is_key);
    check->destroy(encoder);
}

#endif
