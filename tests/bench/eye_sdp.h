/*
 * eye_sdp.h - the offer of a phone with voice and video, and its answer.
 *
 * Thread   any; pure.
 * Errors   0 or a negative errno; what is read is not trusted.
 * Source   RFC 3264, RFC 4585 section 4.2, RFC 5104 section 7.1, RFC 6184 section 8.2.
 */
#ifndef TESTS_BENCH_EYE_SDP_H
#define TESTS_BENCH_EYE_SDP_H

#include "tests/bench/eye_coder.h"
#include "tests/bench/load_sip.h"

struct eye_sdp_offer {
    const char *host;
    uint16_t audio_port, audio_rtcp_port, video_port, video_rtcp_port;
    enum eye_codec codec;
    bool single, high; /* H.264 */
    bool nack;
    bool avp;             /* the profile of old phones, with the feedback of newer ones */
    bool sends, receives; /* video */
};

struct eye_sdp_answer {
    struct sockaddr_in audio, audio_rtcp;
    uint8_t audio_type;
    bool has_video; /* accepted */
    struct sockaddr_in video, video_rtcp;
    uint8_t video_type;
    bool nack, pli, fir; /* what they say that they understand */
};

size_t eye_sdp_write(const struct eye_sdp_offer *offer, char out[LOAD_SIP_BYTES]);

/** -ENOTSUP: no voice, or another codec. Video that was refused is no error. */
int eye_sdp_read(struct load_text sdp, enum eye_codec codec, struct eye_sdp_answer *answer);

#endif
