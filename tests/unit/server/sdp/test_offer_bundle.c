/* test_offer_bundle.c - what browsers offer, and what they are answered. */
#include "server/sdp/offer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD(group)                                                                            \
    "v=0\r\no=- 7 7 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE " group "\r\n"          \
    "a=fingerprint:sha-256 "                                                                   \
    "69:67:2B:D1:4B:07:C3:E2:FC:46:DA:89:52:38:BA:27:6A:1C:88:68:11:E0:D5:2A:A7:EC:45:82:E4:"  \
    "8F:E1:C6\r\n"
#define WAY(ufrag)                                                                             \
    "c=IN IP4 0.0.0.0\r\na=ice-ufrag:" ufrag                                                   \
    "\r\na=ice-pwd:jaFrdEE1nISnR3oq8KZDsf05\r\na=setup:actpass\r\na=rtcp-mux\r\n"
#define AUDIO_OF(protocol, way)                                                                \
    "m=audio 9 " protocol " 111\r\n" way "a=mid:a\r\na=rtpmap:111 opus/48000/2\r\n"
#define AUDIO AUDIO_OF("UDP/TLS/RTP/SAVPF", WAY("Td5c"))
#define VIDEO(port, mid, ufrag, more)                                                          \
    "m=video " port " UDP/TLS/RTP/SAVPF 96 97\r\n" WAY(                                        \
        ufrag) "a=mid:" mid                                                                    \
               "\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\na=rtpmap:97 rtx/90000\r\n"   \
               "a=fmtp:97 apt=96\r\n" more

static const struct dtls_fingerprint fingerprint = {.hash = DTLS_SHA_256};

struct talk {
    struct offer_session session;
    struct offer_local local;
    struct leg_plan leg;
    struct video_plans video;
    char *sdp;
};

static void begin(struct talk *talk)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(10000)};
    here.sin_addr.s_addr = htonl(0xc0000207);
    memset(talk, 0, sizeof(*talk));
    offer_session_init(&talk->session);
    talk->session.srtp = MEDIA_SRTP_REQUIRED;
    talk->session.bundles = true;
    talk->session.fingerprint = &fingerprint;
    talk->local = (struct offer_local){
        .family = AF_INET,
        .address = "0.0.0.0",
        .port = 10000,
        .ptime_ms = 20,
        .video[VIDEO_CAMERA] = {.port = 10000},
        .candidate_count = 1,
        .audio_source = {.stream = "room", .track = "sound", .cname = "c", .ssrc = 1},
        .video_source[VIDEO_CAMERA] = {
            .stream = "room", .track = "picture", .cname = "c", .ssrc = 2, .repeats = 3}};
    ice_candidate_host(&talk->local.candidates[0], (const struct sockaddr *)&here, 65535);
}

static void end(struct talk *talk)
{
    free(talk->sdp);
    offer_session_finish(&talk->session);
}

static void answer(struct talk *talk, const char *body)
{
    struct offer *offer;
    struct offer_failure why;
    free(talk->sdp);
    talk->sdp = NULL;
    if (offer_read(&talk->session, body, strlen(body), &offer, &why) != 0)
        fail_msg("%u %s, %s: %s", why.status, why.text, why.warning.text, body);
    assert_int_equal(
        offer_answer(&talk->session, offer, &talk->local, &talk->leg, &talk->video, &talk->sdp),
        0);
    offer_destroy(offer);
    offer_commit(&talk->session);
}

static unsigned count(const char *text, const char *part)
{
    unsigned found = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        found++;
    return found;
}

static void assert_has(const struct talk *talk, const char *part)
{
    if (!strstr(talk->sdp, part))
        fail_msg("no \"%s\" in\n%s", part, talk->sdp);
}

static void all_has_one_transport(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    answer(&talk, HEAD("a v") AUDIO VIDEO("9", "v", "Td5c", ""));
    assert_has(&talk, "a=group:BUNDLE a v\r\n");
    assert_has(&talk, "a=ice-lite\r\n");
    assert_has(&talk, "a=mid:a\r\n");
    assert_has(&talk, "a=mid:v\r\n");
    assert_has(&talk, "m=audio 10000 UDP/TLS/RTP/SAVPF 111\r\n");
    assert_has(&talk, "m=video 10000 UDP/TLS/RTP/SAVPF 96 97\r\n");
    assert_has(&talk, " 192.0.2.7 10000 typ host\r\n");
    assert_has(&talk, "a=msid:room sound\r\n");
    assert_has(&talk, "a=ssrc-group:FID 2 3\r\n");
    assert_int_equal(count(talk.sdp, "a=setup:passive\r\n"), 2);
    const struct offer_dtls *audio = offer_dtls_of_sound(&talk.session);
    const struct offer_dtls *video = offer_dtls_of_video(&talk.session, VIDEO_CAMERA);
    assert_true(audio->is_used && audio->has_ice);
    assert_memory_equal(audio, video, sizeof(*audio));
    assert_string_equal(audio->remote_ice.ufrag, "Td5c");
    assert_int_equal(count(talk.sdp, audio->local.password), 2);
    assert_int_equal(talk.leg.security.kind, RTP_SECURITY_DTLS);
    assert_true(talk.leg.security.by_path && talk.video.stream[VIDEO_CAMERA].security.by_path);
    assert_int_equal(talk.video.stream[VIDEO_CAMERA].codec_count, 1);
    assert_int_equal(talk.video.stream[VIDEO_CAMERA].codec[0].rtx_receive_type, 97);
    end(&talk);
}

/* RFC 9143 section 15. */
static void sections_are_named_in_packets_where_it_is_offered(void **state)
{
    (void)state;
    static const char mid[] = "a=extmap:9 urn:ietf:params:rtp-hdrext:sdes:mid\r\n";
    struct talk talk;
    char body[4096];
    begin(&talk);
    answer(&talk, HEAD("a v") AUDIO VIDEO("9", "v", "Td5c", ""));
    assert_int_equal(talk.leg.mid.id, 0);
    assert_int_equal(talk.video.stream[VIDEO_CAMERA].mid.id, 0);
    assert_null(strstr(talk.sdp, "sdes:mid"));
    snprintf(body, sizeof(body), "%s%s%s%s", HEAD("a v") AUDIO, mid,
             VIDEO("9", "v", "Td5c", ""), mid);
    answer(&talk, body);
    assert_int_equal(count(talk.sdp, mid), 2);
    assert_int_equal(talk.leg.mid.id, 9);
    assert_string_equal(talk.leg.mid.name, "a");
    assert_int_equal(talk.video.stream[VIDEO_CAMERA].mid.id, 9);
    assert_string_equal(talk.video.stream[VIDEO_CAMERA].mid.name, "v");
    end(&talk);
}

/* A browser has no word for what it presents: it is the second picture, while it sends. */
static void a_second_picture_is_what_is_presented(void **state)
{
    (void)state;
    struct talk talk;
    const struct video_plan *slides = &talk.video.stream[VIDEO_SLIDES];
    begin(&talk);
    talk.local.video[VIDEO_SLIDES].port = 10000;
    answer(&talk, HEAD("a v s") AUDIO VIDEO("9", "v", "Td5c", "")
                      VIDEO("9", "s", "Td5c", "a=recvonly\r\n"));
    assert_int_equal(slides->codec_count, 0); /* it would be sent them */
    assert_has(&talk, "a=group:BUNDLE a v\r\n");

    answer(&talk, HEAD("a v s") AUDIO VIDEO("9", "v", "Td5c", "")
                      VIDEO("9", "s", "Td5c", "a=sendonly\r\n"));
    assert_has(&talk, "a=group:BUNDLE a v s\r\n");
    assert_int_equal(count(talk.sdp, "m=video 10000 UDP/TLS/RTP/SAVPF 96 97\r\n"), 2);
    assert_int_equal(count(talk.sdp, "a=recvonly\r\n"), 1);
    assert_int_equal(count(talk.sdp, "a=ssrc-group:FID "), 1); /* we send in one */
    assert_null(strstr(talk.sdp, "a=content"));
    assert_true(slides->codec_count == 1 && slides->receive && !slides->send);
    assert_true(slides->security.by_path);
    assert_memory_equal(offer_dtls_of_sound(&talk.session),
                        offer_dtls_of_video(&talk.session, VIDEO_SLIDES),
                        sizeof(struct offer_dtls));

    /* it rests, and keeps its place */
    answer(&talk, HEAD("a v s") AUDIO VIDEO("9", "v", "Td5c", "")
                      VIDEO("9", "s", "Td5c", "a=inactive\r\n"));
    assert_has(&talk, "a=group:BUNDLE a v s\r\n");
    assert_true(slides->codec_count == 1 && !slides->receive && !slides->send);
    assert_true(talk.video.stream[VIDEO_CAMERA].send);
    end(&talk);
}

/* With port 0 and a=bundle-only it is not refused (RFC 9143 section 6); what stands in it of
 * another way does not count. */
static void a_bundled_section_has_no_way_of_its_own(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    answer(&talk, HEAD("a v") AUDIO VIDEO("0", "v", "other", "a=bundle-only\r\n"));
    assert_int_equal(talk.video.stream[VIDEO_CAMERA].codec_count, 1);
    assert_string_equal(offer_dtls_of_video(&talk.session, VIDEO_CAMERA)->remote_ice.ufrag,
                        "Td5c");
    end(&talk);
}

static void what_is_not_in_the_group_is_refused(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    answer(&talk, HEAD("a") AUDIO VIDEO("9", "v", "Td5c", ""));
    assert_int_equal(talk.video.stream[VIDEO_CAMERA].codec_count, 0);
    assert_has(&talk, "a=group:BUNDLE a\r\n");
    assert_has(&talk, "m=video 0 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:v\r\n");

    /* nor is a second picture taken, or one that we do not want */
    answer(&talk, HEAD("a v w") AUDIO VIDEO("9", "v", "Td5c", "") VIDEO("9", "w", "Td5c", ""));
    assert_has(&talk, "a=group:BUNDLE a v\r\n");
    assert_has(&talk, "m=video 0 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:w\r\n");
    talk.local.video[VIDEO_CAMERA].port = 0;
    answer(&talk, HEAD("a v") AUDIO VIDEO("9", "v", "Td5c", ""));
    assert_has(&talk, "a=group:BUNDLE a\r\n");
    assert_int_equal(talk.video.stream[VIDEO_CAMERA].codec_count, 0);
    end(&talk);
}

static void a_restart_is_one_for_both(void **state)
{
    (void)state;
    struct talk talk;
    struct ice_credentials before;
    begin(&talk);
    answer(&talk, HEAD("a v") AUDIO VIDEO("9", "v", "Td5c", ""));
    before = offer_dtls_of_sound(&talk.session)->local;
    answer(&talk, HEAD("a v") AUDIO VIDEO("9", "v", "Td5c", "")); /* the same again */
    assert_string_equal(offer_dtls_of_video(&talk.session, VIDEO_CAMERA)->local.ufrag,
                        before.ufrag);
    answer(&talk,
           HEAD("a v") AUDIO_OF("UDP/TLS/RTP/SAVPF", WAY("new1")) VIDEO("9", "v", "new1", ""));
    const struct offer_dtls *video = offer_dtls_of_video(&talk.session, VIDEO_CAMERA);
    assert_string_not_equal(video->local.ufrag, before.ufrag);
    assert_string_equal(video->local.ufrag, offer_dtls_of_sound(&talk.session)->local.ufrag);
    assert_string_equal(video->remote_ice.ufrag, "new1");
    end(&talk);
}

static void what_is_no_bundle_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *body, *why;
    } rows[] = {
        {HEAD("v") AUDIO VIDEO("9", "v", "Td5c", ""), "BUNDLE"},
        {HEAD("a gone") AUDIO, "BUNDLE"},
        {HEAD("a") AUDIO_OF("UDP/TLS/RTP/SAVPF", "c=IN IP4 0.0.0.0\r\na=setup:actpass\r\n"
                                                 "a=rtcp-mux\r\n"),
         "ICE"},
        {HEAD("a") AUDIO_OF("UDP/TLS/RTP/SAVPF",
                            "c=IN IP4 0.0.0.0\r\na=setup:actpass\r\na=ice-ufrag:Td5c\r\n"
                            "a=ice-pwd:jaFrdEE1nISnR3oq8KZDsf05\r\n"),
         "rtcp-mux"},
        {HEAD("a") AUDIO_OF("RTP/AVP", WAY("Td5c")), "encrypted"},
        {HEAD("a") AUDIO_OF("RTP/SAVP", WAY("Td5c")), "crypto"},
        {HEAD("a") VIDEO("9", "a", "Td5c", ""), "audio"},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct talk talk;
        struct offer *offer;
        struct offer_failure why;
        begin(&talk);
        assert_true(
            offer_read(&talk.session, rows[i].body, strlen(rows[i].body), &offer, &why) < 0);
        assert_int_equal(why.status, 488);
        if (!strstr(why.warning.text, rows[i].why))
            fail_msg("%u: %s", i, why.warning.text);
        end(&talk);
    }
}

/* Most of what an offer can have: it must fit into our answer. */
static void a_large_offer_is_answered(void **state)
{
    (void)state;
    enum { SECTIONS = 31 };
    static char body[65536];
    struct talk talk;
    size_t used = (size_t)snprintf(body, sizeof(body),
                                   "v=0\r\no=- 7 7 IN IP4 127.0.0.1\r\n"
                                   "s=-\r\nt=0 0\r\na=group:BUNDLE a");
    for (unsigned i = 0; i < SECTIONS; i++)
        used += (size_t)snprintf(body + used, sizeof(body) - used, " a-name-of-%020u", i);
    used += (size_t)snprintf(body + used, sizeof(body) - used, "%s%s",
                             strstr(HEAD("x"), "\r\na=fingerprint"), AUDIO);
    for (unsigned i = 0; i < SECTIONS; i++)
        used +=
            (size_t)snprintf(body + used, sizeof(body) - used,
                             "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" WAY(
                                 "Td5c") "a=mid:a-name-of-%020u\r\na=rtpmap:96 VP8/90000\r\n",
                             i);
    begin(&talk);
    while (talk.local.candidate_count < ICE_LINES_MAX_OURS) {
        talk.local.candidates[talk.local.candidate_count] = talk.local.candidates[0];
        talk.local.candidate_count++;
    }
    answer(&talk, body);
    assert_int_equal(count(talk.sdp, "m=video 0 "), SECTIONS - 1);
    assert_int_equal(count(talk.sdp, "a=mid:"), SECTIONS + 1);
    end(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_has_one_transport),
        cmocka_unit_test(sections_are_named_in_packets_where_it_is_offered),
        cmocka_unit_test(a_second_picture_is_what_is_presented),
        cmocka_unit_test(a_bundled_section_has_no_way_of_its_own),
        cmocka_unit_test(what_is_not_in_the_group_is_refused),
        cmocka_unit_test(a_restart_is_one_for_both),
        cmocka_unit_test(what_is_no_bundle_is_refused),
        cmocka_unit_test(a_large_offer_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
