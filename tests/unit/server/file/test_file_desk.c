/* test_file_desk.c - files are written, looked at, scanned and removed; all comes home. */
#include "server/file/file_desk.h"

#include "server/file/file_part.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/raduno-test-file-XXXXXX";
static char path[64], script[64];
static struct loop *loop;
static struct file_desk *desk;
static const char *any = "*/*", *command[] = {script};
static struct file_rules rules = {.types = &any, .type_count = 1, .scanner = command};
static unsigned home;

static int setup(void **state)
{
    (void)state;
    char *why;
    strcpy(directory + strlen(directory) - 6, "XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    snprintf(path, sizeof(path), "%s/a", directory);
    snprintf(script, sizeof(script), "%s/scan", directory);
    rules.scanner_count = 0;
    rules.scanner_timeout_s = 60;
    home = 0;
    loop = loop_create();
    return file_desk_create(loop, &rules, &desk, &why);
}

static int teardown(void **state)
{
    (void)state;
    file_desk_destroy(desk);
    loop_destroy(loop);
    unlink(path);
    unlink(script);
    return rmdir(directory);
}

static void write_file(const char *at, const char *text, mode_t mode)
{
    int fd = open(at, O_WRONLY | O_CREAT | O_TRUNC, mode);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void on_done(struct file_job *job)
{
    (void)job;
    home++;
}

static struct file_facts look(void)
{
    static struct file_job job;
    job = (struct file_job){.on_done = on_done};
    home = 0;
    assert_int_equal(file_desk_check(desk, &job, path), 0);
    while (!home)
        loop_run_once(loop, -1);
    file_hash_unref(job.hash);
    return job.facts;
}

static void a_file_is_what_its_bytes_say(void **state)
{
    (void)state;
    write_file(path, "GIF89a\x01\x01\x01\x01zzzz", 0600);
    const struct file_facts facts = look();
    assert_int_equal(facts.err, 0);
    assert_int_equal(facts.bytes, 14);
    assert_string_equal(facts.type, "image/gif");
    write_file(path, "abc", 0600);
    assert_string_equal(look().digests.sha256,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_string_equal(look().type, "text/plain");
    const char *images = "image/*";
    rules.types = &images;
    assert_int_equal(look().err, -EMEDIUMTYPE);
    rules.types = &any;
    unlink(path);
    assert_int_equal(look().err, -ENOENT);
}

static void a_scanner_is_asked(void **state)
{
    (void)state;
    write_file(path, "abc", 0600);
    rules.scanner_count = 1;
    assert_int_equal(look().err, -EBUSY); /* there is none */
    write_file(script, "#!/bin/sh\nread x <\"$1\"; [ \"$x\" = abc ]\n", 0700);
    assert_int_equal(look().err, 0);
    write_file(path, "abd", 0600);
    assert_int_equal(look().err, -EACCES);
    write_file(script, "#!/bin/sh\nkill $$\n", 0700);
    assert_int_equal(look().err, -EBUSY);
    rules.scanner_timeout_s = 1;
    write_file(script, "#!/bin/sh\nexec sleep 100\n", 0700);
    assert_int_equal(look().err, -EBUSY);
}

/* As many large ones as there are threads, coming and whole. */
static void a_small_one_does_not_wait_for_large_ones(void **state)
{
    (void)state;
    enum { LARGE = 2 };
    char large[64];
    struct file_hash *hash[LARGE];
    struct file_job jobs[LARGE] = {0};
    snprintf(large, sizeof(large), "%s/large", directory);
    write_file(path, "abc", 0600);
    write_file(large, "", 0600);
    assert_int_equal(truncate(large, (off_t)16 << 30), 0);
    for (unsigned i = 0; i < LARGE; i++) {
        hash[i] = file_hash_create(large);
        assert_true(file_hash_want(hash[i], (uint64_t)16 << 30));
        file_desk_hash(desk, hash[i]);
        jobs[i].on_done = on_done;
        assert_int_equal(file_desk_check(desk, &jobs[i], large), 0);
    }
    assert_int_equal(look().err, 0);
    for (unsigned i = 0; i < LARGE; i++)
        assert_false(file_hash_want(hash[i], (uint64_t)16 << 30)); /* it is not done */
    file_desk_destroy(desk);
    desk = NULL;
    for (unsigned i = 0; i < LARGE; i++) {
        assert_int_equal(jobs[i].facts.err, -ECANCELED);
        file_hash_unref(jobs[i].hash);
        file_hash_unref(hash[i]);
    }
    unlink(large);
}

/* Nor while they are scanned; and they have their turn. */
static void a_small_one_does_not_wait_for_large_scans(void **state)
{
    (void)state;
    enum { LARGE = 3 };
    char large[64];
    struct file_job jobs[LARGE] = {0};
    snprintf(large, sizeof(large), "%s/large", directory);
    write_file(path, "abc", 0600);
    write_file(large, "", 0600);
    assert_int_equal(truncate(large, 20 << 20), 0);
    write_file(script,
               "#!/bin/sh\n"
               "case $1 in */large) while [ -e ${1%large}a ]; do sleep 0.01; done ;; esac\n",
               0700);
    rules.scanner_count = 1;
    for (unsigned i = 0; i < LARGE; i++) {
        jobs[i].on_done = on_done;
        assert_int_equal(file_desk_check(desk, &jobs[i], large), 0);
    }
    assert_int_equal(look().err, 0);
    assert_int_equal(home, 1); /* it alone */
    unlink(path);
    while (home < 1 + LARGE)
        loop_run_once(loop, -1);
    for (unsigned i = 0; i < LARGE; i++) {
        assert_int_equal(jobs[i].facts.err, 0);
        file_hash_unref(jobs[i].hash);
    }
    unlink(large);
}

/* libmagic would like seven mebibytes of each begin and end, in memory that each thread keeps.
 */
static void a_type_costs_little_memory(void **state)
{
    (void)state;
    enum { BYTES = 8 << 20, MOST = 12 << 20 };
    write_file(path, "\x01\x02\x03", 0600);
    assert_int_equal(truncate(path, BYTES), 0);
    void *larger = malloc(2 * BYTES); /* once that is freed, less than that is kept */
    assert_non_null(larger);
    free(larger);
    for (unsigned i = 0; i < 4; i++)
        assert_string_equal(look().type, "application/octet-stream");
    assert_true(mallinfo2().arena < MOST);
}

/* More than there are threads. */
static void what_waits_is_counted(void **state)
{
    (void)state;
    enum { JOBS = 5 };
    struct file_job jobs[JOBS] = {0};
    write_file(path, "abc", 0600);
    write_file(script, "#!/bin/sh\nwhile [ -e \"$1\" ]; do sleep 0.01; done\n", 0700);
    rules.scanner_count = 1;
    assert_int_equal(file_desk_waiting(desk), 0);
    for (unsigned i = 0; i < JOBS; i++) {
        jobs[i].on_done = on_done;
        assert_int_equal(file_desk_check(desk, &jobs[i], path), 0);
        assert_int_equal(file_desk_waiting(desk), i + 1);
    }
    unlink(path);
    while (home < JOBS)
        loop_run_once(loop, -1);
    for (unsigned i = 0; i < JOBS; i++)
        file_hash_unref(jobs[i].hash);
    while (file_desk_waiting(desk)) /* a thread goes home after its result */
        usleep(1000);
}

static void a_page_is_drawn(void **state)
{
    (void)state;
    static const char pdf[] = /* without a table of places: Poppler makes its own */
        "%PDF-1.4\n1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj\n"
        "2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 64 36]>> endobj\n"
        "3 0 obj <</Type /Page /Parent 2 0 R>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n";
    struct file_job job = {.on_done = on_done, .page = {.page = 1}};
    unsigned char begin[3] = {0};
    const unsigned pages[] = {1, 2, 1};
    const int errors[] = {0, -ERANGE, -EBADMSG};
    for (unsigned i = 0; i < 3; i++) {
        write_file(path, i < 2 ? pdf : "%PDF-1.4 and no more", 0600);
        job.page.page = pages[i];
        home = 0;
        assert_int_equal(file_desk_render(desk, &job, path, script), 0);
        while (!home)
            loop_run_once(loop, -1);
        assert_int_equal(job.err, errors[i]);
        if (i > 0)
            continue;
        assert_int_equal(job.page.pages, 1);
        int fd = open(script, O_RDONLY);
        assert_int_equal(read(fd, begin, 3), 3);
        close(fd);
        assert_memory_equal(begin, "\xff\xd8\xff", 3); /* a JPEG */
    }
}

/* Also one that a scanner is busy with. */
static void at_the_end_all_comes_home(void **state)
{
    (void)state;
    struct file_job jobs[4];
    write_file(path, "abc", 0600);
    write_file(script, "#!/bin/sh\nexec sleep 100\n", 0700);
    rules.scanner_count = 1;
    home = 0;
    for (unsigned i = 0; i < 4; i++) {
        jobs[i] = (struct file_job){.on_done = on_done};
        assert_int_equal(file_desk_check(desk, &jobs[i], path), 0);
    }
    file_desk_remove(desk, path);
    file_desk_destroy(desk);
    desk = NULL;
    assert_int_equal(home, 4);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(jobs[i].facts.err, -ECANCELED);
    for (unsigned i = 0; i < 4; i++)
        file_hash_unref(jobs[i].hash);
    assert_int_equal(access(path, F_OK), -1);
}

static void on_dropped(void *context, struct file_part *part)
{
    *(uint64_t *)context = file_part_offset(part);
    file_part_destroy(part);
    home++;
}

static struct file_part *make_part(uint64_t offset, uint64_t most, uint64_t *seen)
{
    struct file_part *part;
    const struct file_part_plan plan = {.desk = desk,
                                        .path = path,
                                        .offset = offset,
                                        .most = most,
                                        .is_announced = true,
                                        .on_dropped = on_dropped,
                                        .context = seen};
    assert_int_equal(file_part_create(&plan, &part), 0);
    return part;
}

static void a_part_goes_on_where_the_last_was_dropped(void **state)
{
    (void)state;
    uint64_t seen = 0;
    struct stat status;
    struct file_part *part = make_part(0, 6, &seen);
    assert_int_equal(file_part_begin(part), 0);
    assert_int_equal(file_part_write(part, "abcd", 4), 0);
    file_part_drop(part);
    while (!home)
        loop_run_once(loop, -1);
    assert_int_equal(seen, 4);
    part = make_part(3, 6, &seen);
    assert_int_equal(file_part_begin(part), -EBADMSG);
    assert_int_equal(file_part_write(part, "x", 1), -EBADMSG);
    file_part_destroy(part);
    part = make_part(4, 6, &seen);
    assert_int_equal(file_part_begin(part), 0);
    assert_int_equal(file_part_write(part, "ef", 2), 0);
    assert_int_equal(file_part_write(part, "g", 1), -EFBIG);
    assert_int_equal(file_part_offset(part), 6);
    file_part_end(part);
    file_part_destroy(part);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, 6);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_string_equal(look().digests.sha256, /* of "abcdef" */
                        "bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_is_what_its_bytes_say, setup, teardown),
        cmocka_unit_test_setup_teardown(a_scanner_is_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(a_small_one_does_not_wait_for_large_ones, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_small_one_does_not_wait_for_large_scans, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_type_costs_little_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(what_waits_is_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(a_page_is_drawn, setup, teardown),
        cmocka_unit_test_setup_teardown(at_the_end_all_comes_home, setup, teardown),
        cmocka_unit_test_setup_teardown(a_part_goes_on_where_the_last_was_dropped, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
