/* test_cpim.c - envelopes of RFC 3862 and RFC 5438, those of others, and ours. */
#include "server/body/cpim.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct slice slice_of(const char *text)
{
    return (struct slice){text, strlen(text)};
}

static int read_text(const char *text, struct cpim *cpim)
{
    return cpim_read(slice_of(text), cpim);
}

#define assert_slice(slice, text) assert_true(slice_equals(slice, text))

static void the_rfcs_are_read(void **state)
{
    (void)state;
    struct cpim cpim;
    assert_int_equal(read_text("From: MR SANDERS <im:piglet@100akerwood.com>\r\n"
                               "To: Depressed Donkey <im:eeyore@100akerwood.com>\r\n"
                               "DateTime: 2000-12-13T13:40:00-08:00\r\n"
                               "Subject: the weather will be fine today\r\n"
                               "Subject:;lang=fr beau temps prevu pour aujourd'hui\r\n"
                               "NS: MyFeatures <mid:MessageFeatures@id.foo.com>\r\n"
                               "Require: MyFeatures.VitalMessageOption\r\n"
                               "MyFeatures.VitalMessageOption: Confirmation-requested\r\n"
                               "MyFeatures.WackyMessageOption: Use-silly-font\r\n"
                               "\r\n"
                               "Content-type: text/xml; charset=utf-8\r\n"
                               "Content-ID: <1234567890@foo.com>\r\n"
                               "\r\n"
                               "<body>\r\nHere is the text of my message.\r\n</body>\r\n",
                               &cpim),
                     0);
    assert_slice(cpim.from_uri, "im:piglet@100akerwood.com");
    assert_slice(cpim.to_uri, "im:eeyore@100akerwood.com");
    assert_int_equal(cpim.receivers, 1);
    assert_slice(cpim.type, "text/xml; charset=utf-8");
    assert_slice(cpim.content, "<body>\r\nHere is the text of my message.\r\n</body>\r\n");
    assert_slice(cpim.message_id, "");
    assert_false(cpim.wants_delivered);

    assert_int_equal(
        read_text("From: Alice <im:alice@example.com>\r\n"
                  "To: Bob <im:bob@example.com>\r\n"
                  "NS: imdn <urn:ietf:params:imdn>\r\n"
                  "imdn.Message-ID: 34jk324j\r\n"
                  "DateTime: 2006-04-04T12:16:49-05:00\r\n"
                  "imdn.Disposition-Notification: positive-delivery, negative-delivery\r\n"
                  "\r\n"
                  "Content-type: text/plain\r\n"
                  "Content-length: 12\r\n"
                  "\r\n"
                  "Hello World",
                  &cpim),
        0);
    assert_slice(cpim.message_id, "34jk324j");
    assert_true(cpim.wants_delivered);
    assert_slice(cpim.content, "Hello World");
}

static void prefixes_are_the_senders_to_choose(void **state)
{
    (void)state;
    struct cpim cpim;
    assert_int_equal(
        read_text("From: <sip:a@b>\nNS: x <urn:ietf:params:imdn>\nx.message-id: 7\n"
                  "x.disposition-notification: display\nimdn.Message-ID: 8\n\n\nhi",
                  &cpim),
        0);
    assert_slice(cpim.message_id, "7");
    assert_false(cpim.wants_delivered);
    assert_slice(cpim.type, "");
    assert_slice(cpim.content, "hi");
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "hello",
        "\r\n\r\nhello",                                   /* no header at all */
        "From: <sip:a@b>\r\n",                             /* no end of the headers */
        "From: <sip:a@b>\r\n\r\nContent-Type: text/plain", /* no end of the content's */
        "no colon\r\n\r\n\r\nhello",
        ": value\r\n\r\n\r\nhello",
        "From: <sip:a@b>\r\n\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=",
    };
    struct cpim cpim;
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(read_text(texts[i], &cpim), -EBADMSG);
    char many[4096] = "";
    for (unsigned i = 0; i < 100; i++)
        strcat(many, "X: y\n");
    strcat(many, "\n\nhello");
    assert_int_equal(read_text(many, &cpim), -EBADMSG);
}

static void odd_addresses_are_only_odd(void **state)
{
    (void)state;
    struct cpim cpim;
    assert_int_equal(read_text("From: sip:a@b\nTo: <sip:c@d\n\n\n", &cpim), 0);
    assert_slice(cpim.from_uri, "sip:a@b");
    assert_slice(cpim.to_uri, "");
    assert_int_equal(cpim.content.length, 0);
}

static void ours_is_read_back(void **state)
{
    (void)state;
    struct cpim cpim;
    char *text = cpim_write(&(struct cpim_out){.from_name = "An\"n\\",
                                               .from_uri = "sip:blue@host;participant=p1",
                                               .to_uri = "sip:blue@host",
                                               .time = "2026-11-26T05:00:00.000Z",
                                               .message_id = "17",
                                               .asks = true,
                                               .type = "text/plain;charset=UTF-8",
                                               .content = "one\n\ntwo"});
    assert_non_null(strstr(text, "From: \"An\\\"n\\\\\" <sip:blue@host;participant=p1>\r\n"));
    assert_int_equal(read_text(text, &cpim), 0);
    assert_slice(cpim.from_uri, "sip:blue@host;participant=p1");
    assert_slice(cpim.to_uri, "sip:blue@host");
    assert_slice(cpim.message_id, "17");
    assert_true(cpim.wants_delivered);
    assert_slice(cpim.type, "text/plain;charset=UTF-8");
    assert_slice(cpim.content, "one\n\ntwo");
    free(text);
    text = cpim_write(&(struct cpim_out){.from_name = "",
                                         .from_uri = "sip:a@b",
                                         .to_uri = "sip:c@d",
                                         .time = "now",
                                         .is_receipt = true,
                                         .type = "message/imdn+xml",
                                         .content = "<imdn/>"});
    assert_non_null(strstr(text, "\r\nContent-Disposition: notification\r\n"));
    assert_null(strstr(text, "imdn."));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rfcs_are_read),
        cmocka_unit_test(prefixes_are_the_senders_to_choose),
        cmocka_unit_test(what_is_none_is_refused),
        cmocka_unit_test(odd_addresses_are_only_odd),
        cmocka_unit_test(ours_is_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
