/* test_pages.c - zeros at first; what is not written is not there. */
#include "mixer/base/pages.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static void are_zeros_that_can_be_written(void **state)
{
    (void)state;
    for (size_t bytes = 1; bytes <= 20000; bytes += 1999) {
        uint8_t *pages = pages_create(bytes);
        assert_non_null(pages);
        for (size_t i = 0; i < bytes; i++)
            assert_int_equal(pages[i], 0);
        memset(pages, 0xff, bytes);
        pages_destroy(pages, bytes);
    }
    pages_destroy(NULL, 1);
}

#ifndef __SANITIZE_ADDRESS__
static void costs_what_is_written(void **state)
{
    (void)state;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), count = 8;
    unsigned char is_there[8];
    uint8_t *pages = pages_create(count * page);
    pages[0] = pages[5 * page] = 1;
    assert_int_equal(mincore(pages, count * page, is_there), 0);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(is_there[i] & 1, i == 0 || i == 5);
    pages_destroy(pages, count * page);
    assert_int_equal(mincore(pages, count * page, is_there), -1);
}

/* Whether the mapping that has @p at has a flag, as the kernel writes them. */
static bool has_flag(const void *at, const char *flag)
{
    char line[512];
    bool is_ours = false, has = false;
    FILE *file = fopen("/proc/self/smaps", "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        uintptr_t from, to;
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &from, &to) == 2)
            is_ours = (uintptr_t)at >= from && (uintptr_t)at < to;
        else if (is_ours && strncmp(line, "VmFlags:", 8) == 0)
            has = strstr(line, flag);
    }
    fclose(file);
    return has;
}

static void are_never_huge(void **state)
{
    (void)state;
    if (access("/sys/kernel/mm/transparent_hugepage", F_OK) < 0)
        skip();
    uint8_t *pages = pages_create(20000);
    assert_true(has_flag(pages, " nh"));
    pages_destroy(pages, 20000);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_zeros_that_can_be_written),
#ifndef __SANITIZE_ADDRESS__
        cmocka_unit_test(costs_what_is_written),
        cmocka_unit_test(are_never_huge),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
