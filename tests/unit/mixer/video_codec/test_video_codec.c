/* test_video_codec.c - each row of the table from SDP to SDP and from picture to picture. */
#include "mixer/video_codec/video_codec.h"
#include "tests/unit/mixer/video_codec/h265_key.h"
#include "tests/unit/mixer/video_codec/moving_picture.h"

#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { WIDTH = 640, HEIGHT = 360, PAYLOAD = 1200, NONE = -1 };

#define FOR_EACH_ROW(codec)                                                                    \
    for (const struct video_codec *codec = video_codec_at(0); codec; codec = next_row(codec))

static const struct video_codec *next_row(const struct video_codec *codec)
{
    unsigned i = 0;
    while (video_codec_at(i) != codec)
        i++;
    return video_codec_at(i + 1);
}

/* What a far end says that offers @p variant; a row that offers none is asked with "". */
static struct video_params far_params(const struct video_codec *codec, unsigned variant)
{
    struct video_params params = {.profile = 0}, far = {.profile = 0};
    char fmtp[VIDEO_FMTP_BYTES] = "";
    if (codec->variants) {
        codec->params_offer(variant, &params);
        codec->fmtp_write(&params, fmtp);
    }
    assert_int_equal(codec->fmtp_read(fmtp, &far), 0);
    return far;
}

static unsigned variants_of(const struct video_codec *codec)
{
    return codec->variants ? codec->variants : 1;
}

/* ---- the table ---- */

static void rows_are_whole(void **state)
{
    (void)state;
    FOR_EACH_ROW(codec)
    {
        assert_non_null(codec->name);
        assert_in_range(codec->preferred_payload_type, 96, 127);
        assert_true(codec->params_offer && codec->fmtp_read && codec->params_answer);
        assert_true(codec->fmtp_write && codec->params_match && codec->params_limit);
        assert_true(codec->assembler_create && codec->assembler_destroy && codec->assemble);
        assert_true(codec->decoder_create && codec->decoder_destroy && codec->decode);
        assert_int_equal(codec->can_encode, codec->encoder_create != NULL);
        assert_int_equal(codec->can_encode, codec->encoder_destroy != NULL);
        assert_int_equal(codec->can_encode, codec->encode != NULL);
        assert_int_equal(codec->can_encode, codec->encoder_set_bitrate != NULL);
        assert_true(!codec->can_encode || codec->fragment);
        codec->assembler_destroy(NULL);
        codec->decoder_destroy(NULL);
        if (codec->can_encode)
            codec->encoder_destroy(NULL);
    }
}

static void payload_types_do_not_meet(void **state)
{
    (void)state;
    bool taken[128] = {false};
    FOR_EACH_ROW(codec)
    {
        for (unsigned i = 0; i < variants_of(codec); i++) {
            const unsigned type = (unsigned)codec->preferred_payload_type + i;
            assert_true(type < 128 && !taken[type]);
            taken[type] = true;
        }
    }
}

static void names_are_found_without_case(void **state)
{
    (void)state;
    FOR_EACH_ROW(codec)
    {
        char name[32] = "";
        for (size_t i = 0; codec->name[i] && i + 1 < sizeof(name); i++)
            name[i] = (char)(i % 2 ? tolower(codec->name[i]) : toupper(codec->name[i]));
        assert_ptr_equal(video_codec_by_name(codec->name), codec);
        assert_ptr_equal(video_codec_by_name(name), codec);
    }
    assert_null(video_codec_by_name("H263"));
    assert_null(video_codec_by_name(""));
    assert_null(video_codec_at(1000));
    assert_ptr_equal(video_codec_by_name("h264"), video_codec_at(0));
}

/* ---- SDP ---- */

static void an_offer_is_answered_by_its_like(void **state)
{
    (void)state;
    FOR_EACH_ROW(codec)
    {
        for (unsigned variant = 0; variant < variants_of(codec); variant++) {
            const struct video_params far = far_params(codec, variant);
            struct video_params own = {.profile = 0}, back = {.profile = 0};
            char fmtp[VIDEO_FMTP_BYTES];
            codec->params_answer(&far, &own);
            codec->fmtp_write(&own, fmtp);
            assert_int_equal(codec->fmtp_read(fmtp, &back), 0);
            assert_true(codec->params_match(&far, &own));
            assert_true(codec->params_match(&own, &back));
            for (unsigned other = 0; other < variant; other++) {
                const struct video_params another = far_params(codec, other);
                assert_false(codec->params_match(&far, &another));
            }
        }
    }
}

static void limits_only_lower(void **state)
{
    (void)state;
    static const unsigned sizes[][3] = {
        {1920, 1080, 30}, {1280, 720, 30}, {640, 360, 15}, {320, 180, 5}, {720, 1280, 30}};
    FOR_EACH_ROW(codec)
    {
        const struct video_params far = far_params(codec, 0);
        for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            unsigned width = sizes[i][0], height = sizes[i][1], fps = sizes[i][2];
            codec->params_limit(&far, &width, &height, &fps);
            assert_in_range(width, 90, sizes[i][0]);
            assert_in_range(height, 90, sizes[i][1]);
            assert_in_range(fps, 5, sizes[i][2]);
        }
    }
}

/* ---- pictures ---- */

/* One way from an encoder to a decoder. */
struct way {
    const struct video_codec *codec;
    struct video_params params;
    struct video_encoder *encoder;
    struct video_assembler *assembler;
    struct video_decoder *decoder;
    struct video_numbers numbers;
    bool gap; /* before the next packet */
};

static void way_init(struct way *way, const struct video_codec *codec, unsigned variant)
{
    static const struct video_limits limits = {1280, 720};
    memset(way, 0, sizeof(*way));
    way->codec = codec;
    way->params = far_params(codec, variant);
    const struct video_encoder_config config = {
        .width = WIDTH,
        .height = HEIGHT,
        .fps = 30,
        .bitrate_bps = 1500000,
        .max_payload_bytes = PAYLOAD,
        .params = way->params,
    };
    assert_int_equal(codec->encoder_create(&config, &way->encoder), 0);
    assert_int_equal(codec->assembler_create(&way->assembler), 0);
    assert_int_equal(codec->decoder_create(&limits, &way->decoder), 0);
}

static void way_finish(struct way *way)
{
    way->codec->encoder_destroy(way->encoder);
    way->codec->assembler_destroy(way->assembler);
    way->codec->decoder_destroy(way->decoder);
}

/* Hands all fragments but number @p lost to the assembler. @return what it said to the last. */
static int pass(struct way *way, const struct video_fragments *fragments, uint32_t timestamp,
                int lost, struct video_frame *frame)
{
    int result = 0;
    for (unsigned i = 0; i < fragments->count; i++) {
        const struct video_fragment *fragment = &fragments->fragment[i];
        uint8_t payload[VIDEO_MAX_PAYLOAD_BYTES];
        const size_t length = fragment->head_length + fragment->length;
        assert_in_range(length, 1, PAYLOAD);
        if ((int)i == lost) {
            way->gap = true;
            continue;
        }
        memcpy(payload, fragment->head, fragment->head_length);
        memcpy(payload + fragment->head_length, fragment->bytes, fragment->length);
        const struct video_packet packet = {
            .payload = payload,
            .length = length,
            .timestamp = timestamp,
            .marker = i + 1 == fragments->count,
            .gap = way->gap,
        };
        way->gap = false;
        assert_int_equal(result, 0);
        result = way->codec->assemble(way->assembler, &packet, frame);
    }
    return result;
}

/* Sends picture @p number, but for its fragment @p lost. @return the PSNR of what is shown, or
 * NONE. */
static double send(struct way *way, unsigned number, bool key, int lost)
{
    static struct video_fragments fragments;
    struct picture *picture = moving_picture(WIDTH, HEIGHT, number), *shown = NULL;
    const uint32_t timestamp = 0xffff0000u + number * 3000;
    struct video_frame frame;
    double psnr = NONE;
    const struct video_codec *codec = way->codec;
    assert_int_equal(codec->encode(way->encoder, picture, timestamp, key, &frame), 0);
    assert_true(!key || frame.is_key);
    const bool was_key = frame.is_key;
    assert_int_equal(codec->fragment(&frame, &way->params, PAYLOAD, &way->numbers, &fragments),
                     0);
    assert_true(lost < (int)fragments.count);
    if (pass(way, &fragments, timestamp, lost, &frame) == 1 && !frame.is_broken) {
        assert_int_equal(lost, NONE);
        assert_int_equal(frame.timestamp, timestamp);
        assert_int_equal(frame.is_key, was_key);
        if (was_key) {
            assert_int_equal(frame.width, WIDTH);
            assert_int_equal(frame.height, HEIGHT);
        }
        assert_int_equal(codec->decode(way->decoder, &frame, &shown), 0);
        assert_non_null(shown);
        assert_int_equal(shown->timestamp, timestamp);
        assert_int_equal(shown->matrix, picture->matrix);
        assert_false(shown->full_range);
        psnr = moving_picture_psnr(picture, shown);
    }
    picture_release(&shown);
    picture_release(&picture);
    return psnr;
}

static void a_picture_comes_through(void **state)
{
    (void)state;
    FOR_EACH_ROW(codec)
    {
        for (unsigned variant = 0; codec->can_encode && variant < variants_of(codec);
             variant++) {
            struct way way;
            way_init(&way, codec, variant);
            double sum = 0;
            for (unsigned number = 0; number < 40; number++) {
                const double psnr = send(&way, number, number == 0 || number == 25, NONE);
                assert_true(psnr > 25);
                sum += number < 10 ? 0 : psnr;
            }
            assert_true(sum / 30 > 35);
            way_finish(&way);
        }
    }
}

/* Nothing is shown from the loss of a packet to the next key frame. */
static void a_key_frame_mends_a_gap(void **state)
{
    (void)state;
    FOR_EACH_ROW(codec)
    {
        for (unsigned variant = 0; codec->can_encode && variant < variants_of(codec);
             variant++) {
            struct way way;
            way_init(&way, codec, variant);
            for (unsigned number = 0; number < 60; number++) {
                const int lost = number % 20 == 10 ? 0 : NONE;
                const double psnr = send(&way, number, number % 20 == 0, lost);
                assert_int_equal(psnr > 25, number % 20 < 10);
            }
            way_finish(&way);
        }
    }
}

/* The last packet of a key frame is as good as the first. */
static void a_broken_key_frame_is_not_shown(void **state)
{
    (void)state;
    FOR_EACH_ROW(codec)
    {
        if (!codec->can_encode)
            continue;
        struct way way;
        way_init(&way, codec, 0);
        assert_true(send(&way, 0, true, 2) < 0);
        assert_true(send(&way, 1, false, NONE) < 0);
        assert_true(send(&way, 2, true, NONE) > 20);
        way_finish(&way);
    }
}

/* Whose encoder is not here: in small packets, all of them and without the last. */
static void h265_comes_through(void **state)
{
    (void)state;
    static const struct video_limits limits = {1280, 720};
    static struct video_fragments fragments;
    const struct video_codec *codec = video_codec_by_name("H265");
    for (int complete = 0; complete < 2; complete++) {
        struct way way = {.codec = codec, .params = far_params(codec, 0)};
        struct video_frame frame = {
            .bytes = h265_key, .length = sizeof(h265_key), .timestamp = 9000, .is_key = true};
        struct picture *shown = NULL;
        assert_int_equal(codec->assembler_create(&way.assembler), 0);
        assert_int_equal(codec->decoder_create(&limits, &way.decoder), 0);
        assert_int_equal(codec->fragment(&frame, &way.params, 50, &way.numbers, &fragments), 0);
        assert_true(fragments.count > 2);
        const int lost = complete ? NONE : (int)fragments.count - 2;
        const int got = pass(&way, &fragments, 9000, lost, &frame);
        assert_int_equal(got == 1 && !frame.is_broken, complete);
        if (complete) {
            assert_true(frame.is_key);
            assert_int_equal(frame.width, H265_KEY_WIDTH);
            assert_int_equal(codec->decode(way.decoder, &frame, &shown), 0);
            assert_int_equal(shown->height, H265_KEY_HEIGHT);
            assert_in_range(shown->plane[0][100], H265_Y - 2, H265_Y + 2);
        }
        picture_release(&shown);
        codec->assembler_destroy(way.assembler);
        codec->decoder_destroy(way.decoder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(payload_types_do_not_meet),
        cmocka_unit_test(names_are_found_without_case),
        cmocka_unit_test(an_offer_is_answered_by_its_like),
        cmocka_unit_test(limits_only_lower),
        cmocka_unit_test(a_picture_comes_through),
        cmocka_unit_test(a_key_frame_mends_a_gap),
        cmocka_unit_test(a_broken_key_frame_is_not_shown),
        cmocka_unit_test(h265_comes_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
