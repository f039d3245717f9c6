/*
 * leg_tick.h - what a tick gives to all the legs of a worker, and what they count in it.
 *
 * Thread   the media worker that owns it.
 */
#ifndef SERVER_LEG_LEG_TICK_H
#define SERVER_LEG_LEG_TICK_H

#include "mixer/codec/codec.h"
#include "server/rtp/handshake_service.h"
#include "server/rtp/rtp_io.h"

#include <stdint.h>

struct leg_tick {
    int64_t now_ns;    /* monotonic: when it was due                                   */
    uint64_t number;   /* of ticks since the worker began, those left out too          */
    unsigned skipped;  /* ticks left out just before this one                          */
    struct rtp_io *io; /* borrowed: the worker's                                       */
    struct handshake_way handshakes;
    uint64_t packets_received, packets_sent, packets_malformed,
        packets_unauthentic;                       /* totals */
    uint64_t encodes, decodes;                     /* totals */
    uint8_t clear[RTP_IO_DATAGRAM_BYTES];          /* scratch: one packet */
    int16_t decoded[CODEC_MAX_PACKET_SAMPLES * 2]; /* scratch: one packet */
};

#endif
