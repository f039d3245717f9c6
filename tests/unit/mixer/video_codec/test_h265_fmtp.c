/* test_h265_fmtp.c - H.265's parameters. */
#include "mixer/video_codec/h265_fmtp.h"

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
        unsigned level;
    } rows[] = {
        {"", 0, 93},
        {"profile-id=1;level-id=120;tier-flag=0;tx-mode=SRST", 0, 120},
        {"level-id=30; tx-mode=srst; sprop-max-don-diff=0", 0, 30},
        {"profile-id=2", -EINVAL, 0},
        {"profile-id=x", -EINVAL, 0},
        {"level-id=0", -EINVAL, 0},
        {"level-id=256", -EINVAL, 0},
        {"tx-mode=MRMT", -EINVAL, 0},
        {"tx-mode=SRSTandmore", -EINVAL, 0},
        {"sprop-max-don-diff=1", -EINVAL, 0},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct video_params params = {0};
        assert_int_equal(h265_fmtp_read(rows[i].fmtp, &params), rows[i].result);
        assert_int_equal(params.level, rows[i].level);
        assert_int_equal(params.parameter_set_size, 0);
    }
}

static void parameter_sets(void **state)
{
    (void)state;
    struct video_params params;
    assert_int_equal(
        h265_fmtp_read("sprop-vps=QAEM;sprop-sps=QgEB;sprop-pps=RAHB,RAHC", &params), 0);
    static const uint8_t want[] = {0, 0, 0, 1, 0x40, 1, 0x0c, 0, 0, 0, 1, 0x42, 1, 1,
                                   0, 0, 0, 1, 0x44, 1, 0xc1, 0, 0, 0, 1, 0x44, 1, 0xc2};
    assert_int_equal(params.parameter_set_size, sizeof(want));
    assert_memory_equal(params.parameter_sets, want, sizeof(want));
    assert_int_equal(h265_fmtp_read("sprop-vps=QAEM;sprop-pps=RAHB", &params), 0);
    assert_int_equal(params.parameter_set_size, 0); /* all or none */
    assert_int_equal(h265_fmtp_read("sprop-vps=QAEM;sprop-sps=*;sprop-pps=RAHB", &params), 0);
    assert_int_equal(params.parameter_set_size, 0);
}

static void what_is_written_and_allowed(void **state)
{
    (void)state;
    struct video_params own, far;
    char out[VIDEO_FMTP_BYTES];
    h265_fmtp_offer(0, &own);
    h265_fmtp_write(&own, out);
    assert_string_equal(out, "profile-id=1;level-id=93");
    assert_int_equal(h265_fmtp_read("level-id=120", &far), 0);
    h265_fmtp_answer(&far, &own);
    assert_int_equal(own.level, 93);
    assert_true(h265_fmtp_match(&far, &own));
    static const struct {
        uint8_t level;
        unsigned width, height, fps;
    } rows[] = {{93, 1280, 720, 33}, {120, 1920, 1080, 32}, {123, 1920, 1080, 60}};
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned width = 1920, height = 1080, fps = 60;
        far.level = rows[i].level;
        h265_fmtp_limit(&far, &width, &height, &fps);
        assert_true(width <= rows[i].width + 32 && width + 32 >= rows[i].width);
        assert_true(height <= rows[i].height + 18 && height + 18 >= rows[i].height);
        assert_true(fps <= rows[i].fps + 3 && fps + 3 >= rows[i].fps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read),
        cmocka_unit_test(parameter_sets),
        cmocka_unit_test(what_is_written_and_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
