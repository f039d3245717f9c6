/* test_room_policy.c - the door's answer, case by case. */
#include "server/room/room_policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct {
    const char *what;
    struct room_policy_case at_the_door;
    enum room_refusal answer;
} table[] = {
#define CASE(what, answer, ...)                                                                \
    {                                                                                          \
        what, {__VA_ARGS__}, answer                                                            \
    }
    CASE("into an empty room", ROOM_ADMITTED, .max_participants = 1),
    CASE("the last place", ROOM_ADMITTED, .participants = 9, .max_participants = 10),
    CASE("one too many", ROOM_REFUSED_FULL, .participants = 10, .max_participants = 10),
    CASE("limit lowered below", ROOM_REFUSED_FULL, .participants = 10, .max_participants = 5),
    CASE("locked", ROOM_REFUSED_LOCKED, .locked = true, .max_participants = 10),
    CASE("locked before full", ROOM_REFUSED_LOCKED, .locked = true, .participants = 1,
         .max_participants = 1),
    CASE("draining before all", ROOM_REFUSED_DRAINING, .draining = true, .locked = true,
         .deleted = true, .participants = 1, .max_participants = 1),
    CASE("deleted", ROOM_REFUSED_LOCKED, .deleted = true, .max_participants = 10),

    CASE("moved", ROOM_REFUSED_MOVED, .has_moved = true, .max_participants = 10),
    CASE("moved, for who comes from another room", ROOM_REFUSED_MOVED, .door = ROOM_DOOR_MOVED,
         .has_moved = true, .max_participants = 10),
    CASE("moved, but who is called comes in", ROOM_ADMITTED, .door = ROOM_DOOR_DIALLED_OUT,
         .has_moved = true, .max_participants = 10),
    CASE("moved, while the PIN was entered", ROOM_ADMITTED, .door = ROOM_DOOR_PIN,
         .has_moved = true, .participants = 1, .max_participants = 10),

    CASE("a dial-out opens a lock", ROOM_ADMITTED, .door = ROOM_DOOR_DIALLED_OUT,
         .locked = true, .max_participants = 10),
    CASE("a dial-out into a full room", ROOM_REFUSED_FULL, .door = ROOM_DOOR_DIALLED_OUT,
         .participants = 10, .max_participants = 10),
    CASE("a dial-out into a deleted room", ROOM_REFUSED_LOCKED, .door = ROOM_DOOR_DIALLED_OUT,
         .deleted = true, .max_participants = 10),
    CASE("a dial-out while draining", ROOM_REFUSED_DRAINING, .door = ROOM_DOOR_DIALLED_OUT,
         .draining = true, .max_participants = 10),

    CASE("the last place, held at the door", ROOM_ADMITTED, .door = ROOM_DOOR_PIN,
         .participants = 10, .max_participants = 10),
    CASE("the limit was lowered meanwhile", ROOM_REFUSED_FULL, .door = ROOM_DOOR_PIN,
         .participants = 10, .max_participants = 9),
    CASE("locked meanwhile", ROOM_REFUSED_LOCKED, .door = ROOM_DOOR_PIN, .locked = true,
         .participants = 1, .max_participants = 9),
    CASE("draining meanwhile", ROOM_REFUSED_DRAINING, .door = ROOM_DOOR_PIN, .draining = true,
         .participants = 1, .max_participants = 9),

    CASE("banned", ROOM_REFUSED_BANNED, .banned = true, .locked = true, .max_participants = 9),
    CASE("before it opens", ROOM_REFUSED_EARLY, .now_ns = 99, .opens_ns = 100,
         .max_participants = 9),
    CASE("as it opens", ROOM_ADMITTED, .now_ns = 100, .opens_ns = 100, .ends_ns = 101,
         .max_participants = 9),
    CASE("as it ends", ROOM_REFUSED_OVER, .now_ns = 101, .opens_ns = 100, .ends_ns = 101,
         .max_participants = 9),
    CASE("called before it opens", ROOM_ADMITTED, .door = ROOM_DOOR_DIALLED_OUT, .now_ns = 99,
         .opens_ns = 100, .max_participants = 9),
    CASE("called after its end", ROOM_REFUSED_OVER, .door = ROOM_DOOR_DIALLED_OUT,
         .now_ns = 101, .ends_ns = 101, .max_participants = 9),
    CASE("moved before it opens", ROOM_REFUSED_EARLY, .door = ROOM_DOOR_MOVED, .now_ns = 99,
         .opens_ns = 100, .max_participants = 9),

    CASE("a lobby with one more place", ROOM_ADMITTED, .max_participants = 9, .waits = true,
         .waiting = 1, .max_waiting = 2),
    CASE("a full lobby", ROOM_REFUSED_LOBBY_FULL, .max_participants = 9, .waits = true,
         .waiting = 2, .max_waiting = 2),
    CASE("a full lobby, but it need not wait", ROOM_ADMITTED, .max_participants = 9,
         .waiting = 2, .max_waiting = 2),
    CASE("a lobby without a limit", ROOM_ADMITTED, .max_participants = 9, .waits = true,
         .waiting = 8),
    CASE("let in though the room is locked", ROOM_ADMITTED, .door = ROOM_DOOR_LOBBY,
         .locked = true, .participants = 9, .max_participants = 9),
    CASE("let in, but the limit was lowered", ROOM_REFUSED_FULL, .door = ROOM_DOOR_LOBBY,
         .participants = 9, .max_participants = 8),

    CASE("moved", ROOM_ADMITTED, .door = ROOM_DOOR_MOVED, .max_participants = 1),
    CASE("moved into a locked room", ROOM_REFUSED_LOCKED, .door = ROOM_DOOR_MOVED,
         .locked = true, .max_participants = 10),
    CASE("moved into a full room", ROOM_REFUSED_FULL, .door = ROOM_DOOR_MOVED,
         .participants = 1, .max_participants = 1),
    CASE("moved, plain, into a room that requires keys", ROOM_REFUSED_PLAIN,
         .door = ROOM_DOOR_MOVED, .max_participants = 1, .has_plain = true,
         .srtp = MEDIA_SRTP_REQUIRED),
    CASE("moved with a plain picture beside", ROOM_REFUSED_PLAIN, .door = ROOM_DOOR_MOVED,
         .max_participants = 1, .has_plain = true, .has_secure = true,
         .srtp = MEDIA_SRTP_REQUIRED),
    CASE("moved, encrypted, into a room that requires it", ROOM_ADMITTED,
         .door = ROOM_DOOR_MOVED, .max_participants = 1, .has_secure = true,
         .srtp = MEDIA_SRTP_REQUIRED),
    CASE("moved, encrypted, into a room without", ROOM_REFUSED_SECURE, .door = ROOM_DOOR_MOVED,
         .max_participants = 1, .has_secure = true, .srtp = MEDIA_SRTP_OFF),
    CASE("moved, plain, into a room without", ROOM_ADMITTED, .door = ROOM_DOOR_MOVED,
         .max_participants = 1, .has_plain = true, .srtp = MEDIA_SRTP_OFF),
    CASE("moved, both, into a room that leaves it open", ROOM_ADMITTED, .door = ROOM_DOOR_MOVED,
         .max_participants = 1, .has_plain = true, .has_secure = true,
         .srtp = MEDIA_SRTP_OPTIONAL),
    CASE("moved, both, into a room that says nothing", ROOM_ADMITTED, .door = ROOM_DOOR_MOVED,
         .max_participants = 1, .has_plain = true, .has_secure = true),
    CASE("full before its keys", ROOM_REFUSED_FULL, .door = ROOM_DOOR_MOVED, .participants = 1,
         .max_participants = 1, .has_plain = true, .srtp = MEDIA_SRTP_REQUIRED),
    CASE("moved while draining", ROOM_REFUSED_DRAINING, .door = ROOM_DOOR_MOVED,
         .draining = true, .max_participants = 1),
};

static void answers_as_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        enum room_refusal answer = room_policy_admit(&table[i].at_the_door);
        if (answer != table[i].answer)
            fail_msg("%s: %d instead of %d", table[i].what, answer, table[i].answer);
    }
}

static void rights_are_for_all_or_moderators_or_nobody(void **state)
{
    (void)state;
    assert_true(room_policy_allows(ROOM_RIGHT_ALL, PARTICIPANT_GUEST));
    assert_true(room_policy_allows(ROOM_RIGHT_ALL, PARTICIPANT_MODERATOR));
    assert_false(room_policy_allows(ROOM_RIGHT_MODERATORS, PARTICIPANT_GUEST));
    assert_true(room_policy_allows(ROOM_RIGHT_MODERATORS, PARTICIPANT_MODERATOR));
    assert_false(room_policy_allows(ROOM_RIGHT_NOBODY, PARTICIPANT_GUEST));
    assert_false(room_policy_allows(ROOM_RIGHT_NOBODY, PARTICIPANT_MODERATOR));
}

static void who_waits_depends_on_role_and_on_who_it_is(void **state)
{
    (void)state;
    assert_false(room_policy_waits(ROOM_LOBBY_OFF, PARTICIPANT_GUEST, false));
    assert_true(room_policy_waits(ROOM_LOBBY_GUESTS, PARTICIPANT_GUEST, false));
    assert_false(room_policy_waits(ROOM_LOBBY_GUESTS, PARTICIPANT_GUEST, true));
    assert_true(room_policy_waits(ROOM_LOBBY_ALL, PARTICIPANT_GUEST, true));
    assert_false(room_policy_waits(ROOM_LOBBY_ALL, PARTICIPANT_MODERATOR, false));
}

static void who_is_muted_may_unmute_himself_or_not(void **state)
{
    (void)state;
    struct room_settings settings = {.allow_unmute = true};
    struct participant_info info = {.muted = true};
    assert_true(room_policy_may_unmute(&settings, &info));
    settings.allow_unmute = false;
    assert_false(room_policy_may_unmute(&settings, &info));
    info.role = PARTICIPANT_MODERATOR;
    assert_true(room_policy_may_unmute(&settings, &info));
    info.hard_muted = true;
    assert_false(room_policy_may_unmute(&settings, &info));
}

static bool may_watch(enum room_watch watch, enum participant_role role)
{
    const struct room_settings settings = {.may_watch = watch};
    const struct participant_info info = {.role = role};
    return room_policy_may_watch(&settings, &info);
}

static void who_is_in_may_watch_as_the_room_says(void **state)
{
    (void)state;
    assert_true(may_watch(ROOM_WATCH_PARTICIPANTS, PARTICIPANT_GUEST));
    assert_true(may_watch(ROOM_WATCH_ACCOUNTS, PARTICIPANT_GUEST));
    assert_false(may_watch(ROOM_WATCH_MODERATORS, PARTICIPANT_GUEST));
    assert_true(may_watch(ROOM_WATCH_MODERATORS, PARTICIPANT_MODERATOR));
    assert_false(may_watch(ROOM_WATCH_NOBODY, PARTICIPANT_MODERATOR));
}

static void an_account_that_is_not_in_watches_open_rooms_only(void **state)
{
    (void)state;
    const struct room_settings closed[] = {
        {.may_watch = ROOM_WATCH_PARTICIPANTS},
        {.may_watch = ROOM_WATCH_MODERATORS},
        {.may_watch = ROOM_WATCH_NOBODY},
        {.may_watch = ROOM_WATCH_ACCOUNTS, .locked = true},
        {.may_watch = ROOM_WATCH_ACCOUNTS, .pin = "a hash"},
        {.may_watch = ROOM_WATCH_ACCOUNTS, .moderator_pin = "a hash"},
        {.may_watch = ROOM_WATCH_ACCOUNTS, .lobby = ROOM_LOBBY_ALL},
    };
    for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
        assert_false(room_policy_may_watch(&closed[i], NULL));
    struct room_settings open = {.may_watch = ROOM_WATCH_ACCOUNTS};
    assert_true(room_policy_may_watch(&open, NULL));
    open.lobby = ROOM_LOBBY_GUESTS; /* it is no guest */
    assert_true(room_policy_may_watch(&open, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_as_the_table_says),
        cmocka_unit_test(rights_are_for_all_or_moderators_or_nobody),
        cmocka_unit_test(who_waits_depends_on_role_and_on_who_it_is),
        cmocka_unit_test(who_is_muted_may_unmute_himself_or_not),
        cmocka_unit_test(who_is_in_may_watch_as_the_room_says),
        cmocka_unit_test(an_account_that_is_not_in_watches_open_rooms_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
