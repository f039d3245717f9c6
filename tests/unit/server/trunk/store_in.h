/* store_in.h - a store in a directory of its own, for the lists that stand on one. */
#ifndef TESTS_UNIT_SERVER_TRUNK_STORE_IN_H
#define TESTS_UNIT_SERVER_TRUNK_STORE_IN_H

#include "server/store/store.h"

#include <dirent.h>
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
    strcpy(store_directory + strlen(store_directory) - 6, "XXXXXX");
    return mkdtemp(store_directory) ? 0 : -1;
}

static inline int remove_directory(void **state)
{
    (void)state;
    DIR *all = opendir(store_directory);
    for (struct dirent *entry; (entry = readdir(all));)
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(all), entry->d_name, 0);
    closedir(all);
    return rmdir(store_directory);
}

static inline struct store *open_store(void)
{
    struct store *store;
    char *why;
    assert_int_equal(store_open(store_directory, &store, &why), 0);
    return store;
}

#endif
