/*
 * leg_out.h - from a mix to payloads: limited, cut into packets, encoded. What many listeners
 * hear alike is made once, by one of them, and sent by all.
 *
 *   leg_out_copy(&newcomer, &leader);      before a tick: goes on where the other was
 *   leg_out_run(&leader, sum, &tick, &packets);    one tick of the mix: 0, 1 or 2 packets
 *   for each listener   leg_media_send(listener, &packets, ...);
 *
 * Packets are cut by the clock of the ticks, not by when a leg came: at a ptime of 60 ms every
 * third tick ends a packet for all. So listeners of one mix always agree about where a packet
 * begins, and a leg may pass from one encoder to another between any two ticks.
 *
 * Shape    sum is int32_t[values of a tick], not limited; payloads are bytes.
 * Thread   init, finish: control. The rest: the media worker that has the leg.
 */
#ifndef SERVER_LEG_LEG_OUT_H
#define SERVER_LEG_LEG_OUT_H

#include "mixer/audio/audio_limiter.h"
#include "mixer/codec/codec.h"
#include "mixer/codec/comfort_noise.h"
#include "server/leg/leg_fifo.h"
#include "server/leg/leg_plan.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    LEG_OUT_MAX_PACKETS = 2,     /* a tick has at most so many: ptime 10 */
    LEG_OUT_MAX_REDUNDANT = 400, /* bytes of the packet before, kept for RED */
};

struct leg_out {
    const struct codec *codec;
    struct codec_encoder *encoder;
    struct codec_params params; /* what the encoder was made with */
    unsigned channels;
    unsigned ptime_ms;
    unsigned loss_step;   /* how much FEC: 0 none, 1 some, 2 much (leg_out_tune)    */
    bool noise_agreed;    /* comfort noise may stand for silence            */
    struct leg_fifo fifo; /* limited, not yet a whole packet                */
    struct audio_limiter limiter;
    struct comfort_noise_sender noise;
    uint8_t *redundant;       /* the packet before, owned; NULL: no RED agreed  */
    unsigned redundant_bytes; /* 0: there was none                              */
};

struct leg_packet {
    int32_t begin_units; /* RTP time from the tick's begin, below 0 if it began before */
    unsigned bytes;
    unsigned redundant_bytes; /* of the packet before, which lie just in front of payload */
    bool is_noise;            /* RFC 3389                                                 */
    const uint8_t *payload;
};

struct leg_packets {
    unsigned count;
    bool paused; /* nothing need be sent: the next packet begins a talkspurt */
    struct leg_packet packet[LEG_OUT_MAX_PACKETS];
    uint8_t bytes[LEG_OUT_MAX_PACKETS][LEG_OUT_MAX_REDUNDANT + CODEC_MAX_PAYLOAD_BYTES];
};

struct leg_tick;

/** For codec[0] of @p plan. @return 0; -ENOMEM; -EINVAL: the codec refuses. */
int leg_out_init(struct leg_out *out, const struct leg_plan *plan);
void leg_out_finish(struct leg_out *out); /* zeroed is allowed */

/** The bus that it is made from (pcm.h). */
unsigned leg_out_bus(const struct leg_out *out);

/** True if both make the same packets of the same sound. */
bool leg_out_same(const struct leg_out *a, const struct leg_out *b);
/** True if they differ in nothing but what leg_out_tune() was told. */
bool leg_out_alike(const struct leg_out *a, const struct leg_out *b);

/** @p to goes on where @p from is, with its own FEC; leg_out_alike() must hold. */
void leg_out_copy(struct leg_out *to, const struct leg_out *from);

/** Told what the far end loses [percent]: encodes with more FEC, or again with less. Legs of
 *  different steps do not share a packet: who has a bad link costs an encoder, not the others'
 *  sound. */
void leg_out_tune(struct leg_out *out, unsigned loss_percent);

/** Takes one tick. @p sum may be changed. */
void leg_out_run(struct leg_out *out, int32_t *sum, struct leg_tick *tick,
                 struct leg_packets *packets);

#endif
