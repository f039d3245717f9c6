/* test_media_section.c - addresses, directions and bandwidth of a section of any medium. */
#include "server/sdp/media_section.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "v=0\r\no=- 7 7 IN IP4 192.0.2.9\r\ns=x\r\n"

/* Reads the first section of @p body. */
static int read_first(const char *body, struct media_section *section,
                      struct offer_warning *warning)
{
    struct description description;
    char why[DESCRIPTION_WHY_BYTES];
    assert_int_equal(description_read(body, strlen(body), &description, why), 0);
    memset(warning, 0, sizeof(*warning));
    int error = media_section_read(&description, &description.media[0], section, warning);
    description_finish(&description);
    return error;
}

static const char *text_of(const struct sockaddr_storage *address)
{
    static char out[INET6_ADDRSTRLEN + 8];
    char host[INET6_ADDRSTRLEN] = "";
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    if (address->ss_family == AF_UNSPEC)
        return "none";
    if (address->ss_family == AF_INET)
        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
    else
        inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
    snprintf(out, sizeof(out), "%s %u", host,
             ntohs(address->ss_family == AF_INET ? v4->sin_port : v6->sin6_port));
    return out;
}

struct row {
    const char *body;
    const char *rtp, *rtcp;
    enum media_direction direction;
    bool rtcp_mux;
};

static const struct row rows[] = {
    {HEAD "c=IN IP4 192.0.2.1\r\nm=video 5000 RTP/AVP 96\r\n", "192.0.2.1 5000",
     "192.0.2.1 5001", MEDIA_SENDRECV, false},
    {HEAD "c=IN IP4 192.0.2.1\r\nm=video 5000 RTP/AVPF 96\r\nc=IN IP6 ::1\r\n", "::1 5000",
     "::1 5001", MEDIA_SENDRECV, false},
    {HEAD "a=sendonly\r\nm=video 65535 RTP/AVP 96\r\nc=IN IP4 192.0.2.1\r\n", "192.0.2.1 65535",
     "none", MEDIA_SENDONLY, false},
    {HEAD "a=sendonly\r\nm=x 5000 RTP/AVP 96\r\nc=IN IP4 192.0.2.1\r\na=inactive\r\n"
          "a=rtcp:7 IN IP4 192.0.2.2\r\n",
     "192.0.2.1 5000", "192.0.2.2 7", MEDIA_INACTIVE, false},
    {HEAD "m=x 5000 RTP/AVP 96\r\nc=IN IP4 192.0.2.1\r\na=rtcp:7\r\na=rtcp-mux\r\n",
     "192.0.2.1 5000", "192.0.2.1 5000", MEDIA_SENDRECV, true},
    {HEAD "m=x 5000 RTP/AVP 96\r\nc=IN IP4 0.0.0.0\r\n", "none", "none", MEDIA_SENDRECV, false},
    {HEAD "m=x 5000 RTP/AVP 96\r\nc=IN IP6 ::\r\n", "none", "none", MEDIA_SENDRECV, false},
};

static void reads_addresses_and_direction(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct media_section section;
        struct offer_warning warning;
        memset(&section, 0xff, sizeof(section));
        assert_int_equal(read_first(rows[i].body, &section, &warning), 0);
        assert_string_equal(text_of(&section.rtp), rows[i].rtp);
        assert_string_equal(text_of(&section.rtcp), rows[i].rtcp);
        assert_int_equal(section.direction, rows[i].direction);
        assert_int_equal(section.rtcp_mux, rows[i].rtcp_mux);
        bool is_v6 = strstr(rows[i].body, "IP6") != NULL;
        assert_int_equal(section.family, is_v6 ? AF_INET6 : AF_INET); /* of 0.0.0.0, too */
    }
}

static void says_why_not(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        int error;
        unsigned code;
    } bad[] = {
        {HEAD "m=video 5000 RTP/SAVP 96\r\nc=IN IP4 192.0.2.1\r\n", -EPROTONOSUPPORT, 302},
        {HEAD "m=video 5000 RTP/AVPFF 96\r\nc=IN IP4 192.0.2.1\r\n", -EPROTONOSUPPORT, 302},
        {HEAD "m=video 5000 RTP/AVP 96\r\n", -EBADMSG, 399},
        {HEAD "m=video 5000 RTP/AVP 96\r\nc=IN IP4\r\n", -EBADMSG, 399},
        {HEAD "m=video 5000 RTP/AVP 96\r\nc=IN IP4 a.example\r\n", -EAFNOSUPPORT, 301},
        {HEAD "m=video 5000 RTP/AVP 96\r\nc=IN IP4 239.1.2.3/7\r\n", -EAFNOSUPPORT, 330},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct media_section section;
        struct offer_warning warning;
        assert_int_equal(read_first(bad[i].body, &section, &warning), bad[i].error);
        assert_int_equal(warning.code, bad[i].code);
        assert_true(warning.text[0] != '\0');
    }
}

/* Who is held by 0.0.0.0 is sent nothing, whatever else is said. */
static void turns_the_direction(void **state)
{
    (void)state;
    for (int theirs = MEDIA_SENDRECV; theirs <= MEDIA_INACTIVE; theirs++) {
        for (int ours = MEDIA_SENDRECV; ours <= MEDIA_INACTIVE; ours++) {
            struct media_section section = {.direction = (enum media_direction)theirs,
                                            .rtp.ss_family = AF_INET};
            enum media_direction open =
                media_section_turn(&section, (enum media_direction)ours);
            assert_int_equal(open, media_direction_turn((enum media_direction)theirs,
                                                        (enum media_direction)ours));
            section.rtp.ss_family = AF_UNSPEC;
            enum media_direction held =
                media_section_turn(&section, (enum media_direction)ours);
            assert_false(media_direction_sends(held));
            assert_int_equal(media_direction_hears(held), media_direction_hears(open));
        }
    }
}

static void finds_bandwidth(void **state)
{
    (void)state;
    static const char text[] = "c=x\r\nb=AS:x\r\na=b\r\nb=TIAS:64000\r\nb=TIAS:1\r\nb=RS:0\r\n";
    struct slice lines = {text, strlen(text)};
    unsigned long number = 4711;
    assert_false(media_section_bandwidth(lines, "AS", &number));
    assert_false(media_section_bandwidth(lines, "RR", &number));
    assert_false(media_section_bandwidth(lines, "TIA", &number));
    assert_int_equal(number, 4711);
    assert_true(media_section_bandwidth(lines, "TIAS", &number));
    assert_int_equal(number, 64000);
    assert_true(media_section_bandwidth(lines, "RS", &number));
    assert_int_equal(number, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_addresses_and_direction),
        cmocka_unit_test(says_why_not),
        cmocka_unit_test(turns_the_direction),
        cmocka_unit_test(finds_bandwidth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
