/* test_audio_memory.c - a tick allocates nothing, and resampling survives want at its begin. */
#include "mixer/audio/audio_denoise.h"
#include "mixer/audio/audio_resample.h"
#include "mixer/base/pcm.h"
#include "tests/unit/mixer/allocation.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void resampling_allocates_nothing(void **state)
{
    (void)state;
    if (!ALLOCATION_IS_COUNTED)
        skip();
    static int16_t in[PCM_MAX_TICK_SAMPLES], out[PCM_MAX_TICK_SAMPLES];
    for (unsigned from = 0; from < PCM_RATES; from++) {
        for (unsigned to = 0; to < PCM_RATES; to++) {
            struct audio_resample *resample =
                audio_resample_create(pcm_rate_hz(from), pcm_rate_hz(to));
            const unsigned before = allocation_count;
            for (unsigned i = 0; i < 10; i++)
                audio_resample_process(resample, in, out);
            const unsigned after = allocation_count;
            audio_resample_destroy(resample);
            assert_int_equal(after, before);
        }
    }
}

static void denoising_allocates_nothing(void **state)
{
    (void)state;
    if (!ALLOCATION_IS_COUNTED)
        skip();
    static int16_t pcm[PCM_MAX_TICK_SAMPLES];
    for (unsigned rate = 0; rate < PCM_RATES; rate++) {
        uint32_t seed = 1;
        struct audio_denoise *denoise = audio_denoise_create(pcm_rate_hz(rate));
        const unsigned before = allocation_count;
        for (unsigned i = 0; i < 150; i++) { /* longer than its first estimate takes */
            signal_random_bytes(&seed, pcm, sizeof(pcm));
            audio_denoise_process(denoise, pcm);
        }
        memset(pcm, 0, sizeof(pcm));
        audio_denoise_process(denoise, pcm);
        const unsigned after = allocation_count;
        audio_denoise_destroy(denoise);
        assert_true(before > 2);
        assert_int_equal(after, before);
    }
}

static void without_memory_there_is_none(void **state)
{
    (void)state;
    if (!ALLOCATION_IS_COUNTED)
        skip();
    for (unsigned n = 1;; n++) {
        allocation_fail_at = allocation_count + n;
        struct audio_resample *resample = audio_resample_create(8000, 48000);
        bool was_hit = allocation_count >= allocation_fail_at;
        audio_resample_destroy(resample);
        if (!was_hit) {
            assert_true(n > 2); /* ours and the library's */
            break;
        }
        assert_null(resample);
    }
    allocation_fail_at = 0;
}

static void without_memory_noise_stays(void **state)
{
    (void)state;
    if (!ALLOCATION_IS_COUNTED)
        skip();
    allocation_fail_at = allocation_count + 1; /* the library's own it does not survive */
    struct audio_denoise *denoise = audio_denoise_create(8000);
    allocation_fail_at = 0;
    assert_null(denoise);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resampling_allocates_nothing),
        cmocka_unit_test(denoising_allocates_nothing),
        cmocka_unit_test(without_memory_there_is_none),
        cmocka_unit_test(without_memory_noise_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
