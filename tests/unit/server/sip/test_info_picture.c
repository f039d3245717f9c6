/* test_info_picture.c - bodies of INFO that ask for a key frame, and others. */
#include "server/sip/info_picture.h"

#include "server/body/xml_walk.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ASK(inner) "<media_control><vc_primitive>" inner "</vc_primitive></media_control>"

struct row {
    const char *body;
    int result;
};

static const struct row rows[] = {
    {INFO_PICTURE_BODY, 0},
    /* as RFC 5168 has it, as old room systems and soft switches write it */
    {"<?xml version=\"1.0\" encoding=\"utf-8\" ?>\r\n  <media_control>\r\n\r\n    "
     "<vc_primitive>\r\n      <to_encoder>\r\n        <picture_fast_update>\r\n        "
     "</picture_fast_update>\r\n      </to_encoder>\r\n    </vc_primitive>\r\n\r\n  "
     "</media_control>\r\n",
     0},
    {ASK("<to_encoder><picture_fast_update></picture_fast_update></to_encoder>"
         "<stream_id>0</stream_id>"),
     0},
    {ASK("<to_encoder><picture_fast_update /></to_encoder >"), 0},
    {"\r\n\r\n" ASK("<picture_fast_update/>") "\r\n\t ", 0},
    {"<m:media_control xmlns:m=\"urn:x>y\" a='/>'><m:picture_fast_update/></m:media_control>",
     0},
    {"<!-- > --><media_control><![CDATA[<a>]]><picture_fast_update/></media_control><!---->",
     0},
    {"<media_control><picture_fast_update a=\"/\"></picture_fast_update></media_control>", 0},
    /* well-formed, but no such wish */
    {"<media_control/>", -ENOMSG},
    {ASK("<general_error>no</general_error>"), -ENOMSG},
    {ASK("picture_fast_update"), -ENOMSG},
    {ASK("<!--<picture_fast_update/>-->"), -ENOMSG},
    {ASK("<![CDATA[<picture_fast_update/>]]>"), -ENOMSG},
    {ASK("<?picture_fast_update ?>"), -ENOMSG},
    {ASK("<x picture_fast_update=\"<picture_fast_update/>\"/>"), -ENOMSG},
    {ASK("<picture_fast_updates/><a_picture_fast_update/>"), -ENOMSG},
    /* not well-formed */
    {"", -EBADMSG},
    {"picture_fast_update", -EBADMSG},
    {"<picture_fast_update/>", -EBADMSG},
    {"<media_control><picture_fast_update/>", -EBADMSG},
    {"<media_control><picture_fast_update/></media_contro>", -EBADMSG},
    {"<media_control><picture_fast_update></media_control></picture_fast_update>", -EBADMSG},
    {"</media_control>", -EBADMSG},
    {"<media_control/></media_control>", -EBADMSG},
    {"<media_control/><media_control/>", -EBADMSG},
    {"<media_control><a b=\"></media_control>", -EBADMSG},
    {"<media_control><a <b></media_control>", -EBADMSG},
    {"<media_control>< picture_fast_update/></media_control>", -EBADMSG},
    {"<media_control><!-- <picture_fast_update/></media_control>", -EBADMSG},
    {"<media_control><", -EBADMSG},
    {"<media_control></", -EBADMSG},
    {"<![CDATA[]]><media_control/>", -EBADMSG},
    {"<!DOCTYPE x [<!ENTITY a \"b\">]><media_control/>", -EBADMSG},
};

/* None of its bytes may lie behind the end. */
static int read_exact(const char *type, const char *body, size_t length)
{
    char *exact = malloc(length ? length : 1);
    assert_non_null(exact);
    memcpy(exact, body, length);
    int result = info_picture_read(type, exact, length);
    free(exact);
    return result;
}

static void reads_what_is_asked_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int result = read_exact(INFO_PICTURE_TYPE, rows[i].body, strlen(rows[i].body));
        if (result != rows[i].result)
            fail_msg("%d: %s", result, rows[i].body);
    }
}

static void knows_its_content_type(void **state)
{
    (void)state;
    static const char *const others[] = {"", "application/sdp", "application/media_control",
                                         "application/media_control+xmls"};
    static const char *const same[] = {INFO_PICTURE_TYPE ";charset=utf-8",
                                       "APPLICATION/Media_Control+XML ; x=y"};
    size_t length = strlen(INFO_PICTURE_BODY);
    assert_int_equal(read_exact(NULL, INFO_PICTURE_BODY, length), -ENOTSUP);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_int_equal(read_exact(others[i], INFO_PICTURE_BODY, length), -ENOTSUP);
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        assert_int_equal(read_exact(same[i], INFO_PICTURE_BODY, length), 0);
}

static void has_limits(void **state)
{
    (void)state;
    char body[INFO_PICTURE_MAX_BYTES + 1];
    size_t length = strlen("<media_control><picture_fast_update/></media_control>");
    memset(body, ' ', sizeof(body));
    memcpy(body, "<media_control><picture_fast_update/></media_control>", length);
    assert_int_equal(read_exact(INFO_PICTURE_TYPE, body, sizeof(body) - 1), 0);
    assert_int_equal(read_exact(INFO_PICTURE_TYPE, body, sizeof(body)), -EBADMSG);
    for (unsigned depth = XML_WALK_MAX_DEPTH; depth <= XML_WALK_MAX_DEPTH + 1; depth++) {
        char *at = body;
        at += sprintf(at, "<media_control>");
        for (unsigned i = 1; i < depth; i++)
            at += sprintf(at, "<a>");
        for (unsigned i = 1; i < depth; i++)
            at += sprintf(at, "</a>");
        at += sprintf(at, "</media_control>");
        assert_int_equal(read_exact(INFO_PICTURE_TYPE, body, (size_t)(at - body)),
                         depth <= XML_WALK_MAX_DEPTH ? -ENOMSG : -EBADMSG);
    }
}

static void survives_what_is_cut_off(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t length = 0; length < strlen(rows[i].body); length++) {
            int result = read_exact(INFO_PICTURE_TYPE, rows[i].body, length);
            assert_true(result == 0 || result == -ENOMSG || result == -EBADMSG);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_is_asked_for),
        cmocka_unit_test(knows_its_content_type),
        cmocka_unit_test(has_limits),
        cmocka_unit_test(survives_what_is_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
