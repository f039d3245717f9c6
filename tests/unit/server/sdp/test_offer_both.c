/* test_offer_both.c - offers of ours answered by ourselves, with the codecs that we really
 * have: what one side says the other understands. */
#include "server/sdp/offer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct offer_local local = {
    .family = AF_INET,
    .address = "198.51.100.1",
    .port = 20000,
    .ptime_ms = 20,
    .video[VIDEO_CAMERA] = {.port = 30000, .bandwidth_bps = 1500000}};

/* One end of a call. */
struct end {
    struct offer_session session;
    struct leg_plan voice;
    struct video_plans video;
};

static struct offer *read_body(struct end *end, const char *body)
{
    struct offer *offer = NULL;
    struct offer_failure why;
    if (offer_read(&end->session, body, strlen(body), &offer, &why) != 0)
        fail_msg("%u %s: %s", why.status, why.text, body);
    return offer;
}

/* @p caller offers, @p callee answers. @p as_avpf: says the offer, once it arrives. */
static void exchange(struct end *caller, struct end *callee, bool as_avpf)
{
    struct offer_failure why;
    char *offered = NULL, *answered = NULL, turned[8192];
    assert_int_equal(offer_make(&caller->session, &local, &offered), 0);
    const char *video = strstr(offered, "m=video 30000 RTP/AVP ");
    if (as_avpf && video)
        snprintf(turned, sizeof(turned), "%.*sm=video 30000 RTP/AVPF %s",
                 (int)(video - offered), offered, video + strlen("m=video 30000 RTP/AVP "));
    else
        snprintf(turned, sizeof(turned), "%s", offered);
    struct offer *offer = read_body(callee, turned);
    assert_int_equal(offer_answer(&callee->session, offer, &local, &callee->voice,
                                  &callee->video, &answered),
                     0);
    offer_commit(&callee->session);
    struct offer *answer = read_body(caller, answered);
    assert_int_equal(
        offer_accept(&caller->session, answer, &local, &caller->voice, &caller->video, &why),
        0);
    offer_commit(&caller->session);
    offer_destroy(offer);
    offer_destroy(answer);
    free(offered);
    free(answered);
}

static void check_plans(const struct video_plan *a, const struct video_plan *b)
{
    assert_int_equal(a->codec_count, b->codec_count);
    assert_true(a->codec[0].codec->can_encode);
    for (unsigned i = 0; i < a->codec_count; i++) {
        assert_ptr_equal(a->codec[i].codec, b->codec[i].codec);
        assert_int_equal(a->codec[i].receive_type, b->codec[i].send_type);
        assert_int_equal(a->codec[i].send_type, b->codec[i].receive_type);
        assert_int_equal(a->codec[i].rtx_receive_type, b->codec[i].rtx_send_type);
        assert_int_equal(a->codec[i].rtx_send_type, b->codec[i].rtx_receive_type);
        assert_true(a->codec[i].codec->params_match(&a->codec[i].params, &b->codec[i].params));
    }
    const struct video_plan_feedback *feedback = &a->feedback;
    assert_true(feedback->nack && feedback->pli && feedback->fir && feedback->tmmbr &&
                feedback->remb && feedback->transport);
    assert_memory_equal(feedback, &b->feedback, sizeof(*feedback));
    assert_true(a->transport_id && a->transport_id == b->transport_id);
    assert_true(a->send && a->receive && a->rtcp_mux && a->reduced_size && a->early_feedback);
    assert_int_equal(a->bandwidth_bps, 1500000);
}

static void understands_itself(void **state)
{
    (void)state;
    struct end caller, callee;
    offer_session_init(&caller.session);
    offer_session_init(&callee.session);
    exchange(&caller, &callee, false);
    struct offer_formats formats;
    offer_formats_open(caller.session.kept, &formats);
    assert_int_equal(caller.video.stream[VIDEO_CAMERA].codec_count,
                     formats.video[VIDEO_CAMERA].listed.count);
    assert_int_equal(caller.video.stream[VIDEO_CAMERA].codec_count > 0,
                     video_codec_at(0) != NULL);
    if (caller.video.stream[VIDEO_CAMERA].codec_count) {
        check_plans(&caller.video.stream[VIDEO_CAMERA], &callee.video.stream[VIDEO_CAMERA]);
        check_plans(&callee.video.stream[VIDEO_CAMERA], &caller.video.stream[VIDEO_CAMERA]);
        assert_int_equal(caller.video.stream[VIDEO_CAMERA].codec[0].rtx_send_type,
                         VIDEO_PLAN_NO_TYPE);
    }
    offer_session_finish(&caller.session);
    offer_session_finish(&callee.session);
}

/* Whoever offers anew, and as often as it likes: the same numbers mean the same. */
static void goes_on_understanding_itself(void **state)
{
    (void)state;
    struct end caller, callee;
    offer_session_init(&caller.session);
    offer_session_init(&callee.session);
    exchange(&caller, &callee, true);
    struct video_plan first = caller.video.stream[VIDEO_CAMERA];
    for (unsigned round = 0; round < 4 && first.codec_count; round++) {
        bool is_turned = round % 2 == 0;
        exchange(is_turned ? &callee : &caller, is_turned ? &caller : &callee, true);
        check_plans(&caller.video.stream[VIDEO_CAMERA], &callee.video.stream[VIDEO_CAMERA]);
        assert_int_equal(caller.video.stream[VIDEO_CAMERA].codec_count, first.codec_count);
        for (unsigned i = 0; i < first.codec_count; i++) {
            assert_ptr_equal(caller.video.stream[VIDEO_CAMERA].codec[i].codec,
                             first.codec[i].codec);
            assert_int_equal(caller.video.stream[VIDEO_CAMERA].codec[i].receive_type,
                             first.codec[i].receive_type);
            assert_int_equal(caller.video.stream[VIDEO_CAMERA].codec[i].send_type,
                             first.codec[i].send_type);
        }
        /* the callee was offered AVPF, and offers retransmission from then on */
        assert_true(caller.video.stream[VIDEO_CAMERA].codec[0].rtx_send_type < 128);
    }
    offer_session_finish(&caller.session);
    offer_session_finish(&callee.session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(understands_itself),
        cmocka_unit_test(goes_on_understanding_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
