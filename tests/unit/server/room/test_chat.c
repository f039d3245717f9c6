/* test_chat.c - order, bounds, what is deleted, and who may see what. */
#include "server/room/chat.h"

#include "mixer/base/clock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct chat_message *add(struct chat *chat, const char *text, unsigned most)
{
    struct chat_message *message = chat_message_create(&(struct chat_draft){.text = text});
    assert_non_null(message);
    chat_messages_free(chat_add(chat, message, most));
    return message;
}

static void assert_texts(const struct chat *chat, uint64_t after, const char *expected)
{
    char texts[200] = "";
    for (const struct chat_message *at = chat_after(chat, after); at; at = at->next)
        strcat(strcat(texts, at->text), " ");
    assert_string_equal(texts, expected);
}

static void lines_stand_in_their_order(void **state)
{
    (void)state;
    struct chat chat = {0};
    struct chat_message *one = add(&chat, "one", 9), *two = add(&chat, "two", 9);
    add(&chat, "three", 9);
    assert_true(one->id < two->id);
    assert_true(one->time_ns > 0);
    assert_texts(&chat, 0, "one two three ");
    assert_texts(&chat, one->id, "two three ");
    assert_ptr_equal(chat_find(&chat, two->id), two);
    assert_null(chat_find(&chat, two->id + 100));
    assert_null(chat_find(&chat, 0));
    chat_finish(&chat);
    assert_texts(&chat, 0, "");
}

/* The clock may be put back, or stand still. */
static void ids_rise_whatever_the_clock_says(void **state)
{
    (void)state;
    struct chat chat = {.last_id = UINT64_C(1) << 60};
    assert_int_equal(add(&chat, "one", 9)->id, (UINT64_C(1) << 60) + 1);
    assert_int_equal(add(&chat, "two", 9)->id, (UINT64_C(1) << 60) + 2);
    chat_finish(&chat);
}

static void the_oldest_are_given_back(void **state)
{
    (void)state;
    struct chat chat = {0};
    add(&chat, "one", 3);
    add(&chat, "two", 3);
    add(&chat, "three", 3);
    struct chat_message *four = chat_message_create(&(struct chat_draft){.text = "four"});
    struct chat_message *old = chat_add(&chat, four, 2);
    assert_string_equal(old->text, "one");
    assert_string_equal(old->next->text, "two");
    assert_null(old->next->next);
    chat_messages_free(old);
    assert_texts(&chat, 0, "three four ");
    assert_int_equal(chat.count, 2);
    chat_finish(&chat);
}

static void bytes_are_bounded_too(void **state)
{
    (void)state;
    struct chat chat = {0};
    char text[CHAT_MOST_TEXT_BYTES + 1];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (unsigned i = 0; i < 100; i++)
        add(&chat, text, CHAT_MOST_MESSAGES);
    assert_true(chat.bytes <= CHAT_MOST_BYTES);
    assert_true(chat.count > 50 && chat.count < 70);
    chat_finish(&chat);
    add(&chat, text, 0); /* the newest stays, whatever the bounds */
    assert_int_equal(chat.count, 1);
    chat_finish(&chat);
}

static void what_is_deleted_leaves_no_text(void **state)
{
    (void)state;
    struct chat chat = {0};
    struct chat_message *message = add(&chat, "secret", 9);
    size_t bytes = chat.bytes;
    const char *text = message->text;
    chat_message_delete(&chat, message);
    assert_true(message->is_deleted);
    assert_memory_equal(text, "\0\0\0\0\0\0", 6);
    assert_int_equal(chat.bytes, bytes - 6);
    assert_int_equal(chat.count, 1);
    chat_finish(&chat);
}

static void private_lines_are_for_two(void **state)
{
    (void)state;
    const struct chat_draft to_all = {.from_id = "a", .text = "x"};
    const struct chat_draft to_one = {.from_id = "a", .to_id = "b", .text = "x"};
    struct chat_message *all = chat_message_create(&to_all),
                        *one = chat_message_create(&to_one);
    assert_true(chat_message_is_for(all, "c"));
    assert_true(chat_message_is_for(one, "a"));
    assert_true(chat_message_is_for(one, "b"));
    assert_false(chat_message_is_for(one, "c"));
    chat_messages_free(all);
    chat_messages_free(one);
}

static void a_line_may_tell_of_a_file(void **state)
{
    (void)state;
    const struct chat_file file = {.url = "http://a/b", .name = "b", .type = "a/b", .bytes = 3};
    struct chat_message *with =
        chat_message_create(&(struct chat_draft){.text = "b", .file = &file});
    struct chat_message *without = chat_message_create(&(struct chat_draft){.text = "b"});
    assert_null(without->file);
    assert_ptr_not_equal(with->file, &file);
    assert_string_equal(with->file->url, "http://a/b");
    assert_string_equal(with->file->name, "b");
    assert_string_equal(with->file->type, "a/b");
    assert_int_equal(with->file->bytes, 3);
    assert_string_equal(with->text, "b");
    assert_true(with->bytes > without->bytes);
    chat_messages_free(with);
    chat_messages_free(without);
}

static void outcomes_are_counted_once(void **state)
{
    (void)state;
    struct chat_message *message = chat_message_create(&(struct chat_draft){.text = "x"});
    message->outcome.pending = 3;
    chat_message_settle(message, CHAT_DELIVERED);
    chat_message_settle(message, CHAT_REFUSED);
    chat_message_settle(message, CHAT_TIMED_OUT);
    chat_message_settle(message, CHAT_DELIVERED); /* one too many */
    assert_int_equal(message->outcome.pending, 0);
    assert_int_equal(message->outcome.delivered, 1);
    assert_int_equal(message->outcome.refused, 1);
    assert_int_equal(message->outcome.timed_out, 1);
    chat_messages_free(message);
}

static void words_and_ids_are_read_back(void **state)
{
    (void)state;
    enum chat_origin origin;
    char text[CHAT_ID_TEXT_BYTES];
    uint64_t id;
    for (enum chat_origin one = CHAT_FROM_PARTICIPANT; one <= CHAT_FROM_VISITOR; one++) {
        assert_int_equal(chat_origin_parse(chat_origin_word(one), &origin), 0);
        assert_int_equal(origin, one);
    }
    assert_int_equal(chat_origin_parse("nobody", &origin), -EINVAL);
    chat_id_write(1795669026123456, text);
    assert_string_equal(text, "1795669026123456");
    assert_int_equal(chat_id_parse(text, &id), 0);
    assert_int_equal(id, 1795669026123456);
    assert_int_equal(chat_id_parse("", &id), -EINVAL);
    assert_int_equal(chat_id_parse("-1", &id), -EINVAL);
    assert_int_equal(chat_id_parse("1234567890123456789", &id), -EINVAL);
}

static void who_writes_too_fast_waits(void **state)
{
    (void)state;
    struct chat_rate rate = {0};
    int64_t now_ns = 1000 * CLOCK_NS_PER_S;
    for (unsigned i = 0; i < CHAT_BURST; i++)
        assert_true(chat_rate_take(&rate, 60, now_ns));
    assert_false(chat_rate_take(&rate, 60, now_ns));
    assert_true(chat_rate_take(&rate, 0, now_ns)); /* no limit */
    now_ns += CLOCK_NS_PER_S;
    assert_true(chat_rate_take(&rate, 60, now_ns));
    assert_false(chat_rate_take(&rate, 60, now_ns));
    now_ns += 3600 * CLOCK_NS_PER_S; /* no more than the burst is saved up */
    for (unsigned i = 0; i < CHAT_BURST; i++)
        assert_true(chat_rate_take(&rate, 60, now_ns));
    assert_false(chat_rate_take(&rate, 60, now_ns));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_stand_in_their_order),
        cmocka_unit_test(ids_rise_whatever_the_clock_says),
        cmocka_unit_test(the_oldest_are_given_back),
        cmocka_unit_test(bytes_are_bounded_too),
        cmocka_unit_test(what_is_deleted_leaves_no_text),
        cmocka_unit_test(private_lines_are_for_two),
        cmocka_unit_test(a_line_may_tell_of_a_file),
        cmocka_unit_test(outcomes_are_counted_once),
        cmocka_unit_test(words_and_ids_are_read_back),
        cmocka_unit_test(who_writes_too_fast_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
