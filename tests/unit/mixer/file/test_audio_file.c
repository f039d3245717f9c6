/* test_audio_file.c - sound out of files of every kind, mixer/file/audio_file.c. */
#include "mixer/file/audio_file.h"

#include "mixer/base/pcm.h"
#include "tests/unit/mixer/file/sound_file.h"
#include "tests/unit/mixer/signal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { ROOM = 48000 * 8 };

static int16_t in[ROOM], out[ROOM], again[ROOM];

static int clean(void **state)
{
    (void)state;
    sound_file_clean();
    return 0;
}

static struct audio_file *open_file(const char *path, unsigned rate_hz)
{
    struct audio_file *file;
    char *why = NULL;
    if (audio_file_open(path, rate_hz, NULL, &file, &why) < 0)
        fail_msg("%s", why);
    return file;
}

/* Reads to the end, `step` at a time. */
static unsigned read_all(struct audio_file *file, int16_t *pcm, unsigned step)
{
    unsigned count = 0;
    char *why = NULL;
    for (int got; (got = audio_file_read(file, pcm + count, step, &why)) != 0;) {
        if (got < 0 && got != -EAGAIN)
            fail_msg("%s", why);
        count += got > 0 ? (unsigned)got : 0;
        assert_true(count + step <= ROOM);
    }
    assert_int_equal(audio_file_read(file, pcm, step, &why), 0); /* the end is the end */
    return count;
}

static void samples_of_our_rates_come_as_they_are(void **state)
{
    (void)state;
    char *path = sound_file_path("plain.wav");
    uint32_t seed = 11;
    for (unsigned i = 0; i < PCM_RATES; i++) {
        unsigned count = 20001;
        signal_random_bytes(&seed, in, count * sizeof(*in));
        sound_file_wav(path, pcm_rate_hz(i), 1, in, count);
        struct audio_file *file = open_file(path, 0);
        assert_int_equal(audio_file_rate_hz(file), pcm_rate_hz(i));
        bool is_exact;
        assert_int_equal(audio_file_length_ms(file, &is_exact),
                         (uint64_t)count * 1000 / pcm_rate_hz(i));
        assert_true(is_exact);
        assert_int_equal(read_all(file, out, 1 + signal_random(&seed) % 5000), count);
        assert_memory_equal(out, in, count * sizeof(*in));
        assert_int_equal(audio_file_gaps(file), 0);
        audio_file_close(file);
    }
    free(path);
}

static void other_rates_become_the_next_of_ours(void **state)
{
    (void)state;
    static const unsigned rates[][2] = {{6000, 8000},   {11025, 16000}, {22050, 24000},
                                        {44100, 48000}, {96000, 48000}, {192000, 48000}};
    char *path = sound_file_path("rate.wav");
    for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        signal_tone(in, 0, rates[i][0], rates[i][0], 1000, 10000);
        sound_file_wav(path, rates[i][0], 1, in, rates[i][0]);
        struct audio_file *file = open_file(path, 0);
        unsigned rate_hz = audio_file_rate_hz(file);
        assert_int_equal(rate_hz, rates[i][1]);
        unsigned count = read_all(file, out, 960);
        assert_in_range(count, rate_hz - 20, rate_hz + 20);
        double peak = signal_peak_at(out + rate_hz / 10, rate_hz * 8 / 10, rate_hz, 1000);
        assert_true(fabs(signal_db(peak / 10000)) < 0.2);
        assert_true(signal_snr(out + rate_hz / 10, rate_hz * 8 / 10, rate_hz, 1000) > 50);
        audio_file_close(file);
    }
    free(path);
}

/* Every channel is heard, and all together never clip. */
static void channels_are_mixed(void **state)
{
    (void)state;
    char *path = sound_file_path("channels.wav");
    static const unsigned counts[] = {2, 3, 6, 9, 17, 64};
    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        unsigned channels = counts[i], frames = 4000;
        for (unsigned one = 0; one <= channels; one++) { /* the last round: all of them */
            for (unsigned at = 0; at < frames * channels; at++)
                in[at] = one == channels || at % channels == one ? 30000 : 0;
            sound_file_wav(path, 8000, channels, in, frames);
            struct audio_file *file = open_file(path, 8000);
            assert_int_equal(read_all(file, out, 960), frames);
            bool is_lfe = (channels == 3 && one == 2) || (channels == 6 && one == 3);
            if (one == channels)
                assert_in_range(out[2000], 28000, 30064);
            else
                assert_in_range(out[2000], is_lfe ? 0 : 30000 / channels / 2, 20000);
            audio_file_close(file);
        }
    }
    unsigned too_many = 65;
    memset(in, 0, sizeof(in));
    sound_file_wav(path, 8000, too_many, in, 1000);
    struct audio_file *file;
    char *why = NULL;
    int err = audio_file_open(path, 8000, NULL, &file, &why);
    if (err == 0) {
        do {
            err = audio_file_read(file, out, 960, &why);
        } while (err == -EAGAIN);
        audio_file_close(file);
    }
    assert_int_equal(err, -EBADMSG);
    free(why);
    free(path);
}

/* name, encoder, rate, signal to noise [dB], samples that may be added by its frames */
static const struct kind {
    const char *name, *codec;
    unsigned rate_hz;
    double snr_db;
    unsigned more;
} kinds[] = {
    {"k.flac", "flac", 44100, 60, 0},      {"k.ogg", "libvorbis", 44100, 15, 4096},
    {"k.opus", "libopus", 48000, 15, 960}, {"k.mp3", "libmp3lame", 44100, 20, 2400},
    {"k.m4a", "aac", 44100, 20, 2400},     {"k.aac", "aac", 32000, 15, 2400},
    {"k.webm", "libopus", 48000, 15, 960}, {"k.mka", "flac", 16000, 60, 0},
    {"k.aiff", "pcm_s16be", 8000, 60, 0},  {"k.au", "pcm_s16be", 16000, 60, 0},
    {"k.caf", "pcm_s16le", 24000, 60, 0},  {"k.mov", "pcm_s16le", 48000, 60, 0},
    {"k.w64", "pcm_s16le", 48000, 60, 0},
};

static void kinds_of_files_are_read(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const struct kind *kind = &kinds[i];
        char *path = sound_file_path(kind->name);
        unsigned samples = 3 * kind->rate_hz;
        signal_tone(in, 0, samples, kind->rate_hz, 700, 10000);
        sound_file_encode(path, kind->codec, kind->rate_hz, in, (int)samples);
        struct audio_file *file = open_file(path, 0);
        unsigned rate_hz = audio_file_rate_hz(file), count = read_all(file, out, 960);
        unsigned more = (unsigned)((uint64_t)kind->more * rate_hz / kind->rate_hz);
        assert_in_range(count, 3 * rate_hz - 50, 3 * rate_hz + 50 + more);
        assert_in_range(audio_file_length_ms(file, NULL), 2900, 3200);
        double snr = signal_snr(out + rate_hz / 2, 2 * rate_hz, rate_hz, 700);
        if (snr < kind->snr_db)
            fail_msg("%s: %.1f dB", kind->name, snr);
        assert_int_equal(audio_file_gaps(file), 0);

        char *why;
        assert_int_equal(audio_file_seek(file, 0, &why), 0); /* the same once more, exactly */
        assert_int_equal(read_all(file, again, 1000), count);
        assert_memory_equal(out, again, count * sizeof(*out));
        audio_file_close(file);
        free(path);
    }
}

/* A tone that rises tells where one is: its place by zero crossings is not needed, since the
 * samples behind a seek are those that were there at first. */
static void seeks_to_the_sample(void **state)
{
    (void)state;
    static const struct {
        const char *name, *codec;
        unsigned rate_hz;
    } files[] = {{"s.wav", "pcm_s16le", 16000},
                 {"s.flac", "flac", 48000},
                 {"s.mka", "pcm_s16le", 8000},
                 {"s.mov", "pcm_s16le", 24000}};
    uint32_t seed = 77;
    for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char *path = sound_file_path(files[i].name), *why;
        unsigned rate_hz = files[i].rate_hz, samples = 4 * rate_hz;
        signal_random_bytes(&seed, in, samples * sizeof(*in));
        sound_file_encode(path, files[i].codec, rate_hz, in, (int)samples);
        struct audio_file *file = open_file(path, 0);
        for (unsigned round = 0; round < 20; round++) {
            unsigned ms = round == 0 ? 1 : round == 1 ? 3999 : signal_random(&seed) % 4000;
            assert_int_equal(audio_file_seek(file, ms, &why), 0);
            unsigned count = read_all(file, out, 960), at = ms * (rate_hz / 1000);
            if (count != samples - at)
                fail_msg("%s at %u ms: %u samples instead of %u", files[i].name, ms, count,
                         samples - at);
            assert_memory_equal(out, in + at, count * sizeof(*out));
        }
        assert_int_equal(audio_file_seek(file, 4000, &why), 0);
        assert_int_equal(read_all(file, out, 960), 0);
        assert_int_equal(audio_file_seek(file, UINT32_MAX, &why), 0);
        assert_int_equal(read_all(file, out, 960), 0);
        assert_int_equal(audio_file_seek(file, 0, &why), 0);
        assert_int_equal(read_all(file, out, 960), samples);
        audio_file_close(file);
        free(path);
    }
}

/* Without an index, or with a guess of one: about there. */
static void seeks_in_what_is_coded(void **state)
{
    (void)state;
    static const char *const names[] = {"k.mp3", "k.ogg", "k.opus", "k.m4a", "k.aac", "k.webm"};
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *path = sound_file_path(names[i]), *why;
        struct audio_file *file = open_file(path, 48000);
        assert_int_equal(audio_file_seek(file, 1500, &why), 0);
        unsigned count = read_all(file, out, 960);
        if (count < 48000 * 14 / 10 || count > 48000 * 16 / 10)
            fail_msg("%s: %u samples", names[i], count);
        assert_true(signal_snr(out + 9600, 48000, 48000, 700) > 15);
        audio_file_close(file);
        free(path);
    }
}

static void broken_packets_are_left_out_and_counted(void **state)
{
    (void)state;
    char *path = sound_file_path("whole.flac"), *broken = sound_file_path("broken.flac");
    uint32_t seed = 9;
    signal_random_bytes(&seed, in, 40000 * sizeof(*in));
    sound_file_encode(path, "flac", 8000, in, 40000);
    size_t length;
    uint8_t *bytes = sound_file_get(path, &length);
    memset(bytes + length / 2, 0x55, 3000);
    sound_file_put(broken, bytes, length);
    struct audio_file *file = open_file(broken, 0);
    unsigned count = read_all(file, out, 960);
    assert_in_range(count, 20000, 39999);
    assert_memory_equal(out, in, 15000 * sizeof(*in));
    assert_memory_equal(out + count - 10000, in + 30000, 10000 * sizeof(*in));
    assert_true(audio_file_gaps(file) >= 1);
    audio_file_close(file);
    free(bytes), free(path), free(broken);
}

/* A tail of nonsense ends: either it is an error, or the end. */
static void nonsense_comes_to_an_end(void **state)
{
    (void)state;
    uint32_t seed = 3;
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        char *path = sound_file_path(kinds[i].name), *cut = sound_file_path("cut"), *why = NULL;
        size_t length;
        uint8_t *bytes = sound_file_get(path, &length);
        for (unsigned round = 0; round < 8; round++) {
            size_t from = length * (round + 1) / 10;
            if (round & 1)
                signal_random_bytes(&seed, bytes + from, length - from);
            sound_file_put(cut, bytes, round & 1 ? length : from);
            struct audio_file *file;
            if (audio_file_open(cut, 0, NULL, &file, &why) == 0) {
                int got = 1;
                for (unsigned count = 0; got > 0 || got == -EAGAIN; count++) {
                    got = audio_file_read(file, out, 960, &why);
                    assert_true(count < 1000000);
                }
                audio_file_close(file);
            }
            free(why);
        }
        free(bytes), free(cut), free(path);
    }
}

static void a_film_without_sound_is_silent(void **state)
{
    (void)state;
    enum { RATE_HZ = 8000 };
    char *path = sound_file_path("film.mp4"), *why, command[512];
    struct audio_file *file;
    int16_t pcm[RATE_HZ];
    snprintf(command, sizeof(command),
             "ffmpeg -v error -f lavfi -i color=red:s=64x48:r=10:d=2 -c:v libx264 -y %s "
             "</dev/null",
             path);
    assert_int_equal(system(command), 0);
    assert_int_equal(audio_file_open(path, RATE_HZ, NULL, &file, &why), -ENODATA);
    free(why);
    assert_int_equal(audio_file_open_silent(path, RATE_HZ, NULL, &file, &why), 0);
    assert_int_equal(audio_file_length_ms(file, NULL), 2000);
    memset(pcm, 1, sizeof(pcm));
    assert_int_equal(audio_file_read(file, pcm, RATE_HZ, &why), RATE_HZ);
    for (unsigned i = 0; i < RATE_HZ; i++)
        assert_int_equal(pcm[i], 0);
    assert_int_equal(audio_file_seek(file, 1900, &why), 0);
    assert_int_equal(audio_file_read(file, pcm, RATE_HZ, &why), RATE_HZ / 10);
    assert_int_equal(audio_file_read(file, pcm, RATE_HZ, &why), 0);
    assert_int_equal(audio_file_seek(file, 5000, &why), 0);
    assert_int_equal(audio_file_read(file, pcm, RATE_HZ, &why), 0);
    assert_int_equal(audio_file_seek(file, 0, &why), 0);
    assert_int_equal(audio_file_read(file, pcm, 10, &why), 10);
    audio_file_close(file);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_of_our_rates_come_as_they_are),
        cmocka_unit_test(other_rates_become_the_next_of_ours),
        cmocka_unit_test(channels_are_mixed),
        cmocka_unit_test(kinds_of_files_are_read),
        cmocka_unit_test(seeks_to_the_sample),
        cmocka_unit_test(seeks_in_what_is_coded),
        cmocka_unit_test(broken_packets_are_left_out_and_counted),
        cmocka_unit_test(a_film_without_sound_is_silent),
        cmocka_unit_test(nonsense_comes_to_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, clean);
}
