/* test_layout_cast.c - what must hold in rooms where people come, go, talk, present and are
 * pinned at random; and the cases with names. */
#include "mixer/video/layout_cast.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 80, NOBODY = LAYOUT_NOBODY };

static struct room {
    unsigned count, tile_count;
    struct layout_member member[MOST];
    struct layout_tile tile[LAYOUT_MAX_TILES];
    int before[LAYOUT_MAX_TILES], cast[LAYOUT_MAX_TILES];
    uint64_t clock;
} room;

static void cast_again(void)
{
    memcpy(room.before, room.cast, sizeof(room.before));
    layout_cast(room.tile, room.tile_count, room.member, room.count, room.before, room.cast);
}

static void join(bool has_picture)
{
    room.member[room.count++] =
        (struct layout_member){.joined = ++room.clock, .has_picture = has_picture};
}

static void talk(int who)
{
    for (unsigned i = 0; i < room.count; i++)
        room.member[i].talks = (int)i == who;
    if (who >= 0)
        room.member[who].talked = ++room.clock;
}

/* Leaves; the cast is told in terms of those who stay, as a caller has to. */
static void leave(int who)
{
    room.count--;
    memmove(&room.member[who], &room.member[who + 1],
            (room.count - (unsigned)who) * sizeof(room.member[0]));
    for (unsigned i = 0; i < LAYOUT_MAX_TILES; i++) {
        if (room.cast[i] == who)
            room.cast[i] = NOBODY;
        else if (room.cast[i] > who)
            room.cast[i]--;
    }
}

static void begin(unsigned members, unsigned tiles, enum layout_role first)
{
    memset(&room, 0, sizeof(room));
    for (unsigned i = 0; i < members; i++)
        join(true);
    room.tile_count = tiles;
    room.tile[0].role = first;
    for (unsigned i = 0; i < LAYOUT_MAX_TILES; i++)
        room.cast[i] = NOBODY;
    cast_again();
}

static void assert_cast(const int *expected)
{
    for (unsigned i = 0; i < room.tile_count; i++)
        assert_int_equal(room.cast[i], expected[i]);
}

static int tile_of(const int *cast, int who)
{
    for (unsigned i = 0; i < room.tile_count; i++) {
        if (cast[i] == who)
            return (int)i;
    }
    return NOBODY;
}

/* --- cases with names -----------------------------------------------------------------------
 */

static void the_first_come_stand_first(void **state)
{
    (void)state;
    begin(3, 4, LAYOUT_ANYONE);
    assert_cast((int[]){0, 1, 2, NOBODY});
    join(true);
    cast_again();
    assert_cast((int[]){0, 1, 2, 3});
    leave(1); /* the others do not move up */
    cast_again();
    assert_cast((int[]){0, NOBODY, 1, 2});
    join(true);
    cast_again();
    assert_cast((int[]){0, 3, 1, 2});
}

static void who_talks_and_is_seen_does_not_move(void **state)
{
    (void)state;
    begin(6, 4, LAYOUT_ANYONE);
    talk(2);
    cast_again();
    assert_cast((int[]){0, 1, 2, 3});
}

static void who_talks_takes_the_tile_of_the_longest_silent(void **state)
{
    (void)state;
    begin(6, 4, LAYOUT_ANYONE);
    for (int who = 3; who >= 0; who--) {
        talk(who);
        cast_again();
    }
    talk(5);
    cast_again();
    assert_cast((int[]){0, 1, 2, 5});
    talk(4);
    cast_again();
    assert_cast((int[]){0, 1, 4, 5});
}

static void who_talks_changes_places_with_who_did(void **state)
{
    (void)state;
    begin(4, 4, LAYOUT_TALKER);
    assert_cast((int[]){0, 1, 2, 3});
    talk(2);
    cast_again();
    assert_cast((int[]){2, 1, 0, 3});
    talk(NOBODY); /* in silence nothing moves */
    cast_again();
    assert_cast((int[]){2, 1, 0, 3});
    talk(1);
    cast_again();
    assert_cast((int[]){1, 2, 0, 3});
}

static void the_pinned_stand_in_their_order(void **state)
{
    (void)state;
    begin(6, 4, LAYOUT_TALKER);
    talk(5);
    room.member[3].pinned = 1;
    cast_again();
    assert_int_equal(room.cast[0], 3);
    assert_true(tile_of(room.cast, 5) > 0);
    room.member[4].pinned = 2;
    room.member[1].pinned = 1; /* came before 3 */
    cast_again();
    assert_cast((int[]){1, 3, 4, 5});
    room.member[1].pinned = 3;
    cast_again();
    assert_cast((int[]){3, 4, 1, 5});
}

static void a_presenter_has_the_tile_of_presenters(void **state)
{
    (void)state;
    begin(5, 3, LAYOUT_PRESENTER);
    talk(2);
    cast_again(); /* nobody presents: as for talkers */
    assert_cast((int[]){2, 1, 0});
    room.member[4].presents = true;
    room.member[3].pinned = 1;
    cast_again();
    assert_cast((int[]){4, 3, 2});
    room.member[0].presents = true; /* a second one waits */
    cast_again();
    assert_int_equal(room.cast[0], 4);
    room.member[4].presents = false;
    cast_again();
    assert_int_equal(room.cast[0], 0);
}

static void those_with_a_picture_go_first(void **state)
{
    (void)state;
    begin(0, 2, LAYOUT_ANYONE);
    join(false);
    join(false);
    join(true);
    cast_again();
    assert_cast((int[]){2, 0});
    join(true);
    cast_again();
    assert_cast((int[]){2, 3});
    talk(1); /* but who talks is seen */
    cast_again();
    assert_cast((int[]){2, 1});
}

static void no_tiles_and_nobody(void **state)
{
    (void)state;
    begin(0, 3, LAYOUT_TALKER);
    assert_cast((int[]){NOBODY, NOBODY, NOBODY});
    begin(3, 0, LAYOUT_ANYONE);
    begin(3, 2, LAYOUT_ANYONE);
    layout_cast(room.tile, 2, room.member, 3, NULL, room.cast);
    assert_cast((int[]){0, 1});
    const int nonsense[2] = {77, -9};
    layout_cast(room.tile, 2, room.member, 3, nonsense, room.cast);
    assert_cast((int[]){0, 1});
    const int twice[2] = {1, 1};
    layout_cast(room.tile, 2, room.member, 3, twice, room.cast);
    assert_cast((int[]){1, 0});
}

/* --- at random ------------------------------------------------------------------------------
 */

static bool is_privileged(int who)
{
    const struct layout_member *member = &room.member[who];
    return member->talks || member->pinned || member->presents;
}

static void change_something(uint32_t *seed)
{
    const int who = room.count ? (int)(signal_random(seed) % room.count) : NOBODY;
    switch (signal_random(seed) % 8) {
    case 0:
    case 1:
        if (room.count < MOST)
            join(signal_random(seed) % 4);
        break;
    case 2:
        if (who >= 0)
            leave(who);
        break;
    case 3:
    case 4:
        talk(who);
        break;
    case 5:
        talk(NOBODY);
        break;
    case 6:
        if (who >= 0)
            room.member[who].has_picture = !room.member[who].has_picture;
        break;
    default:
        if (who >= 0 && signal_random(seed) % 2)
            room.member[who].pinned = signal_random(seed) % 4;
        else if (who >= 0)
            room.member[who].presents = signal_random(seed) % 8 == 0;
    }
}

static void change_tiles(uint32_t *seed)
{
    room.tile_count = signal_random(seed) % 12;
    for (unsigned i = 0; i < LAYOUT_MAX_TILES; i++) {
        room.tile[i].role = signal_random(seed) % 4 ? LAYOUT_ANYONE : signal_random(seed) % 3;
        if (i >= room.tile_count)
            room.cast[i] = NOBODY;
    }
}

static void assert_each_once_and_no_tile_empty(void)
{
    unsigned seen = 0;
    for (unsigned i = 0; i < room.tile_count; i++) {
        assert_true(room.cast[i] >= NOBODY && room.cast[i] < (int)room.count);
        for (unsigned k = 0; k < i; k++)
            assert_true(room.cast[i] == NOBODY || room.cast[i] != room.cast[k]);
        seen += room.cast[i] != NOBODY;
    }
    assert_int_equal(seen, room.tile_count < room.count ? room.tile_count : room.count);
}

/* The pinned, sorted plainly, are seen in that order: first in the tiles of talkers (and those
 * of presenters that no presenter has), then in the others. */
static void assert_pinned_in_order(void)
{
    int sorted[MOST];
    unsigned count = 0;
    for (unsigned number = 1; number < 4; number++) {
        for (unsigned i = 0; i < room.count; i++) { /* joined rises with i */
            const int tile = tile_of(room.cast, (int)i);
            const bool presents = tile >= 0 && room.member[i].presents &&
                                  room.tile[tile].role == LAYOUT_PRESENTER;
            if (room.member[i].pinned == number && !presents)
                sorted[count++] = (int)i;
        }
    }
    unsigned next = 0;
    for (unsigned group = 0; group < 2; group++) {
        for (unsigned i = 0; i < room.tile_count && next < count; i++) {
            const bool lead = room.tile[i].role != LAYOUT_ANYONE;
            const bool taken = room.tile[i].role == LAYOUT_PRESENTER && room.cast[i] >= 0 &&
                               room.member[room.cast[i]].presents;
            if (lead == (group == 0) && !taken)
                assert_int_equal(room.cast[i], sorted[next++]);
        }
    }
}

static void assert_roles(void)
{
    unsigned presenters = 0, shown = 0, places = 0, pinned = 0, leads = 0;
    int talker = NOBODY;
    for (unsigned i = 0; i < room.count; i++) {
        presenters += room.member[i].presents;
        pinned += room.member[i].pinned > 0;
        talker = room.member[i].talks ? (int)i : talker;
    }
    for (unsigned i = 0; i < room.tile_count; i++) {
        leads += room.tile[i].role != LAYOUT_ANYONE;
        if (room.tile[i].role == LAYOUT_PRESENTER) {
            places++;
            shown += room.cast[i] >= 0 && room.member[room.cast[i]].presents;
        }
    }
    assert_true(shown >= (presenters < places ? presenters : places));
    if (talker == NOBODY || presenters || pinned || !room.tile_count)
        return;
    const int tile = tile_of(room.cast, talker);
    assert_true(tile >= 0);
    assert_true(!leads || room.tile[tile].role != LAYOUT_ANYONE);
}

/* Without a picture, and for no other reason, nobody is seen while one with a picture is not.
 */
static void assert_pictures_first(void)
{
    bool waits = false;
    for (unsigned i = 0; i < room.count; i++)
        waits |= room.member[i].has_picture && tile_of(room.cast, (int)i) == NOBODY;
    for (unsigned i = 0; i < room.tile_count && waits; i++)
        assert_true(room.member[room.cast[i]].has_picture || is_privileged(room.cast[i]));
}

/* In tiles for anyone a member moves only if the tile is given to the pinned, or the member to
 * a tile of another kind. */
static void assert_stays(void)
{
    for (unsigned i = 0; i < room.tile_count; i++) {
        const int who = room.before[i];
        const int now = who >= 0 ? tile_of(room.cast, who) : NOBODY;
        if (now == NOBODY || now == (int)i || room.tile[i].role != LAYOUT_ANYONE ||
            room.tile[now].role != LAYOUT_ANYONE)
            continue;
        assert_true(room.member[who].pinned || room.member[room.cast[i]].pinned);
    }
}

static void nothing_moves_if_nothing_changed(void)
{
    int once[LAYOUT_MAX_TILES];
    memcpy(once, room.cast, sizeof(once));
    cast_again();
    assert_memory_equal(once, room.cast, room.tile_count * sizeof(once[0]));
}

static void holds_at_random(void **state)
{
    (void)state;
    uint32_t seed = 11;
    for (unsigned round = 0; round < 300; round++) {
        begin(signal_random(&seed) % 12, 0, LAYOUT_ANYONE);
        change_tiles(&seed);
        for (unsigned step = 0; step < 100; step++) {
            change_something(&seed);
            if (signal_random(&seed) % 20 == 0)
                change_tiles(&seed);
            cast_again();
            assert_each_once_and_no_tile_empty();
            assert_pinned_in_order();
            assert_roles();
            assert_pictures_first();
            assert_stays();
            nothing_moves_if_nothing_changed();
        }
    }
}

/* Who is seen in equal tiles while nobody is pinned: those who are seen stay, so at most as
 * many change as have to. */
static void at_most_one_leaves_for_one_who_comes(void **state)
{
    (void)state;
    uint32_t seed = 13;
    begin(20, 6, LAYOUT_ANYONE);
    for (unsigned step = 0; step < 2000; step++) {
        talk((int)(signal_random(&seed) % room.count));
        cast_again();
        unsigned changed = 0;
        for (unsigned i = 0; i < room.tile_count; i++)
            changed += room.cast[i] != room.before[i];
        assert_true(changed <= 1);
        for (unsigned i = 0; i < room.tile_count; i++) { /* it was the longest silent */
            for (unsigned k = 0; k < room.tile_count; k++)
                assert_true(room.cast[i] == room.before[i] ||
                            room.member[room.before[i]].talked <=
                                room.member[room.before[k]].talked);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_come_stand_first),
        cmocka_unit_test(who_talks_and_is_seen_does_not_move),
        cmocka_unit_test(who_talks_takes_the_tile_of_the_longest_silent),
        cmocka_unit_test(who_talks_changes_places_with_who_did),
        cmocka_unit_test(the_pinned_stand_in_their_order),
        cmocka_unit_test(a_presenter_has_the_tile_of_presenters),
        cmocka_unit_test(those_with_a_picture_go_first),
        cmocka_unit_test(no_tiles_and_nobody),
        cmocka_unit_test(holds_at_random),
        cmocka_unit_test(at_most_one_leaves_for_one_who_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
