/*
 * leg_plan.h - what offer/answer settled for one leg: the whole truth about its media, by
 * value.
 *
 * A new plan replaces the old one whole (design: "media never sees half an update").
 *
 * Owner    made by server/sdp/offer (pure), copied by the leg.
 * Thread   a value: made on control, then of whoever has the copy.
 * Source   RFC 3264; RFC 3605 (a=rtcp), RFC 5761 (rtcp-mux), RFC 4733 (events), RFC 2198 (RED),
 *          RFC 3389 (comfort noise), RFC 8285, 6464 and 6465 (levels in header extensions).
 */
#ifndef SERVER_LEG_LEG_PLAN_H
#define SERVER_LEG_LEG_PLAN_H

#include "mixer/codec/codec.h"
#include "server/rtp/rtp_keys.h"
#include "server/rtp/rtp_sections.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
    LEG_PLAN_MAX_CODECS = 12,
    LEG_PLAN_MAX_EVENTS = 4,
    LEG_PLAN_MAX_NOISES = 4,
    LEG_PLAN_NO_TYPE = 255, /* a payload type that was not agreed */
};

struct leg_plan_codec {
    const struct codec *codec;
    uint8_t receive_type;       /* payload type that the far end uses towards us (our SDP)  */
    uint8_t send_type;          /* payload type that we use towards it (its SDP)            */
    struct codec_params params; /* from its a=fmtp: how to send                             */
};

struct leg_plan_event { /* telephone-event at one clock rate */
    uint32_t clock_hz;
    uint8_t receive_type, send_type;
};

struct leg_plan_noise { /* comfort noise (CN) at one clock rate */
    uint32_t clock_hz;
    uint8_t receive_type, send_type;
};

struct leg_plan_red { /* redundant audio of one codec; LEG_PLAN_NO_TYPE: not agreed */
    uint8_t receive_type, send_type;
    uint8_t codec; /* whose: index into codec[] */
};

struct leg_plan {
    struct sockaddr_storage remote_rtp; /* where to send; family 0: nowhere (held by 0.0.0.0) */
    struct sockaddr_storage remote_rtcp; /* as above, from a=rtcp, or port + 1, or muxed */
    bool rtcp_mux;
    bool send, receive;   /* our direction: sendrecv is both                    */
    bool pauses;          /* we may send nothing while nothing is heard (DTX, CN)         */
    bool held_by_far_end; /* it asked for sendonly, inactive or 0.0.0.0: told in events */
    unsigned codec_count; /* at least 1; codec[0] is the one we send            */
    struct leg_plan_codec codec[LEG_PLAN_MAX_CODECS];
    unsigned event_count; /* 0: no telephone-event                              */
    struct leg_plan_event event[LEG_PLAN_MAX_EVENTS];
    unsigned noise_count; /* 0: no comfort noise                                */
    struct leg_plan_noise noise[LEG_PLAN_MAX_NOISES];
    struct leg_plan_red red;
    /* header extensions of RFC 8285: the local identifier 1..14 in the far end's packets and
     * in ours; 0: not agreed */
    uint8_t level_id;        /* RFC 6464, what it sends of its own voice           */
    uint8_t mixed_levels_id; /* RFC 6465, what we send of those in the mix         */
    struct rtp_mid mid;      /* RFC 9143, its section's name                       */
    unsigned ptime_ms;       /* of what we send: 10..60                            */
    struct rtp_security security;
    uint32_t rtcp_bandwidth_off; /* 1: b=RS:0 and b=RR:0, no RTCP wanted (RFC 3556)    */
};

#endif
