/* test_stream.c - long sounds, decoded by a thread while a worker reads, mixer/file/stream.c.
 */
#include "mixer/file/stream.h"

#include "mixer/base/check.h"
#include "tests/unit/mixer/file/sound_file.h"
#include "tests/unit/mixer/signal.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>

#include <cmocka.h>

enum { RATE = STREAM_RATE_HZ, LONG = 5 * RATE, TICK = RATE / 50, ROOM = 12 * RATE };

static int16_t in[LONG], out[ROOM];
static char *long_path;

static int make(void **state)
{
    (void)state;
    uint32_t seed = 4;
    signal_random_bytes(&seed, in, sizeof(in));
    long_path = sound_file_path("long.wav");
    sound_file_wav(long_path, RATE, 1, in, LONG);
    return 0;
}

static int clean(void **state)
{
    (void)state;
    free(long_path);
    sound_file_clean();
    return 0;
}

static struct stream *open_stream(const char *path, bool loop)
{
    struct stream *stream;
    assert_int_equal(stream_open(path, &(struct stream_options){.loop = loop}, &stream), 0);
    return stream;
}

/* Reads `most` samples or to the end, as impatient as a thread can be. */
static unsigned take(struct stream *stream, int16_t *pcm, unsigned most)
{
    unsigned count = 0;
    while (count < most && !stream_is_over(stream)) {
        unsigned room = most - count < TICK ? most - count : TICK;
        unsigned got = stream_read(stream, pcm + count, room);
        assert_true(got <= room);
        count += got;
        if (!got)
            sched_yield();
    }
    return count;
}

static void wait_until_opened(struct stream *stream)
{
    while (stream_state(stream) == STREAM_OPENING)
        sched_yield();
}

static void gives_all_and_ends(void **state)
{
    (void)state;
    struct stream *stream = open_stream(long_path, false);
    assert_false(stream_is_over(stream));
    assert_int_equal(take(stream, out, ROOM), LONG);
    assert_memory_equal(out, in, sizeof(in));
    assert_true(stream_is_over(stream));
    assert_int_equal(stream_read(stream, out, TICK), 0);
    assert_int_equal(stream_state(stream), STREAM_ENDED);
    assert_int_equal(stream_length_ms(stream), 5000);
    assert_int_equal(stream_position_ms(stream), 5000);
    assert_string_equal(stream_why(stream), "");
    stream_close(stream);
    stream_close(NULL);
}

static void tells_where_it_is(void **state)
{
    (void)state;
    struct stream *stream = open_stream(long_path, false);
    assert_int_equal(stream_position_ms(stream), 0);
    for (unsigned taken = 0; taken < 2 * RATE; taken += TICK / 2) {
        assert_int_equal(stream_position_ms(stream), taken / (RATE / 1000));
        assert_int_equal(take(stream, out, TICK / 2), TICK / 2);
    }
    assert_int_equal(stream_state(stream), STREAM_READY);
    stream_seek(stream, 4321);
    assert_int_equal(stream_position_ms(stream), 4321);
    assert_int_equal(take(stream, out, TICK), TICK);
    assert_int_equal(stream_position_ms(stream), 4341);
    stream_close(stream);
}

/* Behind a seek there is nothing of before, however much had been decoded. */
static void a_seek_throws_away_what_was_decoded(void **state)
{
    (void)state;
    struct stream *stream = open_stream(long_path, false);
    uint32_t seed = 8;
    for (unsigned round = 0; round < 30; round++) {
        unsigned ms = signal_random(&seed) % 4900, at = ms * (RATE / 1000);
        if (round % 3 == 1) /* a second one before the first was seen */
            stream_seek(stream, signal_random(&seed) % 6000);
        stream_seek(stream, ms);
        assert_int_equal(take(stream, out, RATE / 10), RATE / 10);
        assert_memory_equal(out, in + at, RATE / 10 * sizeof(*in));
    }
    stream_seek(stream, 4990);
    assert_int_equal(take(stream, out, ROOM), RATE / 100);
    assert_true(stream_is_over(stream));
    stream_seek(stream, 0); /* it goes on behind its end */
    assert_false(stream_is_over(stream));
    assert_int_equal(take(stream, out, TICK), TICK);
    assert_memory_equal(out, in, TICK * sizeof(*in));
    stream_seek(stream, 5000);
    assert_int_equal(take(stream, out, ROOM), 0);
    assert_int_equal(stream_state(stream), STREAM_ENDED);
    stream_close(stream);
}

static void a_seek_before_it_is_open_is_done(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 20; round++) {
        struct stream *stream = open_stream(long_path, false);
        stream_seek(stream, 3000);
        assert_int_equal(stream_position_ms(stream), 3000);
        assert_int_equal(take(stream, out, ROOM), 2 * RATE);
        assert_memory_equal(out, in + 3 * RATE, 2 * RATE * sizeof(*in));
        stream_close(stream);
    }
}

static void a_loop_has_no_gap(void **state)
{
    (void)state;
    char *path = sound_file_path("loop.wav");
    unsigned pass = RATE / 3 + 7; /* no whole number of ticks */
    sound_file_wav(path, RATE, 1, in, pass);
    struct stream *stream = open_stream(path, true);
    assert_int_equal(take(stream, out, ROOM), ROOM);
    for (unsigned at = 0; at < ROOM; at++) {
        if (out[at] != in[at % pass])
            fail_msg("sample %u of pass %u", at % pass, at / pass);
    }
    assert_true(stream_position_ms(stream) <= stream_length_ms(stream) + 20);
    stream_seek(stream, 300); /* and on from a place in the middle */
    assert_int_equal(take(stream, out, RATE), RATE);
    for (unsigned at = 0; at < RATE; at++)
        assert_int_equal(out[at], in[(at + 300 * (RATE / 1000)) % pass]);
    assert_int_equal(stream_state(stream), STREAM_READY);
    stream_close(stream);
    free(path);
}

static void what_is_too_short_is_not_looped(void **state)
{
    (void)state;
    char *path = sound_file_path("short.wav");
    sound_file_wav(path, RATE, 1, in, RATE / 10 - 1);
    struct stream *stream = open_stream(path, true);
    assert_int_equal(take(stream, out, ROOM), RATE / 10 - 1);
    assert_int_equal(stream_state(stream), STREAM_ENDED);
    stream_close(stream);
    free(path);
}

static void other_rates_are_brought_to_ours(void **state)
{
    (void)state;
    char *path = sound_file_path("mp3.mp3");
    static int16_t tone[2 * 44100];
    signal_tone(tone, 0, 2 * 44100, 44100, 500, 9000);
    sound_file_encode(path, "libmp3lame", 44100, tone, 2 * 44100);
    struct stream *stream = open_stream(path, false);
    assert_in_range(take(stream, out, ROOM), 2 * RATE - 100, 2 * RATE + 3000);
    assert_true(signal_snr(out + RATE / 2, RATE, RATE, 500) > 20);
    stream_close(stream);
    free(path);
}

static void what_is_wrong_is_told(void **state)
{
    (void)state;
    char *none = sound_file_path("none.wav");
    struct stream *stream = open_stream(none, true);
    assert_int_equal(take(stream, out, ROOM), 0);
    assert_true(stream_is_over(stream));
    assert_int_equal(stream_state(stream), STREAM_FAILED);
    assert_memory_equal(stream_why(stream), none, strlen(none));
    stream_seek(stream, 10); /* does not make it better */
    assert_int_equal(take(stream, out, ROOM), 0);
    assert_int_equal(stream_state(stream), STREAM_FAILED);
    stream_close(stream);
    free(none);
}

/* A sound that becomes more than can be made of it: what was good before is heard. */
static void a_failure_in_the_middle_comes_behind_what_was_good(void **state)
{
    (void)state;
    char *path = sound_file_path("middle.mka"), *bad = sound_file_path("bad.mka");
    sound_file_encode(path, "flac", RATE, in, 4 * RATE);
    size_t length;
    uint8_t *bytes = sound_file_get(path, &length);
    memset(bytes + length / 2, 0xff, length - length / 2);
    sound_file_put(bad, bytes, length);
    struct stream *stream = open_stream(bad, false);
    unsigned count = take(stream, out, ROOM);
    assert_in_range(count, RATE, 4 * RATE - 1);
    assert_memory_equal(out, in, RATE * sizeof(*in));
    assert_true(stream_is_over(stream));
    stream_close(stream);
    free(bytes), free(path), free(bad);
}

static void a_temporary_file_is_gone_once_it_is_open(void **state)
{
    (void)state;
    char *path = sound_file_path("temporary.wav");
    static const struct stream_options options = {.is_unlinked = true};
    for (unsigned round = 0; round < 3; round++) {
        sound_file_put(path, "nonsense", 8);
        if (round)
            sound_file_wav(path, RATE, 1, in, RATE);
        struct stream *stream;
        assert_int_equal(stream_open(path, &options, &stream), 0);
        if (round == 1)
            assert_int_equal(take(stream, out, ROOM), RATE);
        if (round < 2)
            wait_until_opened(stream);
        stream_close(stream); /* in the last round perhaps before it was opened */
        while (access(path, F_OK) == 0)
            sched_yield();
    }
    free(path);
}

static void many_are_served_side_by_side(void **state)
{
    (void)state;
    enum { MANY = 12 };
    struct stream *streams[MANY];
    unsigned at[MANY], done = 0;
    for (unsigned i = 0; i < MANY; i++) {
        streams[i] = open_stream(long_path, false);
        stream_seek(streams[i], i * 100);
        at[i] = i * 100 * (RATE / 1000);
    }
    while (done < MANY) {
        done = 0;
        for (unsigned i = 0; i < MANY; i++) {
            int16_t pcm[TICK];
            unsigned got = stream_read(streams[i], pcm, TICK);
            assert_true(at[i] + got <= LONG);
            assert_memory_equal(pcm, in + at[i], got * sizeof(*pcm));
            at[i] += got;
            done += stream_is_over(streams[i]);
        }
        sched_yield();
    }
    for (unsigned i = 0; i < MANY; i++) {
        assert_int_equal(at[i], LONG);
        stream_close(streams[i]);
    }
}

static void may_be_closed_at_any_time(void **state)
{
    (void)state;
    uint32_t seed = 5;
    for (unsigned round = 0; round < 200; round++) {
        struct stream *stream = open_stream(long_path, round & 1);
        for (unsigned i = signal_random(&seed) % 4; i; i--)
            stream_read(stream, out, TICK);
        if (round & 2)
            stream_seek(stream, signal_random(&seed) % 6000);
        stream_close(stream);
    }
}

/* ---- control and worker at once ---- */

static atomic_uint wrong;
static atomic_bool stop;

/* The file counts upwards: in what is taken, each sample is the last one's follower, or one
 * that a seek can have led to. */
static void *play(void *argument)
{
    struct stream *stream = argument;
    check_thread_is(CHECK_THREAD_MEDIA);
    static int16_t pcm[TICK];
    int before = -1;
    while (!atomic_load(&stop)) {
        unsigned got = stream_read(stream, pcm, TICK);
        for (unsigned i = 0; i < got; i++) {
            if (pcm[i] != before + 1 && pcm[i] % RATE % (10 * RATE / 1000) != 0)
                atomic_fetch_add(&wrong, 1);
            before = pcm[i];
        }
        stream_is_over(stream);
        sched_yield();
    }
    return NULL;
}

static void control_and_worker_do_not_disturb_each_other(void **state)
{
    (void)state;
    char *path = sound_file_path("count.wav");
    enum { COUNT = 30720 }; /* 640 ms; fits an int16 */
    static int16_t counted[COUNT];
    for (int i = 0; i < COUNT; i++)
        counted[i] = (int16_t)i;
    sound_file_wav(path, RATE, 1, counted, COUNT);
    struct stream *stream = open_stream(path, true);
    pthread_t worker;
    atomic_store(&stop, false);
    assert_int_equal(pthread_create(&worker, NULL, play, stream), 0);
    uint32_t seed = 6;
    for (unsigned round = 0; round < 300; round++) {
        unsigned ms = signal_random(&seed) % 64 * 10;
        stream_seek(stream, ms);
        while (stream_position_ms(stream) == ms && round % 3)
            sched_yield();
        assert_true(stream_position_ms(stream) < 700);
        assert_true(stream_state(stream) != STREAM_FAILED);
    }
    atomic_store(&stop, true);
    pthread_join(worker, NULL);
    assert_int_equal(wrong, 0);
    stream_close(stream);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_all_and_ends),
        cmocka_unit_test(tells_where_it_is),
        cmocka_unit_test(a_seek_throws_away_what_was_decoded),
        cmocka_unit_test(a_seek_before_it_is_open_is_done),
        cmocka_unit_test(a_loop_has_no_gap),
        cmocka_unit_test(what_is_too_short_is_not_looped),
        cmocka_unit_test(other_rates_are_brought_to_ours),
        cmocka_unit_test(what_is_wrong_is_told),
        cmocka_unit_test(a_failure_in_the_middle_comes_behind_what_was_good),
        cmocka_unit_test(a_temporary_file_is_gone_once_it_is_open),
        cmocka_unit_test(many_are_served_side_by_side),
        cmocka_unit_test(may_be_closed_at_any_time),
        cmocka_unit_test(control_and_worker_do_not_disturb_each_other),
    };
    return cmocka_run_group_tests(tests, make, clean);
}
