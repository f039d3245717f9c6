/* test_file_hash.c - what is hashed piece by piece, by whoever has time, is the hash of the
 * whole. */
#include "server/file/file_hash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char zeros[] = /* a mebibyte */
    "30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58";

static char path[64];
static int stop_fd;
static struct file_hash *hash;

static int make(void **state)
{
    (void)state;
    snprintf(path, sizeof(path), "/tmp/test_file_hash.XXXXXX");
    int fd = mkstemp(path);
    close(fd);
    stop_fd = eventfd(0, 0);
    hash = file_hash_create(path);
    return fd < 0 || stop_fd < 0 || !hash ? -1 : 0;
}

static int end(void **state)
{
    (void)state;
    file_hash_unref(hash);
    close(stop_fd);
    unlink(path);
    return 0;
}

static void add(const char *bytes, size_t count)
{
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    fclose(file);
}

static void ends_with(uint64_t bytes, const char *sha256)
{
    uint64_t got = 0;
    struct file_digests digests;
    assert_int_equal(file_hash_end(hash, stop_fd, &got, &digests), 0);
    assert_int_equal(got, bytes);
    assert_string_equal(digests.sha256, sha256);
    if (strcmp(sha256, abc) == 0) /* FIPS 180-4, of the same three bytes */
        assert_string_equal(digests.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
}

static void hashes_what_nobody_asked_for(void **state)
{
    (void)state;
    add("abc", 3);
    ends_with(3, abc);
}

static void goes_on_with_what_comes(void **state)
{
    (void)state;
    add("a", 1);
    assert_true(file_hash_want(hash, 1));
    file_hash_run(hash, stop_fd);
    add("b", 1);
    assert_true(file_hash_want(hash, 2));
    assert_false(file_hash_want(hash, 2)); /* somebody is on his way */
    file_hash_run(hash, stop_fd);
    add("c", 1);
    assert_true(file_hash_want(hash, 3));
    file_hash_skip(hash);
    ends_with(3, abc);
}

static unsigned count_descriptors(void)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static void keeps_nothing_open_while_it_waits(void **state)
{
    (void)state;
    const unsigned before = count_descriptors();
    add("ab", 2);
    assert_true(file_hash_want(hash, 2));
    file_hash_run(hash, stop_fd);
    assert_int_equal(count_descriptors(), before);
    add("c", 1);
    ends_with(3, abc);
    assert_int_equal(count_descriptors(), before);
}

static void *run(void *context)
{
    struct file_hash *mine = context;
    while (file_hash_run(mine, stop_fd))
        ;
    file_hash_unref(mine);
    return NULL;
}

static void waits_for_who_runs(void **state)
{
    (void)state;
    enum { PIECE = 16 << 10, PIECES = 64 };
    static const char piece[PIECE];
    pthread_t threads[PIECES];
    unsigned count = 0;
    for (unsigned i = 0; i < PIECES; i++) {
        add(piece, PIECE);
        if (file_hash_want(hash, (uint64_t)(i + 1) * PIECE))
            assert_int_equal(pthread_create(&threads[count++], NULL, run, file_hash_ref(hash)),
                             0);
    }
    ends_with((uint64_t)PIECE * PIECES, zeros);
    while (count)
        pthread_join(threads[--count], NULL);
}

/* All of it was wanted at once; somebody else takes the end before. */
static void goes_a_slice_at_a_time(void **state)
{
    (void)state;
    enum { BYTES = 2 * FILE_HASH_SLICE_BYTES };
    uint64_t bytes;
    struct file_digests digests, whole;
    struct file_hash *other = file_hash_create(path);
    assert_int_equal(truncate(path, BYTES), 0);
    assert_true(file_hash_want(hash, BYTES));
    assert_true(file_hash_run(hash, stop_fd));
    assert_false(file_hash_want(hash, BYTES)); /* it is on its way still */
    assert_int_equal(file_hash_rest(hash, stop_fd), -EAGAIN);
    assert_false(file_hash_run(hash, stop_fd));
    assert_int_equal(file_hash_rest(hash, stop_fd), 0);
    assert_int_equal(file_hash_end(hash, stop_fd, &bytes, &digests), 0);
    assert_int_equal(bytes, BYTES);
    assert_int_equal(file_hash_end(other, stop_fd, &bytes, &whole), 0);
    assert_string_equal(digests.sha256, whole.sha256);
    assert_string_equal(digests.sha1, whole.sha1);
    file_hash_unref(other);
}

static void tells_what_went_wrong(void **state)
{
    (void)state;
    uint64_t bytes;
    struct file_digests digests;
    add("abc", 3);
    assert_true(file_hash_want(hash, 4)); /* more than there is */
    file_hash_run(hash, stop_fd);
    assert_int_equal(file_hash_end(hash, stop_fd, &bytes, &digests), -EIO);
    struct file_hash *other = file_hash_create("/nowhere/at/all");
    assert_true(file_hash_want(other, 1));
    file_hash_run(other, stop_fd);
    assert_true(file_hash_want(other, 2)); /* and nobody waits for it */
    file_hash_run(other, stop_fd);
    assert_int_equal(file_hash_end(other, stop_fd, &bytes, &digests), -ENOENT);
    file_hash_unref(other);
    other = file_hash_create(path);
    eventfd_write(stop_fd, 1);
    assert_int_equal(file_hash_end(other, stop_fd, &bytes, &digests), -ECANCELED);
    file_hash_unref(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hashes_what_nobody_asked_for, make, end),
        cmocka_unit_test_setup_teardown(goes_on_with_what_comes, make, end),
        cmocka_unit_test_setup_teardown(keeps_nothing_open_while_it_waits, make, end),
        cmocka_unit_test_setup_teardown(waits_for_who_runs, make, end),
        cmocka_unit_test_setup_teardown(goes_a_slice_at_a_time, make, end),
        cmocka_unit_test_setup_teardown(tells_what_went_wrong, make, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
