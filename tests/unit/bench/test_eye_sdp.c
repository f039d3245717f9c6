/* test_eye_sdp.c - the offer says what it should; answers are read, refusals, too. */
#include "tests/bench/eye_sdp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

static const struct eye_sdp_offer usual = {.host = "127.0.0.1",
                                           .audio_port = 4000,
                                           .audio_rtcp_port = 4001,
                                           .video_port = 4002,
                                           .video_rtcp_port = 4009,
                                           .codec = EYE_H264,
                                           .nack = true,
                                           .sends = true,
                                           .receives = true};

static int read_text(const char *text, struct eye_sdp_answer *answer)
{
    return eye_sdp_read((struct load_text){text, strlen(text)}, EYE_H264, answer);
}

static void test_own_offer_is_a_fit_answer(void **state)
{
    (void)state;
    char text[LOAD_SIP_BYTES];
    struct eye_sdp_answer answer;
    assert_true(eye_sdp_write(&usual, text) > 0);
    assert_int_equal(read_text(text, &answer), 0);
    assert_int_equal(ntohs(answer.audio.sin_port), 4000);
    assert_int_equal(ntohs(answer.audio_rtcp.sin_port), 4001);
    assert_true(answer.has_video);
    assert_int_equal(ntohs(answer.video.sin_port), 4002);
    assert_int_equal(ntohs(answer.video_rtcp.sin_port), 4009);
    assert_int_equal(answer.video.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    assert_true(answer.nack && answer.pli && answer.fir);
}

static void test_offer_says_what_was_asked_for(void **state)
{
    (void)state;
    char text[LOAD_SIP_BYTES];
    struct eye_sdp_offer offer = usual;
    offer.single = true;
    offer.nack = offer.sends = false;
    eye_sdp_write(&offer, text);
    assert_non_null(strstr(text, "packetization-mode=0"));
    assert_non_null(strstr(text, "a=recvonly"));
    assert_null(strstr(text, " nack\r\n"));
    assert_non_null(strstr(text, "m=video 4002 RTP/AVPF 97\r\n"));
    offer.avp = true;
    eye_sdp_write(&offer, text);
    assert_non_null(strstr(text, "m=video 4002 RTP/AVP 97\r\n"));
    offer.codec = EYE_VP8;
    eye_sdp_write(&offer, text);
    assert_null(strstr(text, "a=fmtp:98"));
    assert_non_null(strstr(text, "VP8/90000"));
}

static void test_refused_video_is_no_error(void **state)
{
    (void)state;
    struct eye_sdp_answer answer;
    assert_int_equal(read_text("v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 5000 RTP/AVP 0\r\n"
                               "m=video 0 RTP/AVPF 97\r\na=rtpmap:97 H264/90000\r\n",
                               &answer),
                     0);
    assert_false(answer.has_video);
    assert_int_equal(read_text("v=0\nc=IN IP4 10.0.0.1\nm=audio 5000 RTP/AVP 0\n", &answer), 0);
    assert_false(answer.has_video);
    assert_int_equal(ntohs(answer.audio_rtcp.sin_port), 5001);
    assert_int_equal(read_text("v=0\r\nm=video 6000 RTP/AVPF 97\r\n", &answer), -ENOTSUP);
    assert_int_equal(read_text("", &answer), -ENOTSUP);
}

static void test_other_codec_is_no_video(void **state)
{
    (void)state;
    struct eye_sdp_answer answer;
    assert_int_equal(read_text("c=IN IP4 10.0.0.1\nm=audio 5000 RTP/AVP 0\n"
                               "m=video 5002 RTP/AVPF 98\nc=IN IP4 10.0.0.2\n"
                               "a=rtpmap:97 H264/90000\na=rtpmap:98 VP8/90000\n",
                               &answer),
                     0);
    assert_false(answer.has_video);
    assert_int_equal(answer.video.sin_addr.s_addr, htonl(0x0a000002));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_offer_is_a_fit_answer),
        cmocka_unit_test(test_offer_says_what_was_asked_for),
        cmocka_unit_test(test_refused_video_is_no_error),
        cmocka_unit_test(test_other_codec_is_no_video),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
