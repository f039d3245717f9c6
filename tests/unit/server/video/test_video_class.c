/* test_video_class.c - what a receiver gets: by its limits, its bandwidth, and what it had. */
#include "server/video/video_class.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { WHOLE_BPS = 2000000 };

/* Limits as the far end's numbers say them, without levels. */
static void limit(const struct video_params *params, unsigned *width, unsigned *height,
                  unsigned *fps)
{
    while (params->max_frame_blocks && *width * *height / 256 > params->max_frame_blocks) {
        *width = *width * 9 / 10;
        *height = *height * 9 / 10;
    }
    if (params->max_fps && *fps > params->max_fps)
        *fps = params->max_fps;
}

static bool match(const struct video_params *a, const struct video_params *b)
{
    return a->profile == b->profile;
}

static const struct video_codec row = {
    .name = "H264", .params_limit = limit, .params_match = match};

static struct video_class_spec choose(const struct video_plan *plan, uint64_t bandwidth_bps,
                                      bool may_rise, unsigned step)
{
    struct video_class_spec spec = {.step = step};
    video_class_choose(plan, 1280, 720, 30, WHOLE_BPS, bandwidth_bps, may_rise, &spec);
    return spec;
}

static struct video_plan plan_of(struct video_params params)
{
    return (struct video_plan){.codec_count = 1, .codec = {{.codec = &row, .params = params}}};
}

static void who_can_take_it_gets_the_whole(void **state)
{
    (void)state;
    const struct video_plan plan = plan_of((struct video_params){.profile = 66});
    const struct video_class_spec spec = choose(&plan, WHOLE_BPS, true, 0);
    assert_int_equal(spec.width, 1280);
    assert_int_equal(spec.height, 720);
    assert_int_equal(spec.fps, 30);
    assert_int_equal(spec.divisor, 1);
    assert_int_equal(spec.bitrate_bps, WHOLE_BPS);
    assert_int_equal(spec.step, 0);
    assert_ptr_equal(spec.codec, &row);
}

static void limits_of_the_far_end_hold(void **state)
{
    (void)state;
    for (unsigned blocks = 99; blocks < 4000; blocks += 61) {
        for (unsigned fps = 5; fps <= 35; fps += 5) {
            const struct video_plan plan =
                plan_of((struct video_params){.max_frame_blocks = blocks, .max_fps = fps});
            const struct video_class_spec spec = choose(&plan, WHOLE_BPS, true, 0);
            assert_true(spec.width * spec.height / 256 <= blocks);
            assert_true(spec.fps <= fps);
            assert_true(spec.width % 2 == 0 && spec.height % 2 == 0 && spec.width >= 160);
        }
    }
}

/* Each worse link gets less of everything, never below what can still be seen. */
static void a_poor_link_gets_less(void **state)
{
    (void)state;
    const struct video_plan plan = plan_of((struct video_params){0});
    struct video_class_spec before = choose(&plan, WHOLE_BPS, false, 0);
    for (uint64_t bps = WHOLE_BPS; bps > 20000; bps -= 10000) {
        const struct video_class_spec now = choose(&plan, bps, false, before.step);
        assert_true(now.step >= before.step);
        assert_true(now.bitrate_bps <= before.bitrate_bps && now.width <= before.width);
        assert_true(now.step + 1 == VIDEO_CLASS_STEPS || now.bitrate_bps * 95ULL / 100 <= bps);
        before = now;
    }
    assert_int_equal(before.step, VIDEO_CLASS_STEPS - 1);
    assert_in_range(before.width, 160, 320);
    assert_in_range(before.bitrate_bps, 64000, 130000);
}

static void it_rises_by_one_and_only_when_it_may(void **state)
{
    (void)state;
    const struct video_plan plan = plan_of((struct video_params){0});
    assert_int_equal(choose(&plan, WHOLE_BPS, false, 3).step, 3);
    assert_int_equal(choose(&plan, WHOLE_BPS, true, 3).step, 2);
    assert_int_equal(choose(&plan, WHOLE_BPS, true, 1).step, 0);
    /* not while what it has is all that its link carries */
    assert_int_equal(choose(&plan, WHOLE_BPS / 2, true, 1).step, 1);
    assert_int_equal(choose(&plan, WHOLE_BPS / 4, true, 2).step, 2);
}

static void a_bound_in_its_sdp_is_one_of_its_link(void **state)
{
    (void)state;
    const struct video_plan plan = plan_of((struct video_params){.max_bitrate_kbps = 500});
    assert_int_equal(choose(&plan, WHOLE_BPS, true, 0).bitrate_bps, 500000);
}

static void classes_are_told_apart(void **state)
{
    (void)state;
    const struct video_plan plan = plan_of((struct video_params){.profile = 66});
    struct video_class class = {.spec = choose(&plan, WHOLE_BPS, true, 0)};
    struct video_class_spec spec = class.spec;
    assert_true(video_class_is(&class, &spec));
    spec.params.level = 40; /* the level is no part of what is encoded */
    assert_true(video_class_is(&class, &spec));
    spec.params.profile = 100;
    assert_false(video_class_is(&class, &spec));
    spec = class.spec;
    spec.bitrate_bps /= 2;
    assert_false(video_class_is(&class, &spec));
    spec = class.spec;
    spec.scene = (struct room_scene *)&spec;
    assert_false(video_class_is(&class, &spec));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_can_take_it_gets_the_whole),
        cmocka_unit_test(limits_of_the_far_end_hold),
        cmocka_unit_test(a_poor_link_gets_less),
        cmocka_unit_test(it_rises_by_one_and_only_when_it_may),
        cmocka_unit_test(a_bound_in_its_sdp_is_one_of_its_link),
        cmocka_unit_test(classes_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
