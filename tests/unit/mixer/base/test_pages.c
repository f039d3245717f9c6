/* test_pages.c - zeros at first; what is not written is not there. */
#include "mixer/base/pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_zeros_that_can_be_written),
#ifndef __SANITIZE_ADDRESS__
        cmocka_unit_test(costs_what_is_written),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
