/* test_api_avatars.c - uploaded pictures as files; what decodes them is this file. */
#include "api/api_avatars.h"

#include "mixer/video/image.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/raduno-test-avatars-XXXXXX";
static struct api_avatars *avatars;
static int image_error;
static unsigned image_width = 16, reads;

int image_read(const uint8_t *bytes, size_t length, struct picture **picture)
{
    assert_non_null(bytes);
    assert_true(length > 0);
    reads++;
    return image_error ? image_error : picture_create(image_width, 16, picture);
}

static int begin(void **state)
{
    (void)state;
    char *why = NULL;
    strcpy(directory + strlen(directory) - 6, "XXXXXX");
    image_error = 0;
    image_width = 16;
    reads = 0;
    return mkdtemp(directory) && api_avatars_create(directory, &avatars, &why) == 0 ? 0 : -1;
}

static unsigned count_files(bool remove)
{
    char path[64];
    unsigned count = 0;
    snprintf(path, sizeof(path), "%s/avatars", directory);
    DIR *open_directory = opendir(path);
    assert_non_null(open_directory);
    for (const struct dirent *entry; (entry = readdir(open_directory));) {
        count += entry->d_name[0] != '.';
        if (remove && entry->d_name[0] != '.')
            unlinkat(dirfd(open_directory), entry->d_name, 0);
    }
    closedir(open_directory);
    return count;
}

static int end(void **state)
{
    (void)state;
    char path[64];
    api_avatars_destroy(avatars);
    count_files(true);
    snprintf(path, sizeof(path), "%s/avatars", directory);
    return rmdir(path) + rmdir(directory);
}

static void is_kept_as_it_came(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *type, *ending;
        size_t length;
    } all[] = {
        {"\xff\xd8\xff\xe0 and more", "image/jpeg", ".jpg", 13},
        {"\x89PNG\r\n\x1a\n and\0more", "image/png", ".png", 17},
        {"RIFF1234WEBPVP8 ", "image/webp", ".webp", 16},
    };
    char *path[3] = {NULL};
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(api_avatars_keep(avatars, all[i].bytes, all[i].length, &path[i]), 0);
        assert_non_null(strstr(path[i], all[i].ending));
        struct stat status;
        assert_int_equal(stat(path[i], &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
        char *bytes = NULL;
        size_t length = 0;
        const char *type = NULL;
        assert_int_equal(api_avatars_read(path[i], &bytes, &length, &type), 0);
        assert_int_equal(length, all[i].length);
        assert_memory_equal(bytes, all[i].bytes, length);
        assert_string_equal(type, all[i].type);
        free(bytes);
    }
    assert_int_equal(count_files(false), 3);
    assert_string_not_equal(path[0], path[1]);
    for (unsigned i = 0; i < 3; i++)
        free(path[i]);
}

static void what_is_no_picture_leaves_nothing(void **state)
{
    (void)state;
    static const char png[] = "\x89PNG\r\n\x1a\n and more";
    char *path = NULL;
    assert_int_equal(api_avatars_keep(avatars, "<svg/>", 6, &path), -EBADMSG);
    assert_int_equal(api_avatars_keep(avatars, NULL, 0, &path), -EBADMSG);
    assert_int_equal(api_avatars_keep(avatars, png, 7, &path), -EBADMSG); /* cut short */
    assert_int_equal(api_avatars_keep(avatars, "RIFF1234WAVEfmt ", 16, &path), -EBADMSG);
    assert_int_equal(reads, 0); /* the decoder does not see it */
    image_error = -EBADMSG;
    assert_int_equal(api_avatars_keep(avatars, png, sizeof(png), &path), -EBADMSG);
    image_error = -EFBIG;
    assert_int_equal(api_avatars_keep(avatars, png, sizeof(png), &path), -EFBIG);
    image_error = 0;
    image_width = API_AVATAR_MOST_SIDE + 2;
    assert_int_equal(api_avatars_keep(avatars, png, sizeof(png), &path), -EFBIG);
    image_width = API_AVATAR_MOST_SIDE;
    reads = 0;
    char *huge = calloc(1, API_AVATAR_MOST_BYTES + 1);
    memcpy(huge, png, sizeof(png));
    assert_int_equal(api_avatars_keep(avatars, huge, API_AVATAR_MOST_BYTES + 1, &path), -EFBIG);
    assert_int_equal(reads, 0);
    assert_null(path);
    assert_int_equal(count_files(false), 0);
    assert_int_equal(api_avatars_keep(avatars, huge, API_AVATAR_MOST_BYTES, &path), 0);
    char *bytes = NULL;
    size_t length = 0;
    const char *type;
    assert_int_equal(api_avatars_read(path, &bytes, &length, &type), 0);
    assert_int_equal(length, API_AVATAR_MOST_BYTES);
    free(bytes);
    free(huge);
    free(path);
}

static void what_is_gone_is_an_error(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t length = 0;
    const char *type = NULL;
    assert_int_equal(api_avatars_read("/nowhere/a.png", &bytes, &length, &type), -ENOENT);
    assert_int_equal(api_avatars_read("/dev/null", &bytes, &length, &type), -EBADMSG);
    assert_null(bytes);
}

static void what_was_left_is_removed_at_the_start(void **state)
{
    (void)state;
    char *path = NULL, *why = NULL;
    char other[96];
    assert_int_equal(api_avatars_keep(avatars, "\xff\xd8\xff\xe0", 4, &path), 0);
    snprintf(other, sizeof(other), "%s/avatars/notes.txt", directory);
    close(open(other, O_CREAT | O_WRONLY, 0600));
    api_avatars_destroy(avatars);
    avatars = NULL;
    assert_int_equal(api_avatars_create(directory, &avatars, &why), 0);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(access(other, F_OK), 0); /* not ours */
    free(path);
}

static void without_a_directory_it_cannot_begin(void **state)
{
    (void)state;
    struct api_avatars *made = NULL;
    char *why = NULL;
    assert_int_equal(api_avatars_create("/dev/null", &made, &why), -ENOTDIR);
    assert_null(made);
    assert_non_null(strstr(why, "/dev/null/avatars"));
    free(why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_kept_as_it_came, begin, end),
        cmocka_unit_test_setup_teardown(what_is_no_picture_leaves_nothing, begin, end),
        cmocka_unit_test_setup_teardown(what_is_gone_is_an_error, begin, end),
        cmocka_unit_test_setup_teardown(what_was_left_is_removed_at_the_start, begin, end),
        cmocka_unit_test(without_a_directory_it_cannot_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
