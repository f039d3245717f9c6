/* test_room_play.c - what is played in a room, and the one end of each play. */
#include "server/room/room_play.h"

#include "tests/unit/server/room/spoken.h"

static void make_file(const char *name, unsigned samples)
{
    int16_t *pcm = calloc(samples, sizeof(*pcm));
    char *path = sound_file_path(name);
    sound_file_wav(path, 8000, 1, pcm, samples);
    free(path);
    free(pcm);
}

static struct room_play *start(struct room *room, const struct room_play_request *request)
{
    struct room_play *play = NULL;
    char *why = NULL;
    int err = room_play_start(room, request, &play, &why);
    if (err < 0)
        fail_msg("%d: %s", err, why ? why : "");
    assert_null(why);
    return play;
}

static void refused(struct room *room, const struct room_play_request *request, int expected,
                    const char *words)
{
    struct room_play *play = NULL;
    char *why = NULL;
    assert_int_equal(room_play_start(room, request, &play, &why), expected);
    assert_null(play);
    if (words && (!why || !strstr(why, words)))
        fail_msg("\"%s\" does not say \"%s\"", why ? why : "", words);
    free(why);
}

static const struct room_play_request welcome = {.kind = ROOM_SOUND_PROMPT, .name = "welcome"};

static void a_file_is_played_to_all_to_its_end(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call;
    make_file("bell.wav", 4000);
    connect_call(room, &call);
    fixture->story[0] = '\0';
    struct room_play *play = start(
        room, &(struct room_play_request){
                  .kind = ROOM_SOUND_FILE, .name = "bell.wav", .loop = true, .volume_db = -6});
    const struct room_play_info *info = room_play_info(play);
    struct media_play *media = fake_heard(NULL);
    assert_true(media->sound.loop && !media->sound.stream);
    assert_int_equal(media->sound.gain, audio_gain_from_db(-6));
    assert_int_equal(info->state, ROOM_PLAY_PLAYING);
    assert_int_equal(room_play_length_ms(play), 500);
    assert_ptr_equal(room_play_find(room, info->id), play);
    assert_null(room_play_find(room, "s0"));
    assert_null(room_play_next(room_play_first(room)));
    room_play_pause(play, true);
    assert_true(media->paused);
    assert_int_equal(info->state, ROOM_PLAY_PAUSED);
    room_play_pause(play, false);
    room_play_seek(play, 250);
    assert_int_equal(room_play_position_ms(play), 250);
    assert_story(fixture, "");
    fake_end_play(media);
    assert_int_equal(info->state, ROOM_PLAY_ENDED);
    assert_null(room_play_first(room));
    assert_story(fixture, "play ended a finished; ");
    turn(fixture);
    end_call(&call);
}

static void what_is_stopped_ends_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call;
    connect_call(room, &call);
    fixture->story[0] = '\0';
    struct room_play *play = start(room, &welcome);
    assert_said(NULL, "welcome");
    room_play_stop(play);
    room_play_stop(play);
    assert_null(room_play_first(room));
    assert_story(fixture, "play ended a stopped; ");
    room_play_pause(play, true); /* harmless in this turn */
    room_play_seek(play, 1);
    turn(fixture);
    fake_settle(); /* the engine lets go later */
    turn(fixture);
    assert_null(fake.first_play);
    assert_story(fixture, "");
    end_call(&call);
}

static void what_is_played_to_one_ends_with_him(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a"), *other = add_room(fixture, "b");
    struct fake_call call[3];
    struct leg *leg[3];
    for (unsigned i = 0; i < 3; i++)
        leg[i] = participant_leg(connect_call(room, &call[i]));
    struct room_play_request request = welcome;
    struct room_play *all = start(room, &request);
    for (unsigned i = 0; i < 2; i++) {
        request.participant = call[i].participant;
        request.over_mix = true;
        start(room, &request);
        assert_true(fake_heard(leg[i])->sound.over_mix);
    }
    fixture->story[0] = '\0';
    end_call(&call[0]);
    assert_story(fixture, "play ended a participant_left; left a hung_up; ");
    assert_int_equal(room_move(call[1].participant, other), ROOM_ADMITTED);
    assert_story(fixture, "play ended a participant_left; left a moved; added b; ");
    fake_bring_home(leg[1]);
    assert_ptr_equal(room_play_first(room), all);
    assert_null(room_play_next(all));
    end_call(&call[1]);
    fixture->story[0] = '\0';
    end_call(&call[2]);
    assert_story(fixture, "play ended a room_empty; left a hung_up; ");
    fake_settle();
}

static void one_hears_one_thing_at_a_time(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call;
    struct participant *participant = connect_call(room, &call);
    struct leg *leg = participant_leg(participant);
    struct room_play_request request = welcome;
    request.participant = participant;
    start(room, &request);
    fixture->story[0] = '\0';
    start(room, &request);
    assert_story(fixture, "play ended a replaced; ");
    enum prompt muted = PROMPT_MUTED;
    participant_say(participant, &muted, 1, NULL);
    assert_story(fixture, "play ended a replaced; ");
    assert_said(leg, "muted");
    struct room_play *last = start(room, &request); /* and the prompt gives way as well */
    fake_settle();
    assert_null(participant->saying);
    assert_ptr_equal(room_play_first(room), last);
    fake.play_error = -ENOMEM; /* what cannot be played replaces nothing */
    refused(room, &request, -ENOMEM, NULL);
    fake.play_error = 0;
    assert_ptr_equal(room_play_first(room), last);
    end_call(&call);
}

static void what_cannot_be_played_is_said_before(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call, door;
    refused(room, &welcome, -ENOTCONN, NULL); /* nobody is in */
    connect_call(room, &call);
    assert_int_equal(admit(room, &door), ROOM_ADMITTED);
    struct room_play_request request = welcome;
    request.participant = door.participant;
    refused(room, &request, -ENOTCONN, NULL);
    end_call(&door);

    char *text = sound_file_path("text.wav"), *folder = sound_file_path("folder");
    sound_file_put(text, "this is no sound at all, however long", 37);
    assert_int_equal(mkdir(folder, 0700), 0);
    static const struct {
        enum room_sound_kind kind;
        const char *name;
        int err;
        const char *words;
    } bad[] = {
        {ROOM_SOUND_FILE, "none.wav", -ENOENT, "\"none.wav\""},
        {ROOM_SOUND_FILE, "text.wav", -EBADMSG, "\"text.wav\""},
        {ROOM_SOUND_FILE, "folder", -EBADMSG, "not a regular one"},
        {ROOM_SOUND_FILE, "../passwd", -ENOENT, "not the name"},
        {ROOM_SOUND_FILE, ".", -ENOENT, "not the name"},
        {ROOM_SOUND_FILE, "", -ENOENT, "not the name"},
        {ROOM_SOUND_PROMPT, "sing", -ENOENT, "\"sing\""},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        refused(room, &(struct room_play_request){.kind = bad[i].kind, .name = bad[i].name},
                bad[i].err, bad[i].words);
    fixture->list->config.sounds_directory = NULL;
    refused(room, &(struct room_play_request){.kind = ROOM_SOUND_FILE, .name = "a"}, -ENOENT,
            "media.sounds_directory");
    fixture->list->config.prompts = NULL;
    refused(room, &welcome, -ENOENT, "no prompts");
    assert_null(room_play_first(room));
    assert_int_equal(fake.plays, 0);
    assert_int_equal(rmdir(folder), 0);
    free(text);
    free(folder);
    end_call(&call);
}

static void a_room_has_so_many_plays_and_no_more(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call;
    connect_call(room, &call);
    for (unsigned i = 0; i < ROOM_MAX_PLAYS; i++)
        start(room, &welcome);
    refused(room, &welcome, -EUSERS, NULL);
    room_play_stop(room_play_first(room));
    start(room, &welcome);
    struct leg *leg = participant_leg(call.participant);
    assert_int_equal(room_list_delete(fixture->list, room), 0);
    assert_null(room_play_first(room));
    fake_bring_home(leg);
}

/* ---- long ones, by a stream ---- */

static void wait_until(const struct room_play *play, enum stream_state state)
{
    for (unsigned i = 0; i < 2000 && stream_state(play->stream) != state; i++)
        usleep(1000);
    assert_int_equal(stream_state(play->stream), state);
}

static void a_long_file_is_a_stream(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call;
    connect_call(room, &call);
    make_file("long.wav", 8000 * 21); /* longer than a clip may be */
    struct room_play *play =
        start(room, &(struct room_play_request){.kind = ROOM_SOUND_FILE, .name = "long.wav"});
    assert_non_null(fake_heard(NULL)->sound.stream);
    assert_int_equal(fake_heard(NULL)->sound.clip_count, 0);
    wait_until(play, STREAM_READY);
    assert_int_equal(room_play_length_ms(play), 21000);
    fixture->story[0] = '\0';
    fake_end_play(fake_heard(NULL));
    assert_story(fixture, "play ended a finished; ");
    end_call(&call);
}

static void a_file_that_turns_out_to_be_broken_says_why(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call;
    connect_call(room, &call);
    char *path = sound_file_path("large.wav");
    char *noise = malloc(600 * 1024); /* too large to be looked at first */
    assert_non_null(noise);
    memset(noise, 'x', 600 * 1024);
    sound_file_put(path, noise, 600 * 1024);
    struct room_play *play =
        start(room, &(struct room_play_request){.kind = ROOM_SOUND_FILE, .name = "large.wav"});
    wait_until(play, STREAM_FAILED);
    fixture->story[0] = '\0';
    log_set_level(LOG_LEVEL_ERROR);
    fake_end_play(fake_heard(NULL));
    log_set_level(LOG_LEVEL_INFO);
    assert_story(fixture, "play ended a failed; ");
    assert_non_null(strstr(room_play_info(play)->detail, "large.wav"));
    free(noise);
    free(path);
    end_call(&call);
}

/* ---- from a URL ---- */

static const struct room_play_request url = {
    .kind = ROOM_SOUND_URL, .name = "http://example.com/a.wav", .loop = true};

static void a_url_is_waited_for(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call;
    connect_call(room, &call);
    struct room_play *play = start(room, &url);
    assert_int_equal(room_play_info(play)->state, ROOM_PLAY_FETCHING);
    assert_int_equal(fake.plays, 0);
    room_play_pause(play, true); /* kept for the begin */
    room_play_seek(play, 700);
    assert_int_equal(room_play_position_ms(play), 700);
    make_file("fetched.tmp", 8000);
    char *path = sound_file_path("fetched.tmp");
    room_play_fetched(play, path);
    struct media_play *media = fake_heard(NULL);
    assert_true(media->paused);
    assert_int_equal(media->position_ms, 700);
    assert_int_equal(room_play_info(play)->state, ROOM_PLAY_PAUSED);
    assert_non_null(media->sound.stream);
    wait_until(play, STREAM_READY);
    assert_int_equal(access(path, F_OK), -1); /* it was a temporary one */
    free(path);
    end_call(&call);
    fake_settle();
}

static void a_url_may_fail_or_come_too_late(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "a");
    struct fake_call call;
    connect_call(room, &call);
    fixture->story[0] = '\0';
    log_set_level(LOG_LEVEL_ERROR);
    struct room_play *play = start(room, &url);
    room_play_failed(play, "example.com answered 404");
    log_set_level(LOG_LEVEL_INFO);
    assert_string_equal(room_play_info(play)->detail, "example.com answered 404");
    assert_story(fixture, "play ended a failed; ");

    make_file("fetched.tmp", 8000);
    char *path = sound_file_path("fetched.tmp");
    play = start(room, &url);
    room_play_stop(play);
    room_play_fetched(play, path); /* in the same turn: removed, not played */
    assert_int_equal(access(path, F_OK), -1);
    assert_story(fixture, "play ended a stopped; ");

    make_file("fetched.tmp", 8000);
    play = start(room, &url);
    fake.play_error = -ENOMEM;
    log_set_level(LOG_LEVEL_ERROR);
    room_play_fetched(play, path);
    log_set_level(LOG_LEVEL_INFO);
    assert_int_equal(room_play_info(play)->ending, ROOM_PLAY_FAILED);
    assert_int_equal(access(path, F_OK), -1);
    free(path);
    end_call(&call);
}

static void words_are_the_apis(void **state)
{
    (void)state;
    assert_string_equal(room_play_state_word(ROOM_PLAY_FETCHING), "fetching");
    assert_string_equal(room_play_state_word(ROOM_PLAY_ENDED), "ended");
    assert_string_equal(room_play_ending_word(ROOM_PLAY_FAILED), "failed");
    assert_string_equal(room_sound_word(ROOM_SOUND_URL), "url");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, spoken_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_is_played_to_all_to_its_end),
        TEST(what_is_stopped_ends_at_once),
        TEST(what_is_played_to_one_ends_with_him),
        TEST(one_hears_one_thing_at_a_time),
        TEST(what_cannot_be_played_is_said_before),
        TEST(a_room_has_so_many_plays_and_no_more),
        TEST(a_long_file_is_a_stream),
        TEST(a_file_that_turns_out_to_be_broken_says_why),
        TEST(a_url_is_waited_for),
        TEST(a_url_may_fail_or_come_too_late),
        cmocka_unit_test(words_are_the_apis),
    };
    return cmocka_run_group_tests(tests, spoken_make, spoken_remove);
}
