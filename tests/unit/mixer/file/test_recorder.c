/* test_recorder.c - what is put into a recorder, and what is in its file, mixer/file/recorder.c
 * and recording_file.c: decoded by mixer/file/audio_file.c. */
#include "mixer/file/recorder.h"

#include "mixer/base/clock.h"
#include "mixer/base/pcm.h"
#include "mixer/file/audio_file.h"
#include "mixer/file/recording_file.h"
#include "tests/unit/mixer/file/sound_file.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

enum {
    RATE_HZ = 48000,
    MOST_SAMPLES = 10 * RATE_HZ,
    SLACK_MS = 25, /* a tick, and what Opus adds at the end */
};

static atomic_int failures, overs;

static void on_event(void *context, enum recorder_event event)
{
    (void)context;
    if (event == RECORDER_FAILED)
        atomic_fetch_add(&failures, 1);
    else
        atomic_fetch_add(&overs, 1);
}

static uint64_t tick_now(void)
{
    return (uint64_t)(clock_monotonic_ns() / (PCM_TICK_MS * CLOCK_NS_PER_MS));
}

static void wait_ms(unsigned ms)
{
    const struct timespec pause = {.tv_nsec = ms * 1000000L};
    nanosleep(&pause, NULL);
}

static void make_tone(double hz, unsigned tick, int16_t pcm[PCM_MAX_TICK_VALUES])
{
    for (unsigned i = 0; i < PCM_MAX_TICK_SAMPLES; i++) {
        const double at = (tick * PCM_MAX_TICK_SAMPLES + i) / (double)RATE_HZ;
        pcm[2 * i] = pcm[2 * i + 1] = (int16_t)lrint(8000 * sin(2 * M_PI * hz * at));
    }
}

/* Level of one frequency in a part of a recording, of 1. */
static double level_of(const int16_t *pcm, unsigned from_ms, unsigned to_ms, double hz)
{
    double re = 0, im = 0;
    const unsigned from = from_ms * (RATE_HZ / 1000), to = to_ms * (RATE_HZ / 1000);
    for (unsigned i = from; i < to; i++) {
        re += pcm[i] * cos(2 * M_PI * hz * i / RATE_HZ);
        im += pcm[i] * sin(2 * M_PI * hz * i / RATE_HZ);
    }
    return 2 * sqrt(re * re + im * im) / (to - from) / 8000;
}

/* Decodes all of it. Returns its length. */
static unsigned decode(const char *path, int16_t *pcm)
{
    struct audio_file *file;
    char *why = NULL;
    unsigned count = 0;
    assert_int_equal(audio_file_open(path, RATE_HZ, NULL, &file, &why), 0);
    for (int got = 1; got != 0 && count < MOST_SAMPLES;) {
        got = audio_file_read(file, pcm + count, MOST_SAMPLES - count, &why);
        assert_true(got >= 0 || got == -EAGAIN);
        count += got > 0 ? (unsigned)got : 0;
    }
    audio_file_close(file);
    return count / (RATE_HZ / 1000);
}

static struct recorder *begin(const char *path, unsigned width, uint64_t max_bytes)
{
    const struct recorder_plan plan = {.path = path,
                                       .title = "blue",
                                       .width = width,
                                       .height = width,
                                       .max_bytes = max_bytes,
                                       .on_event = on_event};
    struct recorder *recorder;
    atomic_store(&failures, 0);
    atomic_store(&overs, 0);
    assert_int_equal(recorder_create(&plan, &recorder), 0);
    recorder_lend(recorder, RECORDER_SOUND);
    return recorder;
}

static struct recorder_stats end(struct recorder *recorder)
{
    struct recorder_stats stats;
    recorder_return(recorder, RECORDER_SOUND);
    recorder_stop(recorder);
    for (unsigned i = 0; i < 1000 && !atomic_load(&overs); i++)
        wait_ms(10);
    assert_int_equal(atomic_load(&overs), 1);
    recorder_stats_read(recorder, &stats);
    recorder_destroy(recorder);
    return stats;
}

/* What was silent, and what nobody put in, is silence of the same length. */
static void keeps_time(void **state)
{
    (void)state;
    static int16_t pcm[MOST_SAMPLES], tone[PCM_MAX_TICK_VALUES];
    char *path = sound_file_path("a.webm");
    struct recorder *recorder = begin(path, 0, UINT64_MAX);
    const uint64_t first = tick_now();
    for (unsigned tick = 0; tick < 150; tick++) {
        make_tone(tick < 50 ? 1000 : 440, tick, tone);
        if (tick < 50 || tick >= 125)
            recorder_sound(recorder, first + tick, tone);
        else if (tick < 75)
            recorder_sound(recorder, first + tick, NULL);
    }
    struct recorder_stats stats = end(recorder);
    assert_int_equal(atomic_load(&failures), 0);
    assert_in_range(stats.length_ms, 3000, 3000 + SLACK_MS);
    assert_int_equal(stats.dropped_ticks, 0);
    assert_in_range(decode(path, pcm), 3000 - SLACK_MS, 3000 + SLACK_MS);
    assert_true(level_of(pcm, 100, 950, 1000) > 0.8);
    assert_true(level_of(pcm, 1050, 2450, 1000) < 0.01);
    assert_true(level_of(pcm, 1050, 2450, 440) < 0.01);
    assert_true(level_of(pcm, 2550, 2950, 440) > 0.8);
    free(path);
}

static void leaves_out_a_pause(void **state)
{
    (void)state;
    static int16_t pcm[MOST_SAMPLES], tone[PCM_MAX_TICK_VALUES];
    char *path = sound_file_path("b.webm");
    struct recorder *recorder = begin(path, 0, UINT64_MAX);
    const uint64_t first = tick_now();
    wait_ms(500);
    const uint64_t paused = tick_now() + 1;
    assert_int_equal(recorder_pause(recorder, true), 0);
    wait_ms(500);
    const uint64_t resumed = tick_now() + 1;
    assert_int_equal(recorder_pause(recorder, false), 0);
    for (unsigned tick = 0; tick < 150; tick++) {
        const bool is_paused = first + tick >= paused && first + tick < resumed;
        make_tone(is_paused ? 1000 : 440, tick, tone);
        recorder_sound(recorder, first + tick, tone);
    }
    end(recorder);
    const unsigned expected = 3000 - (unsigned)(resumed - paused) * PCM_TICK_MS;
    assert_in_range(decode(path, pcm), expected - 3 * SLACK_MS, expected + 3 * SLACK_MS);
    assert_true(level_of(pcm, 50, expected - 100, 440) > 0.5);
    /* a tick at either edge may be of the pause: what ran between two readings of the clock */
    assert_true(level_of(pcm, 50, expected - 100, 1000) < 0.05);
    free(path);
}

/* A key frame that was made just before the pause was over is not in the file: it does not
 * count. */
static void wants_a_key_frame_after_a_pause(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0, 1, 2, 3};
    char *path = sound_file_path("i.webm");
    struct recorder *recorder = begin(path, 320, UINT64_MAX);
    recorder_lend(recorder, RECORDER_PICTURES);
    const int64_t begun_ns = clock_monotonic_ns();
    assert_true(recorder_wants_key(recorder, begun_ns));
    recorder_picture(recorder, begun_ns, bytes, sizeof(bytes), true);
    assert_false(recorder_wants_key(recorder, begun_ns + 1));
    assert_int_equal(recorder_pause(recorder, true), 0);
    const int64_t paused_ns = clock_monotonic_ns();
    assert_int_equal(recorder_pause(recorder, false), 0);
    const int64_t resumed_ns =
        (int64_t)(tick_now() + 1) * PCM_TICK_MS * CLOCK_NS_PER_MS; /* at the latest */
    assert_false(recorder_wants_key(recorder, paused_ns));
    recorder_picture(recorder, paused_ns, bytes, sizeof(bytes), true);
    assert_true(recorder_wants_key(recorder, resumed_ns));
    recorder_picture(recorder, resumed_ns, bytes, sizeof(bytes), true);
    assert_false(recorder_wants_key(recorder, resumed_ns + 1));
    recorder_return(recorder, RECORDER_PICTURES);
    end(recorder);
    free(path);
}

static void drops_what_is_too_much(void **state)
{
    (void)state;
    static int16_t tone[PCM_MAX_TICK_VALUES], pcm[MOST_SAMPLES];
    char *path = sound_file_path("c.webm");
    struct recorder *recorder = begin(path, 0, UINT64_MAX);
    const uint64_t first = tick_now();
    make_tone(440, 0, tone);
    for (unsigned tick = 0; tick < 400; tick++) /* of the future: the thread waits for them */
        recorder_sound(recorder, first + 100 + tick, tone);
    struct recorder_stats stats = end(recorder);
    assert_in_range(stats.dropped_ticks, 1, 200);
    assert_in_range(decode(path, pcm), stats.length_ms - SLACK_MS, stats.length_ms + SLACK_MS);
    free(path);
}

static void ends_at_its_largest_size(void **state)
{
    (void)state;
    static int16_t tone[PCM_MAX_TICK_VALUES], pcm[MOST_SAMPLES];
    char *path = sound_file_path("d.webm");
    struct recorder *recorder = begin(path, 0, 10000);
    const uint64_t first = tick_now();
    for (unsigned tick = 0; tick < 250; tick++) {
        make_tone(440, tick, tone);
        recorder_sound(recorder, first + tick, tone);
    }
    struct recorder_stats stats = end(recorder);
    assert_int_equal(atomic_load(&failures), 1);
    assert_false(stats.has_no_end);
    assert_in_range(stats.length_ms, 900, 4000);
    assert_in_range(decode(path, pcm), stats.length_ms - 50, stats.length_ms + SLACK_MS);
    free(path);
}

/* As when the disk is full: what was written can be heard. */
static void survives_a_full_disk(void **state)
{
    (void)state;
    static int16_t tone[PCM_MAX_TICK_VALUES], pcm[MOST_SAMPLES];
    char *path = sound_file_path("e.webm");
    struct rlimit before, small = {.rlim_cur = 16000, .rlim_max = RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small.rlim_max = before.rlim_max;
    struct recorder *recorder = begin(path, 0, UINT64_MAX);
    const uint64_t first = tick_now();
    setrlimit(RLIMIT_FSIZE, &small);
    for (unsigned tick = 0; tick < 250; tick++) {
        make_tone(440, tick, tone);
        recorder_sound(recorder, first + tick, tone);
    }
    recorder_return(recorder, RECORDER_SOUND);
    recorder_stop(recorder);
    while (!atomic_load(&overs))
        wait_ms(10);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(atomic_load(&failures), 1);
    assert_int_equal(recorder_error(recorder), -EFBIG);
    struct recorder_stats stats;
    recorder_stats_read(recorder, &stats);
    assert_true(stats.has_no_end);
    recorder_destroy(recorder);
    const unsigned length = decode(path, pcm);
    assert_in_range(length, 900, 4900);
    assert_true(level_of(pcm, 100, 800, 440) > 0.8);
    free(path);
}

/* Of one who was killed: no end, and half a cluster. */
static void mends_what_has_no_end(void **state)
{
    (void)state;
    static int16_t tone[PCM_MAX_TICK_VALUES], pcm[MOST_SAMPLES];
    char *path = sound_file_path("f.webm");
    struct recording_file *file;
    uint64_t length_ms = 0;
    assert_int_equal(
        recording_file_create(path, &(struct recording_file_plan){"blue", 0, 0}, &file), 0);
    for (unsigned tick = 0; tick < 200; tick++) {
        make_tone(440, tick, tone);
        assert_int_equal(recording_file_sound(file, tone), 0);
    }
    const off_t bytes = (off_t)recording_file_bytes(file);
    const atomic_bool yes = true;
    struct stat about;
    recording_file_destroy(file);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_size, bytes);
    assert_true(about.st_blocks * 512 < bytes + 65536); /* what was kept for its end is free */
    assert_int_equal(truncate(path, bytes - 100), 0);
    assert_int_equal(recording_file_mend(path, &yes, &length_ms), -ECANCELED);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_size, bytes - 100); /* as it was */
    assert_int_equal(recording_file_mend(path, NULL, &length_ms), 0);
    assert_in_range(length_ms, 2500, 4000);
    struct audio_file *mended;
    char *why = NULL;
    bool is_exact;
    assert_int_equal(audio_file_open(path, RATE_HZ, NULL, &mended, &why), 0);
    assert_in_range(audio_file_length_ms(mended, &is_exact), length_ms - 30, length_ms + 30);
    audio_file_close(mended);
    assert_in_range(decode(path, pcm), length_ms - 30, length_ms + 30);
    assert_true(level_of(pcm, 100, 2000, 440) > 0.8);
    free(path);
}

static void says_what_cannot_be_mended(void **state)
{
    (void)state;
    uint64_t length_ms;
    char *path = sound_file_path("g.webm");
    assert_int_equal(recording_file_mend(path, NULL, &length_ms), -ENODATA);
    sound_file_put(path, "no recording at all", 19);
    assert_int_equal(recording_file_mend(path, NULL, &length_ms), -ENODATA);
    free(path);
}

static void never_writes_over_a_file(void **state)
{
    (void)state;
    char *path = sound_file_path("h.webm");
    const struct recorder_plan plan = {.path = path, .on_event = on_event};
    struct recorder *recorder;
    sound_file_put(path, "mine", 4);
    assert_int_equal(recorder_create(&plan, &recorder), -EEXIST);
    free(path);
}

static int clean(void **state)
{
    (void)state;
    sound_file_clean();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_time),
        cmocka_unit_test(leaves_out_a_pause),
        cmocka_unit_test(wants_a_key_frame_after_a_pause),
        cmocka_unit_test(drops_what_is_too_much),
        cmocka_unit_test(ends_at_its_largest_size),
        cmocka_unit_test(survives_a_full_disk),
        cmocka_unit_test(mends_what_has_no_end),
        cmocka_unit_test(says_what_cannot_be_mended),
        cmocka_unit_test(never_writes_over_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, clean);
}
