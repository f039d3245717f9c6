/*
 * kept_fixture.h - room_fixture.h with a store and bytes on disk: files, parcels, recordings.
 *
 *   static int setup(void **state) { return kept_setup(state, configure, &plain_settings); }
 *   kept_close(fixture); kept_open(fixture);       the server ends, and begins anew
 *
 * `configure` sets what is kept, and is asked at each begin. Included once per test program.
 */
#ifndef TESTS_UNIT_SERVER_ROOM_KEPT_FIXTURE_H
#define TESTS_UNIT_SERVER_ROOM_KEPT_FIXTURE_H

#include "tests/unit/server/room/fake_video.h"
#include "tests/unit/server/room/room_fixture.h"
#include "tests/unit/temp_directory.h"

typedef void kept_configure(struct room_list_config *config);

static char directory[] = "/tmp/raduno-test-kept-XXXXXX";
static struct store *store;
static struct room *room; /* "blue" */
static kept_configure *kept_by;

static inline void kept_open(struct fixture *fixture)
{
    char *why;
    struct room_list_config config = fixture_config(fixture);
    assert_int_equal(store_open(directory, &store, &why), 0);
    config.store = store;
    kept_by(&config);
    fixture_open(fixture, &config);
}

static inline void kept_close(struct fixture *fixture)
{
    turn(fixture);
    room_list_destroy(fixture->list);
    store_close(store);
}

static inline int kept_setup(void **state, kept_configure *configure,
                             const struct room_settings *settings)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    memset(&fake, 0, sizeof(fake));
    memset(&fake_video, 0, sizeof(fake_video));
    assert_int_equal(temp_directory_make(directory), 0);
    kept_by = configure;
    fixture->loop = loop_create();
    kept_open(fixture);
    assert_int_equal(room_list_add(fixture->list, "blue", settings, &room), 0);
    fixture->story[0] = '\0';
    *state = fixture;
    return 0;
}

static inline int kept_teardown(void **state)
{
    struct fixture *fixture = *state;
    char command[80];
    kept_close(fixture);
    loop_destroy(fixture->loop);
    free(fixture);
    snprintf(command, sizeof(command), "rm -r %s", directory);
    return system(command);
}

#endif
