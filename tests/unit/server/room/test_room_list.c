/* test_room_list.c - rooms come, are found, are kept, and go; many of them cost little. */
#include "server/room/room_list.h"

#include "tests/unit/server/room/stored_fixture.h"

#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

static void a_call_makes_a_room_that_goes_when_empty(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = NULL, *again = NULL;
    assert_int_equal(room_list_find_or_create(fixture->list, "tea", &room), 0);
    assert_int_equal(room_list_find_or_create(fixture->list, "tea", &again), 0);
    assert_ptr_equal(room, again);
    assert_false(room_is_persistent(room));
    struct fake_call one, other;
    struct leg *leg = participant_leg(connect_call(room, &one));
    connect_call(room, &other);
    turn(fixture);
    end_call(&other);
    turn(fixture);
    assert_ptr_equal(room_list_find(fixture->list, "tea"), room);

    participant_left(one.participant, PARTICIPANT_HUNG_UP, NULL);
    turn(fixture); /* its leg is not home yet */
    assert_ptr_equal(room_list_find(fixture->list, "tea"), room);
    fake_bring_home(leg);
    turn(fixture);
    assert_null(room_list_find(fixture->list, "tea"));
    assert_int_equal(room_list_count(fixture->list), 0);
    assert_story(fixture, "room created tea; added tea; joined tea; added tea; joined tea; "
                          "left tea hung_up; left tea hung_up; room deleted tea; ");
}

static void a_room_that_nobody_entered_goes_too(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = NULL;
    assert_int_equal(room_list_find_or_create(fixture->list, "tea", &room), 0);
    turn(fixture);
    assert_null(room_list_find(fixture->list, "tea"));
    assert_story(fixture, "room created tea; room deleted tea; ");
}

static void one_who_comes_before_the_sweep_saves_the_room(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = NULL;
    struct fake_call one, other;
    assert_int_equal(room_list_find_or_create(fixture->list, "tea", &room), 0);
    connect_call(room, &one);
    end_call(&one);
    connect_call(room, &other);
    turn(fixture);
    assert_ptr_equal(room_list_find(fixture->list, "tea"), room);
    end_call(&other);
}

static void rooms_are_refused_with_the_reason(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = NULL;
    assert_int_equal(room_list_find_or_create(fixture->list, "no room", &room), -EINVAL);
    assert_int_equal(room_list_add(fixture->list, "", &plain_settings, &room), -EINVAL);
    add_room(fixture, "a");
    assert_int_equal(room_list_add(fixture->list, "a", &plain_settings, &room), -EEXIST);
    fixture->list->config.max_rooms = 1;
    assert_int_equal(room_list_add(fixture->list, "b", &plain_settings, &room), -EUSERS);
    assert_int_equal(room_list_find_or_create(fixture->list, "b", &room), -EUSERS);
    fixture->list->config.auto_create = false;
    assert_int_equal(room_list_find_or_create(fixture->list, "b", &room), -ENOENT);
    fixture->list->config.auto_create = true;
    fixture->list->config.max_rooms = 2;
    room_list_drain(fixture->list);
    assert_int_equal(room_list_find_or_create(fixture->list, "b", &room), -ESHUTDOWN);
    assert_null(room);
    assert_story(fixture, "room created a; ");
}

static void a_calls_room_can_be_made_to_stay(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = NULL, *kept = NULL;
    struct fake_call call;
    assert_int_equal(room_list_find_or_create(fixture->list, "tea", &room), 0);
    connect_call(room, &call);
    struct room_settings settings = plain_settings;
    settings.max_participants = 7;
    assert_int_equal(room_list_add(fixture->list, "tea", &settings, &kept), 0);
    assert_ptr_equal(kept, room);
    assert_true(room_is_persistent(room));
    assert_int_equal(room_settings(room)->max_participants, 7);
    end_call(&call);
    turn(fixture);
    assert_ptr_equal(room_list_find(fixture->list, "tea"), room);
}

static void deletion_hangs_up_all_and_comes_last(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call one, other;
    struct leg *leg = participant_leg(connect_call(room, &one));
    assert_int_equal(admit(room, &other), ROOM_ADMITTED);
    fixture->story[0] = '\0';
    assert_int_equal(room_list_delete(fixture->list, room), 0);
    assert_int_equal(one.hung_up, 1);
    assert_int_equal(other.hung_up, 1);
    assert_int_equal(other.reason, PARTICIPANT_ROOM_DELETED);
    assert_null(room_list_find(fixture->list, "a"));
    assert_story(fixture, "left a room_deleted; left a room_deleted; room deleted a; ");
    add_room(fixture, "a"); /* the name is free though a leg of the old one is away */
    turn(fixture);
    assert_int_equal(fake.rooms, 1);
    fake_bring_home(leg);
    turn(fixture);
    assert_int_equal(fake.rooms, 0);
    assert_non_null(room_list_find(fixture->list, "a"));
}

static void a_drain_tells_all_and_admits_none(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call[3], late;
    struct leg *leg[3];
    for (unsigned i = 0; i < 3; i++)
        leg[i] = participant_leg(
            connect_call(add_room(fixture, (const char *[]){"a", "b", "c"}[i]), &call[i]));
    assert_int_equal(room_list_participants(fixture->list), 3);
    assert_false(room_list_is_draining(fixture->list));
    room_list_drain(fixture->list);
    assert_true(room_list_is_draining(fixture->list));
    assert_int_equal(room_list_participants(fixture->list), 0);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(call[i].hung_up, 1);
        assert_int_equal(call[i].reason, PARTICIPANT_SHUTDOWN);
        assert_false(room_list_is_idle(fixture->list));
        fake_bring_home(leg[i]);
    }
    assert_true(room_list_is_idle(fixture->list));
    assert_int_equal(admit(room_list_find(fixture->list, "a"), &late), ROOM_REFUSED_DRAINING);
}

/* A listener that makes and ends rooms in the midst of a drain and a deletion. */
static void make_another(struct fixture *fixture, const struct room_event *event)
{
    struct room *made = NULL;
    struct fake_call call;
    if (event->kind != ROOM_EVENT_PARTICIPANT_LEFT)
        return;
    room_list_add(fixture->list, "0", &plain_settings, &made);
    if (made)
        assert_int_equal(admit(made, &call), ROOM_REFUSED_DRAINING);
    assert_int_equal(room_list_delete(fixture->list, event->room), 0);
}

static void a_listener_may_change_the_list_in_a_drain(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call[2];
    struct leg *leg[2];
    leg[0] = participant_leg(connect_call(add_room(fixture, "a"), &call[0]));
    leg[1] = participant_leg(connect_call(add_room(fixture, "b"), &call[1]));
    fixture->story[0] = '\0';
    fixture->react = make_another;
    room_list_drain(fixture->list);
    assert_story(fixture, "left a shutdown; left b shutdown; room created 0; room deleted a; "
                          "room deleted b; ");
    fake_bring_home(leg[0]);
    fake_bring_home(leg[1]);
}

static void the_counters_are_passed_on(void **state)
{
    struct fixture *fixture = *state;
    struct fake_call call;
    connect_call(add_room(fixture, "a"), &call);
    struct media_stats stats;
    room_list_media_stats(fixture->list, &stats);
    assert_int_equal(stats.legs, 1);
    assert_int_equal(room_list_ports_used(fixture->list), 3);
    assert_int_equal(room_list_ports_total(fixture->list), 2000);
    assert_int_equal(room_list_defaults(fixture->list)->max_participants, 100);
    end_call(&call);
}

/* ---- many ---- */

enum { MANY = 10000, MOST_BYTES = 4096 };

static void ten_thousand_empty_rooms_are_small_and_in_order(void **state)
{
    struct fixture *fixture = *state;
    log_set_level(LOG_LEVEL_ERROR);
    size_t before = mallinfo2().uordblks; /* 0 under a sanitizer, whose malloc is another */
    for (unsigned i = 0; i < MANY; i++) {
        char name[16];
        snprintf(name, sizeof(name), "room-%u", i * 7919 % MANY);
        add_room(fixture, name);
    }
    assert_int_equal(room_list_count(fixture->list), MANY);
    assert_true((mallinfo2().uordblks - before) / MANY < MOST_BYTES);
    assert_int_equal(fake.rooms, 0);                       /* no mix ...     */
    assert_int_equal(fixture->list->sweep.timer.place, 0); /* ... and no timer */
    unsigned seen = 0;
    const char *after = "";
    for (struct room *room; (room = room_list_above(fixture->list, after)); seen++) {
        assert_true(strcmp(room_name(room), after) > 0);
        after = room_name(room);
    }
    assert_int_equal(seen, MANY);
    log_set_level(LOG_LEVEL_INFO);
}

/* ---- kept in a store ---- */

static void kept_rooms_are_there_again(void **state)
{
    struct fixture *fixture = *state;
    restart(fixture);
    struct room_settings settings = {.display_name = "J\xc3\xb6rg's \xe2\x98\x95",
                                     .locked = true,
                                     .max_participants = 12,
                                     .tone = ROOM_TONE_LEAVE,
                                     .alone = ROOM_ALONE_MUSIC,
                                     .music = "jazz.flac",
                                     .loudest = 3,
                                     .suppress_noise = true,
                                     .pin_tries = 5,
                                     .pin_timeout_s = 20,
                                     .language = "pt-BR",
                                     .menu = menu_default(),
                                     .video = ROOM_VIDEO_DEFAULT,
                                     .srtp = MEDIA_SRTP_OPTIONAL};
    set_pins(&settings, "0123", "9876543210123456");
    struct room *room = NULL, *by_call = NULL;
    assert_int_equal(room_list_add(fixture->list, "kept", &settings, &room), 0);
    int64_t created_ns = room_created_ns(room);
    add_room(fixture, "changed");
    add_room(fixture, "deleted");
    settings.max_participants = 3;
    assert_int_equal(room_change(room_list_find(fixture->list, "changed"), &settings), 0);
    assert_int_equal(room_list_delete(fixture->list, room_list_find(fixture->list, "deleted")),
                     0);
    assert_int_equal(room_list_find_or_create(fixture->list, "by-call", &by_call), 0);
    assert_int_equal(room_change(by_call, &settings), 0); /* not kept for that */
    assert_int_equal(room_list_find_or_create(fixture->list, "stays", &by_call), 0);
    assert_int_equal(room_list_add(fixture->list, "stays", &plain_settings, &by_call), 0);

    restart(fixture);
    assert_int_equal(room_list_count(fixture->list), 3);
    room = room_list_find(fixture->list, "kept");
    settings.max_participants = 12;
    assert_true(room_settings_equal(room_settings(room), &settings));
    assert_true(room_created_ns(room) == created_ns);
    assert_true(room_is_persistent(room));
    room = room_list_find(fixture->list, "changed");
    assert_int_equal(room_settings(room)->max_participants, 3);
    assert_non_null(room_list_find(fixture->list, "stays"));
}

static void bans_are_kept_with_their_room(void **state)
{
    struct fixture *fixture = *state;
    restart(fixture);
    struct store *store = fixture->list->config.store;
    const struct room_ban *ban;
    struct room *room = add_room(fixture, "a");
    const struct room_ban_request eve = {.uri = "sip:eve@example.com", .note = "noise"};
    const struct room_ban_request net = {.address = "192.0.2.0/24"};
    assert_int_equal(room_ban(room, &eve, &ban), 0);
    assert_int_equal(room_ban(room, &net, &ban), 0);
    assert_int_equal(room_ban(add_room(fixture, "b"), &eve, &ban), 0);
    const struct store_ban odd[] = {
        {.room = "a", .id = "odd", .uri = "", .address = "nowhere", .note = ""},
        {.room = "gone", .id = "x", .uri = "eve@example.com", .address = "", .note = ""},
    };
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(store_ban_put(store, &odd[i]), 0);
    restart(fixture);
    const struct room_bans *bans = room_bans(room_list_find(fixture->list, "a"));
    assert_int_equal(bans->count, 2);
    assert_string_equal(bans->ban[0].uri, "eve@example.com");
    assert_string_equal(bans->ban[0].note, "noise");
    assert_string_equal(bans->ban[1].address, "192.0.2.0/24");
    assert_int_equal(room_unban(room_list_find(fixture->list, "a"), bans->ban[0].id), 0);
    assert_int_equal(room_list_delete(fixture->list, room_list_find(fixture->list, "b")), 0);
    restart(fixture);
    assert_int_equal(room_bans(room_list_find(fixture->list, "a"))->count, 1);
    assert_int_equal(room_bans(add_room(fixture, "b"))->count, 0); /* it is a new one */
    restart(fixture);
    assert_int_equal(room_bans(room_list_find(fixture->list, "b"))->count, 0);
}

static void a_row_from_elsewhere_is_made_fit(void **state)
{
    struct fixture *fixture = *state;
    restart(fixture);
    struct store *store = fixture->list->config.store;
    struct store_room row = {
        .name = "odd",
        .settings =
            "display_name x\t\xff\nlocked 0\nmax_participants 0\njoin_tone loud\nalone loud\n"
            "music ../secret\nloudest 33\nlevel_voices 0\nsuppress_noise 0\npin 12ab\n"
            "moderator_pin \npin_tries 11\nlanguage ../it\nannouncements 1\n"
            "menu {\"*1\":\"explode\"}\nvideo fps 99\nvideo layout custom\nvideo tile 1 2\n"
            "srtp sometimes\ncodecs MP3,pcma\nlobby door\nlobby_timeout_s 86401\n"
            "max_waiting 7\nopens_at 8\ncloses_at 7\nmax_duration_s 604801\n"
            "who_may_share moderators\nwho_may_chat some\nwho_may_present all\nrecording "
            "sometimes\n"
            "who_may_record all\nwho_may_watch some\nof_tomorrow 1\n"};
    assert_int_equal(store_room_put(store, &row), 0);
    row.name = "../no name";
    assert_int_equal(store_room_put(store, &row), 0);
    restart(fixture);
    assert_int_equal(room_list_count(fixture->list), 1);
    const struct room_settings *settings = room_settings(room_list_find(fixture->list, "odd"));
    assert_string_equal(settings->display_name, "x\xef\xbf\xbd");
    assert_int_equal(settings->max_participants, plain_settings.max_participants);
    assert_int_equal(settings->tone, plain_settings.tone);
    assert_string_equal(settings->music, "");
    assert_int_equal(settings->loudest, plain_settings.loudest);
    assert_int_equal(settings->pin_tries, plain_settings.pin_tries);
    assert_int_equal(settings->pin_timeout_s, plain_settings.pin_timeout_s);
    assert_true(settings->announcements);
    assert_int_equal(settings->menu.count, 0);             /* the default of these tests */
    assert_true(settings->locked);                         /* its PIN was not to be read */
    assert_int_equal(settings->srtp, MEDIA_SRTP_REQUIRED); /* nor was this */
    assert_string_equal(settings->language, plain_settings.language);
    assert_int_equal(settings->codecs.count, 1);
    assert_string_equal(settings->codecs.name[0], "PCMA");
    assert_int_equal(settings->lobby, ROOM_LOBBY_ALL); /* nor this */
    assert_int_equal(settings->lobby_timeout_s, 0);
    assert_int_equal(settings->max_waiting, 7);
    assert_true(!settings->opens_ns && !settings->closes_ns && !settings->max_duration_s);
    assert_int_equal(settings->may_share, ROOM_RIGHT_MODERATORS);
    assert_int_equal(settings->may_chat, ROOM_RIGHT_NOBODY); /* nor this */
    assert_int_equal(settings->may_present, ROOM_RIGHT_ALL);
    assert_int_equal(settings->recording, ROOM_RECORDED_NEVER); /* nor this */
    assert_int_equal(settings->may_record, ROOM_RIGHT_ALL);
    assert_int_equal(settings->may_watch, ROOM_WATCH_NOBODY); /* nor this */
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    restart(fixture);
    struct room *room = add_room(fixture, "a"), *other = NULL, *by_call = NULL;
    struct fake_call call;
    assert_int_equal(room_list_find_or_create(fixture->list, "by-call", &by_call), 0);
    connect_call(by_call, &call);
    fixture->story[0] = '\0';
    struct room_settings settings = plain_settings;
    settings.locked = true;
    log_set_level(LOG_LEVEL_ERROR);
    signal(SIGXFSZ, SIG_IGN);
    limit_files(1);
    int changed = room_change(room, &settings);
    int deleted = room_list_delete(fixture->list, room);
    int added = room_list_add(fixture->list, "b", &plain_settings, &other);
    int kept = room_list_add(fixture->list, "by-call", &settings, &other);
    limit_files(RLIM_INFINITY);
    log_set_level(LOG_LEVEL_INFO);
    assert_int_equal(changed, -ENOSPC);
    assert_int_equal(deleted, -ENOSPC);
    assert_int_equal(added, -ENOSPC);
    assert_int_equal(kept, -ENOSPC);
    assert_false(room_settings(room)->locked);
    assert_false(room_is_persistent(by_call));
    assert_null(room_list_find(fixture->list, "b"));
    assert_story(fixture, "");
    assert_int_equal(room_change(room, &settings), 0); /* there is room again */
    end_call(&call);
    restart(fixture);
    assert_true(room_settings(room_list_find(fixture->list, "a"))->locked);
    assert_int_equal(room_list_count(fixture->list), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define STORED(name) cmocka_unit_test_setup_teardown(name, stored_setup, stored_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_call_makes_a_room_that_goes_when_empty),
        TEST(a_room_that_nobody_entered_goes_too),
        TEST(one_who_comes_before_the_sweep_saves_the_room),
        TEST(rooms_are_refused_with_the_reason),
        TEST(a_calls_room_can_be_made_to_stay),
        TEST(deletion_hangs_up_all_and_comes_last),
        TEST(a_drain_tells_all_and_admits_none),
        TEST(a_listener_may_change_the_list_in_a_drain),
        TEST(the_counters_are_passed_on),
        TEST(ten_thousand_empty_rooms_are_small_and_in_order),
        STORED(kept_rooms_are_there_again),
        STORED(bans_are_kept_with_their_room),
        STORED(a_row_from_elsewhere_is_made_fit),
        STORED(a_full_disk_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
