/* test_h264_fmtp.c - H.264's parameters as phones and browsers write them. */
#include "mixer/video_codec/h264_fmtp.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void what_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *fmtp;
        int result;
        uint8_t profile, constraints, level, mode;
        bool asymmetry;
    } rows[] = {
        {"level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f", 0, 0x42,
         0xe0, 31, 1, true},
        {"profile-level-id=42801F; packetization-mode=1", 0, 0x42, 0x80, 31, 1, false},
        {"profile-level-id=42801e", 0, 0x42, 0x80, 30, 0, false},
        {"PROFILE-LEVEL-ID=640C1F;packetization-mode=0", 0, 0x64, 0x0c, 31, 0, false},
        {"packetization-mode=1; profile-level-id=4d0028; level-asymmetry-allowed=0", 0, 0x4d, 0,
         40, 1, false},
        {"", 0, 0x42, 0, 10, 0, false}, /* RFC 6184: baseline, level 1 */
        {"x-unknown=1;packetization-mode=1", 0, 0x42, 0, 10, 1, false},
        {"profile-level-id=58e01f", 0, 0x58, 0xe0, 31, 0, false},
        {"profile-level-id=58001f", -EINVAL, 0, 0, 0, 0, false}, /* extended */
        {"profile-level-id=6e001f", -EINVAL, 0, 0, 0, 0, false}, /* 10 bits  */
        {"profile-level-id=7a001f", -EINVAL, 0, 0, 0, 0, false}, /* 4:2:2    */
        {"profile-level-id=f4001f", -EINVAL, 0, 0, 0, 0, false}, /* 4:4:4    */
        {"profile-level-id=00001f", -EINVAL, 0, 0, 0, 0, false},
        {"profile-level-id=42e01", -EINVAL, 0, 0, 0, 0, false},
        {"profile-level-id=42e01f0", -EINVAL, 0, 0, 0, 0, false},
        {"profile-level-id=0x42e0", -EINVAL, 0, 0, 0, 0, false},
        {"profile-level-id= -42e0", -EINVAL, 0, 0, 0, 0, false},
        {"profile-level-id=", -EINVAL, 0, 0, 0, 0, false},
        {"profile-level-id=42e01f;packetization-mode=2", -EINVAL, 0, 0, 0, 0, false},
        {"profile-level-id=42e01f;packetization-mode=x", -EINVAL, 0, 0, 0, 0, false},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct video_params params = {.profile = 1};
        assert_int_equal(h264_fmtp_read(rows[i].fmtp, &params), rows[i].result);
        assert_int_equal(params.profile, rows[i].result ? 1 : rows[i].profile);
        assert_int_equal(params.constraints, rows[i].constraints);
        assert_int_equal(params.level, rows[i].level);
        assert_int_equal(params.packetization, rows[i].mode);
        assert_int_equal(params.level_asymmetry, rows[i].asymmetry);
    }
}

static void limits_and_sets_are_read_and_written(void **state)
{
    (void)state;
    static const char fmtp[] =
        "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e00d;max-fs=3600;"
        "max-mbps=108000;max-br=2000;sprop-parameter-sets=Z0LACtoR7ARAAAADAEAAAA8DxImo,"
        "aM4BZLI=";
    struct video_params params;
    char out[VIDEO_FMTP_BYTES];
    assert_int_equal(h264_fmtp_read(fmtp, &params), 0);
    assert_int_equal(params.max_frame_blocks, 3600);
    assert_int_equal(params.max_blocks_per_s, 108000);
    assert_int_equal(params.max_bitrate_kbps, 2000);
    assert_int_equal(params.parameter_set_size, 34);
    h264_fmtp_write(&params, out);
    assert_string_equal(out, fmtp);
    /* sets that are none, and such as are too many, are left out; the rest stays */
    static const char bad[] = "profile-level-id=42e01f;sprop-parameter-sets=*;max-fs=5000";
    assert_int_equal(h264_fmtp_read(bad, &params), 0);
    assert_int_equal(params.parameter_set_size, 0);
    assert_int_equal(params.max_frame_blocks, 5000);
    char large[VIDEO_FMTP_BYTES] = "sprop-parameter-sets=";
    memset(large + strlen(large), 'A', 400);
    assert_int_equal(h264_fmtp_read(large, &params), 0);
    assert_int_equal(params.parameter_set_size, 0);
}

/* The largest set that fits into video_params is written whole or not at all. */
static void what_is_written_has_its_room(void **state)
{
    (void)state;
    for (unsigned size = 0; size <= VIDEO_PARAMETER_SET_BYTES; size++) {
        struct video_params params = {.profile = 66,
                                      .level = 255,
                                      .level_asymmetry = true,
                                      .max_frame_blocks = UINT32_MAX,
                                      .max_blocks_per_s = UINT32_MAX,
                                      .max_bitrate_kbps = UINT32_MAX,
                                      .parameter_set_size = (uint16_t)size};
        memset(params.parameter_sets, 0x67, sizeof(params.parameter_sets));
        memcpy(params.parameter_sets, "\0\0\0\1", 4);
        char out[VIDEO_FMTP_BYTES + 8];
        memset(out, '#', sizeof(out));
        h264_fmtp_write(&params, out);
        assert_true(strlen(out) < VIDEO_FMTP_BYTES);
        assert_memory_equal(out + VIDEO_FMTP_BYTES, "########", 8);
        struct video_params read;
        assert_int_equal(h264_fmtp_read(out, &read), 0);
        assert_int_equal(read.parameter_set_size, size > 4 ? size : 0);
    }
}

static void our_offers_are_what_we_take(void **state)
{
    (void)state;
    static const char *const want[H264_FMTP_VARIANTS] = {
        "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
        "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f",
        "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640c1f",
    };
    struct video_params params[H264_FMTP_VARIANTS], read;
    for (unsigned i = 0; i < H264_FMTP_VARIANTS; i++) {
        char out[VIDEO_FMTP_BYTES];
        h264_fmtp_offer(i, &params[i]);
        h264_fmtp_write(&params[i], out);
        assert_string_equal(out, want[i]);
        assert_int_equal(h264_fmtp_read(out, &read), 0);
        for (unsigned k = 0; k <= i; k++)
            assert_int_equal(h264_fmtp_match(&params[k], &read), k == i);
    }
}

static void answers(void **state)
{
    (void)state;
    static const struct {
        const char *far, *own;
    } rows[] = {
        {"profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1",
         "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e028"},
        {"profile-level-id=42801f;packetization-mode=1",
         "packetization-mode=1;profile-level-id=42801f"},
        {"profile-level-id=640033", "packetization-mode=0;profile-level-id=640028"},
        {"profile-level-id=42f00b", "packetization-mode=0;profile-level-id=42f00b"}, /* 1b */
        {"profile-level-id=42f00b;level-asymmetry-allowed=1",
         "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e028"},
        {"", "packetization-mode=0;profile-level-id=42000a"},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct video_params far, own;
        char out[VIDEO_FMTP_BYTES];
        assert_int_equal(h264_fmtp_read(rows[i].far, &far), 0);
        h264_fmtp_answer(&far, &own);
        h264_fmtp_write(&own, out);
        assert_string_equal(out, rows[i].own);
        assert_true(h264_fmtp_match(&far, &own));
    }
}

static void same_formats(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool is_same;
    } rows[] = {
        {"42e01f", "42801e", true}, {"42e01f", "42c00d", true},  {"42e01f", "4d801f", true},
        {"42e01f", "58c01f", true}, {"42e01f", "4d001f", false}, {"42e01f", "640c1f", false},
        {"640c1f", "64001f", true}, {"640c1f", "640828", true},  {"64001f", "4d001f", false},
        {"4d001f", "4d4028", true},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct video_params a, b;
        char text[64] = "profile-level-id=";
        assert_int_equal(h264_fmtp_read(strcat(text, rows[i].a), &a), 0);
        strcpy(text, "profile-level-id=");
        assert_int_equal(h264_fmtp_read(strcat(text, rows[i].b), &b), 0);
        assert_int_equal(h264_fmtp_match(&a, &b), rows[i].is_same);
        b.packetization = 1;
        assert_false(h264_fmtp_match(&a, &b));
    }
}

static void limits(void **state)
{
    (void)state;
    static const struct {
        const char *fmtp;
        unsigned width, height, fps;
    } rows[] = {
        {"profile-level-id=42e01f", 1280, 720, 30},
        {"profile-level-id=42e028", 1920, 1080, 30},
        {"profile-level-id=42e01f;max-fs=8192;max-mbps=245760", 1920, 1080, 30},
        {"profile-level-id=42e01f;max-fs=1;max-mbps=1", 1280, 720, 30}, /* never below it */
        {"profile-level-id=42e01f;max-fr=15", 1280, 720, 15},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct video_params params;
        unsigned width = 1920, height = 1080, fps = 30;
        assert_int_equal(h264_fmtp_read(rows[i].fmtp, &params), 0);
        h264_fmtp_limit(&params, &width, &height, &fps);
        assert_int_equal(width, rows[i].width);
        assert_int_equal(height, rows[i].height);
        assert_int_equal(fps, rows[i].fps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read),
        cmocka_unit_test(limits_and_sets_are_read_and_written),
        cmocka_unit_test(what_is_written_has_its_room),
        cmocka_unit_test(our_offers_are_what_we_take),
        cmocka_unit_test(answers),
        cmocka_unit_test(same_formats),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
