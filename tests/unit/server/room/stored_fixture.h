/*
 * stored_fixture.h - room_fixture.h with a store, in a directory of its own: what is kept, and
 * is there again after a restart.
 *
 * Included once per test program.
 */
#ifndef TESTS_UNIT_SERVER_ROOM_STORED_FIXTURE_H
#define TESTS_UNIT_SERVER_ROOM_STORED_FIXTURE_H

#include "tests/unit/server/room/room_fixture.h"
#include "tests/unit/temp_directory.h"

#include <unistd.h>

static char directory[] = "/tmp/raduno-test-rooms-XXXXXX";

static inline int stored_setup(void **state)
{
    assert_int_equal(temp_directory_make(directory), 0);
    return fixture_setup(state);
}

static inline int stored_teardown(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = fixture->list->config.store;
    fixture_teardown(state);
    store_close(store);
    return temp_directory_end(directory);
}

/* A new process, as far as rooms can see. */
static inline void restart(struct fixture *fixture)
{
    struct store *store = fixture->list->config.store;
    turn(fixture);
    room_list_destroy(fixture->list);
    store_close(store);
    char *why = NULL;
    struct room_list_config config = fixture_config(fixture);
    assert_int_equal(store_open(directory, &config.store, &why), 0);
    fixture_open(fixture, &config);
}

#endif
