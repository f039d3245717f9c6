/* test_offer_messages.c - sessions of MSRP beside sound, instead of it, and in our offers. */
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

#define HEAD "v=0\r\no=- 7 7 IN IP4 192.0.2.9\r\ns=x\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
#define SOUND "m=audio 4000 RTP/AVP 0\r\n"
#define VIDEO "m=video 4002 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n"
#define CHAT "m=message 7 TCP/MSRP *\r\na=path:msrp://a:7/x;tcp\r\n"
#define A_FILE                                                                                 \
    "m=message 8 TCP/TLS/MSRP *\r\na=path:msrps://a:8/y;tcp\r\na=file-selector:size:1\r\n"

static const struct offer_local silent = {.family = AF_INET,
                                          .address = "198.51.100.1",
                                          .port = 20000,
                                          .ptime_ms = 20,
                                          .video[VIDEO_CAMERA].port = 20002};

static struct offer_local local_with(unsigned index)
{
    struct offer_local local = silent;
    local.message_count = 1;
    local.message[0] = (struct offer_message_local){
        .index = index, .port = 2855, .lines = "a=path:msrp://us:2855/z;tcp\r\n"};
    return local;
}

static struct offer *read_body(struct offer_session *session, const char *body)
{
    struct offer *offer;
    struct offer_failure why;
    if (offer_read(session, body, strlen(body), &offer, &why) != 0)
        fail_msg("%u %s", why.status, why.warning.text);
    return offer;
}

static char *answer(struct offer_session *session, const char *body,
                    const struct offer_local *local, struct leg_plan *plan)
{
    struct video_plans video;
    char *sdp = NULL;
    struct offer *offer = read_body(session, body);
    assert_int_equal(offer_answer(session, offer, local, plan, &video, &sdp), 0);
    offer_destroy(offer);
    offer_commit(session);
    return sdp;
}

static void begin(struct offer_session *session, bool takes_messages)
{
    offer_session_init(session);
    session->srtp = MEDIA_SRTP_OPTIONAL;
    session->takes_messages = takes_messages;
}

/* From its first m= line on. */
static void assert_media(const char *sdp, const char *expected)
{
    const char *media = strstr(sdp, "m=");
    assert_non_null(media);
    assert_string_equal(media, expected);
}

static void one_is_taken_the_others_are_refused(void **state)
{
    (void)state;
    struct offer_session session;
    struct leg_plan plan;
    const struct message_section *sections;
    begin(&session, true);
    struct offer *offer = read_body(&session, HEAD A_FILE SOUND CHAT);
    assert_true(offer_has_sound(offer));
    assert_int_equal(offer_messages(offer, &sections), 2);
    assert_int_equal(sections[0].index, 0);
    assert_int_equal(sections[1].index, 2);
    offer_destroy(offer);
    const struct offer_local local = local_with(2);
    char *sdp = answer(&session, HEAD A_FILE SOUND CHAT, &local, &plan);
    assert_non_null(
        strstr(sdp, "\r\nm=message 0 TCP/TLS/MSRP *\r\nm=audio 20000 RTP/AVP 0\r\n"));
    assert_non_null(
        strstr(sdp, "\r\nm=message 2855 TCP/MSRP *\r\na=path:msrp://us:2855/z;tcp\r\n"));
    free(sdp);
    offer_session_finish(&session);
}

static void without_sound_there_is_silence(void **state)
{
    (void)state;
    struct offer_session session;
    struct leg_plan plan;
    begin(&session, true);
    const struct offer_local local = local_with(0);
    char *sdp = answer(&session, HEAD CHAT VIDEO, &local, &plan);
    assert_media(sdp, "m=message 2855 TCP/MSRP *\r\na=path:msrp://us:2855/z;tcp\r\n"
                      "m=video 0 RTP/AVP 96\r\n");
    assert_false(plan.send || plan.receive || plan.held_by_far_end);
    assert_int_equal(plan.codec_count, 1);
    assert_int_equal(plan.remote_rtp.ss_family, AF_UNSPEC);
    free(sdp);
    offer_session_finish(&session);
}

static void sound_may_come_and_go(void **state)
{
    (void)state;
    struct offer_session session;
    struct leg_plan plan;
    begin(&session, true);
    const struct offer_local chat = local_with(0);
    free(answer(&session, HEAD CHAT, &chat, &plan));
    char *sdp = answer(&session, HEAD CHAT SOUND, &chat, &plan);
    assert_non_null(strstr(sdp, "\r\nm=audio 20000 RTP/AVP 0\r\n"));
    assert_true(plan.send && plan.receive);
    free(sdp);
    sdp = answer(&session, HEAD CHAT "m=audio 0 RTP/AVP 0\r\n", &chat, &plan);
    assert_non_null(strstr(sdp, "\r\nm=audio 0 RTP/AVP 0\r\n"));
    assert_false(plan.send || plan.receive);
    free(sdp);
    offer_session_finish(&session);
}

/* Ours says no more than what there is; its answer is read the same way. */
static void our_offers_have_what_there_is(void **state)
{
    (void)state;
    struct offer_session session;
    struct leg_plan plan;
    struct video_plans video;
    struct offer_failure why;
    char *sdp;
    begin(&session, true);
    const struct offer_local local = local_with(1);
    free(answer(&session, HEAD "m=audio 0 RTP/AVP 0\r\n" CHAT, &local, &plan));
    assert_int_equal(offer_make(&session, &local, &sdp), 0);
    assert_media(sdp, "m=audio 0 RTP/AVP 0\r\n"
                      "m=message 2855 TCP/MSRP *\r\na=path:msrp://us:2855/z;tcp\r\n");
    free(sdp);
    struct offer *theirs = read_body(&session, HEAD "m=audio 0 RTP/AVP 0\r\n" CHAT);
    assert_int_equal(offer_accept(&session, theirs, &local, &plan, &video, &why), 0);
    assert_false(plan.send || plan.receive);
    offer_destroy(theirs);
    offer_commit(&session);
    offer_session_finish(&session);
}

/* A new one goes behind the others, and keeps its place once it is refused. */
static void our_offers_may_have_another(void **state)
{
    (void)state;
    struct offer_session session;
    struct leg_plan plan;
    struct video_plans video;
    struct offer_failure why;
    char *sdp;
    begin(&session, true);
    free(answer(&session, HEAD SOUND, &silent, &plan));
    struct offer_local local = local_with(OFFER_NO_INDEX);
    local.video[VIDEO_CAMERA].port = 0;
    assert_int_equal(offer_make(&session, &local, &sdp), 0);
    assert_non_null(strstr(sdp, "\r\nm=message 2855 TCP/MSRP *\r\n"));
    assert_true(strstr(sdp, "m=message") > strstr(sdp, "m=audio"));
    free(sdp);
    struct offer *theirs = read_body(&session, HEAD SOUND "m=message 0 TCP/MSRP *\r\n");
    assert_int_equal(offer_accept(&session, theirs, &local, &plan, &video, &why), 0);
    offer_destroy(theirs);
    offer_commit(&session);
    local.message_count = 0;
    assert_int_equal(offer_make(&session, &local, &sdp), 0);
    assert_non_null(strstr(sdp, "\r\nm=message 0 TCP/MSRP *\r\n"));
    free(sdp);
    offer_session_finish(&session);
}

/* A call of days does not grow with each: a section that is closed is used again, once the far
 * end has seen that it is. */
static void a_closed_one_is_used_again(void **state)
{
    (void)state;
    struct offer_session session;
    struct leg_plan plan;
    struct video_plans video;
    struct offer_failure why;
    char *sdp;
    begin(&session, true);
    free(answer(&session, HEAD SOUND, &silent, &plan));
    for (unsigned i = 0; i < 3; i++) {
        struct offer_local local = local_with(OFFER_NO_INDEX);
        local.video[VIDEO_CAMERA].port = 0;
        offer_place(&session, &local);
        assert_int_equal(local.message[0].index, 1);
        for (unsigned closing = 0; closing < 2; closing++) {
            local.message_count = !closing;
            assert_int_equal(offer_make(&session, &local, &sdp), 0);
            assert_non_null(strstr(sdp, closing ? "m=message 0 " : "m=message 2855 "));
            assert_null(strstr(strstr(sdp, "m=message") + 1, "m="));
            free(sdp);
            struct offer *theirs = read_body(
                &session, closing ? HEAD SOUND "m=message 0 TCP/MSRP *\r\n" : HEAD SOUND CHAT);
            assert_int_equal(offer_accept(&session, theirs, &local, &plan, &video, &why), 0);
            offer_destroy(theirs);
            offer_commit(&session);
        }
    }
    struct offer_local two = local_with(OFFER_NO_INDEX);
    two.video[VIDEO_CAMERA].port = 0;
    two.message[1] = two.message[0];
    two.message_count = 2;
    offer_place(&session, &two);
    assert_int_equal(two.message[0].index, 1);
    assert_int_equal(two.message[1].index, 2);
    offer_session_finish(&session);
}

static void our_offers_may_have_nothing_else(void **state)
{
    (void)state;
    struct offer_session session;
    struct offer_local local = local_with(OFFER_NO_INDEX);
    const struct message_section *sections;
    char *sdp;
    offer_session_init_silent(&session);
    assert_int_equal(offer_make(&session, &local, &sdp), 0);
    assert_media(sdp, "m=message 2855 TCP/MSRP *\r\na=path:msrp://us:2855/z;tcp\r\n");
    free(sdp);
    struct offer *theirs = read_body(&session, HEAD CHAT);
    assert_int_equal(offer_messages(theirs, &sections), 1);
    assert_int_equal(sections[0].index, 0);
    offer_destroy(theirs);
    offer_session_finish(&session);
}

static void without_msrp_sound_is_needed(void **state)
{
    (void)state;
    struct offer_session session;
    struct offer *offer;
    struct offer_failure why;
    static const char body[] = HEAD CHAT;
    begin(&session, false);
    assert_int_equal(offer_read(&session, body, sizeof(body) - 1, &offer, &why), -ENOTSUP);
    assert_int_equal(why.status, 488);
    session.takes_messages = true;
    static const char broken[] = HEAD "m=audio 4000 RTP/AVP 0\r\nc=IN IP4\r\n" CHAT;
    assert_int_equal(offer_read(&session, broken, sizeof(broken) - 1, &offer, &why), -EBADMSG);
    assert_int_equal(why.status, 400);
    offer_session_finish(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_is_taken_the_others_are_refused),
        cmocka_unit_test(without_sound_there_is_silence),
        cmocka_unit_test(sound_may_come_and_go),
        cmocka_unit_test(our_offers_have_what_there_is),
        cmocka_unit_test(our_offers_may_have_another),
        cmocka_unit_test(a_closed_one_is_used_again),
        cmocka_unit_test(our_offers_may_have_nothing_else),
        cmocka_unit_test(without_msrp_sound_is_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
