/* test_clip.c - short sounds, whole or not at all, mixer/file/clip.c. */
#include "mixer/file/clip.h"

#include "tests/unit/mixer/allocation.h"
#include "tests/unit/mixer/file/sound_file.h"
#include "tests/unit/mixer/signal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { MOST_S = 4, ROOM = 8000 * 20 };

static int16_t in[ROOM];

static int make(void **state)
{
    (void)state;
    uint32_t seed = 21;
    signal_random_bytes(&seed, in, sizeof(in));
    return 0;
}

static int clean(void **state)
{
    (void)state;
    sound_file_clean();
    return 0;
}

/* Is refused with this errno, and a line that names the path and says this. */
static void refused(const char *path, int err, const char *says)
{
    struct clip *clip = NULL;
    char *why = NULL;
    int got = clip_load(path, MOST_S, &clip, &why);
    if (got != err || !why || strncmp(why, path, strlen(path)) != 0 || !strstr(why, says))
        fail_msg("%d instead of %d, \"%s\" without \"%s\"", got, err, why ? why : "", says);
    assert_null(clip);
    free(why);
}

static void a_file_becomes_samples(void **state)
{
    (void)state;
    char *path = sound_file_path("a.wav"), *why;
    static const size_t counts[] = {1, 1000, 8192, 8193, MOST_S * 8000};
    for (unsigned i = 0; i < 5; i++) {
        sound_file_wav(path, 8000, 1, in, counts[i]);
        struct clip *clip;
        size_t count;
        assert_int_equal(clip_load(path, MOST_S, &clip, &why), 0);
        assert_memory_equal(clip_samples(clip, &count), in, counts[i] * sizeof(*in));
        assert_int_equal(count, counts[i]);
        assert_int_equal(clip_rate_hz(clip), 8000);
        assert_int_equal(clip_ms(clip), counts[i] / 8);
        clip_unref(clip);
    }
    free(path);
}

static void lives_as_long_as_somebody_holds_it(void **state)
{
    (void)state;
    size_t count;
    struct clip *clip = clip_create(16000, in, 320);
    assert_ptr_equal(clip_ref(clip), clip);
    clip_unref(clip);
    assert_memory_equal(clip_samples(clip, &count), in, 320 * sizeof(*in));
    assert_int_equal(count, 320);
    assert_int_equal(clip_ms(clip), 20);
    clip_unref(clip);
    clip_unref(NULL);
    clip = clip_create(8000, NULL, 0);
    assert_non_null(clip_samples(clip, &count));
    assert_int_equal(count, 0);
    clip_unref(clip);
    assert_null(clip_create(44100, in, 10));
    assert_null(clip_create(8000, in, SIZE_MAX / 2));
}

static void what_is_not_there_is_said_with_its_path(void **state)
{
    (void)state;
    char *none = sound_file_path("none.wav"), *fifo = sound_file_path("fifo");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    refused(none, -ENOENT, "No such file");
    refused(fifo, -EBADMSG, "not a regular file");
    refused(sound_file_folder(), -EBADMSG, "directory");
    free(none), free(fifo);
}

static void what_is_too_long_is_refused(void **state)
{
    (void)state;
    char *path = sound_file_path("long.wav");
    sound_file_wav(path, 8000, 1, in, MOST_S * 8000 + 1);
    refused(path, -EFBIG, "longer than 4.000 s");
    sound_file_wav(path, 8000, 1, in, ROOM);
    refused(path, -EFBIG, "longer than 4.000 s");

    /* a gigabyte that is not on the disk is not read to its end */
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    uint8_t head[44];
    sound_file_wav_head(head, 48000, 2, 1U << 30);
    assert_int_equal(pwrite(fd, head, 44, 0), 44);
    assert_int_equal(ftruncate(fd, 44 + (1 << 30)), 0);
    close(fd);
    refused(path, -EFBIG, "longer than 4.000 s");
    free(path);
}

static void what_holds_nothing_is_refused(void **state)
{
    (void)state;
    char *path = sound_file_path("empty.wav");
    sound_file_put(path, "", 0);
    refused(path, -EBADMSG, "is empty");
    sound_file_wav(path, 8000, 1, in, 0);
    refused(path, -EBADMSG, "");
    sound_file_put(path, in, 10000);
    refused(path, -EBADMSG, "");
    sound_file_put(path, "This is a text, and no sound at all.\n", 37);
    refused(path, -EBADMSG, "");
    free(path);
}

static void what_is_broken_in_the_middle_is_refused(void **state)
{
    (void)state;
    char *path = sound_file_path("whole.flac"), *bad = sound_file_path("bad.flac");
    sound_file_encode(path, "flac", 8000, in, 3 * 8000);
    struct clip *clip;
    char *why;
    assert_int_equal(clip_load(path, MOST_S, &clip, &why), 0);
    assert_int_equal(clip_ms(clip), 3000);
    clip_unref(clip);

    size_t length;
    uint8_t *bytes = sound_file_get(path, &length);
    sound_file_put(bad, bytes, length / 3);
    refused(bad, -EBADMSG, "cut off after");
    memset(bytes + length / 2, 0x55, 2000);
    sound_file_put(bad, bytes, length);
    refused(bad, -EBADMSG, "broken before");
    free(bytes), free(path), free(bad);
}

/* A WAV file whose head does not know its length, as written into a pipe. */
static void what_was_written_into_a_pipe_is_what_is_there(void **state)
{
    (void)state;
    char *path = sound_file_path("pipe.wav"), *why;
    static const uint32_t lengths[] = {0, 0x7ffff000, 0xffffffff, 30000};
    for (unsigned i = 0; i < 4; i++) {
        uint8_t bytes[44 + 20000];
        sound_file_wav_head(bytes, 8000, 1, lengths[i]);
        memcpy(bytes + 44, in, 20000);
        sound_file_put(path, bytes, sizeof(bytes));
        struct clip *clip;
        size_t count;
        assert_int_equal(clip_load(path, MOST_S, &clip, &why), 0);
        assert_memory_equal(clip_samples(clip, &count), in, 20000);
        assert_int_equal(count, 10000);
        clip_unref(clip);
    }
    free(path);
}

/* libav may get by without what it did not get, or lose a little at an end. */
static void lack_of_memory_is_told(void **state)
{
    (void)state;
    if (!ALLOCATION_IS_COUNTED)
        skip();
    char *path = sound_file_path("memory.flac");
    sound_file_encode(path, "flac", 11025, in, 11025);
    bool was_refused = true;
    unsigned refusals = 0;
    for (unsigned n = 1; was_refused; n++) {
        struct clip *clip = NULL;
        char *why = NULL;
        unsigned fail_at = allocation_fail_at = allocation_count + n;
        int err = clip_load(path, MOST_S, &clip, &why);
        was_refused = allocation_count >= fail_at;
        allocation_fail_at = 0;
        assert_true((err == 0) == (clip != NULL));
        assert_true(err == 0 || err == -ENOMEM || err == -EBADMSG);
        assert_in_range(clip ? clip_ms(clip) : 1000, 740, 1010);
        refusals += err < 0;
        clip_unref(clip);
        free(why);
    }
    assert_true(refusals > 20);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_becomes_samples),
        cmocka_unit_test(lives_as_long_as_somebody_holds_it),
        cmocka_unit_test(what_is_not_there_is_said_with_its_path),
        cmocka_unit_test(what_is_too_long_is_refused),
        cmocka_unit_test(what_holds_nothing_is_refused),
        cmocka_unit_test(what_is_broken_in_the_middle_is_refused),
        cmocka_unit_test(what_was_written_into_a_pipe_is_what_is_there),
        cmocka_unit_test(lack_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, make, clean);
}
