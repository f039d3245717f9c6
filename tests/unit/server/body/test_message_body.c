/* test_message_body.c - what a MESSAGE brings, by its type. */
#include "server/body/message_body.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int read_text(const char *type, const char *text, struct message_body *read)
{
    return message_body_read(type, (struct slice){text, strlen(text)}, read);
}

#define ENVELOPE "From: <sip:a@b>\r\nTo: <sip:c@d>\r\n\r\n"

static void types_are_told_apart(void **state)
{
    (void)state;
    struct message_body read;
    assert_int_equal(read_text("text/plain", "hi", &read), 0);
    assert_int_equal(read.kind, MESSAGE_BODY_TEXT);
    assert_true(slice_equals(read.text, "hi"));
    assert_false(read.has_envelope);
    assert_int_equal(read_text("Text/PLAIN ; charset=UTF-8", "hi", &read), 0);
    assert_int_equal(read_text(NULL, "hi", &read), 0);
    assert_int_equal(read_text(COMPOSING_TYPE, COMPOSING_ACTIVE, &read), 0);
    assert_int_equal(read.kind, MESSAGE_BODY_COMPOSING);
    assert_true(read.composing.is_active);
    assert_int_equal(read_text(IMDN_TYPE, "<imdn><message-id>1</message-id></imdn>", &read), 0);
    assert_int_equal(read.kind, MESSAGE_BODY_RECEIPT);
    assert_int_equal(read_text(FILE_NOTICE_TYPE,
                               "<file><file-info type=\"file\"><data url=\"http://a/b\"/>"
                               "</file-info></file>",
                               &read),
                     0);
    assert_int_equal(read.kind, MESSAGE_BODY_FILE);
    assert_string_equal(read.file.url, "http://a/b");
    assert_int_equal(read_text(FILE_NOTICE_TYPE, "hi", &read), -EBADMSG);
    assert_int_equal(read_text("text/html", "hi", &read), -ENOTSUP);
    assert_int_equal(read_text("text/plainer", "hi", &read), -ENOTSUP);
    assert_int_equal(read_text(COMPOSING_TYPE, "hi", &read), -EBADMSG);
    assert_int_equal(read_text(IMDN_TYPE, "hi", &read), -EBADMSG);
}

static void envelopes_are_opened_once(void **state)
{
    (void)state;
    struct message_body read;
    assert_int_equal(read_text(CPIM_TYPE, ENVELOPE "Content-Type: text/plain\r\n\r\nhi", &read),
                     0);
    assert_true(read.has_envelope);
    assert_int_equal(read.kind, MESSAGE_BODY_TEXT);
    assert_true(slice_equals(read.text, "hi"));
    assert_true(slice_equals(read.envelope.to_uri, "sip:c@d"));
    assert_int_equal(read_text(CPIM_TYPE, ENVELOPE "\r\nhi", &read), 0);
    assert_int_equal(read.kind, MESSAGE_BODY_TEXT);
    assert_int_equal(
        read_text(CPIM_TYPE, ENVELOPE "Content-Type: " COMPOSING_TYPE "\r\n\r\n" COMPOSING_IDLE,
                  &read),
        0);
    assert_int_equal(read.kind, MESSAGE_BODY_COMPOSING);
    assert_int_equal(read_text(CPIM_TYPE,
                               ENVELOPE "Content-Type: " CPIM_TYPE "\r\n\r\n" ENVELOPE "\r\nhi",
                               &read),
                     -ENOTSUP);
    assert_int_equal(read_text(CPIM_TYPE, "hi", &read), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_told_apart),
        cmocka_unit_test(envelopes_are_opened_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
