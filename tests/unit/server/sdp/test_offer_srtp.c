/* test_offer_srtp.c - SRTP in offers and answers: each policy, both streams, a dialog's keys.
 */
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

#define KEY "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
#define OTHER_KEY "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
#define CM80 " AES_CM_128_HMAC_SHA1_80 "
#define CRYPTO "a=crypto:1" CM80 KEY "\r\n"

static struct offer_session session_of(enum media_srtp srtp, bool offers)
{
    struct offer_session session;
    offer_session_init(&session);
    session.srtp = srtp;
    session.offers_srtp = offers;
    return session;
}

static void assert_policy_refuses(enum media_srtp srtp, const char *body, unsigned warning)
{
    struct offer_session session = session_of(srtp, false);
    assert_refused(&session, body, warning, "");
    offer_session_finish(&session);
}

/* ---- the far end offers ---- */

struct row {
    enum media_srtp srtp;
    const char *offer, *has; /* in the answer */
    bool voice, picture;     /* encrypted */
};

static const struct row rows[] = {
    {MEDIA_SRTP_OFF, HEAD AUDIO("RTP/AVP") CRYPTO, "m=audio 20000 RTP/AVP 0\r\n", false, false},
    {MEDIA_SRTP_OPTIONAL, HEAD AUDIO("RTP/AVP"), "m=audio 20000 RTP/AVP 0\r\n", false, false},
    {MEDIA_SRTP_OPTIONAL, HEAD AUDIO("RTP/AVP") CRYPTO, "m=audio 20000 RTP/AVP 0\r\n", true,
     false},
    {MEDIA_SRTP_OPTIONAL, HEAD AUDIO("RTP/SAVP") CRYPTO, "m=audio 20000 RTP/SAVP 0\r\n", true,
     false},
    {MEDIA_SRTP_OPTIONAL, HEAD AUDIO("RTP/SAVPF") CRYPTO, "m=audio 20000 RTP/SAVPF 0\r\n", true,
     false},
    {MEDIA_SRTP_REQUIRED, HEAD AUDIO("RTP/AVP") CRYPTO, "m=audio 20000 RTP/AVP 0\r\n", true,
     false},
    /* one stream for itself */
    {MEDIA_SRTP_OPTIONAL, HEAD AUDIO("RTP/SAVP") CRYPTO VIDEO("RTP/AVP"),
     "m=video 30000 RTP/AVP 97\r\n", true, false},
    {MEDIA_SRTP_OPTIONAL, HEAD AUDIO("RTP/AVP") VIDEO("RTP/SAVPF") CRYPTO,
     "m=video 30000 RTP/SAVPF 97\r\n", false, true},
    {MEDIA_SRTP_OPTIONAL, HEAD AUDIO("RTP/AVP") VIDEO("RTP/SAVP"), "m=video 0 RTP/SAVP 97\r\n",
     false, false},
    {MEDIA_SRTP_REQUIRED, HEAD AUDIO("RTP/SAVP") CRYPTO VIDEO("RTP/AVP"),
     "m=video 0 RTP/AVP 97\r\n", true, false},
    {MEDIA_SRTP_REQUIRED, HEAD AUDIO("RTP/SAVP") CRYPTO VIDEO("RTP/SAVP") CRYPTO,
     "m=video 30000 RTP/SAVP 97\r\n", true, true},
    {MEDIA_SRTP_OFF, HEAD AUDIO("RTP/AVP") VIDEO("RTP/SAVP") CRYPTO,
     "m=video 0 RTP/SAVP 97\r\n", false, false},
    /* both kinds, one below the other */
    {MEDIA_SRTP_OFF, HEAD AUDIO("RTP/SAVP") CRYPTO AUDIO("RTP/AVP"),
     "m=audio 0 RTP/SAVP 0\r\nm=audio 20000 RTP/AVP 0\r\n", false, false},
    {MEDIA_SRTP_REQUIRED, HEAD AUDIO("RTP/AVP") AUDIO("RTP/SAVP") CRYPTO,
     "m=audio 0 RTP/AVP 0\r\nm=audio 20000 RTP/SAVP 0\r\n", true, false},
    /* a line that cannot be used, and one that can */
    {MEDIA_SRTP_OPTIONAL,
     HEAD AUDIO("RTP/SAVP") "a=crypto:5 F8_128_HMAC_SHA1_80 " KEY "\r\na=crypto:9" CM80 KEY
                            "\r\n",
     "a=crypto:9" CM80 "inline:", true, false},
    {MEDIA_SRTP_OPTIONAL, HEAD AUDIO("RTP/SAVP") "a=crypto:1" CM80 KEY "|2^31|3:2\r\n",
     "|1:2\r\n", true, false},
};

static void answers_as_the_policy_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        struct offer_session session = session_of(row->srtp, false);
        struct plans plans;
        char *sdp = answer(&session, row->offer, &plans);
        if (!strstr(sdp, row->has))
            fail_msg("no %s in %s", row->has, sdp);
        assert_int_equal(plans.leg.security.kind == RTP_SECURITY_SDES, row->voice);
        assert_int_equal(plans.video.stream[VIDEO_CAMERA].security.kind == RTP_SECURITY_SDES,
                         row->picture);
        assert_int_equal(strstr(sdp, "a=crypto:") != NULL, row->voice || row->picture);
        assert_null(strstr(sdp, KEY)); /* ours is another than theirs */
        if (row->voice)
            assert_memory_equal(plans.leg.security.receive.key, "YS___semctl () {", 16);
        if (row->voice && row->picture)
            assert_false(rtp_keys_equal(&plans.leg.security.send,
                                        &plans.video.stream[VIDEO_CAMERA].security.send));
        free(sdp);
        offer_session_finish(&session);
    }
}

static void refuses_as_the_policy_says(void **state)
{
    (void)state;
    assert_policy_refuses(MEDIA_SRTP_OFF, HEAD AUDIO("RTP/SAVP") CRYPTO, 302);
    assert_policy_refuses(MEDIA_SRTP_OPTIONAL, HEAD AUDIO("RTP/SAVP"), 302);
    assert_policy_refuses(MEDIA_SRTP_OPTIONAL, HEAD AUDIO("UDP/TLS/RTP/SAVPF") CRYPTO, 302);
    assert_policy_refuses(MEDIA_SRTP_REQUIRED, HEAD AUDIO("RTP/AVP"), 399);
    assert_policy_refuses(MEDIA_SRTP_REQUIRED,
                          HEAD AUDIO("RTP/AVP") "a=crypto:1" CM80 "inline:AAAA\r\n", 399);
}

/* ---- we offer ---- */

static char *offer_of(struct offer_session *session)
{
    char *sdp;
    assert_int_equal(offer_make(session, &local, &sdp), 0);
    return sdp;
}

static unsigned count(const char *text, const char *what)
{
    unsigned number = 0;
    for (const char *at = text; (at = strstr(at, what)); at++)
        number++;
    return number;
}

static void offers_as_the_policy_says(void **state)
{
    (void)state;
    static const struct {
        enum media_srtp srtp;
        bool offers;
        const char *audio, *video;
        bool has_keys;
    } offers[] = {
        {MEDIA_SRTP_OFF, false, "m=audio 20000 RTP/AVP ", "m=video 30000 RTP/AVP ", false},
        {MEDIA_SRTP_OFF, true, "m=audio 20000 RTP/AVP ", "m=video 30000 RTP/AVP ", false},
        {MEDIA_SRTP_OPTIONAL, false, "m=audio 20000 RTP/AVP ", "m=video 30000 RTP/AVP ", false},
        {MEDIA_SRTP_OPTIONAL, true, "m=audio 20000 RTP/AVP ", "m=video 30000 RTP/AVP ", true},
        {MEDIA_SRTP_REQUIRED, false, "m=audio 20000 RTP/SAVP ", "m=video 30000 RTP/SAVP ",
         true},
    };
    for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
        struct offer_session session = session_of(offers[i].srtp, offers[i].offers);
        char *sdp = offer_of(&session);
        assert_non_null(strstr(sdp, offers[i].audio));
        assert_non_null(strstr(sdp, offers[i].video));
        assert_int_equal(count(sdp, "a=crypto:1" CM80 "inline:"), offers[i].has_keys ? 2 : 0);
        free(sdp);
        offer_session_finish(&session);
    }
}

/* What has been agreed on is offered anew under another policy: the room's has changed. */
static void offers_anew_under_another_policy(void **state)
{
    (void)state;
    struct plans plans;
    struct offer_session session = session_of(MEDIA_SRTP_OPTIONAL, true);
    free(offer_of(&session));
    assert_int_equal(
        take_answer(&session, HEAD AUDIO("RTP/AVP") CRYPTO VIDEO("RTP/AVP") CRYPTO, &plans), 0);
    session.srtp = MEDIA_SRTP_OFF;
    char *sdp = offer_of(&session);
    assert_int_equal(count(sdp, "a=crypto:"), 0);
    assert_true(take_answer(&session, HEAD AUDIO("RTP/SAVP") CRYPTO, &plans) < 0);
    assert_int_equal(take_answer(&session, HEAD AUDIO("RTP/AVP") VIDEO("RTP/AVP"), &plans), 0);
    assert_int_equal(plans.leg.security.kind, RTP_SECURITY_NONE);
    assert_int_equal(plans.video.stream[VIDEO_CAMERA].security.kind, RTP_SECURITY_NONE);
    free(sdp);
    session.srtp = MEDIA_SRTP_REQUIRED;
    sdp = offer_of(&session);
    assert_int_equal(count(sdp, "a=crypto:1" CM80 "inline:"), 2);
    assert_true(take_answer(&session, HEAD AUDIO("RTP/AVP") VIDEO("RTP/AVP"), &plans) < 0);
    offer_withdraw(&session);
    free(sdp);
    offer_session_finish(&session);

    session = session_of(MEDIA_SRTP_REQUIRED, false);
    free(offer_of(&session));
    assert_int_equal(
        take_answer(&session, HEAD AUDIO("RTP/SAVP") CRYPTO VIDEO("RTP/SAVP") CRYPTO, &plans),
        0);
    session.srtp = MEDIA_SRTP_OFF;
    sdp = offer_of(&session);
    assert_non_null(strstr(sdp, "m=audio 20000 RTP/AVP "));
    assert_non_null(strstr(sdp, "m=video 30000 RTP/AVP "));
    assert_int_equal(count(sdp, "a=crypto:"), 0);
    free(sdp);
    offer_session_finish(&session);
}

static void accepts_a_key_or_none(void **state)
{
    (void)state;
    struct plans plans;
    struct offer_session session = session_of(MEDIA_SRTP_OPTIONAL, true);
    free(offer_of(&session));
    assert_int_equal(take_answer(&session, HEAD AUDIO("RTP/AVP") VIDEO("RTP/AVP"), &plans), 0);
    assert_int_equal(plans.leg.security.kind, RTP_SECURITY_NONE);
    char *again = offer_of(&session);
    assert_int_equal(
        take_answer(&session, HEAD AUDIO("RTP/AVP") CRYPTO VIDEO("RTP/AVP") CRYPTO, &plans), 0);
    assert_int_equal(plans.leg.security.kind, RTP_SECURITY_SDES);
    assert_int_equal(plans.leg.security.send.suite, RTP_SUITE_AES_CM_128_HMAC_SHA1_80);
    const struct rtp_security before = plans.leg.security;
    free(again);
    /* a refresh by us, answered as before, under a tag that was not taken, and plain */
    assert_int_equal(offer_repeat(&session, &again), 0);
    assert_int_equal(
        take_answer(&session, HEAD AUDIO("RTP/AVP") CRYPTO VIDEO("RTP/AVP") CRYPTO, &plans), 0);
    assert_memory_equal(&plans.leg.security, &before, sizeof(before));
    free(again);
    assert_int_equal(offer_repeat(&session, &again), 0);
    assert_int_equal(take_answer(&session,
                                 HEAD AUDIO("RTP/AVP") "a=crypto:3 AES_CM_128_HMAC_SHA1_32 " KEY
                                                       "\r\n",
                                 &plans),
                     -ENOTSUP);
    offer_withdraw(&session);
    free(again);
    /* all anew: what is in use is offered first */
    again = offer_of(&session);
    assert_int_equal(
        take_answer(&session, HEAD AUDIO("RTP/AVP") CRYPTO VIDEO("RTP/AVP"), &plans), 0);
    assert_memory_equal(&plans.leg.security, &before, sizeof(before));
    assert_int_equal(plans.video.stream[VIDEO_CAMERA].security.kind, RTP_SECURITY_NONE);
    free(again);
    offer_session_finish(&session);
}

static void takes_no_plain_answer_where_keys_are_required(void **state)
{
    (void)state;
    struct plans plans;
    struct offer_session session = session_of(MEDIA_SRTP_REQUIRED, false);
    free(offer_of(&session));
    assert_true(take_answer(&session, HEAD AUDIO("RTP/AVP"), &plans) < 0);
    offer_withdraw(&session);
    free(offer_of(&session));
    assert_int_equal(take_answer(&session, HEAD AUDIO("RTP/SAVP") CRYPTO, &plans), 0);
    offer_session_finish(&session);
}

/* ---- a dialog ---- */

static void keeps_its_keys_through_a_dialog(void **state)
{
    (void)state;
    struct plans first, plans;
    struct offer_session session = session_of(MEDIA_SRTP_OPTIONAL, false);
    char *one = answer(&session, HEAD AUDIO("RTP/SAVP") CRYPTO, &first);
    char *two = answer(&session, HEAD AUDIO("RTP/SAVP") CRYPTO, &plans);
    assert_string_equal(one, two); /* with its version: nothing has changed */
    free(two);
    two = answer(&session, HEAD AUDIO("RTP/SAVP") CRYPTO "a=sendonly\r\n", &plans);
    assert_memory_equal(&plans.leg.security, &first.leg.security, sizeof(first.leg.security));
    free(two);
    /* an answer that is not sent leaves no trace */
    struct offer *offer =
        read_offer(&session, HEAD AUDIO("RTP/SAVP") "a=crypto:1" CM80 OTHER_KEY "\r\n");
    assert_int_equal(offer_answer(&session, offer, &local, &plans.leg, &plans.video, &two), 0);
    assert_false(rtp_keys_equal(&plans.leg.security.send, &first.leg.security.send));
    offer_destroy(offer);
    free(two);
    two = answer(&session, HEAD AUDIO("RTP/SAVP") CRYPTO, &plans);
    assert_memory_equal(&plans.leg.security, &first.leg.security, sizeof(first.leg.security));
    free(two);
    /* theirs is new: so is ours; plain; and theirs of before: never again ours of before */
    free(answer(&session, HEAD AUDIO("RTP/SAVP") "a=crypto:1" CM80 OTHER_KEY "\r\n", &plans));
    assert_false(rtp_keys_equal(&plans.leg.security.send, &first.leg.security.send));
    free(answer(&session, HEAD AUDIO("RTP/AVP"), &plans));
    assert_int_equal(plans.leg.security.kind, RTP_SECURITY_NONE);
    free(answer(&session, HEAD AUDIO("RTP/SAVP") CRYPTO, &plans));
    assert_false(rtp_keys_equal(&plans.leg.security.send, &first.leg.security.send));
    free(one);
    offer_session_finish(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_as_the_policy_says),
        cmocka_unit_test(refuses_as_the_policy_says),
        cmocka_unit_test(offers_as_the_policy_says),
        cmocka_unit_test(offers_anew_under_another_policy),
        cmocka_unit_test(accepts_a_key_or_none),
        cmocka_unit_test(takes_no_plain_answer_where_keys_are_required),
        cmocka_unit_test(keeps_its_keys_through_a_dialog),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
