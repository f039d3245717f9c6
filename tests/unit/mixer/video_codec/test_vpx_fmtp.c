/* test_vpx_fmtp.c - parameters of VP8, VP9 and AV1. */
#include "mixer/video_codec/vpx_fmtp.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

typedef int reader(const char *fmtp, struct video_params *params);
typedef void writer(const struct video_params *params, char *out);

static void what_is_read_and_written(void **state)
{
    (void)state;
    static const struct {
        reader *read;
        writer *write;
        const char *in;
        int result;
        const char *out;
    } rows[] = {
        {vpx_fmtp_read_vp8, vpx_fmtp_write_vp8, "", 0, ""},
        {vpx_fmtp_read_vp8, vpx_fmtp_write_vp8, "max-fr=30; max-fs=3600", 0,
         "max-fs=3600;max-fr=30"},
        {vpx_fmtp_read_vp8, vpx_fmtp_write_vp8, "max-fr=15", 0, "max-fr=15"},
        {vpx_fmtp_read_vp8, vpx_fmtp_write_vp8, "max-fr=x;max-fs=999999999", 0,
         "max-fs=999999999"},
        {vpx_fmtp_read_vp9, vpx_fmtp_write_vp9, "", 0, "profile-id=0"},
        {vpx_fmtp_read_vp9, vpx_fmtp_write_vp9, "profile-id=0;max-fs=99", 0,
         "profile-id=0;max-fs=99"},
        {vpx_fmtp_read_vp9, vpx_fmtp_write_vp9, "profile-id=1", -EINVAL, ""},
        {vpx_fmtp_read_vp9, vpx_fmtp_write_vp9, "profile-id=2", -EINVAL, ""},
        {vpx_fmtp_read_vp9, vpx_fmtp_write_vp9, "profile-id=", -EINVAL, ""},
        {vpx_fmtp_read_av1, vpx_fmtp_write_av1, "", 0, "profile=0;level-idx=5;tier=0"},
        {vpx_fmtp_read_av1, vpx_fmtp_write_av1, "level-idx=9;profile=0;tier=1", 0,
         "profile=0;level-idx=9;tier=0"},
        {vpx_fmtp_read_av1, vpx_fmtp_write_av1, "profile=1", -EINVAL, ""},
        {vpx_fmtp_read_av1, vpx_fmtp_write_av1, "level-idx=32", -EINVAL, ""},
        {vpx_fmtp_read_av1, vpx_fmtp_write_av1, "level-idx=?", -EINVAL, ""},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct video_params params;
        char out[VIDEO_FMTP_BYTES] = "";
        assert_int_equal(rows[i].read(rows[i].in, &params), rows[i].result);
        if (rows[i].result == 0)
            rows[i].write(&params, out);
        assert_string_equal(out, rows[i].out);
    }
}

static void offers_and_answers_are_ours(void **state)
{
    (void)state;
    struct video_params far = {.max_frame_blocks = 99, .max_fps = 10, .level = 9}, own;
    char out[VIDEO_FMTP_BYTES];
    vpx_fmtp_offer(0, &own);
    vpx_fmtp_write_vp8(&own, out);
    assert_string_equal(out, "max-fs=3600;max-fr=30");
    vpx_fmtp_answer(&far, &own);
    vpx_fmtp_write_vp9(&own, out);
    assert_string_equal(out, "profile-id=0;max-fs=3600;max-fr=30");
    assert_true(vpx_fmtp_match(&far, &own));
    far.profile = 2;
    assert_false(vpx_fmtp_match(&far, &own));
    vpx_fmtp_offer_av1(0, &own);
    vpx_fmtp_write_av1(&own, out);
    assert_string_equal(out, "profile=0;level-idx=5;tier=0");
    vpx_fmtp_answer_av1(&far, &own);
    assert_int_equal(own.level, 5);
}

static void limits(void **state)
{
    (void)state;
    static const struct {
        unsigned frame_blocks, max_fps, width, height, fps;
    } vpx[] = {{0, 0, 1920, 1080, 60}, {3600, 30, 1280, 720, 30}, {920, 15, 640, 360, 15}};
    for (unsigned i = 0; i < sizeof(vpx) / sizeof(vpx[0]); i++) {
        const struct video_params params = {.max_frame_blocks = vpx[i].frame_blocks,
                                            .max_fps = vpx[i].max_fps};
        unsigned width = 1920, height = 1080, fps = 60;
        vpx_fmtp_limit(&params, &width, &height, &fps);
        assert_int_equal(width, vpx[i].width);
        assert_int_equal(height, vpx[i].height);
        assert_int_equal(fps, vpx[i].fps);
    }
    static const struct {
        uint8_t level;
        unsigned width, height, fps;
    } av1[] = {{0, 512, 288, 30},   {5, 1360, 766, 30},  {7, 1360, 766, 30},
               {8, 1920, 1080, 33}, {9, 1920, 1080, 60}, {31, 1920, 1080, 60}};
    for (unsigned i = 0; i < sizeof(av1) / sizeof(av1[0]); i++) {
        const struct video_params params = {.level = av1[i].level};
        unsigned width = 1920, height = 1080, fps = 60;
        vpx_fmtp_limit_av1(&params, &width, &height, &fps);
        assert_true(width <= av1[i].width && width + 64 >= av1[i].width);
        assert_true(height <= av1[i].height && height + 36 >= av1[i].height);
        assert_true(fps <= av1[i].fps + 2 && fps + 2 >= av1[i].fps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_and_written),
        cmocka_unit_test(offers_and_answers_are_ours),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
