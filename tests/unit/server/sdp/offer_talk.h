/*
 * offer_talk.h - one end of a dialog, for the tests of what is encrypted: bodies of a phone
 * with sound and picture, read, answered and taken as answers. To be included once, after
 * cmocka.
 */
#ifndef TESTS_UNIT_SERVER_SDP_OFFER_TALK_H
#define TESTS_UNIT_SERVER_SDP_OFFER_TALK_H

#include "server/sdp/offer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "v=0\r\no=- 7 7 IN IP4 192.0.2.9\r\ns=x\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
#define AUDIO(protocol) "m=audio 4000 " protocol " 0\r\n"
#define VIDEO(protocol) "m=video 5000 " protocol " 97\r\na=rtpmap:97 VP8/90000\r\n"

static const struct offer_local local = {.family = AF_INET,
                                         .address = "198.51.100.1",
                                         .port = 20000,
                                         .ptime_ms = 20,
                                         .video[VIDEO_CAMERA] = {.port = 30000}};

struct plans {
    struct leg_plan leg;
    struct video_plans video;
};

static struct offer *read_offer(const struct offer_session *session, const char *body)
{
    struct offer *offer;
    struct offer_failure why;
    if (offer_read(session, body, strlen(body), &offer, &why) != 0)
        fail_msg("%u %s, %u %s: %s", why.status, why.text, why.warning.code, why.warning.text,
                 body);
    return offer;
}

/** @return our answer, owned by the caller; it is in force. */
static char *answer(struct offer_session *session, const char *body, struct plans *plans)
{
    char *sdp = NULL;
    struct offer *offer = read_offer(session, body);
    assert_int_equal(offer_answer(session, offer, &local, &plans->leg, &plans->video, &sdp), 0);
    offer_destroy(offer);
    const struct offer_dtls pending = *offer_dtls_of_sound(session);
    offer_commit(session);
    assert_memory_equal(&pending, offer_dtls_of_sound(session), sizeof(pending));
    return sdp;
}

/** An answer to what we have offered last, which is withdrawn if it does not fit. */
static int take_answer(struct offer_session *session, const char *body, struct plans *plans)
{
    struct offer_failure why;
    struct offer *offer;
    int error = offer_read(session, body, strlen(body), &offer, &why);
    if (error)
        return error;
    error = offer_accept(session, offer, &local, &plans->leg, &plans->video, &why);
    offer_destroy(offer);
    if (error)
        offer_withdraw(session);
    else
        offer_commit(session);
    return error;
}

static void assert_refused(struct offer_session *session, const char *body, unsigned warning,
                           const char *text)
{
    struct offer_failure why;
    struct offer *offer;
    assert_true(offer_read(session, body, strlen(body), &offer, &why) < 0);
    assert_int_equal(why.status, 488);
    assert_int_equal(why.warning.code, warning);
    if (!strstr(why.warning.text, text))
        fail_msg("no \"%s\" in \"%s\"", text, why.warning.text);
}

#endif
