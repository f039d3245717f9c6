/* test_room_chat.c - who may write, who gets it, what becomes of it, and what is kept. */
#include "server/room/room_chat.h"

#include "tests/unit/server/room/stored_fixture.h"

#include <errno.h>

/* ---- phones that know messages, and browsers ---- */

static struct {
    unsigned messages, typing, idle;
    uint64_t id;
    int result;
} phone;

static int send_message(void *call, const struct chat_message *message)
{
    (void)call;
    phone.messages++;
    phone.id = message->id;
    return phone.result;
}

static void send_typing(void *call, bool is_typing)
{
    (void)call;
    if (is_typing)
        phone.typing++;
    else
        phone.idle++;
}

static bool takes_messages(const void *call)
{
    (void)call;
    return phone.result == 0;
}

static const struct participant_link phone_link = {.hang_up = hang_up,
                                                   .send_message = send_message,
                                                   .takes_messages = takes_messages,
                                                   .send_typing = send_typing};
static const struct participant_link browser_link = {.hang_up = hang_up, .shows_chat = true};

static struct participant *come(struct room *room, struct fake_call *call,
                                const struct participant_link *link)
{
    struct participant *participant = connect_call(room, call);
    participant_set_call(participant, link, call);
    return participant;
}

static int post(struct room *room, struct participant *from, struct participant *to,
                const char *text, const struct chat_message **message)
{
    return room_chat_post(room,
                          &(struct room_chat_post){.from = from,
                                                   .origin = CHAT_FROM_API,
                                                   .to = to,
                                                   .text = text,
                                                   .length = strlen(text)},
                          message);
}

static void forget_phone(void)
{
    memset(&phone, 0, sizeof(phone));
}

static void assert_outcome(const struct chat_message *message, unsigned pending,
                           unsigned delivered, unsigned unreachable)
{
    assert_int_equal(message->outcome.pending, pending);
    assert_int_equal(message->outcome.delivered, delivered);
    assert_int_equal(message->outcome.unreachable, unreachable);
}

static void a_line_goes_to_all_others(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "blue");
    struct fake_call calls[4];
    forget_phone();
    struct participant *ann = come(room, &calls[0], &phone_link);
    come(room, &calls[1], &phone_link);
    come(room, &calls[2], &browser_link);
    connect_call(room, &calls[3]); /* knows nothing of messages */
    fixture->story[0] = '\0';
    const struct chat_message *message;
    assert_int_equal(post(room, ann, NULL, "hello\r\nall  \n\n", &message), 0);
    assert_string_equal(message->text, "hello\nall");
    assert_string_equal(message->from_id, participant_info(ann)->id);
    assert_string_equal(message->from_name, "Ann");
    assert_int_equal(message->origin, CHAT_FROM_PARTICIPANT);
    assert_int_equal(phone.messages, 1);
    assert_outcome(message, 1, 1, 1);
    assert_story(fixture, "message blue hello\nall; ");
    room_chat_report(fixture->list, "blue", phone.id, CHAT_DELIVERED);
    assert_outcome(message, 0, 2, 1);
    assert_story(fixture, "settled blue hello\nall; ");
    room_chat_report(fixture->list, "blue", phone.id, CHAT_REFUSED); /* no more to settle */
    room_chat_report(fixture->list, "blue", 1, CHAT_REFUSED);
    room_chat_report(fixture->list, "none", phone.id, CHAT_REFUSED);
    assert_outcome(message, 0, 2, 1);
    phone.result = -ENOBUFS;
    assert_int_equal(post(room, NULL, NULL, "to all", &message), 0);
    assert_int_equal(message->origin, CHAT_FROM_API);
    assert_outcome(message, 0, 1, 3);
    for (unsigned i = 0; i < 4; i++)
        end_call(&calls[i]);
}

static void a_line_to_one_goes_to_that_one(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "blue"), *red = add_room(fixture, "red");
    struct fake_call calls[4];
    forget_phone();
    struct participant *ann = come(room, &calls[0], &phone_link);
    struct participant *bob = come(room, &calls[1], &phone_link);
    struct participant *deaf = connect_call(room, &calls[2]);
    struct participant *elsewhere = come(red, &calls[3], &phone_link);
    const struct chat_message *message;
    assert_int_equal(post(room, ann, bob, "psst", &message), 0);
    assert_int_equal(phone.messages, 1);
    assert_string_equal(message->to_id, participant_info(bob)->id);
    assert_int_equal(post(room, ann, deaf, "psst", NULL), -EHOSTUNREACH);
    phone.result = -ENOTSUP;
    assert_int_equal(post(room, ann, bob, "psst", NULL), -EHOSTUNREACH);
    assert_int_equal(phone.messages, 1);
    assert_int_equal(post(room, ann, elsewhere, "psst", NULL), -ENOTCONN);
    for (unsigned i = 0; i < 4; i++)
        end_call(&calls[i]);
}

static void who_is_not_in_neither_writes_nor_gets(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "blue");
    struct fake_call early, in;
    forget_phone();
    assert_int_equal(admit(room, &early), ROOM_ADMITTED);
    participant_set_call(early.participant, &phone_link, &early);
    come(room, &in, &phone_link);
    assert_int_equal(post(room, early.participant, NULL, "x", NULL), -ENOTCONN);
    assert_int_equal(post(room, in.participant, early.participant, "x", NULL), -ENOTCONN);
    assert_int_equal(post(room, in.participant, NULL, "x", NULL), 0);
    assert_int_equal(phone.messages, 0);
    end_call(&early);
    end_call(&in);
}

static void texts_have_their_bounds(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "blue");
    char text[202];
    memset(text, 'x', sizeof(text));
    text[201] = '\0';
    assert_int_equal(post(room, NULL, NULL, text, NULL), -EMSGSIZE);
    text[200] = '\0';
    assert_int_equal(post(room, NULL, NULL, text, NULL), 0);
    memset(text, '\xff', 100); /* 300 bytes, once they are U+FFFD */
    assert_int_equal(post(room, NULL, NULL, text, NULL), -EMSGSIZE);
    assert_int_equal(post(room, NULL, NULL, " \r\n\t\x1b ", NULL), -EINVAL);
    assert_int_equal(post(room, NULL, NULL, "", NULL), -EINVAL);
    fixture->list->config.chat.most = 0;
    assert_int_equal(post(room, NULL, NULL, "x", NULL), -ENOSYS);
}

static void who_may_write_is_the_rooms_matter(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "blue");
    struct room_settings settings = plain_settings;
    struct fake_call call;
    struct participant *ann = come(room, &call, &browser_link);
    settings.may_chat = ROOM_RIGHT_MODERATORS;
    assert_int_equal(room_change(room, &settings), 0);
    assert_int_equal(post(room, ann, NULL, "x", NULL), -EPERM);
    room_chat_typing(ann, 15);
    assert_false(participant_info(ann)->typing);
    const enum participant_role moderator = PARTICIPANT_MODERATOR;
    assert_int_equal(participant_change(ann, &(struct participant_change){.role = &moderator}),
                     0);
    assert_int_equal(post(room, ann, NULL, "x", NULL), 0);
    settings.may_chat = ROOM_RIGHT_NOBODY;
    assert_int_equal(room_change(room, &settings), 0);
    assert_int_equal(post(room, ann, NULL, "x", NULL), -EPERM);
    assert_int_equal(post(room, NULL, NULL, "x", NULL), 0); /* who runs the room may */
    end_call(&call);
}

static void who_writes_too_fast_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "blue");
    struct fake_call call;
    fixture->list->config.chat.per_minute = 1;
    struct participant *ann = come(room, &call, &browser_link);
    for (unsigned i = 0; i < CHAT_BURST; i++)
        assert_int_equal(post(room, ann, NULL, "x", NULL), 0);
    assert_int_equal(post(room, ann, NULL, "x", NULL), -EAGAIN);
    assert_int_equal(post(room, NULL, NULL, "x", NULL), 0); /* who runs the room may */
    assert_int_equal(room_chat_count(ann), -EAGAIN);
    ann->chat_rate = (struct chat_rate){0};
    for (unsigned i = 0; i < CHAT_BURST; i++)
        assert_int_equal(room_chat_count(ann), 0);
    assert_int_equal(post(room, ann, NULL, "x", NULL), -EAGAIN); /* they are counted as one */
    end_call(&call);
}

static void assert_log(struct room *room, const char *expected)
{
    const struct chat *chat;
    char texts[200] = "";
    assert_int_equal(room_chat_read(room, &chat), 0);
    for (const struct chat_message *at = chat_after(chat, 0); at; at = at->next)
        sprintf(texts + strlen(texts), "%s%s ", at->text, at->is_deleted ? "(deleted)" : "");
    assert_string_equal(texts, expected);
}

static void a_deleted_line_stays_without_its_text(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "blue");
    const struct chat_message *message;
    assert_int_equal(post(room, NULL, NULL, "one", &message), 0);
    uint64_t id = message->id;
    assert_int_equal(post(room, NULL, NULL, "two", NULL), 0);
    fixture->story[0] = '\0';
    assert_int_equal(room_chat_delete(room, id), 0);
    assert_story(fixture, "deleted blue; ");
    assert_int_equal(room_chat_delete(room, id), 0); /* once is enough */
    assert_story(fixture, "");
    assert_int_equal(room_chat_delete(room, 5), -ENOENT);
    assert_log(room, "(deleted) two ");
}

static void typing_is_told_once_and_ends(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "blue"), *red = add_room(fixture, "red");
    struct fake_call one, other;
    forget_phone();
    struct participant *ann = come(room, &one, &phone_link);
    struct participant *bob = come(room, &other, &phone_link);
    fixture->story[0] = '\0';
    room_chat_typing(ann, 15);
    room_chat_typing(ann, 15);
    assert_story(fixture, "typing blue yes; ");
    room_chat_typing(ann, 0);
    room_chat_typing(ann, 0);
    assert_story(fixture, "typing blue no; ");
    assert_int_equal(phone.typing, 1); /* only bob is told of ann */
    room_chat_typing(ann, 15);
    assert_int_equal(post(room, ann, NULL, "x", NULL), 0);
    assert_story(fixture, "typing blue yes; typing blue no; message blue x; ");
    room_chat_typing(ann, 15);
    assert_int_equal(room_move(ann, red), ROOM_ADMITTED);
    assert_false(participant_info(ann)->typing);
    assert_int_equal(room->typists, 0);
    room_chat_typing(bob, 15);
    end_call(&other); /* and its timer with it */
    end_call(&one);
}

static void typing_is_forgotten(void **state)
{
    struct fixture *fixture = *state;
    struct room *room = add_room(fixture, "blue");
    struct fake_call call;
    struct participant *ann = come(room, &call, &browser_link);
    room_chat_typing(ann, 1);
    assert_true(participant_info(ann)->typing);
    while (participant_info(ann)->typing)
        loop_run_once(fixture->loop, -1);
    end_call(&call);
}

static void the_chat_of_a_room_that_stays_is_kept(void **state)
{
    struct fixture *fixture = *state;
    restart(fixture);
    struct room *room = add_room(fixture, "blue"), *by_call;
    const struct chat_message *message;
    static const char *const texts[] = {"1", "2", "3", "4", "5", "6"};
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(post(room, NULL, NULL, texts[i], &message), 0);
    assert_int_equal(room_chat_delete(room, message->id), 0);
    assert_log(room, "2 3 4 5 (deleted) "); /* five are kept */
    turn(fixture);
    assert_int_equal(room->chat.count, 0); /* nobody needs it in memory */
    assert_int_equal(post(room, NULL, NULL, "7", NULL), 0);
    assert_log(room, "3 4 5 (deleted) 7 ");
    assert_int_equal(room_list_find_or_create(fixture->list, "tea", &by_call), 0);
    assert_int_equal(post(by_call, NULL, NULL, "early", NULL), 0);
    assert_int_equal(room_list_add(fixture->list, "tea", &plain_settings, &by_call), 0);

    restart(fixture);
    assert_log(room_list_find(fixture->list, "blue"), "3 4 5 (deleted) 7 ");
    assert_log(room_list_find(fixture->list, "tea"), "early ");
    assert_int_equal(room_list_delete(fixture->list, room_list_find(fixture->list, "blue")), 0);
    turn(fixture);
    assert_log(add_room(fixture, "blue"), "");
}

static void what_is_not_to_be_kept_is_not(void **state)
{
    struct fixture *fixture = *state;
    restart(fixture);
    fixture->list->config.chat.is_kept = false;
    struct room *room = add_room(fixture, "blue");
    assert_int_equal(post(room, NULL, NULL, "x", NULL), 0);
    assert_log(room, "x ");
    turn(fixture);
    assert_log(room, "x "); /* it has no other place than memory */
    restart(fixture);
    assert_log(room_list_find(fixture->list, "blue"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_goes_to_all_others, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_line_to_one_goes_to_that_one, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(who_is_not_in_neither_writes_nor_gets, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(texts_have_their_bounds, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(who_may_write_is_the_rooms_matter, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(who_writes_too_fast_is_told, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_deleted_line_stays_without_its_text, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(typing_is_told_once_and_ends, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(typing_is_forgotten, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(the_chat_of_a_room_that_stays_is_kept, stored_setup,
                                        stored_teardown),
        cmocka_unit_test_setup_teardown(what_is_not_to_be_kept_is_not, stored_setup,
                                        stored_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
