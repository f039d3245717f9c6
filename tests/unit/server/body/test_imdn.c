/* test_imdn.c - what receivers tell of messages. */
#include "server/body/imdn.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int read_text(const char *text, struct imdn *imdn)
{
    return imdn_read((struct slice){text, strlen(text)}, imdn);
}

#define IMDN(inner)                                                                            \
    "<?xml version=\"1.0\"?><imdn xmlns=\"urn:ietf:params:xml:ns:imdn\">" inner "</imdn>"
#define ID "<message-id>34jk324j</message-id>"
#define STATUS(word)                                                                           \
    ID "<delivery-notification><status>" word "</status></delivery-notification>"

static void statuses_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum imdn_status status;
    } rows[] = {
        {IMDN(STATUS("<delivered/>")), IMDN_DELIVERED},
        {IMDN(STATUS("<delivered></delivered>")), IMDN_DELIVERED},
        {IMDN(STATUS(" <displayed/> ")), IMDN_DISPLAYED},
        {IMDN(STATUS("<failed/>")), IMDN_FAILED},
        {IMDN(STATUS("<forbidden/>")), IMDN_FAILED},
        {IMDN(STATUS("<error/>")), IMDN_FAILED},
        {IMDN(STATUS("<stored/>")), IMDN_UNKNOWN},
        {IMDN(STATUS("<x><delivered/></x>")), IMDN_UNKNOWN},
        {IMDN(ID "<delivered/>"), IMDN_UNKNOWN}, /* not where it belongs */
        {IMDN(ID), IMDN_UNKNOWN},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct imdn imdn;
        assert_int_equal(read_text(rows[i].text, &imdn), 0);
        assert_int_equal(imdn.status, rows[i].status);
        assert_true(slice_equals(imdn.message_id, "34jk324j"));
    }
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "hello",
        ("<other>" ID "</other>"),
        IMDN("<delivery-notification><status><delivered/></status></delivery-notification>"),
        IMDN("<message-id></message-id>"),
        IMDN("<x>" ID "</x>"), /* of something else */
        ("<imdn>" ID),
    };
    struct imdn imdn;
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(read_text(texts[i], &imdn), -EBADMSG);
}

static void ours_is_read_back(void **state)
{
    (void)state;
    struct imdn imdn;
    char *text = imdn_write_delivered((struct slice){"a-1", 3}, "2026-11-26T05:00:00.000Z");
    assert_int_equal(read_text(text, &imdn), 0);
    assert_true(slice_equals(imdn.message_id, "a-1"));
    assert_int_equal(imdn.status, IMDN_DELIVERED);
    free(text);
    char odd[600];
    memset(odd, '<', sizeof(odd));
    text = imdn_write_delivered((struct slice){odd, sizeof(odd)}, "now");
    assert_int_equal(read_text(text, &imdn), 0);
    assert_int_equal(imdn.message_id.length, 256 * strlen("&lt;"));
    free(text);
    text = imdn_write_delivered((struct slice){"a\r\n\xc3\xb6 \0b", 8}, "now");
    assert_int_equal(read_text(text, &imdn), 0);
    assert_true(slice_equals(imdn.message_id, "ab"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statuses_are_read),
        cmocka_unit_test(what_is_none_is_refused),
        cmocka_unit_test(ours_is_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
