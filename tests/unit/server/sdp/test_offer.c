/* test_offer.c - tables of SDP bodies: what is answered, what is planned, what is refused and
 * why. */
#include "server/sdp/offer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The lines before the first m=: an IPv4 far end. */
#define HEAD "v=0\r\no=- 7 7 IN IP4 192.0.2.9\r\ns=x\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
#define HEAD_NO_C "v=0\r\no=- 7 7 IN IP4 192.0.2.9\r\ns=x\r\nt=0 0\r\n"
#define PCMU "m=audio 4000 RTP/AVP 0\r\n"
#define OPUS_AND_RED                                                                           \
    "m=audio 4000 RTP/AVP 111 63\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:63 red/48000/2\r\n"
#define LEVEL "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
#define MIXED_LEVELS "urn:ietf:params:rtp-hdrext:csrc-audio-level"

static const struct offer_local local = {.pauses = true,
                                         .family = AF_INET,
                                         .address = "198.51.100.1",
                                         .port = 20000,
                                         .ptime_ms = 20};

static struct video_plans video_plans; /* of all: none, see test_offer_video.c */

/* Reads @p body as an offer and answers it; fails the test if that fails. */
static char *answer(struct offer_session *session, const char *body, struct leg_plan *plan)
{
    struct offer *offer;
    struct offer_failure why;
    char *sdp = NULL;
    if (offer_read(session, body, strlen(body), &offer, &why) != 0)
        fail_msg("%u %s, %u %s: %s", why.status, why.text, why.warning.code, why.warning.text,
                 body);
    assert_int_equal(offer_answer(session, offer, &local, plan, &video_plans, &sdp), 0);
    offer_destroy(offer);
    offer_commit(session);
    return sdp;
}

static unsigned port_of(const struct sockaddr_storage *address)
{
    assert_int_equal(address->ss_family, AF_INET);
    return ntohs(((const struct sockaddr_in *)address)->sin_port);
}

/* ---- answers ---- */

struct answer_row {
    const char *offer;
    const char *has[5]; /* texts of the answer; "!": that it must not have */
};

static const struct answer_row answers[] = {
    /* static types without rtpmap */
    {HEAD "m=audio 4000 RTP/AVP 0\r\n",
     {"m=audio 20000 RTP/AVP 0\r\n", "a=rtpmap:0 PCMU/8000\r\n", "a=sendrecv\r\n",
      "!telephone-event"}},
    {HEAD "m=audio 4000 RTP/AVP 8\r\n",
     {"m=audio 20000 RTP/AVP 8\r\n", "a=rtpmap:8 PCMA/8000\r\n", "!PCMU"}},
    /* G.722: the clock in SDP is 8000 though it samples at 16000 (RFC 3551 section 4.5.2) */
    {HEAD "m=audio 4000 RTP/AVP 9\r\n", {"a=rtpmap:9 G722/8000\r\n", "!16000"}},
    {HEAD "m=audio 4000 RTP/AVP 9\r\na=rtpmap:9 G722/8000/1\r\n", {"a=rtpmap:9 G722/8000\r\n"}},
    {HEAD "m=audio 4000 RTP/AVP 9 0\r\na=rtpmap:9 G722/16000\r\n",
     {"m=audio 20000 RTP/AVP 0\r\n", "!G722"}},
    /* Opus: always 48000/2 (RFC 7587) */
    {HEAD "m=audio 4000 RTP/AVP 111\r\na=rtpmap:111 opus/48000/2\r\n",
     {"m=audio 20000 RTP/AVP 111\r\n", "a=rtpmap:111 opus/48000/2\r\n"}},
    {HEAD "m=audio 4000 RTP/AVP 111 0\r\na=rtpmap:111 opus/48000\r\n",
     {"m=audio 20000 RTP/AVP 0\r\n", "!opus"}},
    {HEAD "m=audio 4000 RTP/AVP 111\r\na=rtpmap:111 OPUS/48000/2\r\n",
     {"a=rtpmap:111 opus/48000/2\r\n"}},
    /* the offerer's order, and its numbers */
    {HEAD "m=audio 4000 RTP/AVP 8 120 0 9\r\na=rtpmap:120 opus/48000/2\r\n",
     {"m=audio 20000 RTP/AVP 8 120 0 9\r\n"}},
    {HEAD "m=audio 4000 RTP/AVP 15 5 0 4\r\n", {"m=audio 20000 RTP/AVP 0\r\n"}},
    /* a dynamic number for a codec that has a static one, and a static one that means another
     */
    {HEAD "m=audio 4000 RTP/AVP 100\r\na=rtpmap:100 PCMU/8000\r\n",
     {"m=audio 20000 RTP/AVP 100\r\n", "a=rtpmap:100 PCMU/8000\r\n"}},
    {HEAD "m=audio 4000 RTP/AVP 0 8\r\na=rtpmap:0 FOO/8000\r\n",
     {"m=audio 20000 RTP/AVP 8\r\n", "!PCMU"}},
    {HEAD "m=audio 4000 RTP/AVP 0 100\r\na=rtpmap:100 PCMU/8000\r\n",
     {"m=audio 20000 RTP/AVP 0\r\n"}},
    /* telephone-event at each clock in use, and only there */
    {HEAD
     "m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n",
     {"m=audio 20000 RTP/AVP 0 101\r\n", "a=rtpmap:101 telephone-event/8000\r\n",
      "a=fmtp:101 0-15\r\n"}},
    {HEAD "m=audio 4000 RTP/AVP 111 0 101 110\r\na=rtpmap:111 opus/48000/2\r\n"
          "a=rtpmap:101 telephone-event/8000\r\na=rtpmap:110 telephone-event/48000\r\n",
     {"m=audio 20000 RTP/AVP 111 0 101 110\r\n", "a=rtpmap:110 telephone-event/48000\r\n"}},
    {HEAD "m=audio 4000 RTP/AVP 0 101 110\r\na=rtpmap:101 Telephone-Event/8000\r\n"
          "a=rtpmap:110 telephone-event/48000\r\n",
     {"m=audio 20000 RTP/AVP 0 101\r\n", "!48000"}},
    /* ... but where no codec has the clock of the only events there are, those are taken */
    {HEAD "m=audio 4000 RTP/AVP 111 101\r\na=rtpmap:111 opus/48000/2\r\n"
          "a=rtpmap:101 telephone-event/8000\r\n",
     {"m=audio 20000 RTP/AVP 111 101\r\n", "a=rtpmap:101 telephone-event/8000\r\n"}},
    /* no clock at all */
    {HEAD "m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/0\r\n",
     {"m=audio 20000 RTP/AVP 0\r\n"}},
    /* comfort noise at each clock in use, its static type without rtpmap */
    {HEAD "m=audio 4000 RTP/AVP 0 13\r\n",
     {"m=audio 20000 RTP/AVP 0 13\r\n", "a=rtpmap:13 CN/8000\r\n"}},
    {HEAD "m=audio 4000 RTP/AVP 13 8\r\na=rtpmap:13 cn/8000\r\n",
     {"m=audio 20000 RTP/AVP 13 8\r\n", "a=rtpmap:13 CN/8000\r\n"}},
    {HEAD "m=audio 4000 RTP/AVP 9 98 13\r\na=rtpmap:98 CN/16000\r\n",
     {"m=audio 20000 RTP/AVP 9 13\r\n", "!16000"}},
    {HEAD "m=audio 4000 RTP/AVP 111 98 13\r\na=rtpmap:111 opus/48000/2\r\n"
          "a=rtpmap:98 CN/48000\r\n",
     {"m=audio 20000 RTP/AVP 111 98\r\n", "a=rtpmap:98 CN/48000\r\n", "!CN/8000"}},
    {HEAD "m=audio 4000 RTP/AVP 0 98 99\r\na=rtpmap:98 CN/8000/2\r\na=rtpmap:99 CN/8000\r\n",
     {"m=audio 20000 RTP/AVP 0 99\r\n", "a=rtpmap:99 CN/8000\r\n"}},
    {HEAD "m=audio 4000 RTP/AVP 0 19\r\n", {"m=audio 20000 RTP/AVP 0\r\n"}},
    /* RED of Opus, wherever it comes */
    {HEAD OPUS_AND_RED "a=fmtp:63 111/111\r\n",
     {"m=audio 20000 RTP/AVP 111 63\r\n", "a=rtpmap:63 red/48000/2\r\n",
      "a=fmtp:63 111/111\r\n"}},
    {HEAD OPUS_AND_RED "a=fmtp:63 111/111/111\r\n", {"a=fmtp:63 111/111\r\n"}},
    {HEAD "m=audio 4000 RTP/AVP 0 98 101 97\r\na=rtpmap:97 opus/48000/2\r\n"
          "a=fmtp:98 97/97\r\na=rtpmap:98 RED/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n",
     {"m=audio 20000 RTP/AVP 0 98 101 97\r\n", "a=fmtp:98 97/97\r\n"}},
    {HEAD "m=audio 4000 RTP/AVP 62 111 63 0\r\na=rtpmap:111 opus/48000/2\r\n"
          "a=rtpmap:62 red/48000/2\r\na=fmtp:62 0/0\r\n"
          "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n",
     {"m=audio 20000 RTP/AVP 111 63 0\r\n", "a=fmtp:63 111/111\r\n"}},
    {HEAD "m=audio 4000 RTP/AVP 97 111 63\r\na=rtpmap:97 opus/48000/2\r\n"
          "a=rtpmap:111 opus/48000/2\r\na=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n",
     {"m=audio 20000 RTP/AVP 97\r\n", "!red"}}, /* of the Opus that is not taken */
    /* ... and what is not quite that */
    {HEAD OPUS_AND_RED, {"m=audio 20000 RTP/AVP 111\r\n", "!red"}},
    {HEAD OPUS_AND_RED "a=fmtp:63 111\r\n", {"m=audio 20000 RTP/AVP 111\r\n", "!red"}},
    {HEAD OPUS_AND_RED "a=fmtp:63 111/\r\n", {"m=audio 20000 RTP/AVP 111\r\n", "!red"}},
    {HEAD OPUS_AND_RED "a=fmtp:63 /111/111\r\n", {"m=audio 20000 RTP/AVP 111\r\n", "!red"}},
    {HEAD OPUS_AND_RED "a=fmtp:63 111//111\r\n", {"m=audio 20000 RTP/AVP 111\r\n", "!red"}},
    {HEAD OPUS_AND_RED "a=fmtp:63 111/x\r\n", {"m=audio 20000 RTP/AVP 111\r\n", "!red"}},
    {HEAD OPUS_AND_RED "a=fmtp:63 111/239\r\n", {"m=audio 20000 RTP/AVP 111\r\n", "!red"}},
    {HEAD OPUS_AND_RED "a=fmtp:63 63/63\r\n", {"m=audio 20000 RTP/AVP 111\r\n", "!red"}},
    {HEAD "m=audio 4000 RTP/AVP 0 63\r\na=rtpmap:63 red/8000\r\na=fmtp:63 0/0\r\n",
     {"m=audio 20000 RTP/AVP 0\r\n", "!red"}},
    {HEAD "m=audio 4000 RTP/AVP 0 63\r\na=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n",
     {"m=audio 20000 RTP/AVP 0\r\n", "!red"}},
    {HEAD "m=audio 4000 RTP/AVP 111 63\r\na=rtpmap:111 opus/48000/2\r\n"
          "a=rtpmap:63 red/48000\r\na=fmtp:63 111/111\r\n",
     {"m=audio 20000 RTP/AVP 111\r\n", "!red"}},
    /* header extensions (more in test_extmap.c) */
    {HEAD PCMU "a=extmap:3/sendonly " LEVEL " vad=on\r\na=extmap:15 " MIXED_LEVELS "\r\n",
     {"a=extmap:3/recvonly " LEVEL "\r\n", "!vad", "!csrc"}},
    {HEAD "a=extmap:5 " MIXED_LEVELS "\r\n" PCMU, {"a=extmap:5 " MIXED_LEVELS "\r\n"}},
    {HEAD PCMU, {"m=audio", "!extmap"}},
    {HEAD PCMU "m=video 5000 RTP/AVP 31\r\na=extmap:3 " LEVEL "\r\n", {"m=video 0", "!extmap"}},
    /* direction */
    {HEAD PCMU "a=sendonly\r\n", {"a=recvonly\r\n"}},
    {HEAD PCMU "a=recvonly\r\n", {"a=sendonly\r\n"}},
    {HEAD PCMU "a=inactive\r\n", {"a=inactive\r\n"}},
    {HEAD "a=sendonly\r\n" PCMU, {"a=recvonly\r\n"}},
    {HEAD "a=inactive\r\n" PCMU "a=sendrecv\r\n", {"a=sendrecv\r\n"}},
    {HEAD_NO_C "c=IN IP4 0.0.0.0\r\n" PCMU, {"a=recvonly\r\n"}},
    {HEAD_NO_C "c=IN IP4 0.0.0.0\r\n" PCMU "a=sendonly\r\n", {"a=recvonly\r\n"}},
    {HEAD_NO_C "c=IN IP4 0.0.0.0\r\n" PCMU "a=recvonly\r\n", {"a=inactive\r\n"}},
    /* packet time */
    {HEAD PCMU "a=ptime:30\r\n", {"a=ptime:30\r\n", "a=maxptime:60\r\n"}},
    {HEAD PCMU "a=ptime:20\r\na=maxptime:10\r\n", {"a=ptime:10\r\n"}},
    {HEAD PCMU "a=ptime:200\r\n", {"a=ptime:60\r\n"}},
    {HEAD PCMU "a=ptime:1\r\n", {"a=ptime:10\r\n"}},
    {HEAD PCMU "a=ptime:0\r\n", {"a=ptime:20\r\n"}},
    {HEAD PCMU "a=ptime:x\r\n", {"a=ptime:20\r\n"}},
    {HEAD PCMU "a=ptime:25\r\n", {"a=ptime:20\r\n"}},
    /* m= lines that we refuse keep their place, protocol and formats, byte for byte */
    {HEAD PCMU "m=video 5000 RTP/AVP 31 34\r\n",
     {"m=video 0 RTP/AVP 31 34\r\n", "m=audio 20000 RTP/AVP 0\r\n"}},
    {HEAD "m=video 5000 UDP/TLS/RTP/SAVPF 96\r\n" PCMU
          "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n",
     {"t=0 0\r\nm=video 0 UDP/TLS/RTP/SAVPF 96\r\nm=audio 20000 RTP/AVP 0\r\n",
      "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"}},
    {HEAD PCMU "m=audio 4002 RTP/AVP 8\r\n", {"m=audio 0 RTP/AVP 8\r\n", "!PCMA"}},
    {HEAD "m=audio 4002 RTP/SAVP 0\r\n" PCMU,
     {"m=audio 0 RTP/SAVP 0\r\nm=audio 20000 RTP/AVP 0\r\n"}},
    {HEAD "m=audio 0 RTP/AVP 8\r\n" PCMU, {"m=audio 0 RTP/AVP 8\r\nm=audio 20000"}},
    {HEAD "m=audio 4002 RTP/AVP 15\r\n" PCMU, {"m=audio 0 RTP/AVP 15\r\nm=audio 20000"}},
    {HEAD "m=image 4 udptl t38\r\nm=x-new 1 FOO/bar+baz a b c\r\n" PCMU,
     {"m=image 0 udptl t38\r\nm=x-new 0 FOO/bar+baz a b c\r\nm=audio 20000"}},
    /* the protocol of ours as it came */
    {HEAD "m=audio 4000 RTP/AVPF 0\r\n", {"m=audio 20000 RTP/AVPF 0\r\n"}},
    /* rtcp-mux: answered if offered */
    {HEAD PCMU "a=rtcp-mux\r\n", {"a=rtcp-mux\r\n"}},
    {HEAD PCMU, {"m=audio", "!rtcp-mux"}},
    {HEAD "m=audio 4000 RTP/AVP 72 0\r\na=rtpmap:72 PCMA/8000\r\na=rtcp-mux\r\n",
     {"m=audio 20000 RTP/AVP 0\r\n", "!PCMA"}},
    /* t= comes back, addresses at media level count */
    {"v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nt=3034423619 3042462419\r\nc=IN IP4 "
     "1.2.3.4\r\n" PCMU,
     {"t=3034423619 3042462419\r\n", "c=IN IP4 198.51.100.1\r\n"}},
    {HEAD_NO_C PCMU "c=IN IP4 192.0.2.1\r\n", {"m=audio 20000 RTP/AVP 0\r\n"}},
    /* LF alone, no s= and t=, an odd order, spaces, a port count */
    {"v=0\nc=IN IP4 192.0.2.9\no=- 1 1 IN IP4 192.0.2.9\nm=audio 4000 RTP/AVP 0\n",
     {"m=audio 20000 RTP/AVP 0\r\n", "t=0 0\r\n"}},
    {HEAD "m=audio 4000/2  RTP/AVP  0  8 \r\n", {"m=audio 20000 RTP/AVP 0 8\r\n"}},
    {HEAD "m=audio 4000 RTP/AVP 0 0 0 8 999 x -1\r\n", {"m=audio 20000 RTP/AVP 0 8\r\n"}},
    {HEAD PCMU "\r\n\r\n", {"m=audio 20000 RTP/AVP 0\r\n"}},
};

static void answers_what_both_have(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        const struct answer_row *row = &answers[i];
        struct offer_session session;
        struct leg_plan plan;
        offer_session_init(&session);
        char *sdp = answer(&session, row->offer, &plan);
        for (size_t k = 0; k < 5 && row->has[k]; k++) {
            bool unwanted = row->has[k][0] == '!';
            if (unwanted == (strstr(sdp, row->has[k] + unwanted) != NULL))
                fail_msg("offer:\n%s\nanswer:\n%s\nwanted: %s", row->offer, sdp, row->has[k]);
        }
        free(sdp);
        offer_session_finish(&session);
    }
}

/* ---- plans ---- */

static void plans_the_first_codec_and_both_addresses(void **state)
{
    (void)state;
    struct offer_session session;
    struct leg_plan plan;
    offer_session_init(&session);
    free(answer(
        &session,
        HEAD
        "m=audio 4000 RTP/AVP 111 0 110\r\na=rtpmap:111 opus/48000/2\r\n"
        "a=rtpmap:110 telephone-event/48000\r\na=ptime:40\r\na=rtcp:4999 IN IP4 192.0.2.77\r\n",
        &plan));
    assert_int_equal(plan.codec_count, 2);
    assert_string_equal(plan.codec[0].codec->name, "opus");
    assert_int_equal(plan.codec[0].receive_type, 111);
    assert_int_equal(plan.codec[0].send_type, 111);
    assert_int_equal(plan.codec[0].params.ptime_ms, 40);
    assert_int_equal(plan.event_count, 1);
    assert_int_equal(plan.event[0].clock_hz, 48000);
    assert_int_equal(plan.ptime_ms, 40);
    assert_int_equal(port_of(&plan.remote_rtp), 4000);
    assert_int_equal(port_of(&plan.remote_rtcp), 4999);
    assert_int_equal(((struct sockaddr_in *)&plan.remote_rtcp)->sin_addr.s_addr,
                     inet_addr("192.0.2.77"));
    assert_true(plan.send && plan.receive && !plan.held_by_far_end && !plan.rtcp_mux);
    offer_session_finish(&session);
}

static const char rich[] =
    HEAD "m=audio 4000 RTP/AVP 111 63 0 9 13 98 101 110\r\na=rtpmap:111 opus/48000/2\r\n"
         "a=fmtp:111 useinbandfec=1;maxaveragebitrate=24000\r\na=rtpmap:63 red/48000/2\r\n"
         "a=fmtp:63 111/111\r\na=rtpmap:98 CN/48000\r\na=rtpmap:101 telephone-event/8000\r\n"
         "a=rtpmap:110 telephone-event/48000\r\na=ptime:40\r\n"
         "a=extmap:4 " LEVEL " vad=on\r\na=extmap:2/recvonly " MIXED_LEVELS "\r\n";

static void plans_noise_redundancy_and_levels(void **state)
{
    (void)state;
    struct offer_session session;
    struct leg_plan plan;
    offer_session_init(&session);
    free(answer(&session, rich, &plan));
    assert_int_equal(plan.codec_count, 3);
    assert_int_equal(plan.event_count, 2);
    assert_int_equal(plan.noise_count, 2);
    assert_int_equal(plan.noise[0].clock_hz, 8000);
    assert_int_equal(plan.noise[0].receive_type, 13);
    assert_int_equal(plan.noise[0].send_type, 13);
    assert_int_equal(plan.noise[1].clock_hz, 48000);
    assert_int_equal(plan.noise[1].send_type, 98);
    assert_int_equal(plan.red.receive_type, 63);
    assert_int_equal(plan.red.send_type, 63);
    assert_int_equal(plan.red.codec, 0);
    assert_int_equal(plan.level_id, 4);
    assert_int_equal(plan.mixed_levels_id, 2);
    /* RED's codec need not be the first */
    free(answer(&session,
                HEAD "m=audio 4000 RTP/AVP 63 0 8 111\r\na=rtpmap:111 opus/48000/2\r\n"
                     "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n",
                &plan));
    assert_int_equal(plan.red.codec, 2);
    assert_int_equal(plan.noise_count, 0);
    assert_int_equal(plan.level_id, 0);
    assert_int_equal(plan.mixed_levels_id, 0);
    free(answer(&session, HEAD PCMU, &plan));
    assert_int_equal(plan.red.receive_type, LEG_PLAN_NO_TYPE);
    assert_int_equal(plan.red.send_type, LEG_PLAN_NO_TYPE);
    offer_session_finish(&session);
}

/* Legs keep their machinery if the plan is the same, and compare bytes to know. */
static void the_same_offer_is_the_same_plan_byte_for_byte(void **state)
{
    (void)state;
    struct offer_session session;
    struct leg_plan first, again;
    offer_session_init(&session);
    memset(&first, 0xaa, sizeof(first));
    memset(&again, 0x55, sizeof(again));
    free(answer(&session, rich, &first));
    free(answer(&session, rich, &again));
    assert_memory_equal(&first, &again, sizeof(first));
    offer_session_finish(&session);
}

static void an_extension_keeps_its_identifier(void **state)
{
    (void)state;
    struct offer_session session;
    struct leg_plan plan;
    char *sdp;
    offer_session_init(&session);
    free(answer(&session, HEAD PCMU "a=extmap:2 " LEVEL "\r\n", &plan));
    assert_int_equal(plan.level_id, 2);
    sdp = answer(&session, HEAD PCMU "a=extmap:2 " MIXED_LEVELS "\r\n", &plan);
    assert_null(strstr(sdp, "extmap"));
    assert_int_equal(plan.mixed_levels_id, 0);
    free(sdp);
    assert_int_equal(offer_make(&session, &local, &sdp), 0);
    assert_non_null(strstr(sdp, "a=extmap:2 " LEVEL "\r\na=extmap:1 " MIXED_LEVELS "\r\n"));
    free(sdp);
    offer_session_finish(&session);
}

/* ---- each row of the table ---- */

/* An offer of that codec and nothing else. */
static void offer_of(const struct codec *codec, const char *more, char body[512])
{
    char channels[16] = "";
    if (codec->sdp_channels > 1)
        snprintf(channels, sizeof(channels), "/%u", codec->sdp_channels);
    snprintf(body, 512, HEAD "m=audio 4000 RTP/AVP 100\r\na=rtpmap:100 %s/%u%s\r\n%s",
             codec->name, codec->rtp_clock_hz, channels, more);
}

static void answers_each_row_in_the_terms_of_the_far_end(void **state)
{
    (void)state;
    static const char parameters[] = "mode=20; stereo=1; sprop-stereo=1; octet-align=1; "
                                     "useinbandfec=1; usedtx=1; cbr=1; annexb=no";
    const struct codec *codec;
    for (unsigned i = 0; (codec = codec_at(i)); i++) {
        char body[512], more[256], line[CODEC_FMTP_BYTES + 16], wanted[CODEC_FMTP_BYTES];
        struct codec_params far;
        struct offer_session session;
        struct leg_plan plan;
        memset(&far, 0, sizeof(far));
        assert_int_equal(codec->fmtp_read(parameters, &far), 0);
        codec->fmtp_write(&far, wanted);
        snprintf(line, sizeof(line), "a=fmtp:100 %s\r\n", wanted);
        snprintf(more, sizeof(more), "a=fmtp:100 %s\r\n", parameters);
        offer_of(codec, more, body);
        offer_session_init(&session);
        char *sdp = answer(&session, body, &plan);
        assert_ptr_equal(plan.codec[0].codec, codec);
        assert_int_equal(strstr(sdp, line) != NULL, wanted[0] != '\0');
        assert_int_equal(strstr(sdp, "a=fmtp") != NULL, wanted[0] != '\0');
        far.ptime_ms = plan.ptime_ms;
        assert_memory_equal(&plan.codec[0].params, &far, sizeof(far));
        free(sdp);
        offer_session_finish(&session);
    }
}

/* The longest whole number of frames up to what is wanted; one frame at least. */
static unsigned plain_ptime(unsigned frame_ms, unsigned ptime_ms, unsigned maxptime_ms)
{
    unsigned wanted = ptime_ms ? ptime_ms : local.ptime_ms, fits = frame_ms;
    for (unsigned ms = frame_ms; ms <= OFFER_MAX_PTIME_MS; ms += frame_ms) {
        if (ms <= wanted && (!maxptime_ms || ms <= maxptime_ms))
            fits = ms;
    }
    return fits;
}

static void packets_are_whole_frames(void **state)
{
    (void)state;
    const struct codec *codec;
    for (unsigned i = 0; (codec = codec_at(i)); i++) {
        for (unsigned n = 0; n < 24 * 24; n++) {
            unsigned ptime = n % 24 * 5, maxptime = n / 24 * 5;
            char body[512], more[64];
            struct offer_session session;
            struct offer_failure why;
            struct offer *offer;
            snprintf(more, sizeof(more), "a=ptime:%u\r\na=maxptime:%u\r\n", ptime, maxptime);
            offer_of(codec, more, body);
            offer_session_init(&session);
            if (codec->frame_ms > 10 && maxptime && maxptime < codec->frame_ms) {
                assert_true(offer_read(&session, body, strlen(body), &offer, &why) < 0);
                assert_int_equal(why.warning.code, 305);
            } else {
                struct leg_plan plan;
                char *sdp = answer(&session, body, &plan);
                snprintf(more, sizeof(more), "a=ptime:%u\r\n", plan.ptime_ms);
                unsigned most = codec->max_ptime_ms;
                if (!most || (maxptime && maxptime < most))
                    most = maxptime;
                assert_int_equal(plan.ptime_ms, plain_ptime(codec->frame_ms, ptime, most));
                assert_int_equal(plan.codec[0].params.ptime_ms, plan.ptime_ms);
                assert_non_null(strstr(sdp, more));
                free(sdp);
            }
            offer_session_finish(&session);
        }
    }
}

struct plan_row {
    const char *offer;
    bool send, receive, held, mux;
    unsigned rtcp_port; /* 0: nowhere */
    bool rtcp_off;
};

static const struct plan_row plans[] = {
    {HEAD PCMU, true, true, false, false, 4001, false},
    {HEAD PCMU "a=sendonly\r\n", false, true, true, false, 4001, false},
    {HEAD PCMU "a=recvonly\r\n", true, false, false, false, 4001, false},
    {HEAD PCMU "a=inactive\r\n", false, false, true, false, 4001, false},
    {HEAD_NO_C "c=IN IP4 0.0.0.0\r\n" PCMU, false, true, true, false, 0, false},
    {HEAD PCMU "a=rtcp:5000\r\n", true, true, false, false, 5000, false},
    {HEAD PCMU "a=rtcp:x\r\n", true, true, false, false, 4001, false},
    {HEAD PCMU "a=rtcp:5000 IN IP6 ::1\r\n", true, true, false, false, 5000, false},
    {HEAD PCMU "a=rtcp-mux\r\na=rtcp:5000\r\n", true, true, false, true, 4000, false},
    {HEAD "m=audio 65535 RTP/AVP 0\r\n", true, true, false, false, 0, false},
    {HEAD PCMU "b=RS:0\r\nb=RR:0\r\n", true, true, false, false, 4001, true},
    {HEAD PCMU "b=RS:0\r\nb=RR:100\r\n", true, true, false, false, 4001, false},
    {HEAD "b=RS:0\r\nb=RR:0\r\n" PCMU, true, true, false, false, 4001, true},
};

static void plans_direction_hold_and_rtcp(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
        const struct plan_row *row = &plans[i];
        struct offer_session session;
        struct leg_plan plan;
        offer_session_init(&session);
        free(answer(&session, row->offer, &plan));
        bool same = plan.send == row->send && plan.receive == row->receive &&
                    plan.held_by_far_end == row->held && plan.rtcp_mux == row->mux &&
                    (plan.rtcp_bandwidth_off != 0) == row->rtcp_off;
        if (!same)
            fail_msg("plan of row %zu: %s", i, row->offer);
        if (row->rtcp_port)
            assert_int_equal(port_of(&plan.remote_rtcp), row->rtcp_port);
        else
            assert_int_equal(plan.remote_rtcp.ss_family, AF_UNSPEC);
        offer_session_finish(&session);
    }
}

static void bandwidth_bounds_the_bit_rate(void **state)
{
    (void)state;
    static const struct {
        const char *lines;
        unsigned bps;
    } rows[] = {{"", 0},
                {"b=TIAS:24000\r\n", 24000},
                {"b=AS:40\r\n", 24000}, /* 16 kbit/s are headers */
                {"b=AS:1\r\n", 1},
                {"b=AS:99999999999\r\n", 0},
                {"b=TIAS:24000\r\na=fmtp:96 maxaveragebitrate=16000\r\n", 16000},
                {"b=TIAS:12000\r\na=fmtp:96 maxaveragebitrate=16000\r\n", 12000}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char body[512];
        struct offer_session session;
        struct leg_plan plan;
        snprintf(body, sizeof(body),
                 HEAD "m=audio 4000 RTP/AVP 96\r\n%sa=rtpmap:96 opus/48000/2\r\n",
                 rows[i].lines);
        offer_session_init(&session);
        free(answer(&session, body, &plan));
        assert_int_equal(plan.codec[0].params.bitrate_bps, rows[i].bps);
        offer_session_finish(&session);
    }
}

/* ---- refusals ---- */

struct refusal_row {
    const char *body;
    unsigned status, warning;
};

static const struct refusal_row refusals[] = {
    {"", 400, 0},
    {"hello", 400, 0},
    {"v=1\r\n", 400, 0},
    {"v=0\r\n", 400, 0}, /* no o= */
    {"o=- 1 1 IN IP4 1.2.3.4\r\nv=0\r\n", 400, 0},
    {HEAD "o=- 2 2 IN IP4 1.2.3.4\r\n" PCMU, 400, 0},
    {HEAD "nonsense\r\n" PCMU, 400, 0},
    {HEAD "A=x\r\n" PCMU, 400, 0},
    {HEAD "a=\x01\r\n" PCMU, 400, 0},
    {HEAD "m=\r\n", 400, 0},
    {HEAD "m=audio\r\n", 400, 0},
    {HEAD "m=audio 1\r\n", 400, 0},
    {HEAD "m=audio 1 RTP/AVP\r\n", 400, 0},
    {HEAD "m=audio 65536 RTP/AVP 0\r\n", 400, 0},
    {HEAD "m=audio -1 RTP/AVP 0\r\n", 400, 0},
    {HEAD "m=audio 99999999999999999999 RTP/AVP 0\r\n", 400, 0},
    {HEAD_NO_C PCMU, 400, 0}, /* no c= */
    {HEAD_NO_C "c=IN\r\n" PCMU, 400, 0},
    {HEAD, 488, 304}, /* no m= */
    {HEAD "m=video 4000 RTP/AVP 31\r\n", 488, 304},
    {HEAD "m=audio 0 RTP/AVP 0\r\n", 488, 304},
    {HEAD "m=audio 4000 RTP/AVP 15\r\n", 488, 305},
    {HEAD "m=audio 4000 RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000\r\n", 488, 305},
    {HEAD "m=audio 4000 RTP/AVP 96\r\n", 488, 305}, /* dynamic, without rtpmap */
    {HEAD "m=audio 4000 RTP/AVP 128 300\r\n", 488, 305},
    {HEAD "m=audio 4000 RTP/SAVP 0\r\n", 488, 302},
    {HEAD "m=audio 4000 UDP/TLS/RTP/SAVPF 0\r\n", 488, 302},
    {HEAD "m=audio 4000 rtp/avp 0\r\n", 488, 302},
    {HEAD "m=audio 4000 RTP/AVP/ 0\r\n", 488, 302},
    {HEAD_NO_C "c=IN IP4 host.example.com\r\n" PCMU, 488, 301},
    {HEAD_NO_C "c=IN IP4 1.2.3\r\n" PCMU, 488, 301},
    {HEAD_NO_C "c=IN IP4 ::1\r\n" PCMU, 488, 301},
    {HEAD_NO_C "c=IN IP5 1.2.3.4\r\n" PCMU, 488, 301},
    {HEAD_NO_C "c=XX IP4 1.2.3.4\r\n" PCMU, 488, 300},
    {HEAD_NO_C "c=IN IP4 224.2.1.1/127\r\n" PCMU, 488, 330},
    {HEAD_NO_C "c=IN IP4 224.2.1.1\r\n" PCMU, 488, 330},
    {HEAD_NO_C "c=IN IP4 255.255.255.255\r\n" PCMU, 488, 330},
    {HEAD_NO_C "c=IN IP6 ff15::101\r\n" PCMU, 488, 330},
    {HEAD_NO_C "c=IN IP6 ff15::101/3\r\n" PCMU, 488, 330},
};

static void refuses_with_the_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        const struct refusal_row *row = &refusals[i];
        struct offer_session session;
        struct offer_failure why;
        struct offer *offer;
        offer_session_init(&session);
        int error = offer_read(&session, row->body, strlen(row->body), &offer, &why);
        if (error >= 0 || why.status != row->status ||
            (row->status == 488 && why.warning.code != row->warning) || !why.text[0])
            fail_msg("%s\nis %d: %u %s, %u %s", row->body, error, why.status, why.text,
                     why.warning.code, why.warning.text);
        offer_session_finish(&session);
    }
}

static void agrees_on_what_is_chosen_in_its_order(void **state)
{
    (void)state;
    struct offer_session session;
    struct offer_failure why;
    struct offer *offer;
    struct leg_plan plan;
    const char *body =
        HEAD "m=audio 4000 RTP/AVP 111 63 0 8 9 101\r\na=rtpmap:111 opus/48000/2\r\n"
             "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n"
             "a=rtpmap:101 telephone-event/8000\r\n";
    offer_session_init(&session);
    codec_choice_read("G722,PCMU", &session.codecs);
    char *sdp = answer(&session, body, &plan);
    assert_non_null(strstr(sdp, "RTP/AVP 9 0 101\r\n"));
    assert_int_equal(plan.codec_count, 2);
    assert_string_equal(plan.codec[0].codec->name, "G722");
    free(sdp);
    codec_choice_read("PCMU,opus", &session.codecs); /* from now on */
    sdp = answer(&session, body, &plan);
    assert_non_null(strstr(sdp, "RTP/AVP 0 111 63 101\r\n"));
    free(sdp);
    codec_choice_read("GSM", &session.codecs);
    assert_true(offer_read(&session, body, strlen(body), &offer, &why) < 0);
    assert_true(why.status == 488 && why.warning.code == 305);
    offer_session_finish(&session);
}

static void refuses_a_nul_byte(void **state)
{
    (void)state;
    static const char body[] = HEAD PCMU "a=x\0y\r\n";
    struct offer_session session;
    struct offer_failure why;
    struct offer *offer;
    offer_session_init(&session);
    assert_int_equal(offer_read(&session, body, sizeof(body) - 1, &offer, &why), -EBADMSG);
    assert_int_equal(why.status, 400);
    offer_session_finish(&session);
}

static char *make_long(const char *head, const char *line, unsigned times)
{
    size_t room = strlen(head) + times * strlen(line) + 1;
    char *body = malloc(room), *at = body;
    assert_non_null(body);
    at += sprintf(at, "%s", head);
    for (unsigned i = 0; i < times; i++)
        at += sprintf(at, "%s", line);
    return body;
}

static int read_long(const char *head, const char *line, unsigned times,
                     struct offer_failure *why)
{
    struct offer_session session;
    struct offer *offer = NULL;
    char *body = make_long(head, line, times);
    offer_session_init(&session);
    int error = offer_read(&session, body, strlen(body), &offer, why);
    if (!error) {
        struct leg_plan plan;
        char *sdp = NULL;
        assert_int_equal(offer_answer(&session, offer, &local, &plan, &video_plans, &sdp), 0);
        assert_non_null(strstr(sdp, "m=audio 20000 RTP/AVP 0"));
        free(sdp);
        offer_destroy(offer);
    }
    free(body);
    offer_session_finish(&session);
    return error;
}

static void has_limits(void **state)
{
    (void)state;
    struct offer_failure why;
    assert_int_equal(read_long(HEAD PCMU, "m=video 5000 RTP/AVP 31\r\n", 499, &why), 0);
    assert_int_equal(read_long(HEAD PCMU, "m=audio 5000 RTP/AVP 0\r\n", 499, &why), 0);
    assert_int_equal(read_long(HEAD PCMU, "m=v 1 x 1\r\n", 600, &why), -E2BIG);
    assert_int_equal(why.status, 413);
    assert_int_equal(read_long(HEAD PCMU, "a=rtpmap:0 PCMU/8000\r\n", 2900, &why), 0);
    assert_int_equal(read_long(HEAD PCMU, "a=rtpmap:0 PCMU/8000\r\n", 3100, &why), -E2BIG);
    assert_int_equal(why.status, 413);
    /* a format list of 64 KiB is read once, not once for each attribute */
    assert_int_equal(read_long(HEAD "m=audio 4000 RTP/AVP", " 0", 30000, &why), 0);
    assert_int_equal(read_long(HEAD PCMU, "\r\n", 30000, &why), 0);
}

/* Whatever is cut off or broken: an answer or a reason, never a crash (run it under ASan). */
static void survives_broken_bodies(void **state)
{
    (void)state;
    static const char body[] =
        HEAD "b=AS:64\r\na=sendonly\r\nm=audio 4000/2 RTP/AVP 111 63 0 13 98 101\r\nc=IN IP4 "
             "192.0.2.4\r\n"
             "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1\r\n"
             "a=rtpmap:101 telephone-event/8000\r\na=rtcp:9 IN IP4 1.1.1.1\r\na=ptime:20\r\n"
             "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\na=rtpmap:98 CN/48000\r\n"
             "a=extmap:3/sendonly " LEVEL " vad=on\r\n"
             "m=video 0 RTP/AVP 31\r\n";
    uint32_t seed = 1;
    for (unsigned round = 0; round < 20000; round++) {
        size_t length = round < sizeof(body) ? round : sizeof(body) - 1;
        char *copy = malloc(length + 1); /* exact, so that a byte too far is seen */
        struct offer_session session;
        struct offer_failure why;
        struct offer *offer;
        assert_non_null(copy);
        memcpy(copy, body, length);
        for (unsigned k = 0; round >= sizeof(body) && k < 4; k++) {
            seed = seed * 1664525 + 1013904223;
            copy[(seed >> 8) % length] = (char)(seed >> 24);
        }
        char *exact = realloc(copy, length ? length : 1);
        offer_session_init(&session);
        if (offer_read(&session, exact, length, &offer, &why) == 0) {
            struct leg_plan plan;
            char *sdp;
            assert_int_equal(offer_answer(&session, offer, &local, &plan, &video_plans, &sdp),
                             0);
            assert_in_range(plan.codec_count, 1, LEG_PLAN_MAX_CODECS);
            free(sdp);
            offer_destroy(offer);
        } else {
            assert_true(why.status == 400 || why.status == 488);
        }
        free(exact);
        offer_session_finish(&session);
    }
}

/* ---- a session ---- */

static unsigned long long version_of(const char *sdp)
{
    unsigned long long id, version;
    assert_int_equal(sscanf(sdp, "v=0\r\no=raduno %llu %llu IN IP4", &id, &version), 2);
    return version;
}

static unsigned long long id_of(const char *sdp)
{
    unsigned long long id, version;
    assert_int_equal(sscanf(sdp, "v=0\r\no=raduno %llu %llu IN IP4", &id, &version), 2);
    return id;
}

static void version_grows_only_on_change(void **state)
{
    (void)state;
    struct offer_session session;
    struct leg_plan plan;
    offer_session_init(&session);
    char *first = answer(&session, HEAD PCMU, &plan);
    char *same = answer(&session, HEAD PCMU, &plan);
    char *held = answer(&session, HEAD PCMU "a=sendonly\r\n", &plan);
    assert_string_equal(first, same);
    assert_int_equal(version_of(held), version_of(first) + 1);
    assert_int_equal(id_of(held), id_of(first));
    free(first);
    free(same);
    free(held);
    offer_session_finish(&session);
}

static void an_answer_that_is_not_sent_leaves_no_trace(void **state)
{
    (void)state;
    struct offer_session session;
    struct leg_plan plan;
    struct offer *offer;
    struct offer_failure why;
    char *unsent;
    offer_session_init(&session);
    char *first = answer(&session, HEAD PCMU, &plan);
    const char *other = HEAD "m=audio 4000 RTP/AVP 8\r\n";
    assert_int_equal(offer_read(&session, other, strlen(other), &offer, &why), 0);
    assert_int_equal(offer_answer(&session, offer, &local, &plan, &video_plans, &unsent), 0);
    offer_destroy(offer);
    char *again = answer(&session, HEAD PCMU, &plan);
    assert_string_equal(first, again);
    free(first);
    free(unsent);
    free(again);
    offer_session_finish(&session);
}

static void keeps_types_order_and_refusals_in_its_own_offers(void **state)
{
    (void)state;
    struct offer_session session;
    struct leg_plan plan;
    char *sdp;
    offer_session_init(&session);
    free(answer(&session,
                HEAD "m=video 5000 RTP/AVP 99\r\nm=audio 4000 RTP/AVPF 96 8\r\n"
                     "a=rtpmap:96 opus/48000/2\r\nm=image 4 udptl t38\r\n",
                &plan));
    assert_int_equal(offer_make(&session, &local, &sdp), 0);
    const char *video = strstr(sdp, "m=video 0 RTP/AVP 99\r\n");
    const char *audio = strstr(sdp, "m=audio 20000 RTP/AVPF ");
    const char *image = strstr(sdp, "m=image 0 udptl t38\r\n");
    assert_true(video && audio && image && video < audio && audio < image);
    assert_non_null(strstr(sdp, "a=rtpmap:96 opus/48000/2\r\n"));
    assert_non_null(strstr(sdp, "a=rtpmap:0 PCMU/8000\r\n"));
    assert_non_null(strstr(sdp, "a=rtpmap:9 G722/8000\r\n"));
    assert_non_null(strstr(sdp, "telephone-event/8000\r\n"));
    assert_non_null(strstr(sdp, "telephone-event/48000\r\n"));
    /* no two meanings for one number */
    struct offer_formats formats;
    offer_formats_open(session.kept, &formats);
    for (unsigned i = 0; i < formats.listed.count; i++) {
        for (unsigned k = 0; k < i; k++)
            assert_int_not_equal(formats.listed.type[i].receive_type,
                                 formats.listed.type[k].receive_type);
    }
    free(sdp);
    offer_session_finish(&session);
}

/* ---- our offer, their answer ---- */

static char *make(struct offer_session *session)
{
    char *sdp;
    offer_session_init(session);
    assert_int_equal(offer_make(session, &local, &sdp), 0);
    assert_non_null(strstr(sdp, "m=audio 20000 RTP/AVP "));
    assert_non_null(strstr(sdp, "a=sendrecv\r\n"));
    assert_int_equal(version_of(sdp), 1);
    return sdp;
}

static int accept_body(struct offer_session *session, const char *body, struct leg_plan *plan,
                       struct offer_failure *why)
{
    struct offer *offer;
    int error = offer_read(session, body, strlen(body), &offer, why);
    if (error)
        return error;
    error = offer_accept(session, offer, &local, plan, &video_plans, why);
    offer_destroy(offer);
    if (error)
        offer_withdraw(session);
    else
        offer_commit(session);
    return error;
}

static void takes_an_answer_in_its_own_numbers(void **state)
{
    (void)state;
    struct offer_session session;
    struct offer_failure why;
    struct leg_plan plan;
    free(make(&session));
    const char *body =
        HEAD "m=audio 4000 RTP/AVP 123 8\r\na=rtpmap:123 opus/48000/2\r\na=recvonly\r\n";
    assert_int_equal(accept_body(&session, body, &plan, &why), 0);
    assert_int_equal(plan.codec_count, 2);
    assert_string_equal(plan.codec[0].codec->name, "opus");
    assert_int_equal(plan.codec[0].send_type, 123);
    assert_int_equal(plan.codec[0].receive_type, plan.codec[0].codec->preferred_payload_type);
    assert_true(plan.send && !plan.receive);
    /* and the mapping holds in their next offer that comes without rtpmap */
    free(answer(&session, HEAD "m=audio 4000 RTP/AVP 123\r\n", &plan));
    assert_string_equal(plan.codec[0].codec->name, "opus");
    offer_session_finish(&session);
}

static void offers_noise_redundancy_and_levels(void **state)
{
    (void)state;
    struct offer_session session;
    struct offer_failure why;
    struct leg_plan plan;
    char *sdp = make(&session);
    assert_non_null(strstr(sdp, "m=audio 20000 RTP/AVP 111 "));
    assert_non_null(strstr(sdp, "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n"));
    assert_non_null(strstr(sdp, "a=rtpmap:13 CN/8000\r\n"));
    assert_non_null(strstr(sdp, "a=extmap:1 " LEVEL "\r\na=extmap:2 " MIXED_LEVELS "\r\n"));
    free(sdp);
    const char *body =
        HEAD "m=audio 4000 RTP/AVP 0 97 98 19 13\r\na=rtpmap:97 red/48000/2\r\n"
             "a=fmtp:97 98/98\r\na=rtpmap:98 opus/48000/2\r\n"
             "a=extmap:1/sendonly " LEVEL "\r\na=extmap:2/recvonly " MIXED_LEVELS "\r\n";
    assert_int_equal(accept_body(&session, body, &plan, &why), 0);
    assert_int_equal(plan.codec_count, 2);
    assert_int_equal(plan.red.receive_type, 63);
    assert_int_equal(plan.red.send_type, 97);
    assert_int_equal(plan.red.codec, 1);
    assert_int_equal(plan.noise_count, 1);
    assert_int_equal(plan.noise[0].send_type, 13);
    assert_int_equal(plan.level_id, 1);
    assert_int_equal(plan.mixed_levels_id, 2);
    /* our numbers stay ours */
    assert_int_equal(offer_make(&session, &local, &sdp), 0);
    assert_non_null(strstr(sdp, "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n"));
    free(sdp);
    offer_session_finish(&session);
}

static void takes_no_more_than_it_offered(void **state)
{
    (void)state;
    struct offer_session session;
    struct offer_failure why;
    struct leg_plan plan;
    free(make(&session));
    const char *body =
        HEAD "m=audio 4000 RTP/AVP 111 98\r\na=rtpmap:111 opus/48000/2\r\n"
             "a=rtpmap:98 CN/48000\r\na=extmap:2 " LEVEL "\r\na=extmap:3 " MIXED_LEVELS "\r\n";
    assert_int_equal(accept_body(&session, body, &plan, &why), 0);
    assert_int_equal(plan.noise_count, 0);
    assert_int_equal(plan.red.receive_type, LEG_PLAN_NO_TYPE);
    assert_int_equal(plan.level_id, 0);
    assert_int_equal(plan.mixed_levels_id, 0);
    offer_session_finish(&session);
}

static void takes_a_dynamic_type_of_ours_without_rtpmap(void **state)
{
    (void)state;
    struct offer_session session;
    struct offer_failure why;
    struct leg_plan plan;
    char body[256];
    free(make(&session));
    const struct codec *opus = codec_by_name("opus", 48000, 2);
    assert_non_null(opus);
    snprintf(body, sizeof(body), HEAD "m=audio 4000 RTP/AVP %d\r\n",
             opus->preferred_payload_type);
    assert_int_equal(accept_body(&session, body, &plan, &why), 0);
    assert_ptr_equal(plan.codec[0].codec, opus);
    offer_session_finish(&session);
}

static void refuses_bad_answers(void **state)
{
    (void)state;
    static const struct refusal_row rows[] = {
        {HEAD "m=audio 0 RTP/AVP 0\r\n", 488, 304},
        {HEAD "m=video 4000 RTP/AVP 31\r\n" PCMU, 488, 304}, /* not in our place */
        {HEAD "m=audio 4000 RTP/AVP 15\r\n", 488, 305},
        {HEAD, 488, 304},
        {"v=0", 400, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct offer_session session;
        struct offer_failure why;
        struct leg_plan plan;
        free(make(&session));
        assert_true(accept_body(&session, rows[i].body, &plan, &why) < 0);
        assert_int_equal(why.status, rows[i].status);
        if (rows[i].warning)
            assert_int_equal(why.warning.code, rows[i].warning);
        offer_session_finish(&session);
    }
}

static void repeats_what_was_agreed(void **state)
{
    (void)state;
    struct offer_session session;
    struct offer_failure why;
    struct leg_plan plan;
    char *repeated, *fresh;
    offer_session_init(&session);
    assert_int_equal(offer_repeat(&session, &repeated), -ENOENT);
    char *first = answer(&session, HEAD PCMU "a=sendonly\r\n", &plan);
    assert_int_equal(offer_repeat(&session, &repeated), 0);
    assert_string_equal(first, repeated);
    assert_int_equal(accept_body(&session, HEAD PCMU "a=sendonly\r\n", &plan, &why), 0);
    assert_true(plan.receive && !plan.send); /* still held */
    assert_int_equal(offer_make(&session, &local, &fresh), 0);
    assert_int_equal(version_of(fresh), version_of(first) + 1);
    offer_withdraw(&session);
    free(repeated);
    assert_int_equal(offer_repeat(&session, &repeated), 0); /* what was before that */
    assert_string_equal(strstr(repeated, "s=-"), strstr(first, "s=-"));
    assert_int_equal(version_of(repeated), version_of(fresh));
    free(repeated);
    free(first);
    free(fresh);
    offer_session_finish(&session);
}

static void answers_ipv6(void **state)
{
    (void)state;
    static const char body[] =
        "v=0\r\no=- 7 7 IN IP6 2001:db8::9\r\ns=x\r\nc=IN IP6 2001:db8::9\r\n"
        "t=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
    struct offer_local v6 = {
        .family = AF_INET6, .address = "2001:db8::1", .port = 20000, .ptime_ms = 20};
    struct offer_session session;
    struct offer_failure why;
    struct leg_plan plan;
    struct offer *offer;
    char *sdp;
    offer_session_init(&session);
    assert_int_equal(offer_read(&session, body, strlen(body), &offer, &why), 0);
    assert_int_equal(offer_family(offer), AF_INET6);
    assert_int_equal(offer_remote(offer)->sa_family, AF_INET6);
    assert_int_equal(offer_answer(&session, offer, &v6, &plan, &video_plans, &sdp), 0);
    assert_non_null(strstr(sdp, "c=IN IP6 2001:db8::1\r\n"));
    assert_int_equal(plan.remote_rtp.ss_family, AF_INET6);
    offer_destroy(offer);
    free(sdp);
    offer_session_finish(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_what_both_have),
        cmocka_unit_test(plans_the_first_codec_and_both_addresses),
        cmocka_unit_test(plans_noise_redundancy_and_levels),
        cmocka_unit_test(the_same_offer_is_the_same_plan_byte_for_byte),
        cmocka_unit_test(an_extension_keeps_its_identifier),
        cmocka_unit_test(answers_each_row_in_the_terms_of_the_far_end),
        cmocka_unit_test(packets_are_whole_frames),
        cmocka_unit_test(plans_direction_hold_and_rtcp),
        cmocka_unit_test(bandwidth_bounds_the_bit_rate),
        cmocka_unit_test(refuses_with_the_reason),
        cmocka_unit_test(agrees_on_what_is_chosen_in_its_order),
        cmocka_unit_test(refuses_a_nul_byte),
        cmocka_unit_test(has_limits),
        cmocka_unit_test(survives_broken_bodies),
        cmocka_unit_test(version_grows_only_on_change),
        cmocka_unit_test(an_answer_that_is_not_sent_leaves_no_trace),
        cmocka_unit_test(keeps_types_order_and_refusals_in_its_own_offers),
        cmocka_unit_test(takes_an_answer_in_its_own_numbers),
        cmocka_unit_test(offers_noise_redundancy_and_levels),
        cmocka_unit_test(takes_no_more_than_it_offered),
        cmocka_unit_test(takes_a_dynamic_type_of_ours_without_rtpmap),
        cmocka_unit_test(refuses_bad_answers),
        cmocka_unit_test(repeats_what_was_agreed),
        cmocka_unit_test(answers_ipv6),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
