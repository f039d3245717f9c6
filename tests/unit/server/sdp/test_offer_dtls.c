/* test_offer_dtls.c - DTLS and ICE in offers and answers: a phone, a browser, a dialog's roles
 * and credentials, and what cannot be used. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/server/sdp/offer_talk.h"

#define HEX_8(a) a ":01:02:03:04:05:06:07"
#define SHA_256(a)                                                                             \
    "a=fingerprint:sha-256 " HEX_8(a) ":" HEX_8("08") ":" HEX_8("10") ":" HEX_8("18") "\r\n"
#define SETUP(word) "a=setup:" word "\r\n"
#define ICE(ufrag) "a=ice-ufrag:" ufrag "\r\na=ice-pwd:0123456789012345678901\r\n"
#define MUX "a=rtcp-mux\r\n"
#define SAVP "UDP/TLS/RTP/SAVP"
#define SAVPF "UDP/TLS/RTP/SAVPF"
#define OURS                                                                                   \
    "a=fingerprint:sha-256 "                                                                   \
    "A5:A5:A5:A5:A5:A5:A5:A5:A5:A5:A5:A5:A5:A5:A5:A5:A5:A5:A5:A5:A5:A5:A5:A5:A5:A5:A5:A5:A5:"  \
    "A5:A5:A5\r\n"

static struct dtls_fingerprint ours;

static struct offer_session session_of(enum media_srtp srtp)
{
    struct offer_session session;
    ours.hash = DTLS_SHA_256;
    memset(ours.value, 0xa5, 32);
    offer_session_init(&session);
    session.srtp = srtp;
    session.fingerprint = &ours;
    return session;
}

static void assert_has(const char *sdp, const char *what)
{
    if (!strstr(sdp, what))
        fail_msg("no %s in %s", what, sdp);
}

/* ---- a phone ---- */

struct row {
    const char *offer;
    const char *has[3], *has_not; /* of the answer */
    bool voice, picture;          /* have DTLS     */
    enum dtls_role role;
};

static const struct row rows[] = {
    {HEAD AUDIO(SAVP) SHA_256("AA") SETUP("actpass") MUX,
     {"m=audio 20000 " SAVP " 0\r\n", OURS "a=setup:passive\r\n", "a=rtcp-mux"},
     "a=ice",
     true,
     false,
     DTLS_SERVER},
    {HEAD SHA_256("AA") SETUP("passive") AUDIO(SAVPF),
     {"m=audio 20000 " SAVPF " 0\r\n", OURS "a=setup:active\r\n"},
     "a=rtcp-mux",
     true,
     false,
     DTLS_CLIENT},
    {HEAD SHA_256("AA") AUDIO(SAVP),
     {OURS "a=setup:passive\r\n"},
     "a=ice",
     true,
     false,
     DTLS_SERVER},
    /* each stream for itself */
    {HEAD AUDIO("RTP/AVP") VIDEO(SAVPF) SHA_256("AA") SETUP("actpass") MUX,
     {"m=audio 20000 RTP/AVP 0\r\n", "m=video 30000 " SAVPF " 97\r\n", OURS},
     NULL,
     false,
     true,
     DTLS_SERVER},
    {HEAD SHA_256("AA") SETUP("actpass") AUDIO(SAVPF) VIDEO("RTP/AVPF"),
     {"m=audio 20000 " SAVPF " 0\r\n", "m=video 30000 RTP/AVPF 97\r\n"},
     NULL,
     true,
     false,
     DTLS_SERVER},
    /* video cannot do without RTCP */
    {HEAD SHA_256("AA") SETUP("actpass") AUDIO(SAVPF) VIDEO(SAVPF),
     {"m=audio 20000 " SAVPF " 0\r\n", "m=video 0 " SAVPF " 97\r\n"},
     NULL,
     true,
     false,
     DTLS_SERVER},
    /* a line of keys does not count there; nor ICE, of a lite agent */
    {HEAD "a=ice-lite\r\n" ICE("abcd") SHA_256("AA") SETUP("actpass")
         AUDIO(SAVP) "a=crypto:1 AES_CM_128_HMAC_SHA1_80 "
                     "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n",
     {OURS},
     "a=ice",
     true,
     false,
     DTLS_SERVER},
    /* plain, with ICE: as if it were not there */
    {HEAD AUDIO("RTP/AVP") ICE("abcd") SHA_256("AA"), {" RTP/AVP "}, "a=ice", false, false, 0},
};

static const struct offer_dtls *dtls_of(const struct offer_session *session, bool video)
{
    return video ? offer_dtls_of_video(session, VIDEO_CAMERA) : offer_dtls_of_sound(session);
}

static void answers_a_phone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        struct offer_session session = session_of(MEDIA_SRTP_OPTIONAL);
        struct plans plans;
        char *sdp = answer(&session, row->offer, &plans);
        for (size_t k = 0; k < 3 && row->has[k]; k++)
            assert_has(sdp, row->has[k]);
        if (row->has_not && strstr(sdp, row->has_not))
            fail_msg("%s in %s", row->has_not, sdp);
        assert_null(strstr(sdp, "a=crypto"));
        const struct rtp_security *voice = &plans.leg.security;
        assert_int_equal(voice->kind, row->voice ? RTP_SECURITY_DTLS : RTP_SECURITY_NONE);
        assert_int_equal(voice->receive.suite, RTP_SUITE_NONE);
        assert_false(voice->by_path);
        assert_int_equal(plans.video.stream[VIDEO_CAMERA].security.kind,
                         row->picture ? RTP_SECURITY_DTLS : RTP_SECURITY_NONE);
        assert_int_equal(offer_dtls_of_sound(&session)->is_used, row->voice);
        assert_int_equal(offer_dtls_of_video(&session, VIDEO_CAMERA)->is_used, row->picture);
        const struct offer_dtls *said = dtls_of(&session, !row->voice);
        if (row->voice || row->picture) {
            assert_int_equal(said->remote.role, row->role);
            assert_int_equal(said->remote.fingerprint_count, 1);
            assert_int_equal(said->remote.fingerprints[0].value[0], 0xaa);
        }
        if (row->voice)
            assert_int_equal(plans.leg.rtcp_bandwidth_off, !plans.leg.rtcp_mux);
        free(sdp);
        offer_session_finish(&session);
    }
}

static void refuses_what_cannot_be_used(void **state)
{
    (void)state;
    struct offer_session session = session_of(MEDIA_SRTP_OPTIONAL);
    assert_refused(&session, HEAD AUDIO(SAVP) SETUP("actpass"), 302, "a=fingerprint");
    assert_refused(&session, HEAD AUDIO(SAVP) SHA_256("XX"), 302, "a=fingerprint");
    assert_refused(&session, HEAD AUDIO(SAVP) SHA_256("AA") SETUP("holdconn"), 302, "a=setup");
    assert_refused(&session, HEAD AUDIO(SAVP) SHA_256("AA") SETUP("both"), 302, "a=setup");
    assert_refused(&session, HEAD AUDIO(SAVP) SHA_256("AA") ICE("x"), 399, "a=ice-ufrag");
    assert_refused(&session, HEAD AUDIO(SAVPF "F") SHA_256("AA"), 302, "available");
    session.fingerprint = NULL;
    assert_refused(&session, HEAD AUDIO(SAVP) SHA_256("AA"), 302, "RTP/AVP");
    session.fingerprint = &ours;
    session.srtp = MEDIA_SRTP_OFF;
    assert_refused(&session, HEAD AUDIO(SAVP) SHA_256("AA"), 302, "RTP/AVP");
    session.srtp = MEDIA_SRTP_REQUIRED;
    assert_refused(&session, HEAD AUDIO("RTP/AVP") SHA_256("AA"), 399, "DTLS");
    struct plans plans;
    free(answer(&session, HEAD AUDIO(SAVP) SHA_256("AA"), &plans));
    offer_session_finish(&session);
}

/* ---- a browser ---- */

static const char chromium[] =
    "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
    "a=group:BUNDLE 0 1\r\na=extmap-allow-mixed\r\na=msid-semantic: WMS stream\r\n"
    "m=audio 9 " SAVPF " 111 63 9 0 8 13 110 126\r\nc=IN IP4 0.0.0.0\r\n"
    "a=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:ET4u\r\na=ice-pwd:M7z6m5MQSxQGUTDLVx6Z9N0O\r\n"
    "a=ice-options:trickle\r\n" SHA_256("7B") SETUP(
        "actpass") "a=mid:0\r\n"
                   "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
                   "a=sendrecv\r\na=msid:stream track\r\na=rtcp-mux\r\na=rtcp-rsize\r\n"
                   "a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\n"
                   "a=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\n"
                   "a=fmtp:63 111/111\r\na=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\n"
                   "a=rtpmap:8 PCMA/8000\r\na=rtpmap:13 CN/8000\r\n"
                   "a=rtpmap:110 telephone-event/48000\r\na=rtpmap:126 telephone-event/8000\r\n"
                   "a=ssrc:1001 cname:x\r\n"
                   "m=video 9 " SAVPF
                   " 96 97\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n"
                   "a=ice-ufrag:ET4u\r\na=ice-pwd:M7z6m5MQSxQGUTDLVx6Z9N0O\r\na=ice-options:"
                   "trickle\r\n" SHA_256("7B") SETUP(
                       "actpass") "a=mid:1\r\na=sendrecv\r\na=rtcp-mux\r\na=rtcp-rsize\r\n"
                                  "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 "
                                  "nack pli\r\n"
                                  "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n";

static void answers_a_browser(void **state)
{
    (void)state;
    struct offer_session session = session_of(MEDIA_SRTP_OPTIONAL);
    struct plans plans;
    char line[ICE_UFRAG_BYTES + 16];
    char *sdp = answer(&session, chromium, &plans);
    const char *audio = strstr(sdp, "m=audio 20000 " SAVPF " 111 "),
               *lite = strstr(sdp, "a=ice-lite\r\n");
    const char *video = strstr(sdp, "m=video 30000 " SAVPF " 96 97\r\n");
    assert_true(lite && audio && video && lite < audio && audio < video);
    assert_null(strstr(sdp, "BUNDLE"));
    for (int i = 0; i < 2; i++) {
        const struct offer_dtls *said = dtls_of(&session, i == 1);
        const char *section = i ? video : audio;
        assert_true(said->is_used && said->has_ice);
        assert_string_equal(said->remote_ice.ufrag, "ET4u");
        assert_true(ice_credentials_are_good(&said->local));
        snprintf(line, sizeof(line), "a=ice-ufrag:%s\r\n", said->local.ufrag);
        assert_has(section, line);
        assert_has(section, OURS "a=setup:passive\r\n");
        assert_has(section, "a=rtcp-mux\r\n");
        assert_has(section,
                   i ? " 198.51.100.1 30000 typ host" : " 198.51.100.1 20000 typ host");
    }
    assert_string_not_equal(offer_dtls_of_sound(&session)->local.ufrag,
                            offer_dtls_of_video(&session, VIDEO_CAMERA)->local.ufrag);
    /* port 9 of nowhere is no hold: the way is not known yet */
    assert_true(plans.leg.send && plans.leg.receive && !plans.leg.held_by_far_end);
    assert_true(plans.video.stream[VIDEO_CAMERA].send &&
                plans.video.stream[VIDEO_CAMERA].receive);
    assert_int_equal(plans.leg.remote_rtp.ss_family, AF_UNSPEC);
    assert_true(plans.leg.security.by_path &&
                plans.video.stream[VIDEO_CAMERA].security.by_path);
    free(sdp);
    offer_session_finish(&session);
}

/* ---- a dialog ---- */

static void keeps_roles_and_credentials(void **state)
{
    (void)state;
    struct offer_session session = session_of(MEDIA_SRTP_OPTIONAL);
    struct plans plans;
    free(answer(&session, HEAD AUDIO(SAVP) SHA_256("AA") SETUP("passive") ICE("abcd") MUX,
                &plans));
    const struct offer_dtls before = *offer_dtls_of_sound(&session);
    assert_int_equal(before.remote.role, DTLS_CLIENT);

    /* a refresh, and a change of the direction */
    char *sdp =
        answer(&session,
               HEAD AUDIO(SAVP) SHA_256("AA") SETUP("actpass") ICE("abcd") MUX "a=sendonly\r\n",
               &plans);
    assert_has(sdp, "a=setup:active\r\n");
    free(sdp);
    assert_memory_equal(&before.remote, &offer_dtls_of_sound(&session)->remote,
                        sizeof(before.remote));
    assert_string_equal(before.local.ufrag, offer_dtls_of_sound(&session)->local.ufrag);
    assert_string_equal(before.local.password, offer_dtls_of_sound(&session)->local.password);

    /* an ICE restart */
    free(answer(&session, HEAD AUDIO(SAVP) SHA_256("AA") SETUP("actpass") ICE("efgh") MUX,
                &plans));
    assert_string_not_equal(before.local.ufrag, offer_dtls_of_sound(&session)->local.ufrag);
    assert_string_equal(offer_dtls_of_sound(&session)->remote_ice.ufrag, "efgh");
    assert_memory_equal(&before.remote, &offer_dtls_of_sound(&session)->remote,
                        sizeof(before.remote));

    /* another certificate, and another role */
    free(answer(&session, HEAD AUDIO(SAVP) SHA_256("BB") SETUP("active") MUX, &plans));
    assert_int_equal(offer_dtls_of_sound(&session)->remote.role, DTLS_SERVER);
    assert_int_equal(offer_dtls_of_sound(&session)->remote.fingerprints[0].value[0], 0xbb);
    assert_false(offer_dtls_of_sound(&session)->has_ice);
    assert_string_equal(offer_dtls_of_sound(&session)->local.ufrag, "");

    /* plain, and back */
    free(answer(&session, HEAD AUDIO("RTP/AVP"), &plans));
    assert_int_equal(plans.leg.security.kind, RTP_SECURITY_NONE);
    assert_false(offer_dtls_of_sound(&session)->is_used);
    free(answer(&session, HEAD AUDIO(SAVP) SHA_256("BB") SETUP("actpass") MUX, &plans));
    assert_int_equal(offer_dtls_of_sound(&session)->setup, SETUP_PASSIVE);
    offer_session_finish(&session);
}

static void offers_what_is_agreed_again(void **state)
{
    (void)state;
    struct offer_session session = session_of(MEDIA_SRTP_OPTIONAL);
    struct plans plans;
    char *sdp;
    free(answer(&session, HEAD AUDIO(SAVP) SHA_256("AA") SETUP("active") ICE("abcd") MUX,
                &plans));
    const struct offer_dtls before = *offer_dtls_of_sound(&session);
    assert_int_equal(offer_make(&session, &local, &sdp), 0);
    assert_has(sdp, "m=audio 20000 " SAVP " ");
    assert_has(sdp, OURS "a=setup:actpass\r\n");
    assert_has(sdp, before.local.ufrag);
    assert_has(sdp, "a=ice-lite\r\n");
    assert_null(strstr(sdp, "a=crypto"));
    free(sdp);
    /* no answer at all, and one without DTLS: what was before stands */
    assert_int_equal(
        take_answer(&session, HEAD AUDIO(SAVP) SHA_256("AA") SETUP("actpass") MUX, &plans),
        -ENOTSUP);
    assert_int_equal(offer_make(&session, &local, &sdp), 0);
    free(sdp);
    assert_true(take_answer(&session, HEAD AUDIO("RTP/AVP"), &plans) < 0);
    assert_true(offer_dtls_of_sound(&session)->is_used);
    assert_int_equal(offer_make(&session, &local, &sdp), 0);
    free(sdp);
    assert_int_equal(take_answer(&session,
                                 HEAD AUDIO(SAVP) SHA_256("AA") SETUP("active") ICE("abcd") MUX,
                                 &plans),
                     0);
    assert_memory_equal(&before.remote, &offer_dtls_of_sound(&session)->remote,
                        sizeof(before.remote));
    assert_string_equal(before.local.ufrag, offer_dtls_of_sound(&session)->local.ufrag);
    assert_int_equal(plans.leg.security.kind, RTP_SECURITY_DTLS);
    offer_session_finish(&session);
}

static void offers_first_if_told_to(void **state)
{
    (void)state;
    struct offer_session session = session_of(MEDIA_SRTP_OFF);
    struct plans plans;
    char *sdp;
    session.offers_dtls = true;
    assert_int_equal(offer_make(&session, &local, &sdp), 0);
    assert_null(strstr(sdp, "UDP/TLS")); /* off is off */
    free(sdp);
    offer_session_finish(&session);

    session = session_of(MEDIA_SRTP_OPTIONAL);
    session.offers_dtls = true;
    assert_int_equal(offer_make(&session, &local, &sdp), 0);
    assert_has(sdp, "m=audio 20000 " SAVP " ");
    assert_has(strstr(sdp, "m=audio"), OURS "a=setup:actpass\r\n");
    assert_has(sdp, "m=video 30000 " SAVP " ");
    assert_has(strstr(sdp, "m=video"), OURS "a=setup:actpass\r\n");
    assert_null(strstr(sdp, "a=ice"));
    assert_null(strstr(sdp, "a=crypto"));
    free(sdp);
    assert_int_equal(take_answer(&session,
                                 HEAD AUDIO(SAVP) SHA_256("AA") SETUP("passive") MUX
                                 "m=video 0 " SAVP " 97\r\n",
                                 &plans),
                     0);
    assert_int_equal(plans.leg.security.kind, RTP_SECURITY_DTLS);
    assert_int_equal(plans.video.stream[VIDEO_CAMERA].codec_count, 0);
    assert_int_equal(offer_dtls_of_sound(&session)->remote.role, DTLS_CLIENT);
    assert_int_equal(offer_dtls_of_sound(&session)->remote.fingerprints[0].value[0], 0xaa);
    offer_session_finish(&session);
}

/* As a browser wants it: with candidates and credentials, though it has said nothing yet. */
static void offers_ice_first_if_told_to(void **state)
{
    (void)state;
    struct offer_session session = session_of(MEDIA_SRTP_OPTIONAL);
    struct plans plans;
    char *sdp;
    session.offers_ice = true;
    assert_int_equal(offer_make(&session, &local, &sdp), 0);
    const struct offer_dtls offered = *offer_dtls_of_sound(&session);
    assert_has(sdp, "a=ice-lite\r\nm=audio 20000 " SAVPF " ");
    assert_has(strstr(sdp, "m=audio"), OURS "a=setup:actpass\r\n");
    assert_has(strstr(sdp, "m=audio"), " 198.51.100.1 20000 typ host");
    assert_has(strstr(sdp, "m=audio"), offered.local.ufrag);
    assert_has(sdp, "m=video 30000 " SAVPF " ");
    assert_has(strstr(sdp, "m=video"), " 198.51.100.1 30000 typ host");
    assert_has(strstr(sdp, "m=video"), "a=rtcp-mux\r\n");
    free(sdp);
    assert_int_equal(take_answer(&session,
                                 HEAD AUDIO(SAVPF) SHA_256("AA") SETUP("active") ICE("abcd") MUX
                                 "m=video 0 " SAVPF " 97\r\n",
                                 &plans),
                     0);
    const struct offer_dtls *taken = offer_dtls_of_sound(&session);
    assert_int_equal(plans.leg.security.kind, RTP_SECURITY_DTLS);
    assert_true(plans.leg.security.by_path);
    assert_int_equal(taken->remote.role, DTLS_SERVER);
    assert_string_equal(taken->local.ufrag, offered.local.ufrag);
    assert_string_equal(taken->local.password, offered.local.password);
    assert_string_equal(taken->remote_ice.ufrag, "abcd");
    offer_session_finish(&session);
}

/* No picture in the clear beside a voice that is not. */
static void offers_a_picture_as_the_voice_is(void **state)
{
    (void)state;
    struct offer_session session = session_of(MEDIA_SRTP_OPTIONAL);
    struct plans plans;
    char *sdp;
    free(answer(&session, HEAD AUDIO(SAVPF) SHA_256("AA") SETUP("actpass") ICE("abcd") MUX,
                &plans));
    assert_int_equal(offer_make(&session, &local, &sdp), 0);
    const char *video = strstr(sdp, "m=video 30000 " SAVP " ");
    assert_non_null(video);
    assert_has(video, OURS "a=setup:actpass\r\n");
    assert_has(video, " 198.51.100.1 30000 typ host");
    assert_null(strstr(video, offer_dtls_of_sound(&session)->local.ufrag));
    free(sdp);
    offer_session_finish(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_a_phone),
        cmocka_unit_test(refuses_what_cannot_be_used),
        cmocka_unit_test(answers_a_browser),
        cmocka_unit_test(keeps_roles_and_credentials),
        cmocka_unit_test(offers_what_is_agreed_again),
        cmocka_unit_test(offers_first_if_told_to),
        cmocka_unit_test(offers_ice_first_if_told_to),
        cmocka_unit_test(offers_a_picture_as_the_voice_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
