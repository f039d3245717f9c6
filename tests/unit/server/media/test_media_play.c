/* test_media_play.c - clips one after the other, tick by tick, at any bus. */
#include "server/media/media_play.h"

#include "mixer/audio/audio_level.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct clip *tone(unsigned rate_hz, unsigned ms, double hz)
{
    size_t count = (size_t)rate_hz * ms / 1000;
    int16_t *samples = malloc(count * sizeof(*samples));
    for (size_t i = 0; i < count; i++)
        samples[i] = (int16_t)(8000 * sin(2 * M_PI * hz * (double)i / rate_hz));
    struct clip *clip = clip_create(rate_hz, samples, count);
    free(samples);
    assert_non_null(clip);
    return clip;
}

static struct media_play *play_of(struct clip *first, struct clip *second, bool loop)
{
    struct media_sound sound = {.clips = {first, second},
                                .clip_count = second ? 2 : 1,
                                .loop = loop,
                                .gain = AUDIO_GAIN_ONE};
    struct media_play *play = media_play_create(&sound, MEDIA_PLAY_ALL_RATES, NULL);
    assert_non_null(play);
    clip_unref(first); /* the play has its own */
    clip_unref(second);
    return play;
}

static void clips_of_any_rate_are_heard_one_after_the_other(void **state)
{
    (void)state;
    int16_t out[PCM_MAX_TICK_VALUES];
    for (unsigned bus = 0; bus < PCM_BUSES; bus++) {
        struct media_play *play = play_of(tone(8000, 200, 440), tone(24000, 100, 440), false);
        unsigned ticks = 0;
        for (; media_play_advance(play); ticks++) {
            media_play_frame(play, bus, out);
            if (ticks % 10 > 0) /* behind a resampler's delay */
                assert_in_range(audio_level(out, pcm_bus_values(bus)), 13, 17);
            if (bus == PCM_BUS_STEREO)
                assert_int_equal(out[100], out[101]);
        }
        assert_int_equal(ticks, 15);
        assert_int_equal(leg_counter_read(&play->position_ms), 300);
        media_play_destroy(play);
    }
}

static void an_odd_end_is_filled_up_with_silence(void **state)
{
    (void)state;
    int16_t out[PCM_MAX_TICK_VALUES];
    struct media_play *play = play_of(tone(16000, 50, 440), NULL, false);
    assert_true(media_play_advance(play) && media_play_advance(play));
    assert_true(media_play_advance(play));
    media_play_frame(play, (unsigned)pcm_rate_index(16000), out);
    assert_int_equal(out[319], 0);
    assert_false(media_play_advance(play));
    assert_false(media_play_advance(play));
    media_play_destroy(play);
}

static void a_loop_does_not_end(void **state)
{
    (void)state;
    struct media_play *play = play_of(tone(8000, 40, 440), tone(8000, 40, 600), true);
    for (unsigned i = 0; i < 100; i++)
        assert_true(media_play_advance(play));
    media_play_destroy(play);
}

static void a_paused_one_is_silent_and_goes_on(void **state)
{
    (void)state;
    int16_t out[PCM_MAX_TICK_VALUES];
    struct media_play *play = play_of(tone(8000, 100, 440), NULL, false);
    assert_true(media_play_advance(play));
    play->rt.paused = true;
    for (unsigned i = 0; i < 20; i++) {
        assert_true(media_play_advance(play));
        media_play_frame(play, 0, out);
        assert_int_equal(audio_level(out, 160), AUDIO_LEVEL_SILENCE);
    }
    play->rt.paused = false;
    for (unsigned i = 0; i < 4; i++)
        assert_true(media_play_advance(play));
    assert_false(media_play_advance(play));
    media_play_destroy(play);
}

static void it_goes_to_any_place(void **state)
{
    (void)state;
    struct media_play *play = play_of(tone(8000, 100, 440), tone(16000, 100, 440), false);
    media_play_go_to(play, 140);
    for (unsigned i = 0; i < 3; i++)
        assert_true(media_play_advance(play));
    assert_int_equal(leg_counter_read(&play->position_ms), 200);
    assert_false(media_play_advance(play));
    media_play_go_to(play, 0);
    assert_true(media_play_advance(play));
    media_play_go_to(play, 100000);
    assert_false(media_play_advance(play));
    media_play_destroy(play);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clips_of_any_rate_are_heard_one_after_the_other),
        cmocka_unit_test(an_odd_end_is_filled_up_with_silence),
        cmocka_unit_test(a_loop_does_not_end),
        cmocka_unit_test(a_paused_one_is_silent_and_goes_on),
        cmocka_unit_test(it_goes_to_any_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
