/* store_in.h - a store in a directory of its own, for the lists that stand on one. */
#ifndef TESTS_UNIT_SERVER_TRUNK_STORE_IN_H
#define TESTS_UNIT_SERVER_TRUNK_STORE_IN_H

#include "server/store/store.h"
#include "tests/unit/temp_directory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char store_directory[] = "/tmp/raduno-test-trunk-XXXXXX";

static inline int make_directory(void **state)
{
    (void)state;
    return temp_directory_make(store_directory);
}

static inline int remove_directory(void **state)
{
    (void)state;
    return temp_directory_end(store_directory);
}

static inline struct store *open_store(void)
{
    struct store *store;
    char *why;
    assert_int_equal(store_open(store_directory, &store, &why), 0);
    return store;
}

#endif
