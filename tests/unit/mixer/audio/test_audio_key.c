/* test_audio_key.c - every key is heard as itself, once, at each rate. */
#include "mixer/audio/audio_key.h"

#include "mixer/audio/audio_dtmf.h"
#include "mixer/base/pcm.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const char all[] = "1234567890*#ABCD";

/* Presses @p digit and plays it to its end. @return how often a key was heard; the last in
 * *heard. */
static unsigned press(struct audio_dtmf *ear, char digit, unsigned rate_hz, unsigned *ticks,
                      char *heard)
{
    struct audio_key key = {.digit = '\0'};
    int16_t pcm[PCM_MAX_RATE_HZ / PCM_TICKS_PER_S], other[PCM_MAX_RATE_HZ / PCM_TICKS_PER_S];
    unsigned count = 0;
    assert_int_equal(audio_key_press(&key, digit, 100), 0);
    assert_int_equal(audio_key_press(&key, '5', 100), -EBUSY);
    for (*ticks = 0; audio_key_active(&key); ++*ticks) {
        audio_key_render(&key, rate_hz == 8000 ? 48000 : 8000, other); /* changes nothing */
        audio_key_render(&key, rate_hz, pcm);
        audio_key_advance(&key);
        count += audio_dtmf_hear(ear, pcm, rate_hz / PCM_TICKS_PER_S, heard);
    }
    return count;
}

static void each_key_is_heard_once_at_each_rate(void **state)
{
    (void)state;
    struct audio_dtmf ear;
    for (unsigned rate = 0; rate < PCM_RATES; rate++) {
        audio_dtmf_init(&ear, pcm_rate_hz(rate));
        for (const char *digit = all; *digit; digit++) {
            char heard = '\0';
            unsigned ticks;
            assert_int_equal(press(&ear, *digit, pcm_rate_hz(rate), &ticks, &heard), 1);
            assert_int_equal(heard, *digit);
            assert_int_equal(ticks, 7);
        }
        assert_int_equal(press(&ear, '7', pcm_rate_hz(rate), &(unsigned){0}, &(char){0}), 1);
        assert_int_equal(press(&ear, '7', pcm_rate_hz(rate), &(unsigned){0}, &(char){0}), 1);
    }
}

static void it_is_as_loud_as_a_telephone_and_begins_softly(void **state)
{
    (void)state;
    struct audio_key key = {.digit = '\0'};
    int16_t pcm[160];
    int peak = 0;
    assert_int_equal(audio_key_press(&key, '5', 100), 0);
    audio_key_render(&key, 8000, pcm);
    assert_int_equal(pcm[0], 0);
    for (unsigned i = 0; i < 160; i++)
        peak = abs(pcm[i]) > peak ? abs(pcm[i]) : peak;
    assert_in_range(peak, 14000, 16400);
}

static void other_signs_are_no_keys(void **state)
{
    (void)state;
    struct audio_key key = {.digit = '\0'};
    int16_t pcm[160];
    assert_int_equal(audio_key_press(&key, 'x', 100), -EINVAL);
    assert_int_equal(audio_key_press(&key, '\0', 100), -EINVAL);
    assert_false(audio_key_active(&key));
    audio_key_render(&key, 8000, pcm);
    for (unsigned i = 0; i < 160; i++)
        assert_int_equal(pcm[i], 0);
    assert_int_equal(audio_key_press(&key, 'D', 1), 0); /* one tick at least */
    audio_key_render(&key, 8000, pcm);
    assert_true(pcm[80] != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_key_is_heard_once_at_each_rate),
        cmocka_unit_test(it_is_as_loud_as_a_telephone_and_begins_softly),
        cmocka_unit_test(other_signs_are_no_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
