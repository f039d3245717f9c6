/* test_file_input.c - what may be opened, mixer/file/file_input.c. */
#include "mixer/file/file_input.h"

#include "tests/unit/mixer/file/sound_file.h"
#include "tests/unit/mixer/signal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

static int16_t tone[8000];

static int make(void **state)
{
    (void)state;
    signal_tone(tone, 0, 8000, 8000, 440, 8000);
    return 0;
}

static int clean(void **state)
{
    (void)state;
    sound_file_clean();
    return 0;
}

/* Opens and begins; whatever is wrong is told with the path. */
static int try(const char *path)
{
    struct file_input *input;
    char *why = NULL;
    int err = file_input_open(path, FILE_INPUT_SOUND, NULL, &input, &why);
    if (err == 0) {
        err = file_input_begin(input, &why);
        assert_true((err == 0) == (file_input_format(input) != NULL));
        file_input_close(input);
    }
    if (err < 0) {
        assert_non_null(why);
        assert_memory_equal(why, path, strlen(path));
        assert_memory_equal(why + strlen(path), ": ", 2);
    }
    free(why);
    return err;
}

static void reads_a_sound_as_often_as_wanted(void **state)
{
    (void)state;
    char *path = sound_file_path("a.wav"), *why;
    sound_file_wav(path, 8000, 1, tone, 8000);
    struct file_input *input;
    assert_int_equal(file_input_open(path, FILE_INPUT_SOUND, NULL, &input, &why), 0);
    assert_null(file_input_format(input));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(file_input_begin(input, &why), 0);
        assert_string_equal(file_input_codec(input)->name, "pcm_s16le");
        assert_int_equal(file_input_stream(input), 0);
        AVPacket *packet = av_packet_alloc();
        int bytes = 0;
        while (av_read_frame(file_input_format(input), packet) == 0) {
            assert_true(bytes || memcmp(packet->data, tone, 100) == 0);
            bytes += packet->size;
            av_packet_unref(packet);
            if (i == 1)
                break; /* and begin again in the middle */
        }
        assert_true(i == 1 || bytes == (int)sizeof(tone));
        av_packet_free(&packet);
    }
    file_input_close(input);
    file_input_close(NULL);
    free(path);
}

static void what_is_no_file_is_refused_at_once(void **state)
{
    (void)state;
    char *fifo = sound_file_path("fifo"), *none = sound_file_path("none"),
         *door = sound_file_path("socket");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    strcpy(name.sun_path, door);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    assert_int_equal(try(fifo), -EBADMSG); /* nobody writes: an open() that waits would hang */
    assert_int_equal(try(door), -ENXIO);
    assert_int_equal(try(sound_file_folder()), -EBADMSG);
    assert_int_equal(try("/dev/zero"), -EBADMSG);
    assert_int_equal(try(none), -ENOENT);
    assert_int_equal(try(""), -ENOENT);
    close(fd);
    free(fifo), free(none), free(door);
}

static void what_may_not_be_read_is_refused(void **state)
{
    (void)state;
    if (geteuid() == 0) /* who may read everything */
        skip();
    char *path = sound_file_path("secret.wav");
    sound_file_wav(path, 8000, 1, tone, 8000);
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(try(path), -EACCES);
    free(path);
}

static void what_is_no_sound_is_refused(void **state)
{
    (void)state;
    char *path = sound_file_path("bytes.wav");
    sound_file_put(path, "", 0);
    assert_int_equal(try(path), -EBADMSG);
    sound_file_put(path, "RIFF", 4);
    assert_int_equal(try(path), -EBADMSG);
    uint32_t seed = 5;
    for (unsigned round = 0; round < 50; round++) {
        uint8_t bytes[5000];
        signal_random_bytes(&seed, bytes, sizeof(bytes));
        if (round & 1) /* behind a head that is right */
            sound_file_wav_head(bytes, signal_random(&seed), round, signal_random(&seed));
        if (round & 2)
            memcpy(bytes + signal_random(&seed) % 40, "\xff\xff\xff\xff", 4);
        sound_file_put(path, bytes, sizeof(bytes));
        try(path); /* either way, but it comes back */
    }
    free(path);
}

/* Each of these makes libavformat open something else, where it may. */
static void a_list_of_files_opens_nothing(void **state)
{
    (void)state;
    char *sound = sound_file_path("sound.wav"), *list = sound_file_path("list.wav"), *text;
    sound_file_wav(sound, 8000, 1, tone, 8000);
    const char *const lists[] = {
        "ffconcat version 1.0\nfile %s\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n%s\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/%s\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=%s\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\n",
        "<?xml version=\"1.0\"?><MPD><Period><BaseURL>%s</BaseURL></Period></MPD>\n",
    };
    for (unsigned i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        assert_true(asprintf(&text, lists[i], sound) > 0);
        sound_file_put(list, text, strlen(text));
        assert_int_equal(try(list), -EBADMSG);
        free(text);
    }
    assert_int_equal(try(sound), 0);
    free(sound), free(list);
}

static void reads_nothing_once_cancelled(void **state)
{
    (void)state;
    char *path = sound_file_path("b.wav"), *why = NULL;
    sound_file_wav(path, 8000, 1, tone, 8000);
    atomic_bool cancel = false;
    struct file_input *input;
    assert_int_equal(file_input_open(path, FILE_INPUT_SOUND, &cancel, &input, &why), 0);
    assert_int_equal(file_input_begin(input, &why), 0);
    atomic_store(&cancel, true);
    assert_int_equal(file_input_begin(input, &why), -ECANCELED);
    free(why);
    file_input_close(input);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_sound_as_often_as_wanted),
        cmocka_unit_test(what_is_no_file_is_refused_at_once),
        cmocka_unit_test(what_may_not_be_read_is_refused),
        cmocka_unit_test(what_is_no_sound_is_refused),
        cmocka_unit_test(a_list_of_files_opens_nothing),
        cmocka_unit_test(reads_nothing_once_cancelled),
    };
    return cmocka_run_group_tests(tests, make, clean);
}
