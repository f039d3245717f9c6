/* test_movie.c - a film whose pictures say when they are: each frame of 100 ms is a step
 * brighter. */
#include "mixer/file/movie.h"

#include "mixer/base/clock.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { FRAME_MS = 100, FRAMES = 20, DARKEST = 20, STEP = 10, WAIT_MS = 20000 };

static char directory[64];
static struct movies *movies;

static void ffmpeg(const char *arguments, const char *name)
{
    char command[1024];
    snprintf(command, sizeof(command), "ffmpeg -v error -f lavfi %s -y %s/%s </dev/null",
             arguments, directory, name);
    assert_int_equal(system(command), 0);
}

static int make(void **state)
{
    (void)state;
    snprintf(directory, sizeof(directory), "/tmp/test_movie.XXXXXX");
    movies = movies_create();
    if (!mkdtemp(directory) || !movies)
        return -1;
    ffmpeg("-i \"nullsrc=s=64x48:r=10:d=2,format=yuv420p,geq=lum=20+10*N:cb=128:cr=128\" "
           "-c:v libx264 -preset ultrafast -qp 1 -g 7",
           "steps.mp4");
    ffmpeg("-i color=red:s=2000x1300:r=1:d=1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p",
           "large.mp4");
    ffmpeg("-i color=red:s=64x48:r=1:d=1 -c:v libx264 -preset ultrafast -pix_fmt yuv444p",
           "colours.mp4");
    ffmpeg("-i sine=d=1 -c:a libopus", "sound.webm");
    ffmpeg("-i color=red:s=64x48:r=1:d=1 -c:v mpeg2video -pix_fmt yuv420p", "code.mkv");
    return 0;
}

static int end(void **state)
{
    (void)state;
    static const char *const names[] = {"steps.mp4",  "large.mp4", "colours.mp4",
                                        "sound.webm", "code.mkv",  "text.mp4"};
    char path[128];
    movies_destroy(movies);
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        unlink(path);
    }
    return rmdir(directory);
}

static struct movie *open_movie(const char *name)
{
    char path[128];
    struct movie *movie;
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    assert_int_equal(movie_open(movies, path, &movie), 0);
    return movie;
}

/* Which frame is shown; -1: none. */
static int frame_now(struct movie *movie)
{
    const struct picture *picture = movie_picture(movie, clock_monotonic_ns());
    return picture ? (picture->plane[0][0] - DARKEST + STEP / 2) / STEP : -1;
}

static void shows(struct movie *movie, int frame)
{
    int now = -1;
    for (unsigned ms = 0; ms < WAIT_MS && (now = frame_now(movie)) != frame; ms++)
        usleep(1000);
    assert_int_equal(now, frame);
}

static void stands_where_its_clock_says(void **state)
{
    (void)state;
    static const unsigned places[] = {0, 50, 250, 1900, 1000, 1099, 310, 0, 1500};
    struct movie *movie = open_movie("steps.mp4");
    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        movie_go_to(movie, places[i], clock_monotonic_ns(), false);
        shows(movie, (int)(places[i] + 20) / FRAME_MS);
    }
    assert_int_equal(movie_state(movie), MOVIE_READY);
    movie_go_to(movie, 60 * 1000, clock_monotonic_ns(), false); /* behind the end */
    movie_set_clock(movie, 700, clock_monotonic_ns(), false);
    shows(movie, 7);
    movie_unref(movie);
}

static void goes_on_with_its_clock(void **state)
{
    (void)state;
    struct movie *movie = open_movie("steps.mp4");
    shows(movie, 0);
    const int64_t begun_ns = clock_monotonic_ns();
    movie_set_clock(movie, 0, begun_ns, true);
    int last = 0;
    while (last < FRAMES - 1) {
        const int now = frame_now(movie);
        const int64_t ms = (clock_monotonic_ns() - begun_ns) / CLOCK_NS_PER_MS;
        assert_true(now >= last);               /* in order      */
        assert_true(now * FRAME_MS <= ms + 20); /* and not early */
        assert_true(ms < WAIT_MS);
        last = now;
        usleep(1000);
    }
    movie_unref(movie);
}

static void is_told_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *name, *why;
    } rows[] = {{"large.mp4", "2000 x 1300"},
                {"colours.mp4", "colours"},
                {"code.mkv", "code that is not known"},
                {"none.mp4", "No such file"},
                {"text.mp4", "cannot be read"}};
    char path[128];
    snprintf(path, sizeof(path), "%s/text.mp4", directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("this is no film", file);
    fclose(file);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct movie *movie = open_movie(rows[i].name);
        for (unsigned ms = 0; ms < WAIT_MS && movie_state(movie) != MOVIE_FAILED; ms++)
            usleep(1000);
        assert_int_equal(movie_state(movie), MOVIE_FAILED);
        assert_non_null(strstr(movie_why(movie), rows[i].why));
        assert_int_equal(frame_now(movie), -1);
        movie_unref(movie);
    }
}

static void knows_that_there_are_no_pictures(void **state)
{
    (void)state;
    struct movie *movie = open_movie("sound.webm");
    for (unsigned ms = 0; ms < WAIT_MS && movie_state(movie) == MOVIE_OPENING; ms++)
        usleep(1000);
    assert_int_equal(movie_state(movie), MOVIE_BLIND);
    assert_string_equal(movie_why(movie), "");
    movie_unref(movie);
}

static void ends_at_any_time(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 30; i++) {
        struct movie *movie = open_movie("steps.mp4");
        struct movie *other = movie_ref(movie);
        usleep(i * 300);
        movie_unref(movie);
        frame_now(other);
        movie_unref(other);
    }
}

static unsigned threads(void)
{
    unsigned count = 0;
    DIR *tasks = opendir("/proc/self/task");
    assert_non_null(tasks);
    for (const struct dirent *task; (task = readdir(tasks));)
        count += task->d_name[0] != '.';
    closedir(tasks);
    return count;
}

/* Whatever it does: it opens the file, it looks for a place in it, its pictures are not taken.
 */
static void no_thread_is_left_at_the_end(void **state)
{
    (void)state;
    movies_destroy(movies);
    const unsigned before = threads();
    for (unsigned i = 0; i < 30; i++) {
        movies = movies_create();
        struct movie *movie = open_movie("steps.mp4"), *other = open_movie("sound.webm");
        movie_unref(other);
        usleep(i * 300);
        movie_go_to(movie, 1500, clock_monotonic_ns(), true);
        movie_unref(movie);
        movies_destroy(movies);
        assert_int_equal(threads(), before);
    }
    movies = movies_create();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stands_where_its_clock_says),
        cmocka_unit_test(goes_on_with_its_clock),
        cmocka_unit_test(is_told_what_is_wrong),
        cmocka_unit_test(knows_that_there_are_no_pictures),
        cmocka_unit_test(ends_at_any_time),
        cmocka_unit_test(no_thread_is_left_at_the_end),
    };
    return cmocka_run_group_tests(tests, make, end);
}
