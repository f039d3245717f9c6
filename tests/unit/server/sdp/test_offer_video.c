/* test_offer_video.c - m=video in tables of SDP bodies as phones write them: what is answered,
 * what is planned, and that nothing of it stops the voice. */
#include "server/sdp/offer.h"
#include "tests/unit/server/sdp/video_rows.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HEAD "v=0\r\no=- 7 7 IN IP4 192.0.2.9\r\ns=x\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
#define PCMU "m=audio 4000 RTP/AVP 0\r\n"
#define VOICE "m=audio 20000 RTP/AVP 0\r\n"
#define H264 "m=video 5000 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n"
#define H264_FMTP "a=fmtp:97 profile-level-id=42e01f;packetization-mode=1\r\n"
#define TRANSPORT "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

static const struct offer_local local = {.family = AF_INET,
                                         .address = "198.51.100.1",
                                         .port = 20000,
                                         .ptime_ms = 20,
                                         .video[VIDEO_CAMERA] = {.port = 30000}};

static const struct offer_local voice_only = {
    .family = AF_INET, .address = "198.51.100.1", .port = 20000, .ptime_ms = 20};

/* Reads @p body as an offer and answers it; fails the test if that fails. */
static char *answer_as(struct offer_session *session, const char *body,
                       const struct offer_local *own, struct video_plan *video)
{
    struct offer *offer;
    struct offer_failure why;
    struct leg_plan plan;
    struct video_plans videos;
    char *sdp = NULL;
    if (offer_read(session, body, strlen(body), &offer, &why) != 0)
        fail_msg("%u %s, %u %s: %s", why.status, why.text, why.warning.code, why.warning.text,
                 body);
    assert_int_equal(offer_answer(session, offer, own, &plan, &videos, &sdp), 0);
    memcpy(video, &videos.stream[VIDEO_CAMERA], sizeof(*video));
    assert_true(plan.codec_count > 0);
    assert_true(!video->codec_count || offer_videos(offer) & 1u << VIDEO_CAMERA);
    offer_destroy(offer);
    offer_commit(session);
    return sdp;
}

static char *answer(struct offer_session *session, const char *body, struct video_plan *video)
{
    return answer_as(session, body, &local, video);
}

static unsigned port_of(const struct sockaddr_storage *address)
{
    assert_int_equal(address->ss_family, AF_INET);
    return ntohs(((const struct sockaddr_in *)address)->sin_port);
}

static void check_texts(const char *offer, const char *sdp, const char *const has[8])
{
    for (size_t k = 0; k < 8 && has[k]; k++) {
        bool unwanted = has[k][0] == '!';
        if (unwanted == (strstr(sdp, has[k] + unwanted) != NULL))
            fail_msg("offer:\n%s\nanswer:\n%s\nwanted: %s", offer, sdp, has[k]);
    }
}

/* ---- answers ---- */

struct answer_row {
    const char *offer;
    const char *has[8]; /* texts of the answer; "!": that it must not have */
};

static const struct answer_row answers[] = {
    {HEAD PCMU H264 H264_FMTP,
     {VOICE,
      "m=video 30000 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=fmtp:97 "
      "profile-level-id=42e01f;level-asymmetry-allowed=1;packetization-mode=1\r\n"
      "a=sendrecv\r\n",
      "!rtcp-fb", "!rtcp-mux", "!rtcp-rsize", "!content", "!b=", "!extmap"}},
    /* names without case, the clock of video only, a dynamic type without rtpmap */
    {HEAD PCMU "m=video 5000 RTP/AVP 97\r\na=rtpmap:97 h264/90000\r\n",
     {"m=video 30000 RTP/AVP 97\r\n", "a=rtpmap:97 H264/90000\r\n",
      "packetization-mode=0\r\n"}},
    {HEAD PCMU "m=video 5000 RTP/AVP 97\r\na=rtpmap:97 H264/48000\r\n",
     {VOICE, "m=video 0 RTP/AVP 97\r\n"}},
    {HEAD PCMU "m=video 5000 RTP/AVP 97\r\n", {VOICE, "m=video 0 RTP/AVP 97\r\n"}},
    {HEAD PCMU "m=video 5000 RTP/AVP 31 34 99\r\na=rtpmap:99 H263-1998/90000\r\n",
     {VOICE, "m=video 0 RTP/AVP 31 34 99\r\n"}},
    /* the offerer's order and numbers; what cannot be sent may still come */
    {HEAD PCMU "m=video 5000 RTP/AVP 45 98 97 34\r\na=rtpmap:45 AV1/90000\r\n"
               "a=rtpmap:98 VP8/90000\r\na=rtpmap:97 H264/90000\r\n",
     {"m=video 30000 RTP/AVP 45 98 97\r\n", "a=rtpmap:45 AV1/90000\r\n"}},
    {HEAD PCMU "m=video 5000 RTP/AVP 45\r\na=rtpmap:45 AV1/90000\r\n",
     {VOICE, "m=video 0 RTP/AVP 45\r\n"}},
    /* several formats of one codec, each once */
    {HEAD PCMU "m=video 5000 RTP/AVP 96 97 98 99 100\r\na=rtpmap:96 H264/90000\r\n"
               "a=fmtp:96 profile-level-id=428014;packetization-mode=0\r\n"
               "a=rtpmap:97 H264/90000\r\na=fmtp:97 profile-level-id=428014;"
               "packetization-mode=1\r\na=rtpmap:98 H264/90000\r\na=fmtp:98 "
               "profile-level-id=640014;packetization-mode=1\r\na=rtpmap:99 H264/90000\r\n"
               "a=fmtp:99 profile-level-id=42801f;packetization-mode=1\r\n"
               "a=rtpmap:100 H264/90000\r\na=fmtp:100 profile-level-id=6e0014\r\n",
     {"m=video 30000 RTP/AVP 96 97 98\r\n",
      "a=fmtp:96 profile-level-id=42801f;level-asymmetry-allowed=1;packetization-mode=0\r\n",
      "a=fmtp:98 profile-level-id=64001f;level-asymmetry-allowed=1;packetization-mode=1\r\n"}},
    /* retransmission of what is taken, behind it */
    {HEAD PCMU "m=video 5000 RTP/AVPF 98 99 100 97\r\na=rtpmap:98 VP8/90000\r\n"
               "a=rtpmap:99 rtx/90000\r\na=fmtp:99 rtx-time=200; apt=98\r\n"
               "a=rtpmap:100 rtx/90000\r\na=fmtp:100 apt=97\r\na=rtpmap:97 FOO/90000\r\n",
     {"m=video 30000 RTP/AVPF 98 99\r\na=rtpmap:98 VP8/90000\r\na=fmtp:98 max-fs=3600\r\n"
      "a=rtpmap:99 rtx/90000\r\na=fmtp:99 apt=98\r\n"}},
    {HEAD PCMU "m=video 5000 RTP/AVP 98 99 100 101\r\na=rtpmap:98 VP8/90000\r\n"
               "a=rtpmap:99 rtx/90000\r\na=fmtp:99 apt=\r\na=rtpmap:100 rtx/90000\r\n"
               "a=rtpmap:101 rtx/48000\r\na=fmtp:101 apt=98\r\n",
     {"m=video 30000 RTP/AVP 98\r\n", "!rtx"}},
    /* feedback: for all, for each, and not for retransmission */
    {HEAD PCMU H264 "a=rtcp-fb:* nack pli\r\na=rtcp-fb:97 ccm fir\r\na=rtcp-fb:97 nack pli\r\n"
                    "a=rtcp-fb:97 nack sli\r\na=rtcp-fb:98 nack\r\na=rtcp-fb:* trr-int 1\r\n",
     {"a=rtcp-fb:97 ccm fir\r\na=rtcp-fb:* nack pli\r\n", "!97 nack", "!sli", "!trr", "!:98 ",
      "!tmmbr"}},
    {HEAD PCMU H264 "a=rtcp-fb:* goog-remb\r\na=rtcp-fb:* ccm tmmbr smaxpr=120\r\n",
     {"a=rtcp-fb:* ccm tmmbr\r\na=rtcp-fb:* goog-remb\r\n", "!smaxpr"}},
    /* numbers of the transport: both halves or none */
    {HEAD PCMU H264 "a=rtcp-fb:97 transport-cc\r\na=extmap:5 " TRANSPORT "\r\n",
     {"a=rtcp-fb:97 transport-cc\r\n", "a=extmap:5 " TRANSPORT "\r\n"}},
    {HEAD PCMU H264 "a=rtcp-fb:97 transport-cc\r\n", {"m=video 3", "!transport-cc"}},
    {HEAD PCMU H264 "a=rtcp-fb:* transport-cc\r\na=extmap:15 " TRANSPORT "\r\n",
     {"m=video 3", "!transport-cc"}},
    {HEAD PCMU H264 "a=extmap:5 " TRANSPORT "\r\n", {"m=video 3", "!extmap"}},
    {HEAD PCMU "a=extmap:5 " TRANSPORT "\r\n" H264, {"m=video 3", "!extmap"}},
    /* what is repeated if it is there */
    {HEAD PCMU H264 "a=rtcp-mux\r\na=rtcp-rsize\r\na=content:main\r\na=label:11\r\n",
     {"a=rtcp-mux\r\na=rtcp-rsize\r\na=content:main\r\n", "!label"}},
    {HEAD PCMU H264 "a=imageattr:97 send * recv [x=1280,y=720]\r\na=framerate:30\r\n",
     {"m=video 30000", "!imageattr", "!framerate"}},
    /* a direction of its own */
    {HEAD PCMU "a=sendonly\r\n" H264, {"a=recvonly\r\nm=video", "a=sendrecv\r\n"}},
    {HEAD "a=sendonly\r\n" PCMU "a=sendrecv\r\n" H264,
     {"a=sendrecv\r\nm=video", "a=recvonly\r\n"}},
    {HEAD PCMU H264 "a=inactive\r\n", {"a=sendrecv\r\nm=video 30000", "a=inactive\r\n"}},
    {HEAD PCMU H264 "c=IN IP4 0.0.0.0\r\n", {"m=video 30000", "a=recvonly\r\n"}},
    /* sections that are not taken stand where they were, byte for byte */
    {HEAD H264 PCMU "m=video 5002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n",
     {"t=0 0\r\nm=video 30000 RTP/AVP 97\r\n", "a=sendrecv\r\nm=audio 20000 RTP/AVP 0\r\n",
      "m=video 0 RTP/AVP 97\r\n"}},
    {HEAD PCMU "m=video 5002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=content:slides\r\n" H264,
     {VOICE, "m=video 0 RTP/AVP 97\r\nm=video 30000 RTP/AVP 97\r\n"}},
    {HEAD PCMU "m=video 5002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=content:slides,main\r\n",
     {"m=video 30000 RTP/AVP 97\r\n"}},
    {HEAD PCMU "m=video 5002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=content:slides\r\n",
     {VOICE "a=rtpmap:0", "m=video 0 RTP/AVP 97\r\n", "!m=video 3"}},
    {HEAD PCMU "m=video 5002 RTP/SAVPF 97\r\na=rtpmap:97 H264/90000\r\n" H264,
     {"m=video 0 RTP/SAVPF 97\r\nm=video 30000 RTP/AVP 97\r\n"}},
    {HEAD PCMU "m=video 0 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n",
     {"m=video 0 RTP/AVP 97\r\n", "!m=video 3"}},
    /* an address that the voice does not have */
    {HEAD PCMU H264 "c=IN IP6 2001:db8::9\r\n", {VOICE, "m=video 0 RTP/AVP 97\r\n"}},
    {HEAD PCMU H264 "c=IN IP4 224.2.1.1/127\r\n", {VOICE, "m=video 0 RTP/AVP 97\r\n"}},
    {HEAD PCMU H264 "c=IN IP4 host\r\n", {VOICE, "m=video 0 RTP/AVP 97\r\n"}},
    {HEAD PCMU H264 "c=x\r\n", {VOICE, "m=video 0 RTP/AVP 97\r\n"}},
};

static void answers_what_both_have(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct offer_session session;
        struct video_plan video;
        offer_session_init(&session);
        char *sdp = answer(&session, answers[i].offer, &video);
        check_texts(answers[i].offer, sdp, answers[i].has);
        assert_int_equal(video.codec_count > 0, strstr(sdp, "m=video 30000") != NULL);
        free(sdp);
        offer_session_finish(&session);
    }
}

static void refuses_all_video_where_none_is_wanted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct offer_session session;
        struct video_plan video, nothing;
        memset(&video, 0xff, sizeof(video));
        memset(&nothing, 0, sizeof(nothing));
        offer_session_init(&session);
        char *sdp = answer_as(&session, answers[i].offer, &voice_only, &video);
        assert_memory_equal(&video, &nothing, sizeof(video));
        assert_non_null(strstr(sdp, "m=video 0 "));
        for (const char *at = sdp; (at = strstr(at, "m=video ")); at++)
            assert_memory_equal(at, "m=video 0 ", 10);
        free(sdp);
        offer_session_finish(&session);
    }
}

static void video_alone_is_no_call(void **state)
{
    (void)state;
    static const char *const bodies[] = {HEAD H264, HEAD "m=audio 4000 RTP/AVP 15\r\n" H264,
                                         HEAD "m=audio 0 RTP/AVP 0\r\n" H264};
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct offer_session session;
        struct offer_failure why;
        struct offer *offer;
        offer_session_init(&session);
        assert_true(offer_read(&session, bodies[i], strlen(bodies[i]), &offer, &why) < 0);
        assert_int_equal(why.status, 488);
        offer_session_finish(&session);
    }
}

/* ---- plans ---- */

static const char rich[] = HEAD PCMU
    "m=video 5000 RTP/AVPF 45 96 97 98 99\r\nb=TIAS:768000\r\na=rtpmap:45 AV1/90000\r\n"
    "a=rtpmap:96 H264/90000\r\na=fmtp:96 profile-level-id=42e01f;packetization-mode=1;"
    "max-fs=3600;max-mbps=108000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
    "a=rtpmap:98 VP8/90000\r\na=fmtp:98 max-fr=60;max-fs=1200\r\n"
    "a=rtpmap:99 rtx/90000\r\na=fmtp:99 apt=98\r\na=rtcp:5101\r\na=rtcp-rsize\r\n"
    "a=rtcp-fb:* nack\r\na=rtcp-fb:96 nack pli\r\na=rtcp-fb:98 ccm fir\r\n"
    "a=rtcp-fb:96 transport-cc\r\na=extmap:4 " TRANSPORT "\r\na=framerate:29.97\r\n";

static void plans_all_that_was_said(void **state)
{
    (void)state;
    struct offer_session session;
    struct video_plan video;
    offer_session_init(&session);
    free(answer(&session, rich, &video));
    assert_int_equal(video.codec_count, 3);
    /* the first that we can send, then the others in their order */
    assert_ptr_equal(video.codec[0].codec, video_codec_by_name("H264"));
    assert_ptr_equal(video.codec[1].codec, video_codec_by_name("AV1"));
    assert_ptr_equal(video.codec[2].codec, video_codec_by_name("VP8"));
    assert_int_equal(video.codec[0].receive_type, 96);
    assert_int_equal(video.codec[0].send_type, 96);
    assert_int_equal(video.codec[0].rtx_receive_type, 97);
    assert_int_equal(video.codec[0].rtx_send_type, 97);
    assert_int_equal(video.codec[0].params.max_frame_blocks, 3600);
    assert_int_equal(video.codec[0].params.max_blocks_per_s, 108000);
    assert_int_equal(video.codec[0].params.max_fps, 30);
    assert_int_equal(video.codec[1].rtx_send_type, VIDEO_PLAN_NO_TYPE);
    assert_int_equal(video.codec[1].rtx_receive_type, VIDEO_PLAN_NO_TYPE);
    assert_int_equal(video.codec[2].rtx_send_type, 99);
    assert_int_equal(video.codec[2].params.max_frame_blocks, 1200);
    assert_int_equal(video.codec[2].params.max_fps, 30); /* lower than its own */
    assert_int_equal(port_of(&video.remote_rtp), 5000);
    assert_int_equal(port_of(&video.remote_rtcp), 5101);
    assert_true(video.reduced_size && video.early_feedback && !video.rtcp_mux);
    assert_true(video.send && video.receive);
    assert_true(video.feedback.nack && video.feedback.pli && video.feedback.transport);
    assert_false(video.feedback.fir || video.feedback.tmmbr || video.feedback.remb);
    assert_int_equal(video.transport_id, 4);
    assert_int_equal(video.bandwidth_bps, 768000);
    offer_session_finish(&session);
}

static void the_same_offer_is_the_same_plan_byte_for_byte(void **state)
{
    (void)state;
    struct offer_session session;
    struct video_plan first, again;
    offer_session_init(&session);
    memset(&first, 0xaa, sizeof(first));
    memset(&again, 0x55, sizeof(again));
    char *sdp = answer(&session, rich, &first), *same = answer(&session, rich, &again);
    assert_memory_equal(&first, &again, sizeof(first));
    assert_string_equal(sdp, same);
    free(sdp);
    free(same);
    offer_session_finish(&session);
}

struct plan_row {
    const char *lines; /* of the video */
    bool send, receive, mux, early;
    unsigned rtcp_port; /* 0: nowhere */
};

static const struct plan_row plans[] = {
    {"", true, true, false, false, 5001},
    {"a=sendonly\r\n", false, true, false, false, 5001},
    {"a=recvonly\r\n", true, false, false, false, 5001},
    {"a=inactive\r\n", false, false, false, false, 5001},
    {"c=IN IP4 0.0.0.0\r\n", false, true, false, false, 0},
    {"a=rtcp-mux\r\na=rtcp:7000\r\n", true, true, true, false, 5000},
    {"a=rtcp:7000\r\n", true, true, false, false, 7000},
    {"a=rtcp-fb:* nack pli\r\n", true, true, false, true, 5001}, /* under RTP/AVP */
    {"a=rtcp-fb:* nack sli\r\n", true, true, false, false, 5001},
};

static void plans_direction_and_rtcp(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
        const struct plan_row *row = &plans[i];
        char body[512];
        struct offer_session session;
        struct video_plan video;
        snprintf(body, sizeof(body), HEAD PCMU H264 "%s", row->lines);
        offer_session_init(&session);
        free(answer(&session, body, &video));
        if (video.send != row->send || video.receive != row->receive ||
            video.rtcp_mux != row->mux || video.early_feedback != row->early)
            fail_msg("plan of row %zu: %s", i, row->lines);
        if (row->rtcp_port)
            assert_int_equal(port_of(&video.remote_rtcp), row->rtcp_port);
        else
            assert_int_equal(video.remote_rtp.ss_family, AF_UNSPEC);
        offer_session_finish(&session);
    }
}

static void reads_and_writes_bandwidth(void **state)
{
    (void)state;
    static const struct {
        const char *session, *media;
        uint64_t bps;
    } rows[] = {
        {"", "", 0},
        {"", "b=TIAS:512000\r\n", 512000},
        {"", "b=AS:512\r\n", 500224},
        {"", "b=AS:512\r\nb=TIAS:400000\r\n", 400000},
        {"b=AS:1024\r\n", "", 1000448},
        {"b=CT:384\r\n", "", 375168},
        {"b=TIAS:900000\r\nb=CT:384\r\n", "b=AS:100\r\n", 97700},
        {"", "b=AS:0\r\n", 0},
        {"", "b=AS:x\r\n", 0},
        {"", "b=AS:99999999999\r\n", 0},
        {"", "b=AS:1000000000\r\n", 977000000000},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char body[512];
        struct offer_session session;
        struct video_plan video;
        snprintf(body, sizeof(body),
                 HEAD "%s" PCMU "m=video 5000 RTP/AVP 97\r\n%s"
                      "a=rtpmap:97 H264/90000\r\n",
                 rows[i].session, rows[i].media);
        offer_session_init(&session);
        free(answer(&session, body, &video));
        assert_int_equal(video.bandwidth_bps, rows[i].bps);
        offer_session_finish(&session);
    }
    struct offer_session session;
    struct video_plan video;
    struct offer_local bounded = local;
    bounded.video[VIDEO_CAMERA].bandwidth_bps = 500224;
    offer_session_init(&session);
    char *sdp = answer_as(&session, HEAD PCMU H264, &bounded, &video);
    assert_non_null(strstr(sdp, "RTP/AVP 97\r\nb=AS:512\r\nb=TIAS:500224\r\na=rtpmap:97 "));
    free(sdp);
    offer_session_finish(&session);
}

/* ---- as devices write them ---- */

struct device_row {
    const char *name, *offer;
    const char *has[8];
    const char *codec; /* that we send; NULL: no video */
    unsigned codecs;
};

static const struct device_row devices[] = {
    {"baresip",
     "v=0\r\no=- 3214 7811 IN IP4 10.0.0.5\r\ns=-\r\nc=IN IP4 10.0.0.5\r\nt=0 0\r\n"
     "a=tool:baresip 2.9.0\r\nm=audio 27000 RTP/AVP 96 0 8 101\r\na=rtpmap:96 opus/48000/2\r\n"
     "a=fmtp:96 stereo=1;sprop-stereo=1\r\na=rtpmap:101 telephone-event/8000\r\n"
     "a=rtcp:27001\r\na=sendrecv\r\na=label:1\r\na=rtcp-rsize\r\na=ptime:20\r\n"
     "m=video 15488 RTP/AVP 97 98 99\r\nb=AS:512\r\na=rtpmap:97 H264/90000\r\n"
     "a=fmtp:97 packetization-mode=0;profile-level-id=42001f\r\na=rtpmap:98 H264/90000\r\n"
     "a=fmtp:98 packetization-mode=1;profile-level-id=42001f\r\na=rtpmap:99 VP8/90000\r\n"
     "a=fmtp:99 max-fs=3600\r\na=rtcp:15489\r\na=sendrecv\r\na=label:2\r\na=rtcp-rsize\r\n"
     "a=framerate:30.00\r\na=rtcp-fb:* nack\r\na=rtcp-fb:* nack pli\r\na=rtcp-fb:* ccm fir\r\n"
     "a=content:main\r\n",
     {"m=video 30000 RTP/AVP 97 98 99\r\n", "a=rtcp-rsize\r\na=content:main\r\n",
      "a=rtcp-fb:* nack\r\na=rtcp-fb:* nack pli\r\na=rtcp-fb:* ccm fir\r\n"},
     "H264",
     3},
    {"Linphone",
     "v=0\r\no=alice 1823 3051 IN IP4 10.0.0.6\r\ns=Talk\r\nc=IN IP4 10.0.0.6\r\nt=0 0\r\n"
     "a=rtcp-xr:rcvr-rtt=all:10000 stat-summary=loss,dup,jitt,TTL voip-metrics\r\n"
     "a=record:off\r\nm=audio 7078 RTP/AVPF 96 0 8 97\r\na=rtpmap:96 opus/48000/2\r\n"
     "a=rtpmap:97 telephone-event/48000\r\na=rtcp-fb:* trr-int 5000\r\n"
     "a=rtcp-fb:* ccm tmmbr\r\nm=video 9078 RTP/AVPF 96 97\r\nb=AS:1500\r\n"
     "a=rtpmap:96 VP8/90000\r\na=rtpmap:97 H264/90000\r\n"
     "a=fmtp:97 profile-level-id=42801F\r\na=rtcp-fb:* trr-int 5000\r\n"
     "a=rtcp-fb:* ccm tmmbr\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\n"
     "a=rtcp-fb:96 nack sli\r\na=rtcp-fb:96 ack rpsi\r\na=rtcp-fb:96 ccm fir\r\n"
     "a=rtcp-fb:97 nack pli\r\na=rtcp-fb:97 ccm fir\r\n",
     {"m=video 30000 RTP/AVPF 96 97\r\n",
      "a=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=rtcp-fb:96 ccm fir\r\n",
      "a=rtcp-fb:97 nack pli\r\na=rtcp-fb:97 ccm fir\r\na=rtcp-fb:* ccm tmmbr\r\n", "!sli",
      "!rpsi", "!trr-int"},
     "VP8",
     2},
    {"a browser, whose voice needs keys that we do not have",
     HEAD PCMU "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=rtpmap:96 VP8/90000\r\n"
               "a=rtcp-fb:96 transport-cc\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
               "a=rtcp-mux\r\na=extmap:4 " TRANSPORT "\r\n",
     {"m=video 0 UDP/TLS/RTP/SAVPF 96 97\r\n"},
     NULL,
     0},
    {"a room system with slides and floor control",
     "v=0\r\no=tandberg 7 8 IN IP4 10.0.0.7\r\ns=-\r\nc=IN IP4 10.0.0.7\r\nb=AS:2000\r\n"
     "t=0 0\r\nm=audio 16384 RTP/AVP 9 8 0 101\r\nb=TIAS:128000\r\n"
     "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n"
     "m=video 16386 RTP/AVP 97 126 96 34 31\r\nb=TIAS:2000000\r\n"
     "a=rtpmap:97 H264/90000\r\na=fmtp:97 packetization-mode=0;profile-level-id=420016;"
     "max-br=5000;max-mbps=245000;max-fs=9000;max-smbps=245000;max-fps=6000\r\n"
     "a=rtpmap:126 H264/90000\r\na=fmtp:126 packetization-mode=1;profile-level-id=428016;"
     "max-br=5000;max-mbps=245000;max-fs=9000\r\na=rtpmap:96 H263-1998/90000\r\n"
     "a=fmtp:96 custom=1280,768,3;cif=1;qcif=1\r\na=rtpmap:34 H263/90000\r\n"
     "a=rtpmap:31 H261/90000\r\na=imageattr:97 send [x=1280,y=720] recv [x=1920,y=1080]\r\n"
     "a=rtcp-fb:* nack pli\r\na=rtcp-fb:* ccm fir\r\na=rtcp-fb:* ccm tmmbr\r\na=sendrecv\r\n"
     "a=content:main\r\na=label:11\r\nm=application 5070 UDP/BFCP *\r\na=floorctrl:c-s\r\n"
     "a=confid:1\r\na=floorid:2 mstrm:12\r\na=userid:1\r\n"
     "m=video 16388 RTP/AVP 97 126\r\nb=TIAS:2000000\r\na=rtpmap:97 H264/90000\r\n"
     "a=fmtp:97 packetization-mode=0;profile-level-id=420016\r\na=rtpmap:126 H264/90000\r\n"
     "a=fmtp:126 packetization-mode=1;profile-level-id=428016\r\na=content:slides\r\n"
     "a=label:12\r\nm=application 16390 RTP/AVP 107\r\na=rtpmap:107 H224/4800\r\n",
     {"m=audio 20000 RTP/AVP 9 8 0 101\r\n", "m=video 30000 RTP/AVP 97 126\r\n",
      "a=rtcp-fb:* nack pli\r\na=rtcp-fb:* ccm fir\r\na=rtcp-fb:* ccm tmmbr\r\n",
      "a=content:main\r\nm=application 0 UDP/BFCP *\r\nm=video 0 RTP/AVP 97 126\r\n"
      "m=application 0 RTP/AVP 107\r\n",
      "!slides", "!imageattr", "!floor"},
     "H264",
     2},
    {"a desk phone with six formats of one codec",
     HEAD PCMU
     "m=video 2224 RTP/AVP 109 110 111 96 34\r\nb=TIAS:512000\r\n"
     "a=rtpmap:109 H264/90000\r\na=fmtp:109 profile-level-id=64001f; "
     "packetization-mode=0; max-mbps=108000; max-fs=3600\r\na=rtpmap:110 H264/90000\r\n"
     "a=fmtp:110 profile-level-id=42801f; packetization-mode=0\r\n"
     "a=rtpmap:111 H264/90000\r\na=fmtp:111 profile-level-id=64001f; "
     "packetization-mode=1; max-mbps=108000; max-fs=3600\r\na=rtpmap:96 H264/90000\r\n"
     "a=fmtp:96 profile-level-id=4d001f; packetization-mode=1\r\na=rtpmap:34 "
     "H263/90000\r\na=fmtp:34 CIF=1;QCIF=1\r\na=rtcp-fb:* ccm fir tmmbr\r\n",
     {"m=video 30000 RTP/AVP 109 110 111 96\r\n", "a=rtcp-fb:* ccm fir\r\n", "!H263"},
     "H264",
     4},
};

static void answers_devices(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
        const struct device_row *row = &devices[i];
        struct offer_session session;
        struct video_plan video;
        offer_session_init(&session);
        char *sdp = answer(&session, row->offer, &video);
        check_texts(row->offer, sdp, row->has);
        assert_int_equal(video.codec_count, row->codecs);
        if (row->codec)
            assert_string_equal(video.codec[0].codec->name, row->codec);
        free(sdp);
        offer_session_finish(&session);
    }
}

/* ---- our offer, their answer ---- */

static char *make(struct offer_session *session, const struct offer_local *own)
{
    char *sdp = NULL;
    assert_int_equal(offer_make(session, own, &sdp), 0);
    return sdp;
}

static void accept_body(struct offer_session *session, const char *body,
                        struct video_plan *video)
{
    struct offer *offer;
    struct offer_failure why;
    struct leg_plan plan;
    struct video_plans videos;
    assert_int_equal(offer_read(session, body, strlen(body), &offer, &why), 0);
    assert_int_equal(offer_accept(session, offer, &local, &plan, &videos, &why), 0);
    memcpy(video, &videos.stream[VIDEO_CAMERA], sizeof(*video));
    offer_destroy(offer);
    offer_commit(session);
}

static void offers_all_that_we_have(void **state)
{
    (void)state;
    struct offer_session session;
    offer_session_init(&session);
    char *sdp = make(&session, &local);
    const char *const has[8] = {
        "m=video 30000 RTP/AVP 96 97 98 100 101\r\na=rtpmap:96 H264/90000\r\n"
        "a=fmtp:96 profile-level-id=42e01f;level-asymmetry-allowed=1;packetization-mode=1\r\n",
        "a=rtpmap:101 VP9/90000\r\n",
        "a=rtcp-fb:* nack\r\na=rtcp-fb:* nack pli\r\na=rtcp-fb:* ccm fir\r\n"
        "a=rtcp-fb:* ccm tmmbr\r\na=rtcp-fb:* goog-remb\r\na=rtcp-fb:* transport-cc\r\n",
        "a=sendrecv\r\na=extmap:3 " TRANSPORT "\r\na=rtcp-mux\r\na=rtcp-rsize\r\n",
        "!rtx",
        "!AV1",
        "!content"};
    check_texts("ours", sdp, has);
    assert_true(strstr(sdp, "m=audio") < strstr(sdp, "m=video"));
    free(sdp);
    offer_session_finish(&session);
    offer_session_init(&session);
    sdp = make(&session, &voice_only);
    assert_null(strstr(sdp, "m=video"));
    free(sdp);
    offer_session_finish(&session);
}

static void takes_an_answer_in_its_own_numbers(void **state)
{
    (void)state;
    struct offer_session session;
    struct video_plan video;
    offer_session_init(&session);
    free(make(&session, &local));
    accept_body(&session,
                HEAD PCMU "m=video 5000 RTP/AVP 120 121 45\r\na=rtpmap:120 VP8/90000\r\n"
                          "a=rtpmap:121 H264/90000\r\na=fmtp:121 profile-level-id=640c28;"
                          "packetization-mode=1\r\na=rtpmap:45 AV1/90000\r\na=recvonly\r\n"
                          "a=rtcp-fb:* nack pli\r\na=rtcp-fb:120 transport-cc\r\na=rtcp-mux\r\n"
                          "a=extmap:3 " TRANSPORT "\r\n",
                &video);
    assert_int_equal(video.codec_count, 2);
    assert_string_equal(video.codec[0].codec->name, "VP8");
    assert_int_equal(video.codec[0].receive_type, 100);
    assert_int_equal(video.codec[0].send_type, 120);
    assert_int_equal(video.codec[1].receive_type, 98);
    assert_int_equal(video.codec[1].send_type, 121);
    assert_int_equal(video.codec[1].params.level, 0x28);
    assert_true(video.send && !video.receive && video.rtcp_mux && video.early_feedback);
    assert_true(video.feedback.pli && video.feedback.transport && !video.feedback.nack);
    assert_int_equal(video.transport_id, 3);
    /* both sides' numbers mean what they meant */
    char *sdp = make(&session, &local);
    assert_non_null(strstr(sdp, "a=rtpmap:100 VP8/90000\r\n"));
    assert_non_null(strstr(sdp, "a=rtpmap:98 H264/90000\r\n"));
    assert_null(strstr(sdp, ":120 "));
    free(sdp);
    offer_session_finish(&session);
}

static void takes_an_answer_without_parameters_under_our_number(void **state)
{
    (void)state;
    struct offer_session session;
    struct video_plan video;
    offer_session_init(&session);
    free(make(&session, &local));
    accept_body(&session, HEAD PCMU "m=video 5000 RTP/AVP 98\r\na=rtpmap:98 H264/90000\r\n",
                &video);
    assert_int_equal(video.codec_count, 1);
    assert_int_equal(video.codec[0].receive_type, 98); /* though it means our 97 */
    assert_int_equal(video.codec[0].send_type, 98);
    free(make(&session, &local));
    accept_body(&session,
                HEAD PCMU "m=video 5000 RTP/AVP 98\r\na=rtpmap:98 H264/90000\r\n"
                          "a=fmtp:98 profile-level-id=4d001f\r\n",
                &video);
    assert_int_equal(video.codec_count, 1);
    assert_int_equal(video.codec[0].receive_type, 98);
    assert_int_equal(video.codec[0].params.profile, 0x4d);
    assert_int_equal(video.codec[0].params.packetization, 0);
    /* each that we offered is taken once */
    free(make(&session, &local));
    accept_body(&session,
                HEAD PCMU "m=video 5000 RTP/AVP 98 121\r\na=rtpmap:98 H264/90000\r\n"
                          "a=rtpmap:121 H264/90000\r\na=fmtp:121 profile-level-id=640c28;"
                          "packetization-mode=1\r\n",
                &video);
    assert_int_equal(video.codec_count, 1);
    assert_int_equal(video.codec[0].send_type, 98);
    offer_session_finish(&session);
}

/* Whatever the answer says of the video, the voice is taken. */
static void an_answer_without_video_is_a_call(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        HEAD PCMU,
        HEAD PCMU "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n",
        HEAD PCMU "m=video 5000 RTP/AVP 31\r\n",
        HEAD PCMU "m=video 5000 RTP/AVP 120\r\na=rtpmap:120 AV1/90000\r\n",
        HEAD PCMU "m=video 5000 RTP/SAVP 96\r\na=rtpmap:96 H264/90000\r\n",
        HEAD PCMU "m=audio 5000 RTP/AVP 0\r\n",
        HEAD PCMU
        "m=video 5000 RTP/AVP 96\r\nc=IN IP6 2001:db8::9\r\na=rtpmap:96 H264/90000\r\n",
        HEAD PCMU "m=image 5 udptl t38\r\n" H264, /* not in its place */
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct offer_session session;
        struct video_plan video;
        offer_session_init(&session);
        free(make(&session, &local));
        accept_body(&session, bodies[i], &video);
        assert_int_equal(video.codec_count, 0);
        offer_session_finish(&session);
    }
}

static void takes_no_video_that_it_did_not_offer(void **state)
{
    (void)state;
    struct offer_session session;
    struct video_plan video;
    offer_session_init(&session);
    free(make(&session, &voice_only));
    accept_body(&session, HEAD PCMU H264, &video);
    assert_int_equal(video.codec_count, 0);
    offer_session_finish(&session);
}

/* ---- a dialog ---- */

static void the_far_end_adds_and_removes_video(void **state)
{
    (void)state;
    struct offer_session session;
    struct video_plan video;
    offer_session_init(&session);
    free(answer(&session, HEAD PCMU, &video));
    assert_int_equal(video.codec_count, 0);
    char *with = answer(&session, HEAD PCMU H264, &video);
    assert_int_equal(video.codec_count, 1);
    char *without = answer(
        &session, HEAD PCMU "m=video 0 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n", &video);
    assert_int_equal(video.codec_count, 0);
    assert_non_null(strstr(without, "m=video 0 RTP/AVP 97\r\n"));
    /* it may come back in another place, its old one being closed */
    char *elsewhere = answer(&session, HEAD PCMU "m=video 0 RTP/AVP 97\r\n" H264, &video);
    assert_int_equal(video.codec_count, 1);
    assert_non_null(strstr(elsewhere, "m=video 0 RTP/AVP 97\r\nm=video 30000 RTP/AVP 97\r\n"));
    /* and stays where it is now, whatever stands before it */
    char *again = answer(&session, HEAD PCMU H264 H264, &video);
    assert_non_null(strstr(again, "m=video 0 RTP/AVP 97\r\nm=video 30000 RTP/AVP 97\r\n"));
    free(with);
    free(without);
    free(elsewhere);
    free(again);
    offer_session_finish(&session);
}

static void we_add_and_remove_video(void **state)
{
    (void)state;
    struct offer_session session;
    struct video_plan video;
    offer_session_init(&session);
    free(answer_as(&session, HEAD PCMU "m=image 4 udptl t38\r\n", &voice_only, &video));
    char *added = make(&session, &local);
    assert_non_null(strstr(added, "m=image 0 udptl t38\r\nm=video 30000 RTP/AVP "));
    accept_body(&session, HEAD PCMU "m=image 0 udptl t38\r\n" H264 H264_FMTP, &video);
    assert_int_equal(video.codec_count, 1);
    char *removed = make(&session, &voice_only);
    assert_non_null(strstr(removed, "m=image 0 udptl t38\r\nm=video 0 RTP/AVP 96\r\n"));
    accept_body(&session, HEAD PCMU "m=image 0 udptl t38\r\nm=video 0 RTP/AVP 96\r\n", &video);
    assert_int_equal(video.codec_count, 0);
    char *back = make(&session, &local);
    assert_non_null(strstr(back, "m=image 0 udptl t38\r\nm=video 30000 RTP/AVP 96 "));
    assert_null(strstr(back, "m=video 0"));
    free(added);
    free(removed);
    free(back);
    offer_session_finish(&session);
}

/* What was refused for want of room is offered in the same place once there is some. */
static void offers_video_where_it_was_refused(void **state)
{
    (void)state;
    struct offer_session session;
    struct video_plan video;
    offer_session_init(&session);
    free(answer_as(&session, HEAD "m=video 5000 RTP/AVPF 97\r\na=rtpmap:97 H264/90000\r\n" PCMU,
                   &voice_only, &video));
    char *sdp = make(&session, &local);
    assert_non_null(strstr(sdp, "t=0 0\r\nm=video 30000 RTP/AVPF 96 "));
    assert_non_null(strstr(sdp, "apt=96\r\n")); /* it knows AVPF */
    free(sdp);
    offer_session_finish(&session);
    /* but slides are another matter */
    offer_session_init(&session);
    free(answer_as(&session, HEAD PCMU H264 "a=content:slides\r\n", &local, &video));
    sdp = make(&session, &local);
    assert_non_null(strstr(sdp, "m=video 0 RTP/AVP 97\r\nm=video 30000 RTP/AVP 96 "));
    free(sdp);
    offer_session_finish(&session);
}

static void numbers_mean_what_they_meant(void **state)
{
    (void)state;
    struct offer_session session;
    struct video_plan video;
    offer_session_init(&session);
    free(answer(&session,
                HEAD PCMU
                "m=video 5000 RTP/AVPF 96 97 98\r\na=rtpmap:96 VP8/90000\r\n"
                "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtpmap:98 H264/90000\r\n"
                "a=fmtp:98 profile-level-id=4d001f;packetization-mode=1\r\n",
                &video));
    char *sdp = make(&session, &local);
    const char *const has[8] = {"a=rtpmap:96 VP8/90000\r\n", "a=fmtp:97 apt=96\r\n",
                                "a=fmtp:98 profile-level-id=4d001f;", "RTP/AVPF ",
                                "a=rtpmap:99 H264/90000\r\n"};
    check_texts("ours", sdp, has);
    free(sdp);
    offer_session_finish(&session);
}

static void repeats_video_that_was_agreed(void **state)
{
    (void)state;
    struct offer_session session;
    struct video_plan first, video;
    char *repeated;
    offer_session_init(&session);
    char *sdp = answer(&session, rich, &first);
    assert_int_equal(offer_repeat(&session, &repeated), 0);
    assert_string_equal(sdp, repeated);
    accept_body(&session, rich, &video);
    assert_memory_equal(&first, &video, sizeof(video));
    /* what it says beyond that does not count */
    free(repeated);
    free(answer(&session, HEAD PCMU H264 H264_FMTP "a=rtcp-fb:* nack\r\na=sendonly\r\n",
                &video));
    assert_int_equal(offer_repeat(&session, &repeated), 0);
    accept_body(&session,
                HEAD PCMU H264 H264_FMTP "a=rtcp-fb:* nack\r\na=rtcp-fb:* ccm fir\r\n", &video);
    assert_true(video.feedback.nack && !video.feedback.fir);
    assert_true(video.receive && !video.send);
    free(repeated);
    free(sdp);
    offer_session_finish(&session);
}

/* ---- slides ---- */

#define MAIN "m=video 5000 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=content:main\r\n"
#define SLIDES(type)                                                                           \
    "m=video 5002 RTP/AVP " type "\r\na=rtpmap:" type " VP8/90000\r\na=content:slides\r\n"

static char *answer_both(struct offer_session *session, const char *body,
                         struct video_plans *videos)
{
    struct offer_local both = local;
    struct offer *offer;
    struct offer_failure why;
    struct leg_plan plan;
    char *sdp = NULL;
    both.video[VIDEO_SLIDES] =
        (struct offer_video_local){.port = 30002, .bandwidth_bps = 1000000};
    assert_int_equal(offer_read(session, body, strlen(body), &offer, &why), 0);
    assert_int_equal(offer_answer(session, offer, &both, &plan, videos, &sdp), 0);
    offer_destroy(offer);
    offer_commit(session);
    return sdp;
}

static void takes_slides_beside_the_main_video(void **state)
{
    (void)state;
    static const struct {
        const char *offer, *has, *has_not;
        bool camera, slides;
    } rows[] = {
        {HEAD PCMU MAIN SLIDES("98"),
         "m=video 30002 RTP/AVP 98\r\nb=AS:1024\r\nb=TIAS:1000000\r\na=rtpmap:98 VP8/90000\r\n",
         "m=video 0", true, true},
        {HEAD SLIDES("98") PCMU MAIN "a=sendonly\r\n", "t=0 0\r\nm=video 30002 RTP/AVP 98\r\n",
         "a=sendrecv\r\na=content", true, true},
        /* the same number means another thing in each */
        {HEAD PCMU MAIN SLIDES("97"), "a=rtpmap:97 H264/90000", "m=video 0", true, true},
        {HEAD PCMU MAIN SLIDES("98") "a=sendonly\r\n", "a=recvonly\r\na=content:slides\r\n",
         "m=video 0", true, true},
        {HEAD PCMU MAIN SLIDES("98") "a=recvonly\r\n", "m=video 0 RTP/AVP 98\r\n", "30002",
         true, false},
        {HEAD PCMU MAIN SLIDES("98") "a=inactive\r\n", "m=video 0 RTP/AVP 98\r\n", "30002",
         true, false},
        {HEAD PCMU MAIN SLIDES("98") SLIDES("99"), "m=video 0 RTP/AVP 99\r\n", NULL, true,
         true},
        /* of several that could be seen the first is taken, and others have a name of their own */
        {HEAD PCMU MAIN "m=video 5002 RTP/AVP 98\r\na=rtpmap:98 VP8/90000\r\n",
         "m=video 0 RTP/AVP 98\r\n", "30002", true, false},
        {HEAD PCMU MAIN "m=video 5002 RTP/AVP 98\r\na=rtpmap:98 VP8/90000\r\na=content:sl\r\n",
         "m=video 0 RTP/AVP 98\r\n", "30002", true, false},
        {HEAD PCMU MAIN "m=video 5002 RTP/AVP 31\r\na=content:slides\r\n",
         "m=video 0 RTP/AVP 31\r\n", "30002", true, false},
        {HEAD PCMU SLIDES("98"), "m=video 0 RTP/AVP 98\r\n", "30002", false, false},
        {HEAD PCMU "m=application 5070 UDP/BFCP *\r\na=floorctrl:c-only\r\n" MAIN SLIDES("98"),
         "m=application 0 UDP/BFCP *\r\n", "m=video 0", true, true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct offer_session session;
        struct video_plans videos;
        offer_session_init(&session);
        char *sdp = answer_both(&session, rows[i].offer, &videos);
        const struct video_plan *slides = &videos.stream[VIDEO_SLIDES];
        if (!strstr(sdp, rows[i].has) || (rows[i].has_not && strstr(sdp, rows[i].has_not)))
            fail_msg("%s\nnot answered as it should be:\n%s", rows[i].offer, sdp);
        assert_int_equal(videos.stream[VIDEO_CAMERA].codec_count > 0, rows[i].camera);
        assert_int_equal(slides->codec_count > 0, rows[i].slides);
        assert_int_equal(slides->receive, rows[i].slides);
        assert_false(slides->send);
        assert_int_equal(strstr(sdp, "a=content:slides\r\n") != NULL, rows[i].slides);
        assert_int_equal(offer_session_videos(&session),
                         (unsigned)rows[i].camera << VIDEO_CAMERA | (unsigned)rows[i].slides
                                                                        << VIDEO_SLIDES);
        free(sdp);
        offer_session_finish(&session);
    }
}

/* A file that is pushed, or a codec that changes, must not end what a phone presents. */
static void our_offers_keep_slides_that_are_in_use(void **state)
{
    (void)state;
    struct offer_session session;
    struct offer_local both = local;
    struct offer *theirs;
    struct offer_failure why;
    struct leg_plan plan;
    struct video_plans videos;
    char *sdp;
    offer_session_init(&session);
    free(answer_both(&session, HEAD PCMU MAIN SLIDES("98"), &videos));
    both.video[VIDEO_SLIDES].port = 30002;
    assert_int_equal(offer_make(&session, &both, &sdp), 0);
    const char *slides = strstr(sdp, "m=video 30002 RTP/AVP ");
    if (!slides || !strstr(slides, "a=rtpmap:98 VP8/90000\r\n") ||
        !strstr(slides, "a=recvonly\r\n") || !strstr(slides, "a=content:slides\r\n"))
        fail_msg("no slides in\n%s", sdp);
    free(sdp);
    static const char body[] = HEAD PCMU MAIN SLIDES("98") "a=sendonly\r\n";
    assert_int_equal(offer_read(&session, body, strlen(body), &theirs, &why), 0);
    assert_int_equal(offer_accept(&session, theirs, &both, &plan, &videos, &why), 0);
    assert_true(videos.stream[VIDEO_SLIDES].receive && !videos.stream[VIDEO_SLIDES].send);
    assert_int_equal(videos.stream[VIDEO_SLIDES].codec[0].receive_type, 98);
    assert_true(videos.stream[VIDEO_CAMERA].send);
    offer_destroy(theirs);
    offer_commit(&session);

    /* they are over: the place is not offered any more */
    free(answer_both(&session, HEAD PCMU MAIN "m=video 0 RTP/AVP 98\r\n", &videos));
    assert_int_equal(videos.stream[VIDEO_SLIDES].codec_count, 0);
    assert_int_equal(offer_session_videos(&session), 1u << VIDEO_CAMERA);
    assert_int_equal(offer_make(&session, &local, &sdp), 0);
    assert_non_null(strstr(sdp, "m=video 0 RTP/AVP 98\r\n"));
    assert_null(strstr(sdp, "slides"));
    free(sdp);
    offer_session_finish(&session);
}

/* ---- bad input ---- */

static void has_limits(void **state)
{
    (void)state;
    static const char section[] = "m=video 1 RTP/AVP 97\r\na=rtpmap:97 FOO/90000\r\n";
    struct offer_session session;
    struct video_plan video;
    size_t room = 65536;
    char *body = malloc(room), *at = body;
    assert_non_null(body);
    at += sprintf(at, "%s", HEAD PCMU);
    for (unsigned i = 0; i < 500; i++)
        at += sprintf(at, "%s", section);
    offer_session_init(&session);
    free(answer(&session, body, &video));
    assert_int_equal(video.codec_count, 0);
    /* sections that are read before it gives up */
    for (unsigned bad = 7; bad <= 8; bad++) {
        at = body + sprintf(body, "%s", HEAD PCMU);
        for (unsigned i = 0; i < bad; i++)
            at += sprintf(at, "%s", section);
        sprintf(at, "%s", H264);
        offer_session_finish(&session);
        offer_session_init(&session);
        free(answer(&session, body, &video));
        assert_int_equal(video.codec_count, bad == 7);
    }
    /* more formats than a plan has */
    at = body + sprintf(body, "%s", HEAD PCMU "m=video 5000 RTP/AVP");
    for (unsigned type = 96; type < 128; type++)
        at += sprintf(at, " %u", type);
    at += sprintf(at, "\r\n");
    for (unsigned type = 96; type < 128; type++)
        at += sprintf(at,
                      "a=rtpmap:%u H264/90000\r\na=fmtp:%u "
                      "profile-level-id=%sc01f;packetization-mode=%u\r\n",
                      type, type, type % 3 ? (type % 3 == 1 ? "42" : "4d") : "64", type % 2);
    free(answer(&session, body, &video));
    assert_int_equal(video.codec_count, 6);
    free(body);
    offer_session_finish(&session);
}

static void survives_broken_bodies(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (unsigned round = 0; round < 20000; round++) {
        size_t length = round < sizeof(rich) ? round : sizeof(rich) - 1;
        char *copy = malloc(length ? length : 1); /* exact, so that a byte too far is seen */
        struct offer_session session;
        struct offer_failure why;
        struct offer *offer;
        assert_non_null(copy);
        memcpy(copy, rich, length);
        for (unsigned k = 0; round >= sizeof(rich) && k < 4; k++) {
            seed = seed * 1664525 + 1013904223;
            copy[(seed >> 8) % length] = (char)(seed >> 24);
        }
        offer_session_init(&session);
        if (offer_read(&session, copy, length, &offer, &why) == 0) {
            struct leg_plan plan;
            struct video_plans video;
            char *sdp;
            assert_int_equal(offer_answer(&session, offer, &local, &plan, &video, &sdp), 0);
            assert_in_range(video.stream[VIDEO_CAMERA].codec_count, 0, VIDEO_PLAN_MAX_CODECS);
            free(sdp);
            offer_destroy(offer);
        }
        free(copy);
        offer_session_finish(&session);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_what_both_have),
        cmocka_unit_test(refuses_all_video_where_none_is_wanted),
        cmocka_unit_test(video_alone_is_no_call),
        cmocka_unit_test(plans_all_that_was_said),
        cmocka_unit_test(the_same_offer_is_the_same_plan_byte_for_byte),
        cmocka_unit_test(plans_direction_and_rtcp),
        cmocka_unit_test(reads_and_writes_bandwidth),
        cmocka_unit_test(answers_devices),
        cmocka_unit_test(offers_all_that_we_have),
        cmocka_unit_test(takes_an_answer_in_its_own_numbers),
        cmocka_unit_test(takes_an_answer_without_parameters_under_our_number),
        cmocka_unit_test(an_answer_without_video_is_a_call),
        cmocka_unit_test(takes_no_video_that_it_did_not_offer),
        cmocka_unit_test(the_far_end_adds_and_removes_video),
        cmocka_unit_test(we_add_and_remove_video),
        cmocka_unit_test(offers_video_where_it_was_refused),
        cmocka_unit_test(numbers_mean_what_they_meant),
        cmocka_unit_test(repeats_video_that_was_agreed),
        cmocka_unit_test(takes_slides_beside_the_main_video),
        cmocka_unit_test(our_offers_keep_slides_that_are_in_use),
        cmocka_unit_test(has_limits),
        cmocka_unit_test(survives_broken_bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
