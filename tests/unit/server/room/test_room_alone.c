/* test_room_alone.c - greetings, and the music for who is alone. */
#include "tests/unit/server/room/spoken.h"

static void make_music(const char *name)
{
    static const int16_t pcm[800];
    char *path = sound_file_path(name);
    sound_file_wav(path, 8000, 1, pcm, 800);
    free(path);
}

static struct room *musical_room(struct fixture *fixture, const char *name)
{
    struct room_settings settings = plain_settings;
    struct room *room = NULL;
    settings.alone = ROOM_ALONE_MUSIC;
    snprintf(settings.music, sizeof(settings.music), "%s", name);
    assert_int_equal(room_list_add(fixture->list, "a", &settings, &room), 0);
    fixture->story[0] = '\0';
    return room;
}

static void who_is_alone_is_greeted(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call[3];
    struct leg *leg = participant_leg(connect_call(room, &call[0]));
    assert_said(leg, ""); /* no announcements here */
    end_call(&call[0]);
    room->settings.announcements = true;
    leg = participant_leg(connect_call(room, &call[0]));
    assert_said(leg, "welcome alone");
    struct leg *other = participant_leg(connect_call(room, &call[1]));
    assert_said(other, "");
    end_call(&call[0]);
    end_call(&call[1]);

    struct room *lobby = add_room(fixture, "lobby"); /* who is moved comes in, too */
    leg = participant_leg(connect_call(lobby, &call[2]));
    assert_int_equal(room_move(call[2].participant, room), ROOM_ADMITTED);
    fake_bring_home(leg);
    assert_said(leg, "welcome alone");
    end_call(&call[2]);
}

static void music_is_for_one(void **state)
{
    struct fixture *fixture = *state;
    make_music("jazz.wav");
    struct room *room = musical_room(fixture, "jazz.wav");
    struct fake_call call[2], door;
    assert_int_equal(admit(room, &door), ROOM_ADMITTED); /* who is not in does not count */
    assert_null(room->music);
    connect_call(room, &call[0]);
    struct media_play *music = fake_heard(NULL);
    assert_non_null(music);
    assert_true(music->sound.loop);
    assert_true(room_play_info(room_play_first(room))->is_music);
    assert_string_equal(room_play_info(room->music)->name, "jazz.wav");
    connect_call(room, &call[1]);
    assert_true(music->is_stopped);
    assert_null(room_play_first(room));
    fake_settle();
    end_call(&call[0]); /* one is left */
    assert_non_null(fake_heard(NULL));
    end_call(&door);
    assert_non_null(fake_heard(NULL));
    fixture->story[0] = '\0';
    end_call(&call[1]);
    assert_story(fixture, "play ended a room_empty; left a hung_up; ");
    fake_settle();
    turn(fixture);
}

static void music_follows_the_settings(void **state)
{
    struct fixture *fixture = *state;
    make_music("jazz.wav");
    make_music("waltz.wav");
    struct room *room = musical_room(fixture, "jazz.wav");
    struct fake_call call;
    connect_call(room, &call);
    struct room_settings settings = *room_settings(room);
    strcpy(settings.music, "waltz.wav");
    assert_int_equal(room_change(room, &settings), 0);
    fake_settle();
    assert_string_equal(room_play_info(room->music)->name, "waltz.wav");
    settings.alone = ROOM_ALONE_SILENCE;
    assert_int_equal(room_change(room, &settings), 0);
    fake_settle();
    assert_null(fake.first_play);
    settings.alone = ROOM_ALONE_MUSIC;
    assert_int_equal(room_change(room, &settings), 0);
    assert_non_null(room->music);
    settings.max_participants = 7; /* nothing that music cares for */
    unsigned plays = fake.plays;
    assert_int_equal(room_change(room, &settings), 0);
    assert_int_equal(fake.plays, plays);
    end_call(&call);
    fake_settle();
}

static void music_that_cannot_be_played_is_not_tried_again_and_again(void **state)
{
    struct fixture *fixture = *state;
    log_set_level(LOG_LEVEL_ERROR);
    struct room *room = musical_room(fixture, "nowhere.wav");
    struct fake_call call[2];
    connect_call(room, &call[0]);
    assert_null(room->music);
    assert_true(room->music_is_over);
    make_music("nowhere.wav"); /* now it is there: for the next who is alone */
    connect_call(room, &call[1]);
    end_call(&call[0]);
    assert_non_null(room->music);
    room_play_stop(room->music); /* by the API: it stays away */
    assert_null(room->music);
    struct participant_change change = {.display_name = "Eve"};
    participant_change(call[1].participant, &change);
    assert_null(room->music);
    log_set_level(LOG_LEVEL_INFO);
    end_call(&call[1]);
    fake_settle();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, spoken_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_is_alone_is_greeted),
        TEST(music_is_for_one),
        TEST(music_follows_the_settings),
        TEST(music_that_cannot_be_played_is_not_tried_again_and_again),
    };
    return cmocka_run_group_tests(tests, spoken_make, spoken_remove);
}
