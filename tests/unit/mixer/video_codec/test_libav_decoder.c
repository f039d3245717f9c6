/* test_libav_decoder.c - what comes out of libavcodec, and what is not let in. */
#include "mixer/video_codec/annex_b.h"
#include "mixer/video_codec/av1_encoder.h"
#include "mixer/video_codec/h264_encoder.h"
#include "mixer/video_codec/libav_decoder.h"
#include "mixer/video_codec/vpx_encoder.h"
#include "tests/unit/mixer/signal.h"
#include "tests/unit/mixer/video_codec/h265_key.h"
#include "tests/unit/mixer/video_codec/moving_picture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { WIDTH = 322, HEIGHT = 182 }; /* no multiples of a macroblock */

struct way {
    const char *name;
    int (*encoder_create)(const struct video_encoder_config *, struct video_encoder **);
    void (*encoder_destroy)(struct video_encoder *);
    int (*encode)(struct video_encoder *, const struct picture *, uint32_t, bool,
                  struct video_frame *);
    int (*decoder_create)(const struct video_limits *, struct video_decoder **);
};

static const struct way ways[] = {
    {"h264", h264_encoder_create, h264_encoder_destroy, h264_encoder_encode,
     libav_decoder_create_h264},
    {"vp8", vpx_encoder_create_vp8, vpx_encoder_destroy, vpx_encoder_encode,
     libav_decoder_create_vp8},
    {"vp9", vpx_encoder_create_vp9, vpx_encoder_destroy, vpx_encoder_encode,
     libav_decoder_create_vp9},
    {"av1", av1_encoder_create, av1_encoder_destroy, av1_encoder_encode,
     libav_decoder_create_av1},
};
enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

static const struct video_limits limits = {640, 360};

static struct video_encoder *encoder_of(const struct way *way, unsigned width, unsigned height)
{
    const struct video_encoder_config config = {
        .width = width,
        .height = height,
        .fps = 30,
        .bitrate_bps = 1000000,
        .max_payload_bytes = 1200,
        .params.packetization = 1,
    };
    struct video_encoder *encoder;
    assert_int_equal(way->encoder_create(&config, &encoder), 0);
    return encoder;
}

static struct video_decoder *decoder_of(const struct way *way,
                                        const struct video_limits *allowed)
{
    struct video_decoder *decoder;
    assert_int_equal(way->decoder_create(allowed, &decoder), 0);
    return decoder;
}

/* Number @p number of a moving picture, encoded. */
static struct video_frame encoded(const struct way *way, struct video_encoder *encoder,
                                  unsigned width, unsigned height, unsigned number)
{
    struct picture *picture = moving_picture(width, height, number);
    struct video_frame frame;
    assert_int_equal(way->encode(encoder, picture, picture->timestamp, number == 0, &frame), 0);
    picture_release(&picture);
    return frame;
}

static void each_frame_is_a_picture_at_once(void **state)
{
    (void)state;
    for (unsigned i = 0; i < WAYS; i++) {
        struct video_encoder *encoder = encoder_of(&ways[i], WIDTH, HEIGHT);
        struct video_decoder *decoder = decoder_of(&ways[i], &limits);
        for (unsigned number = 0; number < 20; number++) {
            struct video_frame frame = encoded(&ways[i], encoder, WIDTH, HEIGHT, number);
            struct picture *picture = NULL;
            assert_int_equal(libav_decoder_decode(decoder, &frame, &picture), 0);
            assert_non_null(picture);
            assert_int_equal(picture->width, WIDTH);
            assert_int_equal(picture->height, HEIGHT);
            assert_int_equal(picture->timestamp, number * 3000);
            picture_release(&picture);
        }
        libav_decoder_destroy(decoder);
        ways[i].encoder_destroy(encoder);
    }
}

static void a_picture_outlives_its_decoder(void **state)
{
    (void)state;
    for (unsigned i = 0; i < WAYS; i++) {
        struct video_encoder *encoder = encoder_of(&ways[i], WIDTH, HEIGHT);
        struct video_decoder *decoder = decoder_of(&ways[i], &limits);
        struct video_frame frame = encoded(&ways[i], encoder, WIDTH, HEIGHT, 0);
        struct picture *picture = NULL;
        assert_int_equal(libav_decoder_decode(decoder, &frame, &picture), 0);
        libav_decoder_destroy(decoder);
        ways[i].encoder_destroy(encoder);
        struct picture *original = moving_picture(WIDTH, HEIGHT, 0);
        assert_true(moving_picture_psnr(original, picture) > 20);
        picture_release(&original);
        picture_release(&picture);
    }
}

/* The header of a frame is believed, and where it says nothing the stream itself. */
static void what_is_too_large_is_refused(void **state)
{
    (void)state;
    static const struct video_limits small = {320, 240};
    for (unsigned i = 0; i < WAYS; i++) {
        for (unsigned says = 0; says < 2; says++) {
            struct video_encoder *encoder = encoder_of(&ways[i], 640, 360);
            struct video_decoder *decoder = decoder_of(&ways[i], &small);
            for (unsigned number = 0; number < 3; number++) {
                struct video_frame frame = encoded(&ways[i], encoder, 640, 360, number);
                struct picture *picture = NULL;
                if (!says)
                    frame.width = frame.height = 0;
                assert_int_equal(libav_decoder_decode(decoder, &frame, &picture), -EFBIG);
                assert_null(picture);
            }
            ways[i].encoder_destroy(encoder);
            encoder = encoder_of(&ways[i], 240, 320); /* either way round */
            struct video_frame frame = encoded(&ways[i], encoder, 240, 320, 0);
            struct picture *picture = NULL;
            assert_int_equal(libav_decoder_decode(decoder, &frame, &picture), 0);
            assert_non_null(picture);
            picture_release(&picture);
            ways[i].encoder_destroy(encoder);
            libav_decoder_destroy(decoder);
        }
    }
}

/* The same number of pixels, but too wide. */
static void a_long_strip_is_refused(void **state)
{
    (void)state;
    for (unsigned i = 0; i < WAYS; i++) {
        struct video_encoder *encoder = encoder_of(&ways[i], 1280, 64);
        struct video_decoder *decoder = decoder_of(&ways[i], &limits);
        struct video_frame frame = encoded(&ways[i], encoder, 1280, 64, 0);
        struct picture *picture = NULL;
        frame.width = frame.height = 0;
        assert_int_equal(libav_decoder_decode(decoder, &frame, &picture), -EFBIG);
        libav_decoder_destroy(decoder);
        ways[i].encoder_destroy(encoder);
    }
}

static void nothing_and_too_much_are_bad(void **state)
{
    (void)state;
    for (unsigned i = 0; i < WAYS; i++) {
        struct video_decoder *decoder = decoder_of(&ways[i], &limits);
        struct picture *picture = NULL;
        struct video_frame frame = {.bytes = (const uint8_t *)"", .length = 0};
        assert_int_equal(libav_decoder_decode(decoder, &frame, &picture), -EBADMSG);
        frame.length = VIDEO_MAX_FRAME_BYTES + 1;
        assert_int_equal(libav_decoder_decode(decoder, &frame, &picture), -EBADMSG);
        assert_null(picture);
        libav_decoder_destroy(decoder);
    }
}

/* Bytes changed, frames cut short and left out: an error or a picture, and never the end; a key
 * frame puts it right. */
static void damage_passes(void **state)
{
    (void)state;
    uint32_t seed = 4711;
    for (unsigned i = 0; i < WAYS; i++) {
        struct video_encoder *encoder = encoder_of(&ways[i], WIDTH, HEIGHT);
        struct video_decoder *decoder = decoder_of(&ways[i], &limits);
        unsigned bad = 0;
        for (unsigned number = 0; number < 150; number++) {
            struct video_frame frame = encoded(&ways[i], encoder, WIDTH, HEIGHT, number % 30);
            uint8_t *copy = malloc(frame.length);
            memcpy(copy, frame.bytes, frame.length);
            frame.bytes = copy;
            for (unsigned n = signal_random(&seed) % 8; n; n--)
                copy[signal_random(&seed) % frame.length] = (uint8_t)signal_random(&seed);
            if (signal_random(&seed) % 4 == 0)
                frame.length -= signal_random(&seed) % frame.length;
            struct picture *picture = NULL;
            const int err = libav_decoder_decode(decoder, &frame, &picture);
            assert_true(err == 0 || err == -EBADMSG || err == -EFBIG || err == -ENOTSUP);
            assert_true(err == 0 || !picture);
            bad += err != 0;
            picture_release(&picture);
            free(copy);
        }
        assert_true(bad > 0);
        struct video_frame frame = encoded(&ways[i], encoder, WIDTH, HEIGHT, 0);
        struct picture *picture = NULL, *original = moving_picture(WIDTH, HEIGHT, 0);
        assert_int_equal(libav_decoder_decode(decoder, &frame, &picture), 0);
        assert_true(moving_picture_psnr(original, picture) > 20);
        picture_release(&picture);
        picture_release(&original);
        libav_decoder_destroy(decoder);
        ways[i].encoder_destroy(encoder);
    }
}

static void noise_is_no_picture(void **state)
{
    (void)state;
    static uint8_t noise[4000];
    uint32_t seed = 99;
    for (unsigned i = 0; i < WAYS; i++) {
        struct video_decoder *decoder = decoder_of(&ways[i], &limits);
        for (unsigned n = 0; n < 100; n++) {
            signal_random_bytes(&seed, noise, sizeof(noise));
            struct video_frame frame = {.bytes = noise,
                                        .length = 1 + signal_random(&seed) % sizeof(noise),
                                        .is_key = n % 2};
            struct picture *picture = NULL;
            libav_decoder_decode(decoder, &frame, &picture);
            picture_release(&picture);
        }
        libav_decoder_destroy(decoder);
    }
}

/* Colours as the pictures had them, in each of the four ways; VP8 cannot say. */
static void colours_are_signalled(void **state)
{
    (void)state;
    for (unsigned i = 0; i < WAYS; i++) {
        struct video_encoder *encoder = encoder_of(&ways[i], WIDTH, HEIGHT);
        struct video_decoder *decoder = decoder_of(&ways[i], &limits);
        const bool can_say = strcmp(ways[i].name, "vp8") != 0;
        for (unsigned n = 0; n < 8; n++) {
            struct picture *picture = moving_picture(WIDTH, HEIGHT, n), *shown = NULL;
            picture->matrix = n & 2 ? PICTURE_BT709 : PICTURE_BT601;
            picture->full_range = n & 4;
            struct video_frame frame;
            assert_int_equal(ways[i].encode(encoder, picture, n * 3000, n == 0, &frame), 0);
            assert_int_equal(libav_decoder_decode(decoder, &frame, &shown), 0);
            assert_int_equal(shown->matrix, can_say ? picture->matrix : PICTURE_BT601);
            assert_int_equal(shown->full_range, can_say && picture->full_range);
            if (can_say)
                assert_int_equal(frame.is_key, n % 2 == 0);
            picture_release(&shown);
            picture_release(&picture);
        }
        libav_decoder_destroy(decoder);
        ways[i].encoder_destroy(encoder);
    }
}

/* ---- H.264 whose sender allows for B-frames ---- */

/* Ends an SPS of x264's, which says reordered 0, buffered 1, with reordered 2, buffered 2. */
static size_t allow_reordering(uint8_t *sps, size_t length)
{
    size_t stop = length * 8 - 1;
    while (!(sps[stop / 8] >> (7 - stop % 8) & 1))
        stop--;
    static const char before[] = "1010", after[] = "0110111"; /* ue(0) ue(1); ue(2) ue(2) 1 */
    for (size_t i = 0; i < 4; i++) {
        const size_t at = stop - 4 + i;
        assert_int_equal(sps[at / 8] >> (7 - at % 8) & 1, before[i] == '1');
    }
    sps[length] = 0;
    for (size_t i = 0; i < 7; i++) {
        const size_t at = stop - 4 + i;
        const uint8_t bit = (uint8_t)(0x80 >> at % 8);
        sps[at / 8] = (uint8_t)(after[i] == '1' ? sps[at / 8] | bit : sps[at / 8] & ~bit);
    }
    return (stop + 2) / 8 + 1;
}

static size_t put_escaped(const uint8_t *bytes, size_t length, uint8_t *out)
{
    size_t written = 0, zeros = 0;
    for (size_t i = 0; i < length; i++) {
        if (zeros >= 2 && bytes[i] <= 3) {
            out[written++] = 3;
            zeros = 0;
        }
        zeros = bytes[i] ? 0 : zeros + 1;
        out[written++] = bytes[i];
    }
    return written;
}

/* @p frame with other parameter sets, to be freed. */
static uint8_t *with_reordering(struct video_frame *frame)
{
    uint8_t *changed = malloc(frame->length + 1000);
    size_t length = 0;
    struct annex_b scan = annex_b_of(frame->bytes, frame->length);
    struct annex_b_unit unit;
    while (annex_b_next(&scan, &unit)) {
        memcpy(changed + length, annex_b_start, ANNEX_B_START_BYTES);
        length += ANNEX_B_START_BYTES;
        if ((unit.bytes[0] & 31) == 7) {
            uint8_t raw[256];
            size_t raw_length = annex_b_unescape(&unit, raw, sizeof(raw) - 1);
            length += put_escaped(raw, allow_reordering(raw, raw_length), changed + length);
        } else {
            memcpy(changed + length, unit.bytes, unit.length);
            length += unit.length;
        }
    }
    frame->bytes = changed;
    frame->length = length;
    return changed;
}

static void pictures_are_not_kept_back(void **state)
{
    (void)state;
    const struct way *way = &ways[0];
    struct video_encoder *encoder = encoder_of(way, WIDTH, HEIGHT);
    struct video_decoder *decoder = decoder_of(way, &limits);
    for (unsigned number = 0; number < 10; number++) {
        struct video_frame frame = encoded(way, encoder, WIDTH, HEIGHT, number);
        uint8_t *changed = frame.is_key ? with_reordering(&frame) : NULL;
        struct picture *picture = NULL;
        assert_int_equal(libav_decoder_decode(decoder, &frame, &picture), 0);
        assert_non_null(picture);
        assert_int_equal(picture->timestamp, number * 3000);
        picture_release(&picture);
        free(changed);
    }
    libav_decoder_destroy(decoder);
    way->encoder_destroy(encoder);
}

/* ---- H.265, which is not encoded here ---- */

static void h265_is_decoded(void **state)
{
    (void)state;
    static const struct video_limits small = {127, 127};
    struct video_frame frame = {.bytes = h265_key, .length = sizeof(h265_key), .is_key = true};
    struct video_decoder *decoder;
    struct picture *picture = NULL;
    assert_int_equal(libav_decoder_create_h265(&limits, &decoder), 0);
    assert_int_equal(libav_decoder_decode(decoder, &frame, &picture), 0);
    assert_non_null(picture);
    assert_int_equal(picture->width, 128);
    assert_int_equal(picture->height, 64);
    assert_int_equal(picture->matrix, PICTURE_BT709);
    assert_true(picture->full_range);
    assert_in_range(picture->plane[0][50 * picture->stride[0] + 100], H265_Y - 2, H265_Y + 2);
    assert_in_range(picture->plane[1][20 * picture->stride[1] + 50], H265_CB - 2, H265_CB + 2);
    assert_in_range(picture->plane[2][20 * picture->stride[2] + 50], H265_CR - 2, H265_CR + 2);
    picture_release(&picture);
    libav_decoder_destroy(decoder);
    assert_int_equal(libav_decoder_create_h265(&small, &decoder), 0);
    assert_int_equal(libav_decoder_decode(decoder, &frame, &picture), -EFBIG);
    assert_null(picture);
    libav_decoder_destroy(decoder);
}

static void nothing_can_be_destroyed(void **state)
{
    (void)state;
    libav_decoder_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_frame_is_a_picture_at_once),
        cmocka_unit_test(a_picture_outlives_its_decoder),
        cmocka_unit_test(what_is_too_large_is_refused),
        cmocka_unit_test(a_long_strip_is_refused),
        cmocka_unit_test(nothing_and_too_much_are_bad),
        cmocka_unit_test(damage_passes),
        cmocka_unit_test(noise_is_no_picture),
        cmocka_unit_test(colours_are_signalled),
        cmocka_unit_test(pictures_are_not_kept_back),
        cmocka_unit_test(h265_is_decoded),
        cmocka_unit_test(nothing_can_be_destroyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
