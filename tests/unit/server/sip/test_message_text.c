/* test_message_text.c - names in front, pieces that fit, envelopes. */
#include "server/sip/message_text.h"

#include "server/body/cpim.h"
#include "server/body/file_notice.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct message_text *make(const struct chat_draft *draft, enum message_style style)
{
    struct chat_message *message = chat_message_create(draft);
    message->id = 17;
    message->time_ns = 1795669026123456000;
    struct message_text *text = message_text_create(message, "blue", "192.0.2.1", style);
    assert_non_null(text);
    chat_messages_free(message);
    return text;
}

static void assert_plain(const char *name, const char *to, const char *expected)
{
    struct message_text *text =
        make(&(struct chat_draft){.from_name = name, .to_id = to, .text = "hi"}, MESSAGE_PLAIN);
    assert_int_equal(text->count, 1);
    assert_string_equal(text->part[0], expected);
    message_text_drop(text);
}

static void names_stand_in_front(void **state)
{
    (void)state;
    assert_plain("Ann", NULL, "Ann: hi");
    assert_plain("Ann", "p1", "Ann (to you only): hi");
    assert_plain("", NULL, "hi");
}

static void long_texts_are_cut_where_they_may(void **state)
{
    (void)state;
    char text[3000] = "", joined[3000] = "";
    for (unsigned i = 0; i < 250; i++)
        sprintf(text + strlen(text), "w\xc3\xb6rd%u ", i);
    struct message_text *parts =
        make(&(struct chat_draft){.from_name = "Ann", .text = text}, MESSAGE_PARTS);
    assert_true(parts->count > 2);
    for (unsigned i = 0; i < parts->count; i++) {
        char prefix[40];
        sprintf(prefix, "Ann (%u/%u): ", i + 1, parts->count);
        assert_memory_equal(parts->part[i], prefix, strlen(prefix));
        const char *part = parts->part[i] + strlen(prefix);
        assert_true(strlen(part) <= MESSAGE_TEXT_UDP_BYTES);
        assert_int_equal(part[strlen(part) - 1], ' '); /* between two words */
        strcat(joined, part);
    }
    assert_string_equal(joined, text);
    message_text_drop(parts);
}

static void no_character_is_cut(void **state)
{
    (void)state;
    char text[1501] = "";
    for (unsigned i = 0; i < 500; i++)
        memcpy(text + 3 * i, "\xe6\x9d\x8e", 4); /* without blanks */
    struct message_text *parts = make(&(struct chat_draft){.text = text}, MESSAGE_PARTS);
    for (unsigned i = 0; i < parts->count; i++) {
        const char *part = strstr(parts->part[i], ": ") + 2;
        assert_int_equal(strlen(part) % 3, 0);
        assert_memory_equal(part, "\xe6\x9d\x8e", 3);
    }
    message_text_drop(parts);
    parts = make(&(struct chat_draft){.text = "short"}, MESSAGE_PARTS);
    assert_int_equal(parts->count, 1);
    assert_string_equal(parts->part[0], "short");
    message_text_drop(parts);
}

static void envelopes_name_both(void **state)
{
    (void)state;
    struct cpim cpim;
    char id[PARTICIPANT_ID_BYTES];
    struct message_text *text = make(&(struct chat_draft){.from_name = "Ann",
                                                          .from_id = "pann",
                                                          .from_uri = "sip:ann@secret",
                                                          .to_id = "pbob",
                                                          .text = "hi"},
                                     MESSAGE_ENVELOPE);
    assert_int_equal(cpim_read((struct slice){text->part[0], strlen(text->part[0])}, &cpim), 0);
    assert_true(slice_equals(cpim.from_uri, "sip:blue@192.0.2.1;participant=pann"));
    assert_true(slice_equals(cpim.to_uri, "sip:blue@192.0.2.1;participant=pbob"));
    assert_true(slice_equals(cpim.message_id, "17"));
    assert_null(strstr(text->part[0], "secret"));
    assert_true(message_text_receiver(cpim.from_uri.at, cpim.from_uri.length, id));
    assert_string_equal(id, "pann");
    message_text_drop(message_text_hold(text)); /* held twice, dropped once */
    assert_string_equal(text->room, "blue");
    message_text_drop(text);
}

static void what_a_switch_sends_asks_for_nothing(void **state)
{
    (void)state;
    const struct chat_draft draft = {.from_name = "Ann", .from_id = "pann", .text = "hi"};
    struct message_text *asks = make(&draft, MESSAGE_ENVELOPE);
    struct message_text *none = make(&draft, MESSAGE_SWITCHED);
    assert_non_null(strstr(asks->part[0], "Disposition-Notification"));
    assert_null(strstr(none->part[0], "Disposition-Notification"));
    assert_string_equal(message_text_type(MESSAGE_SWITCHED), CPIM_TYPE);
    message_text_drop(asks);
    message_text_drop(none);
}

static void notices_tell_of_files(void **state)
{
    (void)state;
    const struct chat_file file = {.url = "https://example.com/f?a=1&b=2",
                                   .name = "a b.png",
                                   .type = "image/png",
                                   .bytes = 12,
                                   .until_ns = 1795669026123456000};
    struct message_text *text =
        make(&(struct chat_draft){.from_name = "Ann", .text = "a b.png: link", .file = &file},
             MESSAGE_NOTICE);
    struct file_notice notice;
    assert_int_equal(text->count, 1);
    assert_string_equal(message_text_type(text->style), FILE_NOTICE_TYPE);
    assert_int_equal(
        file_notice_read((struct slice){text->part[0], strlen(text->part[0])}, &notice), 0);
    assert_string_equal(notice.url, file.url);
    assert_string_equal(notice.name, file.name);
    assert_string_equal(notice.type, file.type);
    assert_int_equal(notice.bytes, file.bytes);
    assert_string_equal(notice.until, "2026-11-26T04:57:06.123Z");
    assert_string_equal(text->instead, "Ann: a b.png: link");
    message_text_drop(text);
}

static void receivers_are_ours_only(void **state)
{
    (void)state;
    char id[PARTICIPANT_ID_BYTES];
    static const char *const none[] = {"", "sip:blue@x",
                                       "sip:blue@x;participant=", "sip:blue@x;participant=;y",
                                       "sip:blue@x;participant=pthisisfartoolongforanid"};
    for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_false(message_text_receiver(none[i], strlen(none[i]), id));
    const char *uri = "sip:blue@x;participant=p1;transport=tcp";
    assert_true(message_text_receiver(uri, strlen(uri), id));
    assert_string_equal(id, "p1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_stand_in_front),
        cmocka_unit_test(long_texts_are_cut_where_they_may),
        cmocka_unit_test(no_character_is_cut),
        cmocka_unit_test(envelopes_name_both),
        cmocka_unit_test(what_a_switch_sends_asks_for_nothing),
        cmocka_unit_test(notices_tell_of_files),
        cmocka_unit_test(receivers_are_ours_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
