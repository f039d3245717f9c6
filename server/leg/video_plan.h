/*
 * video_plan.h - what offer/answer settled for one video leg: the whole truth about it, by
 * value. Beside leg_plan.h, which has the voice; a new one replaces the old one whole.
 *
 * Owner    made by server/sdp/offer (pure), copied by whoever keeps it.
 * Thread   a value: made on control, then of whoever has the copy.
 * Source   RFC 3264; RFC 4585 section 4 (AVPF, a=rtcp-fb), RFC 5104 section 7, RFC 4588 section
 *          8 (rtx), RFC 5506 (a=rtcp-rsize), RFC 4796 (a=content), RFC 3890 (TIAS).
 */
#ifndef SERVER_LEG_VIDEO_PLAN_H
#define SERVER_LEG_VIDEO_PLAN_H

#include "mixer/video_codec/video_codec.h"
#include "server/rtp/rtp_keys.h"
#include "server/rtp/rtp_sections.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/** The pictures that a participant may have. */
enum video_stream {
    VIDEO_CAMERA, /* its own, and the composed one that it is sent */
    VIDEO_SLIDES, /* what it presents (RFC 4796): it is only received */
    VIDEO_STREAMS
};

enum { VIDEO_PLAN_MAX_CODECS = 8, VIDEO_PLAN_NO_TYPE = 255 };

struct video_plan_codec {
    const struct video_codec *codec;
    uint8_t receive_type, send_type; /* payload types: theirs towards us, ours towards them */
    uint8_t rtx_receive_type, rtx_send_type; /* VIDEO_PLAN_NO_TYPE: no RTX */
    struct video_params params;              /* theirs: what they take, and what they send  */
};

/** What both understand of RTCP feedback. */
struct video_plan_feedback {
    bool nack, pli, fir, tmmbr, remb, transport;
};

struct video_plan {
    unsigned codec_count; /* 0: no video in this call (then all else is 0)             */
    struct video_plan_codec codec[VIDEO_PLAN_MAX_CODECS]; /* [0] is the one that we send */
    struct sockaddr_storage remote_rtp;  /* where to send; family 0: nowhere (held)     */
    struct sockaddr_storage remote_rtcp; /* from a=rtcp, or port + 1, or muxed          */
    bool rtcp_mux;
    bool reduced_size;   /* lone feedback messages are allowed (RFC 5506)             */
    bool send, receive;  /* our direction                                             */
    bool early_feedback; /* AVPF: feedback need not wait for a report's time          */
    struct video_plan_feedback feedback;
    uint8_t transport_id; /* of the header extension; 0: not agreed; the same both ways */
    struct rtp_mid mid;   /* as that of struct leg_plan                                */
    struct rtp_security security;
    uint64_t bandwidth_bps; /* the most that it wants to be sent (b=TIAS, b=AS); 0: not said */
};

/** Of all streams of one participant. */
struct video_plans {
    struct video_plan stream[VIDEO_STREAMS];
};

#endif
