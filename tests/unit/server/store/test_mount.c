/* test_mount.c - where a directory lies, by tables as the kernel writes them. */
#include "server/store/mount.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define UNNAMED "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char container[] =
    "640 560 0:52 / / ro,relatime - overlay overlay ro,lowerdir=/l,upperdir=/u,workdir=/w\n"
    "641 640 0:56 / /proc rw,nosuid - proc proc rw\n"
    "642 640 0:57 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755\n"
    "650 640 8:1 /var/lib/docker/volumes/raduno/_data /data rw,relatime master:1 - ext4 "
    "/dev/sda1 rw\n"
    "651 640 8:1 /var/lib/docker/volumes/" UNNAMED
    "/_data /spare rw,relatime - ext4 /dev/sda1 rw\n"
    "652 640 8:1 /srv/a\\040b /srv/a\\040b\\134c rw shared:2 master:3 - xfs /dev/sdb1 rw\n"
    "653 640 0:60 / /memory rw - tmpfs tmpfs rw\n"
    "654 653 8:1 /srv /memory/disk rw - ext4 /dev/sda1 rw\n";

static int find(const char *text, const char *directory, struct mount *out)
{
    FILE *table = fmemopen((void *)text, strlen(text), "r");
    assert_non_null(table);
    int error = mount_find(table, directory, out);
    fclose(table);
    return error;
}

static void check(const char *directory, const char *point, bool is_volume, bool is_memory,
                  bool is_unnamed)
{
    struct mount mount;
    assert_int_equal(find(container, directory, &mount), 0);
    assert_string_equal(mount.point, point);
    assert_int_equal(mount.is_volume, is_volume);
    assert_int_equal(mount.is_memory, is_memory);
    assert_int_equal(mount.is_unnamed, is_unnamed);
}

static void test_the_longest_point_above(void **state)
{
    (void)state;
    check("/data", "/data", true, false, false);
    check("/data/raduno/deep", "/data", true, false, false);
    check("/database", "/", false, false, false);
    check("/srv", "/", false, false, false);
    check("/", "/", false, false, false);
    check("/memory/disk/x", "/memory/disk", true, false, false);
}

static void test_what_does_not_last(void **state)
{
    (void)state;
    check("/memory", "/memory", false, true, false);
    check("/dev/shm", "/dev", false, true, false);
    check("/spare", "/spare", true, false, true);
}

static void test_names_with_blanks_and_backslashes(void **state)
{
    (void)state;
    check("/srv/a b\\c/raduno", "/srv/a b\\c", true, false, false);
}

static void test_the_later_of_two_hides_the_other(void **state)
{
    (void)state;
    struct mount mount;
    static const char twice[] = "1 0 8:1 / / rw - ext4 /dev/a rw\n"
                                "2 1 8:2 / /data rw - ext4 /dev/b rw\n"
                                "3 2 0:9 / /data rw - tmpfs tmpfs rw\n";
    assert_int_equal(find(twice, "/data", &mount), 0);
    assert_true(mount.is_memory);
}

static void test_lines_that_are_none(void **state)
{
    (void)state;
    struct mount mount;
    assert_int_equal(find("\n1 2 3\n1 0 8:1 / / rw ext4 /dev/a\n", "/data", &mount), -ENOENT);
    assert_int_equal(find(container, "data", &mount), -EINVAL);
}

static void test_of_this_system(void **state)
{
    (void)state;
    struct mount mount;
    assert_int_equal(mount_of("/proc/self", &mount), 0);
    assert_string_equal(mount.point, "/proc");
    assert_int_equal(mount_of("/proc/none such", &mount), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_longest_point_above),
        cmocka_unit_test(test_what_does_not_last),
        cmocka_unit_test(test_names_with_blanks_and_backslashes),
        cmocka_unit_test(test_the_later_of_two_hides_the_other),
        cmocka_unit_test(test_lines_that_are_none),
        cmocka_unit_test(test_of_this_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
